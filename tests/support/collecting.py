"""Collects from a cloud on 127.0.0.1, and reads what was collected."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from diagnose.collect.aliyun.collect import collect
from diagnose.collect.aliyun.sdk import Waits
from diagnose.collect.aliyun.source import CloudSource
from diagnose.collect.collection import Collection
from tests.support import whole_cloud as whole
from tests.support.fake_cloud import FakeCloud, Special, served

QUICK = Waits(connect=30, read=30, call=60, first_pause=0.02, longest_pause=0.1, attempts=3, throttled=0)
"""No pause is long. A busy machine may take its time with an answer."""


class Collecting:
    """Collects from clouds that end with the test."""

    def __init__(self, stack: ExitStack, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stack, self._folder, self._monkeypatch = stack, folder, monkeypatch
        self.cloud = FakeCloud({})
        """The last one."""

    def __call__(
        self,
        *specials: Special,
        group: str | None = whole.RESOURCE_GROUP,
        workspace: str | None = None,
        waits: Waits = QUICK,
        seconds: float = 300,
    ) -> Collection:
        """Collect from a cloud in which these answers come first."""
        self.cloud = FakeCloud(whole.FILES, *specials, *whole.rest())
        place = self._stack.enter_context(served(self.cloud, self._folder))
        self._monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place.authority))
        source = CloudSource(whole.CLUSTER, "cn-hangzhou", group, workspace)
        return collect(source, {"": place.endpoint}, seconds, waits)


def told(found: Collection) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(found.files["collected.json"])
    return value


def missing(found: Collection) -> list[tuple[str, str, str]]:
    return [(each["call"], each.get("object", ""), each["cause"]) for each in told(found).get("missing", [])]


def answer(found: Collection, name: str) -> Any:
    return json.loads(found.files[f"{name}.json"])
