"""Situations of the rules about lineage, EMR-HOOK and the initialization of resource groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.registration.situations import Situation
from tests.registration.situations_files import configs

HOOK = "com.aliyun.emr.meta.hive.hook.LineageLoggerHook"
AT: Mapping[str, Any] = {"UpdateTime": 1764547200000}  # 2025-12-01T00:00:00Z
LATER: Mapping[str, Any] = {"UpdateTime": "1795996800000"}  # 2026-11-30T00:00:00Z

SITUATIONS: Mapping[str, tuple[Situation, ...]] = {
    "lineage": (
        Situation("passed", "EMR-5.18.1 has lineage"),
        Situation("passed", "EMR-3.43.1", {"cluster": {"release": "EMR-3.43.1"}}),
        Situation(
            "passed",
            "for EMR Spark nodes",
            {"cluster": {"release": "EMR-5.8.0"}, "registration": {"engines": ["spark"]}},
        ),
        Situation(
            "passed",
            "no engine",
            {"cluster": {"release": "EMR-3.40.0"}, "registration": {"engines": ["presto"]}},
        ),
        Situation("failed", "EMR-5.9.0 is too old", {"cluster": {"release": "EMR-5.9.0"}}, code="DW-LINEAGE"),
        Situation("failed", "EMR-4.9.0 is too old", {"cluster": {"release": "EMR-4.9.0"}}, code="DW-LINEAGE"),
        Situation("not-checkable", "emr:GetCluster", {"cluster": {"release": None}}),
        Situation("passed", "EMR-5.10 has lineage", {"cluster": {"release": "EMR-5.10"}}),
        Situation("failed", "EMR-5.8 is too old", {"cluster": {"release": "EMR-5.8"}}, code="DW-LINEAGE"),
        Situation("not-checkable", "emr:GetCluster", {"cluster": {"release": "EMR-5.9"}}),
        Situation("not-checkable", "that ran", {"cluster": {"type": "EMR-SERVERLESS-SPARK", "release": None}}),
        Situation("not-checkable", "emr:GetCluster", {"cluster": {"release": "EMR-5.9.1-beta"}}),
    ),
    "hook-hive": (
        Situation("passed", "hive.metastore.pre.event.listeners"),
        Situation("passed", "of type HADOOP", {"cluster": {"type": "HADOOP"}}),
        Situation("passed", "none of the engines", {"registration": {"engines": ["spark"]}}),
        Situation("passed", "have the classes", files={"hive-site.xml": {"hive.exec.post.hooks": f"a.B, {HOOK}"}}),
        Situation(
            "failed",
            "EMR-HOOK of Hive is off",
            files={"hive-site.xml": {"hive.exec.post.hooks": "a.B"}},
            code="DW-HOOK",
        ),
        Situation(
            "failed",
            "EMR-HOOK of Hive is off",
            {"cluster": {"release": "EMR-5.13.0"}},
            {"hivemetastore-site.xml": {"hive.metastore.event.listeners": ""}},
            code="DW-HOOK",
        ),
        Situation("not-checkable", "emr:ListApplicationConfigs", files={"hivemetastore-site.xml": None}),
        Situation(
            "not-checkable",
            "emr:ListApplicationConfigs",
            {"cluster": {"release": "EMR-5.13.0"}},
            {"hivemetastore-site.xml": None},
        ),
        Situation(
            "not-checkable",
            "emr:ListApplicationConfigs",
            {"cluster": {"release": None}},
            {
                "hivemetastore-site.xml": None,
                "configs.json": configs(("hivemetastore-site", "hive.metastore.uris", "x"), whole=False),
            },
        ),
        Situation("not-checkable", "emr:GetCluster", {"cluster": {"type": None}}),
    ),
    "hook-spark": (
        Situation("passed", "spark.sql.queryExecutionListeners"),
        Situation("failed", "EMR-HOOK of Spark SQL is off", files={"spark-defaults.conf": "a b\n"}, code="DW-HOOK"),
        Situation("not-checkable", "emr:ListApplicationConfigs", files={"spark-defaults.conf": None}),
    ),
    "initialized-since-change": (
        Situation("passed", "after the last change"),
        Situation(
            "passed",
            "after the last change",
            files={"configs.json": configs(("core-site", "io.file.buffer.size", "1"), **AT)},
        ),
        Situation(
            "passed",
            "after the last change",
            files={"configs.json": configs(("hive-site", "hive.exec.post.hooks", HOOK), **LATER)},
        ),
        Situation("failed", "not initialized", {"registration": {"initialized_at": "never"}}, code="DW-REINIT"),
        Situation(
            "failed",
            "changed after",
            files={"configs.json": configs(("core-site", "io.file.buffer.size", "1"), **LATER)},
            code="DW-REINIT",
        ),
        Situation("failed", "changed after", {"cluster": {"changed_at": "2026-11-02T00:00:00Z"}}, code="DW-REINIT"),
        Situation("failed", "changed after", {"cluster": {"changed_at": "2026-11-04T00:00:00"}}, code="DW-REINIT"),
        Situation("not-checkable", "initialized_at", {"registration": {"initialized_at": None}}),
        Situation("not-checkable", "initialized_at", {"registration": {"initialized_at": "2026-12-02T08:00:00Z"}}),
        Situation("not-checkable", "changed_at in [cluster]", {"cluster": {"changed_at": None}}),
        Situation(
            "not-checkable",
            "changed_at in [cluster]",
            {"cluster": {"changed_at": None}},
            {"configs.json": configs(("core-site", "io.file.buffer.size", "1"), **AT)},
        ),
        Situation("not-checkable", "initialized_at", {"cluster": {"changed_at": "2026-11-01T12:00:00"}}),
    ),
    "initialized-off-peak": (
        Situation("passed", "outside the busy hours"),
        Situation("passed", "outside", {"workspace": {"busy_hours": []}}),
        Situation("failed", "in busy hours", {"workspace": {"busy_hours": ["23:00-04:00"]}}, code="DW-INIT-PEAK"),
        Situation(
            "failed", "in busy hours", {"registration": {"initialize_at": "2026-12-01T07:59:00"}}, code="DW-INIT-PEAK"
        ),
        Situation("passed", "outside", {"registration": {"initialize_at": "2026-12-01T20:00:00"}}),
        Situation("not-checkable", "busy_hours in [workspace]", {"workspace": {"busy_hours": None}}),
        Situation("not-checkable", "initialize_at in [registration]", {"registration": {"initialize_at": None}}),
        Situation("not-checkable", "initialize_at in", {"registration": {"initialize_at": "2026-11-28T03:00:00"}}),
    ),
}
