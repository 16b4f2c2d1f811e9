"""What does a ticket reply (RFC 4120 5.4.2) contain, outside and in its decrypted part?

Both sides are read with our own strict DER. The outside may come from any peer; the inside can only
come from a holder of the key, and is read as strictly.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from probes.frozen import frozen
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
"""Range of kvno and nonce, which are unsigned in the RFC and signed in older writers."""


@frozen
class Encrypted:
    """EncryptedData."""

    etype: int
    """Encryption type."""
    kvno: int | None
    """Version of the key. None if not given, as by MIT for clients."""
    cipher: bytes
    """Encrypted bytes."""


@frozen
class Ticket:
    """A ticket as the KDC issued it."""

    raw: bytes
    """Bytes that go into a request."""
    service: Principal
    """Service whose key opens `sealed`."""
    sealed: Encrypted
    """The part for the service."""


@frozen
class TicketReply:
    """An AS-REP or TGS-REP."""

    kind: int
    """11 for AS-REP, 13 for TGS-REP."""
    client: Principal
    """Principal that the ticket is for."""
    ticket: Ticket
    """The ticket itself."""
    sealed: Encrypted
    """The part for the client."""


@frozen
class DecryptedPart:
    """The decrypted part of a ticket reply."""

    session: Secret
    """Session key to use with the ticket."""
    etype: int
    """Encryption type of the session key."""
    nonce: int
    """Nonce of the request that this answers."""
    authtime: datetime
    """Clock of the KDC when it authenticated the client, aware, whole seconds."""
    endtime: datetime
    """End of the ticket, aware."""
    renew_till: datetime | None
    """End of renewals, aware. None if the ticket is not renewable."""
    service: Principal
    """Service that the ticket is for."""


def read(message: bytes) -> TicketReply:
    """Read one whole AS-REP or TGS-REP without framing. KerberosError on anything else."""
    try:
        outer = der.read(message)
        kind = {der.application(AS_REP): AS_REP, der.application(TGS_REP): TGS_REP}.get(outer.tag)
        if kind is None:
            raise KerberosError(f"outer tag {outer.tag:#04x}")
        fields = der.fields(der.unwrap(outer))
        der.integer(_required(fields, 0), 5, 5)
        der.integer(_required(fields, 1), kind, kind)
        client = _principal(_required(fields, 4), _required(fields, 3))
        return TicketReply(kind, client, _ticket(_required(fields, 5)), _encrypted(_required(fields, 6)))
    except DerError as error:
        raise KerberosError(str(error)) from None


def read_decrypted(plain: bytes) -> DecryptedPart:
    """Read an EncASRepPart or EncTGSRepPart.
    MIT sends the latter in both replies, as the RFC allows.
    KerberosError on anything else; its text contains nothing of the plain text.
    The offset and the tag in a DerError would be bytes of the plain text."""
    try:
        outer = without_padding(plain)
        if outer.tag not in (der.application(_ENC_AS_REP_PART), der.application(_ENC_TGS_REP_PART)):
            raise KerberosError("the decrypted part is of another kind")
        fields = der.fields(der.unwrap(outer))
        key = der.fields(_required(fields, 0))
        return DecryptedPart(
            session=Secret(der.octets(_required(key, 1))),
            etype=der.integer(_required(key, 0), *_INT32),
            nonce=der.integer(_required(fields, 2), *_UINT32) & 0xFFFFFFFF,
            authtime=der.time(_required(fields, 5)),
            endtime=der.time(_required(fields, 7)),
            renew_till=der.time(fields[8]) if 8 in fields else None,
            service=_principal(_required(fields, 10), _required(fields, 9)),
        )
    except DerError:
        # The offset and the tag in a DerError would be bytes of the plain text.
        raise KerberosError("the decrypted part does not read") from None


def without_padding(plain: bytes) -> Element:
    """Return the one element in the plain text, without the padding.
    Triple DES leaves up to seven zeros behind it (RFC 3961 6.3).
    The reader accepts one encoding only, so writing the element again gives the bytes that came."""
    for padding in range(_MOST_PADDING):
        if plain.endswith(bytes(padding)):
            with suppress(DerError):
                return der.read(plain[: len(plain) - padding])
    return der.read(plain)


def _ticket(element: Element) -> Ticket:
    der.expect(element, der.application(_TICKET))
    fields = der.fields(der.unwrap(element))
    der.integer(_required(fields, 0), 5, 5)
    # The reader accepts one encoding only, so writing the element again gives the bytes that came.
    raw = der.write(element.tag, element.content)
    return Ticket(raw, _principal(_required(fields, 2), _required(fields, 1)), _encrypted(_required(fields, 3)))


def _encrypted(element: Element) -> Encrypted:
    fields = der.fields(element)
    kvno = der.integer(fields[1], *_UINT32) & 0xFFFFFFFF if 1 in fields else None
    return Encrypted(der.integer(_required(fields, 0), *_INT32), kvno, der.octets(_required(fields, 2)))


def _principal(name: Element, realm: Element) -> Principal:
    fields = der.fields(name)
    der.integer(_required(fields, 0), *_INT32)
    return Principal(tuple(map(der.string, der.items(_required(fields, 1)))), der.string(realm))


def _required(fields: Mapping[int, Element], number: int) -> Element:
    if number not in fields:
        raise KerberosError(f"field [{number}] is missing")
    return fields[number]
