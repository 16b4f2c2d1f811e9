"""Which state of a KDC does an outcome show?

An observation decides, else the configuration. Nothing is assumed.
"""

from __future__ import annotations

from typing import Final

from diagnose.clients.model import Refusal, State, Transport
from diagnose.findings.kerberos.kdc_answers import clock_offset, loses_tickets, serves_other_realm
from diagnose.scene.outcome import Outcome
from probes.observation import Observation, Reason

_TOO_BIG: Final = 52
"""KRB_ERR_RESPONSE_TOO_BIG of RFC 4120 7.5.9."""

_BOTH: Final[dict[Reason, State]] = {
    "rst": "refused",
    "conn-refused": "refused",
    "port-unreachable": "refused",
    "no-response": "silent",
    "host-unreachable": "unreachable",
    "host-prohibited": "prohibited",
    "admin-prohibited": "prohibited",
    "net-unreachable": "net-unreachable",
    "no-route": "no-route",
    "name-not-found": "unresolved",
    "resolver-failed": "resolver-dead",
}

_UDP: Final[dict[Reason, State]] = {
    "udp-reply": "not-kerberos",
    "net-prohibited": "prohibited",
    "proto-unreachable": "prohibited",
    "local-prohibited": "not-permitted",
}
"""States of UDP alone. ICMP errors other than "port unreachable" are one kind to a UDP socket."""

_CONNECTED: Final[dict[str | None, State]] = {
    "silent": "open-but-silent",
    "incomplete": "open-but-silent",
    "closed": "closes",
    "foreign": "not-kerberos",
}
"""States by detail["kerberos"] of a connection that brought no Kerberos message."""


def state(outcome: Outcome | None) -> State:
    """Return the state of a KDC over the transport of the outcome's flow.

    Unknown in these cases:
    - There is no outcome.
    - Only a part of the sources is let through.
    - Neither an observation nor a decision holds for the resource group.
    """
    if outcome is None or outcome.verdict == "partial":
        return "unknown"
    observation = outcome.observed
    if observation is not None and (
        outcome.from_inside or observation.state == "closed" or observation.reason == "no-route"
    ):
        observed = observed_state(observation, outcome.flow.endpoint.transport)
        return "answers-short" if observed == "answers" and loses_tickets(outcome) else observed
    return {"allowed": "answers", "blocked": "silent"}.get(outcome.verdict, "unknown")  # type: ignore[return-value]


def refusal(outcome: Outcome | None, allowed_skew: float) -> Refusal | None:
    """Return why a KDC that answers gives no ticket.

    None if nothing is known against it.

    The realm comes before the clock. `allowed_skew` is in seconds.
    """
    if outcome is None or outcome.observed is None or outcome.observed.reason != "kerberos-reply":
        return None
    if serves_other_realm(outcome):
        return "realm"
    return "clock" if clock_offset(outcome, allowed_skew) is not None else None


def observed_state(observation: Observation, transport: Transport) -> State:
    """Return the state that one observation of a Kerberos probe shows."""
    if observation.reason == "kerberos-reply":
        too_big = transport == "udp" and observation.detail.get("error_code") == _TOO_BIG
        return "answers-too-big" if too_big else "answers"
    if observation.reason == "syn-ack" and observation.word("errno") == "ECONNRESET":
        return "resets"
    if observation.reason == "syn-ack":
        return _CONNECTED.get(observation.word("kerberos"), "unknown")
    state = _BOTH.get(observation.reason)
    if state is None and transport == "udp":
        state = _UDP.get(observation.reason)
    return state or "unknown"
