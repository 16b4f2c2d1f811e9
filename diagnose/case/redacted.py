"""Are the addresses of a case made up? redaction.json says what `redact` replaced.

A packet to a made-up address goes to a machine that has nothing to do with the cluster.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

NAME = "redaction.json"
"""Its name in the case."""


Addresses = Literal["own", "made-up", "unknown"]
"""Addresses of a case: its cluster's own, those that `redact` made up, or one of both."""


class _Redaction(Struct, frozen=True):
    """The part of the report of `redact` that a check needs."""

    redacted: tuple[str, ...]
    """What was asked for: "secrets", and "addresses" if names and addresses were replaced."""


def addresses_of(content: bytes) -> Addresses:
    """Return whose addresses a case has whose report of `redact` is this."""
    try:
        return "made-up" if "addresses" in msgspec.json.decode(content, type=_Redaction).redacted else "own"
    except msgspec.MsgspecError:
        return "unknown"
