"""Does this TCP port complete a handshake, and if not, what came instead?

| seen | state | reason |
|---|---|---|
| SYN-ACK | open | syn-ack |
| RST | closed | rst |
| an ICMP error, whoever sent it | filtered | its word: port-unreachable, host-prohibited, … |
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
import socket
import struct

from probes.endpoint import Endpoint
from probes.network import errqueue, sockets
from probes.observation import Observation
from probes.vantage import Vantage

_RTT_OFFSET, _RETRANSMITS_OFFSET, _INFO_SIZE = 68, 100, 104
"""Offsets of tcpi_rtt (microseconds) and tcpi_total_retrans in struct tcp_info."""


async def connect(
    endpoint: Endpoint,
    vantage: Vantage,
    *,
    hops: int | None = None,
) -> Observation:
    """Make one handshake and close it at once. endpoint.address is numeric.

    hops: number of the router that drops its packets, see `sockets.open_socket`.
    """
    observation, sock = await open_connection(endpoint, vantage, hops=hops)
    if sock is not None:
        sock.close()
    return observation


async def open_connection(
    endpoint: Endpoint,
    vantage: Vantage,
    *,
    hops: int | None = None,
    segment: int | None = None,
) -> tuple[Observation, socket.socket | None]:
    """Do what `connect` does, and keep the connection open.

    The socket is non-blocking, and the caller closes it. It is None unless the state is open.
    segment: the largest TCP segment, bytes, that we send and that we ask the peer to send. None for
    what the interface carries.
    """
    import asyncio  # 0.1 s, which only a probe pays

    try:
        family, address = sockets.place(endpoint)
        sock = sockets.open_socket(family, socket.SOCK_STREAM, vantage.source_address, hops)
        if segment is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
    except OSError as error:
        return sockets.local_failure(error, endpoint, vantage), None
    loop = asyncio.get_running_loop()
    started = loop.time()
    failure: OSError | None = None
    try:
        async with asyncio.timeout(vantage.patience):
            await loop.sock_connect(sock, address)
    except OSError as error:
        # Our own timeout and the kernel's ETIMEDOUT are both TimeoutError, and mean the same.
        failure = error
    except BaseException:
        sock.close()
        raise
    elapsed = (loop.time() - started) * 1000
    if failure is None or (isinstance(failure, TimeoutError) and is_connected(sock)):
        errqueue.enable(sock, on=False)
        return opened(sock, endpoint, vantage, elapsed), sock
    try:
        return unopened(sock, failure, endpoint, vantage, elapsed), None
    finally:
        sock.close()


def is_connected(sock: socket.socket) -> bool:
    """Return True if the handshake is complete. A long queue of ours may have hidden it."""
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def opened(sock: socket.socket, endpoint: Endpoint, vantage: Vantage, elapsed: float) -> Observation:
    """Return the observation of a complete handshake. elapsed: milliseconds by our own clock."""
    rtt, again = _tcp_info(sock)
    return Observation(
        vantage.name,
        "open",
        "syn-ack",
        # The kernel's figure does not contain the time in our own queue, which counts with 2,000
        # connections in flight.
        rtt_ms=round(elapsed if rtt is None else min(rtt, elapsed), 3),
        attempts=again + 1,
        source=sockets.own_address(sock),
        address=endpoint.address or endpoint.host,
    )


def unopened(
    sock: socket.socket, failure: OSError, endpoint: Endpoint, vantage: Vantage, elapsed: float
) -> Observation:
    """Return the observation of a failed handshake. failure is TimeoutError for silence.

    It reads the socket's error queue.
    """
    icmp = errqueue.read(sock)
    attempts = retransmits(sock) + 1
    source, address = sockets.own_address(sock), endpoint.address or endpoint.host
    if icmp is not None:
        return Observation(
            vantage.name,
            "filtered",
            icmp.reason,
            icmp.offender,
            round(elapsed, 3),
            attempts,
            source,
            address,
            icmp.detail(),
        )
    if isinstance(failure, TimeoutError):
        return Observation(vantage.name, "filtered", "no-response", attempts=attempts, source=source, address=address)
    if failure.errno in (errno.ECONNREFUSED, errno.ECONNRESET):
        return Observation(
            vantage.name, "closed", "rst", rtt_ms=round(elapsed, 3), attempts=attempts, source=source, address=address
        )
    return sockets.local_failure(failure, endpoint, vantage)


def retransmits(sock: socket.socket) -> int:
    """Return how often the kernel retransmitted the SYN of this socket."""
    return _tcp_info(sock)[1]


def _tcp_info(sock: socket.socket) -> tuple[float | None, int]:
    """Return the kernel's round trip in milliseconds, None without a sample, and its retransmits.

    See tcp(7), TCP_INFO.
    """
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    except OSError:
        return None, 0
    if len(info) < _INFO_SIZE:
        return None, 0
    (rtt,) = struct.unpack_from("=I", info, _RTT_OFFSET)
    (again,) = struct.unpack_from("=I", info, _RETRANSMITS_OFFSET)
    return (rtt / 1000 if rtt else None), again
