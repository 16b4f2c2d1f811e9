"""How do a host with all addresses of a cluster and a host of the resource group come to be?

One cable joins the two, so nothing is filtered between them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

from tests.lab.netns import CLUSTER_CIDR, PREFIX, RG_CIDR, Host, batch, remove
from tests.support.places import PROJECT

COMMAND_SECONDS: Final = 120.0
_NUMBER = count()


@dataclass(frozen=True, slots=True)
class TwoHosts:
    """A cluster on one host, and its client on another one."""

    client: Host
    """A host of the resource group."""
    nodes: Host
    """The host with the addresses of all nodes."""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `emr-diagnose` on the client, to the end."""
        return self.client.run(sys.executable, "-m", "diagnose", *arguments, cwd=PROJECT, seconds=COMMAND_SECONDS)


@contextmanager
def two_hosts(role: str, nodes: Sequence[str], client: str, hosts_file: str) -> Iterator[TwoHosts]:
    """Yield the two hosts. They are removed with all that runs on them.

    - role: word in the names of their namespaces.
    - nodes: addresses of the nodes, all in CLUSTER_CIDR.
    - client: address of the client, in RG_CIDR.
    - hosts_file: content of /etc/hosts.
    """
    prefix = f"{PREFIX}-{os.getpid()}-{next(_NUMBER)}-{role}"
    pair = TwoHosts(Host(f"{prefix}rg", f"{role}rg", client), Host(prefix, role, nodes[0]))
    try:
        _wire(pair, nodes)
        for host in (pair.nodes, pair.client):
            # A machine resolves its own name.
            itself = f"{client} {socket.gethostname()}\n" if host is pair.client else ""
            host.write_etc("hosts", hosts_file + itself)
            host.write_etc("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        yield pair
    finally:
        for host in (pair.client, pair.nodes):
            remove(host.name)


def _wire(pair: TwoHosts, nodes: Sequence[str]) -> None:
    batch(None, [f"netns add {host.name}" for host in (pair.nodes, pair.client)])
    batch(None, [f"link add eth0 netns {pair.nodes.name} type veth peer name eth0 netns {pair.client.name}"])
    for host, own, far in ((pair.nodes, nodes, RG_CIDR), (pair.client, [str(pair.client.address)], CLUSTER_CIDR)):
        up = ["link set lo up", "link set eth0 up"]
        addresses = [f"address add {address}/24 dev eth0" for address in own]
        batch(host.name, [*up, *addresses, f"route add {far} dev eth0"])
