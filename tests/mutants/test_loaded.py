"""Does a function that is loaded already behave like its mutant?"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutants.loaded import changed_functions, exchange, in_rooms, loaded_now
from tests.mutants.mutation import Mutant, mutants

SOURCE = '''
"""A module with its functions."""

from functools import cache

LEAST = 3
SQUARES = [x for x in range(9) if x != 4]


class Scale:
    factor = 7

    def of(self, x: int) -> bool:
        return any(x * self.factor == y and x < 6 for y in range(30))


@cache
def is_large(x: int) -> bool:
    return x > LEAST


def larger(rows, than=5):
    return sorted(rows, key=lambda row: row - than)
'''


@pytest.fixture
def loaded(tmp_path: Path) -> ModuleType:
    path = tmp_path / "sample.py"
    path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("tests.mutants.sample", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mutant(module: ModuleType, what: str) -> Mutant:
    (one,) = (each for each in mutants(str(module.__file__), SOURCE) if each.what == what)
    return one


def test_a_loaded_function_gets_its_other_code_and_forgets_its_results(loaded: ModuleType) -> None:
    assert not loaded.is_large(3)

    functions = changed_functions(SOURCE, mutant(loaded, "`x > LEAST` -> `x >= LEAST`"))
    assert functions is not None
    exchange(functions, loaded_now([str(loaded.__file__)]))

    assert loaded.is_large(3)


def test_what_a_method_does_in_a_generator_is_changed_too(loaded: ModuleType) -> None:
    what = "`x * self.factor == y and x < 6` -> `x * self.factor == y or x < 6`"
    functions = changed_functions(SOURCE, mutant(loaded, what))
    assert functions is not None
    assert [loaded.Scale().of(x) for x in (4, 5)] == [True, False]

    exchange(functions, loaded_now([str(loaded.__file__)]))

    assert [loaded.Scale().of(x) for x in (4, 5)] == [True, True]


@pytest.mark.parametrize("what", ["`3` -> `4`", "`x != 4` -> `x == 4`", "`4` -> `5`", "`7` -> `8`", "`5` -> `6`"])
def test_what_runs_at_import_cannot_be_exchanged(loaded: ModuleType, what: str) -> None:
    assert changed_functions(SOURCE, mutant(loaded, what)) is None


def test_a_mutant_is_killed_by_a_test_of_the_rooms_that_runs_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a test for the half of a module, and one that fails without any mutant
    module = tmp_path / "halves.py"
    module.write_text("LEAST = 5\n\n\ndef used(x):\n    return x < LEAST\n\n\ndef unused(x):\n    return x == 1\n")
    (tmp_path / "test_halves.py").write_text(
        "import halves\n\n\ndef test_used():\n    assert not halves.used(5)\n\n\n"
        "def test_failing():\n    assert halves.unused(2)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    results = [
        (mutant.what, result)
        for mutant, result in in_rooms([*mutants(str(module), module.read_text())], [str(tmp_path)])
    ]

    (_, tests), *others = results
    assert isinstance(tests, list)
    assert [test.rpartition("::")[2] for test in tests] == ["test_used"]
    assert others == [("`x < LEAST` -> `x <= LEAST`", True), ("`x == 1` -> `x != 1`", False), ("`1` -> `2`", False)]
