"""How is a fleet summary said? The sentences and rows that every page of it shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from diagnose.findings.catalogue import UnknownCodeError, entry
from diagnose.fleet.first_causes import FirstCause
from diagnose.fleet.record import FleetRepair
from diagnose.fleet.summary import ClockOfCase, FleetSummary, RepairCount, UndecidedCase
from diagnose.output.sentences import commas, series
from diagnose.output.styled import Tone
from diagnose.remedies.model import EditAction, EditObject
from diagnose.report.fault_words import SIDES, SURE
from probes.frozen import frozen, replace
from probes.language import marked, tr

EXITS: Mapping[int, str] = {
    0: marked("in every case, all that is required was checked and works or is allowed"),
    1: marked("in at least one case a fault was found that is proven or very likely"),
    2: marked("at least one case or input could not be read"),
    3: marked("of at least one case it is not known whether it works"),
    4: marked("a check failed because of a bug in emr-diagnose"),
    130: marked("interrupted; the cases that were done by then are counted"),
}

STATES: Mapping[str, str] = {
    "unreadable": marked("cannot be read"),
    "timed-out": marked("took too long"),
    "killed": marked("its process died"),
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

CHANGES: Mapping[tuple[EditAction, EditObject], str] = {
    ("add", "security-group-rule"): marked("add a security group rule"),
    ("remove", "security-group-rule"): marked("remove a security group rule"),
    ("narrow", "security-group-rule"): marked("narrow a security group rule"),
    ("reprioritise", "security-group-rule"): marked("change the priority of a security group rule"),
    ("add", "security-group"): marked("create a security group"),
    ("set", "network-acl"): marked("change the entries of a network ACL"),
    ("set", "route"): marked("add a route"),
    ("set", "resource-group"): marked("bind the resource group to another VPC"),
    ("set", "krb5.conf"): marked("set in krb5.conf"),
    ("add", "krb5.conf"): marked("add lines to krb5.conf"),
    ("replace", "krb5.conf"): marked("replace lines of krb5.conf"),
    ("remove", "krb5.conf"): marked("delete lines of krb5.conf"),
    ("set", "hadoop-conf"): marked("set in the Hadoop files"),
    ("remove", "hadoop-conf"): marked("delete from the Hadoop files"),
    ("set", "hosts"): marked("correct a name in /etc/hosts or a PrivateZone"),
    ("start", "service"): marked("start a service"),
}
"""Action and object of a change -> its name for people."""


LISTING = "jq -c 'select(.primary)|{case,primary,repairs}' results.ndjson"
"""What lists the first cause of every case. A summary does not know the file of its lines."""


@frozen
class FleetTable:
    """One table of a page."""

    title: str
    """What its rows are."""
    head: Sequence[str]
    """Titles of the columns."""
    rows: Sequence[Sequence[str]]
    """Its cells."""
    total: int
    """How many rows there would be if none were left out."""
    command: str | None = None
    """What lists all of them. None if the other pages and the JSON summary do."""

    @property
    def heading(self) -> str:
        """Return the title, and how many rows are shown if some are left out."""
        if len(self.rows) == self.total:
            return self.title
        return tr("{title} ({shown} of {total} shown)", title=self.title, shown=len(self.rows), total=self.total)

    @property
    def more(self) -> str | None:
        """Return how many rows are left out, before the command that lists all. None if none is."""
        left = self.total - len(self.rows)
        said = tr("And {count} more. All of them, if the lines are in results.ndjson:", count=left)
        return said if left and self.command else None


def headline(summary: FleetSummary) -> str:
    """Return how many cases there are, and what becomes of them."""
    parts = [
        tr("{count} {what}", count=count, what=tr(STATUSES[status]))
        for status in STATUSES
        if (count := summary.statuses.get(status))
    ]
    if others := _not_judged(summary):
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


def tables(summary: FleetSummary) -> Iterator[FleetTable]:
    """Yield the tables that have rows, with all their columns and rows."""
    yield from _cut((_first_causes(summary), *_counts(summary)), None)


def narrow_tables(summary: FleetSummary, cases: int, most: int) -> Iterator[FleetTable]:
    """Yield the tables that have rows. cases: rows of the first causes. most: rows of each other
    one."""
    yield from _cut([_first_codes(summary)], cases)
    yield from _cut(_counts(summary), most)


def _counts(summary: FleetSummary) -> Sequence[FleetTable]:
    return _causes(summary), _repairs(summary), _certificates(summary), _undecided(summary)


def _cut(whole: Iterable[FleetTable], most: int | None) -> Iterator[FleetTable]:
    return (replace(table, rows=rows) for table in whole if (rows := table.rows[:most]))


def _first_causes(summary: FleetSummary) -> FleetTable:
    rows = [
        [each.case, each.cluster or "", each.code, each.title, tr(SURE[each.confidence]), repair(each)]
        for each in summary.first_causes
    ]
    head = [tr("case"), tr("cluster"), tr("first cause"), tr("what it is"), tr("how sure"), tr("repair")]
    return _of_cases(summary, head, rows)


def _first_codes(summary: FleetSummary) -> FleetTable:
    rows = [[each.case, _code(each), repair(each)] for each in summary.first_causes]
    return _of_cases(summary, [tr("case"), tr("first cause"), tr("repair")], rows)


def _code(cause: FirstCause) -> str:
    """Return the code of a cause, and that it is not certain if it is not."""
    return cause.code if cause.confidence != "inferred" else commas((cause.code, tr(SURE[cause.confidence])))


def _of_cases(summary: FleetSummary, head: Sequence[str], rows: Sequence[Sequence[str]]) -> FleetTable:
    return FleetTable(tr("Which case has what"), head, rows, summary.first_causes_known, LISTING)


def repair(cause: FirstCause) -> str:
    """Return the change that repairs the first cause of a case, or where to read of it."""
    if cause.repair is None:
        return f"emr-diagnose explain {cause.code}"
    said = change(cause.repair)
    return tr("{change}, and {count} more", change=said, count=cause.further) if cause.further else said


def _causes(summary: FleetSummary) -> FleetTable:
    rows = [[str(each.primary), str(each.cases), each.code, title(each.code)] for each in summary.causes]
    head = [tr("first cause"), tr("cases"), tr("code"), tr("what it is")]
    return FleetTable(tr("What fails most"), head, rows, len(rows))


def possible(summary: FleetSummary, most: int | None = None) -> str | None:
    """Return what may be the cause of cases that are not decided. None if nothing is known.

    most: codes that are named. None for all of them.
    """
    if not summary.possible_causes:
        return None
    named = [tr("{code} ({count})", code=each.code, count=each.cases) for each in summary.possible_causes]
    return tr("Possible causes of the cases that are not decided: {codes}.", codes=series(named, most))


def title(code: str) -> str:
    """Return what a code stands for. "" if the catalogue does not know it."""
    try:
        return entry(code).title
    except UnknownCodeError:
        return ""


def _repairs(summary: FleetSummary) -> FleetTable:
    rows = [[str(each.cases), str(each.alone), change(each), each.code] for each in summary.repairs]
    head = [tr("cases"), tr("enough"), tr("change"), tr("code")]
    return FleetTable(tr("What repairs most"), head, rows, len(rows))


def change(repair: RepairCount | FleetRepair) -> str:
    """Return a change in words: "add a security group rule: inbound UDP 88/88"."""
    said = tr(CHANGES[repair.action, repair.object])
    side = "" if repair.direction is None else tr(SIDES[repair.direction])
    details = " ".join(filter(None, (side, repair.detail)))
    return tr("{name}: {text}", name=said, text=details) if details else said


def _certificates(summary: FleetSummary) -> FleetTable:
    rows = [
        [each.until[:10], str(each.days), each.case, each.target, each.subject] for each in summary.certificates.soonest
    ]
    return FleetTable(
        tr("Certificates that expire first"),
        [tr("until"), tr("days"), tr("case"), tr("service"), tr("subject")],
        rows,
        summary.certificates.known,
    )


def _undecided(summary: FleetSummary) -> FleetTable:
    rows = [[each.case, tr(STATES[each.state]), each.error] for each in summary.undecided]
    head = [tr("case"), tr("how it ended"), tr("why")]
    return FleetTable(tr("Cases that were not judged"), head, rows, _not_judged(summary))


def _not_judged(summary: FleetSummary) -> int:
    return sum(count for state, count in summary.states.items() if state != "diagnosed")


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
