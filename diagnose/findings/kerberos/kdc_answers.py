"""What does a KDC's answer show about its clock, its realm, and the largest answer that arrives?

No credential is needed:
- Every KRB-ERROR carries the KDC's time.
- K/M is in the MIT database of every realm that the KDC serves.
- An error echoes the client's name, so the size of the error can be chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.findings.model import Confidence, Evidence, Finding, Severity
from diagnose.findings.network import path
from diagnose.findings.values import Params, unique
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.files.krb5conf import Krb5ValueError
from probes.files.krb5conf.mit import integer, libdefault
from probes.kerberos.kdc.clock import ALLOWED
from probes.language import tr

UNKNOWN_CLIENT = 6
MIT_UNKNOWN = "CLIENT_NOT_FOUND"
"""Text of MIT beside error 6.

Heimdal and Active Directory write no text. Their error 6 proves nothing about the realm.
"""

ORDINARY_REPLY = 900
"""Bytes of an AS-REP without authorization data, measured with MIT. A PAC at least doubles it."""

MOST_SECONDS = 1e12
"""More than there are between two dates of a calendar. A larger offset is no measurement."""


def findings(scene: Scene) -> Iterator[Finding]:
    yield from _skew(scene)
    yield from _realm(scene)
    yield from _fragments(scene)


def _answered(scene: Scene) -> Iterator[tuple[Outcome, dict[str, object]]]:
    for outcome in scene.outcomes:
        if (
            outcome.flow.area == "kerberos"
            and outcome.observed is not None
            and outcome.observed.reason == "kerberos-reply"
        ):
            yield outcome, details(outcome)


def details(outcome: Outcome) -> dict[str, object]:
    """Return the details of all observations of the flow, of follow-up questions too."""
    merged: dict[str, object] = {}
    for observation in outcome.observations:
        merged |= observation.detail
    return merged


def _skew(scene: Scene) -> Iterator[Finding]:
    allowed = allowed_skew(scene)
    apart: dict[str, tuple[float, list[Outcome]]] = {}
    for outcome, _ in _answered(scene):
        offset = clock_offset(outcome, allowed)
        if offset is not None:
            apart.setdefault(outcome.flow.endpoint.host, (offset, []))[1].append(outcome)
    for host, (offset, outcomes) in apart.items():
        shown = tr("the KDC's own time in its answer, {seconds} s behind ours", seconds=abs(round(offset)))
        if offset > 0:
            shown = tr("the KDC's own time in its answer, {seconds} s ahead of ours", seconds=round(offset))
        yield _finding(
            "KRB-SKEW",
            {"host": host, "ahead_s": round(offset), "allowed_s": f"{allowed:g}"},
            outcomes,
            shown,
        )


def clock_offset(outcome: Outcome, allowed: float) -> float | None:
    """Return how many seconds the KDC's clock is ahead.

    None if it may be within the allowed skew.
    """
    offset = details(outcome).get("clock_offset_s")
    if not isinstance(offset, (list, tuple)) or len(offset) != 2 or not all(map(_is_offset, offset)):
        return None
    return float(offset[0]) if offset[0] > allowed or offset[1] < -allowed else None


def _is_offset(value: object) -> bool:
    """Return True for a number of seconds between two dates of the calendar."""
    return isinstance(value, (int, float)) and abs(value) < MOST_SECONDS


def allowed_skew(scene: Scene) -> float:
    """Return the allowed clock skew of krb5.conf, seconds."""
    relation = libdefault(scene.case.krb5, "clockskew") if scene.case.krb5 is not None else None
    try:
        return ALLOWED if relation is None else float(integer(relation))
    except Krb5ValueError:
        return ALLOWED


def _realm(scene: Scene) -> Iterator[Finding]:
    """Yield KDCs that do not serve the realm that krb5.conf sends to them.

    One behind a KDC that serves it is asked only while that one is silent, so it is a warning.
    """
    wrong: dict[tuple[str, str], list[tuple[Outcome, str | None]]] = {}
    right: dict[str, list[str]] = {}
    decides: set[tuple[str, str]] = set()
    for outcome, detail in _answered(scene):
        if not serves_other_realm(outcome):
            right.setdefault(outcome.flow.realm or "", []).append(outcome.flow.endpoint.host)
        else:
            if (outcome.flow.realm or "") not in right:
                decides.add((outcome.flow.endpoint.host, outcome.flow.realm or ""))
            own = detail.get("own_realm")
            own_realm = None if own is None else str(own)
            wrong.setdefault((outcome.flow.endpoint.host, outcome.flow.realm or ""), []).append((outcome, own_realm))
    for (host, realm), answers in wrong.items():
        own_realm = next((own for _, own in answers if own is not None), None)
        shown = tr("K/M@{realm}, which every MIT realm has, is unknown to {host}", realm=realm, host=host)
        if own_realm is not None:
            shown = tr("{clause}; its own realm is {realm}", clause=shown, realm=own_realm)
        yield _finding(
            "KRB-WRONG-REALM",
            {
                "host": host,
                "realm": realm,
                "own_realm": own_realm,
                "others": unique(other for other in right.get(realm, ()) if other != host),
                "line": str(answers[0][0].flow.origin),
                "is_after_right": (host, realm) not in decides,
            },
            [outcome for outcome, _ in answers],
            shown,
            certainty="strong" if own_realm is None else "proven",
            severity="error" if (host, realm) in decides else "warning",
        )


def serves_other_realm(outcome: Outcome) -> bool:
    """Return True if the KDC does not serve the realm of the flow.

    K/M is in every realm that MIT serves. An MIT KDC that does not know it serves another realm.
    """
    detail = details(outcome)
    own = detail.get("own_realm")
    if detail.get("error_code") != UNKNOWN_CLIENT or own == (outcome.flow.realm or ""):
        return False
    return own is not None or detail.get("e_text") == MIT_UNKNOWN


def loses_tickets(outcome: Outcome) -> bool:
    """Return True if answers as large as a plain ticket are lost, but smaller ones arrive."""
    lost = path.size(details(outcome), "lost_reply")
    return lost is not None and lost <= ORDINARY_REPLY


def _fragments(scene: Scene) -> Iterator[Finding]:
    for outcome, detail in _answered(scene):
        lost, arrived = path.size(detail, "lost_reply"), path.size(detail, "largest_reply")
        if lost is None or path.swallows_large(scene, outcome):
            continue
        yield _finding(
            "KDC-FRAG",
            {
                "host": outcome.flow.endpoint.host,
                "arrived_bytes": arrived,
                "lost_bytes": lost,
                "loses_tickets": lost <= ORDINARY_REPLY,
            },
            [outcome],
            tr(
                "answers of up to {arrived} bytes arrive, answers of {lost} bytes or more are lost",
                arrived=arrived,
                lost=lost,
            ),
        )


def _finding(
    code: str,
    params: Params,
    outcomes: Sequence[Outcome],
    evidence: str,
    certainty: Confidence = "proven",
    severity: Severity = "error",
) -> Finding:
    settle = (
        None
        if certainty == "proven"
        else tr("a message length above 1 MiB sent to its TCP port: MIT then names its own realm")
    )
    return Finding(
        code=code,
        severity=severity,
        confidence=certainty,
        params=params,
        cause="kdc-reply",
        flows=tuple(outcome.flow.id for outcome in outcomes),
        evidence=tuple(Evidence("observation", outcome.flow.id, evidence) for outcome in outcomes[:1]),
        settle_by=settle,
    )
