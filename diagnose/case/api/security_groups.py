"""Which rules does each security group have, and what may the export lack?

An evaluation over half of the rules is worse than none. Whatever can be missing becomes a gap of
its direction. RuleCount of DescribeSecurityGroups closes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeVar

from diagnose.case.api.answers import (
    Permission,
    PortRangeListEntries,
    PrefixListAttributes,
    SecurityGroup,
    SecurityGroupAttribute,
    SecurityGroups,
)
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.paging import unfinished
from diagnose.case.api.permissions import port_ranges, rule_of
from diagnose.case.errors import CaseError
from diagnose.case.model import Conflict, Skipped
from probes.addresses import Range, Ranges, parse, union
from probes.origin import Origin
from probes.rules.decision import Direction
from probes.rules.group_rule import describe, weight
from probes.rules.security_group import Group, Rule

DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")
_PORT_LIST_MARK = "prl-"
MOST_NAMED = 4
"""Most rules of one answer that a conflict names."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Listed:
    """One group as DescribeSecurityGroups lists it."""

    answer: ApiAnswer[SecurityGroups]
    index: int
    value: SecurityGroup

    def error(self, found: str, expected: str) -> CaseError:
        return self.answer.error(("SecurityGroups", self.index), found, expected)


def read(answers: ApiAnswers, conflicts: list[Conflict]) -> tuple[dict[str, Group], list[Skipped]]:
    """Return every group that an answer describes, by id, and what is missing.

    Answers that contradict each other are added to `conflicts`.

    CaseError for a rule that cannot be one.
    """
    known_prefixes = prefix_lists(answers)
    port_lists, skipped = _port_lists(answers)
    pages: dict[str, list[ApiAnswer[SecurityGroupAttribute]]] = {}
    for answer in answers.of(SecurityGroupAttribute):
        pages.setdefault(answer.value.security_group_id, []).append(answer)
    listed: dict[str, list[_Listed]] = {}
    for listing in answers.of(SecurityGroups):
        for index, value in enumerate(listing.value.security_groups):
            listed.setdefault(value.security_group_id, []).append(_Listed(listing, index, value))
    sizes = {answer.value.prefix_list_id: answer.value.max_entries for answer in answers.of(PrefixListAttributes)}
    groups = {
        group: _group(group, pages.get(group, []), listed.get(group, []), known_prefixes, port_lists, sizes, conflicts)
        for group in sorted({*pages, *listed})
    }
    return groups, skipped


def _with_sizes(rule: Rule, sizes: Mapping[str, int | None]) -> Rule:
    """Return the rule with the sizes of the lists that it names."""
    return replace(rule, lists=tuple(replace(use, most=sizes.get(use.id)) for use in rule.lists))


def _group(
    group: str,
    pages: Sequence[ApiAnswer[SecurityGroupAttribute]],
    listed: Sequence[_Listed],
    prefix_lists: Mapping[str, Ranges],
    port_lists: Mapping[str, Ranges],
    sizes: Mapping[str, int | None],
    conflicts: list[Conflict],
) -> Group:
    values = [page.value for page in pages]
    rules = tuple(_with_sizes(rule, sizes) for rule in _rules(group, pages, prefix_lists, port_lists, conflicts))
    count = _agreed(listed, group, "RuleCount", [item.value.rule_count for item in listed])
    managed = [item.value for item in listed if item.value.service_managed]
    gaps = _gaps(pages, rules, count)
    if count is not None and pages and count < len(rules):
        conflicts.append(_too_many(group, pages[0], rules, listed, count))
        gaps = tuple(
            (direction, f"RuleCount is {count}, and the case has {len(rules)} rules") for direction in DIRECTIONS
        )
    return Group(
        id=group,
        name=_first([*(v.security_group_name for v in values), *(i.value.security_group_name for i in listed)]) or "",
        vpc=_first([*(v.vpc_id for v in values), *(i.value.vpc_id for i in listed)]),
        kind=_agreed(listed, group, "SecurityGroupType", [i.value.security_group_type.lower() or None for i in listed]),
        inner_accept=_inner_accept(pages),
        managed_by=str(managed[0].service_id or "a cloud service") if managed else None,
        rules=rules,
        gaps=gaps,
        rule_count=count,
        origin=pages[0].origin() if pages else listed[0].answer.origin("SecurityGroups", listed[0].index),
    )


def _too_many(
    group: str,
    page: ApiAnswer[SecurityGroupAttribute],
    rules: Sequence[Rule],
    listed: Sequence[_Listed],
    count: int,
) -> Conflict:
    counted = next(item for item in listed if item.value.rule_count == count)
    places = (page.origin("Permissions"), counted.answer.origin("SecurityGroups", counted.index, "RuleCount"))
    return Conflict(f"security group {group}", places, (f"{len(rules)} rules", f"RuleCount {count}"))


def _rules(
    group: str,
    pages: Sequence[ApiAnswer[SecurityGroupAttribute]],
    prefix_lists: Mapping[str, Ranges],
    port_lists: Mapping[str, Ranges],
    conflicts: list[Conflict],
) -> tuple[Rule, ...]:
    """Return the rules of all pages. Equal rules count once.

    If two answers contradict each other, a rule that not all of them have is doubtful.
    """
    found: dict[tuple[str, Permission], tuple[Rule, list[int]]] = {}
    for number, page in enumerate(pages):
        for permission, line in zip(page.value.permissions, page.lines("Permissions"), strict=True):
            key = permission.security_group_rule_id, permission
            if key not in found:
                origin = Origin(page.file, line, "Permission")
                found[key] = _rule(permission, group, prefix_lists, port_lists, origin), []
            found[key][1].append(number)
    whole = len(pages) > 1 and not any(page.value.next_token for page in pages)
    rules: list[Rule] = []
    doubtful: list[tuple[Rule, int]] = []
    contents: dict[str, set[Permission]] = {}
    for ident, permission in found:
        contents.setdefault(ident, set()).add(permission)
    for (ident, _), (rule, numbers) in found.items():
        states = [at for at, page in enumerate(pages) if _has_direction(page, rule.direction)] if whole else []
        if (ident and len(contents[ident]) > 1) or (whole and set(states) - set(numbers)):
            doubtful.append((rule, numbers[0]))
            doubt = f"whether rule {rule.id} of {group} exists: two exports of the group differ"
            rules.append(replace(rule, doubt=doubt))
        else:
            rules.append(rule)
    if doubtful:
        conflicts.append(_conflict(group, pages, doubtful))
    return tuple(rules)


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
        accounts.append(f"{total} rules, among them {'; '.join(own[:MOST_NAMED])}" if own else f"{total} rules")
    return Conflict(f"security group {group}", tuple(page.origin() for page in pages), tuple(accounts))


def _rule(
    permission: Permission,
    group: str,
    prefix_lists: Mapping[str, Ranges],
    port_lists: Mapping[str, Ranges],
    origin: Origin,
) -> Rule:
    try:
        return rule_of(permission, group, prefix_lists, port_lists, origin)
    except ValueError as error:
        raise _malformed(origin.file, origin.line, error) from None


def _malformed(file: str, line: int | None, error: ValueError) -> CaseError:
    found, _, expected = str(error).removeprefix("found ").partition(", expected ")
    return CaseError(file, line, found, expected or "a rule as the API describes it")


def _gaps(
    pages: Sequence[ApiAnswer[SecurityGroupAttribute]], rules: Sequence[Rule], count: int | None
) -> tuple[tuple[Direction, str], ...]:
    """Return why rules may exist that are not in the case, by direction.

    There is no gap if RuleCount equals the number of rules read. A rule that names a list counts
    more than once: a higher RuleCount then proves a gap only if the sizes of all lists are known.
    """
    if not pages:
        return tuple((direction, "no DescribeSecurityGroupAttribute answer for it") for direction in DIRECTIONS)
    most = sum(map(weight, rules))
    if count is not None and count in (len(rules), most):
        return ()
    sized = all(use.most is not None for rule in rules for use in rule.lists)
    if count is not None and count > most and sized:
        few = f"the case has {len(rules)} of the {count} rules that RuleCount of DescribeSecurityGroups announces"
        return tuple((direction, few) for direction in DIRECTIONS)
    gaps = []
    for direction in DIRECTIONS:
        if (cause := _truncated(pages, direction)) is not None:
            gaps.append((direction, cause))
        elif not any(rule.direction == direction for rule in rules):
            other = DIRECTIONS[1 - DIRECTIONS.index(direction)]
            taken = (
                "RuleCount from DescribeSecurityGroups would tell" if count is None else "its RuleCount does not fit"
            )
            gaps.append(
                (
                    direction,
                    f"the export shows no {direction} rule; it may have been taken with Direction={other} ({taken})",
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


def _inner_accept(pages: Sequence[ApiAnswer[SecurityGroupAttribute]]) -> bool | None:
    """Return InnerAccessPolicy. None if no page gives it, or if two pages differ."""
    policies: set[bool] = set()
    for page in pages:
        match page.value.inner_access_policy.strip().lower():
            case "":
                continue
            case "accept":
                policies.add(True)
            case "drop":
                policies.add(False)
            case _:
                raise page.error(
                    ("InnerAccessPolicy",), f"InnerAccessPolicy {page.value.inner_access_policy!r}", "Accept or Drop"
                )
    return policies.pop() if len(policies) == 1 else None


def prefix_lists(answers: ApiAnswers) -> dict[str, Ranges]:
    """Return the prefix lists of which every page is in the case, by id."""
    pages: dict[str, list[ApiAnswer[PrefixListAttributes]]] = {}
    for answer in answers.of(PrefixListAttributes):
        pages.setdefault(answer.value.prefix_list_id, []).append(answer)
    return {
        name: union(block for part in parts for block in _blocks(part))
        for name, parts in pages.items()
        if unfinished([(part.file, part.value) for part in parts]) is None
    }


def _blocks(page: ApiAnswer[PrefixListAttributes]) -> Iterable[Range]:
    for index, entry in enumerate(page.value.entries):
        try:
            yield parse(entry.cidr)
        except ValueError:
            raise page.error(("Entries", index, "Cidr"), repr(entry.cidr), "a CIDR such as 192.168.10.0/24") from None


def _port_lists(answers: ApiAnswers) -> tuple[dict[str, Ranges], list[Skipped]]:
    """Return port lists by id.

    The answer carries no id. It is taken from the file name (`prl-….json`), which can then hold
    only one list.
    """
    pages: dict[str, list[ApiAnswer[PortRangeListEntries]]] = {}
    skipped: list[Skipped] = []
    for answer in answers.of(PortRangeListEntries):
        name = answer.value.port_range_list_id or _id_in(answer.file)
        if name is None:
            needs = "the id in the file name, such as prl-bp1example.json"
            skipped.append(
                Skipped(
                    f"port list in {answer.file}",
                    "DescribePortRangeListEntries does not say of which port list it is",
                    needs,
                )
            )
        else:
            pages.setdefault(name, []).append(answer)
    lists = {
        name: union(block for part in parts for block in _ports(part))
        for name, parts in pages.items()
        if unfinished([(part.file, part.value) for part in parts]) is None
    }
    return lists, skipped


def _id_in(file: str) -> str | None:
    stem = PurePosixPath(file).name.partition(".")[0]
    _, mark, rest = stem.partition(_PORT_LIST_MARK)
    letters = "".join(letter if letter.isalnum() else " " for letter in rest).split(" ", 1)[0]
    return mark + letters if letters else None


def _ports(page: ApiAnswer[PortRangeListEntries]) -> Ranges:
    found: list[Range] = []
    for index, entry in enumerate(page.value.entries):
        try:
            found.extend(port_ranges(entry.port_range))
        except ValueError as error:
            where = page.origin("Entries", index, "PortRange")
            raise _malformed(where.file, where.line, error) from None
    return union(found)


def _agreed(listed: Sequence[_Listed], group: str, field: str, said: Sequence[T | None]) -> T | None:
    """Return the one value that all answers give. CaseError if two disagree."""
    agreed: T | None = None
    for item, value in zip(listed, said, strict=True):
        if value is not None and agreed is not None and value != agreed:
            raise item.error(f"{field} {value} for {group}", f"{agreed} as elsewhere in the case")
        agreed = agreed if value is None else value
    return agreed


def _first(texts: Iterable[str]) -> str | None:
    return next((text for text in texts if text), None)
