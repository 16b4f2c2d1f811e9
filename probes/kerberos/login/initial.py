"""Does the KDC give this principal a ticket-granting ticket, and does the keytab's key open it?

The first request has no proof: the answer of the KDC names the key of the principal that it would
use. The second one has the proof, with the newest key of that enctype and with our uncorrected
clock. It is sent once, because a failed proof may count against the principal (MIT: maxfailure).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from probes.kerberos import as_req
from probes.kerberos.keytab import KeytabEntry
from probes.kerberos.login import crypto
from probes.kerberos.login.attempt import Attempt, Tgt, skew_text
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.offline import join_numbers
from probes.kerberos.login.reply import TicketReply
from probes.kerberos.login.wire import Carried
from probes.kerberos.message import KrbError
from probes.language import tr

_PREAUTH_REQUIRED = 25


async def initial(attempt: Attempt) -> Tgt | None:
    """Make the AS exchange. None if it failed; the last step then has the reason."""
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
    if isinstance(message, TicketReply):
        attempt.record("as", attempt.krbtgt, "ok", tr("the KDC asked for no pre-authentication"), carried, began)
        return _open(attempt, carried, message, nonces)
    await attempt.record_failure("as", attempt.krbtgt, carried, began)
    return None


def _etypes(attempt: Attempt) -> tuple[int, ...]:
    """Return the keytab's enctypes in the order of the configuration, then the others.
    libkrb5 asks in this order."""
    own = {entry.enctype for entry in attempt.keytab.newest_of(attempt.principal)}
    return tuple(sorted(attempt.permitted, key=lambda etype: etype not in own))


def _entry(attempt: Attempt, etype: int) -> KeytabEntry | None:
    """Return the key of the newest kvno if the configuration permits its enctype."""
    entries = attempt.keytab.newest_of(attempt.principal)
    return next((entry for entry in entries if entry.enctype == etype and etype in attempt.permitted), None)


def _named_key(attempt: Attempt, carried: Carried, error: KrbError, began: float) -> KeytabEntry | None:
    """Return the keytab's key for the first enctype that the KDC named and that can be used here.
    If the KDC names none, any enctype is tried."""
    named = tuple(info.etype for info in error.etypes) or _etypes(attempt)
    entries = [entry for etype in named if (entry := _entry(attempt, etype)) is not None]
    usable = next((entry for entry in entries if crypto.is_supported(entry.enctype)), None)
    if usable is not None:
        attempt.record("as", attempt.krbtgt, "ok", "", carried, began, etype=usable.enctype)
        return usable
    why = tr("the KDC has keys of enctypes {types}", types=join_numbers(named))
    if entries:
        why = tr("enctype {type} cannot be used by this tool", type=entries[0].enctype)
    attempt.record("as", attempt.krbtgt, "missing-enctype", why, carried, began, etype=named[0])
    return None


async def _prove(attempt: Attempt, entry: KeytabEntry) -> Tgt | None:
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
        why = tr("the key in the keytab is not one of its enctype ({kind})", kind=error.kind)
        attempt.record("preauth", attempt.krbtgt, "stale-key", why, began=began, entry=entry)
        return None
    if not isinstance(carried.message, TicketReply):
        await attempt.record_failure("preauth", attempt.krbtgt, carried, began, entry)
        return None
    attempt.record("preauth", attempt.krbtgt, "ok", "", carried, began, entry=entry)
    return _open(attempt, carried, carried.message, [nonce])


def _open(attempt: Attempt, carried: Carried, message: TicketReply, nonces: Sequence[int]) -> Tgt | None:
    """Return the ticket-granting ticket of the reply, None if it is of no use.
    nonces: of the requests that it may answer."""
    sealed, krbtgt = message.sealed, attempt.krbtgt
    entry = _entry(attempt, sealed.etype)
    if entry is None:
        why = tr("the reply is encrypted with enctype {type}, of which the keytab has no key", type=sealed.etype)
        attempt.record("as-reply", krbtgt, "missing-enctype", why, carried, etype=sealed.etype)
        return None
    decrypted = attempt.decrypt_reply(
        message, "as-reply", krbtgt, entry.enctype, entry.key, crypto.AS_REP, entry, carried
    )
    if decrypted is None:
        return None
    is_ours = message.client == attempt.principal and decrypted.service == krbtgt
    if not is_ours or decrypted.nonce not in nonces:
        attempt.record("as-reply", krbtgt, "bad-answer", tr("it answers another request"), carried)
        return None
    skew = attempt.skew_of(decrypted, carried)
    # A JVM rejects such a reply. libkrb5 corrects its clock by it and goes on.
    beyond = skew.is_beyond() is True
    why = tr("the KDC's clock is {difference} from ours", difference=skew_text(skew)) if beyond else ""
    attempt.record("as-reply", krbtgt, "skew" if beyond else "ok", why, carried, entry=entry, skew=skew)
    return Tgt(attempt.principal.realm, message.ticket, decrypted.session, decrypted.etype)
