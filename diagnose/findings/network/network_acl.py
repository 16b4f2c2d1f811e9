"""Which flows does a network ACL stop: on the way in, or with the answer on the way back?"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.model import Blame, Confidence
from diagnose.findings.network.packets import configuration_speaks
from diagnose.findings.network.security_group import path_is_open
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.rules.decision import Decision
from probes.rules.ruleset import BY_CLIENT_PORT


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield every flow that a network ACL stops, or may stop: one fault for each list and
    direction.
    """
    for outcome in scene.outcomes:
        of_lists = [decision for decision in outcome.decisions if decision.layer == "network-acl"]
        if not of_lists or not outcome.flow.counts:
            continue
        if not path_is_open(outcome) and configuration_speaks(scene, outcome):
            for decision in of_lists:
                yield from _blame(outcome, decision)


def _blame(outcome: Outcome, decision: Decision) -> Iterator[Blame]:
    at = (*decision.at, decision.direction)
    if decision.denied:
        code = "NACL-RETURN" if decision.packet == "reply" else "NACL-IN"
        yield Blame(code, at, outcome, _confidence(outcome), decision=decision)
    elif tr(BY_CLIENT_PORT) in decision.missing:
        yield Blame("NACL-EPHEMERAL", at, outcome, "strong", missing=decision.missing, decision=decision)
    elif decision.unknown:
        yield Blame("SG-UNRESOLVED", ("acl", *decision.at), outcome, "inferred", missing=decision.missing)


def _confidence(outcome: Outcome) -> Confidence:
    return "proven" if outcome.is_silent and outcome.from_inside and outcome.here == "denied" else "strong"
