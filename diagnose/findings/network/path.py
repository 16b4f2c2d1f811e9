"""What do traces, resets and large exchanges show of the way to a host?

A routing loop, a reset that the host did not send, or packets that are too large. The facts are the
notes of `diagnose.live.follow_up.path`. They may come from a file, so every value in them is
checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.case.model import Skipped
from diagnose.findings.model import Blame
from diagnose.findings.values import Params
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.observation import Reason

MOST_ROUTERS = 8
"""Most routers of a loop that are named."""

LONGEST_ADDRESS = 64
"""Characters of an IPv6 address with its scope (RFC 4007), and some more."""

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
"""Errors of a router that refuses to pass a packet on."""

NO_NOTE: Mapping[str, Any] = {}


def noted(outcome: Outcome, kind: str) -> Mapping[str, Any]:
    """Return the note of one follow-up (path, mtu, rst) on this flow. Empty if it was not asked."""
    for seen in outcome.observations:
        told = seen.detail.get(kind)
        if isinstance(told, Mapping):
            return told
    return NO_NOTE


def size(told: Mapping[str, Any], name: str) -> int | None:
    """Return a number of bytes or hops. None if the note has no such number."""
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def address(told: Mapping[str, Any], name: str) -> str | None:
    """Return an address of the note. None if the note has none, or a text too long for one."""
    value = told.get(name)
    return value if isinstance(value, str) and value and len(value) <= LONGEST_ADDRESS else None


def last_router(outcome: Outcome) -> str | None:
    """Return the last router that answered on the way to this flow's port.

    None if nothing was traced or no router answered. It is not the place of a drop.
    """
    return address(noted(outcome, "path"), "last")


def loop(outcome: Outcome) -> tuple[str, ...]:
    """Return the routers between which packets for this flow go round."""
    routers = noted(outcome, "path").get("loop")
    if not isinstance(routers, (list, tuple)):
        return ()
    return tuple(router for router in routers[:MOST_ROUTERS] if isinstance(router, str))


def is_looped(scene: Scene, outcome: Outcome) -> bool:
    """Return True if packets of this flow, or to the same host, go round in a loop."""
    return outcome.here != "denied" and any(loop(one) for one in (outcome, *scene.siblings(outcome)))


def is_forged(outcome: Outcome) -> bool:
    """Return True if another device than the host sent the reset that refused this flow."""
    return noted(outcome, "rst").get("forged") is True


def sender_unknown(scene: Scene, outcome: Outcome) -> bool:
    """Return True if a device right before the host may have sent the refusal.

    That is so if the vantage does not see what refused it, or if a router stands between and no TTL
    of a reset was compared with that of other packets of the host. Only some refusals of one host
    are examined, and the result holds for the others.
    """
    if outcome.observed is not None and outcome.observed.reason == "conn-refused":
        return True
    if outcome.observed is None or outcome.observed.reason != "rst":
        return False
    notes = [told for one in (outcome, *scene.siblings(outcome)) if (told := noted(one, "rst"))]
    return bool(notes) and notes[0].get("distance") != 1 and not _same_ttl(notes[0])


def _same_ttl(told: Mapping[str, Any]) -> bool:
    ttl = size(told, "ttl")
    return ttl is not None and ttl == size(told, "host_ttl")


def is_black_hole(outcome: Outcome) -> bool:
    """Return True if a large exchange stalled, and a small one and the same one in small packets
    did not.
    """
    return noted(outcome, "mtu").get("black_hole") is True


def swallows_large(scene: Scene, outcome: Outcome) -> bool:
    """Return True if large TCP packets to this host are lost.

    Large datagrams are lost by the same fault.
    """
    return any(is_black_hole(one) for one in (outcome, *scene.siblings(outcome)))


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield every TCP flow that connects to a host with which large packets are lost."""
    for outcome in scene.outcomes:
        seen = outcome.observed
        if outcome.flow.endpoint.transport != "tcp" or seen is None or seen.state != "open":
            continue
        if is_black_hole(outcome):
            yield Blame("NET-MTU-TCP", "path", outcome, "proven")
        elif swallows_large(scene, outcome):
            yield Blame("NET-MTU-TCP", "path", outcome, "strong")


def not_checked(scene: Scene) -> list[Skipped]:
    """Return what only a process that may read packets can find out.

    A reset of a host without a router in between leaves nothing open.
    """
    notes = [noted(outcome, "rst") for outcome in scene.outcomes]
    if not any(told.get("captured") is False and told.get("distance") != 1 for told in notes):
        return []
    cause = tr(
        "this process may not read the packets of the host that sends, so who sent a reset was judged by "
        "the number of hops alone; a firewall on the last router before the host cannot be told from the host that way"
    )
    return [Skipped(tr("the TTL of resets"), cause, tr("CAP_NET_RAW: the check run as root on that host"))]


def traced_way(scene: Scene, outcome: Outcome) -> Params:
    """Return how far packets to this flow, or to another silent one of its host, were seen.

    Empty if nothing was traced.

    - is_reached: a packet of the trace was answered, later.
    - last, place: the last router that answered, and its number on the way.
    - refusal: the error with which a router refused to pass a packet on.
    - distance: hops to an open port of the host.
    - nearest: the first router, if it answered for an open port of the host and no router for this.
    """
    traced = [each for each in (outcome, *scene.siblings(outcome)) if noted(each, "path")]
    silent = next((each for each in traced if each.is_silent), None)
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
        "nearest": nearest(scene, silent),
    }


def nearest(scene: Scene, outcome: Outcome) -> str | None:
    """Return the first router if it answered for an open port of the host, and no router answered
    for this silent one. Packets to it then end on the host that sends, or on that router.
    """
    told = noted(outcome, "path")
    if told.get("hops") not in ([], ()) or told.get("answer") is not None or not outcome.is_silent:
        return None
    others = [told for each in scene.siblings(outcome) if not each.is_silent and (told := noted(each, "path"))]
    return next((router for told in others if (router := _first_router(told)) is not None), None)


def _first_router(told: Mapping[str, Any]) -> str | None:
    hops = told.get("hops")
    first = hops[0] if isinstance(hops, (list, tuple)) and hops else None
    if not isinstance(first, (list, tuple)) or len(first) < 2 or first[0] != 1:
        return None
    return address({"first": first[1]}, "first")


def _place(told: Mapping[str, Any]) -> int:
    """Return the number of the last router on the way, counted from here."""
    hops = told.get("hops")
    if not isinstance(hops, (list, tuple)):
        return 0
    furthest = hops[-1] if hops else None
    if isinstance(furthest, (list, tuple)) and furthest and isinstance(furthest[0], int):
        return furthest[0]
    return len(hops)
