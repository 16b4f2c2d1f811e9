"""What does the product's model say of the same answers? The only place in the lab that knows its interface."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

from diagnose.case import documents as case_documents
from diagnose.case.answers import (
    NetworkInterfaces,
    PortRangeListEntries,
    PrefixListAttributes,
    SecurityGroupAttribute,
    SecurityGroups,
)
from diagnose.case.permissions import port_ranges, rule_of
from probes.addresses import parse, parse_address, union
from probes.security_group import TCP, UDP, Group, Traffic, decide

from .cloud import Documents
from .scene import Packet

PROTOCOLS = {"tcp": TCP, "udp": UDP}


def verdicts(documents: Documents, flows: Sequence[Packet]) -> list[bool]:
    """Per flow: does the model let it out of the source's groups and into the target's? AssertionError where it is in doubt: here everything is known."""
    items = [
        answer
        for name, document in documents.items()
        for answer in case_documents.read(name, json.dumps(document).encode())[0]
    ]
    answers = case_documents.Answers(tuple(items))
    prefixes = {
        a.value.prefix_list_id: union(parse(e.cidr) for e in a.value.entries) for a in answers.of(PrefixListAttributes)
    }
    ports = {
        a.value.port_range_list_id: union(r for e in a.value.entries for r in port_ranges(e.port_range))
        for a in answers.of(PortRangeListEntries)
    }
    kinds = {
        g.security_group_id: g.security_group_type for a in answers.of(SecurityGroups) for g in a.value.security_groups
    }
    groups: dict[str, Group] = {}
    for a in answers.of(SecurityGroupAttribute):
        name = a.value.security_group_id
        rules = tuple(
            rule_of(p, name, prefixes, ports, a.origin("permissions", n)) for n, p in enumerate(a.value.permissions)
        )
        groups[name] = Group(
            name, kind=kinds[name], inner_accept=a.value.inner_access_policy.lower() == "accept", rules=rules
        )
    attached = {
        private.private_ip_address: tuple(i.security_group_ids or ())
        for a in answers.of(NetworkInterfaces)
        for i in a.value.network_interface_sets
        for private in i.private_ip_sets
    }

    @cache
    def allows(flow: Packet) -> bool:
        source, target = parse_address(flow.source), parse_address(flow.destination)
        traffic = Traffic(
            sources=((source, source),),
            target=target,
            source_groups=frozenset(attached[flow.source]),
            target_groups=frozenset(attached[flow.destination]),
            client_ports=(flow.source_port, flow.source_port),
        )
        out = decide(
            [groups[g] for g in attached[flow.source]], "egress", traffic, PROTOCOLS[flow.transport], flow.port
        )
        into = decide(
            [groups[g] for g in attached[flow.destination]], "ingress", traffic, PROTOCOLS[flow.transport], flow.port
        )
        for decision in (out, into):
            assert decision.verdict in ("allowed", "denied"), f"{flow}: {decision}"
        return out.verdict == into.verdict == "allowed"

    return [allows(flow) for flow in flows]
