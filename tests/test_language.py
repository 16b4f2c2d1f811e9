"""Is every sentence there in both languages, with the same values?"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

from diagnose.data.zh import sentences, tables
from probes.language import language, tr, use
from tests.support.places import PROJECT

CHINESE = re.compile("[\u4e00-\u9fff：；、，。（]")
"""An ideograph, or a full stop, comma or bracket of Chinese text."""

CALLS = ("tr", "marked")
"""Functions whose first argument, if it is a literal, is a sentence."""


def templates() -> Mapping[str, str]:
    """Return each English sentence of the code, and one place where it stands."""
    files = (file for package in ("probes", "diagnose") for file in sorted((PROJECT / package).rglob("*.py")))
    return dict(pair for file in files for pair in _templates_of(file))


def _templates_of(file: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            (template, *_) = node.args
            if isinstance(template, ast.Constant):
                assert isinstance(template.value, str)
                yield template.value, f"{file.relative_to(PROJECT)}:{node.lineno}"
            else:
                is_constant = node.func.id == "tr" and not isinstance(template, ast.JoinedStr)
                assert is_constant, f"{file}:{node.lineno}: a sentence with values is a template: tr('{{name}} …')"


def names_in(template: str) -> set[str]:
    return {name.partition(".")[0].partition("[")[0] for _, name, _, _ in Formatter().parse(template) if name}


def test_every_sentence_has_a_chinese_one() -> None:
    spoken = sentences()
    assert {template: place for template, place in templates().items() if template not in spoken} == {}


def test_every_chinese_sentence_is_used_and_stands_once() -> None:
    known = templates()
    counted = Counter(english for table in tables().values() for english in table)

    assert [english for english in counted if english not in known] == []
    assert [english for english, times in counted.items() if times > 1] == []


def test_a_translation_has_the_same_values() -> None:
    for english, chinese in sentences().items():
        optional = {name for name in names_in(english) if name == "s" or name.endswith("_en")}
        assert names_in(chinese) - names_in(english) == set(), english
        assert names_in(english) - names_in(chinese) - optional == set(), english


def test_a_translation_is_chinese() -> None:
    for english, chinese in sentences().items():
        assert chinese.strip(), english
        assert chinese == english or CHINESE.search(chinese), english


def test_values_are_put_into_the_sentence_of_the_language() -> None:
    use("zh", {"{who} refuses": "{who} 拒绝", "done {": "完成 {"})

    assert language() == "zh"
    assert tr("{who} refuses", who="master-1-1") == "master-1-1 拒绝"
    assert tr("done {") == "完成 {"  # no values: nothing is formatted
    assert tr("{who} is not translated", who="x") == "x is not translated"
