"""Which fields of the VPC API do a new route and a new list of a network ACL have?

An edit that one call cannot make has no fields here. The emitters then leave it in words.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.output.clean import clean
from diagnose.remedies.model import AclEdit, AclEntry, Direction, Edit, RouteEdit

SIDES: Mapping[Direction, str] = {"ingress": "Ingress", "egress": "Egress"}
PEERS: Mapping[Direction, str] = {"ingress": "SourceCidrIp", "egress": "DestinationCidrIp"}


def route_fields(edit: Edit) -> Mapping[str, str] | None:
    """Return the fields of CreateRouteEntry. None if an entry of that block has to be deleted
    first."""
    if not isinstance(edit, RouteEdit) or edit.replaces is not None:
        return None
    return {
        "RouteTableId": clean(edit.table),
        "DestinationCidrBlock": clean(edit.destination),
        "NextHopType": clean(edit.hop_type),
        "NextHopId": clean(edit.hop),
    }


def acl_fields(edit: Edit) -> list[Mapping[str, str]] | None:
    """Return the fields of UpdateNetworkAclEntries, entry by entry. None if the API cannot take one
    of them."""
    if not isinstance(edit, AclEdit):
        return None
    fields = [_entry_fields(entry, edit.direction) for entry in edit.after]
    known = [entry for entry in fields if entry is not None]
    return known if known and len(known) == len(fields) else None


def _entry_fields(entry: AclEntry, direction: Direction) -> Mapping[str, str] | None:
    if entry.protocol is None or entry.port_range is None or entry.peer is None:
        return None
    optional = {
        "NetworkAclEntryId": entry.id or "",
        "NetworkAclEntryName": entry.name,
        "Description": entry.description,
    }
    return {
        **{name: clean(value) for name, value in optional.items() if value},
        "Policy": entry.policy,
        "Protocol": entry.protocol.lower(),
        "Port": entry.port_range,
        PEERS[direction]: clean(entry.peer),
        "IpVersion": "IPv6" if entry.is_ipv6 else "IPv4",
        "EntryType": "custom",
    }
