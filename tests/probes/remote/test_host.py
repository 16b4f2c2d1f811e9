"""Does a host over SSH see what this host sees? Its agent runs here, behind pipes."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from probes.endpoint import Endpoint
from probes.names.resolve import resolve, reverse
from probes.network.host import Handshake, HostGoneError, Schedule, Sending
from probes.network.pacing import ENOUGH_ANSWERS, LEAST_ATTEMPTS
from probes.network.runner import Job, run
from probes.network.this_host import THIS_HOST
from probes.observation import Observation
from probes.questions import Question
from probes.questions.register import ask
from probes.remote.host import RemoteHost, script
from probes.vantage import Vantage
from tests.support.asked_twice import PATIENCE, both, plain
from tests.support.certificates import a_file
from tests.support.closed_port import closed_port
from tests.support.deaf_listener import deaf_listener
from tests.support.fake_kdc import (
    REALM,
    ClosingKdc,
    DeafKdc,
    FakeKdc,
    OtherAddressKdc,
    SilentKdc,
    StoppedClockKdc,
)
from tests.support.fake_service import FakeService, ResettingService, TlsService
from tests.support.interpreters import interpreter
from tests.support.remote import a_remote_host
from tests.support.service_replies import SIMPLE

OWN_RECVMSG = 'if hasattr(socket.socket, "recvmsg"):'


OLD = ["2.7"] if interpreter("2.7") is not None else []
"""Python 2.7 where this machine has one. Debian has none, so no test can require it."""


@pytest.fixture(scope="module", params=["as here", *OLD])
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteHost]:
    """Yield a host whose Python is the one of this machine, or an old one."""
    if request.param == "as here":
        with a_remote_host() as host:
            yield host
        return
    program = interpreter(request.param)
    assert program is not None
    programs = tmp_path_factory.mktemp("programs")
    (programs / "python2").symlink_to(program)
    with a_remote_host(PATH=str(programs)) as host:
        assert host.greeting.python.startswith(request.param)
        assert host.greeting.sees_icmp
        yield host


def test_handshakes(far: RemoteHost, listener: Endpoint, closed: Endpoint, deaf: Endpoint) -> None:
    for endpoint, reason in ((listener, "syn-ack"), (closed, "rst"), (deaf, "no-response")):
        here, there = both(far, "tcp", endpoint)
        assert there == here
        assert there.reason == reason


def test_an_address_that_no_interface_has_is_told(far: RemoteHost, closed: Endpoint) -> None:
    scoped = replace(closed, address="fe80::1%no-such-interface")
    here, there = both(far, "tcp", scoped)
    assert (there.state, there.reason) == (here.state, here.reason) == ("filtered", "no-route")


@pytest.mark.parametrize("kdc", [FakeKdc, SilentKdc, DeafKdc, OtherAddressKdc, ClosingKdc])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_kdcs(far: RemoteHost, kdc: type[FakeKdc], transport: str) -> None:
    with kdc() as running:
        here, there = both(far, "kerberos", running.endpoint(transport), realm=REALM)  # type: ignore[arg-type]
    assert there == here


def test_a_closed_udp_port_is_told_with_the_sender_of_the_icmp_error(far: RemoteHost, closed: Endpoint) -> None:
    here, there = both(far, "kerberos", replace(closed, transport="udp"), realm=REALM)
    assert there == here
    assert (there.state, there.reason, there.offender) == ("closed", "port-unreachable", closed.address)


def test_the_errors_of_a_python_without_recvmsg_are_read_through_libc(
    closed: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Python 2.7 reads them, by every Python."""
    whole = script("").decode("ascii")
    assert whole.count(OWN_RECVMSG) == 1
    monkeypatch.setattr(
        "probes.remote.host.script", lambda token: script(token).replace(OWN_RECVMSG.encode(), b"if False:")
    )
    with a_remote_host() as host:
        assert host.greeting.sees_icmp
        here, there = both(host, "kerberos", replace(closed, transport="udp"), realm=REALM)
        assert there == here
        assert (there.state, there.reason, there.offender) == ("closed", "port-unreachable", closed.address)


def test_a_python_that_sees_no_icmp_claims_no_reset(closed: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 2.7 without ctypes has no way to the error queue."""
    blind = b"if True:\n    recvmsg = None\nelif False:"
    monkeypatch.setattr("probes.remote.host.script", lambda token: script(token).replace(OWN_RECVMSG.encode(), blind))
    with a_remote_host() as host:
        assert not host.greeting.sees_icmp
        for kind, transport in (("tcp", "tcp"), ("kerberos", "udp")):
            options = {"realm": REALM} if kind == "kerberos" else {}
            _, there = both(host, kind, replace(closed, transport=transport), **options)  # type: ignore[arg-type]
            assert (there.state, there.reason, there.offender) == ("closed", "conn-refused", None)


def test_further_questions_to_a_kdc(far: RemoteHost) -> None:
    with StoppedClockKdc() as kdc:
        for kind in ("kdc-realm", "kdc-implementation", "kdc-reply-sizes", "path-mtu", "large-exchange"):
            here, there = both(far, kind, kdc.endpoint("udp"), realm=REALM)
            assert there == here, kind


def test_services(far: RemoteHost) -> None:
    with FakeService(SIMPLE) as service:
        here, there = both(far, "hadoop-rpc", service.endpoint("tcp"))
    assert there == here
    assert there.reason == "service-reply"
    with ResettingService(SIMPLE[:4]) as service:
        here, there = both(far, "hadoop-rpc", service.endpoint("tcp"))
    assert there == here


def test_tls_is_spoken_through_the_host(far: RemoteHost, tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with TlsService(answer, a_file(tmp_path / "localhost.pem", "localhost")) as service:
        here, there = both(far, "http", service.endpoint("tcp"), method="GET", path="/", secure=True)
    assert there == here
    assert "tls" in str(there.detail)


def test_names_are_looked_up_there(far: RemoteHost) -> None:
    for name in ("localhost", "no-such-name.invalid", "a..b", "127.0.0.1"):
        here = asyncio.run(resolve(name, timeout=5))
        there = asyncio.run(resolve(name, timeout=5, by=far))
        assert (there.addresses, there.reason, there.canonical) == (here.addresses, here.reason, here.canonical)
    assert asyncio.run(reverse("127.0.0.1", timeout=5, by=far)) == asyncio.run(reverse("127.0.0.1", timeout=5))


def test_files_and_its_own_name(far: RemoteHost) -> None:
    with open("/etc/hosts", "rb") as stream:  # noqa: PTH123
        assert asyncio.run(far.content("/etc/hosts", 1 << 20)) == stream.read()
    with pytest.raises(FileNotFoundError):
        asyncio.run(far.content("/no/such/file", 10))
    assert asyncio.run(far.own_name()) == socket.gethostname()
    assert asyncio.run(far.sender("127.0.0.1")) == asyncio.run(THIS_HOST.sender("127.0.0.1"))


def test_a_host_without_python_is_told() -> None:
    from probes.remote.wire import NoInterpreterError

    with pytest.raises(NoInterpreterError), a_remote_host(PATH="/nowhere"):
        pass


def test_what_waits_when_the_host_ends_is_told(deaf: Endpoint) -> None:
    async def scene(host: RemoteHost) -> Observation:
        waiting = asyncio.create_task(ask(Question("tcp", deaf), Vantage(patience=5.0, host=host)))
        await asyncio.sleep(0.3)
        host.close()
        return await waiting

    with a_remote_host() as host:
        seen = asyncio.run(scene(host))
        assert (seen.state, seen.reason) == ("not-probed", "no-vantage")
        with pytest.raises(HostGoneError):
            asyncio.run(host.own_name())


def test_a_sweep_from_there_sees_every_endpoint_as_here(far: RemoteHost, listener: Endpoint, deaf: Endpoint) -> None:
    """Open, closed and silent endpoints, and one whose scope no interface has."""

    def swept(vantage: Vantage) -> list[Observation]:
        done = run((Job(f"{n}", endpoint, vantage) for n, endpoint in enumerate(endpoints)), hurry=False)
        assert not done.errors
        return [replace(plain(seen), source=None) for seen in done.observations.values()]

    with closed_port() as port:
        shut = Endpoint("127.0.0.1", port, "tcp", "127.0.0.1")
        endpoints = [listener, shut, deaf, replace(shut, address="fe80::1%no-such-interface")] * 5
        assert swept(Vantage(patience=PATIENCE, host=far)) == swept(Vantage(patience=PATIENCE))


def test_silence_on_a_known_path_counts_before_the_patience_is_over(far: RemoteHost, deaf: Endpoint) -> None:
    """As in a sweep of this host: after a few attempts, and once more in the second look."""
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0), backlog=2 * ENOUGH_ANSWERS) as sock:
        port = sock.getsockname()[1]
        asked = [deaf, *([Endpoint("127.0.0.1", port, "tcp", "127.0.0.1")] * ENOUGH_ANSWERS)]
        done = run(Job(f"{n}", each, Vantage(patience=20.0, host=far)) for n, each in enumerate(asked))
    assert time.monotonic() - began < 15
    silent, *others = done.observations.values()
    assert {seen.reason for seen in others} == {"syn-ack"}
    assert (silent.state, silent.reason) == ("filtered", "no-response")
    assert silent.attempts >= LEAST_ATTEMPTS + 2


def test_an_address_that_has_not_answered_is_waited_for_as_on_an_unknown_path(far: RemoteHost) -> None:
    with deaf_listener("127.0.0.2") as deaf, socket.create_server(("127.0.0.1", 0), backlog=2 * ENOUGH_ANSWERS) as sock:
        near = Endpoint("127.0.0.1", sock.getsockname()[1], "tcp", "127.0.0.1")
        began = time.monotonic()
        asked = [deaf, *([near] * ENOUGH_ANSWERS)]
        done = run(Job(f"{n}", each, Vantage(patience=1.5, host=far)) for n, each in enumerate(asked))
    assert time.monotonic() - began >= 1.5
    assert [seen.state for seen in done.observations.values()] == ["filtered", *["open"] * ENOUGH_ANSWERS]


def test_what_was_called_silent_in_a_hurry_is_not_told_if_the_run_is_cut_short(far: RemoteHost, deaf: Endpoint) -> None:
    jobs = [Job("silent", deaf, Vantage(patience=20.0, host=far))]
    assert run(jobs, deadline=0.5).observations["silent"].reason == "cancelled"


def test_a_handshake_follows_the_schedule_that_its_group_is_given(far: RemoteHost, deaf: Endpoint) -> None:
    async def scene() -> list[Handshake]:
        def ask(group: str | None, schedule: Schedule | None = None) -> Awaitable[Handshake]:
            sending = Sending(2.0, moments=(0.0, 1.5), group=group, schedule=schedule)
            return asyncio.create_task(far.connect(deaf.host, deaf.port, sending, keep=False))

        asked = [ask("one"), ask("two"), ask(None, Schedule(0.05, 4, 0.1)), ask(None, Schedule(0.05, 4, 60.0))]
        await asyncio.sleep(0.2)
        far.hurry(["one"], Schedule(0.05, 3, 0.1))
        return [await each for each in asked]

    hurried, other, scheduled, limited = asyncio.run(scene())
    assert [(type(each.failure), each.sent) for each in (hurried, other, scheduled, limited)] == [
        (TimeoutError, 3),
        (TimeoutError, 2),
        (TimeoutError, 4),
        (TimeoutError, 4),
    ]
    assert hurried.elapsed < 1500
    assert scheduled.elapsed < 1500
    assert other.elapsed >= 2000
    assert limited.elapsed >= 2000


def test_a_handshake_says_that_it_is_quiet_and_takes_a_late_answer(far: RemoteHost) -> None:
    quiet: list[int] = []

    async def scene(port: int) -> Handshake:
        sending = Sending(20.0, schedule=Schedule(0.05, 2, 0.05, listening=10.0))
        return await far.connect("127.0.0.1", port, sending, keep=False, quiet=quiet.append)

    async def accepted(sock: socket.socket) -> Handshake:
        asked = asyncio.create_task(scene(sock.getsockname()[1]))
        while not quiet:
            await asyncio.sleep(0.01)
        for _ in range(2):
            sock.accept()[0].close()  # there is room again, and the kernel sends the first SYN once more
        return await asked

    with socket.socket() as sock, socket.socket() as one, socket.socket() as two:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        for client in (one, two):
            client.setblocking(False)
            client.connect_ex(sock.getsockname())
        came = asyncio.run(accepted(sock))
    assert quiet == [2]
    assert came.failure is None


def test_a_handshake_that_was_quiet_ends_when_nobody_listens_any_more(far: RemoteHost, deaf: Endpoint) -> None:
    quiet: list[int] = []

    async def scene() -> Handshake:
        sending = Sending(20.0, schedule=Schedule(0.05, 2, 0.05, listening=0.5))
        return await far.connect(deaf.host, deaf.port, sending, keep=False, quiet=quiet.append)

    came = asyncio.run(scene())
    assert (type(came.failure), came.sent, quiet) == (TimeoutError, 2, [2])
    assert 500 <= came.elapsed < 15000
