"""How are flows, groups, rules and hosts named in a sentence? Shared by the wordings of all findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagnose.findings.model import Blame
from diagnose.scene.scene import Scene
from probes.addresses import cidrs, union
from probes.rules.group_rule import Rule, describe

if TYPE_CHECKING:
    from diagnose.flows.model import Flow

MOST_NAMED = 4
"""So many hosts, ports or rules are named one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    cause: str
    detail: str = ""
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a wording may use."""

    scene: Scene
    blames: tuple[Blame, ...]

    @property
    def flows(self) -> list[Flow]:
        return [blame.flow for blame in self.blames]

    @property
    def rules(self) -> list[Rule]:
        return list({rule.id: rule for blame in self.blames for rule in blame.rules}.values())

    @property
    def sources(self) -> str:
        return listed(cidrs(union(piece for blame in self.blames for piece in blame.flow.sources)))

    @property
    def groups(self) -> str:
        """Ids of the groups that decided inbound."""
        return (
            listed(dict.fromkeys(ident for b in self.blames if (d := b.outcome.decision("ingress")) for ident in d.at))
            or "the security group"
        )

    @property
    def ports(self) -> str:
        """'TCP 8020, 9083 and UDP 88'."""
        by_transport: dict[str, set[int]] = {}
        for flow in self.flows:
            by_transport.setdefault(flow.endpoint.transport.upper(), set()).add(flow.endpoint.port)
        return " and ".join(
            f"{transport} {', '.join(map(str, sorted(ports)))}" for transport, ports in sorted(by_transport.items())
        )

    @property
    def services(self) -> str:
        return listed(dict.fromkeys(flow.service for flow in self.flows))

    @property
    def hosts(self) -> str:
        """Node names where the case has them, which is how people call the machines; else the hosts as configured."""
        nodes = ((self.scene.model.node(flow), flow) for flow in self.flows)
        return listed(dict.fromkeys(node.name if node else flow.endpoint.host for node, flow in nodes))

    @property
    def configured_hosts(self) -> str:
        """The hosts exactly as the files name them."""
        return listed(dict.fromkeys(flow.endpoint.host for flow in self.flows))

    @property
    def said_rules(self) -> str:
        return "; ".join(f"{rule.id} in {rule.group} ({describe(rule)})" for rule in self.rules[:MOST_NAMED])

    def silent(self) -> bool:
        return any(blame.outcome.silent for blame in self.blames)


def listed(items: Iterable[str]) -> str:
    """'a, b, c and 5 more'."""
    texts = list(items)
    if len(texts) > MOST_NAMED + 1:
        return ", ".join(texts[:MOST_NAMED]) + f" and {len(texts) - MOST_NAMED} more"
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def udp_ends(t: Told) -> str:
    udp = [flow for flow in t.flows if flow.endpoint.transport == "udp"]
    return f"port {listed(sorted({str(flow.endpoint.port) for flow in udp}))} on {hosts_of(t, udp)}"


def hosts_of(t: Told, flows: list[Flow]) -> str:
    return Told(t.scene, tuple(blame for blame in t.blames if blame.flow in flows)).hosts


def ends(t: Told) -> str:
    return f"{t.ports} on {t.hosts}"


def place(t: Told) -> str:
    """The line that names the first flow: krb5.conf:10."""
    origin = t.flows[0].origin
    return origin.file if origin.line is None else f"{origin.file}:{origin.line}"


def have(t: Told) -> str:
    return "is in" if len({flow.endpoint.host for flow in t.flows}) == 1 else "are in"


def seen_here(t: Told, silence: str) -> str:
    return f"Seen from here: {silence}." if t.silent() else ""
