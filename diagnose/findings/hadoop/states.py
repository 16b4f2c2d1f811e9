"""Does the cloud say that the cluster, a node, a component or the resource group is not running?"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.model import CloudState
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import origin_value
from diagnose.flows.components import component
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield one finding for each object that is down and that a required flow needs."""
    required = [outcome for outcome in scene.outcomes if outcome.flow.need == "required"]
    for state in scene.case.states:
        if not state.is_down:
            continue
        stopped = [outcome for outcome in required if _needs(scene, outcome, state)]
        if stopped or (state.kind in ("cluster", "resource group") and not required):
            yield _finding(state, stopped)


def _needs(scene: Scene, outcome: Outcome, state: CloudState) -> bool:
    """Return True if the flow cannot work while the object is down."""
    node = scene.model.node(outcome.flow)
    match state.kind:
        case "resource group":
            return True
        case "cluster":
            return node is not None or not scene.case.nodes
        case "node":
            return node is not None and node.name == state.node
        case "instance":
            return outcome.flow.endpoint.address in state.addresses
        case "component":
            names = {name.casefold() for name in component(outcome.flow.component).instances}
            same = node is not None and state.node in (node.name, *node.hostnames)
            return state.field == "ComponentInstanceState" and state.name.casefold() in names and same


def _finding(state: CloudState, stopped: list[Outcome]) -> Finding:
    place = f"{state.origin.file}:{state.origin.line}"
    services = tuple(dict.fromkeys(outcome.flow.service for outcome in stopped))
    return Finding(
        code="STATE-CLUSTER",
        severity="error",
        confidence="strong",
        params={
            "kind": state.kind,
            "name": state.name,
            "node": state.node if state.kind == "component" else None,
            "field": state.field,
            "state": state.value,
            "services": services,
            "origin": origin_value(state.origin),
        },
        flows=tuple(outcome.flow.id for outcome in stopped),
        evidence=(Evidence("line", place, f"{place}: {state.field} is {state.value}", state.origin),),
        settle_by=f"the state of {state.name} now, in the console or by the same call",
    )
