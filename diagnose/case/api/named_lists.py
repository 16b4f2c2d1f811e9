"""Which addresses and ports do the lists of the account hold that rules name?

A list with an entry that cannot be read, or with a page that is missing, is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TypeVar

from diagnose.case.api.answers import PortRangeListEntries, PrefixListAttributes, Wire
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.odd import odd
from diagnose.case.api.paging import unfinished
from diagnose.case.api.permissions import port_ranges
from diagnose.case.errors import CaseError, misread
from diagnose.case.model import Skipped
from probes.addresses import Range, Ranges, parse, union

_PORT_LIST_MARK = "prl-"
W = TypeVar("W", bound=Wire)


def prefix_lists(answers: ApiAnswers) -> tuple[dict[str, Ranges], list[Skipped]]:
    """Return the prefix lists of which every page is in the case, by id, and what is missing."""
    pages: dict[str, list[ApiAnswer[PrefixListAttributes]]] = {}
    for answer in answers.of(PrefixListAttributes):
        pages.setdefault(answer.value.prefix_list_id, []).append(answer)
    skipped: list[Skipped] = []
    return _whole("prefix list", pages, _blocks, skipped), skipped


def _whole(
    kind: str,
    pages: Mapping[str, Sequence[ApiAnswer[W]]],
    read: Callable[[ApiAnswer[W]], list[Range]],
    skipped: list[Skipped],
) -> dict[str, Ranges]:
    found: dict[str, Ranges] = {}
    for name, parts in pages.items():
        if unfinished([(part.file, part.value) for part in parts]) is not None:  # type: ignore[misc]
            continue
        try:
            found[name] = union(block for part in parts for block in read(part))
        except CaseError as error:
            skipped.append(odd(f"{kind} {name}", error))
    return found


def _blocks(page: ApiAnswer[PrefixListAttributes]) -> list[Range]:
    found = []
    for index, entry in enumerate(page.value.entries):
        try:
            found.append(parse(entry.cidr))
        except ValueError:
            raise page.error(("Entries", index, "Cidr"), repr(entry.cidr), "a CIDR such as 192.168.10.0/24") from None
    return found


def port_lists(answers: ApiAnswers) -> tuple[dict[str, Ranges], list[Skipped]]:
    """Return port lists by id, and what is missing.

    The answer carries no id. It is taken from the file name (`prl-….json`), which can then hold
    only one list.
    """
    pages: dict[str, list[ApiAnswer[PortRangeListEntries]]] = {}
    skipped: list[Skipped] = []
    for answer in answers.of(PortRangeListEntries):
        name = answer.value.port_range_list_id or _id_in(answer.file)
        if name is None:
            cause = "DescribePortRangeListEntries does not say of which port list it is"
            needs = "the id in the file name, such as prl-bp1example.json"
            skipped.append(Skipped(f"port list in {answer.file}", cause, needs))
        else:
            pages.setdefault(name, []).append(answer)
    return _whole("port list", pages, _ports, skipped), skipped


def _id_in(file: str) -> str | None:
    stem = PurePosixPath(file).name.partition(".")[0]
    _, mark, rest = stem.partition(_PORT_LIST_MARK)
    letters = "".join(letter if letter.isalnum() else " " for letter in rest).split(" ", 1)[0]
    return mark + letters if letters else None


def _ports(page: ApiAnswer[PortRangeListEntries]) -> list[Range]:
    found: list[Range] = []
    for index, entry in enumerate(page.value.entries):
        try:
            found.extend(port_ranges(entry.port_range))
        except ValueError as error:
            where = page.origin("Entries", index, "PortRange")
            raise misread(where.file, where.line, error, "ports such as 80/80") from None
    return found
