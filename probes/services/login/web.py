"""How does a client log in to a web server with SPNEGO (RFC 4559, RFC 4178)?

A first request has no token. Only a server that answers it with 401 Negotiate gets one: the token
travels in the Authorization header of a second request. The server's proof comes back in
WWW-Authenticate, next to the answer itself.

HiveServer2 accepts and sends no proof. Then the difference between the two answers tells: the same
request is no longer refused. An answer that a gateway or another page may give too tells nothing.
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
_ACCEPTED = range(200, 300)
_FAILED = 500
"""HiveServer2 answers so behind a login, because the request has no call of Thrift."""


async def log_in(
    endpoint: Endpoint,
    ticket: ServiceTicket,
    vantage: Vantage,
    *,
    method: Method = "GET",
    target: str = "/",
    secure: bool = False,
) -> tuple[Observation, ServiceLogin]:
    """Send one request without a token, and one with it. Each has a connection of its own.

    `target` and `method`: as `probes.services.http.request`. A server that does not ask for
    Kerberos gets no token: "not-kerberos".
    """
    seen, before = await http.request(endpoint, vantage, method=method, target=target, secure=secure)
    if seen.state != "open":
        return seen, ServiceLogin(ticket.service, "not-connected")
    if before is None:
        return seen, _without_http(ticket, seen)
    if before.status != 401 or not before.has_spnego:
        text = f"HTTP {before.status} to a request without a login: it asks for no Kerberos"
        return seen, ServiceLogin(ticket.service, "not-kerberos", text=text)

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


def _without_http(ticket: ServiceTicket, seen: Observation) -> ServiceLogin:
    """Return what came of a server that did not answer the first request in HTTP."""
    detail = seen.detail
    if "protocol" in detail:
        return ServiceLogin(ticket.service, "not-kerberos", text=f"no answer in HTTP: {detail['protocol']}")
    why = detail.get("tls_error") or detail.get("errno") or detail.get("ended")
    return ServiceLogin(ticket.service, "ended", text=None if why is None else str(why))


def _judge(reply: HttpReply, sasl: SaslLogin) -> None:
    answer = _token(reply.headers.get("www-authenticate", ""))
    if answer:
        sasl.answer(answer)
    if reply.status in _REFUSED:
        raise RefusedError(reply.text or f"{reply.status} {reply.phrase}")
    if not sasl.is_proven and reply.status not in _ACCEPTED and reply.status != _FAILED:
        raise OtherServiceError(f"HTTP {reply.status} to a login, which proves nothing")


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
