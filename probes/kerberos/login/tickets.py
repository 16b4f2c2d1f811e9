"""Does the KDC give a ticket for this service, and does the service's own key, where the keytab has it, open that ticket?"""

from __future__ import annotations

import time
from collections.abc import Sequence

from probes.endpoint import Endpoint
from probes.kerberos import as_req
from probes.kerberos.keytab import Entry
from probes.kerberos.login import crypto, reply
from probes.kerberos.login.attempt import Attempt, Tgt
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.offline import listed
from probes.kerberos.login.outcome import Cause, Stage
from probes.kerberos.login.reply import Inside, KdcReply, Ticket
from probes.principal import Principal


async def service_ticket(attempt: Attempt, service: Principal, realms: dict[str, Tgt]) -> None:
    """One TGS exchange, two for a realm that is not in `realms` yet. realms: the ticket-granting tickets so far, by realm."""
    own = attempt.principal.realm
    tgt = realms.get(service.realm) or await _cross(attempt, service.realm, realms)
    if tgt is None:
        return
    endpoints = attempt.endpoints if tgt.realm == own else attempt.other_realms[tgt.realm]
    found = await _ticket(attempt, "tgs", service, tgt, endpoints)
    if found is not None:
        _service_key(attempt, service, found[0].ticket)


async def _cross(attempt: Attempt, realm: str, realms: dict[str, Tgt]) -> Tgt | None:
    """The ticket that the client's own KDC has for the KDC of another realm. One hop: longer paths are those of [capaths]."""
    own = realms[attempt.principal.realm]
    gate = Principal(("krbtgt", realm), own.realm)
    found = await _ticket(attempt, "cross-realm", gate, own, attempt.endpoints)
    if found is None:
        return None
    if not attempt.other_realms.get(realm):
        attempt.took("cross-realm", gate, "cross-realm", f"no KDC of {realm} is known to ask further")
        return None
    message, inside = found
    realms[realm] = Tgt(realm, message.ticket, inside.session, inside.etype)
    return realms[realm]


async def _ticket(
    attempt: Attempt, stage: Stage, service: Principal, tgt: Tgt, endpoints: Sequence[Endpoint]
) -> tuple[KdcReply, Inside] | None:
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
        why = f"the session key that the KDC gave cannot be used ({error.kind})"
        attempt.took(stage, service, "bad-answer", why, began=began)
        return None
    message = carried.message
    if not isinstance(message, KdcReply):
        await attempt.failed(stage, service, carried, began)
        return None
    inside = attempt.inside(message, stage, service, tgt.etype, tgt.session, crypto.TGS_REP, None, carried)
    if inside is None:
        return None
    sealed = message.ticket.sealed
    ours = message.kind == reply.TGS_REP and inside.nonce == nonce and inside.service == service
    cause: Cause = "ok" if ours else "bad-answer"
    why = "" if ours else "it answers another request"
    attempt.took(stage, service, cause, why, carried, began, etype=sealed.etype, kvno=sealed.kvno)
    return (message, inside) if ours else None


def _service_key(attempt: Attempt, service: Principal, ticket: Ticket) -> None:
    """What the service will say to this ticket, if this keytab is its own; no step if it is not."""
    entries = attempt.keytab.of(service)
    sealed = ticket.sealed
    if not entries or not crypto.supported(sealed.etype):
        return
    fitting = [entry for entry in entries if sealed.kvno in (None, entry.kvno)]
    keys = [entry for entry in fitting if entry.enctype == sealed.etype]
    cause: Cause = "stale-key"
    if not fitting:
        kvnos = dict.fromkeys(entry.kvno for entry in entries)
        why = f"the ticket is for kvno {sealed.kvno}, the keytab has {listed(tuple(kvnos))}"
    elif not keys:
        cause, why = "missing-enctype", f"the ticket is of enctype {sealed.etype}, of which the keytab has no key"
    elif any(_opens(entry, ticket) for entry in keys):
        cause, why = "ok", ""
    else:
        why = f"the KDC has another key of kvno {keys[0].kvno} than the keytab"
    attempt.took("service-key", service, cause, why, etype=sealed.etype, kvno=sealed.kvno)


def _opens(entry: Entry, ticket: Ticket) -> bool:
    try:
        crypto.decrypt(entry.enctype, entry.key, crypto.TICKET, ticket.sealed.cipher)
    except CryptoError:
        return False
    return True
