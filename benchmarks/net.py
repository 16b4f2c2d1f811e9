"""Which network do the benchmarks use? A client, a router that can lose packets, and a server with
many addresses.

Each is a network namespace.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network

from tests.lab.netns import PREFIX, Host, LabError, remove

CLIENT, CLIENT_GATEWAY = "10.77.0.2", "10.77.0.1"
SERVER_BLOCK, SERVER_GATEWAY, FIRST_SERVER = ip_network("10.78.0.0/20"), "10.78.0.1", 10

OPEN, CLOSED, DROPPED = "open", "closed", "filtered"
KINDS = (OPEN, CLOSED, OPEN, DROPPED)
"""State of each port, by its number modulo four, in nmap's words: half open, a quarter closed, a
quarter dropped.
"""

FIRST_PORT, PORTS = 20_001, 100

SERVER = """
import resource, selectors, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
waiting = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    listener = socket.create_server(("0.0.0.0", port), backlog=4096)
    listener.setblocking(False)
    waiting.register(listener, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in waiting.select():
        try:
            while True:
                key.fileobj.accept()[0].close()
        except OSError:
            pass
"""
"""Program that accepts and closes connections. Its process ends with ours."""


@dataclass(frozen=True)
class Net:
    """The network while it exists."""

    client: Host
    """Where a prober runs."""
    router: Host
    truth: dict[tuple[str, int], str]
    """(address, port) -> open, closed or filtered."""

    def lose(self, percent: int) -> None:
        """Drop `percent` of all packets each way at random, and every packet to a dropped port."""
        dropped = ", ".join(
            str(port) for port in sorted({port for (_, port), kind in self.truth.items() if kind == DROPPED})
        )
        loss = f"    numgen random mod 100 < {percent} drop\n" if percent else ""
        self.router.filter(
            "table ip bench {\n  chain forward {\n    type filter hook forward priority 0; policy accept;\n"
            f"    tcp dport {{ {dropped} }} drop\n{loss}  }}\n}}\n"
        )


def truth(endpoints: int) -> dict[tuple[str, int], str]:
    """Return so many endpoints with their states, a hundred ports an address."""
    addresses = [str(SERVER_BLOCK[FIRST_SERVER + number]) for number in range(-(-endpoints // PORTS))]
    every = [(address, FIRST_PORT + index) for address in addresses for index in range(PORTS)]
    return {(address, port): KINDS[port % len(KINDS)] for address, port in every[:endpoints]}


@contextmanager
def net(endpoints: int) -> Iterator[Net]:
    """Make the network and remove it on the way out. LabError if this machine does not allow it."""
    wanted = truth(endpoints)
    hosts = {
        role: Host(f"{PREFIX}-{os.getpid()}-bench{endpoints}-{role}", role, None)
        for role in ("client", "router", "server")
    }
    server: subprocess.Popen[str] | None = None
    try:
        _wire(hosts, sorted({address for address, _ in wanted}))
        ports = sorted({str(port) for (_, port), kind in wanted.items() if kind == OPEN})
        server = hosts["server"].start(sys.executable, "-I", "-c", SERVER, *ports)
        assert server.stdout is not None
        if server.stdout.readline() != "ready\n":
            raise LabError("the server did not start")
        yield Net(hosts["client"], hosts["router"], wanted)
    finally:
        if server is not None:
            server.kill()
            server.communicate()
        for host in hosts.values():
            remove(host.name)


def _wire(hosts: Mapping[str, Host], addresses: Sequence[str]) -> None:
    router = hosts["router"].name
    _ip(None, [f"netns add {host.name}" for host in hosts.values()])
    ends = ("client", "server")
    _ip(None, [f"link add eth0 netns {hosts[end].name} type veth peer name {end} netns {router}" for end in ends])
    up = [f"link set dev {name} up" for name in ("lo", *ends)]
    length = SERVER_BLOCK.prefixlen
    _ip(
        router,
        [*up, f"address add {CLIENT_GATEWAY}/24 dev client", f"address add {SERVER_GATEWAY}/{length} dev server"],
    )
    own = ["link set lo up", "link set eth0 up"]
    _ip(hosts["client"].name, [*own, f"address add {CLIENT}/24 dev eth0", f"route add default via {CLIENT_GATEWAY}"])
    served = [f"address add {address}/{length} dev eth0" for address in addresses]
    _ip(hosts["server"].name, [*own, *served, f"route add default via {SERVER_GATEWAY}"])
    for role, key in (
        ("router", "net/ipv4/ip_forward=1"),
        ("server", "net/core/somaxconn=4096"),
        ("server", "net/ipv4/tcp_max_syn_backlog=8192"),
    ):
        name, _, value = key.partition("=")
        done = hosts[role].run("sh", "-c", f"echo {value} > /proc/sys/{name}")
        if done.returncode:
            raise LabError(f"{key}: {done.stderr.strip()}")


def _ip(namespace: str | None, lines: list[str]) -> None:
    command = ["ip", *(["-n", namespace] if namespace else []), "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip()}")
