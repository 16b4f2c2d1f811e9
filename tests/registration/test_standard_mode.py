"""Does a password in the URL of a metastore stay where it is?"""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.registration.standard_mode import store
from tests.registration.situations import Situation, diagnosed, verdict_of
from tests.registration.situations_people import STANDARD, database, other


@pytest.mark.parametrize(
    "address",
    ["root:s3cret@rm-1/hive", "rm-1/hive?user=root&password=s3cret", "root:s3/cret@rm-1/hive", "u:s3?cret@rm-1/hive"],
)
def test_nothing_but_host_and_name_of_a_database_is_told(address: str, tmp_path: Path) -> None:
    situation = Situation("failed", "", STANDARD, database(address), twin=other(database("rm-1/hive")))

    diagnosis = diagnosed(tmp_path, situation)

    assert "cret" not in str(verdict_of(diagnosis, "separate-metadata"))
    assert "cret" not in str(store(diagnosis.scene.case))
