"""Does a client have an encryption type left that its krb5.conf, its keytab and the KDC share?

A list of which nothing is left ends the client before it sends anything. Measured with kinit and
kvno of krb5 1.20, OpenJDK 11.0.13, 17.0.15, 21.0.8 and 25.0.2, and their KDC.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from diagnose.clients import jdk, mit
from diagnose.clients.model import Ending, Exchange, unknown
from probes.frozen import frozen
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.scene.proof import Proof
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.jdk_table import Reading
    from probes.files.krb5conf.profile import Relation

USUAL: Final = frozenset({17, 18})
"""Encryption types of which every KDC of the last decade has keys, unless somebody chose others."""

KEYS: Final = ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes")

JAVA_NAMES: Final = {
    1: "DES CBC mode with CRC-32",
    3: "DES CBC mode with MD5",
    16: "DES3 CBC mode with SHA1-KD",
    17: "AES128 CTS mode with HMAC SHA1-96",
    18: "AES256 CTS mode with HMAC SHA1-96",
    19: "AES128 CTS mode with HMAC SHA256-128",
    20: "AES256 CTS mode with HMAC SHA384-192",
    23: "RC4 with HMAC",
}
"""Names in messages of the JDK, see `EType.toString`."""

_NONE_LEFT: Final = "No supported encryption types (config file error?)"
_NO_CREDENTIALS: Final = "No credentials found with supported encryption types"
_NOT_IN_KEYTAB: Final = "Generic preauthentication failure"


@frozen
class KnownKeys:
    """What a login with the user's keytab showed about keys."""

    keytab: tuple[int, ...] | None
    """Encryption types of the principal's newest keys. None without a keytab."""
    kdc: tuple[int, ...] | None
    """Encryption types that the KDC has a key of. None if it was not asked."""
    used: int | None = None
    """Encryption type with which a login worked. None if none did."""

    @classmethod
    def of(cls, proof: Proof | None) -> KnownKeys:
        """Return what is known. Nothing if the keytab has no key of the principal."""
        if proof is None or not proof.offline.enctypes:
            return cls(None, None)
        keys, steps = proof.keys, () if proof.login is None else proof.login.steps
        used = next((step.etype for step in steps if step.stage == "as-reply" and step.cause == "ok"), None)
        return cls(proof.offline.enctypes, None if keys is None or keys.undetermined else keys.has, used)


def mit_fault(profile: Profile, exchange: Exchange, keys: KnownKeys) -> Ending | None:
    """Return how libkrb5 ends if encryption types decide it. None if they do not."""
    from probes.files.krb5conf.mit_etypes import login_offer, ticket_offer

    offer = login_offer(profile) if exchange == "as" else ticket_offer(profile)
    if not offer.types:
        return mit.failed(_NONE_LEFT, 0.0, exchange, _leaves_none(offer.by))
    if exchange == "as" and keys.keytab is not None and not set(offer.types) & set(keys.keytab):
        return mit.failed(_NOT_IN_KEYTAB, 0.0, exchange, _none_of_the_keytab(offer.by))
    if exchange == "tgs" and (session := _session_type(profile)) is not None and session not in offer.types:
        why = tr("{list} lacks the type of the session key that the login gives", list=_line(offer.by))
        return mit.failed(_NO_CREDENTIALS, 0.0, exchange, why)
    return None if offer.by is None else _unusual(offer.types, exchange, keys)


def _session_type(profile: Profile) -> int | None:
    """Return the type of the session key of a login: the first that is offered, if it is a usual
    one."""
    from probes.files.krb5conf.mit_etypes import login_offer

    first = next(iter(login_offer(profile).types), None)
    return first if first in USUAL else None


def jdk_fault(reading: Reading, exchange: Exchange, keys: KnownKeys) -> Ending | None:
    """Return how Java of the reading's releases ends if encryption types decide it.

    None if they do not. JdkShapeError if a list is a section.
    """
    from probes.files.krb5conf.jdk_etypes import Key, offer, words_of

    key: Key = "default_tkt_enctypes" if exchange == "as" else "default_tgs_enctypes"
    offered = offer(reading, key, reading.rules)
    if not offered.types and offered.by is not None:
        text = reading.rules.no_types.format(count=len(words_of(offered.by)), key=key)
        return jdk.failed(text, 0.0, exchange, _leaves_none(offered.by))
    if exchange == "as" and keys.keytab is not None and not set(offered.types) & set(keys.keytab):
        text = f"Do not have keys of types listed in {key} available; only have keys of following type: "
        return jdk.failed(text + _java_names(keys.keytab), 0.0, exchange, _none_of_the_keytab(offered.by))
    return None if offered.by is None else _unusual(offered.types, exchange, keys)


def other_fault(profile: Profile) -> Ending | None:
    """Return the ending of a family whose reading of the lists is not modelled.

    None if every list has a plain name of a usual type.
    """
    from probes.files.krb5conf.mit_etypes import NAMES

    for key in KEYS:
        relation = profile.first("libdefaults", key)
        if relation is not None and not USUAL & {NAMES.get(word.lower()) for word in relation.value.split()}:
            return unknown(tr("what it makes of {list} is not modelled", list=_line(relation)))
    return None


def with_faults(endings: dict[Exchange, Ending], fault: Callable[[Exchange], Ending | None]) -> dict[Exchange, Ending]:
    """Return the endings with what encryption types change.

    A failure comes before the first packet. An unknown one changes only what would work.
    """

    def ending(exchange: Exchange, otherwise: Ending) -> Ending:
        found = fault(exchange)
        if found is None or (found.works == "unknown" and otherwise.works != "yes"):
            return otherwise
        return found

    return {exchange: ending(exchange, otherwise) for exchange, otherwise in endings.items()}


def _unusual(types: Sequence[int], exchange: Exchange, keys: KnownKeys) -> Ending | None:
    """Return an unknown ending if nothing shows that the KDC has keys of these types."""
    known = {keys.used, *(keys.kdc or ())} if exchange == "as" else set()
    if USUAL & set(types) or known & set(types):
        return None
    return unknown(tr("whether the KDC has keys of the types in krb5.conf is not known"))


def _leaves_none(by: Relation | None) -> str:
    return tr("{list} leaves it no encryption type", list=_line(by))


def _none_of_the_keytab(by: Relation | None) -> str:
    return tr("{list} permits no type of the keytab's keys", list=_line(by))


def _line(by: Relation | None) -> str:
    return tr("its own list") if by is None else f"{by.origin.file}:{by.origin.line}"


def _java_names(types: Sequence[int]) -> str:
    return " ".join(JAVA_NAMES.get(number, f"Unknown ({number})") for number in types)
