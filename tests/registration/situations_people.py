"""Situations of the rules about people: who registers, names, clusters of another account."""

from __future__ import annotations

from collections.abc import Mapping

from tests.registration.situations import Situation, Table

OWN, OTHER = "1111111111111111", "2222222222222222"
ABROAD: Mapping[str, Table] = {"cluster": {"account": OTHER}}
UNKNOWN: Mapping[str, Table] = {"cluster": {"account": None}}
DLF = {
    "hive-site.xml": {
        "hive.imetastoreclient.factory.class": "com.aliyun.datalake.metastore.hive2.DlfMetaStoreClientFactory"
    }
}


def form(**keys: object) -> Mapping[str, Table]:
    """Return what case.toml says of the registration."""
    return {"registration": keys}


def abroad(cluster: Table | None = None, /, **keys: object) -> Mapping[str, Table]:
    """Return what case.toml says of a cluster of another account and of its registration."""
    return {"cluster": {"account": OTHER, **(cluster or {})}, "registration": keys}


ROLE: Mapping[str, object] = {"uid": OTHER, "ram_role": "EMRRole", "role_trusts": [f"{OWN}@emr.dataworks.aliyuncs.com"]}

SITUATIONS: Mapping[str, tuple[Situation, ...]] = {
    "who-registers": (
        Situation("passed", "AliyunEMRFullAccess, Workspace Administrator"),
        Situation("passed", "account itself", form(operator="account", policies=None, roles=None)),
        Situation(
            "passed", "FullAccess", form(policies=["aliyunemrfullaccess", "AliyunDataWorksFullAccess"], roles=[])
        ),
        Situation("passed", "空间管理员", form(operator=None, roles=["空间管理员"])),
        Situation("failed", "may not register", form(roles=["Development"]), code="DW-RAM-REGISTER"),
        Situation("failed", "may not register", form(policies=[]), code="DW-RAM-REGISTER"),
        Situation(
            "failed",
            "may not",
            form(operator="ram-role", policies=["AliyunDataWorksFullAccess"]),
            code="DW-RAM-REGISTER",
        ),
        Situation("not-checkable", "policies in [registration]", form(policies=None)),
        Situation("not-checkable", "operator, policies in [reg", form(operator=None, policies=None)),
        Situation("not-checkable", "roles in [registration]", form(roles=None)),
        Situation("not-checkable", "operator in [registration]", form(operator=None, roles=[])),
        Situation("not-checkable", "an attempt to register", form(policies=["AdministratorAccess"])),
    ),
    "display-name": (
        Situation("passed", "emr-prod"),
        Situation("failed", "emr-prod is taken", form(other_names=["emr-dev", "emr-prod"]), code="DW-NAME"),
        Situation("failed", "no display name", form(display_name=" "), code="DW-NAME"),
        Situation("not-checkable", "display_name in", form(display_name=None)),
        Situation("not-checkable", "other_names in", form(other_names=None)),
    ),
    "other-account-type": (
        Situation("passed", "one account"),
        Situation("passed", "CUSTOM may be", abroad({"type": "CUSTOM"})),
        Situation("passed", "HADOOP may be", abroad({"type": "HADOOP", "release": "EMR-3.38.3"})),
        Situation("passed", "DATALAKE may be", UNKNOWN),
        Situation("failed", "EMR-SERVERLESS", abroad({"type": "EMR-SERVERLESS-SPARK"}), code="DW-XACCOUNT-TYPE"),
        Situation("failed", "SPARK-ACK", abroad({"type": "SPARK-ACK"}), code="DW-XACCOUNT-TYPE"),
        Situation("not-checkable", "account in [cluster]", {"cluster": {"account": None, "type": "SPARK-ACK"}}),
        Situation("not-checkable", "emr:GetCluster", abroad({"type": None})),
    ),
    "other-account-metadata": (
        Situation("passed", "one account", files=DLF),
        Situation("passed", "not in DLF", abroad({"metadata": "RDS"})),
        Situation(
            "passed",
            "not in DLF",
            abroad(),
            {"hivemetastore-site.xml": {"javax.jdo.option.ConnectionURL": "jdbc:mysql://rm-1:3306/hive"}},
        ),
        Situation("failed", "in DLF", abroad(), DLF, code="DW-XACCOUNT-META"),
        Situation("failed", "in DLF", abroad({"metadata": "DLF"}), code="DW-XACCOUNT-META"),
        Situation("not-checkable", "hive-site.xml", ABROAD),
        Situation("not-checkable", "account in [cluster]", UNKNOWN, DLF),
    ),
    "other-account-kerberos": (
        Situation("passed", "one account", kerberos=True),
        Situation("passed", "no Kerberos", ABROAD),
        Situation("failed", "not supported", ABROAD, code="DW-XACCOUNT-KRB", kerberos=True),
        Situation("failed", "not supported", abroad({"security_mode": None}), code="DW-XACCOUNT-KRB", kerberos=True),
        Situation("not-checkable", "account in [cluster]", UNKNOWN, kerberos=True),
        Situation("not-checkable", "emr:GetCluster", abroad({"security_mode": None})),
    ),
    "other-account-role": (
        Situation("passed", "one account"),
        Situation("passed", f"{OWN}@emr.dataworks", abroad({}, **ROLE)),
        Situation("failed", OTHER, abroad({}, **{**ROLE, "uid": OWN}), code="DW-XACCOUNT-ROLE"),
        Situation("failed", OTHER, abroad({}, **{**ROLE, "ram_role": ""}), code="DW-XACCOUNT-ROLE"),
        Situation(
            "failed",
            OTHER,
            abroad({}, **{**ROLE, "role_trusts": [f"{OTHER}@emr.dataworks.aliyuncs.com"]}),
            code="DW-XACCOUNT-ROLE",
        ),
        Situation("failed", OTHER, abroad(role_trusts=[]), code="DW-XACCOUNT-ROLE"),
        Situation("not-checkable", "uid, ram_role, role_trusts in [registration]", ABROAD),
        Situation("not-checkable", "role_trusts in [registration]", abroad(uid=OTHER, ram_role="EMRRole")),
        Situation("not-checkable", "account in [cluster]", UNKNOWN),
    ),
    "one-account": (
        Situation("passed", "no other account"),
        Situation("passed", "no other account", form(registered_by=[OWN])),
        Situation("failed", "another account", form(registered_by=[OWN, OTHER]), code="DW-XACCOUNT-WS"),
        Situation("not-checkable", "registered_by in", form(registered_by=None)),
        Situation(
            "not-checkable",
            "account in [resource_group]",
            {**form(registered_by=[OTHER]), "resource_group": {"account": None}},
        ),
    ),
}
