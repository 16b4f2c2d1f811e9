"""Which values do the sentences about the host's own records hold?"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.blame_group import BlameGroup
from diagnose.findings.values import Params, Value, origin_value, unique
from diagnose.scene.node_records.model import StrayAnswer, Topic
from probes.addresses import Ranges, cidrs, intersect, parse, union

BIND_OPTIONS: Mapping[str, str] = {
    "namenode-rpc": "dfs.namenode.rpc-bind-host",
    "resourcemanager-client": "yarn.resourcemanager.bind-host",
    "hiveserver2": "hive.server2.thrift.bind.host",
}
"""Component -> the option that says which address it listens on.

Source: hdfs-default.xml, yarn-default.xml, hive-default.xml."""


MOST_BLOCKS = 4
"""Blocks that a repair names."""


def records(group: BlameGroup, topic: Topic) -> list[Value]:
    """Return what the records say of this topic, each line with its file and number."""
    lines = [line for flow in group.flows for line in group.scene.far.of(flow.id).lines if line.topic == topic]
    return [{"text": line.text, "origin": origin_value(line.origin)} for line in dict.fromkeys(lines)]


def bind(group: BlameGroup) -> Params:
    first = group.flows[0]
    options = (BIND_OPTIONS[flow.component] for flow in group.flows if flow.component in BIND_OPTIONS)
    return {
        "listening": records(group, "listening"),
        "option": next(options, None),
        "port": first.endpoint.port,
        "on_loopback": all(group.scene.far.of(flow.id).listening == "loopback" for flow in group.flows),
        "dialled": unique(flow.endpoint.address for flow in group.flows if flow.endpoint.address is not None),
    }


def route_back(group: BlameGroup) -> Params:
    """Return what the records have of the requests.

    source: an address of the resource group that sent a packet; None if none did.
    """
    outcomes = (blame.outcome for blame in group.blames)
    sources = (o.observed.source for o in outcomes if o.observed is not None and o.from_inside)
    return {"arrived": records(group, "arrived"), "source": next((source for source in sources if source), None)}


def stray(group: BlameGroup) -> Params:
    """Return the routes of the hosts that lead answers astray, and what would repair each.

    repair: what made the link. route: block of the resource group that a route of its own may get,
    because it is narrower than the network of the link; None if that does not help.
    """
    scene = group.scene
    known = [piece for source in scene.model.sources for piece in source.ranges]
    blocks = [text for each in scene.case.vswitches.values() for text in (each.cidr, each.ipv6_cidr) if text]
    used = union([*known, *scene.cluster, *(parse(text) for text in blocks)])
    answers = [answer for flow in group.flows for answer in scene.far.of(flow.id).stray]
    return {"stray": [_stray_value(answer, used) for answer in dict.fromkeys(answers)]}


def _stray_value(answer: StrayAnswer, used: Ranges) -> Value:
    (network,) = cidrs((answer.network,))
    blocks = cidrs(answer.sources)
    is_narrower = all(_length(block) > _length(network) for block in blocks)
    free = next((block for block in answer.free if not intersect((parse(block),), used)), None)
    return {
        "fate": answer.fate,
        "action": answer.action,
        "device": answer.device,
        "network": network,
        "sources": blocks,
        "usual": answer.usual,
        "gateway": answer.gateway,
        "has_carrier": answer.has_carrier,
        "is_certain": answer.is_certain,
        "maker": _maker(answer.device),
        "route": blocks[:MOST_BLOCKS] if is_narrower and answer.gateway and not answer.holds_own else [],
        "free": free,
        "origin": origin_value(answer.origin),
    }


def _length(block: str) -> int:
    return int(block.partition("/")[2])


def _maker(device: str) -> str:
    """Return what makes a link of this name."""
    if device.startswith("docker") and device != "docker_gwbridge":
        return "docker"
    if device.startswith(("br-", "docker_gwbridge")):
        return "docker-network"
    return "other"


def translated(group: BlameGroup) -> Params:
    """Return the addresses from which the host saw the requests."""
    far = (group.scene.far.of(flow.id).translated for flow in group.flows)
    return {"translated": unique(address for address in far if address is not None)}
