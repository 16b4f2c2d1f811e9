"""Try mutants in a program that is loaded once, with the tests of some rooms.

Quicker than `trial`: pytest collects once. Each mutant is a fork in which its function gets other
code.
"""

from __future__ import annotations

import ast
import functools
import gc
import inspect
import json
import os
import signal
import sys
import time
import traceback
import types
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from coverage import Coverage

from tests.mutants.mutation import Mutant

MOST_TESTS = 150
"""Tests that one mutant may meet. The quickest come first."""
HANG_SECONDS = 60
"""Time of one test."""
COMPREHENSIONS = frozenset({"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"})
BROKEN = 3
"""Status of a fork that could not do its work."""
OWN = ("probes.", "diagnose.", "tests.")

_Key = tuple[str, str, int, bytes]
Functions = Mapping[_Key, types.CodeType]
"""The code that a function of the program gets: by its file, name, first line and columns."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a mutant exchanges in the program."""

    functions: Sequence[types.FunctionType]
    """Functions and methods of some modules."""
    results: Sequence[functools._lru_cache_wrapper[object]]
    """Caches that are not empty."""


def in_rooms(chosen: Sequence[Mutant], rooms: Sequence[str]) -> Iterator[tuple[Mutant, bool | list[str]]]:
    """Yield each mutant with whether a test fails.

    If its line runs at import, it cannot be tried here: yield the tests that run its module.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        code = pytest.main(
            ["-q", "-s", "-p", "no:cacheprovider", "-m", "not lab", *rooms], plugins=[_Loop(chosen, writer)]
        )
        os._exit(BROKEN if code == pytest.ExitCode.INTERNAL_ERROR else 0)
    os.close(writer)
    with os.fdopen(reader) as results:
        for line in results:
            number, result = json.loads(line)
            yield chosen[number], result
    if _status(pid) == BROKEN:
        raise RuntimeError("pytest could not try the mutants")


class _Loop:
    """A plugin of pytest: instead of running each test once, try the mutants."""

    def __init__(self, chosen: Sequence[Mutant], results: int) -> None:
        self._chosen = chosen
        self._results = results

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        sources = {mutant.path: Path(mutant.path).read_text() for mutant in self._chosen}
        passing, by_line = _measured(session.items, list(sources))
        loaded = loaded_now(sources)
        gc.freeze()  # a fork then shares the objects that it only reads
        for number, mutant in enumerate(self._chosen):
            lines = by_line[mutant.path]
            functions = changed_functions(sources[mutant.path], mutant)
            running = set().union(*lines.values()) if functions is None else lines.get(mutant.line, set())
            tests = [session.items[at] for at in passing if at in running][:MOST_TESTS]
            result: bool | list[str] = [item.nodeid for item in tests]
            if functions is not None:
                status = _status(_fork(functools.partial(_failures, tests, functions, loaded)))
                result = status not in (0, BROKEN)
            os.write(self._results, (json.dumps([number, result]) + "\n").encode())
        return True


def _measured(
    items: Sequence[pytest.Item], paths: Sequence[str]
) -> tuple[list[int], Mapping[str, Mapping[int, set[int]]]]:
    """Run each test once in a fork.

    Return the places of those that pass, the quickest first, and the tests of each module and line.
    """
    reader, writer = os.pipe()

    def measure() -> int:
        os.close(reader)
        coverage = Coverage(data_file=None, config_file=False, include=[str(Path(path).absolute()) for path in paths])
        coverage.start()
        seconds: dict[int, float] = {}
        for at, item in enumerate(items):
            coverage.switch_context(str(at))
            start = time.perf_counter()
            following = items[at + 1] if at + 1 < len(items) else None
            if all(not report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
                seconds[at] = time.perf_counter() - start
        coverage.stop()
        data = coverage.get_data()
        by_line = [
            [path, line, [int(context) for context in contexts if context]]
            for path in paths
            for line, contexts in data.contexts_by_lineno(str(Path(path).absolute())).items()
        ]
        with os.fdopen(writer, "w") as file:
            json.dump([sorted(seconds, key=seconds.__getitem__), by_line], file)
        return 0

    pid = _fork(measure)
    os.close(writer)
    with os.fdopen(reader) as file:
        passing, rows = json.load(file)
    _status(pid)
    tests: dict[str, dict[int, set[int]]] = defaultdict(dict)
    for path, line, contexts in rows:
        tests[path][line] = set(contexts)
    return passing, tests


def _failures(tests: Sequence[pytest.Item], functions: Functions, loaded: Loaded) -> int:
    """Return 1 if a test fails with other code in these functions."""
    exchange(functions, loaded)
    # The text of a failure is not wanted, and to import what writes it takes seconds.
    sys.modules["hypothesis.extra._patching"] = None  # type: ignore[assignment]
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for item, following in zip(tests, [*tests, None][1:], strict=True):
        signal.alarm(HANG_SECONDS)
        if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
            return 1
    return 0


def _fork(run: Callable[[], int]) -> int:
    """Start a process without output that ends with the status of `run`. Return its pid."""
    child = os.fork()
    if child == 0:
        status, said = BROKEN, os.dup(2)
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            status = run()
        finally:
            if status == BROKEN:
                os.dup2(said, 2)
                traceback.print_exc()
            os._exit(status)
    return child


def _status(pid: int) -> int:
    """Wait for a fork and return its status. One that hangs ends by its alarm, with -SIGALRM."""
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def changed_functions(source: str, mutant: Mutant) -> Functions | None:
    """Return the code of each function of a mutant. None if what has changed runs at import."""
    file = str(Path(mutant.path).absolute())
    plain = [*_codes(compile(ast.unparse(ast.parse(source)), file, "exec"))]
    after = [*_codes(compile(mutant.source, file, "exec"))]
    if [code.co_qualname for code, _ in plain] != [code.co_qualname for code, _ in after]:
        return None
    if any(at_import for (old, at_import), (new, _) in zip(plain, after, strict=True) if _own(old) != _own(new)):
        return None
    before = _codes(compile(source, file, "exec"))
    return {_key(old): new for (old, _), (new, _) in zip(before, after, strict=True)}


def exchange(functions: Functions, loaded: Loaded) -> None:
    """Give the functions that are loaded their other code, and forget what was computed before."""
    for function in loaded.functions:
        function.__code__ = functions.get(_key(function.__code__), function.__code__)
    for results in loaded.results:
        results.cache_clear()


def loaded_now(paths: Iterable[str]) -> Loaded:
    """Look for the functions of these modules, and for all that was computed before and is kept."""
    files = {str(Path(path).absolute()) for path in paths}
    objects = gc.get_objects()
    functions = [
        each for each in objects if isinstance(each, types.FunctionType) and each.__code__.co_filename in files
    ]
    kept = [each for each in objects if isinstance(each, functools._lru_cache_wrapper)]
    return Loaded(functions, [each for each in kept if each.__module__.startswith(OWN) and each.cache_info().currsize])


def _key(code: types.CodeType) -> _Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno, code.co_linetable


def _own(code: types.CodeType) -> object:
    """Return what a function does itself, without the functions inside of it."""
    return code.co_code, code.co_names, [repr(each) for each in code.co_consts if not isinstance(each, types.CodeType)]


def _codes(code: types.CodeType, at_import: bool = True) -> Iterator[tuple[types.CodeType, bool]]:
    """Yield a module, its classes and functions, each with whether it runs at import."""
    yield code, at_import
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            is_called = inner.co_flags & inspect.CO_OPTIMIZED and inner.co_name not in COMPREHENSIONS
            yield from _codes(inner, at_import and not is_called)
