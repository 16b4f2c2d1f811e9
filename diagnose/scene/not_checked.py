"""Of which layers does the case say nothing?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagnose.case.model import Skipped
from diagnose.scene.scene import Scene

if TYPE_CHECKING:
    pass


def not_checked(place: Scene) -> list[Skipped]:
    """Layers that the case says nothing of."""
    found: list[Skipped] = []
    if place.outcomes and any(source.groups is None for source in place.model.sources):
        cause = "no file names the security group of the resource group's own interfaces"
        found.append(
            Skipped(
                "outbound rules of the resource group",
                cause,
                "ListNetworks, and DescribeSecurityGroupAttribute of its group",
            )
        )
    nowhere = [source.label for source in place.model.sources if source.vpc is None]
    if place.outcomes and nowhere and place.case.cluster.vpc:
        cause = f"no file says in which VPC {', '.join(nowhere[:4])} is"
        found.append(
            Skipped("routes to the cluster", cause, "ListNetworks, DescribeVSwitchAttributes, DescribeRouteEntryList")
        )
    other_family = dict.fromkeys(o.flow.endpoint.host for o in place.outcomes if not o.flow.sources)
    if other_family and place.model.sources:
        cause = (
            f"no network of the resource group has a block of the address family of {', '.join(list(other_family)[:4])}"
        )
        needs = "CidrBlock or Ipv6CidrBlock of the vSwitch (DescribeVSwitchAttributes), or --from CIDR"
        found.append(Skipped("flows to hosts of another address family", cause, needs))
    hosts = dict.fromkeys(
        o.flow.endpoint.host for o in place.outcomes if o.attachment.groups is None and not o.attachment.external
    )
    if hosts:
        cause = f"no file says which security group is on {', '.join(list(hosts)[:4])}"
        found.append(
            Skipped("inbound rules of the cluster", cause, "DescribeSecurityGroupAttribute of the group on the nodes")
        )
    external = dict.fromkeys(
        o.flow.endpoint.host for o in place.outcomes if o.decision("ingress") is None and o.attachment.external
    )
    if external:
        cause = (
            f"{', '.join(list(external)[:4])} is no node of the cluster, so what filters its traffic is not in the case"
        )
        found.append(
            Skipped(
                "filters of hosts outside the cluster", cause, "a check without --offline from a host in the vSwitch"
            )
        )
    if any(o.observed is not None and not o.from_inside for o in place.outcomes):
        cause = "this host is not in a network of the resource group, so what it sees does not speak for them"
        found.append(Skipped("packets from the resource group", cause, "the check run on a host in the vSwitch"))
    return found
