"""What the far side says of one flow, each part with the lines that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from diagnose.case.model import Skipped
from probes.origin import Origin

Arrived = Literal["yes", "no", "unknown"]
"""yes: requests came, and came again because no answer was heard; no: the records cover the check and the request is not in them."""

Listening = Literal["yes", "loopback", "elsewhere", "no", "unknown"]
"""elsewhere: on another address of the host than the one that is asked; no: the text has listeners, none on this port, and may be a part of the list only."""

Filtered = Literal["drop", "idle drop", "reset", "prohibit", "accept", "unknown"]
"""What the host's firewall does with the request. idle drop: the rule would drop it, and its counter says that it never dropped anything;
reset: a reject that looks like a closed port; prohibit: any other reject; accept: every rule was understood and none stops it."""

READ = ("log:kdc", "ss.txt", "iptables.txt")
"""Kinds of texts that are read."""

Topic = Literal["arrived", "listening", "filtered", "translated"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record. text: one clause about it in our words."""

    topic: Topic
    origin: Origin
    text: str


@dataclass(frozen=True, slots=True)
class FarSide:
    """translated: the address that the far side saw instead of the client's own, None where it saw that one or nothing is known."""

    arrived: Arrived = "unknown"
    listening: Listening = "unknown"
    filtered: Filtered = "unknown"
    translated: str | None = None
    lines: tuple[Line, ...] = ()


NOTHING_KNOWN = FarSide()


@dataclass(frozen=True, slots=True)
class Records:
    """by_flow: of the flows that some record speaks of; skipped: records that could not be used."""

    by_flow: Mapping[str, FarSide] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()

    def of(self, flow: str) -> FarSide:
        return self.by_flow.get(flow, NOTHING_KNOWN)
