"""Labs with clients in them: a KDC that can answer "too big", a JVM that is kept warm, tickets from
before the fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.lab import scene
from tests.lab.netns import RG

from .bench import Bench, Rounds
from .kdc import TooBigKdc
from .real import jvm

BENCHES = 3
"""Labs side by side, each with a JVM: most of a round is waiting."""


@contextmanager
def bench(directory: Path) -> Iterator[Bench]:
    """Yield a lab of its own. `directory` is empty."""
    for name in ("lab", "kdc", "classes", "rounds"):
        (directory / name).mkdir()
    with scene.lab(directory / "lab") as lab:
        kdc = TooBigKdc(lab.host("kdc"), directory / "kdc")
        with jvm(lab.host(RG), directory / "classes") as java:
            made = Bench(lab, kdc, java, directory / "rounds")
            made.warm_up()
            yield made


@pytest.fixture(scope="module")
def rounds(
    lab_machine: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rounds]:
    """Every fault that this session asks for, begun at once, each in a lab that is free."""
    asked = [
        item.callspec.params["fault"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    free: SimpleQueue[Bench] = SimpleQueue()
    with ExitStack() as benches, ThreadPoolExecutor(BENCHES) as workers:
        for _ in range(min(BENCHES, len(asked))):
            free.put(benches.enter_context(bench(tmp_path_factory.mktemp("bench"))))
        made = Rounds(free)
        made.begun = {fault.name: workers.submit(made.run, fault) for fault in asked}
        try:
            yield made
        finally:
            workers.shutdown(cancel_futures=True)
