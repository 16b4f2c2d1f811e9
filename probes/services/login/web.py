"""How does a client log in to a web server with SPNEGO (RFC 4559, RFC 4178)?

The first token travels in the Authorization header of one request. The server's proof comes back in
WWW-Authenticate, next to the answer itself.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from probes.endpoint import Endpoint
from probes.kerberos import der
from probes.kerberos.der import DerError
from probes.kerberos.login.context import MECHANISM, ServiceTicket
from probes.kerberos.login.sasl import SaslLogin
from probes.network.exchange import Dialogue, Turn
from probes.observation import Observation
from probes.services import http
from probes.services.http import HttpError, HttpReply, Method
from probes.services.login.outcome import OtherServiceError, RefusedError, ServiceLogin, made
from probes.vantage import Vantage

SPNEGO = bytes.fromhex("06062b0601050502")
"""DER of the object identifier 1.3.6.1.5.5.2."""

_INIT_TAG, _RESPONSE_TAG = 0x60, 0xA1
_REFUSED = (401, 403)


async def log_in(
    endpoint: Endpoint,
    ticket: ServiceTicket,
    vantage: Vantage,
    *,
    method: Method = "GET",
    target: str = "/",
    secure: bool = False,
) -> tuple[Observation, ServiceLogin]:
    """Send one request with a token. `target` and `method`: as `probes.services.http.request`."""

    def talk(sasl: SaslLogin) -> Dialogue:
        header = f"Authorization: Negotiate {b64encode(_negotiation(sasl.first())).decode()}"
        said = http.request_bytes(endpoint, method, target, secure=secure, more=(header,))
        _read(sasl, (yield Turn(said, http.is_whole, secure)))

    return await made(endpoint, ticket, vantage, talk, at_end=_read)


def _read(sasl: SaslLogin, data: bytes) -> None:
    try:
        _judge(http.decode(data), sasl)
    except HttpError as error:
        raise OtherServiceError(str(error)) from None


def _judge(reply: HttpReply, sasl: SaslLogin) -> None:
    answer = _token(reply.headers.get("www-authenticate", ""))
    if answer:
        sasl.answer(answer)
    if reply.status in _REFUSED:
        raise RefusedError(reply.text or f"{reply.status} {reply.phrase}")


def _negotiation(token: bytes) -> bytes:
    """Return a NegTokenInit that offers Kerberos alone, with its first token."""
    fields = ((0, der.write_sequence((MECHANISM,))), (2, der.write(der.OCTET_STRING, token)))
    return der.write(_INIT_TAG, SPNEGO + der.write(der.context(0), der.write_fields(fields)))


def _token(header: str) -> bytes:
    """Return the token inside a NegTokenResp. b"" if the header has none that reads."""
    for part in header.split(","):
        scheme, _, value = part.strip().partition(" ")
        if scheme.lower() == "negotiate" and value:
            try:
                outer = der.expect(der.read(b64decode(value, validate=True)), _RESPONSE_TAG)
                fields = der.fields(der.unwrap(outer))
                return der.octets(fields[2]) if 2 in fields else b""
            except (Base64Error, DerError):
                return b""
    return b""
