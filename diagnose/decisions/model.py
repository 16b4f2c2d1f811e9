"""What do the configured layers of a case decide for a flow?

The layers are security groups at both ends, network ACLs between two vSwitches, and route tables. A
layer that cannot be evaluated yields a decision with verdict unknown. It is never left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product

from diagnose.case.derived import Derived
from diagnose.case.model import Case, Node
from diagnose.decisions import unread
from diagnose.decisions.acl_hops import End, doubted, hops, untold, vswitches_of
from diagnose.decisions.alike import Cells, cells_of
from diagnose.decisions.points import Edges, edges_of, merge_points, starts
from diagnose.decisions.routing import RouteTarget, Routing, Way, target_address
from diagnose.flows.model import Flow, Source
from diagnose.flows.names import Names, names
from probes.addresses import LOOPBACK, Ranges, contains, intersect, parse, subtract, text, union
from probes.frozen import frozen
from probes.language import marked, tr
from probes.rules.decision import Decision, Direction, Packet, Verdict, verdict_of
from probes.rules.network_acl import Acl, Crossing, decide_reply, decide_request
from probes.rules.routes import RouteTable
from probes.rules.ruleset import Ruleset
from probes.rules.security_group import TCP, UDP, Ends, Group, Rule, Traffic, compile_rules, decide_compiled

PROTOCOL = {"tcp": TCP, "udp": UDP}

FORWARD = Ends()
BACKWARD = Ends(marked("the nodes' interfaces"), marked("the resource group's interfaces"))
"""What the two ends of a flow are called, from the resource group and to it."""


@frozen
class Attachment:
    """The security groups on the interface of a flow's target."""

    groups: tuple[str, ...] | None
    """Ids of the groups. None if they are not known."""
    assumed: str = ""
    """Assumption behind `groups`, as one sentence. "" if a file states them."""
    external: bool = False
    """True if the target is certainly not a cluster node."""


@frozen
class _Target:
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


class Model:
    """The configured layers of one case, evaluated flow by flow.

    Immutable. `with_groups`, `with_acls` and `with_tables` return the same case with other rules.
    Flows that no layer can tell apart share their decisions, so many nodes cost little more than
    one.
    """

    def __init__(
        self,
        case: Case,
        sources: Sequence[Source],
        groups: Mapping[str, Group] | None = None,
        acls: Mapping[str, Acl] | None = None,
        known: Names | None = None,
        tables: Mapping[str, RouteTable] | None = None,
    ) -> None:
        self.case = case
        self.sources = tuple(sources)
        self.groups = dict(unread.groups_of(case) if groups is None else groups)
        self.acls = dict(case.network_acls if acls is None else acls)
        self.tables = dict(unread.tables_of(case) if tables is None else tables)
        self._routing = Routing(case, self.tables)
        self._ways: dict[tuple[object, ...], tuple[Way, ...]] = {}
        self._names = names(case) if known is None else known
        self._compiled: dict[tuple[tuple[str, ...], Direction, Traffic], Ruleset] = {}
        self._targets: dict[Hashable, _Target] = {}
        self._decided: dict[Hashable, tuple[Decision, ...]] = {}
        self._verdicts: dict[Hashable, Verdict] = {}
        self.derived: Derived = {}

    def with_groups(self, groups: Mapping[str, Group]) -> Model:
        """Return a model of the same interfaces with other rules.

        A repair is tried with it before it is shown.
        """
        other = Model(self.case, self.sources, groups, self.acls, self._names, self.tables)
        other._routing, other._ways = self._routing, self._ways
        other._compiled = {
            asked: rules
            for asked, rules in self._compiled.items()
            if all(self.groups.get(ident) is groups.get(ident) for ident in asked[0])
        }
        return other

    def with_sources(self, sources: Sequence[Source]) -> Model:
        """Return a model of the same configuration, seen from other networks."""
        return Model(self.case, sources, self.groups, self.acls, self._names, self.tables)

    def with_fewer_rules(self, groups: Mapping[str, Group]) -> Model:
        """Return as `with_groups` a model in which some rules of this one are gone.

        It need not look again for what the rules tell apart.
        """
        fewer = self.with_groups(groups)
        fewer._cells, fewer._edges, fewer._targets = self._cells, self._edges, self._targets
        return fewer

    def with_acls(self, acls: Mapping[str, Acl]) -> Model:
        """Return a model of the same vSwitches with other network ACLs."""
        return Model(self.case, self.sources, self.groups, acls, self._names, self.tables)

    def with_tables(self, tables: Mapping[str, RouteTable]) -> Model:
        """Return a model of the same vSwitches with other route tables."""
        return Model(self.case, self.sources, self.groups, self.acls, self._names, tables)

    def decisions(self, flow: Flow) -> tuple[Decision, ...]:
        """Return one decision for each known layer on the way of this flow, source side first.

        A source passes if it passes at every port of the flow and to every address of its target.
        """
        key = self._key(flow)
        if key not in self._decided:
            layers: dict[tuple[object, ...], list[Decision]] = {}
            for point in self.points(flow):
                for decision in self._at(point):
                    layer = (decision.layer, decision.direction, decision.packet, decision.at)
                    layers.setdefault(layer, []).append(decision)
            unreadable = unread.decision(self.case, flow.sources)
            self._decided[key] = (
                *(merge_points(parts) for parts in layers.values()),
                *(() if unreadable is None else (unreadable,)),
            )
        assumed = self.attachment(flow).assumed
        if not assumed:
            return self._decided[key]
        if (key, assumed) not in self._decided:
            self._decided[key, assumed] = tuple(_assuming(decision, assumed) for decision in self._decided[key])
        return self._decided[key, assumed]

    def verdict(self, flow: Flow) -> Verdict:
        """Return the verdict of all layers together on the whole source range of a flow."""
        key = self._key(flow)
        if key not in self._verdicts:
            self._verdicts[key] = configured_verdict(self.decisions(flow), flow.sources)
        return self._verdicts[key]

    def alike(self, flow: Flow) -> Hashable:
        """Return a value that is equal for two flows if every layer decides alike on both."""
        return self._key(flow), self.attachment(flow).assumed

    def denied(self, flow: Flow, direction: Direction) -> Ranges:
        """Return the sources that the security groups of one side deny at a port or address.

        Networks from which the flow does not come cost nothing.
        """
        known = self._decided.get(self._key(flow))
        if known is not None:
            of_side = (each for each in known if (each.layer, each.direction) == ("security-group", direction))
            return union(piece for decision in of_side for piece in decision.denied)
        protocol = PROTOCOL[flow.endpoint.transport]
        pieces = (
            piece
            for point in self.points(flow)
            for groups, traffic in self._sides(point, direction)
            for piece in self.rules(groups, direction, traffic).pieces(protocol, point.endpoint.port)
        )
        return union((piece.low, piece.high) for piece in pieces if piece.accept is False)

    def _key(self, flow: Flow) -> Hashable:
        """Return everything about a flow that a layer may look at, without its assumption."""
        target = self._target(flow)
        return (
            (flow.endpoint.transport, flow.ports, flow.sources, flow.callback),
            (target.attachment.groups, target.first),
            target.on_the_way,
        )

    def _target(self, flow: Flow) -> _Target:
        """Return what the layers may see of the target of a flow."""
        end = flow.endpoint
        key = (end.host, end.address, flow.callback)
        known = self._targets.get(key)
        if known is None:
            node = self._node(flow)
            at = self._attachment(flow, node)
            routed = self._route_target(flow, node, at)
            first = None if routed.address is None else self._cells.first(routed.address)
            vswitches = self._vswitches(flow, routed)
            on_the_way = (vswitches, routed.vpc, routed.outside, self._routing.alike(routed.address))
            known = self._targets[key] = _Target(node, at, first, routed, vswitches, on_the_way)
        return known

    def points(self, flow: Flow) -> Iterator[Flow]:
        """Yield flows to one port and one address that together stand for the whole flow.

        A range is cut where any rule begins or ends, so every rule treats a piece alike.
        """
        if flow.last_port is None and flow.callback is None:
            yield flow
            return
        targets = flow.callback.target.ranges if flow.callback is not None else ()
        ports = starts((flow.ports,), self._edges.ports)
        addresses: list[str | None] = [text(start) for start in starts(targets, self._edges.addresses)]
        addresses = addresses or [flow.endpoint.address]
        for address, port in product(addresses, ports):
            yield replace(flow, endpoint=replace(flow.endpoint, port=port, address=address), last_port=None)

    @cached_property
    def _cells(self) -> Cells:
        return cells_of(self.groups.values(), self.acls.values())

    @cached_property
    def _edges(self) -> Edges:
        return edges_of(self.groups, self.acls, self.tables)

    def first_denied(self, flow: Flow, decision: Decision) -> int:
        """Return the first port at which the layer of this decision denies a source."""
        if flow.last_port is None:
            return flow.endpoint.port
        for point in self.points(flow):
            if any(
                d.denied and (d.layer, d.direction) == (decision.layer, decision.direction) for d in self._at(point)
            ):
                return point.endpoint.port
        return flow.endpoint.port

    def sources_of(self, flow: Flow) -> tuple[Source, ...]:
        """Return the networks that open this flow."""
        return self.sources if flow.callback is None else flow.callback.sources

    def _at(self, flow: Flow) -> list[Decision]:
        layers = [self._egress(flow), self._ingress(flow), *self._acls(flow), *self._routes(flow)]
        return [decision for decision in layers if decision is not None]

    def node(self, flow: Flow) -> Node | None:
        """Return the cluster node that a flow ends at.

        Its address decides; without one, its host name. A callback ends at no node.
        """
        return self._target(flow).node

    def _node(self, flow: Flow) -> Node | None:
        if flow.callback is not None:
            return None
        address = flow.endpoint.address
        return self._names.place(flow.endpoint.host if address is None else address).node

    def attachment(self, flow: Flow) -> Attachment:
        """Return the groups on the target's interface.

        They come from the interface or the node that the case shows. Without these they are
        inferred from the cluster's security group, or from the only group that is not the resource
        group's.
        """
        return self._target(flow).attachment

    def _attachment(self, flow: Flow, node: Node | None) -> Attachment:
        if flow.callback is not None:
            own = flow.callback.target.groups
            return Attachment(None if own is None else tuple(sorted(own)))
        is_unsure = unread.may_name_groups(self.case)
        if node is not None and node.security_groups is not None and not (node.assumed and is_unsure):
            return Attachment(node.security_groups, node.assumed or "")
        address = flow.endpoint.address
        if address is not None and address in self.case.disputed:
            return Attachment(None)
        if address is not None and address in self.case.members:
            return Attachment(self.case.members[address], external=node is None and bool(self.case.nodes))
        if node is None and self.case.nodes:
            return Attachment(None, external=self._is_outside_cluster(flow))
        if is_unsure:
            return Attachment(None)
        main = self.case.cluster.security_group
        if node is None and address is not None and self._has_interfaces_of(main or self._only_other_group):
            return Attachment(None)
        if main is not None:
            assumed = tr(
                "{group}, the cluster's security group, is the one on {host}", group=main, host=flow.endpoint.host
            )
            return Attachment((main,), assumed)
        only = self._only_other_group
        if only is not None:
            assumed = tr(
                "{group} is the security group on {host}: no file says which node has which group",
                group=only,
                host=flow.endpoint.host,
            )
            return Attachment((only,), assumed)
        return Attachment(None)

    def _has_interfaces_of(self, group: str | None) -> bool:
        """Return True if the case shows interfaces of a group, so that others are not assumed to
        have it."""
        return any(group in groups for groups in self.case.members.values())

    @cached_property
    def _only_other_group(self) -> str | None:
        """Return the only group that is not the resource group's. None without exactly one."""
        ours = {ident for source in self.sources for ident in source.groups or ()}
        others = [group for group in self.groups if group not in ours]
        return others[0] if len(others) == 1 else None

    def _is_outside_cluster(self, flow: Flow) -> bool:
        """Return True if the target is certainly not a cluster node.

        Never True if the node list is truncated, if the host is a bare name, or if it lies in the
        cluster's own domain.
        """
        if any(skip.hides and skip.about == "nodes" for skip in self.case.skipped):
            return False
        if flow.endpoint.address is not None and intersect((parse(flow.endpoint.address),), LOOPBACK):
            return False
        domain = flow.endpoint.host.rstrip(".").lower().partition(".")[2]
        return flow.endpoint.address is not None or (bool(domain) and not self._names.owns(domain))

    def group(self, ident: str) -> Group:
        """Return the group as exported. A group without an export has gaps in both directions."""
        known = self.groups.get(ident)
        if known is not None:
            return known
        why = tr("no DescribeSecurityGroupAttribute answer for it is in the case")
        return Group(ident, gaps=(("ingress", why), ("egress", why)))

    def denying(self, decision: Decision) -> tuple[Rule, ...]:
        """Return the drops of security groups that decide against a source."""
        decided = {(line.owner, line.rule) for line in decision.deciding if line.verdict == "denied"}
        rules = (rule for ident in decision.at for rule in self.group(ident).rules)
        return tuple(rule for rule in rules if (rule.group, rule.id) in decided)

    def rules(self, groups: tuple[str, ...], direction: Direction, traffic: Traffic) -> Ruleset:
        """Return the compiled rules of some groups. Cached for other ports of the same pair."""
        key = (groups, direction, traffic)
        known = self._compiled.get(key)
        if known is None:
            known = self._compiled[key] = compile_rules([self.group(ident) for ident in groups], direction, traffic)
        return known

    def _traffic(self, flow: Flow, source: Source, target_groups: tuple[str, ...] | None) -> Traffic:
        return Traffic(
            sources=intersect(flow.sources, source.ranges),
            target=self._target(flow).first,
            source_groups=source.groups,
            target_groups=None if target_groups is None else frozenset(target_groups),
            ends=FORWARD if flow.callback is None else BACKWARD,
        )

    def _ingress(self, flow: Flow) -> Decision | None:
        return _merge(self._ask(groups, "ingress", asked, flow) for groups, asked in self._sides(flow, "ingress"))

    def _egress(self, flow: Flow) -> Decision | None:
        return _merge(self._ask(groups, "egress", asked, flow) for groups, asked in self._sides(flow, "egress"))

    def _sides(self, flow: Flow, direction: Direction) -> list[tuple[tuple[str, ...], Traffic]]:
        """Return the groups that filter on one side, and what they are asked, for each network."""
        groups = self.attachment(flow).groups
        if direction == "ingress" and groups is None:
            return []
        sides = [
            (groups or () if direction == "ingress" else _own(source), self._traffic(flow, source, groups))
            for source in self.sources_of(flow)
        ]
        return [(own, traffic) for own, traffic in sides if (own or direction == "ingress") and traffic.sources]

    def _ask(self, groups: tuple[str, ...], direction: Direction, traffic: Traffic, flow: Flow) -> Decision:
        rules = self.rules(groups, direction, traffic)
        members = [self.group(ident) for ident in groups]
        return decide_compiled(
            rules, members, direction, traffic, PROTOCOL[flow.endpoint.transport], flow.endpoint.port
        )

    def _acls(self, flow: Flow) -> list[Decision]:
        """Return the decisions of the network ACLs that the flow crosses or may cross.

        None for a target outside of the cluster.
        """
        to = End(flow.endpoint.host, self._target(flow).vswitches)
        if not to.vswitches:
            return []
        crossings: dict[tuple[str, Direction, Packet], list[Decision]] = {}
        for source in self.sources_of(flow):
            crossing = self._crossing(flow, source)
            if not crossing.sources:
                continue
            start = End(source.label, vswitches_of(self.case, source.vswitch, crossing.sources))
            for hop in hops(self.case, self.acls, start, to):
                ask = decide_request if hop.packet == "request" else decide_reply
                asked: Decision = ask(hop.acl, hop.direction, crossing)
                decision = doubted(asked, hop.doubt) if hop.doubt else asked
                if decision is not None:
                    crossings.setdefault((hop.acl.id, hop.direction, hop.packet), []).append(decision)
        return [decision for parts in crossings.values() if (decision := _merge(parts)) is not None]

    def untold_acls(self, flow: Flow) -> tuple[str, ...]:
        """Return the ends of a flow of which no file tells the network ACL, by vSwitch.

        An end in no known vSwitch goes by its name. () for a target outside of the cluster.
        """
        to = End(flow.endpoint.host, self._target(flow).vswitches)
        if not to.vswitches:
            return ()
        found: list[str] = []
        for source in self.sources_of(flow):
            sources = intersect(flow.sources, source.ranges)
            if sources:
                start = End(source.label, vswitches_of(self.case, source.vswitch, sources))
                found += untold(self.case, start, to)
        return _unique(found)

    def _crossing(self, flow: Flow, source: Source) -> Crossing:
        end = flow.endpoint
        sources = intersect(flow.sources, source.ranges)
        return Crossing(sources, self._target(flow).first, PROTOCOL[end.transport], end.port)

    def ways(self, flow: Flow) -> tuple[Way, ...]:
        """Return the decisions of the route tables for a flow, network by network.

        They are cached, because findings and repairs need them again.
        """
        target = self._target(flow)
        key = (flow.sources, flow.callback, target.on_the_way)
        if key not in self._ways:
            self._ways[key] = tuple(self._routing.ways(flow, self.sources_of(flow), target.routed))
        return self._ways[key]

    def _route_target(self, flow: Flow, node: Node | None, at: Attachment) -> RouteTarget:
        if flow.callback is not None:
            end = flow.callback.target
            return RouteTarget(target_address(flow), end.vswitch, end.vpc)
        if node is None:
            vpc = None if at.groups is None or at.external else self.case.cluster.vpc
            return RouteTarget(target_address(flow), vpc=vpc, outside=at.external)
        vpc = self._vpc(node.vswitch) if node.vswitch else self.case.cluster.vpc
        return RouteTarget(target_address(flow), node.vswitch, vpc)

    def _vswitches(self, flow: Flow, target: RouteTarget) -> tuple[str | None, ...]:
        if target.outside:
            return ()
        if flow.callback is not None:
            return vswitches_of(self.case, target.vswitch, flow.callback.target.ranges)
        at = target.address
        return vswitches_of(self.case, target.vswitch, () if at is None else ((at, at),))

    def _routes(self, flow: Flow) -> list[Decision]:
        """Return one decision for each table and direction, merged over its networks."""
        by_table: dict[tuple[tuple[str, ...], Packet], list[Decision]] = {}
        for way in self.ways(flow):
            by_table.setdefault((way.decision.at, way.decision.packet), []).append(way.decision)
        return [decision for parts in by_table.values() if (decision := _merge(parts)) is not None]

    def _vpc(self, vswitch: str) -> str | None:
        known = self.case.vswitches.get(vswitch)
        return (known.vpc if known else None) or self.case.cluster.vpc


def configured_verdict(decisions: Iterable[Decision], sources: Ranges) -> Verdict:
    """Return the verdict of all layers together.

    A source is allowed if every layer allows it, and denied if any layer denies it. Without a
    decision of the target's security groups the verdict is unknown, unless every source is denied.
    """
    known = list(decisions)
    if not any(decision.layer == "security-group" and decision.direction == "ingress" for decision in known):
        return "denied" if sources and union(r for d in known for r in d.denied) == sources else "unknown"
    denied = union(piece for decision in known for piece in decision.denied)
    unknown = subtract(union(piece for decision in known for piece in decision.unknown), denied)
    return verdict_of(subtract(subtract(sources, denied), unknown), denied, unknown)


def verdict_at_address(decisions: Iterable[Decision], address: int) -> Verdict:
    """Return the verdict of all layers together for one source address."""
    verdicts = [
        ("denied" if contains(d.denied, address) else "unknown" if contains(d.unknown, address) else "allowed")
        for d in decisions
    ]
    if "denied" in verdicts:
        return "denied"
    return "unknown" if "unknown" in verdicts or not verdicts else "allowed"


def _assuming(decision: Decision, assumption: str) -> Decision:
    """Return a decision with one more assumption, if it is that of the target's own groups."""
    if decision.layer != "security-group" or decision.direction != "ingress":
        return decision
    return replace(decision, assumed=_unique((assumption, *decision.assumed)))


def _own(source: Source) -> tuple[str, ...]:
    """Return the groups that filter what a network sends.

    Groups in dispute are one without an export.
    """
    disputed = (source.disputed_groups,) if source.disputed_groups else ()
    return tuple(sorted(source.groups)) if source.groups else disputed


def _merge(decisions: Iterable[Decision]) -> Decision | None:
    """Merge the decisions of one layer for several networks of the resource group into one.

    None if there is no decision.
    """
    parts = list(decisions)
    if not parts:
        return None
    allowed, denied, unknown = (
        union(piece for part in parts for piece in getattr(part, name)) for name in ("allowed", "denied", "unknown")
    )
    return replace(
        parts[0],
        at=_unique(ident for part in parts for ident in part.at),
        verdict=verdict_of(allowed, denied, unknown),
        allowed=allowed,
        denied=denied,
        unknown=unknown,
        deciding=tuple(dict.fromkeys(line for part in parts for line in part.deciding)),
        missing=_unique(text for part in parts for text in part.missing),
        assumed=_unique(text for part in parts for text in part.assumed),
    )


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
