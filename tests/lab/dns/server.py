"""A real dnsmasq for the hosts of the lab: which names it has, forward and back, is one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.cases import full_name
from tests.lab.names import NameServer
from tests.lab.netns import CLUSTER, RG_GATEWAY, ROUTER, Hosts

ADDRESS = RG_GATEWAY
"""It runs on the router, where no security group stands before it."""

NOBODY = "192.168.20.99"
"""An address that the router swallows."""

OTHER = "example.internal"
"""A domain beside the cluster's."""

ZONES = ("aliyuncs.com", OTHER, "168.192.in-addr.arpa")
"""What the name server answers for itself."""


def forward() -> dict[str, str]:
    return {full_name(role): address for role, address in CLUSTER.items()}


def backward() -> dict[str, str]:
    return {address: full_name(role) for role, address in CLUSTER.items()}


@dataclass(frozen=True)
class Zone:
    """a: name -> address; ptr: address -> name; cname: alias -> name; more: further lines of
    dnsmasq.conf.
    """

    a: Mapping[str, str] = field(default_factory=forward)
    ptr: Mapping[str, str] = field(default_factory=backward)
    cname: Mapping[str, str] = field(default_factory=dict)
    more: tuple[str, ...] = ()

    def records(self) -> list[str]:
        """Lines of dnsmasq.conf. Of the cluster's zones, example.internal and names without a dot
        it knows all, and of the rest of the world nothing (REFUSED).
        """
        # address= would answer for names below it too, and host-record= adds a PTR of its own: what
        # ptr-record= says comes first.
        lines = ["domain-needed", *(f"address=/{name}/{address}" for name, address in self.a.items())]
        for address, name in self.ptr.items():
            lines.append(f"ptr-record={'.'.join(reversed(address.split('.')))}.in-addr.arpa,{name}")
        for alias, name in self.cname.items():
            lines += [f"host-record={name},{self.a[name]}", f"cname={alias},{name}"]
        return [*lines, *self.more]


@contextmanager
def serving(hosts: Hosts, directory: Path, zone: Zone) -> Iterator[None]:
    """dnsmasq with this zone; it listens when this yields."""
    server = NameServer(hosts[ROUTER], ADDRESS, directory)
    server.start(zone.records(), ZONES)
    try:
        yield
    finally:
        server.stop()
