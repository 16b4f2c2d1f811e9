"""Which answer is this, and does it have the right shape?

A .json file may hold one answer, an array of answers, JSON lines, or answers appended one after the
other. SDKs, consoles and API explorers wrap an answer: `{"headers": …, "body": {…}}`,
`{"code": "200", "data": {…}}`. Some gateways and consoles write the answer as a text into such a
member: `{"data": "{\\"Nodes\\": …}"}`. Values of such a text stand on the line of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from diagnose.case import exports
from diagnose.case.api import answers, api_errors, cluster_answers, jsontext, near_calls, spelling, workspace_answers
from diagnose.case.api.jsontext import JsonPlace, Locator, Step
from diagnose.case.api.odd import odd
from diagnose.case.errors import CaseError
from diagnose.case.model import Skipped
from probes.frozen import frozen
from probes.language import marked, tr
from probes.origin import Origin
from probes.regex import regex

WRAPPING = frozenset({"body", "content", "data", "response", "result"})
"""Keys, in small letters, under which others than the API put its answer."""
DEEPEST_WRAPPING = 3
"""Wrappers inside each other: a page of a tool holds the object of an SDK, and that the answer."""

MOST_ODD = 64
"""Most values of a wrong type in one answer that cost their own item. With more it is no answer."""

T = TypeVar("T", bound=answers.Wire)
W = TypeVar("W", bound=answers.Wire)


@frozen
class ApiAnswer(Generic[T]):
    """One answer of one API."""

    kind: str
    """"ecs:DescribeSecurityGroupAttribute"."""
    value: T
    """The answer."""
    file: str
    """Path inside the case."""
    locator: Locator
    """Finds the line of a value."""
    prefix: tuple[Step, ...] = ()
    """Path of the answer inside its top-level value."""

    def origin(self, *path: Step, key: str | None = None) -> Origin:
        """Return the place of the value at `path` of this answer."""
        return Origin(self.file, self.locator.place((*self.prefix, *path)).line, key)

    def lines(self, *path: Step) -> tuple[int, ...]:
        """Return the line of every element of the array at `path`."""
        return self.locator.elements((*self.prefix, *path))

    def error(self, path: tuple[Step, ...], found: str, expected: str) -> CaseError:
        """Return the error to raise for the value at `path`."""
        return CaseError(self.file, self.locator.place((*self.prefix, *path)).line, found, expected)


class ApiAnswers:
    """All answers of a case."""

    def __init__(self, items: tuple[ApiAnswer[Any], ...]) -> None:
        self.items = items

    def of(self, shape: type[W]) -> list[ApiAnswer[W]]:
        """Return the answers of one shape, in the order of their files."""
        return [item for item in self.items if isinstance(item.value, shape)]


def read(file: str, content: bytes) -> tuple[list[ApiAnswer[Any]], list[Skipped]]:
    """Return every answer of one file, and what is no answer, with the cause.

    CaseError for text that is not JSON, and for an answer of a wrong shape.
    """
    text = jsontext.text_of(file, content)
    if not text.strip():
        raise CaseError(file, None, tr("an empty file"), tr("a JSON answer of an API"))
    if (refusal := api_errors.of_text(text)) is not None:
        return [], [refusal.skipped(file)]
    found: list[ApiAnswer[Any]] = []
    skipped: list[Skipped] = []
    for value in jsontext.values(file, text, spelling.collect):
        if (export := exports.of_json(value.value)) is not None:
            skipped.append(Skipped(file, *export))
            continue
        locator = Locator(text, value.offset, value.line, spelling.canonical, spelling.WRAPPERS)
        for where, prefix, candidate in _candidates(locator, value.value):
            answer = _answer(file, where, prefix, candidate, skipped)
            if isinstance(answer, ApiAnswer):
                found.append(answer)
            else:
                skipped.append(answer)
    return found, skipped


Candidate = tuple[Locator, tuple[Step, ...], Any]
"""What finds the lines of a value, the path of the value there, and the value."""


def _candidates(locator: Locator, value: Any) -> Iterator[Candidate]:
    items: list[tuple[tuple[Step, ...], Any]] = [((), value)]
    if isinstance(value, list) and value:
        items = [((index,), item) for index, item in enumerate(value)]
    for prefix, item in items:
        yield from _unwrapped(locator, prefix, item, DEEPEST_WRAPPING) or [(locator, prefix, item)]


def _unwrapped(locator: Locator, prefix: tuple[Step, ...], value: Any, depth: int) -> list[Candidate]:
    """Return the answers inside this value, or the value itself if it is one. Empty if there is
    none."""
    if isinstance(value, list):
        found = [_unwrapped(locator, (*prefix, index), item, depth) for index, item in enumerate(value)]
        return [each for pairs in found for each in pairs] if all(found) else []
    if isinstance(value, str):
        return _inside_text(locator, prefix, value, depth)
    if not isinstance(value, dict):
        return []
    if _recognise(value) is not None:
        return [(locator, prefix, value)]
    inner = [key for key, item in value.items() if key.lower() in WRAPPING and isinstance(item, dict | list | str)]
    for key in inner if depth else ():
        if found_inside := _unwrapped(locator, (*prefix, key), value[key], depth - 1):
            return found_inside
    is_told = api_errors.of_answer(value) is not None or near_calls.of_answer(value) is not None
    return [(locator, prefix, value)] if is_told else []


def _inside_text(locator: Locator, prefix: tuple[Step, ...], text: str, depth: int) -> list[Candidate]:
    """Return the answers inside a text that is JSON itself. Empty if it is none."""
    if not prefix or not text.lstrip().startswith(("{", "[")):
        return []
    # No line end may stand inside a string of JSON, so each of them is only a space between values.
    flat = re.sub(r"[\r\n]", " ", text)
    try:
        values = jsontext.values("", flat, spelling.collect)
    except CaseError:
        return []
    line = locator.place(prefix).line
    found: list[Candidate] = []
    for value in values:
        within = Locator(flat, value.offset, line, spelling.canonical, spelling.WRAPPERS)
        found += _unwrapped(within, (), value.value, depth)
    return found


def _answer(
    file: str, locator: Locator, prefix: tuple[Step, ...], value: Any, skipped: list[Skipped]
) -> ApiAnswer[Any] | Skipped:
    known = _recognise(value) if isinstance(value, dict) else None
    if known is None:
        alone = locator.offset == 0 and not any(isinstance(step, int) for step in prefix)
        place = file if alone else f"{file}:{locator.place(prefix).line}"
        refusal = api_errors.of_answer(value) if isinstance(value, dict) else None
        if refusal is not None:
            return refusal.skipped(place)
        near = near_calls.of_answer(value) if isinstance(value, dict) else None
        unread = (
            tr("not an API answer that is read"),
            tr("an answer of a call that docs/case.md lists, saved unchanged"),
        )
        return Skipped(place, *(near or unread))
    kind, shape = known
    for _ in range(MOST_ODD):
        try:
            return ApiAnswer(kind, msgspec.convert(value, shape, strict=False), file, locator, prefix)
        except msgspec.ValidationError as error:
            odd_value = misfit(file, locator, prefix, str(error))
            if not _mended(value, str(error)):
                raise odd_value from None
            skipped.append(odd(tr("a field of {kind}", kind=kind), odd_value))
    raise CaseError(
        file,
        locator.place(prefix).line,
        tr("{count} values of a wrong type", count=MOST_ODD),
        tr("an unchanged answer"),
    )


def _mended(answer: Any, message: str) -> bool:
    """Change the value that does not fit into one that does. Return False if it cannot be.

    What stands for text becomes text, which the reader of the field judges as any other. A number
    or a flag that is none is left out, as if the answer did not state it.
    """
    what, path = _parts(message)
    types = _TYPES.match(what)
    if types is None or not path:
        return False
    try:
        for step in path[:-1]:
            answer = answer[step]
        found = answer[path[-1]]
    except (KeyError, IndexError, TypeError):
        return False
    expected = set(types["expected"].split(" | "))
    if "str" in expected:
        answer[path[-1]] = json.dumps(found)
    elif expected & {"int", "bool"} and isinstance(answer, dict):
        del answer[path[-1]]
    else:
        return False
    return True


_BY_KEY: Mapping[str, tuple[str, type[answers.Wire]]] = {
    "Permissions": ("ecs:DescribeSecurityGroupAttribute", answers.SecurityGroupAttribute),
    "SecurityGroups": ("ecs:DescribeSecurityGroups", answers.SecurityGroups),
    "Instances": ("ecs:DescribeInstances", answers.Instances),
    "NetworkInterfaceSets": ("ecs:DescribeNetworkInterfaces", answers.NetworkInterfaces),
    "Vswitches": ("vpc:DescribeVSwitches", answers.VSwitches),
    "NetworkAclAttribute": ("vpc:DescribeNetworkAclAttributes", answers.NetworkAclAttributes),
    "PrefixListEntry": ("vpc:GetVpcPrefixListEntries", answers.VpcPrefixListEntries),
    "RouterTableList": ("vpc:DescribeRouteTableList", answers.RouteTableList),
    "RouteEntrys": ("vpc:DescribeRouteEntryList", answers.RouteEntryList),
    "Cluster": ("emr:GetCluster", cluster_answers.GetCluster),
    "Nodes": ("emr:ListNodes", cluster_answers.ListNodes),
    "NodeGroups": ("emr:ListNodeGroups", cluster_answers.ListNodeGroups),
    "ComponentInstances": ("emr:ListComponentInstances", cluster_answers.ListComponentInstances),
    "ApplicationConfigs": ("emr:ListApplicationConfigs", cluster_answers.ListApplicationConfigs),
    "ResourceGroup": ("dataworks-public:GetResourceGroup", cluster_answers.GetResourceGroup),
    "Project": ("dataworks-public:GetProject", workspace_answers.GetProject),
}


_BY_SHAPE: tuple[tuple[str, type[answers.Wire], Callable[[Mapping[str, Any]], bool]], ...] = (
    (
        "ecs:DescribePrefixListAttributes",
        answers.PrefixListAttributes,
        lambda value: "Entries" in value and "PrefixListId" in value,
    ),
    ("ecs:DescribePortRangeListEntries", answers.PortRangeListEntries, lambda value: "Entries" in value),
    (
        "vpc:DescribeVSwitchAttributes",
        answers.VSwitchAttributes,
        lambda value: "VswitchId" in value and "CidrBlock" in value,
    ),
    (
        "dataworks-public:ListResourceGroups",
        cluster_answers.ListResourceGroups,
        lambda value: _is_page_of(value, "ResourceGroupList"),
    ),
    (
        "dataworks-public:ListNetworks",
        cluster_answers.ListNetworks,
        lambda value: _is_page_of(value, "NetworkList"),
    ),
    (
        "dataworks-public:ListProjects",
        workspace_answers.ListProjects,
        lambda value: _is_page_of(value, "Projects"),
    ),
    (
        "dataworks-public:ListComputeResources",
        workspace_answers.ListComputeResources,
        lambda value: _is_page_of(value, "ComputeResources"),
    ),
    (
        "dataworks-public:ListProjectMembers",
        workspace_answers.ListProjectMembers,
        lambda value: _is_page_of(value, "ProjectMembers"),
    ),
    (
        "dataworks-public:GetComputeResourceAuthUserMappings",
        workspace_answers.GetComputeResourceAuthUserMappings,
        lambda value: (
            isinstance(data := value.get("Data"), dict) and bool({"Accounts", "HadoopAuthType"} & data.keys())
        ),
    ),
)
"""ApiAnswers that no single key tells apart, in the order in which they are tried."""

KINDS = (*(kind for kind, _ in _BY_KEY.values()), *(kind for kind, _, _ in _BY_SHAPE))
"""Every answer that is read. docs/case.md lists them with the call that exports each."""


def _recognise(value: Mapping[str, Any]) -> tuple[str, type[answers.Wire]] | None:
    """Return kind and shape by the keys of the answer, or None if it is no answer that is read."""
    for key, known in _BY_KEY.items():
        if key in value:
            return known
    return next(((kind, shape) for kind, shape, fits in _BY_SHAPE if fits(value)), None)


def _is_page_of(value: Mapping[str, Any], key: str) -> bool:
    page = value.get("PagingInfo")
    return isinstance(page, dict) and key in page


_MESSAGE = regex(r"(?P<what>.*?)(?: - at `\$?(?P<path>.*)`)?", re.DOTALL)
_TYPES = regex(r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`")
_MISSING = regex(r"Object missing required field `(?P<field>[^`]+)`")
_UNKNOWN = regex(r"Object contains unknown field `(?P<field>.+)`", re.DOTALL)
_ENUM = regex(r"Invalid enum value '(?P<got>.*)'", re.DOTALL)
_STEP = regex(r"\.(?P<key>[^.\[\]]+)|\[(?P<index>\d+)\]")
_WORDS = {
    "array": marked("a list"),
    "bool": marked("true or false"),
    "float": marked("a number"),
    "int": marked("a whole number"),
    "null": marked("nothing"),
    "object": marked("an object"),
    "str": marked("text"),
}


class Places(Protocol):
    """Anything that knows the place of the value at a path."""

    def place(self, path: tuple[Step, ...], /) -> JsonPlace: ...


def _parts(message: str) -> tuple[str, tuple[Step, ...]]:
    """Return what a message of msgspec says, and the path that it is about."""
    parts = _MESSAGE.fullmatch(message)
    what, where = (parts["what"], parts["path"] or "") if parts else (message, "")
    return what, tuple(int(step["index"]) if step["index"] else step["key"] for step in _STEP.finditer(where))


def unknown_field(message: str) -> tuple[tuple[Step, ...], str] | None:
    """Return path and key if the message is about a key that the shape does not have, else None."""
    what, path = _parts(message)
    unknown = _UNKNOWN.match(what)
    return (path, unknown["field"]) if unknown else None


def misfit(file: str, locator: Places, prefix: tuple[Step, ...], message: str) -> CaseError:
    """Return the error for a validation message: where, what was found, and what was expected."""
    what, path = _parts(message)
    place = locator.place((*prefix, *path))
    if missing := _MISSING.match(what):
        field = missing["field"]
        wanted = tr("{field} in {value}", field=field, value=_place_words(place, path))
        return CaseError(file, place.line, tr("no {field}", field=field), wanted)
    if types := _TYPES.match(what):
        got = tr("{found} for {field}", found=_words(types["got"]), field=_place_words(place, path))
        return CaseError(file, place.line, got, _words(types["expected"]))
    if "of length >= 1" in what:
        return CaseError(file, place.line, tr("an empty {field}", field=_place_words(place, path)), tr("text"))
    if enum := _ENUM.match(what):
        got = tr("{found} for {field}", found=repr(enum["got"][:60]), field=_place_words(place, path))
        return CaseError(file, place.line, got, tr("one of its known words"))
    got = tr("a value that does not fit for {field}", field=_place_words(place, path))
    return CaseError(file, place.line, got, what)


def _place_words(place: JsonPlace, path: tuple[Step, ...]) -> str:
    """Return the key as the file spells it, or list and position of an element."""
    if path and isinstance(path[-1], int):
        lists = [step for step in path if isinstance(step, str)]
        return tr("element {number} of {list}", number=path[-1] + 1, list=lists[-1]) if lists else tr("the answer")
    return place.key or tr("the answer")


def _words(types: str) -> str:
    """Return the types in words: 'int | str' is 'a whole number or text'."""
    return tr(" or ").join(
        tr(_WORDS[name]) if name in _WORDS else name for name in types.split(" | ") if name != "null" or types == "null"
    )
