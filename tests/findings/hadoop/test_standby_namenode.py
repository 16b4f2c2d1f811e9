"""Are clients that dial only a NameNode in standby told so, and nobody else?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import MASTER, SECOND, SERVICE, Change, changed, healthy, report
from tests.support.said_by_services import with_answers

PINNED: Change = {"core-site.xml": {"fs.defaultFS": f"hdfs://{SECOND}:8020"}}
ALONE: Change = {"hdfs-site.xml": {f"dfs.ha.namenodes.{SERVICE}": "nn2"}}
SECOND_FLOW = "namenode-rpc/master-1-2:8020"


def standby(folder: Path, change: Change, state: str | None) -> list[Any]:
    """Return the findings SVC-STANDBY if the NameNodes that clients dial say this state."""
    said = {} if state is None else {8020: {"namenode_state": state, "page_port": "9870"}}
    files = changed(healthy(ha=True), change)
    result = report(folder / "then", with_answers(folder / "first", files, said))
    return [finding for finding in result["findings"] if finding["code"] == "SVC-STANDBY"]


def test_a_pinned_namenode_that_says_standby_is_an_error_with_its_edit(tmp_path: Path) -> None:
    (finding,) = standby(tmp_path, PINNED, "standby")

    assert (finding["severity"], finding["confidence"]) == ("error", "strong")
    assert [each["kind"] for each in finding["evidence"]] == ["line", "observation"]
    assert finding["evidence"][1]["ref"] == f"{SECOND}:9870"
    assert "the one that is named says that it is standby" in finding["cause"]
    assert SECOND_FLOW in finding["undone"]["repairs"]
    assert finding["params"]["right"] == f"hdfs://{SERVICE}"


@pytest.mark.parametrize("state", ["active", None])
def test_a_pinned_namenode_that_is_not_known_to_stand_by_is_a_warning(tmp_path: Path, state: str | None) -> None:
    (finding,) = standby(tmp_path, PINNED, state)

    assert finding["severity"] == "warning"


def test_the_only_namenode_of_the_files_that_says_standby_is_an_error(tmp_path: Path) -> None:
    (finding,) = standby(tmp_path, ALONE, "standby")

    assert (finding["severity"], finding["confidence"]) == ("error", "strong")
    assert finding["params"]["value"] == f"{SECOND}:8020"
    assert finding["undone"]["repairs"] == finding["flows"] == [SECOND_FLOW]


@pytest.mark.parametrize("state", ["active", "observer", None])
def test_the_only_namenode_that_is_not_known_to_stand_by_is_none(tmp_path: Path, state: str | None) -> None:
    assert standby(tmp_path, ALONE, state) == []


def test_another_namenode_that_the_node_list_has_is_named(tmp_path: Path) -> None:
    toml = str(healthy(ha=True)["case.toml"]).replace('group = "MASTER"', 'group = "MASTER"\ncomponents = ["NameNode"]')

    (finding,) = standby(tmp_path, {**ALONE, "case.toml": toml}, "standby")

    assert finding["params"]["others"] == [MASTER]
    assert "master-1-1" in finding["cause"]
