"""Does `check` name each fault that the kernel enforces, and does its repair, put in force, repair:
all of it, and nothing less than all of it?
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import pytest

from . import scene
from .cases import Repair, healthy
from .diagnosis import Diagnosis, check, reached, serve_cluster
from .faults import FAULTS, Fault
from .netns import RG_CLIENTS, RG_STRANGER
from .scene import Lab

LABS = 6
"""Labs side by side: a round mostly waits for answers that a dropped packet never gets, so on two
cores six are not in each other's way.
"""


@dataclass(frozen=True)
class Loop:
    """One fault gone through to the end. after: the repair in force; inside, outside: what the
    kernel then does with packets of the whole vSwitch and of another one; lacking: for each part
    of the repair, the repair in force without it.
    """

    found: Diagnosis
    repair: Repair
    after: Diagnosis
    inside: set[str]
    outside: set[str]
    lacking: list[Diagnosis]


def _go_through(lab: Lab, fault: Fault, directory: Path) -> Loop:
    case = fault.case
    serve_cluster(lab, case.kdc_port)
    found = check(lab, case, directory)
    repair = Repair.of(found.report)
    repaired = repair.applied_to(case)
    after = check(lab, repaired, directory)
    inside, outside = reached(lab, repaired, RG_CLIENTS), reached(lab, repaired, [RG_STRANGER])
    parts = [repair.lacking(number) for number in range(repair.parts())]
    lacking = [check(lab, part.applied_to(case), directory) for part in parts]
    return Loop(found, repair, after, inside, outside, lacking)


@pytest.fixture(scope="module")
def loops(
    lab_machine: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Fault, Future[Loop]]]:
    """Every fault that this session asks for, begun at once, each in a lab that is free."""
    asked = [fault for item in request.session.items for fault in _faults(item)]
    labs: SimpleQueue[Lab] = SimpleQueue()

    def run(fault: Fault) -> Loop:
        lab = labs.get()
        try:
            return _go_through(lab, fault, tmp_path_factory.mktemp("case"))
        finally:
            lab.reset()
            labs.put(lab)

    with ExitStack() as open_labs, ThreadPoolExecutor(LABS) as workers:
        for _ in range(min(LABS, len(asked))):
            labs.put(open_labs.enter_context(scene.lab(tmp_path_factory.mktemp("lab"))))
        futures = {fault: workers.submit(run, fault) for fault in asked}
        try:
            yield futures
        finally:
            workers.shutdown(cancel_futures=True)


def _faults(item: pytest.Item) -> list[Fault]:
    """Return the fault of a collected test of this module."""
    callspec = getattr(item, "callspec", None)
    return [callspec.params["fault"]] if item.path == Path(__file__) and callspec is not None else []


def test_a_healthy_cluster_passes(lab: Lab, tmp_path: Path) -> None:
    serve_cluster(lab)
    found = check(lab, healthy(), tmp_path)
    assert found.exit_code == 0, found
    assert found.report["status"] == "pass"
    assert found.report["basis"] == "packets"


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_is_named_and_its_repair_repairs(loops: dict[Fault, Future[Loop]], fault: Fault) -> None:
    loop = loops[fault].result()

    # The fault is named.
    assert (loop.found.exit_code, loop.found.primary) == (1, fault.code), loop.found

    # Its whole repair, put in force, repairs.
    assert loop.repair.parts() > 0, loop.found
    assert loop.after.exit_code == 0, (loop.repair, loop.after)

    # Not only for the host that looked, and not for anybody else.
    assert (loop.inside, loop.outside) == ({"open"}, {"dropped"}), loop.repair

    # And no part of it is there for nothing.
    for number, lacking in enumerate(loop.lacking):
        assert lacking.exit_code == 1, (number, loop.repair, lacking)
