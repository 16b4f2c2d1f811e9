"""The lab as a test uses it: hosts with services, a KDC, security groups in force, a prober, and
the product run where a user would run it.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.support.places import PROJECT

from . import acl, cloud
from .enforce import ruleset
from .kdc import Kdc
from .netns import CLUSTER, RG, RG_ADDRESSES, ROUTER, Host, Hosts, LabError, topology

HERE = Path(__file__).parent

QUIET_SECONDS = 0.6
"""Silence after the last answer that ends a round of probes: local answers come within a
millisecond.
"""

CHECK_SECONDS = 300.0
"""A guard against a hang."""

HOST_NAMES: Mapping[str, tuple[str, ...]] = {
    "master": ("master-1-1",),
    "kdc": ("master-1-2",),
    "core-1": ("core-1-1",),
    "core-2": ("core-1-2",),
}
DOMAIN = "c-0a1b2c3d4e5f6071.cn-hangzhou.emr.aliyuncs.com"

Transport = Literal["tcp", "udp"]


@dataclass(frozen=True, slots=True)
class Packet:
    """One question to the kernel: may this client open this port? source_port 0: any free one;
    payload: first bytes, if they matter.
    """

    source: str
    transport: Transport
    destination: str
    port: int
    source_port: int = 0
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Seen:
    """state: open, closed, mute or dropped, as packets.py says; reply: first bytes that came back;
    error: errno, 0 for none.
    """

    state: str
    reply: bytes
    error: int


def hosts_file() -> str:
    """Every cluster host with its EMR name, the same on all hosts."""

    lines = ["127.0.0.1 localhost"]
    for role, names in HOST_NAMES.items():
        lines.append(" ".join((CLUSTER[role], *(f"{name}.{DOMAIN}" for name in names), *names)))
    return "\n".join(lines) + "\n"


def own_name() -> str:
    """Return the line that a resource-group host has for itself: the machine's own name, which
    every namespace shares.
    """
    return f"{RG_ADDRESSES[0]} {socket.gethostname()}\n"


@contextmanager
def lab(directory: Path) -> Iterator[Lab]:
    """Yield a lab of one's own.

    Several may exist side by side, independent of each other. `directory` is empty, for the KDC's
    files.
    """
    with topology(f"{hosts_file()}{own_name()}") as hosts:
        built = Lab(hosts, directory)
        try:
            yield built
        finally:
            built.close()


class Lab:
    """`reset` brings it back to a quiet network without services."""

    def __init__(self, hosts: Hosts, directory: Path) -> None:
        self.hosts, self.directory = hosts, directory
        (directory / "kdc").mkdir()
        self.kdc = Kdc(hosts["kdc"], directory / "kdc")
        self._filtered: set[str] = set()
        self._beside = ""
        self._servers = {role: hosts[role].start(sys.executable, "-I", str(HERE / "servers.py")) for role in CLUSTER}
        self._prober = hosts[RG].start(sys.executable, "-I", str(HERE / "packets.py"))

    def reset(self) -> None:
        """No security group, no network ACL, no host firewall, no service, no KDC."""
        self._beside = ""
        for role in self._filtered:
            self.hosts[role].filter("")
        self._filtered.clear()
        for role in self._servers:
            self.serve(role)
        self.kdc.stop()
        self.kdc.forget()

    def close(self) -> None:
        self.kdc.stop()
        for process in (self._prober, *self._servers.values()):
            process.kill()
            process.communicate()

    def serve(self, role: str, tcp: Iterable[int] | Mapping[int, bytes | None] = (), udp: Iterable[int] = ()) -> None:
        """From now on this host serves exactly these ports. A TCP port answers with the given
        bytes, or closes. A list of ports, or None: it answers the first step of Hadoop RPC and
        Thrift. A UDP port echoes.
        """
        answers = tcp if isinstance(tcp, Mapping) else dict.fromkeys(tcp)
        order = {
            "tcp": {str(port): None if answer is None else answer.hex() for port, answer in answers.items()},
            "udp": sorted(set(udp)),
        }
        failed = _ask(self._servers[role], order)
        if failed:
            raise LabError(f"services on {role}: {failed}")

    def enforce(self, documents: Iterable[cloud.Document]) -> None:
        """Put the security groups and network ACLs of these API answers in force in the router, and
        end every tracked connection.
        """
        answers = list(documents)
        self.filter(ROUTER, ruleset(answers) + acl.ruleset(answers) + self._beside)

    def beside(self, rules: str) -> None:
        """nft tables that stand in the router beside what `enforce` makes, from its next call on: a
        fault that no API answer tells of.
        """
        self._beside = rules

    def host_firewall(self, role: str, *rules: str) -> None:
        """nft rules in the host's own input chain, for instance "udp dport 88 reject with icmp type
        host-prohibited". None: no firewall.
        """
        lines = "\n".join(f"    {rule}" for rule in rules)
        chain = f"  chain input {{\n    type filter hook input priority 0; policy accept;\n{lines}\n  }}\n"
        self.filter(role, f"table inet host {{\n{chain}}}\n" if rules else "")

    def filter(self, role: str, rules: str) -> None:
        """Any nft text as the packet filter of one host; `reset` removes it."""
        self._filtered.add(role)
        self.hosts[role].filter(rules)

    def send(self, packets: Sequence[Packet], quiet: float = QUIET_SECONDS) -> list[Seen]:
        """Send all packets at once from the resource-group host. Return what becomes of each."""
        jobs = [[p.source, p.source_port, p.transport, p.destination, p.port, p.payload.hex()] for p in packets]
        answers = _ask(self._prober, {"quiet": quiet, "jobs": jobs})
        assert isinstance(answers, list)
        return [Seen(state, bytes.fromhex(reply), error) for state, reply, error in answers]

    def conversation(self, verb: Literal["connect", "ask", "close"], name: str, *arguments: object) -> str:
        """Use a TCP connection of the resource-group host that stays open between calls.

        Return "ok", the bytes that came back, or "error …".
        """
        return str(_ask(self._prober, {"verb": verb, "arguments": [name, *arguments]}))

    def check(self, case: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`emr-diagnose check CASE …`, run on the resource-group host."""
        command = (sys.executable, "-m", "diagnose", "check", str(case), *arguments)
        return self.hosts[RG].run(*command, cwd=PROJECT, seconds=CHECK_SECONDS)

    def evidence(self, role: str) -> dict[str, str]:
        """Return what an administrator would export from this host, by the name of a file in a
        case: its sockets, its packet filter, the KDC's log.
        """
        host = self.hosts[role]
        said = {"ss.txt": host.run("ss", "-tanu").stdout, "iptables.txt": host.run("nft", "list", "ruleset").stdout}
        logged = {"kdc.log": self.kdc.log} if role == self.kdc.host.role else {}
        return {file: text for file, text in (said | logged).items() if text}

    def host(self, role: str) -> Host:
        return self.hosts[role]


def _ask(process: subprocess.Popen[str], order: object) -> object:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise LabError(f"{process.args!r} ended with {process.poll()}")
    return json.loads(line)
