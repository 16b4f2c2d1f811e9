"""The filter of a capture, run by an interpreter of its own; the file it becomes, read back by
scapy; the privilege, found out by trying."""

from __future__ import annotations

import asyncio
import io
import socket
import struct
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.endpoint import Endpoint
from probes.network import raw
from probes.network.packet_filter import program
from probes.network.raw import SNAP, Capture, CapturedPacket, ResetTtl, pcap, reset_ttl
from probes.vantage import HERE


def accepted(code: bytes, packet: bytes) -> int:
    """Classic BPF as docs.kernel.org/networking/filter.html has it: bytes that are kept, 0 for a
    packet that is not let through."""
    steps = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    at = a = 0
    while True:
        operation, true, false, k = steps[at]
        at += 1
        match operation:
            case 0x20 | 0x30:
                width = 4 if operation == 0x20 else 1
                if k + width > len(packet):
                    return 0
                a = int.from_bytes(packet[k : k + width], "big")
            case 0x54:
                a &= k
            case 0x05:
                at += k
            case 0x15:
                at += true if a == k else false
            case 0x06:
                return int(k)
            case _:
                raise AssertionError(f"unknown instruction {operation:#x}")


OURS4, OURS6 = "192.0.2.7", "2001:db8::7"
CODE = program([socket.inet_pton(socket.AF_INET, OURS4), socket.inet_pton(socket.AF_INET6, OURS6)], 99)


def v4(source: str, target: str, protocol: int = 6, rest: bytes = b"") -> bytes:
    return (
        struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(target)
        )
        + rest
    )


def v6(source: str, target: str, protocol: int = 6, rest: bytes = b"") -> bytes:
    ends = (socket.inet_pton(socket.AF_INET6, address) for address in (source, target))
    return struct.pack("!IHBB16s16s", 6 << 28, len(rest), protocol, 64, *ends) + rest


@pytest.mark.parametrize(
    ("packet", "kept"),
    [
        (v4(OURS4, "10.0.0.1"), True),
        (v4("10.0.0.1", OURS4), True),
        (v4("10.0.0.1", "10.0.0.2"), False),
        (v4("10.0.0.9", "10.0.0.1", 1, bytes(8) + v4("10.0.0.1", OURS4)), True),
        (v4("10.0.0.9", "10.0.0.1", 1, bytes(8) + v4("10.0.0.1", "10.0.0.2")), False),
        (v4("10.0.0.9", "10.0.0.1", 17, bytes(8) + v4("10.0.0.1", OURS4)), False),
        (v6(OURS6, "2001:db8::1"), True),
        (v6("2001:db8::1", OURS6), True),
        (v6("2001:db8::1", "2001:db8::8"), False),
        (v6("2001:db8::9", "2001:db8::1", 58, bytes(8) + v6("2001:db8::1", OURS6)), True),
        (v6("2001:db8::9", "2001:db8::1", 6, bytes(8) + v6("2001:db8::1", OURS6)), False),
        (b"", False),
        (b"\x45", False),
    ],
)
def test_the_filter_lets_through_what_is_to_or_from_or_about_the_addresses(packet: bytes, kept: bool) -> None:
    assert accepted(CODE, packet) == (99 if kept else 0)


@given(st.binary(max_size=120))
def test_the_filter_ends_on_any_packet(packet: bytes) -> None:
    assert accepted(CODE, packet) in (0, 99)


@given(st.lists(st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16), max_size=30))
def test_the_filter_of_many_addresses_lets_each_through_and_no_other(addresses: list[bytes]) -> None:
    code = program(addresses, 1)
    for address in addresses:
        make = (lambda a: v4(socket.inet_ntoa(a), "0.0.0.0")) if len(address) == 4 else _from6
        assert accepted(code, make(address)) == 1
    strangers = [v4("198.51.100.1", "198.51.100.2"), v6("2001:db8:ffff::1", "2001:db8:ffff::2")]
    assert [accepted(code, stranger) for stranger in strangers] == [0, 0]


def _from6(address: bytes) -> bytes:
    return v6(socket.inet_ntop(socket.AF_INET6, address), "::")


def test_the_file_is_what_scapy_reads_back() -> None:
    from scapy.utils import RawPcapReader

    packets = [
        CapturedPacket(1_700_000_000.25, 1500, v4(OURS4, "10.0.0.1")),
        CapturedPacket(1_700_000_001.5, 20, v4("10.0.0.1", OURS4)),
    ]
    reader = RawPcapReader(io.BytesIO(pcap(packets)))  # type: ignore[arg-type]
    read = list(reader)
    assert reader.linktype == 101
    assert [(content, meta.sec, meta.usec, meta.wirelen) for content, meta in read] == [
        (packets[0].content, 1_700_000_000, 250_000_000, 1500),
        (packets[1].content, 1_700_000_001, 500_000_000, 20),
    ]


def test_an_empty_capture_is_a_file_too() -> None:
    assert len(pcap([])) == 24


@pytest.mark.parametrize(
    ("ttl", "host", "forged"), [(64, 63, True), (63, 63, False), (64, None, None), (None, 63, None)]
)
def test_a_reset_is_forged_where_its_ttl_differs(ttl: int | None, host: int | None, forged: bool | None) -> None:
    assert ResetTtl(ttl, host).is_forged is forged


def refuse(*_: object) -> socket.socket:
    raise PermissionError(1, "Operation not permitted")


def test_the_privilege_is_found_out_by_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", refuse)
    assert raw.available() is False
    with pytest.raises(PermissionError), Capture(["127.0.0.1"]):
        pass


def test_packets_of_loopback_are_kept_once_or_the_privilege_is_missing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as accepting, socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        refused, accepted = (Endpoint("h", sock.getsockname()[1], "tcp", "127.0.0.1") for sock in (refusing, accepting))
        if not raw.available():
            with pytest.raises(PermissionError):
                asyncio.run(reset_ttl(refused, accepted, HERE))
            return
        # A RST of the same host has the TTL of its SYN-ACK
        assert asyncio.run(reset_ttl(refused, accepted, HERE)) == ResetTtl(64, 64)


def test_what_others_say_to_the_same_host_is_not_kept() -> None:
    if not raw.available():
        with pytest.raises(PermissionError), Capture(["127.0.0.1"]):
            pass
        return
    secret = b"0x60 bind uid=admin secret"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        Capture(["127.0.0.1"]) as capture,
        socket.create_connection(server.getsockname()) as client,
        socket.socket(type=socket.SOCK_DGRAM) as other,
    ):
        client.sendall(secret)
        other.sendto(secret, server.getsockname())  # nobody listens: the ICMP error quotes it
    assert len(capture.packets) >= 5
    assert secret not in pcap(capture.packets)
    assert max(packet.size for packet in capture.packets) >= 40 + len(secret)


def test_the_end_of_a_capture_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a capture that does not end before another probe on the same loop has gone on, then
    both end."""
    ending, went_on = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def end(*_: object) -> None:
        ending.set()
        in_time.append(went_on.wait(10))

    monkeypatch.setattr(Capture, "__enter__", lambda self: self)
    monkeypatch.setattr(Capture, "__exit__", end)

    async def other() -> None:
        while not ending.is_set():
            await asyncio.sleep(0.01)
        went_on.set()

    async def both() -> None:
        with socket.socket() as refusing:
            refusing.bind(("127.0.0.1", 0))
            closed = Endpoint("h", refusing.getsockname()[1], "tcp", "127.0.0.1")
            await asyncio.gather(other(), reset_ttl(closed, closed, HERE))

    asyncio.run(both())
    assert in_time == [True]


def test_what_is_no_packet_has_no_ttl() -> None:
    packets = [CapturedPacket(0.0, 1, content) for content in (b"", b"\x45", bytes(60), b"\x60" + bytes(60))]
    assert raw._ttl(packets, Endpoint("h", 80, "tcp", "192.0.2.7"), "R") is None


@given(st.binary(max_size=SNAP))
def test_a_packet_of_any_bytes_is_written(content: bytes) -> None:
    assert len(pcap([CapturedPacket(1.0, raw._length(content), content)])) == 24 + 16 + len(content)


def test_what_had_arrived_is_kept_although_the_reader_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a reader that the machine lets wait until the time for the rest is over."""
    if not raw.available():
        with pytest.raises(PermissionError), Capture(["127.0.0.1"]):
            pass
        return
    read = Capture._read

    def late(self: Capture, sock: socket.socket) -> None:
        self._stop.wait()
        self._until = 0.0
        read(self, sock)

    monkeypatch.setattr(Capture, "_read", late)
    with socket.create_server(("127.0.0.1", 0)) as server, Capture(["127.0.0.1"]) as capture:
        socket.create_connection(server.getsockname()).close()
    assert len(capture.packets) >= 3


def test_a_capture_ends_though_others_go_on_talking() -> None:
    if not raw.available():
        with pytest.raises(PermissionError), Capture(["127.0.0.1"]):
            pass
        return
    stop = threading.Event()

    def talk() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while not stop.wait(0.02):
                sock.sendto(b"x", ("127.0.0.1", 9))

    talker = threading.Thread(target=talk, daemon=True)
    ended = threading.Event()

    def capture() -> None:
        with Capture(["127.0.0.1"]):
            time.sleep(0.1)
        ended.set()

    talker.start()
    threading.Thread(target=capture, daemon=True).start()
    try:
        assert ended.wait(10), "a hang"
    finally:
        stop.set()
        talker.join()
