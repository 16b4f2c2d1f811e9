"""Does a close variant of an incident end in its own code, with the exact line to write?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.incident_cases import CORE, MASTER, REALM, SERVICE, Change, changed, check, healthy, report, site

YARN, MAPRED, HIVE, HDFS, CORE_SITE = (f"{name}-site.xml" for name in ("yarn", "mapred", "hive", "hdfs", "core"))
RM_HOST = "yarn.resourcemanager.hostname"
HISTORY = "mapreduce.jobhistory.address"


@pytest.mark.parametrize("kerberos", [False, True])
@pytest.mark.parametrize("ha", [False, True])
def test_a_healthy_cluster_has_no_finding_and_no_repair(tmp_path: Path, kerberos: bool, ha: bool) -> None:
    result = report(tmp_path, healthy(kerberos=kerberos, ha=ha))

    assert (result["exit_code"], result["findings"], result["suggested_rules"], result["suggested_edits"]) == (
        0,
        [],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("file", "key", "value", "code", "before", "after"),
    [
        (MAPRED, HISTORY, "0.0.0.0:10020", "SVC-UNSET", "0.0.0.0:10020", f"{MASTER}:10020"),
        (MAPRED, HISTORY, "[::]:10020", "SVC-UNSET", "[::]:10020", f"{MASTER}:10020"),
        (MAPRED, HISTORY, MASTER, "SVC-PORT", MASTER, f"{MASTER}:10020"),
        (YARN, RM_HOST, "0.0.0.0", "SVC-UNSET", "0.0.0.0", MASTER),
        (YARN, RM_HOST, "::", "SVC-UNSET", "[::]", MASTER),
        (YARN, RM_HOST, "localhost.localdomain", "DNS-LOOPBACK", "localhost.localdomain", MASTER),
        (YARN, RM_HOST, "${env.RM}", "SVC-UNSET", "${env.RM}", MASTER),
        (YARN, "yarn.resourcemanager.address", "127.0.1.1:8032", "DNS-LOOPBACK", "127.0.1.1:8032", f"{MASTER}:8032"),
        (YARN, "yarn.resourcemanager.address", f"{MASTER}:0", "SVC-PORT", f"{MASTER}:0", f"{MASTER}:8032"),
        (
            YARN,
            "yarn.resourcemanager.address",
            f"http://{MASTER}:8032",
            "SVC-UNSET",
            f"http://{MASTER}:8032",
            f"{MASTER}:8032",
        ),
        (CORE_SITE, "fs.defaultFS", "hdfs://127.0.0.1:9000", "DNS-LOOPBACK", None, f"hdfs://{MASTER}:9000"),
        (CORE_SITE, "fs.defaultFS", "hdfs://0.0.0.0:8020", "SVC-UNSET", None, f"hdfs://{MASTER}:8020"),
        (CORE_SITE, "fs.defaultFS", "hdfs://emr_master:9000", "SVC-UNSET", None, f"hdfs://{MASTER}:9000"),
        (CORE_SITE, "fs.defaultFS", "hdfs://${NAMENODE}:9000", "SVC-UNSET", None, f"hdfs://{MASTER}:9000"),
        (HIVE, "hive.metastore.uris", "thrift://localhost:9083", "DNS-LOOPBACK", None, f"thrift://{MASTER}:9083"),
        (HIVE, "hive.metastore.uris", "thrift://0.0.0.0:9083", "SVC-UNSET", None, f"thrift://{MASTER}:9083"),
        (HIVE, "hive.metastore.uris", f"thrift://{MASTER}", "SVC-PORT", None, f"thrift://{MASTER}:9083"),
        (HIVE, "hive.metastore.uris", f"{MASTER}:9083", "SVC-UNSET", None, f"thrift://{MASTER}:9083"),
        (HIVE, "hive.server2.thrift.bind.host", "localhost", "SVC-BIND", None, "0.0.0.0"),
        (HIVE, "hive.metastore.thrift.bind.host", "127.0.0.1", "SVC-BIND", None, "0.0.0.0"),
        (YARN, "yarn.resourcemanager.bind-host", "127.0.0.1", "SVC-BIND", None, "0.0.0.0"),
        (MAPRED, "mapreduce.jobhistory.bind-host", "127.0.0.1", "SVC-BIND", None, "0.0.0.0"),
        (HDFS, "dfs.namenode.rpc-bind-host", "localhost", "SVC-BIND", None, "0.0.0.0"),
        (HDFS, "dfs.datanode.address", "127.0.0.1:9866", "SVC-BIND", None, "0.0.0.0:9866"),
    ],
)
def test_a_setting_that_leads_nowhere_is_the_only_finding(
    tmp_path: Path, file: str, key: str, value: str, code: str, before: str | None, after: str
) -> None:
    result = report(tmp_path, changed(healthy(), {file: {key: value}}))

    assert [one["code"] for one in result["findings"]] == [code]
    assert (result["exit_code"], result["suggested_rules"]) == (1, [])
    (edit,) = result["suggested_edits"]
    assert (edit["from"], edit["to"]) == (before or value, after)
    assert key in edit["id"]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({HIVE: {"hive.exec.scratchdir": f"hdfs://{MASTER}:8020/tmp"}}, ["SVC-PORT"]),
        ({HIVE: {"hive.exec.scratchdir": "hdfs://emr-header-1.cluster-9:9000/tmp"}}, ["DW-FILES-STALE"]),
        (
            {
                "spark-defaults.conf": "spark.submit.deployMode cluster\nspark.eventLog.dir hdfs://emr-header-1.cluster-9/l\n"
            },
            ["DW-FILES-STALE"],
        ),
        ({HIVE: {"hive.metastore.warehouse.dir": "/user/hive/warehouse"}}, []),
        ({HIVE: {"hive.metastore.warehouse.dir": "oss://bucket/warehouse"}}, []),
        ({HDFS: {"dfs.namenode.rpc-bind-host": "0.0.0.0"}}, []),
        ({CORE_SITE: {"fs.defaultFS": f"hdfs://{MASTER}.:9000"}}, []),
        ({CORE_SITE: {"fs.defaultFS": f"\n  hdfs://{MASTER}:9000\n"}}, []),
        ({CORE_SITE: {"fs.defaultFS": "oss://bucket/path"}}, []),
        ({CORE_SITE: b"\xef\xbb\xbf" + site({"fs.defaultFS": f"hdfs://{MASTER}:9000"}).encode()}, []),
        ({CORE_SITE: site({"fs.defaultFS": f"hdfs://{MASTER}:9000"}) + "<configuration/>"}, ["HADOOP-CONF-SYNTAX"]),
        ({YARN: f"<configuration>\n<<<<<<< HEAD\n{CORE}\n"}, ["HADOOP-CONF-SYNTAX"]),
        ({MAPRED: ""}, ["HADOOP-CONF-SYNTAX"]),
    ],
)
def test_a_variant_has_its_own_codes_and_no_rule(tmp_path: Path, change: Change, codes: list[str]) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert [one["code"] for one in result["findings"]] == codes
    assert result["suggested_rules"] == []


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        (f"hdfs://{SERVICE}:8020/wh", []),
        (f"hdfs://{SERVICE}:9000/wh", ["HA-NAMESERVICE"]),
        ("hdfs://emr-cluster/wh", ["HA-NAMESERVICE"]),
        (f"hdfs://{MASTER}:8020/wh", ["SVC-STANDBY"]),
    ],
)
def test_a_warehouse_of_a_cluster_with_two_masters(tmp_path: Path, value: str, codes: list[str]) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {HIVE: {"hive.metastore.warehouse.dir": value}}))

    assert [one["code"] for one in result["findings"]] == codes


@pytest.mark.parametrize(
    ("file", "key", "value", "code"),
    [
        (HIVE, "hive.metastore.kerberos.principal", "hive", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", f"hive@{REALM}", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", f"hive/_host@{REALM}", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", "hive/_HOST", "KRB-SVC-PATTERN"),
        (MAPRED, "mapreduce.jobhistory.principal", "mapred", "KRB-SVC-PATTERN"),
        (HIVE, "hive.server2.authentication.kerberos.principal", "hive/_HOST@OTHER.COM", "DW-FILES-MIXED"),
        (HDFS, "dfs.namenode.kerberos.principal", f"hdfs/_HOST@{REALM.lower()}", "DW-FILES-MIXED"),
    ],
)
def test_a_principal_that_no_client_gets_a_ticket_for(
    tmp_path: Path, file: str, key: str, value: str, code: str
) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {file: {key: value}}))

    assert [one["code"] for one in result["findings"]] == [code]
    assert (result["exit_code"], result["suggested_rules"]) == (1, [])


SECRET = "Xq7SecretWord"


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        (CORE_SITE, "hadoop.security.key.provider.path", f"kms://http@u:{SECRET}@{MASTER}:9600/kms"),
        (CORE_SITE, "fs.defaultFS", f"hdfs://u:{SECRET}@localhost:9000"),
        (CORE_SITE, "fs.defaultFS", f"oss://key:{SECRET}@bucket"),
        (HIVE, "javax.jdo.option.ConnectionURL", f"jdbc:mysql://root:{SECRET}@rds:3306/hive"),
        (HIVE, "hive.metastore.uris", f"thrift://u:{SECRET}@@{MASTER}:9083"),
        (HIVE, "hive.metastore.warehouse.dir", f"hdfs://u:{SECRET}@old.cluster-9:9000/w"),
        (YARN, RM_HOST, f"u:{SECRET}@0.0.0.0"),
        (HIVE, "hive.server2.thrift.bind.host", f"u:{SECRET}@127.0.0.1"),
    ],
)
@pytest.mark.parametrize("kerberos", [False, True])
def test_a_password_in_an_address_is_nowhere(tmp_path: Path, file: str, key: str, value: str, kerberos: bool) -> None:

    files = changed(healthy(kerberos=kerberos), {file: {key: value}})

    for options in ((), ("--format", "json"), ("--format", "cli")):
        assert SECRET not in check(tmp_path, files, *options)[1]
