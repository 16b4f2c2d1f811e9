"""Do the answers of one address differ from packet to packet? Then a lasting cause is in doubt.

- Two machines with one address: the network leads a connection to one or the other, so one port
  accepts at one time and refuses at another
  (https://cr0x.net/en/ip-conflict-find-culprit-fast, 2026-11-30).
- Packets that are lost on the way: ports that answer need a second attempt or a third. Losses in
  turn may meet the same port each time.
"""

from __future__ import annotations

from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.observation import Observation, Reason

ACCEPTED: frozenset[Reason] = frozenset({"syn-ack", "service-reply", "kerberos-reply"})
REFUSED: frozenset[Reason] = frozenset({"rst", "conn-refused"})

LEAST_LOST = 2
"""Attempts that are lost before loss is spoken of. One is lost on a good path too."""

LEAST_SHARE = 0.1
"""Share of the attempts at ports that answered."""

AN_ANSWER, RETRANSMITTED = 100.0, 900.0
"""Milliseconds. An answer that takes longer than the first and shorter than the second may be to
the first attempt: the kernel retransmits a SYN after one second."""


def doubts(scene: Scene, outcome: Outcome) -> tuple[str, ...]:
    """Return what the answers leave open about a silence or a refusal, in words."""
    if not outcome.from_inside:
        return ()
    found = []
    if (mixed := _mixed(scene, outcome)) is not None:
        text = tr(
            "whether two machines have the address of {host}, or a service just restarted: port {port} accepted one "
            "connection and refused another (arping from a host of its vSwitch)",
            host=outcome.flow.endpoint.host,
            port=mixed.flow.endpoint.port,
        )
        found.append(text)
    lost, tried = _lost(scene)
    if outcome.is_silent and lost >= LEAST_LOST and lost >= LEAST_SHARE * tried:
        text = tr(
            "whether packets are lost on the way: {lost} of {tried} attempts at ports that answer brought no answer",
            lost=lost,
            tried=tried,
        )
        found.append(text)
    return tuple(found)


def _mixed(scene: Scene, outcome: Outcome) -> Outcome | None:
    """Return a flow to this machine that was accepted and refused from one place. None without."""
    return next((each for each in (outcome, *scene.siblings(outcome)) if _is_mixed(each)), None)


def _is_mixed(outcome: Outcome) -> bool:
    if outcome.flow.endpoint.transport != "tcp":
        return False
    accepted = {(o.vantage, o.address) for o in outcome.observations if o.state == "open" and o.reason in ACCEPTED}
    refused = {(o.vantage, o.address) for o in outcome.observations if o.state == "closed" and o.reason in REFUSED}
    return bool(accepted & refused)


def _lost(scene: Scene) -> tuple[int, int]:
    """Return how many attempts at TCP ports that answered were lost, and how many were made."""
    answers = [
        seen
        for outcome in scene.outcomes
        if outcome.from_inside and outcome.flow.endpoint.transport == "tcp"
        for seen in outcome.observations[:1]
        if seen.reason in ("syn-ack", "rst") and seen.attempts
    ]
    return sum(seen.attempts - 1 for seen in answers if _is_lossy(seen)), sum(seen.attempts for seen in answers)


def _is_lossy(seen: Observation) -> bool:
    """Return True if the attempts before the last one were lost, and not only slow."""
    return seen.attempts > 1 and seen.rtt_ms is not None and not AN_ANSWER <= seen.rtt_ms < RETRANSMITTED
