"""How many mutated answers and files end in our own errors? `make fuzz` prints it.

    python -m tests.fuzz --answers 3000000 --files 100000 --seed 1

The exit code is 0 if there was no failure. `--only NUMBER` repeats one case of each kind.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import Any

from probes.kerberos.login import crypto
from tests.fuzz.answers import answers
from tests.fuzz.files import files
from tests.fuzz.hunt import Subject, hunt


def main(arguments: Sequence[str] | None = None) -> int:
    """Hunt in every reader, and return 0 if none broke the promise."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--answers", type=int, default=3_000_000, help="mutated answers of all decoders together")
    parser.add_argument("--files", type=int, default=100_000, help="mutated files of all readers together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="make this one case of each kind again")
    parser.add_argument("--of", default="", help="only the readers whose name contains this")
    chosen = parser.parse_args(arguments)
    crypto.load()
    failures = 0
    tables: tuple[tuple[Sequence[Subject[Any]], int], ...] = ((answers(), chosen.answers), (files(), chosen.files))
    for subjects, count in tables:
        total = 0
        each = count / sum(subject.share for subject in subjects)
        for subject in subjects:
            if chosen.of not in subject.name:
                continue
            numbers: Sequence[int] = (
                (chosen.only,) if chosen.only is not None else range(math.ceil(each * subject.share / subject.weight))
            )
            failures += _hunt(subject, numbers, chosen.seed)
            total += len(numbers) * subject.weight
        print(f"{total} in all", flush=True)
    return int(failures > 0)


def _hunt(subject: Subject[Any], numbers: Sequence[int], seed: int) -> int:
    found = hunt(subject, numbers, seed)
    became = ", ".join(f"{outcome} {times}" for outcome, times in found.outcomes.most_common(4))
    print(
        f"{len(numbers) * subject.weight} {subject.name} in {found.seconds:.1f} s: {became}; "
        f"slowest {found.slowest_s * 1000:.1f} ms, memory +{found.growth_kib} KiB, {len(found.failures)} failures"
    )
    print("\n".join(found.failures[:20]), end="\n" if found.failures else "", flush=True)
    return len(found.failures)


if __name__ == "__main__":
    sys.exit(main())
