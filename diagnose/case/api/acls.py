"""Which entries do the network ACLs of a case have? In the order of the answer, which decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagnose.case.api.answers import AclEntryAnswer, NetworkAclAttributes
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.odd import odd
from diagnose.case.api.permissions import port_ranges, protocol_of, readable
from diagnose.case.errors import ValueMisreadError, misread
from diagnose.case.faults import Conflict
from diagnose.case.model import Skipped
from probes.addresses import EVERYWHERE, Ranges, parse
from probes.frozen import replace
from probes.language import marked, tr
from probes.origin import Origin
from probes.rules.decision import Direction
from probes.rules.group_rule import Unresolved
from probes.rules.network_acl import Acl, AclRule
from probes.rules.ruleset import ANY_PORT

SETTLED = frozenset({"", "available"})
"""Status, in lower case, of an ACL whose entries hold. The other one is Modifying.

UpdateNetworkAclEntries returns before the entries hold
(https://www.alibabacloud.com/help/en/vpc/developer-reference/api-vpc-2016-04-28-updatenetworkaclentries,
2026-11-30).
"""

PREFIX_LIST = "pl-"
"""How the id of a prefix list begins."""


def network_acls(
    answers: ApiAnswers, prefix_lists: Mapping[str, Ranges], conflicts: list[Conflict], skipped: list[Skipped]
) -> dict[str, Acl]:
    """Return the network ACLs by id. An entry that cannot be read is in doubt.

    The entries of an ACL that changes at the moment are unknown, whatever another answer says.
    """
    found: dict[str, Acl] = {}
    changing: dict[str, Acl] = {}
    for answer in answers.of(NetworkAclAttributes):
        value = answer.value.network_acl_attribute
        ident, origin = value.network_acl_id, answer.origin("NetworkAclAttribute")
        if value.status.strip().lower() in SETTLED:
            acl = Acl(
                id=ident,
                ingress=_rules(answer, ident, "ingress", value.ingress_acl_entries, prefix_lists, skipped),
                egress=_rules(answer, ident, "egress", value.egress_acl_entries, prefix_lists, skipped),
                origin=origin,
            )
        else:
            acl = changing[ident] = Acl(ident, origin=origin)
            skipped.append(_changing(ident, value.status, origin))
        found[ident] = _agreed(found[ident], acl, conflicts) if ident in found else acl
    return found | changing


def _changing(acl: str, status: str, origin: Origin) -> Skipped:
    """Return that the entries of an ACL change at the moment, so none of them is known to hold."""
    cause = tr("{place} says Status {status}: its entries change", place=f"{origin.file}:{origin.line}", status=status)
    needs = tr("vpc:DescribeNetworkAclAttributes of {acl} again, once its Status is Available", acl=acl)
    return Skipped(tr("network ACL {acl}", acl=acl), cause, needs)


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
        accounts = tuple(
            tr("{count} {direction} entries", count=len(entries), direction=direction) for entries in (one, other)
        )
        conflicts.append(Conflict(tr("network ACL {acl}", acl=first.id), places, accounts))
    return replace(first, **agreed)  # type: ignore[arg-type]


def _contents(entries: Sequence[AclRule]) -> list[AclRule]:
    """Return the entries without what may change and leaves them the same."""
    return [replace(entry, origin=None, name="", description="") for entry in entries]


def _rules(
    answer: ApiAnswer[NetworkAclAttributes],
    acl: str,
    direction: Direction,
    entries: Sequence[AclEntryAnswer] | None,
    prefix_lists: Mapping[str, Ranges],
    skipped: list[Skipped],
) -> tuple[AclRule, ...] | None:
    if entries is None:
        return None
    key = "IngressAclEntries" if direction == "ingress" else "EgressAclEntries"
    lines = answer.lines("NetworkAclAttribute", key)
    rules: list[AclRule] = []
    for number, (entry, line) in enumerate(zip(entries, lines, strict=True), 1):
        origin = Origin(answer.file, line, f"{direction} entry {number}")
        try:
            rules.append(_rule(entry, acl, direction, origin, prefix_lists))
        except ValueError as error:
            unread = misread(origin.file, origin.line, error, tr("something like 192.168.10.0/24"))
            rules += _unreadable(entry, acl, direction, origin, prefix_lists)
            skipped.append(
                odd(tr("{direction} entry {number} of {acl}", direction=direction, number=number, acl=acl), unread)
            )
    return tuple(rules)


def _rule(
    entry: AclEntryAnswer, acl: str, direction: Direction, origin: Origin, prefix_lists: Mapping[str, Ranges]
) -> AclRule:
    party = _party_text(entry, direction)
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


def _unreadable(
    entry: AclEntryAnswer, acl: str, direction: Direction, origin: Origin, prefix_lists: Mapping[str, Ranges]
) -> list[AclRule]:
    """Return an entry with a field that cannot be what it says as all that it may be."""
    ident = entry.network_acl_entry_id or origin.key or ""
    policy = readable(lambda: _policy(entry.policy), None)
    anywhere: Ranges | Unresolved = EVERYWHERE
    return [
        AclRule(
            id=ident,
            acl=acl,
            direction=direction,
            accept=accept,
            protocol=readable(lambda: protocol_of(entry.protocol), None),
            ports=readable(lambda: port_ranges(entry.port or "-1/-1"), ANY_PORT),
            party=readable(lambda: _party(_party_text(entry, direction), prefix_lists), anywhere),
            origin=origin,
            doubt=tr(
                "entry {entry} of {acl}, which cannot be read ({place})",
                entry=ident,
                acl=acl,
                place=f"{origin.file}:{origin.line}",
            ),
        )
        for accept in ((True, False) if policy is None else (policy,))
    ]


def _party_text(entry: AclEntryAnswer, direction: Direction) -> str:
    return entry.source_cidr_ip if direction == "ingress" else entry.destination_cidr_ip


def _policy(text: str) -> bool:
    match text.strip().lower():
        case "accept":
            return True
        case "drop":
            return False
    raise ValueMisreadError(f"Policy {text!r}", tr("accept or drop"))


def _party(text: str, prefix_lists: Mapping[str, Ranges]) -> Ranges | Unresolved:
    """Return the block of a CIDR, or of the id of a prefix list."""
    if text.startswith(PREFIX_LIST):
        known = prefix_lists.get(text)
        return Unresolved(marked("prefix list"), text) if known is None else known
    return (parse(text),)
