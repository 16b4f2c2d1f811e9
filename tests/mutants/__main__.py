"""How many mutants do the tests kill? `python -m tests.mutants [--each N] [MODULE …]` prints it."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.mutants.loaded import in_rooms
from tests.mutants.mutation import Mutant, mutants
from tests.mutants.tests_of import Tests
from tests.mutants.trial import load_libraries, start

AIM = 0.95
"""Share of the mutants that are not equivalent which the tests must kill."""


def main() -> int:
    """Try the mutants and return 0 if the tests kill enough of them."""
    options = _options()
    table = tomllib.loads((Path(__file__).parent / "deciding.toml").read_text())
    modules = options.modules or table["modules"]
    equivalent = {(row["module"], row["line"], row["change"]) for row in table["equivalent"]}
    load_libraries()
    os.environ["CI"] = "true"  # the same examples of hypothesis each time
    os.environ["NO_SHRINKING"] = "true"
    some = _again(options.again) if options.again else [mutant for each in modules for mutant in _chosen(each, options)]
    chosen = [mutant for mutant in some if _key(mutant) not in equivalent]

    survivors = 0
    for mutant, is_killed in _results(chosen, modules, options):
        print("killed  " if is_killed else "survives", mutant.name, flush=True)
        survivors += not is_killed
    killed = len(chosen) - survivors
    print(f"{killed} of {len(chosen)} mutants killed ({killed / len(chosen):.1%}); aim {AIM:.0%}")
    return 0 if killed >= AIM * len(chosen) else 1


def _results(
    chosen: Sequence[Mutant], modules: Sequence[str], options: argparse.Namespace
) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant with whether a test fails."""
    plan: dict[str, Sequence[str]] = {}
    if options.room:
        for mutant, result in in_rooms(chosen, options.room):
            if isinstance(result, bool):
                yield mutant, result
            else:
                plan[mutant.name] = result
    else:
        tests = Tests(modules)
        plan = {mutant.name: [*options.first, *tests.of(mutant.path, mutant.line)] for mutant in chosen}
    yield from _tried([mutant for mutant in chosen if mutant.name in plan], plan, options.jobs)


def _chosen(module: str, options: argparse.Namespace) -> Sequence[Mutant]:
    every = list(mutants(module, Path(module).read_text()))
    if options.each is None or len(every) <= options.each:
        return every
    return sorted(random.Random(f"{options.seed} {module}").sample(every, options.each), key=lambda mutant: mutant.line)


def _again(log: Path) -> Sequence[Mutant]:
    """Return the survivors of an earlier run, also if their lines have moved since."""
    names = [line.split(" ", 1)[1] for line in log.read_text().splitlines() if line.startswith("survives ")]
    found: dict[str, Mutant] = {}
    of = cache(lambda path: list(mutants(path, Path(path).read_text())))
    for path, line, what in (name.split(":", 2) for name in names):
        same = [mutant for mutant in of(path) if mutant.what == what.strip()]
        nearest = min((abs(mutant.line - int(line)) for mutant in same), default=0)
        found |= {mutant.source: mutant for mutant in same if abs(mutant.line - int(line)) == nearest}
    return list(found.values())


def _tried(chosen: Sequence[Mutant], tests: Mapping[str, Sequence[str]], jobs: int) -> Iterator[tuple[Mutant, bool]]:
    """Try the mutants, and yield each with whether a test fails. One that no test runs survives."""
    running: dict[int, Mutant] = {}
    waiting = list(reversed(chosen))
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            if tests[mutant.name]:
                running[start(mutant, tests[mutant.name])] = mutant
            else:
                yield mutant, False
        if running:
            pid, status = os.wait()
            yield running.pop(pid), status != 0


def _key(mutant: Mutant) -> tuple[str, str, str]:
    text = Path(mutant.path).read_text().splitlines()[mutant.line - 1].strip()
    return mutant.path, text, mutant.what


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: those of deciding.toml")
    parser.add_argument("--each", type=int, default=10, help="mutants of each module, chosen by chance (default 10)")
    parser.add_argument("--every", dest="each", action="store_const", const=None, help="every mutant")
    parser.add_argument("--again", type=Path, metavar="FILE", help="only the survivors that an earlier run printed")
    parser.add_argument(
        "--first", action="append", default=[], metavar="TEST", help="tests newer than .mutants, run before the others"
    )
    parser.add_argument(
        "--room",
        action="append",
        default=[],
        metavar="DIR",
        help="run only tests of this directory, in a program that is loaded once; without .mutants",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
