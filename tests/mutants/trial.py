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

LIBRARIES = ["click", "cryptography", "dns.resolver", "lxml.html", "msgspec", "netaddr", "rich.console", "jsonschema"]
HANG_SECONDS = 120
"""Time of one test."""
FEW = 30
"""Tests that are tried first: to collect them all takes longer than to run these."""


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


class _Alarm:
    """Give each test its own time. One that hangs has noticed the mutant, a long list has not."""

    def pytest_runtest_logstart(self) -> None:
        signal.alarm(HANG_SECONDS)


def _child(mutant: Mutant, tests: Sequence[str]) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _replace(mutant)
    passed = all(_run(some) == pytest.ExitCode.OK for some in (tests[:FEW], tests[FEW:]) if some)
    os._exit(0 if passed else 1)


def _run(tests: Sequence[str]) -> int:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *tests], plugins=[_Alarm()]))


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
