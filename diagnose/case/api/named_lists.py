"""Which addresses and ports do the lists of the account hold that rules name?

A list with an entry that cannot be read, with a page that is missing, or of which two whole answers
differ, is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeVar

from diagnose.case.api.answers import PortRangeListEntries, PrefixListAttributes, VpcPrefixListEntries
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.odd import odd
from diagnose.case.api.paging import unfinished
from diagnose.case.api.permissions import port_ranges
from diagnose.case.errors import CaseError, misread
from diagnose.case.faults import Conflict
from diagnose.case.model import Skipped
from probes.addresses import Range, Ranges, parse, union
from probes.language import marked, tr

_PORT_LIST_MARK = "prl-"
_PREFIX_LIST_MARK = "pl-"
PrefixPage = PrefixListAttributes | VpcPrefixListEntries
W = TypeVar("W", PrefixPage, PortRangeListEntries)


def prefix_lists(answers: ApiAnswers, conflicts: list[Conflict]) -> tuple[dict[str, Ranges], list[Skipped]]:
    """Return the prefix lists of which every page is in the case, by id, and what is missing.

    ECS and VPC have lists of their own, under ids of one kind. An empty list of a VPC has no id:
    it is taken from the file name (`pl-….json`).

    Answers that contradict each other are added to `conflicts`.
    """
    pages: dict[str, list[ApiAnswer[Any]]] = {}
    for answer in answers.of(PrefixListAttributes):
        pages.setdefault(answer.value.prefix_list_id, []).append(answer)
    for page in answers.of(VpcPrefixListEntries):
        named = next((entry.prefix_list_id for entry in page.value.entries if entry.prefix_list_id), None)
        if (name := named or _id_in(page.file, _PREFIX_LIST_MARK)) is not None:
            pages.setdefault(name, []).append(page)
    skipped: list[Skipped] = []
    return _whole(marked("prefix list"), pages, _blocks, skipped, conflicts), skipped


def _whole(
    kind: str,
    pages: Mapping[str, Sequence[ApiAnswer[W]]],
    read: Callable[[ApiAnswer[W]], list[Range]],
    skipped: list[Skipped],
    conflicts: list[Conflict],
) -> dict[str, Ranges]:
    found: dict[str, Ranges] = {}
    for name, parts in pages.items():
        if unfinished([(part.file, part.value) for part in parts]) is not None:
            continue
        try:
            contents = [union(read(part)) for part in parts]
            if (conflict := _conflict(f"{tr(kind)} {name}", parts, contents)) is not None:
                conflicts.append(conflict)
                continue
            found[name] = union(block for content in contents for block in content)
        except CaseError as error:
            skipped.append(odd(f"{tr(kind)} {name}", error))
    return found


def _conflict(subject: str, parts: Sequence[ApiAnswer[W]], contents: Sequence[Ranges]) -> Conflict | None:
    """Return the conflict of answers that are whole and differ, or None.

    An answer is one page of several if it, or the one of which it is the rest, announces another.
    """
    if any(part.value.next_token for part in parts) or len(set(contents)) < 2:
        return None
    accounts = tuple(tr("{count} entries", count=len(part.value.entries)) for part in parts)
    return Conflict(subject, tuple(part.origin(_key(part.value)) for part in parts), accounts)


def _key(page: PrefixPage | PortRangeListEntries) -> str:
    """Return the key that holds the entries."""
    return "PrefixListEntry" if isinstance(page, VpcPrefixListEntries) else "Entries"


def _blocks(page: ApiAnswer[PrefixPage]) -> list[Range]:
    found = []
    for index, entry in enumerate(page.value.entries):
        try:
            found.append(parse(entry.cidr))
        except ValueError:
            raise page.error(
                (_key(page.value), index, "Cidr"), repr(entry.cidr), tr("a CIDR such as 192.168.10.0/24")
            ) from None
    return found


def port_lists(answers: ApiAnswers, conflicts: list[Conflict]) -> tuple[dict[str, Ranges], list[Skipped]]:
    """Return port lists by id, and what is missing.

    The answer carries no id. It is taken from the file name (`prl-….json`), which can then hold
    only one list.
    """
    pages: dict[str, list[ApiAnswer[PortRangeListEntries]]] = {}
    skipped: list[Skipped] = []
    for answer in answers.of(PortRangeListEntries):
        name = answer.value.port_range_list_id or _id_in(answer.file, _PORT_LIST_MARK)
        if name is None:
            cause = tr("DescribePortRangeListEntries does not say of which port list it is")
            needs = tr("the id in the file name, such as prl-bp1example.json")
            skipped.append(Skipped(tr("port list in {file}", file=answer.file), cause, needs))
        else:
            pages.setdefault(name, []).append(answer)
    return _whole(marked("port list"), pages, _ports, skipped, conflicts), skipped


def _id_in(file: str, mark: str) -> str | None:
    """Return the id of a list, which begins with the mark, out of a file name."""
    stem = PurePosixPath(file).name.partition(".")[0]
    _, mark, rest = stem.partition(mark)
    letters = "".join(letter if letter.isalnum() else " " for letter in rest).split(" ", 1)[0]
    return mark + letters if letters else None


def _ports(page: ApiAnswer[PortRangeListEntries]) -> list[Range]:
    found: list[Range] = []
    for index, entry in enumerate(page.value.entries):
        try:
            found.extend(port_ranges(entry.port_range))
        except ValueError as error:
            where = page.origin("Entries", index, "PortRange")
            raise misread(where.file, where.line, error, tr("ports such as 80/80")) from None
    return found
