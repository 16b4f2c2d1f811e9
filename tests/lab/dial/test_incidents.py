"""Do our flows name what real clients dial in the incidents that people reported?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from diagnose.case.directory import read
from diagnose.flows.paths import KEYS
from diagnose.flows.plan import flows
from tests.lab.dial.clients import HADOOP_3, HIVE, Client, Step, client, compiled
from tests.lab.dial.compared import of_path, opinion
from tests.lab.dial.incidents import INCIDENTS, NO_FILE
from tests.lab.dial.recorder import recorder
from tests.lab.dial.site_files import CORE, HOSTS_FILE, MAPRED, YARN
from tests.lab.dial.site_files import HIVE as HIVE_SITE
from tests.lab.dial.tally import Tally


@dataclass(frozen=True, slots=True)
class Clients:
    """One client of each sort."""

    hdfs: Client
    """Reads the files of an HDFS client."""
    job: Client
    """Reads those of a job client."""
    hive: Client
    """Reads those of Hive."""


@pytest.fixture(scope="module")
def clients(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    hadoop = compiled(HADOOP_3, tmp_path_factory.mktemp("hadoop"))
    beeline = compiled(HIVE, tmp_path_factory.mktemp("hive"))
    with (
        recorder(HOSTS_FILE, own="10.1.0.1") as recording,
        client(HADOOP_3, hadoop, recording, "hdfs") as hdfs,
        client(HADOOP_3, hadoop, recording, "job") as job,
        client(HIVE, beeline, recording) as hive,
    ):
        yield Clients(hdfs, job, hive)


def test_every_incident_is_run_or_has_no_file_of_a_client() -> None:
    numbers = [number for incident in INCIDENTS for number in incident.numbers]

    assert sorted([*numbers, *NO_FILE]) == list(range(1, 64))


def test_flows_are_what_the_client_dials(clients: Clients, tmp_path: Path, lab_notes: list[str]) -> None:
    tally = Tally(f"{HADOOP_3.name} and {HIVE.name}", sum(len(incident.numbers) for incident in INCIDENTS))
    steps: tuple[tuple[Step, Client, str], ...] = (
        ("hdfs", clients.hdfs, CORE),
        ("yarn", clients.job, YARN),
        ("history", clients.job, MAPRED),
        ("metastore", clients.hive, HIVE_SITE),
        ("jdbc", clients.hive, HIVE_SITE),
    )
    for number, incident in enumerate(INCIDENTS):
        made = incident.made()
        place = tmp_path / str(number)
        made.write(place)
        (place / "hosts").write_text(HOSTS_FILE)
        case = read([place])
        plan = flows(case)
        for step, running, file in steps:
            if file not in made.files:
                continue
            words = ("-",) if step == "jdbc" else ()
            tally.add(f"{step} of {made.name}", made.files, opinion(case, plan, step), running.run(step, place, *words))
        for key in KEYS:
            setting = case.settings[key.file].get(key.key) if key.file in case.settings else None
            if setting and setting.startswith("hdfs://"):
                experience = clients.hdfs.run("hdfs", place, setting)
                told = of_path(case, key.key, experience)
                tally.add(f"{key.key} of {made.name}", made.files, told, experience)
    tally.cases += len(NO_FILE)
    lab_notes.append(tally.note(f"incidents, {len(NO_FILE)} of them without files of a client"))
    tally.check("old-hosts-line")
