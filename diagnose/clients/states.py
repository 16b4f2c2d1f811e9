"""Which state of a KDC does an outcome show? What was observed, else what the configuration says; nothing is taken for granted."""

from __future__ import annotations

from typing import Final

from diagnose.clients.model import Refusal, State, Transport
from diagnose.findings.kerberos.kdc_answers import clock_apart, loses_tickets, other_realm
from diagnose.scene.outcome import Outcome
from probes.kerberos.message import ERROR_NAMES
from probes.observation import Observation, Reason

_TOO_BIG: Final = next(code for code, name in ERROR_NAMES.items() if name == "KRB_ERR_RESPONSE_TOO_BIG")

_BOTH: Final[dict[Reason, State]] = {
    "rst": "refused",
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
"""To a UDP socket these are errors of one kind: heard, and not "port unreachable"."""

_CONNECTED: Final[dict[object, State]] = {
    "silent": "open-but-silent",
    "incomplete": "open-but-silent",
    "closed": "closes",
    "foreign": "not-kerberos",
}
"""detail["kerberos"] of a connection that brought no Kerberos message."""


def state(outcome: Outcome | None) -> State:
    """unknown where there is no outcome, where the range is cut in two, and where nothing that speaks for the resource group was seen or decided."""
    if outcome is None or outcome.verdict == "partial":
        return "unknown"
    seen = outcome.observed
    if seen is not None and (outcome.from_inside or seen.state == "closed" or seen.reason == "no-route"):
        found = observed(seen, outcome.flow.endpoint.transport)
        return "answers-short" if found == "answers" and loses_tickets(outcome) else found
    return {"allowed": "answers", "blocked": "silent"}.get(outcome.verdict, "unknown")  # type: ignore[return-value]


def refusal(outcome: Outcome | None, allowed_skew: float) -> Refusal | None:
    """What the answer of a live KDC says against a ticket; the realm comes before the clock. allowed_skew in seconds."""
    if outcome is None or outcome.observed is None or outcome.observed.reason != "kerberos-reply":
        return None
    if other_realm(outcome):
        return "realm"
    return "clock" if clock_apart(outcome, allowed_skew) is not None else None


def observed(seen: Observation, transport: Transport) -> State:
    """One observation of a Kerberos probe."""
    if seen.reason == "kerberos-reply":
        too_big = transport == "udp" and seen.detail.get("error_code") == _TOO_BIG
        return "answers-too-big" if too_big else "answers"
    if seen.reason == "syn-ack" and seen.detail.get("errno") == "ECONNRESET":
        return "resets"
    if seen.reason == "syn-ack":
        return _CONNECTED.get(seen.detail.get("kerberos"), "unknown")
    found = _BOTH.get(seen.reason)
    if found is None and transport == "udp":
        found = _UDP.get(seen.reason)
    return found or "unknown"
