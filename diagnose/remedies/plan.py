"""Which repairs does the report suggest? Rules and rule edits from the model, and the one-line edits that other causes have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diagnose.findings import Blame
from diagnose.flows.model import Flow
from diagnose.remedies import acls, edits, names, routes, rules
from diagnose.remedies.edits import Option, RuleEdit
from diagnose.remedies.model import SuggestedEdit, SuggestedRule
from diagnose.scene.scene import Scene
from probes.addresses import cidrs, contains
from probes.files.krb5conf.mit import libdefault
from probes.rules.group_rule import UDP, Rule
from probes.rules.group_rule import describe as describe_rule
from probes.rules.network_acl import AclRule, describe
from probes.rules.routes import describe as describe_route

RECOMMENDED = 1
"""Number of the option that the report recommends; the others are alternatives to all of it."""

NOT_BY_RULES = frozenset({"SG-UNRESOLVED", "SG-INTRA", "SG-CTRL"})


MOST_NAMED = 4

ENTRY_ID = re.compile(r"nae-[A-Za-z0-9-]{1,60}")
"""Of a network ACL's entry, as the API makes them."""

_BY_HAND = (
    "No change of rules was found that lets the resource group in and changes nothing else: the rules that drop these packets "
    "also guard other traffic. Decide by hand which of it may pass."
)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """notes: why something that looks repairable by a rule is not suggested."""

    rules: tuple[SuggestedRule, ...] = ()
    edits: tuple[SuggestedEdit, ...] = ()
    notes: tuple[str, ...] = ()


def suggest(scene: Scene, blames: Sequence[Blame]) -> Suggestions:
    """Option 1 repairs every required flow, or, where none is broken, the conditional ones."""
    by_rules = _worth_it(
        [b for b in blames if b.code.startswith("SG-") and b.code not in NOT_BY_RULES and b.confidence != "inferred"]
    )
    flows = list(dict.fromkeys(blame.flow for blame in by_rules))
    found = edits.options(scene.model, flows) if flows else []
    notes = () if found or not flows else (_why_not(scene, flows),)
    new_rules = [
        rule for number, option in enumerate(found, RECOMMENDED) for rule in _rules(scene, option, number, flows)
    ]
    changes = [
        edit for number, option in enumerate(found, RECOMMENDED) for edit in _edits(scene, option, number, flows)
    ]
    changes += _acl_edits(
        scene, _worth_it([b for b in blames if b.code in ("NACL-IN", "NACL-RETURN", "NACL-EPHEMERAL")])
    )
    changes += _route_edits(scene, blames)
    changes += _other_edits(
        scene, _worth_it([b for b in blames if not b.code.startswith("SG-") and b.confidence != "inferred"])
    )
    changes += _client_edit(scene, blames, number=len(found) + 1)
    return Suggestions(tuple(new_rules), tuple(changes), notes)


def _worth_it(blames: list[Blame]) -> list[Blame]:
    required = [blame for blame in blames if blame.flow.need == "required"]
    return required or blames


def _why_not(scene: Scene, flows: Sequence[Flow]) -> str:
    """Why no rule is suggested: the group takes none, or a drop of priority 1 stands in the way and guards more than these flows."""
    wanted = rules.wishes(scene.model, flows)
    needs: dict[str, set[tuple[object, ...]]] = {}
    for wish in wanted:
        for ident in wish.groups:
            needs.setdefault(ident, set()).add((wish.direction, wish.protocol, wish.port, wish.block))
    closed = []
    for ident, missing in needs.items():
        group, room = scene.model.group(ident), max(0, rules.room(scene.model.group(ident)))
        if group.managed_by:
            service = f"cloud service {group.managed_by}" if group.managed_by.isdigit() else group.managed_by
            closed.append(f"{ident} is managed by {service}")
        elif room < len(missing):
            closed.append(f"{ident} has room for {room} more of {rules.MOST_RULES} rules")
    if closed:
        return f"The rules cannot be added: {'; '.join(closed)}. Change it there, or put the interfaces into a further group."
    if any(wish.direction == "egress" for wish in wanted):
        drops = edits.outbound_drops(scene.model, flows)
        named = ", ".join(f"{rule.id} in {rule.group} ({describe_rule(rule)})" for rule in drops[:MOST_NAMED])
        return f"No accept beats an outbound drop of priority 1. Remove or narrow {named}." if named else _BY_HAND
    return _BY_HAND


def _rules(scene: Scene, option: Option, number: int, flows: Sequence[Flow]) -> Iterable[SuggestedRule]:
    for rule in option.rules:
        low, high = rule.ports[0] if isinstance(rule.ports, tuple) else (0, 0)
        peer = rule.source if rule.direction == "ingress" else rule.dest
        block = cidrs(peer)[0] if isinstance(peer, tuple) else None
        fixed = [flow for flow in flows if _serves(rule, flow)]
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


def _serves(rule: Rule, flow: Flow) -> bool:
    end = flow.endpoint
    return (
        (rule.protocol == UDP) == (end.transport == "udp")
        and isinstance(rule.ports, tuple)
        and rule.ports[0][0] <= end.port <= rule.ports[0][1]
    )


def _description(flows: Iterable[Flow]) -> str:
    return f"DataWorks resource group to {', '.join(dict.fromkeys(flow.service for flow in flows))}"[:512]


def _edits(scene: Scene, option: Option, number: int, flows: Sequence[Flow]) -> Iterable[SuggestedEdit]:
    for edit in option.edits:
        yield SuggestedEdit(
            option=number,
            object="security-group-rule",
            id=edit.before.id,
            action=edit.action,
            before=edit.before_text,
            after=edit.after_text,
            why=_edit_why(edit),
            fixes=[flow.id for flow in flows if _stops(edit.before, flow)],
        )


def _edit_why(edit: RuleEdit) -> str:
    return f"a drop of priority {edit.before.priority} in {edit.before.group} is beaten by no accept, so it has to give way itself"


def _stops(rule: Rule, flow: Flow) -> bool:
    ports = rule.ports if isinstance(rule.ports, tuple) else ()
    protocol = rule.protocol is None or (rule.protocol == UDP) == (flow.endpoint.transport == "udp")
    return protocol and contains(ports, flow.endpoint.port)


def _acl_edits(scene: Scene, blames: Sequence[Blame]) -> Iterable[SuggestedEdit]:
    """The full new list, since the API replaces it whole: numbered, one entry a line."""
    for edit in acls.edits(scene.model, list(dict.fromkeys(blame.flow for blame in blames))):
        yield SuggestedEdit(
            option=RECOMMENDED,
            object="network-acl",
            id=f"{edit.before.id} {edit.direction}",
            action="set",
            before=_entries(edit.before.rules(edit.direction) or ()),
            after=_entries(edit.after.rules(edit.direction) or ()),
            why="entries are tried in order and the list is replaced whole, so it has to be given with all that it holds",
            fixes=list(edit.fixes),
        )


def _entries(entries: Sequence[AclRule]) -> str:
    """Those of the list that people made, with the ids that they have: what the system put there is not the caller's to send."""
    custom = [entry for entry in entries if entry.custom]
    said = (f"{describe(entry)} [{entry.id}]" if ENTRY_ID.fullmatch(entry.id) else describe(entry) for entry in custom)
    return "; ".join(f"{number} {text}" for number, text in enumerate(said, 1)) or "no entries"


def _route_edits(scene: Scene, blames: Sequence[Blame]) -> Iterable[SuggestedEdit]:
    """Entries for tables that lack one, and networks that are bound to the wrong VPC."""
    sure = [blame for blame in blames if blame.confidence != "inferred"]
    lacking = _worth_it([b for b in sure if b.code in ("NET-ROUTE", "RET-ROUTE")])
    for edit in routes.edits(scene.model, list(dict.fromkeys(blame.flow for blame in lacking))):
        old = edit.entry.replaces
        why = "packets to that block have no way there" if old is None else "the entry of that block carries nothing"
        yield SuggestedEdit(
            RECOMMENDED,
            "route",
            edit.entry.table,
            "set",
            None if old is None else describe_route(old),
            routes.spelled(edit.route),
            why,
            list(edit.fixes),
        )
    apart = _worth_it([b for b in sure if b.code == "NET-WRONG-VPC"])
    for each in routes.rebindings(scene.model, list(dict.fromkeys(blame.flow for blame in apart))):
        here = each.network
        near = f", for example {each.vswitches[0]}" if each.vswitches else ""
        yield SuggestedEdit(
            RECOMMENDED,
            "resource-group",
            scene.case.resource_group.id or "of this case",
            "set",
            " ".join(part for part in (here.vpc, here.vswitch, here.cidr) if part),
            f"a vSwitch of {each.vpc}{near}",
            "nothing connects the two VPCs, and inside one no route is needed; the cluster's security group then has to let that vSwitch's block in",
            list(each.fixes),
        )


def _other_edits(scene: Scene, blames: Sequence[Blame]) -> list[SuggestedEdit]:
    """What is repaired elsewhere than in a security group, one entry for each thing to change."""
    found: dict[tuple[str, str], SuggestedEdit] = {}
    for blame in blames:
        edit = _other_edit(blame)
        if edit is not None:
            kept = found.get((edit.object, edit.id))
            fixes = [*(kept.fixes if kept else ()), blame.flow.id]
            found[edit.object, edit.id] = SuggestedEdit(
                edit.option,
                edit.object,
                edit.id,
                edit.action,
                edit.before,
                edit.after,
                edit.why,
                list(dict.fromkeys(fixes)),
            )
    return list(found.values())


def _other_edit(blame: Blame) -> SuggestedEdit | None:
    flow, host = blame.flow, blame.flow.endpoint.host
    match blame.code:
        case "KDC-DOWN":
            why = "it refuses connections: nothing listens on its port"
            return SuggestedEdit(RECOMMENDED, "service", f"krb5kdc on {host}", "start", "refused", "listening", why, [])
        case "SVC-DOWN" if flow.assumed is not None:
            return None  # nobody knows on which of the hosts it is to run
        case "SVC-DOWN":
            why = "it refuses connections: nothing listens on its port"
            return SuggestedEdit(
                RECOMMENDED, "service", f"{flow.service} on {host}", "start", "refused", "listening", why, []
            )
        case "KDC-PORT" if isinstance(blame.key, tuple):
            before, after = f"{host}:{flow.endpoint.port}", f"{host}:{blame.key[1]}"
            return SuggestedEdit(
                RECOMMENDED, "krb5.conf", str(flow.origin), "set", before, after, "the KDC answers on that port", []
            )
    return names.edit(blame)


def _client_edit(scene: Scene, blames: Sequence[Blame], number: int) -> list[SuggestedEdit]:
    """Java can be told to use TCP. An alternative only where UDP to KDCs is all that is broken, and TCP to each of them is open."""
    blames = [blame for blame in blames if blame.confidence != "inferred"]
    udp = [
        blame for blame in blames if blame.flow.component.startswith("kdc") and blame.flow.endpoint.transport == "udp"
    ]
    broken = [blame for blame in blames if blame.flow.need == "required"]
    if not udp or len(udp) != len(broken) or any(not _tcp_open(scene, blame) for blame in udp):
        return []
    profile = scene.case.krb5
    if profile is None or not profile.trees:
        return []
    present = libdefault(profile, "udp_preference_limit")
    why = (
        "clients then use TCP at once and need no UDP rule; every client's krb5.conf has to carry it, the cluster's nodes and the "
        "resource group alike, and the resource group has to be initialized again"
    )
    before = None if present is None else f"udp_preference_limit = {present.value}"
    place = profile.trees[0].file
    return [
        SuggestedEdit(
            number,
            "krb5.conf",
            f"{place} [libdefaults]",
            "set",
            before,
            "udp_preference_limit = 1",
            why,
            [b.flow.id for b in udp],
        )
    ]


def _tcp_open(scene: Scene, blame: Blame) -> bool:
    other = scene.other_transport(blame.outcome)
    return other is not None and other.verdict in ("reachable", "allowed")
