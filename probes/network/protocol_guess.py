"""Which protocol does a reply look like if it is not the one that was asked for?

It is a guess for a reader, never a verdict.
"""

from __future__ import annotations

import re

from probes.regex import regex

SHOWN = 32
"""Bytes of a foreign reply that are kept: enough to name a protocol, too few to carry a
document."""

_SIGNATURES = (
    (b"HTTP/", "http"),
    (b"SSH-", "ssh"),
    (b"\x15\x03", "tls"),
    (b"\x16\x03", "tls"),
    (b"\x80\x01\x00", "thrift"),
    (b"\x03\x00\x00\x00", "thrift-sasl"),
    (b"\x04\x00\x00\x00", "thrift-sasl"),
    (b"\xff" * 8 + b"\x00\x00\x00", "hadoop-rpc"),  # call -1, status -1, a text: how it refuses what is no version 9
    (b"<", "markup"),
    (b"220 ", "smtp-or-ftp"),
)
"""How replies to nonsense begin."""

_LDAP = regex(rb"0(?:[\x00-\x7f]|\x81.|\x82..|\x84....)\x02\x01.[\x61\x65\x78]", re.DOTALL)
"""A message of LDAP: sequence, number, the answer to a bind, a search or an extended request."""


_HTTP2 = regex(rb"\x00\x00.\x04\x00\x00\x00\x00\x00", re.DOTALL)
"""SETTINGS, the first frame of a server of HTTP/2 (RFC 9113 3.4)."""


def foreign(answer: bytes) -> dict[str, object]:
    """Return plain values for `Observation.detail`: the first bytes in hex, and what they look
    like."""
    return {"foreign": answer[:SHOWN].hex(), "protocol": protocol(answer)}


def protocol(answer: bytes) -> str:
    """Return the protocol that the reply looks like, "unknown" for most."""
    found = next((name for start, name in _SIGNATURES if answer.startswith(start)), "unknown")
    if found == "unknown" and len(answer) > 5 and answer[3:5] == b"\x00\x0a":
        return "mysql"  # length, packet number 0, protocol version 10
    if found == "unknown" and answer[3:5] == b"\x00\xff" and int.from_bytes(answer[:3], "little") == len(answer) - 4:
        return "mysql"  # one packet that is an error, in place of the greeting
    if found == "unknown" and _LDAP.match(answer):
        return "ldap"
    if found == "unknown" and _HTTP2.match(answer):
        return "http2"
    return found
