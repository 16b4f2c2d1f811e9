"""What does a login with the user's keytab show?

A finding names the step that failed, and which repairable fault it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import Params, origin_value
from diagnose.scene.java import JavaRange, names_of, possible
from diagnose.scene.scene import Scene
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.scene.permitted_types import PermittedTypes
    from diagnose.scene.proof import Proof
    from probes.kerberos.login import Offline, Step

CODES: Mapping[str, str] = {
    "no-entry": "KRB-KEYTAB-PRINC",
    "missing-enctype": "KRB-ETYPE-KDC",
    "stale-key": "KRB-KEYTAB-STALE",
    "unknown-client": "KRB-CLIENT-UNKNOWN",
    "unknown-service": "KRB-SVC-MISSING",
    "wrong-realm": "KRB-WRONG-REALM",
    "skew": "KRB-SKEW",
    "too-big": "KDC-TOOBIG-TCP",
    "cross-realm": "KRB-XREALM-KEY",
    "locked": "KRB-PRINC-STATE",
    "expired": "KRB-PRINC-STATE",
    "password-expired": "KRB-PRINC-STATE",
}
"""Cause of a failed step -> code of its finding.

A cause without an entry is a fault of the path, which the flows explain, or has no finding.
"""


def findings(scene: Scene) -> Iterator[Finding]:
    proof = scene.proof
    if proof is None:
        return
    from diagnose.scene.permitted_types import permitted_types, releases_without

    if proof.offline.cause != "ok":
        yield _of_keytab(proof.offline, permitted_types(scene.case))
        return
    if refusing := releases_without(scene.case, proof.offline.enctypes):
        yield _of_weak_keys(proof.offline, refusing, is_sure=refusing == possible(scene.case))
    if proof.login is not None:
        for step in proof.login.steps:
            if step.cause in CODES:
                yield _of_step(step, proof)


def _of_keytab(offline: Offline, permitted: PermittedTypes) -> Finding:
    """Return the finding about a keytab that cannot work. Nothing was sent."""
    principal = str(offline.principal)
    by = permitted.by if offline.cause == "missing-enctype" else None
    if by is not None:
        code = "KRB-ETYPE-SELECT"
    elif offline.cause == "missing-enctype":
        code = "KRB-ETYPE-KEYTAB"
    elif any(
        other.realm != offline.principal.realm and other.realm.lower() == offline.principal.realm.lower()
        for other in offline.near
    ):
        code = "KRB-REALM-CASE"
    else:
        code = "KRB-KEYTAB-PRINC"
    return Finding(
        code=code,
        severity="error",
        confidence="proven",
        cause="keytab",
        params={
            "principal": principal,
            "near": [str(other) for other in offline.near],
            "enctypes": [ETYPES.get(enctype, str(enctype)) for enctype in offline.enctypes],
            "permitted": [ETYPES.get(enctype, str(enctype)) for enctype in permitted.types],
            "origin": None if by is None else origin_value(by.origin),
        },
        evidence=(
            Evidence("line", "keytab", tr("{principal}: {cause}", principal=principal, cause=offline.cause)),
            *([] if by is None else [Evidence("line", str(by.origin), by.value, by.origin)]),
        ),
    )


def _of_weak_keys(offline: Offline, refusing: tuple[JavaRange, ...], *, is_sure: bool) -> Finding:
    """Return the finding about keys that the KDC and kinit accept, and these releases do not."""
    held = [ETYPES.get(enctype, str(enctype)) for enctype in offline.enctypes]
    return Finding(
        code="KRB-ETYPE-KEYTAB",
        severity="error",
        confidence="proven" if is_sure else "strong",
        cause="weak-keys",
        params={"principal": str(offline.principal), "enctypes": held, "releases": names_of(refusing) or "Java"},
        evidence=(
            Evidence("line", "keytab", tr("{principal}: {cause}", principal=offline.principal, cause=", ".join(held))),
        ),
        settle_by=None if is_sure else tr("the output of java -version on the clients that read this file"),
    )


def _of_step(step: Step, proof: Proof) -> Finding:
    code = "KRB-SVC-KEY" if step.cause == "stale-key" and step.stage == "service-key" else CODES[step.cause]
    shown = tr("{stage}: {cause}", stage=step.stage, cause=step.cause)
    if step.transport:
        shown = tr("{clause}, over {transport}", clause=shown, transport=step.transport)
    return Finding(
        code=code,
        severity="error",
        confidence="proven",
        cause="login-step",
        params={
            "principal": str(proof.offline.principal),
            "stage": step.stage,
            "target": str(step.target),
            "failure": step.cause,
            "why": step.why,
            "error": step.code,
            "error_text": step.e_text,
            "kdc_enctypes": _keys(proof),
            "second_opinion": _second_opinion(proof, step),
        },
        evidence=(Evidence("observation", str(step.target), shown),),
    )


def _keys(proof: Proof) -> list[str]:
    """Return the enctypes that the KDC has a key of."""
    has = proof.keys.has if proof.keys is not None else ()
    return [ETYPES.get(number, str(number)) for number in has]


def _second_opinion(proof: Proof, step: Step) -> Params:
    """Return how libkrb5's own tool ended at the same step. Empty if none was run for it."""
    runs = () if proof.second is None else proof.second.runs
    if step.stage in ("tgs", "cross-realm", "service-key"):
        runs = tuple(run for run in runs if run.tool == "kvno" and run.arguments[-1] == str(step.target))
    if proof.second is None or not runs:
        return {}
    return {"tool": runs[0].tool, "by": proof.second.by, "exit_code": runs[0].exit_code, "text": runs[0].text}


ETYPES: Mapping[int, str] = {
    16: "des3-cbc-sha1",
    17: "aes128-cts-hmac-sha1-96",
    18: "aes256-cts-hmac-sha1-96",
    19: "aes128-cts-hmac-sha256-128",
    20: "aes256-cts-hmac-sha384-192",
    23: "rc4-hmac",
}
"""RFC 3961, 3962, 4757 and 8009."""
