"""What do all steps of one login share, and how is a step recorded?"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta

from probes.endpoint import Endpoint
from probes.frozen import frozen, mutable
from probes.kerberos.kdc.clock import SkewInterval
from probes.kerberos.kdc.realm import realm_served
from probes.kerberos.keytab import Keytab, KeytabEntry
from probes.kerberos.login import crypto, reply, wire
from probes.kerberos.login.context import ServiceTicket
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.outcome import Cause, Stage, Step, cause_of
from probes.kerberos.login.reply import DecryptedPart, Ticket, TicketReply
from probes.kerberos.login.wire import Carried
from probes.kerberos.message import KerberosError, KrbError
from probes.language import semicolons, tr
from probes.principal import Principal
from probes.secret import Secret
from probes.vantage import Vantage

_UNKNOWN_CLIENT, _GENERIC = 6, 60
_FOREIGN_TICKET = frozenset({31, 41, 44, 45})
"""Codes of a KDC for a ticket that it cannot open: BAD_INTEGRITY, MODIFIED, BADKEYVER, NOKEY.
MIT answers 60 and names the step in which it read the ticket."""

_PROCESS_TGS = "PROCESS_TGS"

_NO_PREAUTH = "NO PREAUTH"
"""Text of MIT beside 60 if a service requires tickets of pre-authenticated clients."""

_LONGEST_TEXT = 256

Clock = Callable[[], datetime]

Use = Callable[[ServiceTicket], Awaitable[None]]
"""What is done with a ticket for a service. It must not keep the session key."""


@frozen
class How:
    """How the requests of one login are sent."""

    vantage: Vantage
    """Where they are sent from, and how long each of them may take."""

    clock: Clock
    """Clock of the machine whose login this is."""


@frozen
class Tgt:
    """A ticket-granting ticket, and what is needed to use it."""

    realm: str
    """Realm of the KDC that takes it."""
    ticket: Ticket
    """The ticket itself."""
    session: Secret
    """Its session key."""
    etype: int
    """Encryption type of the session key."""


@mutable
class Attempt:
    """One login while it is made."""

    endpoints: tuple[Endpoint, ...]
    """Endpoints of one KDC of the principal's realm, in order of preference."""
    principal: Principal
    """Who logs in."""
    keytab: Keytab
    """Its keys."""
    permitted: tuple[int, ...]
    """Enctypes that the client's configuration permits, in its order."""
    other_realms: Mapping[str, Sequence[Endpoint]]
    """Endpoints of a KDC for each other realm."""
    how: How
    """How requests are sent, and by which clock."""
    use: Use | None = None
    """What is done with each ticket for a service. None for nothing."""
    steps: list[Step] = field(default_factory=list)
    """Steps so far. Session keys are not among them: they live only as long as their `Tgt`."""

    @property
    def krbtgt(self) -> Principal:
        """Return the service of the AS exchange."""
        return Principal(("krbtgt", self.principal.realm), self.principal.realm)

    # Questions

    async def carry(self, endpoints: Sequence[Endpoint], request: Callable[[], bytes]) -> Carried:
        """Send one request with this login's patience, see `wire.carry`."""
        how = self.how
        return await wire.carry(endpoints, request, how.vantage)

    def decrypt_reply(
        self,
        message: TicketReply,
        stage: Stage,
        target: Principal,
        etype: int,
        key: Secret,
        usage: int,
        entry: KeytabEntry | None,
        carried: Carried,
    ) -> DecryptedPart | None:
        """Return the part for the client, or record why it cannot be read.

        If an AS reply cannot be decrypted, the key is stale.
        If a TGS reply cannot, the KDC does not use the session key of its own ticket.
        """
        cause: Cause = "bad-answer" if entry is None else "stale-key"
        try:
            return reply.read_decrypted(crypto.decrypt(etype, key, usage, message.sealed.cipher))
        except CryptoError as error:
            why = tr("the reply cannot be opened with this key ({kind})", kind=error.kind)
        except KerberosError as error:
            cause, why = "bad-answer", error.problem
        self.record(stage, target, cause, why, carried, entry=entry)
        return None

    async def record_failure(
        self, stage: Stage, target: Principal, carried: Carried, began: float, entry: KeytabEntry | None = None
    ) -> None:
        """Record a step that ended in an error of the KDC, or without an answer."""
        error = carried.message
        if not isinstance(error, KrbError):
            self.record(stage, target, carried.cause, "", carried, began, entry=entry)
            return
        cause, why = (
            cause_of(error.code, stage),
            tr("the KDC answered {code} ({name})", code=error.code, name=error.name),
        )
        skew = _skew(error, carried, self._shift())
        if error.code == _UNKNOWN_CLIENT and stage == "as":
            served, because = await self._realm_served()
            if not served:
                cause, why = "wrong-realm", semicolons((why, because))
        elif stage == "tgs" and target.realm != self.principal.realm and _is_unopened_ticket(error):
            krbtgt = f"krbtgt/{target.realm}@{self.principal.realm}"
            cause, why = (
                "cross-realm",
                tr("{why}: the realms have different keys of {krbtgt}", why=why, krbtgt=krbtgt),
            )
        elif error.code == _GENERIC and error.e_text == _NO_PREAUTH:
            cause, why = (
                "policy",
                tr("the service accepts only pre-authenticated clients, and the KDC did not ask for it"),
            )
        elif cause == "stale-key" and skew.is_beyond() is True:
            # Some KDCs answer 24 if the time in the proof is wrong.
            cause, why = "skew", tr("{why}, with clocks {difference} apart", why=why, difference=skew_text(skew))
        self.record(stage, target, cause, why, carried, began, entry=entry, skew=skew)

    async def _realm_served(self) -> tuple[bool, str]:
        """Return False only if the KDC certainly does not serve the realm, and a clause."""
        how = self.how
        for endpoint in self.endpoints:
            answer = await realm_served(endpoint, self.principal.realm, how.vantage)
            if answer.served != "unknown":
                return answer.served == "yes", answer.why
        return True, ""

    def _shift(self) -> timedelta:
        """Return the clock of this login minus the clock that dates the packets."""
        return self.how.clock() - datetime.now(UTC)

    # Records

    def skew_of(self, inside: DecryptedPart, carried: Carried) -> SkewInterval:
        """Return the clock difference that a ticket's authtime shows.
        It is in whole seconds of the KDC's clock."""
        shift = self._shift()
        low = (inside.authtime - carried.received - shift).total_seconds()
        high = (inside.authtime - carried.sent + timedelta(seconds=1) - shift).total_seconds()
        return SkewInterval(low, high, exact=False)

    def record(
        self,
        stage: Stage,
        target: Principal,
        cause: Cause,
        why: str,
        carried: Carried | None = None,
        began: float | None = None,
        *,
        entry: KeytabEntry | None = None,
        etype: int | None = None,
        kvno: int | None = None,
        skew: SkewInterval | None = None,
    ) -> None:
        """Record a step. Code, text and clock are those of the KDC's error, if it sent one.
        `began`: time.monotonic() before the step."""
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
                observations=() if carried is None else carried.observations,
                etype=etype if entry is None else entry.enctype,
                kvno=kvno if entry is None else entry.kvno,
                skew=skew,
                elapsed_ms=0.0 if began is None else round((time.monotonic() - began) * 1000, 3),
            )
        )


def _skew(error: KrbError, carried: Carried, shift: timedelta) -> SkewInterval:
    """Return the clock difference of an error, see `probes.kerberos.kdc.clock`.
    `shift`: the login's clock minus ours."""
    until = error.server_time.replace(microsecond=0) - carried.sent + timedelta(seconds=1)
    low = (error.server_time - carried.received - shift).total_seconds()
    return SkewInterval(low, (until - shift).total_seconds(), exact=False)


def _is_unopened_ticket(error: KrbError) -> bool:
    """Return True if the KDC could not open the ticket that was presented."""
    return error.code in _FOREIGN_TICKET or (error.code == _GENERIC and error.e_text == _PROCESS_TGS)


def skew_text(skew: SkewInterval) -> str:
    """Return the difference for a sentence, "-600 s"."""
    return tr("{seconds} s", seconds=round((skew.low + skew.high) / 2))
