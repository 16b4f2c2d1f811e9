"""What does one HTTP request ask, and how is an answer written (RFC 9112)?

Only GET and HEAD are answered, and each connection carries one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

LARGEST_HEAD = 16 << 10
"""Bytes of a request line and its header fields, at most."""

MOST_FIELDS = 100
MOST_PARAMETERS = 20

_LINE = regex(rb"([A-Z]{1,20}) (/[!-~]*) HTTP/1\.([01])")
_FIELD = regex(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


class BadRequestError(Exception):
    """The bytes are no request that is answered. The message says why."""

    def __init__(self, why: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(why)
        self.status = status


@frozen
class WebRequest:
    """One request."""

    method: str
    """GET or HEAD."""

    path: str
    """Path without its query."""

    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of the query by name, in their order."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Header fields by name in lower case. Of several fields the last."""

    def parameter(self, name: str) -> str | None:
        """Return the value of a parameter, None if it is missing or empty.

        BadRequestError if it is given twice.
        """
        values = self.parameters.get(name, ())
        if len(values) > 1:
            raise BadRequestError(tr("the parameter {name} is given more than once", name=name))
        return (values[0] if values else "").strip() or None


@frozen
class WebResponse:
    """One answer."""

    status: HTTPStatus
    """Status code."""

    body: bytes
    """Content."""

    kind: str = TEXT
    """Content-Type."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Further header fields."""

    @classmethod
    def plain(cls, status: HTTPStatus, text: str, **headers: str) -> WebResponse:
        """Return a page of one line of text. An underscore in a name of a header stands for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, f"{text}\n".encode("utf-8", "replace"), headers=named)

    def encoded(self, *, more: Mapping[str, str], with_body: bool) -> bytes:
        """Return the bytes of the answer. more: header fields of every answer."""
        fields = {
            "Content-Type": self.kind,
            "Content-Length": str(len(self.body)),
            "Connection": "close",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **more,
            **self.headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n{lines}\r\n"
        return head.encode("latin-1", "replace") + (self.body if with_body else b"")


def parse_request(head: bytes) -> WebRequest:
    """Return the request of these bytes, which end in an empty line. BadRequestError if they are
    none, or ask for more than GET and HEAD."""
    first, *rest = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise BadRequestError(tr("no request of HTTP/1.1"))
    if len(rest) > MOST_FIELDS:
        raise BadRequestError(tr("more than {count} header fields", count=MOST_FIELDS))
    headers = {}
    for text in rest:
        found = _FIELD.fullmatch(text)
        if found is None:
            raise BadRequestError(tr("a header field that cannot be read"))
        headers[found[1].decode("ascii").lower()] = found[2].decode("latin-1").strip()
    method = line[1].decode("ascii")
    if method not in ("GET", "HEAD"):
        raise BadRequestError(tr("only GET and HEAD are answered"), HTTPStatus.METHOD_NOT_ALLOWED)
    if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
        raise BadRequestError(tr("a request with a body"), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        parts = urlsplit(line[2].decode("ascii"))
        values = parse_qs(parts.query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="strict")
    except ValueError:
        raise BadRequestError(tr("a query that cannot be read")) from None
    return WebRequest(method, parts.path, {name: tuple(given) for name, given in values.items()}, headers)
