"""Which targets may `serve` probe?

Nothing is allowed unless an entry of [[targets]] names it. A name is looked up once, each of its
addresses must be allowed, and the address that was checked is the one that is probed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from diagnose.data import table
from probes.frozen import frozen
from probes.language import tr

Network = IPv4Network | IPv6Network


@frozen
class AllowedTargets:
    """One entry of [[targets]]: all three conditions must hold."""

    networks: tuple[Network, ...]
    """Blocks of addresses. Every address of a target lies in one of them."""

    hosts: tuple[str, ...] = ()
    """Names or addresses as a target writes them, in lower case. Empty if any will do."""

    ports: tuple[range, ...] = ()
    """Ports. Empty if any will do."""

    def takes(self, host: str, port: int) -> bool:
        """Return True if host and port fit, whatever the address."""
        return (not self.hosts or host_name(host) in self.hosts) and (
            not self.ports or any(port in ports for ports in self.ports)
        )

    def holds(self, address: str) -> bool:
        """Return True if the address lies in a network of this entry.

        One that must be named by itself lies only in a network of one address.
        """
        numeric = _plain(address)
        if must_be_named(address):
            return any(network.num_addresses == 1 and numeric in network for network in self.networks)
        return any(numeric in network for network in self.networks)


def refusal(allowed: Sequence[AllowedTargets], host: str, port: int) -> str | None:
    """Return why this host and port are not looked up. None if they may be."""
    if not allowed:
        return tr("no target is allowed: give --config a file with [[targets]], which names networks")
    if not any(entry.takes(host, port) for entry in allowed):
        return tr("no entry of [[targets]] allows {host}, port {port}", host=host, port=port)
    return None


def address_refusal(allowed: Sequence[AllowedTargets], host: str, port: int, addresses: Sequence[str]) -> str | None:
    """Return why a host with these addresses is not probed. None if all of them are allowed."""
    entries = [entry for entry in allowed if entry.takes(host, port)]
    for address in addresses:
        if any(entry.holds(address) for entry in entries):
            continue
        shown = address if host == address else f"{host} ({address})"
        if must_be_named(address):
            return tr("{host} is probed only if [[targets]] names this address by itself", host=shown)
        return tr("{host} is in no network of [[targets]]", host=shown)
    return None


def must_be_named(address: str) -> bool:
    """Return True for an address of this host, of its link or of the cloud's own services."""
    return any(_plain(address) in block for block in _blocks())


def host_name(text: str) -> str:
    """Return a host as entries write it."""
    return text.lower().rstrip(".")


@cache
def _blocks() -> tuple[Network, ...]:
    return tuple(map(ip_network, table("exporter")["addresses"]["one_by_one"]))


def _plain(address: str) -> IPv4Address | IPv6Address:
    """Return the address. One that carries an IPv4 address (::ffff:0:0/96) is that address."""
    numeric = ip_address(address.partition("%")[0])
    mapped = numeric.ipv4_mapped if isinstance(numeric, IPv6Address) else None
    return numeric if mapped is None else mapped
