"""Does this TCP port complete a handshake, and if not, what came instead?

| seen | state | reason |
|---|---|---|
| SYN-ACK | open | syn-ack |
| SYN-ACK, and a RST at once | open | syn-ack, with the errno in the detail |
| RST | closed | rst |
| an ICMP error, whoever sent it | filtered | its word: port-unreachable, host-prohibited, … |
| a refusal, by a host that does not see ICMP errors | closed | conn-refused |
| another ICMP error, by such a host | filtered | icmp-other |
| silence | filtered | no-response |
| this host has no route, or may not send | filtered | no-route, local-prohibited |
| no descriptor, no such source address | not-probed | no-descriptor, no-vantage |

ICMP port-unreachable is `filtered`, as in nmap, although connect() returns ECONNREFUSED for it as
for a reset. A TCP stack refuses with RST, so 3/3 comes from a packet filter. The offender is its
address. If the offender is our own source address, this host gave up by itself: no host answered
its ARP, or its own filter rejects. A filter may also forge a RST; an unprivileged program cannot
detect that.
"""

from __future__ import annotations

import errno
import struct

from probes.endpoint import Endpoint
from probes.network import sockets
from probes.network.host import Handshake, OpenConnection, Sending
from probes.network.this_host import host_of
from probes.observation import Observation
from probes.vantage import Vantage

_RTT_OFFSET, _RETRANSMITS_OFFSET, _INFO_SIZE = 68, 100, 104
"""Offsets of tcpi_rtt (microseconds) and tcpi_total_retrans in struct tcp_info."""

_AFTER_THE_HANDSHAKE = (errno.ECONNRESET, errno.EPIPE)
"""What connect() says of a RST that came after the SYN-ACK. Before it, it says ECONNREFUSED. See
tcp_reset of the kernel."""


async def connect(
    endpoint: Endpoint,
    vantage: Vantage,
    *,
    hops: int | None = None,
) -> Observation:
    """Make one handshake and close it at once. endpoint.address is numeric.

    hops: number of the router that drops its packets, see `sockets.open_socket`.
    """
    sending = Sending(vantage.patience, vantage.source_address, hops)
    address = endpoint.address or endpoint.host
    return observed(await host_of(vantage).connect(address, endpoint.port, sending, keep=False), endpoint, vantage)


async def open_connection(
    endpoint: Endpoint,
    vantage: Vantage,
    *,
    segment: int | None = None,
) -> tuple[Observation, OpenConnection | None]:
    """Do what `connect` does, and keep the connection open.

    The caller closes it, by leaving its `with` block. It is None unless the state is open, and if
    the peer reset it at once.
    segment: the largest TCP segment, bytes, that we send and that we ask the peer to send. None for
    what the interface carries.
    """
    sending = Sending(vantage.patience, vantage.source_address, segment=segment)
    address = endpoint.address or endpoint.host
    handshake = await host_of(vantage).connect(address, endpoint.port, sending, keep=True)
    return observed(handshake, endpoint, vantage), handshake.connection


def observed(handshake: Handshake, endpoint: Endpoint, vantage: Vantage) -> Observation:
    """Return what a handshake shows of an endpoint."""
    address = endpoint.address or endpoint.host
    rtt, again = figures(handshake.info)
    attempts, elapsed = handshake.sent + again + handshake.again, round(handshake.elapsed, 3)
    failure, icmp = handshake.failure, handshake.icmp
    if failure is None or (failure.errno in _AFTER_THE_HANDSHAKE and icmp is None):
        # The kernel's figure does not contain the time in our own queue, which counts with 2,000
        # connections in flight.
        shortest = elapsed if rtt is None else round(min(rtt, handshake.elapsed), 3)
        return Observation(
            vantage.name,
            "open",
            "syn-ack",
            rtt_ms=shortest,
            attempts=attempts,
            source=handshake.own,
            address=address,
            detail={} if failure is None else {"errno": sockets.errno_name(failure.errno)},
        )
    if icmp is not None:
        return Observation(
            vantage.name,
            "filtered",
            icmp.reason,
            icmp.offender,
            elapsed,
            attempts,
            handshake.own,
            address,
            icmp.detail(),
        )
    if handshake.is_blind and (word := sockets.blind_verdict(failure.errno)) is not None:
        state, reason = word
        detail = {"errno": sockets.errno_name(failure.errno)}
        return Observation(vantage.name, state, reason, None, elapsed, attempts, handshake.own, address, detail)
    if isinstance(failure, TimeoutError):
        return Observation(
            vantage.name, "filtered", "no-response", attempts=attempts, source=handshake.own, address=address
        )
    if failure.errno == errno.ECONNREFUSED:
        return Observation(
            vantage.name, "closed", "rst", rtt_ms=elapsed, attempts=attempts, source=handshake.own, address=address
        )
    return sockets.local_failure(failure, endpoint, vantage)


def figures(info: bytes) -> tuple[float | None, int]:
    """Return the round trip in milliseconds of a struct tcp_info, None without a sample, and the
    SYNs that the kernel sent again."""
    if len(info) < _INFO_SIZE:
        return None, 0
    (rtt,) = struct.unpack_from("=I", info, _RTT_OFFSET)
    (again,) = struct.unpack_from("=I", info, _RETRANSMITS_OFFSET)
    return (rtt / 1000 if rtt else None), again
