"""How is a fleet summary said? The sentences and rows that every page of it shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diagnose.findings.catalogue import UnknownCodeError, entry
from diagnose.fleet.summary import ClockOfCase, FleetSummary, RepairCount, UndecidedCase
from diagnose.output.page import Tone
from diagnose.output.sentences import commas, sentences
from diagnose.report.build import ACTIONS, OBJECTS
from probes.frozen import frozen
from probes.language import marked, tr

EXITS: Mapping[int, str] = {
    0: marked("everything required in every case was checked and works or is allowed"),
    1: marked("a fault was found in a case that is proven or very likely"),
    2: marked("a case or an input could not be read"),
    3: marked("of a case it could not be decided whether it works"),
    4: marked("a check failed because of a bug in emr-diagnose"),
    130: marked("interrupted; what was known by then is counted"),
}

STATES: Mapping[str, str] = {
    "unreadable": marked("cannot be read"),
    "timed-out": marked("took too long"),
    "killed": marked("its process ended"),
    "bug": marked("a bug of emr-diagnose"),
}

STATUSES: Mapping[str, str] = {
    "fail": marked("with a fault"),
    "waived": marked("with a waived fault"),
    "inconclusive": marked("not decided"),
    "bug": marked("not finished"),
    "pass": marked("without a fault"),
}
"""Verdict of a case -> what is said of the cases that have it."""


@frozen
class FleetTable:
    """One table of a page."""

    title: str
    """Its heading."""
    head: Sequence[str]
    """Titles of the columns."""
    rows: Sequence[Sequence[str]]
    """Its cells."""


def headline(summary: FleetSummary) -> str:
    """Return how many cases there are, and what becomes of them."""
    parts = [
        tr("{count} {what}", count=count, what=tr(STATUSES[status]))
        for status in STATUSES
        if (count := summary.statuses.get(status))
    ]
    if others := sum(count for state, count in summary.states.items() if state != "diagnosed"):
        parts.append(tr("{count} not judged", count=others))
    return tr(
        "{cases} case{s}, {nodes} nodes: {parts}.",
        cases=summary.cases,
        s="" if summary.cases == 1 else "s",
        nodes=summary.nodes,
        parts=commas(parts) or tr("none was judged"),
    )


def connections(summary: FleetSummary) -> str:
    """Return how many required connections fail, and that nothing was sent."""
    return tr(
        "{failing} of {all} required connections fail. This run sent nothing.",
        failing=summary.failing,
        all=summary.required,
    )


def tone(summary: FleetSummary) -> Tone:
    """Return how a terminal shows the headline."""
    return {0: "good", 3: "doubt", 130: "doubt"}.get(summary.exit_code, "bad")  # type: ignore[return-value]


def tables(summary: FleetSummary, most: int | None = None) -> Iterator[FleetTable]:
    """Yield the tables that have rows, each with at most so many."""
    for table in (_causes(summary), _repairs(summary), _certificates(summary), _undecided(summary)):
        if table.rows:
            yield FleetTable(table.title, table.head, table.rows[:most])


def _causes(summary: FleetSummary) -> FleetTable:
    rows = [[str(each.primary), str(each.cases), each.code, title(each.code)] for each in summary.causes]
    return FleetTable(tr("What fails most"), [tr("first cause"), tr("cases"), tr("code"), tr("what it is")], rows)


def title(code: str) -> str:
    """Return what a code stands for. "" if the catalogue does not know it."""
    try:
        return entry(code).title
    except UnknownCodeError:
        return ""


def _repairs(summary: FleetSummary) -> FleetTable:
    rows = [[str(each.cases), str(each.alone), change(each), each.code] for each in summary.repairs]
    return FleetTable(tr("What repairs most"), [tr("cases"), tr("alone"), tr("change"), tr("code")], rows)


def change(repair: RepairCount) -> str:
    """Return a change in words: "add security-group-rule: ingress UDP 88/88"."""
    said = sentences((tr(ACTIONS[repair.action]), tr(OBJECTS[repair.object])))
    return tr("{name}: {text}", name=said, text=repair.detail) if repair.detail else said


def _certificates(summary: FleetSummary) -> FleetTable:
    rows = [
        [each.until[:10], str(each.days), each.case, each.target, each.subject] for each in summary.certificates.soonest
    ]
    return FleetTable(
        tr("Certificates that expire first"),
        [tr("until"), tr("days"), tr("case"), tr("service"), tr("subject")],
        rows,
    )


def _undecided(summary: FleetSummary) -> FleetTable:
    rows = [[each.case, tr(STATES[each.state]), each.error] for each in summary.undecided]
    return FleetTable(tr("Cases that were not judged"), [tr("case"), tr("how it ended"), tr("why")], rows)


def undecided(each: UndecidedCase) -> str:
    """Return a case without a diagnosis in one clause."""
    return tr("{name}: {text}", name=each.case, text=each.error or tr(STATES[each.state]))


def certificates(summary: FleetSummary) -> str | None:
    """Return how many certificates end when. None if none is known."""
    counts = summary.certificates
    if not counts.known:
        return None
    return tr(
        "Certificates: {known} known, {expired} expired, {soon} more within 30 days, {later} more within 90 days.",
        known=counts.known,
        expired=counts.expired,
        soon=counts.within_30_days,
        later=counts.within_90_days,
    )


def short(text: str, most: int | None) -> str:
    """Return the text, cut after so many letters."""
    return text if most is None or len(text) <= most else f"{text[:most]}…"


def clocks(summary: FleetSummary, most: int | None = None) -> str | None:
    """Return how far the clocks of KDCs are off. None if none is known.

    most: letters of a name. None for all of them.
    """
    spread = summary.clocks
    if not spread.clocks or spread.furthest_ahead is None or spread.furthest_behind is None:
        return None
    near = sum(count for step, count in spread.under.items() if step in ("1", "5"))
    return tr(
        "Clocks of KDCs: {clocks} in {cases} cases, {near} within 5 s; from {behind} to {ahead}.",
        clocks=spread.clocks,
        cases=spread.cases,
        near=near,
        behind=_clock(spread.furthest_behind, most),
        ahead=_clock(spread.furthest_ahead, most),
    )


def _clock(clock: ClockOfCase, most: int | None) -> str:
    case, host = short(clock.case, most), short(clock.host, most)
    return tr("{seconds} s ({case}, {host})", seconds=f"{clock.seconds:+g}", case=case, host=host)


def exit_words(summary: FleetSummary) -> str:
    """Return the exit code and its meaning as one sentence."""
    return tr("Exit code {code}: {meaning}.", code=summary.exit_code, meaning=tr(EXITS[summary.exit_code]))
