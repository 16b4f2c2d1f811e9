"""One lab a session, quiet before each test, and what each part of the lab needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.needs import LAB_CLUSTER, LAB_NETWORK, MIT_KDC

from . import scene
from .netns import remove_stale
from .scene import Lab

NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "browser": ("chromium", "browser-driver"),
    "clients": (*LAB_CLUSTER, "java", "javac", "kvno"),
    "dial": (*LAB_NETWORK, "java", "javac", "hadoop-jars", "hadoop-2-jars", "hive-jars", "spark-jars", "service-jars"),
    "dns": LAB_CLUSTER,
    "kerberos": (*MIT_KDC, "kinit", "kvno"),
    "path": LAB_CLUSTER,
    "services": ("java", "javac", "hadoop-jars", "service-jars"),
}
"""Directory below tests/lab -> what each of its tests needs."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of a directory its needs, and LAB_CLUSTER to each other test that builds a
    lab.
    """
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        builds = LAB_CLUSTER if "lab_machine" in getattr(item, "fixturenames", ()) else ()
        item.add_marker(pytest.mark.needs(*NEEDS.get(item.path.relative_to(here).parts[0], builds)))


@pytest.fixture(scope="session")
def lab_machine() -> None:
    """Remove what earlier sessions left that were killed."""
    remove_stale()


@pytest.fixture(scope="session")
def lab_session(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with scene.lab(tmp_path_factory.mktemp("lab")) as built:
        yield built


_NOTES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def lab_notes(pytestconfig: pytest.Config) -> list[str]:
    """Return the list of lines that the end of the session shows: what was measured."""
    return pytestconfig.stash.setdefault(_NOTES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the notes."""
    for note in config.stash.get(_NOTES, []):
        terminalreporter.write_line(f"lab: {note}")


@pytest.fixture
def lab(lab_session: Lab) -> Iterator[Lab]:
    yield lab_session
    lab_session.reset()
