"""Every test here asks a cloud of its own on loopback, with credentials that are none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.cloud_account import given_account
from tests.support.collecting import Collecting


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the SDKs credentials, and let them ask nobody else."""
    given_account(monkeypatch)


@pytest.fixture
def collecting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collecting]:
    """Yield what collects."""
    with ExitStack() as stack:
        yield Collecting(stack, tmp_path, monkeypatch)
