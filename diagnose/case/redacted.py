"""Are the addresses of a case made up? redaction.json says what `redact` replaced.

A packet to a made-up address goes to a machine that has nothing to do with the cluster.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from diagnose.case.blocks import is_forgotten_prefix, is_vswitch

NAME = "redaction.json"
"""Its name in the case."""


Addresses = Literal["own", "made-up", "unknown"]
"""Addresses of a case: its cluster's own, those that `redact` made up, or one of both."""


class _Redaction(Struct, frozen=True):
    """The part of the report of `redact` that a check needs."""

    redacted: tuple[str, ...]
    """What was asked for: "secrets", and "addresses" if names and addresses were replaced."""
    networks: tuple[str, ...] = ()
    """Networks that were given with --from, replaced as all others."""


def addresses_of(content: bytes) -> Addresses:
    """Return whose addresses a case has whose report of `redact` is this."""
    found = _read(content)
    if found is None:
        return "unknown"
    return "made-up" if "addresses" in found.redacted else "own"


def networks_of(content: bytes) -> tuple[str, ...]:
    """Return the networks of the resource group that this report of `redact` names."""
    found = _read(content)
    return () if found is None else found.networks


def _read(content: bytes) -> _Redaction | None:
    """Return the report. None if it cannot be read."""
    try:
        found = msgspec.json.decode(content, type=_Redaction)
    except msgspec.MsgspecError:
        return None
    return found if all(is_vswitch(text) and not is_forgotten_prefix(text) for text in found.networks) else None
