"""Do the routes of the host lead its answers to the resource group?

An answer goes from the address that the client dialled to the client's. It should leave by the link
that has this address. Docker, Kubernetes and their like make bridges with networks of their own. If
such a network holds an address of the resource group, the host takes that client for a container,
and the client waits for an answer that never comes.

A second network interface may lead to the resource group as well, so it is never blamed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from diagnose.scene.node_records.model import StrayAnswer
from probes.addresses import Range, Ranges, contains, intersect, parse, parse_address, union
from probes.files.host_routes import HostRoute, HostRouting, PolicyRule
from probes.frozen import frozen
from probes.regex import regex

_OF_CONTAINERS: Final = regex(
    r"docker\d+|docker_gwbridge|br-[0-9a-f]{12}|cni\d+|cbr\d+|(cni-)?podman\d+|nerdctl\d+|lxcbr\d+|lxdbr\d+|virbr\d+|"
    r"kube-bridge|kube-ipvs\d+|weave|flannel(\.\d+)?|cali[0-9a-f]{11}|vxlan\.calico|cilium_(host|net|vxlan)|veth\S+"
)
"""Names of links that lead to containers or guests of the same host."""
_TUNNEL: Final = regex(r"tun\d+|tap\d+|wg\d+|ppp\d+|ipsec\d+|vti\d+|gre\d+|xfrm\d+|utun\d+|tailscale\d+|zt\w+")
"""Names of links that a VPN makes."""
_LINK: Final = regex(r"\d+: ([^\s:@]+)(@\S+)?: <(\S*)>")
_INET: Final = regex(r"\s+inet6? ([0-9a-fA-F.:]+)")


CANDIDATES: Final = ("172.31.254.0/24", "10.254.254.0/24", "192.168.254.0/24", "172.16.254.0/24", "10.127.254.0/24")
"""Networks of IPv4 that a bridge may get instead, if nothing known uses them."""


@frozen
class HostLinks:
    """What `ip addr` lists."""

    by_address: Mapping[int, str]
    """Address, as a place on the number line -> its link."""
    without_carrier: frozenset[str]
    """Links that nothing is plugged in at."""


def read_links(text: str) -> HostLinks:
    """Return the links of the output of `ip addr`. Never raise."""
    by_address: dict[int, str] = {}
    idle: set[str] = set()
    link = ""
    for line in text.splitlines():
        if head := _LINK.match(line):
            link = head[1]
            if "NO-CARRIER" in head[3].split(","):
                idle.add(link)
        elif link and (found := _INET.match(line)):
            try:
                by_address.setdefault(parse_address(found[1]), link)
            except ValueError:
                continue
    return HostLinks(by_address, frozenset(idle))


class AnswerRoutes:
    """Routes, rules and links of one host, for any number of flows to it."""

    def __init__(
        self, routes: Sequence[HostRoute], rules: Sequence[PolicyRule] | None, links: HostLinks | None
    ) -> None:
        self._links = links or HostLinks({}, frozenset())
        has_local = any(route.kind == "local" for route in routes)
        own = [(link, address) for address, link in self._links.by_address.items()]
        self._routing = HostRouting(routes, rules, () if has_local else own)
        self._has_rules = bool(rules)
        self._routes = routes
        self._known: dict[tuple[Ranges, str], tuple[StrayAnswer, ...]] = {}

    def stray(self, sources: Ranges, dialled: str) -> tuple[StrayAnswer, ...]:
        """Return the answers from a dialled address to these sources that leave astray."""
        key = (sources, dialled)
        if key not in self._known:
            self._known[key] = self._stray(sources, parse_address(dialled))
        return self._known[key]

    def _stray(self, sources: Ranges, dialled: int) -> tuple[StrayAnswer, ...]:
        usual = self._link_of(dialled)
        if usual is None:
            return ()
        found: dict[Range, tuple[HostRoute, list[Range]]] = {}
        for piece in self._routing.pieces(sources):
            route = self._wrong_route(piece[0], dialled, usual)
            if route is not None:
                found.setdefault(route.network, (route, []))[1].append(piece)
        return tuple(self._answer(route, union(pieces), usual) for route, pieces in found.values())

    def _wrong_route(self, client: int, dialled: int, usual: str) -> HostRoute | None:
        """Return the route to the network of a wrong link. None for every other way."""
        route = self._routing.way(client, dialled).route
        if route is None or len(route.devices) != 1 or route.devices[0] in (usual, "lo"):
            return None
        if route.kind in ("local", "broadcast"):
            route = self._network_of(route) or route
        elif route.kind != "unicast":
            return None
        is_blamed = self._is_of_containers(route) or self._is_idle(route) or _TUNNEL.fullmatch(route.devices[0])
        return route if is_blamed else None

    def _network_of(self, own: HostRoute) -> HostRoute | None:
        """Return the route to the network that an own address of the host is in."""
        holding = (
            route
            for route in self._routes
            if route.kind == "unicast"
            and route.devices == own.devices
            and intersect((route.network,), (own.network,)) == (own.network,)
        )
        return max(holding, key=lambda route: route.length, default=None)

    def _is_of_containers(self, route: HostRoute) -> bool:
        return _OF_CONTAINERS.fullmatch(route.devices[0]) is not None

    def _is_idle(self, route: HostRoute) -> bool:
        return route.has_no_carrier or route.devices[0] in self._links.without_carrier

    def _link_of(self, address: int) -> str | None:
        """Return the link that has an own address of the host. None if no list says so."""
        if link := self._links.by_address.get(address):
            return link
        for route in self._routes:
            if len(route.devices) == 1 and _is_own(route, address):
                return route.devices[0]
        return None

    def _answer(self, route: HostRoute, sources: Ranges, usual: str) -> StrayAnswer:
        is_idle = self._is_idle(route)
        own = [*self._links.by_address, *(each.network[0] for each in self._routes if each.kind == "local")]
        used = union(each.network for each in self._routes if each.length)
        ways = (each for each in self._routes if not each.length and each.is_v6 is route.is_v6 and each.gateway)
        return StrayAnswer(
            device=route.devices[0],
            network=route.network,
            sources=sources,
            is_certain=self._is_of_containers(route) or is_idle,
            has_carrier=not is_idle,
            has_rules=self._has_rules,
            usual=usual,
            gateway=next((each.gateway for each in ways if each.devices == (usual,)), None),
            holds_own=any(contains(sources, address) for address in own),
            free=() if route.is_v6 else tuple(b for b in CANDIDATES if not intersect((parse(b),), used)),
            origin=route.origin,
        )


def _is_own(route: HostRoute, address: int) -> bool:
    """Return True if a route shows that its link has this address."""
    if route.kind == "local":
        return route.network == (address, address)
    try:
        return route.gateway is None and route.source is not None and parse_address(route.source) == address
    except ValueError:
        return False
