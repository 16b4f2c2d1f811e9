"""What one configured layer says of one flow, over the whole source range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from probes.addresses import Ranges, union
from probes.rules.ruleset import Default, Piece

Verdict = Literal["allowed", "denied", "partial", "unknown"]
Direction = Literal["ingress", "egress"]
Layer = Literal["security-group", "network-acl", "route"]
Packet = Literal["request", "reply"]
"""Which packet of a flow a layer was asked about. Only a layer without state is asked about the reply."""


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
    packet: Packet = "request"


Say = Callable[[object], tuple[str | None, str | None, str]]
"""From what decided a piece (never None) to owner, id and one clause about it."""


def of_pieces(
    layer: Layer,
    direction: Direction,
    at: tuple[str, ...],
    pieces: Sequence[Piece],
    default: Default,
    say: Say,
    assumed: tuple[str, ...] = (),
) -> Decision:
    """The decision that these pieces of one source range amount to."""
    parts = {
        accept: union((piece.low, piece.high) for piece in pieces if piece.accept is accept)
        for accept in (True, False, None)
    }
    return Decision(
        layer=layer,
        direction=direction,
        at=at,
        verdict=verdict_of(parts[True], parts[False], parts[None]),
        allowed=parts[True],
        denied=parts[False],
        unknown=parts[None],
        deciding=_deciding(pieces, default, say),
        missing=tuple({doubt: None for piece in pieces for doubt in piece.doubts}),
        assumed=assumed,
    )


def verdict_of(allowed: Ranges, denied: Ranges, unknown: Ranges) -> Verdict:
    """Any unknown part makes the whole unknown; nothing asked is nothing known."""
    if unknown or not (allowed or denied):
        return "unknown"
    if allowed and denied:
        return "partial"
    return "allowed" if allowed else "denied"


def _deciding(pieces: Sequence[Piece], default: Default, say: Say) -> tuple[Deciding, ...]:
    """One line for each rule or default, with all it decided."""
    shares: dict[tuple[int, bool | None], list[Piece]] = {}
    for piece in pieces:
        shares.setdefault((id(piece.rule), piece.accept), []).append(piece)
    return tuple(_line(share, default, say) for share in shares.values())


def _line(share: list[Piece], default: Default, say: Say) -> Deciding:
    piece = share[0]
    verdict: Verdict = "unknown" if piece.accept is None else "allowed" if piece.accept else "denied"
    owner, ident, why = (None, None, default.why) if piece.rule is None else say(piece.rule)
    if piece.accept is None:
        why = "depends on " + "; ".join(dict.fromkeys(doubt for each in share for doubt in each.doubts))
    return Deciding(owner, ident, verdict, why, union((each.low, each.high) for each in share))
