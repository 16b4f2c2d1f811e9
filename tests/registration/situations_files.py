"""Situations of the rules about configuration files: there, of one cluster, current."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.registration.situations import Situation, Table
from tests.support.incident_cases import CLUSTER, MASTER, Change

OTHER = "c-ffffffffffffffff"
HADOOP: Mapping[str, Table] = {"cluster": {"type": "HADOOP"}}
ABROAD: Mapping[str, Table] = {"cluster": {"account": "2222222222222222"}}
SPARK: Change = {
    "spark-defaults.conf": f"spark.yarn.historyServer.address {MASTER}:18480\n",
    "spark-env.sh": f"export SPARK_MASTER_HOST={MASTER}\n",
}


def configs(*rows: tuple[str, str, str], whole: bool = True, **fields: Any) -> str:
    """Return an answer of ListApplicationConfigs. rows: file, key, value; whole: whether no further
    page is announced."""
    items = [
        {"ConfigFileName": file, "ConfigItemKey": key, "ConfigItemValue": value, **fields} for file, key, value in rows
    ]
    return json.dumps({"ApplicationConfigs": items, "NextToken": "" if whole else "next"}, indent=1)


LISTED = (
    ("core-site", "fs.defaultFS", f"hdfs://{MASTER}:9000"),
    ("hdfs-site", "dfs.replication", "2"),
    ("yarn-site", "yarn.resourcemanager.hostname", MASTER),
    ("mapred-site", "mapreduce.jobhistory.address", f"{MASTER}:10020"),
    ("hive-site", "hive.metastore.uris", f"thrift://{MASTER}:9083"),
    ("spark-defaults", "spark.yarn.historyServer.address", f"{MASTER}:18480"),
)
STALE = tuple((file, key, value.replace("master-1-1", "master-1-9")) for file, key, value in LISTED)

SITUATIONS: Mapping[str, tuple[Situation, ...]] = {
    "files-present": (
        Situation("passed", "no file is uploaded"),
        Situation("passed", "all seven", HADOOP, SPARK),
        Situation(
            "failed",
            "spark-defaults.conf, spark-env.sh",
            HADOOP,
            {"spark-defaults.conf": None},
            code="DW-FILES-MISSING",
        ),
        Situation("failed", "hive-site.xml", ABROAD, {**SPARK, "hive-site.xml": None}, code="DW-FILES-MISSING"),
        Situation(
            "failed",
            "spark-env.sh",
            HADOOP,
            {"configs.json": configs(("spark-env", "SPARK_HOME", "/opt/apps/SPARK"))},
            code="DW-FILES-MISSING",
        ),
        Situation("not-checkable", "emr:GetCluster", {"cluster": {"type": None}}),
        Situation("not-checkable", "account in [resource_group]", {"resource_group": {"account": None}}),
        Situation(
            "not-checkable",
            "account in [cluster] of case.toml, account in [resource_group]",
            {"cluster": {"account": None}, "resource_group": {"account": None}},
        ),
        Situation("passed", "all seven", {"cluster": {"type": None}}, SPARK),
    ),
    "files-of-one-cluster": (
        Situation("passed", CLUSTER),
        Situation("passed", "hive-site.xml", {"cluster": {"id": None}}, kerberos=True),
        Situation(
            "failed",
            OTHER,
            files={"yarn-site.xml": {"yarn.resourcemanager.hostname": MASTER.replace(CLUSTER, OTHER)}},
            code="DW-FILES-MIXED",
        ),
        Situation(
            "failed",
            f"mapred-site.xml are of another cluster: {OTHER}",
            {"cluster": {"id": None}},
            {"mapred-site.xml": {"mapreduce.jobhistory.address": MASTER.replace(CLUSTER, OTHER) + ":10020"}},
            code="DW-FILES-MIXED",
        ),
        Situation(
            "failed",
            "cluster-4711",
            {"cluster": {"id": "C-0000000000000001", "type": "HADOOP"}},
            {
                "core-site.xml": {"fs.defaultFS": "hdfs://emr-header-1.cluster-4700:9000"},
                "yarn-site.xml": {
                    "yarn.resourcemanager.hostname": "emr-header-1.cluster-4700",
                    "yarn.resourcemanager.principal": "yarn/_HOST@EMR.4711.COM",
                },
                "mapred-site.xml": {"mapreduce.jobhistory.address": "emr-header-1.cluster-4700:10020"},
            },
            code="DW-FILES-MIXED",
        ),
        Situation(
            "failed",
            "different realms",
            files={"hdfs-site.xml": {"dfs.namenode.kerberos.principal": "hdfs/_HOST@OTHER.COM"}},
            code="DW-FILES-MIXED",
            kerberos=True,
        ),
        Situation(
            "not-checkable",
            "core-site.xml",
            files={
                "core-site.xml": {"fs.defaultFS": "hdfs://192.168.20.11:9000"},
                "yarn-site.xml": {"yarn.resourcemanager.hostname": "192.168.20.11"},
                "mapred-site.xml": {"mapreduce.jobhistory.address": "192.168.20.11:10020"},
            },
        ),
        Situation(
            "not-checkable",
            "emr:GetCluster",
            {"cluster": {"id": None}},
            {"yarn-site.xml": None, "mapred-site.xml": None, "cluster.json": None},
        ),
    ),
    "files-current": (
        Situation("passed", "no file is uploaded"),
        Situation(
            "passed",
            "does not list it: spark-env.sh",
            HADOOP,
            {**SPARK, "configs.json": configs(*LISTED)},
        ),
        Situation(
            "passed",
            "spark-defaults.conf, spark-env.sh say of connections",
            HADOOP,
            {**SPARK, "configs.json": configs(*LISTED, ("spark-env", "SPARK_MASTER_HOST", MASTER))},
        ),
        Situation(
            "failed",
            "SPARK_MASTER_HOST",
            HADOOP,
            {**SPARK, "configs.json": configs(*LISTED, ("spark-env", "SPARK_MASTER_HOST", "master-1-9"))},
            code="DW-FILES-STALE",
        ),
        Situation("failed", "fs.defaultFS", HADOOP, {**SPARK, "configs.json": configs(*STALE)}, code="DW-FILES-STALE"),
        Situation(
            "failed",
            "dfs.client.use.datanode.hostname",
            HADOOP,
            {
                **SPARK,
                "configs.json": configs(*LISTED, ("hdfs-site", "dfs.client.use.datanode.hostname", "true")),
            },
            code="DW-FILES-STALE",
        ),
        Situation("not-checkable", "emr:ListApplicationConfigs", HADOOP, SPARK),
        Situation(
            "not-checkable",
            "spark-defaults.conf",
            HADOOP,
            {"configs.json": configs(*LISTED), "spark-defaults.conf": None},
        ),
        Situation("not-checkable", "emr:GetCluster", {"cluster": {"type": None}}, {"configs.json": configs(*STALE)}),
    ),
}
