"""What is known of one flow, from its configuration and from packets?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from diagnose.decisions.model import Model
from diagnose.decisions.targets import Attachment
from diagnose.decisions.verdicts import verdict_at_address
from diagnose.flows.model import Flow
from diagnose.scene.other_service import other_protocol, own_answer
from probes.addresses import contains, parse_address
from probes.frozen import frozen, replace
from probes.observation import Observation
from probes.rules.decision import Decision, Verdict

FlowVerdict = Literal["reachable", "accepts", "allowed", "blocked", "partial", "unknown"]
"""Verdict of one flow over its whole range of sources.

- reachable: the service answered in its own protocol.
- accepts: its port took the connection, and it was not asked further.
- allowed, blocked: the configuration decides, or a packet proved it.
- partial: only some sources are let through.
- unknown: nothing decides; or a service was asked in its own protocol, once, and did not answer.
"""
GOOD: frozenset[FlowVerdict] = frozenset({"reachable", "accepts", "allowed"})
"""Verdicts of a flow about which nothing is to be done."""

BY_CONFIGURATION: Mapping[Verdict, FlowVerdict] = {
    "allowed": "allowed",
    "denied": "blocked",
    "partial": "partial",
    "unknown": "unknown",
}


@frozen
class Outcome:
    """All that is known of one flow."""

    flow: Flow
    """The flow. Its address is the observed one if no file has an address."""
    decisions: tuple[Decision, ...]
    """Decisions of the configured layers, source side first."""
    observations: tuple[Observation, ...]
    """All observations, in order of time, with notes (state "not-probed")."""
    attachment: Attachment
    """Security groups on the target's interface."""
    configured: Verdict
    """Verdict of all configured layers over the whole range of sources."""
    observed: Observation | None
    """The decisive observation. None if nothing was sent, or if two records contradict each
    other."""
    from_inside: bool
    """True if `observed` was made from an address of the resource group's networks.

    Only then does it prove something about them.
    """
    here: Verdict
    """Configured verdict for the address that sent.

    For the whole range if that address is not inside.
    """
    verdict: FlowVerdict
    """Verdict of configuration and packets together."""
    is_standby: bool = False
    """True if it refuses because another ResourceManager is active. See `scene.standby`."""

    @property
    def is_silent(self) -> bool:
        """Return True if a request got neither an answer nor an error."""
        return self.observed is not None and self.observed.reason == "no-response"

    def decision(self, direction: str) -> Decision | None:
        """Return the security-group decision of one direction. None if that layer is not known."""
        for decision in self.decisions:  # a loop: every check asks this of every flow
            if decision.direction == direction and decision.layer == "security-group":
                return decision
        return None


def outcomes(model: Model, flows: Iterable[Flow], observed: Mapping[str, Sequence[Observation]]) -> tuple[Outcome, ...]:
    """Return one outcome for each flow, in their order.

    `observed` has the observations by flow id.
    """
    return tuple(
        _outcome(model, _resolved(model, flow, observed.get(flow.id, ())), tuple(observed.get(flow.id, ())))
        for flow in flows
    )


def _resolved(model: Model, flow: Flow, observations: Sequence[Observation]) -> Flow:
    """Return the flow with the address that the vantage found, unless a file has one.

    With an address, the node that the flow ends at is known. Of several vantages the last counts.
    An address of another interface of the same node goes before that of a file, because the rules
    of that interface decide.
    """
    last = observations[-1].vantage if observations else None
    address = next((o.address for o in observations if o.vantage == last and o.address is not None), None)
    if _number(address) is None or flow.endpoint.address == address:
        return flow
    node = model.node(flow) if flow.endpoint.address is not None else None
    if flow.endpoint.address is not None and (node is None or node.second_at(address) is None):
        return flow
    return replace(flow, endpoint=replace(flow.endpoint, address=address))


def _outcome(model: Model, flow: Flow, observations: tuple[Observation, ...]) -> Outcome:
    return judged(model, flow, model.decisions(flow), model.verdict(flow), observations)


def judged(
    model: Model, flow: Flow, decisions: tuple[Decision, ...], whole: Verdict, observations: tuple[Observation, ...]
) -> Outcome:
    """Return the outcome of a flow with these decisions and observations.

    whole: the verdict of the decisions together over the whole range of sources.
    """
    is_contradicted = any(o.reason == "contradicted" for o in observations)
    sent = [] if is_contradicted else [o for o in reversed(observations) if o.state != "not-probed"]
    # Of several places the resource group's own is the one that is asked about.
    observed = next((o for o in sent if _is_from_inside(model, o)), next(iter(sent), None))
    source = None if observed is None else _number(observed.source)
    from_inside = observed is not None and _is_from_inside(model, observed)
    here = whole if source is None or not from_inside else verdict_at_address(decisions, source)
    is_right_service = _is_kerberos_reply(observed) if flow.area == "kerberos" else not _is_no_service(observations)
    return Outcome(
        flow=flow,
        decisions=decisions,
        observations=observations,
        attachment=model.attachment(flow),
        configured=whole,
        observed=observed,
        from_inside=from_inside,
        here=here,
        verdict="unknown"
        if is_contradicted
        else _verdict(whole, observed, from_inside, is_right_service, observations),
    )


def _is_no_service(observations: Sequence[Observation]) -> bool:
    """Return True if another service answers there, or nobody does."""
    return other_protocol(observations) is not None or own_answer(observations) == "hangs"


def _is_kerberos_reply(observed: Observation | None) -> bool:
    return observed is not None and observed.reason == "kerberos-reply"


def _verdict(
    whole: Verdict,
    observed: Observation | None,
    from_inside: bool,
    is_right_service: bool,
    observations: tuple[Observation, ...],
) -> FlowVerdict:
    """Return the verdict of configuration and packets together.

    - For the address that sent them, packets beat the configuration.
    - One address decides nothing for a range that is known to be only partly allowed.
    - An answer of the wrong service is "blocked", for example a web server on the KDC's port. So is
      a service that hangs.
    """
    if observed is None:
        return BY_CONFIGURATION[whole]
    if observed.state == "open":
        if not is_right_service:
            return "blocked"
        if whole == "partial":
            return "partial"
        return _opened(observed, observations) if from_inside else BY_CONFIGURATION[whole]
    if observed.state == "closed" or from_inside:
        return "partial" if whole == "partial" and observed.reason == "no-response" else "blocked"
    return BY_CONFIGURATION[whole]


def _opened(observed: Observation, observations: tuple[Observation, ...]) -> FlowVerdict:
    """Return the verdict of a flow whose port took the connection.

    A handshake shows that the port is open, and no more. Only an answer earns "reachable".
    """
    if observed.reason != "syn-ack":
        return "reachable"
    answer = own_answer(observations)
    return "accepts" if answer is None else "reachable" if answer == "answered" else "unknown"


def _number(address: str | None) -> int | None:
    """Return the number of an address.

    None also for a scoped address (RFC 4007), and for a text from a file that is no address.
    """
    try:
        return None if address is None else parse_address(address)
    except ValueError:
        return None


def _is_from_inside(model: Model, observation: Observation) -> bool:
    """Return True if it was made from an address of the resource group's networks."""
    address = _number(observation.source)
    return address is not None and any(contains(source.ranges, address) for source in model.sources)
