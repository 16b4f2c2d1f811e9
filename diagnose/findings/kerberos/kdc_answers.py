"""What a KDC's answers say of it beyond being alive: its clock, its realm, how large an answer gets through.

No credential is needed for any of it: every KRB-ERROR carries the KDC's time, K/M is in every MIT database of a realm that is served, and an error echoes the
client's name, so that its size can be chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.findings.model import Confidence, Evidence, Finding
from diagnose.findings.network import path
from diagnose.findings.values import Params
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.files.krb5conf import Krb5ValueError
from probes.files.krb5conf.mit import integer, libdefault
from probes.kerberos.kdc.clock import ALLOWED

UNKNOWN_CLIENT = 6
MIT_UNKNOWN = "CLIENT_NOT_FOUND"
"""What MIT writes beside 6; Heimdal and Active Directory, whose 6 says nothing of the realm, write nothing."""

ORDINARY_REPLY = 900
"""Bytes of an AS-REP without authorization data, measured with MIT; with a PAC it is twice that and more."""


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
    """Of the flow's own probe and of the further ones."""
    found: dict[str, object] = {}
    for seen in outcome.observations:
        found |= seen.detail
    return found


def _skew(scene: Scene) -> Iterator[Finding]:
    allowed = allowed_skew(scene)
    apart: dict[str, tuple[float, list[Outcome]]] = {}
    for outcome, _ in _answered(scene):
        offset = clock_apart(outcome, allowed)
        if offset is not None:
            apart.setdefault(outcome.flow.endpoint.host, (offset, []))[1].append(outcome)
    for host, (offset, outcomes) in apart.items():
        amount = f"{abs(round(offset))} s {'ahead of' if offset > 0 else 'behind'}"
        yield _finding(
            "KRB-SKEW",
            {"host": host, "ahead_s": round(offset), "allowed_s": f"{allowed:g}"},
            outcomes,
            f"the KDC's own time in its answer, {amount} ours",
        )


def clock_apart(outcome: Outcome, allowed: float) -> float | None:
    """Seconds that the KDC's clock is ahead, None where that may be within what is allowed."""
    offset = details(outcome).get("clock_offset_s")
    if isinstance(offset, (list, tuple)) and len(offset) == 2 and (offset[0] > allowed or offset[1] < -allowed):
        return float(offset[0])
    return None


def allowed_skew(scene: Scene) -> float:
    """Seconds."""
    relation = libdefault(scene.case.krb5, "clockskew") if scene.case.krb5 is not None else None
    try:
        return ALLOWED if relation is None else float(integer(relation))
    except Krb5ValueError:
        return ALLOWED


def _realm(scene: Scene) -> Iterator[Finding]:
    """K/M unknown to an MIT KDC, or a default realm of its own that is another one."""
    wrong: dict[tuple[str, str], list[tuple[Outcome, str | None]]] = {}
    for outcome, detail in _answered(scene):
        if other_realm(outcome):
            own = detail.get("own_realm")
            own_realm = None if own is None else str(own)
            wrong.setdefault((outcome.flow.endpoint.host, outcome.flow.realm or ""), []).append((outcome, own_realm))
    for (host, realm), found in wrong.items():
        own_realm = next((own for _, own in found if own is not None), None)
        serves = "" if own_realm is None else f"; its own realm is {own_realm}"
        yield _finding(
            "KRB-WRONG-REALM",
            {"host": host, "realm": realm, "own_realm": own_realm},
            [outcome for outcome, _ in found],
            f"K/M@{realm}, which every MIT realm has, is unknown to {host}{serves}",
            certainty="strong" if own_realm is None else "proven",
        )


def other_realm(outcome: Outcome) -> bool:
    """K/M is in every realm that MIT serves, so an MIT KDC that does not know it serves another one."""
    detail = details(outcome)
    own = detail.get("own_realm")
    if detail.get("error_code") != UNKNOWN_CLIENT or own == (outcome.flow.realm or ""):
        return False
    return own is not None or detail.get("e_text") == MIT_UNKNOWN


def loses_tickets(outcome: Outcome) -> bool:
    """Answers as large as a plain ticket's do not arrive, though smaller ones do."""
    lost = details(outcome).get("lost_reply")
    return isinstance(lost, int) and lost <= ORDINARY_REPLY


def _fragments(scene: Scene) -> Iterator[Finding]:
    for outcome, detail in _answered(scene):
        lost, arrived = detail.get("lost_reply"), detail.get("largest_reply")
        if not isinstance(lost, int) or path.swallows_large(scene, outcome):
            continue
        yield _finding(
            "KDC-FRAG",
            {
                "host": outcome.flow.endpoint.host,
                "arrived_bytes": arrived if isinstance(arrived, int) else None,
                "lost_bytes": lost,
                "loses_tickets": lost <= ORDINARY_REPLY,
            },
            [outcome],
            f"answers up to {arrived} bytes arrive, from {lost} bytes on none does",
        )


def _finding(
    code: str, params: Params, outcomes: Sequence[Outcome], seen: str, certainty: Confidence = "proven"
) -> Finding:
    settle = (
        None
        if certainty == "proven"
        else "a length above 1 MiB sent to its TCP port, which makes MIT name its own realm"
    )
    return Finding(
        code=code,
        severity="error",
        confidence=certainty,
        params=params,
        cause="kdc-reply",
        flows=tuple(outcome.flow.id for outcome in outcomes),
        evidence=tuple(Evidence("observation", outcome.flow.id, seen) for outcome in outcomes[:1]),
        settle_by=settle,
    )
