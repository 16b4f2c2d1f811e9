"""Situations of the rules about cluster and resource group: type, release, region, engines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tests.registration.situations import Situation, Table
from tests.registration.situations_network import clusters, groups


def cluster(**keys: object) -> Mapping[str, Table]:
    """Return what case.toml says of the cluster: cluster(type="HADOOP")."""
    return {"cluster": keys}


def serverless(region: str) -> Mapping[str, Table]:
    return cluster(type="EMR-SERVERLESS-SPARK", region=region)


def group(kind: str | None) -> Mapping[str, Table]:
    return {"resource_group": {"type": kind}}


SITUATIONS: Mapping[str, tuple[Situation, ...]] = {
    "cluster-type": (
        Situation("not-checkable", "type", toml={"cluster": {"type": " "}}),
        Situation("passed", "DATALAKE"),
        Situation("passed", "CUSTOM", toml=cluster(type="custom")),
        Situation("failed", "DATAFLOW", toml=cluster(type="DATAFLOW"), code="DW-TYPE"),
        Situation("not-checkable", "type in [cluster]", toml=cluster(type="DATALAK")),
        Situation("not-checkable", "type in [cluster]", toml=cluster(type="Serverless-Spark")),
        Situation("not-checkable", "emr:GetCluster", toml=cluster(type=None)),
        Situation("not-checkable", "emr:GetCluster", cluster(type=None), clusters(ClusterType=("DATALAKE", "OLAP"))),
    ),
    "hadoop-release": (
        Situation("passed", "not HADOOP"),
        Situation("passed", "EMR-3.26.3 is listed", toml=cluster(type="HADOOP", release="EMR-3.26.3")),
        Situation("passed", "EMR-5.6.0 is listed", toml=cluster(type="hadoop", release="5.6.0")),
        Situation("failed", "EMR-3.26.4", toml=cluster(type="HADOOP", release="EMR-3.26.4"), code="DW-HADOOP-VERSION"),
        Situation("failed", "EMR-5.18.1", toml=cluster(type="HADOOP"), code="DW-HADOOP-VERSION"),
        Situation("not-checkable", "emr:GetCluster", toml=cluster(type="HADOOP", release=None)),
        Situation("not-checkable", "emr:GetCluster", toml=cluster(type="HADOOP", release="newest")),
        Situation("not-checkable", "emr:GetCluster", toml=cluster(type="HADOOP", release=f"EMR-5.{'9' * 5000}")),
        Situation("not-checkable", "emr:GetCluster", toml=cluster(type="HADOOP", release="EMR-5.6")),
        Situation("failed", "EMR-5.7", toml=cluster(type="HADOOP", release="EMR-5.7"), code="DW-HADOOP-VERSION"),
        Situation("not-checkable", "emr:GetCluster", toml=cluster(type=None)),
    ),
    "hadoop-type": (
        Situation("passed", "not HADOOP"),
        Situation("failed", "no longer", toml=cluster(type="HADOOP", release="EMR-3.26.3"), code="DW-HADOOP-OLD"),
        Situation("not-checkable", "emr:GetCluster", toml=cluster(type=None)),
    ),
    "datalake-release": (
        Situation("passed", "EMR-5.18.1 is not older"),
        Situation("passed", "EMR-3.41.0 is not older", toml=cluster(release="EMR-3.41.0")),
        Situation("passed", "EMR-5.7.0 is not older", toml=cluster(type="CUSTOM", release="EMR-5.7.0")),
        Situation("passed", "not DATALAKE", toml=cluster(type="HADOOP")),
        Situation("failed", "EMR-3.40.9", toml=cluster(release="EMR-3.40.9"), code="DW-DATALAKE-VERSION"),
        Situation("failed", "EMR-5.6.0", toml=cluster(type="CUSTOM", release="EMR-5.6.0"), code="DW-DATALAKE-VERSION"),
        Situation("not-checkable", "Register Cluster", toml=cluster(release="EMR-4.9.0")),
        Situation("not-checkable", "release", toml=cluster(release=None)),
        Situation("passed", "EMR-5.7 is not older", toml=cluster(release="EMR-5.7")),
        Situation("failed", "EMR-3.40", toml=cluster(release="EMR-3.40"), code="DW-DATALAKE-VERSION"),
    ),
    "serverless-region": (
        Situation("passed", "not EMR-SERVERLESS-SPARK"),
        Situation("passed", "cn-hangzhou", toml=cluster(type="EMR-SERVERLESS-SPARK")),
        Situation("not-checkable", "region in", toml=cluster(type="EMR-SERVERLESS-SPARK", region="Hangzhou")),
        Situation(
            "failed", "cn-guangzhou", toml=cluster(type="EMR-SERVERLESS-SPARK", region="cn-guangzhou"), code="DW-REGION"
        ),
        Situation(
            "failed", "us-west-1", toml=cluster(type="EMR-SERVERLESS-SPARK", region="us-west-1"), code="DW-REGION"
        ),
        Situation(
            "failed", "eu-west-1", toml=cluster(type="EMR-SERVERLESS-SPARK", region="eu-west-1"), code="DW-REGION"
        ),
        Situation("not-checkable", "emr:GetCluster", toml=cluster(type=None)),
    ),
    "task-types": (
        Situation("passed", "Flink is not", toml={"registration": {"engines": ["hive", "spark"]}}),
        Situation("failed", "Flink", toml={"registration": {"engines": ["hive", "flink"]}}, code="DW-FLINK"),
        Situation("failed", "Flink", toml={"registration": {"engines": ["Hive", " Flink "]}}, code="DW-FLINK"),
        Situation("not-checkable", "engines", toml={"registration": {"engines": None}}),
        Situation("not-checkable", "engines", toml={"registration": {"engines": []}}),
    ),
    "resource-group-type": (
        Situation("passed", "serverless"),
        Situation("passed", "exclusive-scheduling", toml=group("ExclusiveScheduler")),
        Situation(
            "failed",
            "data-integration",
            toml={"resource_group": {"type": "ExclusiveDataIntegration"}},
            code="DW-RG-TYPE",
        ),
        Situation("failed", "Brand", toml={"resource_group": {"type": "BrandNew"}}, code="DW-RG-TYPE"),
        Situation("not-checkable", "GetResourceGroup", toml=group(None)),
        Situation("passed", "serverless", group(None), groups("CommonV2", "commonv2")),
        Situation("not-checkable", "GetResourceGroup", group(None), groups("CommonV2", "ExclusiveDataIntegration")),
    ),
}

OF_A_LIST = Situation("passed", "is listed", toml=cluster(type="HADOOP", release="EMR-3.26.3"))
"""A rule that a list of 2026-03-27 decides."""

YOUNG, OLD = date(2027, 3, 28), date(2027, 3, 29)
"""The last day on which the list is no more than 366 days old, and the day after."""
