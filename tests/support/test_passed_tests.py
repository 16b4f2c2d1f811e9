"""Does a second run leave out what cannot end differently, and nothing else?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.passed_tests import DIRECTORY, main, missing, read_records, tree_digest
from tests.support.places import PROJECT

pytest_plugins = ["pytester"]

CONFTEST = "from tests.support.passed_tests import register as pytest_configure"

FIRST = """
import os, pytest, shutil, subprocess, sys

@pytest.mark.xdist_group("some")
def test_plain():
    pass

@pytest.mark.parametrize("number", [1, 2])
def test_numbers(number):
    pass

@pytest.mark.scaled("EMR_DIAGNOSE_FUZZ")
def test_scaled():
    pass

@pytest.mark.skipif("EMR_DIAGNOSE_LAB" not in os.environ, reason="no lab")
def test_lab():
    pass

@pytest.mark.xfail
def test_expected_to_fail():
    raise ValueError
"""

PROGRAMS = {
    "test_starts": "import subprocess, sys\ndef test_one():\n    subprocess.run([sys.executable, '-c', ''])\n",
    "test_looks": "import shutil\ndef test_one():\n    shutil.which('nft')\n",
    "test_imports": "import shutil\nFOUND = shutil.which('nft')\ndef test_one():\n    pass\n",
    "test_fixture": (
        "import pytest, shutil\n@pytest.fixture(scope='module')\ndef found():\n    return shutil.which('nft')\n"
        "def test_first(found):\n    pass\ndef test_one(found):\n    pass\n"
    ),
}
"""Modules whose test_one may end differently with another PATH."""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "passed"


@pytest.fixture
def run(pytester: pytest.Pytester, records: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest in a small project, with these environment variables."""
    for name in ("EMR_DIAGNOSE_LAB", "EMR_DIAGNOSE_FUZZ"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeconftest(CONFTEST)
    pytester.makeini("[pytest]\nmarkers =\n    scaled(variable): as the house has it\n")
    pytester.makepyfile(test_first=FIRST, **PROGRAMS)

    def run(*arguments: str, **environment: str) -> pytest.RunResult:
        monkeypatch.setenv(DIRECTORY, str(records))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    return run


def ran(records: Path) -> set[str]:
    """Return what the last run ran."""
    last = read_records(records)[-1]
    return {test.partition("::")[2] for test in (*last.passed, *last.skipped) if test.startswith("test_first")}


def test_the_second_run_leaves_out_what_passed(run: Run, records: Path) -> None:
    run().assert_outcomes(passed=9, skipped=1, xfailed=1)
    second = run()

    second.stdout.fnmatch_lines(["4 tests left out: an earlier run of this tree has passed them*"])
    assert ran(records) == {"test_lab", "test_expected_to_fail"}
    assert missing(read_records(records)) == []


def test_what_was_skipped_runs_if_it_can_now(run: Run, records: Path) -> None:
    run()
    run(EMR_DIAGNOSE_LAB="required")

    assert ran(records) == {"test_lab", "test_expected_to_fail"}
    assert "test_first.py::test_lab" in read_records(records)[-1].passed


def test_a_scaled_test_runs_again_if_its_variable_has_changed(run: Run, records: Path) -> None:
    run()
    run(EMR_DIAGNOSE_FUZZ="20000")

    assert ran(records) == {"test_lab", "test_expected_to_fail", "test_scaled"}


def test_a_module_that_starts_a_program_or_looks_for_one_runs_again(run: Run, records: Path) -> None:
    run()
    run()

    passed = read_records(records)[-1].passed
    assert [module for module in PROGRAMS if f"{module}.py::test_one" not in passed] == []


def test_a_module_in_which_a_test_failed_runs_that_test_again(
    run: Run, records: Path, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_fails="def test_good():\n    pass\n\ndef test_bad():\n    raise ValueError\n")
    run("test_fails.py").assert_outcomes(passed=1, failed=1)
    run("test_fails.py").assert_outcomes(failed=1, deselected=1)

    assert missing(read_records(records)) == ["test_fails.py::test_bad"]


def test_a_record_of_another_tree_is_refused(run: Run, pytester: pytest.Pytester) -> None:
    run()
    pytester.makepyfile(test_first="def test_plain():\n    raise ValueError\n")
    second = run()

    assert second.ret == pytest.ExitCode.USAGE_ERROR
    second.stderr.fnmatch_lines(["*has a record of another tree or interpreter"])


def test_a_tree_that_changes_while_it_runs_leaves_no_record(run: Run, records: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_writes="def test_one():\n    open('new.txt', 'w').close()\n")
    run()

    assert read_records(records) == []
    assert main(records) == 1


def test_with_workers_the_second_run_leaves_out_the_same(run: Run, records: Path) -> None:
    run("-n", "1", "--dist", "loadgroup")
    run("-n", "1", "--dist", "loadgroup")

    first, second = read_records(records)
    assert {"test_first.py::test_plain", "test_looks.py::test_one"} <= set(first.passed)
    assert ran(records) == {"test_lab", "test_expected_to_fail"}
    assert second.collected == first.collected
    assert second.programs == first.programs
    assert missing([first, second]) == []


def test_a_test_that_no_run_of_the_last_environment_has_is_missing(run: Run, records: Path) -> None:
    run()
    run("test_first.py", "-k", "lab", EMR_DIAGNOSE_LAB="required", EMR_DIAGNOSE_FUZZ="20000")
    assert "test_first.py::test_scaled" in missing(read_records(records))
    assert main(records) == 1

    run("test_first.py", "-k", "not lab", EMR_DIAGNOSE_LAB="required", EMR_DIAGNOSE_FUZZ="20000")
    assert "test_first.py::test_scaled" not in missing(read_records(records))


def test_a_pytest_that_a_test_starts_writes_no_record(run: Run, records: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_nested=f"import os\ndef test_one():\n    assert {DIRECTORY!r} not in os.environ\n")

    run("test_nested.py").assert_outcomes(passed=1)


def test_the_digest_is_of_names_and_bytes_and_not_of_what_tools_make(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    first = tree_digest(tmp_path)
    for made in (".venv", "__pycache__", "build", ".ci/hadoop"):
        (tmp_path / made).mkdir(parents=True)
        (tmp_path / made / "x").write_text("1")
    (tmp_path / ".coverage.1").write_text("1")
    assert tree_digest(tmp_path) == first

    (tmp_path / ".ci" / "run").write_text("1")
    second = tree_digest(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    third = tree_digest(tmp_path)
    (tmp_path / "b.py").write_text("2")
    assert len({first, second, third, tree_digest(tmp_path)}) == 4


def test_each_variable_that_ci_sets_marks_the_tests_that_read_it() -> None:
    """A test reads a variable of .ci/run itself, or through a name of its module or conftest.py."""
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    variables = set(re.findall(r"\b(EMR_DIAGNOSE_\w+)=", script)) - {DIRECTORY, "EMR_DIAGNOSE_LAB"}
    assert variables == {"EMR_DIAGNOSE_FUZZ", "EMR_DIAGNOSE_REDACTED"}
    for file in (PROJECT / "tests").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for variable in variables:
            if re.search(rf'environ(\.get\(|\[)"{variable}"', text):
                assert f'scaled("{variable}")' in text, file
