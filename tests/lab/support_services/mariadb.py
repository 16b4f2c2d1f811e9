"""How does a real MariaDB come to run on a lab host, and what does it count?

Its data and socket live in one temporary directory. It resolves the names of its clients from the
hosts file of the lab host, because it blocks only hosts whose name it knows.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.netns import Host

SECONDS = 60.0
USER, PASSWORD = "lab", "lab"
PORT = 3306
_ACCOUNT = "mysql"
_COUNTED = (
    "SELECT SUM_CONNECT_ERRORS, COUNT_HANDSHAKE_ERRORS, COUNT_AUTHENTICATION_ERRORS + COUNT_AUTH_PLUGIN_ERRORS"
    " FROM performance_schema.host_cache WHERE IP = '{client}'"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the server counted for one client."""

    connect_errors: int
    """Errors that count towards max_connect_errors."""
    handshakes: int
    """Handshakes that were broken off."""
    denied: int
    """Logins that were denied."""


@dataclass(frozen=True, slots=True)
class MariaDb:
    """One server."""

    host: Host
    """Where it runs."""
    directory: Path
    """Its files."""

    def sql(self, statement: str) -> str:
        """Run a statement as root, through the socket."""
        done = self._client(["-uroot", f"-S{self.directory}/socket"], statement)
        return done.stdout or done.stderr

    def counted(self, client: str) -> Counted:
        """Return what was counted for an address, zeros if it was not seen."""
        found = self.sql(_COUNTED.format(client=client)).split()
        return Counted(*map(int, found or ("0", "0", "0")))

    def status(self, name: str) -> int:
        """Return one of the counters of SHOW GLOBAL STATUS."""
        return int(self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'").split()[1])

    def login_from(self, host: Host) -> subprocess.CompletedProcess[str]:
        """Log in with an account and a password from another host, as a client does."""
        command = ["mariadb", "--no-defaults", f"-u{USER}", f"-p{PASSWORD}", f"-h{self.host.address}", "-N"]
        return host.run(*command, "-e", "SELECT 'in'")

    def _client(self, options: list[str], statement: str) -> subprocess.CompletedProcess[str]:
        return self.host.run("mariadb", "--no-defaults", *options, "-N", "-e", statement)


@contextmanager
def running(host: Host, *options: str) -> Iterator[MariaDb]:
    """Run a server with an account for every host, until the end of the block.

    `options`: of mariadbd. The directory is not pytest's: the server's account must get to it.
    """
    with tempfile.TemporaryDirectory(prefix="emr-mariadb-") as name:
        directory = Path(name)
        account = pwd.getpwnam(_ACCOUNT)
        os.chown(directory, account.pw_uid, account.pw_gid)
        install = ["mariadb-install-db", "--no-defaults", f"--datadir={directory}/data", f"--user={_ACCOUNT}"]
        done = subprocess.run(
            [*install, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout.decode(errors="replace")
        command = host.argv(
            "mariadbd",
            "--no-defaults",
            f"--datadir={directory}/data",
            f"--user={_ACCOUNT}",
            f"--port={PORT}",
            f"--socket={directory}/socket",
            "--bind-address=0.0.0.0",
            "--performance-schema=ON",
            "--innodb-buffer-pool-size=8M",
            "--host-cache-size=128",
            *options,
        )
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        server = MariaDb(host, directory)
        try:
            _wait(server, process)
            server.sql(f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'")
            server.sql("DELETE FROM mysql.global_priv WHERE User = ''; FLUSH PRIVILEGES")
            yield server
        finally:
            process.terminate()
            process.wait(SECONDS)


def _wait(server: MariaDb, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, (server.directory / "log").read_text()[-2000:]
        if server.sql("SELECT 1").split() == ["1"]:
            return
        time.sleep(0.1)
    raise AssertionError((server.directory / "log").read_text()[-2000:])
