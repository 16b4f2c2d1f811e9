"""What do a real sshd and OpenSSL's own server answer?"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.questions import Question
from probes.questions.question import Kind
from probes.questions.register import ask
from probes.vantage import Vantage
from tests.lab.stopped import stopped
from tests.support.certificates import a_file
from tests.support.free_port import free_port
from tests.support.ssh_server import sshd

PATIENCE = Vantage(patience=5)


def asked(kind: Kind, port: int, vantage: Vantage = PATIENCE) -> Observation:
    return asyncio.run(ask(Question(kind, Endpoint("localhost", port, "tcp", "127.0.0.1")), vantage))


@pytest.mark.needs("sshd", "setpriv")
def test_sshd_tells_its_version_and_no_login_begins(tmp_path: Path) -> None:
    with sshd(tmp_path, settings=["LogLevel DEBUG1"]) as server:
        seen = asked("ssh", server.port)
        ends = time.monotonic() + 60
        while "Connection closed" not in server.log and time.monotonic() < ends:
            time.sleep(0.05)
        log = server.log

    assert (seen.reason, seen.detail["protocol"]) == ("service-reply", "2.0")
    assert str(seen.detail["software"]).startswith("OpenSSH_")
    assert "userauth" not in log


@pytest.mark.needs("sshd", "setpriv")
def test_a_frozen_sshd_is_silent_and_other_questions_name_it(tmp_path: Path) -> None:
    with sshd(tmp_path) as server:
        mysql, tls = asked("mysql", server.port), asked("tls", server.port)
        with stopped(server.pid):
            frozen = asked("ssh", server.port, Vantage(patience=0.5))

    assert [one.detail["protocol"] for one in (mysql, tls)] == ["ssh", "ssh"]
    assert (frozen.reason, frozen.detail["ended"]) == ("syn-ack", "silent")


@contextmanager
def openssl(pem: Path, *options: str) -> Iterator[int]:
    """Run OpenSSL's own server with a certificate, and yield its port."""
    port = free_port()
    ends = ["setpriv", "--pdeathsig", "KILL", "--"]
    command = [*ends, "openssl", "s_server", "-accept", str(port), "-cert", str(pem), "-key", str(pem), "-quiet"]
    process = subprocess.Popen(
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("openssl s_server does not listen")


@pytest.mark.needs("openssl", "setpriv")
@pytest.mark.parametrize(
    ("options", "version", "faults"),
    [
        (("-tls1_3",), "TLSv1.3", []),
        (("-tls1_2",), "TLSv1.2", []),
        (
            ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
            "TLSv1.1",
            ["it speaks TLSv1.1, which Java no longer does"],
        ),
    ],
)
def test_each_version_of_tls_is_told(options: tuple[str, ...], version: str, faults: list[str], tmp_path: Path) -> None:
    with openssl(a_file(tmp_path / "pem", "localhost"), *options) as port:
        seen = asked("tls", port)

    tls = seen.detail["tls"]
    assert isinstance(tls, dict)
    assert (seen.reason, tls["version"], tls["faults"]) == ("service-reply", version, faults)


@pytest.mark.needs("openssl", "setpriv")
def test_the_chain_comes_as_the_server_sends_it(tmp_path: Path) -> None:
    issuer = a_file(tmp_path / "issuer", "ca.example")
    with openssl(a_file(tmp_path / "pem", "localhost"), "-cert_chain", str(issuer)) as port:
        seen = asked("tls", port)

    chain = seen.detail["chain"]
    assert isinstance(chain, list)
    assert len(chain) == 2


@pytest.mark.needs("openssl", "setpriv")
def test_a_server_that_wants_a_certificate_of_the_client_speaks_tls(tmp_path: Path) -> None:
    with openssl(a_file(tmp_path / "pem", "localhost"), "-tls1_2", "-Verify", "1") as port:
        seen = asked("tls", port)

    assert (seen.reason, seen.detail["protocol"]) == ("syn-ack", "tls")
