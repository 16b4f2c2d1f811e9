"""Which of two exports of one security group is the older one?

The time of a file tells nothing: copies and archives change it. A rule has the time at which it was
made, so an export is at least as young as its newest rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from diagnose.case.api.answers import SecurityGroupAttribute
from diagnose.case.faults import RuleOfOne
from diagnose.case.times import moment

NEVER = datetime.min.replace(tzinfo=UTC)


def rule_of_one(exports: Sequence[SecurityGroupAttribute], doubtful: Collection[str]) -> RuleOfOne | None:
    """Return the rule that tells best which of two exports is older.

    None if there are more exports, if no rule is in one alone, or if the times contradict each
    other. doubtful: ids of the rules that one export has and another one should have.
    """
    if len(exports) != 2:
        return None
    rules = [_times(export) for export in exports]
    newest = [max(each.values(), default=NEVER) for each in rules]
    found = [
        RuleOfOne(rule, holder, is_holder_older=NEVER < made <= newest[1 - holder])
        for holder in (0, 1)
        for rule, made in rules[holder].items()
        if rule in doubtful and rule not in rules[1 - holder]
    ]
    if len({each.holder for each in found if each.is_holder_older}) > 1:
        return None
    return min(found, key=lambda each: not each.is_holder_older, default=None)


def _times(export: SecurityGroupAttribute) -> Mapping[str, datetime]:
    """Return when each rule that has an id was made. NEVER if that is not known."""
    return {
        each.security_group_rule_id: moment(each.create_time) or NEVER
        for each in export.permissions
        if each.security_group_rule_id
    }
