"""What the configured layers of a case say of a flow: security groups at both ends, network ACLs between two vSwitches, route tables.

A layer that cannot be evaluated is a decision of its own with verdict unknown, never a layer that is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from diagnose.case.model import Case, Node
from diagnose.decisions.routing import Routing, Target, Way, target_address
from diagnose.flows.model import Flow, Source
from diagnose.flows.names import Names, names
from probes.addresses import LOOPBACK, Ranges, intersect, parse, parse_address, subtract, union
from probes.rules.decision import Decision, Direction, Packet, Verdict, verdict_of
from probes.rules.network_acl import Acl, Crossing, reply, request
from probes.rules.routes import RouteTable
from probes.rules.ruleset import Ruleset
from probes.rules.security_group import TCP, UDP, Group, Traffic, compile_rules, decision_of

PROTOCOL = {"tcp": TCP, "udp": UDP}


@dataclass(frozen=True, slots=True)
class Attachment:
    """Which groups are on the interface of a flow's target. groups None: nobody knows; assumed: what was taken for granted, "" if a file says it;
    external: the target is surely no node of the cluster."""

    groups: tuple[str, ...] | None
    assumed: str = ""
    external: bool = False


class Model:
    """The configured layers of one case, asked flow by flow. Immutable; `with_groups` gives the same case with other rules."""

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
        self.groups = dict(case.security_groups if groups is None else groups)
        self.acls = dict(case.network_acls if acls is None else acls)
        self.tables = dict(case.route_tables if tables is None else tables)
        self._routing = Routing(case, self.tables)
        self._ways: dict[tuple[object, ...], tuple[Way, ...]] = {}
        self._names = names(case) if known is None else known
        self._compiled: dict[tuple[object, ...], Ruleset] = {}

    def with_groups(self, groups: Mapping[str, Group]) -> Model:
        """The same interfaces, other rules: how a repair is tried before it is shown."""
        return Model(self.case, self.sources, groups, self.acls, self._names, self.tables)

    def with_acls(self, acls: Mapping[str, Acl]) -> Model:
        """The same vSwitches, other lists."""
        return Model(self.case, self.sources, self.groups, acls, self._names, self.tables)

    def with_tables(self, tables: Mapping[str, RouteTable]) -> Model:
        """The same vSwitches, other route tables."""
        return Model(self.case, self.sources, self.groups, self.acls, self._names, tables)

    def decisions(self, flow: Flow) -> tuple[Decision, ...]:
        """One decision for each layer that is known to stand in the way of this flow, source side first."""
        found = [self._egress(flow), self._ingress(flow), *self._acls(flow), *self._routes(flow)]
        return tuple(decision for decision in found if decision is not None)

    def node(self, flow: Flow) -> Node | None:
        """The cluster's node that a flow ends at, by address where it has one, else by name."""
        address = flow.endpoint.address
        return self._names.place(flow.endpoint.host if address is None else address).node

    def attachment(self, flow: Flow) -> Attachment:
        """Groups on the target's interface: by the interface or node that the case shows; failing that, by what the cluster or the case suggests."""
        node = self.node(flow)
        if node is not None and node.security_groups is not None:
            return Attachment(node.security_groups, node.assumed or "")
        address = flow.endpoint.address
        if address is not None and address in self.case.members:
            return Attachment(self.case.members[address], external=node is None and bool(self.case.nodes))
        if node is None and self.case.nodes:
            return Attachment(None, external=self._is_stranger(flow))
        main = self.case.cluster.security_group
        if main is not None:
            return Attachment((main,), f"{main}, the cluster's security group, is the one on {flow.endpoint.host}")
        others = [group for group in self.groups if group not in self._source_groups()]
        if len(others) == 1:
            return Attachment(
                (others[0],),
                f"{others[0]} is the security group on {flow.endpoint.host}: no file says which node has which group",
            )
        return Attachment(None)

    def _is_stranger(self, flow: Flow) -> bool:
        """Surely no node: not where the list of nodes is cut short, nor for a bare name or one in the cluster's own domain, which a node may bear."""
        if any(skip.hides and skip.check.startswith("nodes ") for skip in self.case.skipped):
            return False
        if flow.endpoint.address is not None and intersect((parse(flow.endpoint.address),), LOOPBACK):
            return False
        domain = flow.endpoint.host.rstrip(".").lower().partition(".")[2]
        return flow.endpoint.address is not None or (bool(domain) and not self._names.owns(domain))

    def group(self, ident: str) -> Group:
        """The group as exported; a group that was not exported is one of which nothing is known."""
        known = self.groups.get(ident)
        if known is not None:
            return known
        why = "no DescribeSecurityGroupAttribute answer for it is in the case"
        return Group(ident, gaps=(("ingress", why), ("egress", why)))

    def rules(self, groups: tuple[str, ...], direction: Direction, traffic: Traffic) -> Ruleset:
        """Compiled rules, kept for the next port of the same pair of parties."""
        key = (groups, direction, traffic)
        if key not in self._compiled:
            self._compiled[key] = compile_rules([self.group(ident) for ident in groups], direction, traffic)
        return self._compiled[key]

    def _source_groups(self) -> set[str]:
        return {ident for source in self.sources for ident in source.groups or ()}

    def _traffic(self, flow: Flow, source: Source, target_groups: tuple[str, ...] | None) -> Traffic:
        address = flow.endpoint.address
        return Traffic(
            sources=intersect(flow.sources, source.ranges),
            target=None if address is None else parse_address(address),
            source_groups=source.groups,
            target_groups=None if target_groups is None else frozenset(target_groups),
        )

    def _ingress(self, flow: Flow) -> Decision | None:
        at = self.attachment(flow)
        if at.groups is None:
            return None
        assumed = [at.assumed] if at.assumed else []
        return _merge(
            self._ask(at.groups, "ingress", self._traffic(flow, source, at.groups), flow, assumed)
            for source in self.sources
        )

    def _egress(self, flow: Flow) -> Decision | None:
        target_groups = self.attachment(flow).groups
        return _merge(
            self._ask(tuple(sorted(source.groups)), "egress", self._traffic(flow, source, target_groups), flow, [])
            for source in self.sources
            if source.groups
        )

    def _ask(
        self, groups: tuple[str, ...], direction: Direction, traffic: Traffic, flow: Flow, assumed: Sequence[str]
    ) -> Decision:
        rules = self.rules(groups, direction, traffic)
        members = [self.group(ident) for ident in groups]
        protocol = PROTOCOL[flow.endpoint.transport]
        return decision_of(rules, members, direction, traffic, protocol, flow.endpoint.port, assumed=assumed)

    def _acls(self, flow: Flow) -> list[Decision]:
        """The four crossings of stateless lists: out of and into the source's vSwitch, into and out of the target's. Traffic inside one vSwitch
        crosses none."""
        target = self._vswitch(flow)
        crossings: dict[tuple[str, Direction, Packet], list[Decision]] = {}
        for source in self.sources:
            if source.vswitch is None or target is None or source.vswitch == target:
                continue
            crossing = self._crossing(flow, source)
            for ident, direction, packet in _hops(source.vswitch, target):
                acl = self._acl(ident)
                if acl is not None and crossing.sources:
                    ask = request if packet == "request" else reply
                    crossings.setdefault((acl.id, direction, packet), []).append(ask(acl, direction, crossing))
        return [decision for parts in crossings.values() if (decision := _merge(parts)) is not None]

    def _acl(self, vswitch: str) -> Acl | None:
        """The list bound to a vSwitch; one that was not exported is one of which nothing is known."""
        known = self.case.vswitches.get(vswitch)
        if known is None or not known.acl:
            return None
        return self.acls.get(known.acl, Acl(known.acl))

    def _crossing(self, flow: Flow, source: Source) -> Crossing:
        end = flow.endpoint
        target = None if end.address is None else parse_address(end.address)
        return Crossing(intersect(flow.sources, source.ranges), target, PROTOCOL[end.transport], end.port)

    def _vswitch(self, flow: Flow) -> str | None:
        node = self.node(flow)
        return node.vswitch if node else None

    def ways(self, flow: Flow) -> tuple[Way, ...]:
        """What the route tables say of a flow, network by network; kept, since findings and repairs ask again."""
        key = (flow.id, flow.endpoint.address, flow.sources)
        if key not in self._ways:
            self._ways[key] = tuple(self._routing.ways(flow, self.sources, self._target(flow)))
        return self._ways[key]

    def _target(self, flow: Flow) -> Target:
        node = self.node(flow)
        if node is None:
            return Target(target_address(flow), outside=self.attachment(flow).external)
        vpc = self._vpc(node.vswitch) if node.vswitch else self.case.cluster.vpc
        return Target(target_address(flow), node.vswitch, vpc)

    def _routes(self, flow: Flow) -> list[Decision]:
        """One decision for each table and direction, put together from the networks that use it."""
        found: dict[tuple[tuple[str, ...], Packet], list[Decision]] = {}
        for way in self.ways(flow):
            found.setdefault((way.decision.at, way.decision.packet), []).append(way.decision)
        return [decision for parts in found.values() if (decision := _merge(parts)) is not None]

    def _vpc(self, vswitch: str) -> str | None:
        known = self.case.vswitches.get(vswitch)
        return (known.vpc if known else None) or self.case.cluster.vpc


def configured(decisions: Iterable[Decision], sources: Ranges) -> Verdict:
    """All layers together: a source is allowed only where every layer allows it, and denied where one denies it.
    Without a decision at the target nothing is known."""
    known = list(decisions)
    if not any(decision.layer == "security-group" and decision.direction == "ingress" for decision in known):
        return "denied" if sources and union(r for d in known for r in d.denied) == sources else "unknown"
    denied = union(piece for decision in known for piece in decision.denied)
    unknown = subtract(union(piece for decision in known for piece in decision.unknown), denied)
    return verdict_of(subtract(subtract(sources, denied), unknown), denied, unknown)


def at_address(decisions: Iterable[Decision], address: int) -> Verdict:
    """The configured verdict for one source address."""
    held = [
        ("denied" if _has(d.denied, address) else "unknown" if _has(d.unknown, address) else "allowed")
        for d in decisions
    ]
    if "denied" in held:
        return "denied"
    return "unknown" if "unknown" in held or not held else "allowed"


def _has(ranges: Ranges, address: int) -> bool:
    return any(low <= address <= high for low, high in ranges)


def _hops(source: str, target: str) -> tuple[tuple[str, Direction, Packet], ...]:
    """vSwitch, direction and packet of each list that a flow between two vSwitches crosses, in the order of the way."""
    return (
        (source, "egress", "request"),
        (target, "ingress", "request"),
        (target, "egress", "reply"),
        (source, "ingress", "reply"),
    )


def _merge(decisions: Iterable[Decision]) -> Decision | None:
    """Decisions of one layer for the networks of one resource group -> one decision for all of them."""
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
