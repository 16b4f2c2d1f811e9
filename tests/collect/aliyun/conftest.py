"""Every test here asks a cloud of its own on loopback, with credentials that are none."""

from __future__ import annotations

import pytest

from tests.support.cloud_account import given_account


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the SDKs credentials, and let them ask nobody else."""
    given_account(monkeypatch)
