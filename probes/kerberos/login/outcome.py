"""What can come of a login, and what does an error of a KDC mean at the step at which it came?

The cause is what a reader can repair. It is what the JVM and the services of Hadoop would run into, not what kinit would: kinit forgives a skewed clock
(kdc_timesync) and goes to TCP by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from probes.endpoint import Transport
from probes.kerberos.kdc.clock import SkewInterval
from probes.observation import Observation
from probes.principal import Principal

Stage = Literal[
    "keytab",  # nothing was sent yet
    "as",  # AS-REQ without pre-authentication
    "preauth",  # AS-REQ with the encrypted timestamp
    "as-reply",  # the ticket was opened with the key of the keytab
    "cross-realm",  # TGS-REQ for krbtgt/OTHER
    "tgs",  # TGS-REQ for a service
    "service-key",  # the service's ticket against the service's key in the same keytab
]

Cause = Literal[
    "ok",
    "no-entry",  # the keytab has no key of the principal
    "missing-enctype",  # keytab, configuration and KDC have no enctype in common
    "stale-key",  # the KDC has another key, or another version of it
    "unknown-client",
    "unknown-service",
    "wrong-realm",  # this KDC does not serve the realm
    "skew",  # the clocks are too far apart
    "too-big",  # the answer does not fit a datagram and TCP did not work
    "cross-realm",  # no way from the client's realm to the service's
    "locked",
    "expired",
    "password-expired",
    "policy",  # the KDC refuses by its own rules
    "preauth-unsupported",  # it wants more than a key
    "timeout",
    "refused",
    "unreachable",  # ICMP, no route, no socket
    "not-kerberos",  # something else answered
    "bad-answer",  # Kerberos, but not an answer to this question
    "kdc-error",  # any other error of the KDC; code has it
]


@dataclass(frozen=True, slots=True)
class Step:
    """target: whose ticket was asked for; cause: "ok" or why not; why: a clause for a reader, from a closed set of texts and names that the caller gave;
    code, e_text: of the KDC's error; transport: that carried the answer; seen: one observation a transport tried; etype, kvno: of the key that was used or is
    missing, at service-key the ticket's; skew: what the answer tells of the clocks; elapsed_ms: of the whole step."""

    stage: Stage
    target: Principal
    cause: Cause
    why: str = ""
    code: int | None = None
    e_text: str | None = None
    transport: Transport | None = None
    seen: tuple[Observation, ...] = ()
    etype: int | None = None
    kvno: int | None = None
    skew: SkewInterval | None = None
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Login:
    """steps: in the order in which they were taken; those after a failed login are not there, a failed service does not end the others."""

    principal: Principal
    steps: tuple[Step, ...]

    @property
    def cause(self) -> Cause:
        """Of the first step that failed."""
        return next((step.cause for step in self.steps if step.cause != "ok"), "ok")

    @property
    def logged_in(self) -> bool:
        """A ticket-granting ticket was issued and opened."""
        return any(step.stage == "as-reply" and step.cause in ("ok", "skew") for step in self.steps)


_ANYWHERE: Mapping[int, Cause] = {
    12: "policy",
    14: "missing-enctype",
    33: "skew",
    37: "skew",
    52: "too-big",
    68: "wrong-realm",
}
_AS: Mapping[int, Cause] = {
    1: "expired",
    6: "unknown-client",
    7: "wrong-realm",  # krbtgt of the realm itself is not there
    18: "locked",
    23: "password-expired",
    24: "stale-key",
    25: "preauth-unsupported",
    31: "stale-key",
}
_TGS: Mapping[int, Cause] = {2: "expired", 7: "unknown-service", 19: "locked", 27: "policy", 29: "cross-realm"}


def cause_of(code: int, stage: Stage) -> Cause:
    """Meaning of an error code of RFC 4120 7.5.9 at a stage."""
    own = _AS if stage in ("as", "preauth") else _TGS
    cause = own.get(code, _ANYWHERE.get(code, "kdc-error"))
    return "cross-realm" if stage == "cross-realm" and cause == "unknown-service" else cause


def cause_of_silence(seen: Observation) -> Cause:
    """Meaning of an exchange in which no Kerberos message came."""
    if seen.state == "closed":
        return "refused"
    if seen.state == "open":
        foreign = seen.detail.get("kerberos", "foreign") == "foreign"
        return "not-kerberos" if foreign else "timeout"
    return "timeout" if seen.reason == "no-response" else "unreachable"
