"""What is wrong with the Hadoop files, or with the cloud's states of services?

One function a code.
"""

from __future__ import annotations

from diagnose.findings.values import Statement, unique
from diagnose.findings.wording.en import logs, names, node_records
from diagnose.findings.wording.en.phrases import AFTERWARDS, UPLOAD, address_form, hosts_do, listed, place, services
from diagnose.findings.wording.en.two_exports import which_export
from diagnose.findings.wording.registration import files
from diagnose.findings.wording.words import Words
from diagnose.flows.spelling import placeholder

PROTOCOLS = {
    "http": "HTTP",
    "hadoop-rpc": "Hadoop RPC",
    "ssh": "SSH",
    "mysql": "MySQL",
    "smtp-or-ftp": "FTP or SMTP",
    "tls": "TLS",
    "plain-http": "HTTP without TLS",
    "thrift-sasl": "binary Thrift",
}
"""Protocol of an answer -> its name for people."""

TRANSPORTS = {"tls": "HTTPS", "plain-http": "HTTP"}
"""Protocol of an answer -> what the server itself may speak on the port that the files name."""


SPARK_DEFAULT = "spark.hadoop.fs.defaultFS"
"""Default file system of Spark alone."""


def unset(s: Statement) -> Words:
    """SVC-UNSET: an address that means no machine, or that Java does not take."""
    key, service, value = s.text("key"), s.text("service"), s.text("value")
    write = _write(s)
    if s.cause == "setting-local-disk":
        is_stated = s.row("origin").number("line") is not None
        said = f"{place(s)} sets {key} to {value}" if is_stated else f"{_site(s)} does not set {key}"
        return Words(
            f"{key} means the local disk of the client",
            f"{said}, so a client reads and writes its own disk and never asks the {service}.",
            "Jobs say that a path does not exist, or “Wrong FS … expected: file:///”.",
            (write,),
        )
    if s.cause == "setting-missing":
        return _missing(s)
    if s.cause == "setting-authority" and s.text("component") == "zookeeper":
        return Words(
            f"{key} has several servers that no comma parts",
            f"{place(s)} sets {key} to {value}. A client cuts the list at commas alone, so it takes this for one host.",
            "It says UnknownHostException, and finds no server.",
            (write,),
        )
    if s.cause == "setting-authority":
        return _no_address(s, write)
    if s.row("origin").number("line") is None:
        return Words(
            f"No file says where the {service} is",
            f"{_site(s)} does not set {key}, so a client takes Hadoop's default {value}, which is no machine.",
            "Hadoop says “Your endpoint configuration is wrong” and retries 0.0.0.0.",
            (write,),
        )
    return Words(
        f"{key} means no machine",
        f"{place(s)} sets {key} to {value or 'nothing'}. A server may listen there, but no client can dial it.",
        "Hadoop says “Your endpoint configuration is wrong” and retries 0.0.0.0.",
        (write,),
    )


def _no_address(s: Statement, write: str) -> Words:
    key, value, is_metastore = s.text("key"), s.text("value"), s.text("component") == "hive-metastore"
    said = "Hadoop says “Does not contain a valid host:port authority”."
    if is_metastore:
        said = "A client says “Cannot open without port.” or “Illegal character in authority”."
    if (left := placeholder(value)) is not None:
        why = f"Nothing fills in {left}, so a client takes it as it is written."
    elif is_metastore:
        why = "A client wants thrift://host:port of each metastore, with commas between them."
    else:
        why = "Java takes letters, digits, dots and hyphens in a host, and wants host:port."
    title = f"{key} is no address that a client takes"
    return Words(title, f"{place(s)} sets {key} to {value}. {why}", said, (write,))


def _missing(s: Statement) -> Words:
    key, service, switch = s.text("key"), s.text("service"), "yarn.resourcemanager.ha.enabled"
    if ids := s.text("value"):
        return Words(
            f"{key} lists other ids than the addresses have",
            f"{place(s)} lists {ids}, and the files set hosts and addresses for {s.text('right')} alone. "
            f"Clients stop before they dial a {service}.",
            "They say “… needs to be set in an HA configuration”.",
            (AFTERWARDS,),
        )
    off = f"If the cluster has one {service}, set {switch} to false instead."
    advice = (
        AFTERWARDS if s.text("right") else f"In {_site(s)} set {key} as the nodes have it, or upload their file. {off}"
    )
    return Words(
        f"{key} is not set, and clients stop without it",
        f"{s.text('known')} turns {switch} on, and no file sets {key}. Clients stop before they dial a {service}.",
        "They say “… needs to be set in an HA configuration”, or ArrayIndexOutOfBoundsException.",
        (advice,),
    )


def loopback(s: Statement) -> Words:
    """DNS-LOOPBACK: a setting, or a name that leads to loopback."""
    if s.cause != "setting-loopback":
        return names.loopback(s)
    key, service = s.text("key"), s.text("service")
    return Words(
        f"{key} means the machine of the client",
        f"{place(s)} sets {key} to {s.text('value')}. A client dials the machine that it runs on, and no {service} "
        "of the cluster is there.",
        "The connection is refused at once, or another service answers.",
        (_write(s),),
    )


def port(s: Statement) -> Words:
    """SVC-PORT: a port that is none, or another one than the NameNode has."""
    if s.cause == "answers-elsewhere":
        return _moved(s)
    if s.cause == "other-protocol":
        return other_protocol(s)
    key, value = s.text("key"), s.text("value")
    if s.cause == "setting-other-port":
        return Words(
            f"{key} names another port of the NameNode",
            f"{place(s)} names {value}. The other files have this NameNode on port {s.text('known')}. {_opened(key)}",
            _first_failure(key),
            (f"In {place(s)} write {s.text('right')} in {key}, or {_without(key, 'leave out host and port')}.",),
        )
    if s.cause == "setting-rpc-port":
        return Words(
            f"{key} names another port than the NameNode listens on",
            f"{place(s)} sets {key} to {value}. By dfs.namenode.rpc-address this NameNode listens on port "
            f"{s.text('known')}: it overrides fs.defaultFS for the server, and clients do not read it.",
            "A rule that opens the port does not help: the connection is refused.",
            (_write(s),),
        )
    if s.cause == "setting-other-service":
        return Words(
            f"{key} names the port of another service",
            f"{place(s)} sets {key} to {value}. That is the port of the {s.text('known')}, and the {s.text('service')} "
            "does not answer there.",
            "A rule that opens the port does not help, because another service answers there.",
            (_write(s),),
        )
    return Words(
        f"{key} has no port that a client can dial",
        f"{place(s)} sets {key} to {value}. A client needs a port from 1 to 65535 there, and takes no default.",
        "",
        (_write(s),),
    )


def _opened(key: str) -> str:
    """Return what a client does with a setting that names a file system."""
    if key == SPARK_DEFAULT:
        return "Spark lays it over fs.defaultFS of core-site.xml, so jobs of Spark dial this address."
    return f"A client opens the path of {key} as it stands, whatever fs.defaultFS says."


def _without(key: str, of_a_path: str) -> str:
    """Return what may be done in place of the right address."""
    return "remove the line" if key == SPARK_DEFAULT else of_a_path


def _first_failure(key: str) -> str:
    if key == SPARK_DEFAULT:
        return "Hive and HDFS work, and a job of Spark fails before YARN accepts it."
    return "Queries work, and the first table or job that uses the path fails."


def other_protocol(s: Statement) -> Words:
    """SVC-RPC-HTTP, SVC-HS2-MODE, SVC-PORT: another protocol answers on the port."""
    if s.cause == "log-named":
        return logs.named(s)
    name = PROTOCOLS[s.text("protocol")]
    if s.code == "SVC-HS2-MODE" and s.text("protocol") == "thrift-sasl":
        advice = f"Let clients use binary mode (without ;transportMode=http), or name the port of {services(s)}."
    elif s.code == "SVC-HS2-MODE":
        advice = (
            f"Let clients use HTTP (;transportMode=http;httpPath=cliservice), or name the binary port of {services(s)}."
        )
    else:
        advice = f"In {place(s)} name the port on which {services(s)} itself listens: ss -lntp on the node shows it."
    transport = TRANSPORTS.get(s.text("protocol"))
    if transport is None:
        cause = "Another server listens there."
    else:
        cause = f"Another server listens there, or the same one with {transport}."
        advice += f" If it is the same one, let the file and the clients use {transport} there."
    return Words(
        f"{name} answers on the port of {services(s)}",
        f"{hosts_do(s, 'answers on', 'answer on')} ({place(s)}) in {name}, and not as {services(s)} does.",
        f"The connection is accepted, so no rule is missing. {cause}",
        (advice,),
    )


def _moved(s: Statement) -> Words:
    """SVC-PORT, as packets show it."""
    to, key = s.text("answers_on"), s.row("origin").text("key")
    return Words(
        f"{services(s)} answers on port {to}, and the files name another one",
        f"{hosts_do(s, 'refuses', 'refuse')} ({place(s)}), and Hadoop RPC answers on port {to} of the same host.",
        "The service runs. Only the port that the clients are told is wrong.",
        (f"In {place(s)} write port {to} in {key}. {UPLOAD}",),
    )


def nameservice(s: Statement) -> Words:
    """HA-NAMESERVICE: a nameservice with a port, with no class that exists, or not defined."""
    if s.cause == "setting-provider":
        return _no_provider(s)
    if s.cause != "setting-port":
        return names.nameservice(s)
    key, service = s.text("key"), s.text("right").partition("://")[2]
    return Words(
        f"{key} names a port behind the nameservice {service}",
        f"{place(s)} names {s.text('value')}. {service} stands for several NameNodes, whose ports hdfs-site.xml has. "
        "Hadoop takes no port there but 8020.",
        "Hadoop says that it “is a logical (HA) namenode and does not use port information”.",
        (AFTERWARDS,),
    )


def _no_provider(s: Statement) -> Words:
    key = s.text("key")
    return Words(
        f"{key} names a class that Hadoop does not have",
        f"{place(s)} says {s.text('value')}. The class finds the active NameNode, and a client that cannot load it "
        "opens no connection to HDFS.",
        "Hadoop says “Could not load failover proxy provider class”, or “ClassNotFoundException”.",
        (AFTERWARDS,),
    )


def standby(s: Statement) -> Words:
    """SVC-STANDBY: one NameNode of several, or a ResourceManager in standby."""
    if s.text("component") != "namenode-rpc":
        return _standby_resourcemanager(s)
    if s.cause == "standby-alone":
        return _only_standby(s)
    key, state, service = s.text("key"), s.text("state"), s.text("right").removeprefix("hdfs://")
    now = f" The cloud says that it is {state} now." if state else ""
    if says := s.text("says"):
        now = f" Asked now, the one that is named says that it is {says}."
    return Words(
        f"{key} is pinned to one NameNode of several",
        f"{place(s)} names {s.text('value')}, one NameNode of {service}. The other one is "
        f"{s.text('known')}.{now} A client that names a host does not follow a failover.",
        "A NameNode in standby says “Operation category READ is not supported in state standby”.",
        (f"In {place(s)} write {s.text('right')}. {UPLOAD}",),
    )


def twin(s: Statement) -> Words:
    """HA-PARTIAL: two members of an HA group with one address."""
    key, service, right = s.text("key"), s.text("service"), s.text("right")
    write = f"{right} there" if right else "the address of the other one there"
    return Words(
        f"{key} has the address of the other {service}",
        f"{place(s)} sets {key} to {s.text('value')}, which {s.text('known')} has as well. So clients know one "
        f"{service} of two.",
        "Connections work while this one is active. After a failover clients find nobody.",
        (f"In {place(s)} write {write}. {UPLOAD}",),
    )


def _only_standby(s: Statement) -> Words:
    key, others = s.text("key"), listed(s.texts("others"))
    running = f" A NameNode runs on {others} as well." if others else ""
    return Words(
        "The only NameNode that the files name is in standby",
        f"{place(s)} names {s.text('value')} in {key}. Asked now, it says that it is in standby.{running}",
        "A NameNode in standby says “Operation category READ is not supported in state standby”.",
        (f"Let fs.defaultFS name the nameservice, and hdfs-site.xml all its NameNodes. {AFTERWARDS}",),
    )


def _standby_resourcemanager(s: Statement) -> Words:
    key = s.text("key")
    return Words(
        f"{key} names the ResourceManager that is standby",
        f"{place(s)} names {s.text('value')}. The cloud says that it is {s.text('state')} now, and that the one on "
        f"{s.text('known')} is active. A client without yarn.resourcemanager.ha.enabled does not follow a failover.",
        "A ResourceManager in standby opens no port for clients: they say “Connection refused”.",
        (f"Set yarn.resourcemanager.ha.enabled to true in yarn-site.xml, with both ids and addresses. {UPLOAD}",),
    )


def bind(s: Statement) -> Words:
    """SVC-BIND: by the file of the server, or by the listeners of its node."""
    if s.cause != "setting-bind":
        return node_records.bind(s)
    key, service = s.text("key"), s.text("service")
    return Words(
        f"{service} listens on loopback alone, says its file",
        f"{place(s)} sets {key} to {s.text('value')}. The server then answers its own node and refuses everybody else.",
        "No rule of a security group helps.",
        (f"On the node set {key} to {s.text('right')} or to the address of the node, and restart {service}.",),
    )


def stale_host(s: Statement) -> Words:
    """DW-FILES-STALE: a host that the case does not have, or that does not run the service."""
    if s.cause == "files-differ":
        return files.stale(s)
    key = s.text("key")
    if s.cause == "setting-unknown-host":
        return Words(
            f"{key} names a host that no file of the case knows",
            f"{place(s)} names {s.text('value')}. Neither the node list nor a hosts file has this host, so it may be "
            "of an earlier cluster.",
            "If no name server knows it either, clients say UnknownHostException.",
            (f"Compare {place(s)} with the {key} of the cluster's own files. {UPLOAD}",),
        )
    if s.cause == "setting-other-node":
        return Words(
            f"{key} names a node that does not run the {s.text('service')}",
            f"{place(s)} sets {key} to {s.text('value')}. The list of component instances has the {s.text('service')} "
            f"on {s.text('known')} alone, so the file may be of an earlier time.",
            "A rule that opens the port does not help, because no such service answers there.",
            (_write(s),),
        )
    if known := s.text("known"):
        return Words(
            f"{key} names another host than that of the NameNode",
            f"{place(s)} names {s.text('value')}. The NameNode that the files name is on {known}.",
            f"{_opened(key)} The file may be of an earlier cluster, or the path of another one.",
            (
                (
                    f"In {place(s)} write the NameNode of this cluster in {key}, "
                    f"or {_without(key, 'a path without host')}. {UPLOAD}"
                ),
            ),
        )
    return Words(
        f"{key} names a host that the cluster does not have",
        f"{place(s)} names {s.text('value')}. It is called like a node of EMR, but the node list and the hosts file "
        "do not have it.",
        "A client opens the path as it stands and says UnknownHostException. The file may be of an earlier cluster, "
        "or the node was replaced.",
        (f"In {place(s)} write the NameNode of this cluster in {key}, or a path without host. {UPLOAD}",),
    )


def mixed(s: Statement) -> Words:
    """DW-FILES-MIXED: principals of a realm that krb5.conf does not have."""
    if s.cause == "cluster-ids":
        return files.mixed(s)
    known = listed(s.texts("known"))
    if near := s.text("near"):
        third = f" [domain_realm] of krb5.conf has {s.text('realm')} as well." if s.is_true("is_mapped") else ""
        which = "krb5.conf" if third else "one of them"
        if s.is_true("is_alone") and not third:
            third, which = f" Other principals have {near}, as krb5.conf has.", s.row("origin").text("file")
        return Words(
            f"krb5.conf says {near} and the Hadoop files say {s.text('realm')}: {which} is probably mistyped",
            f"{place(s)} sets {s.text('key')} to {s.text('value')}. krb5.conf knows {known}, and no KDC of "
            f"{s.text('realm')}.{third} The names differ at one place: {which} is probably mistyped.",
            f"No client gets a ticket for {listed(s.texts('services'))}.",
            ("Compare both with the realm that klist -kte of a service's keytab shows, and correct the mistyped one.",),
        )
    return Words(
        f"krb5.conf and the Hadoop files are of different realms: {s.text('realm')} has no KDC in krb5.conf",
        f"{place(s)} sets {s.text('key')} to {s.text('value')}. krb5.conf knows {known}, and no KDC of "
        f"{s.text('realm')}.",
        f"No client gets a ticket for {listed(s.texts('services'))}. The files are probably of two clusters.",
        (f"Export krb5.conf and the Hadoop files of one cluster again, or add {s.text('realm')} to krb5.conf.",),
    )


def realm_case(s: Statement) -> Words:
    """KRB-REALM-CASE: principals of a realm that krb5.conf writes in other letters."""
    near, realm = s.text("near"), s.text("realm")
    right, wrong = (realm, near) if realm == realm.upper() else (near, realm)
    file = "krb5.conf" if wrong == near else listed(s.texts("files"))
    return Words(
        f"krb5.conf says {near} and the Hadoop files say {realm}: realms are case-sensitive",
        f"{place(s)} sets {s.text('key')} to {s.text('value')}. krb5.conf calls the realm {near}, and names of realms "
        f"are case-sensitive: it has no KDC of {realm}.",
        f"No client gets a ticket for {listed(s.texts('services'))}.",
        (f"Write {right} for {wrong} in {file}. klist -kte of a service's keytab shows the realm of the KDC.",),
    )


def state(s: Statement) -> Words:
    """STATE-CLUSTER."""
    name, node = s.text("name"), s.text("node")
    what = f"{name} on {node}" if node else name
    where = what if node else f"The {s.text('kind')} {name}"
    services = listed(s.texts("services"))
    cannot = "cannot" if s.is_true("is_certain") else "perhaps cannot"
    repair = f"Start {what} in the EMR console, or take it out of the case if it was released. Then check again."
    if s.is_true("is_released"):
        repair = f"The cluster {name} was released and cannot be started. Export the files of the cluster that is in "
        repair += "use, and check those."
    elif s.is_true("is_network"):
        ready = "Available" if s.text("kind") == "vSwitch" else "InUse"
        repair = (
            f"Wait until {name} is {ready}, or take its answer out of the case if it was released. Then check again."
        )
    return Words(
        f"{where} is {s.text('state')}",
        f"{place(s)}: {s.text('field')} is {s.text('state')}. "
        f"{services or 'Its services'} {cannot} answer in this state, whatever the rules allow.",
        "",
        (repair,),
    )


def conflict(s: Statement) -> Words:
    """INPUT-CONFLICT."""
    accounts = s.rows("accounts")
    told = "; ".join(f"{place(row)}: {row.text('says')}" for row in accounts)
    files_of = unique(row.row("origin").text("file") for row in accounts)
    title = f"Two inputs contradict each other about {s.text('subject')}"
    if s.is_true("first_holds"):
        first, second = place(accounts[0]), place(accounts[1])
        return Words(
            f"{title}; {first} is followed",
            f"{told}. This report follows {first}, which overrides {second}.",
            "",
            (f"If {second} is right, correct {first} or take it out, and run this again.",),
        )
    return Words(
        title,
        f"{told}. Which one holds cannot be told, so what the difference decides is unknown.",
        "",
        (which_export(s.row("exports"), s.text("subject"), files_of),),
    )


def refused(s: Statement) -> Words:
    """HADOOP-CONF-SYNTAX."""
    return Words(
        f"{s.text('kind')} cannot be read",
        f"{place(s)}: found {s.text('found')}, expected {s.text('expected')}. A Hadoop client does not start with "
        "this file.",
        "It says RuntimeException with the line. What the file would set is not known here.",
        (f"Correct {place(s)}. {UPLOAD}",),
    )


def _write(s: Statement) -> str:
    """Return what to do. If the right value is known, an edit of the report says it already."""
    if s.text("right"):
        return AFTERWARDS
    where = _site(s) if s.row("origin").number("line") is None else place(s)
    return f"In {where} set {s.text('key')} to {address_form(s.text('key'))} of the {s.text('service')}. {UPLOAD}"


def _site(s: Statement) -> str:
    return s.row("origin").text("file").replace("-default.xml", "-site.xml")
