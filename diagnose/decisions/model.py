"""What do the configured layers of a case decide for a flow?

The layers are security groups at both ends, network ACLs between two vSwitches, and route tables. A
layer that cannot be evaluated yields a decision with verdict unknown. It is never left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product

from diagnose.case.derived import Derived
from diagnose.case.model import Case, Node
from diagnose.decisions import unread
from diagnose.decisions.acl_hops import End, doubted, hops, untold, vswitches_of
from diagnose.decisions.alike import cells_of
from diagnose.decisions.points import Edges, edges_of, merge_points, starts
from diagnose.decisions.routing import Routing, Way
from diagnose.decisions.targets import Attachment, FlowTargets
from diagnose.decisions.verdicts import configured_verdict, merge_networks, unique
from diagnose.flows.model import Flow, Source
from diagnose.flows.names import Names, names
from probes.addresses import Ranges, intersect, text, union
from probes.frozen import replace
from probes.language import marked, tr
from probes.rules.decision import Decision, Direction, Packet, Verdict
from probes.rules.network_acl import Acl, Crossing, decide_reply, decide_request
from probes.rules.routes import RouteTable
from probes.rules.ruleset import Ruleset
from probes.rules.security_group import TCP, UDP, Ends, Group, Rule, Traffic, compile_rules, decide_compiled

PROTOCOL = {"tcp": TCP, "udp": UDP}

FORWARD = Ends()
BACKWARD = Ends(marked("the nodes' interfaces"), marked("the resource group's interfaces"))
"""What the two ends of a flow are called, from the resource group and to it."""


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
        fewer._targets, fewer._edges = self._targets, self._edges
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
        target = self._targets.of(flow)
        return (
            (flow.endpoint.transport, flow.ports, flow.sources, flow.callback),
            (target.attachment.groups, target.first),
            target.on_the_way,
        )

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
    def _targets(self) -> FlowTargets:
        cells = cells_of(self.groups.values(), self.acls.values())
        return FlowTargets(self.case, self.sources, self._names, self._routing, self.groups, cells)

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
        of_groups = [self._by_groups(flow, "egress"), self._by_groups(flow, "ingress")]
        return [decision for decision in (*of_groups, *self._acls(flow), *self._routes(flow)) if decision is not None]

    def node(self, flow: Flow) -> Node | None:
        """Return the cluster node that a flow ends at.

        Its address decides; without one, its host name. A callback ends at no node.
        """
        return self._targets.of(flow).node

    def attachment(self, flow: Flow) -> Attachment:
        """Return the groups on the target's interface."""
        return self._targets.of(flow).attachment

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
            target=self._targets.of(flow).first,
            source_groups=source.groups,
            target_groups=None if target_groups is None else frozenset(target_groups),
            ends=FORWARD if flow.callback is None else BACKWARD,
        )

    def _by_groups(self, flow: Flow, direction: Direction) -> Decision | None:
        """Return the decision of the security groups on one side. None if no group filters."""
        return merge_networks(
            self._ask(groups, direction, asked, flow) for groups, asked in self._sides(flow, direction)
        )

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
        to = End(flow.endpoint.host, self._targets.of(flow).vswitches)
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
        return [decision for parts in crossings.values() if (decision := merge_networks(parts)) is not None]

    def untold_acls(self, flow: Flow) -> tuple[str, ...]:
        """Return the ends of a flow of which no file tells the network ACL, by vSwitch.

        An end in no known vSwitch goes by its name. () for a target outside of the cluster.
        """
        to = End(flow.endpoint.host, self._targets.of(flow).vswitches)
        if not to.vswitches:
            return ()
        found: list[str] = []
        for source in self.sources_of(flow):
            sources = intersect(flow.sources, source.ranges)
            if sources:
                start = End(source.label, vswitches_of(self.case, source.vswitch, sources))
                found += untold(self.case, start, to)
        return unique(found)

    def _crossing(self, flow: Flow, source: Source) -> Crossing:
        end = flow.endpoint
        sources = intersect(flow.sources, source.ranges)
        return Crossing(sources, self._targets.of(flow).first, PROTOCOL[end.transport], end.port)

    def ways(self, flow: Flow) -> tuple[Way, ...]:
        """Return the decisions of the route tables for a flow, network by network.

        They are cached, because findings and repairs need them again.
        """
        target = self._targets.of(flow)
        key = (flow.sources, flow.callback, target.on_the_way)
        if key not in self._ways:
            self._ways[key] = tuple(self._routing.ways(flow, self.sources_of(flow), target.routed))
        return self._ways[key]

    def _routes(self, flow: Flow) -> list[Decision]:
        """Return one decision for each table and direction, merged over its networks."""
        by_table: dict[tuple[tuple[str, ...], Packet], list[Decision]] = {}
        for way in self.ways(flow):
            by_table.setdefault((way.decision.at, way.decision.packet), []).append(way.decision)
        return [decision for parts in by_table.values() if (decision := merge_networks(parts)) is not None]


def _assuming(decision: Decision, assumption: str) -> Decision:
    """Return a decision with one more assumption, if it is that of the target's own groups."""
    if decision.layer != "security-group" or decision.direction != "ingress":
        return decision
    return replace(decision, assumed=unique((assumption, *decision.assumed)))


def _own(source: Source) -> tuple[str, ...]:
    """Return the groups that filter what a network sends.

    Groups in dispute are one without an export.
    """
    disputed = (source.disputed_groups,) if source.disputed_groups else ()
    return tuple(sorted(source.groups)) if source.groups else disputed
