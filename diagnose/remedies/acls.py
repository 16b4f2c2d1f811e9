"""Which new list of a network ACL lets the flows through?

UpdateNetworkAclEntries replaces the list, so a repair is the whole list. New entries stand first,
because the first match decides, and name exactly the blocks and ports that are needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from diagnose.decisions.model import PROTOCOL, Model
from diagnose.findings.model import Blame
from diagnose.flows.model import Flow
from diagnose.remedies.model import RECOMMENDED, AclEdit, AclEntry, FindingRef
from diagnose.remedies.rules import source_blocks, target_blocks
from probes.addresses import cidrs, intersect, union
from probes.frozen import frozen, replace
from probes.language import tr
from probes.rules.decision import Decision, Direction
from probes.rules.group_rule import GRE, ICMP, ICMPV6, TCP, UDP, Unresolved
from probes.rules.network_acl import Acl, AclRule, describe
from probes.rules.ruleset import ANY_PORT, BY_CLIENT_PORT, CLIENT_PORTS

MOST_ENTRIES = 100
"""Entries of one list that UpdateNetworkAclEntries takes: VPC API 2016-04-28."""

ENTRY_ID = "nae-"
"""How the API begins the id of an entry. An entry without one has an id of ours, which no call may
send."""

API_PROTOCOLS: Mapping[int | None, Literal["TCP", "UDP", "ICMP", "ICMPv6", "GRE", "ALL"]] = {
    TCP: "TCP",
    UDP: "UDP",
    ICMP: "ICMP",
    ICMPV6: "ICMPv6",
    GRE: "GRE",
    None: "ALL",
}
"""Protocols that an entry can name."""


@frozen
class ChangedList:
    """One list of entries and its replacement, as the model evaluates them."""

    before: Acl
    """The network ACL as it is."""
    after: Acl
    """The network ACL as it has to be."""
    direction: Direction
    """Which of its two lists changes."""
    fixes: tuple[str, ...]
    """Ids of the flows that need the change."""


def changed_lists(model: Model, blames: Sequence[Blame]) -> list[ChangedList]:
    """Return new lists in which nothing stops what these blames name, tried on the model.

    Empty if no list does, or if a list would be too long.
    """
    wanted: dict[tuple[str, Direction], dict[AclRule, list[str]]] = {}
    for blame in blames:
        for decision in _stopping(model, blame):
            for rule in _rules(model, blame.flow, decision):
                wanted.setdefault((decision.at[0], decision.direction), {}).setdefault(rule, []).append(blame.flow.id)
    acls = dict(model.acls)
    lists: list[ChangedList] = []
    for (ident, direction), rules in wanted.items():
        before = acls[ident]
        entries = before.rules(direction)
        if entries is None or any(entry.doubt for entry in entries):
            return []  # the whole list is sent, so every entry must be known
        after = _with(before, direction, _merged(rules))
        acls[ident] = after
        fixes = tuple(dict.fromkeys(flow for ids in rules.values() for flow in ids))
        lists.append(ChangedList(before, after, direction, fixes))
    changed = model.with_acls(acls)
    works = not any(_stopping(changed, blame) for blame in blames)
    short = all(len(each.after.rules(each.direction) or ()) <= MOST_ENTRIES for each in lists)
    return lists if works and short else []


def with_lists(model: Model, lists: Sequence[ChangedList]) -> Model:
    """Return the model with these lists."""
    return model.with_acls({**model.acls, **{each.after.id: each.after for each in lists}})


def _stopping(model: Model, blame: Blame) -> list[Decision]:
    """Return the decisions that a blame is about, as far as they still stop its flow."""
    named = blame.decision
    return [
        decision
        for decision in model.decisions(blame.flow)
        if is_stopped(decision)
        and named is not None
        and (decision.at, decision.direction, decision.packet) == (named.at, named.direction, named.packet)
    ]


def acl_edit(change: ChangedList, finding: FindingRef) -> AclEdit:
    """Return the suggestion that says this change."""
    before, after = (_entries(acl.rules(change.direction) or ()) for acl in (change.before, change.after))
    return AclEdit(
        finding=finding,
        option=RECOMMENDED,
        fixes=list(change.fixes),
        acl=change.before.id,
        direction=change.direction,
        before=before,
        after=after,
    )


def _entries(rules: Sequence[AclRule]) -> list[AclEntry]:
    """Return the entries that people made. Those of the system are not the caller's to send."""
    return [_entry(rule) for rule in rules if rule.custom]


def _entry(rule: AclRule) -> AclEntry:
    ports = ["-1/-1"] if rule.ports == ANY_PORT else [f"{low}/{high}" for low, high in rule.ports]
    blocks = [] if isinstance(rule.party, Unresolved) else cidrs(rule.party)
    peers = [rule.list] if rule.list is not None else blocks
    return AclEntry(
        id=rule.id if rule.id.startswith(ENTRY_ID) else None,
        policy="accept" if rule.accept else "drop",
        protocol=API_PROTOCOLS.get(rule.protocol),
        port_range=ports[0] if len(ports) == 1 else None,
        peer=peers[0] if len(peers) == 1 else None,
        words=describe(rule),
        name=rule.name,
        description=rule.description,
        is_ipv6=any(":" in block for block in blocks),
    )


def is_stopped(decision: Decision) -> bool:
    """Return True if a list stops the flow for some source, or replies to some client ports
    only."""
    by_port = tr(BY_CLIENT_PORT) in decision.missing
    return decision.layer == "network-acl" and (bool(decision.denied) or by_port)


def _rules(model: Model, flow: Flow, decision: Decision) -> Iterable[AclRule]:
    """Yield the entries that would let this packet of the flow through this list."""
    about_sources = (decision.packet == "request") == (decision.direction == "ingress")
    if about_sources:
        concerned = union((*decision.denied, *decision.unknown))
        parties = [block for block in source_blocks(model, flow) if intersect((block,), concerned)]
    else:
        parties = target_blocks(model, flow)
    ports = flow.ports if decision.packet == "request" else CLIENT_PORTS
    for party in parties:
        yield AclRule(
            "", decision.at[0], decision.direction, True, PROTOCOL[flow.endpoint.transport], (ports,), (party,)
        )


def _merged(rules: Iterable[AclRule]) -> list[AclRule]:
    """Return the entries with contiguous ports of one protocol and party joined into one."""
    alike: dict[object, list[AclRule]] = {}
    for rule in rules:
        alike.setdefault((rule.protocol, rule.party), []).append(rule)
    return [
        replace(same[0], ports=(ports,))
        for same in alike.values()
        for ports in union(piece for rule in same for piece in rule.ports)
    ]


def _with(acl: Acl, direction: Direction, rules: Sequence[AclRule]) -> Acl:
    named = tuple(replace(rule, id=f"new {number}") for number, rule in enumerate(rules))
    if direction == "ingress":
        return replace(acl, ingress=(*named, *(acl.ingress or ())))
    return replace(acl, egress=(*named, *(acl.egress or ())))
