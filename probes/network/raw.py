"""What do the packets themselves show that a socket does not: who sent this reset, and may the packets be kept as evidence?

A reset made by a firewall on the way carries the address of the host, and the errno of a closed port. Its TTL is that of its true sender: a host sends all its packets
with the same one, so a reset that arrives with another TTL than the same host's SYN-ACK was sent by something else.

Packets are read beside ordinary connections from a packet socket (packet(7)), which needs CAP_NET_RAW; whether it is held is found out by trying. A filter in the kernel
lets nothing through but the packets of the asked addresses, the ICMP errors about them included. Of each its headers are kept and nothing that was said: other programs
talk to the same addresses, and the first bytes of an LDAP bind are a password, those of a Kerberos request material for guessing one. scapy takes the packets apart and
writes the file.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from types import ModuleType, TracebackType
from typing import Any, Self

from probes.endpoint import Endpoint
from probes.network import headers, sockets, tcp
from probes.network.packet_filter import program
from probes.network.scapy_quiet import quiet
from probes.vantage import Vantage

SNAP = 160
"""Bytes of a packet that are looked at: IPv6 and TCP headers with every option, or an ICMP error with the headers that it quotes."""

MOST_PACKETS = 20_000
"""At most 3.5 MB of evidence."""

MOST_ADDRESSES = 100
"""The filter is a chain of comparisons that the kernel walks for every packet."""

_ALL_PROTOCOLS = 0x0003
_OUTGOING = 4
_LOOPBACK = 772
"""ETH_P_ALL, PACKET_OUTGOING and ARPHRD_LOOPBACK: on loopback every packet is seen leaving and arriving; one of the two is enough."""

_SO_TIMESTAMPNS, _SO_ATTACH_FILTER = 35, 26
_LINKTYPE_RAW = 101
"""Packets that begin with their IP header, https://www.tcpdump.org/linktypes.html."""

_WAIT = 0.1
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Packet:
    """at: seconds since the epoch; size: bytes on the wire; content: the headers, from that of IP on."""

    at: float
    size: int
    content: bytes


def available() -> bool:
    """May this process read packets? Found out by opening the socket, which a user id does not tell."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0).close()
    except OSError:
        return False
    return True


@dataclass(slots=True)
class Capture:
    """`with Capture(addresses) as capture:` keeps the packets to and from these numeric addresses, until `MOST_PACKETS`. OSError without CAP_NET_RAW.

    lost: packets that came after the limit.
    """

    addresses: Iterable[str]
    packets: list[Packet] = field(default_factory=list)
    lost: int = 0
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
            _empty(sock)  # of what came in before the filter was there
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
        """What has arrived by now is kept."""
        self._until = time.monotonic() + 2 * _WAIT
        self._stop.set()
        if self._reader is not None:
            self._reader.join()
        if self._sock is not None:
            self._sock.close()

    def _read(self, sock: socket.socket) -> None:
        # Others may go on talking to the same addresses when our own packets have all come.
        while not (self._stop.is_set() and time.monotonic() > self._until):
            try:
                content, ancillary, _, sender = sock.recvmsg(SNAP, 64, socket.MSG_TRUNC)
            except TimeoutError:
                if self._stop.is_set():
                    return
                continue
            except OSError:
                return  # the interface went away
            if sender[2] == _OUTGOING and sender[3] == _LOOPBACK:
                continue
            if len(self.packets) >= MOST_PACKETS:
                self.lost += 1
                continue
            self.packets.append(Packet(_time(ancillary), _length(content), content[: headers.size(content)]))


def _attach(sock: socket.socket, instructions: bytes) -> None:
    """SO_ATTACH_FILTER takes struct sock_fprog: a count and a pointer."""
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
    """Bytes on the wire, as the IP header says."""
    if len(content) >= 6 and content[0] >> 4 == 6:
        return 40 + int.from_bytes(content[4:6], "big")
    return max(int.from_bytes(content[2:4], "big"), len(content))


def pcap(packets: Iterable[Packet]) -> bytes:
    """A file for tcpdump and Wireshark, link type RAW."""
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
    """scapy wants the name of what it writes to."""

    name = "capture"


@dataclass(frozen=True, slots=True)
class ResetTtl:
    """ttl: with which the reset of the asked port came, host_ttl: with which the same host's SYN-ACK came; None where it did not come."""

    ttl: int | None
    host_ttl: int | None

    @property
    def forged(self) -> bool | None:
        """None where one of the two is missing: a TTL alone says nothing."""
        return None if self.ttl is None or self.host_ttl is None else self.ttl != self.host_ttl

    def detail(self) -> dict[str, object]:
        return {"ttl": self.ttl, "host_ttl": self.host_ttl, "forged": self.forged}


async def reset_ttl(refused: Endpoint, accepting: Endpoint, vantage: Vantage) -> ResetTtl:
    """Two ordinary connections, to a port that refuses and to one that accepts of the same host, and the packets beside them. OSError without CAP_NET_RAW."""
    import asyncio  # see probes.tcp

    # In threads, because other probes measure time meanwhile: the import, the end of the capture, and the taking apart of what a busy host sends.
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


def _ttl(packets: Iterable[Packet], sender: Endpoint, flags: str) -> int | None:
    """Of the first segment from this port that has all these flags."""
    inet, inet6 = _scapy().layers.inet, _scapy().layers.inet6
    address = sockets.numeric(sender.address or sender.host)[1]
    for packet in packets:
        with quiet(), suppress(Exception):  # bytes from a network make scapy raise anything
            v6 = packet.content[0] >> 4 == 6
            ip = (inet6.IPv6 if v6 else inet.IP)(packet.content)
            if ip.src != address or inet.TCP not in ip or ip[inet.TCP].sport != sender.port:
                continue
            if set(flags) <= set(str(ip[inet.TCP].flags)):
                return int(ip.hlim if v6 else ip.ttl)
    return None


def load() -> None:
    """Import scapy now, if it is not yet; in a worker thread it holds nobody up."""
    _scapy()


@cache
def _scapy() -> Any:
    """scapy with the layers of IP. On import it reads this host's routes, and makes ~/.config and its like where they are missing."""
    import importlib

    with quiet():
        module: ModuleType = importlib.import_module("scapy")
        for name in ("scapy.utils", "scapy.layers.inet", "scapy.layers.inet6"):
            importlib.import_module(name)
    return module
