"""What does a KDC's log say of our own requests: did they arrive, did they arrive again, and under which address?

A log has no year, no time zone and mostly a clock of its own, so its times are not held against ours. What ties it to a check is the check's own question:
nobody else asks for K/M, and a check asks over UDP and TCP in the same seconds, and some seconds later perhaps once more over TCP, for the sizes of packets.
Of a round of such questions

    three datagrams and one over TCP     the datagrams arrive, and their sender goes on asking: the answers are lost
    the one over TCP alone               the log covers the check, and no datagram arrived

MIT logs a datagram that it has answered before as "repeated", Heimdal logs it as another request; both count. Without a round of ours, "repeated" from a client
of the resource group still shows that its first request arrived and that it asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.scene.node_records.model import Arrived, Line
from probes.addresses import LOOPBACK, Ranges, contains, parse_address
from probes.files.kdc_log import Event, KdcLog

ROUND_SECONDS = 5.0
"""All datagrams that one look at a KDC sends fall into this (`probes.network.udp.RESEND`), and its question over TCP."""

RUN_SECONDS = 20.0
"""All rounds of one check fall into this: first looks, looks at what stayed silent, and further questions. An older check does not count."""

AGAIN = 2
"""So many datagrams of one round show that the sender did not hear the answer to the first."""


@dataclass(frozen=True, slots=True)
class Heard:
    arrived: Arrived = "unknown"
    translated: str | None = None
    lines: tuple[Line, ...] = ()


def heard(log: KdcLog, sources: Ranges, cluster: Ranges, realm: str | None, *, silent: bool, over_tcp: int) -> Heard:
    """Of one UDP flow to this KDC. over_tcp: questions of a check that came by TCP; silent: no answer was heard."""
    ours = last_rounds(log.events, sources, realm)
    if ours:
        return _counted(ours, over_tcp)
    stranger = _stranger(log.events, sources, cluster, realm)
    if stranger and (not silent or _most(stranger) - over_tcp >= AGAIN):
        last = stranger[-1][-1]
        said = f"asks for K/M, which only this check does, from {last.address}"
        return Heard("yes" if silent else "unknown", last.address, (Line("translated", last.origin, said),))
    again = [event for event in log.events if event.kind == "repeated" and _within(event, sources)]
    if again:
        return Heard(
            "yes", None, (Line("arrived", again[-1].origin, f"{again[-1].address} asked again after it was answered"),)
        )
    return Heard()


Rounds = tuple[tuple[Event, ...], ...]


def last_rounds(events: Sequence[Event], sources: Ranges, realm: str | None) -> Rounds:
    """The questions of ours from these addresses that belong to the newest check, with their repetitions, in rounds. Empty where the log does not say when
    they came."""
    asked = [event for event in events if _is_ours(event, realm) and _within(event, sources) and event.at is not None]
    if not asked:
        return ()
    address, end = asked[-1].address, asked[-1].at
    rounds: list[list[Event]] = []
    for event in events:
        if event.address != address or event.at is None or end is None or abs(event.at - end) > RUN_SECONDS:
            continue
        if event.kind != "repeated" and not _is_ours(event, realm):
            continue
        began = rounds[-1][0].at if rounds else None
        if began is None or abs(event.at - began) > ROUND_SECONDS:
            rounds.append([])
        rounds[-1].append(event)
    return tuple(map(tuple, rounds))


def _most(rounds: Rounds) -> int:
    return max(map(len, rounds))


def _counted(ours: Rounds, over_tcp: int) -> Heard:
    full = max(ours, key=len)
    if len(full) - over_tcp >= AGAIN:
        last = full[-1]
        said = f"question {len(full)} of one check from {last.address}, which had heard no answer to the ones before"
        return Heard("yes", None, (Line("arrived", last.origin, said),))
    last = ours[-1][-1]
    if sum(map(len, ours)) <= over_tcp:
        said = f"the last question of the check from {last.address}; all of its questions came over TCP, and no datagram arrived"
        return Heard("no", None, (Line("arrived", last.origin, said),))
    return Heard()


def _stranger(events: Sequence[Event], sources: Ranges, cluster: Ranges, realm: str | None) -> Rounds:
    """Rounds of ours from the one address that is neither the resource group's nor the cluster's nor the KDC's own."""
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
    return last_rounds(events, ((place, place),), realm)


def _is_ours(event: Event, realm: str | None) -> bool:
    return event.asks_master_key and (realm is None or event.client.endswith(f"@{realm}"))


def _within(event: Event, ranges: Ranges) -> bool:
    return event.address is not None and contains(ranges, parse_address(event.address))
