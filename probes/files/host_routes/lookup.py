"""Which route does a host take to an address, from an address of its own?

As the kernel does it: policy rules in the order of their preference; in each table the longest
prefix that holds the address; of two equal ones the smaller metric. A dead route is skipped. A
route whose link has no carrier is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from probes.addresses import V6, Range, Ranges, contains
from probes.files.host_routes.listing import ENDING
from probes.files.host_routes.model import DEFAULT, LOCAL, MAIN, HostRoute, PolicyRule
from probes.frozen import frozen, replace
from probes.origin import Origin

_Table = dict[int, dict[int, list[HostRoute]]]
"""Length of the prefix -> first address -> the routes that the kernel may take, best first."""

_NOT_READ: Final = Origin("", None)


@frozen
class HostWay:
    """What a host does with a packet."""

    route: HostRoute | None
    """Route that decides. None if no route is known for it."""
    is_known: bool
    """False if a rule or table that is not read decides."""
    rule: PolicyRule | None = None
    """Rule that drops the packet itself. None if a route decides, or no route is there."""


class HostRouting:
    """The routes and rules of one host."""

    def __init__(
        self, routes: Sequence[HostRoute], rules: Sequence[PolicyRule] | None, addresses: Iterable[tuple[str, int]] = ()
    ) -> None:
        """rules: None if they are not read; then the three of every host are taken.

        addresses: link and address of the host, for where no table of local addresses is read.
        """
        self._tables: dict[tuple[str, bool], _Table] = {}
        self._rules = {is_v6: _rules(rules, is_v6) for is_v6 in (False, True)}
        self.has_rules = bool(rules)
        for route in (*routes, *(_own(link, address) for link, address in addresses)):
            if not route.is_dead:
                table = self._tables.setdefault((route.table, route.is_v6), {})
                table.setdefault(route.length, {}).setdefault(route.network[0], []).append(route)
        for table in self._tables.values():
            for networks in table.values():
                for listed in networks.values():
                    listed.sort(key=lambda route: route.metric)

    def pieces(self, ranges: Ranges) -> Iterator[Range]:
        """Yield the ranges in pieces whose addresses all take the same way."""
        edges = {edge for table in self._tables.values() for edge in _edges(table)}
        for rule in (*self._rules[False], *self._rules[True]):
            edges |= {rule.target[0], rule.target[1] + 1} if rule.target else set()
        ordered = sorted(edge for edge in edges if contains(ranges, edge))
        for low, high in ranges:
            start = low
            for edge in ordered:
                if start < edge <= high:
                    yield start, edge - 1
                    start = edge
            yield start, high

    def way(self, target: int, source: int) -> HostWay:
        """Return the way of a packet between two addresses, places on the number line."""
        is_v6 = target >= V6
        for rule in self._rules[is_v6]:
            matches = _matches(rule, target, source)
            if matches is None:
                return HostWay(None, is_known=False)
            if not matches or rule.action == "nop":
                continue
            if rule.action in ENDING:
                return HostWay(None, is_known=True, rule=rule)
            if (rule.table, is_v6) not in self._tables and rule.table not in (LOCAL, DEFAULT):
                return HostWay(None, is_known=False)
            route = _longest(self._tables.get((rule.table, is_v6), {}), target)
            if route is None or route.kind == "throw":
                continue
            if route.length > rule.shortest or route.kind in ENDING:
                return HostWay(route, is_known=True)
        return HostWay(None, is_known=True)


def _rules(rules: Sequence[PolicyRule] | None, is_v6: bool) -> tuple[PolicyRule, ...]:
    own = tuple(rule for rule in rules or () if rule.is_v6 is is_v6)
    plain = PolicyRule(None, None, False, False, True, "lookup", LOCAL, -1, is_v6, _NOT_READ)
    return own or tuple(replace(plain, table=table) for table in (LOCAL, MAIN, DEFAULT))


def _matches(rule: PolicyRule, target: int, source: int) -> bool | None:
    """Return whether a rule is for a packet of the host itself. None if that is not known."""
    of_addresses = _holds(rule.source, source) and _holds(rule.target, target)
    if not rule.is_clear:
        return None if of_addresses or rule.is_inverted else False
    return (of_addresses and not rule.is_for_others) is not rule.is_inverted


def _holds(selector: Range | None, address: int) -> bool:
    return selector is None or selector[0] <= address <= selector[1]


def _longest(table: _Table, target: int) -> HostRoute | None:
    """Return the route that decides. Of several equal ones, one with the links of all."""
    bits, first = (128, V6) if target >= V6 else (32, 0)
    for length in sorted(table, reverse=True):
        start = (target - first) >> (bits - length) << (bits - length)
        listed = table[length].get(start + first)
        if listed:
            equal = [route for route in listed if route.metric == listed[0].metric]
            links = dict.fromkeys(link for route in equal for link in route.devices)
            return listed[0] if len(equal) == 1 else replace(listed[0], devices=tuple(links))
    return None


def _edges(table: _Table) -> Iterator[int]:
    for networks in table.values():
        for listed in networks.values():
            yield listed[0].network[0]
            yield listed[0].network[1] + 1


def _own(link: str, address: int) -> HostRoute:
    """Return the route by which a host takes an address of its own."""
    length = 128 if address >= V6 else 32
    return HostRoute("local", (address, address), length, LOCAL, (link,), None, 0, None, False, False, _NOT_READ)
