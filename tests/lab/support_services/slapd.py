"""How does a real OpenLDAP come to run on loopback, with TLS and the settings that a test wants?"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ssh_server import free_port

SECONDS = 30.0
SUFFIX = "o=emr"
_SCHEMA = "/etc/ldap/schema/core.schema"


@dataclass(frozen=True, slots=True)
class Ldap:
    """One server."""

    plain: int
    """Port without TLS."""
    secure: int
    """Port with TLS. 0 if it has none."""
    pid: int
    """Process that listens."""
    log: Path
    """What it logs: each connection and operation."""


@contextmanager
def running(directory: Path, *settings: str, pem: Path | None = None) -> Iterator[Ldap]:
    """Run slapd until the end of the block.

    directory: empty; settings: lines of slapd.conf; pem: certificate with its key.
    """
    (directory / "db").mkdir()
    plain, secure = free_port(), free_port() if pem is not None else 0
    tls = [] if pem is None else [f"TLSCertificateFile {pem}", f"TLSCertificateKeyFile {pem}"]
    config = [
        f"include {_SCHEMA}",
        "modulepath /usr/lib/ldap",
        "moduleload back_mdb",
        f"pidfile {directory}/pid",
        f"argsfile {directory}/args",
        *tls,
        *settings,
        "database mdb",
        f'suffix "{SUFFIX}"',
        f"directory {directory}/db",
    ]
    (directory / "slapd.conf").write_text("\n".join([*config, ""]))
    log = directory / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(_command(directory, plain, secure), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        _wait(process, plain, log)
        yield Ldap(plain, secure, process.pid, log)
    finally:
        process.terminate()
        process.wait(SECONDS)


def _command(directory: Path, plain: int, secure: int) -> Sequence[str]:
    """Return the command that stays in the foreground and logs statistics."""
    urls = f"ldap://127.0.0.1:{plain}" + (f" ldaps://127.0.0.1:{secure}" if secure else "")
    ends = ["setpriv", "--pdeathsig", "KILL", "--"]
    return [*ends, "slapd", "-f", str(directory / "slapd.conf"), "-h", urls, "-d", "stats"]


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text()[-2000:])
