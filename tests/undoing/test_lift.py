"""How does a flow fare if one layer no longer stops it?"""

from __future__ import annotations

import pytest

from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from diagnose.undoing.lift import Lifting, answering, lift_of
from tests.support.factories import EMR_GROUP, a_flow, a_group, a_rule
from tests.support.scenes import saw, silence, the_case, the_scene

SILENT, REFUSED, NO_NAME = ("filtered", "no-response"), ("closed", "rst"), ("unresolved", "name-not-found")


def the_lifted(code: str, seen: tuple[str, str] | None, *, allowed: bool) -> tuple[Outcome, Outcome]:
    """Return the outcome of one flow, and the same with the cause of this code undone."""
    flow = a_flow()
    rules = [a_rule()] if allowed else []
    made: Scene = the_scene(
        the_case(a_group(*rules, id=EMR_GROUP)), [flow], {} if seen is None else {flow.id: saw(*seen)}
    )
    before = made.outcomes[0]
    return before, Lifting(made.model, lift_of(code)).of(before)


def test_rules_undone_let_a_silent_flow_through() -> None:
    before, after = the_lifted("SG-SVC", SILENT, allowed=False)
    assert (before.verdict, after.verdict) == ("blocked", "allowed")


def test_rules_undone_do_not_make_an_unknown_name_known() -> None:
    _, after = the_lifted("SG-SVC", NO_NAME, allowed=False)
    assert after.observed is not None
    assert after.observed.state == "unresolved"


def test_rules_undone_do_not_start_a_service_that_refuses() -> None:
    _, after = the_lifted("SG-SVC", REFUSED, allowed=False)
    assert after.verdict == "blocked"


def test_a_service_started_answers_where_the_rules_allow() -> None:
    before, after = the_lifted("SVC-DOWN", REFUSED, allowed=True)
    assert (before.verdict, after.verdict) == ("blocked", "allowed")


def test_a_service_started_is_still_behind_rules_that_deny() -> None:
    _, after = the_lifted("SVC-DOWN", SILENT, allowed=False)
    assert after.verdict == "blocked"


@pytest.mark.parametrize(("code", "verdict"), [("SVC-DOWN", "allowed"), ("DNS-STALE-IP", "blocked")])
def test_a_refusal_shows_that_rules_which_deny_are_old_but_not_what_stops_another_address(
    code: str, verdict: str
) -> None:
    _, after = the_lifted(code, REFUSED, allowed=False)

    assert after.verdict == verdict
    assert any(decision.denied for decision in after.decisions) == (verdict == "blocked")


def test_flows_that_share_their_decisions_share_what_is_left_of_them() -> None:
    flows = [a_flow("namenode-rpc"), a_flow("backup-namenode-rpc")]
    made = the_scene(the_case(a_group(id=EMR_GROUP)), flows)
    lifting = Lifting(made.model, lift_of("SG-RG-EGRESS"))
    first, second = map(lifting.of, made.outcomes)
    assert first.decisions is second.decisions
    assert first.flow.id != second.flow.id


def test_the_outbound_rules_undone_leave_the_inbound_ones() -> None:
    _, after = the_lifted("SG-RG-EGRESS", None, allowed=False)
    assert after.verdict == "blocked"


def test_a_flow_that_nothing_stops_any_more_was_asked_by_no_packet() -> None:
    flow = a_flow()
    (stopped,) = the_scene(the_case(a_group()), [flow], {flow.id: silence()}).outcomes
    assert (stopped.from_inside, stopped.here, stopped.verdict) == (True, "denied", "blocked")
    free = answering(stopped)
    assert (free.observed, free.observations, free.from_inside) == (None, (), False)
    assert (free.here, free.verdict) == ("allowed", "allowed")
