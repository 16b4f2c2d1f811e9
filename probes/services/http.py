"""Does an HTTP server answer here, does it want Kerberos (SPNEGO), and where does it send clients?

One request on one connection, then it is closed; redirects are told and never followed, because the other host is another question. RFC 9110, RFC 9112, RFC 4559.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.network import certificate
from probes.network.exchange import Heard, answered, exchange, not_answered
from probes.network.tls import Peer
from probes.observation import Observation
from probes.vantage import Vantage

_LARGEST_HEAD = 32 * 1024
_MOST_HEADERS = 200
_BODY = 2048
"""Bytes of the body that are read: error pages say what is wrong in less."""
_SHOWN = 200
_LONGEST_TEXT = 300

_STATUS = re.compile(rb"HTTP/(\d\.\d) (\d{3})(?: ([^\r\n]*))?\r?$")
_TARGET = re.compile(r"/[!-~]{0,2000}")
_TAG = re.compile(r"<[^>]{0,1000}>")
_HADOOP_IPC = "HTTP request to a Hadoop IPC port"

Method = Literal["GET", "POST"]


class HttpError(ProbesError):
    """The bytes are no HTTP answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """headers: by lower-case name, several values joined with ", "; text: the beginning of the body without its markup."""

    version: str
    status: int
    phrase: str
    headers: Mapping[str, str]
    text: str

    @property
    def spnego(self) -> bool:
        """Does it ask for Kerberos?"""
        return any(part.strip().lower().startswith("negotiate") for part in self._challenges())

    @property
    def hadoop_ipc(self) -> bool:
        """Hadoop's RPC servers know a GET when they see one, and say so in HTTP."""
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
) -> tuple[Observation, Reply | None]:
    """open/service-reply with status, server, location, spnego … in `detail` for HTTP; open/syn-ack with what came instead; else as `probes.network.tcp`.

    target: path and query, printable ASCII, beginning with "/"; ValueError for one that is not. A POST has no body.
    An RPC port of Hadoop that answers a GET in HTTP is no HTTP server: open/syn-ack, protocol "hadoop-rpc".
    """
    said = _written(endpoint, method, target, secure=secure)
    seen, heard = await exchange(
        endpoint,
        said,
        _whole,
        vantage,
        most=_LARGEST_HEAD + _BODY,
        secure=secure,
    )
    if heard is None:
        return seen, None
    try:
        if heard.ended == "tls-failed":
            raise HttpError("what came is no answer to the request, which was never sent")
        reply = decode(heard.data)
    except HttpError:
        missing = not_answered(seen, heard)
        return _with_certificate(missing, heard, endpoint), None
    if reply.hadoop_ipc:
        return not_answered(seen, replace(heard, protocol="hadoop-rpc")), None
    return _with_certificate(answered(seen, describe(reply)), heard, endpoint), reply


def describe(reply: Reply) -> dict[str, object]:
    told: dict[str, object] = {
        "service": "http",
        "status": reply.status,
        "phrase": reply.phrase,
        "server": reply.headers.get("server"),
        "location": reply.headers.get("location"),
        "authenticate": reply.headers.get("www-authenticate"),
        "spnego": reply.spnego,
        "content_type": reply.headers.get("content-type"),
    }
    return told | {"text": reply.text} if reply.status >= 400 and reply.text else told


def decode(data: bytes) -> Reply:
    """The head, and what there is of the body. HttpError unless status line and headers are whole."""
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
            headers[key] = _text(value) if held is None else f"{held}, {_text(value)}"[:_LONGEST_TEXT]
    version, status, phrase = matched.groups()
    shown = " ".join(_TAG.sub(" ", body[:_BODY].decode("utf-8", "replace")).split())[:_SHOWN]
    return Reply(_text(version), int(status), _text(phrase or b""), headers, shown)


def _written(endpoint: Endpoint, method: Method, target: str, *, secure: bool) -> bytes:
    if not _TARGET.fullmatch(target):
        raise ValueError(f"{target!r} is no path of printable ASCII")
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    if endpoint.port != (443 if secure else 80):
        host = f"{host}:{endpoint.port}"
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: emr-diagnose",
        "Accept: */*",
        "Connection: close",
    ]
    if method == "POST":
        lines += ["Content-Type: application/x-thrift", "Content-Length: 0"]
    return "\r\n".join([*lines, "", ""]).encode("ascii", "replace")


def _split(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Head, the empty line, body; CR is optional, as RFC 9112 2.2 allows readers."""
    found = [(place, end) for end in (b"\r\n\r\n", b"\n\n") if (place := data.find(end, 0, _LARGEST_HEAD)) >= 0]
    if not found:
        return b"", b"", b""
    place, end = min(found)
    return data[:place], end, data[place + len(end) :]


def _whole(data: bytes) -> bool:
    """The head and as much of the body as is wanted, or what cannot be HTTP."""
    start = b"HTTP/"
    if not data.startswith(start[: len(data)]):
        return True
    _, separator, body = _split(data)
    if not separator:
        return len(data) >= _LARGEST_HEAD
    try:
        reply = decode(data)
    except HttpError:
        return True
    length = reply.headers.get("content-length", "")
    # More digits than these are more than is wanted, whatever they say.
    expected = int(length) if length.isascii() and length.isdecimal() and len(length) < 10 else _BODY
    if reply.status in (204, 304):
        expected = 0
    chunked = "chunked" in reply.headers.get("transfer-encoding", "").lower()
    return len(body) >= min(expected, _BODY) or (chunked and body.endswith(b"0\r\n\r\n"))


def _with_certificate(seen: Observation, heard: Heard, endpoint: Endpoint) -> Observation:
    if heard.tls is None:
        return seen
    return replace(seen, detail={**seen.detail, "tls": shown(heard.tls, endpoint.host, datetime.now(UTC))})


def shown(peer: Peer, host: str, now: datetime) -> dict[str, object]:
    """How the server presented itself, and what speaks against it for a client that asked for this host. Plain JSON values."""
    told: dict[str, object] = {"version": peer.version, "cipher": peer.cipher}
    try:
        found = certificate.read(peer.certificate)
    except certificate.CertificateError as error:
        return told | {"faults": [f"its certificate cannot be read: {error}"]}
    return told | {
        "subject": found.subject,
        "issuer": found.issuer,
        "names": list(found.names),
        "until": found.until.isoformat(),
        "self_signed": found.self_signed,
        "faults": list(found.faults(host, now)),
    }


def _text(data: bytes) -> str:
    return data[:_LONGEST_TEXT].decode("latin-1").strip()
