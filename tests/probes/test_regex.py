"""Does a regular expression that is compiled late do what a compiled one does?"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import diagnose
import probes
from probes import regex as module
from probes.regex import regex
from tests.support.places import PROJECT


def test_it_is_compiled_once_and_only_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    class Counted:
        @staticmethod
        def compile(text: str, flags: int) -> re.Pattern[str]:
            compiled.append(text)
            return re.compile(text, flags)

    monkeypatch.setattr(module, "re", Counted)
    word = regex(r"(?P<word>[a-z]+)", re.IGNORECASE)
    assert compiled == []
    assert word.fullmatch("Word") is not None
    assert word.sub("x", "a b") == "x x"
    assert word.groupindex == {"word": 1}
    assert word.pattern == r"(?P<word>[a-z]+)"
    assert compiled == [r"(?P<word>[a-z]+)"]


def test_it_takes_bytes() -> None:
    assert regex(rb"\d+").findall(b"1 22") == [b"1", b"22"]


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="matches"):
        regex("a").matches  # type: ignore[attr-defined]  # noqa: B018 - the look-up is what is tested


def at_import(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from at_import(child)


def compiled_at_import(source: str) -> list[int]:
    """Return the lines of a module that compile a regular expression when it is imported."""
    return [call.lineno for call in at_import(ast.parse(source)) if ast.unparse(call.func) == "re.compile"]


def test_no_module_compiles_a_regular_expression_when_it_is_imported() -> None:
    files = [file for package in ("probes", "diagnose") for file in (PROJECT / package).rglob("*.py")]
    found = {str(file.relative_to(PROJECT)): compiled_at_import(file.read_text("utf-8")) for file in files}
    assert {file: lines for file, lines in found.items() if lines} == {}
    assert compiled_at_import("A = (re.compile('a'),)\ndef b():\n    return re.compile('b')") == [1]


def expressions(value: object) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    if isinstance(value, module._Regex):
        yield value  # type: ignore[misc]
    elif isinstance(value, tuple | list):
        for each in value:
            yield from expressions(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from expressions(each)


def test_each_expression_of_a_module_can_be_compiled() -> None:
    # Nothing else would notice a wrong one of which no test reads the text.
    names = [
        each.name
        for package in (probes, diagnose)
        for each in pkgutil.walk_packages([str(Path(package.__file__ or "").parent)], f"{package.__name__}.")
        if not each.name.endswith("__main__")
    ]
    found = [
        each for name in names for value in vars(importlib.import_module(name)).values() for each in expressions(value)
    ]
    assert len({id(each) for each in found}) > 300
    assert min(each.groups for each in found) == 0
