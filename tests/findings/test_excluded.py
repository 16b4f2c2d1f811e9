"""Is a finding called proven only if every look-alike of its code is ruled out?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from diagnose.findings import catalogue
from diagnose.findings.excluded import FACTS, Seen, earned, table
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.network.inference import SERVICE, TABLE, Configured, Facts, cause, code_of
from diagnose.findings.network.inference import Seen as Look
from diagnose.findings.wording import RULED_OUT
from tests.support.scenes import the_case, the_scene


def the_facts(seen: Look, configured: Configured, **more: Any) -> Facts:
    """Return the facts of a flow to a service of which no record of the host tells anything."""
    nothing = {"kdc": False, "beside": "nothing", "translated": False, "inside": True, "stray": "no"}
    untold = dict.fromkeys(("arrived", "listening", "filtered"), "unknown")
    return Facts(seen, configured, **{**nothing, **untold, **more})


ALONE: Mapping[str, tuple[Facts, ...]] = {
    "SG-KDC-TCP": (the_facts("silence", "denied", kdc=True),),
    "SG-KDC-UDP": (the_facts("silence", "denied", kdc=True),),
    "SG-SVC": (the_facts("silence", "denied"),),
    "NACL-RETURN": (the_facts("silence", "reply denied"), the_facts("silence", "reply denied", arrived="yes")),
    "RET-ROUTE": (
        the_facts("silence", "allowed"),
        the_facts("silence", "allowed", arrived="yes", filtered="accept"),
        the_facts("silence", "allowed", listening="yes", filtered="accept"),
    ),
    "NET-OVERLAP": (
        the_facts("silence", "allowed", stray="yes"),
        the_facts("silence", "allowed", stray="perhaps", arrived="yes"),
    ),
    "NET-ROUTE": (the_facts("unreachable", "allowed"), the_facts("no route", "allowed"), the_facts("loop", "allowed")),
    "FW-OS-REJECT": (
        the_facts("reject", "allowed"),
        the_facts("refusal", "allowed"),
        the_facts("refusal", "allowed", kdc=True, listening="yes"),
        the_facts("refusal", "allowed", listening="yes", filtered="reset"),
        the_facts("silence", "allowed", filtered="prohibit"),
    ),
    "KDC-TCP-HOLE": (the_facts("hang", "allowed", kdc=True),),
    "KDC-NOT-KRB": (the_facts("other protocol", "allowed", kdc=True),),
    "KDC-DOWN": (the_facts("refusal", "allowed", kdc=True), the_facts("refusal", "allowed", kdc=True, listening="no")),
    "SVC-DOWN": (the_facts("refusal", "allowed"), the_facts("refusal", "allowed", listening="no")),
    "KDC-BIND": (
        the_facts("refusal", "allowed", kdc=True),
        the_facts("refusal", "allowed", kdc=True, listening="loopback"),
        the_facts("refusal", "allowed", kdc=True, listening="elsewhere"),
    ),
    "SVC-BIND": (
        the_facts("refusal", "allowed"),
        the_facts("refusal", "allowed", listening="loopback"),
        the_facts("refusal", "allowed", listening="elsewhere"),
    ),
    "KDC-PORT": (the_facts("refusal", "allowed", kdc=True),),
    "SVC-PORT": (the_facts("refusal", "allowed"),),
    "DNS-LOOPBACK": (the_facts("refusal", "allowed"),),
}
"""Look-alike -> what is seen if it is the one fault, with and without records of the host."""

SURE = ("proven", "vantage")


def sure_codes() -> set[str]:
    """Return the codes that some row of the inference table may prove."""
    rows = [row for row in TABLE if row.confidence in SURE]
    return {code_of(row, kdc=kdc, udp=udp) for row in rows for kdc, udp in product((True, False), repeat=2)}


def test_each_look_alike_of_the_catalogue_has_what_rules_it_out() -> None:
    for code, look_alikes in table().items():
        assert set(look_alikes) == set(catalogue.entry(code).look_alikes), code
    assert {code for code in sure_codes() if catalogue.entry(code).look_alikes} <= set(table())
    assert set(SERVICE) == {"DOWN", "BIND"}


def test_each_fact_is_used_and_has_words() -> None:
    used = {fact for look_alikes in table().values() for facts in look_alikes.values() for fact in facts}

    assert used == set(FACTS)
    assert set(RULED_OUT) == used


def rules_out(code: str, other: str, facts: Facts) -> bool:
    """Return True if what was seen of the flow excludes the look-alike."""
    finding = Finding(code, "error", "proven", cause="answers-elsewhere")
    return any(FACTS[fact](Seen(the_scene(the_case(), ()), finding, None, facts)) for fact in table()[code][other])


@pytest.mark.parametrize(
    ("code", "other"), [(code, other) for code in sorted(sure_codes()) for other in table().get(code, {})]
)
def test_a_look_alike_alone_is_not_proven_to_be_this_cause(code: str, other: str) -> None:
    for facts in ALONE[other]:
        row = cause(facts)
        named = {code_of(row, kdc=facts.kdc, udp=udp) for udp in (True, False)}
        all_out = all(rules_out(code, each, facts) for each in table()[code])
        assert not (code in named and row.confidence in SURE and all_out), facts


def proven(code: str, cause_: str | None, *, line: bool) -> Finding:
    evidence = (Evidence("line", "f:1", "f:1"),) if line else ()
    return Finding(code, "error", "proven", cause=cause_, evidence=evidence)  # type: ignore[arg-type]


def test_what_only_a_check_calls_proven_is_strong_and_names_what_is_left() -> None:
    for code in table():
        found = earned(the_scene(the_case(), ()), proven(code, "mit-name", line=False))
        assert (found.confidence, found.excluded) == ("strong", ()), code
        left = next(iter(catalogue.entry(code).look_alikes))
        assert found.settle_by is not None
        assert left in found.settle_by


def test_a_fault_of_a_line_is_shown_by_its_text() -> None:
    found = earned(the_scene(the_case(), ()), proven("KRB-CONF-SYNTAX", "file-line", line=True))

    assert (found.confidence, [(each.code, each.by) for each in found.excluded]) == (
        "proven",
        [("KRB-INCLUDEDIR", "text")],
    )


def test_what_a_check_does_not_call_proven_stays_as_it_is() -> None:
    finding = replace(proven("KRB-CONF-SYNTAX", "file-line", line=True), confidence="strong")

    assert earned(the_scene(the_case(), ()), finding) == finding
