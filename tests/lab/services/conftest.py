"""The services a session, for tests that ask them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.needs import classpath

from .services import Services, running


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with running(tmp_path_factory.mktemp("services"), classpath("hadoop", "services")) as found:
        yield found
