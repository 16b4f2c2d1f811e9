"""On a screen of 80 x 24, two environments have their verdicts, counts, faults and next steps."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from diagnose.cli import main
from diagnose.data.zh import sentences
from diagnose.report import brief, brief_pair
from diagnose.report.environments import paired
from diagnose.report.json import decode
from diagnose.report.model import Report
from probes.language import Language, use
from tests.report.test_fixtures import EXPECTED
from tests.report.test_rules import a_preflight, a_rule, mixed
from tests.support import reports
from tests.support.pages import is_one_word
from tests.support.places import FIXTURES

NAMES = sorted(EXPECTED)
VERDICTS = ("CANNOT BE", "NOT DECIDED", "CAN BE REGISTERED")


@cache
def preflight_of(name: str) -> Report:
    return decode(CliRunner().invoke(main, ["preflight", str(FIXTURES / name), "--format", "json"]).stdout.encode())


def pair(first: Report, second: Report) -> Report:
    return paired(
        msgspec.structs.replace(first, environment="dev"), msgspec.structs.replace(second, environment="prod")
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_preflight_of_every_fixture_is_on_one_screen(name: str) -> None:
    report = preflight_of(name)
    lines = brief.render(report, 80, colour=False).splitlines()

    assert len(lines) <= brief.HEIGHT
    assert all(cell_len(line) <= 80 or is_one_word(line) for line in lines)
    assert any("the rules that are not checkable" in line for line in lines)


@pytest.mark.parametrize(
    ("first", "second"), [*zip(NAMES, NAMES, strict=True), *zip(NAMES, NAMES[1:] + NAMES[:1], strict=True)]
)
def test_two_fixtures_are_on_one_screen(first: str, second: str) -> None:
    """Given a terminal of 80 x 24, then both have verdict, counts, fault and what decides most."""
    report = pair(preflight_of(first), preflight_of(second))
    page = brief_pair.render(report, 80, colour=False)
    lines = page.splitlines()
    halves = page.split("\n\n")

    assert len(lines) <= brief.HEIGHT
    assert all(cell_len(line) <= 80 or is_one_word(line) for line in lines)
    assert [half.split(" ")[0] for half in halves] == ["Development:", "Production:", "From"]
    for half, name, alone in zip(halves, (first, second), (preflight_of(first), preflight_of(second)), strict=False):
        assert half.partition(name)[0] in ("Development: ", "Production: ")
        assert sum(line.startswith(VERDICTS) for line in half.splitlines()) == 1
        assert f"{len(alone.rules)} rules: " in half
        assert "the rules that are not checkable" in half
        assert all(f"1 {fault.code}" in half for fault in brief.faults_of(alone)[:1])
    assert "From files alone: no packet was sent." in halves[-1]
    assert f"Exit code {report.exit_code}: " in halves[-1]


def test_the_repair_of_one_fault_stays_if_the_other_environment_has_none() -> None:
    page = brief_pair.render(pair(preflight_of("datalake-ha-kerberos"), preflight_of("healthy")), 80, colour=False)

    assert "Add    sg-bp1xn8b6h4jjn1663 inbound UDP 88/88 source 192.168.10.0/24" in page


def warned(count: int) -> Report:
    """Return a preflight with a fault and this many warnings."""
    fault = mixed().findings[0]
    warnings = [
        reports.a_finding(f"DW-W{n}", rank=n + 1, severity="warning", flows=[], title=f"Warning {n} has a title")
        for n in range(1, count + 1)
    ]
    return msgspec.structs.replace(mixed(), findings=[fault, *warnings])


@pytest.mark.parametrize("count", [1, 5, 9])
def test_no_warning_is_dropped(count: int) -> None:
    page = brief_pair.render(pair(warned(count), warned(count)), 80, colour=False)

    assert len(page.splitlines()) <= brief.HEIGHT
    assert all(page.count(f"DW-W{n}") == 2 for n in range(1, count + 1))


@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_the_end_is_no_wider_than_the_page(spoken: Language) -> None:
    use(spoken, sentences() if spoken == "zh" else {})
    undecided = a_preflight(a_rule(1, "not-checkable"), exit_code=3, status="inconclusive")
    lines = brief_pair.render(pair(undecided, undecided), 80, colour=False).splitlines()

    assert all(cell_len(line) <= 80 for line in lines)
    assert {"en": "Exit code 3", "zh": "退出码 3"}[spoken] in "".join(lines[-2:])


def test_each_environment_says_its_basis_if_they_differ() -> None:
    with_packets = msgspec.structs.replace(mixed(), basis="packets")
    page = brief_pair.render(pair(mixed(), with_packets), 80, colour=False)

    first, second = page.partition("Production:")[::2]
    assert "From files alone" in first
    assert "From packets sent and from the files." in second


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (["govern", "initialize"], "2 failed (rule-1, rule-0)"),
        (["run"] * 6, "6 failed (rule-0, rule-1, rule-2 and 3 more)"),
    ],
)
def test_the_first_screen_names_the_rules_that_failed(stages: list[str], said: str) -> None:
    """Given rules that fail without a fault of their own, then one sees which they are."""
    rules = [a_rule(number, "failed", stage=stage) for number, stage in enumerate(stages)]

    assert said in " ".join(brief.render(a_preflight(*rules), 80, colour=False).split())
