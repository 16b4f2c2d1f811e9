"""Does this UDP port answer this request, and if not, what came instead?

| seen | state | reason |
|---|---|---|
| a datagram from the asked address and port | open | udp-reply |
| ICMP port-unreachable from the asked address | closed | port-unreachable |
| any other ICMP error, or one from another address | filtered | its word |
| silence | open|filtered | no-response |

Silence proves nothing in general: a healthy server drops what it does not understand. A caller
whose request must be answered may conclude more, see `probes.kerberos.as_req`.

The socket is bound but not connected. A connected socket loses the answer of a server with several
addresses that replies from the wrong one, as every client does that connects. Here such an answer
is not accepted either, but `detail["answered_from"]` then has "address port" of its sender.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from probes.endpoint import Endpoint
from probes.network import errqueue, sockets
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    import asyncio

RESEND = (0.0, 0.3, 1.0, 2.0)
"""Seconds after the start at which the request is sent, until a reply comes: the moments of
`probes.network.pacing` for an unknown path. At 5 % loss each way all four are lost once in ten
thousand."""

_LARGEST = 65535
_LARGEST_SENT = 65507
"""Largest payload of one datagram over IPv4, bytes."""

_MOST_FOREIGN = 64
"""Datagrams read per wake-up, so that a flood from another sender cannot keep the loop busy."""

Request = bytes | Callable[[int], bytes]
"""The datagram, or a function from the number of the attempt (0, 1, …) to it."""


async def exchange(
    endpoint: Endpoint,
    request: Request,
    vantage: Vantage,
    *,
    resend: tuple[float, ...] = RESEND,
    hops: int | None = None,
) -> tuple[Observation, bytes | None]:
    """Send the request at each moment of `resend` until a reply comes. Return the reply as well.

    The reply is None unless the state is open. An empty datagram is b"".
    endpoint.address is numeric; resend: seconds from the start; hops: see `sockets.open_socket`.
    """
    import asyncio  # 0.1 s, which only a probe pays

    try:
        family, address = sockets.place(endpoint)
        sock = _unconnected(family, address, vantage.source_address, hops)
    except OSError as error:
        return sockets.local_failure(error, endpoint, vantage), None
    with sock:
        conversation = _Conversation(sock, address, request, asyncio.get_running_loop())
        await conversation.run(vantage.patience, resend)
        return conversation.verdict(endpoint, vantage), conversation.answer


def _unconnected(
    family: socket.AddressFamily, address: sockets.Address, source_address: str | None, hops: int | None
) -> socket.socket:
    """Return a socket bound to the address that this host uses towards the target.

    Another socket is connected to find the address, which sends nothing.
    """
    with sockets.open_socket(family, socket.SOCK_DGRAM, source_address) as scout:
        scout.connect(address)
        own = scout.getsockname()
    through = source_address if source_address is not None and sockets.is_interface(source_address) else None
    sock = sockets.open_socket(family, socket.SOCK_DGRAM, through, hops)
    try:
        sock.bind((own[0], 0, *own[2:]))
    except BaseException:
        sock.close()
        raise
    return sock


@dataclass(slots=True)
class _Conversation:
    """One request and what became of it. The first thing that ends it resolves `done`."""

    sock: socket.socket
    address: sockets.Address
    request: Request
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None] | None = None
    started: float = 0.0
    ended: float | None = None
    sent: int = 0
    answer: bytes | None = None
    icmp: errqueue.IcmpError | None = None
    failure: OSError | None = None
    other_sender: str | None = None

    async def run(self, patience: float, resend: tuple[float, ...]) -> None:
        import asyncio

        self.done = self.loop.create_future()
        self.started = self.loop.time()
        self.loop.add_reader(self.sock, self._readable)
        try:
            for after in (*(moment for moment in resend if moment < patience), patience):
                left = self.started + after - self.loop.time()
                if left > 0:
                    await asyncio.wait((self.done,), timeout=left)
                if after < patience:
                    self._send()
                if self._over():
                    return
        finally:
            self.loop.remove_reader(self.sock)

    def verdict(self, endpoint: Endpoint, vantage: Vantage) -> Observation:
        seen = Observation(
            vantage.name,
            "open|filtered",
            "no-response",
            rtt_ms=None if self.ended is None else round((self.ended - self.started) * 1000, 3),
            attempts=self.sent,
            source=sockets.own_address(self.sock),
            address=endpoint.address or endpoint.host,
            detail={} if self.other_sender is None else {"answered_from": self.other_sender},
        )
        if self.answer is not None:
            return replace(seen, state="open", reason="udp-reply", detail={})
        if self.icmp is not None:
            by_target = self.icmp.offender == self.address[0] and self.icmp.reason == "port-unreachable"
            return replace(
                seen,
                state="closed" if by_target else "filtered",
                reason=self.icmp.reason,
                offender=self.icmp.offender,
                detail=self.icmp.detail(),
            )
        if self.failure is not None:
            refused = sockets.local_failure(self.failure, endpoint, vantage)
            return replace(refused, source=seen.source)
        return seen

    def _send(self) -> None:
        if self._over():
            return
        self._drain()  # a pending ICMP error would be raised by the send
        if self._over():
            return
        datagram = self.request if isinstance(self.request, bytes) else self.request(self.sent)
        if len(datagram) > _LARGEST_SENT:
            raise ValueError(f"a datagram of {len(datagram)} bytes")
        try:
            self.sock.sendto(datagram, self.address)
        except BlockingIOError:
            return  # our own send buffer is full: the next attempt may succeed
        except OSError as error:
            self._fail(error)
        else:
            self.sent += 1

    def _readable(self) -> None:
        for _ in range(_MOST_FOREIGN):
            if self._over():
                return
            try:
                data, sender = self.sock.recvfrom(_LARGEST)
            except BlockingIOError:
                # Only the error queue woke the loop, and would wake it again until it is empty.
                self._drain()
                return
            except OSError as error:
                self._fail(error)
                return
            if sender[:2] == self.address[:2]:
                self.answer = data
                self._end()
            elif self.other_sender is None:
                self.other_sender = f"{sender[0]} {sender[1]}"

    def _drain(self) -> None:
        icmp = errqueue.read(self.sock)
        if icmp is not None:
            self.icmp = icmp
            self._end()

    def _fail(self, error: OSError) -> None:
        """Take an error of a call: the echo of an ICMP error in the queue, or an error of this
        host."""
        self._drain()
        if not self._over() and not _is_harmless(error):
            self.failure = error
            self._end()

    def _over(self) -> bool:
        return self.done is not None and self.done.done()

    def _end(self) -> None:
        self.ended = self.loop.time()
        if self.done is not None and not self.done.done():
            self.done.set_result(None)


def _is_harmless(error: OSError) -> bool:
    """Return True for EMSGSIZE after 'fragmentation needed'.

    The kernel has learnt the path MTU, and the next attempt is sent in fragments.
    """
    return error.errno == errno.EMSGSIZE
