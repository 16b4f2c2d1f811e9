"""How is a key used: to prove a login, to ask for a ticket, to open a reply?

This is the only module that uses scapy: its layers write the requests (RFC 4120 5.4.1, 5.5.1), and
its rfc3961 encrypts. It is loaded on first use, which takes most of a second.

Whatever scapy raises leaves here as `CryptoError`, whose text holds only the kind of failure. Its
logs and warnings are suppressed: they are about enctypes of old clusters and encodings that MIT has
used for decades.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from probes.errors import ProbesError
from probes.network.scapy_quiet import quiet
from probes.principal import Principal
from probes.secret import Secret

if TYPE_CHECKING:
    from types import ModuleType

AS_REQ_TIMESTAMP, TICKET, AS_REP, TGS_REQ_CHECKSUM, TGS_REQ_AUTHENTICATOR, TGS_REP = 1, 2, 3, 6, 7, 8
AP_REQ_AUTHENTICATOR, AP_REP_PART = 11, 12
"""Key usage numbers of RFC 4120 7.5.1."""

AP_REQ, AP_REP = 14, 15
"""Message types of RFC 4120 5.10."""

_PA_TGS_REQ, _PA_ENC_TIMESTAMP = 1, 2
_AS_REQ, _TGS_REQ = 10, 12
_NT_PRINCIPAL, _NT_SRV_INST, _NT_SRV_HST = 1, 2, 3
_TOKENS_OF_RFC_4121 = frozenset({17, 18, 19, 20})
"""Enctypes of AES: RFC 3962, RFC 8009. RC4 has the tokens of RFC 4757, DES those of RFC 1964."""

_LIFETIME = timedelta(hours=1)
"""Lifetime of the tickets asked for. Nobody keeps them."""


class CryptoError(ProbesError):
    """A key does not fit some bytes, or the enctype is not supported.

    `kind`: name of the failure; it contains nothing of key or bytes.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"cannot be decrypted or encrypted: {kind}")


def load() -> None:
    """Import scapy now, unless it is loaded."""
    _scapy()


def is_supported(etype: int) -> bool:
    """Return True if this enctype can be used here."""
    _, rfc3961 = _scapy()
    return etype in rfc3961._enctypes


def as_request(
    client: Principal, etypes: Sequence[int], *, nonce: int, now: datetime, etype: int, key: Secret
) -> bytes:
    """Return an AS-REQ for krbtgt/realm with PA-ENC-TIMESTAMP (RFC 4120 5.2.7.2).
    The timestamp proves that we have the client's key at `now`."""
    layers, asn1 = _scapy()[0], _asn1()
    with _boundary():
        stamp = layers.PA_ENC_TS_ENC(patimestamp=_time(now), pausec=asn1.ASN1_INTEGER(now.microsecond))
        sealed = layers.EncryptedData()
        sealed.encrypt(_key(etype, key), bytes(stamp), key_usage_number=AS_REQ_TIMESTAMP)
        padata = layers.PADATA(padataType=asn1.ASN1_INTEGER(_PA_ENC_TIMESTAMP), padataValue=sealed)
        service = Principal(("krbtgt", client.realm), client.realm)
        body = _body(client, service, etypes, nonce, now)
        return bytes(layers.Kerberos(root=layers.KRB_AS_REQ(padata=[padata], reqBody=body)))


def tgs_request(
    ticket: bytes,
    client: Principal,
    service: Principal,
    etypes: Sequence[int],
    *,
    nonce: int,
    now: datetime,
    etype: int,
    session: Secret,
) -> bytes:
    """Return a TGS-REQ for `service`, to the KDC that issued this ticket-granting ticket.
    `session` is the session key of the ticket, and `etype` its encryption type."""
    layers, asn1 = _scapy()[0], _asn1()
    with _boundary():
        key = _key(etype, session)
        body = _body(None, service, etypes, nonce, now)
        checksum = layers.Checksum()
        checksum.make(key, bytes(body), key_usage_number=TGS_REQ_CHECKSUM)
        authenticator = layers.KRB_Authenticator(
            crealm=asn1.ASN1_GENERAL_STRING(client.realm),
            cname=_name(client),
            cksum=checksum,
            cusec=asn1.ASN1_INTEGER(now.microsecond),
            ctime=_time(now),
            subkey=None,
            seqNumber=None,
            encAuthorizationData=None,
        )
        sealed = layers.EncryptedData()
        sealed.encrypt(key, bytes(authenticator), key_usage_number=TGS_REQ_AUTHENTICATOR)
        presented = layers.KRB_Ticket(ticket)
        if bytes(presented) != ticket:
            raise CryptoError("the ticket is not written again as it came")
        proof = layers.KRB_AP_REQ(ticket=presented, authenticator=sealed)
        padata = layers.PADATA(padataType=asn1.ASN1_INTEGER(_PA_TGS_REQ), padataValue=proof)
        request = layers.KRB_TGS_REQ(msgType=asn1.ASN1_INTEGER(_TGS_REQ), padata=[padata], reqBody=body)
        return bytes(layers.Kerberos(root=request))


def decrypt(etype: int, key: Secret, usage: int, cipher: bytes) -> bytes:
    """Return the plain text after its integrity is checked (RFC 3961).
    CryptoError if the key is another one, the bytes were changed, or the enctype is unknown."""
    with _boundary():
        return bytes(_key(etype, key).decrypt(usage, cipher))


def encrypt(etype: int, key: Secret, usage: int, plain: bytes) -> bytes:
    """Return the plain text encrypted and protected (RFC 3961). CryptoError for an enctype that
    is unknown, or a key of another size."""
    with _boundary():
        return bytes(_key(etype, key).encrypt(usage, plain))


def checksum(etype: int, key: Secret, usage: int, data: bytes) -> bytes:
    """Return the keyed checksum of the enctype (RFC 3961).

    CryptoError for the enctypes before AES, whose GSS-API tokens have another form.
    """
    if etype not in _TOKENS_OF_RFC_4121:
        raise CryptoError("an enctype with tokens of the older form")
    with _boundary():
        return bytes(_key(etype, key).make_checksum(usage, data))


def _body(client: Principal | None, service: Principal, etypes: Sequence[int], nonce: int, now: datetime) -> Any:
    """Return a KDC-REQ-BODY.
    None keeps scapy from writing an optional field that must not be empty."""
    layers, asn1 = _scapy()[0], _asn1()
    return layers.KRB_KDC_REQ_BODY(
        kdcOptions="",  # a KDC may refuse what it need not grant, and nothing of it is needed
        cname=None if client is None else _name(client),
        realm=asn1.ASN1_GENERAL_STRING(service.realm),
        sname=_name(service, _NT_SRV_INST if service.parts[0] == "krbtgt" else _NT_SRV_HST),
        till=_time(now + _LIFETIME),
        rtime=None,
        nonce=asn1.ASN1_INTEGER(nonce),
        etype=[asn1.ASN1_INTEGER(etype) for etype in etypes],
        addresses=None,
        additionalTickets=None,
    )


def _name(principal: Principal, kind: int = _NT_PRINCIPAL) -> Any:
    layers, asn1 = _scapy()[0], _asn1()
    parts = [asn1.ASN1_GENERAL_STRING(part) for part in principal.parts]
    return layers.PrincipalName(nameType=asn1.ASN1_INTEGER(kind), nameString=parts)


def _time(moment: datetime) -> Any:
    return _asn1().ASN1_GENERALIZED_TIME(moment.strftime("%Y%m%d%H%M%SZ"))


def _key(etype: int, key: Secret) -> Any:
    return _scapy()[1].Key(etype, key=key.reveal())


@contextmanager
def _boundary() -> Iterator[None]:
    """Let nothing of scapy pass but values: no exception, no warning, no log line."""
    try:
        with quiet():
            yield
    except CryptoError:
        raise
    except Exception as error:  # noqa: BLE001 - arbitrary bytes make scapy raise a dozen unrelated types
        raise CryptoError(type(error).__name__) from None


@cache
def _scapy() -> tuple[ModuleType, ModuleType]:
    """Return scapy's Kerberos layers and its rfc3961."""
    import importlib

    with _boundary():
        return importlib.import_module("scapy.layers.kerberos"), importlib.import_module("scapy.libs.rfc3961")


@cache
def _asn1() -> ModuleType:
    import importlib

    return importlib.import_module("scapy.asn1.asn1")
