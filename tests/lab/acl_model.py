"""What does the product's model of network ACLs say of the same answers? Like `model`, the only
place that knows its interface.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnose.case.api import acls, interfaces, named_lists, networks, nodes
from diagnose.case.api import documents as case_documents
from diagnose.case.model import Case, Cluster
from diagnose.decisions.model import Model
from diagnose.decisions.verdicts import verdict_at_address
from diagnose.flows.model import Flow
from diagnose.flows.networks import sources
from probes.addresses import parse_address, union
from probes.endpoint import Endpoint
from probes.origin import Origin
from probes.rules.decision import Decision, Verdict
from probes.rules.network_acl import Crossing, decide_reply, decide_request

from .acl_scenarios import NAME_SERVER
from .cloud import VPC, Documents
from .model import PROTOCOLS
from .scene import Packet


def verdicts(documents: Documents, flows: Sequence[Packet]) -> list[bool]:
    """Per flow: does every list on its way let this very packet and its answer pass? AssertionError
    where the model is in doubt: here all is known.
    """
    lists = _Lists(_read(documents))
    return [lists.pass_(flow) for flow in flows]


def at_large(documents: Documents, flows: Sequence[Packet]) -> list[Verdict]:
    """Per flow: what `check` says of its source address, whatever port the client is given. Asked
    once for the whole resource group, as `check` does.
    """
    model = Model(case := _read(documents), sources(case))
    known: dict[tuple[str, str, int], list[Decision]] = {}
    for flow in flows:
        key = (flow.destination, flow.transport, flow.port)
        if key not in known:
            known[key] = [d for d in model.decisions(_flow(model, flow)) if d.layer == "network-acl"]
    return [
        verdict_at_address(known[flow.destination, flow.transport, flow.port], parse_address(flow.source))
        if known[flow.destination, flow.transport, flow.port]
        else "allowed"
        for flow in flows
    ]


def _flow(model: Model, packet: Packet) -> Flow:
    ranges = union(piece for source in model.sources for piece in source.ranges)
    end = Endpoint(packet.destination, packet.port, packet.transport, packet.destination)
    origin = Origin("core-site.xml", 1, None)
    return Flow("lab", "namenode-rpc", "lab", "hdfs", end, ranges, "required", "the lab asks", origin)


def _read(documents: Documents) -> Case:
    read = [case_documents.read(name, json.dumps(document).encode()) for name, document in documents.items()]
    answers = case_documents.ApiAnswers(tuple(answer for found, _ in read for answer in found))
    cluster = Cluster(vpc=VPC)
    vswitches = networks.vswitches(answers, [], [])
    return Case(
        name="lab",
        cluster=cluster,
        nodes=nodes.read(answers, cluster, interfaces.read(answers, VPC, [])[0], {}, [])[0],
        resource_group=networks.resource_group(answers, None, vswitches, [])[0],
        vswitches=vswitches,
        network_acls=acls.network_acls(answers, named_lists.prefix_lists(answers, [])[0], [], []),
    )


@dataclass
class _Lists:
    """The lists of a case, asked packet by packet."""

    case: Case

    def __post_init__(self) -> None:
        self.sources = sources(self.case)
        self.homes = {node.address: node.vswitch for node in self.case.nodes}
        self.known: dict[object, bool] = {}

    def pass_(self, packet: Packet) -> bool:
        return all(verdict == "allowed" for verdict in self._verdicts(packet))

    def _verdicts(self, packet: Packet) -> Iterator[str]:
        address = parse_address(packet.source)
        home = next(s.vswitch for s in self.sources if any(low <= address <= high for low, high in s.ranges))
        target = None if packet.destination == NAME_SERVER else self.homes[packet.destination]
        if home == target:
            return
        end = (parse_address(packet.destination), PROTOCOLS[packet.transport], packet.port)
        crossing = Crossing(((address, address),), *end, client_ports=(packet.source_port, packet.source_port))
        for ask, vswitch, direction in (
            (decide_request, home, "egress"),
            (decide_request, target, "ingress"),
            (decide_reply, target, "egress"),
            (decide_reply, home, "ingress"),
        ):
            bound = self.case.vswitches[vswitch].acl if vswitch else None
            if bound:
                decision = ask(self.case.network_acls[bound], direction, crossing)  # type: ignore[arg-type]
                assert decision.verdict in ("allowed", "denied"), f"{packet}: {decision}"
                yield decision.verdict
