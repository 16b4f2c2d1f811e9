"""How is the repair said in words: what to click in the ECS console, which line of which file to
change?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import assert_never

from diagnose.output.clean import clean
from diagnose.output.line_words import line_words
from diagnose.remedies.model import (
    AclEdit,
    ConfigFile,
    Direction,
    Edit,
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

SIDES: Mapping[Direction, str] = {"ingress": "Inbound", "egress": "Outbound"}
PARTIES: Mapping[Direction, str] = {"ingress": "Source (访问来源)", "egress": "Destination (访问目的)"}
"""Field of the form that takes the block at the other end, as both languages of the console name
it."""

PORTS: Mapping[Direction, str] = {
    "ingress": "Destination (Current Instance) (访问目的（本实例）)",
    "egress": "Destination (访问目的)",
}
"""Field of the form that takes the port."""

FILES: Mapping[ConfigFile, str] = {"krb5.conf": "krb5.conf", "hadoop-conf": "Hadoop configuration"}

SLIP = (
    "The vSwitch block belongs in Source (访问来源; older consoles: Authorization Object). The DataWorks "
    "registration page says “Set Destination”: the field of that name in the form takes the port."
)


def steps(rules: Sequence[SuggestedRule], edits: Sequence[Edit], region: str | None) -> list[str]:
    """Return one or two sentences for each thing to do, in order: rules of one option, then its
    edits."""
    lines: list[str] = []
    for (group, direction), same in groupby(rules, key=lambda rule: (rule.security_group_id, rule.direction)):
        where = f", region {clean(region)}" if region else ""
        lines.append(
            f"ECS console{where}: open Security Groups, then {clean(group)}, "
            f"and on the {SIDES[direction]} tab choose Add Rule."
        )
        lines += [_rule(rule) for rule in same]
    if any(rule.direction == "ingress" for rule in rules):
        lines.append(SLIP)
    return lines + [edit_words(edit) for edit in edits]


def emit(rules: Sequence[SuggestedRule], edits: Sequence[Edit], region: str | None) -> str:
    """Return `steps`, numbered, one a line. Return "" if there is nothing to do."""
    return "".join(f"{number}. {step}\n" for number, step in enumerate(steps(rules, edits, region), 1))


def edit_words(edit: Edit) -> str:
    """Return 'Remove security group rule sgr-1 (now: drop …). It is tried before the rule that
    accepts.'"""
    why = clean(suggested(edit).why).rstrip(".")
    return f"{what_to_do(edit)}. {why[0].upper()}{why[1:]}."


def what_to_do(edit: Edit) -> str:
    """Return the same without why it helps, and without the full stop."""
    entry = suggested(edit)
    ident, new = clean(entry.id), clean(entry.after or "")
    old = f" (now: {clean(entry.before)})" if entry.before else ""
    match edit:
        case RuleEdit(action="remove"):
            return f"Remove security group rule {ident}{old}"
        case RuleEdit(action="narrow"):
            return f"Narrow security group rule {ident}: {clean(entry.before or '')} becomes {new}"
        case RuleEdit():
            return f"Change the priority of security group rule {ident}: {clean(entry.before or '')} becomes {new}"
        case FurtherGroup():
            return f"Create security group {ident}: {new}"
        case ServiceStart():
            return f"Start service {ident}"
        case RouteEdit():
            instead = f" instead of {clean(entry.before)}" if entry.before else ""
            return f"To route table {ident} add the entry {new}{instead}"
        case Rebinding():
            return f"Bind resource group {ident} to {new}{old}"
        case HostsEdit():
            return f"In /etc/hosts of the resource group and the nodes, or a PrivateZone: {new}{old}"
        case AclEdit():
            return f"In network ACL {ident} set {new}{old}"
        case LinesEdit():
            words = line_words(edit.file, edit.line, edit.before, edit.after)
            return words[0].upper() + words[1:]
        case FileEdit():
            place = ident if ident.startswith(edit.object) else f"{FILES[edit.object]}, {ident}"
            return f"In {place} set {new}{old}"
        case _:
            assert_never(edit)


def party(rule: SuggestedRule) -> str:
    """Return the block at the other end of a rule."""
    block = rule.source_cidr_ip if rule.direction == "ingress" else rule.dest_cidr_ip
    return clean(block or "0.0.0.0/0")


def _rule(rule: SuggestedRule) -> str:
    end, ports = PARTIES[rule.direction], PORTS[rule.direction]
    where = f"{end} {party(rule)}, {ports} port {clean(rule.port_range)}"
    if ports == end:
        where = f"{end} {party(rule)}, port {clean(rule.port_range)}"
    return f"Action Allow, Priority {rule.priority}, Protocol Custom {rule.ip_protocol}, {where}; save."
