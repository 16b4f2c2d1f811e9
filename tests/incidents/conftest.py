"""Is each incident repaired by its repair, and does it keep its diagnosis if it is redacted?

Of redacted ones an ordinary run asks every eighth, with EMR_DIAGNOSE_REDACTED=1 each of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from zlib import crc32

import pytest

from tests.support import incident_cases
from tests.support.incident_cases import Content
from tests.support.redaction import differences
from tests.support.repaired import left

EIGHTH = 8
SHARE = 1 if os.environ.get("EMR_DIAGNOSE_REDACTED") else EIGHTH


def _is_chosen(test: str, share: int) -> bool:
    return crc32(test.encode()) % share == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each incident that an ordinary run does not redact."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not _is_chosen(item.nodeid, EIGHTH):
            item.add_marker(pytest.mark.scaled("EMR_DIAGNOSE_REDACTED"))


@pytest.fixture(autouse=True)
def _redacted_alike(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask of each case that an incident checks whether it has the same diagnosis redacted."""
    check = incident_cases.check

    def checked(folder: Path, files: Mapping[str, Content], *options: str) -> tuple[int, str]:
        assert differences(incident_cases.contents(files), incident_cases.BLOCK, seed=3) == []
        return check(folder, files, *options)

    if _is_chosen(request.node.nodeid, SHARE):
        monkeypatch.setattr(incident_cases, "check", checked)


@pytest.fixture(autouse=True)
def _repaired(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask of each case that an incident checks whether its repair leaves no sure fault."""
    check = incident_cases.check

    def checked(folder: Path, files: Mapping[str, Content], *options: str) -> tuple[int, str]:
        assert left(incident_cases.contents(files), incident_cases.BLOCK) == []
        return check(folder, files, *options)

    monkeypatch.setattr(incident_cases, "check", checked)
