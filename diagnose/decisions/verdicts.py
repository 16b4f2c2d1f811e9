"""What do several decisions say together?"""

from __future__ import annotations

from collections.abc import Iterable

from probes.addresses import Ranges, contains, subtract, union
from probes.frozen import replace
from probes.rules.decision import Decision, Verdict, verdict_of


def configured_verdict(decisions: Iterable[Decision], sources: Ranges) -> Verdict:
    """Return the verdict of all layers together.

    A source is allowed if every layer allows it, and denied if any layer denies it. Without a
    decision of the target's security groups the verdict is unknown, unless every source is denied.
    """
    known = list(decisions)
    if not any(decision.layer == "security-group" and decision.direction == "ingress" for decision in known):
        return "denied" if sources and union(r for d in known for r in d.denied) == sources else "unknown"
    denied = union(piece for decision in known for piece in decision.denied)
    unknown = subtract(union(piece for decision in known for piece in decision.unknown), denied)
    return verdict_of(subtract(subtract(sources, denied), unknown), denied, unknown)


def verdict_at_address(decisions: Iterable[Decision], address: int) -> Verdict:
    """Return the verdict of all layers together for one source address."""
    verdicts = [
        ("denied" if contains(d.denied, address) else "unknown" if contains(d.unknown, address) else "allowed")
        for d in decisions
    ]
    if "denied" in verdicts:
        return "denied"
    return "unknown" if "unknown" in verdicts or not verdicts else "allowed"


def merge_networks(decisions: Iterable[Decision]) -> Decision | None:
    """Merge the decisions of one layer for several networks of the resource group into one.

    None if there is no decision.
    """
    parts = list(decisions)
    if not parts:
        return None
    allowed, denied, unknown = (
        union(piece for part in parts for piece in getattr(part, name)) for name in ("allowed", "denied", "unknown")
    )
    return replace(
        parts[0],
        at=unique(ident for part in parts for ident in part.at),
        verdict=verdict_of(allowed, denied, unknown),
        allowed=allowed,
        denied=denied,
        unknown=unknown,
        deciding=tuple(dict.fromkeys(line for part in parts for line in part.deciding)),
        missing=unique(text for part in parts for text in part.missing),
        assumed=unique(text for part in parts for text in part.assumed),
    )


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts in their order, each once."""
    return tuple(dict.fromkeys(texts))
