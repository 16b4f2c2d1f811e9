"""Does a session end in time, with an exact reason, whatever the server does?"""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import pytest

from probes.ssh.config import LocalUser
from probes.ssh.errors import ForwardRefused, SshError
from probes.ssh.session import SshSession, SshSettings, connect
from probes.ssh.target import SshTarget
from tests.support.closed_port import closed_port
from tests.support.fake_ssh import (
    BANNER,
    LOGIN_SECONDS,
    Manners,
    bounded,
    disconnect,
    fake_sshd,
    listening,
    packet,
)
from tests.support.ssh_keys import public_text, write_private

PASSWORD = Manners().password
BOUND = 1.0


@pytest.fixture
def user(tmp_path: Path) -> LocalUser:
    """Make a user without keys, agent or known hosts."""
    (tmp_path / ".ssh").mkdir()
    return LocalUser("me", tmp_path, 1000, {})


def settings(user: LocalUser, *answers: str, timeout: float = BOUND) -> SshSettings:
    rest = list(answers)
    return SshSettings(user=user, ask=(lambda _: rest.pop(0)) if answers else None, timeout=timeout, silence=timeout)


@contextmanager
def ended_in_time(seconds: float = 4 * BOUND) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def failure(port: int, given: SshSettings, seconds: float = 4 * BOUND) -> SshError:
    with ended_in_time(seconds), pytest.raises(SshError) as error:
        connect(SshTarget(None, "127.0.0.1", port), given)
    assert "\x1b" not in str(error.value)
    assert "\n" not in str(error.value)
    return error.value


@contextmanager
def session(user: LocalUser, manners: Manners, *answers: str) -> Iterator[SshSession]:
    with fake_sshd(user.home, manners) as (port, line):
        (user.home / ".ssh" / "known_hosts").write_text(f"{line}\n")
        given = settings(user, *(answers or (PASSWORD,)), timeout=LOGIN_SECONDS)
        with connect(SshTarget(None, "127.0.0.1", port), given) as opened:
            yield bounded(opened, BOUND)


def refused(user: LocalUser, manners: Manners, *answers: str) -> SshError:
    with fake_sshd(user.home, manners) as (port, line):
        (user.home / ".ssh" / "known_hosts").write_text(f"{line}\n")
        return failure(port, settings(user, *answers, timeout=LOGIN_SECONDS), LOGIN_SECONDS)


# Before the login


def drip(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"not yet\r\n" * 100)


def endless_line(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x" * 10_000)


def saying(data: bytes) -> Callable[[socket.socket], None]:
    """Return a server that sends some bytes and then nothing."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(data)
        time.sleep(9)

    return handle


def reject(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")
    connection.close()


SERVERS: dict[str, tuple[Callable[[socket.socket], None], str, str]] = {
    "says nothing": (lambda connection: time.sleep(9), "timeout", "sends no SSH banner within 1 s"),
    "drips": (drip, "timeout", "sends no SSH banner within 1 s"),
    "floods": (flood, "banner", "is no SSH server"),
    "never ends its line": (endless_line, "timeout", "sends no SSH banner within 1 s"),
    "closes": (lambda connection: connection.close(), "dropped", "closes the connection before it sends an SSH banner"),
    "speaks HTTP": (
        reject,
        "dropped",
        "closes the connection before it sends an SSH banner",
    ),
    "is old": (saying(b"SSH-1.5-old\r\n"), "algorithms", "no SSH algorithm in common"),
    "stops after its banner": (
        saying(BANNER),
        "timeout",
        "does not finish the key exchange within 1 s",
    ),
    "sends escapes in its banner": (
        saying(b"SSH-2.0-\x1b[2J\x1b]0;pwned\x07\r\n"),
        "timeout",
        "does not finish the key exchange",
    ),
    "says why in escapes": (
        saying(BANNER + disconnect(b"\x1b[2Jgo\r\naway")),
        "dropped",
        "ends the key exchange: \ufffd[2Jgo away",
    ),
    "sends a packet of 2 GB": (
        saying(BANNER + struct.pack(">IB", 1 << 31, 4) + b"\0" * 100),
        "dropped",
        "ends the key exchange: ",
    ),
    "sends rubbish": (
        saying(BANNER + packet(b"\x14" + b"\xff" * 200)),
        "dropped",
        "ends the key exchange: ",
    ),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_none_ends_in_time_with_its_reason(name: str, user: LocalUser) -> None:
    handle, reason, words = SERVERS[name]
    with listening(handle) as port:
        error = failure(port, settings(user))

    assert (error.reason, error.host) == (reason, "127.0.0.1")
    assert words in error.text


def test_a_closed_port_is_refused(user: LocalUser) -> None:
    with closed_port() as port:
        error = failure(port, settings(user))

    assert error.reason == "refused"
    assert f"127.0.0.1:{port} cannot be reached: Connection refused" in error.text


def test_a_port_that_does_not_answer_times_out(user: LocalUser) -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    queued = [socket.socket() for _ in range(4)]  # they fill the queue, so that the kernel drops what comes
    for waiting in queued:
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())

    error = failure(listener.getsockname()[1], settings(user))

    assert error.reason == "timeout"
    for sock in (*queued, listener):
        sock.close()


def test_a_name_without_an_address_is_said(user: LocalUser, monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(SshError, match="the name gone has no address: Name or service not known") as error:
        connect(SshTarget(None, "gone", None), settings(user))
    assert error.value.reason == "resolve"


def test_a_resolver_that_does_not_answer_is_not_waited_for(user: LocalUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(5))

    with ended_in_time(), pytest.raises(SshError, match="no answer within 1 s") as error:
        connect(SshTarget(None, "slow", None), settings(user))
    assert error.value.reason == "resolve"


def test_connect_timeout_of_the_configuration_counts(user: LocalUser) -> None:
    (user.home / ".ssh" / "config").write_text("ConnectTimeout 1\n")
    with (
        listening(lambda connection: time.sleep(9)) as port,
        ended_in_time(),
        pytest.raises(SshError, match="within 1 s"),
    ):
        connect(SshTarget(None, "127.0.0.1", port), settings(user, timeout=60))


# The login


def test_a_password_is_asked_for_again_if_it_is_wrong(user: LocalUser) -> None:
    manners = Manners(methods="password")
    with session(user, manners, "first", PASSWORD) as opened:
        assert opened.is_open
    assert manners.tried == ["first", PASSWORD]


def test_a_user_may_take_longer_than_the_server_may(user: LocalUser) -> None:
    def ask(_: str) -> str:
        time.sleep(1.5 * BOUND)
        return PASSWORD

    for method in ("password", "keyboard-interactive"):
        with fake_sshd(user.home, Manners(methods=method)) as (port, line):
            (user.home / ".ssh" / "known_hosts").write_text(f"{line}\n")
            (user.home / ".ssh" / "config").write_text(f"ConnectTimeout {LOGIN_SECONDS:.0f}\n")
            given = SshSettings(user=user, ask=ask, timeout=BOUND)
            connect(SshTarget(None, "127.0.0.1", port), given).close()


def test_questions_are_asked_one_by_one_and_cleaned(user: LocalUser) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    manners = Manners(methods="keyboard-interactive", prompts=("Password: ", "\x1b[2JCode\n: "))
    with fake_sshd(user.home, manners) as (port, line):
        (user.home / ".ssh" / "known_hosts").write_text(f"{line}\n")
        connect(SshTarget("ops", "127.0.0.1", port), SshSettings(user=user, ask=ask, timeout=LOGIN_SECONDS)).close()

    assert asked == ["ops@127.0.0.1: Password: ", "ops@127.0.0.1: \ufffd[2JCode : "]


def test_an_empty_answer_ends_the_questions(user: LocalUser) -> None:
    error = refused(user, Manners(methods="password"), "")

    assert error.reason == "auth"
    assert "The server takes password" in error.text


def test_wrong_passwords_are_an_error_without_them(user: LocalUser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = [f"wrong-canary-{number}" for number in range(6)]

    error = refused(user, Manners(), *wrong)

    assert error.reason == "auth"
    assert "takes publickey, password, keyboard-interactive; tried: keyboard-interactive; password" in error.text
    assert "canary" not in f"{error!r} {error.__cause__!r} {error.__context__!r} {caplog.text}"


def test_nothing_secret_or_noisy_is_written(
    user: LocalUser, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with session(user, Manners()):
        pass
    with listening(lambda connection: connection.close()) as port:
        failure(port, settings(user))

    assert PASSWORD not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("paramiko")]
    assert capfd.readouterr() == ("", "")


def test_a_server_may_want_a_key_and_a_password(user: LocalUser) -> None:
    write_private(user.home / ".ssh" / "id_ed25519", "ed25519", 1)
    manners = Manners(methods="publickey", key=public_text("ed25519", 1), after_key="password")

    with session(user, manners, PASSWORD) as opened:
        assert opened.is_open
    assert manners.tried[-1] == PASSWORD


def test_a_login_ends_although_the_server_always_wants_one_more_answer(user: LocalUser) -> None:
    error = refused(user, Manners(methods="keyboard-interactive", wants_more=True), "unasked")

    assert (error.reason, "tried: keyboard-interactive" in error.text) == ("auth", True)


def test_without_a_key_and_anybody_to_ask_the_error_says_so(user: LocalUser) -> None:
    error = refused(user, Manners())

    assert "there was no key to try, and nobody to ask" in error.text


def test_a_method_that_is_not_spoken_is_named(user: LocalUser) -> None:
    assert "The server takes hostbased, \ufffd[2J" in refused(user, Manners(methods="hostbased,\x1b[2J"), "x").text


def test_the_banner_of_the_server_is_kept(user: LocalUser) -> None:
    with session(user, Manners(banner="Authorized use only\n" * 1000)) as opened:
        assert opened.banner.startswith("Authorized use only")
        assert len(opened.banner) <= 4000


# The session


def test_a_command_that_gets_no_answer_times_out(user: LocalUser) -> None:
    with session(user, Manners(is_mute=True)) as opened, ended_in_time(), pytest.raises(SshError) as error:
        opened.start("true")
    assert error.value.reason == "timeout"
    assert "does not answer a request within 1 s" in error.value.text


def test_a_command_that_writes_nothing_times_out(user: LocalUser) -> None:
    with session(user, Manners(run=lambda channel: time.sleep(5))) as opened:
        process = opened.start("true")
        with ended_in_time(), pytest.raises(SshError, match="writes nothing for 1 s"):
            process.read(10)


def test_a_command_that_reads_nothing_times_out(user: LocalUser) -> None:
    with session(user, Manners(run=lambda channel: time.sleep(5))) as opened:
        process = opened.start("true")
        with ended_in_time(), pytest.raises(SshError, match="reads nothing for 1 s"):
            process.write(b"x" * (8 << 20))


def test_a_command_that_ends_early_does_not_take_its_input(user: LocalUser) -> None:
    with session(user, Manners(run=lambda channel: channel.send_exit_status(3))) as opened:
        process = opened.start("true")
        assert process.exit_status(5) == 3
        with ended_in_time(), pytest.raises(SshError, match="ended before it read all its input"):
            process.write(b"x" * (8 << 20))


def test_standard_error_is_cleaned_and_bounded(user: LocalUser) -> None:
    def run(channel: object) -> None:
        channel.sendall_stderr(b"\x1b[2Jfirst\nsecond\n" + b"x\n" * 100_000)  # type: ignore[attr-defined]

    with session(user, Manners(run=run)) as opened:
        process = opened.start("true")
        assert process.read(10) == b""
        assert process.stderr(20).split("\n")[:2] == ["\ufffd[2Jfirst", "second"]
        assert len(process.stderr(10**9)) <= 64 << 10


def test_more_output_than_the_window_allows_ends_the_session(user: LocalUser) -> None:
    def run(channel: object) -> None:
        for _ in range(400):
            channel.out_window_size = 1 << 30  # type: ignore[attr-defined]
            channel.sendall(b"x" * 30_000)  # type: ignore[attr-defined]
        time.sleep(3)

    with session(user, Manners(run=run)) as opened:
        process = opened.start("true")
        deadline = time.monotonic() + LOGIN_SECONDS
        while opened.is_open and time.monotonic() < deadline:
            time.sleep(0.05)
        with pytest.raises(SshError, match="session ended while the command ran"):
            list(iter(lambda: process.read(1 << 20), b""))


def test_a_refused_connection_has_the_servers_words_cleaned(user: LocalUser) -> None:
    with session(user, Manners(refusal=b"Connection refused\x1b[2J")) as opened:
        with pytest.raises(ForwardRefused) as answer:
            opened.forward("10.0.0.1", 80, BOUND)
        assert (answer.value.code, answer.value.text) == (2, "Connection refused\ufffd[2J")


def test_a_connection_that_opens_too_late_is_closed_again(user: LocalUser) -> None:
    too_late = threading.Event()

    def forward() -> int:
        too_late.wait(LOGIN_SECONDS)
        return 0

    manners = Manners(forward=forward)
    with session(user, manners) as opened:
        with ended_in_time(), pytest.raises(TimeoutError):
            opened.forward("10.0.0.1", 80, 0.3)
        too_late.set()
        deadline = time.monotonic() + LOGIN_SECONDS
        while not (manners.channels and manners.channels[-1].closed) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert manners.channels[-1].closed
        assert opened.is_open


def test_a_session_that_is_closed_ends_what_waits(user: LocalUser) -> None:
    with session(user, Manners(run=lambda channel: time.sleep(9))) as opened:
        process = opened.start("true")
        threading.Timer(0.3, opened.close).start()
        with ended_in_time(), pytest.raises(SshError, match="session ended while the command ran"):
            process.read(10, timeout=30)


def endless_reply(channel: paramiko.Channel) -> None:
    channel.sendall(b"\xff\xff\xff\xff\x02")
    time.sleep(9)


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (None, "channel"),
        (lambda channel: None, "channel"),
        (lambda channel: time.sleep(9), "timeout"),
        (endless_reply, "channel"),
        (lambda channel: channel.sendall(b"\x00\x00\x00\x01\x63"), "channel"),
    ],
)
def test_a_server_that_serves_no_files_says_so_in_time(
    serve: Callable[[paramiko.Channel], None] | None, reason: str, user: LocalUser
) -> None:
    with session(user, Manners(serve_files=serve)) as opened:
        with ended_in_time(), pytest.raises(SshError) as error:
            opened.read_file("/etc/krb5.conf", 1000)
        assert error.value.reason == reason


@contextmanager
def through_proxy(port: int, most: int) -> Iterator[int]:
    """Pass connections on, but read no more than `most` bytes of what the client sends."""

    def handle(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as onward:

            def back() -> None:
                while data := onward.recv(1 << 16):
                    connection.sendall(data)

            threading.Thread(target=back, daemon=True).start()
            passed = 0
            while passed < most and (data := connection.recv(4096)):
                onward.sendall(data)
                passed += len(data)
            time.sleep(9)

    with listening(handle) as through:
        yield through


def test_a_peer_that_no_longer_reads_is_cut_off(user: LocalUser) -> None:
    def read_all(channel: paramiko.Channel) -> None:
        while channel.recv(1 << 16):
            pass

    with fake_sshd(user.home, Manners(run=read_all)) as (port, line), through_proxy(port, 200_000) as through:
        (user.home / ".ssh" / "known_hosts").write_text(line.replace(str(port), str(through)) + "\n")
        given = settings(user, PASSWORD, timeout=LOGIN_SECONDS)
        with connect(SshTarget(None, "127.0.0.1", through), given) as opened:
            process = bounded(opened, BOUND).start("true")
            with ended_in_time(8 * BOUND), pytest.raises(SshError) as error:
                process.write(b"x" * (16 << 20))
            assert error.value.reason in ("dropped", "timeout")
