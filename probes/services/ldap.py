"""Does an LDAP server answer here, what does it hold, and how may clients log in?

The first message is an anonymous bind, which names nobody. The second reads the root entry
(rootDSE), which lists naming contexts and SASL mechanisms. A server may show it although it refuses
the bind. The third ends the connection in order. RFC 4511, RFC 4512 5.1; StartTLS is RFC 4511 4.14.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen, replace
from probes.network.exchange import Dialogue, RawReply, Turn, answered, converse, not_answered
from probes.observation import Observation
from probes.services.http import describe_tls
from probes.vantage import Vantage

START_TLS = "1.3.6.1.4.1.1466.20037"
_ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
_ATTRIBUTES = (
    "namingContexts",
    "supportedSASLMechanisms",
    "supportedExtension",
    "supportedCapabilities",
    "objectClass",
    "vendorName",
)

_LARGEST = 64 * 1024
_LONGEST_TEXT = 300
_MOST_VALUES = 100
_MOST_ATTRIBUTES = 100
_MOST_MESSAGES = 50

_INTEGER, _OCTETS, _ENUMERATED, _SEQUENCE, _SET = 0x02, 0x04, 0x0A, 0x30, 0x31
_BIND_REPLY, _ENTRY, _DONE, _EXTENDED_REPLY = 0x61, 0x64, 0x65, 0x78
_ENDS = frozenset({_BIND_REPLY, _DONE, _EXTENDED_REPLY})
"""Operations that are the last answer to a request."""

Anonymous = Literal["allowed", "refused", "wants-tls", "unavailable"]
_MEANINGS: Mapping[int, Anonymous] = {0: "allowed", 13: "wants-tls", 51: "unavailable", 52: "unavailable"}
"""Result code of the anonymous bind -> what it means. Any other is a refusal."""


class LdapError(ProbesError):
    """The bytes are no answer of an LDAP server."""


@frozen
class LdapResult:
    """How a request ended."""

    code: int
    """resultCode of RFC 4511: 0 for success."""
    text: str
    """diagnosticMessage, "" without one."""


@frozen
class RootEntry:
    """What the root entry says. All is empty if the server does not show it."""

    naming_contexts: tuple[str, ...] = ()
    """Base names of what the server holds."""
    mechanisms: tuple[str, ...] = ()
    """SASL mechanisms, GSSAPI for Kerberos."""
    extensions: tuple[str, ...] = ()
    """OIDs of extended requests."""
    product: str | None = None
    """ "OpenLDAP", "Active Directory", or what the server calls its vendor. None if not told."""


@frozen
class LdapReply:
    """Answer of an LDAP server."""

    anonymous: Anonymous
    """What the server answers to a client without a name."""
    bind: LdapResult
    """Result of the anonymous bind."""
    search: LdapResult | None
    """Result of reading the root entry. None if that was not answered."""
    root: RootEntry | None
    """The root entry. None if the server does not show it."""


async def root_entry(
    endpoint: Endpoint, vantage: Vantage, *, secure: bool = False
) -> tuple[Observation, LdapReply | None]:
    """Bind without a name, read the root entry, and unbind.

    * LDAP: open/service-reply with naming contexts, mechanisms and anonymous in `detail`.
    * Another answer: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.

    secure: inside TLS, as on port 636.
    """
    observation, replies = await converse(endpoint, _dialogue(secure=secure), vantage, most=_LARGEST)
    if not replies:
        return observation, None
    try:
        if replies[0].ended == "tls-failed":
            raise LdapError("no TLS, so nothing was asked")
        reply = decode(replies[0].data, replies[1].data if len(replies) > 1 else b"")
    except LdapError:
        return _with_tls(not_answered(observation, replies[0]), replies[0], endpoint), None
    return _with_tls(answered(observation, describe(reply)), replies[0], endpoint), reply


async def start_tls(endpoint: Endpoint, vantage: Vantage) -> Observation:
    """Ask for TLS on the plain port, read the certificate, and unbind.

    LDAP: open/service-reply with "starttls" ("done", "refused", "failed"), "text" and "tls" in
    `detail`. Another answer: open/syn-ack with what came instead.
    """
    observation, replies = await converse(endpoint, _upgrade(), vantage, most=_LARGEST)
    if not replies:
        return observation
    try:
        result = _result(replies[0].data, _EXTENDED_REPLY)
    except LdapError:
        return not_answered(observation, replies[0])
    detail: dict[str, object] = {"service": "ldap", "starttls": "refused", "text": result.text}
    if result.code != 0 or len(replies) < 2:
        return answered(observation, detail)
    peer, error = replies[1].tls, replies[1].tls_error
    if peer is None:
        return answered(observation, detail | {"starttls": "failed", "text": error or replies[1].ended})
    shown = describe_tls(peer, endpoint.host, datetime.now(UTC))
    return answered(observation, detail | {"starttls": "done", "tls": shown})


def describe(reply: LdapReply) -> dict[str, object]:
    root = reply.root
    refused = reply.bind if reply.bind.code else reply.search
    return {
        "service": "ldap",
        "anonymous": reply.anonymous,
        "readable": root is not None,
        "product": None if root is None else root.product,
        "naming_contexts": [] if root is None else list(root.naming_contexts),
        "mechanisms": [] if root is None else list(root.mechanisms),
        "starttls": None if root is None else START_TLS in root.extensions,
        "code": 0 if refused is None else refused.code,
        "text": "" if refused is None else refused.text,
    }


def _with_tls(observation: Observation, reply: RawReply, endpoint: Endpoint) -> Observation:
    if reply.tls is None:
        return observation
    shown = describe_tls(reply.tls, endpoint.host, datetime.now(UTC))
    return replace(observation, detail={**observation.detail, "tls": shown})


# What is sent


def _write(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    return bytes((tag, size) if size < 0x80 else (tag, 0x82, *size.to_bytes(2, "big"))) + content


def _number(tag: int, value: int) -> bytes:
    return _write(tag, bytes((value,)))


def _message(number: int, operation: bytes) -> bytes:
    return _write(_SEQUENCE, _number(_INTEGER, number), operation)


BIND = _message(1, _write(0x60, _number(_INTEGER, 3), _write(_OCTETS), _write(0x80)))
"""Anonymous bind of version 3: no name, no password."""

SEARCH = _message(
    2,
    _write(
        0x63,
        _write(_OCTETS),  # the root entry
        _number(_ENUMERATED, 0),  # this entry alone
        _number(_ENUMERATED, 0),  # no aliases
        _number(_INTEGER, 1),  # at most one entry
        _number(_INTEGER, 0),  # no limit on time
        _number(0x01, 0),  # with values
        _write(0x87, b"objectClass"),  # whatever its class
        _write(_SEQUENCE, *(_write(_OCTETS, name.encode()) for name in _ATTRIBUTES)),
    ),
)
"""Read the root entry."""

UNBIND = _message(3, _write(0x42))
UPGRADE = _message(1, _write(0x77, _write(0x80, START_TLS.encode())))
"""Ask for TLS on this connection."""


def _dialogue(*, secure: bool) -> Dialogue:
    bound = yield Turn(BIND, is_whole, secure)
    try:
        _result(bound, _BIND_REPLY)
    except LdapError:
        return
    yield Turn(SEARCH, is_whole)
    yield Turn(UNBIND, lambda _: True)


def _upgrade() -> Dialogue:
    reply = yield Turn(UPGRADE, is_whole)
    try:
        if _result(reply, _EXTENDED_REPLY).code == 0:
            yield Turn(UNBIND, lambda _: True, secure=True)
        else:
            yield Turn(UNBIND, lambda _: True)
    except LdapError:
        return


# What comes


def is_whole(data: bytes) -> bool:
    """Return True if the last answer to a request is there, or if the bytes cannot be LDAP."""
    try:
        return any(operation in _ENDS for operation, _ in _operations(data))
    except LdapError:
        return True


def decode(bound: bytes, found: bytes) -> LdapReply:
    """Read the answers to BIND and to SEARCH. LdapError if the first one is none of LDAP.
    `found`: b"" if the search was not answered."""
    bind = _result(bound, _BIND_REPLY)
    meaning = _MEANINGS.get(bind.code, "refused")
    try:
        search = _result(found, _DONE)
        root = _root(found)
    except LdapError:
        return LdapReply(meaning, bind, None, None)
    return LdapReply(meaning, bind, search, root)


def _result(data: bytes, wanted: int) -> LdapResult:
    """Return how a request ended."""
    content = next((content for operation, content in _operations(data) if operation == wanted), None)
    if content is None:
        raise LdapError("no such answer")
    parts = list(_elements(content, 3))
    if [tag for tag, _ in parts] != [_ENUMERATED, _OCTETS, _OCTETS] or not 0 < len(parts[0][1]) <= 2:
        raise LdapError("no result")
    return LdapResult(int.from_bytes(parts[0][1], "big"), _text(parts[2][1]))


def _root(data: bytes) -> RootEntry | None:
    """Return the root entry. None if no entry came, or one without a value."""
    content = next((content for operation, content in _operations(data) if operation == _ENTRY), None)
    if content is None:
        return None
    parts = list(_elements(content, 2))
    if [tag for tag, _ in parts] != [_OCTETS, _SEQUENCE]:
        raise LdapError("no entry")
    values = dict(_attributes(parts[1][1]))
    if not values:
        return None
    classes = {name.lower() for name in values.get("objectclass", ())}
    vendor = values.get("vendorname", ("",))[0] or None
    product = "Active Directory" if _ACTIVE_DIRECTORY in values.get("supportedcapabilities", ()) else vendor
    return RootEntry(
        values.get("namingcontexts", ()),
        values.get("supportedsaslmechanisms", ()),
        values.get("supportedextension", ()),
        "OpenLDAP" if "openldaprootdse" in classes else product,
    )


def _attributes(data: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of each attribute, in lower case, and its values."""
    for tag, content in _elements(data, _MOST_ATTRIBUTES):
        parts = list(_elements(content, 2)) if tag == _SEQUENCE else []
        if [kind for kind, _ in parts] != [_OCTETS, _SET]:
            raise LdapError("no attribute")
        values = tuple(_text(value) for _, value in _elements(parts[1][1], _MOST_VALUES))
        if values:
            yield _text(parts[0][1]).lower(), values


def _operations(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of the operation of each whole message. LdapError if the bytes begin
    none."""
    for tag, content in _elements(data, _MOST_MESSAGES, whole=False):
        parts = list(_elements(content, 2)) if tag == _SEQUENCE else []
        if len(parts) != 2 or parts[0][0] != _INTEGER:
            raise LdapError("no message of LDAP")
        yield parts[1]


def _elements(data: bytes, most: int, *, whole: bool = True) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of at most so many elements, one behind another.

    Lengths are definite and have up to four bytes, as RFC 4511 5.1 allows. An element that ends
    behind the data is an error, or the end if not `whole`.
    """
    at, count = 0, 0
    while at < len(data) and count < most:
        tag, start = data[at], at + 2
        if tag & 0x1F == 0x1F or (not whole and tag != _SEQUENCE):
            raise LdapError("no tag of LDAP")
        size = data[at + 1] if start <= len(data) else None
        if size is not None and size >= 0x80:
            length = size & 0x7F
            if not 1 <= length <= 4:
                raise LdapError("an indefinite or oversized length")
            size = int.from_bytes(data[start : start + length], "big") if start + length <= len(data) else None
            start += length
        if size is not None and size > _LARGEST:
            raise LdapError("a length beyond all answers")
        if size is None or start + size > len(data):
            if whole:
                raise LdapError("an element that is not whole")
            return
        yield tag, data[start : start + size]
        at, count = start + size, count + 1


def _text(data: bytes) -> str:
    return data[:_LONGEST_TEXT].decode("utf-8", "replace")
