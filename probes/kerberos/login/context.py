"""How does a client prove itself to a service with a ticket, and the service itself to the client?

One GSS-API context of the Kerberos mechanism, from the client's side: RFC 4121. The first token
holds the ticket and an authenticator (AP-REQ, RFC 4120 5.5.1). The service answers with the time of
the authenticator, encrypted with the key inside the ticket (AP-REP, 5.5.2). Only a holder of the
service's key in the KDC can do that. Tokens after it carry a checksum made with the same key.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from probes.errors import ProbesError
from probes.frozen import frozen, mutable
from probes.kerberos import der
from probes.kerberos.der import DerError
from probes.kerberos.login import crypto
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.reply import Ticket, without_padding
from probes.kerberos.message import KRB_ERROR, KerberosError, KrbError, decode
from probes.principal import Principal
from probes.secret import Secret

MECHANISM = bytes.fromhex("06092a864886f712010202")
"""DER of the object identifier 1.2.840.113554.1.2.2, Kerberos 5 (RFC 1964 1)."""

_TOKEN_TAG = 0x60
_AP_REQ, _AP_REP, _ERROR = b"\x01\x00", b"\x02\x00", b"\x03\x00"
"""TOK_ID of RFC 4121 4.1."""

_WRAP = 0x0504
_HEADER = 16
_BY_ACCEPTOR, _SEALED, _ACCEPTOR_SUBKEY = 1, 2, 4
_ACCEPTOR_SEAL, _INITIATOR_SEAL = 22, 24
"""Key usage numbers of RFC 4121 2."""

_MUTUAL = 0x20000000
"""AP options: bit 2, mutual-required."""

_GSS_CHECKSUM = 0x8003
_FLAGS = 2 | 4 | 8 | 16 | 32
"""Mutual authentication, replay detection, sequence, confidentiality, integrity (RFC 2744)."""

_AUTHENTICATOR, _ENC_AP_REP_PART = 2, 27
_NT_PRINCIPAL = 1
_SEQUENCE = 1
"""Our first sequence number. Any will do: no context outlives its login."""

_UINT32 = (-(1 << 31), (1 << 32) - 1)


class ContextError(ProbesError):
    """The token is not what a service with the right key answers.

    `error`: the Kerberos error inside it. None if it is none.
    """

    def __init__(self, text: str, error: KrbError | None = None) -> None:
        self.error = error
        super().__init__(text)


@frozen
class ServiceTicket:
    """A ticket for one service, and what is needed to use it."""

    client: Principal
    """Who may use it."""
    ticket: Ticket
    """The ticket itself."""
    session: Secret
    """Its session key."""
    etype: int
    """Encryption type of the session key."""

    @property
    def service(self) -> Principal:
        """Return whom it is for."""
        return self.ticket.service


@mutable
class Context:
    """One context while it is made. Each token may be used once."""

    ticket: ServiceTicket
    """The ticket that it is made with."""
    now: datetime
    """Time in the authenticator, aware: the client's clock."""
    _etype: int = field(init=False)
    _key: Secret = field(init=False)
    _flags: int = field(init=False, default=0)
    _is_made: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._etype, self._key = self.ticket.etype, self.ticket.session

    def first(self) -> bytes:
        """Return the first token. CryptoError if the session key cannot be used here."""
        ticket = self.ticket
        fields = (
            (0, der.write_integer(5)),
            (1, der.write_string(ticket.client.realm)),
            (2, _name(ticket.client)),
            (3, _checksum()),
            (4, der.write_integer(self.now.microsecond)),
            (5, der.write_time(self.now)),
            (7, der.write_integer(_SEQUENCE)),
        )
        authenticator = der.write(der.application(_AUTHENTICATOR), der.write_fields(fields))
        cipher = crypto.encrypt(ticket.etype, ticket.session, crypto.AP_REQ_AUTHENTICATOR, authenticator)
        request = (
            (0, der.write_integer(5)),
            (1, der.write_integer(crypto.AP_REQ)),
            (2, der.write_flags(_MUTUAL)),
            (3, ticket.ticket.raw),
            (4, der.write_fields(((0, der.write_integer(ticket.etype)), (2, der.write(der.OCTET_STRING, cipher))))),
        )
        return framed(_AP_REQ + der.write(der.application(crypto.AP_REQ), der.write_fields(request)))

    def accept(self, token: bytes) -> None:
        """Read the service's answer to the first token.

        ContextError if the service refuses, or does not prove that it has its own key.
        """
        body = unframed(token)
        if body[:2] == _ERROR:
            raise ContextError("the service refuses the ticket", _error(body[2:]))
        if body[:2] != _AP_REP:
            raise ContextError("no answer to a ticket")
        try:
            self._read(body[2:])
        except (DerError, KerberosError):
            raise ContextError("an answer that does not read") from None
        except CryptoError:
            raise ContextError("an answer that is made with another key") from None
        self._is_made = True

    def _read(self, message: bytes) -> None:
        outer = der.fields(der.unwrap(der.expect(der.read(message), der.application(crypto.AP_REP))))
        sealed = der.fields(_required(outer, 2))
        etype = der.integer(_required(sealed, 0), *_UINT32)
        ticket = self.ticket
        cipher = der.octets(_required(sealed, 2))
        plain = crypto.decrypt(etype, ticket.session, crypto.AP_REP_PART, cipher) if etype == ticket.etype else b""
        part = der.fields(der.unwrap(der.expect(without_padding(plain), der.application(_ENC_AP_REP_PART))))
        moment = der.time(_required(part, 0)), der.integer(_required(part, 1), 0, 999_999)
        if moment != (self.now.replace(microsecond=0), self.now.microsecond):
            raise KerberosError("the answer is to another request")
        if 2 in part:
            key = der.fields(part[2])
            self._etype = der.integer(_required(key, 0), *_UINT32)
            self._key = Secret(der.octets(_required(key, 1)))
            self._flags = _ACCEPTOR_SUBKEY

    def unwrap(self, token: bytes) -> bytes:
        """Return what the service wrapped. ContextError if its checksum is wrong, or if the
        encryption type has tokens of the older form (RFC 4757)."""
        if not self._is_made:
            raise ContextError("the context is not made")
        if len(token) < _HEADER or int.from_bytes(token[:2], "big") != _WRAP or not token[2] & _BY_ACCEPTOR:
            raise ContextError("no wrapped token of RFC 4121")
        extra, rotation = int.from_bytes(token[4:6], "big"), int.from_bytes(token[6:8], "big")
        body = _rotated(token[_HEADER:], rotation)
        bare = token[:4] + bytes(4) + token[8:_HEADER]
        try:
            if token[2] & _SEALED:
                header = token[:6] + bytes(2) + token[8:_HEADER]
                plain = crypto.decrypt(self._etype, self._key, _ACCEPTOR_SEAL, body)
                if not plain.endswith(header):
                    raise ContextError("a token whose header was changed")
                return plain[: max(0, len(plain) - _HEADER - extra)]
            plain, mac = body[: len(body) - extra], body[len(body) - extra :]
            if not extra or len(body) < extra or crypto.checksum(*self._keyed, _ACCEPTOR_SEAL, plain + bare) != mac:
                raise ContextError("a token whose checksum is wrong")
            return plain
        except CryptoError:
            raise ContextError("a token that is made with another key") from None

    def wrap(self, data: bytes) -> bytes:
        """Return data with our checksum, in clear. ContextError if the key cannot be used here."""
        bare = token_header(self._flags, 0)
        try:
            mac = crypto.checksum(*self._keyed, _INITIATOR_SEAL, data + bare)
        except CryptoError:
            raise ContextError("a key that cannot be used here") from None
        return token_header(self._flags, len(mac)) + data + mac

    @property
    def _keyed(self) -> tuple[int, Secret]:
        return self._etype, self._key


def framed(inner: bytes) -> bytes:
    """Return an initial token: RFC 2743 3.1."""
    return der.write(_TOKEN_TAG, MECHANISM + inner)


def unframed(token: bytes) -> bytes:
    """Return what an initial token contains. ContextError if it is none of Kerberos."""
    try:
        outer = der.read(token)
    except DerError:
        raise ContextError("no token") from None
    if outer.tag != _TOKEN_TAG or not outer.content.startswith(MECHANISM):
        raise ContextError("a token of another mechanism")
    return outer.content[len(MECHANISM) :]


def token_header(flags: int, extra: int) -> bytes:
    """Return the header of a wrapped token (RFC 4121 4.2.6.2). `extra`: size of its checksum."""
    start = _WRAP.to_bytes(2, "big") + bytes((flags, 0xFF)) + extra.to_bytes(2, "big") + bytes(2)
    return start + _SEQUENCE.to_bytes(8, "big")


def _rotated(body: bytes, rotation: int) -> bytes:
    """Return the body as it was before its sender rotated it to the right."""
    turn = rotation % len(body) if body else 0
    return body[turn:] + body[:turn]


def _checksum() -> bytes:
    """Return the "checksum" of RFC 4121 4.1.1: no channel bindings, and the flags."""
    value = (16).to_bytes(4, "little") + bytes(16) + _FLAGS.to_bytes(4, "little")
    return der.write_fields(((0, der.write_integer(_GSS_CHECKSUM)), (1, der.write(der.OCTET_STRING, value))))


def _name(principal: Principal) -> bytes:
    parts = der.write_sequence(map(der.write_string, principal.parts))
    return der.write_fields(((0, der.write_integer(_NT_PRINCIPAL)), (1, parts)))


def _error(message: bytes) -> KrbError | None:
    if message[:1] != bytes((der.application(KRB_ERROR),)):
        return None
    try:
        error = decode(message)
    except KerberosError:
        return None
    return error if isinstance(error, KrbError) else None


def _required(fields: dict[int, der.Element], number: int) -> der.Element:
    if number not in fields:
        raise KerberosError(f"field [{number}] is missing")
    return fields[number]
