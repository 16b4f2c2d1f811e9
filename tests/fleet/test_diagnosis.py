"""Does one case become one line, the same on every machine, whatever is wrong with it?"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from diagnose.case.tree import Tree
from diagnose.cli import main
from diagnose.fleet import diagnosis, record
from diagnose.fleet.diagnosis import line_of
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource
from diagnose.report.json import decode as decode_report
from tests.support.places import PROJECT

FIXTURES = sorted(path.parent.name for path in (PROJECT / "fixtures").glob("*/krb5.conf"))
DAY = date(2026, 11, 29)
SETTINGS = FleetSettings(DAY)
MOST_IN_CYCLES = 800
"""Objects of one diagnosed case that refer to each other, with some room: 390 do."""
PROGRAM = """
import sys
from pathlib import Path
from tests.fleet.test_diagnosis import FIXTURES, line_in
sys.stdout.buffer.write(b"".join(map(line_in, FIXTURES)))
"""


def line_in(name: str) -> bytes:
    return line_of(source_of(name), FleetSettings(DAY, with_report=True))


def source_of(name: str) -> CaseSource:
    return CaseSource(name, PROJECT / "fixtures" / name)


def written(tmp_path: Path, name: str, content: bytes) -> CaseSource:
    """Return a source that is a single file."""
    (tmp_path / name).write_bytes(content)
    return CaseSource(name, tmp_path / name)


@pytest.mark.parametrize("name", FIXTURES)
def test_a_line_says_what_check_says(name: str) -> None:
    said = CliRunner().invoke(main, ["check", f"{PROJECT}/fixtures/{name}", "--offline", "--format", "json"])
    report = json.loads(said.stdout)
    line = record.decode(line_of(source_of(name), SETTINGS))

    assert (line.exit_code, line.status, line.state) == (report["exit_code"], report["status"], "diagnosed")
    assert [each.code for each in line.findings] == [each["code"] for each in report["findings"]]
    assert line.suggested_rules == len(report["suggested_rules"])
    assert line.required.total == sum(flow["need"] == "required" for flow in report["flows"])
    blocked = sum(flow["need"] == "required" and flow["verdict"] == "blocked" for flow in report["flows"])
    assert line.required.blocked == blocked


def test_the_primary_cause_says_what_it_repairs_and_how() -> None:
    line = record.decode(line_of(source_of("datalake-ha-kerberos"), SETTINGS))

    assert line.primary is not None
    assert (line.primary.code, line.primary.repairs, line.primary.remains) == ("SG-KDC-UDP", 2, [])
    (repair,) = line.repairs
    assert (repair.action, repair.object) == ("add", "security-group-rule")
    assert (repair.direction, repair.detail) == ("ingress", "UDP 88/88")


@pytest.mark.parametrize(
    ("fixture", "code", "change"),
    [
        ("other-vpc-no-return", "RET-ROUTE", ("set", "route", None, "10.60.61.0/24 -> VpcPeer")),
        ("kdc-port", "SG-KDC-PORT", ("add", "security-group-rule", "ingress", "UDP 1088/1088")),
        ("other-vpc", "NET-WRONG-VPC", ("set", "resource-group", None, "")),
    ],
)
def test_a_repair_says_which_rule_or_route_it_is_as_far_as_clusters_may_share_it(
    fixture: str, code: str, change: tuple[str, str, str | None, str]
) -> None:
    repairs = record.decode(line_of(source_of(fixture), SETTINGS)).repairs
    found = {(each.action, each.object, each.direction, each.detail) for each in repairs if each.code == code}

    assert change in found


def test_a_repair_of_a_file_says_which_setting_it_is() -> None:
    # Given the healthy case with a default file system that is no cluster's
    folder = PROJECT / "fixtures" / "healthy"
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    files["core-site.xml"] = files["core-site.xml"].replace(b"hdfs://hdfs-cluster", b"file:///")
    repairs = record.decode(line_of(CaseSource("c", tree=Tree("c", files)), SETTINGS)).repairs

    assert [(each.action, each.object, each.detail) for each in repairs] == [("set", "hadoop-conf", "fs.defaultFS")]


def test_a_case_that_passes_has_no_primary_cause_whatever_warns() -> None:
    # Given the healthy case with a setting that warns
    folder = PROJECT / "fixtures" / "healthy"
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    files["krb5.conf"] = files["krb5.conf"].replace(b"[libdefaults]", b"[libdefaults]\n kdc_timeout = 1", 1)
    line = record.decode(line_of(CaseSource("c", tree=Tree("c", files)), SETTINGS))

    assert [each.severity for each in line.findings] == ["warning"]
    assert (line.exit_code, line.primary) == (0, None)


def test_lines_are_the_same_in_every_process() -> None:
    # Given two processes in which sets have another order
    lines = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=PROJECT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert lines[0] == lines[1]
    assert lines[0].count(b"\n") == len(FIXTURES)


def test_files_in_memory_give_the_line_of_their_directory() -> None:
    folder = PROJECT / "fixtures" / "healthy"
    files = {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}

    given = CaseSource("healthy", tree=Tree("healthy", files))

    assert line_of(given, SETTINGS) == line_of(source_of("healthy"), SETTINGS)


@pytest.mark.parametrize("content", [b"PK\x03\x04 damaged", b"\x1f\x8b no gzip", b""])
def test_an_archive_that_cannot_be_read_is_a_line_without_a_path_of_the_machine(tmp_path: Path, content: bytes) -> None:
    line = record.decode(line_of(written(tmp_path, "c-1.zip", content), SETTINGS))

    assert (line.state, line.exit_code) == ("unreadable", 2)
    assert line.error is not None
    assert "c-1.zip" in line.error
    assert str(tmp_path) not in line.error


def test_a_case_that_is_gone_is_a_line(tmp_path: Path) -> None:
    line = record.decode(line_of(CaseSource("gone", tmp_path / "gone"), SETTINGS))
    assert (line.state, line.error) == ("unreadable", "gone: found no such file, expected a case")


def test_files_that_name_no_service_are_no_healthy_case(tmp_path: Path) -> None:
    line = record.decode(line_of(CaseSource("empty", tmp_path), SETTINGS))
    assert (line.state, line.exit_code, line.status) == ("unreadable", 2, None)


def test_an_answer_that_cannot_be_read_is_told_beside_the_diagnosis(tmp_path: Path) -> None:
    healthy = PROJECT / "fixtures" / "healthy"
    files = {file.name: file.read_bytes() for file in healthy.iterdir() if file.is_file()}
    line = record.decode(
        line_of(CaseSource("half", tree=Tree("half", {**files, "ListNodes.json": b'{"Nodes": ['})), SETTINGS)
    )

    assert (line.state, line.exit_code) == ("diagnosed", 2)
    assert line.error is not None
    assert "ListNodes.json" in line.error


def test_a_bug_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("of our own\n\x1b[31m")

    monkeypatch.setattr(diagnosis, "diagnose", fail)
    line = line_of(source_of("healthy"), SETTINGS)

    assert record.decode(line).exit_code == 4
    assert record.decode(line).state == "bug"
    assert line.count(b"\n") == 1
    assert b"\\u001b" not in line


def test_networks_of_the_run_replace_those_of_the_case() -> None:
    line = record.decode(line_of(source_of("healthy"), FleetSettings(DAY, cidrs=("10.99.0.0/24",))))
    assert line.exit_code == 1


@pytest.mark.parametrize("with_report", [False, True])
@pytest.mark.parametrize("name", ["datalake-ha-kerberos", "gone"])
def test_each_line_obeys_the_published_schema(name: str, with_report: bool) -> None:
    schema = json.loads(record.schema())
    Draft202012Validator.check_schema(schema)
    line = json.loads(line_of(source_of(name), FleetSettings(DAY, with_report=with_report)))

    assert list(Draft202012Validator(schema).iter_errors(line)) == []


def test_a_line_with_its_report_has_no_time_of_day() -> None:
    line = json.loads(line_in("healthy"))
    report = decode_report(json.dumps(line["report"]).encode())

    assert (report.started_at, report.duration_ms) == ("2026-11-29T00:00:00.000+00:00", 0)
    assert report.exit_code == line["exit_code"]


def test_settings_that_change_a_line_change_the_digest_of_the_run() -> None:
    others = (
        FleetSettings(DAY, "zh"),
        FleetSettings(DAY, cidrs=("10.0.0.0/8",)),
        FleetSettings(DAY, areas=("dns",)),
        FleetSettings(DAY, fail_on="warning"),
        FleetSettings(DAY, with_report=True),
    )
    assert len({SETTINGS.run, *(each.run for each in others)}) == 1 + len(others)
    assert FleetSettings(date(2027, 1, 1)).run == SETTINGS.run


def test_a_chinese_run_writes_chinese_lines() -> None:
    line = record.decode(line_of(source_of("datalake-ha-kerberos"), FleetSettings(DAY, "zh")))
    assert line.language == "zh"
    assert line.primary is not None
    assert "安全组" in line.primary.title or "UDP" in line.primary.title


def test_certificates_and_clocks_come_from_recorded_answers() -> None:
    # Given the answers of an earlier check
    healthy = PROJECT / "fixtures" / "healthy"
    files = {file.name: file.read_bytes() for file in healthy.iterdir() if file.is_file()}
    first = CliRunner().invoke(main, ["check", str(healthy), "--offline", "--format", "json"])
    flows = json.loads(first.stdout)["flows"]
    kdc = next(flow for flow in flows if flow["port"] == 88 and flow["transport"] == "udp")
    other = next(flow for flow in flows if flow["transport"] == "tcp" and flow["port"] != 88)
    seen = {"vantage": "local", "state": "open", "attempts": 1}
    until = "2026-12-03T08:00:00+00:00"
    detail = {"tls": {"subject": "CN=master-1-1", "until": until}}
    answers = [
        {**seen, "flow": kdc["id"], "reason": "kerberos-reply", "detail": {"clock_offset_s": [-12.5, -11.5]}},
        {**seen, "flow": other["id"], "reason": "syn-ack", "detail": detail},
    ]
    recorded = json.dumps({"schema_version": "1", "observations": answers}).encode()
    line = record.decode(line_of(CaseSource("c", tree=Tree("c", {**files, "observations.json": recorded})), SETTINGS))

    assert line.basis == "packets", line.error
    (clock,) = line.clocks
    assert (clock.host, clock.low, clock.high) == (kdc["host"], -12.5, -11.5)
    (certificate,) = line.certificates
    assert (certificate.target, certificate.until) == (f"{other['host']}:{other['port']}", until)


def test_a_diagnosed_case_leaves_little_for_the_search_for_cycles() -> None:
    line_of(source_of("external-kdc"), SETTINGS)  # modules and tables stay
    gc.collect()
    gc.disable()
    try:
        line_of(source_of("external-kdc"), SETTINGS)
        assert gc.collect() < MOST_IN_CYCLES
    finally:
        gc.enable()
