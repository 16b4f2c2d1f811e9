"""What do packets show that a socket does not: who sent this reset, and what went over the wire?

A reset that a firewall on the way makes carries the address of the host and the errno of a closed
port, but the TTL of its true sender. A host sends all its packets with one TTL. So a reset that
arrives with another TTL than the SYN-ACK of the same host was sent by something else.

- Packets are read beside ordinary connections from a packet socket (packet(7)). That needs
  CAP_NET_RAW; opening the socket shows whether this process has it.
- A filter in the kernel accepts only packets of the asked addresses, and ICMP errors about them.
- Of each packet only the headers are kept. Other programs talk to the same addresses: the first
  bytes of an LDAP bind are a password, those of a Kerberos request are material for guessing one.
- scapy decodes the packets and writes the file.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import field
from functools import cache
from io import BytesIO
from types import ModuleType, TracebackType
from typing import Any, Self

from probes.endpoint import Endpoint
from probes.frozen import frozen, mutable
from probes.network import headers, sockets, tcp
from probes.network.packet_filter import program
from probes.network.scapy_quiet import quiet
from probes.vantage import Vantage

SNAP = 160
"""Bytes of a packet that are read:

IPv6 and TCP headers with every option, or an ICMP error with the headers that it quotes.
"""

MOST_PACKETS = 20_000
"""Packets of one capture: at most 3.5 MB."""

MOST_ADDRESSES = 100
"""Addresses of one capture. The kernel compares every packet with each of them."""

_ALL_PROTOCOLS = 0x0003
_OUTGOING = 4
_LOOPBACK = 772
"""ETH_P_ALL, PACKET_OUTGOING and ARPHRD_LOOPBACK.

On loopback every packet is read as it leaves and as it arrives; one of the two is enough.
"""

_SO_TIMESTAMPNS, _SO_ATTACH_FILTER = 35, 26
_LINKTYPE_RAW = 101
"""Packets that begin with their IP header, https://www.tcpdump.org/linktypes.html."""

_WAIT = 0.1
_BUFFER = 1 << 20


@frozen
class CapturedPacket:
    """The headers of one packet."""

    at: float
    """Seconds since the epoch."""

    size: int
    """Bytes on the wire."""

    content: bytes
    """Headers, from the IP header on."""


def available() -> bool:
    """Return True if this process may read packets.

    Only opening the socket shows it, not the user id.
    """
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0).close()
    except OSError:
        return False
    return True


@mutable
class Capture:
    """`with Capture(addresses) as capture:` keeps packets inside the block.

    OSError without CAP_NET_RAW.
    """

    addresses: Iterable[str]
    """Numeric addresses whose packets are kept, from and to."""

    packets: list[CapturedPacket] = field(default_factory=list)
    """At most `MOST_PACKETS`, in order of arrival."""

    lost: int = 0
    """Packets that came after the limit."""

    _sock: socket.socket | None = None
    _until: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        wanted = [sockets.numeric(address)[:2] for address in self.addresses][:MOST_ADDRESSES]
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PROTOCOLS))
        try:
            _attach(sock, program([socket.inet_pton(family, bare) for family, bare in wanted], SNAP))
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            _empty(sock)  # drop what came in before the filter was set
            sock.settimeout(_WAIT)
        except BaseException:
            sock.close()
            raise
        self._sock = sock
        self._reader = threading.Thread(target=self._read, args=(sock,), name="capture", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep what has arrived by now, then stop."""
        self._until = time.monotonic() + 2 * _WAIT
        self._stop.set()
        if self._reader is not None:
            self._reader.join()
        if self._sock is not None:
            self._sock.close()

    def _read(self, sock: socket.socket) -> None:
        # Others may still talk to the same addresses after our own packets have come.
        while not (self._stop.is_set() and time.monotonic() > self._until):
            try:
                content, ancillary, _, sender = sock.recvmsg(SNAP, 64, socket.MSG_TRUNC)
            except TimeoutError:
                if self._stop.is_set():
                    return
                continue
            except OSError:
                return  # the interface went away
            self._keep(content, ancillary, sender)
        # This thread may be late: what waits has arrived before the end.
        sock.setblocking(False)
        with suppress(OSError):
            for _ in range(MOST_PACKETS):
                content, ancillary, _, sender = sock.recvmsg(SNAP, 64, socket.MSG_TRUNC)
                self._keep(content, ancillary, sender)

    def _keep(self, content: bytes, ancillary: Iterable[tuple[int, int, bytes]], sender: Sequence[Any]) -> None:
        """Keep the headers of a packet, unless it is the second sight of one."""
        if sender[2] == _OUTGOING and sender[3] == _LOOPBACK:
            return
        if len(self.packets) >= MOST_PACKETS:
            self.lost += 1
            return
        self.packets.append(CapturedPacket(_time(ancillary), _length(content), content[: headers.size(content)]))


def _attach(sock: socket.socket, instructions: bytes) -> None:
    """Attach a BPF program. SO_ATTACH_FILTER takes struct sock_fprog: a count and a pointer."""
    import ctypes

    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    fprog = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fprog)


def _empty(sock: socket.socket) -> None:
    sock.setblocking(False)
    with suppress(BlockingIOError):
        for _ in range(MOST_PACKETS):
            sock.recv(1)


def _time(ancillary: Iterable[tuple[int, int, bytes]]) -> float:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= 16:
            seconds, nanoseconds = struct.unpack_from("@qq", data)
            return int(seconds) + int(nanoseconds) / 1e9
    return 0.0


def _length(content: bytes) -> int:
    """Return the bytes on the wire, as the IP header says."""
    if len(content) >= 6 and content[0] >> 4 == 6:
        return 40 + int.from_bytes(content[4:6], "big")
    return max(int.from_bytes(content[2:4], "big"), len(content))


def pcap(packets: Iterable[CapturedPacket]) -> bytes:
    """Return a file for tcpdump and Wireshark, link type RAW."""
    scapy = _scapy()
    stream = _Kept()
    with quiet():
        writer = scapy.utils.RawPcapWriter(stream, linktype=_LINKTYPE_RAW, nano=True)
        writer.write_header(None)
        for packet in packets:
            seconds = int(packet.at)
            writer.write_packet(
                packet.content, sec=seconds, usec=round((packet.at - seconds) * 1e9), wirelen=packet.size
            )
        writer.flush()
    return stream.getvalue()


class _Kept(BytesIO):
    """A buffer with a name, which scapy needs."""

    name = "capture"


@frozen
class ResetTtl:
    """The TTLs of a reset and of a SYN-ACK of the same host."""

    ttl: int | None
    """TTL of the reset. None if no reset came."""

    host_ttl: int | None
    """TTL of the SYN-ACK. None if none came."""

    @property
    def is_forged(self) -> bool | None:
        """True if they differ. None if one of the two is missing."""
        return None if self.ttl is None or self.host_ttl is None else self.ttl != self.host_ttl

    def detail(self) -> dict[str, object]:
        return {"ttl": self.ttl, "host_ttl": self.host_ttl, "forged": self.is_forged}


async def reset_ttl(refused: Endpoint, accepting: Endpoint, vantage: Vantage) -> ResetTtl:
    """Connect to a port that refuses and to one of the same host that accepts, and compare the
    TTLs.

    OSError without CAP_NET_RAW.
    """
    import asyncio  # only a probe pays for it

    # Import, end of the capture and decoding run in threads, because other probes measure time.
    await asyncio.to_thread(_scapy)
    with ExitStack() as stack:
        capture = stack.enter_context(Capture([refused.address or refused.host]))
        await asyncio.gather(
            *(tcp.connect(one, vantage) for one in (refused, accepting)),
        )
        await asyncio.sleep(_WAIT)
        await asyncio.to_thread(stack.pop_all().close)
    return await asyncio.to_thread(
        lambda: ResetTtl(_ttl(capture.packets, refused, "R"), _ttl(capture.packets, accepting, "SA"))
    )


def _ttl(packets: Iterable[CapturedPacket], sender: Endpoint, flags: str) -> int | None:
    """Return the TTL of the first segment from this port with all these flags.

    None if there is none.
    """
    inet, inet6 = _scapy().layers.inet, _scapy().layers.inet6
    address = sockets.numeric(sender.address or sender.host)[1]
    for packet in packets:
        with quiet(), suppress(Exception):  # scapy may raise anything for bytes from a network
            v6 = packet.content[0] >> 4 == 6
            ip = (inet6.IPv6 if v6 else inet.IP)(packet.content)
            if ip.src != address or inet.TCP not in ip or ip[inet.TCP].sport != sender.port:
                continue
            if set(flags) <= set(str(ip[inet.TCP].flags)):
                return int(ip.hlim if v6 else ip.ttl)
    return None


def load() -> None:
    """Import scapy now. In a worker thread the import delays no probe."""
    _scapy()


@cache
def _scapy() -> Any:
    """Return scapy with the layers of IP.

    On import it reads this host's routes, and makes ~/.config and the like if they are missing.
    """
    import importlib

    with quiet():
        module: ModuleType = importlib.import_module("scapy")
        for name in ("scapy.utils", "scapy.layers.inet", "scapy.layers.inet6"):
            importlib.import_module(name)
    return module
