"""Which rules harm the cluster itself? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.phrases import agree
from diagnose.findings.wording.words import Words

MOST_PAIRS = 6


def intra(s: Statement) -> Words:
    """SG-INTRA: one finding for all pairs of groups, because it is one omission."""
    pairs = s.rows("pairs")
    ports = ", ".join(sorted(f"{row.text('transport').upper()} {row.text('port')}" for row in s.rows("ports")))
    more = f" The same holds between {len(pairs)} pairs of groups in all." if len(pairs) > 1 else ""
    first = pairs[0]
    advice = dict.fromkeys(_let_in(pair) for pair in pairs)
    return Words(
        "Nodes of the cluster may not talk to each other",
        f"Nodes in {_groups(first, 'from')} are not let in to nodes in {_groups(first, 'to')} on {ports}: "
        f"{s.text('why')}.{more} EMR needs every node to reach every other. A service that cannot reach the KDC or the "
        "NameNode fails although the resource group can.",
        advice=tuple(advice)[:MOST_PAIRS],
    )


def _groups(pair: Values, end: str) -> str:
    return ", ".join(pair.texts(end))


def _let_in(pair: Values) -> str:
    source, target = _groups(pair, "from"), _groups(pair, "to")
    blocks = ", ".join(pair.texts("by_address")[:MOST_PAIRS])
    if blocks:
        return (
            f"Let the nodes in {source} in to {target} by their addresses ({blocks}), in both directions: an "
            "advanced group takes no group in a rule and has no internal access policy. Better: a basic group, which "
            "EMR requires."
        )
    if source == target:
        return f"Set the internal access policy of {target} to Accept"
    return f"Let {source} in to {target}: a rule with that group as source, or put all nodes into one basic group."


def control(s: Statement) -> Words:
    """SG-CTRL."""
    rules = s.rows("rules")
    named = "; ".join(f"{rule.text('id')} in {rule.text('group')} ({rule.text('rule')})" for rule in rules)
    ids = ", ".join(rule.text("id") for rule in rules)
    return Words(
        "A drop rule covers the range that EMR controls the cluster from",
        f"{named} {agree(len(rules), 'covers', 'cover')} {s.text('range')}. "
        "Operations in the EMR console fail and nodes show as abnormal.",
        advice=(f"Remove or narrow {ids} so that {s.text('range')} stays open.",),
    )
