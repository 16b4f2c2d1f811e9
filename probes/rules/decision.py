"""The verdict of one configured layer on one flow, over the whole source range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from probes.addresses import Range, Ranges, union
from probes.frozen import frozen
from probes.language import semicolons, tr
from probes.rules.ruleset import Default, Piece

Verdict = Literal["allowed", "denied", "partial", "unknown"]
Direction = Literal["ingress", "egress"]
Layer = Literal["security-group", "network-acl", "route", "input"]
"""What decides. "input" is an answer that cannot be read: it leaves everything unknown."""
Packet = Literal["request", "reply"]
"""The packet of a flow that a layer was asked about. Only a stateless layer is asked about the
reply.
"""


@frozen
class Deciding:
    """One rule, or one default, that decided a part of the source range."""

    owner: str | None
    """Id of the group, ACL or table that the rule belongs to. None if it has no owner."""
    rule: str | None
    """Id of the rule. None for a default."""
    verdict: Verdict
    """Verdict on `sources`."""
    why: str
    """One clause in plain words, such as "drop, priority 1, UDP 88/88 from 0.0.0.0/0"."""
    sources: Ranges = ()
    """The part of the source range that it decided."""


@frozen
class Decision:
    """The verdict of one layer. `allowed`, `denied` and `unknown` are disjoint; together they are
    the asked source range.
    """

    layer: Layer
    """Kind of the configuration that decides."""
    direction: Direction
    """Direction of the packet, seen from the objects in `at`."""
    at: tuple[str, ...]
    """Ids of the evaluated objects: groups, ACL or route table."""
    verdict: Verdict
    """"unknown" if any part is unknown. The known parts are still listed."""
    allowed: Ranges = ()
    """Sources that pass."""
    denied: Ranges = ()
    """Sources that do not pass."""
    unknown: Ranges = ()
    """Sources of which the verdict is not known."""
    deciding: tuple[Deciding, ...] = ()
    """The rules and defaults that decided, each with its part."""
    missing: tuple[str, ...] = ()
    """The facts that would make an unknown part known."""
    assumed: tuple[str, ...] = ()
    """What was assumed without evidence. A decision with assumptions is never proof."""
    packet: Packet = "request"
    """Whether the layer was asked about the request or the reply."""


Explain = Callable[[object], tuple[str | None, str | None, str]]
"""Return owner, id and one clause for the object that decided a piece. Never called with None."""


def decision_from_pieces(
    layer: Layer,
    direction: Direction,
    at: tuple[str, ...],
    pieces: Sequence[Piece],
    default: Default,
    explain: Explain,
    assumed: tuple[str, ...] = (),
) -> Decision:
    """Build the decision from the pieces of one source range."""
    ranges: dict[bool | None, list[Range]] = {True: [], False: [], None: []}
    for piece in pieces:
        ranges[piece.accept].append((piece.low, piece.high))
    parts = {accept: union(part) for accept, part in ranges.items()}
    return Decision(
        layer=layer,
        direction=direction,
        at=at,
        verdict=verdict_of(parts[True], parts[False], parts[None]),
        allowed=parts[True],
        denied=parts[False],
        unknown=parts[None],
        deciding=_deciding(pieces, default, explain),
        missing=tuple({doubt: None for piece in pieces for doubt in piece.doubts}),
        assumed=assumed,
    )


def verdict_of(allowed: Ranges, denied: Ranges, unknown: Ranges) -> Verdict:
    """Combine the parts to one verdict. Unknown if any part is unknown, or if nothing was asked."""
    if unknown or not (allowed or denied):
        return "unknown"
    if allowed and denied:
        return "partial"
    return "allowed" if allowed else "denied"


def _deciding(pieces: Sequence[Piece], default: Default, explain: Explain) -> tuple[Deciding, ...]:
    """Return one entry for each rule or default, with everything that it decided."""
    shares: dict[tuple[int, bool | None], list[Piece]] = {}
    for piece in pieces:
        shares.setdefault((id(piece.rule), piece.accept), []).append(piece)
    return tuple(_deciding_share(share, default, explain) for share in shares.values())


def _deciding_share(share: list[Piece], default: Default, explain: Explain) -> Deciding:
    piece = share[0]
    verdict: Verdict = "unknown" if piece.accept is None else "allowed" if piece.accept else "denied"
    owner, ident, why = (None, None, default.why) if piece.rule is None else explain(piece.rule)
    if piece.accept is None:
        doubts = dict.fromkeys(doubt for each in share for doubt in each.doubts)
        why = tr("depends on {what}", what=semicolons(doubts))
    return Deciding(owner, ident, verdict, why, union((each.low, each.high) for each in share))
