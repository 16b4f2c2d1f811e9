"""What does the keytab alone show about a login as this principal?

This is checked before anything is sent, because no KDC is to blame for it. Is the principal in the
file under exactly this name? With which kvno and enctypes? Can a client of this configuration use
one of the enctypes?
"""

from __future__ import annotations

from collections.abc import Sequence

from probes.frozen import frozen
from probes.kerberos.keytab import Keytab
from probes.kerberos.login.outcome import Cause
from probes.language import tr
from probes.principal import Principal

PERMITTED = (18, 17, 20, 19, 16, 23)
"""Enctypes that a client without a setting of its own accepts, weak ones last.
JDK 17 and MIT 1.20 leave out 16 and 23 unless configured otherwise."""


@frozen
class Offline:
    """What the keytab alone shows about a login."""

    principal: Principal
    """Who logs in."""
    cause: Cause
    """ "ok", "no-entry" or "missing-enctype"."""
    kvnos: tuple[int, ...]
    """Versions of the principal's keys, newest first."""
    enctypes: tuple[int, ...]
    """Enctypes of the newest kvno, in the order of the file."""
    usable: tuple[int, ...]
    """Those of `enctypes` that the configuration permits, in its order."""
    near: tuple[Principal, ...]
    """Principals of the file that differ only in case, only in the realm or only in the host.
    One of them is probably meant. Empty if the principal has an entry."""


def offline(keytab: Keytab, principal: Principal, *, permitted: Sequence[int] = PERMITTED) -> Offline:
    """Compare a keytab with a principal and the enctypes that the client permits.
    `permitted`: default_tkt_enctypes (or permitted_enctypes) of the client, by number."""
    newest = keytab.newest_of(principal)
    kvnos = tuple(dict.fromkeys(entry.kvno for entry in keytab.entries_of(principal)))
    enctypes = tuple(dict.fromkeys(entry.enctype for entry in newest))
    usable = tuple(etype for etype in dict.fromkeys(permitted) if etype in enctypes)
    cause: Cause = "no-entry" if not newest else "ok" if usable else "missing-enctype"
    near = () if newest else tuple(other for other in keytab.principals if _is_similar(other, principal))
    return Offline(principal, cause, kvnos, enctypes, usable, near)


def join_numbers(numbers: Sequence[int]) -> str:
    """Return the numbers for a sentence, "none" if there are none."""
    return ", ".join(map(str, numbers)) or tr("none")


def _is_similar(principal: Principal, other: Principal) -> bool:
    """Return True if the names differ only in case, only in the realm, or only in the host."""
    if _fold(principal) == _fold(other):
        return True
    if principal.parts == other.parts:
        return True
    return (
        principal.realm == other.realm
        and len(principal.parts) == len(other.parts) == 2
        and principal.parts[0] == other.parts[0]
    )


def _fold(principal: Principal) -> tuple[object, str]:
    return tuple(part.casefold() for part in principal.parts), principal.realm.casefold()
