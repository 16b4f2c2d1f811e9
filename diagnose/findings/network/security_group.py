"""Which flows do the security groups stop, and which fault in them is it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from diagnose.case.derived import once
from diagnose.findings.model import Blame, Confidence
from diagnose.findings.network import missing_rule
from diagnose.findings.network.packets import configuration_speaks
from diagnose.findings.network.unusual_port import open_usual_port
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.files.krb5conf.mit import KDC_PORT
from probes.frozen import replace
from probes.language import tr
from probes.rules.decision import Decision

GENERIC = frozenset({"SG-KDC-UDP", "SG-KDC-TCP", "SG-DATANODE", "SG-SVC"})
"""Codes for "no rule was ever made". Which of them is used depends on the other missing rules."""

OUTBOUND = "SG-RG-EGRESS"
"""Code for outbound rules of the resource group's own group."""

CALLBACK = "RUN-CALLBACK"
"""Code for rules at either end that stop what the cluster opens to the resource group."""


def blames(scene: Scene) -> list[Blame]:
    """Return every flow that a security group stops, or may stop.

    Flows of one fault share code and key.
    """
    asked = [o for o in scene.outcomes if o.flow.counts and configuration_speaks(scene, o)]
    known = _FlowBlames(scene) if missing_rule.depends_on_other_flows(scene) else _shared_blames(scene)
    found = [blame for outcome in asked for blame in known.of(scene, outcome)]
    return _one_fault_one_code(scene, _join_transports(found))


class _FlowBlames:
    """The blames of the flows of one scene, flow by flow.

    Without packets they follow from the rules and the decisions of the flow. So the scenes in which
    another cause is undone share them.
    """

    def __init__(self, scene: Scene) -> None:
        self._misses = missing_rule.Misses(scene)
        self._outcomes = scene.outcomes  # keeps each outcome, whose id stands for it
        unseen = (o for o in scene.outcomes if o.observed is None and o.flow.counts)
        self._found = {id(outcome): tuple(_blame(scene, outcome, self._misses)) for outcome in unseen}

    def of(self, scene: Scene, outcome: Outcome) -> Iterable[Blame]:
        """Return the blames of a flow of this scene, or of another scene of the same flows."""
        known = self._found.get(id(outcome))
        return _blame(scene, outcome, self._misses) if known is None else known


@once
def _shared_blames(scene: Scene) -> _FlowBlames:
    return _FlowBlames(scene)


def path_is_open(outcome: Outcome) -> bool:
    """Return True if the target answered a packet from the resource group's network in any way.

    Then every filter let the packets pass both ways.
    """
    seen = outcome.observed
    if seen is None or not outcome.from_inside:
        return False
    if seen.state == "open" or seen.reason == "rst":
        return True
    return seen.offender is not None and seen.offender == seen.address


def speaks_for_all(outcome: Outcome) -> bool:
    """Return True if an answer proves the path open for every address of the network.

    It proves nothing about the others if the files let in its own address and not all of them.
    """
    return path_is_open(outcome) and (outcome.here == "denied" or outcome.configured != "partial")


def _blame(scene: Scene, outcome: Outcome, misses: missing_rule.Misses) -> Iterator[Blame]:
    if speaks_for_all(outcome):
        return
    egress, ingress = outcome.decision("egress"), outcome.decision("ingress")
    if outcome.flow.callback is not None:
        yield from _callback_blames(scene, outcome, misses)
        return
    if egress is not None and egress.denied:
        rules = scene.model.denying(egress)
        yield Blame(OUTBOUND, egress.at, outcome, _confidence(outcome, egress), rules)
    if ingress is not None and ingress.denied:
        yield _inbound(scene, outcome, ingress, misses.of(outcome, ingress))
    for decision in outcome.decisions:
        if decision.unknown and not decision.denied and decision.layer == "security-group":
            yield _unresolved(outcome, decision, misses)
    if ingress is None and outcome.is_silent and outcome.from_inside and not outcome.attachment.external:
        what = tr("DescribeSecurityGroupAttribute of the group on {host}", host=outcome.flow.endpoint.host)
        yield Blame(
            missing_rule.code_without_a_rule(outcome),
            "no-export",
            outcome,
            "inferred",
            missing=(what,),
            cause="no-export",
        )


def _inbound(scene: Scene, outcome: Outcome, decision: Decision, found: missing_rule.Miss) -> Blame:
    """Return the blame for inbound rules, with the usual port if the file may be wrong instead."""
    blame = Blame(found.code, found.key, outcome, _confidence(outcome, decision), found.rules, decision.assumed)
    port = outcome.flow.endpoint.port
    if found.code == "SG-KDC-PORT" and port != KDC_PORT and outcome.observed is None:
        return replace(blame, usual_port=KDC_PORT)
    usual = open_usual_port(scene, outcome) if found.code in GENERIC else None
    if usual is None:
        return blame
    key = ("unusual-port", outcome.flow.component, port)
    return replace(blame, key=key, cause="unusual-port", usual_port=usual)


def _callback_blames(scene: Scene, outcome: Outcome, misses: missing_rule.Misses) -> Iterator[Blame]:
    """Yield a blame if rules at either end stop what the cluster opens to the resource group."""
    layers = [decision for decision in outcome.decisions if decision.layer == "security-group"]
    is_denied = any(decision.denied for decision in layers)
    for decision in layers:
        if decision.denied:
            rules = scene.model.denying(decision)
            yield Blame(CALLBACK, "callback", outcome, "strong", rules, decision.assumed)
        elif decision.unknown and not is_denied:
            yield _unresolved(outcome, decision, misses)


def _confidence(outcome: Outcome, decision: Decision) -> Confidence:
    """Return proven if the rules deny and the flow is silent.

    Rules alone are strong: they may be old.
    """
    proof = outcome.is_silent and outcome.from_inside and outcome.here == "denied" and not decision.assumed
    return "proven" if proof else "strong"


def _unresolved(outcome: Outcome, decision: Decision, misses: missing_rule.Misses) -> Blame:
    found = misses.unresolved(outcome, decision)
    return Blame(found.code, found.key, outcome, "inferred", found.rules, decision.missing)


def _join_transports(found: Sequence[Blame]) -> list[Blame]:
    """Give both transports of a KDC the code of its wrong rule.

    A KDC with a wrong UDP rule and no TCP rule has one fault, not two. Outbound rules of the
    resource group are a fault of their own.
    """
    specific = {
        b.flow.endpoint.host: b
        for b in found
        if b.flow.area == "kerberos" and b.code not in (*GENERIC, OUTBOUND) and b.confidence != "inferred"
    }
    return [
        replace(
            b,
            code=near_by.code,
            key=near_by.key,
            cause=near_by.cause,
            rules=near_by.rules,
            usual_port=near_by.usual_port,
        )
        if b.code in GENERIC and b.flow.area == "kerberos" and (near_by := specific.get(b.flow.endpoint.host))
        else b
        for b in found
    ]


def _one_fault_one_code(scene: Scene, found: Sequence[Blame]) -> list[Blame]:
    """Give rules that were never made one code.

    All rules missing is one fault. Else the KDC's, the DataNodes' and all other rules are one each.
    """
    generic = [b for b in found if b.code in GENERIC]
    if not generic:
        return list(found)
    asked = [o for o in scene.outcomes if o.flow.need == "required" and (o.decision("ingress") or o.observed)]
    missing = {b.flow.id for b in generic}
    everything = len(asked) > 1 and all(o.flow.id in missing for o in asked)
    services = any(o.flow.area != "kerberos" for o in asked)
    namenode = any(b.flow.component == "namenode-rpc" for b in generic)
    udp = any(b.flow.area == "kerberos" and b.flow.endpoint.transport == "udp" for b in generic)

    def settled(blame: Blame) -> Blame:
        if blame.cause == "unusual-port":
            return blame
        inferred = blame.cause == "no-export"
        if everything and services:
            return replace(blame, code="SG-SVC", key=("nothing", inferred))
        if blame.flow.area == "kerberos":
            return replace(blame, code="SG-KDC-UDP" if udp else "SG-KDC-TCP", key=("kdc", inferred))
        if blame.code == "SG-DATANODE" and not namenode:
            return replace(blame, key=("datanode", inferred))
        return replace(blame, code="SG-SVC", key=("service", inferred))

    return [settled(b) if b.code in GENERIC else b for b in found]
