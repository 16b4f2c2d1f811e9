"""How does a report become metrics for the text-file collector of the node exporter?

Text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ (2026-11-29).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from diagnose.output.clean import clean
from diagnose.report import flow_words, rule_words
from diagnose.report.environments import parts
from diagnose.report.model import Report
from diagnose.report.required import results
from probes.language import marked, tr

PREFIX = "emr_diagnose"
WORKS = marked("1 if a required connection works or is allowed, 0 if not, or if a sure fault stops it.")
DENIED = marked("1 if a connection stays denied as case.toml wants, 0 if it gets through.")
Samples = Sequence[tuple[Mapping[str, str], float]]
"""Labels and value of each sample of one metric."""


def render(report: Report) -> bytes:
    """Return all metrics. Every sample has the labels `case` and `cluster`, and `environment` if
    there are two."""
    of_parts = zip(*map(_metrics, parts(report)), strict=True)
    return "".join(
        metric(rows[0][0], rows[0][1], [sample for _, _, samples in rows for sample in samples]) for rows in of_parts
    ).encode("utf-8", "replace")


def _metrics(report: Report) -> list[tuple[str, str, Samples]]:
    """Return name, meaning and samples of each metric of one case."""
    of_flow = results(report)
    case = {"case": report.case.name, "cluster": report.case.cluster.id or ""}
    if report.environment is not None:
        case["environment"] = report.environment
    flows = [
        ({"service": flow.service, "target": flow_words.target(flow), "need": flow.need, "verdict": flow.verdict}, 1.0)
        for flow in report.flows
    ]
    works = [
        (
            {"service": flow.service, "target": flow_words.target(flow)},
            float(of_flow[flow.id] == "good"),
        )
        for flow in report.flows
        if flow.need == "required" and of_flow[flow.id] != "unknown"
    ]
    findings = [
        ({"code": one.code, "severity": one.severity, "confidence": one.confidence, "rank": str(one.rank)}, 1.0)
        for one in report.findings
    ]
    waived = sum(finding.waived is not None for finding in report.findings)
    denied = [
        ({"connection": each.text}, float(each.verdict == "denied"))
        for each in report.expectations
        if each.verdict != "unknown"
    ]
    rules = [
        ({"rule": rule.id, "stage": rule.stage, "required": str(rule.required).lower(), "state": rule.state}, 1.0)
        for rule in report.rules
    ]
    states = [
        ({"state": state}, float(sum(rule.state == state for rule in report.rules)))
        for state in rule_words.STATES
        if report.rules
    ]
    metrics: list[tuple[str, str, Samples]] = [
        ("up", tr("1 if a report was made."), [({}, 1.0)]),
        ("exit_code", tr("Exit code of the check."), [({}, float(report.exit_code))]),
        ("report_timestamp_seconds", tr("Start of the check."), _begin(report)),
        ("duration_seconds", tr("Time that the check took."), [({}, report.duration_ms / 1000)]),
        ("connection_works", tr(WORKS), works),
        ("connection_verdict", tr("Verdict of each connection."), flows),
        ("finding", tr("Findings, the primary cause has rank 1."), findings),
        ("registration_rule", tr("State of each rule of registration."), rules),
        ("registration_rules", tr("Rules of registration in each state."), states),
        ("stays_denied", tr(DENIED), denied),
        ("waived_findings", tr("Findings that are accepted for a time."), [({}, float(waived))]),
        ("skipped_checks", tr("Checks that were not made."), [({}, float(len(report.skipped)))]),
    ]
    return [
        (name, meaning, [({**case, **labels}, value) for labels, value in samples])
        for name, meaning, samples in metrics
    ]


def aborted() -> bytes:
    """Return the metric of a run that ended before there was a report."""
    return metric("up", tr("1 if a report was made."), [({}, 0.0)]).encode()


def metric(name: str, meaning: str, samples: Samples) -> str:
    """Return one metric. `name` is without the prefix of the program."""
    head = f"# HELP {PREFIX}_{name} {meaning}\n# TYPE {PREFIX}_{name} gauge\n"
    values = {_labels(labels): value for labels, value in samples}
    return head + "".join(f"{PREFIX}_{name}{labels} {_number(value)}\n" for labels, value in values.items())


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return clean(value).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _begin(report: Report) -> Samples:
    """Return the start of the check. Nothing if a saved report has another text in its place."""
    try:
        return [({}, datetime.fromisoformat(report.started_at).timestamp())]
    except (ValueError, OverflowError):
        return []
