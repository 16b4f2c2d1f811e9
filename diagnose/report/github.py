"""How does a report look in a workflow of GitHub? One annotation a finding, at its file and line.

At most ten annotations of one kind are shown for a step.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions (2026-11-29)
"""

from __future__ import annotations

from diagnose.output.clean import clean
from diagnose.output.sentences import capital, commas, sentences
from diagnose.report import fault_words, flow_words, value_words, waiver_words
from diagnose.report.finding_model import FindingFacts, Severity
from diagnose.report.model import Report
from diagnose.report.verdict import in_one_line
from probes.language import tr

MOST_OF_ONE_KIND = 10
"""Annotations of one kind that GitHub shows for a step."""

KINDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
_SAID = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_NAMED = {**_SAID, ":": "%3A", ",": "%2C"}


def render(report: Report, base: str) -> bytes:
    """Return one workflow command a line. `base`: path from the working directory to the case."""
    shown: dict[str, list[str]] = {kind: [] for kind in KINDS.values()}
    for finding in report.findings:
        shown[_kind(finding)].append(_finding(report, finding, base))
    for flow in fault_words.unexplained(report):
        text = tr(
            "{service} is {verdict}: {why}",
            service=flow.service,
            verdict=tr(value_words.VERDICTS[flow.verdict]),
            why=flow_words.why(flow),
        )
        shown["error" if flow.verdict != "unknown" else "warning"].append(
            _command("error" if flow.verdict != "unknown" else "warning", {"title": flow_words.target(flow)}, text)
        )
    for bug in report.bugs:
        text = tr("{name}: {text}", name=bug.check, text=bug.error)
        shown["error"].append(_command("error", {"title": tr("a bug of emr-diagnose")}, text))
    lines = [line for kind in shown.values() for line in kind[: MOST_OF_ONE_KIND - 1]]
    left = sum(max(0, len(kind) - MOST_OF_ONE_KIND + 1) for kind in shown.values())
    more = tr("{count} more findings: --format markdown.", count=left) if left else ""
    kind = {0: "notice", 3: "warning"}.get(report.exit_code, "error")
    lines.insert(0, _command(kind, {"title": "emr-diagnose"}, sentences([in_one_line(report), more])))
    return "".join(f"{line}\n" for line in lines).encode()


def aborted(message: str) -> bytes:
    """Return one annotation: the run ended before there was a report."""
    return (_command("error", {"title": tr("emr-diagnose could not run")}, message) + "\n").encode()


def _kind(finding: FindingFacts) -> str:
    if finding.waived is not None:
        return "notice"
    return "warning" if finding.severity == "error" and not fault_words.is_sure(finding) else KINDS[finding.severity]


def _finding(report: Report, finding: FindingFacts, base: str) -> str:
    where = {}
    if place := fault_words.place(finding):
        file, line = place
        where = {"file": f"{base}/{file}" if base else file, "line": str(line)}
    lines = [finding.cause, *(tr("To repair it: {step}", step=step) for step in fault_words.to_do(report, finding))]
    if finding.waived is not None:
        lines.insert(0, capital(waiver_words.waived(finding)))
    title = commas([finding.code, tr(fault_words.SURE[finding.confidence])])
    return _command(_kind(finding), {**where, "title": title}, "\n".join(map(clean, lines)))


def _command(kind: str, properties: dict[str, str], text: str) -> str:
    named = ",".join(f"{name}={_escaped(clean(value), _NAMED)}" for name, value in properties.items())
    said = "\n".join(map(clean, text.splitlines()))
    return f"::{kind} {named}::{_escaped(said, _SAID)}"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
