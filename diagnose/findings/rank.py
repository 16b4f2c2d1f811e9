"""In which order do findings stand? The first is the primary cause."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from diagnose.findings.model import CERTAINTY, Finding, Severity, Undone
from diagnose.scene.outcome import GOOD
from diagnose.scene.scene import Scene

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

STOPS_LOGINS = frozenset({"kdc-start"})
"""Causes that stop every login of a realm. Without one no service takes a client, so what else is
wrong with single services comes after them."""

INTENDED = frozenset({"KDC-UDP-ZERO"})
"""Codes of settings that were meant to make flows needless, and do not."""


def ranked(findings: Iterable[Finding], broken: Collection[str]) -> tuple[Finding, ...]:
    """Return the findings, the primary cause first. `broken`: ids of broken required flows.

    1. The worst.
    2. What is known before what only may be. What repairs nothing while a second fault is there
       comes last.
    3. What stops every login. Then what, undone, repairs most. If that was not asked: what explains
       most broken flows.
    4. The surest.
    5. What explains most broken flows, then what concerns most flows.
    """
    return tuple(_intended_first(sorted(findings, key=lambda finding: _key(finding, broken))))


def broken_flows(scene: Scene) -> frozenset[str]:
    """Return the ids of the required flows that do not surely work."""
    return frozenset(o.flow.id for o in scene.outcomes if o.flow.need == "required" and o.verdict not in GOOD)


def _intended_first(findings: list[Finding]) -> list[Finding]:
    """Put a setting that was meant to make flows needless before the finding that stops them.

    The repair of that finding would make the setting needless.
    """
    for setting in [finding for finding in findings if finding.code in INTENDED]:
        at = findings.index(setting)
        for place, other in enumerate(findings[:at]):
            if set(other.flows) & set(setting.flows):
                findings.insert(place, findings.pop(at))
                break
    return findings


def _changed(undone: Undone) -> int:
    """Return how many flows and families of clients change with the cause undone."""
    return len(undone.repairs) + len(undone.unclear) + len(undone.clients)


def _key(finding: Finding, broken: Collection[str]) -> tuple[int, bool, bool, int, int, int, int]:
    undone = finding.undone
    explained = sum(flow in broken for flow in finding.flows)
    needs_others = undone is not None and undone.needs_others
    repaired = explained if undone is None else 0 if needs_others else _changed(undone)
    return (
        SEVERITIES.index(finding.severity),
        finding.confidence == "inferred" or needs_others,
        finding.cause not in STOPS_LOGINS,
        -repaired,
        -CERTAINTY.index(finding.confidence),
        -explained,
        -len(finding.flows),
    )
