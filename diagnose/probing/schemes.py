"""Which schemes does `probe` know, and what does the text of a target mean?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

from diagnose.probing.target import Asker, Scheme, Script, Target, TargetAnswer, TargetError
from probes.endpoint import Endpoint
from probes.files.masking import masked_options
from probes.language import marked, tr
from probes.regex import regex

LONGEST = 4000
"""Characters of a target: longer than any host name and query that a service takes."""

SOCKETS_OF_A_KDC = 8
"""Sockets open at once while the sizes of its replies over UDP are measured."""

SOCKETS_OF_A_PATH = 33
"""At once: one for each number of hops, and one that may go all the way
(`probes.path.trace.MOST_HOPS`)."""

_HOST = regex(r"[^\s/?#@\x00-\x20\x7f]{1,255}")
_PATH = regex(r"[!-~]{0,2000}")
_BARE = regex(r"[A-Za-z0-9._-]{1,253}(?P<port>:[0-9]{1,5})?")
"""A host and its port, without a scheme."""


def _kdc(options: Mapping[str, str]) -> None:
    if not options.get("realm"):
        raise ValueError(tr("expected ?realm=NAME, in the case that the KDC uses"))
    for name in ("principal", "service"):
        if name in options:
            from probes.principal import Principal

            Principal.parse(options[name], options["realm"])


def _session(options: Mapping[str, str]) -> None:
    if options.get("session", "yes") != "yes":
        raise ValueError(tr("expected ?session=yes, or none"))


def _path(options: Mapping[str, str]) -> None:
    if options.get("realm") == "":
        raise ValueError(tr("expected ?realm=NAME, or none"))


def _dns(options: Mapping[str, str]) -> None:
    from diagnose.probing import names

    names.check(options)


def _script(module: str, name: str, *arguments: str) -> Script:
    """Return a script of a module of this package, which is imported when the script begins.

    arguments: of the function that makes the script. None of them if it is the script itself.
    """

    def script(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
        found = getattr(import_module(f"diagnose.probing.{module}"), name)
        made: Script = found(*arguments) if arguments else found
        return made(target, ask)

    return script


SCHEMES: Mapping[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("tcp", None, "tcp", "tcp://host:8020", marked("a handshake"), None),
        Scheme(
            "krb5+udp",
            88,
            "udp",
            "krb5+udp://host[:88]?realm=R",
            marked("a KDC over UDP, and all that it answers without a credential"),
            _script("kdc", "kdc"),
            "kerberos-reply",
            sockets=SOCKETS_OF_A_KDC,
            check=_kdc,
        ),
        Scheme(
            "krb5+tcp",
            88,
            "tcp",
            "krb5+tcp://host[:88]?realm=R",
            marked("the same over TCP"),
            _script("kdc", "kdc"),
            "kerberos-reply",
            check=_kdc,
        ),
        Scheme(
            "udp",
            None,
            "udp",
            "udp://host:88",
            marked("whether a KDC answers there, whatever its realm"),
            _script("kdc", "any_realm"),
            "kerberos-reply",
        ),
        Scheme("kadmin", 749, "tcp", "kadmin://host[:749]", marked("the port of kadmind"), _script("kdc", "kadmin")),
        Scheme(
            "kpasswd",
            464,
            "tcp",
            "kpasswd://host[:464]",
            marked("the port of kpasswd, and the realm that it names"),
            _script("kdc", "kpasswd"),
        ),
        Scheme(
            "hadoop",
            8020,
            "tcp",
            "hadoop://host[:8020]",
            marked("Hadoop RPC, whether it demands Kerberos, and its principal"),
            _script("services", "hadoop"),
            "service-reply",
        ),
        Scheme(
            "datanode",
            9866,
            "tcp",
            "datanode://host[:9866]",
            marked("data transfer of a DataNode, and whether it wants SASL"),
            _script("services", "datanode"),
            "service-reply",
        ),
        Scheme(
            "hive",
            10000,
            "tcp",
            "hive://host[:10000]",
            marked("HiveServer2, binary or HTTP, SASL or not, which mechanisms"),
            _script("services", "hive"),
            "service-reply",
        ),
        Scheme(
            "hive+http",
            10001,
            "tcp",
            "hive+http://host[:10001][/cliservice]",
            marked("HiveServer2 in HTTP mode"),
            _script("services", "hive_http"),
            "service-reply",
            path=True,
        ),
        Scheme(
            "metastore",
            9083,
            "tcp",
            "metastore://host[:9083]",
            marked("Hive Metastore, SASL or not"),
            _script("services", "metastore"),
            "service-reply",
        ),
        Scheme(
            "http",
            80,
            "tcp",
            "http://host[:80][/path]",
            marked("one GET, and whether Kerberos (SPNEGO) is wanted"),
            _script("services", "http"),
            "service-reply",
            path=True,
        ),
        Scheme(
            "https",
            443,
            "tcp",
            "https://host[:443][/path]",
            marked("the same inside TLS, and the certificate"),
            _script("services", "https"),
            "service-reply",
            path=True,
        ),
        Scheme(
            "zookeeper",
            2181,
            "tcp",
            "zookeeper://host[:2181][?session=yes]",
            marked("ZooKeeper, its version and mode; SASL, by a session"),
            _script("services", "zookeeper"),
            "service-reply",
            check=_session,
        ),
        Scheme(
            "kyuubi",
            10009,
            "tcp",
            "kyuubi://host[:10009]",
            marked("Kyuubi, which answers as HiveServer2 does"),
            _script("services", "sql"),
            "service-reply",
        ),
        Scheme(
            "spark-thrift",
            10001,
            "tcp",
            "spark-thrift://host[:10001]",
            marked("Spark Thrift Server, which answers as HiveServer2 does"),
            _script("services", "sql"),
            "service-reply",
        ),
        Scheme(
            "impala",
            21050,
            "tcp",
            "impala://host[:21050]",
            marked("Impala, SASL or not, which mechanisms"),
            _script("web", "impala"),
            "service-reply",
        ),
        Scheme(
            "namenode",
            9870,
            "tcp",
            "namenode://host[:9870]",
            marked("web page of a NameNode: active or standby, safe mode"),
            _script("web", "web_service", "namenode"),
            "service-reply",
        ),
        Scheme(
            "webhdfs",
            9870,
            "tcp",
            "webhdfs://host[:9870]",
            marked("WebHDFS, and whether its NameNode serves"),
            _script("web", "web_service", "webhdfs"),
            "service-reply",
        ),
        Scheme(
            "datanode-web",
            9864,
            "tcp",
            "datanode-web://host[:9864]",
            marked("web page of a DataNode, for WebHDFS"),
            _script("web", "web_service", "datanode-web"),
            "service-reply",
        ),
        Scheme(
            "resourcemanager",
            8088,
            "tcp",
            "resourcemanager://host[:8088]",
            marked("web page of a ResourceManager: active or standby"),
            _script("web", "web_service", "resourcemanager"),
            "service-reply",
        ),
        Scheme(
            "jobhistory",
            19888,
            "tcp",
            "jobhistory://host[:19888]",
            marked("web page of the JobHistory server"),
            _script("web", "web_service", "jobhistory"),
            "service-reply",
        ),
        Scheme(
            "timeline",
            8188,
            "tcp",
            "timeline://host[:8188]",
            marked("Timeline Server of YARN"),
            _script("web", "web_service", "timeline"),
            "service-reply",
        ),
        Scheme(
            "spark-history",
            18080,
            "tcp",
            "spark-history://host[:18080]",
            marked("Spark history server"),
            _script("web", "web_service", "spark-history"),
            "service-reply",
        ),
        Scheme(
            "presto",
            8889,
            "tcp",
            "presto://host[:8889]",
            marked("Presto: release, coordinator or worker, still starting"),
            _script("web", "web_service", "presto"),
            "service-reply",
        ),
        Scheme(
            "trino",
            None,
            "tcp",
            "trino://host:8080",
            marked("the same for Trino"),
            _script("web", "web_service", "presto"),
            "service-reply",
        ),
        Scheme(
            "kms",
            9600,
            "tcp",
            "kms://host[:9600]",
            marked("key management server, and which login it wants"),
            _script("web", "web_service", "kms"),
            "service-reply",
        ),
        Scheme(
            "hbase",
            16000,
            "tcp",
            "hbase://host[:16000]",
            marked("HBase RPC, and whether it demands Kerberos"),
            _script("web", "hbase"),
            "service-reply",
        ),
        Scheme(
            "hbase-web",
            16010,
            "tcp",
            "hbase-web://host[:16010]",
            marked("web page of an HBase Master or RegionServer"),
            _script("web", "web_service", "hbase-web"),
            "service-reply",
        ),
        Scheme(
            "mysql",
            3306,
            "tcp",
            "mysql://host[:3306]",
            marked("MySQL or MariaDB, and whether it admits this host"),
            _script("support_services", "mysql"),
            "service-reply",
        ),
        Scheme(
            "ldap",
            389,
            "tcp",
            "ldap://host[:389]",
            marked("LDAP, its naming contexts and SASL mechanisms, StartTLS"),
            _script("support_services", "ldap"),
            "service-reply",
        ),
        Scheme(
            "ldaps",
            636,
            "tcp",
            "ldaps://host[:636]",
            marked("the same inside TLS, and the certificate"),
            _script("support_services", "ldaps"),
            "service-reply",
        ),
        Scheme(
            "tls",
            None,
            "tcp",
            "tls://host:port",
            marked("TLS, its certificates, and which clients refuse them"),
            _script("support_services", "tls"),
            "service-reply",
        ),
        Scheme(
            "ssh",
            22,
            "tcp",
            "ssh://host[:22]",
            marked("the banner of an SSH server"),
            _script("support_services", "ssh"),
            "service-reply",
        ),
        Scheme(
            "path+tcp",
            None,
            "tcp",
            "path+tcp://host:8020",
            marked("the routers on the way to a TCP port"),
            _script("path", "path"),
            sockets=SOCKETS_OF_A_PATH,
            check=_path,
        ),
        Scheme(
            "path+udp",
            88,
            "udp",
            "path+udp://host[:88]?realm=R",
            marked("the same for a KDC's datagrams, and the largest that passes"),
            _script("path", "path"),
            sockets=SOCKETS_OF_A_PATH,
            check=_path,
        ),
        Scheme(
            "dns",
            53,
            "udp",
            "dns://host[:53]?name=N[&type=A|AAAA|PTR|SRV|CNAME]",
            marked("a name server, what it says of a name"),
            _script("names", "dns"),
            "service-reply",
            check=_dns,
        ),
    )
}
"""One row a scheme, in the order of `probe --list`."""


def listing() -> str:
    """Return the text of `probe --list`: what each scheme asks, and below it how a target is
    written."""
    widest = max(map(len, SCHEMES))
    return "".join(
        f"{name:<{widest}}  {tr(scheme.help)}\n{'':<{widest}}  {scheme.form}\n" for name, scheme in SCHEMES.items()
    )


def _without_scheme(text: str, scheme: str) -> str:
    """Return what to write in place of a target whose scheme is none of ours."""
    if bare := _BARE.fullmatch(text):
        target = f"tcp://{text}{'' if bare['port'] else ':8020'}"
        return tr("no scheme. A TCP port is {target}; probe --list shows the others", target=target)
    from difflib import get_close_matches

    near = [f"{name}://" for name in get_close_matches(scheme, SCHEMES, 2)]
    if not near:
        return tr("no kind of target begins so; probe --list shows all")
    return tr("no kind of target begins so; did you mean {near}? probe --list shows all", near=tr(" or ").join(near))


def parse(text: str) -> Target:
    """Return the target of scheme://host[:port][/path][?name=value&…].

    TargetError for anything else.
    """
    if len(text) > LONGEST:
        raise TargetError(tr("a target of {count} characters", count=len(text)))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise TargetError(str(error)) from error
    scheme = SCHEMES.get(parts.scheme)
    if scheme is None:
        raise TargetError(_without_scheme(text, parts.scheme))
    port = scheme.port if port is None else port
    if parts.username is not None or not host or not _HOST.fullmatch(host) or not port:
        raise TargetError(
            tr("expected {form}", form=f"{scheme.name}://host{':port' if scheme.port is None else '[:port]'}")
        )
    if parts.fragment or (parts.path not in ("", "/") and not scheme.path):
        raise TargetError(tr("{scheme}:// takes no path", scheme=scheme.name))
    wanted = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if scheme.path and not _PATH.fullmatch(wanted):
        raise TargetError(tr("expected a path of printable ASCII; write other characters as %XX"))
    try:
        options = _options(parts.query)
        scheme.check(options)
    except ValueError as error:
        raise TargetError(str(error)) from error
    return Target(masked_options(text), scheme, Endpoint(host, port, scheme.transport), wanted, options)


def _options(query: str) -> Mapping[str, str]:
    """Return the last value of each name. Thousands of targets have none."""
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()} if query else {}
