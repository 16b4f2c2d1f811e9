"""A lab with clients in it: a KDC that can answer "too big", a JVM that is kept warm, tickets from
before the fault.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import scene
from tests.lab.netns import RG

from .bench import Bench
from .kdc import TooBigKdc
from .real import jvm


@pytest.fixture(scope="session")
def bench_session(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    directory = tmp_path_factory.mktemp("clients")
    (directory / "kdc").mkdir()
    # A lab of its own: its KDC takes port 88 of the host "kdc" as the KDC of `lab_session` does.
    with scene.lab(tmp_path_factory.mktemp("lab")) as lab:
        kdc = TooBigKdc(lab.host("kdc"), directory / "kdc")
        with jvm(lab.host(RG), tmp_path_factory.mktemp("classes")) as java:
            bench = Bench(lab, kdc, java, directory)
            bench.warm_up()
            yield bench
            bench.heal()


@pytest.fixture
def bench(bench_session: Bench) -> Iterator[Bench]:
    yield bench_session
    bench_session.heal()
