"""One lab a session, with every service of a healthy cluster; a test gives the resource-group host
its name server, resolv.conf and hosts file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.lab import scene
from tests.lab.cases import LabCase, healthy
from tests.lab.diagnosis import Diagnosis, check, serve_cluster
from tests.lab.netns import RG
from tests.lab.scene import Lab, own_name

from .server import ADDRESS, Zone, serving

RESOLV_CONF = f"nameserver {ADDRESS}\noptions timeout:5 attempts:2\n"
"""Of a name server that answers, if only a busy machine lets it."""
LOCALHOST = "127.0.0.1 localhost\n"


@pytest.fixture(scope="session")
def serving_lab(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with scene.lab(tmp_path_factory.mktemp("lab")) as built:
        serve_cluster(built)
        yield built


@dataclass
class Place:
    """The resource-group host, and what its names come from."""

    lab: Lab
    directory: Path
    undo: ExitStack = field(default_factory=ExitStack)

    def names(self, zone: Zone | None, hosts: str = "", resolv_conf: str = RESOLV_CONF) -> None:
        """zone: of the name server, None for none; hosts: lines beside localhost and the own
        name.
        """
        host = self.lab.host(RG)
        host.write_etc("hosts", f"{LOCALHOST}{own_name()}{hosts}")
        host.write_etc("resolv.conf", resolv_conf)
        if zone is not None:
            self.undo.enter_context(serving(self.lab.hosts, self.directory, zone))

    def check(self, case: LabCase | None = None) -> Diagnosis:
        """Diagnose a case without a hosts file, so that names come from the resolver alone."""
        case = case or healthy()
        return check(
            self.lab, replace(case, files={k: v for k, v in case.files.items() if k != "hosts"}), self.directory
        )


@pytest.fixture
def place(serving_lab: Lab, tmp_path: Path) -> Iterator[Place]:
    made = Place(serving_lab, tmp_path)
    with made.undo:
        yield made
