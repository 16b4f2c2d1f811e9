"""Where does a real krb5kdc listen with each kdc.conf, and does `probes.files.kdc_conf` say the
same?
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from probes.endpoint import Transport
from probes.files.kdc_conf import accepts, read_kdc_conf
from probes.files.ss import read_sockets
from tests.lab.netns import COMMAND_SECONDS, PREFIX, remove

REALM, OTHER = "A.COM", "B.COM"
ADDRESSES = ("10.0.0.1", "10.0.0.2", "fd00::1")
READY_SECONDS = 30.0

DEFAULTS = (
    "",
    "kdc_ports = 1088",
    "kdc_ports = 88,750",
    "kdc_ports = 88 750",
    "kdc_ports = 10.0.0.1:1088",
    'kdc_ports = ""',
    "kdc_tcp_ports = 1088",
    'kdc_tcp_ports = ""',
    "kdc_listen = 1088",
    'kdc_listen = ""',
    'kdc_tcp_listen = ""',
    'kdc_listen = " "',
    'kdc_listen = ","',
    "kdc_listen = 10.0.0.1",
    "kdc_listen = 10.0.0.1:1088 10.0.0.2",
    "kdc_listen = 127.0.0.1:88",
    "kdc_listen = localhost:1088",
    "kdc_listen = [fd00::1]:1088",
    "kdc_listen = [::]:1088",
    "kdc_listen = 0.0.0.0:1088",
    "kdc_listen = *:1088",
    "kdc_listen = 1088\n kdc_ports = 1099",
    "kdc_ports = 1099\n kdc_listen = 1088",
    "kdc_listen = 1088\n kdc_listen = 1089",
    "kdc_listen = 1088\n kdc_tcp_listen = 1089",
)
OF_REALM = (
    ("kdc_listen = 1088", "kdc_listen = 1077"),
    ("kdc_listen = 1088", "kdc_ports = 1077"),
    ("kdc_listen = 1088", 'kdc_listen = ""'),
    ("", "kdc_tcp_ports = 1077"),
    ("", "kdc_listen = 1077\n kdc_listen = 1078"),
    ("", "kdc_ports = 1077\n kdc_listen = 1078"),
)
NOT_STARTING = (
    "kdc_listen =",
    'kdc_listen = ""\n kdc_tcp_listen = ""',
    "kdc_listen = 99999",
    "kdc_listen = 1088 # a comment",
    "kdc_listen = ::1",
    "kdc_listen = /run/kdc.sock",
)


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
        command = ["ip", "netns", "exec", self.name, "krb5kdc", "-n", "-r", REALM]
        running = subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
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
            running.wait(COMMAND_SECONDS)
        listeners = read_sockets("ss", listed).listeners
        return {(one.transport, a, one.port) for one in listeners for a in ADDRESSES if one.accepts(a)}

    def _inside(self, line: str) -> None:
        self._do("ip", "-n", self.name, *line.split())

    def _do(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True
        )


@pytest.fixture(scope="module")
def kdc(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListeningKdc]:
    made = ListeningKdc(tmp_path_factory.mktemp("listening"))
    try:
        made.wire()
        yield made
    finally:
        with suppress(subprocess.SubprocessError):
            remove(made.name)


def said(text: str) -> set[tuple[Transport, str, int]] | None:
    """Return the same, as the file is read."""
    read = read_kdc_conf("kdc.conf", text, REALM)
    if read is None:
        return None
    transports: tuple[Transport, ...] = ("udp", "tcp")
    return {(t, a, one.port) for t in transports for one in read.of(t).sockets for a in ADDRESSES if accepts(one, a)}


@pytest.mark.parametrize(("defaults", "of_realm"), [*((each, "") for each in DEFAULTS), *OF_REALM])
def test_the_file_is_read_as_the_kdc_listens(kdc: ListeningKdc, defaults: str, of_realm: str) -> None:
    text = kdc.write(defaults, of_realm)
    listening = kdc.listening()
    assert listening is not None
    assert said(text) == listening


@pytest.mark.parametrize("defaults", NOT_STARTING)
def test_a_value_with_which_the_kdc_does_not_start_says_nothing_of_its_ports(kdc: ListeningKdc, defaults: str) -> None:
    text = kdc.write(defaults, "")
    assert kdc.listening() is None
    assert said(text) is None
