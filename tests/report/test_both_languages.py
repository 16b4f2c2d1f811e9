"""Is the answer the same in both languages, apart from its sentences?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.places import FIXTURES

CASES = sorted(path for path in FIXTURES.iterdir() if path.is_dir())
NETWORK = ("--from", "192.168.10.0/24")
SENTENCES = {
    "assumed",
    "cause",
    "check",
    "detail",
    "error",
    "fact",
    "language",
    "missing",
    "needs",
    "sends",
    "settle_by",
    "text",
    "title",
    "when",
    "why",
}
"""Fields that hold sentences. A program that reads a report takes them as they are."""

RUNS = {"started_at", "duration_ms"}
"""Fields that differ in each run."""


def differing(one: object, other: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each value that is not the same. Items of a list have the path of the
    list."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert list(one) == list(other), path
        for key in one:
            yield from differing(one[key], other[key], (*path, key))
    elif isinstance(one, list) and isinstance(other, list):
        assert len(one) == len(other), path
        for item, its_twin in zip(one, other, strict=True):
            yield from differing(item, its_twin, path)
    elif one != other:
        yield path


def may_differ(path: tuple[str, ...]) -> bool:
    """Return True for a sentence, and for the named values of one: some are clauses."""
    return path[-1] in SENTENCES or path[-1] in RUNS or path[:2] == ("findings", "params")


def answer(language: str, arguments: Sequence[str]) -> tuple[int, Any]:
    result = CliRunner().invoke(main, [*arguments, "--format", "json", "--lang", language])
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
@pytest.mark.parametrize("command", ["check", "plan"])
def test_only_sentences_differ(command: str, case: Path) -> None:
    arguments = [command, str(case), *NETWORK, *(["--offline"] if command == "check" else [])]
    english, chinese = answer("en", arguments), answer("zh", arguments)

    assert english[0] == chinese[0]
    assert {path for path in differing(english[1], chinese[1]) if not may_differ(path)} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_values_of_a_finding_differ_in_text_alone(case: Path) -> None:
    arguments = ["check", str(case), "--offline", *NETWORK]
    found = [answer(language, arguments)[1]["findings"] for language in ("en", "zh")]

    for english, chinese in zip(*found, strict=True):
        for path in differing(english["params"], chinese["params"]):
            assert _texts_at(english["params"], path), path


def _texts_at(value: Any, path: tuple[str, ...]) -> bool:
    """Return True if only texts stand at this path of a value."""
    if isinstance(value, list):
        return all(_texts_at(item, path) for item in value)
    return _texts_at(value.get(path[0]), path[1:]) if path else isinstance(value, str)
