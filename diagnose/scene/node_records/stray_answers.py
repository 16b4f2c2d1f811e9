"""Do the routes of the host lead its answers to the resource group?

An answer goes from the address that the client dialled to the client's. It should leave by the link
that has this address. Docker, Kubernetes and their like make bridges with networks of their own. If
such a network holds an address of the resource group, the host takes that client for a container,
and the client waits for an answer that never comes.

A second network interface may lead to the resource group as well, so it is never blamed.

A host without a route to the client, or whose route or rule for it is blackhole, unreachable or
prohibit, sends no answer. A network that is wider than the vSwitch, or a gateway outside of it, is
only suspected: what answers ARP in a VPC is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from diagnose.scene.node_records.model import Fate, StrayAnswer
from probes.addresses import ALL_V4, ALL_V6, V6, Range, Ranges, contains, intersect, parse, parse_address, union
from probes.files.host_routes import ENDING, HostRoute, HostRouting, PolicyRule
from probes.files.host_routes.model import MAIN
from probes.frozen import frozen, replace
from probes.origin import Origin
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
        self._known: dict[tuple[Ranges, str, Ranges], tuple[StrayAnswer, ...]] = {}

    def stray(self, sources: Ranges, dialled: str, home: Ranges = ()) -> tuple[StrayAnswer, ...]:
        """Return the answers from a dialled address to these sources that leave astray.

        home: block of the host's vSwitch. () if it is not known.
        """
        key = (sources, dialled, home)
        if key not in self._known:
            self._known[key] = self._stray(sources, parse_address(dialled), home)
        return self._known[key]

    def _stray(self, sources: Ranges, dialled: int, home: Ranges) -> tuple[StrayAnswer, ...]:
        usual = self._link_of(dialled)
        if usual is None:
            return ()
        edges = sorted(edge for low, high in home for edge in (low, high + 1))
        found: dict[tuple[Fate, Origin], tuple[HostRoute, list[Range]]] = {}
        for whole in self._routing.pieces(sources):
            for piece in _cut(whole, edges):
                fate = self._fate(piece[0], dialled, usual, home)
                if fate is not None:
                    name, route = fate
                    found.setdefault((name, route.origin), (route, []))[1].append(piece)
        return tuple(self._answer(name, route, union(own), usual) for (name, _), (route, own) in found.items())

    def _fate(self, client: int, dialled: int, usual: str, home: Ranges) -> tuple[Fate, HostRoute] | None:
        """Return how an answer is lost, and the route that is to blame. None if it is not."""
        way = self._routing.way(client, dialled)
        if not way.is_known:
            return None
        if way.route is None:
            every = ALL_V6 if client >= V6 else ALL_V4
            if way.rule is not None:
                network = way.rule.target or every
                return "refused", replace(_nothing(network, way.rule.origin), kind=way.rule.action)
            return "no-route", _nothing(every, self._routes[0].origin)
        if way.route.kind in ENDING:
            return "refused", way.route
        wrong = self._wrong_link(way.route, usual)
        if wrong is not None:
            return "link", wrong
        if way.route.kind != "unicast" or way.route.devices != (usual,) or not home or contains(home, client):
            return None
        if way.route.gateway is None:
            return "on-link", way.route
        return ("gateway", way.route) if self._is_odd_gateway(way.route, home) else None

    def _is_odd_gateway(self, route: HostRoute, home: Ranges) -> bool:
        """Return True if a gateway is neither in the vSwitch nor, by another route, a neighbour."""
        if route.is_v6 or route.gateway is None:
            return False
        place = parse_address(route.gateway)
        neighbours = (each.network for each in self._routes if each.gateway is None and each.devices == route.devices)
        return not contains(home, place) and not any(low <= place <= high for low, high in neighbours)

    def _wrong_link(self, route: HostRoute, usual: str) -> HostRoute | None:
        """Return the route to the network of a wrong link. None for every other way."""
        if len(route.devices) != 1 or route.devices[0] in (usual, "lo"):
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

    def _answer(self, fate: Fate, route: HostRoute, sources: Ranges, usual: str) -> StrayAnswer:
        is_idle = fate == "link" and self._is_idle(route)
        own = [*self._links.by_address, *(each.network[0] for each in self._routes if each.kind == "local")]
        used = union(each.network for each in self._routes if each.length)
        ways = (each for each in self._routes if not each.length and each.is_v6 is route.is_v6 and each.gateway)
        return StrayAnswer(
            fate=fate,
            device=next(iter(route.devices), ""),
            network=route.network,
            sources=sources,
            is_certain=fate == "link" and (self._is_of_containers(route) or is_idle),
            has_carrier=not is_idle,
            has_rules=self._has_rules,
            usual=usual,
            gateway=route.gateway
            if fate == "gateway"
            else next((each.gateway for each in ways if each.devices == (usual,)), None),
            holds_own=any(contains(sources, address) for address in own),
            free=()
            if route.is_v6 or fate != "link"
            else tuple(b for b in CANDIDATES if not intersect((parse(b),), used)),
            origin=route.origin,
            action=route.kind if fate == "refused" else "",
        )


def _cut(piece: Range, edges: Sequence[int]) -> Iterator[Range]:
    """Yield a range in pieces that begin at these edges."""
    start, last = piece
    for edge in edges:
        if start < edge <= last:
            yield start, edge - 1
            start = edge
    yield start, last


def _nothing(network: Range, origin: Origin) -> HostRoute:
    """Return what stands for a route that is not there."""
    return HostRoute("", network, 0, MAIN, (), None, 0, None, False, False, origin)


def _is_own(route: HostRoute, address: int) -> bool:
    """Return True if a route shows that its link has this address."""
    if route.kind == "local":
        return route.network == (address, address)
    try:
        return route.gateway is None and route.source is not None and parse_address(route.source) == address
    except ValueError:
        return False
