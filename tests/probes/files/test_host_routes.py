"""Do listings of both families, with several next hops and in any order, give the right link?

The kernel is asked in tests/lab/test_host_routes_against_kernel.py.
"""

from __future__ import annotations

import pytest

from probes.addresses import parse_address
from probes.files.host_routes import HostRouting, read_routes, read_rules

V4 = """\
default via 192.168.20.1 dev eth0
172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1
10.0.0.0/8 proto static metric 20
\tnexthop via 192.168.20.1 dev eth0 weight 1
\tnexthop dev tun0 weight 1
10.1.0.0/16 via inet6 fe80::1 dev eth0
"""
V6 = """\
fd00:1::/64 dev docker0 proto kernel metric 256 pref medium
fd00:2::/64 dev eth0 metric 100 pref medium
fd00:2::/64 dev docker0 metric 50 pref medium
default via fe80::1 dev eth0 proto ra metric 1024 pref medium
"""
RULES = """\
0:\tfrom all lookup local
100:\tfrom 192.168.20.11 to 172.17.0.0/16 prohibit
32766:\tfrom all lookup main
0:\tfrom all lookup local
32766:\tfrom all lookup main
"""
OWN = {4: "192.168.20.11", 6: "fd00:9::1"}


def links(target: str, rules: str | None = None) -> tuple[str, ...] | None:
    """Return the links of the route. None if no route decides."""
    read = read_rules("rules", rules) if rules is not None else None
    routing = HostRouting(read_routes("routes", V4 + V6), read)
    way = routing.way(parse_address(target), parse_address(OWN[6 if ":" in target else 4]))
    return None if way.route is None else way.route.devices


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("8.8.8.8", ("eth0",)),
        ("172.17.3.4", ("docker0",)),
        ("10.2.0.1", ("eth0", "tun0")),
        ("10.1.0.1", ("eth0",)),
        ("fd00:1::5", ("docker0",)),
        ("fd00:2::5", ("docker0",)),
        ("2001:db8::1", ("eth0",)),
    ],
)
def test_the_longest_prefix_and_the_smallest_metric_decide_in_each_family(
    target: str, expected: tuple[str, ...]
) -> None:
    assert links(target) == expected


def test_rules_of_both_families_in_one_file_are_told_apart() -> None:
    assert [rule.is_v6 for rule in read_rules("rules", RULES)] == [False, False, False, True, True]
    assert links("172.17.3.4", RULES) is None
    assert links("fd00:1::5", RULES) == ("docker0",)


@pytest.mark.parametrize("text", ["", "\0" * 50, "default", "dev\n" * 9, "10.0.0.0/99 dev eth0", "nexthop dev eth0\n"])
def test_other_text_is_skipped(text: str) -> None:
    assert [route for route in read_routes("routes", text) if route.devices] == []
    assert read_rules("rules", text) == ()
