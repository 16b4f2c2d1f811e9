"""What can a login result in, and what does an error of a KDC mean at the step at which it came?

The cause is something that the reader can repair. It is what the JVM and the services of Hadoop
would meet, not what kinit would meet: kinit accepts a skewed clock (kdc_timesync) and switches to
TCP by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from probes.endpoint import Transport
from probes.frozen import frozen
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


@frozen
class Step:
    """One step of a login, and its result."""

    stage: Stage
    """Which step it is."""
    target: Principal
    """Principal whose ticket was asked for."""
    cause: Cause
    """ "ok", or why the step failed."""
    why: str = ""
    """A clause for a reader, from a closed set of texts and names that the caller gave."""
    code: int | None = None
    """Error code of the KDC. None if it sent no error."""
    e_text: str | None = None
    """Text of the KDC's error. None if it sent none."""
    transport: Transport | None = None
    """Transport that carried the answer. None if no answer came."""
    observations: tuple[Observation, ...] = ()
    """One observation for each transport that was tried."""
    etype: int | None = None
    """Encryption type of the key that was used or is missing; at "service-key", of the ticket."""
    kvno: int | None = None
    """Version of the key that was used or is missing; at "service-key", of the ticket."""
    skew: SkewInterval | None = None
    """What the answer shows about the clocks. None if it carries no time."""
    elapsed_ms: float = 0.0
    """Duration of the whole step, milliseconds."""


@frozen
class Login:
    """One login with all its steps."""

    principal: Principal
    """Who logs in."""
    steps: tuple[Step, ...]
    """Steps in the order in which they were taken. No step follows a failed login.
    A service that failed does not end the others."""

    @property
    def cause(self) -> Cause:
        """Return the cause of the first step that failed, "ok" if none did."""
        return next((step.cause for step in self.steps if step.cause != "ok"), "ok")


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
    """Return the meaning of an error code of RFC 4120 7.5.9 at a stage."""
    own = _AS if stage in ("as", "preauth") else _TGS
    cause = own.get(code, _ANYWHERE.get(code, "kdc-error"))
    return "cross-realm" if stage == "cross-realm" and cause == "unknown-service" else cause


def cause_of_silence(observation: Observation) -> Cause:
    """Return the meaning of an exchange in which no Kerberos message came."""
    if observation.state == "closed":
        return "refused"
    if observation.state == "open":
        foreign = observation.detail.get("kerberos", "foreign") == "foreign"
        return "not-kerberos" if foreign else "timeout"
    return "timeout" if observation.reason == "no-response" else "unreachable"
