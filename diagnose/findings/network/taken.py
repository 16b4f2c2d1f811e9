"""Does a device on the way take the connections in place of the hosts?

A transparent proxy, a portal or a firewall that inspects connections accepts every one, whatever
the host. Then the services of several hosts seem to fail at once and alike: all answer in HTTP, all
close, or all keep silent. So many services do not fail alike at once, so no finding that blames one
of them is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from diagnose.findings.model import Blame
from diagnose.findings.network.inference import NOT_ARRIVING
from diagnose.scene.other_service import HTTP, other_protocol, own_answer
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr

Voice = Literal["own", "http", "closed", "silent"]
"""How a port behaves that takes connections: as its service does, or in HTTP, or it ends them, or
says nothing."""

OF_ONE_SERVICE = frozenset(
    {
        *("KDC-NOT-KRB", "KDC-RESET", "KDC-TCP-HOLE"),
        *("SVC-PORT", "SVC-RPC-HTTP", "SVC-HS2-MODE", "SVC-HANG", "SVC-HMS"),
    }
)
"""Codes that blame one service for what the device does."""

LEAST_HOSTS, LEAST_SERVICES = 2, 3
"""Fewer may fail alike by chance."""


def settled(blames: Sequence[Blame], scene: Scene) -> list[Blame]:
    """Return the blames, with one of the device in place of those of single services."""
    taken = voice(scene)
    if taken is None:
        return list(blames)
    kept = [blame for blame in blames if blame.code not in OF_ONE_SERVICE]
    return [*kept, *_of_device(scene)]


def _of_device(scene: Scene) -> Iterator[Blame]:
    for outcome in _connected(scene):
        if outcome.flow.need == "required" and _voice(outcome) is not None:
            missing = (tr(NOT_ARRIVING),)
            yield Blame("FW-VPC", "taken", outcome, "strong", missing=missing, cause="taken-connections")


def voice(scene: Scene) -> Voice | None:
    """Return how every port of every host behaves alike. None if they differ, or are too few.

    Hosts that are all overloaded keep silent alike. So silence and an end count only if the KDC,
    which runs apart, shows the same.
    """
    outcomes = _connected(scene)
    asked = {outcome.flow.id: said for outcome in outcomes if (said := _voice(outcome)) is not None}
    known = [outcome for outcome in outcomes if outcome.flow.id in asked]
    voices = set(asked.values())
    hosts = {outcome.observed.address for outcome in known if outcome.observed is not None}
    if len(voices) != 1 or len(hosts) < LEAST_HOSTS or len({o.flow.component for o in known}) < LEAST_SERVICES:
        return None
    (common,) = voices
    has_kdc = any(outcome.flow.area == "kerberos" for outcome in known)
    return None if common == "own" or (common != "http" and not has_kdc) else common


def _connected(scene: Scene) -> list[Outcome]:
    """Return the flows over TCP. Empty if not all of them were connected from a network of the
    resource group."""
    streams = [o for o in scene.outcomes if o.flow.endpoint.transport == "tcp" and o.observed is not None]
    is_every_one = all(o.from_inside and o.observed is not None and o.observed.state == "open" for o in streams)
    return streams if is_every_one else []


def _voice(outcome: Outcome) -> Voice | None:
    """Return how a port behaves. None if it was not asked, or answered in another way."""
    if outcome.flow.area == "kerberos":
        return _of_kdc(outcome)
    answer = own_answer(outcome.observations)
    if other_protocol(outcome.observations) in HTTP or answer == "unidentified":
        return "http"
    match answer:
        case "closed":
            return "closed"
        case "hangs" | "silent":
            return "silent"
        case None | "foreign":
            return None
    return "own"


def _of_kdc(outcome: Outcome) -> Voice | None:
    seen = outcome.observed
    if seen is None:
        return None
    if seen.word("protocol") in HTTP:
        return "http"
    if seen.word("kerberos") in ("closed", "silent"):
        return "closed" if seen.word("kerberos") == "closed" else "silent"
    return "own"
