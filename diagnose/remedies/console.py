"""How is the repair said in words: what to click in the ECS console, which line of which file to
change?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import assert_never

from diagnose.output.clean import clean
from diagnose.output.line_words import line_words
from diagnose.output.sentences import sentences, with_stop
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
from probes.language import marked, tr

SIDES: Mapping[Direction, str] = {"ingress": marked("Inbound"), "egress": marked("Outbound")}

RULES: Mapping[Direction, str] = {
    "ingress": marked(
        "Action Allow, Priority {priority}, Protocol Custom {protocol}, Source (访问来源) {peer}, "
        "Destination (Current Instance) (访问目的（本实例）) port {ports}; save."
    ),
    "egress": marked(
        "Action Allow, Priority {priority}, Protocol Custom {protocol}, Destination (访问目的) {peer}, "
        "port {ports}; save."
    ),
}
"""Fields of the form: which takes the block at the other end, and which the port. The English
sentences have the names of both consoles."""

FILES: Mapping[ConfigFile, str] = {"krb5.conf": "krb5.conf", "hadoop-conf": marked("Hadoop configuration")}

SLIP = marked(
    "The vSwitch block belongs in Source (访问来源; older consoles: Authorization Object). The DataWorks "
    "registration page says “Set Destination”: the field of that name in the form takes the port."
)


def steps(rules: Sequence[SuggestedRule], edits: Sequence[Edit], region: str | None) -> list[str]:
    """Return one or two sentences for each thing to do, in order: rules of one option, then its
    edits."""
    lines: list[str] = []
    for (group, direction), same in groupby(rules, key=lambda rule: (rule.security_group_id, rule.direction)):
        template = (
            marked(
                "ECS console, region {region}: open Security Groups, then {group}, "
                "and on the {side} tab choose Add Rule."
            )
            if region
            else marked("ECS console: open Security Groups, then {group}, and on the {side} tab choose Add Rule.")
        )
        values = {"region": clean(region)} if region else {}
        lines.append(tr(template, group=clean(group), side=tr(SIDES[direction]), **values))
        lines += [_rule(rule) for rule in same]
    if any(rule.direction == "ingress" for rule in rules):
        lines.append(tr(SLIP))
    return lines + [edit_words(edit) for edit in edits]


def emit(rules: Sequence[SuggestedRule], edits: Sequence[Edit], region: str | None) -> str:
    """Return `steps`, numbered, one a line. Return "" if there is nothing to do."""
    return "".join(f"{number}. {step}\n" for number, step in enumerate(steps(rules, edits, region), 1))


def edit_words(edit: Edit) -> str:
    """Return 'Remove security group rule sgr-1 (now: drop …). It is tried before the rule that
    accepts.'"""
    why = clean(suggested(edit).why).rstrip(".。")
    return sentences([with_stop(what_to_do(edit)), with_stop(why[0].upper() + why[1:])])


def what_to_do(edit: Edit) -> str:
    """Return the same without why it helps, and without the full stop."""
    entry = suggested(edit)
    ident, old, new = clean(entry.id), clean(entry.before or ""), clean(entry.after or "")
    match edit:
        case RuleEdit():
            return _of_rule(edit, ident, old, new)
        case FurtherGroup():
            return tr("Create security group {group}: {new}", group=ident, new=new)
        case ServiceStart():
            return tr("Start service {service}", service=ident)
        case RouteEdit():
            return _of_route(ident, old, new)
        case Rebinding():
            return _now(tr("Bind resource group {group} to {new}", group=ident, new=new), old)
        case HostsEdit():
            return _now(tr("In /etc/hosts of the resource group and the nodes, or a PrivateZone: {new}", new=new), old)
        case AclEdit():
            return _now(tr("In network ACL {acl} set {new}", acl=ident, new=new), old)
        case LinesEdit():
            words = line_words(edit.file, edit.line, edit.before, edit.after)
            return words[0].upper() + words[1:]
        case FileEdit():
            is_named = ident.startswith(edit.object)
            place = ident if is_named else tr("{file}, {place}", file=tr(FILES[edit.object]), place=ident)
            if edit.after is None:
                return _now(tr("In {place} delete this key", place=place), old)
            return _now(tr("In {place} set {new}", place=place, new=new), old)
        case _:
            assert_never(edit)


def _of_route(table: str, old: str, new: str) -> str:
    if old:
        return tr("To route table {table} add the entry {new} instead of {old}", table=table, new=new, old=old)
    return tr("To route table {table} add the entry {new}", table=table, new=new)


def _of_rule(edit: RuleEdit, rule: str, old: str, new: str) -> str:
    if edit.action == "remove":
        return _now(tr("Remove security group rule {rule}", rule=rule), old)
    if edit.action == "narrow":
        return tr("Narrow security group rule {rule}: {old} becomes {new}", rule=rule, old=old, new=new)
    return tr("Change the priority of security group rule {rule}: {old} becomes {new}", rule=rule, old=old, new=new)


def _now(words: str, old: str) -> str:
    """Return what to do, and what the place says now if it says anything."""
    return tr("{what} (now: {old})", what=words, old=old) if old else words


def party(rule: SuggestedRule) -> str:
    """Return the block at the other end of a rule."""
    return clean(rule.peer or "0.0.0.0/0")


def _rule(rule: SuggestedRule) -> str:
    return tr(
        RULES[rule.direction],
        priority=rule.priority,
        protocol=rule.ip_protocol,
        peer=party(rule),
        ports=clean(rule.port_range),
    )
