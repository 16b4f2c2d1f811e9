"""Which blames are one fault, and which values do all sentences about it share?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from diagnose.findings.model import Blame
from diagnose.findings.values import Params, Value, origin_value, unique
from diagnose.flows.model import Flow
from diagnose.scene.scene import Scene
from probes.addresses import Range, cidrs, union
from probes.frozen import frozen
from probes.rules.group_rule import Rule, describe


@frozen
class BlameGroup:
    """The blames of one finding. They share code and key."""

    scene: Scene
    """Where the blames come from."""
    blames: tuple[Blame, ...]
    """At least one."""

    @property
    def first(self) -> Blame:
        return self.blames[0]

    @property
    def flows(self) -> list[Flow]:
        return [blame.flow for blame in self.blames]

    @property
    def rules(self) -> list[Rule]:
        return list({rule.id: rule for blame in self.blames for rule in blame.rules}.values())

    @property
    def networks(self) -> list[str]:
        """CIDR blocks from which the flows come."""
        return cidrs(union({piece for blame in self.blames for piece in blame.flow.sources}))

    def host(self, flow: Flow) -> str:
        """Return the name of the node. Without a node, return the host as configured."""
        node = self.scene.model.node(flow)
        return node.name if node else flow.endpoint.host


def group_blames(scene: Scene, blames: Iterable[Blame]) -> Iterator[BlameGroup]:
    """Yield the blames of each code and key as one group, in the order of their first blames."""
    by_cause: dict[tuple[str, object], list[Blame]] = {}
    for blame in blames:
        by_cause.setdefault((blame.code, blame.key), []).append(blame)
    for group in by_cause.values():
        yield BlameGroup(scene, tuple(group))


def common_values(group: BlameGroup) -> Params:
    """Return what a sentence about these flows may name: ends, networks, groups, rules, places."""
    flows = group.flows
    decided = (decision for blame in group.blames if (decision := blame.outcome.decision("ingress")))
    return {
        "targets": targets(group),
        "configured_hosts": unique(flow.endpoint.host for flow in flows),
        "services": unique(flow.service for flow in flows),
        "networks": group.networks,
        "groups": unique(ident for decision in decided for ident in decision.at),
        "rules": [rule_value(rule) for rule in group.rules],
        "origin": origin_value(flows[0].origin),
        "is_silent": any(blame.outcome.is_silent for blame in group.blames),
        "has_kdc": any(flow.area == "kerberos" for flow in flows),
        "only_kdc": all(flow.area == "kerberos" for flow in flows),
    }


def targets(group: BlameGroup) -> list[Value]:
    """Return which ports are meant on which hosts. Hosts with the same ports stand together."""
    ports: dict[str, dict[tuple[str, Range], None]] = {}
    for flow in group.flows:
        ports.setdefault(group.host(flow), {})[flow.endpoint.transport, flow.ports] = None
    hosts: dict[tuple[tuple[str, Range], ...], list[str]] = {}
    for host, ends in ports.items():
        hosts.setdefault(tuple(sorted(ends)), []).append(host)
    return [{"hosts": names, "ports": _by_transport(ends)} for ends, names in hosts.items()]


def _by_transport(ends: tuple[tuple[str, Range], ...]) -> list[Value]:
    """Return the ports of each transport. A range is one text: first port, dash, last port."""
    return [
        {"transport": transport, "ports": [first if first == last else f"{first}-{last}" for _, (first, last) in group]}
        for transport, group in groupby(ends, key=lambda end: end[0])
    ]


def rule_value(rule: Rule) -> Params:
    return {
        "id": rule.id,
        "group": rule.group,
        "rule": describe(rule),
        "direction": rule.direction,
        "policy": "accept" if rule.accept else "drop",
    }
