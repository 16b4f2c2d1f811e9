"""Do our flows name what the real Hadoop client dials, and our bad settings what it refuses?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from diagnose.case.directory import read
from diagnose.flows.plan import flows
from tests.lab.dial.clients import Client, Kind, Step, client, compiled
from tests.lab.dial.compared import EXPLAINED, disagreement, explanation, opinion
from tests.lab.dial.generated import HOSTS_FILE, Generated, configurations
from tests.lab.dial.recorder import Recorder, recorder

COUNT: Final = 780
"""Configurations, the same number of each kind."""

SEED: Final = 20261128

STEPS: Final[tuple[tuple[Step, Kind, str, str], ...]] = (
    ("hdfs", "hdfs", "core-site.xml", "fs.default"),
    ("yarn", "job", "yarn-site.xml", ""),
    ("history", "job", "mapred-site.xml", ""),
)
"""Step, client, and the file without which a case says nothing of the step, with a word that it or
another file has."""


@pytest.fixture(scope="module")
def recording(lab_machine: None) -> Iterator[Recorder]:
    with recorder(HOSTS_FILE) as found:
        yield found


@pytest.fixture(scope="module")
def clients(recording: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Kind, Client]]:
    classes = compiled(tmp_path_factory.mktemp("dial"))
    with client("hdfs", classes, recording) as hdfs, client("job", classes, recording) as job:
        yield {"hdfs": hdfs, "job": job}


def test_the_recorder_sees_the_original_destination(clients: dict[Kind, Client], tmp_path: Path) -> None:
    text = "<configuration><property><name>fs.defaultFS</name><value>{}</value></property></configuration>"
    seen: list[tuple[str, int]] = []
    for number, at in enumerate(("203.0.113.9:8021", "[fd00::7]:8020", "0.0.0.0:9000", "nn.example.com")):
        Generated("one", {"core-site.xml": text.format(f"hdfs://{at}")}).write(tmp_path / str(number))
        seen += clients["hdfs"].run("hdfs", tmp_path / str(number)).dialled

    assert seen == [("203.0.113.9", 8021), ("fd00::7", 8020), ("127.0.0.1", 9000), ("10.1.0.4", 8020)]


def test_flows_are_what_the_client_dials(clients: dict[Kind, Client], tmp_path: Path, lab_notes: list[str]) -> None:
    unexplained: list[str] = []
    explained: Counter[str] = Counter()
    steps = dialling = 0
    for made in configurations(COUNT, SEED):
        place = tmp_path / made.name
        made.write(place)
        (place / "hosts").write_text(HOSTS_FILE)
        case = read([place])
        plan = flows(case)
        for step, kind, file, word in STEPS:
            if file not in made.files or not any(word in text for text in made.files.values()):
                continue
            experience = clients[kind].run(step, place)
            told = opinion(case, plan, step)
            steps += 1
            dialling += bool(experience.dialled)
            difference = disagreement(told, experience)
            if difference is None:
                continue
            name = explanation(made.files, told, experience)
            if name is None:
                unexplained.append(f"{difference} in {step} of {made}\n  {experience}\n  {told}")
            else:
                explained[name] += 1
    named = ", ".join(f"{name} {number}" for name, number in sorted(explained.items()))
    lab_notes.append(
        f"dial oracle: {COUNT} configurations, {steps} steps of hadoop-client 3.3.6 ({dialling} of them dialled), "
        f"{len(unexplained)} unexplained disagreements, {explained.total()} explained ({named})"
    )
    assert not unexplained, "\n\n".join(unexplained)
    assert set(explained) == set(EXPLAINED), "an explanation that explains nothing"
