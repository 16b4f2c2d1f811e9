"""Each look-alike of a cause from packets is ruled out by a fact, or the cause is not proven."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest

from diagnose.findings import catalogue
from diagnose.findings.network.exclusions import EXCLUDED_BY, excluded, left_open
from diagnose.findings.network.inference import COLUMNS, SERVICE, TABLE, Facts, cause, code_of

ALONE: Mapping[str, tuple[Facts, ...]] = {
    "SG-KDC-TCP": (Facts("silence", "denied", kdc=True),),
    "SG-KDC-UDP": (Facts("silence", "denied", kdc=True),),
    "SG-SVC": (Facts("silence", "denied"),),
    "NACL-RETURN": (Facts("silence", "reply denied"), Facts("silence", "reply denied", arrived="yes")),
    "RET-ROUTE": (
        Facts("silence", "allowed"),
        Facts("silence", "allowed", arrived="yes", filtered="accept"),
        Facts("silence", "allowed", listening="yes", filtered="accept"),
    ),
    "NET-ROUTE": (Facts("unreachable", "allowed"), Facts("no route", "allowed"), Facts("loop", "allowed")),
    "FW-OS-REJECT": (
        Facts("reject", "allowed"),
        Facts("refusal", "allowed"),
        Facts("refusal", "allowed", kdc=True, listening="yes"),
        Facts("refusal", "allowed", listening="yes", filtered="reset"),
        Facts("silence", "allowed", filtered="prohibit"),
    ),
    "KDC-TCP-HOLE": (Facts("hang", "allowed", kdc=True),),
    "KDC-NOT-KRB": (Facts("other protocol", "allowed", kdc=True),),
    "KDC-DOWN": (Facts("refusal", "allowed", kdc=True), Facts("refusal", "allowed", kdc=True, listening="no")),
    "SVC-DOWN": (Facts("refusal", "allowed"), Facts("refusal", "allowed", listening="no")),
    "KDC-BIND": (
        Facts("refusal", "allowed", kdc=True),
        Facts("refusal", "allowed", kdc=True, listening="loopback"),
        Facts("refusal", "allowed", kdc=True, listening="elsewhere"),
    ),
    "SVC-BIND": (
        Facts("refusal", "allowed"),
        Facts("refusal", "allowed", listening="loopback"),
        Facts("refusal", "allowed", listening="elsewhere"),
    ),
    "KDC-PORT": (Facts("refusal", "allowed", kdc=True),),
    "SVC-PORT": (Facts("refusal", "allowed"),),
    "DNS-LOOPBACK": (Facts("refusal", "allowed", listening="loopback"),),
}
"""Look-alike -> what is seen if it is the one fault, with and without records of the host."""

SURE = ("proven", "vantage")


def sure_codes() -> set[str]:
    """Return the codes that some row of the table may prove, for a KDC and for another service."""
    rows = [row for row in TABLE if row.confidence in SURE]
    return {code_of(row, kdc=kdc, udp=udp) for row in rows for kdc, udp in product((True, False), repeat=2)}


def test_what_rules_out_each_look_alike_is_known_for_every_code_that_may_be_proven() -> None:
    assert set(EXCLUDED_BY) == sure_codes()
    for code, ruled in EXCLUDED_BY.items():
        assert set(ruled) == set(catalogue.entry(code).look_alikes), code
        assert {column for column, _ in ruled.values()} <= set(COLUMNS)
    assert set(SERVICE) == {"DOWN", "BIND"}


PAIRS = [(code, other) for code, ruled in EXCLUDED_BY.items() for other in ruled]


@pytest.mark.parametrize(("code", "other"), PAIRS)
def test_a_look_alike_alone_is_not_this_cause_as_proven(code: str, other: str) -> None:
    for facts in ALONE[other]:
        row = cause(facts)
        named = {code_of(row, kdc=facts.kdc, udp=udp) for udp in (True, False)}
        ruled_out = excluded(code, facts)
        is_proven = code in named and row.confidence in SURE and not left_open(code, ruled_out)
        assert not is_proven, facts


def test_a_look_alike_that_is_left_open_is_named_with_the_difference() -> None:
    on_loopback = Facts("refusal", "allowed", listening="loopback")
    ruled_out = excluded("SVC-BIND", on_loopback)
    assert [(one.code, one.fact, one.value) for one in ruled_out] == [("SVC-DOWN", "listening", "loopback")]
    assert left_open("SVC-BIND", ruled_out) == ("whether it is DNS-LOOPBACK: the bind follows a wrong name",)


def test_nothing_is_left_open_if_each_look_alike_is_ruled_out() -> None:
    ruled_out = excluded("KDC-DOWN", Facts("refusal", "allowed", kdc=True, listening="no"))
    assert {one.code for one in ruled_out} == {"KDC-PORT", "KDC-BIND", "FW-OS-REJECT"}
    assert left_open("KDC-DOWN", ruled_out) == ()
