"""Which hosts does the lab have, how are they wired, and how does a command run on one of them?

Every host is a network namespace. As in a cloud VPC every packet between two hosts passes the
router, also between hosts of one vSwitch (cluster hosts carry a /32), so one packet filter in
the router sees all that a security group would see. Nothing here has a way out of the
namespaces.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

PREFIX = "emrlab"
"""Namespaces are called emrlab-PID-NUMBER-ROLE: the process id tells a later session whether the
owner is still alive.
"""

_NUMBER = count()

PRIVATE_ETC = Path("/etc/netns")
"""`ip netns exec` binds the files of /etc/netns/NAME over those of /etc."""

ROUTER = "router"
RG = "rg"
CLUSTER_CIDR = "192.168.20.0/24"
CLUSTER_GATEWAY = "192.168.20.1"
CLUSTER: Mapping[str, str] = {
    "master": "192.168.20.11",
    "kdc": "192.168.20.12",
    "core-1": "192.168.20.21",
    "core-2": "192.168.20.22",
}
"""Role -> address."""

RG_CIDR = "192.168.10.0/24"
RG_GATEWAY = "192.168.10.1"
RG_SECOND_CIDR = "192.168.11.0/24"
RG_ADDRESSES = ("192.168.10.10", "192.168.10.11", "192.168.10.77", "192.168.10.130", "192.168.10.200", "192.168.11.5")
"""All on one host: what a resource group would use as source. The first is the default source; the
last is of a second vSwitch.
"""

RG_CLIENTS = RG_ADDRESSES[:-1]
"""The addresses of the first vSwitch, both halves of it."""

RG_STRANGER = RG_ADDRESSES[-1]
"""The address of a vSwitch that no case of the lab names."""

COMMAND_SECONDS = 120.0
"""A guard against a hang: no command takes a tenth of it on an idle machine."""


class LabError(Exception):
    """The lab itself could not do what it was asked; text from the failed command is in the
    message.
    """


@dataclass(frozen=True, slots=True)
class Host:
    """One namespace. name: of the namespace; role: "rg", "router", "master" …; address: its first
    address, None for the router.
    """

    name: str
    role: str
    address: str | None

    def argv(self, *command: str) -> list[str]:
        """Return the command line that runs `command` in this namespace.

        The process dies with the thread that starts it, however that thread ends.
        """
        return ["setpriv", "--pdeathsig", "KILL", "--", "ip", "netns", "exec", self.name, *command]

    def run(
        self,
        *command: str,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        seconds: float = COMMAND_SECONDS,
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end; a failing command is the caller's to judge."""
        return subprocess.run(
            self.argv(*command),
            input=stdin,
            env=None if env is None else {**os.environ, **env},
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def start(self, *command: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a service that is spoken to over its standard input and output; the caller stops
        it.
        """
        return subprocess.Popen(
            self.argv(*command),
            env=None if env is None else {**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def filter(self, rules: str) -> None:
        """Replace this host's whole packet filter and forget tracked connections. LabError if nft
        rejects the text.
        """
        loaded = self.run("sh", "-c", "nft -f - && conntrack -F", stdin=f"flush ruleset\n{rules}")
        if loaded.returncode:
            raise LabError(f"nft on {self.role}: {loaded.stderr.strip()}\n{rules}")

    def write_etc(self, file: str, text: str) -> None:
        """Give this host its own /etc/FILE (file must exist in the machine's /etc). Commands
        started from now on see it.
        """
        directory = PRIVATE_ETC / self.name
        with suppress(FileNotFoundError):
            directory.mkdir(parents=True, exist_ok=True)
        # Another session may have removed the directory above between two steps of the first call.
        directory.mkdir(parents=True, exist_ok=True)
        (directory / file).write_text(text, encoding="utf-8")


Hosts = Mapping[str, Host]


@contextmanager
def topology(hosts_file: str) -> Iterator[Hosts]:
    """All hosts, wired, with `hosts_file` as /etc/hosts; removed on the way out, whatever happened
    inside.
    """
    prefix = f"{PREFIX}-{os.getpid()}-{next(_NUMBER)}-"
    addresses = {RG: RG_ADDRESSES[0], **CLUSTER}
    hosts = {role: Host(prefix + role, role, addresses.get(role)) for role in (ROUTER, RG, *CLUSTER)}
    try:
        _wire(hosts)
        for host in hosts.values():
            host.write_etc("hosts", hosts_file)
            # Nobody listens on port 53 of the loopback: a name that is not in the hosts file fails
            # at once instead of leaving the lab.
            host.write_etc("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        yield hosts
    finally:
        for host in hosts.values():
            remove(host.name)
        with suppress(OSError):
            PRIVATE_ETC.rmdir()


def _wire(hosts: Hosts) -> None:
    router = hosts[ROUTER].name
    batch(None, [f"netns add {host.name}" for host in hosts.values()])
    batch(None, [f"link add eth0 netns {hosts[r].name} type veth peer name {r} netns {router}" for r in (RG, *CLUSTER)])
    gateways = [f"address add {RG_GATEWAY}/24 dev {RG}", f"address add 192.168.11.1/24 dev {RG}"]
    routes = [f"route add {address}/32 dev {role}" for role, address in CLUSTER.items()]
    # An address that nobody has is swallowed, as in a VPC, instead of answered with ICMP after an
    # ARP timeout.
    routes.append(f"route add blackhole {CLUSTER_CIDR}")
    plugs = [f"address add {CLUSTER_GATEWAY}/32 dev {role}" for role in CLUSTER]
    ups = [f"link set dev {name} up" for name in ("lo", RG, *CLUSTER)]
    batch(router, [*ups, *gateways, *plugs, *routes])
    eth0 = ["link set lo up", "link set eth0 up"]
    own = [f"address add {address}/24 dev eth0" for address in RG_ADDRESSES]
    batch(hosts[RG].name, [*eth0, *own, f"route add default via {RG_GATEWAY}"])
    for role, address in CLUSTER.items():
        way_out = [f"route add {CLUSTER_GATEWAY}/32 dev eth0", f"route add default via {CLUSTER_GATEWAY}"]
        batch(hosts[role].name, [*eth0, f"address add {address}/32 dev eth0", *way_out])
    for host in hosts.values():
        # Hosts limit the rate of ICMP errors per peer; here every refused datagram shall be told.
        settings = {"icmp_ratelimit": 0, "ip_forward": int(host.role == ROUTER)}
        script = "; ".join(f"echo {value} > /proc/sys/net/ipv4/{key}" for key, value in settings.items())
        done = host.run("sh", "-c", script)
        if done.returncode:
            raise LabError(f"sysctl on {host.role}: {done.stderr.strip()}")


def batch(namespace: str | None, lines: list[str]) -> None:
    command = ["ip", *(["-n", namespace] if namespace else []), "-batch", "-"]
    done = subprocess.run(
        command, input="\n".join(lines), capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
    )
    if done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip()}")


def remove(name: str) -> None:
    """Remove one namespace of ours: what still runs in it, itself, its private /etc. Nothing to
    remove is fine.
    """
    pids = subprocess.run(
        ["ip", "netns", "pids", name], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
    )
    for pid in pids.stdout.split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, timeout=COMMAND_SECONDS, check=False)
    shutil.rmtree(PRIVATE_ETC / name, ignore_errors=True)


def remove_stale() -> list[str]:
    """Remove namespaces of sessions whose process is gone; the names removed."""
    listed = subprocess.run(
        ["ip", "netns", "list"], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
    )
    names = {line.split()[0] for line in listed.stdout.splitlines() if line.strip()}
    if PRIVATE_ETC.is_dir():
        names |= {entry.name for entry in PRIVATE_ETC.iterdir()}
    stale = [
        name for name in sorted(names) if (owner := _owner(name)) is not None and not Path(f"/proc/{owner}").exists()
    ]
    for name in stale:
        remove(name)
    return stale


def _owner(name: str) -> int | None:
    match = re.fullmatch(rf"{PREFIX}-(\d+)-[a-z0-9-]+", name)
    return int(match[1]) if match else None
