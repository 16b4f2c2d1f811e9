"""The repair in words: what to click in the ECS console, and which line of which file to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Literal

from diagnose.output.clean import clean
from diagnose.remedies.model import SuggestedEdit, SuggestedRule

SIDES = {"ingress": "Inbound", "egress": "Outbound"}
PARTIES = {"ingress": "Source", "egress": "Destination"}

EditObject = Literal[
    "security-group-rule", "network-acl", "krb5.conf", "hadoop-conf", "hosts", "service", "route", "resource-group"
]
OBJECTS: Mapping[EditObject, str] = {
    "security-group-rule": "security group rule",
    "network-acl": "network ACL",
    "krb5.conf": "krb5.conf,",
    "hadoop-conf": "Hadoop configuration,",
    "hosts": "hosts file,",
    "service": "service",
    "route": "route table",
    "resource-group": "resource group",
}
SLIP = (
    "The vSwitch block belongs in Source (older consoles: Authorization Object). The DataWorks registration page says "
    "Destination; it means the source."
)


def steps(rules: Sequence[SuggestedRule], edits: Sequence[SuggestedEdit], region: str | None) -> list[str]:
    """One sentence or two for each thing to do, in the order in which to do it: rules of one option, then its edits."""
    told: list[str] = []
    for (group, direction), same in groupby(rules, key=lambda rule: (rule.security_group_id, rule.direction)):
        where = f", region {clean(region)}" if region else ""
        told.append(
            f"ECS console{where}: open Security Groups, then {clean(group)}, and on the {SIDES[direction]} tab add a rule by hand."
        )
        told += [_rule(rule) for rule in same]
    if any(rule.direction == "ingress" for rule in rules):
        told.append(SLIP)
    return told + [edit_words(edit) for edit in edits]


def emit(rules: Sequence[SuggestedRule], edits: Sequence[SuggestedEdit], region: str | None) -> str:
    """`steps`, numbered, one a line; empty where there is nothing to do."""
    return "".join(f"{number}. {step}\n" for number, step in enumerate(steps(rules, edits, region), 1))


def edit_words(edit: SuggestedEdit) -> str:
    """ "Remove security group rule sgr-1 (drop, priority 1 …). It is tried before the rule that accepts." """
    ident = clean(edit.id)
    what = ident if ident.startswith(edit.object) else f"{OBJECTS[edit.object]} {ident}"
    old = f" (now: {clean(edit.before)})" if edit.before else ""
    match edit.action:
        case "remove":
            done = f"Remove {what}{old}"
        case "start":
            done = f"Start {what}"
        case "narrow":
            done = f"Narrow {what}{_from_to(edit)}"
        case "reprioritise":
            done = f"Change the priority of {what}{_from_to(edit)}"
        case "set" if edit.object == "route":
            done = (
                f"To {what} add the entry {clean(edit.after or '')}{old and ' instead of ' + clean(edit.before or '')}"
            )
        case "set" if edit.object == "resource-group":
            done = f"Bind {what} to {clean(edit.after or '')}{old}"
        case "set" if edit.object == "hosts":
            done = (
                f"In /etc/hosts of the resource group and the nodes, or a PrivateZone: {clean(edit.after or '')}{old}"
            )
        case "set":
            done = f"In {what} set {clean(edit.after or '')}{old}"
    why = clean(edit.why).rstrip(".")
    return f"{done}. {why[0].upper()}{why[1:]}." if why else f"{done}."


def party(rule: SuggestedRule) -> str:
    """The other end that a rule names, as an address block."""
    named = rule.source_cidr_ip if rule.direction == "ingress" else rule.dest_cidr_ip
    return clean(named or "0.0.0.0/0")


def _rule(rule: SuggestedRule) -> str:
    return (
        f"Action Allow, priority {rule.priority}, protocol Custom {rule.ip_protocol}, port range {clean(rule.port_range)}, "
        f"{PARTIES[rule.direction]} {party(rule)}; save."
    )


def _from_to(edit: SuggestedEdit) -> str:
    old, new = clean(edit.before or ""), clean(edit.after or "")
    return f": {old} becomes {new}" if old and new else f" to {new}" if new else ""
