"""What probes.network.tcp makes of a handshake on loopback; what it makes of ICMP errors is in
test_errqueue.py."""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
import time
from collections.abc import Iterator

import pytest

from probes.endpoint import Endpoint
from probes.network import sockets
from probes.network.host import Handshake
from probes.network.tcp import connect, observed, open_connection
from probes.observation import Observation
from probes.vantage import HERE, Vantage
from tests.support.closed_port import closed_port
from tests.support.deaf_listener import deaf_listener
from tests.support.descriptors import Held, held
from tests.support.needs import LOOPBACKS


def probe(address: str, port: int, *, patience: float = 2.0, source: str | None = None) -> Observation:
    return asyncio.run(
        connect(Endpoint(address, port, "tcp", address), Vantage(source_address=source, patience=patience))
    )


@pytest.fixture(params=LOOPBACKS)
def listener(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """Address and port of something that listens."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.bind((request.param, 0))
        sock.listen(64)
        yield request.param, sock.getsockname()[1]


@pytest.fixture(params=LOOPBACKS)
def closed(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """Yield address and port of nothing."""
    with closed_port(request.param) as port:
        yield request.param, port


@pytest.fixture
def deaf() -> Iterator[tuple[str, int]]:
    """Yield a listener whose queue is full.

    The kernel drops further SYNs, as a packet filter would.
    """
    with deaf_listener() as endpoint:
        yield endpoint.host, endpoint.port


def test_a_listener_is_open(listener: tuple[str, int]) -> None:
    seen = probe(*listener)

    assert (seen.state, seen.reason, seen.attempts) == ("open", "syn-ack", 1)
    assert (seen.source, seen.address, seen.vantage) == (listener[0], listener[0], "local")
    assert seen.rtt_ms is not None
    assert 0 < seen.rtt_ms < 1000


def test_nothing_is_closed_by_reset(closed: tuple[str, int]) -> None:
    seen = probe(*closed)

    assert (seen.state, seen.reason, seen.offender, seen.attempts) == ("closed", "rst", None, 1)
    assert seen.rtt_ms is not None


@pytest.mark.parametrize("number", [errno.ECONNRESET, errno.EPIPE])
def test_a_reset_after_the_handshake_is_open(number: int) -> None:
    at = Endpoint("127.0.0.1", 80, "tcp", "127.0.0.1")

    seen = observed(Handshake(OSError(number, ""), 1.0, "127.0.0.1"), at, HERE)

    assert (seen.state, seen.reason, seen.detail) == ("open", "syn-ack", {"errno": errno.errorcode[number]})


def test_silence_is_filtered_and_counts_its_syns(deaf: tuple[str, int]) -> None:
    seen = probe(*deaf, patience=1.3)

    assert (seen.state, seen.reason, seen.rtt_ms, seen.offender) == ("filtered", "no-response", None, None)
    assert seen.attempts == 2  # the second after one second
    assert seen.source == "127.0.0.1"


def test_a_late_handshake_is_open(deaf: tuple[str, int]) -> None:
    """Given silence at first, when room is made before the SYN is sent again, then the second is
    answered and counted."""

    async def scene() -> Observation:
        asking = asyncio.create_task(connect(Endpoint("x", deaf[1], "tcp", deaf[0]), Vantage(patience=4)))
        await asyncio.sleep(0.1)  # long before the SYN is sent again
        for sock in list(clients):
            sock.close()
        server.listen(16)
        return await asking

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        deaf = server.getsockname()
        clients = [socket.socket() for _ in range(2)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(deaf)
        seen = asyncio.run(scene())

    assert (seen.state, seen.attempts) == ("open", 2)


def test_an_answer_in_time_counts_although_we_look_late(listener: tuple[str, int]) -> None:
    """Given a loop that is busy for longer than the patience, when the handshake was long
    complete, then the port is open."""

    async def scene() -> Observation:
        asking = asyncio.create_task(connect(Endpoint(*listener, "tcp", listener[0]), Vantage(patience=0.05)))
        await asyncio.sleep(0)
        time.sleep(0.2)
        return await asking

    assert asyncio.run(scene()).state == "open"


def test_a_refusal_in_time_counts_although_we_look_late(closed: tuple[str, int]) -> None:
    async def scene() -> Observation:
        asking = asyncio.create_task(connect(Endpoint(*closed, "tcp", closed[0]), Vantage(patience=0.05)))
        await asyncio.sleep(0)
        time.sleep(0.2)
        return await asking

    seen = asyncio.run(scene())

    assert (seen.state, seen.reason) == ("closed", "rst")


@pytest.mark.parametrize("listener", ["127.0.0.1"], indirect=True)  # ::1 has no neighbours
def test_the_source_is_the_one_demanded(listener: tuple[str, int]) -> None:
    assert probe(*listener, source="127.0.0.9").source == "127.0.0.9"


@pytest.mark.parametrize("source", ["192.0.2.77", "::1"])
def test_a_source_that_is_not_ours_is_no_vantage(source: str) -> None:
    seen = probe("127.0.0.1", 9, source=source)

    assert (seen.state, seen.reason) == ("not-probed", "no-vantage")
    assert seen.detail == {"errno": "EADDRNOTAVAIL"}


@pytest.mark.parametrize("address", ["localhost", "127.1", "1.2.3.4.5", "", "127.0.0.1%lo", "::g", "a\0b"])
def test_a_name_is_not_an_address(address: str) -> None:
    with pytest.raises(ValueError, match=r"not a numeric|no scope"):
        asyncio.run(connect(Endpoint(address, 80, "tcp"), HERE))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", (socket.AF_INET, "192.0.2.1", 0)),
        ("2001:DB8::0:1", (socket.AF_INET6, "2001:db8::1", 0)),
        ("::ffff:192.0.2.1", (socket.AF_INET, "192.0.2.1", 0)),
        ("fe80::1%lo", (socket.AF_INET6, "fe80::1", 1)),
        ("fe80::1%7", (socket.AF_INET6, "fe80::1", 7)),
    ],
)
def test_an_address_has_one_spelling(address: str, expected: tuple[socket.AddressFamily, str, int]) -> None:
    assert sockets.numeric(address) == expected


def test_a_scope_that_is_no_interface_is_no_route() -> None:
    seen = probe("fe80::1%nosuch0", 80)

    assert (seen.state, seen.reason, seen.detail) == ("filtered", "no-route", {"errno": "ENODEV"})


def test_without_descriptors_nothing_is_probed(listener: tuple[str, int]) -> None:
    async def scene() -> Observation:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            return await connect(Endpoint("x", listener[1], "tcp", listener[0]), HERE)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    seen = asyncio.run(scene())

    assert (seen.state, seen.reason, seen.detail) == ("not-probed", "no-descriptor", {"errno": "EMFILE"})


@pytest.mark.parametrize(
    ("number", "v6", "sourced", "verdict"),
    [
        (errno.ENETUNREACH, False, False, ("filtered", "no-route")),
        (errno.EINVAL, False, False, ("filtered", "no-route")),  # a blackhole route
        (errno.EINVAL, False, True, ("not-probed", "no-vantage")),  # loopback as source to elsewhere
        (errno.EADDRNOTAVAIL, False, True, ("not-probed", "no-vantage")),
        (errno.EADDRNOTAVAIL, False, False, ("not-probed", "no-descriptor")),  # no port left
        (errno.EADDRNOTAVAIL, True, False, ("filtered", "no-route")),  # no IPv6 address to send from
        (errno.EACCES, False, False, ("filtered", "local-prohibited")),
        (errno.EPERM, True, True, ("filtered", "local-prohibited")),
        (errno.ENFILE, False, False, ("not-probed", "no-descriptor")),
        (errno.EISDIR, False, False, None),
    ],
)
def test_local_errors_have_their_words(number: int, v6: bool, sourced: bool, verdict: tuple[str, str] | None) -> None:
    assert sockets.local_verdict(number, v6=v6, sourced=sourced) == verdict


def test_an_unknown_local_error_is_not_hidden() -> None:
    with pytest.raises(IsADirectoryError):
        sockets.local_failure(OSError(errno.EISDIR, "x"), Endpoint("x", 1, "tcp", "127.0.0.1"), HERE)


def test_no_descriptor_is_left_behind(
    listener: tuple[str, int], closed: tuple[str, int], deaf: tuple[str, int]
) -> None:
    async def scene() -> tuple[Held, Held]:
        targets = [listener, closed, deaf] * 20
        before = held()
        asking = [asyncio.create_task(connect(Endpoint(a, p, "tcp", a), Vantage(patience=0.2))) for a, p in targets]
        cancelled = [asyncio.create_task(connect(Endpoint(*deaf, "tcp", deaf[0]), HERE)) for _ in range(20)]
        await asyncio.sleep(0.05)
        for task in cancelled:
            task.cancel()
        await asyncio.gather(*asking, *cancelled, return_exceptions=True)
        return before, held()

    before, after = asyncio.run(scene())

    assert after <= before


def test_open_connection_hands_over_a_connection_only_if_open(
    listener: tuple[str, int], closed: tuple[str, int]
) -> None:
    async def scene() -> None:
        seen, connection = await open_connection(Endpoint(*listener, "tcp", listener[0]), HERE)
        assert connection is not None
        with connection:
            assert seen.state == "open"
            assert (await connection.facts()).unacknowledged == 0
        seen, connection = await open_connection(Endpoint(*closed, "tcp", closed[0]), HERE)
        assert (seen.state, connection) == ("closed", None)

    asyncio.run(scene())
