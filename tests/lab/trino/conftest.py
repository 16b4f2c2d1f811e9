"""One coordinator for the tests of this directory, and what was seen of it in each situation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .coordinator import coordinator
from .situations import Seen, seen_of


@pytest.fixture(scope="package")
def seen(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Put a coordinator into all situations, one after another. The last one ends it."""
    with coordinator(tmp_path_factory.mktemp("trino")) as running:
        yield seen_of(running, tmp_path_factory.mktemp("cases"))
