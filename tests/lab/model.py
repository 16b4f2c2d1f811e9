"""What does the product's model say of the same answers? The only place in the lab that knows its
interface.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from diagnose.case.api import documents as case_documents
from diagnose.case.api import interfaces, security_groups
from probes.addresses import parse_address
from probes.rules.security_group import TCP, UDP, Traffic, decide

from .cloud import VPC, Documents
from .scene import Packet

PROTOCOLS = {"tcp": TCP, "udp": UDP}


def verdicts(documents: Documents, flows: Sequence[Packet]) -> list[bool]:
    """Per flow: does the model let it out of the source's groups and into the target's?
    AssertionError where it is in doubt: here everything is known.
    """
    read = [case_documents.read(name, json.dumps(document).encode()) for name, document in documents.items()]
    answers = case_documents.ApiAnswers(tuple(answer for found, _ in read for answer in found))
    groups, _ = security_groups.read(answers, [])
    attached = {
        address: tuple(interface.groups or ()) for address, interface in interfaces.read(answers, VPC, [])[0].items()
    }

    def allows(flow: Packet) -> bool:
        source, target = parse_address(flow.source), parse_address(flow.destination)
        traffic = Traffic(
            sources=((source, source),),
            target=target,
            source_groups=frozenset(attached[flow.source]),
            target_groups=frozenset(attached[flow.destination]),
            client_ports=(flow.source_port, flow.source_port),
        )
        for direction, end in (("egress", flow.source), ("ingress", flow.destination)):
            at = [groups[name] for name in attached[end]]
            decision = decide(at, direction, traffic, PROTOCOLS[flow.transport], flow.port)  # type: ignore[arg-type]
            assert decision.verdict in ("allowed", "denied"), f"{flow}: {decision}"
            if decision.verdict == "denied":
                return False
        return True

    return [allows(flow) for flow in flows]
