"""In which steps do rules come into groups, and out again? One rule at a time, each looked at
after."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Final, Literal, Protocol

from diagnose.apply.live_group import LiveGroup, Standing, added_by_tool, altered, standing
from diagnose.apply.selection import RuleToAdd
from diagnose.collect.aliyun.faults import CloudCallError
from probes.frozen import frozen, replace

StepResult = Literal[
    "added",
    "present",
    "removed",
    "missing",
    "foreign",
    "altered",
    "changed",
    "gone",
    "refused",
    "unread",
    "unseen",
    "unsure",
    "untried",
]
"""What became of one rule.

- added, removed: done, and seen in what ECS told after it.
- present: an equal rule was there already, so nothing was sent.
- missing: there is no equal rule to remove. foreign: there is one that this tool did not add.
  altered: there is one that this tool added, and that somebody changed.
- changed: the group is no longer as the report has it, so the rule would not repair. gone: ECS
  does not know the group.
- refused: ECS refused the call.
- unread: the group could not be read. unseen: it was read, and does not show the change.
- unsure: the call was cut off. untried: nothing was sent, because of what came before.
"""

GOOD: Final[Collection[StepResult]] = frozenset({"added", "present", "removed", "missing", "foreign", "altered"})
"""Results after which the next rule is taken."""

UNKNOWN: Final[Collection[StepResult]] = frozenset({"unread", "unseen", "unsure"})
"""Results that leave open what the group holds."""

LOOK_PAUSES: Final = (0.0, 1.0, 2.0, 4.0)
"""Seconds before each look at a group after a change. ECS may show a change a little later."""


class GroupCloud(Protocol):
    """What can be asked of security groups. Each method raises CloudCallError."""

    def read(self, group: str) -> LiveGroup:
        """Return the group, all pages."""

    def add(self, rule: RuleToAdd) -> None:
        """Add the rule to its group."""

    def remove(self, group: str, ids: Sequence[str]) -> None:
        """Remove the rules with these ids from the group."""


@frozen
class RuleStep:
    """What became of one rule."""

    rule: RuleToAdd
    """The rule."""
    result: StepResult
    """What became of it."""
    ids: tuple[str, ...] = ()
    """Ids of the rules in the group that it is about."""
    standing: Standing | None = None
    """How it stands in a group that has changed, or beside a drop that the report changes. None
    otherwise."""
    fault: CloudCallError | None = None
    """Why a call brought no answer. None if each brought one."""


class Steps:
    """Takes one rule after the other, and stops at the first that fails."""

    def __init__(
        self,
        rules: Sequence[RuleToAdd],
        cloud: GroupCloud,
        known_drops: Collection[str] = (),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Tell what to do. known_drops: ids of drops that the report changes as well."""
        self._rules, self._cloud, self._known_drops, self._pause = rules, cloud, known_drops, pause
        self._is_sent = False
        self.steps: list[RuleStep] = []
        self.groups: dict[str, LiveGroup] = {}
        """Each group as it was read last."""
        self._unread: dict[str, CloudCallError] = {}
        self.is_interrupted = False

    def look(self) -> list[RuleStep]:
        """Return how each rule stands now. Nothing is changed."""
        return self._each(self._seen, is_looking=True)

    def look_for_removal(self) -> list[RuleStep]:
        """Return for each rule whether this tool added it. Nothing is changed."""
        return self._each(self._found, is_looking=True)

    def add(self) -> list[RuleStep]:
        """Add each rule."""
        return self._each(self._added)

    def remove(self) -> list[RuleStep]:
        """Remove each rule that this tool added."""
        return self._each(self._removed)

    def _each(self, take: Callable[[RuleToAdd], RuleStep], *, is_looking: bool = False) -> list[RuleStep]:
        """Take the rules in order. After one that fails, unless this only looks, and after Ctrl-C,
        the rest is untried."""
        self.steps, self.groups, self._unread = [], {}, {}
        for rule in self._rules:
            self._is_sent = False
            self.steps.append(self._taken(rule, take))
            if self.is_interrupted or (self.steps[-1].result not in GOOD and not is_looking):
                break
        self.steps += [RuleStep(rule, "untried") for rule in self._rules[len(self.steps) :]]
        return self.steps

    def _taken(self, rule: RuleToAdd, take: Callable[[RuleToAdd], RuleStep]) -> RuleStep:
        try:
            return take(rule)
        except KeyboardInterrupt:
            self.is_interrupted = True
            return RuleStep(rule, "unsure" if self._is_sent else "untried")
        except CloudCallError as fault:
            return RuleStep(rule, "gone" if fault.cause == "not-found" else "unread", fault=fault)

    def _seen(self, rule: RuleToAdd) -> RuleStep:
        group = self.groups.get(rule.group) or self._read(rule.group)
        found = standing(rule, group, self._known_drops)
        if found.state == "present":
            return RuleStep(rule, "present", found.same, found if found.drops else None)
        return RuleStep(rule, "missing") if found.state == "absent" else RuleStep(rule, "changed", found.same, found)

    def _added(self, rule: RuleToAdd) -> RuleStep:
        before = self._seen(rule)
        if before.result != "missing":
            return before
        lost: CloudCallError | None = None
        self._is_sent = True
        try:
            self._cloud.add(rule)
        except CloudCallError as fault:
            if not is_lost(fault):
                return RuleStep(rule, "refused", fault=fault)
            lost = fault
        for seconds in LOOK_PAUSES:
            self._pause(seconds)
            self._read(rule.group)
            after = self._seen(rule)
            if after.result == "changed":
                return after
            if after.result == "present":
                return replace(after, result="added")
        return RuleStep(rule, "unseen", fault=lost)

    def _found(self, rule: RuleToAdd) -> RuleStep:
        try:
            group = self.groups.get(rule.group) or self._read(rule.group)
        except CloudCallError as fault:
            if fault.cause == "not-found":
                return RuleStep(rule, "missing", fault=fault)
            raise
        ours = added_by_tool(rule, group)
        if ours:
            return RuleStep(rule, "present", ours)
        if same := standing(rule, group).same:
            return RuleStep(rule, "foreign", same)
        twins = {ident for other in self._rules if other is not rule for ident in added_by_tool(other, group)}
        changed = tuple(ident for ident in altered(rule, group) if ident not in twins)
        return RuleStep(rule, "altered", changed) if changed else RuleStep(rule, "missing")

    def _removed(self, rule: RuleToAdd) -> RuleStep:
        before = self._found(rule)
        if before.result != "present":
            return before
        lost: CloudCallError | None = None
        self._is_sent = True
        try:
            self._cloud.remove(rule.group, before.ids)
        except CloudCallError as fault:
            if not is_lost(fault):
                return RuleStep(rule, "refused", fault=fault)
            lost = fault
        for seconds in LOOK_PAUSES:
            self._pause(seconds)
            self._read(rule.group)
            if self._found(rule).result != "present":
                return RuleStep(rule, "removed", before.ids)
        return RuleStep(rule, "unseen", before.ids, fault=lost)

    def _read(self, group: str) -> LiveGroup:
        if group in self._unread:
            raise self._unread[group]
        try:
            self.groups[group] = self._cloud.read(group)
        except CloudCallError as fault:
            self._unread[group] = fault
            raise
        return self.groups[group]


def is_lost(fault: CloudCallError) -> bool:
    """Return True if a call may have taken place although no answer came."""
    return fault.cause in ("no-answer", "unreadable") or (fault.may_pass and fault.cause != "throttled")


def exit_code(steps: Sequence[RuleStep], is_interrupted: bool) -> int:
    """Return the exit code of a run: the one of its first failure."""
    if is_interrupted:
        return 130
    failed = next((step.result for step in steps if step.result not in GOOD), None)
    if failed is None:
        return 0
    return 3 if failed in UNKNOWN else 1
