"""Which security groups and vSwitch has the machine at a private address?

What its interface says wins over what EMR says of the node. An interface has a primary IPv4
address, and may have further IPv4 and IPv6 addresses. Its security groups filter all of them.

Source: PrivateIpSets and Ipv6Sets of api-ecs-2014-05-26-describenetworkinterfaces, below
https://www.alibabacloud.com/help/en/ecs/developer-reference/, 2026-09-01.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping

from diagnose.case.api import paging
from diagnose.case.api.answers import Instance, Instances, NetworkInterface, NetworkInterfaces
from diagnose.case.api.documents import ApiAnswers
from diagnose.case.api.odd import odd
from diagnose.case.errors import CaseError
from diagnose.case.faults import Conflict
from diagnose.case.model import Node, SecondInterface, Skipped
from probes.frozen import frozen, replace
from probes.language import tr
from probes.origin import Origin


@frozen
class Interface:
    """One private address."""

    address: str
    """The address, in its shortest spelling."""
    groups: tuple[str, ...] | None
    """Ids of the security groups. None if the answer leaves them out."""
    vswitch: str | None
    """Id of the vSwitch."""
    vpc: str | None
    """Id of the VPC."""
    host_name: str | None
    """Host name of the instance."""
    instance: str
    """Id of the instance."""
    rank: int
    """0 if an interface says so, 1 if an instance says so of itself."""
    origin: Origin
    """Where the answer is."""
    beside: tuple[str, ...] = ()
    """Other addresses of the same interface."""
    is_disputed: bool = False
    """True if two answers give it different security groups."""


def read(answers: ApiAnswers, vpc: str | None, conflicts: list[Conflict]) -> tuple[dict[str, Interface], list[Skipped]]:
    """Return the interfaces by private address, and what is missing.

    If two VPCs use one address, the VPC of the cluster decides. If it is unknown, the address is
    left out. If two answers give one address different security groups, these are unknown.
    """
    by_address: dict[str, list[Interface]] = {}
    for interface in _all(answers):
        by_address.setdefault(interface.address, []).append(interface)
    chosen: dict[str, Interface] = {}
    skipped = [*_truncated(answers), *_odd_addresses(answers)]
    for address, candidates in by_address.items():
        here = [candidate for candidate in candidates if candidate.vpc in (vpc, None)] if vpc else candidates
        if not here:
            cause = tr(
                "the answers have {address} in {vpcs}, not in {vpc}",
                address=address,
                vpcs=", ".join(sorted({c.vpc or "" for c in candidates})),
                vpc=vpc,
            )
            skipped.append(
                Skipped(
                    tr("security groups of {address}", address=address), cause, tr("an export of the cluster's VPC")
                )
            )
            continue
        if len({candidate.vpc for candidate in here if candidate.vpc}) > 1:
            cause = tr(
                "{address} is used in several VPCs of the export, and no answer says which is the cluster's",
                address=address,
            )
            skipped.append(
                Skipped(
                    tr("security groups of {address}", address=address),
                    cause,
                    tr("emr:GetCluster, or an export of one VPC"),
                )
            )
        else:
            chosen[address] = _agreed(address, here, conflicts)
    return chosen, skipped


def with_further(node: Node, known: Mapping[str, Interface]) -> Node:
    """Return a node with the other addresses of its interface, and those of its other interfaces.

    Interfaces of one instance are those of one machine.
    """
    own = known.get(node.address or "")
    if own is None:
        return node
    beside = node.beside or own.beside
    others = (
        each
        for each in known.values()
        if own.instance and each.instance == own.instance and each.address not in (own.address, *beside)
    )
    second = (SecondInterface(each.address, each.groups, each.vswitch) for each in others if each.rank == 0)
    return replace(node, beside=beside, second=tuple(second))


def _agreed(address: str, candidates: list[Interface], conflicts: list[Conflict]) -> Interface:
    """Return the one interface of the candidates, without its security groups if they differ.

    What an interface says is not compared with what an instance says, because it wins.
    """
    known = [candidate for candidate in candidates if candidate.groups is not None]
    best = min((candidate.rank for candidate in known), default=0)
    stated = {frozenset(candidate.groups or ()): candidate for candidate in known if candidate.rank == best}
    merged = _merged(candidates)
    if len(stated) < 2:
        return merged
    accounts = tuple(", ".join(sorted(groups)) or tr("no security group") for groups in stated)
    places = tuple(candidate.origin for candidate in stated.values())
    conflicts.append(Conflict(tr("the security groups of {address}", address=address), places, accounts))
    return replace(merged, groups=None, is_disputed=True)


def _merged(candidates: list[Interface]) -> Interface:
    """Return the interface, with what it leaves open taken from the instance."""
    ranked = sorted(candidates, key=lambda candidate: candidate.rank)
    first = ranked[0]
    for other in ranked[1:]:
        first = replace(
            first,
            groups=other.groups if first.groups is None else first.groups,
            vswitch=first.vswitch or other.vswitch,
            vpc=first.vpc or other.vpc,
            host_name=first.host_name or other.host_name,
        )
    return first


def _all(answers: ApiAnswers) -> Iterator[Interface]:
    for page in answers.of(NetworkInterfaces):
        for interface, line in zip(page.value.network_interface_sets, page.lines("NetworkInterfaceSets"), strict=True):
            yield from _of_interface(interface, Origin(page.file, line, "NetworkInterfaceSet"))
    for instances in answers.of(Instances):
        for instance, line in zip(instances.value.instances, instances.lines("Instances"), strict=True):
            yield from _of_instance(instance, Origin(instances.file, line, "Instance"))


def _of_interface(interface: NetworkInterface, origin: Origin) -> Iterator[Interface]:
    said = [
        interface.private_ip_address,
        *(each.private_ip_address for each in interface.private_ip_sets),
        *(each.ipv6_address for each in interface.ipv6_sets),
    ]
    addresses = tuple(dict.fromkeys(address for text in said if (address := _spelled(text.strip())) is not None))
    for address in addresses:
        yield Interface(
            address=address,
            groups=interface.security_group_ids,
            vswitch=interface.vswitch_id or None,
            vpc=interface.vpc_id or None,
            host_name=None,
            instance=interface.instance_id,
            rank=0,
            origin=origin,
            beside=tuple(other for other in addresses if other != address),
        )


def _odd_addresses(answers: ApiAnswers) -> Iterator[Skipped]:
    """Yield each private address that is none. The other addresses of the export stay."""
    for page in answers.of(NetworkInterfaces):
        for interface, line in zip(page.value.network_interface_sets, page.lines("NetworkInterfaceSets"), strict=True):
            sets = (each.private_ip_address for each in interface.private_ip_sets)
            name = interface.network_interface_id or interface.instance_id
            yield from _odd(page.file, line, name, [interface.private_ip_address, *sets])
    for answer in answers.of(Instances):
        for instance, line in zip(answer.value.instances, answer.lines("Instances"), strict=True):
            yield from _odd(answer.file, line, instance.instance_id, instance.vpc_attributes.private_ip_address)


def _odd(file: str, line: int, name: str, texts: Iterable[str]) -> Iterator[Skipped]:
    for text in dict.fromkeys(texts):
        if text.strip() and _spelled(text.strip()) is None:
            error = CaseError(file, line, f"PrivateIpAddress {text!r:.60}", tr("an IP address"))
            yield odd(tr("an address of {name}", name=name or tr("an interface")), error)


def _spelled(text: str) -> str | None:
    """Return the one spelling by which flows are compared. None if packets cannot go to this
    address."""
    try:
        return None if "%" in text else str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _of_instance(instance: Instance, origin: Origin) -> Iterator[Interface]:
    """Yield the addresses of an instance. Its groups are those of its primary interface.

    DescribeInstances lists no groups with each interface.
    """
    network = instance.vpc_attributes
    for text in network.private_ip_address:
        if (address := _spelled(text.strip())) is not None:
            yield Interface(
                address=address,
                groups=instance.security_group_ids,
                vswitch=network.vswitch_id or None,
                vpc=network.vpc_id or None,
                host_name=instance.host_name or None,
                instance=instance.instance_id,
                rank=1,
                origin=origin,
            )


def _truncated(answers: ApiAnswers) -> list[Skipped]:
    interfaces, instances = answers.of(NetworkInterfaces), answers.of(Instances)
    count = len({i.network_interface_id or i for a in interfaces for i in a.value.network_interface_sets})
    skipped = paging.skipped(interfaces, count, tr("network interfaces"))
    count = len({i.instance_id or i for a in instances for i in a.value.instances})
    return skipped + paging.skipped(instances, count, tr("instances"))
