"""Does the source follow the rules of style that no linter has?

ruff checks the width of prose and code (W505, E501) and the imperative mood (D401).
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.support.places import PROJECT

PACKAGES = ("probes", "diagnose")
EVERYTHING = (*PACKAGES, "tests", "benchmarks")

COMMONEST = {
    *("Line", "Entry", "Settings", "Answer", "Reply", "Told"),
    *("Target", "Flow", "Names", "Evidence", "Source", "Question"),
}
"""Class names that once stood for several things each."""

FOREIGN_SHAPES = {
    "diagnose/case/api/answers.py": "the fields of Alibaba Cloud's answers, which its API documents",
    "diagnose/case/api/cluster_answers.py": "the fields of Alibaba Cloud's answers, which its API documents",
    "diagnose/case/api/workspace_answers.py": "the fields of Alibaba Cloud's answers, which its API documents",
    "diagnose/case/casetoml_tables.py": "the keys of case.toml, which tests/docs/test_case_page.py holds on its page",
}
"""File -> why its fields need no documentation beside them."""

VALUES = ("frozen", "dataclass", "Struct", "NamedTuple")


def files(*packages: str) -> list[Path]:
    return sorted(file for package in packages for file in (PROJECT / package).rglob("*.py"))


@cache
def parsed(source: str) -> ast.Module:
    return ast.parse(source)


def shown(file: Path) -> str:
    return str(file.relative_to(PROJECT))


def is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def public_values(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """Yield the public classes whose fields are their interface."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            made_by = " ".join(ast.unparse(each) for each in (*node.decorator_list, *node.bases))
            # A subclass of a Struct has the options of Struct, such as frozen=True, in its head.
            if node.keywords or any(word in made_by for word in VALUES):
                yield node


def fields(value: ast.ClassDef) -> Iterator[tuple[str, ast.stmt | None]]:
    """Yield each public field with the statement below it."""
    for place, node in enumerate(value.body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id[0] != "_":
            yield node.target.id, value.body[place + 1] if place + 1 < len(value.body) else None


def undocumented(source: str) -> list[str]:
    """Return every public field of a public value that has no docstring of its own."""
    return [
        f"{value.name}.{name}"
        for value in public_values(parsed(source))
        for name, below in fields(value)
        if not is_text(below)
    ]


def without_docstring(source: str) -> list[str]:
    """Return every dataclass, private ones too, that has no docstring."""
    return [
        node.name
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.ClassDef) and ast.get_docstring(node) is None and is_dataclass(node)
    ]


def is_dataclass(node: ast.ClassDef) -> bool:
    return any(ast.unparse(each).startswith(("frozen", "dataclass")) for each in node.decorator_list)


def packed(source: str) -> list[str]:
    """Return every public value whose own docstring explains one of its fields as "name: …"."""
    return [
        value.name
        for value in public_values(parsed(source))
        if any(re.search(rf"\b{name}(, \w+)*: ", ast.get_docstring(value) or "") for name, _ in fields(value))
    ]


def classes(*packages: str) -> Mapping[str, list[str]]:
    """Return class name -> files that define it."""
    defined: defaultdict[str, list[str]] = defaultdict(list)
    for file in files(*packages):
        for node in ast.walk(parsed(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                defined[node.name].append(shown(file))
    return defined


def test_each_field_of_a_public_value_has_its_own_line_of_documentation() -> None:
    missing = {shown(file): undocumented(file.read_text("utf-8")) for file in files(*PACKAGES)}
    assert {file: names for file, names in missing.items() if names and file not in FOREIGN_SHAPES} == {}


def test_each_dataclass_has_a_docstring() -> None:
    # Without one, dataclasses makes it from the signature, which takes 10 ms for the first class.
    missing = {shown(file): without_docstring(file.read_text("utf-8")) for file in files(*PACKAGES)}
    assert {file: names for file, names in missing.items() if names} == {}


def special_fields(source: str) -> list[str]:
    """Return what classes under @frozen declare that is no plain field. `frozen` knows no other."""
    return [
        f"{node.name}.{ast.unparse(each.target)}"
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.ClassDef) and "frozen" in map(ast.unparse, node.decorator_list)
        for each in node.body
        if isinstance(each, ast.AnnAssign) and re.search("ClassVar|InitVar|KW_ONLY", ast.unparse(each.annotation))
    ]


def test_a_frozen_class_has_plain_fields_only() -> None:
    found = {shown(file): special_fields(file.read_text("utf-8")) for file in files(*PACKAGES)}
    assert {file: names for file, names in found.items() if names} == {}


def test_no_public_value_has_its_fields_packed_into_its_docstring() -> None:
    found = {shown(file): packed(file.read_text("utf-8")) for file in files(*PACKAGES)}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize("file", FOREIGN_SHAPES)
def test_an_exempt_file_exists_and_needs_its_exemption(file: str) -> None:
    assert undocumented((PROJECT / file).read_text("utf-8"))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_class_name_is_defined_twice_in_a_package(package: str) -> None:
    assert {name: where for name, where in classes(package).items() if len(where) > 1} == {}


def test_the_commonest_names_stand_for_one_thing_in_the_whole_tree() -> None:
    defined = classes(*EVERYTHING)
    assert {name: defined[name] for name in COMMONEST if len(defined.get(name, ())) > 1} == {}


def test_ruff_checks_widths_and_mood_everywhere() -> None:
    lint = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert lint["pycodestyle"] == {"max-line-length": 120, "max-doc-length": 100}
    assert {"E", "W", "D401"} <= set(lint["select"])
    switched_off = {*lint["ignore"], *(code for codes in lint["per-file-ignores"].values() for code in codes)}
    assert not switched_off & {"E", "W", "E501", "W505", "D401"}


PACKED = '''
@dataclass(frozen=True)
class Route:
    """A route. hop, port: where it leads."""

    hop: str
    """The next hop."""
    port: int
    _cache: int
'''


def test_the_rules_notice_what_they_forbid() -> None:
    assert packed(PACKED) == ["Route"]
    assert undocumented(PACKED) == ["Route.port"]
    assert undocumented(PACKED.replace("class Route", "class _Route")) == []
    assert without_docstring("@frozen\nclass _Hop:\n    at: int") == ["_Hop"]
    assert without_docstring(PACKED) == []
    assert special_fields("@frozen\nclass Hop:\n    most: ClassVar[int] = 3\n    at: int") == ["Hop.most"]
