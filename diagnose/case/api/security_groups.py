"""Which rules does each security group have, and what may the export lack?

An evaluation over half of the rules is worse than none. Whatever can be missing becomes a gap of
its direction. RuleCount of DescribeSecurityGroups closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from diagnose.case.api.answers import (
    Permission,
    PrefixListAttributes,
    SecurityGroup,
    SecurityGroupAttribute,
    SecurityGroups,
)
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.export_age import rule_of_one
from diagnose.case.api.named_lists import port_lists, prefix_lists
from diagnose.case.api.odd import odd
from diagnose.case.api.paging import unfinished
from diagnose.case.api.permissions import rule_of, unreadable_rules
from diagnose.case.errors import misread
from diagnose.case.faults import Conflict
from diagnose.case.model import Skipped
from probes.addresses import Ranges
from probes.frozen import frozen, replace
from probes.language import semicolons, tr
from probes.origin import Origin
from probes.rules.decision import Direction
from probes.rules.group_rule import describe, weight
from probes.rules.security_group import Group, Rule

DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")
MOST_NAMED = 4
"""Most rules of one answer that a conflict names."""
T = TypeVar("T")


@frozen
class _Listed:
    """One group as DescribeSecurityGroups lists it."""

    answer: ApiAnswer[SecurityGroups]
    index: int
    value: SecurityGroup


def read(answers: ApiAnswers, conflicts: list[Conflict]) -> tuple[dict[str, Group], list[Skipped]]:
    """Return every group that an answer describes, by id, and what is missing.

    Answers that contradict each other are added to `conflicts`.

    A value that cannot be read costs its own rule or list.
    """
    skipped: list[Skipped] = []
    known_prefixes, missing_prefixes = prefix_lists(answers, conflicts)
    known_ports, missing_ports = port_lists(answers, conflicts)
    skipped += [*missing_prefixes, *missing_ports]
    pages: dict[str, list[ApiAnswer[SecurityGroupAttribute]]] = {}
    for answer in answers.of(SecurityGroupAttribute):
        pages.setdefault(answer.value.security_group_id, []).append(answer)
    listed: dict[str, list[_Listed]] = {}
    for listing in answers.of(SecurityGroups):
        for index, value in enumerate(listing.value.security_groups):
            listed.setdefault(value.security_group_id, []).append(_Listed(listing, index, value))
    sizes = {answer.value.prefix_list_id: answer.value.max_entries for answer in answers.of(PrefixListAttributes)}
    reading = _Reading(known_prefixes, known_ports, sizes, conflicts, skipped)
    groups = {
        group: reading.group(group, pages.get(group, []), listed.get(group, [])) for group in sorted({*pages, *listed})
    }
    return groups, skipped


def _with_sizes(rule: Rule, sizes: Mapping[str, int | None]) -> Rule:
    """Return the rule with the sizes of the lists that it names."""
    if not rule.lists:
        return rule
    return replace(rule, lists=tuple(replace(use, most=sizes.get(use.id)) for use in rule.lists))


@frozen
class _Reading:
    """What every group is read with, and where contradictions and odd values are collected."""

    prefix_lists: Mapping[str, Ranges]
    port_lists: Mapping[str, Ranges]
    sizes: Mapping[str, int | None]
    conflicts: list[Conflict]
    skipped: list[Skipped]

    def group(self, group: str, pages: Sequence[ApiAnswer[SecurityGroupAttribute]], listed: Sequence[_Listed]) -> Group:
        values = [page.value for page in pages]
        count = self._agreed(listed, group, "RuleCount", [item.value.rule_count for item in listed])
        readings = [
            tuple(_with_sizes(rule, self.sizes) for rule in readings) for readings in self._rules(group, pages, count)
        ]
        rules = [first for first, *_ in readings]
        managed = [item.value for item in listed if item.value.service_managed]
        gaps = _gaps(pages, rules, count)
        if count is not None and pages and count < sum(not rule.doubt for rule in rules):
            self.conflicts.append(_too_many(group, pages[0], rules, listed, count))
            gaps = tuple(
                (direction, tr("RuleCount is {count}, and the case has {have} rules", count=count, have=len(rules)))
                for direction in DIRECTIONS
            )
            if sum(not rule.doubt for rule in rules) > count:
                doubt = tr(
                    "which of the {have} rules of {group} exist: RuleCount is {count}",
                    have=len(rules),
                    group=group,
                    count=count,
                )
                readings = [tuple(replace(rule, doubt=rule.doubt or doubt) for rule in each) for each in readings]
        return Group(
            id=group,
            name=_first([*(v.security_group_name for v in values), *(i.value.security_group_name for i in listed)])
            or "",
            vpc=self._vpc(group, pages, listed),
            kind=self._agreed(
                listed, group, "SecurityGroupType", [i.value.security_group_type.lower() or None for i in listed]
            ),
            inner_accept=self._inner_accept(group, pages),
            managed_by=str(managed[0].service_id or "a cloud service") if managed else None,
            rules=tuple(rule for each in readings for rule in each),
            gaps=gaps,
            rule_count=count,
            origin=pages[0].origin() if pages else listed[0].answer.origin("SecurityGroups", listed[0].index),
        )

    def _rules(
        self, group: str, pages: Sequence[ApiAnswer[SecurityGroupAttribute]], count: int | None
    ) -> list[tuple[Rule, ...]]:
        """Return the rules of all pages, each as all that it may be. Equal rules count once, also
        if one was given another description.

        If two answers contradict each other, a rule that not all of them have is doubtful.
        """
        found: dict[tuple[str, Permission], tuple[tuple[Rule, ...], list[int]]] = {}
        for number, page in enumerate(pages):
            for permission, line in zip(page.value.permissions, page.lines("Permissions"), strict=True):
                key = permission.security_group_rule_id, _effect(permission)
                if key not in found:
                    origin = Origin(page.file, line, "Permission")
                    found[key] = self._one(permission, group, origin), []
                found[key][1].append(number)
        whole = len(pages) > 1 and not any(page.value.next_token for page in pages)
        one_each = whole and (len(found) == count or _are_of_one_direction_each(pages))
        stating = _stating(pages, one_each) if whole else {}
        rules: list[tuple[Rule, ...]] = []
        doubtful: list[tuple[Rule, int]] = []
        contents: dict[str, set[Permission]] = {}
        for ident, permission in found:
            contents.setdefault(ident, set()).add(permission)
        for (ident, _), (readings, numbers) in found.items():
            rule = readings[0]
            if (ident and len(contents[ident]) > 1) or stating.get(rule.direction, frozenset()) - set(numbers):
                doubtful.append((rule, numbers[0]))
                doubt = tr(
                    "whether rule {rule} of {group} exists, on which two exports differ", rule=rule.id, group=group
                )
                rules.append(tuple(replace(each, doubt=each.doubt or doubt) for each in readings))
            else:
                rules.append(readings)
        if doubtful:
            self.conflicts.append(_conflict(group, pages, doubtful))
        return rules

    def _one(self, permission: Permission, group: str, origin: Origin) -> tuple[Rule, ...]:
        """Return the rule. If a field cannot be read, return all that it may be."""
        try:
            return (rule_of(permission, group, self.prefix_lists, self.port_lists, origin),)
        except ValueError as error:
            unread = misread(origin.file, origin.line, error, tr("a rule as the API describes it"))
            rules = unreadable_rules(permission, group, self.prefix_lists, self.port_lists, origin)
            self.skipped.append(odd(tr("rule {rule} of {group}", rule=rules[0].id, group=group), unread))
            return rules

    def _inner_accept(self, group: str, pages: Sequence[ApiAnswer[SecurityGroupAttribute]]) -> bool | None:
        """Return InnerAccessPolicy. None if no page gives it, or if two pages differ."""
        policies: dict[bool, Callable[[], Origin]] = {}
        for page in pages:
            match page.value.inner_access_policy.strip().lower():
                case "":
                    continue
                case "accept":
                    policies.setdefault(True, partial(page.origin, "InnerAccessPolicy"))
                case "drop":
                    policies.setdefault(False, partial(page.origin, "InnerAccessPolicy"))
                case _:
                    found = f"InnerAccessPolicy {page.value.inner_access_policy!r}"
                    error = page.error(("InnerAccessPolicy",), found, tr("Accept or Drop"))
                    self.skipped.append(odd(tr("{field} of {name}", field="InnerAccessPolicy", name=group), error))
        if len(policies) > 1:
            accounts = tuple(f"InnerAccessPolicy {'Accept' if policy else 'Drop'}" for policy in policies)
            places = tuple(origin() for origin in policies.values())
            self.conflicts.append(Conflict(tr("security group {group}", group=group), places, accounts))
            return None
        return next(iter(policies), None)

    def _vpc(
        self, group: str, pages: Sequence[ApiAnswer[SecurityGroupAttribute]], listed: Sequence[_Listed]
    ) -> str | None:
        """Return the id of the VPC. None, and a conflict, if two answers differ."""
        stated: dict[str, Callable[[], Origin]] = {}
        for page in pages:
            stated.setdefault(page.value.vpc_id, partial(page.origin, "VpcId"))
        for item in listed:
            stated.setdefault(item.value.vpc_id, partial(item.answer.origin, "SecurityGroups", item.index, "VpcId"))
        stated.pop("", None)
        if len(stated) > 1:
            accounts = tuple(f"VpcId {vpc}" for vpc in stated)
            places = tuple(origin() for origin in stated.values())
            self.conflicts.append(Conflict(tr("security group {group}", group=group), places, accounts))
            return None
        return next(iter(stated), None)

    def _agreed(self, listed: Sequence[_Listed], group: str, field: str, said: Sequence[T | None]) -> T | None:
        """Return the one value that all answers give. None, and a conflict, if two differ."""
        stated = {value: item for item, value in zip(listed, said, strict=True) if value is not None}
        if len(stated) > 1:
            places = tuple(item.answer.origin("SecurityGroups", item.index, field) for item in stated.values())
            accounts = tuple(f"{field} {value}" for value in stated)
            self.conflicts.append(Conflict(tr("security group {group}", group=group), places, accounts))
            return None
        return next(iter(stated), None)


def _effect(permission: Permission) -> Permission:
    """Return a rule without what may change and leaves it the same rule."""
    return msgspec.structs.replace(permission, description="", create_time="")


def _too_many(
    group: str,
    page: ApiAnswer[SecurityGroupAttribute],
    rules: Sequence[Rule],
    listed: Sequence[_Listed],
    count: int,
) -> Conflict:
    counted = next(item for item in listed if item.value.rule_count == count)
    places = (page.origin("Permissions"), counted.answer.origin("SecurityGroups", counted.index, "RuleCount"))
    return Conflict(
        tr("security group {group}", group=group), places, (tr("{count} rules", count=len(rules)), f"RuleCount {count}")
    )


def _are_of_one_direction_each(pages: Sequence[ApiAnswer[SecurityGroupAttribute]]) -> bool:
    """Return True if every answer has rules of one direction only, as if asked for that one.

    An answer without rules may be of either, so without RuleCount nothing tells.
    """
    return all(len({rule.direction.strip().lower() for rule in page.value.permissions}) == 1 for page in pages)


def _stating(pages: Sequence[ApiAnswer[SecurityGroupAttribute]], one_each: bool) -> dict[Direction, frozenset[int]]:
    """Return for each direction the numbers of the answers that should have every rule of it."""
    return {
        direction: frozenset(
            number for number, page in enumerate(pages) if not one_each or _has_direction(page, direction)
        )
        for direction in DIRECTIONS
    }


def _has_direction(page: ApiAnswer[SecurityGroupAttribute], direction: Direction) -> bool:
    """Return True if the answer has a rule of this direction.

    Such an answer was not asked for the other direction alone.
    """
    return any(permission.direction.strip().lower() == direction for permission in page.value.permissions)


def _conflict(
    group: str, pages: Sequence[ApiAnswer[SecurityGroupAttribute]], doubtful: Sequence[tuple[Rule, int]]
) -> Conflict:
    """Return the conflict of two exports: what each has that another one lacks."""
    accounts = []
    for number, page in enumerate(pages):
        own = [describe(rule) for rule, at in doubtful if at == number]
        total = len(page.value.permissions)
        among = tr("{count} rules, among them {rules}", count=total, rules=semicolons(own[:MOST_NAMED]))
        accounts.append(among if own else tr("{count} rules", count=total))
    return Conflict(
        tr("security group {group}", group=group),
        tuple(page.origin() for page in pages),
        tuple(accounts),
        object=group,
        witness=rule_of_one([page.value for page in pages], {rule.id for rule, _ in doubtful}),
    )


def _gaps(
    pages: Sequence[ApiAnswer[SecurityGroupAttribute]], rules: Sequence[Rule], count: int | None
) -> tuple[tuple[Direction, str], ...]:
    """Return why rules may exist that are not in the case, by direction.

    There is no gap if RuleCount equals the number of rules read. A rule that names a list counts
    more than once: a higher RuleCount then proves a gap only if the sizes of all lists are known.
    """
    if not pages:
        missing = tr("no DescribeSecurityGroupAttribute answer for it")
        return tuple((direction, missing) for direction in DIRECTIONS)
    most = sum(map(weight, rules))
    if count is not None and count in (len(rules), most):
        return ()
    sized = all(use.most is not None for rule in rules for use in rule.lists)
    if count is not None and count > most and sized:
        few = tr(
            "DescribeSecurityGroupAttribute has {have} of the {count} rules that DescribeSecurityGroups counts",
            have=len(rules),
            count=count,
        )
        return tuple((direction, few) for direction in DIRECTIONS)
    gaps = []
    for direction in DIRECTIONS:
        if (cause := _truncated(pages, direction)) is not None:
            gaps.append((direction, cause))
        elif not any(rule.direction == direction for rule in rules):
            other = DIRECTIONS[1 - DIRECTIONS.index(direction)]
            taken = (
                tr("RuleCount from DescribeSecurityGroups would tell")
                if count is None
                else tr("its RuleCount does not fit")
            )
            gaps.append(
                (
                    direction,
                    tr(
                        "the export shows no {direction} rule; it may have been taken with Direction={other} ({taken})",
                        direction=direction,
                        other=other,
                        taken=taken,
                    ),
                )
            )
    return tuple(gaps)


def _truncated(pages: Sequence[ApiAnswer[SecurityGroupAttribute]], direction: Direction) -> str | None:
    """Return why rules of this direction may be missing, or None.

    Exports of both directions may lie side by side: the last page of one proves nothing for the
    other.
    """
    relevant = [
        (page.file, page.value)
        for page in pages
        if not page.value.permissions or any(p.direction.strip().lower() == direction for p in page.value.permissions)
    ]
    if (cause := unfinished(relevant)) is not None:
        return cause
    return None if relevant else unfinished([(page.file, page.value) for page in pages])


def _first(texts: Iterable[str]) -> str | None:
    return next((text for text in texts if text), None)
