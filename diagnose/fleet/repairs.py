"""What kind of change is a repair? Repairs of one kind are counted together over all clusters."""

from __future__ import annotations

from typing import assert_never

from diagnose.remedies.model import (
    AclEdit,
    Direction,
    Edit,
    EditAction,
    EditObject,
    FileEdit,
    FurtherGroup,
    HostsEdit,
    LinesEdit,
    Rebinding,
    RouteEdit,
    RuleEdit,
    ServiceStart,
    SuggestedRule,
)
from diagnose.remedies.wording import suggested
from probes.frozen import frozen

MOST_LETTERS = 200
"""Most characters of a detail. A key of a file may be longer."""


@frozen
class ChangeKind:
    """What a change has in common with those of other clusters."""

    action: EditAction
    """What to do."""
    object: EditObject
    """With what kind of thing."""
    direction: Direction | None = None
    """Side of a rule or of a network ACL. None for any other change."""
    detail: str = ""
    """Ports, route, setting or service. "" if each cluster has its own."""


def kind_of(change: SuggestedRule | Edit) -> ChangeKind:
    """Return the kind of a change. Ids, hosts and values are no part of it."""
    if isinstance(change, SuggestedRule):
        ports = f"{change.ip_protocol} {change.port_range}"
        return ChangeKind("add", "security-group-rule", change.direction, ports)
    words = suggested(change)
    direction, detail = _details(change)
    return ChangeKind(words.action, words.object, direction, detail[:MOST_LETTERS])


def _details(edit: Edit) -> tuple[Direction | None, str]:
    """Return direction and detail of an edit."""
    match edit:
        case RuleEdit():
            rule = edit.before
            return edit.direction, " ".join([rule.protocol, ", ".join(rule.port_ranges)]).rstrip()
        case AclEdit():
            return edit.direction, ""
        case RouteEdit():
            return None, f"{edit.destination} -> {edit.hop_type}"
        case FileEdit():
            section = "" if edit.section is None else f"[{edit.section}]"
            return None, " ".join(filter(None, (section, edit.key)))
        case ServiceStart():
            return None, edit.service
        case FurtherGroup() | Rebinding() | LinesEdit() | HostsEdit():
            return None, ""
        case _:
            assert_never(edit)
