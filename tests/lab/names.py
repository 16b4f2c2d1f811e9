"""How does the resource group come to ask a real name server, and what do its records say?

dnsmasq on the router, asked at the resource group's gateway, as a VPC's own resolver would be:
it knows the records that it is given and no other name.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from .kdc_making import Place
from .netns import CLUSTER, RG, RG_GATEWAY, ROUTER, Host, LabError
from .scene import DOMAIN, HOST_NAMES, hosts_file, own_name

READY_SECONDS: Final = 60.0
REVERSE_ZONE: Final = "20.168.192.in-addr.arpa"
ZONES: Final = (DOMAIN, REVERSE_ZONE)
"""What the name server answers for itself: NXDOMAIN for any name in them that has no record."""


class NameServer:
    """dnsmasq on one host, in the foreground."""

    def __init__(self, host: Host, address: str, directory: Path) -> None:
        self.host, self.address = host, address
        self._file, self._log = directory / "dnsmasq.conf", directory / "dnsmasq.log"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, records: Iterable[str], zones: Iterable[str] = ZONES) -> None:
        """Start the server and wait until it answers.

        `records` are lines of dnsmasq.conf, such as host-record=NAME,ADDRESS or
        ptr-record=4.3.2.1.in-addr.arpa,NAME.
        """
        self.stop()
        own = [f"local=/{zone}/" for zone in zones]
        fixed = ["keep-in-foreground", "no-resolv", "no-hosts", "bind-interfaces", "user=root", "pid-file"]
        lines = [*fixed, f"listen-address={self.address}", f"log-facility={self._log}", *own, *records]
        self._file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._log.unlink(missing_ok=True)
        self._running = subprocess.Popen(
            self.host.argv("dnsmasq", f"--conf-file={self._file}"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + READY_SECONDS
        while "started, version" not in self.log:
            if self._running.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise LabError(f"dnsmasq did not start:\n{self.log[-2000:]}\n{self._file.read_text(encoding='utf-8')}")
            time.sleep(0.01)

    def stop(self) -> None:
        if self._running is not None:
            self._running.terminate()
            try:
                self._running.wait(5)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait(5)
            self._running = None

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""


def full_names() -> dict[str, str]:
    """Full name of every host -> role."""
    return {f"{names[0]}.{DOMAIN}": role for role, names in HOST_NAMES.items()}


def both_ways(name: str, address: str) -> str:
    """Return a record with its reverse record."""
    return f"host-record={name},{address}"


def forward(name: str, address: str) -> str:
    """Return a record without a reverse record."""
    return f"address=/{name}/{address}"


def backward(address: str, name: str) -> str:
    return f"ptr-record={'.'.join(reversed(address.split('.')))}.in-addr.arpa,{name}"


def zone(**changed: Iterable[str]) -> list[str]:
    """Return records of every host, both ways.

    `changed` maps a role, with _ for -, to its own records; an empty value removes the name.
    """
    own: Mapping[str, Iterable[str]] = {role.replace("_", "-"): records for role, records in changed.items()}
    lines: list[str] = []
    for name, role in full_names().items():
        lines += own.get(role, [both_ways(name, CLUSTER[role])])
    return lines


def by_name_server(place: Place, records: Iterable[str]) -> None:
    """From now on the resource group knows no name but its own by its hosts file, and asks a name
    server with these records for the rest.
    """
    server = NameServer(place.lab.host(ROUTER), RG_GATEWAY, place.directory)
    server.start(records)
    place.undo.callback(server.stop)
    hosts(place, "127.0.0.1 localhost\n")
    place.resolver(RG_GATEWAY)


def hosts(place: Place, text: str) -> None:
    """Another /etc/hosts for the resource group's host, which still knows its own name."""
    place.lab.host(RG).write_etc("hosts", text + own_name())
    place.undo.callback(place.lab.host(RG).write_etc, "hosts", hosts_file() + own_name())
