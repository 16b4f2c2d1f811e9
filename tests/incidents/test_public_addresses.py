"""Does the answer hold for addresses in Hadoop files as people write them?

Settings of public reports and of vendors' pages, rebuilt with hosts and addresses of ours. What a
client dials all the same is no fault.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    BLOCK,
    CORE,
    MASTER,
    PORTS,
    SECOND,
    SERVICE,
    Change,
    Settings,
    changed,
    group_of_nodes,
    healthy,
    report,
    rule,
    site,
)

ALL = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
CORE_SITE, HDFS, YARN, HIVE = "core-site.xml", "hdfs-site.xml", "yarn-site.xml", "hive-site.xml"
RM, URIS = "yarn.resourcemanager.address", "hive.metastore.uris"
PROVIDER = "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider"
JINDO = "com.aliyun.jindodata.hdfs"


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _rules(result: Any) -> list[tuple[str, str]]:
    rules = [each for each in result["suggested_rules"] if each["option"] == 1]
    return [(each["port_range"], each["source_cidr_ip"]) for each in rules]


def _without(port: int) -> Change:
    return group_of_nodes([each for each in ALL if each["PortRange"] != f"{port}/{port}"])


@pytest.mark.parametrize(
    ("change", "ha"),
    [
        # https://github.com/hopshadoop/hops/issues/32: Hadoop takes the authority of a URI
        ({YARN: {RM: "hdfs://192.168.20.11:8032"}}, False),
        ({HDFS: {f"dfs.namenode.rpc-address.{SERVICE}.nn1": f"hdfs://{MASTER}:8020"}}, True),
        ({"mapred-site.xml": {"mapreduce.jobhistory.address": f"http://{MASTER}:10020/"}}, False),
        ({YARN: {RM: MASTER}}, False),
        ({YARN: {RM: "${yarn.resourcemanager.hostname}:8032"}}, False),
        ({YARN: {"yarn.resourcemanager.ha.rm-ids": "rm1, rm2"}, HDFS: {"dfs.nameservices": f"\n {SERVICE}\n"}}, True),
        ({CORE_SITE: site({"fs.default.name": f"hdfs://{MASTER}:9000"})}, False),
        ({CORE_SITE: site({"fs.defaultFS": f"\n      hdfs://hadoop@{MASTER}:9000/\n    "})}, False),
        ({HIVE: {URIS: f"thrift://{MASTER}:9083/"}}, False),
        (
            {
                HIVE: {
                    "hive.server2.support.dynamic.service.discovery": "true",
                    "hive.zookeeper.quorum": f"{MASTER}:2181",
                }
            },
            False,
        ),
        ({HIVE: {"javax.jdo.option.ConnectionURL": "jdbc:mysql://rm-a1b2.mysql.rds.aliyuncs.com:3306/hive"}}, False),
        # An observer, as HDFS calls it
        (
            {
                HDFS: {
                    f"dfs.ha.namenodes.{SERVICE}": "nn1,nn2,nn3",
                    f"dfs.namenode.rpc-address.{SERVICE}.nn3": f"{CORE}:8020",
                }
            },
            True,
        ),
        # The NameNode of another nameservice, which nobody dials
        ({HDFS: {"dfs.nameservices": f"{SERVICE},ns2", "dfs.namenode.rpc-address.ns2": f"{CORE}:8021"}}, True),
    ],
    ids=[
        "scheme",
        "scheme-of-namenode",
        "scheme-and-path",
        "no-port",
        "variable",
        "blanks-in-lists",
        "older-name",
        "blanks-and-user",
        "slash-at-the-end",
        "discovery-of-jdbc",
        "database-outside",
        "observer",
        "federation",
    ],
)
def test_what_a_client_dials_all_the_same_is_no_fault(tmp_path: Path, change: Change, ha: bool) -> None:
    result = report(tmp_path, changed(healthy(ha=ha), change))

    assert (result["exit_code"], _codes(result), result["suggested_edits"]) == (0, [], [])


def test_a_port_behind_a_scheme_is_the_one_to_open(tmp_path: Path) -> None:
    change = {YARN: {RM: "hdfs://192.168.20.11:8032"}, **_without(8032)}

    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result)) == (1, ["SG-SVC"])
    assert _rules(result) == [("8032/8032", BLOCK)]


BOTH = f"thrift://{MASTER}:9083{{}}thrift://{SECOND}:9083"


@pytest.mark.parametrize(
    ("file", "key", "value", "right", "said"),
    [
        (HIVE, URIS, BOTH.format(";"), BOTH.format(","), "with commas between them"),
        (HIVE, URIS, f"{MASTER}:9083", f"thrift://{MASTER}:9083", "wants thrift://host:port"),
        # Both NameNodes in one URI
        (CORE_SITE, "fs.defaultFS", f"hdfs://{MASTER}:8020,{SECOND}:8020", f"hdfs://{SERVICE}", "host:port"),
        (YARN, f"{RM}.rm1", "${rm.host}:8032", None, "Nothing fills in ${rm.host}"),
    ],
    ids=["semicolon", "no-scheme", "two-namenodes", "variable-of-nowhere"],
)
def test_what_no_client_takes_is_named_with_what_it_wants(
    tmp_path: Path, file: str, key: str, value: str, right: str | None, said: str
) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {file: {key: value}}))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, ["SVC-UNSET"], [])
    assert said in result["findings"][0]["cause"]
    assert [edit["to"] for edit in result["suggested_edits"]] == ([right] if right else [])


@pytest.mark.parametrize(
    ("settings", "exit_code", "said"),
    [
        (
            {"fs.hdfs.impl": f"{JINDO}.JindoHdfsFileSystem", "fs.accessPolicies.discovery": "oss://a-bucket/"},
            0,
            "maps hdfs://lake to an object store outside the cluster",
        ),
        ({"fs.hdfs.impl": f"{JINDO}.JindoHdfsFileSystem"}, 3, "tells which servers it dials for hdfs://lake"),
    ],
)
def test_a_name_that_another_class_opens_is_no_host_of_an_earlier_cluster(
    tmp_path: Path, settings: Settings, exit_code: int, said: str
) -> None:
    # RootPolicy of JindoSDK: https://help.aliyun.com/document_detail/470235.html
    result = report(tmp_path, changed(healthy(), {CORE_SITE: {"fs.defaultFS": "hdfs://lake", **settings}}))

    assert (result["exit_code"], _codes(result)) == (exit_code, [])
    assert any(said in each["cause"] for each in result["skipped"])
    assert not any(flow["port"] in (8020, 9000) for flow in result["flows"] if flow["need"] == "required")


@pytest.mark.parametrize("name", [f"{JINDO}.JindoHdfsFileSystem", "org.apache.hadoop.hdfs.DistributedFileSystem"])
def test_a_namenode_is_dialled_whichever_class_opens_its_paths(tmp_path: Path, name: str) -> None:
    result = report(tmp_path, changed(healthy(), {CORE_SITE: {"fs.hdfs.impl": name}, **_without(9000)}))

    assert (result["exit_code"], _codes(result), _rules(result)) == (1, ["SG-SVC"], [("9000/9000", BLOCK)])


ROUTERS: Settings = {
    "dfs.nameservices": "fed",
    "dfs.ha.namenodes.fed": "r1,r2",
    "dfs.namenode.rpc-address.fed.r1": f"{MASTER}:8888",
    "dfs.namenode.rpc-address.fed.r2": f"{SECOND}:8888",
    "dfs.client.failover.proxy.provider.fed": PROVIDER,
}


@pytest.mark.parametrize("opened", [True, False])
def test_the_routers_of_a_federation_are_dialled_at_their_own_port(tmp_path: Path, opened: bool) -> None:
    rules = group_of_nodes([*ALL, rule("TCP", 8888)]) if opened else {}
    change: Change = {HDFS: site(ROUTERS), CORE_SITE: {"fs.defaultFS": "hdfs://fed"}, **rules}

    result = report(tmp_path, changed(healthy(ha=True), change))

    assert (result["exit_code"], _codes(result)) == ((0, []) if opened else (1, ["SG-SVC"]))
    assert _rules(result) == ([] if opened else [("8888/8888", BLOCK)])


@pytest.mark.parametrize(
    ("change", "port"),
    [
        ({HIVE: {"hive.server2.transport.mode": "http"}}, 10001),
        ({YARN: {"yarn.federation.enabled": "true", RM: f"{MASTER}:8050"}}, 8050),
        ({HDFS: {"dfs.datanode.address": "0.0.0.0:1004"}}, 1004),
    ],
    ids=["http-mode", "router-of-yarn", "privileged-port"],
)
def test_a_port_that_was_moved_is_the_one_rule_to_add(tmp_path: Path, change: Change, port: int) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _rules(result)) == (1, [(f"{port}/{port}", BLOCK)])


def test_metastores_that_zookeeper_names_need_its_port(tmp_path: Path) -> None:
    mode = {"hive.metastore.service.discovery.mode": "zookeeper", URIS: f"{MASTER}:2181"}

    result = report(tmp_path, changed(healthy(), {HIVE: mode, **_without(2181)}))

    assert (result["exit_code"], _rules(result)) == (1, [("2181/2181", BLOCK)])


SPARK = "spark-defaults.conf"
OF_SPARK = "spark.hadoop.hive.metastore.uris"


def _registered(*engines: str) -> Change:
    names = ", ".join(f'"{name}"' for name in engines)
    return {"case.toml": str(healthy()["case.toml"]) + f"[registration]\nengines = [{names}]\n"}


@pytest.mark.parametrize(
    ("change", "ports"),
    [
        ({}, {9083, 9084}),
        (_registered("spark", "hive"), {9083, 9084}),
        (_registered("spark"), {9084}),
        (_registered("hive"), {9083}),
    ],
    ids=["engines-unknown", "both", "spark", "hive"],
)
def test_the_metastore_that_spark_names_for_itself_is_dialled_by_spark(
    tmp_path: Path, change: Change, ports: set[int]
) -> None:
    own: Change = {SPARK: f"{OF_SPARK} thrift://{MASTER}:9084\n", **change}

    result = report(tmp_path, changed(healthy(), own))

    metastores = {flow["port"] for flow in result["flows"] if flow["service"] == "Hive metastore"}
    assert (metastores, _rules(result)) == (ports, [("9084/9084", BLOCK)] if 9084 in ports else [])


def test_the_same_metastore_in_the_file_of_spark_is_no_second_one(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {SPARK: f"{OF_SPARK} thrift://{MASTER}:9083\n"}))

    assert (result["exit_code"], _codes(result)) == (0, [])


def test_a_metastore_of_spark_on_the_machine_of_the_client_is_corrected_in_its_file(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {SPARK: f"{OF_SPARK} thrift://localhost:9083\n"}))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, ["DNS-LOOPBACK"], [])
    assert [(edit["id"], edit["to"]) for edit in result["suggested_edits"]] == [
        (f"{SPARK}:1 ({OF_SPARK})", f"thrift://{MASTER}:9083")
    ]
