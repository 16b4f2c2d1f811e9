"""What does a KDC's log show of our own requests: did they arrive, how often, from which address?

A log has no year, no time zone and often a clock of its own, so its times are not compared with
ours. The check's own question ties a log to a check:

- Nobody else asks for K/M.
- A check asks over UDP and TCP within the same seconds.
- Some seconds later it may ask once more over TCP, to learn the sizes of packets.

A round of such questions shows:

    three datagrams and one over TCP     the datagrams arrive, and their answers are lost
    the one over TCP alone               the log covers the check, and no datagram arrived

MIT logs a datagram that it has already answered as "repeated". Heimdal logs it as another request.
Both count. Without a round of ours, a "repeated" from a client of the resource group still shows
that its first request arrived and that it asked again.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.scene.node_records.model import Arrived, RecordLine
from probes.addresses import LOOPBACK, Ranges, contains, parse_address
from probes.files.kdc_log import Event, KdcLog
from probes.frozen import frozen
from probes.language import tr

ROUND_SECONDS = 5.0
"""Length of a round, seconds.

It covers all datagrams that one look at a KDC sends (`probes.network.udp.RESEND`), and its question
over TCP.
"""

RUN_SECONDS = 20.0
"""Length of a check, seconds.

It covers first looks, second looks at silent ports, and follow-up questions. An older check does
not count.
"""

AGAIN = 2
"""Datagrams in one round that show that the sender got no answer to the first."""


@frozen
class RequestTrace:
    """What a log shows of the requests of one UDP flow."""

    arrived: Arrived = "unknown"
    """Whether the requests arrived."""
    translated: str | None = None
    """Address that the log has in place of ours. None if it has ours."""
    lines: tuple[RecordLine, ...] = ()
    """The lines that show it."""


def trace_requests(
    log: KdcLog, sources: Ranges, cluster: Ranges, realm: str | None, *, silent: bool, over_tcp: int
) -> RequestTrace:
    """Return what a KDC's log shows of one UDP flow.

    - `over_tcp`: questions of a check that came over TCP.
    - `silent`: True if the check got no answer over UDP.
    """
    ours = last_rounds(log.events, sources, realm)
    if ours:
        return _counted(ours, over_tcp)
    translated = _translated_rounds(log.events, sources, cluster, realm)
    if translated and (not silent or _largest(translated) - over_tcp >= AGAIN):
        last = translated[-1][-1]
        text = tr("asks for K/M, which only this check does, from {address}", address=last.address)
        return RequestTrace(
            "yes" if silent else "unknown", last.address, (RecordLine("translated", last.origin, text),)
        )
    again = [event for event in log.events if event.kind == "repeated" and _is_from(event, sources)]
    if again:
        return RequestTrace(
            "yes",
            None,
            (
                RecordLine(
                    "arrived",
                    again[-1].origin,
                    tr("{address} asked again after it was answered", address=again[-1].address),
                ),
            ),
        )
    return RequestTrace()


Rounds = tuple[tuple[Event, ...], ...]


def last_rounds(events: Sequence[Event], sources: Ranges, realm: str | None) -> Rounds:
    """Return the questions of the newest check from these addresses, in rounds, with repetitions.

    () if the log has no time at its lines.
    """
    asked = [event for event in events if _is_ours(event, realm) and _is_from(event, sources) and event.at is not None]
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


def _largest(rounds: Rounds) -> int:
    return max(map(len, rounds))


def _counted(ours: Rounds, over_tcp: int) -> RequestTrace:
    full = max(ours, key=len)
    if len(full) - over_tcp >= AGAIN:
        last = full[-1]
        text = tr(
            "question {number} of one check from {address}, which had no answer to the ones before",
            number=len(full),
            address=last.address,
        )
        return RequestTrace("yes", None, (RecordLine("arrived", last.origin, text),))
    last = ours[-1][-1]
    if sum(map(len, ours)) <= over_tcp:
        text = tr(
            "the last question of the check from {address}; all of its questions came over TCP, and no datagram "
            "arrived",
            address=last.address,
        )
        return RequestTrace("no", None, (RecordLine("arrived", last.origin, text),))
    return RequestTrace()


def _translated_rounds(events: Sequence[Event], sources: Ranges, cluster: Ranges, realm: str | None) -> Rounds:
    """Return rounds of ours from one address outside the resource group, the cluster and the KDC.

    () unless it is exactly one address.
    """
    addresses = {
        event.address
        for event in events
        if _is_ours(event, realm)
        and event.address
        and not any(_is_from(event, known) for known in (sources, cluster, LOOPBACK))
    }
    if len(addresses) != 1:
        return ()
    place = parse_address(addresses.pop())
    return last_rounds(events, ((place, place),), realm)


def _is_ours(event: Event, realm: str | None) -> bool:
    return event.asks_master_key and (realm is None or event.client.endswith(f"@{realm}"))


def _is_from(event: Event, ranges: Ranges) -> bool:
    return event.address is not None and contains(ranges, parse_address(event.address))
