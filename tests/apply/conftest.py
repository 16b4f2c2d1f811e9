"""Every test here asks a cloud of its own on loopback, with credentials that are none, and waits
for nothing."""

from __future__ import annotations

from functools import partial

import pytest

from diagnose.apply import cloud, steps
from diagnose.collect.aliyun.sdk import Waits
from tests.support.cloud_account import given_account


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the SDK credentials, and no time to lose."""
    given_account(monkeypatch)
    monkeypatch.setattr(cloud, "Waits", partial(Waits, first_pause=0.01, longest_pause=0.02, read=5.0, throttled=0))
    monkeypatch.setattr(steps, "LOOK_PAUSES", (0.0, 0.01))
