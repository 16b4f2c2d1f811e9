"""Which rules harm the cluster itself: between its nodes, or from EMR's control plane?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diagnose.case.derived import once
from diagnose.case.model import Case
from diagnose.decisions.model import PROTOCOL, Model
from diagnose.findings.blame_group import rule_value
from diagnose.findings.model import Evidence, Finding
from diagnose.flows.model import Flow
from diagnose.scene.scene import Scene
from probes.addresses import ALL_V4, Range, Ranges, cidrs, contains, intersect, parse, subtract, union
from probes.frozen import frozen
from probes.language import tr
from probes.rules.decision import Decision, Direction
from probes.rules.group_rule import Group, Rule, describe
from probes.rules.ruleset import Ruleset
from probes.rules.security_group import Traffic, compile_rules, decide_compiled

MOST_NAMED = 6
"""Reasons that are shown as evidence."""

CONTROL_RANGE: Ranges = (parse("100.64.0.0/10"),)
"""Addresses of EMR's control plane, which must not be denied.

Source: https://www.alibabacloud.com/help/en/emr/manage-security-groups."""


def findings(scene: Scene) -> Iterator[Finding]:
    yield from _intra(scene)
    yield from _control(scene)


Pair = tuple[tuple[str, ...], tuple[str, ...]]
"""Groups on the interface that sends, groups on the one that is asked."""


def _intra(scene: Scene) -> Iterator[Finding]:
    """Yield a finding if nodes cannot reach services of each other that the resource group needs.

    EMR needs every node to reach every other.
    """
    senders = _by_groups(scene.case)
    inside = _inner_decisions(scene.model)
    stopped: dict[Pair, list[tuple[Flow, str]]] = {}
    for outcome in scene.outcomes:
        target = scene.model.node(outcome.flow)
        if outcome.flow.need != "required" or target is None or not target.security_groups:
            continue
        address = outcome.flow.endpoint.address
        own = (parse(address),) if address else ()
        for groups, sources in senders.items():
            why = inside.denied((groups, target.security_groups), outcome.flow, sources, own)
            if why:
                stopped.setdefault((groups, target.security_groups), []).append((outcome.flow, why))
    if stopped:
        yield _intra_finding(scene, senders, stopped)


@once
def _by_groups(case: Case) -> dict[tuple[str, ...], Ranges]:
    """Return the addresses of the nodes by the groups that they are in."""
    found: dict[tuple[str, ...], list[Range]] = {}
    for node in case.nodes:
        if node.address and node.security_groups:
            found.setdefault(node.security_groups, []).append(parse(node.address))
    return {groups: union(addresses) for groups, addresses in found.items()}


class _InnerDecisions:
    """Decisions between nodes of the cluster.

    Targets that no rule distinguishes share one decision.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._made: dict[tuple[object, ...], list[tuple[Direction, Decision]]] = {}
        self._why: dict[tuple[object, ...], str] = {}
        self._named: dict[Pair, list[Ranges]] = {}
        self._sides: dict[tuple[Pair, object], list[_Side]] = {}

    def denied(self, pair: Pair, flow: Flow, sources: Ranges, own: Ranges) -> str:
        """Return why traffic of other nodes is surely stopped. Empty if it is not.

        own: the address of the target, which does not need to reach itself.
        """
        key = (pair, flow.endpoint.transport, flow.endpoint.port, own)
        if key not in self._why:
            self._why[key] = self._denied(pair, flow, sources, own)
        return self._why[key]

    def _denied(self, pair: Pair, flow: Flow, sources: Ranges, own: Ranges) -> str:
        if not subtract(sources, own):
            return ""
        target = next((address for address, _ in own), None)
        told_apart = self._told_apart(pair, target)
        key = (pair, flow.endpoint.transport, flow.endpoint.port, told_apart)
        if key not in self._made:
            if (pair, told_apart) not in self._sides:
                self._sides[pair, told_apart] = self._compiled(pair, sources, target)
            sides = self._sides[pair, told_apart]
            self._made[key] = [(side.direction, side.decide(flow)) for side in sides]
        for direction, decision in self._made[key]:
            if subtract(decision.denied, own):
                lines = [
                    line.why for line in decision.deciding if line.verdict == "denied" and subtract(line.sources, own)
                ]
                why = tr("; ").join(lines)
                groups = tr(", ").join(decision.at)
                if direction == "ingress":
                    return tr("ingress of {groups}: {why}", groups=groups, why=why)
                return tr("egress of {groups}: {why}", groups=groups, why=why)
        return ""

    def _told_apart(self, pair: Pair, target: int | None) -> object:
        """Return for each destination that rules name whether it holds this target."""
        if pair not in self._named:
            rules = [rule for groups in pair for ident in groups for rule in self._model.group(ident).rules]
            self._named[pair] = list(dict.fromkeys(rule.dest for rule in rules if isinstance(rule.dest, tuple)))
        if target is None:
            return None
        return tuple(contains(dest, target) for dest in self._named[pair])

    def _compiled(self, pair: Pair, sources: Ranges, target: int | None) -> list[_Side]:
        """Return both sides with their rules, which are the same for every port."""
        traffic = Traffic(sources, target, frozenset(pair[0]), frozenset(pair[1]))
        ends: tuple[tuple[tuple[str, ...], Direction], ...] = ((pair[0], "egress"), (pair[1], "ingress"))
        sides: list[_Side] = []
        for groups, direction in ends:
            members = [self._model.group(ident) for ident in groups]
            sides.append(_Side(direction, members, traffic, compile_rules(members, direction, traffic)))
        return sides


@frozen
class _Side:
    """The groups of one side of the traffic between two nodes."""

    direction: Direction
    """Direction of their rules that is asked."""
    groups: Sequence[Group]
    """The groups."""
    traffic: Traffic
    """What passes them."""
    rules: Ruleset
    """Their rules."""

    def decide(self, flow: Flow) -> Decision:
        """Return what they decide at the port of a flow."""
        end = flow.endpoint
        return decide_compiled(self.rules, self.groups, self.direction, self.traffic, PROTOCOL[end.transport], end.port)


@once
def _inner_decisions(model: Model) -> _InnerDecisions:
    return _InnerDecisions(model)


def _intra_finding(
    scene: Scene, senders: Mapping[tuple[str, ...], Ranges], stopped: Mapping[Pair, list[tuple[Flow, str]]]
) -> Finding:
    """Return one finding for all pairs of groups, because it is one omission."""
    (source_groups, _), first = next(iter(stopped.items()))
    flows = [flow for pairs in stopped.values() for flow, _ in pairs]
    ports = sorted({(flow.endpoint.transport, flow.endpoint.port) for flow, _ in first})
    reasons: dict[str, str] = {}
    for flow, why in (each for pairs in stopped.values() for each in pairs):
        reasons.setdefault(why, flow.id)
    return Finding(
        code="SG-INTRA",
        severity="error",
        confidence="strong",
        params={
            "pairs": [
                {
                    "from": pair[0],
                    "to": pair[1],
                    "by_address": cidrs(senders[pair[0]]) if _is_enterprise(scene, pair[1]) else [],
                }
                for pair in stopped
            ],
            "ports": [{"transport": transport, "port": port} for transport, port in ports],
            "why": first[0][1],
        },
        flows=tuple(dict.fromkeys(flow.id for flow in flows)),
        evidence=tuple(Evidence("decision", ref, why) for why, ref in list(reasons.items())[:MOST_NAMED]),
        settle_by=tr(
            "a connection to {end} from a node in {groups}",
            end=first[0][0].endpoint,
            groups=tr(", ").join(source_groups),
        ),
    )


def _is_enterprise(scene: Scene, groups: tuple[str, ...]) -> bool:
    return any(scene.model.group(ident).kind == "enterprise" for ident in groups)


def _control(scene: Scene) -> Iterator[Finding]:
    """Yield a finding if drop rules of the nodes' groups cover EMR's control range."""
    attached = {ident for node in scene.case.nodes for ident in node.security_groups or ()} | {
        ident for outcome in scene.outcomes for ident in outcome.attachment.groups or ()
    }
    drops = [
        rule
        for ident in sorted(attached)
        for rule in scene.model.group(ident).rules
        if not rule.accept and _meets_control(rule) and not _overruled(rule, scene)
    ]
    if drops:
        yield Finding(
            code="SG-CTRL",
            severity="warning",
            confidence="strong",
            params={"rules": [rule_value(rule) for rule in drops], "range": cidrs(CONTROL_RANGE)[0]},
            evidence=tuple(Evidence("rule", rule.id, describe(rule), rule.origin) for rule in drops),
            settle_by=tr("the state of the nodes in the EMR console"),
        )


def _meets_control(rule: Rule) -> bool:
    """Return True if the drop covers the control range and changes something.

    An inbound drop of everything changes nothing, because inbound is denied by default.
    """
    party = rule.source if rule.direction == "ingress" else rule.dest
    if not isinstance(party, tuple) or not intersect(party, CONTROL_RANGE):
        return False
    return rule.direction == "egress" or party != (ALL_V4,)


def _overruled(drop: Rule, scene: Scene) -> bool:
    """Return True if an accept with a smaller priority number covers the whole control range."""
    for rule in scene.model.group(drop.group).rules:
        party = rule.source if rule.direction == "ingress" else rule.dest
        if (
            rule.accept
            and rule.direction == drop.direction
            and rule.priority < drop.priority
            and rule.protocol in (None, drop.protocol)
            and isinstance(party, tuple)
            and intersect(party, CONTROL_RANGE) == CONTROL_RANGE
            and rule.ports == ((0, 65535),)
        ):
            return True
    return False
