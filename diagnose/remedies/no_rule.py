"""Why does no rule of a security group repair a finding?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diagnose.decisions.model import Model
from diagnose.flows.model import Flow
from diagnose.output.sentences import clauses, series
from diagnose.remedies import edits, rules
from diagnose.remedies.quota import MOST_RULES, Quota
from probes.language import marked, tr
from probes.rules.group_rule import describe

MOST_NAMED = 4
"""Rules that one sentence names."""


_BY_HAND = marked(
    "Every change of rules that lets the resource group in would also let in other traffic, or stop some: the rules "
    "that drop these packets also guard it. Decide by hand which traffic may pass."
)


def why_no_rule(model: Model, flows: Sequence[Flow], sides: rules.Sides) -> str:
    """Return why no rule is suggested: the group takes none, or a drop of priority 1 also guards
    other traffic."""
    wanted = rules.wishes(model, flows, sides)
    closed = [*_managed(model, wanted), *_full(model, wanted)]
    if closed:
        return tr("The rules cannot be added: {reasons}.", reasons=clauses(closed))
    if any(wish.direction == "egress" for wish in wanted):
        drops = edits.outbound_drops(model, flows)
        named = [
            tr("{rule} in {group} ({words})", rule=rule.id, group=rule.group, words=describe(rule))
            for rule in drops[:MOST_NAMED]
        ]
        if named:
            return tr(
                "No accept rule wins over an outbound drop of priority 1. Remove or narrow {rules}.",
                rules=series(named),
            )
    return tr(_BY_HAND)


def _managed(model: Model, wanted: Sequence[rules.Wish]) -> Iterable[str]:
    """Yield which groups only a cloud service may change."""
    for ident in dict.fromkeys(ident for wish in wanted for ident in wish.groups):
        service = model.group(ident).managed_by
        if service and service.isdigit():
            yield tr("{group} is managed by cloud service {service}", group=ident, service=service)
        elif service:
            yield tr("{group} is managed by {service}", group=ident, service=service)


def _full(model: Model, wanted: Sequence[rules.Wish]) -> Iterable[str]:
    """Yield which interfaces hold too many rules for what is wanted, if no service manages them."""
    needs: dict[tuple[str, ...], set[tuple[object, ...]]] = {}
    for wish in wanted:
        needs.setdefault(wish.groups, set()).add((wish.direction, wish.protocol, wish.ports, wish.block))
    limit = Quota(model)
    for groups, missing in needs.items():
        used = limit.used(groups)
        if used + len(missing) > MOST_RULES and not any(model.group(ident).managed_by for ident in groups):
            yield tr(
                "an interface in {groups} holds {used} of {most} rules, and {count} more {are_en} needed",
                groups=series(groups),
                used=used,
                most=MOST_RULES,
                count=len(missing),
                are_en="is" if len(missing) == 1 else "are",
            )
