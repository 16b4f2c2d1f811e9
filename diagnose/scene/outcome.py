"""What is known of one flow once configuration and packets are laid side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from diagnose.decisions.model import Attachment, Model, configured_verdict, verdict_at_address
from diagnose.flows.model import Flow
from probes.addresses import parse_address
from probes.observation import Observation
from probes.rules.decision import Decision, Verdict

FlowVerdict = Literal["reachable", "allowed", "blocked", "partial", "unknown"]
BY_CONFIGURATION: Mapping[Verdict, FlowVerdict] = {
    "allowed": "allowed",
    "denied": "blocked",
    "partial": "partial",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """observed: the decisive observation, None if nothing was sent; from_inside: it was made from an address of the resource group's networks,
    so it speaks for them; here: the configured verdict for that address, else for the whole range."""

    flow: Flow
    decisions: tuple[Decision, ...]
    observations: tuple[Observation, ...]
    attachment: Attachment
    configured: Verdict
    observed: Observation | None
    from_inside: bool
    here: Verdict
    verdict: FlowVerdict

    @property
    def broken(self) -> bool:
        return self.verdict in ("blocked", "partial")

    @property
    def silent(self) -> bool:
        """A request that should have been answered was not, and nothing on the way said why."""
        return self.observed is not None and self.observed.reason == "no-response"

    def decision(self, direction: str) -> Decision | None:
        """The security-group decision of one side."""
        return next((d for d in self.decisions if d.layer == "security-group" and d.direction == direction), None)


def outcomes(model: Model, flows: Iterable[Flow], seen: Mapping[str, Sequence[Observation]]) -> tuple[Outcome, ...]:
    """One outcome for each flow, in their order. seen: observations by flow id."""
    return tuple(
        _outcome(model, _resolved(flow, seen.get(flow.id, ())), tuple(seen.get(flow.id, ()))) for flow in flows
    )


def _resolved(flow: Flow, observations: Sequence[Observation]) -> Flow:
    """A name that no file has an address for, with the address that the vantage found: the node it leads to is then known."""
    found = next((o.address for o in observations if o.address is not None), None)
    if flow.endpoint.address is not None or found is None or "%" in found:
        return flow
    return replace(flow, endpoint=replace(flow.endpoint, address=found))


def _outcome(model: Model, flow: Flow, observations: tuple[Observation, ...]) -> Outcome:
    decisions = model.decisions(flow)
    whole = configured_verdict(decisions, flow.sources)
    observed = next((o for o in reversed(observations) if o.state != "not-probed"), None)
    source = None if observed is None else _source(observed)
    inside = source is not None and _within(model, source)
    here = whole if source is None or not inside else verdict_at_address(decisions, source)
    return Outcome(
        flow=flow,
        decisions=decisions,
        observations=observations,
        attachment=model.attachment(flow),
        configured=whole,
        observed=observed,
        from_inside=inside,
        here=here,
        verdict=_verdict(whole, observed, inside, speaks=flow.area != "kerberos" or _kerberos(observed)),
    )


def _kerberos(observed: Observation | None) -> bool:
    return observed is not None and observed.reason == "kerberos-reply"


def _verdict(whole: Verdict, observed: Observation | None, inside: bool, *, speaks: bool) -> FlowVerdict:
    """speaks: what answered is what is needed; a web server on the KDC's port is not.

    Packets beat configuration for the address that sent them, and one address never speaks for a range that is known to be cut in two."""
    if observed is None:
        return BY_CONFIGURATION[whole]
    if observed.state == "open":
        if not speaks:
            return "blocked"
        if whole == "partial":
            return "partial"
        return "reachable" if inside else BY_CONFIGURATION[whole]
    if observed.state == "closed" or inside:
        return "partial" if whole == "partial" and observed.reason == "no-response" else "blocked"
    return BY_CONFIGURATION[whole]


def _source(observation: Observation) -> int | None:
    """None if nothing was sent, and for what is no address of a routed network: a scoped one (RFC 4007), or text from a file made elsewhere."""
    try:
        return None if observation.source is None else parse_address(observation.source)
    except ValueError:
        return None


def _within(model: Model, address: int) -> bool:
    return any(low <= address <= high for source in model.sources for low, high in source.ranges)
