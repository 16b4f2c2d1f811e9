"""Which tests run which line? Measured once with coverage, and kept until it is deleted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from coverage import CoverageData

MAP = Path(".mutants/coverage")
FAILED = MAP.parent / "v/cache/lastfailed"
"""Tests that failed without a mutant when the map was made, as pytest notes them."""

MOST_TESTS = 400
"""Tests that one mutant may meet. Those that run the least code come first."""


def measure() -> None:
    """Run the suite without the lab once, and note which test runs which line (15 minutes)."""
    MAP.parent.mkdir(exist_ok=True)
    settings = MAP.parent / "coveragerc"
    settings.write_text(f"[run]\nsource = diagnose,probes\ndata_file = {MAP}\n")
    pytest = [sys.executable, "-m", "pytest", "-q", "-m", "not lab", "-o", f"cache_dir={MAP.parent}"]
    run = subprocess.run(
        [*pytest, "--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report="], check=False
    )
    if run.returncode not in (0, 1):  # 1: a test failed. What it ran is known all the same.
        raise RuntimeError("pytest could not run the suite")


class Tests:
    """The tests of each line of some modules."""

    def __init__(self, modules: Iterable[str]) -> None:
        if not MAP.exists():
            measure()
        data = CoverageData(basename=str(MAP))
        data.read()
        self._failed = frozenset(json.loads(FAILED.read_text())) if FAILED.exists() else frozenset()
        self._tests: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._lines: dict[str, int] = defaultdict(int)
        wanted = {str(Path(module).absolute()): module for module in modules}
        for file in data.measured_files():
            for line, contexts in data.contexts_by_lineno(file).items():
                tests = {context.partition("|")[0] for context in contexts if context}
                for test in tests:
                    self._lines[test] += 1
                if file in wanted:
                    self._tests[wanted[file], line] |= tests

    def of(self, path: str, line: int) -> list[str]:
        """Return the tests that run a line, or the whole module if the line runs at its import.

        Those that failed without any mutant can tell nothing.
        """
        tests = self._tests[path, line] or {
            test for (module, _), tests in self._tests.items() if module == path for test in tests
        }
        return sorted(tests - self._failed, key=lambda test: (self._lines[test], test))[:MOST_TESTS]
