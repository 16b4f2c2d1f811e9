"""Does mutation change one place at a time, and only where the program runs?"""

from __future__ import annotations

import ast

import pytest

from tests.mutants.mutation import mutants


def changes(source: str) -> list[str]:
    return [mutant.what for mutant in mutants("m.py", source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["`a < b` -> `a <= b`"]),
        ("a < b <= c", ["`a < b <= c` -> `a <= b <= c`", "`a < b <= c` -> `a < b < c`"]),
        ("x is not None", ["`x is not None` -> `x is None`"]),
        ("a and b", ["`a and b` -> `a or b`"]),
        ("not a", ["`not a` -> `a`"]),
        ("7", ["`7` -> `8`"]),
        ("True", ["`True` -> `False`"]),
        ("any(x)", ["`any(x)` -> `all(x)`"]),
        ("a + b", ["`a + b` -> `a - b`"]),
        ("[x for x in y if x]", []),
        ("[x for x in y if not x]", ["`not x` -> `x`"]),
        ("'7'", []),
    ],
)
def test_each_place_is_changed_in_each_way(source: str, expected: list[str]) -> None:
    assert changes(source) == expected


def test_what_does_not_run_is_left_alone() -> None:
    assert changes('@deco(1)\ndef f(x: "a[1]") -> "b[2]":\n    """Text 3."""\n    y: t[4] = None\n') == []


def test_a_mutant_is_the_module_with_one_change() -> None:
    first, second = mutants("m.py", "def f(a):\n    return a == 1\n")
    assert (first.line, first.source) == (2, "def f(a):\n    return a != 1")
    assert (second.line, second.source) == (2, "def f(a):\n    return a == 2")
    assert second.name == "m.py:2: `1` -> `2`"
    ast.parse(first.source)
