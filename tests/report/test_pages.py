"""Both pages for people: golden copies, no line too wide, nothing that a terminal would obey."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest
from rich.cells import cell_len

from diagnose.engine import diagnose
from diagnose.report import brief, details, flow_words
from diagnose.report.build import Clock, build
from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import DecisionFacts
from diagnose.report.model import Report
from diagnose.scene.observed import CaseObservations
from tests.support import reports
from tests.support.case_files import case_of
from tests.support.factories import EMR_GROUP
from tests.support.pages import STEERING, is_one_word
from tests.support.places import GOLDEN

Render = Callable[[Report, int, bool], str]

ACCEPT = os.environ.get("GOLDEN") == "accept"
"""GOLDEN=accept pytest … writes the pages anew; read the difference before committing it."""

PAGES = {"brief": brief.render, "details": details.render}
REPORTS = {
    "failing": reports.failing,
    "passing": reports.passing,
    "inconclusive": reports.inconclusive,
    "drop_edit": reports.drop_edit,
}
HOSTILE = {
    "escape sequence": "\x1b[31mred\x1b[0m\x9b2J",
    "title and bell": "\x1b]0;owned\x07",
    "markup": "[bold red]x[/bold red][link=http://example.com]y[/link]",
    "broken markup": "[/] [/nothing] [",
    "line breaks": "one\ntwo\r\nthree\x0bfour\u2028five",
    "backwards": "\u202egnp.exe\u2066",
    "wide": "集群" * 300,
    "one long word": "x" * 5000,
    "surrogate": "\ud800undecodable",
    "combining": "e\u0301" * 400,
    "shell and template": "'; touch pwned; $(touch pwned) ${x} %{ if true }",
    "empty": "",
    "blanks": "   ",
}


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("kind", PAGES)
def test_the_page_is_the_golden_one(kind: str, name: str, width: int) -> None:
    page = PAGES[kind](REPORTS[name](), width, colour=False)
    path = GOLDEN / f"{kind}_{name}_{width}.txt"
    if ACCEPT:
        path.parent.mkdir(exist_ok=True)
        path.write_text(page, encoding="utf-8")

    assert page == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 61, 79, 80, 99, 100, 137, 200])
@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("render", PAGES.values(), ids=PAGES)
def test_no_line_is_wider_than_the_page(render: Render, name: str, width: int) -> None:
    for line in render(REPORTS[name](), width, False).splitlines():
        assert cell_len(line) <= width or is_one_word(line)
        assert line == line.rstrip()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize("render", PAGES.values(), ids=PAGES)
def test_hostile_text_is_shown_and_not_obeyed(render: Render, text: str, width: int) -> None:
    page = render(reports.hostile(text), width, False)

    assert not STEERING.search(page)
    assert all(cell_len(line) <= width or is_one_word(line) for line in page.splitlines())


def test_markup_is_only_text() -> None:
    text = HOSTILE["markup"]

    page = details.render(reports.hostile(text), 200, colour=False)

    assert text in page


@pytest.mark.parametrize("render", PAGES.values(), ids=PAGES)
def test_colour_adds_nothing_but_sequences_of_our_own(render: Render) -> None:
    plain = render(reports.failing(), 80, False)
    coloured = render(reports.failing(), 80, True)

    assert "\x1b[" in coloured
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in uncoloured.splitlines()] == plain.splitlines()


@pytest.mark.parametrize("render", PAGES.values(), ids=PAGES)
def test_hostile_text_gets_no_sequence_through_where_colour_is_on(render: Render) -> None:
    page = render(reports.hostile("\x1b]0;owned\x07\x1b[2J"), 80, True)

    assert not STEERING.search(re.sub(r"\x1b\[[0-9;]*m", "", page))


@pytest.mark.parametrize("render", PAGES.values(), ids=PAGES)
def test_the_environment_does_not_change_the_page(render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(reports.failing(), 80, False)

    for name, value in (
        ("COLUMNS", "33"),
        ("FORCE_COLOR", "1"),
        ("TERM", "dumb"),
        ("TTY_COMPATIBLE", "1"),
        ("NO_COLOR", "1"),
    ):
        monkeypatch.setenv(name, value)

    assert render(reports.failing(), 80, False) == before


@pytest.mark.parametrize("render", PAGES.values(), ids=PAGES)
def test_the_verdict_comes_last_in_words(render: Render) -> None:
    for report, word in (
        (reports.failing(), "DOES NOT WORK"),
        (reports.passing(), "WORKS"),
        (reports.inconclusive(), "NOT DECIDED"),
        (reports.a_bug(), "NOT FINISHED"),
        (reports.a_report(basis="configuration"), "ALLOWED"),
    ):
        assert any(line.startswith(f"{word}: ") for line in render(report, 80, False).splitlines()[-2:])


def test_many_flows_with_one_reason_stay_readable() -> None:
    page = details.render(reports.inconclusive(), 80, colour=False)

    assert "core-1-1, core-1-2 and 18 more: 9866/tcp" in page
    assert len(page.splitlines()) < 40


def test_an_unsafe_command_is_left_to_emit_rather_than_broken() -> None:
    long_group = f"sg-{'x' * 90}"

    page = brief.render(
        reports.a_report(
            status="fail",
            findings=[reports.a_finding()],
            suggested_rules=[reports.a_rule(security_group_id=long_group)],
        ),
        80,
        colour=False,
    )

    assert "aliyun ecs" not in page
    assert "--format cli" in page


def test_a_flow_says_what_was_seen_and_which_rule_says_so() -> None:
    flow = reports.a_flow(
        "NameNode RPC",
        "master-1-1",
        8020,
        verdict="blocked",
        decisions=[reports.a_decision("denied", "drop, priority 1, ALL from 0.0.0.0/0", "sgr-1")],
        observations=[reports.an_observation("filtered", "admin-prohibited", offender="192.168.20.1")],
    )

    assert flow_words.why(flow) == (
        "rejected by 192.168.20.1 (ICMP administratively prohibited); "
        f"sgr-1 in {EMR_GROUP}: drop, priority 1, ALL from 0.0.0.0/0"
    )


def test_silence_against_an_allowing_configuration_says_both() -> None:
    flow = reports.a_flow(
        "KDC",
        "master-1-1",
        88,
        "udp",
        verdict="blocked",
        observations=[reports.an_observation("open|filtered", "no-response")],
    )

    assert flow_words.why(flow) == "no answer; every known rule allows it"


def test_a_partial_decision_names_the_part_that_is_not_let_in() -> None:
    flow = reports.a_flow(
        "KDC",
        "master-1-1",
        88,
        "udp",
        verdict="partial",
        decisions=[
            reports.a_decision(
                "partial", "no rule matches", allowed_sources=["192.168.10.0/25"], denied_sources=["192.168.10.128/25"]
            )
        ],
    )

    assert flow_words.why(flow) == "192.168.10.128/25 not let in; no rule matches"


def test_importing_the_renderer_loads_nothing_heavy() -> None:
    probe = (
        "import sys; import diagnose.report.brief, diagnose.report.details; "
        "heavy = ('rich', 'asyncio', 'netaddr', 'pyexpat', 'paramiko', 'scapy', 'ssl', 'tomllib'); "
        "print([m for m in heavy if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=GOLDEN.parents[1]
    )

    assert done.stdout.strip() == "[]"


def test_evidence_that_says_the_same_is_said_once() -> None:
    evidence = reports.failing().findings[0].evidence[0]

    page = details.render(
        reports.a_report(status="fail", findings=[reports.a_finding(evidence=[evidence] * 5)]), 120, colour=False
    )

    assert page.count(evidence.text) == 1


def test_what_is_taken_for_granted_is_said_until_a_packet_shows_it() -> None:
    link = "VpcPeer pcc-1 is up and leads to vpc-2"
    carried = reports.a_decision("allowed", "a route", layer="route", assumed=[link])
    allowed = [
        reports.a_flow("NameNode RPC", f"master-1-{n}", 8020, verdict="allowed", decisions=[carried]) for n in range(3)
    ]
    proven = reports.a_flow("NameNode RPC", "master-1-9", 8020, verdict="reachable", decisions=[carried])

    page = details.render(reports.a_report(flows=[*allowed, proven]), 80, False)

    assert "Taken for granted" in page
    assert f"{link}. Connections: 3." in page
    assert "Taken for granted" not in details.render(reports.a_report(flows=[proven]), 80, False)


def test_the_page_says_what_is_taken_for_granted_or_where_that_stands() -> None:
    link, other = "VpcPeer pcc-1 is up", "sg-1 is the group on master-1-1"
    carried = reports.a_decision("allowed", "a route", layer="route", assumed=[link])
    both = reports.a_decision("allowed", "a route", layer="route", assumed=[link, other])
    asked = reports.a_finding(settle_by=f"whether this is so: {link}")

    def page(decision: DecisionFacts, findings: Sequence[FindingFacts] = ()) -> str:
        flow = reports.a_flow("NameNode RPC", "master-1-1", 8020, verdict="allowed", decisions=[decision])
        return " ".join(brief.render(reports.a_report(flows=[flow], findings=findings), 80, False).split())

    assert f"Taken for granted: {link}." in page(carried)
    assert "Taken for granted 2: --details names them." in page(both)
    assert "Taken for granted 1: --details names it." in page(carried, [asked])


def test_a_remark_stands_in_the_details_alone() -> None:
    """Given a clean krb5.conf with renew_lifetime, then only the details tell KRB-41."""
    conf = "[libdefaults]\n default_realm = R\n dns_lookup_kdc = false\n renew_lifetime = 7d\n"
    case = case_of({"krb5.conf": conf + "[realms]\n R = {\n  kdc = 192.168.20.11\n }\n"})
    diagnosis = diagnose(case, CaseObservations())
    report = build(diagnosis, "check", Clock("2026-01-01T00:00:00Z", 1))
    assert [(one.code, one.severity) for one in diagnosis.conclusion.findings] == [("KRB-41", "info")]
    assert "KRB-41" not in brief.render(report, 100, colour=False)
    assert "Without effect here\n  info  KRB-41" in details.render(report, 100, colour=False)


@pytest.mark.parametrize(
    ("source", "is_told"),
    [("10.77.10.5", True), ("192.168.10.5", False), ("127.0.0.1", False), (None, False), ("no address", False)],
)
def test_a_host_outside_the_network_is_named_in_the_third_line(source: str | None, is_told: bool) -> None:
    seen = reports.an_observation("open", "syn-ack", detail={} if source is None else {"source": source})
    report = reports.a_report(flows=[reports.a_flow("HiveServer2", "master-1-1", 10000, observations=[seen])])
    for render in PAGES.values():
        for width in (80, 200):
            third = render(report, width, False).splitlines()[2]
            assert third.startswith(f"This host ({source}) is not in ") is is_told


@pytest.mark.parametrize(("confidence", "word"), [("proven", "DOES NOT WORK"), ("inferred", "NOT DECIDED")])
@pytest.mark.parametrize("unchecked", [0, 1])
def test_an_interruption_makes_no_sure_cause_uncertain(confidence: str, word: str, unchecked: int) -> None:
    flows = reports.failing().flows[:2]
    missing = [reports.a_flow("Metastore", "master-1-1", 9083, verdict="unknown")] * unchecked
    findings = [reports.a_finding(confidence=confidence)]
    report = reports.a_report(exit_code=130, status="inconclusive", flows=[*flows, *missing], findings=findings)
    page = brief.render(report, 200, colour=False)

    assert page.splitlines()[-1].startswith(f"{word}: ")
    assert ("the cause is not certain" in page) is (confidence == "inferred" and not unchecked)
    assert "Interrupted: what is missing below was not checked." in page
