"""The whole new list of a network ACL: what it has, and in front of it what the flows need.

UpdateNetworkAclEntries replaces the list, so a repair is the list. The entries that are added stand first, since the first match decides, and name
exactly the blocks and ports that are needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from diagnose.decisions.model import PROTOCOL, Model
from diagnose.flows.model import Flow
from diagnose.remedies.rules import target_block
from probes.addresses import Range, intersect
from probes.rules.decision import Decision, Direction
from probes.rules.network_acl import Acl, AclRule
from probes.rules.ruleset import BY_CLIENT_PORT, CLIENT_PORTS

MOST_ENTRIES = 100
"""Entries of one list that UpdateNetworkAclEntries takes: VPC API 2016-04-28."""


@dataclass(frozen=True, slots=True)
class AclEdit:
    """One list, before and after. fixes: ids of the flows that need it."""

    before: Acl
    after: Acl
    direction: Direction
    fixes: tuple[str, ...]


def edits(model: Model, flows: Sequence[Flow]) -> list[AclEdit]:
    """New lists that let every one of these flows through, tried on the model; empty where that does not do, or a list would be too long."""
    wanted: dict[tuple[str, Direction], dict[AclRule, list[str]]] = {}
    for flow in flows:
        for decision in model.decisions(flow):
            if stops(decision):
                for rule in _rules(model, flow, decision):
                    wanted.setdefault((decision.at[0], decision.direction), {}).setdefault(rule, []).append(flow.id)
    acls = dict(model.acls)
    found: list[AclEdit] = []
    for (ident, direction), rules in wanted.items():
        before = acls.get(ident)
        if before is None or before.rules(direction) is None:
            return []
        after = _with(before, direction, _merged(rules))
        acls[ident] = after
        found.append(
            AclEdit(before, after, direction, tuple(dict.fromkeys(flow for ids in rules.values() for flow in ids)))
        )
    changed = model.with_acls(acls)
    works = not any(stops(decision) for flow in flows for decision in changed.decisions(flow))
    return found if works and all(len(edit.after.rules(edit.direction) or ()) <= MOST_ENTRIES for edit in found) else []


def stops(decision: Decision) -> bool:
    """A list that lets nothing through for some source, or answers to some client ports only."""
    by_port = any(text.startswith(BY_CLIENT_PORT) for text in decision.missing)
    return decision.layer == "network-acl" and (bool(decision.denied) or by_port)


def _rules(model: Model, flow: Flow, decision: Decision) -> Iterable[AclRule]:
    """The entries that would let this packet of the flow through this list."""
    about_sources = (decision.packet == "request") == (decision.direction == "ingress")
    target = target_block(model, flow)
    parties: list[Range] = []
    if not about_sources:
        parties = [] if target is None else [target]
    else:
        parties = [
            block
            for source in model.sources
            for block in intersect(source.ranges, flow.sources)
            if intersect((block,), (*decision.denied, *decision.unknown))
        ]
    ports = (flow.endpoint.port, flow.endpoint.port) if decision.packet == "request" else CLIENT_PORTS
    for party in parties:
        yield AclRule(
            "", decision.at[0], decision.direction, True, PROTOCOL[flow.endpoint.transport], (ports,), (party,)
        )


def _merged(rules: Iterable[AclRule]) -> list[AclRule]:
    """Contiguous ports of one protocol and party become one entry."""
    merged: list[AclRule] = []
    for rule in sorted(
        rules, key=lambda rule: (rule.protocol or 0, rule.party if isinstance(rule.party, tuple) else (), rule.ports)
    ):
        last = merged[-1] if merged else None
        if (
            last
            and (last.protocol, last.party) == (rule.protocol, rule.party)
            and rule.ports[0][0] <= last.ports[0][1] + 1
        ):
            merged[-1] = replace(last, ports=((last.ports[0][0], max(last.ports[0][1], rule.ports[0][1])),))
        else:
            merged.append(rule)
    return merged


def _with(acl: Acl, direction: Direction, rules: Sequence[AclRule]) -> Acl:
    named = tuple(replace(rule, id=f"new {number}") for number, rule in enumerate(rules, 1))
    if direction == "ingress":
        return replace(acl, ingress=(*named, *(acl.ingress or ())))
    return replace(acl, egress=(*named, *(acl.egress or ())))
