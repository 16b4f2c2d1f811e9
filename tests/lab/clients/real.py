"""What do the real clients experience right now? kinit and kvno as processes, a JVM that is kept
warm, all on the resource-group host.

Times are those of the exchange: the JVM measures itself, and from the processes the time of an
exchange without any fault is taken off.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.kdc import PASSWORD, REALM
from tests.lab.netns import Host, LabError

from .kdc import CLIENT, SERVICE

SOURCE: Final = Path(__file__).parent / "java" / "LoginOracle.java"
EXPORTS: Final = ("--add-exports", "java.security.jgss/sun.security.krb5=ALL-UNNAMED")
LONGEST: Final = 60.0
"""Seconds after which a client is killed: none of the faults takes half of it."""


@dataclass(frozen=True, slots=True)
class Experience:
    """seconds: of the exchange; message: None where it worked."""

    seconds: float
    message: str | None

    @property
    def works(self) -> bool:
        return self.message is None


class Program:
    """kinit or kvno, started and then waited for, so that several run at the same time."""

    def __init__(self, host: Host, conf: Path, cache: Path, *command: str, stdin: str = "") -> None:
        environment = {**os.environ, "KRB5_CONFIG": str(conf), "KRB5CCNAME": f"FILE:{cache}", "LC_ALL": "C"}
        self._name = command[0]
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            host.argv(*command),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._ended: tuple[float, str] | None = None
        self._watch = threading.Thread(target=self._communicate, args=(stdin,), daemon=True)
        self._watch.start()

    def _communicate(self, stdin: str) -> None:
        """In a thread: the caller is busy with another client when this one ends."""
        _, errors = self._process.communicate(stdin)
        self._ended = (time.monotonic() - self._began, errors)

    def wait(self) -> Experience:
        self._watch.join(LONGEST)
        if self._ended is None:
            self._process.kill()
            raise LabError(f"{self._name} did not end within {LONGEST:g} s")
        seconds, errors = self._ended
        lines = [line for line in errors.splitlines() if line.startswith(f"{self._name}: ")]
        message = lines[-1].removeprefix(f"{self._name}: ") if lines else errors.strip() or "(no text)"
        return Experience(seconds, message if self._process.returncode else None)


def kinit(host: Host, conf: Path, cache: Path, client: str = f"{CLIENT}@{REALM}") -> Program:
    return Program(host, conf, cache, "kinit", client, stdin=f"{PASSWORD}\n")


def kvno(host: Host, conf: Path, cache: Path) -> Program:
    return Program(host, conf, cache, "kvno", f"{SERVICE}@{REALM}")


class Jvm:
    """A running `LoginOracle`; see there for the verbs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, verb: str, conf: Path | None = None, client: str = "") -> Experience:
        """client: who logs in this time, else the one that it was started with."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{verb} {conf} {client}".rstrip() + "\n" if conf is not None else f"{verb}\n")
        self._process.stdin.flush()
        milliseconds, _, message = self._process.stdout.readline().rstrip("\n").partition("\t")
        if not milliseconds.isdecimal():
            raise LabError(f"the JVM has stopped at {verb}")
        return Experience(int(milliseconds) / 1000, message or None)


@contextmanager
def jvm(host: Host, directory: Path) -> Iterator[Jvm]:
    """Compiled and started once a session. directory: empty."""
    compiled = subprocess.run(
        ["javac", "-nowarn", "-source", "11", "-target", "11", *EXPORTS, "-d", str(directory), str(SOURCE)],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    if compiled.returncode:
        raise LabError(f"javac: {compiled.stderr}")
    flags = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", *EXPORTS)
    arguments = (f"{CLIENT}@{REALM}", PASSWORD, f"{SERVICE}@{REALM}")
    process = host.start("java", *flags, "-cp", str(directory), "LoginOracle", *arguments)
    try:
        yield Jvm(process)
    finally:
        process.kill()
        process.communicate()


def conf(*kdcs: str, **libdefaults: object) -> str:
    """Return a krb5.conf with these KDCs and settings. DNS is asked for their addresses alone."""
    head: Mapping[str, object] = {
        "default_realm": REALM,
        "dns_lookup_kdc": "false",
        "dns_lookup_realm": "false",
        "dns_canonicalize_hostname": "false",
        "rdns": "false",
        **libdefaults,
    }
    lines = [f"  {key} = {value}" for key, value in head.items()]
    entries = [f"    kdc = {kdc}" for kdc in kdcs]
    return "\n".join(["[libdefaults]", *lines, "[realms]", f"  {REALM} = {{", *entries, "  }", ""])
