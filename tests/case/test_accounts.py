"""Whose are the cluster and the resource group, by the owners of their vSwitches?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diagnose.case.directory import read
from diagnose.case.model import Case
from tests.support.incident_cases import BLOCK, Content, case_toml, healthy, write

ONE, OTHER = 1111111111111111, 2222222222222222


def answer(name: str, **fields: Any) -> str:
    block = BLOCK if name == "vsw-rg" else "192.168.20.0/24"
    return json.dumps({"VSwitchId": name, "VpcId": "vpc-a", "CidrBlock": block, **fields})


def a_case(folder: Path, **files: Content) -> Case:
    given = {name.replace("_", "."): content for name, content in files.items()}
    write(folder, {**healthy(), **given})
    return read([folder])


@pytest.mark.parametrize("owner", [ONE, str(ONE)])
def test_the_accounts_are_those_that_own_the_vswitches(tmp_path: Path, owner: int | str) -> None:
    case = a_case(tmp_path, a_json=answer("vsw-emr", OwnerId=owner), b_json=answer("vsw-rg", OwnerId=OTHER))

    assert (case.cluster.account, case.resource_group.account) == (str(ONE), str(OTHER))


@pytest.mark.parametrize("fields", [{}, {"OwnerId": 0}, {"OwnerId": ""}, {"OwnerId": OTHER, "ShareType": "Shared"}])
def test_a_shared_vswitch_and_one_without_an_owner_tell_no_account(tmp_path: Path, fields: dict[str, Any]) -> None:
    case = a_case(tmp_path, a_json=answer("vsw-emr", **fields), b_json=answer("vsw-rg", OwnerId=ONE))

    assert (case.cluster.account, case.resource_group.account) == (None, str(ONE))


def test_two_answers_that_differ_tell_no_account(tmp_path: Path) -> None:
    case = a_case(tmp_path, a_json=answer("vsw-emr", OwnerId=ONE), b_json=answer("vsw-emr", OwnerId=OTHER))

    assert case.cluster.account is None
    assert [conflict.subject for conflict in case.conflicts] == ["vSwitch vsw-emr"]


def test_nodes_in_vswitches_of_two_accounts_tell_no_account(tmp_path: Path) -> None:
    text = case_toml().replace('vswitch = "vsw-emr"', 'vswitch = "vsw-rg"', 1)
    case = a_case(
        tmp_path, case_toml=text, a_json=answer("vsw-emr", OwnerId=ONE), b_json=answer("vsw-rg", OwnerId=OTHER)
    )

    assert case.cluster.account is None


def test_case_toml_says_it_better(tmp_path: Path) -> None:
    text = case_toml().replace("[cluster]\n", f'[cluster]\naccount = "{OTHER}"\n', 1)
    case = a_case(tmp_path, case_toml=text, a_json=answer("vsw-emr", OwnerId=ONE))

    assert case.cluster.account == str(OTHER)
