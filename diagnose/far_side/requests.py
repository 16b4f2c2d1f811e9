"""What does a KDC's log say of our own requests: did they arrive, did they arrive again, and under which address?

A log has no year, no time zone and mostly a clock of its own, so its times are not held against ours. What ties it to a check is the check's own question:
nobody else asks for K/M, and a check asks over UDP and TCP in the same seconds. Of a round of such questions

    three datagrams and one over TCP     the datagrams arrive, and their sender goes on asking: the answers are lost
    the one over TCP alone               the log covers the check, and no datagram arrived

MIT logs a datagram that it has answered before as "repeated", Heimdal logs it as another request; both count. Without a round of ours, "repeated" from a client
of the resource group still shows that its first request arrived and that it asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.far_side.model import Arrived, Line
from probes.addresses import LOOPBACK, Ranges, parse_address
from probes.kdc_log import Event, KdcLog

ROUND_SECONDS = 5.0
"""All questions of one check fall into this: datagrams go out at 0, 1 and 2 s (`probes.udp.RESEND`)."""

AGAIN = 2
"""So many datagrams of one round show that the sender did not hear the answer to the first."""


@dataclass(frozen=True, slots=True)
class Heard:
    arrived: Arrived = "unknown"
    translated: str | None = None
    lines: tuple[Line, ...] = ()


def heard(log: KdcLog, sources: Ranges, cluster: Ranges, realm: str | None, *, silent: bool, over_tcp: int) -> Heard:
    """Of one UDP flow to this KDC. over_tcp: questions of a round that came by TCP, 1 or 0; silent: no answer was heard."""
    ours = last_round(log.events, sources, realm)
    if ours:
        return _counted(ours, over_tcp)
    stranger = _stranger(log.events, sources, cluster, realm)
    if stranger and (not silent or len(stranger) - over_tcp >= AGAIN):
        said = f"asks for K/M, which only this check does, from {stranger[-1].address}"
        lines = (Line("translated", stranger[-1].origin, said),)
        return Heard("yes" if silent else "unknown", stranger[-1].address, lines)
    again = [event for event in log.events if event.kind == "repeated" and _within(event, sources)]
    if again:
        return Heard(
            "yes", None, (Line("arrived", again[-1].origin, f"{again[-1].address} asked again after it was answered"),)
        )
    return Heard()


def last_round(events: Sequence[Event], sources: Ranges, realm: str | None) -> tuple[Event, ...]:
    """The newest questions of ours from these addresses, with their repetitions. Empty where the log does not say when they came."""
    asked = [event for event in events if _is_ours(event, realm) and _within(event, sources) and event.at is not None]
    if not asked:
        return ()
    last = asked[-1]
    return tuple(
        event
        for event in events
        if (event.kind == "repeated" or _is_ours(event, realm))
        and event.address == last.address
        and event.at is not None
        and last.at is not None
        and abs(event.at - last.at) <= ROUND_SECONDS
    )


def _counted(ours: Sequence[Event], over_tcp: int) -> Heard:
    by_udp = len(ours) - over_tcp
    last = ours[-1]
    if by_udp >= AGAIN:
        said = f"question {len(ours)} of one check from {last.address}, which had heard no answer to the ones before"
        return Heard("yes", None, (Line("arrived", last.origin, said),))
    if by_udp <= 0:
        said = f"the only question of the check from {last.address}, which came over TCP: no datagram arrived"
        return Heard("no", None, (Line("arrived", last.origin, said),))
    return Heard()


def _stranger(events: Sequence[Event], sources: Ranges, cluster: Ranges, realm: str | None) -> tuple[Event, ...]:
    """A round of ours from the one address that is neither the resource group's nor the cluster's nor the KDC's own."""
    addresses = {
        event.address
        for event in events
        if _is_ours(event, realm)
        and event.address
        and not any(_within(event, known) for known in (sources, cluster, LOOPBACK))
    }
    if len(addresses) != 1:
        return ()
    place = parse_address(addresses.pop())
    return last_round(events, ((place, place),), realm)


def _is_ours(event: Event, realm: str | None) -> bool:
    return event.asks_master_key and (realm is None or event.client.endswith(f"@{realm}"))


def _within(event: Event, ranges: Ranges) -> bool:
    if event.address is None:
        return False
    place = parse_address(event.address)
    return any(low <= place <= high for low, high in ranges)
