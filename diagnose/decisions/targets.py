"""What may the layers of a case see of the target of a flow?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property

from diagnose.case.model import Case, Node
from diagnose.decisions import unread
from diagnose.decisions.acl_hops import vswitches_of
from diagnose.decisions.alike import Cells
from diagnose.decisions.routing import RouteTarget, Routing, target_address
from diagnose.flows.model import Flow, Source
from diagnose.flows.names import Names
from probes.addresses import LOOPBACK, intersect, parse
from probes.frozen import frozen
from probes.language import tr


@frozen
class Attachment:
    """The security groups on the interface of a flow's target.

    They come from the interface or the node that the case shows. Without these they are inferred
    from the cluster's security group, or from the only group that is not the resource group's.
    """

    groups: tuple[str, ...] | None
    """Ids of the groups. None if they are not known."""
    assumed: str = ""
    """Assumption behind `groups`, as one sentence. "" if a file states them."""
    external: bool = False
    """True if the target is certainly not a cluster node."""


@frozen
class TargetView:
    """What the layers may see of the target of a flow."""

    node: Node | None
    """The cluster node that it is. None if it is none."""
    attachment: Attachment
    """Security groups on its interface."""
    first: int | None
    """First address that no rule tells apart from its own. None if the address is not known."""
    routed: RouteTarget
    """The target as routing sees it."""
    vswitches: tuple[str | None, ...]
    """The vSwitches in which it may be, as `vswitches_of` gives them. () if it is outside of the
    cluster."""
    on_the_way: Hashable
    """Equal for two targets if network ACLs and route tables see no difference."""


class FlowTargets:
    """The targets of flows, each seen once."""

    def __init__(
        self, case: Case, sources: Sequence[Source], names: Names, routing: Routing, groups: Iterable[str], cells: Cells
    ) -> None:
        """Take the case.

        - groups: ids of all security groups.
        - cells: addresses that their rules and the network ACLs tell apart.
        """
        self._case = case
        self._sources = sources
        self._names = names
        self._routing = routing
        self._groups = tuple(groups)
        self._cells = cells
        self._seen: dict[Hashable, TargetView] = {}
        self._last: tuple[Flow | None, TargetView | None] = (None, None)

    def of(self, flow: Flow) -> TargetView:
        """Return what the layers may see of the target of a flow."""
        last, view = self._last
        if view is None or last is not flow:  # a flow is asked for many times in turn
            view = self._view(flow)
            self._last = flow, view
        return view

    def _view(self, flow: Flow) -> TargetView:
        end = flow.endpoint
        key = (end.host, end.address, flow.callback)
        known = self._seen.get(key)
        if known is None:
            node = self._node(flow)
            at = self._attachment(flow, node)
            routed = self._route_target(flow, node, at)
            first = None if routed.address is None else self._cells.first(routed.address)
            vswitches = self._vswitches(flow, routed)
            on_the_way = (vswitches, routed.vpc, routed.outside, self._routing.alike(routed.address))
            known = self._seen[key] = TargetView(node, at, first, routed, vswitches, on_the_way)
        return known

    def _node(self, flow: Flow) -> Node | None:
        if flow.callback is not None:
            return None
        address = flow.endpoint.address
        return self._names.place(flow.endpoint.host if address is None else address).node

    def _attachment(self, flow: Flow, node: Node | None) -> Attachment:
        if flow.callback is not None:
            own = flow.callback.target.groups
            return Attachment(None if own is None else tuple(sorted(own)))
        is_unsure = unread.may_name_groups(self._case)
        second = node.second_at(flow.endpoint.address) if node is not None else None
        if second is not None:
            return Attachment(second.security_groups)
        if node is not None and node.security_groups is not None and not (node.assumed and is_unsure):
            return Attachment(node.security_groups, node.assumed or "")
        address = flow.endpoint.address
        if address is not None and address in self._case.disputed:
            return Attachment(None)
        if address is not None and address in self._case.members:
            return Attachment(self._case.members[address], external=node is None and bool(self._case.nodes))
        if node is None and self._case.nodes:
            return Attachment(None, external=self._is_outside_cluster(flow))
        if is_unsure:
            return Attachment(None)
        main = self._case.cluster.security_group
        if node is None and address is not None and self._has_interfaces_of(main or self._only_other_group):
            return Attachment(None)
        if main is not None:
            assumed = tr("{group}, the cluster's security group, is the one on each node", group=main)
            return Attachment((main,), assumed)
        only = self._only_other_group
        if only is not None:
            assumed = tr(
                "{group} is the security group on each node (no file says which node has which group)", group=only
            )
            return Attachment((only,), assumed)
        return Attachment(None)

    def _has_interfaces_of(self, group: str | None) -> bool:
        """Return True if the case shows interfaces of a group, so that others are not assumed to
        have it."""
        return any(group in groups for groups in self._case.members.values())

    @cached_property
    def _only_other_group(self) -> str | None:
        """Return the only group that is not the resource group's. None without exactly one."""
        ours = {ident for source in self._sources for ident in source.groups or ()}
        others = [group for group in self._groups if group not in ours]
        return others[0] if len(others) == 1 else None

    def _is_outside_cluster(self, flow: Flow) -> bool:
        """Return True if the target is certainly not a cluster node.

        Never True if the node list is truncated, if the host is a bare name, or if it lies in the
        cluster's own domain.
        """
        if any(skip.hides and skip.about == "nodes" for skip in self._case.skipped):
            return False
        if flow.endpoint.address is not None and intersect((parse(flow.endpoint.address),), LOOPBACK):
            return False
        domain = flow.endpoint.host.rstrip(".").lower().partition(".")[2]
        return flow.endpoint.address is not None or (bool(domain) and not self._names.owns(domain))

    def _route_target(self, flow: Flow, node: Node | None, at: Attachment) -> RouteTarget:
        if flow.callback is not None:
            end = flow.callback.target
            return RouteTarget(target_address(flow), end.vswitch, end.vpc)
        if node is None:
            vpc = None if at.groups is None or at.external else self._case.cluster.vpc
            return RouteTarget(target_address(flow), vpc=vpc, outside=at.external)
        second = node.second_at(flow.endpoint.address)
        vswitch = node.vswitch if second is None else second.vswitch
        vpc = self._vpc(vswitch) if vswitch else self._case.cluster.vpc
        return RouteTarget(target_address(flow), vswitch, vpc)

    def _vswitches(self, flow: Flow, target: RouteTarget) -> tuple[str | None, ...]:
        if target.outside:
            return ()
        if flow.callback is not None:
            return vswitches_of(self._case, target.vswitch, flow.callback.target.ranges)
        at = target.address
        return vswitches_of(self._case, target.vswitch, () if at is None else ((at, at),))

    def _vpc(self, vswitch: str) -> str | None:
        known = self._case.vswitches.get(vswitch)
        return (known.vpc if known else None) or self._case.cluster.vpc
