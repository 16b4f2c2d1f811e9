"""How is a typed edit said in the report?

The report says a change with an object, an id, the part that changes before and after, and a
reason. Nothing reads these words back: the emitters read the typed edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from diagnose.remedies.model import (
    AclEdit,
    AclEntry,
    Edit,
    EditAction,
    EditObject,
    FileEdit,
    FurtherGroup,
    HostsEdit,
    LinesEdit,
    Reason,
    Rebinding,
    RouteEdit,
    RuleEdit,
    RuleFields,
    ServiceStart,
    SuggestedEdit,
)

REASONS: Mapping[Reason, str] = {
    "no-ptr": "the address has no name, so Java asks for a ticket for the address",
    "ptr-other": "clients ask for a ticket under the name that the address has",
    "canonical-name": "the first name of the line is the canonical one, which replaces _HOST",
    "no-address": "the name does not resolve where the tasks run",
    "stale-address": "the name leads to another machine",
    "loopback-address": "the name leads to loopback",
    "principal-name": "the service's principal has this name",
    "libkrb5-name": "libkrb5 then asks for the service's own name",
    "datanode-names": "DataNodes answer under their names, and not at the addresses that the NameNode hands out",
    "kdc-port": "the KDC answers on that port",
    "service-port": "the service answers on that port",
    "leads-nowhere": "no client gets to the service through the present value",
    "tcp-first": (
        "clients then use TCP at once and need no UDP rule; set it in the krb5.conf of every client, "
        "on the cluster's nodes and in the resource group, then initialize the resource group again"
    ),
}


def suggested(edit: Edit) -> SuggestedEdit:
    """Return the entry of `suggested_edits` in the JSON report that says this edit."""
    kind, ident, action, before, after = _parts(edit)
    return SuggestedEdit(edit.finding, edit.option, kind, ident, action, before, after, _why(edit), edit.fixes)


def _parts(edit: Edit) -> tuple[EditObject, str, EditAction, str | None, str | None]:
    """Return object, id, action, and the part that changes before and after."""
    match edit:
        case RuleEdit():
            return "security-group-rule", edit.rule, edit.action, *_rule_change(edit)
        case FurtherGroup():
            return "security-group", edit.name, "add", None, _further_group(edit)
        case ServiceStart():
            return "service", f"{edit.service} on {edit.host}", "start", "refused", "listening"
        case AclEdit():
            return "network-acl", f"{edit.acl} {edit.direction}", "set", _entries(edit.before), _entries(edit.after)
        case RouteEdit():
            entry = f"{edit.destination} via {edit.hop_type} {edit.hop}"
            return "route", edit.table, "set", edit.replaces, entry
        case Rebinding():
            vswitch = f"a vSwitch of {edit.vpc}" + (f", for example {edit.vswitch}" if edit.vswitch else "")
            return "resource-group", edit.resource_group or "of this case", "set", " ".join(edit.network), vswitch
        case FileEdit():
            return edit.object, _file_place(edit), "set", *_file_values(edit)
        case LinesEdit():
            action: EditAction = "replace" if edit.before and edit.after else "remove" if edit.before else "add"
            old, new = ("\n".join(lines) or None for lines in (edit.before, edit.after))
            return "krb5.conf", f"{edit.file}:{edit.line}", action, old, new
        case HostsEdit():
            return "hosts", edit.host, "set", edit.before, edit.after
        case _:
            assert_never(edit)


def _why(edit: Edit) -> str:
    """Return the reason of an edit as one clause."""
    match edit:
        case RuleEdit():
            return (
                f"no accept rule wins over a drop of priority {edit.before.priority}, "
                f"so this rule of {edit.group} itself has to change"
            )
        case FurtherGroup():
            return (
                "no group on these interfaces takes a rule, and the rules of all groups of an interface count together"
            )
        case ServiceStart():
            return "it refuses connections: start it, unless ss on that host shows that it listens elsewhere"
        case AclEdit():
            return "entries are tried in order, and the API replaces the whole list, so it has to be given complete"
        case RouteEdit(replaces=None):
            return "packets to that block have no way there"
        case RouteEdit():
            return "the entry of that block carries nothing"
        case Rebinding():
            return (
                "nothing connects the two VPCs, and inside one VPC no route is needed; "
                "after that, the cluster's security group has to let in the block of that vSwitch"
            )
        case LinesEdit():
            return "tried on the file: the clients then read it, and this finding is gone"
        case FileEdit() | HostsEdit():
            return REASONS[edit.reason]
        case _:
            assert_never(edit)


def _file_place(edit: FileEdit) -> str:
    """Return where to set the value: 'krb5.conf:8 (kdc)', 'krb5.conf [libdefaults]', 'hdfs-site.xml
    KEY'."""
    if edit.section is not None:
        return f"{edit.file} [{edit.section}]" if edit.file is not None else f"[{edit.section}] {edit.key}"
    if edit.line is None and edit.object == "hadoop-conf":
        return f"{edit.file} {edit.key}"
    place = f"{edit.file}" if edit.line is None else f"{edit.file}:{edit.line}"
    return f"{place} ({edit.key})" if edit.key else place


def _file_values(edit: FileEdit) -> tuple[str | None, str]:
    """Return what the value says now and has to say. A setting of a section comes with its key."""
    if edit.section is None:
        return edit.before, edit.after
    before = None if edit.before is None else f"{edit.key} = {edit.before}"
    return before, f"{edit.key} = {edit.after}"


def _further_group(edit: FurtherGroup) -> str:
    """Return the whole group: type, VPC, rules and members."""
    kind = "a basic group" if edit.type == "normal" else "an enterprise group"
    where = f"{kind} in {edit.vpc}" if edit.vpc else kind
    rules = (
        f"accept {rule.ip_protocol} {rule.port_range} from {rule.source_cidr_ip}, priority {rule.priority}"
        for rule in edit.rules
    )
    return f"{where}; {'; '.join(rules)}; joined by the interfaces of {', '.join(edit.nodes)}"


def _rule_change(edit: RuleEdit) -> tuple[str, str | None]:
    """Return the part of a rule that changes, before and after."""
    old, new = edit.before, edit.after
    if new is None:
        return old.words, None
    if edit.action == "reprioritise":
        return f"priority {old.priority}", f"priority {new.priority}"
    if (new.port_ranges, new.port_list) != (old.port_ranges, old.port_list):
        return _ports(old), _ports(new)
    return _peer(old), _peer(new)


def _ports(rule: RuleFields) -> str:
    return f"port range {', '.join(rule.port_ranges)}" if rule.port_list is None else f"port list {rule.port_list}"


def _peer(rule: RuleFields) -> str:
    return f"source {', '.join(rule.peers)}" if rule.peer_list is None else f"source prefix list {rule.peer_list}"


def _entries(entries: Sequence[AclEntry]) -> str:
    """Return all entries in order, each with its number and, if it exists, its id."""
    texts = (f"{entry.words} [{entry.id}]" if entry.id else entry.words for entry in entries)
    return "; ".join(f"{number} {text}" for number, text in enumerate(texts, 1)) or "no entries"
