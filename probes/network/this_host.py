"""How does the host that runs this program send the packets of a probe?"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
import socket
import struct
import termios
import time
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from probes.endpoint import Endpoint
from probes.frozen import mutable
from probes.network import errqueue, sockets
from probes.network.blocking_call import with_timeout
from probes.network.descriptors import RESERVED_DESCRIPTORS
from probes.network.host import ConnectionFacts, Datagrams, Handshake, Host, NameAnswer, Sending
from probes.vantage import Vantage

if TYPE_CHECKING:
    import asyncio

_INFO_SIZE = 104
"""Bytes of struct tcp_info up to tcpi_total_retrans."""

MOST_SOCKETS = 4000
"""Sockets that are open at once, at most."""

_LARGEST = 65535

_MOST_FOREIGN = 64
"""Datagrams read per wake-up, so that a flood from another sender cannot keep the loop busy."""

_IP_MTU, _IPV6_MTU = 14, 24
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PROBE = 10, 23, 3
"""From linux/in.h and linux/in6.h. _PROBE: set DF and ignore what the kernel has learnt."""


def host_of(vantage: Vantage) -> Host:
    """Return the host that sends for a vantage."""
    return THIS_HOST if vantage.host is None else vantage.host


class ThisHost:
    """The host that runs this program."""

    @property
    def most_sockets(self) -> int:
        """As this process may open now."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        allowed = MOST_SOCKETS if soft == resource.RLIM_INFINITY else soft - RESERVED_DESCRIPTORS
        return max(2, min(MOST_SOCKETS, allowed))

    @property
    def lost(self) -> None:
        """None: it is always there."""
        return None

    async def connect(self, address: str, port: int, sending: Sending, *, keep: bool) -> Handshake:
        """Make one handshake. Of the moments only the first counts."""
        import asyncio  # 0.1 s, which only a probe pays

        try:
            family, target = sockets.place(Endpoint(address, port, "tcp", address))
            sock = sockets.open_socket(family, socket.SOCK_STREAM, sending.source, sending.hops)
            if sending.segment is not None:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, sending.segment)
        except OSError as error:
            return Handshake(error, 0.0)
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            failure = await _connect(sock, target, sending.patience)
        except BaseException:
            sock.close()
            raise
        elapsed = (loop.time() - started) * 1000
        if failure is None and keep:
            errqueue.enable(sock, on=False)
            return handshake_of(sock, None, elapsed, OwnConnection(sock))
        with sock:
            return handshake_of(sock, failure, elapsed)

    async def converse(self, address: str, port: int, datagrams: Sequence[bytes], sending: Sending) -> Datagrams:
        """Send datagrams from a socket that is bound, and connected only if they stay whole."""
        import asyncio

        try:
            family, target = sockets.place(Endpoint(address, port, "udp", address))
            sock = _datagram_socket(family, target, sending)
        except OSError as error:
            return Datagrams(None, 0, failure=error)
        with sock:
            conversation = _Conversation(sock, target, datagrams, sending, asyncio.get_running_loop())
            await conversation.run()
            return conversation.result()

    async def addresses(self, name: str, timeout: float) -> NameAnswer:
        return await with_timeout(lambda: _addresses(name), timeout=timeout, name=f"resolve {name}")

    async def name(self, address: str, timeout: float) -> NameAnswer:
        return await with_timeout(lambda: _name(address), timeout=timeout, name=f"reverse {address}")

    async def content(self, path: str, most: int) -> bytes:
        with Path(path).open("rb") as stream:
            return stream.read(most)

    async def clock(self) -> float:
        return time.time()

    async def own_name(self) -> str:
        return socket.gethostname()

    async def sender(self, address: str, source: str | None = None) -> tuple[str | None, int | None]:
        try:
            family, target = sockets.place(Endpoint(address, 9, "udp", address))
            with sockets.open_socket(family, socket.SOCK_DGRAM, source) as sock:
                sock.connect(target)
                return sockets.own_address(sock), _known_mtu(sock)
        except (OSError, ValueError):
            return None, None


THIS_HOST = ThisHost()


class OwnConnection:
    """A connected non-blocking socket of this host."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    async def send(self, data: bytes) -> None:
        import asyncio

        await asyncio.get_running_loop().sock_sendall(self.sock, data)

    async def receive(self, most: int) -> bytes:
        import asyncio

        return await asyncio.get_running_loop().sock_recv(self.sock, most)

    async def facts(self) -> ConnectionFacts:
        segment = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
        return ConnectionFacts(_unacknowledged(self.sock), segment, _known_mtu(self.sock))

    def reset_on_close(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()


async def _connect(sock: socket.socket, target: sockets.Address, patience: float) -> OSError | None:
    """Return why there is no connection. None if there is one, TimeoutError if nothing answered.

    The kernel is asked once more at the end: what came in time counts, however late this loop is.
    """
    import asyncio

    number = sock.connect_ex(target)
    if number == errno.EINPROGRESS:
        loop = asyncio.get_running_loop()
        settled = asyncio.Event()
        loop.add_writer(sock, settled.set)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await settled.wait()
        finally:
            loop.remove_writer(sock)
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number == 0 and not is_connected(sock):
            return TimeoutError()
    # The kernel's ETIMEDOUT is a TimeoutError as well, and means the same.
    return OSError(number, os.strerror(number)) if number else None


def is_connected(sock: socket.socket) -> bool:
    """Return True if the handshake is complete. A long queue of ours may have hidden it."""
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def handshake_of(
    sock: socket.socket, failure: OSError | None, elapsed: float, connection: OwnConnection | None = None
) -> Handshake:
    """Return what the kernel says of a socket that has connected or failed.

    It reads the socket's error queue if it failed. elapsed: milliseconds.
    """
    icmp = None if failure is None else errqueue.read(sock)
    return Handshake(failure, elapsed, sockets.own_address(sock), tcp_info(sock), icmp, connection)


def tcp_info(sock: socket.socket) -> bytes:
    """Return struct tcp_info, b"" if the kernel gives none. See tcp(7), TCP_INFO."""
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    except OSError:
        return b""


def _unacknowledged(sock: socket.socket) -> int:
    try:
        return int(struct.unpack("=i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0])
    except OSError:
        return 0


def _known_mtu(sock: socket.socket) -> int | None:
    """Return the path MTU that the kernel uses for a connected socket. None if it has none."""
    try:
        if sock.family == socket.AF_INET6:
            return int(sock.getsockopt(socket.IPPROTO_IPV6, _IPV6_MTU))
        return int(sock.getsockopt(socket.IPPROTO_IP, _IP_MTU))
    except OSError:
        return None


def _addresses(name: str) -> NameAnswer:
    try:
        if "\0" in name:
            raise ValueError("embedded null character")  # Python would ask for what stands before it
        entries = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except socket.gaierror as error:
        return NameAnswer(number=error.errno, error=error.strerror)
    except OSError as error:
        return NameAnswer(number=0, error=str(error))
    except ValueError as error:
        # A label that is empty, too long or no IDNA, or a NUL: no name server can know such a name.
        return NameAnswer(error=f"not a host name: {error}")
    found = tuple(dict.fromkeys(_text(entry[0], entry[4]) for entry in entries))
    return NameAnswer(found, next((entry[3] for entry in entries if entry[3]), None))


def _name(address: str) -> NameAnswer:
    try:
        family, bare, scope = sockets.numeric(address)
        place = (bare, 0, 0, scope) if family == socket.AF_INET6 else (bare, 0)
        return NameAnswer((socket.getnameinfo(place, socket.NI_NAMEREQD)[0],))
    except socket.gaierror as error:
        return NameAnswer(number=error.errno, error=error.strerror)
    except (OSError, ValueError) as error:
        return NameAnswer(number=0, error=str(error))


def _text(family: int, name: tuple[object, ...]) -> str:
    """Return an address with its scope, which Python returns separately."""
    address = str(name[0])
    if family == socket.AF_INET6 and name[3] and "%" not in address:
        return f"{address}%{name[3]}"
    return address


def _datagram_socket(family: socket.AddressFamily, target: sockets.Address, sending: Sending) -> socket.socket:
    """Return a socket bound to the address that this host uses towards the target.

    Another socket is connected to find the address, which sends nothing. The socket itself is not:
    a connected one loses the answer of a server that replies from another of its addresses.
    """
    source = sending.source
    with sockets.open_socket(family, socket.SOCK_DGRAM, source) as scout:
        scout.connect(target)
        own = scout.getsockname()
    through = source if source is not None and sockets.is_interface(source) else None
    sock = sockets.open_socket(family, socket.SOCK_DGRAM, through, sending.hops)
    try:
        sock.bind((own[0], 0, *own[2:]))
        if sending.whole:
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PROBE)
            else:
                sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PROBE)
            sock.connect(target)
    except BaseException:
        sock.close()
        raise
    return sock


@mutable
class _Conversation:
    """Datagrams and what became of them. The first thing that ends it resolves `done`."""

    sock: socket.socket
    target: sockets.Address
    datagrams: Sequence[bytes]
    sending: Sending
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None] | None = None
    started: float = 0.0
    ended: float | None = None
    sent: int = 0
    answer: bytes | None = None
    errors: list[errqueue.IcmpError] = field(default_factory=list)
    failure: OSError | None = None
    other_sender: str | None = None

    async def run(self) -> None:
        import asyncio

        self.done = self.loop.create_future()
        self.started = self.loop.time()
        self.loop.add_reader(self.sock, self._readable)
        patience = self.sending.patience
        planned = [*zip(self.sending.moments, self.datagrams, strict=True)]
        try:
            for after, datagram in (*planned, (patience, None)):
                left = self.started + after - self.loop.time()
                if left > 0:
                    await asyncio.wait((self.done,), timeout=left)
                if datagram is not None:
                    self._send(datagram)
                if self._over():
                    return
        finally:
            self.loop.remove_reader(self.sock)

    def result(self) -> Datagrams:
        return Datagrams(
            self.answer,
            self.sent,
            None if self.ended is None else (self.ended - self.started) * 1000,
            sockets.own_address(self.sock),
            tuple(self.errors),
            self.failure,
            self.other_sender,
        )

    def _send(self, datagram: bytes) -> None:
        if self._over():
            return
        self._drain()  # a pending ICMP error would be raised by the send
        if self._over():
            return
        try:
            if self.sending.whole:
                self.sock.send(datagram)
            else:
                self.sock.sendto(datagram, self.target)
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
            if sender[:2] == self.target[:2]:
                self.answer = data
                self._end()
            elif self.other_sender is None:
                self.other_sender = f"{sender[0]} {sender[1]}"

    def _drain(self) -> None:
        self.errors += errqueue.drain(self.sock)
        if any(error.is_too_big is self.sending.whole for error in self.errors):
            self._end()

    def _fail(self, error: OSError) -> None:
        """Take an error of a call: the echo of an ICMP error in the queue, or an error of this
        host."""
        self._drain()
        if not self._over() and not self._is_harmless(error):
            self.failure = error
            self._end()

    def _is_harmless(self, error: OSError) -> bool:
        """Return True for EMSGSIZE after 'fragmentation needed'.

        The kernel has learnt the path MTU, and the next attempt is sent in fragments.
        Where they stay whole, every error of the host counts as silence.
        """
        return error.errno == errno.EMSGSIZE or self.sending.whole

    def _over(self) -> bool:
        return self.done is not None and self.done.done()

    def _end(self) -> None:
        self.ended = self.loop.time()
        if self.done is not None and not self.done.done():
            self.done.set_result(None)
