"""Do our flows name what the real clients of Hive dial, and our bad settings what they refuse?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from diagnose.case.directory import read
from diagnose.case.model import Case
from diagnose.flows.paths import KEYS
from diagnose.flows.plan import flows
from tests.lab.dial.clients import HADOOP_3, HIVE, Client, client, compiled
from tests.lab.dial.compared import of_path, opinion
from tests.lab.dial.hive_files import METASTORES, MORE, PATHS, SERVERS
from tests.lab.dial.recorder import recorder
from tests.lab.dial.site_files import HIVE as HIVE_SITE
from tests.lab.dial.site_files import HOSTS_FILE, MASTER, SECOND, Files, Generated, configurations
from tests.lab.dial.tally import Tally
from tests.lab.services.services import running
from tests.support.needs import classpath

SEED: Final = 20261128
URIS: Final = 150
SERVER_COUNT: Final = 90
PATH_COUNT: Final = 160
"""Configurations of each test."""

OWN: Final = "10.1.0.1"
"""Address of the machine of the client: it is master-1-1."""

SOMEWHERE: Final = "203.0.113.9:2181"
"""A ZooKeeper server as the register step names it. Every address is one."""


@pytest.fixture(scope="module")
def hive(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    services = running(tmp_path_factory.mktemp("services"), classpath("hadoop", "services"))
    with (
        services as started,
        recorder(HOSTS_FILE, own=OWN, zookeeper=started.ports["zookeeper"]) as recording,
        client(HIVE, compiled(HIVE, tmp_path_factory.mktemp("classes")), recording) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def hdfs(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    classes = compiled(HADOOP_3, tmp_path_factory.mktemp("classes"))
    with recorder(HOSTS_FILE) as recording, client(HADOOP_3, classes, recording, "hdfs") as found:
        yield found


def test_metastores_are_what_the_client_dials(hive: Client, tmp_path: Path, lab_notes: list[str]) -> None:
    tally = Tally(f"HiveMetaStoreClient of {HIVE.name}", URIS)
    for made in configurations(METASTORES, URIS, SEED):
        case = _written(made, tmp_path / made.name)
        experience = hive.run("metastore", tmp_path / made.name)
        tally.add(made.name, made.files, opinion(case, flows(case), "metastore"), experience)
    lab_notes.append(tally.note("configurations"))
    tally.check("embedded-metastore", "final-without-value")


@pytest.mark.parametrize(
    "settings",
    [
        {"metastore.thrift.uris": f"thrift://{MASTER}:9083"},
        {"metastore.thrift.uris": "", "hive.metastore.uris": f"thrift://{SECOND}:9083"},
        {"hive.metastore.uris": f"thrift://{MASTER}:9083", "metastore.service.discovery.mode": "zookeeper"},
    ],
)
def test_a_metastore_of_either_key_is_what_the_client_dials(
    hive: Client, tmp_path: Path, settings: dict[str, str]
) -> None:
    files = Files()
    for key, value in settings.items():
        files.set(HIVE_SITE, key, value)
    case = _written(Generated("uris", files.texts()), tmp_path / "case")

    experience = hive.run("metastore", tmp_path / "case")

    assert opinion(case, flows(case), "metastore").dialled == experience.dialled != (), experience


def test_a_client_before_hive_4_takes_no_metastore_from_zookeeper(hive: Client, tmp_path: Path) -> None:
    files = Files()
    files.set(HIVE_SITE, "hive.metastore.uris", f"{MASTER}:2181,{SECOND}:2181")
    files.set(HIVE_SITE, "metastore.service.discovery.mode", "zookeeper")
    case = _written(Generated("discovery", files.texts()), tmp_path / "case")

    experience = hive.run("metastore", tmp_path / "case")

    assert experience.dialled == ()
    assert any("before Hive 4.0" in gap for gap in opinion(case, flows(case), "metastore").gaps)


def test_servers_are_what_the_driver_dials(hive: Client, tmp_path: Path, lab_notes: list[str]) -> None:
    tally = Tally(HIVE.name, SERVER_COUNT)
    for number, made in enumerate(configurations(SERVERS, SERVER_COUNT, SEED)):
        place = tmp_path / made.name
        case = _written(made, place)
        if "discovery" in made.name:
            _register(hive, case, place)
        experience = hive.run("jdbc", place, MORE[number % len(MORE)])
        tally.add(made.name, made.files, opinion(case, flows(case), "jdbc"), experience)
    lab_notes.append(tally.note("configurations"))
    tally.check("client-port")


def test_paths_are_what_the_client_dials(hdfs: Client, tmp_path: Path, lab_notes: list[str]) -> None:
    tally = Tally(f"{HADOOP_3.name} at the paths of Hive, Spark, Tez and MapReduce", PATH_COUNT)
    for made in configurations(PATHS, PATH_COUNT, SEED):
        place = tmp_path / made.name
        case = _written(made, place)
        for key in KEYS:
            value = case.settings[key.file].get(key.key) if key.file in case.settings else None
            if value and " " not in value:
                experience = hdfs.run("hdfs", place, value)
                tally.add(f"{key.key} of {made.name}", made.files, of_path(case, key.key, experience), experience)
    lab_notes.append(tally.note("configurations"))
    tally.check("dot-at-the-end")


def _written(made: Generated, place: Path) -> Case:
    made.write(place)
    (place / "hosts").write_text(HOSTS_FILE)
    return read([place])


def _register(hive: Client, case: Case, place: Path) -> None:
    """Register what a HiveServer2 on each master tells ZooKeeper."""
    settings = case.settings[HIVE_SITE]
    below = settings.get("hive.server2.zookeeper.namespace") or "hiveserver2"
    mode = settings.get("hive.server2.transport.mode") or "binary"
    key = "hive.server2.thrift.http.port" if mode == "http" else "hive.server2.thrift.port"
    port = settings.get(key) or ("10001" if mode == "http" else "10000")
    servers = [f"{host}:{port}" for host in (MASTER, SECOND)]
    registered = hive.run("register", place, SOMEWHERE, below, mode, *servers)
    assert registered.message == "works", registered
