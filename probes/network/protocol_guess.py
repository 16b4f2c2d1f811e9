"""Which protocol does a reply look like if it is not the one that was asked for?

It is a guess for a reader, never a verdict.
"""

from __future__ import annotations

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


def foreign(answer: bytes) -> dict[str, object]:
    """Return plain values for `Observation.detail`: the first bytes in hex, and what they look
    like."""
    return {"foreign": answer[:SHOWN].hex(), "protocol": protocol(answer)}


def protocol(answer: bytes) -> str:
    """Return the protocol that the reply looks like, "unknown" for most."""
    found = next((name for start, name in _SIGNATURES if answer.startswith(start)), "unknown")
    if found == "unknown" and len(answer) > 5 and answer[3:5] == b"\x00\x0a":
        return "mysql"  # length, packet number 0, protocol version 10
    return found
