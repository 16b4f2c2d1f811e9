"""What a suggested edit of a route table or a network ACL means to an API: its text, read back by a strict grammar, so that nothing else gets into a command.

An edit whose text does not fit (a protocol without a name, a block that is a list) has no fields, and the emitters then leave it in words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from diagnose.remedies.model import SuggestedEdit

_BLOCK = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/[0-9]{1,3}"
_ID = r"[A-Za-z0-9_-]{1,128}"
_ROUTE = re.compile(rf"(?P<block>{_BLOCK}) via (?P<type>[A-Za-z0-9]{{1,40}}) (?P<id>{_ID})")
_ENTRY = re.compile(
    r"[0-9]{1,3} (?P<policy>accept|drop) (?P<protocol>TCP|UDP|ICMP|ICMPv6|GRE|ALL) (?P<port>-1/-1|[0-9]{1,5}/[0-9]{1,5}) (?:from|to) "
    rf"(?:prefix list )?(?P<party>{_BLOCK}|pl-{_ID})(?: \[(?P<id>{_ID})\])?"
)


@dataclass(frozen=True, slots=True)
class RouteFields:
    table: str
    block: str
    hop_type: str
    hop_id: str


@dataclass(frozen=True, slots=True)
class AclFields:
    """direction: Ingress or Egress; entries: the whole new list in its order, each with the fields of UpdateNetworkAclEntries."""

    acl: str
    direction: str
    entries: tuple[Mapping[str, str], ...]


def route_fields(edit: SuggestedEdit) -> RouteFields | None:
    """Of an entry that is new. One that takes the place of another first has to be deleted, which is left in words."""
    found = _ROUTE.fullmatch(edit.after or "")
    if edit.object != "route" or edit.before is not None or found is None or re.fullmatch(_ID, edit.id) is None:
        return None
    return RouteFields(edit.id, found["block"], found["type"], found["id"])


def acl_fields(edit: SuggestedEdit) -> AclFields | None:
    acl, _, direction = edit.id.partition(" ")
    if edit.object != "network-acl" or direction not in ("ingress", "egress") or re.fullmatch(_ID, acl) is None:
        return None
    read = [_ENTRY.fullmatch(text) for text in (edit.after or "").split("; ")]
    party = "SourceCidrIp" if direction == "ingress" else "DestinationCidrIp"
    entries = tuple(_entry(found, party) for found in read if found is not None)
    return AclFields(acl, direction.capitalize(), entries) if len(entries) == len(read) else None


def _entry(found: re.Match[str], party: str) -> Mapping[str, str]:
    known = {"NetworkAclEntryId": found["id"]} if found["id"] else {}
    version = {"IpVersion": "IPV6"} if ":" in found["party"] else {}
    return {
        **known,
        "Policy": found["policy"],
        "Protocol": found["protocol"].lower(),
        "Port": found["port"],
        party: found["party"],
        **version,
        "EntryType": "custom",
    }
