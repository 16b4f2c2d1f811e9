"""Does the NameNode listen on another port than its clients dial, where `check` says so?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.lab.dial.clients import JAVA
from tests.lab.javac import compiled_java
from tests.support.incident_cases import MASTER, changed, check, healthy
from tests.support.needs import classpath

SETTINGS: Final = (
    (f"hdfs://{MASTER}:9000", ""),
    (f"hdfs://{MASTER}:9000", f"{MASTER}:9000"),
    (f"hdfs://{MASTER}:9000", f"{MASTER}:8020"),
    (f"hdfs://{MASTER}:9000", "0.0.0.0:8020"),
    (f"hdfs://{MASTER}:9000", f"{MASTER}:54310"),
    (f"hdfs://{MASTER}:8020", f"{MASTER}:9000"),
    (f"hdfs://{MASTER}", f"{MASTER}:8020"),
    (f"hdfs://{MASTER}", f"{MASTER}:9000"),
)
"""fs.defaultFS, and dfs.namenode.rpc-address, which may be absent."""


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Ask Hadoop for the port that a client dials, and the one that the NameNode listens on."""
    directory, jars = tmp_path_factory.mktemp("java"), classpath("hadoop-servers")
    compiled_java(directory, jars, JAVA / "NameNodePorts.java")
    told = subprocess.run(
        ["java", "-cp", f"{directory}:{jars}", "NameNodePorts", *(text for pair in SETTINGS for text in pair)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [(dialled, listens) for dialled, listens in map(str.split, told.stdout.splitlines())]


@pytest.mark.needs("javac", "hadoop-server-jars")
@pytest.mark.parametrize("number", range(len(SETTINGS)), ids=lambda number: " ".join(SETTINGS[number]))
def test_a_port_that_differs_is_named_and_no_other_one(
    ports: list[tuple[str, str]], tmp_path: Path, number: int
) -> None:
    default, listens = SETTINGS[number]
    hdfs = {"dfs.namenode.rpc-address": listens} if listens else {}
    files = changed(healthy(), {"core-site.xml": {"fs.defaultFS": default}, "hdfs-site.xml": hdfs})

    _, output = check(tmp_path, files, "--format", "json")

    told = [finding["params"] for finding in json.loads(output)["findings"] if finding["code"] == "SVC-PORT"]
    dialled, real = ports[number]
    assert len(told) == (dialled != real)
    assert all(f":{real}" in each["right"] for each in told)
