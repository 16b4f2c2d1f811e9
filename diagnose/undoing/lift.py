"""How does a flow fare if one cause no longer stops it?

Nothing is sent. A layer that denied the flow lets it through, or a service that was silent answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.decisions.model import Model
from diagnose.decisions.verdicts import configured_verdict
from diagnose.scene.outcome import Outcome, judged
from probes.addresses import Ranges, union
from probes.frozen import frozen, replace
from probes.rules.decision import Decision, Direction, Layer, Packet, Verdict


@frozen
class Lift:
    """The decisions that a cause no longer makes."""

    layer: Layer | None = None
    """Layer of the configuration. None for a cause outside of it: a service, a host, a name."""
    directions: tuple[Direction, ...] = ("ingress", "egress")
    """Directions of the layer."""
    packets: tuple[Packet, ...] = ("request", "reply")
    """Packets of the layer."""
    is_refusal: bool = False
    """True if the host itself refuses the flow, so that its packets pass every layer."""

    def covers(self, decision: Decision) -> bool:
        return (
            decision.layer == self.layer and decision.direction in self.directions and decision.packet in self.packets
        )


_OUTSIDE = Lift()
_REFUSES = Lift(is_refusal=True)
_GROUPS = Lift("security-group", ("ingress",))
LIFTS: Mapping[str, Lift] = {
    "SG-RG-EGRESS": Lift("security-group", ("egress",)),
    "SG-UNRESOLVED": Lift("security-group"),
    "NACL-IN": Lift("network-acl", packets=("request",)),
    "NACL-RETURN": Lift("network-acl", packets=("reply",)),
    "NACL-EPHEMERAL": Lift("network-acl", packets=("reply",)),
    "NET-ROUTE": Lift("route", packets=("request",)),
    "NET-WRONG-VPC": Lift("route"),
    "RET-ROUTE": Lift("route", packets=("reply",)),
    "SVC-DOWN": _REFUSES,
    "KDC-DOWN": _REFUSES,
    "KDC-UDP-OFF": _REFUSES,
    "KDC-TCP-OFF": _REFUSES,
}
"""Code -> what undoing it lifts. Other codes of security groups lift the inbound rules."""


def lift_of(code: str) -> Lift:
    """Return what undoing a finding of this code lifts."""
    return LIFTS.get(code, _GROUPS if code.startswith("SG-") else _OUTSIDE)


class Lifting:
    """How do flows fare that one cause no longer stops?

    Flows that share their decisions share what is left of them.
    """

    def __init__(self, model: Model, lift: Lift) -> None:
        self._model, self._lift = model, lift
        self._left: dict[tuple[int, Ranges], tuple[tuple[Decision, ...], Verdict]] = {}

    def of(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a flow that this cause no longer stops.

        - What was observed is dropped if the cause may explain it. Silence may be explained by
          every layer, an unknown name by none.
        - Other layers that deny the flow still do, unless a refusal shows that they let it through.
          If nothing denies it, it is let through.
        """
        lift = self._lift
        decisions, whole = self._left_of(outcome)
        if lift.layer is not None and not _explains(lift, outcome):
            return judged(self._model, outcome.flow, decisions, whole, outcome.observations)
        if lift.is_refusal and _is_refused(outcome):
            return answering(outcome, tuple(map(_opened, decisions)))
        if whole in ("denied", "partial"):
            return judged(self._model, outcome.flow, decisions, whole, ())
        return answering(outcome, decisions)

    def _left_of(self, outcome: Outcome) -> tuple[tuple[Decision, ...], Verdict]:
        """Return the decisions without those that the cause makes, and their verdict together."""
        key = (id(outcome.decisions), outcome.flow.sources)  # the scene that is lifted holds them
        if key not in self._left:
            decisions = tuple(_opened(each) if self._lift.covers(each) else each for each in outcome.decisions)
            self._left[key] = (decisions, configured_verdict(decisions, outcome.flow.sources))
        return self._left[key]


def answering(outcome: Outcome, decisions: tuple[Decision, ...] | None = None) -> Outcome:
    """Return the outcome of the same flow in a world in which nothing stops it.

    `decisions`: those of that world. None keeps those of the outcome.
    """
    return Outcome(
        flow=outcome.flow,
        decisions=outcome.decisions if decisions is None else decisions,
        observations=(),
        attachment=outcome.attachment,
        configured=outcome.configured,
        observed=None,
        from_inside=False,
        here="allowed",
        verdict="allowed",
        is_standby=outcome.is_standby,
    )


def _is_refused(outcome: Outcome) -> bool:
    """Return True if the host refused the resource group, so that no layer stops the flow.

    Exported rules that deny it are then out of date (INPUT-STALE).
    """
    return outcome.from_inside and outcome.observed is not None and outcome.observed.state == "closed"


def _explains(lift: Lift, outcome: Outcome) -> bool:
    """Return True if the layer may be the reason of what was observed, or if nothing was."""
    observed = outcome.observed
    return observed is None or observed.reason == "no-response" or lift.layer == "route"


def _opened(decision: Decision) -> Decision:
    everything = union((*decision.allowed, *decision.denied, *decision.unknown))
    return replace(
        decision, verdict="allowed", allowed=everything, denied=(), unknown=(), deciding=(), missing=(), assumed=()
    )
