"""Which layers could not be checked, because the case has no data about them?"""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.case.model import Skipped
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr


def not_checked(scene: Scene) -> list[Skipped]:
    """Return one entry for each layer that the case has no data about."""
    skipped: list[Skipped] = []
    if scene.outcomes and any(source.groups is None and not source.disputed_groups for source in scene.model.sources):
        cause = tr("no file names the security group of the resource group's own interfaces")
        needs = tr("ListNetworks, and DescribeSecurityGroupAttribute of its group")
        skipped.append(Skipped(tr("outbound rules of the resource group"), cause, needs))
    without_vpc = [source.label for source in scene.model.sources if source.vpc is None]
    if scene.outcomes and without_vpc and scene.case.cluster.vpc:
        cause = tr("no file says in which VPC {networks} is", networks=", ".join(without_vpc[:4]))
        needs = "ListNetworks, DescribeVSwitchAttributes, DescribeRouteEntryList"
        skipped.append(Skipped(tr("routes to the cluster"), cause, needs))
    other_family = _hosts(outcome for outcome in scene.outcomes if not outcome.flow.sources)
    if other_family and scene.model.sources:
        cause = tr(
            "no network of the resource group has a block of the address family of {hosts}", hosts=_first(other_family)
        )
        needs = tr("CidrBlock or Ipv6CidrBlock of the vSwitch (DescribeVSwitchAttributes), or --from CIDR")
        skipped.append(Skipped(tr("flows to hosts of another address family"), cause, needs))
    if untold := _untold_acls(scene):
        cause = tr("no file says which network ACL filters the traffic of {ends}", ends=_first(untold))
        needs = tr("DescribeVSwitchAttributes of each, and DescribeNetworkAclAttributes of its network ACL")
        skipped.append(Skipped(tr("network ACLs"), cause, needs))
    without_group = _hosts(
        outcome for outcome in scene.outcomes if outcome.attachment.groups is None and not outcome.attachment.external
    )
    if without_group:
        cause = tr("no file says which security group is on {hosts}", hosts=_first(without_group))
        needs = tr("DescribeSecurityGroupAttribute of the group on the nodes")
        skipped.append(Skipped(tr("inbound rules of the cluster"), cause, needs))
    external = _hosts(
        outcome for outcome in scene.outcomes if outcome.decision("ingress") is None and outcome.attachment.external
    )
    if external:
        cause = tr(
            "{hosts} is not a node of the cluster, so the filters of its traffic are not in the case",
            hosts=_first(external),
        )
        needs = tr("a check on a host in the vSwitch: there without --offline, or here with --via ssh://HOST")
        skipped.append(Skipped(tr("filters of hosts outside the cluster"), cause, needs))
    if any(outcome.observed is not None and not outcome.from_inside for outcome in scene.outcomes):
        cause = tr(
            "this host is not in a network of the resource group, so its packets prove nothing about the resource group"
        )
        skipped.append(
            Skipped(
                tr("packets from the resource group"),
                cause,
                tr("the check run on a host in the vSwitch, or here with --via ssh://HOST"),
            )
        )
    return skipped


def _untold_acls(scene: Scene) -> list[str]:
    """Return the vSwitches whose network ACL may stop what the rest of the configuration allows."""
    allowed = (outcome for outcome in scene.outcomes if outcome.verdict in ("allowed", "partial"))
    return list(dict.fromkeys(end for outcome in allowed for end in scene.model.untold_acls(outcome.flow)))


def _hosts(outcomes: Iterable[Outcome]) -> list[str]:
    return list(dict.fromkeys(outcome.flow.endpoint.host for outcome in outcomes))


def _first(hosts: list[str]) -> str:
    return ", ".join(hosts[:4])
