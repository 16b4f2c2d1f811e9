"""Which values do the sentences about the host's own records hold?"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.blame_group import BlameGroup
from diagnose.findings.values import Params, Value, origin_value, unique
from diagnose.scene.node_records.model import Topic

BIND_OPTIONS: Mapping[str, str] = {
    "namenode-rpc": "dfs.namenode.rpc-bind-host",
    "resourcemanager-client": "yarn.resourcemanager.bind-host",
    "hiveserver2": "hive.server2.thrift.bind.host",
}
"""Component -> the option that says which address it listens on.

Source: hdfs-default.xml, yarn-default.xml, hive-default.xml."""


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


def translated(group: BlameGroup) -> Params:
    """Return the addresses from which the host saw the requests."""
    far = (group.scene.far.of(flow.id).translated for flow in group.flows)
    return {"translated": unique(address for address in far if address is not None)}
