"""Who is mapped to an account of the cluster, and who is a member, do the answers say?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from diagnose.case import directory
from diagnose.case.model import Case
from diagnose.case.tree import Tree

OWN = "c-0a1b2c3d4e5f6071"
ONE = {"Project": {"Id": 10001, "DevEnvironmentEnabled": True, "Owner": "1111"}}


def case(toml: str = "", **files: Any) -> Case:
    """Return the case of these answers, and of the cluster `OWN` in case.toml."""
    content = {f"{name.replace('_', '-')}.json": json.dumps(value).encode() for name, value in files.items()}
    return directory.of_tree(Tree("case", {**content, "case.toml": f'[cluster]\nid = "{OWN}"\n{toml}'.encode()}))


def mapped(*users: str, kind: str = "ldap", more: Mapping[str, object] | None = None) -> dict[str, Any]:
    accounts = [{"UserId": user, "Username": f"u{user}", **(more or {})} for user in users]
    return {"RequestId": "r", "Success": True, "Data": {"HadoopAuthType": kind, "Accounts": accounts}}


def resources(**clusters: str) -> dict[str, Any]:
    """Return the answer with one computing resource for each number."""
    listed = [
        {
            "Name": f"n{number}",
            "Type": "emr",
            "ComputeResource": [{"Id": int(number[1:]), "ConnectionProperties": {"clusterId": cluster}}],
        }
        for number, cluster in clusters.items()
    ]
    return {"PagingInfo": {"TotalCount": len(listed), "ComputeResources": listed}}


def members(*people: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"PagingInfo": {"TotalCount": len(people) if total is None else total, "ProjectMembers": list(people)}}


def person(user: str, status: str = "Normal", workspace: int = 10001) -> dict[str, Any]:
    role = {"Code": "role_project_admin", "Name": "Workspace Administrator", "Type": "System"}
    return {"ProjectId": workspace, "UserId": user, "UserName": f"u{user}", "Status": status, "Roles": [role]}


@pytest.mark.parametrize("kind", ["ldap", "LDAP", " Ldap "])
def test_each_user_has_the_account_of_the_answer(kind: str) -> None:
    found = case(a=mapped("2", "1", kind=kind)).mappings

    assert found is not None
    assert (found.accounts, found.uses_ldap) == ((("1", "u1"), ("2", "u2")), True)


def test_another_spelling_is_read_alike() -> None:
    found = case(a={"body": {"data": {"accounts": [{"user_id": 7, "userName": "x"}]}}}).mappings

    assert found is not None
    assert (found.accounts, found.uses_ldap) == ((("7", "x"),), False)


def test_an_empty_list_says_that_nobody_is_mapped_and_a_missing_one_says_nothing() -> None:
    empty = case(a=mapped()).mappings

    assert empty is not None
    assert empty.users == frozenset()
    assert case(a={"Data": {"HadoopAuthType": "ldap"}}).mappings is None
    assert case().mappings is None


@pytest.mark.parametrize(
    ("files", "users"),
    [
        ({"m_7": mapped("1"), "m_8": mapped("2")}, {"1"}),
        ({"m_8": mapped("2")}, None),
        ({"m_10001_7": mapped("1")}, {"1"}),
        ({"mappings": mapped("1")}, {"1"}),
        ({"one": mapped("1"), "two": mapped("2")}, None),
    ],
)
def test_the_number_in_the_name_of_the_file_says_whose_they_are(files: dict[str, Any], users: set[str] | None) -> None:
    found = case(ws=ONE, list=resources(n7=OWN.upper(), n8="c-other"), **files).mappings

    assert (None if found is None else found.users) == users


def test_two_answers_of_the_cluster_that_differ_leave_it_open() -> None:
    found = case(ws=ONE, list=resources(n7=OWN, n9=OWN), m_7=mapped("1"), m_9=mapped("1", "2"))

    assert found.mappings is None
    (conflict,) = found.conflicts
    assert conflict.accounts == ("users mapped: 1", "users mapped: 2")
    assert case(ws=ONE, list=resources(n7=OWN, n9=OWN), m_7=mapped("1"), m_9=mapped("1")).mappings is not None


def test_case_toml_that_differs_holds_and_is_told() -> None:
    found = case("ldap = false\n[registration]\nidentity_mapping = false\n", a=mapped("1"))

    assert (found.cluster.ldap, found.registration.identity_mapping) == (False, False)
    assert [each.accounts for each in found.conflicts] == [
        ("identity_mapping false", "identity_mapping true"),
        ("ldap false", "ldap true"),
    ]


@pytest.mark.parametrize("key", ["Password", "password", "LdapPassword", "Pwd", "Secret", "odd"])
@pytest.mark.parametrize("value", ["canary-9f3a", {"x": ["canary-9f3a"]}])
def test_a_password_beside_a_mapping_is_not_in_the_case(key: str, value: object) -> None:
    found = case(a=mapped("1", more={key: value}))

    assert found.mappings is not None
    assert "canary-9f3a" not in repr(found)


def test_members_are_those_of_the_workspace_who_may_work() -> None:
    found = case(ws=ONE, a=members(person("1"), person("2", "Forbidden"), total=2)).workspace_members

    assert found is not None
    assert [(each.id, each.name, each.roles) for each in found] == [
        ("1", "u1", ("role_project_admin", "Workspace Administrator"))
    ]


@pytest.mark.parametrize(
    "answer",
    [members(person("1"), total=3), members(person("1", workspace=10002)), members()],
)
def test_a_part_of_the_members_is_none(answer: dict[str, Any]) -> None:
    assert case(ws=ONE, a=answer).workspace_members is None
