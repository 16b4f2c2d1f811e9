"""Does a setting that leads to no machine of the cluster get the value that its client takes?"""

from __future__ import annotations

from pathlib import Path

from tests.support.incident_cases import CORE, MASTER, SECOND, Content, changed, healthy, report, with_instances
from tests.support.said_by_services import with_answers

HIVE, CASE = "hive-site.xml", "case.toml"
URIS = "hive.metastore.uris"
ON_LOOPBACK = {HIVE: {URIS: "thrift://localhost:9083"}}


def test_uris_on_loopback_become_those_of_every_metastore_that_the_cloud_lists(tmp_path: Path) -> None:
    files = changed(healthy(ha=True), ON_LOOPBACK)
    listed = str(files[CASE]).replace('group = "MASTER"', 'group = "MASTER"\ncomponents = ["HiveMetaStore"]')

    result = report(tmp_path, {**files, CASE: listed})

    (edit,) = result["suggested_edits"]
    assert [one["code"] for one in result["findings"]] == ["DNS-LOOPBACK"]
    assert (edit["from"], edit["to"]) == (
        "thrift://localhost:9083",
        f"thrift://{MASTER}:9083,thrift://{SECOND}:9083",
    )


def test_uris_of_an_unknown_metastore_are_written_with_their_scheme(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(ha=True), ON_LOOPBACK))

    (finding,) = result["findings"]
    assert result["suggested_edits"] == []
    assert f"set {URIS} to thrift://host:port of the Hive metastore" in str(finding["remedies"])


def test_a_service_that_answers_on_a_node_where_no_list_has_it_is_there(tmp_path: Path) -> None:
    files = with_instances(changed(healthy(), {"core-site.xml": {"fs.defaultFS": f"hdfs://{CORE}:9000"}}))

    def codes(folder: str, given: dict[str, Content]) -> list[str]:
        return [finding["code"] for finding in report(tmp_path / folder, given)["findings"]]

    assert codes("files", files) == ["DW-FILES-STALE"]
    assert "DW-FILES-STALE" not in codes("packets", with_answers(tmp_path / "first", files, {9000: {}}))
