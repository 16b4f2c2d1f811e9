"""Does a setting that leads to no machine of the cluster get the value that its client takes?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from diagnose.findings.catalogue import entry
from tests.support.incident_cases import CORE, MASTER, SECOND, Content, changed, healthy, report, with_instances
from tests.support.said_by_services import with_answers

HIVE, CASE, YARN = "hive-site.xml", "case.toml", "yarn-site.xml"
YARN_PREFIX = "yarn.resourcemanager."
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


def test_what_explains_loopback_speaks_of_settings_as_well_as_of_names() -> None:
    explained = entry("DNS-LOOPBACK")
    assert "setting" in explained.title
    assert [step for step in explained.repair if step.startswith("Write") and "setting" in step]


def test_uris_of_an_unknown_metastore_are_written_with_their_scheme(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(ha=True), ON_LOOPBACK))

    (finding,) = result["findings"]
    assert result["suggested_edits"] == []
    assert f"set {URIS} to thrift://host:port of the Hive metastore" in str(finding["remedies"])


@pytest.mark.parametrize(
    ("gone", "key", "right"),
    [("ha.rm-ids", "ha.rm-ids", "rm1,rm2"), ("hostname.rm1", "hostname.rm1", MASTER), ("hostname.rm1 rm2", "", None)],
)
def test_high_availability_of_yarn_without_a_setting_is_repaired_by_it(
    tmp_path: Path, gone: str, key: str, right: str | None
) -> None:
    files = healthy(ha=True)
    name, _, also = gone.partition(" ")
    dropped = {f"{YARN_PREFIX}{name}", *([f"{YARN_PREFIX}hostname.{also}"] if also else [])}
    settings = cast(Mapping[str, str], files[YARN])
    files[YARN] = {each: value for each, value in settings.items() if each not in dropped}

    result = report(tmp_path, files)

    (finding,) = result["findings"]
    assert (finding["code"], finding["confidence"], result["exit_code"]) == ("SVC-UNSET", "strong", 1)
    if right is None:
        assert f"set {YARN_PREFIX}ha.enabled to false instead" in str(finding["remedies"])
        assert result["suggested_edits"] == []
    else:
        (edit,) = result["suggested_edits"]
        assert (key in str(edit), edit["from"], edit["to"]) == (True, None, right)
        assert finding["undone"]["repairs"]


def test_ids_of_yarn_that_no_address_has_are_replaced_by_those_that_have_one(tmp_path: Path) -> None:
    files = healthy(ha=True)
    settings = cast(Mapping[str, str], files[YARN])
    files[YARN] = {key.replace("hostname.rm", "hostname.nn"): value for key, value in settings.items()}

    result = report(tmp_path, files)

    (finding,) = result["findings"]
    assert (finding["code"], finding["confidence"], result["exit_code"]) == ("SVC-UNSET", "strong", 1)
    assert [(edit["from"], edit["to"]) for edit in result["suggested_edits"]] == [("rm1,rm2", "nn1,nn2")]


@pytest.mark.parametrize(
    ("ha", "default", "rpc", "right", "confidence"),
    [
        # NameNode.initializeGenericKeys, Hadoop 3.3.6
        (False, f"hdfs://{MASTER}:8020", f"{MASTER}:9000", f"hdfs://{MASTER}:9000", "strong"),
        (False, f"hdfs://{MASTER}", f"{MASTER}:9000", f"hdfs://{MASTER}:9000", "strong"),
        (False, f"hdfs://{MASTER}:8020", "0.0.0.0:9000", f"hdfs://{MASTER}:9000", "strong"),
        # The port that EMR gives stands in core-site.xml
        (False, f"hdfs://{MASTER}:9000", f"{MASTER}:8020", f"hdfs://{MASTER}:8020", "inferred"),
        (True, f"hdfs://{MASTER}:9000", None, "hdfs://etl-ha", "strong"),
    ],
)
def test_a_file_system_on_a_port_that_its_namenode_does_not_have_is_corrected(
    tmp_path: Path, ha: bool, default: str, rpc: str | None, right: str, confidence: str
) -> None:
    change = {
        "core-site.xml": {"fs.defaultFS": default},
        "hdfs-site.xml": {} if rpc is None else {"dfs.namenode.rpc-address": rpc},
    }

    result = report(tmp_path, changed(healthy(ha=ha), change))

    (finding,) = result["findings"]
    assert (finding["code"], finding["confidence"]) == ("SVC-PORT", confidence)
    assert [(edit["from"], edit["to"]) for edit in result["suggested_edits"]] == [(default, right)]
    assert (result["exit_code"], result["suggested_rules"]) == (1 if confidence == "strong" else 3, [])


def test_a_service_that_answers_on_a_node_where_no_list_has_it_is_there(tmp_path: Path) -> None:
    files = with_instances(changed(healthy(), {"core-site.xml": {"fs.defaultFS": f"hdfs://{CORE}:9000"}}))

    def codes(folder: str, given: dict[str, Content]) -> list[str]:
        return [finding["code"] for finding in report(tmp_path / folder, given)["findings"]]

    assert codes("files", files) == ["DW-FILES-STALE"]
    assert "DW-FILES-STALE" not in codes("packets", with_answers(tmp_path / "first", files, {9000: {}}))


SPARK, SPARK_FS = "spark-defaults.conf", "spark.hadoop.fs.defaultFS"
WITH_SPARK = '[registration]\nengines = ["Spark"]\n'


@pytest.mark.parametrize(
    ("engines", "key", "value", "more", "found"),
    [
        (WITH_SPARK, SPARK_FS, f"hdfs://{MASTER}:8021", "", ("SVC-PORT", "error")),
        (WITH_SPARK, SPARK_FS, "hdfs://core-1-1:9000", "", ("DW-FILES-STALE", "error")),
        (WITH_SPARK, SPARK_FS, f"hdfs://{MASTER}:8021", "spark.yarn.stagingDir oss://b/s\n", ("SVC-PORT", "warning")),
        (WITH_SPARK, "spark.eventLog.dir", f"hdfs://{MASTER}:8021/logs", "", ("SVC-PORT", "warning")),
        ("", SPARK_FS, f"hdfs://{MASTER}:8021", "", ("SVC-PORT", "warning")),
    ],
    ids=["another port", "another node", "staged elsewhere", "a path", "engines unknown"],
)
def test_the_default_file_system_of_spark_is_an_error_if_tasks_use_spark(
    tmp_path: Path, engines: str, key: str, value: str, more: str, found: tuple[str, str]
) -> None:
    files = healthy()
    result = report(tmp_path, {**files, CASE: f"{files[CASE]!s}{engines}", SPARK: f"{key} {value}\n{more}"})

    assert (found[0], found[1]) in [(one["code"], one["severity"]) for one in result["findings"]]
    about = next(one for one in result["findings"] if one["code"] == found[0])
    assert ("Spark lays it over fs.defaultFS" in str(about)) is (key == SPARK_FS)
    assert key in str(about["remedies"])


def test_without_spark_its_default_file_system_is_no_fault(tmp_path: Path) -> None:
    files = healthy()
    toml = f'{files[CASE]!s}[registration]\nengines = ["Hive"]\n'
    result = report(tmp_path, {**files, CASE: toml, SPARK: f"{SPARK_FS} hdfs://{MASTER}:8021\n"})
    assert result["findings"] == []
