"""Situations that no file can hold: is each one named for what it is, and nothing said too much?

Each row makes one situation with real packets and runs `check` on the resource-group host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from .cases import MASTER_PORTS, NODE_GROUP, LabCase, full_name, healthy
from .cloud import permission
from .diagnosis import Diagnosis, check, serve_cluster
from .kdc_making import HTTP, KDC, NOBODY, Place, firewall, krb5
from .netns import RG, RG_CIDR
from .paths import Block
from .scene import Lab, hosts_file, own_name

WORKS: Final = ("reachable", "accepts", "allowed")
MUTE: Final = """import socket, sys, time
listener = socket.create_server(("", int(sys.argv[1])))
print("listening", flush=True)
time.sleep(600)
"""


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
    Row("2 the same lint line, everything alive", 0, None, case=_krb5(krb5(KDC, kdc_timeout=30))),
    Row("3 a KDC name with a dead address first", 1, "DNS-STALE-IP", make=_hosts(f"{NOBODY} {KDC}")),
    Row("5 the KDC listens on another port", 1, "KDC-DOWN", "strong", make=_kdc(8888, 8888)),
    Row("5 the KDC listens on loopback alone", 1, "KDC-DOWN", "strong", make=_kdc(88, 88, "127.0.0.1")),
    Row(
        "10 HTTP on 8032, 10000 and 9083",
        1,
        "SVC-RPC-HTTP",
        "proven",
        make=_master(resourcemanager=HTTP, hiveserver2=HTTP, metastore=HTTP),
        not_working=(8032, 10000, 9083),
    ),
    Row("11 a metastore that accepts and never reads", 3, None, make=_mute_metastore, not_working=(9083,)),
    Row("11 a metastore that closes at once", 3, None, make=_master(metastore=b""), not_working=(9083,)),
    Row(
        "12 a service that refuses, without ss", 1, "SVC-DOWN", "strong", make=_moved(10000, None), not_working=(10000,)
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
)


@pytest.fixture
def place(lab: Lab, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as undo:
        yield Place(lab, undo, tmp_path)


def _gone_through(place: Place, row: Row) -> Diagnosis:
    serve_cluster(place.lab)
    row.make(place)
    return check(place.lab, row.case(healthy()), place.directory)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_situation_is_named_and_nothing_too_much_is_said(place: Place, row: Row) -> None:
    found = _gone_through(place, row)
    errors = [finding for finding in found.report["findings"] if finding["severity"] == "error"]
    assert found.exit_code == row.exit_code, found
    assert (errors[0]["code"] if errors else None) == row.code, found
    if row.confidence is not None:
        assert errors[0]["confidence"] == row.confidence, found
    assert not {finding["code"] for finding in found.report["findings"]} & set(row.never), found
    working = {flow["port"] for flow in found.report["flows"] if flow["verdict"] in WORKS}
    assert not working & set(row.not_working), found
    suggested = [*found.report["suggested_rules"], *found.report["suggested_edits"]]
    assert row.code is not None or not suggested, found
    changed = {edit["object"] for edit in found.report["suggested_edits"] if edit["finding"]["rank"] == 1}
    assert set(row.objects) <= changed, found
