"""How does one case become one line? A pure function of its source and the settings.

Processes on this machine and on others call the same. Nothing is sent, and nothing of the machine
or the time of day is in the line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from diagnose.case.directory import describes_cluster, of_tree
from diagnose.case.errors import CaseError, one_line
from diagnose.case.files import trees
from diagnose.case.model import Case
from diagnose.case.sources import refused_sources, with_sources
from diagnose.case.tree import Tree
from diagnose.engine import Diagnosis, diagnose
from diagnose.fleet.certificates import certificates
from diagnose.fleet.record import (
    EXIT_CODES,
    ClockFacts,
    Ended,
    FleetFinding,
    FleetLine,
    FleetRecord,
    FleetRepair,
    PrimaryCause,
    RequiredCounts,
    State,
    encode,
)
from diagnose.fleet.repairs import kind_of
from diagnose.fleet.settings import FleetSettings, speak
from diagnose.fleet.source import CaseSource
from diagnose.flows.nothing import nothing_to_check
from diagnose.flows.plan import flows
from diagnose.output.clean import clean
from diagnose.remedies.model import RECOMMENDED
from diagnose.report.brief import faults_of
from diagnose.report.build import Clock, build
from diagnose.report.model import BugFacts, Report
from diagnose.report.required import required
from diagnose.scene.bugs import described
from diagnose.scene.observed import recorded_observations
from probes.language import language, marked, tr
from probes.os_words import os_words

COMMAND = "fleet"

MOST_TOLD = 500
"""Most characters of an error."""

_ENDED: Mapping[Ended, str] = {
    "timed-out": marked("it took longer than {seconds} s (--case-timeout)"),
    "killed": marked("its process died twice; perhaps the machine has too little memory"),
}
"""How a process ended -> the error of its case."""

MOST_CLOCKS = 20
"""Most clocks of one case that its line has."""


class UnreadableCaseError(Exception):
    """The case cannot be read. The text says why, without any path of the machine."""


def line_of(source: CaseSource, settings: FleetSettings) -> bytes:
    """Return the line of a case, whatever is wrong with it. It ends with a line feed."""
    speak(settings.language)
    if source.bug is not None:
        return failed(source, settings, "bug", source.bug)
    try:
        return encode(_record(source, settings))
    except UnreadableCaseError as error:
        return failed(source, settings, "unreadable", str(error))
    except Exception as error:  # noqa: BLE001 - our own bug is a line, and the other cases go on
        return failed(source, settings, "bug", described(error))


def failed(source: CaseSource, settings: FleetSettings, state: State, error: str) -> bytes:
    """Return the line of a case without a diagnosis."""
    bugs = [BugFacts(COMMAND, clean(error)[:MOST_TOLD])] if state == "bug" else []
    return encode(
        FleetRecord(
            run=settings.run,
            day=settings.day.isoformat(),
            case=source.name,
            state=state,
            error=clean(error)[:MOST_TOLD],
            exit_code=EXIT_CODES[state],
            bugs=bugs,
            language=language(),
        )
    )


def _record(source: CaseSource, settings: FleetSettings) -> FleetRecord:
    case = _case(source, settings)
    plan = flows(case)
    if (nothing := nothing_to_check(case, plan)) is not None:
        raise UnreadableCaseError(nothing)
    diagnosis = diagnose(
        case,
        recorded_observations(case),
        areas=settings.areas,
        fail_on=settings.fail_on,
        plan=plan,
        today=settings.day,
    )
    record = _of_diagnosis(source, settings, diagnosis)
    _let_go(diagnosis)
    return record


def _let_go(diagnosis: Diagnosis) -> None:
    """Drop what was derived from the values, which refers to them. So they are freed at once.

    Python would search for them among all objects of many cases.
    """
    for holder in (diagnosis.case, diagnosis.scene, diagnosis.scene.model):
        holder.derived.clear()


def carried(source: CaseSource) -> CaseSource:
    """Return the same case with its files, for a process that cannot read its path."""
    try:
        return CaseSource(source.name, tree=_tree(source))
    except UnreadableCaseError as error:
        return CaseSource(source.name, fault=str(error))
    except Exception as error:  # noqa: BLE001 - our own bug is a line of this case alone
        return CaseSource(source.name, bug=described(error))


def lost(source: CaseSource, how: Ended, settings: FleetSettings, seconds: float) -> bytes:
    """Return the line of a case whose process took longer than these seconds, or died."""
    return failed(source, settings, how, tr(_ENDED[how], seconds=f"{seconds:g}"))


def _case(source: CaseSource, settings: FleetSettings) -> Case:
    tree = _tree(source)
    try:
        case = of_tree(tree)
    except CaseError as error:
        raise UnreadableCaseError(_error_text(source, error)) from error
    if (refused := refused_sources(case, settings.cidrs)) is not None:
        raise UnreadableCaseError(refused)
    return with_sources(case, settings.cidrs) if settings.cidrs else case


def _tree(source: CaseSource) -> Tree:
    """Return the files of the case. UnreadableCaseError if they are several cases, or none."""
    if source.fault is not None:
        raise UnreadableCaseError(source.fault)
    if source.tree is not None:
        return source.tree
    assert source.path is not None
    try:
        (tree,) = trees([source.path])
        roots = 0 if source.path.is_dir() else _roots(tree)
    except CaseError as error:
        raise UnreadableCaseError(_error_text(source, error)) from error
    except OSError as error:
        text = tr("cannot read {file}: {error}", file=source.name, error=os_words(error))
        raise UnreadableCaseError(text) from error
    if roots > 1:
        found, expected = (
            tr("an archive of {count} cases", count=roots),
            tr("an archive of one case; an archive of many can be INVENTORY itself"),
        )
        raise UnreadableCaseError(str(CaseError(source.name, None, found, expected)))
    return tree


def _roots(tree: Tree) -> int:
    """Return how many directories at the top of an archive look like a case of their own.

    0 if the archive itself is one, as far as its top tells.
    """
    if describes_cluster({path: content for path, content in tree.files.items() if "/" not in path}):
        return 0
    tops: dict[str, dict[str, bytes]] = {}
    for path, content in tree.files.items():
        top, _, rest = path.partition("/")
        if rest and "/" not in rest:
            tops.setdefault(top, {})[rest] = content
    return sum(map(describes_cluster, tops.values()))


def _error_text(source: CaseSource, error: CaseError) -> str:
    """Return an error and those with it, with the name of the case in place of its path."""
    return "; ".join(_with_case_name(source, each) for each in (error, *error.others))


def _with_case_name(source: CaseSource, error: CaseError) -> str:
    if source.path is None or error.file != one_line(str(source.path)):
        return str(error)
    return str(CaseError(source.name, error.line, error.found, error.expected))


def _of_diagnosis(source: CaseSource, settings: FleetSettings, diagnosis: Diagnosis) -> FleetRecord:
    report = build(diagnosis, COMMAND, Clock(f"{settings.day.isoformat()}T00:00:00.000+00:00", 0))
    shown = certificates(report)
    record = FleetRecord(
        run=settings.run,
        day=settings.day.isoformat(),
        case=source.name,
        state="diagnosed",
        error="; ".join(each.text for each in diagnosis.case.misread)[:MOST_TOLD] or None,
        exit_code=report.exit_code,  # type: ignore[arg-type]  # 130 needs packets, and none are sent
        status=report.status,
        basis=report.basis,
        cluster=report.case.cluster,
        required=_required(report),
        optional=sum(flow.need != "required" for flow in report.flows),
        findings=[
            FleetFinding(each.code, each.severity, each.confidence, each.waived is not None) for each in report.findings
        ],
        primary=_primary(report),
        suggested_rules=len(report.suggested_rules),
        suggested_edits=len(report.suggested_edits),
        repairs=_repairs(report),
        certificates=shown,
        clocks=sorted(_clocks(report), key=lambda clock: clock.host)[:MOST_CLOCKS],
        still_open=sum(each.verdict == "allowed" for each in report.expectations),
        skipped=len(report.skipped),
        bugs=report.bugs,
        language=report.language,
    )
    if not settings.with_report:
        return record
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    return FleetLine(**fields, report=report)


def _required(report: Report) -> RequiredCounts:
    """Return the connections as the verdict of `check` counts them."""
    counted = required(report)
    return RequiredCounts(
        total=counted.total,
        good=counted.good,
        blocked=counted.blocked + counted.stopped + counted.stopped_unseen,
        partial=counted.partial,
        unknown=counted.unknown,
    )


def _primary(report: Report) -> PrimaryCause | None:
    first = next((each for each in faults_of(report) if each.waived is None), None)
    if first is None or report.status in ("pass", "waived"):
        return None
    undone = first.undone
    return PrimaryCause(
        code=first.code,
        severity=first.severity,
        confidence=first.confidence,
        title=first.title,
        repairs=None if undone is None else len(undone.repairs),
        remains=None if undone is None else undone.remains,
    )


def _repairs(report: Report) -> list[FleetRepair]:
    """Return the kinds of changes of the recommended repairs, without those of waived findings."""
    waived = {each.rank for each in report.findings if each.waived is not None}
    counted = Counter(
        (change.finding.code, kind_of(change))
        for change in (*report.suggested_rules, *report.changes)
        if change.option == RECOMMENDED and change.finding.rank not in waived
    )
    return [
        FleetRepair(code, kind.action, kind.object, kind.detail, count, kind.direction)
        for (code, kind), count in counted.items()
    ]


def _clocks(report: Report) -> Iterator[ClockFacts]:
    """Yield the clock of each KDC that a recorded answer shows, the last answer of each."""
    seen: dict[str, ClockFacts] = {}
    for flow in report.flows:
        for observation in flow.observations:
            try:
                low, high = msgspec.convert(observation.detail.get("clock_offset_s"), tuple[float, float])
            except msgspec.ValidationError:
                continue
            seen[flow.host] = ClockFacts(flow.host, low, high)
    yield from seen.values()
