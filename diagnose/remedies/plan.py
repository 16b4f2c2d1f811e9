"""Which repairs does the report suggest?

Rules and changes of rules come from the model, and each other cause has its own edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from diagnose.decisions.model import Model
from diagnose.findings import Blame
from diagnose.flows.model import Flow
from diagnose.remedies import edits, rules
from diagnose.remedies.acls import acl_edit, changed_lists
from diagnose.remedies.edits import Option
from diagnose.remedies.model import RECOMMENDED, Edit, FileEdit, HostsEdit, ServiceStart, SuggestedRule
from diagnose.remedies.names import name_edit
from diagnose.remedies.routes import rebindings, route_edits
from diagnose.remedies.settings import setting_edits
from diagnose.scene.scene import Scene
from probes.addresses import cidrs, covers
from probes.files.krb5conf.mit import libdefault
from probes.rules.group_rule import UDP, Rule, describe

NOT_BY_RULES = frozenset({"SG-UNRESOLVED", "SG-INTRA", "SG-CTRL"})
"""Codes of security groups that no rule repairs."""

MOST_NAMED = 4
"""Rules that one sentence names."""

MOST_DESCRIPTION = 512
"""Characters that a security group keeps as the description of a rule."""

UDP_LIMIT = "udp_preference_limit"

_BY_HAND = (
    "Every change of rules that lets the resource group in would also let in other traffic, or stop some: the rules "
    "that drop these packets also guard it. Decide by hand which traffic may pass."
)

OneLine = FileEdit | HostsEdit | ServiceStart


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All repairs of one diagnosis."""

    rules: tuple[SuggestedRule, ...] = ()
    """Rules to add, option 1 first."""
    edits: tuple[Edit, ...] = ()
    """Everything else to change."""
    notes: tuple[str, ...] = ()
    """Why no rule is suggested although a security group is the cause, in sentences."""


def suggest(scene: Scene, blames: Sequence[Blame]) -> Suggestions:
    """Return the repairs. Option 1 repairs every required flow or, if none is broken, the
    conditional ones."""
    sure = [blame for blame in blames if blame.confidence != "inferred"]
    by_rules = _required_first([b for b in sure if is_by_rules(b.code)])
    flows = _flows(by_rules)
    options = list(enumerate(edits.options(scene.model, flows) if flows else [], RECOMMENDED))
    notes = () if options or not flows else (_why_no_rule(scene, flows),)
    added = [rule for number, option in options for rule in _rules(scene.model, option, number, flows)]
    changes: list[Edit] = [
        edits.rule_edit(change, number, flows) for number, option in options for change in option.changes
    ]
    by_lists = _required_first([b for b in blames if b.code in ("NACL-IN", "NACL-RETURN", "NACL-EPHEMERAL")])
    changes += map(acl_edit, changed_lists(scene.model, _flows(by_lists)))
    by_routes = _required_first([b for b in sure if b.code in ("NET-ROUTE", "RET-ROUTE")])
    changes += route_edits(scene.model, _flows(by_routes))
    by_vpc = _required_first([b for b in sure if b.code == "NET-WRONG-VPC"])
    changes += rebindings(scene.model, _flows(by_vpc))
    changes += _one_line_edits(_required_first([b for b in sure if not is_by_rules(b.code)]))
    changes += setting_edits(scene)
    changes += _client_edit(scene, sure, number=len(options) + 1)
    return Suggestions(tuple(added), tuple(changes), notes)


def is_by_rules(code: str) -> bool:
    """Return True if rules of security groups repair what this code names."""
    return (code.startswith("SG-") and code not in NOT_BY_RULES) or code == "RUN-CALLBACK"


def _required_first(blames: list[Blame]) -> list[Blame]:
    """Return the blames of required flows, or all of them if there is none."""
    required = [blame for blame in blames if blame.flow.need == "required"]
    return required or blames


def _flows(blames: Iterable[Blame]) -> list[Flow]:
    return list(dict.fromkeys(blame.flow for blame in blames))


def _why_no_rule(scene: Scene, flows: Sequence[Flow]) -> str:
    """Return why no rule is suggested: the group takes none, or a drop of priority 1 also guards
    other traffic."""
    wanted = rules.wishes(scene.model, flows)
    needs: dict[str, set[tuple[object, ...]]] = {}
    for wish in wanted:
        for ident in wish.groups:
            needs.setdefault(ident, set()).add((wish.direction, wish.protocol, wish.ports, wish.block))
    closed = []
    for ident, missing in needs.items():
        group, room = scene.model.group(ident), max(0, rules.room(scene.model.group(ident)))
        if group.managed_by:
            service = f"cloud service {group.managed_by}" if group.managed_by.isdigit() else group.managed_by
            closed.append(f"{ident} is managed by {service}")
        elif room < len(missing):
            closed.append(f"{ident} has room for {room} more of {rules.MOST_RULES} rules")
    if closed:
        return (
            f"The rules cannot be added: {'; '.join(closed)}. "
            "Change the rules there, or put the interfaces into one more group."
        )
    if any(wish.direction == "egress" for wish in wanted):
        drops = edits.outbound_drops(scene.model, flows)
        named = ", ".join(f"{rule.id} in {rule.group} ({describe(rule)})" for rule in drops[:MOST_NAMED])
        return (
            f"No accept rule wins over an outbound drop of priority 1. Remove or narrow {named}." if named else _BY_HAND
        )
    return _BY_HAND


def _rules(model: Model, option: Option, number: int, flows: Sequence[Flow]) -> Iterable[SuggestedRule]:
    for rule in option.rules:
        low, high = rule.ports[0] if isinstance(rule.ports, tuple) else (0, 0)
        peer = rule.source if rule.direction == "ingress" else rule.dest
        block = cidrs(peer)[0] if isinstance(peer, tuple) else None
        fixed = [flow for flow in flows if _serves(model, rule, flow)]
        yield SuggestedRule(
            option=number,
            security_group_id=rule.group,
            direction=rule.direction,
            policy="accept",
            ip_protocol="UDP" if rule.protocol == UDP else "TCP",
            port_range=f"{low}/{high}",
            source_cidr_ip=block if rule.direction == "ingress" else None,
            dest_cidr_ip=block if rule.direction == "egress" else None,
            priority=rule.priority,
            description=_description(fixed),
            fixes=[flow.id for flow in fixed],
        )


def _serves(model: Model, rule: Rule, flow: Flow) -> bool:
    if (rule.protocol == UDP) != (flow.endpoint.transport == "udp") or not isinstance(rule.ports, tuple):
        return False
    if rule.direction == "ingress":
        interfaces = [model.attachment(flow).groups or ()]
    else:
        interfaces = [tuple(source.groups or ()) for source in model.sources_of(flow)]
    return covers(rule.ports, (flow.ports,)) and any(rule.group in groups for groups in interfaces)


def _description(flows: Iterable[Flow]) -> str:
    ends = {"DataWorks resource group" if flow.callback is None else "EMR cluster": None for flow in flows}
    services = ", ".join(dict.fromkeys(flow.service for flow in flows))
    return f"{' and '.join(ends)} to {services}"[:MOST_DESCRIPTION]


def _one_line_edits(blames: Sequence[Blame]) -> list[OneLine]:
    """Return what has to change outside the network, one edit for each thing. The last blame gives
    its values."""
    changes: dict[tuple[object, ...], OneLine] = {}
    for blame in blames:
        edit = _one_line_edit(blame)
        if edit is not None:
            place = _place(edit)
            fixes = [*(changes[place].fixes if place in changes else ()), *edit.fixes]
            changes[place] = msgspec.structs.replace(edit, fixes=list(dict.fromkeys(fixes)))
    return list(changes.values())


def _place(edit: OneLine) -> tuple[object, ...]:
    """Return what tells one thing to change from another."""
    match edit:
        case FileEdit():
            return edit.object, edit.file, edit.line, edit.section, edit.key, edit.before
        case HostsEdit():
            return "hosts", edit.host
        case ServiceStart():
            return "service", edit.service, edit.host


def _one_line_edit(blame: Blame) -> OneLine | None:
    flow, host = blame.flow, blame.flow.endpoint.host
    match blame.code:
        case "KDC-DOWN":
            return ServiceStart(RECOMMENDED, [flow.id], "krb5kdc", host)
        case "SVC-DOWN" if flow.assumed is not None:
            return None  # it is not known which of the hosts has to run it
        case "SVC-DOWN":
            return ServiceStart(RECOMMENDED, [flow.id], flow.service, host)
        case "KDC-PORT" if blame.answers_on is not None:
            origin, before, after = flow.origin, f"{host}:{flow.endpoint.port}", f"{host}:{blame.answers_on}"
            return FileEdit(
                RECOMMENDED,
                [flow.id],
                "krb5.conf",
                origin.file,
                origin.line,
                None,
                origin.key,
                before,
                after,
                "kdc-port",
            )
    return name_edit(blame)


def _client_edit(scene: Scene, blames: Sequence[Blame], number: int) -> list[FileEdit]:
    """Return the setting that makes Java use TCP.

    It is an alternative only if nothing but UDP to KDCs is broken, and TCP to each of these KDCs is
    open.
    """
    udp = [
        blame for blame in blames if blame.flow.component.startswith("kdc") and blame.flow.endpoint.transport == "udp"
    ]
    broken = [blame for blame in blames if blame.flow.need == "required"]
    if not udp or len(udp) != len(broken) or any(not _is_tcp_open(scene, blame) for blame in udp):
        return []
    profile = scene.case.krb5
    if profile is None or not profile.trees:
        return []
    present = libdefault(profile, UDP_LIMIT)
    return [
        FileEdit(
            option=number,
            fixes=[blame.flow.id for blame in udp],
            object="krb5.conf",
            file=profile.trees[0].file,
            line=None,
            section="libdefaults",
            key=UDP_LIMIT,
            before=None if present is None else present.value,
            after="1",
            reason="tcp-first",
        )
    ]


def _is_tcp_open(scene: Scene, blame: Blame) -> bool:
    other = scene.other_transport(blame.outcome)
    return other is not None and other.verdict in ("reachable", "allowed")
