"""Which values do the sentences about security groups hold?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from diagnose.case.api.calls import saving
from diagnose.case.model import Case
from diagnose.findings.blame_group import BlameGroup
from diagnose.findings.network.missing_rule import only_port
from diagnose.findings.network.unusual_port import at_usual_port
from diagnose.findings.two_exports import exports
from diagnose.findings.values import Params, unique
from diagnose.flows.model import Flow
from diagnose.scene.outcome import GOOD
from probes.addresses import cidrs, size, union


def kdc_udp(group: BlameGroup) -> Params:
    """Return the state of TCP to the same KDCs: "denied", "open" or "unknown"."""
    udp = [blame for blame in group.blames if blame.flow.endpoint.transport == "udp"]
    if len(udp) < len(group.blames):
        return {"tcp": "denied"}
    others = [group.scene.other_transport(blame.outcome) for blame in udp]
    works = all(other is not None and other.verdict in GOOD for other in others)
    return {"tcp": "open" if works else "unknown"}


def usual_port(group: BlameGroup) -> Params:
    """Return the usual port, the lines that name another one, and those that name it for other
    servers of the service. Empty if no blame has one."""
    usual = group.first.usual_port
    if usual is None:
        return {}
    siblings = at_usual_port(group.scene, group.blames)
    return {
        "usual": str(usual),
        "places": unique(_place(flow) for flow in group.flows),
        "siblings": unique(_place(flow) for flow in siblings),
    }


def no_rule(group: BlameGroup) -> Params:
    """Return what `usual_port` does, and the rules that open nearly the right port."""
    meant = {
        rule.id: {"rule": rule.id, "opened": str(port), "needed": str(blame.flow.endpoint.port)}
        for blame in group.blames
        for rule in blame.rules
        if (port := only_port(rule)) is not None
    }
    return {**usual_port(group), **({"meant": list(meant.values())} if meant else {})}


def _place(flow: Flow) -> str:
    return flow.origin.file if flow.origin.line is None else f"{flow.origin.file}:{flow.origin.line}"


def source(group: BlameGroup) -> Params:
    """Return which addresses are denied, of how many. addresses is None if none is let in."""
    decisions = [decision for blame in group.blames if (decision := blame.outcome.decision("ingress"))]
    denied = union(piece for decision in decisions for piece in decision.denied)
    allowed = union(piece for decision in decisions for piece in decision.allowed)
    return {
        "denied": cidrs(denied),
        "denied_addresses": size(denied),
        "addresses": size(union((*denied, *allowed))) if allowed else None,
    }


def group_ref(group: BlameGroup) -> Params:
    """Return whether a file excludes that the resource group is in the group of the rule."""
    return {"is_member_known": any(blame.confidence != "inferred" for blame in group.blames)}


def rg_egress(group: BlameGroup) -> Params:
    decisions = (decision for blame in group.blames if (decision := blame.outcome.decision("egress")))
    return {"own_groups": unique(ident for decision in decisions for ident in decision.at)}


def unresolved(group: BlameGroup) -> Params:
    missing = unique(text for blame in group.blames for text in blame.missing)
    case = group.scene.case
    files = _replaceable(case)
    differing = _differing(case, missing)
    doubts = {text for texts in differing.values() for text in texts}
    lines = (line for text in missing if text not in doubts for line in saving(text, case.cluster.region, files))
    return {
        "missing": missing,
        "commands": unique(lines),
        "differing": [
            {"group": conflict.object, "files": unique(at.file for at in conflict.places), **exports(conflict)}
            for conflict in case.conflicts
            if conflict.object in differing
        ],
        "only_differing": doubts.issuperset(missing),
    }


def _differing(case: Case, missing: Sequence[str]) -> dict[str, list[str]]:
    """Return the groups of which two exports differ, each with what is missing because of it."""
    found: dict[str, list[str]] = {}
    for ident in unique(conflict.object for conflict in case.conflicts):
        rules = case.security_groups[ident].rules if ident in case.security_groups else ()
        if doubts := {rule.doubt for rule in rules if rule.doubt} & set(missing):
            found[ident] = sorted(doubts)
    return found


def _replaceable(case: Case) -> dict[str, str]:
    """Return the files that hold one answer: by the id of its group, or by the answer if no other
    file has it.

    An answer that is saved beside the old one of the same group would contradict it.
    """
    kinds = Counter(each.kind for each in case.inputs)
    answers = Counter(each.file for each in case.inputs)
    files = {each.kind: each.file for each in case.inputs if kinds[each.kind] == answers[each.file] == 1}
    rules = {each.file for each in case.inputs if each.kind == "ecs:DescribeSecurityGroupAttribute"}
    at = {ident: each.origin.file for ident, each in case.security_groups.items() if each.origin is not None}
    groups = Counter(at.values())
    files |= {ident: file for ident, file in at.items() if file in rules and groups[file] == answers[file] == 1}
    return files


def stale(group: BlameGroup) -> Params:
    denying = (decision for blame in group.blames for decision in blame.outcome.decisions if decision.denied)
    return {
        "denying": unique(ident for decision in denying for ident in decision.at),
        "records": [
            {"place": shown.ref, "text": shown.text}
            for shown in dict.fromkeys(shown for blame in group.blames for shown in blame.evidence)
        ],
    }


def callback(group: BlameGroup) -> Params:
    """Return the groups that stop packets: those of the nodes outbound, and the resource group's
    inbound."""
    denying: dict[str, list[str]] = {"egress": [], "ingress": []}
    for blame in group.blames:
        for direction, idents in denying.items():
            decision = blame.outcome.decision(direction)
            idents.extend(decision.at if decision is not None and decision.denied else ())
    return {"outbound": unique(denying["egress"]), "inbound": unique(denying["ingress"])}
