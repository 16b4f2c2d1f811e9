"""Which parts of a text are keys that a program wrote out: a block of PEM, a dump of bytes?

The JDK writes its keys into the log if sun.security.krb5.debug is on: in Java 8 the long-term key
of a service too, as a dump of bytes. Such a dump cannot be told from one of a harmless packet, so
all of them go.
"""

from __future__ import annotations

import re
from typing import Final

from diagnose.collect.redaction.tally import Replaced, Tally
from probes.files.masking import MASK
from probes.regex import regex

_PEM: Final = regex(
    r"(-----BEGIN (?P<what>[A-Z0-9 ]{0,40})-----)(?P<body>.*?)(?P<end>-----END (?P=what)-----|(?=-----BEGIN )|\Z)",
    re.DOTALL,
)
_PUBLIC: Final = frozenset({"CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST", "X509 CRL", "DH PARAMETERS"})
"""Blocks that are no secret."""

_OFFSET: Final = r"((?:^|(?<=[ \t]))(?:0x)?[0-9A-Fa-f]{4,8}:?[ \t]{1,3})"
_DUMP: Final = regex(
    _OFFSET + r"(?:(?:[0-9A-Fa-f]{2}[ \t]{1,3}){7}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}[ \t]{1,2}){3}[0-9A-Fa-f]{4})"
    r"(?![^\s|])[^\r\n]*",
    re.MULTILINE,
)
"""A line with eight bytes at least: of the JDK, xxd, hexdump, od or tcpdump."""
_LAST: Final = regex(_OFFSET + r"(?:[0-9A-Fa-f]{2}){1,2}(?![^\s|])[^\r\n]*")
"""The line below it, which may have fewer."""


def without_keys(text: str, tally: Tally) -> str:
    """Return the text without private keys and dumps of bytes. Line ends stay."""
    if "-----BEGIN " in text:
        text = _PEM.sub(lambda found: _without_block(found, tally), text)
    return _without_dumps(text, tally) if _DUMP.search(text) else text


def without_certificates(text: str, tally: Tally) -> str:
    """Return the text without what public blocks hold: a certificate names hosts."""
    if "-----BEGIN " not in text:
        return text
    return _PEM.sub(lambda found: _emptied_block(found, tally, "name"), text)


def _without_block(found: re.Match[str], tally: Tally) -> str:
    return found[0] if found["what"] in _PUBLIC else _emptied_block(found, tally, "key")


def _emptied_block(found: re.Match[str], tally: Tally, kind: Replaced) -> str:
    if not found["body"].strip().strip("*"):
        return found[0]
    tally.add(kind)
    line_ends = re.sub(r"[^\r\n]", "", found["body"])
    return f"{found[1]}{MASK}{line_ends}{found['end']}"


def _without_dumps(text: str, tally: Tally) -> str:
    lines = text.split("\n")
    is_inside = False
    for number, line in enumerate(lines):
        shape = _LAST if is_inside else _DUMP
        found = shape.search(line)
        if found is not None:
            lines[number] = f"{line[: found.end(1)]}{MASK}{line[found.end() :]}"
            if not is_inside:
                tally.add("key")
        is_inside = found is not None
    return "\n".join(lines)
