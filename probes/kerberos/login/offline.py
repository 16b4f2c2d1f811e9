"""What does the keytab alone tell of a login as this principal?

Asked before anything is sent, because no KDC can be blamed for it: is the principal in the file, under exactly this name; with which kvno and enctypes; and is one of
the enctypes usable by a client of this configuration?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probes.kerberos.keytab import Keytab
from probes.kerberos.login.outcome import Cause
from probes.principal import Principal

PERMITTED = (18, 17, 20, 19, 16, 23)
"""What a client without a line of its own accepts, weak ones last; JDK 17 and MIT 1.20 leave out 16 and 23 unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Offline:
    """kvnos: of the principal, newest first; enctypes: of the newest kvno, in the order of the file; usable: those that the configuration permits, in its order;
    near: principals of the file that differ in case, in the realm or in the host alone, so are probably meant; cause: ok, no-entry or missing-enctype."""

    principal: Principal
    cause: Cause
    kvnos: tuple[int, ...]
    enctypes: tuple[int, ...]
    usable: tuple[int, ...]
    near: tuple[Principal, ...]


def offline(keytab: Keytab, principal: Principal, *, permitted: Sequence[int] = PERMITTED) -> Offline:
    """permitted: default_tkt_enctypes (or permitted_enctypes) of the client, by number, in its order."""
    newest = keytab.newest(principal)
    kvnos = tuple(dict.fromkeys(entry.kvno for entry in keytab.of(principal)))
    enctypes = tuple(dict.fromkeys(entry.enctype for entry in newest))
    usable = tuple(etype for etype in dict.fromkeys(permitted) if etype in enctypes)
    cause: Cause = "no-entry" if not newest else "ok" if usable else "missing-enctype"
    near = () if newest else tuple(other for other in keytab.principals if _near(other, principal))
    return Offline(principal, cause, kvnos, enctypes, usable, near)


def listed(numbers: Sequence[int]) -> str:
    """For a sentence."""
    return ", ".join(map(str, numbers)) or "none"


def _near(one: Principal, other: Principal) -> bool:
    """The same but for case, or but for the realm, or but for the host."""
    if _folded(one) == _folded(other):
        return True
    if one.parts == other.parts:
        return True
    return one.realm == other.realm and len(one.parts) == len(other.parts) == 2 and one.parts[0] == other.parts[0]


def _folded(principal: Principal) -> tuple[object, str]:
    return tuple(part.casefold() for part in principal.parts), principal.realm.casefold()
