"""What may a check look at? The case, what the configuration decides, what was observed and what nodes recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diagnose.case.model import Case
from diagnose.decisions.model import Model
from diagnose.scene.node_records import Records, records
from diagnose.scene.outcome import Outcome
from probes.addresses import Ranges, parse, union

if TYPE_CHECKING:
    from diagnose.scene.proof import Proof


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a check may look at. groups_of: (port, transport) -> groups on any target of a flow to it; cluster: addresses of the nodes and of
    the vSwitches they are in; far: what the far side's own records say of each flow."""

    case: Case
    model: Model
    outcomes: tuple[Outcome, ...]
    live: bool
    proof: Proof | None = None
    by_id: dict[str, Outcome] = field(default_factory=dict)
    groups_of: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    cluster: Ranges = ()
    far: Records = field(default_factory=Records)

    def outcome(self, flow_id: str) -> Outcome:
        return self.by_id[flow_id]

    def siblings(self, outcome: Outcome) -> tuple[Outcome, ...]:
        """Other flows to the same machine, whether they name it or give its address."""
        machine = _machine(outcome)
        return tuple(other for other in self.outcomes if other is not outcome and _machine(other) == machine)

    def other_transport(self, outcome: Outcome) -> Outcome | None:
        """The same port of the same host over the other transport."""
        end = outcome.flow.endpoint
        for other in self.siblings(outcome):
            if other.flow.endpoint.port == end.port and other.flow.endpoint.transport != end.transport:
                return other
        return None


def scene(case: Case, model: Model, outcomes: Sequence[Outcome], *, live: bool, proof: Proof | None = None) -> Scene:
    """proof: what a login with the user's keytab showed, None without a keytab."""
    groups_of: dict[tuple[int, str], set[str]] = {}
    for outcome in outcomes:
        end = outcome.flow.endpoint
        groups_of.setdefault((end.port, end.transport), set()).update(outcome.attachment.groups or ())
    by_id = {outcome.flow.id: outcome for outcome in outcomes}
    cluster = _cluster_addresses(case)
    far = records(model, outcomes, cluster)
    return Scene(case, model, tuple(outcomes), live, proof, by_id, groups_of, cluster, far)


def _cluster_addresses(case: Case) -> Ranges:
    texts = {address for node in case.nodes for address in (node.address, *node.beside) if address}
    for vswitch in {node.vswitch for node in case.nodes if node.vswitch}:
        known = case.vswitches.get(vswitch)
        texts |= {known.cidr} if known and known.cidr else set()
    return union(parse(text) for text in texts)


def _machine(outcome: Outcome) -> str:
    """The address that packets went to, else the one the case knows, else the name."""
    seen, end = outcome.observed, outcome.flow.endpoint
    return (seen.address if seen is not None else None) or end.address or end.host
