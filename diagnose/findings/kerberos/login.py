"""What a login with the user's keytab says: which step failed, and which of the things that can be repaired it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from diagnose.findings.model import Evidence, Finding
from diagnose.scene.scene import Scene

if TYPE_CHECKING:
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
"""Cause of a failed step -> finding. What has no entry is a matter of the path, which the flows answer for, or is told in words alone."""

ADVICE: Mapping[str, str] = {
    "KRB-KEYTAB-PRINC": "Use a principal that the keytab has, or export the keytab of this one (kadmin: ktadd -norandkey).",
    "KRB-REALM-CASE": "Write the realm as the KDC and the keytab do: realms are case-sensitive and usually upper case.",
    "KRB-ETYPE-KEYTAB": "Export the keytab again with AES keys; RC4 and DES keys alone are refused by current Java.",
    "KRB-ETYPE-KDC": "Give the principal a key of an enctype that the client permits, or permit the one it has.",
    "KRB-KEYTAB-STALE": "Export the keytab again (ktadd -norandkey) and hand it out: the key in the KDC was changed after this one was written.",
    "KRB-SVC-KEY": "Export the service's keytab again and restart the service.",
    "KRB-CLIENT-UNKNOWN": "Create the principal (addprinc), or ask the KDC of the right realm.",
    "KRB-SVC-MISSING": "Create the service principal and its keytab, or correct the host name that it is built from.",
    "KRB-WRONG-REALM": "Put the KDC of this realm behind kdc = in krb5.conf.",
    "KRB-SKEW": "Set the clock of the host that drifted; do not raise clockskew.",
    "KDC-TOOBIG-TCP": "Open the KDC's port over TCP: the answer does not fit a datagram.",
    "KRB-XREALM-KEY": "Create krbtgt/B@A on both KDCs with one password, key version and enctype.",
    "KRB-PRINC-STATE": "Unlock or renew the principal on the KDC (modprinc).",
}


def findings(scene: Scene) -> Iterator[Finding]:
    proof = scene.proof
    if proof is None:
        return
    if proof.offline.cause != "ok":
        yield _of_keytab(proof.offline)
        return
    if proof.login is not None:
        for step in proof.login.steps:
            if step.cause in CODES:
                yield _of_step(step, proof)


def _of_keytab(known: Offline) -> Finding:
    """Nothing was sent: the file alone cannot work."""
    principal = str(known.principal)
    near = ", ".join(map(str, known.near[:3]))
    if known.cause == "missing-enctype":
        code, title = "KRB-ETYPE-KEYTAB", "The keytab has no key of an enctype that clients accept"
        cause = f"{principal} is in the keytab with enctypes {', '.join(map(str, known.enctypes))} only. Java says “Unable to obtain password from user”."
    elif any(
        one.realm != known.principal.realm and one.realm.lower() == known.principal.realm.lower() for one in known.near
    ):
        code, title = "KRB-REALM-CASE", "The realm of the principal and that of the keytab differ in case"
        cause = (
            f"The keytab has {near}, and {principal} was asked for. Java says “Unable to obtain password from user”."
        )
    else:
        code, title = "KRB-KEYTAB-PRINC", "The keytab has no key for the principal"
        cause = (
            f"{principal} is not in the keytab"
            + (f"; it has {near}" if near else "")
            + ". Java says “Unable to obtain password from user”."
        )
    return Finding(
        code=code,
        severity="error",
        confidence="proven",
        title=title,
        cause=cause,
        evidence=(Evidence("line", "keytab", f"{principal}: {known.cause}"),),
        advice=(ADVICE[code],),
    )


def _of_step(step: Step, proof: Proof) -> Finding:
    code = "KRB-SVC-KEY" if step.cause == "stale-key" and step.stage == "service-key" else CODES[step.cause]
    answer = (
        ""
        if step.code is None
        else f" The KDC answered with error {step.code}" + (f" ({step.e_text})." if step.e_text else ".")
    )
    why = f" {step.why[0].upper()}{step.why[1:]}." if step.why else ""
    return Finding(
        code=code,
        severity="error",
        confidence="proven",
        title=TITLES[code],
        cause=f"A login as {proof.offline.principal} failed at the step “{step.stage}” for {step.target}: {step.cause.replace('-', ' ')}.{why}{answer}",
        detail=" ".join(text for text in (_keys(proof), _second(proof)) if text),
        evidence=(
            Evidence(
                "observation",
                str(step.target),
                f"{step.stage}: {step.cause}" + (f", over {step.transport}" if step.transport else ""),
            ),
        ),
        advice=(ADVICE[code],),
    )


def _keys(proof: Proof) -> str:
    """What the KDC has, as it tells anybody who asks with the right name."""
    has = proof.keys.has if proof.keys is not None else ()
    return (
        f"The KDC has keys of {', '.join(ETYPES.get(one, str(one)) for one in has)} for {proof.offline.principal}."
        if has
        else ""
    )


def _second(proof: Proof) -> str:
    """What libkrb5's own tools say: it may differ, since they forgive a wrong clock and change to TCP by themselves."""
    if proof.second is None or not proof.second.runs:
        return ""
    first = proof.second.runs[0]
    outcome = "was stopped when its time was up" if first.exit_code is None else f"ended with {first.exit_code}"
    words = " ".join(first.text.split())[:200]
    return f"Second opinion of {first.tool} ({proof.second.by}): it {outcome}" + (f": {words}" if words else "") + "."


ETYPES: Mapping[int, str] = {
    16: "des3-cbc-sha1",
    17: "aes128-cts-hmac-sha1-96",
    18: "aes256-cts-hmac-sha1-96",
    19: "aes128-cts-hmac-sha256-128",
    20: "aes256-cts-hmac-sha384-192",
    23: "rc4-hmac",
}
"""RFC 3961, 3962, 4757 and 8009."""

TITLES: Mapping[str, str] = {
    "KRB-KEYTAB-PRINC": "The keytab has no key for the principal",
    "KRB-ETYPE-KDC": "Keytab, configuration and KDC share no encryption type",
    "KRB-KEYTAB-STALE": "The key in the keytab is no longer the KDC's",
    "KRB-SVC-KEY": "The service's key in the keytab is no longer the KDC's",
    "KRB-CLIENT-UNKNOWN": "The KDC does not know the principal",
    "KRB-SVC-MISSING": "The KDC has no such service principal",
    "KRB-WRONG-REALM": "The KDC does not serve the principal's realm",
    "KRB-SKEW": "The clocks of this host and the KDC are too far apart",
    "KDC-TOOBIG-TCP": "The KDC's answer does not fit a datagram, and TCP does not work",
    "KRB-XREALM-KEY": "There is no way from the principal's realm to the service's",
    "KRB-PRINC-STATE": "The principal is expired or locked",
}
