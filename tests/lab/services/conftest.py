"""The services a session, for tests that ask them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .services import Services, running

REQUIRED = "EMR_DIAGNOSE_LAB"
"""Set to "required" where the services must be there, as in CI: then what is missing fails the tests instead of skipping them."""

CLASSPATH = "SERVICES_CLASSPATH"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it needs Java and the libraries that .ci/run fetches."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    if CLASSPATH not in os.environ:
        reason = f"{CLASSPATH} names no libraries of Hadoop, Thrift and ZooKeeper"
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    with running(tmp_path_factory.mktemp("services"), os.environ[CLASSPATH]) as found:
        yield found
