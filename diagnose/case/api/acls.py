"""Which entries do the network ACLs of a case have? In the order of the answer, which decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from diagnose.case.api.answers import AclEntryAnswer, NetworkAclAttributes
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.permissions import port_ranges, protocol_of
from diagnose.case.errors import CaseError
from diagnose.case.model import Conflict
from probes.addresses import Ranges, parse
from probes.origin import Origin
from probes.rules.decision import Direction
from probes.rules.group_rule import Unresolved
from probes.rules.network_acl import Acl, AclRule

PREFIX_LIST = "pl-"
"""How the id of a prefix list begins."""


def network_acls(answers: ApiAnswers, prefix_lists: Mapping[str, Ranges], conflicts: list[Conflict]) -> dict[str, Acl]:
    """Return the network ACLs by id. CaseError for an entry that cannot be what it says."""
    found: dict[str, Acl] = {}
    for answer in answers.of(NetworkAclAttributes):
        value = answer.value.network_acl_attribute
        ident = value.network_acl_id
        acl = Acl(
            id=ident,
            ingress=_rules(answer, ident, "ingress", value.ingress_acl_entries, prefix_lists),
            egress=_rules(answer, ident, "egress", value.egress_acl_entries, prefix_lists),
            origin=answer.origin("NetworkAclAttribute"),
        )
        found[ident] = _agreed(found[ident], acl, conflicts) if ident in found else acl
    return found


def _agreed(first: Acl, second: Acl, conflicts: list[Conflict]) -> Acl:
    """Return what two exports of one ACL agree on. A direction that differs is unknown."""
    agreed: dict[str, tuple[AclRule, ...] | None] = {}
    for direction in ("ingress", "egress"):
        one, other = first.rules(direction), second.rules(direction)
        if one is None or other is None or _contents(one) == _contents(other):
            agreed[direction] = other if one is None else one
            continue
        agreed[direction] = None
        places = tuple(origin for acl in (first, second) if (origin := acl.origin) is not None)
        accounts = tuple(f"{len(entries)} {direction} entries" for entries in (one, other))
        conflicts.append(Conflict(f"network ACL {first.id}", places, accounts))
    return replace(first, **agreed)  # type: ignore[arg-type]


def _contents(entries: Sequence[AclRule]) -> list[AclRule]:
    return [replace(entry, origin=None) for entry in entries]


def _rules(
    answer: ApiAnswer[NetworkAclAttributes],
    acl: str,
    direction: Direction,
    entries: Sequence[AclEntryAnswer] | None,
    prefix_lists: Mapping[str, Ranges],
) -> tuple[AclRule, ...] | None:
    if entries is None:
        return None
    key = "IngressAclEntries" if direction == "ingress" else "EgressAclEntries"
    lines = answer.lines("NetworkAclAttribute", key)
    numbered = enumerate(zip(entries, lines, strict=True), 1)
    return tuple(
        _rule(entry, acl, direction, Origin(answer.file, line, f"{direction} entry {number}"), prefix_lists)
        for number, (entry, line) in numbered
    )


def _rule(
    entry: AclEntryAnswer, acl: str, direction: Direction, origin: Origin, prefix_lists: Mapping[str, Ranges]
) -> AclRule:
    party = entry.source_cidr_ip if direction == "ingress" else entry.destination_cidr_ip
    try:
        return AclRule(
            id=entry.network_acl_entry_id or origin.key or "",
            acl=acl,
            direction=direction,
            accept=_policy(entry.policy),
            protocol=protocol_of(entry.protocol),
            ports=port_ranges(entry.port or "-1/-1"),
            party=_party(party, prefix_lists),
            origin=origin,
            name=entry.network_acl_entry_name,
            description=entry.description,
            list=party if party.startswith(PREFIX_LIST) else None,
            custom=entry.entry_type.strip().lower() in ("", "custom"),
        )
    except ValueError as error:
        found, _, expected = str(error).removeprefix("found ").partition(", expected ")
        raise CaseError(origin.file, origin.line, found, expected or "something like 192.168.10.0/24") from None


def _policy(text: str) -> bool:
    match text.strip().lower():
        case "accept":
            return True
        case "drop":
            return False
    raise ValueError(f"found Policy {text!r}, expected accept or drop")


def _party(text: str, prefix_lists: Mapping[str, Ranges]) -> Ranges | Unresolved:
    """Return the block of a CIDR, or of the id of a prefix list."""
    if text.startswith(PREFIX_LIST):
        known = prefix_lists.get(text)
        return Unresolved("prefix list", text) if known is None else known
    return (parse(text),)
