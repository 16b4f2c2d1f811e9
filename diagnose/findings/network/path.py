"""What traces, resets and large exchanges say of the way to a host: a routing loop, a reset that the host did not send, packets that are too large.

Read from the notes of `diagnose.live.follow_up.path` alone. They may come out of a file, so nothing in them is taken for what it should be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.case.model import Skipped
from diagnose.findings.model import Blame
from diagnose.findings.values import Params
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.observation import Reason

MOST_ROUTERS = 8
"""Routers of a loop that are named."""

REFUSALS: frozenset[Reason] = frozenset(
    {
        "host-prohibited",
        "net-prohibited",
        "admin-prohibited",
        "policy-failed",
        "reject-route",
        "host-unreachable",
        "net-unreachable",
        "port-unreachable",
        "proto-unreachable",
    }
)
"""What a router answers that will not pass a packet on."""

NO_NOTE: Mapping[str, Any] = {}


def noted(outcome: Outcome, kind: str) -> Mapping[str, Any]:
    """What the further question of this kind (path, mtu, rst) taught of this flow; empty where it was not asked."""
    for seen in outcome.observations:
        told = seen.detail.get(kind)
        if isinstance(told, Mapping):
            return told
    return NO_NOTE


def size(told: Mapping[str, Any], name: str) -> int | None:
    """A number of bytes, hops or the like."""
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def address(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= 64 else None


def last_router(outcome: Outcome) -> str | None:
    """The last router that answered on the way to this flow's port; None where nothing was traced or none answered. Not the place of a drop."""
    return address(noted(outcome, "path"), "last")


def loop(outcome: Outcome) -> tuple[str, ...]:
    """The routers that packets for this flow go round between."""
    routers = noted(outcome, "path").get("loop")
    if not isinstance(routers, (list, tuple)):
        return ()
    return tuple(router for router in routers[:MOST_ROUTERS] if isinstance(router, str))


def is_looped(scene: Scene, outcome: Outcome) -> bool:
    """This flow's packets, or those to the same host, go round in a loop."""
    return outcome.here != "denied" and any(loop(one) for one in (outcome, *scene.siblings(outcome)))


def is_forged(outcome: Outcome) -> bool:
    """The reset that refused this flow was sent by something else than the host."""
    return noted(outcome, "rst").get("forged") is True


def sender_unknown(scene: Scene, outcome: Outcome) -> bool:
    """May a device right before the host have sent the reset that refused this flow? So it is with a router in between, where no TTL of a reset of this host was
    held against that of its other packets. Of several refusals of one host only some are looked at, and what is found stands for the others."""
    if outcome.observed is None or outcome.observed.reason != "rst":
        return False
    notes = [told for one in (outcome, *scene.siblings(outcome)) if (told := noted(one, "rst"))]
    return bool(notes) and notes[0].get("distance") != 1 and not _same_ttl(notes[0])


def _same_ttl(told: Mapping[str, Any]) -> bool:
    ttl = size(told, "ttl")
    return ttl is not None and ttl == size(told, "host_ttl")


def is_black_hole(outcome: Outcome) -> bool:
    """A large exchange with this flow's port stalled where a small one, and the same one in small packets, did not."""
    return noted(outcome, "mtu").get("black_hole") is True


def swallows_large(scene: Scene, outcome: Outcome) -> bool:
    """Large packets of TCP are lost on the way to this flow's host, so what else is large there is lost by the same fault."""
    return any(is_black_hole(one) for one in (outcome, *scene.siblings(outcome)))


def blames(scene: Scene) -> Iterator[Blame]:
    """Every TCP flow that connects to a host that large packets do not reach, or do not come back from."""
    for outcome in scene.outcomes:
        seen = outcome.observed
        if outcome.flow.endpoint.transport != "tcp" or seen is None or seen.state != "open":
            continue
        if is_black_hole(outcome):
            yield Blame("NET-MTU-TCP", "path", outcome, "proven")
        elif swallows_large(scene, outcome):
            yield Blame("NET-MTU-TCP", "path", outcome, "strong")


def not_checked(scene: Scene) -> list[Skipped]:
    """What the packets would have shown to a process that may read them. A reset of a neighbour without a router in between leaves nothing open."""
    notes = [noted(outcome, "rst") for outcome in scene.outcomes]
    if not any(told.get("captured") is False and told.get("distance") != 1 for told in notes):
        return []
    cause = (
        "this process may not read packets, so who sent a reset was judged by the number of hops alone; "
        "a firewall on the last router before the host cannot be told from the host that way"
    )
    return [Skipped("the TTL of resets", cause, "CAP_NET_RAW: the check run as root")]


def traced_way(scene: Scene, outcome: Outcome) -> Params:
    """Return how far packets to this flow, or to another silent one of its host, were seen. Empty if nothing was traced.

    - is_reached: a packet of the trace was answered, later.
    - last, place: the last router that answered, and its number on the way.
    - refusal: the error with which a router refused to pass a packet on.
    - distance: hops to an open port of the host.
    """
    traced = [each for each in (outcome, *scene.siblings(outcome)) if noted(each, "path")]
    silent = next((each for each in traced if each.silent), None)
    if silent is None:
        return {}
    note = noted(silent, "path")
    refusal = note.get("answer")
    distances = (size(noted(each, "path"), "distance") for each in traced)
    return {
        "is_reached": note.get("reached") is True,
        "last": last_router(silent),
        "place": _place(note),
        "refusal": refusal if isinstance(refusal, str) and refusal in REFUSALS else None,
        "distance": next((distance for distance in distances if distance is not None), None),
    }


def _place(told: Mapping[str, Any]) -> int:
    """Which number the last router has on the way, counted from here."""
    hops = told.get("hops")
    if not isinstance(hops, (list, tuple)):
        return 0
    furthest = hops[-1] if hops else None
    if isinstance(furthest, (list, tuple)) and furthest and isinstance(furthest[0], int):
        return furthest[0]
    return len(hops)
