"""Situations of the rules about people: who registers, names, clusters of another account."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.registration.situations import Situation, Table
from tests.support.incident_cases import CLUSTER, Change

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


def dev(**keys: object) -> Mapping[str, Table]:
    """Return what case.toml says of the registration of a development environment."""
    return {"registration": keys, "workspace": {"environment": "dev"}}


def database(address: str) -> Change:
    """Return the file of a metastore whose database is in RDS."""
    return {"hivemetastore-site.xml": {"javax.jdo.option.ConnectionURL": f"jdbc:mysql://{address}"}}


def catalog(name: str) -> Change:
    """Return the file of a cluster whose metadata is in DLF."""
    return {"hive-site.xml": {**DLF["hive-site.xml"], "dlf.catalog.id": name}}


def other(files: Change) -> Situation:
    """Return the other environment of a standard workspace."""
    return Situation("passed", "", {"cluster": {"id": "c-twin"}}, files)


OWNER: Mapping[str, object] = {"default_access_identity": "task-owner"}
STANDARD: Mapping[str, Table] = {"workspace": {"mode": "standard"}}
ROLE: Mapping[str, object] = {"uid": OTHER, "ram_role": "EMRRole", "role_trusts": [f"{OWN}@emr.dataworks.aliyuncs.com"]}
NO_MODE: Mapping[str, Table] = {"workspace": {"mode": None}}


def project(number: int = 10001, *, enabled: bool) -> str:
    """Return the answer of GetProject for a workspace in standard mode, or in basic mode."""
    return json.dumps({"Project": {"Id": number, "DevEnvironmentEnabled": enabled}})


def resources(dev: str = "", prod: str = "", name: str = "emr-prod") -> list[object]:
    """Return a computing resource of DataWorks with these clusters, each "" if it is not said."""
    places = (("Dev", dev), ("Prod", prod))
    kept = [
        {"Id": number, "ConnectionProperties": {"envType": environment, "clusterId": cluster}}
        for number, (environment, cluster) in enumerate(places, 1)
    ]
    return [{"Name": name, "Type": "emr", "ComputeResource": kept}]


def listed(found: list[object]) -> str:
    """Return the answer of ListComputeResources."""
    return json.dumps({"PagingInfo": {"TotalCount": len(found), "ComputeResources": found}})


ALL: Change = {
    "workspaces.json": json.dumps(
        {"PagingInfo": {"TotalCount": 1, "Projects": [{"Id": 10001, "DevEnvironmentEnabled": True}]}}
    )
}
"""The answer that lists every workspace: one, in standard mode."""
OWN_ONE = resources("c-dev", CLUSTER, name="emr-own")


def mapped(*users: str) -> Change:
    """Return the answer that these users are mapped to accounts of LDAP."""
    accounts = [{"UserId": user, "Username": f"u{user}"} for user in users]
    return {"mappings.json": json.dumps({"Data": {"HadoopAuthType": "ldap", "Accounts": accounts}})}


PEOPLE: Change = {
    "members.json": json.dumps(
        {"PagingInfo": {"TotalCount": 2, "ProjectMembers": [{"UserId": user, "Roles": []} for user in (OWN, "2001")]}}
    )
}
"""The answer that lists every member: the account, and one RAM user."""
OF_ALICE = mapped("2001")
OPEN: Mapping[str, Table] = form(**OWNER, identity_mapping=None)
AS_ACCOUNT: Mapping[str, Table] = form(default_access_identity="account", identity_mapping=None)
BOTH_OPEN: Mapping[str, Table] = {**form(identity_mapping=None), "cluster": {"ldap": None}}

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
        Situation("not-checkable", "ListProjects", form(other_names=None), {"ws.json": listed([])}),
        Situation("passed", "no other cluster", form(other_names=None), {**ALL, "1.json": listed([])}),
        Situation("passed", "emr-own", form(display_name=None, other_names=None), {**ALL, "1.json": listed(OWN_ONE)}),
        Situation(
            "failed",
            "emr-prod is taken",
            form(other_names=None),
            {**ALL, "1.json": listed(resources("c-dev", "c-prod"))},
            code="DW-NAME",
        ),
        Situation("passed", "emr-prod", form(other_names=None), {**ALL, "1.json": listed(resources("c-dev", CLUSTER))}),
        Situation(
            "not-checkable", "other_names in", form(other_names=None), {**ALL, "1.json": listed(resources("", ""))}
        ),
    ),
    "other-account-type": (
        Situation("passed", "of one account", toml={"cluster": {"account": "1111111111111111 "}}),
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
        Situation("not-checkable", "metadata in [cluster]", ABROAD),
        Situation("not-checkable", "hivemetastore-site.xml", ABROAD, {"hivemetastore-site.xml": None}),
        Situation("not-checkable", "account in [cluster]", UNKNOWN, DLF),
    ),
    "other-account-kerberos": (
        Situation("passed", "one account", kerberos=True),
        Situation("passed", "no Kerberos", ABROAD),
        Situation("failed", "not supported", ABROAD, code="DW-XACCOUNT-KRB", kerberos=True),
        Situation("failed", "not supported", abroad({"security_mode": None}), code="DW-XACCOUNT-KRB", kerberos=True),
        Situation("not-checkable", "account in [cluster]", UNKNOWN, kerberos=True),
        Situation("not-checkable", "emr:GetCluster", abroad({"security_mode": None})),
        Situation("not-checkable", "on a master", abroad({"security_mode": "NORMAL"}), kerberos=True),
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
        Situation("not-checkable", "registered_by in", form(registered_by=[" "])),
        Situation(
            "not-checkable",
            "account in [resource_group]",
            {**form(registered_by=[OTHER]), "resource_group": {"account": None}},
        ),
    ),
    "identity-offered": (
        Situation("passed", "hadoop is offered in both"),
        Situation("passed", "in this environment", form(default_access_identity="account")),
        Situation("failed", "of the development", dev(default_access_identity="account"), code="DW-ID-OPTION"),
        Situation("failed", "of the production", form(default_access_identity="task-executor"), code="DW-ID-OPTION"),
        Situation("not-checkable", "default_access_identity in", form(default_access_identity=None)),
        Situation(
            "not-checkable",
            "environment in [workspace]",
            {**form(default_access_identity="ram-user"), "workspace": {"environment": None}},
        ),
    ),
    "identity-ram-users": (
        Situation("passed", "no task runs as a RAM user"),
        Situation("passed", "mapped", form(**OWNER, identity_mapping=True), kerberos=True),
        Situation("passed", "neither LDAP nor Kerberos", form(**OWNER)),
        Situation("failed", "RAM users", form(**OWNER), code="DW-ID-RAM-FALLBACK", kerberos=True),
        Situation("failed", "RAM users", {**form(**OWNER), "cluster": {"ldap": True}}, code="DW-ID-RAM-FALLBACK"),
        Situation(
            "failed",
            "RAM users",
            {**form(**OWNER), "cluster": {"ldap": None}},
            {"hive-site.xml": {"hive.server2.authentication": "LDAP"}},
            code="DW-ID-RAM-FALLBACK",
        ),
        Situation("not-checkable", "ldap in [cluster]", {**form(**OWNER), "cluster": {"ldap": None}}),
        Situation("not-checkable", "emr:GetCluster", {**form(**OWNER), "cluster": {"security_mode": None}}),
        Situation("not-checkable", "identity_mapping in", form(**OWNER, identity_mapping=None), kerberos=True),
        Situation("not-checkable", "default_access_identity in", form(default_access_identity=None), kerberos=True),
        Situation("passed", "mapped", OPEN, {**OF_ALICE, **PEOPLE}, kerberos=True),
        Situation("failed", "RAM users", OPEN, mapped(), code="DW-ID-RAM-FALLBACK", kerberos=True),
        Situation("failed", "RAM users", OPEN, {**mapped(OWN), **PEOPLE}, code="DW-ID-RAM-FALLBACK", kerberos=True),
        Situation("not-checkable", "ListProjectMembers", OPEN, OF_ALICE, kerberos=True),
        Situation("not-checkable", "Operation Center", OPEN, {**mapped("2003"), **PEOPLE}, kerberos=True),
    ),
    "identity-account": (
        Situation("passed", "no task runs as the Alibaba Cloud account"),
        Situation("passed", "mapped", form(default_access_identity="account", identity_mapping=True)),
        Situation("failed", "Alibaba Cloud account", form(default_access_identity="account"), code="DW-ID-ACCOUNT"),
        Situation(
            "not-checkable", "identity_mapping in", form(default_access_identity="account", identity_mapping=None)
        ),
        Situation("not-checkable", "Operation Center", form(**OWNER)),
        Situation("not-checkable", "default_access_identity in", form(default_access_identity=None)),
        Situation("passed", "mapped", AS_ACCOUNT, mapped(OWN)),
        Situation("passed", "mapped", form(default_access_identity=None, identity_mapping=None), mapped(OWN)),
        Situation("failed", "Alibaba Cloud account", AS_ACCOUNT, OF_ALICE, code="DW-ID-ACCOUNT"),
        Situation("not-checkable", "GetProject", {**AS_ACCOUNT, "resource_group": {"account": None}}, OF_ALICE),
    ),
    "identity-ldap-kerberos": (
        Situation("passed", "not mapped"),
        Situation("passed", "does not have both", form(identity_mapping=True), kerberos=True),
        Situation("passed", "not mapped", BOTH_OPEN, mapped(), kerberos=True),
        Situation("failed", "at once", BOTH_OPEN, OF_ALICE, code="DW-ID-LDAP-KRB", kerberos=True),
        Situation(
            "failed",
            "at once",
            {**form(identity_mapping=True), "cluster": {"ldap": True}},
            code="DW-ID-LDAP-KRB",
            kerberos=True,
        ),
        Situation(
            "not-checkable", "ldap in", {**form(identity_mapping=True), "cluster": {"ldap": None}}, kerberos=True
        ),
        Situation(
            "not-checkable",
            "identity_mapping in",
            {**form(identity_mapping=None), "cluster": {"ldap": True}},
            kerberos=True,
        ),
    ),
    "two-clusters": (
        Situation("passed", "basic mode"),
        Situation("passed", "2 clusters", {"workspace": {"mode": "standard", "clusters": 2}}),
        Situation("passed", "c-twin", STANDARD, twin=Situation("passed", "", {"cluster": {"id": "c-twin"}})),
        Situation("failed", "two clusters", {"workspace": {"mode": "standard", "clusters": 1}}, code="DW-STD-TWO"),
        Situation("failed", "two clusters", STANDARD, code="DW-STD-TWO", twin=Situation("passed", "")),
        Situation("not-checkable", "clusters in [workspace]", STANDARD),
        Situation("passed", "in basic mode", NO_MODE, {"workspace.json": project(enabled=False)}),
        Situation("not-checkable", "dataworks-public:GetProject, or mode in [workspace]", NO_MODE),
        Situation("not-checkable", "clusters in [workspace]", NO_MODE, {"workspace.json": project(enabled=True)}),
        Situation("passed", f"c-dev and {CLUSTER}", NO_MODE, {**ALL, "1.json": listed(resources("c-dev", CLUSTER))}),
        Situation(
            "failed",
            "needs two clusters",
            NO_MODE,
            {**ALL, "1.json": listed(resources(CLUSTER, CLUSTER))},
            code="DW-STD-TWO",
        ),
        Situation("not-checkable", "clusters in", NO_MODE, {**ALL, "1.json": listed(resources("", CLUSTER))}),
        Situation(
            "not-checkable", "id in [workspace]", NO_MODE, {f"{n}.json": project(n, enabled=True) for n in (1, 2)}
        ),
        Situation(
            "not-checkable",
            "id in [cluster]",
            STANDARD,
            twin=Situation("passed", "", {"cluster": {"id": None}}, {"cluster.json": None}),
        ),
    ),
    "separate-metadata": (
        Situation("passed", "basic mode"),
        Situation("passed", "rm-2/hive", STANDARD, database("rm-1/hive"), twin=other(database("rm-2/hive"))),
        Situation("passed", "catalog dev", STANDARD, catalog("prod"), twin=other(catalog("dev"))),
        Situation("passed", "catalog dev", STANDARD, database("rm-1/hive"), twin=other(catalog("dev"))),
        Situation(
            "failed",
            "share",
            STANDARD,
            database("rm-1/hive"),
            code="DW-STD-TWO",
            twin=other(database("root:s3cret@RM-1:3306/hive?password=s3cret")),
        ),
        Situation("failed", "share", STANDARD, catalog("a"), code="DW-STD-TWO", twin=other(catalog("a"))),
        Situation("not-checkable", "case of the other", STANDARD, database("rm-1/hive")),
        Situation("not-checkable", "hive-site.xml", STANDARD, database("rm-1/hive"), twin=other({})),
        Situation("not-checkable", "hive-site.xml", STANDARD, DLF, twin=other(DLF)),
        Situation("passed", "rm-1/hive", STANDARD, database("a/b"), twin=other(database("root:s/cret@rm-1/hive"))),
        Situation("passed", "in basic mode", NO_MODE, {"workspace.json": project(enabled=False)}),
        Situation("not-checkable", "dataworks-public:GetProject, or mode in [workspace]", NO_MODE),
        Situation("not-checkable", "the case of the other", NO_MODE, {"workspace.json": project(enabled=True)}),
    ),
}
