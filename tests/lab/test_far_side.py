"""Do a real KDC's log, a real `ss` and a real packet filter settle what packets alone cannot? Every
fault is made, its records are taken, and `check` reads both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from .cases import MASTER_PORTS, LabCase, healthy
from .diagnosis import Diagnosis, check, serve_cluster
from .kdc import Kdc
from .netns import RG_CIDR
from .scene import HOST_NAMES, Lab

NAMENODE = MASTER_PORTS["namenode"]


@pytest.fixture
def undo() -> Iterator[ExitStack]:
    """Yield a stack that undoes what `Lab.reset` does not undo."""
    with ExitStack() as stack:
        yield stack


def with_records(lab: Lab, case: LabCase, role: str, *, log: str = "", ruleset: bool = False) -> LabCase:
    """Return the case with what a person would export from this host now."""
    node = HOST_NAMES[role][0]
    host = lab.host(role)
    files = {f"ss-{node}.txt": host.run("ss", "-tan").stdout + host.run("ss", "-tunlp").stdout}
    if log:
        files["krb5kdc.log"] = log
    if ruleset:
        files[f"nft-{node}.txt"] = host.run("nft", "list", "ruleset").stdout
    return replace(case, files={**case.files, **files})


def finding(found: Diagnosis) -> tuple[str, str]:
    first = found.report["findings"][0]
    return first["code"], first["confidence"]


def test_answers_that_a_bridge_on_the_host_takes_away(lab: Lab, tmp_path: Path, undo: ExitStack) -> None:
    # Given a docker0 on the KDC's host whose network swallows the resource group's
    serve_cluster(lab)
    node = lab.host("kdc")
    undo.callback(node.run, "ip", "link", "delete", "docker0")
    for command in ("link add docker0 type bridge", "link set docker0 up", f"route add {RG_CIDR} dev docker0"):
        assert not node.run("ip", *command.split()).returncode
    before = len(lab.kdc.log)
    # When packets alone speak, they cannot tell it from a firewall
    alone = check(lab, healthy(), tmp_path)
    assert alone.primary == "FW-OS-DROP", alone
    # Then the log has the question again and again, ss has SYN-RECV, and both say that the answers
    # are lost
    case = with_records(lab, healthy(), "kdc", log=lab.kdc.log[before:], ruleset=True)
    assert "DISPATCH: repeated" in case.files["krb5kdc.log"]
    assert "SYN-RECV" in case.files["ss-master-1-2.txt"]
    found = check(lab, case, tmp_path)
    assert (found.exit_code, *finding(found)) == (1, "RET-ROUTE", "strong"), found
    assert len(found.report["findings"]) == 1, found
    assert not found.report["suggested_rules"], found
    refs = {evidence["ref"] for evidence in found.report["findings"][0]["evidence"]}
    assert any(ref.startswith("krb5kdc.log:") for ref in refs), refs
    assert any(ref.startswith("ss-master-1-2.txt:") for ref in refs), refs
    # And the routes of the node name the bridge
    listed = {
        "routes-master-1-2.txt": node.run("ip", "route", "show", "table", "all").stdout,
        "iprules-master-1-2.txt": node.run("ip", "rule", "show").stdout,
        "addresses-master-1-2.txt": node.run("ip", "addr", "show").stdout,
    }
    found = check(lab, replace(case, files={**case.files, **listed}), tmp_path)
    assert (found.exit_code, *finding(found)) == (1, "NET-OVERLAP", "proven"), found
    assert len(found.report["findings"]) == 1, found
    assert "docker0" in found.report["findings"][0]["title"]


def test_the_log_of_a_cluster_whose_rule_is_missing_does_not_speak_for_lost_answers(lab: Lab, tmp_path: Path) -> None:
    serve_cluster(lab)
    broken = healthy().without("sgr-kdc-udp")
    before = len(lab.kdc.log)
    check(lab, broken, tmp_path)
    case = with_records(lab, broken, "kdc", log=lab.kdc.log[before:])
    assert "K/M@" in case.files["krb5kdc.log"]
    found = check(lab, case, tmp_path)
    assert [f["code"] for f in found.report["findings"]] == ["SG-KDC-UDP"], found


def test_kdc_that_listens_on_loopback(lab: Lab, tmp_path: Path, undo: ExitStack) -> None:
    serve_cluster(lab)
    lab.kdc.stop()
    (tmp_path / "kdc").mkdir()
    inward = Kdc(replace(lab.host("kdc"), address="127.0.0.1"), tmp_path / "kdc")
    undo.callback(inward.stop)
    inward.start()
    found = check(lab, with_records(lab, healthy(), "kdc"), tmp_path)
    assert (found.exit_code, *finding(found)) == (1, "KDC-BIND", "proven"), found
    assert "127.0.0.1:88" in found.report["findings"][0]["cause"], found


def test_host_firewall_whose_rules_are_there(lab: Lab, tmp_path: Path) -> None:
    serve_cluster(lab)
    lab.host_firewall("kdc", "udp dport 88 counter drop", "tcp dport 9000 accept")
    check(lab, healthy(), tmp_path)
    found = check(lab, with_records(lab, healthy(), "kdc", ruleset=True), tmp_path)
    assert (found.exit_code, *finding(found)) == (1, "FW-OS-DROP", "proven"), found
    assert "packets so far" in found.report["findings"][0]["cause"], found


def test_reset_by_a_firewall_is_no_stopped_service(lab: Lab, tmp_path: Path) -> None:
    serve_cluster(lab)
    lab.host_firewall("master", f"tcp dport {NAMENODE} reject with tcp reset")
    sockets = with_records(lab, healthy(), "master")
    assert finding(check(lab, sockets, tmp_path)) == ("FW-OS-REJECT", "strong")
    rules = with_records(lab, healthy(), "master", ruleset=True)
    assert finding(check(lab, rules, tmp_path)) == ("FW-OS-REJECT", "proven")


def test_another_address_in_the_log_is_translation(lab: Lab, tmp_path: Path) -> None:
    serve_cluster(lab)
    chain = (
        f"  chain out {{\n    type nat hook postrouting priority 100\n    ip saddr {RG_CIDR} snat to 10.9.9.9\n  }}\n"
    )
    lab.beside(f"table ip translation {{\n{chain}}}\n")
    before = len(lab.kdc.log)
    check(lab, healthy(), tmp_path)
    found = check(lab, with_records(lab, healthy(), "kdc", log=lab.kdc.log[before:]), tmp_path)
    assert (found.exit_code, *finding(found)) == (3, "NET-SNAT", "inferred"), found  # works, and a candidate is left
    assert "10.9.9.9" in found.report["findings"][0]["cause"], found


def test_records_of_nobody_known_are_named_and_not_used(lab: Lab, tmp_path: Path) -> None:
    serve_cluster(lab)
    lab.kdc.stop()
    case = healthy()
    found = check(lab, replace(case, files={**case.files, "ss.txt": "LISTEN 0 128 127.0.0.1:88 0.0.0.0:*\n"}), tmp_path)
    assert found.primary == "KDC-DOWN", found
    assert "ss.txt" in {skip["check"] for skip in found.report["skipped"]}, found
