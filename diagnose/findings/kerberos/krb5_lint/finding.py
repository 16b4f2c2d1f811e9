"""What does a finding about a line of krb5.conf contain?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.findings import catalogue
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.model import Confidence, Evidence, Finding, Severity
from diagnose.findings.values import origin_value
from diagnose.findings.wording import worded
from diagnose.output.clean import clean
from probes.origin import Origin

MOST_PLACES = 12
"""Lines that one finding shows."""


def line_finding(
    views: Views,
    code: str,
    at: Sequence[Origin],
    title: str,
    *,
    mit: str,
    jdk: str,
    repair: Sequence[str],
    severity: Severity | None = None,
    confidence: Confidence = "proven",
    settle_by: str | None = None,
) -> Finding:
    """Return a finding about one or more lines of krb5.conf.

    - `at`: the lines, the decisive one first.
    - `mit`, `jdk`: what each family does with them, one clause without a full stop.
    - `repair`: what to do. A line to write stands after "->".
    - `severity`: only if it is lower than that of the catalogue.
    """
    if at[0].file in {name for name, _ in views.files[1:]}:
        jdk = "does not read this file, because it reads only the first of several"
    finding = Finding(
        code=code,
        severity=severity or catalogue.severity(code, touches_required=True),
        confidence=confidence,
        cause="file-line",
        params={
            "origin": origin_value(at[0]),
            "line": views.line(at[0]),
            "what": title,
            "mit": mit,
            "jdk": jdk,
            "repairs": list(repair),
        },
        evidence=tuple(Evidence("line", place(one), clean(views.line(one)), one) for one in at[:MOST_PLACES]),
        settle_by=settle_by if confidence != "proven" else None,
    )
    return worded(finding)


def place(at: Origin) -> str:
    """Return file:line, or the file alone if the line is not known."""
    return at.file if at.line is None else f"{at.file}:{at.line}"


def replacement(at: Origin, *lines: str) -> str:
    """Return the repair of one line: the lines to write in its place."""
    return f"{place(at)} -> {' | '.join(lines)}"
