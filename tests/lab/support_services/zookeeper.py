"""How does a real ZooKeeper come to run on loopback that wants SASL of its clients, or does not?"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.free_port import free_port
from tests.support.needs import classpath

SECONDS = 60.0
_JAAS = 'Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_lab="lab"; };\n'
_AUTH = "-Dzookeeper.authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider"
_MAIN = "org.apache.zookeeper.server.ZooKeeperServerMain"


@contextmanager
def running(directory: Path, *, wants_sasl: bool) -> Iterator[int]:
    """Run one server until the end of the block, and yield its port. directory: empty."""
    (directory / "data").mkdir()
    (directory / "jaas.conf").write_text(_JAAS)
    (directory / "log4j.properties").write_text("log4j.rootLogger=OFF\n")
    port = free_port()
    command = (
        *("setpriv", "--pdeathsig", "KILL", "--", "java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        *("-cp", f"{directory}{os.pathsep}{classpath('hadoop', 'services')}"),
        f"-Djava.security.auth.login.config={directory / 'jaas.conf'}",
        f"-Dzookeeper.sessionRequireClientSASLAuth={str(wants_sasl).lower()}",
        *(_AUTH, "-Dzookeeper.admin.enableServer=false", _MAIN, str(port), str(directory / "data")),
    )
    with (directory / "out").open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        _wait(process, port, directory / "out")
        yield port
    finally:
        process.terminate()
        process.wait(SECONDS)


def srvr(port: int) -> dict[str, str]:
    """Return what the server says of itself: "Connections", "Zxid" …"""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"srvr")
        text = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def _wait(process: subprocess.Popen[bytes], port: int, out: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, out.read_text(errors="replace")[-2000:]
        try:
            if "Mode" in srvr(port):
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(out.read_text(errors="replace")[-2000:])
