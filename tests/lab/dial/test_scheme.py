"""Do Hadoop clients dial an address that has a scheme or a path, where `host:port` is asked for?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from diagnose.case.directory import read
from diagnose.flows.plan import flows
from tests.lab.dial.clients import HADOOP_2, HADOOP_3, Client, Step, client, compiled
from tests.lab.dial.compared import opinion
from tests.lab.dial.recorder import recorder
from tests.lab.dial.site_files import CORE, HDFS, HOSTS_FILE, MAPRED, MASTER, PROVIDER, YARN, Files, Generated

ADDRESSES: Final = (
    f"{MASTER}:8032",
    f"hdfs://{MASTER}:8032",
    f"http://{MASTER}:8032",
    f"thrift://{MASTER}:8032/",
    f"hdfs://{MASTER}",
    f"{MASTER}:8032/",
    f"{MASTER}:8032/cluster",
    f"hdfs://{MASTER}:8032/cluster",
    f"//{MASTER}:8032",
    f"1st://{MASTER}:8032",
    f"://{MASTER}:8032",
    f"hdfs:/{MASTER}:8032",
    f"hdfs://user@{MASTER}:8032",
    f"hdfs://{MASTER}:8032?a=b",
    "hdfs://a_b:8032",
    f" hdfs://{MASTER}:8032 ",
)


@pytest.fixture(scope="module", params=[HADOOP_3, HADOOP_2], ids=["3.3", "2.10"])
def clients(
    lab_machine: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Client]]:
    classes = compiled(request.param, tmp_path_factory.mktemp("classes"))
    with (
        recorder(HOSTS_FILE) as recording,
        client(request.param, classes, recording, "hdfs") as hdfs,
        client(request.param, classes, recording, "job") as job,
    ):
        yield {"hdfs": hdfs, "yarn": job, "history": job}


def _files(step: Step, address: str) -> Files:
    files = Files()
    if step == "yarn":
        files.set(YARN, "yarn.resourcemanager.address", address)
    elif step == "history":
        files.set(MAPRED, "mapreduce.jobhistory.address", address)
    else:
        files.set(CORE, "fs.defaultFS", "hdfs://emr")
        files.set(HDFS, "dfs.nameservices", "emr")
        files.set(HDFS, "dfs.ha.namenodes.emr", "nn1")
        files.set(HDFS, "dfs.client.failover.proxy.provider.emr", PROVIDER)
        files.set(HDFS, "dfs.namenode.rpc-address.emr.nn1", address)
    return files


@pytest.mark.parametrize("step", ["hdfs", "yarn", "history"])
def test_an_address_is_dialled_as_the_flows_say(clients: dict[str, Client], tmp_path: Path, step: Step) -> None:
    different = []
    for number, address in enumerate(ADDRESSES):
        place = tmp_path / str(number)
        Generated("scheme", _files(step, address).texts()).write(place)
        (place / "hosts").write_text(HOSTS_FILE)
        case = read([place])

        experience = clients[step].run(step, place)

        said = opinion(case, flows(case), step)
        if said.dialled != experience.dialled:
            different.append((address, experience, said))

    assert different == []
