"""One lab a session, quiet before each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import scene
from .netns import missing, remove_stale
from .scene import Lab

REQUIRED = "EMR_DIAGNOSE_LAB"
"""Set to "required" where the lab must run, as CI does: then what is missing fails the tests instead of skipping them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the lab carries the mark, so `-m "not lab"` leaves it out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "lab_possible" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def lab_possible() -> None:
    """Skips, or fails where the lab is required, if this machine cannot build one. Removes what dead sessions left."""
    reason = missing()
    if reason is not None:
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    remove_stale()


@pytest.fixture(scope="session")
def lab_session(lab_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with scene.lab(tmp_path_factory.mktemp("lab")) as built:
        yield built


_NOTES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def lab_notes(pytestconfig: pytest.Config) -> list[str]:
    """Lines for the summary at the end of the session: what was measured."""
    return pytestconfig.stash.setdefault(_NOTES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for note in config.stash.get(_NOTES, []):
        terminalreporter.write_line(f"lab: {note}")


@pytest.fixture
def lab(lab_session: Lab) -> Iterator[Lab]:
    yield lab_session
    lab_session.reset()
