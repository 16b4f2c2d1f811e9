"""What does each finding change, undone alone? The answer decides its weight and its rank."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from diagnose.clients.case import clients_of
from diagnose.clients.model import Prediction
from diagnose.findings import Conclusion, conclude
from diagnose.findings.model import Blame, Finding, Undone
from diagnose.findings.rank import broken_flows, ranked
from diagnose.findings.wording import worded
from diagnose.flows.plan import flows
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.outcome import GOOD, Outcome
from diagnose.scene.scene import Scene, with_outcomes
from diagnose.undoing.changes import CHANGES, cited_places, is_value_tried, without_cause
from diagnose.undoing.client_changes import becomes_known, better_families, fail_surely, may_fail, worst_of
from diagnose.undoing.lift import Lifting, answering, lift_of
from probes.frozen import frozen, replace

MOST_UNDONE = 12
"""Errors of one report that are undone, the first ones. Nobody reads more."""

MOST_FLOWS = 12_000
"""Flows that are judged again, over all errors that are undone. Fewer errors are, if a case has
more flows than that leaves room for, but always `FEWEST_UNDONE`."""

FEWEST_UNDONE = 3

MOST_REMAINS = 8
"""Of them, so many are asked for what remains. Each costs about as much as the whole diagnosis."""

MOST_FLOWS_REMAINING = 2_400
"""Flows that are judged again for what remains, over all these errors. At least `FEWEST_REMAINS`
errors are asked."""

FEWEST_REMAINS = 2


NOT_ASKED = frozenset({"SG-INTRA", "SG-CTRL", "KRB-NO-DEFAULT", "NET-WRONG-VPC"})
"""Codes of which a part of the harm is elsewhere than in a flow or a login: between other hosts, or
in Hadoop, which does not start without a default realm. Or of which the repair moves the flows:
from another vSwitch they meet other rules."""

OF_ABSENCE = frozenset({"KRB-NO-DEFAULT", "KRB-NO-STANZA", "DNS-SRV"})
"""Codes of a line that krb5.conf does not have."""

OTHER_KDCS = frozenset({"KRB-DUP-STANZA"})
"""Codes of lines that lead a family to other KDCs than the file means. If nothing is known of
these, the line may be the cause."""

STOPS_ALL = frozenset(
    {
        *("STATE-CLUSTER", "DNS-IP-URL", "DNS-ALIAS", "DNS-CANON", "DNS-NO-PTR", "DNS-PTR-OTHER", "NET-MTU-TCP"),
        *("HA-NAMESERVICE", "SVC-STANDBY"),
    }
)
"""Codes of what stops its flows, although no layer decides it: no service runs there, the ticket
is for another name, only small packets arrive, or clients dial another host than they should. A
setting whose right value is known is undone instead."""


@frozen
class Judged:
    """A case as it was judged."""

    scene: Scene
    """Its decisions and observations."""
    observed: CaseObservations
    """What was seen of it."""
    clients: tuple[Prediction, ...]
    """What its clients experience."""
    areas: tuple[str, ...]
    """Areas that were checked."""


def weighed(conclusion: Conclusion, judged: Judged) -> Conclusion:
    """Return the findings with what undoing them changes, ranked anew.

    A line of krb5.conf that changes neither a required flow nor a client is at most a warning. Of
    two layers that stop the same flow, each alone changes nothing, and both are needed.
    """
    flows_of_case = len(judged.scene.outcomes)
    first = [finding for finding in conclusion.findings if finding.severity == "error"]
    first = first[: affordable(FEWEST_UNDONE, MOST_UNDONE, MOST_FLOWS, flows_of_case)]
    others = [finding for finding in conclusion.findings if finding not in first]
    broken = broken_flows(judged.scene)
    undoings = [_undoing(finding, judged) for finding in first]
    found = list(ranked([*(each.finding for each in undoings), *others], broken))
    after = {id(each.finding): each.after for each in undoings}
    codes = frozenset(finding.code for finding in conclusion.findings)
    asked = affordable(FEWEST_REMAINS, MOST_REMAINS, MOST_FLOWS_REMAINING, flows_of_case)
    for place, finding in enumerate(found[:asked]):
        found[place] = _with_remains(finding, after.get(id(finding)), judged, codes)
    return replace(conclusion, findings=tuple(found))


def affordable(fewest: int, most: int, most_flows: int, flows_of_case: int) -> int:
    """Return how many errors are asked, if each costs as many flows as the case has."""
    return max(fewest, min(most, most_flows // max(1, flows_of_case)))


@frozen
class _Undoing:
    """One error with what undoing its cause changes."""

    finding: Finding
    """The error, weighed."""
    after: Scene | None = None
    """The scene in which the cause is undone. None if it cannot be, or need not."""


def _undoing(finding: Finding, judged: Judged) -> _Undoing:
    if finding.code in NOT_ASKED:
        return _Undoing(finding)
    if _stops_all(finding):
        has_harm = finding.severity == "error" and finding.flows
        return _Undoing(_weighed(finding, Undone(finding.flows, (), None) if has_harm else None))
    after = _without(finding, judged)
    if after is None:
        return _Undoing(_weighed(finding, _replaced(finding, judged) if _is_of_krb5_conf(finding) else None))
    return _Undoing(_weighed(finding, _changed(finding, after, judged)), after)


def _weighed(finding: Finding, undone: Undone | None) -> Finding:
    if undone is None:
        return finding
    is_harmless = undone.changes_nothing and _is_of_krb5_conf(finding)
    if not is_harmless:
        return replace(finding, undone=undone)
    return worded(replace(finding, undone=undone, severity="warning"))  # which its text says


def _with_remains(finding: Finding, after: Scene | None, judged: Judged, codes: frozenset[str]) -> Finding:
    """Return an error whose undoing repairs something with the codes that are then left.

    `codes`: those of all findings. A line whose right text nobody knows is taken away to undo it.
    What only a file without the line has does not remain once the line is right.
    """
    undone = finding.undone
    if after is None or undone is None or undone.changes_nothing or finding.severity != "error":
        return finding
    left = _codes_left(finding, after, judged)
    if _is_of_krb5_conf(finding) and not finding.edits:
        left = tuple(code for code in left if code in codes or code not in OF_ABSENCE)
    return replace(finding, undone=replace(undone, remains=left))


def _changed(finding: Finding, after: Scene, judged: Judged) -> Undone | None:
    """Return what undoing the cause of one finding changes. `after`: the scene without it.

    None if the values of the case cannot tell.
    """
    stopped = finding.flows if finding.cause in STOPS_ITS_FLOWS else ()
    freed = tuple(_freed(judged.scene, after, stopped))
    is_sure = not is_value_tried(finding) and not any(blame.usual_port is not None for blame in finding.blames)
    unclear = tuple(flow for flow in freed if not is_sure or _is_unclear(after.by_id[flow]))
    repairs = tuple(flow for flow in freed if flow not in unclear)
    touched = clients_of(after) if _touches_clients(finding, judged.scene) else ()
    clients = better_families(judged.clients, touched)
    if _is_of_krb5_conf(finding):
        ideal = clients_of(_ideal(after))
        surely = [client for client in worst_of(touched).values() if client.works == "yes"]
        at_once = better_families(judged.clients, surely)
        if not at_once and finding.code in OTHER_KDCS and becomes_known(judged.clients, surely):
            return None  # it may be the cause, and it may be none
        clients = at_once or better_families(clients_of(_ideal(judged.scene)), ideal)
        if not clients and (not ideal or judged.scene.case.krb5 is None or any(map(may_fail, ideal))):
            return _replaced(finding, judged)  # another line is wrong as well, or is needed there
        needs_others = not at_once and not freed and fail_surely(touched)
        return Undone(repairs, clients, None, needs_others, unclear)
    return Undone(repairs, clients, None, unclear=unclear)


def _stops_all(finding: Finding) -> bool:
    """Return True if all flows of the finding work once it is repaired, and no layer tells so."""
    return (finding.code in STOPS_ALL or finding.cause == "kdc-start") and finding.cause not in CHANGES


def _is_of_krb5_conf(finding: Finding) -> bool:
    """Return True if the cause is a line of krb5.conf. It then shows in the clients."""
    return finding.cause == "file-line" or bool(finding.edits)


def _touches_clients(finding: Finding, scene: Scene) -> bool:
    """Return True if a login or a ticket may depend on the cause: a KDC, a name, a principal."""
    if not finding.code.startswith(("SG-", "NACL-", "SVC-", "FW-", "NET-", "RET-")):
        return True
    return any(scene.by_id[flow].flow.area == "kerberos" for flow in finding.flows if flow in scene.by_id)


def _codes_left(finding: Finding, after: Scene, judged: Judged) -> tuple[str, ...]:
    """Return the codes of the sure errors that are left, without the one that was undone.

    A check that reads tables, and not decisions, may find it again.
    """
    concluded = conclude(after, judged.areas, with_text=False)
    left = [f for f in concluded.findings if f.severity == "error" and f.confidence != "inferred"]
    return tuple(dict.fromkeys(each.code for each in left if not _is_same(each, finding)))


def _is_same(found: Finding, undone: Finding) -> bool:
    """Return True if a check found again what was undone, and not another fault of its code."""
    is_of_setting = (found.setting and found.setting.origin) == (undone.setting and undone.setting.origin)
    return found.code == undone.code and is_of_setting and set(found.flows) <= set(undone.flows)


def _replaced(finding: Finding, judged: Judged) -> Undone | None:
    """Return what a right line in place of a wrong one may change, if nobody knows the right one.

    None if nothing fails that the line may be the cause of.
    """
    places = cited_places(finding)
    named = [o for o in judged.scene.outcomes if (o.flow.origin.file, o.flow.origin.line) in places]
    unclear = tuple(o.flow.id for o in named if o.flow.need == "required" and not _works(o))
    clients = tuple(dict.fromkeys(client.family for client in judged.clients if client.works == "no"))
    return Undone((), clients, None, unclear=unclear) if unclear or clients else None


def _without(finding: Finding, judged: Judged) -> Scene | None:
    """Return the scene in which the cause is undone. None if it cannot be."""
    case = without_cause(finding, judged.scene.case)
    if case is not None and case.krb5_refused is not None:
        return None
    if case is not None:
        return scene_of(case, flows(case), _still_seen(finding, judged.observed))
    if finding.cause in CHANGES or not finding.flows:
        return None
    lifting, concerned = Lifting(judged.scene.model, lift_of(finding.code)), _repaired(finding)
    outcomes = [lifting.of(o) if o.flow.id in concerned else o for o in judged.scene.outcomes]
    return with_outcomes(judged.scene, outcomes)


def _repaired(finding: Finding) -> set[str]:
    """Return the ids of the flows that a repair is made for: not those of assumed ports beside
    known ones."""
    known = {blame.flow.id for blame in finding.blames if not _is_only_assumed(blame)}
    return known or set(finding.flows)


def _is_only_assumed(blame: Blame) -> bool:
    return blame.flow.assumed_port is not None and blame.confidence == "inferred"


def _still_seen(finding: Finding, observed: CaseObservations) -> CaseObservations:
    """Return the observations that still hold: not those of flows that now lead elsewhere."""
    moved = set(finding.flows) if finding.cause == "hosts-line" else set()
    return replace(observed, by_flow={flow: seen for flow, seen in observed.by_flow.items() if flow not in moved})


STOPS_ITS_FLOWS = (CHANGES.keys() - {"file-line"}) | {"no-hosts-line"}
"""Causes that stop the flows of their service, whatever the layers decide."""


def _freed(before: Scene, after: Scene, stopped: Collection[str]) -> Iterator[str]:
    """Yield the required flows that are no longer stopped, or that the files lead to only now.

    stopped: ids of flows that cannot work before, although no layer stops them.
    """
    for outcome in after.outcomes:
        was = before.by_id.get(outcome.flow.id)
        if was is None or outcome.flow.id in stopped:
            if outcome.flow.need == "required" and outcome.verdict not in ("blocked", "partial"):
                yield outcome.flow.id
        elif was.flow.need == "required" and not _works(was) and _is_better(was, outcome):
            yield outcome.flow.id


def _works(outcome: Outcome) -> bool:
    """Return True if the layers let the flow through and no packet shows that it fails."""
    return outcome.verdict in GOOD and (outcome.observed is None or outcome.observed.state == "open")


def _is_unclear(outcome: Outcome) -> bool:
    """Return True if a flow is needed and is not known to work."""
    return outcome.flow.need == "required" and not _works(outcome)


def _is_better(was: Outcome, now: Outcome) -> bool:
    if now.flow.spare_of is not None:
        return False  # another KDC works then, and this one does not
    if now.flow.need != "required" or _works(now):
        return True
    return was.verdict in ("blocked", "partial") and now.verdict == "unknown"


def _ideal(scene: Scene) -> Scene:
    """Return the scene in which every KDC answers."""
    return with_outcomes(scene, [answering(o) if o.flow.area == "kerberos" else o for o in scene.outcomes])
