"""Which answers of a case does a newer reading of some security groups replace?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from diagnose.case.api.answers import SecurityGroupAttribute, SecurityGroups
from diagnose.case.api.documents import ApiAnswer


def replaced(answers: Sequence[ApiAnswer[Any]], newer: Collection[str]) -> list[ApiAnswer[Any]]:
    """Return the answers without what those of the files `newer` say anew.

    Older rules of the same groups go, and what older lists say of the number of these rules.
    """
    told = [answer.value for answer in answers if answer.file in newer]
    groups = {value.security_group_id for value in told if isinstance(value, SecurityGroupAttribute)}
    kept: list[ApiAnswer[Any]] = []
    for answer in answers:
        value = answer.value
        if answer.file in newer:
            kept.append(answer)
        elif isinstance(value, SecurityGroups):
            kept.append(_uncounted(answer, value, groups))
        elif not isinstance(value, SecurityGroupAttribute) or value.security_group_id not in groups:
            kept.append(answer)
    return kept


def _uncounted(answer: ApiAnswer[Any], value: SecurityGroups, groups: Collection[str]) -> ApiAnswer[Any]:
    """Return a list of groups without the number of rules of these groups."""
    listed = tuple(
        msgspec.structs.replace(each, rule_count=None) if each.security_group_id in groups else each
        for each in value.security_groups
    )
    changed = msgspec.structs.replace(value, security_groups=listed)
    return ApiAnswer(answer.kind, changed, answer.file, answer.locator, answer.prefix)
