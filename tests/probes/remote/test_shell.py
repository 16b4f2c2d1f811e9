"""Does a host with bash alone see what this host sees, but for what it cannot? It runs here."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from probes.endpoint import Endpoint
from probes.names.resolve import resolve, reverse
from probes.network.host import HostGoneError, Sending
from probes.network.runner import Job, run
from probes.network.this_host import THIS_HOST
from probes.observation import Observation
from probes.questions import Kind, Option
from probes.remote import shell, shell_programs, wire
from probes.remote.shell import ShellHost
from probes.remote.wire import NoInterpreterError, RemoteError
from probes.vantage import Vantage
from tests.support import asked_twice
from tests.support.asked_twice import PATIENCE
from tests.support.certificates import a_file
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
from tests.support.remote import LocalPipe, NoisyPipe, a_shell_host
from tests.support.service_replies import SIMPLE

EVERY_BYTE = bytes(range(256))


@pytest.fixture(scope="module")
def far() -> Iterator[ShellHost]:
    with a_shell_host() as host:
        yield host


def test_handshakes(far: ShellHost, listener: Endpoint, closed: Endpoint, deaf: Endpoint) -> None:
    for endpoint, reason in ((listener, "syn-ack"), (deaf, "no-response")):
        here, there = both(far, "tcp", endpoint)
        assert replace(there, source=here.source) == here
        assert there.reason == reason
    here, there = without_noise(far, closed)
    assert (there.state, there.reason) == (here.state, here.reason) == ("closed", "rst")
    assert there.detail == here.detail


def both(far: ShellHost, kind: Kind, endpoint: Endpoint, **options: Option) -> tuple[Observation, Observation]:
    """Ask the same here and there. Without `ip` a host does not know its own address."""
    here, there = asked_twice.both(far, kind, endpoint, **options)
    return (here, there) if shutil.which("ip") is not None else (replace(here, source=None), there)


def without_noise(far: ShellHost, closed: Endpoint) -> tuple[Observation, Observation]:
    """Ask about a closed port until no other test gets an ICMP error meanwhile."""
    for _ in range(50):
        here, there = both(far, "tcp", closed)
        if there.reason != "conn-refused":
            break
        assert there.state == "closed"
    return here, there


def test_an_address_that_no_interface_has_is_told(far: ShellHost, closed: Endpoint) -> None:
    here, there = both(far, "tcp", replace(closed, address="fe80::1%no-such-interface"))
    assert (there.state, there.reason) == (here.state, here.reason) == ("filtered", "no-route")


@pytest.mark.parametrize("kdc", [FakeKdc, SilentKdc, DeafKdc, ClosingKdc])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_kdcs(far: ShellHost, kdc: type[FakeKdc], transport: str) -> None:
    with kdc() as running:
        here, there = both(far, "kerberos", running.endpoint(transport), realm=REALM)  # type: ignore[arg-type]
    assert there == here


def test_an_answer_from_another_address_is_silence_to_it(far: ShellHost) -> None:
    with OtherAddressKdc() as kdc:
        here, there = both(far, "kerberos", kdc.endpoint("udp"), realm=REALM)
    assert "answered_from" in here.detail
    assert (there.state, there.reason, there.detail) == (here.state, here.reason, {})


def test_a_closed_udp_port_is_refused_by_nobody_that_it_knows(far: ShellHost, closed: Endpoint) -> None:
    here, there = both(far, "kerberos", replace(closed, transport="udp"), realm=REALM)
    assert (here.state, here.reason, here.offender) == ("closed", "port-unreachable", closed.address)
    assert (there.state, there.reason, there.offender) == ("closed", "conn-refused", None)


def test_further_questions_to_a_kdc(far: ShellHost) -> None:
    with StoppedClockKdc() as kdc:
        for kind in ("kdc-realm", "kdc-implementation", "kdc-reply-sizes"):
            here, there = both(far, kind, kdc.endpoint("udp"), realm=REALM)
            assert there == here, kind


def test_services(far: ShellHost) -> None:
    with FakeService(SIMPLE) as service:
        here, there = both(far, "hadoop-rpc", service.endpoint("tcp"))
    assert there == here
    assert there.reason == "service-reply"
    with ResettingService(SIMPLE[:4]) as service:
        here, there = both(far, "hadoop-rpc", service.endpoint("tcp"))
    assert there == here


def test_tls_is_spoken_through_the_host(far: ShellHost, tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with TlsService(answer, a_file(tmp_path / "localhost.pem", "localhost")) as service:
        here, there = both(far, "http", service.endpoint("tcp"), method="GET", path="/", secure=True)
    assert there == here
    assert "tls" in str(there.detail)


def test_names_are_looked_up_there(far: ShellHost) -> None:
    for name in ("localhost", "no-such-name.invalid", "a..b", "127.0.0.1", "a b; exit", "-h", "x\0y"):
        here = asyncio.run(resolve(name, timeout=5))
        there = asyncio.run(resolve(name, timeout=5, by=far))
        assert (there.addresses, there.reason, there.canonical) == (here.addresses, here.reason, here.canonical), name
    assert asyncio.run(reverse("127.0.0.1", timeout=5, by=far)) == asyncio.run(reverse("127.0.0.1", timeout=5))


def test_a_missing_name_of_an_address_may_be_a_failure(far: ShellHost) -> None:
    assert asyncio.run(reverse("192.0.2.1", timeout=5, by=far)).reason == "resolver-failed"


def test_files_and_its_own_name_and_clock(far: ShellHost, tmp_path: Path) -> None:
    (tmp_path / "it's a file").write_bytes(EVERY_BYTE * 1000)
    assert asyncio.run(far.content(str(tmp_path / "it's a file"), 1 << 20)) == EVERY_BYTE * 1000
    assert asyncio.run(far.content(str(tmp_path / "it's a file"), 100)) == EVERY_BYTE[:100]
    with pytest.raises(FileNotFoundError):
        asyncio.run(far.content("/no/such/file", 10))
    with pytest.raises(IsADirectoryError):
        asyncio.run(far.content(str(tmp_path), 10))
    assert asyncio.run(far.own_name()) == socket.gethostname()
    before = time.time()
    assert before - 2 < asyncio.run(far.clock()) < time.time() + 2


@pytest.mark.needs("ip")
def test_the_address_that_it_sends_from(far: ShellHost) -> None:
    here = asyncio.run(THIS_HOST.sender("127.0.0.1"))
    assert asyncio.run(far.sender("127.0.0.1"))[0] == here[0]


def test_bytes_pass_unchanged_both_ways_and_the_end_is_seen(far: ShellHost) -> None:
    async def scene(server: socket.socket) -> None:
        port = server.getsockname()[1]
        handshake = await far.connect("127.0.0.1", port, Sending(PATIENCE), keep=True)
        peer, _ = server.accept()
        assert handshake.connection is not None
        with peer, handshake.connection as connection:
            await connection.send(EVERY_BYTE * 40)
            assert peer.recv(len(EVERY_BYTE * 40), socket.MSG_WAITALL) == EVERY_BYTE * 40
            peer.sendall(EVERY_BYTE * 40)
            got = b""
            while len(got) < len(EVERY_BYTE * 40):
                got += await connection.receive(1000)
            assert got == EVERY_BYTE * 40
            peer.shutdown(socket.SHUT_WR)
            assert await connection.receive(10) == b""

    with socket.create_server(("127.0.0.1", 0)) as server:
        asyncio.run(asyncio.wait_for(scene(server), 20))


def test_a_datagram_is_one_datagram_whatever_bytes_it_has(far: ShellHost) -> None:
    """bash writes a line at a time, so that a line feed would end a datagram."""
    data = EVERY_BYTE * 6 + b"\n\n%s\\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        got = []

        def answer() -> None:
            said, sender = server.recvfrom(65535)
            got.append(said)
            server.sendto(said[::-1], sender)

        thread = threading.Thread(target=answer)
        thread.start()
        came = asyncio.run(far.converse("127.0.0.1", server.getsockname()[1], [data], Sending(5.0)))
        thread.join()
    assert got == [data]
    assert came.answer == data[::-1]


@pytest.mark.parametrize(
    "sending", [Sending(1, hops=3), Sending(1, segment=500), Sending(1, whole=True), Sending(1, source="127.0.0.1")]
)
def test_what_bash_cannot_set_is_told(far: ShellHost, sending: Sending) -> None:
    for keep in (True, False):
        assert isinstance(asyncio.run(far.connect("127.0.0.1", 1, sending, keep=keep)).failure, HostGoneError)
    assert isinstance(asyncio.run(far.converse("127.0.0.1", 1, [b"x"], sending)).failure, HostGoneError)


def test_a_refusal_while_icmp_errors_come_is_no_reset(far: ShellHost, closed: Endpoint) -> None:
    """What came for another socket cannot be told from what came for this one."""
    stop = threading.Event()

    def noise() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while not stop.is_set():
                sock.sendto(b"x", ("127.0.0.1", 9))

    thread = threading.Thread(target=noise)
    thread.start()
    try:
        # On a busy machine the thread may not have sent anything meanwhile.
        seen = [both(far, "tcp", closed)[1] for _ in range(3)]
        while len(seen) < 50 and "conn-refused" not in {each.reason for each in seen}:
            seen.append(both(far, "tcp", closed)[1])
    finally:
        stop.set()
        thread.join()
    assert {(each.state, each.reason) for each in seen} <= {("closed", "conn-refused"), ("closed", "rst")}
    assert "conn-refused" in {each.reason for each in seen}


def test_a_sweep_from_there_sees_every_endpoint_as_here(
    far: ShellHost, listener: Endpoint, deaf: Endpoint, closed: Endpoint
) -> None:
    endpoints = [listener, closed, deaf, replace(closed, address="fe80::1%no-such-interface")] * 5

    def swept(vantage: Vantage) -> list[tuple[str, str]]:
        done = run((Job(f"{n}", endpoint, vantage) for n, endpoint in enumerate(endpoints)), hurry=False)
        assert not done.errors
        # Another test may get ICMP errors meanwhile.
        words = [(seen.state, seen.reason) for seen in done.observations.values()]
        return [("closed", "rst") if word == ("closed", "conn-refused") else word for word in words]

    assert swept(Vantage(patience=PATIENCE, host=far)) == swept(Vantage(patience=PATIENCE))


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Return a folder with bash and nothing else."""
    (tmp_path / "bin").mkdir()
    bash = shutil.which("bash")
    assert bash is not None
    (tmp_path / "bin" / "bash").symlink_to(bash)
    return tmp_path / "bin"


def test_a_host_with_bash_and_nothing_else_says_what_it_lacks(few: Path, listener: Endpoint, closed: Endpoint) -> None:
    with a_shell_host(PATH=str(few)) as host:
        for here, there in (both(host, "tcp", listener), without_noise(host, closed)):
            assert (there.state, there.reason, there.source) == (here.state, here.reason, None)
        with pytest.raises(HostGoneError, match="getent"):
            asyncio.run(host.addresses("localhost", 3))
        with pytest.raises(HostGoneError, match="ip"):
            asyncio.run(host.sender("127.0.0.1"))
        _, there = both(host, "kerberos", replace(closed, transport="udp"), realm=REALM)
        assert (there.state, there.reason) == ("not-probed", "no-vantage")


def test_a_host_whose_ip_hangs_sends_all_the_same(
    few: Path, listener: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "SOON", 0.5)
    (few / "ip").write_text("#!/bin/sh\nexec /bin/sleep 30\n")
    (few / "ip").chmod(0o755)
    with a_shell_host(PATH=str(few)) as host:
        with pytest.raises(HostGoneError, match="no answer"):
            asyncio.run(host.sender("127.0.0.1"))
        here, there = both(host, "tcp", listener)
    assert (there.state, there.reason, there.source) == (here.state, here.reason, None)


def test_a_host_without_bash_is_told() -> None:
    with pytest.raises(NoInterpreterError), a_shell_host(PATH="/nowhere"):
        pass


def test_nothing_is_left_when_the_way_to_it_ends(deaf: Endpoint) -> None:
    pipes: list[LocalPipe] = []

    def start(command: str) -> LocalPipe:
        pipes.append(LocalPipe(command))
        return pipes[-1]

    async def scene(host: ShellHost) -> None:
        kept = asyncio.create_task(host.connect("127.0.0.1", deaf.port, Sending(30.0), keep=True))
        await asyncio.sleep(0.5)
        kept.cancel()
        await asyncio.gather(kept, return_exceptions=True)

    with ShellHost(start) as host:
        asyncio.run(scene(host))
    for pipe in pipes:
        ended(pipe)
        with pytest.raises(ProcessLookupError):
            os.kill(pipe.process.pid, 0)


def ended(pipe: LocalPipe | NoisyPipe) -> None:
    """Wait for the end of a program of this host."""
    assert isinstance(pipe, LocalPipe)
    pipe.process.wait(10)
    assert pipe.process.stdout is not None
    pipe.process.stdout.close()


NOISE = b"x" * (10 << 20)


@pytest.mark.parametrize("said", [NOISE, b"", b"motd\n", b"\n" * 1000])
def test_a_login_that_never_begins_is_an_error(said: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(RemoteError):
        ShellHost(lambda _: NoisyPipe(said))
    assert time.monotonic() - began < 10


ANSWERS = [
    b"garbage\n",
    NOISE + b"\n",
    b"1 . ok\n",
    b"1 . ok x icmp=0\n",
    b"1 . open 5 icmp=0\n",
    b"1 . failed 5 icmp=0\n",
    b"1 + bash: connect: Connection refused of no kind\n1 . failed 5 icmp=0\n",
    b"1 + a\n" * 100_000,
    b"1 . ok 5 icmp=0 and more\n",
    b"x . ok 5 icmp=0\n",
    b"\xff\xfe\x00 . ok 5 icmp=0\n",
]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no longer for an answer than the request takes."""
    monkeypatch.setattr(wire, "SLACK", 0.1)
    monkeypatch.setattr(shell, "SOON", 0.1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: repr(answer[:30]))
def test_an_answer_that_is_none_is_never_a_state(answer: bytes) -> None:
    def answers(data: bytes) -> bytes:
        if data.endswith(b"\0"):
            token = next(line for line in data.splitlines() if b"'emr-diagnose " in line).split(b"'")[-2]
            return b"\n" + token + b"\nbash 5.2.15(1)-release\n"
        return answer

    with ShellHost(lambda _: NoisyPipe(b"", answers=answers)) as host:
        came = asyncio.run(host.connect("127.0.0.1", 1, Sending(0.2), keep=False))
    assert isinstance(came.failure, HostGoneError)


def talking(answer: bytes) -> NoisyPipe:
    """Return a program that begins as ours do, and then says something else."""

    def answers(data: bytes) -> bytes:
        token = re.search(rb"emr-diagnose [0-9a-f]{32}", data)
        return b"" if token is None else b"\n" + token[0] + b"\n" + answer.replace(b"@TOKEN@", token[0])

    return NoisyPipe(b"", answers=answers)


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage",
        NOISE,
        b"\n@TOKEN@ 0 x 0\n",
        b"\n@TOKEN@ 0\n",
        b"\n@TOKEN@ 1 5 0\n",
        b"bash: connect: no such words\n\n@TOKEN@ 1 5 0\n",
        b"\n@TOKEN@",
    ],
    ids=lambda answer: repr(answer[:30]),
)
def test_a_kept_connection_that_begins_with_something_else_is_none(answer: bytes) -> None:
    begun: list[LocalPipe | NoisyPipe] = []

    def start(command: str) -> LocalPipe | NoisyPipe:
        begun.append(talking(answer) if begun else LocalPipe(command))
        if len(begun) > 1:
            threading.Timer(1.0, begun[-1].close).start()
        return begun[-1]

    with ShellHost(start) as host:
        came = asyncio.run(asyncio.wait_for(host.connect("127.0.0.1", 1, Sending(5.0), keep=True), 20))
    assert isinstance(came.failure, HostGoneError)
    assert came.connection is None
    ended(begun[0])


@pytest.mark.parametrize("answer", [NOISE, b"x" * 11, b"bash: /x: Nothing known"], ids=["10 MB", "too much", "words"])
def test_a_file_that_is_something_else_is_an_error(answer: bytes) -> None:
    def start(_: str) -> NoisyPipe:
        pipe = talking(answer)
        threading.Timer(1.0, pipe.close).start()
        return pipe

    with pytest.raises(HostGoneError):
        asyncio.run(shell_programs.content(start, "/x", 10))


@pytest.mark.parametrize(
    "answer",
    [
        b"1 . ok 5 sent=x\n",
        b"1 + zz\n1 . ok 5 sent=1\n",
        b"1 + 61 6\n1 . ok 5 sent=1\n",
        b"1 . maybe 5 sent=1\n",
        b"1 + !dd: what?\n1 . failed 5 sent=1\n",
        b"1 . silence\n",
    ],
)
@pytest.mark.usefixtures("impatient")
def test_an_answer_about_datagrams_that_is_none_is_never_a_state(answer: bytes) -> None:
    def answers(data: bytes) -> bytes:
        token = re.search(rb"emr-diagnose [0-9a-f]{32}", data)
        return answer if token is None else b"\n" + token[0] + b"\nbash 5.2.15(1)-release\n"

    with ShellHost(lambda _: NoisyPipe(b"", answers=answers)) as host:
        came = asyncio.run(host.converse("127.0.0.1", 1, [b"x"], Sending(0.2)))
    assert isinstance(came.failure, HostGoneError)
    assert came.answer is None
