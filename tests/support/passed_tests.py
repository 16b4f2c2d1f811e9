"""Which tests has an earlier run of the same tree passed, so that a later run leaves them out?

EMR_DIAGNOSE_PASSED names a directory. Each run of pytest reads the records in it, leaves out what
cannot end differently now, and adds a record of its own. A test runs again if

- no earlier run has passed it: it was skipped, it failed, or it is new;
- a test of its module starts a program or looks for one, because PATH may differ;
- it has the mark `scaled`, and the variable that the mark names has another value now.

A record of another tree or interpreter ends the run. `python -m tests.support.passed_tests
DIRECTORY` fails unless each test has passed, or was skipped in the last run too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

DIRECTORY: Final = "EMR_DIAGNOSE_PASSED"
"""Environment variable with the directory of the records. Without it every test runs."""

STARTS: Final = frozenset({"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"})
"""Audit events of a program that starts."""

MADE: Final = frozenset({"__pycache__", "build", "dist"})
"""Directories that tools make. So are those that begin with a dot."""

PROGRAMS: Final = "programs"
"""Key in the user properties of a test report. The test starts a program or looks for one."""


class RunRecord(msgspec.Struct, frozen=True):
    """What one run of pytest did."""

    tree: str
    """Digest of the project's files."""
    interpreter: str
    """Path and version of Python."""
    environment: dict[str, str]
    """Each EMR_DIAGNOSE variable, and PATH."""
    collected: list[str]
    """Each test that was found, before any was deselected."""
    left_out: list[str]
    """What did not run because an earlier run has passed it."""
    passed: list[str]
    """What ran and passed."""
    skipped: list[str]
    """What was skipped, or failed as it was expected to."""
    programs: list[str]
    """Modules with a test that starts a program or looks for one."""


def tree_digest(root: Path) -> str:
    """Return a digest of the names and bytes of the project's files, without what tools make."""
    digest = hashlib.sha256()
    for file in sorted(_sources(root)):
        digest.update(f"{file.relative_to(root)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode())
    return digest.hexdigest()


def _sources(directory: Path) -> Iterator[Path]:
    for entry in directory.iterdir():
        if entry.name == ".ci":
            # Its directories hold what .ci/install fetches.
            yield from (file for file in entry.iterdir() if file.is_file())
        elif entry.is_file() and not entry.name.startswith(".coverage"):
            yield entry
        elif entry.is_dir() and entry.name not in MADE and not entry.name.startswith("."):
            yield from _sources(entry)


def _interpreter() -> str:
    return f"{sys.executable} {sys.version}"


def _environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name.startswith("EMR_DIAGNOSE_")}
    return {**ours, "PATH": os.environ.get("PATH", "")}


def read_records(directory: Path) -> list[RunRecord]:
    """Return the records in the order in which they were written."""
    decoder = msgspec.json.Decoder(RunRecord)
    return [decoder.decode(file.read_bytes()) for file in sorted(directory.glob("*.json"))]


def passed_whatever_path(records: Iterable[RunRecord]) -> dict[str, dict[str, str]]:
    """Return each passed test whose module starts no program, with the environment of its run."""
    records = list(records)
    programs = {module for record in records for module in record.programs}
    return {test: record.environment for record in records for test in record.passed if module_of(test) not in programs}


def module_of(test: str) -> str:
    """Return the file of a test."""
    return test.partition("::")[0]


def is_scaled(item: pytest.Item, then: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Return True if a variable that the test's mark names has another value now."""
    names = [str(name) for mark in item.iter_markers("scaled") for name in mark.args]
    return any(then.get(name) != now.get(name) for name in names)


class _Starts:
    """Has this process started a program, or looked for one, since it was last asked?"""

    happened = False


@cache
def _watch() -> None:
    """Notice from now on what starts. An audit hook cannot be removed."""

    def notice(event: str, arguments: tuple[object, ...]) -> None:
        if event in STARTS:
            _Starts.happened = True

    sys.addaudithook(notice)


def _noticed(which: Callable[..., str | None]) -> Callable[..., str | None]:
    def noticed(*words: Any, **options: Any) -> str | None:
        _Starts.happened = True
        return which(*words, **options)

    return noticed


class PassedTests:
    """The plugin of pytest that leaves out what has passed, and records what passes.

    With pytest-xdist each worker has one, which leaves tests out. The process that started them has
    another, which reads and writes the records.
    """

    def __init__(self, config: pytest.Config) -> None:
        given: Mapping[str, Any] = getattr(config, "workerinput", {})
        self._is_worker = bool(given)
        # A pytest that a test starts is no part of this run.
        self._directory = Path(given[DIRECTORY] if self._is_worker else os.environ.pop(DIRECTORY)).resolve()
        self._root = config.rootpath
        self._tree = "" if self._is_worker else tree_digest(self._root)
        self._environment = _environment()
        self._passed = passed_whatever_path(self._records())
        self._collected: list[str] = []
        self._left_out: list[str] = []
        self._programs: set[str] = set()
        self._outcomes: dict[str, set[str]] = {}
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(shutil, "which", _noticed(shutil.which))
        _watch()

    def _records(self) -> list[RunRecord]:
        """Return the records of earlier runs. UsageError if one saw another tree."""
        self._directory.mkdir(parents=True, exist_ok=True)
        records = read_records(self._directory)
        is_other = any((record.tree, record.interpreter) != (self._tree, _interpreter()) for record in records)
        if is_other and not self._is_worker:
            raise pytest.UsageError(f"{DIRECTORY}: {self._directory} has a record of another tree or interpreter")
        return records

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where the records are."""
        node.workerinput[DIRECTORY] = str(self._directory)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker has collected. All workers collect the same."""
        collected, left_out, programs = getattr(node, "workeroutput", {}).get(DIRECTORY, ([], [], []))
        self._collected, self._left_out = collected or self._collected, left_out or self._left_out
        self._programs.update(programs)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Note a module that looks for a program when it is imported."""
        _Starts.happened = False
        report = yield
        if _Starts.happened:
            self._programs.add(module_of(collector.nodeid))
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
        """Leave out what cannot end differently, after every other hook has chosen."""
        # pytest-xdist adds the name of a group later.
        names = {item: item.nodeid for item in items}
        self._collected = list(names.values())
        yield
        left_out = {item: names[item] for item in items if self._cannot_differ(item, names[item])}
        if left_out:
            items[:] = [item for item in items if item not in left_out]
            self._left_out = list(left_out.values())
            config.hook.pytest_deselected(items=list(left_out))

    def _cannot_differ(self, item: pytest.Item, name: str) -> bool:
        then = self._passed.get(name)
        return then is not None and not is_scaled(item, then, self._environment)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Begin a test that has started nothing yet."""
        _Starts.happened = False
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note in the report that the test has started a program."""
        report = yield
        if _Starts.happened:
            report.user_properties.append((PROGRAMS, "started"))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep how each part of a test ended."""
        self._outcomes.setdefault(report.nodeid, set()).add(report.outcome)
        if PROGRAMS in (key for key, _ in report.user_properties):
            self._programs.add(module_of(report.nodeid))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the record, or hand a worker's part of it on."""
        if self._is_worker:
            output: dict[str, Any] = session.config.workeroutput  # type: ignore[attr-defined]
            output[DIRECTORY] = (self._collected, self._left_out, sorted(self._programs))
        elif tree_digest(self._root) == self._tree:
            number = len(list(self._directory.glob("*.json")))
            (self._directory / f"{number:03}.json").write_bytes(msgspec.json.encode(self._record()))

    def _record(self) -> RunRecord:
        collected = set(self._collected)
        outcomes = {
            test if test in collected else test.rpartition("@")[0]: outcomes
            for test, outcomes in self._outcomes.items()
        }
        return RunRecord(
            self._tree,
            _interpreter(),
            self._environment,
            self._collected,
            self._left_out,
            [test for test, outcomes in outcomes.items() if outcomes == {"passed"}],
            [test for test, outcomes in outcomes.items() if outcomes - {"passed"} == {"skipped"}],
            sorted(self._programs),
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say in one line how many tests were left out."""
        if self._left_out:
            terminalreporter.write_line(
                f"{len(self._left_out)} tests left out: an earlier run of this tree has passed them ({DIRECTORY})"
            )

    def pytest_unconfigure(self) -> None:
        """Look for programs as before."""
        self._patch.undo()


def register(config: pytest.Config) -> None:
    """Leave out what has passed, if EMR_DIAGNOSE_PASSED says where that is recorded."""
    if os.environ.get(DIRECTORY) or DIRECTORY in getattr(config, "workerinput", {}):
        config.pluginmanager.register(PassedTests(config))


def missing(records: Sequence[RunRecord]) -> list[str]:
    """Return each test that has no place in the runs of the last environment.

    It did not pass there, was not skipped, and was not left out for a run that passed it.
    """
    last = [record for record in records if record.environment == records[-1].environment]
    passed = {test for record in records for test in record.passed}
    left_out = {test for record in last for test in record.left_out} & passed
    ran = {test for record in last for test in (*record.passed, *record.skipped)}
    return sorted({test for record in records for test in record.collected} - ran - left_out)


def main(directory: Path) -> int:
    """Print what was missed or skipped, and how many tests there are. Return the exit code."""
    records = read_records(directory)
    if len({(record.tree, record.interpreter) for record in records}) != 1:
        print(f"{directory} has no record, or records of several trees")
        return 1
    every = {test for record in records for test in record.collected}
    lost = missing(records)
    skipped = every.difference(lost, *(record.passed for record in records))
    for words, tests in (("neither passed nor left out", lost), ("skipped in each run", sorted(skipped))):
        for test in tests:
            print(f"{words}: {test}")
    passed = sum(len(record.passed) for record in records)
    print(f"{len(every)} tests: {passed} times one passed, {len(skipped)} never ran, {len(lost)} were lost")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
