"""Every test here asks a cloud of its own on loopback, with credentials that are none."""

from __future__ import annotations

import pytest

from tests.support.cloud_account import KEY, SECRET, TOKEN, VARIABLES
from tests.support.needs import is_met


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the SDKs credentials, and let them ask nobody else."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALIBABA_CLOUD_REGION_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    if is_met("alibaba-sdk"):
        from importlib import import_module

        # The SDK reads the environment once, at its import.
        known = import_module("alibabacloud_credentials.utils.auth_util")
        monkeypatch.setattr(known, "environment_access_key_id", KEY)
        monkeypatch.setattr(known, "environment_access_key_secret", SECRET)
        monkeypatch.setattr(known, "environment_security_token", TOKEN)
        monkeypatch.setattr(known, "environment_ecs_metadata_disabled", "true")
