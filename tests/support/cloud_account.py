"""The credentials of an account that does not exist."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.support.needs import is_met

KEY = "LTAI5tCanaryOfTheKeyIdXX"
SECRET = "canaryOfTheAccessKeySecretXXXX"
TOKEN = "canary-of-the-security-token"

VARIABLES = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
}
"""What the SDKs find them in."""


def given_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the SDKs these credentials, and let them ask nobody else."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALIBABA_CLOUD_REGION_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    if is_met("alibaba-sdk"):
        # The SDK reads the environment once, at its import.
        known = import_module("alibabacloud_credentials.utils.auth_util")
        monkeypatch.setattr(known, "environment_access_key_id", KEY)
        monkeypatch.setattr(known, "environment_access_key_secret", SECRET)
        monkeypatch.setattr(known, "environment_security_token", TOKEN)
        monkeypatch.setattr(known, "environment_ecs_metadata_disabled", "true")
