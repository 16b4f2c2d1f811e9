"""One lab a session, quiet before each test, and what each part of the lab needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

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
    "prometheus": (*MIT_KDC, "prometheus"),
    "real": (
        *LAB_NETWORK,
        *MIT_KDC,
        "dnsmasq",
        "java",
        "javac",
        "hadoop-jars",
        "hadoop-server-jars",
        "hadoop-2-server-jars",
        "hive-server-jars",
        "service-jars",
    ),
    "services": ("java", "javac", "hadoop-jars", "service-jars"),
    "spark": (*LAB_NETWORK, *MIT_KDC, "java", "javac", "pyspark"),
    "trino": (*LAB_NETWORK, "java", "javac", "sshd", "trino-jars"),
}
"""Directory below tests/lab -> what each of its tests needs."""

ALONE: Final = frozenset(
    {
        *("clients", "test_kdc_faults.py", "test_sweep.py"),
        *("test_closed_loop.py", "test_confusion.py", "test_live_rows.py", "test_unprivileged.py"),
        *("test_lab_availability.py", "test_lab_itself.py"),
    }
)
"""Directories and modules whose tests run one after the other, with nothing beside them.

Those of the first line measure times, those of the second have labs side by side themselves, and
those of the third count the namespaces of the machine.
"""

APART: Final = frozenset({"dial", "dns", "java", "path", "ssh"})
"""Directories whose modules share nothing that takes long to start. One worker runs each module
there, but all modules of another directory.
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of a directory its needs, and LAB_CLUSTER to each other test that builds a
    lab. Mark what runs alone.
    """
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        builds = LAB_CLUSTER if "lab_machine" in getattr(item, "fixturenames", ()) else ()
        room = item.path.relative_to(here).parts[0]
        item.add_marker(pytest.mark.needs(*NEEDS.get(room, builds)))
        if room in ALONE:
            item.add_marker(pytest.mark.alone)
        if item.path.parent != here and room not in APART:
            item.add_marker(pytest.mark.xdist_group(room))


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


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the notes of a worker of pytest-xdist on."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["lab_notes"] = session.config.stash.get(_NOTES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the notes of a worker."""
    node.config.stash.setdefault(_NOTES, []).extend(getattr(node, "workeroutput", {}).get("lab_notes", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the notes."""
    for note in config.stash.get(_NOTES, []):
        terminalreporter.write_line(f"lab: {note}")


@pytest.fixture
def lab(lab_session: Lab) -> Iterator[Lab]:
    yield lab_session
    lab_session.reset()
