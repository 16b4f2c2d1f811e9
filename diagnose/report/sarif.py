"""How does a report look to a code scanner? SARIF 2.1.0: a rule a code, a result a finding.

Locations are lines of krb5.conf, of Hadoop files and of exported rules. Their paths begin at the
working directory if the case is a directory below it, so GitHub shows them in the repository.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html (2026-11-29)
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from diagnose.output.clean import clean
from diagnose.output.json_text import json_text
from diagnose.remedies.model import LinesEdit
from diagnose.report import fault_words, waiver_words
from diagnose.report.environments import parts
from diagnose.report.finding_model import FindingFacts, Severity
from diagnose.report.model import Report, Tool
from diagnose.report.verdict import in_one_line
from probes.language import tr

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def render(report: Report, bases: str | Sequence[str]) -> bytes:
    """Return one SARIF log, with a run an environment.

    Each of two runs has an id of its own: code scanning takes no two of one tool and category.

    bases: path from the working directory to the case, or "", for each environment.
    """
    every = [bases] if isinstance(bases, str) else bases
    return _log([_run_of(part, base) for part, base in zip(parts(report), every, strict=False)])


def _run_of(report: Report, base: str) -> dict[str, Any]:
    codes = list(dict.fromkeys(finding.code for finding in report.findings))
    titles = {finding.code: finding.title for finding in reversed(report.findings)}
    rules = [{"id": clean(code), "shortDescription": {"text": clean(titles[code])}} for code in codes]
    invocation: dict[str, Any] = {
        "executionSuccessful": not report.bugs and report.exit_code != 2,
        "exitCode": report.exit_code,
        "startTimeUtc": report.started_at.replace("+00:00", "Z"),
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": clean(tr("{name}: {text}", name=bug.check, text=bug.error))}}
            for bug in report.bugs
        ]
        + [
            {"level": "note", "message": {"text": clean(tr("{name}: {text}", name=skip.check, text=skip.cause))}}
            for skip in report.skipped
        ],
    }
    results = [_result(report, finding, codes.index(finding.code), base) for finding in report.findings]
    run = _run(report.tool, rules, invocation, results, {"verdict": clean(in_one_line(report))})
    return run if report.environment is None else {**run, "automationDetails": {"id": f"{report.environment}/"}}


def aborted(message: str, tool: Tool) -> bytes:
    """Return a log without results: the run ended before there was a report."""
    invocation = {
        "executionSuccessful": False,
        "toolExecutionNotifications": [{"level": "error", "message": {"text": clean(message)}}],
    }
    return _log([_run(tool, [], invocation, [], {})])


def _run(
    tool: Tool,
    rules: list[dict[str, Any]],
    invocation: dict[str, Any],
    results: list[dict[str, Any]],
    properties: dict[str, str],
) -> dict[str, Any]:
    driver = {"name": tool.name, "version": tool.version, "rules": rules}
    return {"tool": {"driver": driver}, "invocations": [invocation], "results": results, "properties": properties}


def _log(runs: list[dict[str, Any]]) -> bytes:
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": runs}, None)


def _result(report: Report, finding: FindingFacts, rule: int, base: str) -> dict[str, Any]:
    sentences = [
        finding.cause,
        tr("How sure: {sure}.", sure=tr(fault_words.SURE[finding.confidence])),
        *(tr("To repair it: {step}", step=step) for step in fault_words.to_do(report, finding)),
    ]
    found: dict[str, Any] = {
        "ruleId": clean(finding.code),
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": "\n".join(map(clean, sentences))},
        "partialFingerprints": {"emrDiagnose/v1": _fingerprint(finding)},
        "properties": {
            "confidence": finding.confidence,
            "rank": finding.rank,
            "flows": list(map(clean, finding.flows)),
        },
    }
    if locations := _locations(finding, base):
        found["locations"] = locations[:1]
        if locations[1:]:
            found["relatedLocations"] = locations[1:]
    if finding.waived is not None:
        found["suppressions"] = [{"kind": "external", "justification": clean(waiver_words.waived(finding))}]
    if fixes := _fixes(report, finding, base):
        found["fixes"] = fixes
    return found


def _fingerprint(finding: FindingFacts) -> str:
    """Return what stays the same while the same fault is found again."""
    parts = [finding.code, str(finding.params.get("cause", "")), *sorted(finding.flows)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _locations(finding: FindingFacts, base: str) -> list[dict[str, Any]]:
    origins = dict.fromkeys(
        (shown.origin.file, shown.origin.line, shown.text) for shown in finding.evidence if shown.origin is not None
    )
    return [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": _uri(base, file)},
                **({"region": {"startLine": line}} if line else {}),
            },
            "message": {"text": clean(text)},
        }
        for file, line, text in origins
    ]


def _fixes(report: Report, finding: FindingFacts, base: str) -> list[dict[str, Any]]:
    """Return the edits of whole lines, which a viewer can apply."""
    edits = [edit for edit in report.changes if isinstance(edit, LinesEdit) and edit.finding.rank == finding.rank]
    options: dict[int, list[LinesEdit]] = {}
    for edit in edits:
        options.setdefault(edit.option, []).append(edit)
    return [
        {
            "description": {"text": clean(tr("Option {option} for {code}", option=option, code=finding.code))},
            "artifactChanges": [
                {"artifactLocation": {"uri": _uri(base, edit.file)}, "replacements": [_replacement(edit)]}
                for edit in ours
            ],
        }
        for option, ours in options.items()
    ]


def _replacement(edit: LinesEdit) -> dict[str, Any]:
    region = {"startLine": edit.line, "startColumn": 1, "endLine": edit.line + len(edit.before), "endColumn": 1}
    text = "".join(f"{line}\n" for line in edit.after)
    return {"deletedRegion": region, **({"insertedContent": {"text": text}} if text else {})}


def _uri(base: str, file: str) -> str:
    path = f"{base}/{file}" if base else file
    return quote(path.encode("utf-8", "replace").lstrip(b"/"), safe="/")
