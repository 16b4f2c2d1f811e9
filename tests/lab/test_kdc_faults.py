"""Is each KDC fault named, and do kinit and a JVM experience what the same report foretold?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import pytest

from .kdc_clients import FAMILIES, Bench, Gone, bench
from .kdc_faults import FAULTS, Fault

pytestmark = pytest.mark.needs("java", "javac", "faketime")

BENCHES = 4
"""Labs side by side, each with a JVM: most of a round is waiting."""


@dataclass(frozen=True)
class KdcRounds:
    """Faults gone through side by side."""

    run: Callable[[Fault], Gone]
    """Go through a fault in a lab that is free."""
    begun: Mapping[Fault, Future[Gone]]
    """Every fault."""
    again: dict[Fault, Gone]
    """What was gone through once more."""

    def alone(self, fault: Fault) -> Gone:
        """Go through a fault once more, with nothing beside it."""
        wait(self.begun.values())
        self.again[fault] = self.run(fault)
        return self.again[fault]

    def gone(self) -> list[Gone]:
        """Return the faults that have been gone through."""
        ended = {
            fault: future.result()
            for fault, future in self.begun.items()
            if future.done() and not future.cancelled() and not future.exception()
        }
        return list({**ended, **self.again}.values())


@pytest.fixture(scope="module")
def rounds(
    lab_machine: None,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    lab_notes: list[str],
) -> Iterator[KdcRounds]:
    """Every fault that this session asks for, begun at once, each in a lab that is free."""
    asked = [fault for item in request.session.items for fault in _faults(item)]
    free: SimpleQueue[Bench] = SimpleQueue()

    def run(fault: Fault) -> Gone:
        taken = free.get()
        try:
            return taken.go_through(fault, tmp_path_factory.mktemp("fault"))
        finally:
            free.put(taken)

    with ExitStack() as benches, ThreadPoolExecutor(BENCHES) as workers:
        for _ in range(min(BENCHES, len(asked))):
            free.put(benches.enter_context(bench(tmp_path_factory.mktemp("bench"))))
        rounds = KdcRounds(run, {fault: workers.submit(run, fault) for fault in asked}, {})
        try:
            yield rounds
        finally:
            workers.shutdown(cancel_futures=True)
            lab_notes += _table(rounds.gone())


def _faults(item: pytest.Item) -> list[Fault]:
    callspec = getattr(item, "callspec", None)
    return [callspec.params["fault"]] if item.path == Path(__file__) and callspec is not None else []


def _table(gone: list[Gone]) -> list[str]:
    lines = [
        (
            f"{'fault':38} {'primary':17} exit  check  {'kinit: real':>12} {'predicted':>12}  "
            f"{'JVM: real':>12} {'predicted':>12}  Java says"
        )
    ]
    for one in gone:
        cells = [
            (
                f"{one.fault.name:38} {one.found.primary or '-':17} {one.found.exit_code:4} "
                f"{one.found.report['duration_ms'] / 1000:4.1f} s"
            )
        ]
        for family in FAMILIES:
            real, told = one.real[family], one.told(family)
            seconds = "-" if told.seconds is None else f"{told.seconds:.1f} s"
            cells.append(f"{'yes' if real.works else 'no':>4} {real.seconds:5.1f} s {told.works:>5} {seconds:>6} ")
        lines.append(" ".join([*cells, (one.real["jdk"].message or "")[-60:]]))
    return lines


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_fault_is_the_primary_and_the_clients_do_what_was_foretold(rounds: KdcRounds, fault: Fault) -> None:
    try:
        _holds(fault, rounds.begun[fault].result())
    except AssertionError:
        # Others took processor time meanwhile.
        _holds(fault, rounds.alone(fault))


def _holds(fault: Fault, gone: Gone) -> None:
    # The fault is real: this is what people see of it.
    for family, said in zip(FAMILIES, (fault.kinit, fault.jvm), strict=True):
        real = gone.real[family]
        assert real.works == (said == ""), (family, real)
        assert said in (real.message or ""), (family, real)

    # It is named.
    assert (gone.found.exit_code, gone.found.primary) == (fault.exit_code, fault.code), gone.found
    codes = {finding["code"] for finding in gone.found.report["findings"]}
    assert codes.issuperset(fault.also), gone.found

    # And what people see was foretold.
    if not fault.foretold:
        assert {gone.told(family).works for family in FAMILIES} == {"unknown"}
        return
    if fault.hadoop_first:
        assert fault.hadoop_first in (gone.told("jdk").message or "")
    families = [family for family in FAMILIES if not (family == "jdk" and fault.hadoop_first)]
    wrong = [
        f"{family}: {what} foretold {gone.told(family)}, experienced {gone.real[family]}"
        for family in families
        if (what := gone.told(family).differs_from(gone.real[family])) is not None
    ]
    assert not wrong, "\n".join([*wrong, repr(gone.found)])
