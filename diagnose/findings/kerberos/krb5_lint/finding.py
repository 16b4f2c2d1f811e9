"""How is a fault of a krb5.conf said? Who is hurt and how, the line it stands on, and that line as it should read."""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.findings import catalogue
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.model import Confidence, Evidence, Finding, Severity
from diagnose.output.clean import clean
from probes.origin import Origin

MOST_PLACES = 12
MOST_TITLE = 120
"""Characters: a title may quote a value, and values may be long."""


def say(
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
    """mit, jdk: what each family does with it, one clause without a full stop; at: the lines, the decisive one first; severity: where it is less than
    what the catalogue gives. A repair that is a line to write stands after "->"."""
    if at[0].file in {name for name, _ in views.files[1:]}:
        jdk = "does not read this file, for it knows no list of files"
    return Finding(
        code=code,
        severity=severity or catalogue.severity(code, touches_required=True),
        confidence=confidence,
        title=_short(title),
        cause=clean(f"{place(at[0])}: {_quoted(views, at[0])}MIT (libkrb5): {mit}. Java (JDK): {jdk}."),
        evidence=tuple(Evidence("line", place(one), clean(views.line(one))) for one in at[:MOST_PLACES]),
        settle_by=settle_by if confidence != "proven" else None,
        advice=tuple(clean(text) for text in repair),
    )


def place(at: Origin) -> str:
    return at.file if at.line is None else f"{at.file}:{at.line}"


def _short(title: str) -> str:
    shown = clean(title)
    return shown if len(shown) <= MOST_TITLE else shown[: MOST_TITLE - 1] + "…"


def write(at: Origin, *lines: str) -> str:
    """The repair of one line: what to write in its place."""
    return f"{place(at)} -> {' | '.join(lines)}"


def _quoted(views: Views, at: Origin) -> str:
    line = views.line(at)
    return f"“{line}”. " if line else ""
