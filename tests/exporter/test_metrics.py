"""Which series can a probe make? No more than the lists of words allow, whatever a peer sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import pytest

from diagnose.exporter.metrics import OTHER, PRINCIPAL_STATES, PROBE_METRICS, registry, samples
from diagnose.exporter.own_metrics import OWN_METRICS, OwnMetrics
from diagnose.exporter.probe_run import ProbeOutcome, ProbeStep
from diagnose.probing.answers import TargetReport
from probes.endpoint import Endpoint
from probes.kerberos.kdc import principal
from probes.observation import Observation
from probes.questions import Question
from probes.questions.question import Kind

END = Endpoint("h", 1, "tcp", "192.168.20.1")
HOSTILE = 'x"}\n{y="'


def outcome(detail: Mapping[str, object], steps: Mapping[Kind, Mapping[str, object]] | None = None) -> ProbeOutcome:
    seen = Observation("local", "open", "service-reply", rtt_ms=2.5, attempts=1, address=END.address, detail=detail)
    asked = [
        ProbeStep(Question(kind, END), Observation("local", "open", "kerberos-reply", detail=one))
        for kind, one in (steps or {}).items()
    ]
    return ProbeOutcome(TargetReport.of("t", END, None, seen, []), seen, tuple(asked), True, 0.001, 0.01)


def told(detail: Mapping[str, object], steps: Mapping[Kind, Mapping[str, object]] | None = None) -> dict[str, float]:
    return {sample.name: sample.value for sample in samples(outcome(detail, steps))}


def test_every_sample_has_a_help_and_seconds_are_seconds() -> None:
    values = told({})
    assert set(values) <= set(PROBE_METRICS)
    assert values["emr_probe_rtt_seconds"] == 0.0025


def test_labels_take_known_words_alone() -> None:
    steps: Mapping[Kind, Mapping[str, object]] = {"kdc-principal": {"principal": {"state": HOSTILE}}}
    labels = {
        (sample.name, name, word)
        for sample in samples(outcome({"state": HOSTILE}, steps))
        for name, word in sample.labels.items()
    }
    assert ("emr_probe_service_state_info", "state", OTHER) in labels
    assert ("emr_probe_kerberos_principal_info", "state", OTHER) in labels
    assert not any(HOSTILE in word for _, _, word in labels)


def test_the_states_of_a_principal_are_those_of_the_question() -> None:
    assert set(get_args(principal.State)) == PRINCIPAL_STATES


@pytest.mark.parametrize(
    "detail",
    [
        {"tls": {"until": "never"}},
        {"tls": {"until": 5}},
        {"tls": [], "chain": [1], "status": "200", "error_code": "x", "clock_offset_s": ["a", 1]},
        {"clock_offset_s": [1]},
        {"serves": "yes", "state": ["active"]},
    ],
)
def test_a_reply_of_another_shape_gives_no_sample_and_no_error(detail: Mapping[str, object]) -> None:
    assert set(told(detail)) <= set(told({})) | {"emr_probe_certificate_faults"}


def test_the_earliest_end_of_a_chain_is_told() -> None:
    chain = [{"until": "2027-01-01T00:00:00+00:00"}, {"until": "2026-12-01T00:00:00+00:00"}]
    assert told({"tls": {"until": chain[0]["until"], "faults": []}, "chain": chain})[
        "probe_ssl_earliest_cert_expiry"
    ] == pytest.approx(1796083200)


def test_a_measured_clock_counts_before_the_first_answer() -> None:
    values = told({"clock_offset_s": [-1.0, 1.0]}, {"kdc-clock": {"clock_s": [0.25, 0.5]}})
    assert values["emr_probe_kerberos_clock_offset_min_seconds"] == 0.25
    assert values["emr_probe_kerberos_clock_offset_max_seconds"] == 0.5


def test_the_library_writes_each_probe_into_a_registry_of_its_own() -> None:
    first, second = registry(outcome({})), registry(outcome({}))
    assert {family.name for family in first.collect()} == {family.name for family in second.collect()}


def test_the_exporter_counts_under_the_names_that_are_documented() -> None:
    own = OwnMetrics()
    own.probed("kdc", "success", 0.1)
    own.refused("busy")
    names = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in own.registry.collect()
        if family.name.startswith("emr_")
    }
    assert names == set(OWN_METRICS)
