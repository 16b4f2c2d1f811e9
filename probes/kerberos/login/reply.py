"""What does a ticket reply (RFC 4120 5.4.2) say on its outside, and what inside, once it is decrypted?

Both sides are read with our own strict DER: the outside comes from whoever answered, and what only a holder of the key can have written is no reason to be lax.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from probes.kerberos import der
from probes.kerberos.der import DerError, Element
from probes.kerberos.message import AS_REP, KerberosError
from probes.principal import Principal
from probes.secret import Secret

TGS_REP = 13
_TICKET, _ENC_AS_REP_PART, _ENC_TGS_REP_PART = 1, 25, 26
_MOST_PADDING = 8
_INT32 = (-(1 << 31), (1 << 31) - 1)
_UINT32 = (-(1 << 31), (1 << 32) - 1)
"""For kvno and nonce, which are unsigned in the RFC and signed in older writers."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """EncryptedData: etype, kvno of the key (None where not told, as by MIT for clients), cipher."""

    etype: int
    kvno: int | None
    cipher: bytes


@dataclass(frozen=True, slots=True)
class Ticket:
    """raw: the bytes that go into a request; service: whose key opens `sealed`."""

    raw: bytes
    service: Principal
    sealed: Encrypted


@dataclass(frozen=True, slots=True)
class KdcReply:
    """kind: 11 AS-REP, 13 TGS-REP; client: whom the ticket is for; sealed: the part for the client."""

    kind: int
    client: Principal
    ticket: Ticket
    sealed: Encrypted


@dataclass(frozen=True, slots=True)
class Inside:
    """session: key to use with the ticket, and its enctype; nonce: of the request that this answers; authtime: the KDC's clock when it authenticated the client;
    service: whose ticket it is."""

    session: Secret
    etype: int
    nonce: int
    authtime: datetime
    endtime: datetime
    renew_till: datetime | None
    service: Principal


def read(message: bytes) -> KdcReply:
    """One whole AS-REP or TGS-REP without framing. KerberosError on anything else."""
    try:
        outer = der.read(message)
        kind = {der.application(AS_REP): AS_REP, der.application(TGS_REP): TGS_REP}.get(outer.tag)
        if kind is None:
            raise KerberosError(f"outer tag {outer.tag:#04x}")
        found = der.fields(der.inside(outer))
        der.integer(_needed(found, 0), 5, 5)
        der.integer(_needed(found, 1), kind, kind)
        client = _principal(_needed(found, 4), _needed(found, 3))
        return KdcReply(kind, client, _ticket(_needed(found, 5)), _encrypted(_needed(found, 6)))
    except DerError as error:
        raise KerberosError(str(error)) from None


def read_inside(plain: bytes) -> Inside:
    """EncASRepPart or EncTGSRepPart: MIT sends the latter in both replies, as the RFC allows. KerberosError, without any of the content, on anything else."""
    try:
        outer = _padded(plain)
        if outer.tag not in (der.application(_ENC_AS_REP_PART), der.application(_ENC_TGS_REP_PART)):
            raise KerberosError("the decrypted part is of another kind")
        found = der.fields(der.inside(outer))
        key = der.fields(_needed(found, 0))
        return Inside(
            session=Secret(der.octets(_needed(key, 1))),
            etype=der.integer(_needed(key, 0), *_INT32),
            nonce=der.integer(_needed(found, 2), *_UINT32) & 0xFFFFFFFF,
            authtime=der.time(_needed(found, 5)),
            endtime=der.time(_needed(found, 7)),
            renew_till=der.time(found[8]) if 8 in found else None,
            service=_principal(_needed(found, 10), _needed(found, 9)),
        )
    except DerError:
        # The offset and the tag in the error would be bytes of the plain text.
        raise KerberosError("the decrypted part does not read") from None


def _padded(plain: bytes) -> Element:
    """The one element in the plain text: triple DES leaves up to seven zeros behind it (RFC 3961 6.3)."""
    for padding in range(_MOST_PADDING):
        if plain.endswith(bytes(padding)):
            with suppress(DerError):
                return der.read(plain[: len(plain) - padding])
    return der.read(plain)


def _ticket(element: Element) -> Ticket:
    der.expect(element, der.application(_TICKET))
    found = der.fields(der.inside(element))
    der.integer(_needed(found, 0), 5, 5)
    # The reader accepts one encoding only, so writing it again gives the bytes that came.
    raw = der.write(element.tag, element.content)
    return Ticket(raw, _principal(_needed(found, 2), _needed(found, 1)), _encrypted(_needed(found, 3)))


def _encrypted(element: Element) -> Encrypted:
    found = der.fields(element)
    kvno = der.integer(found[1], *_UINT32) & 0xFFFFFFFF if 1 in found else None
    return Encrypted(der.integer(_needed(found, 0), *_INT32), kvno, der.octets(_needed(found, 2)))


def _principal(name: Element, realm: Element) -> Principal:
    found = der.fields(name)
    der.integer(_needed(found, 0), *_INT32)
    return Principal(tuple(map(der.string, der.items(_needed(found, 1)))), der.string(realm))


def _needed(found: Mapping[int, Element], number: int) -> Element:
    if number not in found:
        raise KerberosError(f"field [{number}] is missing")
    return found[number]
