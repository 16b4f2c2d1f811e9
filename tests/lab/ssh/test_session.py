"""What does a session do with a real sshd?"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from probes.ssh.config import LocalUser
from probes.ssh.errors import ForwardRefused, SshError
from probes.ssh.session import SshSession, SshSettings, connect
from probes.ssh.target import SshTarget
from tests.support.free_port import free_port
from tests.support.ssh_keys import hashed, public_text, write_private
from tests.support.ssh_server import USER, Server, know, sshd

pytestmark = pytest.mark.needs("sshd", "setpriv", "ssh", "ssh-agent", "ssh-add")


def target(server: Server) -> SshTarget:
    return SshTarget(None, "127.0.0.1", server.port)


def settings(user: LocalUser, *answers: str, timeout: float = 10.0) -> SshSettings:
    """Return settings with the answers to the questions that will be asked. No other is asked."""
    rest = list(answers)
    return SshSettings(user=user, ask=(lambda _: rest.pop(0)) if answers else None, timeout=timeout)


def failure(server: Server, given: SshSettings) -> SshError:
    with pytest.raises(SshError) as error, connect(target(server), given):
        pass
    return error.value


def output(session: SshSession, command: str) -> bytes:
    process = session.start(command)
    process.close_stdin()
    return b"".join(iter(lambda: process.read(1 << 16), b""))


def test_a_command_reads_writes_and_ends(server: Server, user: LocalUser) -> None:
    with connect(target(server), settings(user)) as session:
        process = session.start("cat; echo trouble >&2; exit 7")
        process.write(b"x" * 300_000)
        process.close_stdin()
        read = b"".join(iter(lambda: process.read(1 << 16), b""))

        assert len(read) == 300_000
        assert process.stderr(100) == "trouble\n"
        assert process.exit_status(5) == 7


def test_several_threads_use_one_session(server: Server, user: LocalUser) -> None:
    with connect(target(server), settings(user)) as session, ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda number: output(session, f"echo {number}"), range(8)))

    assert read == [b"%d\n" % number for number in range(8)]


def test_a_command_that_a_signal_ends_has_no_exit_status(server: Server, user: LocalUser) -> None:
    with connect(target(server), settings(user)) as session:
        assert session.start("kill -9 $$").exit_status(30) is None


def test_a_silent_command_is_waited_for_only_so_long(server: Server, user: LocalUser) -> None:
    with connect(target(server), settings(user)) as session:
        began = time.monotonic()
        process = session.start("sleep 60")
        with pytest.raises(SshError, match="writes nothing for") as error:
            process.read(10, timeout=0.5)

        assert error.value.reason == "timeout"
        assert process.exit_status(0.1) is None
        assert time.monotonic() - began < 30


def test_output_without_end_neither_fills_the_memory_nor_blocks_standard_error(server: Server, user: LocalUser) -> None:
    with connect(target(server), settings(user)) as session:
        process = session.start("head -c 40000000 /dev/zero >&2; echo done")

        assert process.read(100) == b"done\n"
        assert len(process.stderr(10**9)) < 10_000


def test_a_session_that_is_cut_says_so(server: Server, user: LocalUser) -> None:
    with connect(target(server), settings(user)) as session:
        process = session.start("echo $PPID; sleep 60")
        parent = int(process.read(100))
        os.kill(parent, signal.SIGKILL)  # the sshd of this session, which the test started

        with pytest.raises(SshError, match="the SSH session ended while the command ran") as error:
            process.read(100)
        assert error.value.reason == "dropped"
        with pytest.raises(SshError, match="the SSH session has ended"):
            session.start("true")


@pytest.mark.parametrize("is_behind_a_hop", [False, True])
def test_a_server_that_hangs_ends_the_session_although_its_kernel_answers(
    is_behind_a_hop: bool, server: Server, user: LocalUser
) -> None:
    if is_behind_a_hop:
        # The same server is the hop, under another name, because a host is not its own hop.
        (user.home / ".ssh" / "config").write_text(
            f"Host far\n  ProxyJump 127.0.0.1:{server.port}\n  HostName 127.0.0.1\n  Port {server.port}\n"
        )
    host = SshTarget(None, "far", None) if is_behind_a_hop else target(server)
    with connect(host, settings(user, timeout=4.0)) as session:
        process = session.start("echo $PPID; sleep 60")
        parent = int(process.read(100))  # the sshd of this session, which the test started
        os.kill(parent, signal.SIGSTOP)
        try:
            began = time.monotonic()
            with pytest.raises(SshError, match="the SSH session ended while the command ran"):
                process.read(100, timeout=60)
            assert time.monotonic() - began < 30
        finally:
            os.kill(parent, signal.SIGCONT)


def test_an_idle_session_stays_open(server: Server, user: LocalUser) -> None:
    with connect(target(server), settings(user, timeout=3.0)) as session:
        process = session.start("sleep 14; echo late")
        assert process.read(100, timeout=60) == b"late\n"


def test_a_file_is_read_whole_or_not(server: Server, user: LocalUser, tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_bytes(b"x" * 100_000)
    with connect(target(server), settings(user)) as session:
        assert session.read_file(str(file), 100_000) == b"x" * 100_000
        for path, most, words in (
            (file, 99_999, "has more than 99999 bytes"),
            (tmp_path / "absent", 9, "cannot be read: No such file"),
            (tmp_path, 9, "is no regular file"),
            (Path("/dev/zero"), 9, "is no regular file"),
        ):
            with pytest.raises(SshError, match=words) as error:
                session.read_file(str(path), most)
            assert error.value.reason == "file"
        assert session.read_file("/proc/version", 10_000).startswith(b"Linux")


def test_a_server_without_sftp_says_so(tmp_path: Path, user: LocalUser) -> None:
    with sshd(tmp_path / "sshd", sftp="/bin/false", user_key=public_text("ed25519", 1)) as server:
        know(user.home, server)
        with connect(target(server), settings(user, timeout=5)) as session, pytest.raises(SshError) as error:
            session.read_file("/etc/hostname", 100)

    assert error.value.reason in ("channel", "dropped")


def test_a_connection_is_forwarded_or_refused_with_the_servers_words(server: Server, user: LocalUser) -> None:
    with connect(target(server), settings(user)) as session:
        channel = session.forward("127.0.0.1", server.port, 5)
        assert channel.recv(8) == b"SSH-2.0-"
        channel.close()
        with pytest.raises(ForwardRefused) as refused:
            session.forward("127.0.0.1", free_port(), 5)
        assert (refused.value.code, refused.value.text) == (2, "Connection refused")


def test_each_of_many_threads_gets_its_own_reason(server: Server, user: LocalUser) -> None:
    closed = free_port()

    def ask(number: int) -> str:
        host = ("127.0.0.1", "name.invalid", "127.0.0.1")[number % 3]
        try:
            session.forward(host, (closed, 1, server.port)[number % 3], 20).close()
        except ForwardRefused as refused:
            return refused.text
        return "open"

    with connect(target(server), settings(user)) as session, ThreadPoolExecutor(30) as pool:
        texts = list(pool.map(ask, range(120)))

    assert set(texts[0::3]) == {"Connection refused"}
    assert "Connection refused" not in texts[1::3]
    assert "open" not in texts[1::3]
    assert set(texts[2::3]) == {"open"}


def test_forwarding_that_is_switched_off_has_code_1(tmp_path: Path, user: LocalUser) -> None:
    off = ["AllowTcpForwarding no"]
    with sshd(tmp_path / "sshd", settings=off, user_key=public_text("ed25519", 1)) as server:
        know(user.home, server)
        with connect(target(server), settings(user)) as session, pytest.raises(ForwardRefused) as refused:
            session.forward("127.0.0.1", server.port, 5)

    assert refused.value.code == 1


# Logins


def test_a_key_with_a_passphrase_is_asked_for(tmp_path: Path, user: LocalUser, server: Server) -> None:
    write_private(user.home / ".ssh" / "id_ed25519", "ed25519", 1, passphrase="open sesame")

    with connect(target(server), settings(user, "wrong", "open sesame")) as session:
        assert output(session, "echo in") == b"in\n"


@pytest.mark.parametrize("answers", [("",), ("a", "b", "c")])
def test_wrong_passphrases_are_an_error_that_names_the_key(
    answers: tuple[str, ...], user: LocalUser, server: Server
) -> None:
    write_private(user.home / ".ssh" / "id_ed25519", "ed25519", 1, passphrase="open sesame")

    error = failure(server, settings(user, *answers))

    assert error.reason == "auth"
    assert "The server takes publickey" in error.text
    assert "id_ed25519 (no right passphrase was given)" in error.text


def test_a_passphrase_is_not_asked_for_a_key_that_the_server_does_not_take(user: LocalUser, server: Server) -> None:
    write_private(user.home / ".ssh" / "id_ed25519", "ed25519", 2, passphrase="open sesame")

    error = failure(server, settings(user, "never asked"))

    assert error.reason == "auth"
    assert "no right passphrase" not in error.text


def test_without_anybody_to_ask_an_encrypted_key_says_so(user: LocalUser, server: Server) -> None:
    write_private(user.home / ".ssh" / "id_ed25519", "ed25519", 1, passphrase="open sesame", with_public=False)

    assert "nobody can be asked" in failure(server, settings(user)).text


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_types_of_keys_log_in(kind: str, tmp_path: Path, user: LocalUser) -> None:
    (user.home / ".ssh" / "id_ed25519").unlink()
    write_private(user.home / ".ssh" / f"id_{kind}", kind, 3)
    with sshd(tmp_path / "sshd", user_key=public_text(kind, 3)) as server:
        know(user.home, server)
        with connect(target(server), settings(user)) as session:
            assert session.is_open


@contextmanager
def agent(directory: Path, *keys: Path) -> Iterator[str]:
    """Run an agent with some keys. Gives its socket."""
    path = directory / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        # It prints its variables when it listens. The file of its socket is there before.
        assert process.stdout.readline().startswith(b"SSH_AUTH_SOCK=")
        for key in keys:
            subprocess.run(
                ["ssh-add", str(key)], env={**os.environ, "SSH_AUTH_SOCK": str(path)}, check=True, capture_output=True
            )
        yield str(path)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_keys_of_the_agent_log_in(kind: str, tmp_path: Path, user: LocalUser) -> None:
    (user.home / ".ssh" / "id_ed25519").unlink()
    others = [write_private(tmp_path / f"other{number}", "ed25519", 10 + number) for number in range(3)]
    key = write_private(tmp_path / "mine", kind, 3)
    with (
        agent(tmp_path, *others, key) as path,
        sshd(tmp_path / "sshd", user_key=public_text(kind, 3)) as server,
    ):
        know(user.home, server)
        with_agent = LocalUser(USER, user.home, 0, {"SSH_AUTH_SOCK": path})
        with connect(target(server), settings(with_agent)) as session:
            assert session.is_open


def test_too_many_keys_end_the_login_with_the_servers_words(tmp_path: Path, user: LocalUser, server: Server) -> None:
    others = [write_private(tmp_path / f"other{number}", "ed25519", 10 + number) for number in range(8)]
    with agent(tmp_path, *others) as path:
        with_agent = LocalUser(USER, user.home, 0, {"SSH_AUTH_SOCK": path})
        error = failure(server, settings(with_agent))

        assert error.reason == "auth"
        assert "Too many authentication failures" in error.text

        # With the option that ssh(1) has for this, only the key that is named is tried.
        (user.home / ".ssh" / "config").write_text("IdentitiesOnly yes\nIdentityFile ~/.ssh/id_ed25519\n")
        with connect(target(server), settings(with_agent)) as session:
            assert session.is_open


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
@pytest.mark.parametrize("place", ["file", "agent"])
def test_a_certificate_of_the_user_logs_in(kind: str, place: str, tmp_path: Path, user: LocalUser) -> None:
    (user.home / ".ssh" / "id_ed25519").unlink()
    authority = write_private(tmp_path / "authority", "ed25519", 40)
    key = write_private(user.home / ".ssh" / f"id_{kind}", kind, 41)
    subprocess.run(
        ["ssh-keygen", "-q", "-s", str(authority), "-I", "tests", "-n", USER, f"{key}.pub"], check=True, timeout=20
    )
    trusted = [f"TrustedUserCAKeys {authority}.pub"]
    with sshd(tmp_path / "sshd", settings=trusted) as server, agent(tmp_path, key) as path:
        know(user.home, server)
        if place == "agent":
            for file in key.parent.glob(f"id_{kind}*"):
                file.unlink()
        held = {"SSH_AUTH_SOCK": path} if place == "agent" else {}
        with connect(target(server), settings(LocalUser(USER, user.home, 0, held))) as session:
            assert output(session, "echo in") == b"in\n"


def test_a_host_is_reached_by_its_ipv6_address(tmp_path: Path, user: LocalUser) -> None:
    with sshd(tmp_path / "sshd", user_key=public_text("ed25519", 1), address="::1") as server:
        error = failure_of("::1", user, server.port)
        assert error.reason == "host-key-unknown"
        subprocess.run(["sh", "-c", error.text.partition("add the key with: ")[2]], check=True, capture_output=True)

        connect(SshTarget(None, "::1", server.port), settings(user)).close()


# Hops


def test_two_hops_each_with_its_own_key_and_configuration(tmp_path: Path, user: LocalUser) -> None:
    key = public_text("ed25519", 1)
    with (
        sshd(tmp_path / "a", user_key=key, number=201) as first,
        sshd(tmp_path / "b", user_key=key, number=202) as second,
        sshd(tmp_path / "c", user_key=key, number=203) as last,
    ):
        (user.home / ".ssh" / "config").write_text(
            f"Host first second last\n  HostName 127.0.0.1\n"
            f"Host first\n  Port {first.port}\nHost second\n  Port {second.port}\n"
            f"Host last\n  Port {last.port}\n  ProxyJump first,second\n  HostKeyAlias c-0a1b2c3d\n"
        )
        know(user.home, first)
        error = failure_of("last", user)
        assert (error.host, error.reason) == ("second", "host-key-unknown")
        assert f"echo '[127.0.0.1]:{second.port} ssh-ed25519 " in error.text  # ssh-keyscan does not reach it

        know(user.home, second)
        error = failure_of("last", user)
        assert (error.host, error.reason) == ("last", "host-key-unknown")
        command = error.text.partition("add the key with: ")[2]
        assert command.startswith("echo 'c-0a1b2c3d ssh-ed25519 ")
        subprocess.run(["sh", "-c", command], check=True)

        with connect(SshTarget(None, "last", None), settings(user)) as session:
            assert output(session, "echo $SSH_CONNECTION").split()[3] == str(last.port).encode()


def failure_of(host: str, user: LocalUser, port: int | None = None) -> SshError:
    with pytest.raises(SshError) as error:
        connect(SshTarget(None, host, port), settings(user))
    return error.value


def test_a_hop_that_does_not_reach_the_host_says_why(server: Server, user: LocalUser) -> None:
    closed = free_port()
    (user.home / ".ssh" / "config").write_text(
        f"Host far\n  HostName 127.0.0.1\n  Port {closed}\n  ProxyJump 127.0.0.1:{server.port}\n"
    )

    error = failure_of("far", user)

    assert (error.host, error.reason) == ("far", "forwarding")
    assert f"127.0.0.1 does not connect to 127.0.0.1:{closed}: Connection refused" in error.text


# Host keys. Each verdict is compared with that of ssh(1).


def ssh_says(server: Server, user: LocalUser) -> str:
    """Return what `ssh -o BatchMode=yes` does: "in" if it logs in, else its complaint."""
    done = subprocess.run(
        [
            *(
                "ssh",
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=yes",
                "-o",
                "GlobalKnownHostsFile=none",
            ),
            *("-o", f"UserKnownHostsFile={user.home}/.ssh/known_hosts", "-i", str(user.home / ".ssh" / "id_ed25519")),
            *("-p", str(server.port), f"{USER}@127.0.0.1", "echo in"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.stdout == "in\n":
        return "known"
    complaints = {"REVOKED HOST KEY": "revoked", "IDENTIFICATION HAS CHANGED": "changed", "No ": "unknown"}
    return next((word for text, word in complaints.items() if text in done.stderr), done.stderr)


NAME = "[127.0.0.1]:{port}"
LINES = {
    "plain": ("known", NAME + " {key}"),
    "hashed": ("known", "{hashed} {key}"),
    "without the port": ("known", "127.0.0.1 {key}"),
    "pattern": ("known", "[127.0.0.*]:* {key}"),
    "negated pattern": ("unknown", "[127.*]:*,![127.0.0.1]:* {key}"),
    "nothing": ("unknown", "elsewhere {key}"),
    "several of one type": ("known", NAME + " {other}\n" + NAME + " {key}"),
    "other key": ("changed", NAME + " {other}"),
    "other key, hashed": ("changed", "{hashed} {other}"),
    "other type": ("changed", NAME + " {ecdsa}"),
    "revoked": ("revoked", NAME + " {key}\n@revoked * {key}"),
    "another one revoked": ("known", "@revoked * {other}\n" + NAME + " {key}"),
    "authority": ("unknown", "@cert-authority * {key}"),
    "authority and key": ("known", "@cert-authority * {other}\n" + NAME + " {key}"),
    "rubbish before it": ("known", "rubbish\n@revoked\n|1|x|y {key}\n" + NAME + " {key}"),
    "only another one without the port": ("unknown", "127.0.0.1 {other}"),
    "revoked without the port": ("revoked", "@revoked 127.0.0.1 {key}"),
    "other without the port": ("changed", NAME + " {other}\n127.0.0.1 {key}"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_host_key_is_judged_as_ssh_judges_it(name: str, server: Server, user: LocalUser) -> None:
    verdict, lines = LINES[name]
    text = lines.format(
        port=server.port,
        key=server.key,
        hashed=hashed(f"[127.0.0.1]:{server.port}"),
        other=public_text("ed25519", 77),
        ecdsa=public_text("ecdsa", 77),
    )
    (user.home / ".ssh" / "known_hosts").write_text(f"{text}\n")

    assert ssh_says(server, user) == verdict
    if verdict == "known":
        connect(target(server), settings(user)).close()
    else:
        error = failure(server, settings(user))
        assert error.reason == f"host-key-{verdict}"
        assert "SHA256:" in error.text
        if verdict != "unknown":
            assert f"{user.home}/.ssh/known_hosts:" in error.text


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_server_with_several_keys_is_asked_for_the_one_that_is_known(
    kind: str, tmp_path: Path, user: LocalUser
) -> None:
    with sshd(tmp_path / "sshd", kinds=["rsa", "ecdsa", "ed25519"], user_key=public_text("ed25519", 1)) as server:
        (user.home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {public_text(kind, 100)}\n")

        with connect(target(server), settings(user)) as session:
            assert session.is_open


def test_the_command_that_adds_a_key_adds_it(server: Server, user: LocalUser) -> None:
    (user.home / ".ssh" / "known_hosts").unlink()
    command = failure(server, settings(user)).text.partition("add the key with: ")[2]
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)

    connect(target(server), settings(user)).close()


def test_the_command_that_removes_an_old_key_removes_it(server: Server, user: LocalUser) -> None:
    (user.home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {public_text('ed25519', 77)}\n")
    command = failure(server, settings(user)).text.partition("the old one with: ")[2]
    subprocess.run(["sh", "-c", command], check=True, capture_output=True)

    assert failure(server, settings(user)).reason == "host-key-unknown"


def test_nothing_of_a_session_remains(server: Server, user: LocalUser, capfd: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    for _ in range(3):
        with connect(target(server), settings(user)) as session:
            output(session, "true")

    deadline = time.monotonic() + 30
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before
    assert capfd.readouterr() == ("", "")
