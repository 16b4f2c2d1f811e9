"""Does the KDC give a ticket for this service, and does the service's own key, if the keytab has
it, open that ticket?"""

from __future__ import annotations

import time
from collections.abc import Sequence

from probes.endpoint import Endpoint
from probes.kerberos import as_req
from probes.kerberos.keytab import KeytabEntry
from probes.kerberos.login import crypto, reply
from probes.kerberos.login.attempt import Attempt, Tgt
from probes.kerberos.login.context import ServiceTicket
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.offline import join_numbers
from probes.kerberos.login.outcome import Cause, Stage
from probes.kerberos.login.reply import DecryptedPart, Ticket, TicketReply
from probes.language import tr
from probes.principal import Principal


async def service_ticket(attempt: Attempt, service: Principal, realms: dict[str, Tgt]) -> None:
    """Make one TGS exchange, or two for a realm that is not in `realms` yet.
    `realms` holds the ticket-granting tickets so far, by realm."""
    own = attempt.principal.realm
    tgt = realms.get(service.realm) or await _cross(attempt, service.realm, realms)
    if tgt is None:
        return
    endpoints = attempt.endpoints if tgt.realm == own else attempt.other_realms[tgt.realm]
    issued = await _ticket(attempt, "tgs", service, tgt, endpoints)
    if issued is None:
        return
    message, decrypted = issued
    _service_key(attempt, service, message.ticket)
    if attempt.use is not None:
        await attempt.use(ServiceTicket(attempt.principal, message.ticket, decrypted.session, decrypted.etype))


async def _cross(attempt: Attempt, realm: str, realms: dict[str, Tgt]) -> Tgt | None:
    """Get the ticket of the client's own KDC for the KDC of another realm.
    Only one hop is tried: longer paths are those of [capaths]."""
    own = realms[attempt.principal.realm]
    gate = Principal(("krbtgt", realm), own.realm)
    issued = await _ticket(attempt, "cross-realm", gate, own, attempt.endpoints)
    if issued is None:
        return None
    if not attempt.other_realms.get(realm):
        attempt.record("cross-realm", gate, "cross-realm", tr("no KDC of {realm} is known to ask further", realm=realm))
        return None
    message, decrypted = issued
    realms[realm] = Tgt(realm, message.ticket, decrypted.session, decrypted.etype)
    return realms[realm]


async def _ticket(
    attempt: Attempt, stage: Stage, service: Principal, tgt: Tgt, endpoints: Sequence[Endpoint]
) -> tuple[TicketReply, DecryptedPart] | None:
    began = time.monotonic()
    nonce = as_req.fresh_nonce()

    def request() -> bytes:
        return crypto.tgs_request(
            tgt.ticket.raw,
            attempt.principal,
            service,
            attempt.permitted,
            nonce=nonce,
            now=attempt.how.clock(),
            etype=tgt.etype,
            session=tgt.session,
        )

    try:
        carried = await attempt.carry(endpoints, request)
    except CryptoError as error:
        why = tr("the session key that the KDC gave cannot be used ({kind})", kind=error.kind)
        attempt.record(stage, service, "bad-answer", why, began=began)
        return None
    message = carried.message
    if not isinstance(message, TicketReply):
        await attempt.record_failure(stage, service, carried, began)
        return None
    decrypted = attempt.decrypt_reply(message, stage, service, tgt.etype, tgt.session, crypto.TGS_REP, None, carried)
    if decrypted is None:
        return None
    sealed = message.ticket.sealed
    is_ours = message.kind == reply.TGS_REP and decrypted.nonce == nonce and decrypted.service == service
    cause: Cause = "ok" if is_ours else "bad-answer"
    why = "" if is_ours else tr("it answers another request")
    attempt.record(stage, service, cause, why, carried, began, etype=sealed.etype, kvno=sealed.kvno)
    return (message, decrypted) if is_ours else None


def _service_key(attempt: Attempt, service: Principal, ticket: Ticket) -> None:
    """Check the ticket against the service's key in this keytab.
    No step is recorded without such a key."""
    entries = attempt.keytab.entries_of(service)
    sealed = ticket.sealed
    if not entries or not crypto.is_supported(sealed.etype):
        return
    fitting = [entry for entry in entries if sealed.kvno in (None, entry.kvno)]
    keys = [entry for entry in fitting if entry.enctype == sealed.etype]
    cause: Cause = "stale-key"
    if not fitting:
        kvnos = dict.fromkeys(entry.kvno for entry in entries)
        why = tr(
            "the ticket is for kvno {kvno}, the keytab has {known}", kvno=sealed.kvno, known=join_numbers(tuple(kvnos))
        )
    elif not keys:
        cause, why = (
            "missing-enctype",
            tr("the ticket is of enctype {type}, of which the keytab has no key", type=sealed.etype),
        )
    elif any(_can_open(entry, ticket) for entry in keys):
        cause, why = "ok", ""
    else:
        why = tr("the KDC has another key of kvno {kvno} than the keytab", kvno=keys[0].kvno)
    attempt.record("service-key", service, cause, why, etype=sealed.etype, kvno=sealed.kvno)


def _can_open(entry: KeytabEntry, ticket: Ticket) -> bool:
    try:
        crypto.decrypt(entry.enctype, entry.key, crypto.TICKET, ticket.sealed.cipher)
    except CryptoError:
        return False
    return True
