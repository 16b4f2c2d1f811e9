"""What one configured layer says of one flow, over the whole source range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from probes.addresses import Ranges

Verdict = Literal["allowed", "denied", "partial", "unknown"]
Direction = Literal["ingress", "egress"]
Layer = Literal["security-group", "network-acl", "route"]


@dataclass(frozen=True, slots=True)
class Deciding:
    """One rule, or one default, that decided a piece of the source range.

    owner: id of the group, ACL or table it belongs to; rule: its id, None for a default; sources: the piece it decided;
    why: one clause in plain words, for instance "drop, priority 1, UDP 88/88 from 0.0.0.0/0".
    """

    owner: str | None
    rule: str | None
    verdict: Verdict
    why: str
    sources: Ranges = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The three source sets are disjoint and together are the asked source range.

    `verdict` is unknown as soon as any part is; the known parts are still listed. `missing` names what would make an unknown part known.
    `assumed` names what was taken for granted; a decision with assumptions is never proof.
    """

    layer: Layer
    direction: Direction
    at: tuple[str, ...]
    verdict: Verdict
    allowed: Ranges = ()
    denied: Ranges = ()
    unknown: Ranges = ()
    deciding: tuple[Deciding, ...] = ()
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
