"""Which case has which fault? The worst first causes of a fleet, a bounded number of them."""

from __future__ import annotations

from bisect import insort
from typing import Final

from msgspec import Struct

from diagnose.fleet.record import FleetRecord, FleetRepair
from diagnose.report.finding_model import Confidence, Severity

MOST: Final = 50
"""Cases that the summary names."""

MOST_LETTERS: Final = 300
"""Letters of a title. The line has all."""

_SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
_CONFIDENCES: Final[tuple[Confidence, ...]] = ("proven", "strong", "inferred")


class FirstCause(Struct, frozen=True):
    """The first cause of one case, and its repair."""

    case: str
    """Name of the case."""
    cluster: str | None
    """Id of its cluster, or its name. null if neither is known."""
    code: str
    """Code of the finding."""
    severity: Severity
    """How bad it is."""
    confidence: Confidence
    """How sure it is."""
    title: str
    """Headline, with the names of this cluster."""
    failing: int
    """Required connections of the case that fail."""
    repair: FleetRepair | None
    """The first kind of change that repairs it. null if no change is known."""
    further: int
    """Further kinds of changes that its repair needs."""


class FirstCauses:
    """Keeps the worst first causes of all lines: surely failing cases, then by severity, then by
    how sure it is, then by connections that fail, then in the order of the lines."""

    def __init__(self) -> None:
        self.known = 0
        self._kept: list[tuple[tuple[int, ...], FirstCause]] = []

    def add(self, record: FleetRecord) -> None:
        """Note the first cause of one line, if it has one."""
        first = record.primary
        if first is None:
            return
        self.known += 1
        failing = record.required.blocked + record.required.partial
        changes = [repair for repair in record.repairs if repair.code == first.code]
        cause = FirstCause(
            case=record.case,
            cluster=None if record.cluster is None else record.cluster.id or record.cluster.name,
            code=first.code,
            severity=first.severity,
            confidence=first.confidence,
            title=first.title[:MOST_LETTERS],
            failing=failing,
            repair=changes[0] if changes else None,
            further=max(0, len(changes) - 1),
        )
        grade = (_SEVERITIES.index(first.severity), _CONFIDENCES.index(first.confidence), -failing)
        # No two keys are equal, because each line has its number.
        insort(self._kept, ((int(record.status != "fail"), *grade, self.known), cause), key=lambda item: item[0])
        del self._kept[MOST:]

    def worst(self) -> list[FirstCause]:
        """Return them, the worst first."""
        return [cause for _, cause in self._kept]
