"""Are the addresses of a case made up? redaction.json says what `redact` replaced.

A packet to a made-up address goes to a machine that has nothing to do with the cluster.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

NAME = "redaction.json"
"""Its name in the case."""


class _Redaction(Struct, frozen=True):
    """The part of the report of `redact` that a check needs."""

    redacted: tuple[str, ...]
    """What was asked for: "secrets", and "addresses" if names and addresses were replaced."""


def has_other_addresses(content: bytes) -> bool:
    """Return True if names and addresses were replaced. False if the report cannot be read."""
    try:
        return "addresses" in msgspec.json.decode(content, type=_Redaction).redacted
    except msgspec.MsgspecError:
        return False
