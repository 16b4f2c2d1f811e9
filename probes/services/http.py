"""Does an HTTP server answer here, does it require Kerberos (SPNEGO), and where does it redirect
clients?

One request is sent on one connection, which is then closed. A redirect is reported and never
followed, because the other host is another question. RFC 9110, RFC 9112, RFC 4559.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen, replace
from probes.language import tr
from probes.network import certificate
from probes.network.exchange import RawReply, answered, exchange, not_answered
from probes.network.tls import Peer
from probes.observation import Observation
from probes.regex import regex
from probes.vantage import Vantage

_LARGEST_HEAD = 32 * 1024
_MOST_HEADERS = 200
_BODY = 2048
"""Bytes of the body that are read: error pages need less to name the error."""
_SHOWN = 200
_LONGEST_TEXT = 300
_LONGEST_CHALLENGE = 16 * 1024
"""Characters of WWW-Authenticate: a token of Kerberos may be as long as a ticket."""

_STATUS = regex(rb"HTTP/(\d\.\d) (\d{3})(?: ([^\r\n]*))?\r?$")
_TARGET = regex(r"/[!-~]{0,2000}")
_CHUNK = regex(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,100}\r?\n")
_TAG = regex(r"<[^>]{0,1000}>")
_HADOOP_IPC = "HTTP request to a Hadoop IPC port"

Method = Literal["GET", "POST"]


class HttpError(ProbesError):
    """The bytes are no HTTP answer."""


@frozen
class HttpReply:
    """Answer of an HTTP server."""

    version: str
    """HTTP version, "1.1"."""
    status: int
    """Status code."""
    phrase: str
    """Reason phrase."""
    headers: Mapping[str, str]
    """Values by lower-case name; several values are joined with ", "."""
    text: str
    """Beginning of the body, without its markup."""
    body: bytes = b""
    """Beginning of the body as it was sent, without the frames of chunks."""

    @property
    def has_spnego(self) -> bool:
        """Return True if the server asks for Kerberos."""
        return any(part.strip().lower().startswith("negotiate") for part in self._challenges())

    @property
    def is_hadoop_ipc(self) -> bool:
        """Return True if a Hadoop RPC server recognised the GET and answered in HTTP."""
        return _HADOOP_IPC.lower() in self.text.lower()

    def _challenges(self) -> list[str]:
        return self.headers.get("www-authenticate", "").split(",")


async def request(
    endpoint: Endpoint,
    vantage: Vantage,
    *,
    method: Method = "GET",
    target: str = "/",
    secure: bool = False,
    accept: str = "*/*",
    body: int = _BODY,
) -> tuple[Observation, HttpReply | None]:
    """Send one request.

    * HTTP: open/service-reply with status, server, location, spnego … in `detail`.
    * Another answer: open/syn-ack with what came instead.
    * An RPC port of Hadoop that answers a GET in HTTP: open/syn-ack, protocol "hadoop-rpc".
    * Not connected: as in `probes.network.tcp`.

    `target`: path and query, printable ASCII, beginning with "/"; ValueError if it is not.
    A POST has no body.
    `accept`: media type that is asked for. `body`: bytes of the answer's body that are read.
    """
    sent = request_bytes(endpoint, method, target, secure=secure, accept=accept)
    observation, received = await exchange(
        endpoint,
        sent,
        lambda data: is_whole(data, body),
        vantage,
        most=_LARGEST_HEAD + body,
        secure=secure,
    )
    if received is None:
        return observation, None
    try:
        if received.ended == "tls-failed":
            raise HttpError("what came is no answer to the request, which was never sent")
        reply = decode(received.data, body)
    except HttpError:
        missing = not_answered(observation, received)
        return _with_certificate(missing, received, endpoint), None
    if reply.is_hadoop_ipc:
        return not_answered(observation, replace(received, protocol="hadoop-rpc")), None
    return _with_certificate(answered(observation, describe(reply)), received, endpoint), reply


def describe(reply: HttpReply) -> dict[str, object]:
    authenticate = reply.headers.get("www-authenticate")
    detail: dict[str, object] = {
        "service": "http",
        "status": reply.status,
        "phrase": reply.phrase,
        "server": reply.headers.get("server"),
        "location": reply.headers.get("location"),
        "authenticate": authenticate and authenticate[:_LONGEST_TEXT],
        "spnego": reply.has_spnego,
        "content_type": reply.headers.get("content-type"),
    }
    return detail | {"text": reply.text} if reply.status >= 400 and reply.text else detail


def decode(data: bytes, most: int = _BODY) -> HttpReply:
    """Read the head, and the part of the body that came, at most so many bytes of it.
    HttpError unless status line and headers are whole."""
    status, headers, body = _head(data)
    version, code, phrase = status.groups()
    shown = " ".join(_TAG.sub(" ", body[:_BODY].decode("utf-8", "replace")).split())[:_SHOWN]
    kept = _unchunked(body[: 2 * most]) if _is_chunked(headers) else body
    return HttpReply(_text(version), int(code), _text(phrase or b""), headers, shown, kept[:most])


def _head(data: bytes) -> tuple[re.Match[bytes], dict[str, str], bytes]:
    """Return the parts of the status line, the headers, and what came of the body."""
    head, separator, body = _split(data)
    if not separator:
        raise HttpError("no whole head")
    first, *rest = head.split(b"\n")
    matched = _STATUS.match(first)
    if matched is None:
        raise HttpError("no status line")
    headers: dict[str, str] = {}
    for line in rest[:_MOST_HEADERS]:
        name, colon, value = line.partition(b":")
        if colon and name and name.strip() == name:
            key = _text(name).lower()
            held = headers.get(key)
            longest = _LONGEST_CHALLENGE if key == "www-authenticate" else _LONGEST_TEXT
            headers[key] = _text(value, longest) if held is None else f"{held}, {_text(value, longest)}"[:longest]
    return matched, headers, body


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return "chunked" in headers.get("transfer-encoding", "").lower()


def _unchunked(body: bytes) -> bytes:
    """Return the content of the chunks (RFC 9112 7.1), as far as they are right."""
    content, at = bytearray(), 0
    while (line := _CHUNK.match(body, at)) is not None and (size := int(line[1], 16)) > 0:
        content += body[line.end() : line.end() + size]
        at = line.end() + size
        at += 2 if body.startswith(b"\r\n", at) else 1
    return bytes(content)


def request_bytes(
    endpoint: Endpoint,
    method: Method,
    target: str,
    *,
    secure: bool,
    accept: str = "*/*",
    more: Sequence[str] = (),
) -> bytes:
    """Return one request. `more`: further header lines. ValueError if the target is no path of
    printable ASCII."""
    if not _TARGET.fullmatch(target):
        raise ValueError(f"{target!r} is not a path of printable ASCII characters")
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    if endpoint.port != (443 if secure else 80):
        host = f"{host}:{endpoint.port}"
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: emr-diagnose",
        f"Accept: {accept}",
        "Connection: close",
    ]
    if method == "POST":
        lines += ["Content-Type: application/x-thrift", "Content-Length: 0"]
    return "\r\n".join([*lines, *more, "", ""]).encode("ascii", "replace")


def _split(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return head, empty line and body. CR is optional, as RFC 9112 2.2 allows readers."""
    ends = [(place, end) for end in (b"\r\n\r\n", b"\n\n") if (place := data.find(end, 0, _LARGEST_HEAD)) >= 0]
    if not ends:
        return b"", b"", b""
    place, end = min(ends)
    return data[:place], end, data[place + len(end) :]


def is_whole(data: bytes, most: int = _BODY) -> bool:
    """Return True if head and wanted body are there, or if the bytes cannot be HTTP."""
    start = b"HTTP/"
    if not data.startswith(start[: len(data)]):
        return True
    if not _split(data)[1]:
        return len(data) >= _LARGEST_HEAD
    try:
        status, headers, body = _head(data)
    except HttpError:
        return True
    length = headers.get("content-length", "")
    # A number with more digits is larger than the wanted part.
    expected = int(length) if length.isascii() and length.isdecimal() and len(length) < 10 else most
    if int(status[2]) in (204, 304):
        expected = 0
    return len(body) >= min(expected, most) or (_is_chunked(headers) and body.endswith(b"0\r\n\r\n"))


def _with_certificate(observation: Observation, received: RawReply, endpoint: Endpoint) -> Observation:
    if received.tls is None:
        return observation
    return replace(
        observation, detail={**observation.detail, "tls": describe_tls(received.tls, endpoint.host, datetime.now(UTC))}
    )


def describe_tls(peer: Peer, host: str, now: datetime) -> dict[str, object]:
    """Return certificate and faults for a client of this host, as plain JSON values."""
    detail: dict[str, object] = {"version": peer.version, "cipher": peer.cipher}
    try:
        parsed = certificate.read(peer.certificate)
    except certificate.CertificateError as error:
        return detail | {"faults": [tr("its certificate cannot be read: {error}", error=error)]}
    return detail | {
        "subject": parsed.subject,
        "issuer": parsed.issuer,
        "names": list(parsed.names),
        "until": parsed.until.isoformat(),
        "self_signed": parsed.is_self_signed,
        "faults": list(parsed.faults(host, now)),
    }


def _text(data: bytes, longest: int = _LONGEST_TEXT) -> str:
    return data[:longest].decode("latin-1").strip()
