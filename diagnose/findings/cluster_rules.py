"""Rules that harm the cluster itself: nodes that may not talk to each other, and control traffic that is dropped."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.decisions import PROTOCOL
from diagnose.findings.model import Evidence, Finding, Scene
from diagnose.flows.model import Flow
from probes.addresses import ALL_V4, Ranges, intersect, parse, parse_address, union
from probes.decision import Direction
from probes.group_rule import Rule, describe
from probes.security_group import Traffic, compile_rules, decision_of

CONTROL_RANGE: Ranges = (parse("100.64.0.0/10"),)
"""EMR's control plane: https://www.alibabacloud.com/help/en/emr/manage-security-groups forbids to deny it."""


def findings(scene: Scene) -> Iterator[Finding]:
    yield from _intra(scene)
    yield from _control(scene)


def _intra(scene: Scene) -> Iterator[Finding]:
    """Can the nodes reach the services of each other that the resource group needs? EMR needs every node to reach every other."""
    stopped: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[Flow, str]]] = {}
    for outcome in scene.outcomes:
        target = scene.model.node(outcome.flow)
        if outcome.flow.need != "required" or target is None or not target.security_groups:
            continue
        for groups, sources in _others(scene, outcome.flow).items():
            why = _denied(scene, outcome.flow, groups, sources, target.security_groups)
            if why:
                stopped.setdefault((groups, target.security_groups), []).append((outcome.flow, why))
    for (source_groups, target_groups), flows in stopped.items():
        yield _intra_finding(source_groups, target_groups, flows)


def _others(scene: Scene, flow: Flow) -> dict[tuple[str, ...], Ranges]:
    """Addresses of the other nodes, by the groups they are in."""
    found: dict[tuple[str, ...], Ranges] = {}
    for node in scene.case.nodes:
        if node.address and node.security_groups and node.address != flow.endpoint.address:
            found[node.security_groups] = union((*found.get(node.security_groups, ()), parse(node.address)))
    return found


def _denied(
    scene: Scene, flow: Flow, source_groups: tuple[str, ...], sources: Ranges, target_groups: tuple[str, ...]
) -> str:
    """Why the cluster's own traffic is surely stopped, "" if it is not."""
    address = flow.endpoint.address
    traffic = Traffic(
        sources, parse_address(address) if address else None, frozenset(source_groups), frozenset(target_groups)
    )
    ends: tuple[tuple[tuple[str, ...], Direction], ...] = ((source_groups, "egress"), (target_groups, "ingress"))
    for groups, direction in ends:
        members = [scene.model.group(ident) for ident in groups]
        rules = compile_rules(members, direction, traffic)
        decision = decision_of(
            rules, members, direction, traffic, PROTOCOL[flow.endpoint.transport], flow.endpoint.port
        )
        if decision.denied:
            return f"{direction} of {', '.join(groups)}: " + "; ".join(
                line.why for line in decision.deciding if line.verdict == "denied"
            )
    return ""


def _intra_finding(
    source_groups: tuple[str, ...], target_groups: tuple[str, ...], flows: list[tuple[Flow, str]]
) -> Finding:
    ports = ", ".join(sorted({f"{flow.endpoint.transport.upper()} {flow.endpoint.port}" for flow, _ in flows}))
    source, target = ", ".join(source_groups), ", ".join(target_groups)
    return Finding(
        code="SG-INTRA",
        severity="error",
        confidence="strong",
        title="Nodes of the cluster may not talk to each other",
        cause=f"Nodes in {source} are not let in to nodes in {target} on {ports}: {flows[0][1]}. "
        "EMR needs every node to reach every other; a service that cannot reach the KDC or the NameNode fails although the resource group can.",
        flows=tuple(flow.id for flow, _ in flows),
        evidence=tuple(dict.fromkeys(Evidence("decision", flow.id, why) for flow, why in flows))[:6],
        settle_by=f"a connection to {flows[0][0].endpoint} from a node in {source}",
        advice=(
            f"Set the internal access policy of {target} to Accept"
            if source == target
            else f"Let {source} in to {target}: a rule with that group as source, or put all nodes into one basic group.",
        ),
    )


def _control(scene: Scene) -> Iterator[Finding]:
    """Drops that cover EMR's control range, in groups that nodes of the cluster are in."""
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
            title="A drop rule covers the range that EMR controls the cluster from",
            cause=f"{'; '.join(f'{rule.id} in {rule.group} ({describe(rule)})' for rule in drops)} covers 100.64.0.0/10. "
            "Operations in the EMR console fail and nodes show as abnormal.",
            evidence=tuple(Evidence("rule", rule.id, describe(rule)) for rule in drops),
            settle_by="the state of the nodes in the EMR console",
            advice=(f"Remove or narrow {', '.join(rule.id for rule in drops)} so that it leaves 100.64.0.0/10 alone.",),
        )


def _meets_control(rule: Rule) -> bool:
    """An inbound drop of everything changes nothing, since inbound is denied by default; an outbound one does."""
    party = rule.source if rule.direction == "ingress" else rule.dest
    if not isinstance(party, tuple) or not intersect(party, CONTROL_RANGE):
        return False
    return rule.direction == "egress" or party != (ALL_V4,)


def _overruled(drop: Rule, scene: Scene) -> bool:
    """An accept with a smaller number covers the control range and all that the drop covers of it."""
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
