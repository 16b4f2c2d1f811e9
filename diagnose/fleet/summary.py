"""What do all lines of a fleet say together? An aggregate of bounded size."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import field
from datetime import UTC, date, datetime
from typing import Literal

from msgspec import Struct

from diagnose.fleet.certificates import moment_of
from diagnose.fleet.first_causes import FirstCause, FirstCauses
from diagnose.fleet.record import FleetRecord, PrimaryCause
from diagnose.fleet.repairs import ChangeKind
from diagnose.output.json_text import json_text, schema_of
from diagnose.remedies.model import Direction, EditAction, EditObject
from diagnose.report.build import TOOL
from diagnose.report.model import Tool
from probes.frozen import mutable
from probes.language import Language, language

TITLE = "emr-diagnose fleet summary, schema 1"

ORDER = (2, 130, 4, 1, 3, 0)
"""Exit codes, the one that counts most first."""

MOST_KINDS = 2000
"""Most kinds of repairs that are counted apart."""

MOST_SOONEST = 20
"""Certificates that the summary names."""

MOST_UNDECIDED = 20
"""Cases without a diagnosis that the summary names."""

STEPS = (1, 5, 60, 300)
"""Seconds between the classes of clocks. 300 is what Kerberos allows by default."""

SOON, LATER = 30, 90
"""Days before the end of a certificate."""


_Change = tuple[str, ChangeKind]
"""Code of a finding, and the change that repairs it."""


class CauseCount(Struct, frozen=True):
    """In how many cases a finding is."""

    code: str
    """Code of the finding."""
    primary: int
    """Cases of which it is the primary cause. A case that is not decided has none."""
    cases: int
    """Cases in which it is an error that counts: proven or very likely, and not waived."""


class PossibleCause(Struct, frozen=True):
    """In how many cases that are not decided a finding may be the cause."""

    code: str
    """Code of the finding."""
    cases: int
    """Cases whose first finding it is, without being certain."""


class RepairCount(Struct, frozen=True):
    """How many cases a kind of change repairs."""

    code: str
    """Code of the finding that it repairs."""
    action: EditAction
    """What to do."""
    object: EditObject
    """With what kind of thing."""
    detail: str
    """As in the lines: "UDP 88/88"."""
    cases: int
    """Cases whose recommended repair has it."""
    alone: int
    """Cases of which the finding is the primary cause, this is its whole repair, and no error
    remains."""
    changes: int
    """Changes in all these cases together."""
    direction: Direction | None = None
    """As in the lines."""


class CertificateOfCase(Struct, frozen=True):
    """A certificate that ends soon."""

    case: str
    """Name of the case."""
    target: str
    """Host and port."""
    subject: str
    """Its subject."""
    until: str
    """When it expires: ISO 8601."""
    days: int
    """Days from the day of the run. Negative if it has expired."""


class CertificateCounts(Struct, frozen=True):
    """How many certificates end when."""

    known: int
    """All that recorded observations show."""
    expired: int
    """Those that have expired."""
    within_30_days: int
    """Those that do in at most 30 days."""
    within_90_days: int
    """Those that do in 31 to 90 days."""
    soonest: list[CertificateOfCase]
    """The first ones."""


class ClockOfCase(Struct, frozen=True):
    """The clock of a KDC in one case."""

    case: str
    """Name of the case."""
    host: str
    """The KDC."""
    seconds: float
    """How far it is ahead; the middle of what its answer allows. Negative if it is behind."""


class ClockSpread(Struct, frozen=True):
    """How far the clocks of KDCs are apart from those that asked them."""

    clocks: int
    """Clocks that recorded answers show."""
    cases: int
    """Cases that they are of."""
    under: dict[str, int]
    """Seconds -> clocks that are at most so far off, and further than the next smaller number.
    "more" is the rest."""
    furthest_ahead: ClockOfCase | None
    """null without a clock."""
    furthest_behind: ClockOfCase | None
    """null without a clock."""


class UndecidedCase(Struct, frozen=True):
    """A case without a diagnosis."""

    case: str
    """Its name."""
    state: Literal["unreadable", "timed-out", "killed", "bug"]
    """How it ended."""
    error: str
    """Why."""


class FleetSummary(Struct, frozen=True):
    """All cases of a run together."""

    schema_version: Literal["1"]
    """Version of this schema."""
    tool: Tool
    """The program that made it."""
    run: str
    """Digest of the version and the options, as in the lines."""
    day: str
    """Day for which waivers and certificates were judged."""
    exit_code: Literal[0, 1, 2, 3, 4, 130]
    """Exit code of the run."""
    interrupted: bool
    """Whether it was stopped before the last case."""
    cases: int
    """Cases with a line."""
    exit_codes: dict[str, int]
    """Exit code -> cases."""
    statuses: dict[str, int]
    """Verdict -> cases that were diagnosed."""
    states: dict[str, int]
    """How a case ended -> cases."""
    nodes: int
    """Nodes of all clusters together."""
    required: int
    """Required connections of all cases together."""
    failing: int
    """Those of them that are blocked, from some sources at least."""
    causes: list[CauseCount]
    """Errors and primary causes by code, the one that is the primary cause of most cases first."""
    repairs: list[RepairCount]
    """Changes, the one that most cases need first."""
    repairs_left_out: int
    """Changes that were not counted apart, because there are too many kinds."""
    certificates: CertificateCounts
    """Certificates of services."""
    clocks: ClockSpread
    """Clocks of KDCs."""
    undecided: list[UndecidedCase]
    """The first cases without a diagnosis."""
    language: Language = "en"
    """Language of its texts."""
    possible_causes: list[PossibleCause] = []
    """What may be the cause of cases that are not decided, the one of most cases first."""
    first_causes: list[FirstCause] = []
    """First cause and repair of the cases that are worst off, a bounded number of them."""
    first_causes_known: int = 0
    """Cases that have one."""


def encode(summary: FleetSummary) -> bytes:
    """Return indented JSON."""
    return json_text(summary, "deterministic")


def schema() -> bytes:
    """Return the published schema of the summary."""
    return schema_of(FleetSummary, TITLE)


@mutable
class Aggregate:
    """Counts lines one by one."""

    run: str
    """Digest of the run."""
    day: date
    """Day of the run."""
    cases: int = 0
    """Lines that were counted."""
    _codes: Counter[int] = field(default_factory=Counter)
    _statuses: Counter[str] = field(default_factory=Counter)
    _states: Counter[str] = field(default_factory=Counter)
    _primary: Counter[str] = field(default_factory=Counter)
    _found: Counter[str] = field(default_factory=Counter)
    _possible: Counter[str] = field(default_factory=Counter)
    _repairs: dict[_Change, list[int]] = field(default_factory=dict)
    _left_out: int = 0
    _nodes: int = 0
    _required: int = 0
    _failing: int = 0
    _ends: Counter[str] = field(default_factory=Counter)
    _soonest: list[tuple[float, int, CertificateOfCase]] = field(default_factory=list)
    _clocks: Counter[str] = field(default_factory=Counter)
    _with_clocks: int = 0
    _ahead: ClockOfCase | None = None
    _behind: ClockOfCase | None = None
    _undecided: list[UndecidedCase] = field(default_factory=list)
    _first: FirstCauses = field(default_factory=FirstCauses)

    def add(self, record: FleetRecord) -> None:
        """Count one line."""
        self.cases += 1
        self._codes[record.exit_code] += 1
        self._states[record.state] += 1
        if record.state != "diagnosed":
            if len(self._undecided) < MOST_UNDECIDED:
                self._undecided.append(UndecidedCase(record.case, record.state, record.error or ""))
            return
        self._statuses[record.status or ""] += 1
        self._nodes += record.cluster.nodes if record.cluster is not None else 0
        self._required += record.required.total
        self._failing += record.required.blocked + record.required.partial
        self._first.add(record)
        self._add_causes(record)
        self._add_repairs(record)
        self._add_certificates(record)
        self._add_clocks(record)

    def _add_causes(self, record: FleetRecord) -> None:
        counting = {
            each.code
            for each in record.findings
            if each.severity == "error" and each.confidence != "inferred" and not each.waived
        }
        first = record.primary
        if first is not None and _is_decided(record, first):
            self._primary[first.code] += 1
            counting.add(first.code)
        elif first is not None and first.severity == "error":
            self._possible[first.code] += 1
        self._found.update(counting)

    def _add_repairs(self, record: FleetRecord) -> None:
        first = record.primary if record.primary is not None and _is_decided(record, record.primary) else None
        kinds = Counter(repair.code for repair in record.repairs)
        for repair in record.repairs:
            key = (repair.code, ChangeKind(repair.action, repair.object, repair.direction, repair.detail))
            if key not in self._repairs and len(self._repairs) >= MOST_KINDS:
                self._left_out += 1
                continue
            counts = self._repairs.setdefault(key, [0, 0, 0])
            counts[0] += 1
            counts[1] += (
                first is not None and first.code == repair.code and first.remains == [] and kinds[repair.code] == 1
            )
            counts[2] += repair.changes

    def _add_certificates(self, record: FleetRecord) -> None:
        today = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)
        for certificate in record.certificates:
            end = moment_of(certificate.until)
            if end is None:
                continue
            days = (end - today).days
            self._ends["known"] += 1
            self._ends["expired" if days < 0 else "soon" if days <= SOON else "later" if days <= LATER else "far"] += 1
            named = CertificateOfCase(record.case, certificate.target, certificate.subject, certificate.until, days)
            # The heap has the one that ends last at its top; of equals the first one stays.
            item = (-end.timestamp(), -self._ends["known"], named)
            if len(self._soonest) < MOST_SOONEST:
                heapq.heappush(self._soonest, item)
            else:
                heapq.heappushpop(self._soonest, item)

    def _add_clocks(self, record: FleetRecord) -> None:
        self._with_clocks += bool(record.clocks)
        for clock in record.clocks:
            middle = round((clock.low + clock.high) / 2, 3)
            step = next((str(step) for step in STEPS if abs(middle) <= step), "more")
            self._clocks[step] += 1
            named = ClockOfCase(record.case, clock.host, middle)
            if self._ahead is None or middle > self._ahead.seconds:
                self._ahead = named
            if self._behind is None or middle < self._behind.seconds:
                self._behind = named

    def exit_code(self, *, interrupted: bool) -> int:
        """Return the exit code that counts most. Nothing checked is never 0."""
        codes = {*self._codes, *([130] if interrupted else ())}
        return next((code for code in ORDER if code in codes), 2)

    def summary(self, *, interrupted: bool = False) -> FleetSummary:
        """Return what was counted."""
        return FleetSummary(
            schema_version="1",
            tool=TOOL,
            run=self.run,
            day=self.day.isoformat(),
            exit_code=self.exit_code(interrupted=interrupted),  # type: ignore[arg-type]
            interrupted=interrupted,
            cases=self.cases,
            exit_codes={str(code): self._codes[code] for code in sorted(self._codes)},
            statuses=dict(sorted(self._statuses.items())),
            states=dict(sorted(self._states.items())),
            nodes=self._nodes,
            required=self._required,
            failing=self._failing,
            causes=self._causes(),
            repairs=self._counted_repairs(),
            repairs_left_out=self._left_out,
            certificates=CertificateCounts(
                self._ends["known"],
                self._ends["expired"],
                self._ends["soon"],
                self._ends["later"],
                [named for *_, named in sorted(self._soonest, key=lambda item: (-item[0], -item[1]))],
            ),
            clocks=ClockSpread(
                self._clocks.total(),
                self._with_clocks,
                {step: self._clocks[step] for step in (*map(str, STEPS), "more") if self._clocks[step]},
                self._ahead,
                self._behind,
            ),
            undecided=list(self._undecided),
            language=language(),
            possible_causes=[
                PossibleCause(code, cases)
                for code, cases in sorted(self._possible.items(), key=lambda item: (-item[1], item[0]))
            ],
            first_causes=self._first.worst(),
            first_causes_known=self._first.known,
        )

    def _causes(self) -> list[CauseCount]:
        counted = (CauseCount(code, self._primary[code], cases) for code, cases in self._found.items())
        return sorted(counted, key=lambda each: (-each.primary, -each.cases, each.code))

    def _counted_repairs(self) -> list[RepairCount]:
        counted = (
            RepairCount(code, kind.action, kind.object, kind.detail, cases, alone, changes, kind.direction)
            for (code, kind), (cases, alone, changes) in self._repairs.items()
        )
        return sorted(counted, key=lambda each: (-each.cases, -each.alone, each.code, each.object, each.detail))


def _is_decided(record: FleetRecord, first: PrimaryCause) -> bool:
    """Return True if a case surely has a fault, and this is the first one."""
    return record.status == "fail" or (first.severity == "error" and first.confidence != "inferred")
