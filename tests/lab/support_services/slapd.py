"""How does a real OpenLDAP come to run, with TLS and the settings that a test wants?"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.netns import Host
from tests.support.free_port import free_port

SECONDS = 60.0
SUFFIX = "o=emr"
LOOPBACK = "127.0.0.1"
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
def running(
    directory: Path,
    *settings: str,
    pem: Path | None = None,
    of_database: Sequence[str] = (),
    host: Host | None = None,
) -> Iterator[Ldap]:
    """Run slapd until the end of the block.

    - directory: empty
    - settings: lines of slapd.conf; of_database: more of them, about what it holds
    - pem: certificate with its key
    - host: where it runs, on its first address; None: on loopback of this machine
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
        *of_database,
    ]
    (directory / "slapd.conf").write_text("\n".join([*config, ""]))
    log = directory / "log"
    address = LOOPBACK if host is None or host.address is None else host.address
    command = _command(directory, address, plain, secure)
    with log.open("wb") as out:
        process = subprocess.Popen(_on(host, command), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        _wait(process, host, address, plain, log)
        yield Ldap(plain, secure, process.pid, log)
    finally:
        process.terminate()
        process.wait(SECONDS)


def _command(directory: Path, address: str, plain: int, secure: int) -> Sequence[str]:
    """Return the command that stays in the foreground and logs statistics."""
    urls = f"ldap://{address}:{plain}" + (f" ldaps://{address}:{secure}" if secure else "")
    return ["slapd", "-f", str(directory / "slapd.conf"), "-h", urls, "-d", "stats"]


def _on(host: Host | None, command: Sequence[str]) -> Sequence[str]:
    """Return what runs a command on a host, and ends it with these tests."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *command] if host is None else host.argv(*command)


def _wait(process: subprocess.Popen[bytes], host: Host | None, address: str, port: int, log: Path) -> None:
    connects = _on(host, ["bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"])
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        if subprocess.run(connects, capture_output=True, timeout=SECONDS, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text()[-2000:])
