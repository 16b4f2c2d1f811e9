"""Does the KDC give this principal a ticket-granting ticket, and does the key of the keytab open it?

A request without proof first: by its answer the KDC tells which of the principal's keys it would use. Then the proof, once, because a failed one may count against the
principal (MIT: maxfailure): with the newest key of the enctype that the KDC named, and with our uncorrected clock.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from probes.kerberos import as_req
from probes.kerberos.keytab import Entry
from probes.kerberos.login import crypto
from probes.kerberos.login.attempt import Attempt, Tgt, apart
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.offline import listed
from probes.kerberos.login.reply import KdcReply
from probes.kerberos.login.wire import Carried
from probes.kerberos.message import KrbError

_PREAUTH_REQUIRED = 25


async def initial(attempt: Attempt) -> Tgt | None:
    """The AS exchange; None where it failed, and the last step says why."""
    began = time.monotonic()
    nonces: list[int] = []

    def request() -> bytes:
        nonces.append(as_req.fresh_nonce())
        who = attempt.principal
        return as_req.as_req(who.realm, nonce=nonces[-1], client=who.parts, etypes=_etypes(attempt))

    carried = await attempt.carry(attempt.endpoints, request)
    message = carried.message
    if isinstance(message, KrbError) and message.code == _PREAUTH_REQUIRED:
        entry = _named_key(attempt, carried, message, began)
        return None if entry is None else await _prove(attempt, entry)
    if isinstance(message, KdcReply):
        attempt.took("as", attempt.krbtgt, "ok", "no pre-authentication was asked for", carried, began)
        return _open(attempt, carried, message, nonces)
    await attempt.failed("as", attempt.krbtgt, carried, began)
    return None


def _etypes(attempt: Attempt) -> tuple[int, ...]:
    """Those of the keytab first, in the order of the configuration, then the others: as libkrb5 asks."""
    own = {entry.enctype for entry in attempt.keytab.newest(attempt.principal)}
    return tuple(sorted(attempt.permitted, key=lambda etype: etype not in own))


def _entry(attempt: Attempt, etype: int) -> Entry | None:
    """The key of the newest kvno, if the configuration permits it."""
    entries = attempt.keytab.newest(attempt.principal)
    return next((entry for entry in entries if entry.enctype == etype and etype in attempt.permitted), None)


def _named_key(attempt: Attempt, carried: Carried, asked: KrbError, began: float) -> Entry | None:
    """The key of the keytab for the first enctype that the KDC named and that can be used here; a KDC that names none may have any."""
    named = tuple(info.etype for info in asked.etypes) or _etypes(attempt)
    found = [entry for etype in named if (entry := _entry(attempt, etype)) is not None]
    usable = next((entry for entry in found if crypto.supported(entry.enctype)), None)
    if usable is not None:
        attempt.took("as", attempt.krbtgt, "ok", "", carried, began, etype=usable.enctype)
        return usable
    why = f"the KDC has keys of enctypes {listed(named)}"
    if found:
        why = f"enctype {found[0].enctype} cannot be used by this tool"
    attempt.took("as", attempt.krbtgt, "missing-enctype", why, carried, began, etype=named[0])
    return None


async def _prove(attempt: Attempt, entry: Entry) -> Tgt | None:
    began = time.monotonic()
    nonce = as_req.fresh_nonce()

    def proof() -> bytes:
        return crypto.as_request(
            attempt.principal,
            _etypes(attempt),
            nonce=nonce,
            now=attempt.how.clock(),
            etype=entry.enctype,
            key=entry.key,
        )

    try:
        carried = await attempt.carry(attempt.endpoints, proof)
    except CryptoError as error:
        why = f"the key in the keytab is not one of its enctype ({error.kind})"
        attempt.took("preauth", attempt.krbtgt, "stale-key", why, began=began, entry=entry)
        return None
    if not isinstance(carried.message, KdcReply):
        await attempt.failed("preauth", attempt.krbtgt, carried, began, entry)
        return None
    attempt.took("preauth", attempt.krbtgt, "ok", "", carried, began, entry=entry)
    return _open(attempt, carried, carried.message, [nonce])


def _open(attempt: Attempt, carried: Carried, message: KdcReply, nonces: Sequence[int]) -> Tgt | None:
    """The ticket-granting ticket behind the reply. nonces: of the requests that it may answer."""
    sealed, krbtgt = message.sealed, attempt.krbtgt
    entry = _entry(attempt, sealed.etype)
    if entry is None:
        why = f"the reply is encrypted with enctype {sealed.etype}, of which the keytab has no key"
        attempt.took("as-reply", krbtgt, "missing-enctype", why, carried, etype=sealed.etype)
        return None
    inside = attempt.inside(message, "as-reply", krbtgt, entry.enctype, entry.key, crypto.AS_REP, entry, carried)
    if inside is None:
        return None
    ours = message.client == attempt.principal and inside.service == krbtgt
    if not ours or inside.nonce not in nonces:
        attempt.took("as-reply", krbtgt, "bad-answer", "it answers another request", carried)
        return None
    skew = attempt.skew_of(inside, carried)
    # A JVM refuses such a reply; libkrb5 corrects its clock by it and goes on.
    beyond = skew.beyond() is True
    why = f"the KDC's clock is {apart(skew)} from ours" if beyond else ""
    attempt.took("as-reply", krbtgt, "skew" if beyond else "ok", why, carried, entry=entry, skew=skew)
    return Tgt(attempt.principal.realm, message.ticket, inside.session, inside.etype)
