"""Which SQL servers beside HiveServer2 must be reachable?

Spark Thrift Server, Kyuubi, Presto, Trino and Impala, each only if the case shows it: by its file,
its component instances, or its engine in the registration. The table supplies a port only if one
number is documented. Presto has three and Trino none, so config.properties decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.model import Node
from diagnose.flows.authority import is_this_machine
from diagnose.flows.client_files import SPARK_PREFIX
from diagnose.flows.cluster import View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import Found, is_wildcard, lacking, served, setting_in, split
from diagnose.flows.hive import likely_servers
from diagnose.flows.model import Read
from probes.language import tr

SPARK = "spark-defaults.conf"
KYUUBI = "kyuubi-defaults.conf"
_IMPALA_NAMES = ("hs2_port", "-hs2_port", "--hs2_port")


def flows(view: View) -> Found:
    yield from _spark_thrift(view)
    yield from _kyuubi(view)
    for engine in ("presto", "trino"):
        yield from _coordinator(view, engine)
    yield from _impala(view)


def _spark_thrift(view: View) -> Found:
    """Yield the Spark Thrift Server. Only Spark SQL nodes in JDBC mode use it.

    The engine "spark" alone therefore does not make it required. It speaks one protocol, binary
    unless the transport mode is HTTP.
    """
    mode = view.read(f"{SPARK_PREFIX}hive.server2.transport.mode", SPARK)
    is_http = mode is not None and mode.value.lower() == "http"
    found, name = component("spark-thrift-http" if is_http else "spark-thrift"), "http.port" if is_http else "port"
    port = None
    for prefix in (SPARK_PREFIX, ""):
        port = port or view.read(f"{prefix}hive.server2.thrift.{name}", SPARK, "spark-hive-site.xml")
    if port is not None or mode is not None or view.running(found) or view.is_named(found):
        nodes, guess = likely_servers(view)
        yield from served(view, found, _anywhere(port), nodes=nodes, guess=guess)


def _kyuubi(view: View) -> Found:
    """Yield Kyuubi: the binary protocol unless kyuubi.frontend.protocols leaves it out.

    DataWorks is given a JDBC address with host and port.
    """
    protocols = {word.upper() for word in view.words("kyuubi.frontend.protocols", KYUUBI)}
    http = "THRIFT_HTTP" in protocols and "THRIFT_BINARY" not in protocols
    found = component("kyuubi-http" if http else "kyuubi")
    if not (view.has(KYUUBI) or view.running(found) or view.is_named(found)):
        return
    if protocols and not any(word.startswith("THRIFT") for word in protocols):
        # FrontendProtocols of Kyuubi 1.9: each one that is not named is off
        cause = tr("{key} names no Thrift protocol, so no JDBC address leads there", key="kyuubi.frontend.protocols")
        yield from lacking(
            view, found, cause, tr("THRIFT_BINARY among them, or the address that tasks use"), view.need(found)
        )
        return
    stem = "kyuubi.frontend.thrift.http" if http else "kyuubi.frontend.thrift.binary"
    port = view.read(f"{stem}.bind.port", KYUUBI) or view.read("kyuubi.frontend.bind.port", KYUUBI)
    host = view.read(f"{stem}.bind.host", KYUUBI) or view.read("kyuubi.frontend.bind.host", KYUUBI)
    own = host is not None and not is_wildcard(host.value) and not is_this_machine(host.value)
    if host is not None and own and not view.running(found):
        read = Read(f"{host.value}:{port.value}", port.origin) if port else host
        yield from served(view, found, read)
        return
    nodes, guess = likely_servers(view)
    yield from served(view, found, _anywhere(port), nodes=nodes, guess=guess)


def _coordinator(view: View, engine: str) -> Found:
    """Yield the coordinator: HTTP unless it is off or takes no queries, HTTPS if it is on.

    discovery.uri names its host too.
    """
    file = f"{engine}/config.properties"
    http, https = component(f"{engine}-http"), component(f"{engine}-https")
    if not (view.has(file) or view.running(http) or view.is_named(http)):
        return
    if not view.has(file):
        cause = tr("its port differs between releases and no file states it")
        yield from lacking(view, http, cause, file, view.need(http))
        return
    nodes = tuple(_coordinators(view, http, file))
    on = [found for found, default in ((http, "true"), (https, "false")) if _flag(view, file, found, default)]
    if engine == "trino" and https in on and _is_login_needed(view, file):
        on = [https]
    for found in on:
        port = view.read(found.setting or "", file)
        if port is None:
            cause = tr("{file} does not set {key}", file=file, key=found.setting)
            yield from lacking(view, found, cause, setting_in(found.setting or "", file), view.need(found))
            continue
        at = _discovery(view, file)
        bare = Read(f"{at}:{port.value}", port.origin) if at and not nodes else Read(f"*:{port.value}", port.origin)
        yield from served(
            view, found, bare, nodes=nodes or view.masters(), guess=tr("EMR runs the coordinator on a master node")
        )


def _flag(view: View, file: str, found: Component, default: str) -> bool:
    """Return `http-server.http.enabled` or `http-server.https.enabled`."""
    key = (found.setting or "").removesuffix(".port") + ".enabled"
    read = view.read(key, file)
    return (read.value if read else default).lower() == "true"


def _is_login_needed(view: View, file: str) -> bool:
    """Return True if clients log in, which Trino allows over HTTPS alone.

    Over HTTP it then answers a query with 403, as measured with release 389. Presto 0.287 takes it.
    """
    kind = view.read("http-server.authentication.type", file)
    insecure = view.read("http-server.authentication.allow-insecure-over-http", file)
    allows = insecure is not None and insecure.value.strip().lower() == "true"
    return kind is not None and kind.value.strip().lower() not in ("", "insecure") and not allows


def _coordinators(view: View, found: Component, file: str) -> Iterator[Node]:
    """Yield the nodes that run it, else the one that discovery.uri names."""
    running = view.running(found)
    yield from running
    host = _discovery(view, file)
    node = view.names.place(host).node if host and not running else None
    if node is not None:
        yield node


def _discovery(view: View, file: str) -> str:
    uri = view.read("discovery.uri", file)
    if uri is None:
        return ""
    host = split(uri.value.partition("://")[2].partition("/")[0])[0]
    return "" if is_wildcard(host) or host == "localhost" else host


def _impala(view: View) -> Found:
    """Yield the Impala daemons. Only ListComponentInstances tells where they run."""
    found = component("impala")
    files = sorted(file for file in view.case.settings if "impala" in file.lower())
    if files or view.running(found) or view.is_named(found):
        port = next((read for name in _IMPALA_NAMES if (read := view.read(name, *files))), None)
        yield from served(view, found, _anywhere(port))


def _anywhere(port: Read | None) -> Read | None:
    """Return a port setting in the form of an address that listens everywhere."""
    return Read(f"*:{port.value}", port.origin) if port else None
