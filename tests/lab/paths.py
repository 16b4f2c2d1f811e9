"""How is a path made to fail: a route that is not there or leads elsewhere, a link that takes
smaller packets, packets that are lost now and then?

Each block is a function of a `Place` and takes back at its end what `Lab.reset` does not know
of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal

from .kdc_making import HERE, Place
from .netns import CLUSTER, CLUSTER_CIDR, RG, RG_CIDR, RG_GATEWAY, ROUTER

Block = Callable[[Place], None]
Kind = Literal["unreachable", "prohibit", "blackhole"]
"""What the kernel does where such a route or rule fits: answer with ICMP 3/1 or 3/0, with 3/13, or
not at all.
"""

NARROW: Final = 1400
"""Bytes: an ordinary tunnel (GRE, IPsec, VXLAN) leaves about as much of 1500."""

BEFORE_MAIN: Final = 100
"""Priority of our rules: before the main table."""


def routed_nowhere(kind: Kind, target: str = CLUSTER_CIDR) -> Block:
    """Remove the router's way to the target; `kind` says how it refuses."""
    return _rule("to", target, kind)


def no_way_back(source: str = CLUSTER_CIDR) -> Block:
    """Let the router forward requests and drop the replies, as a VPC does whose table lacks the
    route to the resource group.
    """
    return _rule("from", f"{source} to {RG_CIDR}", "blackhole")


def _rule(end: str, what: str, kind: Kind) -> Block:
    words = ("ip", "rule", "{}", end, *what.split(), "priority", str(BEFORE_MAIN), kind)

    def block(place: Place) -> None:
        place.on(ROUTER, *(word.format("add") for word in words))
        place.undo.callback(place.on, ROUTER, *(word.format("delete") for word in words))

    return block


def own_route(kind: Kind, target: str = CLUSTER_CIDR) -> Block:
    """Let the resource group's host itself refuse to send there."""

    def block(place: Place) -> None:
        place.on(RG, "ip", "route", "add", kind, target)
        place.undo.callback(place.on, RG, "ip", "route", "delete", kind, target)

    return block


def docker_bridge(role: str, address: str = "192.168.10.254/24") -> Block:
    """Give the node a bridge with the resource group's block, so that replies go into it.

    Requests arrive, and handshakes stay half open.
    """

    def block(place: Place) -> None:
        place.on(role, "ip", "link", "add", "docker0", "type", "bridge")
        place.undo.callback(place.on, role, "ip", "link", "delete", "docker0")
        place.on(role, "ip", "address", "add", address, "dev", "docker0")
        place.on(role, "ip", "link", "set", "docker0", "up")

    return block


def narrow(*, tells: bool, roles: Iterable[str] = tuple(CLUSTER)) -> Block:
    """Behind the router a path takes `NARROW` bytes, both ways. tells: it sends ICMP 3/4 about a
    packet that is too large; a black hole does not.
    """
    routes = {f"{CLUSTER[role]}/32": role for role in roles} | {RG_CIDR: RG}

    def block(place: Place) -> None:
        for target, link in routes.items():
            place.on(ROUTER, "ip", "route", "replace", target, "dev", link, "mtu", "lock", str(NARROW))
            place.undo.callback(place.on, ROUTER, "ip", "route", "replace", target, "dev", link)
        for host in (RG, *CLUSTER):
            place.undo.callback(place.on, host, "ip", "route", "flush", "cache")
        if not tells:
            chain = "type filter hook output priority 0; policy accept;"
            silence = "icmp type destination-unreachable icmp code frag-needed counter drop"
            place.lab.beside(f"table inet silence {{\n  chain output {{\n    {chain}\n    {silence}\n  }}\n}}\n")

    return block


def every_nth_lost(nth: int) -> Block:
    """One packet in `nth` is lost at the router, by counting: the same in every run, unlike
    chance.
    """
    rule = f"numgen inc mod {nth} == 0 counter drop"
    chain = f"  chain loss {{\n    type filter hook forward priority -20; policy accept;\n    {rule}\n  }}\n"
    return lambda place: place.lab.beside(f"table inet loss {{\n{chain}}}\n")


def few_errors(role: str) -> Block:
    """Limit this host's ICMP errors as Linux does by default: about one a second to one peer, after
    a first few. Other hosts of the lab have no limit.
    """
    file = "/proc/sys/net/ipv4/icmp_ratelimit"

    def block(place: Place) -> None:
        place.on(role, "sh", "-c", f"echo 1000 > {file}")
        place.undo.callback(place.on, role, "sh", "-c", f"echo 0 > {file}")

    return block


def client_ports(low: int, high: int) -> Block:
    """Set the range from which the resource group's kernel takes source ports."""
    file = "/proc/sys/net/ipv4/ip_local_port_range"

    def block(place: Place) -> None:
        usual = place.lab.host(RG).run("cat", file).stdout.split()
        place.on(RG, "sh", "-c", f"echo {low} {high} > {file}")
        place.undo.callback(place.on, RG, "sh", "-c", f"echo {' '.join(usual)} > {file}")

    return block


def delayed(seconds: float) -> Block:
    """Every packet of the resource group's host leaves it that much later, through a relay in user
    space: not every kernel has netem.
    """

    def block(place: Place) -> None:
        default = ("ip", "route", "replace", "default")
        place.on(RG, "ip", "tuntap", "add", "dev", "late0", "mode", "tun")
        place.undo.callback(place.on, RG, "ip", "tuntap", "delete", "dev", "late0", "mode", "tun")
        place.on(RG, "ip", "link", "set", "late0", "up")
        place.program(RG, HERE / "late_link.py", "late0", "eth0", str(seconds))
        # The relay sends on by the second of the two, which is the only one that leads out of eth0.
        place.on(RG, "ip", "route", "add", "default", "via", RG_GATEWAY, "dev", "eth0", "metric", "200")
        place.undo.callback(place.on, RG, "ip", "route", "delete", "default", "metric", "200")
        place.on(RG, *default, "dev", "late0", "src", str(place.lab.host(RG).address))
        place.undo.callback(place.on, RG, *default, "via", RG_GATEWAY)

    return block
