"""Do our flows name what spark-submit dials on YARN before a job is accepted?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from diagnose.case.directory import read
from diagnose.flows.plan import flows
from tests.lab.dial.clients import SPARK, client, compiled
from tests.lab.dial.recorder import recorder
from tests.lab.dial.site_files import HOSTS_FILE, configurations
from tests.lab.dial.spark_files import MAKERS
from tests.lab.dial.submission import disagreement, stages
from tests.lab.dial.tally import Tally

COUNT: Final = 80
SEED: Final = 20261128


def test_flows_are_what_spark_submit_dials(
    lab_machine: None, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, lab_notes: list[str]
) -> None:
    tally = Tally(SPARK.name, COUNT)
    classes = compiled(SPARK, tmp_path_factory.mktemp("classes"))
    # spark-submit asks for the variable; the class path has the files.
    environment = {"HADOOP_CONF_DIR": str(tmp_path), "SPARK_LOCAL_DIRS": str(tmp_path)}
    with recorder(HOSTS_FILE) as recording, client(SPARK, classes, recording, environment=environment) as spark:
        for made in configurations(MAKERS, COUNT, SEED):
            place = tmp_path / made.name
            made.write(place)
            (place / "hosts").write_text(HOSTS_FILE)
            case = read([place])
            told = tuple(stages(case, flows(case)))
            experience = spark.run("submit", place)
            tally.count(made.name, made.files, experience, disagreement(told, experience), str(told))
    lab_notes.append(tally.note("configurations"))
    tally.check()
