"""Does a file name another port for a service than the usual one, which the rules let in?

Then nobody knows from files alone which of the two is wrong: the file or the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from diagnose.findings.model import Blame
from diagnose.flows.cluster import release_generation, view_of
from diagnose.flows.components import Component, find
from diagnose.flows.model import Flow
from diagnose.flows.spelling import is_mistyped_port
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.frozen import replace
from probes.origin import Origin
from probes.regex import regex

FIRST_UNPRIVILEGED = 1024
"""Only root may listen on a port below it."""


def open_usual_port(scene: Scene, outcome: Outcome) -> int | None:
    """Return the usual port of a service if a line of a file names another one.

    None unless the rules let the usual port in from all sources. None also if the rules for it were
    made for another service, or if a packet was sent.
    """
    flow = outcome.flow
    if outcome.observed is not None or not _has_one_port(flow) or not _is_written(scene, flow):
        return None
    service = find(flow.component)
    usual = None if service is None else _usual_port(scene, service, flow.endpoint.port)
    if usual is None or usual in _ports_of_others(scene, flow):
        return None
    return usual if _is_let_in(scene, flow, usual) else None


def _has_one_port(flow: Flow) -> bool:
    return flow.area != "kerberos" and flow.callback is None and flow.last_port is None


def _is_written(scene: Scene, flow: Flow) -> bool:
    """Return True if a line holds the port, and it is not one that was surely chosen.

    A secure DataNode without SASL has a privileged port.
    """
    port = flow.endpoint.port
    if flow.component == "datanode-transfer" and port < FIRST_UNPRIVILEGED:
        return False
    value = written_value(scene, flow.origin)
    return value is not None and port_in_a_value(port).search(value) is not None


def written_value(scene: Scene, origin: Origin) -> str | None:
    """Return the value that stands in a Hadoop file at this place. None if the case has none."""
    if origin.line is None:
        return None
    settings = (setting for configuration in scene.case.settings.values() for setting in configuration.settings)
    return next((setting.value.strip() for setting in settings if setting.origin == origin), None)


def port_in_a_value(port: int) -> re.Pattern[str]:
    """Return what finds this port after a colon, or as the whole value."""
    return regex(rf"(?:(?<=:)|\A){port}(?=[,/\s]|\Z)")


def _usual_port(scene: Scene, service: Component, port: int) -> int | None:
    """Return the usual port. None if it is the one that is named, or if it is not known.

    The release decides which Hadoop it is: the port itself cannot.
    """
    generation = release_generation(scene.case)
    if "ha" in service.ports:
        usual = service.ports["ha" if view_of(scene.case).high_availability() else "single"]
    elif generation is None and port in service.ports.values():
        return None
    else:
        found = service.default_port(generation or view_of(scene.case).generation)
        if found is None:
            return None
        usual = found
    return usual if usual != port else None


def _ports_of_others(scene: Scene, flow: Flow) -> set[int]:
    """Return the ports of the other services of the cluster."""
    return {other.flow.endpoint.port for other in scene.outcomes if other.flow.component != flow.component}


def _is_let_in(scene: Scene, flow: Flow, port: int) -> bool:
    """Return True if every security group on the way lets this port in from all sources."""
    moved = replace(flow, id=f"{flow.id} on {port}", endpoint=replace(flow.endpoint, port=port))
    decisions = [d for d in scene.model.decisions(moved) if d.layer == "security-group" and d.direction == "ingress"]
    return bool(decisions) and all(decision.verdict == "allowed" for decision in decisions)


def at_usual_port(scene: Scene, blames: Sequence[Blame]) -> list[Flow]:
    """Return the other servers of the same service that files name at its usual port.

    One that is named at another port is then probably mistyped.
    """
    return kdcs_at_usual_port(scene, blames) + _peers_at_usual_port(scene, blames)


def _peers_at_usual_port(scene: Scene, blames: Iterable[Blame]) -> list[Flow]:
    """Return the other members of a pair or list: NameNodes, ResourceManagers, metastores.

    A port that is not like the usual one may be meant: it is no slip of the fingers.
    """
    named = {blame.flow.id for blame in blames}
    wanted = {
        (blame.flow.component, usual)
        for blame in blames
        if blame.flow.area != "kerberos"
        and (usual := blame.usual_port) is not None
        and is_mistyped_port(blame.flow.endpoint.port, usual)
    }
    if not wanted:
        return []
    return [
        other.flow
        for other in scene.outcomes
        if other.flow.id not in named
        and other.flow.assumed_port is None
        and (other.flow.component, other.flow.endpoint.port) in wanted
        and _is_written(scene, other.flow)
    ]


def kdcs_at_usual_port(scene: Scene, blames: Iterable[Blame]) -> list[Flow]:
    """Return the KDCs of the same realms that other lines of krb5.conf name at the usual port."""
    named = [(blame.flow, blame.usual_port) for blame in blames]
    lines = {flow.origin.line for flow, _ in named}
    wanted = {(flow.realm, usual) for flow, usual in named if flow.realm is not None and usual is not None}
    if not wanted:
        return []
    return [
        other.flow
        for other in scene.outcomes
        if other.flow.area == "kerberos"
        and other.flow.origin.line not in (None, *lines)
        and (other.flow.realm, other.flow.endpoint.port) in wanted
    ]
