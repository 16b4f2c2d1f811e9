"""How is a typed edit said in the report?

The report says a change with an object, an id, the part that changes before and after, and a
reason. Nothing reads these words back: the emitters read the typed edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from diagnose.output.sentences import clauses, series
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
from probes.language import marked, tr

REASONS: Mapping[Reason, str] = {
    "no-ptr": marked("the address has no name, so Java asks for a ticket for the address"),
    "ptr-other": marked("clients ask for a ticket under the name that the address has"),
    "canonical-name": marked("the first name of the line is the canonical one, which replaces _HOST"),
    "refused-name": marked("a client of Hive 3 takes the first name of the line for the host, and Java refuses it"),
    "no-address": marked("the name does not resolve where the tasks run"),
    "stale-address": marked("the name leads to another machine"),
    "loopback-address": marked("the name leads to loopback"),
    "principal-name": marked("the service's principal has this name"),
    "libkrb5-name": marked("libkrb5 then asks for the service's own name"),
    "datanode-names": marked(
        "DataNodes answer under their names, and not at the addresses that the NameNode hands out"
    ),
    "kdc-port": marked("the KDC answers on that port"),
    "usual-kdc-port": marked("88 is the usual port of a KDC, and the rules let it through"),
    "usual-port": marked("that is the usual port of the service, and the rules let it through"),
    "service-port": marked("the service answers on that port"),
    "leads-nowhere": marked("no client gets to the service through the present value"),
    "leads-nowhere-unset": marked("no client gets to the service while no file sets it"),
    "name-rules": marked("Hadoop reads these rules, and they give the principals that are known here a name"),
    "acting-users": marked("the services let it act for these users alone"),
    "acting-hosts": marked("the services let it act for others from these addresses alone"),
    "renewer": marked("the ResourceManager renews the tokens of a job under its own principal"),
    "proxy-user": marked("beside a proxy user spark-submit takes no principal, and Spark takes no keytab without one"),
    "same-protection": marked("the cluster itself has this value"),
    "refused-value": marked("what reads it does not take the present value as it was meant"),
    "same-login": marked("the service answers that it wants this login"),
    "tcp-first": marked(
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
            what = tr("{service} on {host}", service=edit.service, host=edit.host)
            return "service", what, "start", "refused" if edit.is_refused else "not listening", "listening"
        case AclEdit():
            return "network-acl", _acl(edit), "set", _entries(edit.before), _entries(edit.after)
        case RouteEdit():
            entry = tr(
                "{destination} via {hop_type} {hop}", destination=edit.destination, hop_type=edit.hop_type, hop=edit.hop
            )
            return "route", edit.table, "set", edit.replaces, entry
        case Rebinding():
            group = edit.resource_group or tr("of this case")
            return "resource-group", group, "set", " ".join(edit.network), _vswitch(edit)
        case FileEdit():
            verb: EditAction = "set" if edit.after is not None else "remove"
            return edit.object, _file_place(edit), verb, *_file_values(edit)
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
            return tr(
                "no accept rule wins over a drop of priority {priority}, so this rule of {group} itself has to change",
                priority=edit.before.priority,
                group=edit.group,
            )
        case FurtherGroup():
            return tr(
                "no group on these interfaces takes a rule, and the rules of all groups of an interface count together"
            )
        case ServiceStart(is_refused=False):
            return tr("no socket of that host listens for it: start it, unless ss shows that it listens elsewhere")
        case ServiceStart():
            return tr("it refuses connections: start it, unless ss on that host shows that it listens elsewhere")
        case AclEdit():
            return tr("entries are tried in order, and the API replaces the whole list, so it has to be given complete")
        case RouteEdit(replaces=None):
            return tr("packets to that block have no way there")
        case RouteEdit():
            return tr("the entry of that block carries nothing")
        case Rebinding():
            return tr(
                "nothing connects the two VPCs, and inside one VPC no route is needed; "
                "after that, the cluster's security group has to let in the block of that vSwitch"
            )
        case LinesEdit():
            return tr("tried on the file: the clients then read it, and this finding is gone")
        case FileEdit() | HostsEdit():
            return tr(REASONS[edit.reason])
        case _:
            assert_never(edit)


def _acl(edit: AclEdit) -> str:
    if edit.direction == "ingress":
        return tr("{acl} ingress", acl=edit.acl)
    return tr("{acl} egress", acl=edit.acl)


def _vswitch(edit: Rebinding) -> str:
    if edit.vswitch:
        return tr("a vSwitch of {vpc}, for example {vswitch}", vpc=edit.vpc, vswitch=edit.vswitch)
    return tr("a vSwitch of {vpc}", vpc=edit.vpc)


def _file_place(edit: FileEdit) -> str:
    """Return where to set the value: 'krb5.conf:8 (kdc)', 'krb5.conf [libdefaults]', 'hdfs-site.xml
    KEY'."""
    if edit.section is not None:
        return f"{edit.file} [{edit.section}]" if edit.file is not None else f"[{edit.section}] {edit.key}"
    if edit.line is None and edit.object == "hadoop-conf":
        return f"{edit.file} {edit.key}"
    place = f"{edit.file}" if edit.line is None else f"{edit.file}:{edit.line}"
    return f"{place} ({edit.key})" if edit.key else place


def _file_values(edit: FileEdit) -> tuple[str | None, str | None]:
    """Return what the value says now and has to say. A setting of a section comes with its key."""
    if edit.section is None:
        return edit.before, edit.after
    before = None if edit.before is None else f"{edit.key} = {edit.before}"
    return before, f"{edit.key} = {edit.after}"


def _further_group(edit: FurtherGroup) -> str:
    """Return the whole group: type, VPC, rules and members."""
    where = tr("a basic group") if edit.type == "normal" else tr("an advanced group")
    if edit.vpc:
        where = tr("{kind} in {vpc}", kind=where, vpc=edit.vpc)
    rules = [
        tr(
            "accept {protocol} {ports} from {peer}, priority {priority}",
            protocol=rule.ip_protocol,
            ports=rule.port_range,
            peer=rule.source_cidr_ip,
            priority=rule.priority,
        )
        for rule in edit.rules
    ]
    return clauses([where, *rules, tr("joined by the interfaces of {nodes}", nodes=series(edit.nodes))])


def _rule_change(edit: RuleEdit) -> tuple[str, str | None]:
    """Return the part of a rule that changes, before and after."""
    old, new = edit.before, edit.after
    if new is None:
        return old.words, None
    if edit.action == "reprioritise":
        return (
            tr("priority {priority}", priority=old.priority),
            tr("priority {priority}", priority=new.priority),
        )
    if (new.port_ranges, new.port_list) != (old.port_ranges, old.port_list):
        return _ports(old), _ports(new)
    return _peer(old), _peer(new)


def _ports(rule: RuleFields) -> str:
    if rule.port_list is not None:
        return tr("port list {name}", name=rule.port_list)
    return tr("port range {ports}", ports=series(rule.port_ranges))


def _peer(rule: RuleFields) -> str:
    if rule.peer_list is not None:
        return tr("source prefix list {name}", name=rule.peer_list)
    return tr("source {peers}", peers=series(rule.peers))


def _entries(entries: Sequence[AclEntry]) -> str:
    """Return all entries in order, each with its number and, if it exists, its id."""
    texts = (f"{entry.words} [{entry.id}]" if entry.id else entry.words for entry in entries)
    return clauses(f"{number} {text}" for number, text in enumerate(texts, 1)) or tr("no entries")
