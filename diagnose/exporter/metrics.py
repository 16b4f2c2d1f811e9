"""Which metrics does one probe give?

The first ones have the names and the meaning of the blackbox exporter. Labels take words of closed
lists alone, so no peer and no target can make new series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, get_args

from diagnose.exporter.probe_run import ProbeOutcome
from probes.frozen import frozen
from probes.observation import Observation, Reason, State

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

PROBE_METRICS: Mapping[str, str] = {
    "probe_success": "1 if the endpoint answered as the asked service, 0 if not or if that is not known.",
    "probe_duration_seconds": "Time that the probe took.",
    "probe_dns_lookup_time_seconds": "Time that looking up the host took.",
    "probe_ip_protocol": "4 or 6, the IP version of the address that was asked.",
    "probe_ssl_earliest_cert_expiry": "Earliest end of a certificate that the server sent, Unix time.",
    "probe_http_status_code": "Status of the HTTP answer.",
    "emr_probe_conclusive": "1 if the probe decided whether the endpoint works, 0 if that is not known.",
    "emr_probe_state_info": "How the endpoint was seen, and the event that gave the state.",
    "emr_probe_rtt_seconds": "Time from the request to the first reply.",
    "emr_probe_attempts": "Packets or handshakes that were sent for the deciding answer.",
    "emr_probe_questions": "Questions that were asked.",
    "emr_probe_kerberos_error_code": "Code of the KRB-ERROR that the KDC answered.",
    "emr_probe_kerberos_clock_offset_min_seconds": "Least difference of clocks, KDC minus exporter.",
    "emr_probe_kerberos_clock_offset_max_seconds": "Greatest difference of clocks, KDC minus exporter.",
    "emr_probe_kerberos_realm_served": "1 if the KDC serves the realm, 0 if not.",
    "emr_probe_kerberos_principal_info": "State of the principal of the module.",
    "emr_probe_kerberos_service_known": "1 if the KDC knows the service of the module, 0 if not.",
    "emr_probe_certificate_faults": "Reasons for which clients refuse the certificate of the server.",
    "emr_probe_service_serves": "1 if the service says that it serves clients now, 0 if not.",
    "emr_probe_service_state_info": "State that the service says of itself, such as active or standby.",
}
"""Name -> help. docs/monitoring.md and the examples are compared with it."""

STATES = frozenset(get_args(State))
REASONS = frozenset(get_args(Reason))
PRINCIPAL_STATES = frozenset({"present", "unknown-client", "expired", "locked", "password-expired", "undetermined"})
SERVICE_STATES = frozenset({"active", "standby", "observer", "initializing", "stopping", "starting"})
OTHER = "other"
"""Label for a word that is in no list."""


@frozen
class ProbeSample:
    """One sample."""

    name: str
    """Name of the metric, a key of PROBE_METRICS."""

    value: float
    """Its value, in the unit of its name."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels, each with a word of a closed list."""


def samples(outcome: ProbeOutcome) -> Iterator[ProbeSample]:
    """Yield what one probe tells. What is not known has no sample."""
    seen = outcome.observation
    yield ProbeSample("probe_success", float(outcome.success))
    yield ProbeSample("probe_duration_seconds", round(outcome.duration_s, 6))
    yield ProbeSample("probe_dns_lookup_time_seconds", round(outcome.lookup_s, 6))
    if seen.address is not None:
        yield ProbeSample("probe_ip_protocol", 6 if ":" in seen.address else 4)
    yield ProbeSample("emr_probe_conclusive", float(outcome.report.works is not None))
    labels = {"state": _word(seen.state, STATES), "reason": _word(seen.reason, REASONS)}
    yield ProbeSample("emr_probe_state_info", 1, labels)
    if seen.rtt_ms is not None:
        yield ProbeSample("emr_probe_rtt_seconds", round(seen.rtt_ms / 1000, 6))
    yield ProbeSample("emr_probe_attempts", seen.attempts)
    yield ProbeSample("emr_probe_questions", len(outcome.steps))
    yield from _kerberos(outcome)
    yield from _tls(seen)
    yield from _service(seen)


def _kerberos(outcome: ProbeOutcome) -> Iterator[ProbeSample]:
    details = {step.question.kind: step.answer.detail for step in outcome.steps}
    seen = outcome.observation.detail
    if isinstance(code := seen.get("error_code"), int):
        yield ProbeSample("emr_probe_kerberos_error_code", code)
    match details.get("kdc-clock", {}).get("clock_s", seen.get("clock_offset_s")):
        case [int() | float() as low, int() | float() as high]:
            yield ProbeSample("emr_probe_kerberos_clock_offset_min_seconds", low)
            yield ProbeSample("emr_probe_kerberos_clock_offset_max_seconds", high)
    match details.get("kdc-realm", {}).get("realm_served"):
        case {"served": "yes" | "no" as served}:
            yield ProbeSample("emr_probe_kerberos_realm_served", float(served == "yes"))
    match details.get("kdc-principal", {}).get("principal"):
        case {"state": state}:
            yield ProbeSample("emr_probe_kerberos_principal_info", 1, {"state": _word(state, PRINCIPAL_STATES)})
    match details.get("kdc-service", {}).get("service"):
        case {"known": "yes" | "no" as known}:
            yield ProbeSample("emr_probe_kerberos_service_known", float(known == "yes"))


def _tls(seen: Observation) -> Iterator[ProbeSample]:
    tls, chain = seen.detail.get("tls"), seen.detail.get("chain")
    if not isinstance(tls, Mapping):
        return
    certificates = [tls, *(chain if isinstance(chain, list) else ())]
    ends = [_moment(one.get("until")) for one in certificates if isinstance(one, Mapping)]
    known = [end for end in ends if end is not None]
    if known:
        yield ProbeSample("probe_ssl_earliest_cert_expiry", min(known))
    if isinstance(faults := tls.get("faults"), list):
        yield ProbeSample("emr_probe_certificate_faults", len(faults))


def _service(seen: Observation) -> Iterator[ProbeSample]:
    detail = seen.detail
    if isinstance(status := detail.get("status"), int):
        yield ProbeSample("probe_http_status_code", status)
    serves = detail.get("serves", detail.get("serving"))
    if isinstance(serves, bool):
        yield ProbeSample("emr_probe_service_serves", float(serves))
    if isinstance(state := detail.get("state"), str):
        yield ProbeSample("emr_probe_service_state_info", 1, {"state": _word(state, SERVICE_STATES)})


def _word(word: object, known: frozenset[str]) -> str:
    return word if isinstance(word, str) and word in known else OTHER


def _moment(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def registry(outcome: ProbeOutcome) -> CollectorRegistry:
    """Return the samples of one probe for the library that writes them."""
    from prometheus_client import CollectorRegistry, Gauge

    made = CollectorRegistry()
    for sample in samples(outcome):
        gauge = Gauge(sample.name, PROBE_METRICS[sample.name], list(sample.labels), registry=made)
        (gauge.labels(**sample.labels) if sample.labels else gauge).set(sample.value)
    return made
