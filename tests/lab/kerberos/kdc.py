"""What does a test need of a real KDC, whoever wrote it: where it listens, what principals it has,
and keytabs of them?

Everything of a KDC lives in one directory of the test; the machine's own Kerberos files are
neither read nor written, and no port below 1024 is used.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probes.endpoint import Endpoint, Transport
from tests.support.free_port import free_port

REALM = "EMR.C-0A1B2C3D4E5F6071.COM"
READY_SECONDS = 60.0
COMMAND_SECONDS = 120.0


class KdcError(Exception):
    """A real KDC could not be made or started; text from its own tools is in the message."""


@dataclass(slots=True)
class Kdc:
    """One realm of one implementation on host:port. Subclasses create the database and give the
    command line of the daemon.
    """

    directory: Path
    host: str = "127.0.0.1"
    realm: str = REALM
    port: int = 0
    running: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = self.port or free_port(self.host)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.create()

    @property
    def krb5_conf(self) -> Path:
        """A client's file for this realm and no other."""
        return self.directory / "krb5.conf"

    def create(self) -> None:
        raise NotImplementedError

    def daemon(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        raise NotImplementedError

    def keytab(self, name: str, *principals: str) -> Path:
        """Keys of these principals as they are in the database now."""
        raise NotImplementedError

    def endpoint(self, transport: Transport) -> Endpoint:
        return Endpoint(self.host, self.port, transport, self.host)

    def start(self) -> None:
        """Return when TCP accepts, which both implementations do after UDP."""
        with (self.directory / "daemon.log").open("ab") as log:
            self.running = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.daemon()],
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with socket.socket() as trial:
                if trial.connect_ex((self.host, self.port)) == 0:
                    return
            if self.running.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise KdcError((self.directory / "daemon.log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def stop(self) -> None:
        """End the daemon and what it forked; they share a session of their own."""
        if self.running is None:
            return
        self.running.terminate()
        try:
            self.running.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.running.pid, 9)
            self.running.wait(5)
        self.running = None

    def command(self, *argv: str, stdin: str = "") -> str:
        """Run a tool of the KDC to its end; KdcError if it fails."""
        done = subprocess.run(
            argv,
            input=stdin,
            env={**os.environ, **self.environment()},
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if done.returncode:
            raise KdcError(f"{argv[0]}: {done.stderr.strip()} {done.stdout.strip()}")
        return done.stdout + done.stderr

    def write_client_file(self, extra: str = "") -> None:
        self.krb5_conf.write_text(
            f"[libdefaults]\n default_realm = {self.realm}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
            f" rdns = false\n dns_canonicalize_hostname = false\n allow_weak_crypto = true\n{extra}"
            f"[realms]\n {self.realm} = {{\n  kdc = {self.host}:{self.port}\n }}\n",
            encoding="utf-8",
        )
