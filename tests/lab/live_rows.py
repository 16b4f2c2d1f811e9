"""Which situations can no file hold, and what has to be said of each?

One row a situation: what is changed in the files, what is made on the hosts, and the right answer.
Rows of the same list that need a name server or a keytab alone are in dns/test_check.py (3: the
good address first, 4: a name server that only libkrb5 needs, 9: a KDC that only DNS names) and in
kerberos/test_check.py (6: a keytab without the permitted type).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from . import names
from .cases import DATANODE_PORT, MASTER_PORTS, NODE_GROUP, LabCase, full_name
from .cloud import permission
from .kdc import PASSWORD, REALM, Kdc
from .kdc_making import HTTP, KDC, NOBODY, OTHER_REALM, Place, firewall, krb5
from .netns import CLUSTER, RG, RG_CIDR
from .paths import Block
from .scene import hosts_file, own_name

LISTEN: Final = """import socket, sys, time
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listening", flush=True)
time.sleep(600)
"""
ANSWER: Final = """import contextlib, socket, sys
sys.path.insert(0, sys.argv[3])
from servers import first_step
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listening", flush=True)
while True:
    client, _ = listener.accept()
    with client, contextlib.suppress(OSError):
        client.settimeout(10)
        client.sendall(first_step(client.recv(65536)[:4], int(sys.argv[2])))
"""
MUTE: Final = """import socket, sys, time
listener = socket.create_server(("", int(sys.argv[1])))
print("listening", flush=True)
time.sleep(600)
"""

Report = Mapping[str, Any]
Repair = Callable[[Place, LabCase, Report], LabCase]
"""What somebody does after the report, for real. Returns the case as it is then."""


def _as_it_is(case: LabCase) -> LabCase:
    return case


def _nothing(_: Place) -> None:
    return


@dataclass(frozen=True)
class Row:
    """One situation, and what has to be said of it."""

    name: str
    """What is wrong."""
    exit_code: int
    """Exit code of `check`."""
    code: str | None
    """Code of the first finding. None if nothing may be found."""
    confidence: str | None = None
    """Its confidence."""
    case: Callable[[LabCase], LabCase] = _as_it_is
    """What is changed in the files."""
    make: Block = _nothing
    """What is changed on the hosts, after every service was started."""
    never: tuple[str, ...] = ()
    """Codes that may not be found."""
    not_working: tuple[int, ...] = ()
    """Ports whose flows may not be called working."""
    objects: tuple[str, ...] = ()
    """What the repairs of the first finding change. () if there is none."""
    records: tuple[str, ...] = ()
    """Roles of the hosts whose `ss` is in the case."""
    arguments: tuple[str, ...] = ()
    """Options of `check`. {directory} stands for the directory of the row."""
    says: tuple[str, ...] = ()
    """What the first error has to say somewhere."""
    silent_on: tuple[str, ...] = ()
    """What no finding and no repair may say."""
    also: tuple[str, ...] = ()
    """Codes of the other errors, in their order."""
    repair: Repair | None = None
    """What the first finding suggests, done for real. None if that is not tried."""
    alone: bool = False
    """Nothing else may run meanwhile, for an answer has to be quick."""
    tickets: str | None = None
    """What each client is foretold of the ticket for a service. None if that is not asked."""

    def __str__(self) -> str:
        return self.name


def _file(name: str, old: str, new: str) -> Callable[[LabCase], LabCase]:
    """Return a change of one file. AssertionError if it does not have the old text."""

    def change(case: LabCase) -> LabCase:
        assert old in case.files[name]
        return replace(case, files={**case.files, name: case.files[name].replace(old, new)})

    return change


def _namenode(port: str) -> Callable[[LabCase], LabCase]:
    """Return a change of fs.defaultFS, with a rule that lets 8020 in."""
    written = _file("core-site.xml", ":9000", port)
    rule = permission("sgr-namenode-8020", PortRange="8020/8020", SourceCidrIp=RG_CIDR)
    return lambda case: written(case).with_rules(NODE_GROUP, [*case.rules(NODE_GROUP), rule])


def _krb5(text: str) -> Callable[[LabCase], LabCase]:
    return lambda case: replace(case, files={**case.files, "krb5.conf": text})


def _master(**answers: bytes | None) -> Block:
    """Return a block that has other servers on some ports of the master."""

    def make(place: Place) -> None:
        served: dict[int, bytes | None] = dict.fromkeys(MASTER_PORTS.values())
        served |= {MASTER_PORTS[name]: answer for name, answer in answers.items()}
        place.lab.serve("master", tcp=served)

    return make


def _moved(old: int, new: int | None) -> Block:
    """Return a block that moves one server of the master to another port."""

    def make(place: Place) -> None:
        ports = [port for port in MASTER_PORTS.values() if port != old]
        place.lab.serve("master", tcp=[*ports, *([] if new is None else [new])])

    return make


def _mute_metastore(place: Place) -> None:
    _moved(MASTER_PORTS["metastore"], None)(place)
    script = place.directory / "mute.py"
    script.write_text(MUTE, encoding="utf-8")
    place.program("master", script, str(MASTER_PORTS["metastore"]))


def _kdc(udp: int | None, tcp: int | None, address: str | None = None) -> Block:
    return lambda place: place.lab.kdc.start(udp, tcp, address=address)


def _hosts(*lines: str) -> Block:
    """Return a block that puts lines before those of the client's hosts file."""

    def make(place: Place) -> None:
        rg = place.lab.host(RG)
        rg.write_etc("hosts", "\n".join([*lines, hosts_file(), own_name()]))
        place.undo.callback(rg.write_etc, "hosts", f"{hosts_file()}{own_name()}")

    return make


def _listening(role: str, address: str, port: int) -> Block:
    """Return a block that has something listen at one address of a host."""

    def make(place: Place) -> None:
        script = place.directory / "listen.py"
        script.write_text(LISTEN, encoding="utf-8")
        place.program(role, script, address, str(port))

    return make


def _answering(role: str, address: str, port: int) -> Block:
    """Return a block that has a server of this port answer at one address of a host."""

    def make(place: Place) -> None:
        script = place.directory / "answer.py"
        script.write_text(ANSWER, encoding="utf-8")
        place.program(role, script, address, str(port), str(Path(__file__).parent))

    return make


def _second_card(place: Place) -> None:
    """Give the core nodes a second address, which alone the DataNode listens on."""
    for role, address in SECOND_CARDS.items():
        place.lab.serve(role)
        place.on(role, "ip", "address", "add", f"{address}/24", "dev", "lo")
        place.undo.callback(place.on, role, "ip", "address", "delete", f"{address}/24", "dev", "lo")
        _answering(role, address, DATANODE_PORT)(place)


def _loopback_only(name: str) -> Block:
    """Return a block that has one server of the master on loopback alone."""

    def make(place: Place) -> None:
        _moved(MASTER_PORTS[name], None)(place)
        _listening("master", "127.0.0.1", MASTER_PORTS[name])(place)

    return make


def _both(*blocks: Block) -> Block:
    def make(place: Place) -> None:
        for block in blocks:
            block(place)

    return make


def _without_hosts(case: LabCase) -> LabCase:
    return replace(case, files={name: text for name, text in case.files.items() if name != "hosts"})


def _resolv_conf(text: str) -> Block:
    """Return a block that leaves the client with its own name and this resolv.conf."""

    def make(place: Place) -> None:
        names.hosts(place, "127.0.0.1 localhost\n")
        place.resolver(NOBODY)
        place.lab.host(RG).write_etc("resolv.conf", text)

    return make


def _closed(case: LabCase) -> LabCase:
    """Return the case with an export that opens nothing to the resource group."""
    return case.with_rules(NODE_GROUP, [])


def _own_kdc(place: Place, role: str, realm: str, *principals: str) -> Kdc:
    """Start another KDC with these principals, each with the lab's password."""
    directory = place.directory / f"kdc-{role}"
    directory.mkdir()
    made = Kdc(place.lab.host(role), directory, realm)
    made.admin(*(f"addprinc -pw {PASSWORD} {name}" for name in principals))
    made.start()
    place.undo.callback(made.stop)
    return made


def _kdc_without_hive(place: Place) -> None:
    place.lab.kdc.stop()
    kdc = _own_kdc(place, "kdc", REALM, *(name for name in PRINCIPALS if not name.startswith("hive/")))
    kdc.keytab(place.directory / "user.keytab", "hdfs")


def _two_realms(place: Place) -> None:
    """Give the user a realm of its own, with a KDC on the master, and both realms one key."""
    place.lab.kdc.stop()
    shared = f"krbtgt/{REALM}@{OTHER_REALM}"
    _own_kdc(place, "kdc", REALM, *PRINCIPALS, shared)
    kdc = _own_kdc(place, "master", OTHER_REALM, shared)
    kdc.keytab(place.directory / "user.keytab", "hdfs")


def _as_user(realm: str) -> tuple[str, ...]:
    return ("--keytab", "{directory}/user.keytab", "--principal", f"hdfs@{realm}")


PRINCIPALS: Final = (
    *(f"{name}/{full_name('master')}" for name in ("hdfs", "yarn", "hive")),
    *(f"hdfs/{full_name(role)}" for role in ("core-1", "core-2")),
)
"""The services that the Hadoop files name."""

TWO_REALMS: Final = (
    f"[libdefaults]\n  default_realm = {OTHER_REALM}\n  dns_lookup_kdc = false\n  dns_lookup_realm = false\n"
    f"[realms]\n  {REALM} = {{\n    kdc = {KDC}\n  }}\n"
    f"  {OTHER_REALM} = {{\n    kdc = {full_name('master')}\n  }}\n"
)


def _edited(_: Place, case: LabCase, report: Report) -> LabCase:
    """Edit the files as the first finding says."""
    files = dict(case.files)
    for edit in report["suggested_edits"]:
        if (edit["finding"]["rank"], edit["option"]) != (1, 1):
            continue
        name, _, number = edit["id"].partition(" ")[0].partition(":")
        lines, at = files[name].splitlines(), int(number) - 1
        if edit["from"] is None:
            lines.insert(at, edit["to"])
        else:
            assert edit["from"] in lines[at], edit
            lines[at] = lines[at].replace(edit["from"], edit["to"])
        files[name] = "\n".join([*lines, ""])
    assert files != case.files, report["suggested_edits"]
    return replace(case, files=files)


def _done(*blocks: Block) -> Repair:
    """Return a repair that changes hosts alone."""

    def repair(place: Place, case: LabCase, _: Report) -> LabCase:
        _both(*blocks)(place)
        return case

    return repair


def _datanodes(place: Place) -> None:
    """Let the DataNodes listen at their first address too."""
    for role in SECOND_CARDS:
        _answering(role, CLUSTER[role], DATANODE_PORT)(place)


def _usual_names(place: Place) -> None:
    names.hosts(place, hosts_file())


def _no_firewall(role: str) -> Block:
    return lambda place: place.lab.host_firewall(role)


SECOND_CARDS: Final = {"core-1": "192.168.22.21", "core-2": "192.168.22.22"}
SILENT_KDC: Final = firewall("kdc", "meta l4proto { tcp, udp } th dport 88 drop")

ROWS: Final = (
    Row("0 nothing", 0, None),
    Row(
        "1 a silent KDC and a lint line",
        3,
        "FW-OS-DROP",
        "inferred",
        case=_krb5(krb5(KDC, kdc_timeout=30, udp_preference_limit=1)),
        make=SILENT_KDC,
    ),
    Row(
        "1 a silent KDC and a cache in the keyring",
        3,
        "FW-OS-DROP",
        "inferred",
        case=_krb5(krb5(KDC, default_ccache_name="KEYRING:persistent:%{uid}")),
        make=SILENT_KDC,
        repair=_done(_no_firewall("kdc")),
    ),
    Row(
        "1 a silent KDC and a list of single DES",
        1,
        "FW-OS-DROP",
        "inferred",
        case=_krb5(krb5(KDC, default_tkt_enctypes="des-cbc-crc")),
        make=SILENT_KDC,
        also=("KRB-ETYPE-CONF",),
        tickets="no",
    ),
    Row("2 the same lint line, everything alive", 0, None, case=_krb5(krb5(KDC, kdc_timeout=30)), alone=True),
    Row(
        "3 a KDC name with a dead address first",
        1,
        "DNS-STALE-IP",
        make=_hosts(f"{NOBODY} {KDC}"),
        repair=_done(_usual_names),
    ),
    Row(
        "5 the KDC listens on another port",
        1,
        "KDC-DOWN",
        "strong",
        make=_kdc(8888, 8888),
        repair=_done(_kdc(88, 88)),
    ),
    Row("5 the KDC listens on loopback alone", 1, "KDC-DOWN", "strong", make=_kdc(88, 88, "127.0.0.1")),
    Row(
        "7 a realm that no mapping gives",
        1,
        "KRB-DOMAIN-REALM",
        case=_krb5(TWO_REALMS),
        make=_two_realms,
        arguments=_as_user(OTHER_REALM),
        repair=_edited,
        objects=("krb5.conf",),
        says=(OTHER_REALM,),
    ),
    Row(
        "8 a service that the KDC does not have",
        1,
        "KRB-SVC-MISSING",
        "proven",
        make=_kdc_without_hive,
        arguments=_as_user(REALM),
        says=(f"hive/{full_name('master')}",),
        tickets="no",
    ),
    Row(
        "10 HTTP on 8032, 10000 and 9083",
        1,
        "SVC-RPC-HTTP",
        "proven",
        make=_master(resourcemanager=HTTP, hiveserver2=HTTP, metastore=HTTP),
        repair=_done(_master(hiveserver2=HTTP, metastore=HTTP)),
        also=("SVC-PORT", "SVC-HS2-MODE"),
        not_working=(8032, 10000, 9083),
    ),
    Row(
        "11 a metastore that accepts and never reads",
        1,
        "SVC-HMS",
        "strong",
        make=_mute_metastore,
        not_working=(9083,),
        says=("ss -ltnp", "jstack"),
    ),
    Row("11 a metastore that closes at once", 3, None, make=_master(metastore=b""), not_working=(9083,)),
    Row(
        "12 a service that refuses, without ss",
        1,
        "SVC-DOWN",
        "strong",
        make=_moved(10000, None),
        repair=_done(_master()),
        not_working=(10000,),
    ),
    Row(
        "12 a service on loopback, without ss",
        1,
        "SVC-DOWN",
        "strong",
        make=_loopback_only("hiveserver2"),
        not_working=(10000,),
        says=("ss -lntu",),
    ),
    Row(
        "12 a service on loopback, with ss",
        1,
        "SVC-BIND",
        "proven",
        make=_loopback_only("hiveserver2"),
        records=("master",),
        not_working=(10000,),
        silent_on=("Start service",),
    ),
    Row(
        "13 the NameNode on 9000, the file says 8020, with ss",
        1,
        "SVC-PORT",
        "proven",
        case=_namenode(":8020"),
        objects=("hadoop-conf",),
        not_working=(8020,),
        records=("master",),
        repair=_edited,
    ),
    Row(
        "14 DataNodes on the other network card",
        1,
        "SVC-BIND",
        make=_second_card,
        repair=_done(_datanodes),
        records=("core-1", "core-2"),
        not_working=(9866,),
        says=("192.168.22.21", "192.168.20.21"),
        silent_on=("nobody else can reach", "127.0.0.1 beside", "it works, everybody else"),
    ),
    Row(
        "13 the NameNode on 9000, the file says 8020",
        1,
        "SVC-PORT",
        "strong",
        case=_namenode(":8020"),
        objects=("hadoop-conf",),
        not_working=(8020,),
    ),
    Row(
        "15 fs.defaultFS without a port, the NameNode on 8020",
        0,
        None,
        case=_namenode(""),
        make=_moved(9000, 8020),
    ),
    Row(
        "16 localhost in the client's file",
        1,
        "DNS-LOOPBACK",
        case=_file("hive-site.xml", f"thrift://{full_name('master')}", "thrift://localhost"),
        never=("SVC-DOWN",),
    ),
    Row(
        "16 localhost in the client's file, and something listens there",
        1,
        "DNS-LOOPBACK",
        case=_file("hive-site.xml", f"thrift://{full_name('master')}", "thrift://localhost"),
        make=_listening(RG, "127.0.0.1", MASTER_PORTS["metastore"]),
        never=("SVC-DOWN",),
        not_working=(9083,),
    ),
    Row(
        "17 two independent faults",
        1,
        "FW-OS-DROP",
        make=_both(
            firewall("kdc", "udp dport 88 drop"),
            firewall("core-1", f"tcp dport {DATANODE_PORT} drop"),
            firewall("core-2", f"tcp dport {DATANODE_PORT} drop"),
        ),
        repair=_done(_no_firewall("kdc")),
        also=("FW-OS-DROP",),
        not_working=(DATANODE_PORT,),
    ),
    Row(
        "18 dead name servers first, the rule second",
        1,
        "DNS-TIMEOUT",
        case=lambda case: _without_hosts(case.without("sgr-kdc-udp")),
        make=_resolv_conf(f"nameserver {NOBODY}\nnameserver 192.168.20.98\noptions timeout:1 attempts:1\n"),
        repair=_done(_usual_names),
        also=("SG-KDC-UDP",),
    ),
    Row(
        "20 an empty resolv.conf",
        1,
        "DNS-TIMEOUT",
        case=_without_hosts,
        make=_resolv_conf(""),
        repair=_done(_usual_names),
        silent_on=("127.0.0.1 does not answer", "take it out of /etc/resolv.conf"),
    ),
    Row(
        "19 the wrong host",
        1,
        "SG-SVC",
        case=_closed,
        arguments=("--from", "192.168.77.0/24"),
    ),
)
