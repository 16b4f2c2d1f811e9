"""What does a real MariaDB answer, what does it count, and can clients still log in afterwards?"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.lab.netns import RG, Hosts, topology
from tests.lab.support_services.mariadb import PORT, SECONDS, Counted, MariaDb, running
from tests.support.needs import LAB_NETWORK
from tests.support.places import PROJECT

pytestmark = pytest.mark.needs(*LAB_NETWORK, "mariadbd", "mariadb")

T = TypeVar("T")
SERVER = "master"
CLIENT = "192.168.10.10"
NAMES = f"127.0.0.1 localhost\n{CLIENT} client.test\n192.168.20.11 master-1-1\n"
CLOSE = "import socket, sys; s = socket.create_connection((sys.argv[1], 3306)); s.recv(4096); s.close()"
QUIT = (
    "import socket, sys; s = socket.create_connection((sys.argv[1], 3306)); s.recv(4096); "
    "s.sendall(bytes.fromhex('0100000101')); s.recv(4096)"
)


@pytest.fixture(scope="module")
def hosts(lab_machine: None) -> Iterator[Hosts]:
    with topology(NAMES) as wired:
        yield wired


@pytest.fixture(scope="module")
def strict(hosts: Hosts) -> Iterator[MariaDb]:
    """Run a server that blocks a host after one broken handshake."""
    with running(hosts[SERVER], "--max-connect-errors=1") as server:
        yield server


@pytest.fixture
def forgetful(strict: MariaDb) -> MariaDb:
    assert settled(lambda: sessions(strict), 0) == 0
    strict.sql("FLUSH HOSTS")
    return strict


def sessions(server: MariaDb) -> int:
    """Return how many clients the server has, those that do not log in included."""
    return int(server.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE HOST NOT IN ('', 'localhost')"))


def settled(value: Callable[[], T], expected: T) -> T:
    """Return a value once it is the expected one, or as it is after a minute.

    The server counts, and ends a session, after its client has read the last word.
    """
    deadline = time.monotonic() + SECONDS
    while (found := value()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def probed(hosts: Hosts, *targets: str) -> list[Any]:
    command = [sys.executable, "-m", "diagnose", "probe", *targets, "--patience", "5", "--format", "json"]
    done = hosts[RG].run(*command, env={"PYTHONPATH": str(PROJECT)}, cwd=Path("/"))
    answers: list[Any] = json.loads(done.stdout)
    return answers


def mysql(hosts: Hosts) -> dict[str, Any]:
    (answer,) = probed(hosts, f"mysql://{hosts[SERVER].address}:{PORT}")
    assert isinstance(answer, dict)
    return answer


def test_a_probe_is_no_connect_error_and_leaves_no_session(hosts: Hosts, forgetful: MariaDb) -> None:
    """Given a server that blocks a host after one error, when it is probed three times, then a
    client of that host still logs in."""
    before = forgetful.status("Aborted_connects"), forgetful.status("Aborted_connects_preauth")
    answers = [mysql(hosts) for _ in range(3)]

    assert [answer["works"] for answer in answers] == [True] * 3
    assert answers[0]["observation"]["detail"]["login"] == "denied"
    assert answers[0]["observation"]["detail"]["product"] == "MariaDB"
    assert settled(lambda: sessions(forgetful), 0) == 0
    assert forgetful.counted(CLIENT) == Counted(connect_errors=0, handshakes=0, denied=3)

    def aborted() -> tuple[int, int]:
        now = forgetful.status("Aborted_connects"), forgetful.status("Aborted_connects_preauth")
        return now[0] - before[0], now[1] - before[1]

    assert settled(aborted, (3, 0)) == (3, 0)
    assert forgetful.login_from(hosts[RG]).stdout == "in\n"
    assert settled(lambda: sessions(forgetful), 0) == 0


@pytest.mark.parametrize("ending", [CLOSE, QUIT])
def test_a_client_that_closes_or_quits_after_the_greeting_blocks_its_host(
    ending: str, hosts: Hosts, forgetful: MariaDb
) -> None:
    """This is why the probe logs in. The next probe tells that the host is blocked."""
    hosts[RG].run(sys.executable, "-c", ending, str(hosts[SERVER].address))

    assert settled(lambda: forgetful.counted(CLIENT).connect_errors, 1) == 1
    assert "is blocked because of many connection errors" in forgetful.login_from(hosts[RG]).stderr
    answer = mysql(hosts)
    assert (answer["works"], answer["observation"]["detail"]["admits"]) == (False, "blocked-host")


def test_a_handshake_of_tcp_alone_counts_too(hosts: Hosts, forgetful: MariaDb) -> None:
    """`check` makes no such handshake: a database behind the metastore is no flow."""
    probed(hosts, f"tcp://{hosts[SERVER].address}:{PORT}")

    assert settled(lambda: forgetful.counted(CLIENT).connect_errors, 1) == 1


def test_a_host_that_no_account_admits_is_told_so(hosts: Hosts, forgetful: MariaDb) -> None:
    forgetful.sql("RENAME USER lab@'%' TO lab@'10.9.9.9'; FLUSH PRIVILEGES")
    try:
        answer = mysql(hosts)
    finally:
        forgetful.sql("RENAME USER lab@'10.9.9.9' TO lab@'%'; FLUSH PRIVILEGES")

    assert (answer["works"], answer["observation"]["detail"]["error"]) == (False, 1130)
    assert answer["observation"]["detail"]["admits"] == "not-this-host"


def test_an_account_without_a_name_is_told_and_the_session_ended(hosts: Hosts, forgetful: MariaDb) -> None:
    forgetful.sql("CREATE USER ''@'%'")
    try:
        answer = mysql(hosts)
        left = settled(lambda: sessions(forgetful), 0)
    finally:
        forgetful.sql("DROP USER ''@'%'")

    assert (answer["works"], answer["observation"]["detail"]["login"]) == (True, "open")
    assert (left, forgetful.counted(CLIENT)) == (0, Counted(0, 0, 0))


def test_a_server_that_takes_logins_in_tls_alone_denies_this_one_and_counts_nothing(
    hosts: Hosts, forgetful: MariaDb
) -> None:
    forgetful.sql("SET GLOBAL require_secure_transport = ON")
    try:
        answer = mysql(hosts)
    finally:
        forgetful.sql("SET GLOBAL require_secure_transport = OFF")

    assert (answer["works"], answer["observation"]["detail"]["login"]) == (True, "denied")
    assert settled(lambda: sessions(forgetful), 0) == 0
    assert forgetful.counted(CLIENT).connect_errors == 0


def test_a_server_that_is_full_is_told_so(hosts: Hosts, forgetful: MariaDb) -> None:
    """One connection more than max_connections is for an administrator."""
    forgetful.sql("SET GLOBAL max_connections = 10")
    client, root = ["-ulab", "-plab", f"-h{hosts[SERVER].address}"], ["-uroot", f"-S{forgetful.directory}/socket"]
    holding = []
    try:
        for host, options in [(hosts[RG], client)] * 10 + [(hosts[SERVER], root)]:
            holding.append(host.start("mariadb", "--no-defaults", "-N", "--unbuffered", *options))
            assert _is_in(holding[-1])
        answer = mysql(hosts)
    finally:
        for session in holding:
            session.communicate(timeout=30)
        forgetful.sql("SET GLOBAL max_connections = 151")

    assert (answer["works"], answer["observation"]["detail"]["admits"]) == (False, "too-many")


def _is_in(session: subprocess.Popen[str]) -> bool:
    """Return True if a client has logged in and stays."""
    assert session.stdin is not None
    assert session.stdout is not None
    session.stdin.write("SELECT 'in';\n")
    session.stdin.flush()
    return session.stdout.readline() == "in\n"


def test_other_questions_name_mysql_by_its_first_bytes(hosts: Hosts, forgetful: MariaDb) -> None:
    address = hosts[SERVER].address
    answers = probed(hosts, *(f"{scheme}://{address}:{PORT}" for scheme in ("hadoop", "ssh")))

    assert [answer["observation"]["detail"]["protocol"] for answer in answers] == ["mysql", "mysql"]
