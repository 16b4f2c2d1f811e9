"""Are path MTU and stalled exchanges measured, on loopback services that imitate a narrow path?
tests/lab/path has real narrow links."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.endpoint import Endpoint
from probes.kerberos.as_req import MASTER_KEY
from probes.path import large_exchanges
from probes.path import mtu as path_mtu
from probes.path.large_exchanges import data_transfer_dialogue, hadoop_dialogue, kerberos_dialogue
from probes.path.mtu import LADDER, kdc_request, own_mtu
from probes.services.data_transfer import QUESTION as DATA_QUESTION
from probes.services.data_transfer import QUESTION_SASL
from probes.services.hadoop_rpc import QUESTION
from probes.vantage import HERE, Vantage
from tests.lab.path.services import BusyKdc, EchoKdc, RpcServer
from tests.support.closed_port import closed_port
from tests.support.fake_kdc import REALM, FakeKdc, SilentKdc, framed
from tests.support.patience import SOON
from tests.support.service_replies import a_challenge

LINK = 1500


class NarrowKdc(EchoKdc):
    """A KDC behind a link of so many bytes. Larger packets never arrive, or never leave."""

    def __init__(self, mtu: int, *, back: bool = False) -> None:
        super().__init__()
        self.mtu, self.back = mtu, back

    def on_datagram(self, request: bytes, sender: Any) -> None:
        if len(request) + 28 <= self.mtu:
            super().on_datagram(request, sender)

    def on_stream(self, connection: socket.socket) -> None:
        # A request that fills one segment is lost.
        fits = packet_of(connection) <= self.mtu
        if not fits and not self.back and len(connection.recv(2000, socket.MSG_PEEK)) > 1000:
            self.stopping.wait(5)
            return
        request = self.read_request(connection)
        if request is not None and (fits or len(request) < 1000):
            connection.sendall(framed(self.answer(request)))
        elif request is not None:
            self.stopping.wait(5)


def packet_of(connection: socket.socket) -> int:
    """Return the size of a full packet, bytes. The peer announced it with its SYN, and each carries
    40 bytes of headers and 12 of time stamps besides."""
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) + 12 + 40


class CrowdedKdc(NarrowKdc):
    """Forgets the first connection of some segment sizes, as a full queue of handshakes does."""

    def __init__(self, mtu: int, forgotten: Collection[int]) -> None:
        super().__init__(mtu)
        self.forgotten = set(forgotten)

    def on_stream(self, connection: socket.socket) -> None:
        packet = packet_of(connection)
        if packet in self.forgotten:
            self.forgotten.remove(packet)
            self.stopping.wait(5)
            return
        super().on_stream(connection)


async def a_link(*_: object) -> int:
    return LINK


@pytest.fixture
def ethernet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report an Ethernet link to the probes: loopback carries 64 KiB, which no path does."""
    for module in (path_mtu, large_exchanges):
        monkeypatch.setattr(module, "own_mtu", a_link)


def carried(kdc: FakeKdc) -> path_mtu.PathMtu:
    return asyncio.run(path_mtu.path_mtu(kdc.endpoint("udp"), kdc_request(REALM), HERE, patience=SOON))


def stalled(kdc: FakeKdc) -> large_exchanges.Stalls | None:
    return asyncio.run(large_exchanges.stalls(kdc.endpoint("tcp"), kerberos_dialogue(REALM), Vantage(patience=SOON)))


@pytest.mark.parametrize(("mtu", "lost"), [(1400, 1420), (1480, 1492), (1492, LINK), (600, 1000)])
def test_the_ladder_finds_what_passes(ethernet: None, mtu: int, lost: int) -> None:
    with NarrowKdc(mtu) as kdc:
        found = carried(kdc)
    assert (found.own, found.passes, found.lost, found.is_black_hole) == (
        LINK,
        max(size for size in LADDER if size <= mtu),
        lost,
        True,
    )


def test_a_wide_path(ethernet: None) -> None:
    with FakeKdc() as kdc:
        found = carried(kdc)
    assert (found.passes, found.lost, found.is_black_hole) == (LINK, None, False)
    assert found.detail()["own"] == LINK


def test_a_silent_service_teaches_nothing(ethernet: None) -> None:
    with SilentKdc() as kdc:
        found = carried(kdc)
        assert stalled(kdc) is None
    assert (found.passes, found.is_black_hole) == (None, False)
    assert found.why


@pytest.mark.parametrize("late", [False, True])
def test_what_a_router_says_is_believed_and_tried(ethernet: None, monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    """If `late`, the router answers only when the ladder is asked, because of its rate limit."""
    asked: list[int] = []

    async def send(_endpoint: object, _request: object, size: int, *_: object) -> path_mtu._Sent:
        asked.append(size)
        if size <= 1400:
            return path_mtu._Sent(answered=True)
        return path_mtu._Sent() if late and size == LINK else path_mtu._Sent(told=1400, told_by="192.0.2.1")

    monkeypatch.setattr(path_mtu, "_send", send)
    found = carried(_Placed.__new__(_Placed))
    assert (found.told, found.told_by, found.passes, found.is_black_hole) == (1400, "192.0.2.1", 1400, False)
    assert asked[:2] == [LADDER[-1], LINK]
    assert (1400 in asked[2:]) is True


def test_a_size_learnt_earlier_that_is_smaller_than_all_tried_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a path MTU that the kernel has learnt, and a datagram of that size that is lost."""
    learnt = 552

    async def own(*_: object) -> int:
        return learnt

    async def send(_endpoint: object, _request: object, size: int, *_: object) -> path_mtu._Sent:
        return path_mtu._Sent(answered=size != learnt)

    monkeypatch.setattr(path_mtu, "own_mtu", own)
    monkeypatch.setattr(path_mtu, "_send", send)
    found = carried(_Placed.__new__(_Placed))
    assert (found.own, found.passes, found.lost, found.is_black_hole) == (learnt, LADDER[-1], None, False)


class _Placed(FakeKdc):
    """An endpoint that is never opened."""

    host, port = "192.0.2.7", 88


def test_loopback_has_no_path() -> None:
    with FakeKdc() as kdc:
        assert carried(kdc).why
        assert stalled(kdc) is None
    assert (asyncio.run(own_mtu("127.0.0.1", HERE)) or 0) > 9216
    assert asyncio.run(own_mtu("nowhere", HERE)) is None


@given(st.integers(500, 9000))
def test_a_request_is_as_long_as_asked_for(size: int) -> None:
    assert size - 3 < len(kdc_request(REALM)(size)) <= size


@pytest.mark.parametrize("back", [False, True])
def test_a_black_hole_is_where_only_large_segments_stall(ethernet: None, back: bool) -> None:
    with NarrowKdc(1400, back=back) as kdc:
        found = stalled(kdc)
    assert found is not None
    assert (found.small.answered, found.large.has_stalled, found.narrow.answered) == (True, True, True)
    assert (found.is_black_hole, found.passes, found.lost) == (True, 1400, 1420)
    assert found.detail()["black_hole"] is True


@pytest.mark.parametrize(
    ("mtu", "forgotten", "passes", "lost"),
    [(1400, {1400}, 1400, 1420), (1430, {1400, 1420, 1430}, 1430, 1440), (1492, {1350, 1492}, 1492, LINK)],
)
def test_a_size_is_lost_only_if_it_stalls_alone(
    ethernet: None, mtu: int, forgotten: set[int], passes: int, lost: int
) -> None:
    """Given a listener that has no room for so many handshakes at once."""
    with CrowdedKdc(mtu, forgotten) as kdc:
        found = stalled(kdc)
    assert found is not None
    assert (found.is_black_hole, found.passes, found.lost) == (True, passes, lost)
    assert not kdc.forgotten


def test_a_path_that_carries_all(ethernet: None) -> None:
    with EchoKdc() as kdc:
        found = stalled(kdc)
    assert found is not None
    assert (found.large.answered, found.is_black_hole, found.told, found.detail()["direction"]) == (
        True,
        False,
        None,
        None,
    )


def test_a_service_that_hangs_by_itself(ethernet: None) -> None:
    with BusyKdc() as kdc:
        found = stalled(kdc)
    assert found is not None
    assert (found.large.has_stalled, found.narrow.has_stalled, found.is_black_hole) == (True, True, False)


def test_a_refusal_is_no_stall(ethernet: None) -> None:
    with closed_port() as port:
        endpoint = Endpoint("h", port, "tcp", "127.0.0.1")
        assert asyncio.run(large_exchanges.stalls(endpoint, kerberos_dialogue(REALM), Vantage(patience=SOON))) is None


def test_hadoop_s_first_question_stays_one_however_long_it_is(ethernet: None) -> None:
    with RpcServer(("127.0.0.1",), 0) as server:
        endpoint = Endpoint("h", server.listeners[0].getsockname()[1], "tcp", "127.0.0.1")
        found = asyncio.run(large_exchanges.stalls(endpoint, hadoop_dialogue(), Vantage(patience=SOON)))
    assert found is not None
    assert (found.small.answered, found.large.answered, found.narrow.answered) == (True, True, True)
    assert sorted(server.identifiers) == [0, *[2 * LINK - len(QUESTION)] * 2]


def test_the_small_question_is_for_the_principal_that_gets_no_ticket() -> None:
    assert all(part.encode() in kerberos_dialogue(REALM).request(0) for part in MASTER_KEY)


@pytest.mark.parametrize(("sasl", "start"), [(False, b"\x00\x1c\x59"), (True, b"\xde\xad\xbe\xef")])
def test_a_datanode_is_asked_the_same_question_however_long_it_is(sasl: bool, start: bytes) -> None:
    dialogue = data_transfer_dialogue(sasl=sasl)
    small, large = dialogue.request(0), dialogue.request(3000)

    assert small == (QUESTION_SASL if sasl else DATA_QUESTION)
    assert large.startswith(start)
    assert 3000 <= len(large) < 3020
    assert dialogue.complete(a_challenge("auth"))
    assert not dialogue.complete(a_challenge("auth")[:-1])
