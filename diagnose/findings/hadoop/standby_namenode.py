"""Do clients know only a NameNode that is in standby?

A setting that names one NameNode of a nameservice is judged in `bad_settings`. Here no file names
another one: clients get "Operation category READ is not supported in state standby".
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import origin_value
from diagnose.flows.cluster import view_of
from diagnose.flows.components import component
from diagnose.scene.namenode_state import PAGE_PORT, STANDBY, namenode_state
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr

RPC = "namenode-rpc"


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield SVC-STANDBY if every NameNode that clients dial says that it is in standby."""
    dialled = [o for o in scene.outcomes if o.flow.component == RPC and o.flow.need == "required"]
    is_pinned = any(bad.fault == "pinned" and bad.component == RPC for bad in scene.bad_settings)
    if is_pinned or not dialled or any(namenode_state(outcome) != STANDBY for outcome in dialled):
        return
    flow = dialled[0].flow
    config, hosts = view_of(scene.case), {outcome.flow.endpoint.host for outcome in dialled}
    running = [config.names.host_of(node) for node in config.running(component(RPC))]
    yield Finding(
        code="SVC-STANDBY",
        severity="error",
        confidence="strong",
        cause="standby-alone",
        params={
            "component": RPC,
            "key": flow.origin.key,
            "value": f"{flow.endpoint.host}:{flow.endpoint.port}",
            "others": tuple(host for host in running if host not in hosts),
            "origin": origin_value(flow.origin),
        },
        flows=tuple(outcome.flow.id for outcome in dialled),
        evidence=tuple(said_by_page(outcome) for outcome in dialled),
        settle_by=tr("on the node: hdfs haadmin -getAllServiceState"),
    )


def said_by_page(outcome: Outcome) -> Evidence:
    """Return what the web page of a NameNode says of its state."""
    host = outcome.flow.endpoint.host
    port = next((seen.detail[PAGE_PORT] for seen in outcome.observations if PAGE_PORT in seen.detail), "")
    place = f"{host}:{port}"
    text = tr("{place} says that this NameNode is {state}", place=place, state=namenode_state(outcome) or "")
    return Evidence("observation", place, text)
