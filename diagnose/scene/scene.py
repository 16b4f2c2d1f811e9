"""What may a check look at: the case, its decisions, its observations, and what nodes recorded?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from diagnose.case.derived import Derived
from diagnose.case.model import Case
from diagnose.decisions.model import Model
from diagnose.flows.model import BadSetting
from diagnose.scene.node_records import Records, records
from diagnose.scene.outcome import Outcome
from diagnose.scene.spare_kdcs import with_spares
from diagnose.scene.standby import with_standbys
from probes.addresses import Ranges, parse, union
from probes.frozen import frozen, replace

if TYPE_CHECKING:
    from diagnose.scene.proof import Proof


@frozen
class Scene:
    """All that a check may look at."""

    case: Case
    """The case."""
    model: Model
    """The configured layers of the case."""
    outcomes: tuple[Outcome, ...]
    """One outcome for each flow."""
    live: bool
    """True if anything was observed."""
    proof: Proof | None = None
    """What a login with the user's keytab proved. None without a keytab."""
    by_id: dict[str, Outcome] = field(default_factory=dict)
    """Outcomes by flow id."""
    machines: dict[str, list[Outcome]] = field(default_factory=dict)
    """Outcomes by the machine that they end at: its address, else its name."""
    senders: frozenset[str] = frozenset()
    """Addresses that packets were sent from."""
    groups_of: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    """(port, transport) -> groups on any target of a flow to it."""
    cluster: Ranges = ()
    """Addresses of the nodes and of their vSwitches."""
    far: Records = field(default_factory=Records)
    """What the records of the target's own host say of each flow."""
    bad_settings: tuple[BadSetting, ...] = ()
    """Settings through which no client gets to a service."""
    node_groups: frozenset[str] = frozenset()
    """Ids of the security groups on any node."""
    derived: Derived = field(default_factory=dict, repr=False, compare=False)
    """What follows from the case and its flows, whatever becomes of them. See
    `diagnose.case.derived`."""

    def outcome(self, flow_id: str) -> Outcome:
        """Return the outcome of a flow. Raises KeyError for an unknown id."""
        return self.by_id[flow_id]

    def siblings(self, outcome: Outcome) -> tuple[Outcome, ...]:
        """Return the other flows to the same machine, by name or by address."""
        return tuple(other for other in self.machines.get(_machine(outcome), ()) if other is not outcome)

    def other_transport(self, outcome: Outcome) -> Outcome | None:
        """Return the outcome for the same host and port over the other transport.

        None if no flow has it.
        """
        end = outcome.flow.endpoint
        for other in self.siblings(outcome):
            if other.flow.endpoint.port == end.port and other.flow.endpoint.transport != end.transport:
                return other
        return None


def scene(
    case: Case,
    model: Model,
    outcomes: Sequence[Outcome],
    *,
    live: bool,
    proof: Proof | None = None,
    bad_settings: tuple[BadSetting, ...] = (),
) -> Scene:
    """Return the scene of a case. `live` is True if anything was observed."""
    groups_of: dict[tuple[int, str], set[str]] = {}
    for outcome in outcomes:
        end = outcome.flow.endpoint
        groups_of.setdefault((end.port, end.transport), set()).update(outcome.attachment.groups or ())
    cluster = _cluster_addresses(case)
    far = records(model, outcomes, cluster)
    outcomes = with_spares(case, with_standbys(case, outcomes, far), far)
    return Scene(
        case,
        model,
        outcomes,
        live,
        proof,
        _by_id(outcomes),
        _by_machine(outcomes),
        _senders(outcomes),
        groups_of,
        cluster,
        far,
        bad_settings,
        frozenset(ident for node in case.nodes for ident in node.security_groups or ()),
    )


def with_outcomes(before: Scene, outcomes: Sequence[Outcome]) -> Scene:
    """Return the scene of the same case and flows with other outcomes. The groups stay the same."""
    far = records(before.model, outcomes, before.cluster)
    outcomes = with_spares(before.case, with_standbys(before.case, outcomes, far), far)
    return replace(
        before,
        outcomes=outcomes,
        by_id=_by_id(outcomes),
        machines=_by_machine(outcomes),
        senders=_senders(outcomes),
        far=far,
    )


def _by_id(outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
    return {outcome.flow.id: outcome for outcome in outcomes}


def _by_machine(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    machines: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        machines.setdefault(_machine(outcome), []).append(outcome)
    return machines


def _senders(outcomes: Sequence[Outcome]) -> frozenset[str]:
    """Return the addresses that packets were sent from."""
    return frozenset(o.observed.source for o in outcomes if o.observed is not None and o.observed.source is not None)


def _cluster_addresses(case: Case) -> Ranges:
    texts = {address for node in case.nodes for address in (node.address, *node.further) if address}
    for vswitch in {node.vswitch for node in case.nodes if node.vswitch}:
        known = case.vswitches.get(vswitch)
        texts |= {known.cidr} if known and known.cidr else set()
    return union(parse(text) for text in texts)


def _machine(outcome: Outcome) -> str:
    """Return the address that packets went to, else the one of the case, else the host name."""
    observed, end = outcome.observed, outcome.flow.endpoint
    return (observed.address if observed is not None else None) or end.address or end.host
