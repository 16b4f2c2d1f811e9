"""Do tests fail with a mutant in place of its module? Each trial is a fork of one process."""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import signal
import sys
import types
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mutants.mutation import Mutant
from tests.mutants.tests_of import MAP

LIBRARIES = ["click", "cryptography", "dns.resolver", "lxml.etree", "msgspec", "netaddr", "rich.console", "jsonschema"]
HANG_SECONDS = 120


def load_libraries() -> None:
    """Import what the project needs, so that each fork has it. Nothing of the project itself."""
    for name in LIBRARIES:
        importlib.import_module(name)


def start(mutant: Mutant, tests: Sequence[str]) -> int:
    """Start a process that ends with 0 if all tests pass with the mutant. Return its pid."""
    child = os.fork()
    if child == 0:
        _child(mutant, tests)
    return child


def failing(tests: Sequence[str]) -> set[str]:
    """Return which of these tests fail with no mutant at all: they can tell nothing here."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        plugin = _Failures()
        ended = _run(tests, plugin)
        with os.fdopen(write, "w") as pipe:
            pipe.write("\n".join(sorted(plugin.failed)))
        os._exit(0 if ended in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else 1)
    os.close(write)
    with os.fdopen(read) as pipe:
        failed = set(pipe.read().splitlines())
    if os.waitpid(child, 0)[1]:
        raise RuntimeError(f"pytest could not run the tests; delete {MAP} if they have changed")
    return failed


class _Failures:
    def __init__(self) -> None:
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)


def _child(mutant: Mutant, tests: Sequence[str]) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(HANG_SECONDS)
    _replace(mutant)
    os._exit(0 if _run(tests) == pytest.ExitCode.OK else 1)


def _run(tests: Sequence[str], *plugins: object) -> int:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    options = ["-q", "-p", "no:cacheprovider"]
    if not plugins:
        options += ["-x"]
    return int(pytest.main([*options, *tests], plugins=list(plugins)))


def _replace(mutant: Mutant) -> None:
    """Let the import of the mutant's module compile the changed source, and write no bytecode."""
    sys.dont_write_bytecode = True
    path = str(Path(mutant.path).absolute())
    ordinary = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader: importlib.machinery.SourceFileLoader, fullname: str) -> types.CodeType | None:
        if loader.path == path:
            return compile(mutant.source, path, "exec")
        return ordinary(loader, fullname)

    with contextlib.suppress(KeyError):
        del sys.modules[mutant.path.removesuffix(".py").replace("/", ".")]
    pytest.MonkeyPatch().setattr(importlib.machinery.SourceFileLoader, "get_code", get_code)
