"""Situations of the rules about acting for others."""

from __future__ import annotations

from collections.abc import Mapping

from tests.registration.situations import Situation, Table
from tests.support.incident_cases import Change


def passing(**more: object) -> Mapping[str, Table]:
    """Return what case.toml says if proxy user information is passed."""
    return {"registration": {"pass_proxy_user": True, "default_access_identity": "hadoop", **more}}


def core(**settings: str) -> Change:
    """Return the settings of hadoop.proxyuser.hadoop in core-site.xml: core(hosts="*")."""
    return {"core-site.xml": {f"hadoop.proxyuser.hadoop.{key}": value for key, value in settings.items()}}


SITUATIONS: Mapping[str, tuple[Situation, ...]] = {
    "proxy-user-passed": (
        Situation("passed", "no proxy user", toml=passing(pass_proxy_user=False)),
        Situation("passed", "none of the engines", toml=passing(engines=["hive"])),
        Situation("passed", "owns the task", toml=passing(default_access_identity="task-owner")),
        Situation("failed", "other permissions", toml=passing(), code="DW-PROXY"),
        Situation("not-checkable", "pass_proxy_user", toml=passing(pass_proxy_user=None)),
        Situation("not-checkable", "default_access_identity", toml=passing(default_access_identity=None)),
    ),
    "impersonation-permitted": (
        Situation("passed", "no proxy user", toml=passing(pass_proxy_user=False)),
        Situation("passed", "none of the engines", toml=passing(engines=["hive", "presto"])),
        Situation("passed", "permits hadoop", toml=passing(), files=core(hosts="*", groups="*")),
        Situation(
            "passed",
            "permits hadoop",
            toml=passing(default_access_identity="Hadoop"),
            files=core(hosts="*", groups="*"),
        ),
        Situation("passed", "permits hadoop", toml=passing(engines=["kyuubi"]), files=core(hosts="*", users="*")),
        Situation(
            "passed",
            "permits hadoop",
            toml=passing(proxied_users=["alice"]),
            files=core(hosts="192.168.20.0/24, 192.168.10.0/25,192.168.10.128/25", users="bob,alice"),
        ),
        Situation("failed", "may not act for other users", toml=passing(), files=core(hosts="*"), code="PROXY-USER"),
        Situation("failed", "from the resource group", toml=passing(), files=core(users="*"), code="PROXY-HOST"),
        Situation(
            "failed",
            "from the resource group",
            toml=passing(),
            files=core(users="*", hosts="192.168.10.0/25"),
            code="PROXY-HOST",
        ),
        Situation(
            "failed",
            "does not start",
            toml=passing(),
            files=core(users="*", hosts="192.168.10.0/33"),
            code="PROXY-HOST",
        ),
        Situation(
            "failed",
            "etl may not act",
            toml=passing(default_access_identity="account", cluster_account="etl"),
            files={"core-site.xml": {"hadoop.proxyuser.etl.hosts": "*", **core(users="*")["core-site.xml"]}},  # type: ignore[dict-item]
            code="PROXY-USER",
        ),
        Situation("not-checkable", "pass_proxy_user", toml=passing(pass_proxy_user=None)),
        Situation("not-checkable", "default_access_identity", toml=passing(default_access_identity=None)),
        Situation("not-checkable", "cluster_account", toml=passing(default_access_identity="account")),
        Situation("not-checkable", "core-site.xml", toml=passing(), files={"core-site.xml": None}),
        Situation("not-checkable", "hdfs groups", toml=passing(), files=core(hosts="*", groups="staff")),
        Situation("not-checkable", "proxied_users", toml=passing(), files=core(hosts="*", users="bob")),
        Situation(
            "not-checkable", "proxied_users", toml=passing(proxied_users=["eve"]), files=core(hosts="*", users="bob")
        ),
        Situation("not-checkable", "getent hosts", toml=passing(), files=core(hosts="gateway-1", users="*")),
    ),
}
