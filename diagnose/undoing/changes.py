"""How is the cause of a finding undone in the files of its case?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnose.case.krb5_edits import with_krb5_edits
from diagnose.case.model import Case
from diagnose.findings.model import Finding
from diagnose.findings.values import Values
from diagnose.undoing.files import Place, with_hosts_line, with_setting, without_lines
from probes.origin import Origin


def without_cause(finding: Finding, case: Case) -> Case | None:
    """Return the case in which the line of the finding is right, or gone. None if no file tells how
    to undo its cause."""
    if finding.edits:
        return with_krb5_edits(case, finding.edits)
    change = CHANGES.get(finding.cause or "")
    return None if change is None else change(finding, case)


def _lines_gone(finding: Finding, case: Case) -> Case | None:
    return without_lines(case, cited_places(finding))


def cited_places(finding: Finding) -> set[Place]:
    """Return the lines that the evidence of the finding quotes."""
    return {(shown.origin.file, shown.origin.line) for shown in finding.evidence if shown.origin is not None}


def _setting_right(finding: Finding, case: Case) -> Case | None:
    origin, right = _origin(finding), finding.params.get("right")
    if is_value_tried(finding):
        right = finding.params["tried"]
    if origin is None or origin.key is None or not isinstance(right, str):
        return None
    return with_setting(case, origin, origin.key, right)


def is_value_tried(finding: Finding) -> bool:
    """Return True if one of several values that may be right is tried.

    Its flows are then no longer stopped, and nobody knows that they work.
    """
    return finding.params.get("right") is None and finding.params.get("tried") is not None


def _hosts_line(finding: Finding, case: Case) -> Case | None:
    origin, right = _origin(finding), finding.params.get("right")
    return None if origin is None or not isinstance(right, str) else with_hosts_line(case, origin.line, right)


def _origin(finding: Finding) -> Origin | None:
    """Return the place of the wrong value. None if the finding does not state one."""
    row = Values(finding.params).row("origin")
    return Origin(row.text("file"), row.number("line"), row.text("key") or None) if row.params else None


def _unknown(_finding: Finding, _case: Case) -> None:
    """Undo nothing: which of two files is the wrong one is not known."""
    return


_SETTINGS = (
    "setting-unset",
    "setting-authority",
    "setting-port",
    "setting-loopback",
    "setting-provider",
    "setting-pinned",
    "setting-bind",
    "setting-other-port",
    "setting-rpc-port",
    "setting-other-service",
    "setting-unknown-host",
    "setting-other-node",
    "setting-old-path",
    "setting-local-disk",
    "setting-twin",
    "setting-missing",
    "principal-shape",
    "name-rules",
    "client-setting",
    "value-refused",
    "value-read-otherwise",
    "other-login",
)
"""Causes that are undone by the right value of a setting."""

CHANGES: Mapping[str, Callable[[Finding, Case], Case | None]] = {
    "file-line": _lines_gone,
    **dict.fromkeys(_SETTINGS, _setting_right),
    "hosts-line": _hosts_line,
    "principal-realm": _unknown,
}
"""Cause -> how its line is undone. Other causes are undone on their flows."""
