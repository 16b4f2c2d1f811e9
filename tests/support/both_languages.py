"""Does the Chinese text of a finding say all that the English one says?

`losses(statement)` names each value that only one of the two texts has, and English that is left in
the Chinese one. `tests/findings/test_both_languages.py` asks it of the samples in
`tests/golden/statements.jsonl`, the fullest statement of each code and cause that the tests make.
With `STATEMENTS=record` in its environment pytest keeps all statements in `.ci/statements/`, and
`python -m tests.support.both_languages` chooses the samples among them and those of before.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from diagnose.data.zh import sentences
from diagnose.findings.values import Statement, Value
from diagnose.findings.wording import Words, written
from diagnose.output.clean import clean
from probes.language import Language, language, use
from tests.support.english_left import english_in
from tests.support.places import PROJECT

TRANSLATED = frozenset({"log-alone", "log-unexplained", "log-disagrees", "log-answered", "log-named"})
"""Causes whose function translates what stands among the values: titles, and next checks."""

COMMON = frozenset({"vSwitch"})
"""Values that are common nouns, with a word of their own in Chinese."""

SAMPLES = PROJECT / "tests" / "golden" / "statements.jsonl"
RECORDED = PROJECT / ".ci" / "statements"

COUNTED = re.compile(r" and \d+ more|等 \d+ 个|另有 \d+ 项")
"""Both languages name the first few of a list, and count the rest in their own way."""
TEMPORARY = re.compile(r"/tmp/pytest-[\w/-]+/")
"""The folder of a test, in which its case lies."""
QUOTED = re.compile(r"“([^”]*)”")
"""What a program prints. Of one word it may be a name of ours, which is translated."""
NAMED = re.compile(r"[\w.:/=@+*-]*[A-Za-z0-9*]", re.ASCII)
VALUE = re.compile(r"\d|[\w)]\.\w|[/=@_]|^(TCP|UDP)$")
"""A word that no language changes: a number, host, port, network, file, path, option or address."""


def losses(statement: Statement) -> list[str]:
    """Return what one of the texts lacks, one line each."""
    english, chinese = (_written(statement, each) for each in get_args(Language))
    lacking = [
        *(f"lost: {value}" for value in _values(english) if not _stands(value, chinese)),
        *(f"lost: {value}" for value in _params(english, statement) if not _stands(value, chinese)),
        *(f"invented: {value}" for value in _values(chinese) if not _stands(value, english)),
        *(f"English: {text}" for text in english_in(_without_values(chinese, statement))),
    ]
    return [f"{statement.code} ({statement.cause}): {text}\n  {english}\n  {chinese}" for text in lacking]


def _written(statement: Statement, wanted: Language) -> str:
    """Return all text of the statement in one language."""
    before = language()
    use(wanted, _sentences(wanted))
    try:
        return all_of(written(statement, wanted))
    finally:
        use(before, _sentences(before))


def _sentences(wanted: Language) -> Mapping[str, str]:
    return sentences() if wanted == "zh" else {}


def all_of(text: Words) -> str:
    """Return title, sentence, detail and advice, one a line."""
    return "\n".join((text.title, text.sentence, text.detail, *text.advice))


def _values(text: str) -> Iterator[str]:
    """Yield what has to stand in both texts."""
    said = COUNTED.sub(" ", text)
    yield from (quoted for quoted in QUOTED.findall(said) if " " in quoted)
    yield from (word for word in NAMED.findall(said) if VALUE.search(word))


def _params(text: str, statement: Statement) -> Iterator[str]:
    """Yield the values of the finding that stand in the text, names and whole sentences."""
    leaves = [leaf.strip() for leaf in _leaves(statement.params)]
    leaves = [leaf for leaf in leaves if len(leaf) > 1 and not leaf.islower() and leaf not in COMMON]
    if statement.cause in TRANSLATED:
        leaves = [leaf for leaf in leaves if " " not in leaf]
    # "depends on x" may be the words of the sentence before the value "x".
    yield from (leaf for leaf in leaves if leaf in text and not any(f" {each}" in leaf for each in leaves))


def _stands(value: str, text: str) -> bool:
    """Return True if the value, or its English plural, is a word of the text."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}s?(?![A-Za-z0-9])", text) is not None


def _without_values(text: str, statement: Statement) -> str:
    """Return the text without the sentences among its values, which others translate."""
    for leaf in sorted(_leaves(statement.params), key=len, reverse=True):
        text = text.replace(leaf, "|").replace(clean(leaf), "|") if " " in leaf else text
    return text


def _leaves(value: Value) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, str):
        yield value


def variants(statement: Statement) -> Iterator[Statement]:
    """Yield the statement, and all that differ from it by one value: absent, or the other truth.

    Without the variants of which English has nothing to say either.
    """
    return (each for each in _variants(statement) if _has_english(each))


def _has_english(statement: Statement) -> bool:
    try:
        written(statement, "en")
    except (LookupError, ValueError):
        return False
    return True


def _variants(statement: Statement) -> Iterator[Statement]:
    yield statement
    for name, value in statement.params.items():
        rest = {key: each for key, each in statement.params.items() if key != name}
        yield Statement(rest, statement.code, statement.cause)
        if not value or value is True:
            yield Statement({**rest, name: not value}, statement.code, statement.cause)


def samples() -> list[Statement]:
    """Return the recorded statements, the fullest of each code and cause."""
    return [_read(line) for line in SAMPLES.read_text("utf-8").splitlines()]


def record(statement: Statement) -> None:
    """Keep a statement of a test, if the caller asked for it."""
    if os.environ.get("STATEMENTS") == "record":
        RECORDED.mkdir(parents=True, exist_ok=True)
        row = {"code": statement.code, "cause": statement.cause, "params": statement.params}
        with (RECORDED / f"{os.getpid()}.jsonl").open("a", encoding="ascii") as file:
            file.write(TEMPORARY.sub("", json.dumps(row)) + "\n")


def choose(folder: Path = RECORDED) -> None:
    """Write the samples: of all that were recorded, the fullest of each code and cause."""
    fullest: dict[tuple[str, str], str] = {}
    for file in filter(Path.exists, (SAMPLES, *sorted(folder.glob("*.jsonl")))):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            key = row["code"], str(row["cause"])
            fullest[key] = max(fullest.get(key, line), line, key=lambda each: _rank(json.loads(each)["params"], each))
    rows = (json.dumps(json.loads(line), ensure_ascii=False, sort_keys=True) for _, line in sorted(fullest.items()))
    SAMPLES.write_text("".join(f"{row}\n" for row in rows), "utf-8")


def _rank(params: Any, line: str) -> tuple[int, int, str]:
    """Order by the number of values that are there; of equal ones the shortest is the best."""
    return sum(bool(value) for value in params.values()), -len(line), line


def _read(line: str) -> Statement:
    row = json.loads(line)
    return Statement(row["params"], row["code"], row["cause"])


if __name__ == "__main__":
    choose()
