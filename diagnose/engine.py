"""How does a case become a diagnosis?

case -> flows -> decisions and observations -> findings -> remedies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from diagnose.case.model import Case, Skipped
from diagnose.clients.case import clients_of
from diagnose.clients.model import Prediction
from diagnose.decisions.expected import Judgement, judge
from diagnose.findings import Conclusion, conclude
from diagnose.findings.kerberos import service_login
from diagnose.findings.model import Finding
from diagnose.findings.network import inference, packets, path
from diagnose.findings.waivers import Waived, waived
from diagnose.flows.model import FlowPlan
from diagnose.flows.plan import flows
from diagnose.remedies.plan import Suggestions, suggest
from diagnose.scene.areas import AREAS
from diagnose.scene.bugs import Bug, guarded
from diagnose.scene.not_checked import not_checked
from diagnose.scene.observed import CaseObservations, SendingPlace, scene_of
from diagnose.scene.outcome import GOOD
from diagnose.scene.scene import Scene
from diagnose.undoing import Judged, weighed
from probes.addresses import union
from probes.frozen import frozen, replace
from probes.language import tr
from probes.log import listened

if TYPE_CHECKING:
    from diagnose.registration import RuleVerdict
    from diagnose.symptoms.log import LogReading

FailOn = Literal["error", "warning"]


@frozen
class Diagnosis:
    """Everything that a report is made from."""

    case: Case
    """What is known of the cluster and the resource group."""
    scene: Scene
    """Decisions and observations of every flow."""
    plan: FlowPlan
    """The flows, and what could not be made one."""
    conclusion: Conclusion
    """Ranked findings, and their blames."""
    suggestions: Suggestions
    """Repairs of the findings."""
    clients: tuple[Prediction, ...]
    """What each family of Kerberos clients experiences."""
    skipped: tuple[Skipped, ...]
    """What was not checked, with its cause."""
    bugs: tuple[Bug, ...]
    """Failures of our own code."""
    exit_code: int
    """As `exit_code` gives it."""
    expectations: tuple[Judgement, ...] = ()
    """What becomes of the connections that must stay denied."""
    waivers: tuple[Waived, ...] = ()
    """What became of the waivers of the case."""
    places: tuple[SendingPlace, ...] = ()
    """Other hosts that sent packets, as in `CaseObservations`."""
    rules: tuple[RuleVerdict, ...] = ()
    """The rules of registration. Empty if they were not asked."""
    initialize_after: int | None = None
    """Rank of the first finding after whose repair the resource group is initialized again. None if
    there is none, and if neither rules nor a log were a reason to ask."""


def diagnose(
    case: Case,
    seen: CaseObservations,
    *,
    areas: Iterable[str] = tuple(AREAS),
    fail_on: FailOn = "error",
    plan: FlowPlan | None = None,
    today: date = date.min,
    with_rules: bool = False,
    twin: Case | None = None,
    is_second: bool = False,
) -> Diagnosis:
    """Return the diagnosis of a case. Pure: the same inputs give the same diagnosis.

    today: the day for which waivers are asked whether they have run out.
    plan: the flows of the case. None makes them here.
    with_rules: whether the rules of registration are asked.
    twin: for them, the other environment of a standard workspace. None if only one was given.
    is_second: whether the rules about both environments were asked of the other one.
    """
    plan = flows(case) if plan is None else plan
    wanted = tuple(areas)
    place = scene_of(case, plan, seen)
    _log_rows(place)
    conclusion = conclude(place, wanted)
    bugs = [*seen.bugs, *conclusion.bugs]
    clients: tuple[Prediction, ...] = ()
    with guarded("clients", bugs):
        clients = clients_of(place)
    with guarded("undoing", bugs):
        conclusion = weighed(conclusion, Judged(place, seen, clients, wanted))
    rules: tuple[RuleVerdict, ...] = ()
    readings: tuple[LogReading, ...] = ()
    unused: tuple[Skipped, ...] = ()
    suspected: frozenset[str] = frozenset()
    if case.has_logs:
        with guarded("logs", bugs, is_secret=True):
            from diagnose.findings.logs import unexplained
            from diagnose.symptoms.kdc_refusals import refusals
            from diagnose.symptoms.log import read_logs

            readings, unused = read_logs(case)
            readings += refusals(case, union(each for source in place.model.sources for each in source.ranges))
            suspected = unexplained(conclusion, place, readings)
    with guarded("registration", bugs):
        if with_rules or suspected:
            from diagnose.registration import Preflight, judged, with_findings, with_refused

            asked = Preflight(place, conclusion.findings, today, twin, _hidden(case, plan), is_second)
            if with_rules:
                rules = judged(asked, bugs)
                conclusion = with_findings(conclusion, rules)
            else:
                conclusion = with_findings(conclusion, judged(asked, bugs, suspected), is_registered=True)
            conclusion = with_refused(conclusion, asked, readings)
    if readings:
        with guarded("logs", bugs, is_secret=True):
            from diagnose.findings.logs import with_logs

            conclusion = with_logs(conclusion, place, readings)
    waivers = waived(case.waivers, conclusion.findings, {o.flow.id: o.flow for o in place.outcomes}, today)
    accepted = [finding for each in waivers if each.state == "applies" for finding in each.findings]
    conclusion = replace(conclusion, findings=tuple(sorted(conclusion.findings, key=lambda f: f in accepted)))
    suggestions = Suggestions()
    with guarded("remedies", bugs):
        suggestions = suggest(place, conclusion.findings)
    expected: tuple[Judgement, ...] = ()
    with guarded("deny", bugs):
        expected = judge(place.model, plan.flows) if "network" in wanted else ()
    logins = tuple(service_login.undecided(place))
    unchecked = (*not_checked(place), *path.not_checked(place), *(skip for _, skip in logins), *_left_out(wanted))
    skipped = (*case.skipped, *plan.skipped, *seen.skipped, *place.far.skipped, *unused, *unchecked)
    return Diagnosis(
        case,
        place,
        plan,
        conclusion,
        suggestions,
        clients,
        tuple(dict.fromkeys(skipped)),
        tuple(bugs),
        exit_code(
            place,
            plan,
            conclusion,
            bugs,
            interrupted=seen.interrupted,
            fail_on=fail_on,
            areas=wanted,
            is_undecided=any(each.verdict == "unknown" for each in expected)
            or any(map(_is_open, rules))
            or any(outcome.flow.need == "required" for outcome, _ in logins),
            accepted=accepted,
        ),
        expected,
        waivers,
        seen.places,
        rules,
        _initialized_after(conclusion) if with_rules or _is_of_rules(readings) else None,
    )


def _is_of_rules(readings: Sequence[LogReading]) -> bool:
    """Return True if a log tells of a failure that a broken rule of registration may explain."""
    candidates = {code for reading in readings for symptom in reading.symptoms for code in symptom.candidates}
    if not candidates:
        return False
    from diagnose.registration.rules import rules

    return any(code in candidates for rule in rules() for code in rule.codes)


def _initialized_after(conclusion: Conclusion) -> int | None:
    from diagnose.registration import initialized_after

    return initialized_after(conclusion.findings)


def _hidden(case: Case, plan: FlowPlan) -> tuple[Skipped, ...]:
    """Return what was not read and may hold a service that is required."""
    return (*(skip for skip in plan.skipped if skip.needs), *(skip for skip in case.skipped if skip.hides))


def _is_open(verdict: RuleVerdict) -> bool:
    """Return True if it is not known whether a rule is kept without which the cluster fails."""
    return verdict.answer.state == "not-checkable" and verdict.rule.is_required


def _log_rows(place: Scene) -> None:
    """Log which row of the inference table decides each flow."""
    if (log := listened(__name__)) is None:
        return
    for outcome in place.outcomes:
        row = inference.cause(packets.facts_of(place, outcome))
        number = inference.TABLE.index(row) + 1
        log.info("decided %s: row %d of the inference table, %s: %s", outcome.flow.id, number, row.code, row.why)


def exit_code(
    place: Scene,
    plan: FlowPlan,
    conclusion: Conclusion,
    bugs: Sequence[Bug],
    *,
    interrupted: bool,
    fail_on: FailOn,
    areas: Sequence[str] = tuple(AREAS),
    is_undecided: bool = False,
    accepted: Sequence[Finding] = (),
) -> int:
    """Return the exit code. If several fit, the first of 2, 130, 4, 1, 3, 0 is taken.

    is_undecided: whether it is not known of a connection that it stays denied, as it must, of a
    rule of registration that it is kept, or of a required service that it takes a login.
    accepted: findings that are waived. They do not count, and what they stop may fail.
    Without any area nothing was checked, so the code is not 0.
    Code 2 is here an answer of an API that cannot be read: the rest is judged without it.
    """
    if place.case.misread:
        return 2
    if interrupted:
        return 130
    if bugs or any(seen.reason == "bug" for outcome in place.outcomes for seen in outcome.observations):
        return 4
    failing = {"error"} if fail_on == "error" else {"error", "warning"}
    counted = [finding for finding in conclusion.findings if finding not in accepted and finding.severity in failing]
    if any(finding.confidence != "inferred" for finding in counted):
        return 1
    candidates = bool(counted)
    may_fail = frozenset(flow for finding in accepted for flow in finding.flows)
    is_known = bool(areas) and not candidates and not is_undecided
    return 0 if is_known and _everything_works(place, plan, may_fail) else 3


def _everything_works(place: Scene, plan: FlowPlan, may_fail: Collection[str]) -> bool:
    """Return whether every required flow works. False without any required flow.

    - A flow of which it is known that it fails, and accepted (`may_fail`: ids), need not work.
    - If packets were sent, each required flow must have answered.
    - A case with Hadoop files or nodes must show all required flows. A case about Kerberos alone
      need not.
    """
    required = [o for o in place.outcomes if o.flow.need == "required" and not packets.elsewhere(place, o)]
    shows_hadoop = bool(place.case.settings or place.case.nodes)
    if not required or (shows_hadoop and any(skip.needs for skip in plan.skipped)):
        return False
    if any(skip.hides for skip in place.case.skipped):
        return False
    required = [o for o in required if o.flow.id not in may_fail or o.verdict not in ("blocked", "partial")]
    probed = [outcome for outcome in required if not outcome.flow.during_jobs]
    if place.live and any(outcome.observed is None or outcome.observed.state != "open" for outcome in probed):
        return False
    return all(outcome.verdict in GOOD for outcome in required)


def _left_out(wanted: Sequence[str]) -> list[Skipped]:
    cause = tr("left out by --only or --skip")
    return [Skipped(tr("{area} checks", area=area), cause, "") for area in AREAS if area not in wanted]
