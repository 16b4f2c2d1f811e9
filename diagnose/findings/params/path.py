"""Which values do the sentences about the way to a host hold?"""

from __future__ import annotations

from diagnose.findings.blame_group import BlameGroup, targets
from diagnose.findings.network import path, taken
from diagnose.findings.network.packets import rejecter
from diagnose.findings.values import Params, unique
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene


def mtu(group: BlameGroup) -> Params:
    """Return which sizes of packets are lost.

    - passes, own: bytes that the path and this host's link carry.
    - waiting: bytes that were not acknowledged.
    - lost: which direction loses packets, requests or answers.
    """
    blames = tuple(blame for blame in group.blames if path.is_black_hole(blame.outcome)) or group.blames
    measured = BlameGroup(group.scene, blames)
    note = path.noted(blames[0].outcome, "mtu")
    return {
        "measured": {"targets": targets(measured)},
        "is_ipv6": ":" in (measured.flows[0].endpoint.address or ""),
        "passes": path.size(note, "passes"),
        "own": path.size(note, "own"),
        "waiting": path.size(note, "waiting"),
        "lost": "requests" if note.get("direction") == "out" else "answers",
    }


def routers(group: BlameGroup) -> Params:
    """Return the routers that packets met, for NET-ROUTE.

    - is_answering: each of these hosts answers on another port.
    - is_beside_others: other hosts in the vSwitch of each of these answer.
    """
    outcomes = [blame.outcome for blame in group.blames]
    away = {_vswitch(group.scene, outcome) for outcome in outcomes}
    hosts = {outcome.flow.endpoint.host for outcome in outcomes}
    met = {
        _vswitch(group.scene, other)
        for other in group.scene.outcomes
        if other.flow.endpoint.host not in hosts and other.observed is not None and other.observed.state == "open"
    }
    return {
        "routers": unique(router for outcome in outcomes for router in path.loop(outcome)),
        "offenders": unique(o.observed.offender for o in outcomes if o.observed and o.observed.offender),
        "address": group.flows[0].endpoint.address,
        "is_answering": all(_answers_beside(group.scene, outcome) for outcome in outcomes),
        "is_beside_others": None not in away and away <= met,
    }


def _answers_beside(scene: Scene, outcome: Outcome) -> bool:
    return any(each.observed is not None and each.observed.state == "open" for each in scene.siblings(outcome))


def _vswitch(scene: Scene, outcome: Outcome) -> str | None:
    node = scene.model.node(outcome.flow)
    return node.vswitch if node is not None else None


def appliance(group: BlameGroup) -> Params:
    """Return what is known of a device on the way.

    - distance: hops to the host.
    - ttl, host_ttl: of the reset, and of other packets of the host.
    - voice: how every port behaves, where the device takes the connections. Then nothing else.
    """
    if group.blames[0].cause == "taken-connections":
        return {"voice": taken.voice(group.scene)}
    outcomes = [blame.outcome for blame in group.blames]
    observed = [outcome.observed for outcome in outcomes if outcome.observed]
    notes = [path.noted(outcome, "rst") for outcome in outcomes if path.is_forged(outcome)]
    note = notes[0] if notes else path.NO_NOTE
    return {
        "offenders": unique(
            offender for outcome in outcomes if (offender := rejecter(group.scene, outcome)) is not None
        ),
        "is_refused": any(observation.state == "closed" for observation in observed),
        "is_own": any(observation.offender for observation in observed),
        "is_any_silent": any(observation.reason == "no-response" for observation in observed),
        "distance": path.size(note, "distance") if note.get("short_of_host") is True else None,
        "ttl": path.size(note, "ttl"),
        "host_ttl": path.size(note, "host_ttl"),
    }
