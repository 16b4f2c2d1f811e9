"""A real krb5kdc in a network namespace of its own, started with one kdc.conf after the other."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from probes.endpoint import Transport
from probes.files.ss import read_sockets
from tests.lab.netns import COMMAND_SECONDS, PREFIX

REALM = "A.COM"
ADDRESSES = ("10.0.0.1", "10.0.0.2", "fd00::1")
READY_SECONDS = 30.0


class ListeningKdc:
    """A krb5kdc in a namespace of its own, started with one kdc.conf after the other."""

    def __init__(self, directory: Path) -> None:
        self.name = f"{PREFIX}-{os.getpid()}-9200-kdcconf"
        self.directory = directory
        self.log = directory / "kdc.log"
        (directory / "krb5.conf").write_text(
            f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n[logging]\n kdc = FILE:{self.log}\n"
        )
        self.environment = {
            **os.environ,
            "KRB5_CONFIG": str(directory / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(directory / "kdc.conf"),
        }

    def wire(self) -> None:
        self._do("ip", "netns", "add", self.name)
        for line in ("link set lo up", "link add eth0 type veth peer name e0", "link set eth0 up", "link set e0 up"):
            self._inside(line)
        for address in ("10.0.0.1/24", "10.0.0.2/24"):
            self._inside(f"address add {address} dev eth0")
        self._inside("address add fd00::1/64 dev eth0 nodad")
        self.write("", "")
        self._do("kdb5_util", "create", "-s", "-r", REALM, "-P", "lab")

    def write(self, defaults: str, of_realm: str) -> str:
        """Write the file, and return its text."""
        text = (
            f"[kdcdefaults]\n {defaults}\n[realms]\n {REALM} = {{\n  database_name = {self.directory}/principal\n"
            f"  key_stash_file = {self.directory}/stash\n {of_realm}\n }}\n"
        )
        (self.directory / "kdc.conf").write_text(text)
        return text

    def listening(self) -> set[tuple[Transport, str, int]] | None:
        """Return transport, address and port of what accepts. None if the KDC does not start."""
        self.log.unlink(missing_ok=True)
        running = self.begin("-r", REALM)
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not self.log.exists() or "commencing operation" not in self.log.read_text():
                if running.poll() is not None:
                    return None
                assert time.monotonic() < deadline
                time.sleep(0.01)
            listed = self._do("ip", "netns", "exec", self.name, "ss", "-lntu").stdout
        finally:
            running.kill()
            running.communicate(timeout=COMMAND_SECONDS)
        listeners = read_sockets("ss", listed).listeners
        return {(one.transport, a, one.port) for one in listeners for a in ADDRESSES if one.accepts(a)}

    def begin(self, *options: str) -> subprocess.Popen[str]:
        """Start a process, whose standard error is kept."""
        command = ["ip", "netns", "exec", self.name, "krb5kdc", "-n", *options]
        return subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def words(self, *options: str) -> str:
        """Return what a process that does not start writes: its log, then its standard error."""
        self.log.unlink(missing_ok=True)
        with self.begin(*options) as running:
            _, said = running.communicate(timeout=READY_SECONDS)
        return (self.log.read_text() if self.log.exists() else "") + said

    def _inside(self, line: str) -> None:
        self._do("ip", "-n", self.name, *line.split())

    def _do(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True
        )
