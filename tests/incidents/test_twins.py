"""Two members of an HA group with one address: is it said, with the line to write?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.incident_cases import MASTER, SECOND, SERVICE, Settings, changed, healthy, report

HDFS, YARN = "hdfs-site.xml", "yarn-site.xml"
SECOND_NAMENODE = f"dfs.namenode.rpc-address.{SERVICE}.nn2"


@pytest.mark.parametrize(
    ("file", "settings", "right"),
    [
        (HDFS, {SECOND_NAMENODE: f"{MASTER}:8020"}, f"{SECOND}:8020"),
        (HDFS, {SECOND_NAMENODE: "192.168.20.11:8020"}, f"{SECOND}:8020"),
        (YARN, {"yarn.resourcemanager.hostname.rm2": MASTER}, SECOND),
        (YARN, {"yarn.resourcemanager.address.rm2": f"{MASTER}:8032"}, f"{SECOND}:8032"),
    ],
)
def test_two_members_with_one_address_are_a_warning(tmp_path: Path, file: str, settings: Settings, right: str) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {file: settings}))

    (key,) = settings
    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"]) == ("HA-PARTIAL", "warning")
    assert (finding["params"]["key"], finding["params"]["right"]) == (key, right)
    assert finding["params"]["origin"]["line"] is not None
    assert result["suggested_edits"] == [], "nothing required is wrong, so the line stands in the text alone"
    assert f"write {right} there" in str(finding["remedies"]) + finding["detail"]
    assert result["exit_code"] == 0, "connections still work"


def test_a_third_member_leaves_open_which_master_is_missing(tmp_path: Path) -> None:
    settings = {
        f"dfs.ha.namenodes.{SERVICE}": "nn1,nn2,nn3",
        f"dfs.namenode.rpc-address.{SERVICE}.nn3": f"{MASTER}:8020",
    }
    result = report(tmp_path, changed(healthy(ha=True), {HDFS: settings}))

    assert [(f["code"], f["params"]["right"]) for f in result["findings"]] == [("HA-PARTIAL", None)]


@pytest.mark.parametrize(
    "settings", [{SECOND_NAMENODE: f"{MASTER}:8021"}, {"dfs.nameservices": SERVICE}], ids=["other port", "healthy"]
)
def test_other_members_are_no_twins(tmp_path: Path, settings: Settings) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {HDFS: settings}))

    assert "HA-PARTIAL" not in [finding["code"] for finding in result["findings"]]
