"""The inference table, checked as a whole: every combination of facts has one cause, and no cause
is a guess.
"""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any, get_args

import pytest

from diagnose.findings import catalogue
from diagnose.findings.network.inference import (
    COLUMNS,
    CONFIGURATION,
    CONTRADICTIONS,
    FINE,
    TABLE,
    Beside,
    Configured,
    Facts,
    Row,
    Seen,
    Stray,
    cause,
    code_of,
    contradiction,
)
from diagnose.findings.wording.writers import CODES
from diagnose.report.inference_page import page
from diagnose.scene.node_records.model import Arrived, Filtered, Listening
from tests.support.places import PROJECT

VALUES: dict[str, tuple[Any, ...]] = {
    "seen": get_args(Seen),
    "configured": get_args(Configured),
    "kdc": (True, False),
    "beside": get_args(Beside),
    "arrived": get_args(Arrived),
    "listening": get_args(Listening),
    "filtered": get_args(Filtered),
    "translated": (True, False),
    "inside": (True, False),
    "stray": get_args(Stray),
}
SAID = {True: "yes", False: "no"}


@pytest.fixture(scope="module")
def decided() -> list[tuple[Facts, Row, Row | None]]:
    """Every combination there is, with its cause and its contradiction.

    Routes that lead answers astray are tried without a translation, and for one kind of service:
    three times as many combinations would tell no more.
    """
    assert tuple(VALUES) == COLUMNS
    combined = (Facts(*values) for values in product(*VALUES.values()))
    every = (facts for facts in combined if facts.stray == "no" or not (facts.kdc or facts.translated))
    return [(facts, cause(facts), contradiction(facts)) for facts in every]


def test_every_combination_has_a_cause_and_every_row_decides_something(
    decided: list[tuple[Facts, Row, Row | None]],
) -> None:
    used = Counter(row for _, row, _ in decided)
    against = Counter(row for _, _, row in decided)
    assert [row for row in TABLE if not used[row]] == []
    assert [row for row in CONTRADICTIONS if row.code != FINE and not against[row]] == []


def test_fine_is_said_of_an_answer_alone(decided: list[tuple[Facts, Row, Row | None]]) -> None:
    assert {facts.seen for facts, row, _ in decided if row.code == FINE} == {"answer"}


def test_the_configuration_is_never_blamed_for_what_it_allows(decided: list[tuple[Facts, Row, Row | None]]) -> None:
    speaking = {facts.configured for facts, row, _ in decided if row.code == CONFIGURATION and facts.seen == "silence"}
    assert speaking == set(VALUES["configured"]) - {"allowed", "outside"}


def test_a_request_that_arrived_is_never_blamed_on_a_filter_on_its_way(
    decided: list[tuple[Facts, Row, Row | None]],
) -> None:
    for facts, row, _ in decided:
        if facts.seen == "silence" and facts.arrived == "yes":
            assert row.code in {"RET-ROUTE", "NET-OVERLAP", "NET-SNAT", CONFIGURATION}, facts
            assert row.code != CONFIGURATION or facts.configured.startswith("reply"), facts


def test_what_is_refused_at_once_is_no_security_group(decided: list[tuple[Facts, Row, Row | None]]) -> None:
    loud = {"refusal", "forged refusal", "reject", "reject on the way", "unreachable", "no route"}
    for facts, row, against in decided:
        if facts.seen in loud:
            assert row.code not in {CONFIGURATION, FINE}, facts
            denied = facts.configured in ("denied", "reply denied") and facts.inside and not facts.translated
            assert (against is not None) >= (denied and facts.seen in ("refusal", "reject")), facts


def test_no_proof_without_a_packet_from_the_networks_in_question(decided: list[tuple[Facts, Row, Row | None]]) -> None:
    for facts, row, _ in decided:
        if facts.seen in ("nothing", "silence elsewhere"):
            assert row.confidence != "proven", facts
            assert row.code == CONFIGURATION or facts.configured == "allowed", facts


def test_records_only_ever_sharpen_silence(decided: list[tuple[Facts, Row, Row | None]]) -> None:
    """Where no record speaks, the causes are those that packets and configuration alone give."""
    plain = {row.code for facts, row, _ in decided if facts.seen == "silence" and _without_records(facts)}
    assert plain == {CONFIGURATION, "KDC-EXTERNAL", "FW-OS-DROP", "FW-OS-REJECT", "FW-VPC", "NET-ROUTE", "RET-ROUTE"}


def test_silence_beside_a_reject_is_no_drop_unless_a_rule_that_drops_is_known(
    decided: list[tuple[Facts, Row, Row | None]],
) -> None:
    for facts, row, _ in decided:
        if facts.seen == "silence" and facts.beside.startswith("reject") and row.code == "FW-OS-DROP":
            assert facts.filtered in ("drop", "idle drop"), facts


def test_no_reject_by_the_host_is_guessed_where_its_rules_accept(
    decided: list[tuple[Facts, Row, Row | None]],
) -> None:
    guessed = [facts for facts, row, _ in decided if row.code == "FW-OS-REJECT" and facts.seen == "silence"]
    assert not [facts for facts in guessed if facts.filtered == "accept"]


def _without_records(facts: Facts) -> bool:
    return (
        not facts.translated
        and facts.stray == "no"
        and (facts.arrived, facts.listening, facts.filtered) == ("unknown",) * 3
    )


@pytest.mark.parametrize("row", [*TABLE, *CONTRADICTIONS], ids=lambda row: f"{row.code} {row.why[:30]}")
def test_cells_hold_words_that_exist(row: Row) -> None:
    for column in COLUMNS:
        known = {SAID.get(value, value) if isinstance(value, bool) else value for value in VALUES[column]}
        assert set(filter(None, getattr(row, column).split("|"))) <= known, column


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code} {row.why[:30]}")
def test_causes_are_in_the_catalogue_and_have_words(row: Row) -> None:
    if row.code in (CONFIGURATION, FINE):
        assert row.confidence == ""
        return
    for kdc, udp in product((True, False), repeat=2):
        code = code_of(row, kdc=kdc, udp=udp)
        assert catalogue.entry(code).decided, code
        assert code in CODES, code
    assert row.confidence != "proven" or not row.missing


def test_the_page_is_the_table() -> None:
    written = PROJECT / "docs" / "inference.md"
    assert written.read_text("utf-8") == page(), "python -m diagnose.report.inference_page > docs/inference.md"


@pytest.mark.parametrize("kdc", [True, False])
@pytest.mark.parametrize("configured", get_args(Configured))
def test_without_packets_and_records_only_the_configuration_speaks(configured: Configured, kdc: bool) -> None:
    facts = Facts("nothing", configured, kdc, "nothing", "unknown", "unknown", "unknown", False, False, "no")
    assert cause(facts).code == CONFIGURATION
    assert contradiction(facts) is None
