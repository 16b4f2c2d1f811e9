"""What do `ip route show` and `ip rule show` list?

Reads one table or all ("table all"), IPv4 and IPv6 one after the other. Lines of another shape are
skipped.

- Only routes of IPv6 have "pref", and only it writes a metric at every route.
- A rule has no family. Rules stand in the order of their preference, so IPv6 begins where the
  number becomes smaller again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from probes.addresses import ALL_V4, ALL_V6, V6, Range, parse
from probes.files.host_routes.model import DEFAULT, LOCAL, MAIN, HostRoute, PolicyRule
from probes.frozen import replace
from probes.origin import Origin
from probes.regex import regex

MOST_LINES: Final = 50_000
LONGEST_LINE: Final = 1024

KINDS: Final = frozenset(
    ("unicast", "local", "broadcast", "multicast", "anycast", "blackhole", "unreachable", "prohibit", "throw", "nat")
)
ENDING: Final = frozenset(("blackhole", "unreachable", "prohibit"))
"""Kinds of routes, and actions of rules, that end the search without a link."""
_TABLES: Final[Mapping[str, str]] = {"255": LOCAL, "254": MAIN, "253": DEFAULT}
_RULE: Final = regex(r"(\d{1,10}):\s+(.+)")
_UNCLEAR: Final = frozenset(("uidrange", "ipproto", "sport", "dport", "tos", "dsfield", "goto", "suppress_ifgroup"))
"""Words of a rule that depend on more than the two addresses of a packet."""


def read_routes(file: str, text: str) -> tuple[HostRoute, ...]:
    """Return the routes in the order of the text. Never raise."""
    routes: list[HostRoute] = []
    for number, line in enumerate(text.split("\n", MOST_LINES)[:MOST_LINES], start=1):
        words = line[:LONGEST_LINE].split()
        if words and words[0] == "nexthop":
            if routes and line[:1].isspace():
                routes[-1] = _with_hop(routes[-1], words)
        elif words and (route := _route(words, Origin(file, number))) is not None:
            routes.append(route)
    return tuple(routes)


def read_rules(file: str, text: str) -> tuple[PolicyRule, ...]:
    """Return the rules in the order of the text. Never raise."""
    rules: list[PolicyRule] = []
    last, is_v6 = -1, False
    for number, line in enumerate(text.split("\n", MOST_LINES)[:MOST_LINES], start=1):
        match = _RULE.fullmatch(line[:LONGEST_LINE].strip())
        if match is None:
            continue
        preference = int(match[1])
        is_v6 = is_v6 or preference < last
        last = preference
        rules.append(_rule(match[2].split(), is_v6, Origin(file, number)))
    return tuple(rules)


def _route(words: Sequence[str], origin: Origin) -> HostRoute | None:
    kind = words[0] if words[0] in KINDS else "unicast"
    rest = words[1:] if words[0] in KINDS else words
    if not rest or "tos" in rest or "from" in rest:
        return None  # such a route is for a part of the packets only
    values = dict(pairwise(rest))
    gateway = values.get("via")
    if gateway in ("inet", "inet6"):
        gateway = values.get(gateway)
    is_v6 = ":" in rest[0] or "pref" in rest or (values.get("via", "").count(":") > 0)
    network = _network(rest[0], is_v6)
    if network is None:
        return None
    metric = values.get("metric", "0")
    return HostRoute(
        kind=kind,
        network=network,
        length=_length(network),
        table=_table(values.get("table", MAIN)),
        devices=(values["dev"],) if "dev" in values else (),
        gateway=gateway,
        metric=int(metric) if metric.isdecimal() else 0,
        source=values.get("src"),
        is_dead="dead" in rest,
        has_no_carrier="linkdown" in rest,
        origin=origin,
    )


def _with_hop(route: HostRoute, words: Sequence[str]) -> HostRoute:
    """Return the route with one more next hop, unless the kernel skips that hop."""
    values = dict(pairwise(words))
    if "dead" in words or "dev" not in values:
        return route
    return replace(route, devices=tuple(dict.fromkeys((*route.devices, values["dev"]))))


def _network(text: str, is_v6: bool) -> Range | None:
    if text in ("default", "all", "any"):
        return ALL_V6 if is_v6 else ALL_V4
    try:
        return parse(text)
    except ValueError:
        return None


def _length(network: Range) -> int:
    bits = 128 if network[0] >= V6 else 32
    return bits - (network[1] - network[0] + 1).bit_length() + 1


def _table(text: str) -> str:
    return _TABLES.get(text, text)


def _rule(words: Sequence[str], is_v6: bool, origin: Origin) -> PolicyRule:
    values = dict(pairwise(words))
    source, target = (_selector(values.get(word, "all"), is_v6) for word in ("from", "to"))
    action = next((word for word in words if word in ENDING or word == "nop"), "lookup")
    table = _table(values.get("lookup", ""))
    shortest = values.get("suppress_prefixlength", "-1")
    other_link = values.get("iif", "lo") != "lo" or "oif" in words
    is_inverted = "not" in words
    has_mark = "fwmark" in words
    known = source is not _UNREAD and target is not _UNREAD and (action != "lookup" or bool(table))
    # What the packet filter marks is not in the list. A plain packet has no mark.
    is_clear = known and not _UNCLEAR & set(words) and "l3mdev" not in table and (is_inverted or not has_mark)
    return PolicyRule(
        source=None if source is _UNREAD else source,
        target=None if target is _UNREAD else target,
        is_inverted=is_inverted,
        is_for_others=other_link or has_mark,
        is_clear=is_clear,
        action=action,
        table=table,
        shortest=int(shortest) if shortest.isdecimal() else -1,
        is_v6=is_v6,
        origin=origin,
    )


_UNREAD: Final[Range] = (-1, -1)
"""A selector that is no address."""


def _selector(text: str, is_v6: bool) -> Range | None:
    return None if text in ("all", "any") else _network(text, is_v6) or _UNREAD
