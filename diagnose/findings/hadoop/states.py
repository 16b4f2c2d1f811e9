"""Does the cloud say that a part of the cluster or of its network is not running?"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.cloud_state import CloudState
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import origin_value
from diagnose.flows.components import component
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.frozen import replace
from probes.language import tr

RELEASED = frozenset({"TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"})
"""States of a cluster that is deleted, or is about to be. EMR cannot start it again."""

WORKER = "nodemanager"
"""Name of the component, in lower case, that runs the containers of jobs."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield one finding for each object that is down and that a required flow needs.

    A component that is down and that no required flow needs is a warning. Jobs need one
    NodeManager that runs, although no client of the resource group connects to it.
    """
    required = [outcome for outcome in scene.outcomes if outcome.flow.need == "required"]
    for state in (*scene.case.states, *_networks(scene)):
        if not state.is_down:
            continue
        stopped = [outcome for outcome in required if _needs(scene, outcome, state)]
        if stopped or (state.kind in ("cluster", "resource group") and not required):
            yield _finding(state, stopped)
        elif state.kind == "component" and state.field == "ComponentInstanceState":
            optional = [outcome for outcome in scene.outcomes if _needs(scene, outcome, state)]
            yield replace(_finding(state, optional), severity="error" if _ends_all_jobs(scene, state) else "warning")


def stopped_flows(scene: Scene) -> frozenset[str]:
    """Return the ids of the flows whose service the cloud says is certainly down."""
    down = [state for state in (*scene.case.states, *_networks(scene)) if state.is_down and state.is_certain]
    return frozenset(o.flow.id for o in scene.outcomes for state in down if _needs(scene, o, state))


def _networks(scene: Scene) -> Iterator[CloudState]:
    """Yield the networks of the resource group, if tasks can run in none of them."""
    for network in () if scene.model.sources else scene.case.resource_group.networks:
        origin = network.stated or network.origin
        if network.status and origin is not None:
            name = network.vswitch or network.cidr or ""
            yield CloudState("network", name, "Status", network.status, origin)


def _ends_all_jobs(scene: Scene, state: CloudState) -> bool:
    """Return True if the object is one of the NodeManagers, and none of them runs."""
    if state.name.casefold() != WORKER:
        return False
    same = [
        other
        for other in scene.case.states
        if (other.kind, other.field) == (state.kind, state.field) and other.name.casefold() == WORKER
    ]
    return all(other.is_down for other in same)


def _needs(scene: Scene, outcome: Outcome, state: CloudState) -> bool:
    """Return True if the flow cannot work while the object is down."""
    node = scene.model.node(outcome.flow)
    match state.kind:
        case "resource group" | "network":
            return True
        case "cluster":
            return node is not None or not scene.case.nodes
        case "node":
            return node is not None and node.name == state.node
        case "instance" | "network interface":
            return outcome.flow.endpoint.address in state.addresses
        case "vSwitch":
            used = {source.vswitch for source in scene.model.sources_of(outcome.flow)}
            return state.name in used or (node is not None and node.vswitch == state.name)
        case "component":
            names = {name.casefold() for name in component(outcome.flow.component).instances}
            same = node is not None and state.node in (node.name, *node.hostnames)
            return state.field == "ComponentInstanceState" and state.name.casefold() in names and same


def _finding(state: CloudState, stopped: list[Outcome]) -> Finding:
    line = state.origin.line
    place = state.origin.file if line is None else f"{state.origin.file}:{line}"
    services = tuple(dict.fromkeys(outcome.flow.service for outcome in stopped))
    return Finding(
        code="STATE-CLUSTER",
        severity="error",
        confidence="strong" if state.is_certain else "inferred",
        params={
            "kind": state.kind,
            "name": state.name,
            "node": state.node if state.kind == "component" else None,
            "field": state.field,
            "state": state.value,
            "is_released": state.kind == "cluster" and state.value.upper() in RELEASED,
            "is_certain": state.is_certain,
            "is_network": state.kind in ("vSwitch", "network interface"),
            "services": services,
            "origin": origin_value(state.origin),
        },
        flows=tuple(outcome.flow.id for outcome in stopped),
        evidence=(
            Evidence(
                "line",
                place,
                tr("{place}: {field} is {value}", place=place, field=state.field, value=state.value),
                state.origin,
            ),
        ),
        settle_by=tr("the state of {name} now, in the console or by the same call", name=state.name),
    )
