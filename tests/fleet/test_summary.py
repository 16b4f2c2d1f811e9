"""Does the summary count every line, stay small, and fit a screen in both languages?"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families

from diagnose.data.zh import sentences
from diagnose.findings.catalogue import codes
from diagnose.fleet import first_causes, words
from diagnose.fleet import summary as summaries
from diagnose.fleet.formats import SUMMARY_FORMATS
from diagnose.fleet.pages import brief, html, markdown, prometheus
from diagnose.fleet.record import (
    CertificateFacts,
    ClockFacts,
    FleetFinding,
    FleetRecord,
    FleetRepair,
    PrimaryCause,
    RequiredCounts,
    encode,
)
from diagnose.fleet.repairs import ChangeKind, kind_of
from diagnose.fleet.summary import Aggregate, FleetSummary, RepairCount
from diagnose.output.styled import columns
from diagnose.remedies.model import ConfigFile, RuleAction
from diagnose.report.formats import Screen
from diagnose.report.model import ClusterFacts
from probes.language import use
from tests.support import reports
from tests.support.english_left import english_in

DAY = date(2026, 11, 29)
HOSTILE = "x\x1b[31m|`<script>alert(1)</script>\u202e" + "y" * 300


def line(case: str, **fields: Any) -> FleetRecord:
    """Return the line of a healthy case, with these fields."""
    cluster = ClusterFacts(None, None, None, None, None, None, None, None, 3)
    healthy: dict[str, Any] = {"state": "diagnosed", "exit_code": 0, "status": "pass", "cluster": cluster}
    return FleetRecord(**{"run": "r", "day": DAY.isoformat(), "case": case, **healthy, **fields})


def failing(case: str, code: str = "SG-KDC-UDP", remains: list[str] | None = None) -> FleetRecord:
    repair = FleetRepair(code, "add", "security-group-rule", "UDP 88/88", 2, "ingress")
    return line(
        case,
        exit_code=1,
        status="fail",
        findings=[FleetFinding(code, "error", "strong", waived=False), FleetFinding("DNS-X", "info", "proven", False)],
        primary=PrimaryCause(code, "error", "strong", "title", 2, remains if remains is not None else []),
        repairs=[repair],
        required=RequiredCounts(10, 8, 2),
    )


def test_the_chinese_headline_has_chinese_commas() -> None:
    counted = Aggregate("r", DAY)
    for each in (failing("a"), line("b")):
        counted.add(each)
    use("zh", sentences())

    head = words.headline(counted.summary())

    assert "个有故障，" in head
    assert ", " not in head


def test_a_change_of_several_repairs_nothing_alone() -> None:
    two = failing("a")
    other = FleetRepair("SG-KDC-UDP", "add", "security-group-rule", "TCP 88/88", 1, "ingress")
    counted = Aggregate("r", DAY)
    counted.add(msgspec.structs.replace(two, repairs=[*two.repairs, other]))

    assert [each.alone for each in counted.summary().repairs] == [0, 0]


def undecided(case: str, code: str = "KDC-EXTERNAL") -> FleetRecord:
    """Return the line of a case whose only finding is not certain, with its repair."""
    found = failing(case, code)
    return msgspec.structs.replace(
        found,
        exit_code=3,
        status="inconclusive",
        findings=[FleetFinding(code, "error", "inferred", waived=False)],
        primary=PrimaryCause(code, "error", "inferred", "title", None, []),
    )


def test_a_case_that_is_not_decided_has_a_possible_cause_and_none_that_fails() -> None:
    summary = summed(undecided("a"), undecided("b"), failing("c"), undecided("d", "NET-PARTIAL"))

    assert [(each.code, each.primary, each.cases) for each in summary.causes] == [("SG-KDC-UDP", 1, 1)]
    assert [(each.code, each.cases) for each in summary.possible_causes] == [("KDC-EXTERNAL", 2), ("NET-PARTIAL", 1)]
    first = summary.repairs[0]
    assert (first.code, first.cases, first.alone) == ("KDC-EXTERNAL", 2, 0)
    said = "Possible causes of the cases that are not decided: KDC-EXTERNAL (2), NET-PARTIAL (1)."
    assert said in brief.render(summary, 100, colour=False)
    assert said in html.render(summary).decode()
    assert "KDC-EXTERNAL" in markdown.render(summary).decode().replace("\\", "")


def test_a_surely_failing_case_counts_whatever_its_other_findings_are() -> None:
    more = FleetFinding("KDC-DOWN", "error", "inferred", waived=False)
    both = failing("a")
    summary = summed(msgspec.structs.replace(both, findings=[*both.findings, more]))

    assert [(each.code, each.primary, each.cases) for each in summary.causes] == [("SG-KDC-UDP", 1, 1)]
    assert summary.possible_causes == []


def test_a_table_that_is_cut_says_how_many_rows_there_are() -> None:
    tied = summed(*(undecided(code, code) for code in codes()[:9]))
    tied = msgspec.structs.replace(tied, first_causes=[], causes=summed(*(failing(c, c) for c in codes()[:9])).causes)
    ends = [CertificateFacts(f"h:{n}", "s", f"2027-01-{n + 1:02}T00:00:00+00:00") for n in range(25)]

    page = brief.render(tied, 100, colour=False)
    assert "What fails most (5 of 9 shown)\n" in page
    assert "What repairs most (5 of 9 shown)\n" in page
    assert "Cases that were not judged\n" in brief.render(summed(unreadable("u")), 80, colour=False)
    assert "## What fails most\n" in markdown.render(tied).decode()
    for whole in (html.render, markdown.render):
        assert "(20 of 25 shown)" in whole(summed(line("a", certificates=ends))).decode().replace("\\", "")
    use("zh", sentences())
    assert "最常见的故障（共 9 项，列出 5 项）\n" in brief.render(tied, 100, colour=False)


CHANGES = (
    *(kind_of(mother()) for mother in reports.EDITS),
    *(kind_of(reports.an_edit(action=action)) for action in get_args(RuleAction)),
    kind_of(reports.a_lines_edit(before=[])),
    kind_of(reports.a_lines_edit(after=[])),
    *(kind_of(reports.a_file_edit(object=file, after=after)) for file in get_args(ConfigFile) for after in ("1", None)),
    kind_of(reports.a_rule()),
)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", CHANGES)
def test_each_change_is_in_words_of_the_language(kind: ChangeKind, language: str) -> None:
    if language == "zh":
        use("zh", sentences())
    said = words.change(
        RepairCount("SG-KDC-UDP", kind.action, kind.object, kind.detail, 1, 1, 1, direction=kind.direction)
    )

    assert kind.detail in said
    assert not {"ingress", "egress", "hadoop-conf", "security-group-rule"} & set(said.replace(":", " ").split())
    assert language == "en" or list(english_in(said)) == []


def test_a_chinese_change_has_its_spaces() -> None:
    use("zh", sentences())
    hadoop = RepairCount("SVC-UNSET", "set", "hadoop-conf", "dfs.nameservices", 1, 1, 1)
    added = RepairCount("SG-SVC", "add", "security-group-rule", "TCP 9083/9083", 1, 1, 1, direction="ingress")

    assert words.change(hadoop) == "设置 Hadoop 配置：dfs.nameservices"
    assert words.change(added) == "添加安全组规则：入方向 TCP 9083/9083"


def unreadable(case: str, error: str = "why") -> FleetRecord:
    return FleetRecord(run="r", day="2026-11-29", case=case, state="unreadable", exit_code=2, error=error)


def summed(*lines: FleetRecord) -> FleetSummary:
    aggregate = Aggregate("r", DAY)
    for each in lines:
        aggregate.add(each)
    return aggregate.summary()


def full(name: str = "c") -> FleetSummary:
    """Return a summary in which everything is."""
    known = codes()
    lines = [failing(f"{name}-{number}", known[number % len(known)]) for number in range(40)]
    certificates = [CertificateFacts(f"{name}:{n}", name, f"2026-12-{n + 1:02}T00:00:00+00:00") for n in range(25)]
    clocks = [ClockFacts(name, -700.0, -699.0), ClockFacts("k", 0.1, 0.2), ClockFacts("l", 30, 31)]
    lines += [line(f"{name}-t", certificates=certificates, clocks=clocks, status="waived")]
    lines += [unreadable(f"{name}-u{number}", name) for number in range(40)]
    lines += [line("o", exit_code=3, status="inconclusive"), line("b", exit_code=4, status="bug")]
    return summed(*lines)


def test_every_line_is_counted_once() -> None:
    summary = summed(line("a"), failing("b"), failing("c", remains=["X"]), unreadable("d"))

    assert (summary.cases, summary.nodes, summary.required, summary.failing) == (4, 9, 20, 4)
    assert summary.exit_codes == {"0": 1, "1": 2, "2": 1}
    assert summary.statuses == {"fail": 2, "pass": 1}
    assert summary.states == {"diagnosed": 3, "unreadable": 1}
    assert [(each.case, each.error) for each in summary.undecided] == [("d", "why")]


def test_what_fails_most_comes_first_and_remarks_do_not_count() -> None:
    summary = summed(failing("a", "KDC-DOWN"), failing("b"), failing("c"))
    assert [(each.code, each.primary, each.cases) for each in summary.causes] == [
        ("SG-KDC-UDP", 2, 2),
        ("KDC-DOWN", 1, 1),
    ]


def test_warnings_and_waived_errors_are_not_what_fails() -> None:
    found = [
        FleetFinding("DNS-X", "warning", "proven", waived=False),
        FleetFinding("SG-Y", "error", "proven", waived=True),
    ]
    assert summed(line("a", findings=found)).causes == []


def test_a_repair_says_in_how_many_cases_it_is_enough() -> None:
    (repair,) = summed(failing("a"), failing("b", remains=["KDC-DOWN"])).repairs
    assert (repair.cases, repair.alone, repair.changes) == (2, 1, 4)


@pytest.mark.parametrize(
    ("exits", "code"),
    [([0], 0), ([0, 3], 3), ([3, 1, 0], 1), ([1, 4], 4), ([4, 2, 1], 2), ([], 2)],
)
def test_the_exit_code_is_the_one_that_counts_most(exits: list[int], code: int) -> None:
    assert summed(*(line(str(n), exit_code=exit_code) for n, exit_code in enumerate(exits))).exit_code == code


@pytest.mark.parametrize(("exit_code", "code"), [(0, 130), (1, 130), (2, 2)])
def test_an_interrupted_run_ends_with_130_unless_a_case_cannot_be_read(exit_code: int, code: int) -> None:
    aggregate = Aggregate("r", DAY)
    aggregate.add(line("a", exit_code=exit_code))
    assert aggregate.summary(interrupted=True).exit_code == code


def test_certificates_are_counted_by_the_days_that_are_left() -> None:
    days = [-1, 0, 30, 31, 90, 91]
    ends = [CertificateFacts("h:1", "s", f"{DAY + timedelta(days=each)}T00:00:00+00:00") for each in days]
    counts = summed(line("a", certificates=ends[::-1])).certificates

    assert (counts.known, counts.expired, counts.within_30_days, counts.within_90_days) == (6, 1, 2, 2)
    assert [each.days for each in counts.soonest] == days


def test_the_soonest_certificates_are_kept_of_any_number() -> None:
    lines = [
        line(f"c{n}", certificates=[CertificateFacts("h:1", "s", f"{DAY + timedelta(days=n)}T00:00:00Z")])
        for n in (7 * k % 500 for k in range(500))
    ]
    assert [each.case for each in summed(*lines).certificates.soonest] == [f"c{n}" for n in range(20)]


def test_clocks_have_a_spread() -> None:
    spread = summed(line("a", clocks=[ClockFacts("k", -10, -8)]), line("b", clocks=[ClockFacts("l", 299, 301)])).clocks
    assert (spread.clocks, spread.cases, spread.under) == (2, 2, {"60": 1, "300": 1})
    assert spread.furthest_ahead is not None
    assert spread.furthest_behind is not None
    assert (spread.furthest_ahead.case, spread.furthest_behind.seconds) == ("b", -9.0)


def test_an_aggregate_does_not_grow_with_the_lines() -> None:
    aggregate = Aggregate("r", DAY)
    sizes = []
    for number in itertools.count():
        repair = FleetRepair("SG-KDC-UDP", "add", "security-group-rule", f"UDP {number}/{number}", 1, "ingress")
        aggregate.add(line(f"c{number}", repairs=[repair], clocks=[ClockFacts(str(number), 0, 0)]))
        aggregate.add(unreadable(f"u{number}"))
        if number in (summaries.MOST_KINDS, 3 * summaries.MOST_KINDS):
            sizes.append(len(json.dumps(json.loads(summaries.encode(aggregate.summary())))))
        if len(sizes) == 2:
            break
    assert sizes[1] <= sizes[0] + 50
    assert aggregate.summary().repairs_left_out == 2 * summaries.MOST_KINDS + 1


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["c", HOSTILE])
def test_the_page_has_at_most_24_lines_of_80_columns(name: str, language: str) -> None:
    if language == "zh":
        use("zh", sentences())
    page = brief.render(full(name), 80, colour=False)

    assert page.count("\n") <= 24
    assert "\x1b" not in page
    assert [text for text in page.splitlines() if columns(text) > 80] == []


def test_the_page_tells_what_matters() -> None:
    page = brief.render(summed(failing("a"), unreadable("zz")), 80, colour=False)
    assert page.startswith("2 cases, 3 nodes: 1 with a fault, 1 not judged.\n")
    for text in ("SG-KDC-UDP", "add a security group rule: inbound UDP 88/88", "zz", "Exit code 2"):
        assert text in page


def test_a_chinese_page_has_no_english_left() -> None:
    use("zh", sentences())
    page = brief.render(summed(failing("c-1"), line("c-2"), line("c-3", exit_code=3, status="inconclusive")), 80, False)
    assert list(english_in(page)) == []


@pytest.mark.parametrize("name", SUMMARY_FORMATS)
@pytest.mark.parametrize(
    "summary", [full(), full(HOSTILE), summed(), summed(line("a"))], ids=["full", "hostile", "none", "one"]
)
def test_each_format_is_a_pure_function_that_nothing_breaks(name: str, summary: FleetSummary) -> None:
    screen = Screen(80, colour=False)
    content = SUMMARY_FORMATS[name].render(summary, screen)
    assert content == SUMMARY_FORMATS[name].render(summary, screen)
    assert b"\x1b" not in content
    assert "\u202e".encode() not in content


def test_the_summary_obeys_its_schema() -> None:
    schema = json.loads(summaries.schema())
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(json.loads(summaries.encode(full())))) == []


def test_nothing_in_a_page_is_markup() -> None:
    assert "<script>" not in html.render(full(HOSTILE)).decode()
    rows = [row for row in markdown.render(full(HOSTILE)).decode().splitlines() if row.startswith("|")]
    assert "<script>" not in "".join(rows).replace("\\<", "")


def test_metrics_are_read_back() -> None:
    families = {one.name: one for one in text_string_to_metric_families(prometheus.render(full()).decode())}
    samples = {s.labels["exit_code"]: s.value for s in families["emr_diagnose_fleet_cases"].samples}
    assert samples == {"0": 1, "1": 40, "2": 40, "3": 1, "4": 1}


def worse(case: str, severity: str, confidence: str, blocked: int) -> FleetRecord:
    """Return the line of a case whose first cause is of this grade."""
    found = failing(case)
    first = PrimaryCause("SG-KDC-UDP", severity, confidence, f"title of {case}", 2, [])  # type: ignore[arg-type]
    return msgspec.structs.replace(found, primary=first, required=RequiredCounts(10, 8, blocked))


def test_the_worst_cases_come_first_and_equal_ones_in_their_order() -> None:
    lines = [
        undecided("not decided"),
        worse("a warning", "warning", "proven", 9),
        worse("b", "error", "strong", 1),
        worse("c", "error", "strong", 1),
        worse("more fails", "error", "strong", 2),
        worse("surer", "error", "proven", 0),
        line("good"),
    ]
    summary = summed(*lines)

    assert summary.first_causes_known == 6
    assert [each.case for each in summary.first_causes] == [
        *("surer", "more fails", "b", "c", "a warning", "not decided"),
    ]


def test_a_case_has_its_cluster_its_cause_and_its_repair_in_every_page() -> None:
    """Given a repair of two kinds of changes, and a cause without one."""
    two = failing("night/a")
    other = FleetRepair("SG-KDC-UDP", "set", "krb5.conf", "libdefaults.udp_preference_limit", 1)
    cluster = ClusterFacts("c-0a1b2c3d", "prod", None, None, None, None, None, None, 3)
    two = msgspec.structs.replace(two, repairs=[*two.repairs, other], cluster=cluster)
    summary = summed(two, msgspec.structs.replace(failing("night/b"), repairs=[]))

    shown = "add a security group rule: inbound UDP 88/88, and 1 more"
    (row,) = (text for text in markdown.render(summary).decode().splitlines() if text.startswith("| night/a"))
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        *("night/a", "c-0a1b2c3d", "SG-KDC-UDP", "title", "very likely", shown),
    ]
    for page in (html.render(summary).decode(), brief.render(summary, 120, colour=False)):
        assert "night/a" in page
        assert shown in page
        assert "emr-diagnose explain SG-KDC-UDP" in page
    assert "c-0a1b2c3d" in html.render(summary).decode()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_cases_that_are_left_out_are_counted_and_a_command_is_named(language: str) -> None:
    if language == "zh":
        use("zh", sentences())
    count = first_causes.MOST + 7
    lines = [failing(f"c{number}") for number in range(count)] + [line("good")]
    summary = summed(*lines)

    assert (len(summary.first_causes), summary.first_causes_known) == (first_causes.MOST, count)
    said = {"en": "And {} more. All of them, if the lines are in results.ndjson:", "zh": "另有 {} 个。"}[language]
    assert said.format(7) in markdown.render(summary).decode().replace("\\", "")
    assert said.format(7) in html.render(summary).decode()
    assert said.format(count - 5) in brief.render(summary, 80, colour=False).replace("\n", " ")
    for page in (markdown.render(summary).decode(), unescape(html.render(summary).decode())):
        assert _listing(summary) in page


@pytest.mark.needs("jq")
def test_the_command_below_the_table_lists_the_first_cause_of_every_case(tmp_path: Path) -> None:
    lines = [failing(f"c{number}") for number in range(first_causes.MOST + 7)] + [line("good")]
    (tmp_path / "results.ndjson").write_bytes(b"".join(map(encode, lines)))

    listed = subprocess.run(
        _listing(summed(*lines)), shell=True, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )

    assert [json.loads(each) for each in listed.stdout.splitlines()] == [
        {"case": each.case, "primary": msgspec.to_builtins(each.primary), "repairs": msgspec.to_builtins(each.repairs)}
        for each in lines[:-1]
    ]


def _listing(summary: FleetSummary) -> str:
    """Return the command with jq that the page shows."""
    page = brief.render(summary, 80, colour=False)
    (command,) = (each.strip() for each in page.splitlines() if " jq " in f" {each}")
    return command


def test_a_cause_that_is_not_certain_is_never_named_without_that_word() -> None:
    summary = summed(failing("a"), undecided("b"))
    assert "KDC-EXTERNAL, not certain" in brief.render(summary, 80, colour=False)
    assert re.search("SG-KDC-UDP +add", brief.render(summary, 80, colour=False))
    assert "| KDC-EXTERNAL | title | not certain |" in markdown.render(summary).decode()


def test_a_table_with_all_cases_has_no_command() -> None:
    summary = summed(failing("a"), failing("b"))
    for page in (markdown.render(summary).decode(), html.render(summary).decode(), brief.render(summary, 80, False)):
        assert "jq" not in page


def test_the_worst_of_many_cases_are_named_and_the_order_of_the_lines_decides() -> None:
    lines = [
        worse(f"c{n}", ("error", "warning")[n % 2], ("proven", "strong", "inferred")[n % 3], n % 7) for n in range(900)
    ]
    whole = summed(*lines).first_causes

    assert len(whole) == first_causes.MOST
    proven = [each for each in lines if each.primary is not None and each.primary.confidence == "proven"]
    best = [each.case for each in sorted(proven, key=lambda each: (-each.required.blocked, int(each.case[1:])))]
    assert [each.case for each in whole] == [case for case in best if int(case[1:]) % 2 == 0][: first_causes.MOST]
