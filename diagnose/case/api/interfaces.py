"""Which security groups and which vSwitch has the machine at this private address? What its interface says beats everything that EMR says of the node.

An interface has a primary IPv4 address, and may have further ones and IPv6 ones; its security groups filter them all.
https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describenetworkinterfaces (PrivateIpSets, Ipv6Sets), 2026-09-01
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace

from diagnose.case.api import paging
from diagnose.case.api.answers import Instance, Instances, NetworkInterface, NetworkInterfaces
from diagnose.case.api.documents import Answers
from diagnose.case.model import Skipped


@dataclass(frozen=True, slots=True)
class Interface:
    """One private address. groups: None where the answer leaves them out; rank: 0 for an interface, 1 for what an instance says of itself;
    beside: the other addresses of the same interface."""

    address: str
    groups: tuple[str, ...] | None
    vswitch: str | None
    vpc: str | None
    host_name: str | None
    instance: str
    rank: int
    beside: tuple[str, ...] = ()


def read(answers: Answers, vpc: str | None) -> tuple[dict[str, Interface], list[Skipped]]:
    """Interfaces by private address. vpc: the cluster's; where two VPCs use one address, it decides which is meant, else the address is left out."""
    by_address: dict[str, list[Interface]] = {}
    for interface in _all(answers):
        by_address.setdefault(interface.address, []).append(interface)
    chosen: dict[str, Interface] = {}
    skipped = _truncated(answers)
    for address, candidates in by_address.items():
        here = [candidate for candidate in candidates if candidate.vpc in (vpc, None)] if vpc else candidates
        if not here:
            here = candidates
        if len({candidate.vpc for candidate in here if candidate.vpc}) > 1:
            cause = f"{address} is used in several VPCs of the export, and no answer says which is the cluster's"
            skipped.append(Skipped(f"security groups of {address}", cause, "emr:GetCluster, or an export of one VPC"))
        else:
            chosen[address] = _merged(here)
    return chosen, skipped


def _merged(candidates: list[Interface]) -> Interface:
    """The interface wins, the instance fills in what it leaves open: its host name always."""
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


def _all(answers: Answers) -> Iterator[Interface]:
    for interfaces in answers.of(NetworkInterfaces):
        for interface in interfaces.value.network_interface_sets:
            yield from _of_interface(interface, "", rank=0)
    for instances in answers.of(Instances):
        for instance in instances.value.instances:
            yield from _of_instance(instance)


def _of_interface(interface: NetworkInterface, host_name: str, rank: int) -> Iterator[Interface]:
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
            host_name=host_name or None,
            instance=interface.instance_id,
            rank=rank,
            beside=tuple(other for other in addresses if other != address),
        )


def _spelled(text: str) -> str | None:
    """The one spelling by which flows are compared; None for what is no address that packets could go to."""
    try:
        return None if "%" in text else str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _of_instance(instance: Instance) -> Iterator[Interface]:
    """The groups of an instance are those of its primary interface; DescribeInstances lists no groups with each interface."""
    network = instance.vpc_attributes
    for address in network.private_ip_address:
        if address.strip():
            yield Interface(
                address=address.strip(),
                groups=instance.security_group_ids,
                vswitch=network.vswitch_id or None,
                vpc=network.vpc_id or None,
                host_name=instance.host_name or None,
                instance=instance.instance_id,
                rank=1,
            )


def _truncated(answers: Answers) -> list[Skipped]:
    interfaces, instances = answers.of(NetworkInterfaces), answers.of(Instances)
    count = len({i.network_interface_id or i for a in interfaces for i in a.value.network_interface_sets})
    skipped = paging.skipped(interfaces, count, "network interfaces")
    count = len({i.instance_id or i for a in instances for i in a.value.instances})
    return skipped + paging.skipped(instances, count, "instances")
