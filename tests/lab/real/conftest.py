"""Two clusters for the tests of this directory.

They end with the last of these tests, because each takes half a processor.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import RealCluster, cluster, compiled


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="package")
def simple(lab_machine: None, classes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """Run a cluster whose servers want no login."""
    with cluster(tmp_path_factory.mktemp("simple"), classes, kerberos=False) as running:
        yield running


@pytest.fixture(scope="package")
def secure(lab_machine: None, classes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """Run a cluster whose servers want Kerberos."""
    with cluster(tmp_path_factory.mktemp("secure"), classes, kerberos=True) as running:
        yield running
