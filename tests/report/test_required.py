"""Does every output agree about how many connections fail?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner

from diagnose.case.tree import Tree
from diagnose.cli import main
from diagnose.fleet import record
from diagnose.fleet.diagnosis import line_of
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource
from diagnose.report import details, junit, prometheus
from diagnose.report.brief import render
from diagnose.report.finding_model import WaivedFacts
from diagnose.report.flow_model import OriginFacts
from diagnose.report.model import Report
from diagnose.report.required import Required, required
from diagnose.report.verdict import verdict
from tests.support import reports
from tests.support.places import PROJECT

HEALTHY = PROJECT / "fixtures" / "healthy"
METASTORE = b"thrift://master-1-1.c-b58c2e907d4f1a63.cn-hangzhou.emr.aliyuncs.com:9083"
TYPO = {"hdfs-site.xml": (b"<name>dfs.nameservices</name>", b"<name>dfs.nameservice</name>")}
"""File -> what is replaced in it: no client finds the NameNode."""


def files(changes: Mapping[str, tuple[bytes, bytes]]) -> dict[str, bytes]:
    """Return the healthy case with one text of some files replaced."""
    found = {file.name: file.read_bytes() for file in HEALTHY.iterdir() if file.is_file()}
    for name, (old, new) in changes.items():
        assert old in found[name]
        found[name] = found[name].replace(old, new)
    return found


def page(folder: Path, command: str, changes: Mapping[str, tuple[bytes, bytes]], *options: str) -> str:
    """Return the page of the healthy case so changed, with single blanks."""
    for name, content in files(changes).items():
        (folder / name).write_bytes(content)
    offline = ["--offline"] if command == "check" else []
    return " ".join(CliRunner().invoke(main, [command, str(folder), *offline, *options]).stdout.split())


def a_report(*verdicts: str, stopped: int, **changes: Any) -> Report:
    """Return a report with one flow a verdict, of which a sure fault stops the last `stopped`."""
    flows = [
        reports.a_flow("NameNode RPC", f"master-1-{number}", 8020, verdict=each)
        for number, each in enumerate(verdicts, 1)
    ]
    ids = [flow.id for flow in flows[len(flows) - stopped :]]
    fault = reports.a_finding("HA-NAMESERVICE", flows=ids, confidence="strong")
    given = {"basis": "configuration", "status": "fail", "exit_code": 1, "flows": flows, "findings": [fault]}
    return reports.a_report(**{**given, **changes})


@pytest.mark.parametrize(
    ("command", "language", "said"),
    [
        (
            "check",
            "en",
            "DOES NOT WORK: 2 of 18 required connections cannot be made, although the network lets them through.",
        ),
        (
            "preflight",
            "en",
            "CANNOT BE INITIALIZED: 2 of 18 required connections cannot be made, although the network lets them",
        ),
        ("check", "zh", "不可用：18 条必需连接中有 2 条不通，但网络均已放行。"),
        ("preflight", "zh", "无法初始化：18 个必需连接中 2 个不通，但网络均已放行。"),
    ],
)
def test_what_the_network_lets_through_and_what_can_be_made_are_two_things(
    tmp_path: Path, command: str, language: str, said: str
) -> None:
    assert said in page(tmp_path, command, TYPO, "--lang", language)


@pytest.mark.parametrize("command", ["check", "preflight"])
def test_the_other_metastore_of_a_list_is_not_counted_as_failing(tmp_path: Path, command: str) -> None:
    # Given two metastores, one of them written as localhost, which no connection of the case is
    changes = {"hive-site.xml": (METASTORE + b",", b"thrift://localhost:9083,")}

    said = page(tmp_path, command, changes)

    assert "1 DNS-LOOPBACK" in said
    assert "Connections allowed: 17 of 17 required" in said
    assert "none of the 17 listed required connections is blocked." in said


def test_the_list_of_connections_says_which_of_them_cannot_be_made(tmp_path: Path) -> None:
    changes = {"core-site.xml": (b"hdfs://hdfs-cluster", b"file:///")}

    said = page(tmp_path, "check", changes, "--details")

    assert "2 connections can be made that cannot be made now" in said
    assert "Connections: 26 allowed 2 of these cannot be made because of SVC-UNSET: NameNode RPC" in said


@pytest.mark.parametrize(
    ("verdicts", "stopped", "said"),
    [
        (("blocked", "allowed"), 1, "2 of 2 required connections cannot be made; the network lets 1 of these through."),
        (
            ("allowed", "allowed"),
            1,
            "1 of 2 required connections cannot be made, although the network lets it through.",
        ),
        (("partial", "allowed"), 1, "1 of 2 required connections cannot be made, 1 more from some addresses only."),
        (("unknown", "allowed"), 1, "1 of 2 required connections cannot be made, 1 could not be checked."),
        (("unknown", "unknown"), 1, "1 of 2 required connections cannot be made, 1 could not be checked."),
        (("allowed", "unknown"), 1, "1 of 2 required connections cannot be made."),
        (("unknown", "unknown"), 2, "2 of 2 required connections cannot be made."),
        (("unknown", "allowed"), 2, "2 of 2 required connections cannot be made; the network lets 1 of these through."),
        (("unknown", "allowed"), 0, "a fault was found; 1 of 2 required connections could not be checked."),
        (("blocked", "allowed"), 0, "1 of 2 required connections cannot be made."),
    ],
)
def test_the_verdict_counts_what_a_fault_stops_beside_what_is_blocked(
    verdicts: tuple[str, ...], stopped: int, said: str
) -> None:
    assert verdict(a_report(*verdicts, stopped=stopped)).sentence == said


def test_a_connection_that_answers_and_fails_is_none_that_works() -> None:
    report = a_report("reachable", "reachable", "reachable", stopped=1, basis="packets")

    assert "Connections that work: 2 of 3 required." in " ".join(render(report, 80, colour=False).split())


def test_the_numbers_add_up() -> None:
    counted = required(a_report("blocked", "partial", "unknown", "unknown", "allowed", "reachable", stopped=3))

    assert counted == Required(total=6, good=0, blocked=1, partial=1, stopped=2, stopped_unseen=1, unknown=1)
    assert counted.good + counted.failing + counted.unknown == counted.total


def a_waiver() -> WaivedFacts:
    return WaivedFacts("a reason", "2027-01-01", OriginFacts("case.toml", 5, None))


@pytest.mark.parametrize("basis", ["packets", "configuration"])
@pytest.mark.parametrize(("verdict", "is_waived"), [("unknown", False), ("unknown", True), ("reachable", False)])
def test_every_output_agrees_about_a_connection_that_a_sure_fault_stops(
    verdict: str, is_waived: bool, basis: str
) -> None:
    """Given a second one that nobody knows, and a third one that works."""
    found = a_report("reachable", "unknown", verdict, stopped=1, basis=basis)
    if is_waived:
        fault = msgspec.structs.replace(found.findings[0], waived=a_waiver())
        found = msgspec.structs.replace(found, findings=[fault], status="inconclusive", exit_code=3)
    counted = required(found)

    assert (counted.good, counted.failing, counted.unknown) == ((1, 0, 2) if is_waived else (1, 1, 1))
    # JUnit
    suite = ET.fromstring(junit.render(found))[0]
    assert (suite.get("failures"), suite.get("errors")) == (str(counted.failing), str(counted.unknown))
    # Prometheus
    works = [
        row.rpartition(" ")[2]
        for row in prometheus.render(found).decode().splitlines()
        if row.startswith("emr_diagnose_connection_works{")
    ]
    assert (works.count("1"), works.count("0")) == (counted.good, counted.failing)
    # The pages
    said = " ".join(render(found, 80, colour=False).split())
    assert f"{counted.unknown} not known" in said
    unknown = "2 of 3 required connections could not be" if is_waived else "made, 1 could not be"
    assert f"{unknown} checked" in said
    listed = " ".join(details.render(found, 80, colour=False).split())
    assert ("1 of these cannot be made because of HA-NAMESERVICE" in listed) is not is_waived


def test_fleet_counts_what_fails_as_check_does() -> None:
    line = record.decode(line_of(CaseSource("c", tree=Tree("c", files(TYPO))), FleetSettings(date(2026, 11, 29))))

    assert line.exit_code == 1
    assert line.required == record.RequiredCounts(total=18, good=16, blocked=2, partial=0, unknown=0)
