"""A real sshd on loopback, for the user of this process, with keys of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.free_port import free_port
from tests.support.ssh_keys import public_text, write_private

USER = getpass.getuser()
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """One sshd."""

    address: str
    """Where it listens."""
    port: int
    """On that address."""
    directory: Path
    """Its files, and the log."""
    key: str
    """Type and public part of its first host key."""
    pid: int
    """Of the process that listens. Each session is a process of its own."""

    @property
    def log(self) -> str:
        """What it logged."""
        return (self.directory / "log").read_text("utf-8", "replace")


def know(home: Path, server: Server) -> None:
    """Add the server's key to the known hosts of a user."""
    with (home / ".ssh" / "known_hosts").open("a") as file:
        file.write(known_line(server))


def known_line(server: Server) -> str:
    """Return the line of a file of known hosts."""
    return f"[{server.address}]:{server.port} {server.key}\n"


@contextmanager
def sshd(
    directory: Path,
    *,
    settings: Sequence[str] = (),
    kinds: Sequence[str] = ("ed25519",),
    number: int = 100,
    user_key: str = "",
    sftp: str = "internal-sftp",
    address: str = "127.0.0.1",
    argv: Callable[..., list[str]] = lambda *command: ["setpriv", "--pdeathsig", "KILL", "--", *command],
) -> Iterator[Server]:
    """Run sshd until the end of the block.

    settings: lines of sshd_config; kinds: types of its host keys, of this number; user_key: public
    keys that open the login, one a line; sftp: what serves files;
    argv: command line that starts it, on another host of the lab perhaps, whose address is given.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd of root wants it
    (directory / "authorized").write_text(user_key)
    keys = [write_private(directory / f"host_{kind}", kind, number) for kind in kinds]
    port = free_port()
    config = [
        *settings,
        f"Port {port}",
        f"ListenAddress {address}",
        *(f"HostKey {key}" for key in keys),
        f"AuthorizedKeysFile {directory}/authorized",
        "StrictModes no",
        "PermitRootLogin yes",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PidFile none",
        f"Subsystem sftp {sftp}",
    ]
    (directory / "sshd_config").write_text("\n".join([*config, ""]))
    program = shutil.which("sshd")
    assert program is not None
    process = subprocess.Popen(
        argv(program, "-D", "-E", str(directory / "log"), "-f", str(directory / "sshd_config")),
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait(process, directory / "log")
        yield Server(address, port, directory, public_text(kinds[0], number), process.pid)
    finally:
        process.terminate()
        process.wait(SECONDS)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        text = log.read_text() if log.exists() else ""
        assert process.poll() is None, text
        if "Server listening on" in text:
            return
        time.sleep(0.02)
    raise AssertionError("sshd does not listen")
