"""Do our flows name what the real Hadoop clients dial, and our bad settings what they refuse?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest

from diagnose.case.directory import read
from diagnose.findings.names import nameservice
from diagnose.flows.plan import flows
from tests.lab.dial.clients import HADOOP_2, HADOOP_3, Client, Program, Step, client, compiled
from tests.lab.dial.compared import opinion, places
from tests.lab.dial.hadoop_files import MAKERS
from tests.lab.dial.recorder import recorder
from tests.lab.dial.site_files import (
    CORE,
    HDFS,
    HOSTS_FILE,
    MASTER,
    PROVIDER,
    SECOND,
    YARN,
    Files,
    Generated,
    configurations,
)
from tests.lab.dial.tally import Tally
from tests.support.scenes import the_scene

COUNT: Final = 780
"""Configurations of each release, the same number of each kind."""

SEED: Final = 20261128

EXPLANATIONS: Final = ("dot-at-the-end", "final-without-value", "local-file-system", "other-root", "viewfs")
"""Differences that both releases show."""

Kind = Literal["hdfs", "job"]
"""What a JVM reads: the files of an HDFS client, or those of a job client."""

STEPS: Final[tuple[tuple[Step, Kind, str, str], ...]] = (
    ("hdfs", "hdfs", "core-site.xml", "fs.default"),
    ("yarn", "job", "yarn-site.xml", ""),
    ("history", "job", "mapred-site.xml", ""),
)
"""Step, client, and the file without which a case says nothing of the step, with a word that it or
another file has."""


@dataclass(frozen=True, slots=True)
class Clients:
    """Both clients of one release."""

    program: Program
    """The release."""
    running: dict[Kind, Client]
    """The clients."""


@pytest.fixture(scope="module", params=[HADOOP_3, HADOOP_2], ids=["3.3", "2.10"])
def clients(
    lab_machine: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clients]:
    program: Program = request.param
    classes = compiled(program, tmp_path_factory.mktemp("classes"))
    with (
        recorder(HOSTS_FILE) as recording,
        client(program, classes, recording, "hdfs") as hdfs,
        client(program, classes, recording, "job") as job,
    ):
        yield Clients(program, {"hdfs": hdfs, "job": job})


def test_the_recorder_sees_the_original_destination(clients: Clients, tmp_path: Path) -> None:
    text = "<configuration><property><name>fs.defaultFS</name><value>{}</value></property></configuration>"
    seen: list[tuple[str, int]] = []
    for number, at in enumerate(("203.0.113.9:8021", "[fd00::7]:8020", "0.0.0.0:9000", "nn.example.com")):
        Generated("one", {"core-site.xml": text.format(f"hdfs://{at}")}).write(tmp_path / str(number))
        seen += clients.running["hdfs"].run("hdfs", tmp_path / str(number)).dialled

    assert seen == [("203.0.113.9", 8021), ("fd00::7", 8020), ("127.0.0.1", 9000), ("10.1.0.4", 8020)]


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("members", [True, False])
@pytest.mark.parametrize("provider", [True, False])
def test_a_nameservice_lacks_a_setting_if_the_client_refuses_it(
    clients: Clients, tmp_path: Path, listed: bool, members: bool, provider: bool
) -> None:
    files = Files()
    files.set(CORE, "fs.defaultFS", "hdfs://emr")
    files.set(HDFS, "dfs.nameservices", "emr" if listed else None)
    files.set(HDFS, "dfs.ha.namenodes.emr", "nn1" if members else None)
    files.set(HDFS, f"dfs.namenode.rpc-address.emr{'.nn1' if members else ''}", f"{MASTER}:8020")
    files.set(HDFS, "dfs.client.failover.proxy.provider.emr", PROVIDER if provider else None)
    place = tmp_path / "case"
    Generated("nameservice", files.texts()).write(place)
    (place / "hosts").write_text(HOSTS_FILE)
    case = read([place])

    experience = clients.running["hdfs"].run("hdfs", place)

    found = [finding.code for finding in nameservice.findings(the_scene(case, flows(case).flows))]
    assert found == ([] if experience.dialled else ["HA-NAMESERVICE"]), experience


PROVIDERS: Final = (
    PROVIDER,
    f" {PROVIDER} ",
    PROVIDER.upper(),
    PROVIDER.replace("FailoverProxy", "FailoverPoxy"),
    PROVIDER.replace(".ha.", "."),
    PROVIDER.rpartition(".")[2],
    f'"{PROVIDER}"',
    f"{PROVIDER},{PROVIDER}",
    "${provider}",
    "10.1.0.1:8020",
)
"""Values of the setting that names the class."""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_class_that_the_client_cannot_load_leads_nowhere(clients: Clients, tmp_path: Path, provider: str) -> None:
    files = Files()
    files.set(CORE, "fs.defaultFS", "hdfs://emr")
    files.set(HDFS, "dfs.nameservices", "emr")
    files.set(HDFS, "dfs.ha.namenodes.emr", "nn1")
    files.set(HDFS, "dfs.namenode.rpc-address.emr.nn1", f"{MASTER}:8020")
    files.set(HDFS, "dfs.client.failover.proxy.provider.emr", provider)
    place = tmp_path / "case"
    Generated("provider", files.texts()).write(place)
    (place / "hosts").write_text(HOSTS_FILE)

    experience = clients.running["hdfs"].run("hdfs", place)

    faults = [bad.fault for bad in flows(read([place])).bad_settings]
    is_bare = provider == PROVIDER.rpartition(".")[2]  # a class of that name may be in a library
    assert faults == ([] if experience.dialled or is_bare else ["provider"]), experience
    assert experience.dialled or "ClassNotFoundException" in experience.message


@pytest.mark.parametrize("ids", ["", "rm1", "rm2,rm1", "rm1,rm2"])
@pytest.mark.parametrize("named", ["", "hostname.rm1", "address.rm1"])
def test_a_setting_of_yarn_is_missing_if_its_client_dials_nobody(
    clients: Clients, tmp_path: Path, ids: str, named: str
) -> None:
    files = Files()
    files.set(YARN, "yarn.resourcemanager.ha.enabled", "true")
    files.set(YARN, "yarn.resourcemanager.hostname", MASTER)
    files.set(YARN, "yarn.resourcemanager.ha.rm-ids", ids or None)
    if named:
        files.set(YARN, f"yarn.resourcemanager.{named}", MASTER + (":8032" if "address" in named else ""))
    place = tmp_path / "case"
    Generated("yarn", files.texts()).write(place)
    (place / "hosts").write_text(HOSTS_FILE)

    experience = clients.running["job"].run("yarn", place)

    faults = {bad.fault for bad in flows(read([place])).bad_settings if bad.need == "required"}
    assert ("missing" in faults) == (not experience.dialled), experience


QUICK: Final = {
    "dfs.http.client.failover.max.attempts": "2",
    "dfs.http.client.failover.sleep.base.millis": "1",
    "dfs.http.client.failover.sleep.max.millis": "1",
}
"""Settings with which a client of WebHDFS gives up at once."""


@pytest.mark.parametrize(
    "default", ["webhdfs://nn.example.com", "webhdfs://nn.example.com:9999/", "swebhdfs://nn.example.com:9871"]
)
@pytest.mark.parametrize("pages", [(), ("nn1",), ("nn1", "nn2")])
def test_webhdfs_is_dialled_as_the_flows_say(
    clients: Clients, tmp_path: Path, default: str, pages: tuple[str, ...]
) -> None:
    files = Files()
    files.set(CORE, "fs.defaultFS", "webhdfs://emr" if pages else default)
    for key, value in QUICK.items():
        files.set(HDFS, key, value)
    if pages:
        files.set(HDFS, "dfs.nameservices", "emr")
        files.set(HDFS, "dfs.ha.namenodes.emr", "nn1,nn2")
        files.set(HDFS, "dfs.client.failover.proxy.provider.emr", PROVIDER)
    for name, host in zip(pages, (MASTER, SECOND), strict=False):
        files.set(HDFS, f"dfs.namenode.http-address.emr.{name}", f"{host}:9870")
    place = tmp_path / "case"
    Generated("webhdfs", files.texts()).write(place)
    (place / "hosts").write_text(HOSTS_FILE)
    release = "EMR-3.51.1" if clients.program is HADOOP_2 else "EMR-5.18.1"
    (place / "case.toml").write_text(f'[cluster]\nrelease = "{release}"\n')

    experience = clients.running["hdfs"].run("hdfs", place)

    found = places(one for one in flows(read([place])).flows if one.component.startswith("namenode-http"))
    assert found == experience.dialled != (), experience


def test_flows_are_what_the_client_dials(clients: Clients, tmp_path: Path, lab_notes: list[str]) -> None:
    tally = Tally(clients.program.name, COUNT)
    for made in configurations(MAKERS, COUNT, SEED):
        place = tmp_path / made.name
        made.write(place)
        (place / "hosts").write_text(HOSTS_FILE)
        case = read([place])
        plan = flows(case)
        for step, kind, file, word in STEPS:
            if file in made.files and any(word in text for text in made.files.values()):
                experience = clients.running[kind].run(step, place)
                tally.add(f"{step} of {made.name}", made.files, opinion(case, plan, step), experience)
    lab_notes.append(tally.note("configurations"))
    tally.check(*EXPLANATIONS, *(["environment"] if clients.program is HADOOP_2 else []))
