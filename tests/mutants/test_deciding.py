"""Does the list of deciding modules name what is there?"""

from __future__ import annotations

import tomllib

from tests.support.places import PROJECT

DECIDING = tomllib.loads((PROJECT / "tests/mutants/deciding.toml").read_text("utf-8"))


def test_every_deciding_module_exists() -> None:
    assert [module for module in DECIDING["modules"] if not (PROJECT / module).is_file()] == []


def test_every_mutant_that_changes_nothing_is_of_a_line_that_its_module_has() -> None:
    # A row whose line is gone excuses nothing, and its mutant counts as a survivor.
    gone = [
        row
        for row in DECIDING["equivalent"]
        if row["line"] not in map(str.strip, (PROJECT / row["module"]).read_text("utf-8").splitlines())
    ]
    assert gone == []
