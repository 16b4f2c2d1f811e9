"""The lab of tests/lab with clients in it: a KDC that can be told to say "too big", a JVM that is kept warm, tickets from before the fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import REQUIRED, lab_possible, lab_session  # noqa: F401 - fixtures
from tests.lab.netns import RG
from tests.lab.scene import Lab

from .bench import Bench, missing_java
from .kdc import TooBigKdc
from .real import jvm


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "lab_possible" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def bench_session(lab_session: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:  # noqa: F811
    reason = missing_java()
    if reason is not None:
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("clients")
    (directory / "kdc").mkdir()
    kdc = TooBigKdc(lab_session.host("kdc"), directory / "kdc")
    with jvm(lab_session.host(RG), tmp_path_factory.mktemp("classes")) as java:
        bench = Bench(lab_session, kdc, java, directory)
        bench.warm_up()
        yield bench
        bench.heal()


@pytest.fixture
def bench(bench_session: Bench) -> Iterator[Bench]:
    yield bench_session
    bench_session.heal()
