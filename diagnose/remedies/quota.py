"""How many more rules may the interfaces of a security group hold?

The limit is one of each network interface: the rules of all its groups, in and out together. A rule
that names a list counts as the most entries that the list may hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from diagnose.decisions.model import Model
from probes.rules.group_rule import Rule, weight

MOST_GROUPS = 10
"""Groups that one interface may be in:
https://www.alibabacloud.com/help/en/ecs/user-guide/security-group-rules"""

MOST_RULES = 1000
"""Rules of all groups of one interface: AuthorizeSecurityGroup reference, 28 January 2026,
https://www.alibabacloud.com/help/doc-detail/25554.html"""


class Quota:
    """The rules that the interfaces of a model hold, counted once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._counted: dict[str, int] = {}
        self.interfaces = _interfaces(model)
        self._most: dict[str, int] = {}
        for groups in self.interfaces:
            used = self.used(groups)
            for ident in groups:
                self._most[ident] = max(used, self._most.get(ident, 0))

    def used(self, groups: Iterable[str]) -> int:
        """Return how many rules an interface with these groups holds, at least."""
        return sum(map(self._weight_of, groups))

    def room(self, group: str) -> int:
        """Return how many more rules this group may take. Negative if it has too many."""
        return MOST_RULES - self._most.get(group, self._weight_of(group))

    def takes_rules(self, group: str) -> bool:
        """Return True if a person may add a rule to this group."""
        known = self._model.groups.get(group)
        return known is not None and not known.managed_by and self.room(group) > 0

    def fits(self, rules: Iterable[Rule], also: Iterable[tuple[str, ...]] = ()) -> bool:
        """Return True if no interface holds too many rules with these added.

        `also`: interfaces that the case shows in another way.
        """
        added = Counter(rule.group for rule in rules)
        return all(
            self.used(groups) + sum(added[ident] for ident in groups) <= MOST_RULES
            for groups in self.interfaces | set(also)
            if any(added[ident] for ident in groups)
        )

    def _weight_of(self, group: str) -> int:
        if group not in self._counted:
            known = self._model.group(group)
            self._counted[group] = max(known.rule_count or 0, sum(map(weight, known.rules)))
        return self._counted[group]


def _interfaces(model: Model) -> set[tuple[str, ...]]:
    """Return the groups of every interface that the case shows."""
    of_nodes = {node.security_groups for node in model.case.nodes if node.security_groups}
    of_sources = {tuple(sorted(source.groups)) for source in model.sources if source.groups}
    return of_nodes | of_sources | {groups for groups in model.case.members.values() if groups}
