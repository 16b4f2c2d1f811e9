"""What does every step of one login have in common: who logs in, from where, with which clock, and how is a step recorded?"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from probes.endpoint import Endpoint
from probes.kerberos.kdc.clock import SkewInterval
from probes.kerberos.kdc.realm import realm_served
from probes.kerberos.keytab import Entry, Keytab
from probes.kerberos.login import crypto, reply, wire
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.outcome import Cause, Stage, Step, cause_of
from probes.kerberos.login.reply import Inside, KdcReply, Ticket
from probes.kerberos.login.wire import Carried
from probes.kerberos.message import KerberosError, KrbError
from probes.principal import Principal
from probes.secret import Secret
from probes.vantage import Vantage

_UNKNOWN_CLIENT, _GENERIC = 6, 60
_FOREIGN_TICKET = frozenset({31, 41, 44, 45})
"""What a KDC says to a ticket that it cannot open: BAD_INTEGRITY, MODIFIED, BADKEYVER, NOKEY. MIT says 60 where it was looking at the ticket."""

_PROCESS_TGS = "PROCESS_TGS"

_NO_PREAUTH = "NO PREAUTH"
"""MIT's words beside 60 where a service wants tickets of pre-authenticated clients only."""

_LONGEST_TEXT = 256

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class How:
    """How the requests of one login are sent."""

    vantage: Vantage
    """Where they are sent from, and how long each of them may take."""

    clock: Clock
    """Clock of the machine whose login this is."""


@dataclass(frozen=True, slots=True)
class Tgt:
    """A ticket-granting ticket for the KDC of `realm`, and what is needed to use it."""

    realm: str
    ticket: Ticket
    session: Secret
    etype: int


@dataclass(slots=True)
class Attempt:
    """One login. `steps` grows; the session keys die with whoever holds the `Tgt`."""

    endpoints: tuple[Endpoint, ...]
    principal: Principal
    keytab: Keytab
    permitted: tuple[int, ...]
    other_realms: Mapping[str, Sequence[Endpoint]]
    how: How
    steps: list[Step] = field(default_factory=list)

    @property
    def krbtgt(self) -> Principal:
        """The service of the AS exchange."""
        return Principal(("krbtgt", self.principal.realm), self.principal.realm)

    # Questions

    async def carry(self, endpoints: Sequence[Endpoint], request: Callable[[], bytes]) -> Carried:
        """One request, with this login's patience; see `wire.carry`."""
        how = self.how
        return await wire.carry(endpoints, request, how.vantage)

    def inside(
        self,
        message: KdcReply,
        stage: Stage,
        target: Principal,
        etype: int,
        key: Secret,
        usage: int,
        entry: Entry | None,
        carried: Carried,
    ) -> Inside | None:
        """The part for the client. A failed decryption of an AS reply is a stale key: that of a TGS reply is a KDC that does not know its own ticket."""
        cause: Cause = "bad-answer" if entry is None else "stale-key"
        try:
            return reply.read_inside(crypto.decrypt(etype, key, usage, message.sealed.cipher))
        except CryptoError as error:
            why = f"the reply cannot be opened with this key ({error.kind})"
        except KerberosError as error:
            cause, why = "bad-answer", error.problem
        self.took(stage, target, cause, why, carried, entry=entry)
        return None

    async def failed(
        self, stage: Stage, target: Principal, carried: Carried, began: float, entry: Entry | None = None
    ) -> None:
        """The step that ended in an error of the KDC, or in no answer."""
        error = carried.message
        if not isinstance(error, KrbError):
            self.took(stage, target, carried.cause, "", carried, began, entry=entry)
            return
        cause, why = cause_of(error.code, stage), f"the KDC answered {error.code} ({error.name})"
        skew = _skew(error, carried, self._shift())
        if error.code == _UNKNOWN_CLIENT and stage == "as":
            served, because = await self._realm_served()
            if not served:
                cause, why = "wrong-realm", f"{why}; {because}"
        elif stage == "tgs" and target.realm != self.principal.realm and _unopened(error):
            cause, why = (
                "cross-realm",
                f"{why}: the realms have different keys of krbtgt/{target.realm}@{self.principal.realm}",
            )
        elif error.code == _GENERIC and error.e_text == _NO_PREAUTH:
            cause, why = "policy", "the service takes only clients that pre-authenticate, and this one is not asked to"
        elif cause == "stale-key" and skew.beyond() is True:
            # Some KDCs say 24 where the time in the proof is what they do not like.
            cause, why = "skew", f"{why}, with clocks {apart(skew)} apart"
        self.took(stage, target, cause, why, carried, began, entry=entry, skew=skew)

    async def _realm_served(self) -> tuple[bool, str]:
        """Is the realm this KDC's? Only a definite no counts."""
        how = self.how
        for endpoint in self.endpoints:
            answer = await realm_served(endpoint, self.principal.realm, how.vantage)
            if answer.served != "unknown":
                return answer.served == "yes", answer.why
        return True, ""

    def _shift(self) -> timedelta:
        """By how much the clock of this login differs from the one that dates the packets."""
        return self.how.clock() - datetime.now(UTC)

    # Records

    def skew_of(self, inside: Inside, carried: Carried) -> SkewInterval:
        """What the time of authentication in a ticket tells: whole seconds of the KDC's clock."""
        shift = self._shift()
        low = (inside.authtime - carried.received - shift).total_seconds()
        high = (inside.authtime + timedelta(seconds=1) - carried.sent - shift).total_seconds()
        return SkewInterval(low, high, exact=False)

    def took(
        self,
        stage: Stage,
        target: Principal,
        cause: Cause,
        why: str,
        carried: Carried | None = None,
        began: float | None = None,
        *,
        entry: Entry | None = None,
        etype: int | None = None,
        kvno: int | None = None,
        skew: SkewInterval | None = None,
    ) -> None:
        """Record a step; began: time.monotonic() before it. Code, text and clock are those of the KDC's error, if it answered one."""
        error = carried.message if carried is not None and isinstance(carried.message, KrbError) else None
        if skew is None and error is not None and carried is not None:
            skew = _skew(error, carried, self._shift())
        self.steps.append(
            Step(
                stage,
                target,
                cause,
                why,
                code=None if error is None else error.code,
                e_text=None if error is None or error.e_text is None else error.e_text[:_LONGEST_TEXT],
                transport=None if carried is None else carried.transport,
                seen=() if carried is None else carried.seen,
                etype=etype if entry is None else entry.enctype,
                kvno=kvno if entry is None else entry.kvno,
                skew=skew,
                elapsed_ms=0.0 if began is None else round((time.monotonic() - began) * 1000, 3),
            )
        )


def _skew(error: KrbError, carried: Carried, shift: timedelta) -> SkewInterval:
    """See `probes.kerberos.kdc.clock`; shift: of the login's clock against ours."""
    second = error.server_time.replace(microsecond=0) + timedelta(seconds=1)
    low = (error.server_time - carried.received - shift).total_seconds()
    return SkewInterval(low, (second - carried.sent - shift).total_seconds(), exact=False)


def _unopened(error: KrbError) -> bool:
    """The KDC did not get behind the ticket that was presented."""
    return error.code in _FOREIGN_TICKET or (error.code == _GENERIC and error.e_text == _PROCESS_TGS)


def apart(skew: SkewInterval) -> str:
    """For a sentence: "-600 s"."""
    return f"{round((skew.low + skew.high) / 2)} s"
