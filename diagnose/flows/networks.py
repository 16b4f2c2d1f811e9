"""From which addresses do tasks connect? The networks of the resource group, as exact
address sets."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.model import Case, Network, Skipped
from diagnose.flows.model import Source
from probes.addresses import V6, Range, Ranges, covers, parse, union
from probes.language import marked, tr

NEEDS = marked(
    "ListNetworks and DescribeVSwitchAttributes of the resource group, or [[resource_group.networks]] in case.toml"
)

RUNNING = "running"
"""State of a network from which tasks run. Others: Pending, Creating, Deleting, Deleted."""


def sources(case: Case) -> tuple[Source, ...]:
    """Return every network that is Running or has no known state, in the order of the case.

    A network inside another one is not listed twice.
    """
    found = [
        source for network in case.resource_group.networks if _carries(network) if (source := _source(case, network))
    ]
    return tuple(
        source
        for place, source in enumerate(found)
        if not any(_repeats(source, other, place > at) for at, other in enumerate(found) if at != place)
    )


def left_out(case: Case) -> Iterator[Skipped]:
    """Yield why a network is no source, and what to bring if there is no source at all."""
    for network in case.resource_group.networks:
        name = network.vswitch or network.cidr or tr("a network")
        check = tr("flows from {network}", network=name)
        if not _carries(network):
            yield Skipped(check, tr("DataWorks says {status}, so no task runs there", status=network.status), "")
        elif _source(case, network) is None:
            cause = tr("no file states a CIDR block of this vSwitch that can be read")
            yield Skipped(check, cause, tr(NEEDS))
    if not sources(case):
        yield Skipped(
            tr("rules and routes"),
            tr("no network of the resource group is known, so there is no address to evaluate rules for"),
            tr(NEEDS),
        )


def of_family(ranges: Ranges, address: str | None) -> Ranges:
    """Return the part that can reach this address: IPv6 for an IPv6 address, else IPv4.

    EMR gives its nodes IPv4 addresses.
    """
    v6 = address is not None and ":" in address
    return tuple(found for found in ranges if (found[0] >= V6) == v6)


def _carries(network: Network) -> bool:
    return not network.status or network.status.lower() == RUNNING


def _source(case: Case, network: Network) -> Source | None:
    vswitch = case.vswitches.get(network.vswitch) if network.vswitch else None
    blocks = [
        network.cidr or (vswitch.cidr if vswitch else None),
        network.ipv6_cidr or (vswitch.ipv6_cidr if vswitch else None),
    ]
    ranges = union(found for block in blocks if block and (found := _parsed(block)))
    if not ranges:
        return None
    label = " ".join(part for part in (network.vswitch, *blocks) if part)
    groups = frozenset({network.security_group}) if network.security_group else None
    vpc = network.vpc or (vswitch.vpc if vswitch else None)
    return Source(label, ranges, network.vswitch, vpc, groups, network.disputed_groups)


def _parsed(block: str) -> Range | None:
    try:
        return parse(block)
    except ValueError:
        return None


def _repeats(source: Source, other: Source, later: bool) -> bool:
    """Return True if `other` covers the addresses and differs in nothing that a rule can see.

    Two vSwitches never repeat each other: each has its own network ACL and interfaces.
    """
    if not covers(other.ranges, source.ranges) or (other.ranges == source.ranges and not later):
        return False
    return all(
        mine is None or mine == theirs
        for mine, theirs in (
            (source.vswitch, other.vswitch),
            (source.vpc, other.vpc),
            (source.groups, other.groups),
            (source.disputed_groups or None, other.disputed_groups),
        )
    )
