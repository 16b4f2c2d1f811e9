"""Which clusters are registered in DataWorks, and under which names, do the answers say?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.case import directory
from diagnose.case.model import Case
from diagnose.case.tree import Tree

OWN = "c-0a1b2c3d4e5f6071"


def case(toml: str = "", **files: Any) -> Case:
    """Return the case of these answers, and of the cluster `OWN` in case.toml."""
    content = {f"{name.replace('_', '-')}.json": json.dumps(value).encode() for name, value in files.items()}
    return directory.of_tree(Tree("case", {**content, "case.toml": f'[cluster]\nid = "{OWN}"\n{toml}'.encode()}))


def resource(name: str, *places: tuple[str, str | None], kind: str = "emr") -> dict[str, Any]:
    """Return a computing resource with (environment, cluster) for each environment."""
    return {
        "Name": name,
        "Type": kind,
        "ComputeResource": [
            {"Id": number, "ConnectionProperties": {"envType": environment, "clusterId": cluster, "password": "p4ss"}}
            for number, (environment, cluster) in enumerate(places, 1)
        ],
    }


def page(*resources: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    count = len(resources) if total is None else total
    return {"PagingInfo": {"PageNumber": 1, "TotalCount": count, "ComputeResources": list(resources)}}


def projects(*numbers: int, total: int | None = None) -> dict[str, Any]:
    listed = [{"Id": number, "DevEnvironmentEnabled": True} for number in numbers]
    return {"PagingInfo": {"TotalCount": len(numbers) if total is None else total, "Projects": listed}}


ONE = {"Project": {"Id": 10001, "DevEnvironmentEnabled": True}}
BOTH = resource("emr_sales", ("Dev", "C-0A1B2C3D4E5F6071"), ("Prod", "c-prod"))


def test_the_name_and_the_environment_of_the_own_cluster_are_taken() -> None:
    found = case(ws=ONE, list_1=page(resource("odps", ("Prod", None), kind="odps"), BOTH))

    assert found.registration.display_name == "emr_sales"
    assert found.workspace.environment == "dev"
    assert [each.workspace for each in found.registered.resources] == ["10001", "10001"]


@pytest.mark.parametrize(
    "connection",
    [
        {"ClusterId": OWN, "EnvType": "DEV"},
        {"cluster_id": OWN, "env_type": "dev"},
        json.dumps({"clusterId": OWN, "envType": "Dev", "nested": {"clusterId": "c-other"}}),
    ],
)
def test_a_connection_is_read_in_each_spelling_and_as_text(connection: object) -> None:
    given = {"Name": "n", "Type": "emr", "ComputeResource": [{"Id": 1, "ConnectionProperties": connection}]}

    assert (found := case(ws=ONE, a=page(given))).workspace.environment == "dev"
    assert found.registered.resources[0].is_of(OWN)


@pytest.mark.parametrize("connection", ["{cut", "[1]", "7", [1], 7, None, {"clusterId": {"x": 1}}, '{"clusterId": 7}'])
def test_a_connection_that_is_none_says_nothing(connection: object) -> None:
    given = {"Name": "n", "Type": "emr", "ComputeResource": [{"Id": 1, "ConnectionProperties": connection}]}
    found = case(ws=ONE, a=page(given))

    assert not found.registered.resources[0].is_of(OWN)
    assert found.registration.display_name is None
    assert found.misread == ()


def test_without_a_list_nothing_is_known_of_other_names() -> None:
    assert (case(ws=ONE).registered.missing, case(ws=ONE).registered.resources) == ("", ())


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({"ws": ONE, "a": page(BOTH)}, "no answer lists the workspaces"),
        ({"ws": projects(10001), "a": page(BOTH, total=3)}, "1 of the 3 computing resources that TotalCount"),
        ({"ws": projects(10001, total=2), "a": page(BOTH)}, "1 of the 2 workspaces that TotalCount"),
        ({"ws": projects(10001, 10002, 10003), "list_10001": page(BOTH)}, "of 2 workspaces: 10002, 10003"),
        ({"ws": projects(10001, 10002), "list": page(BOTH), "more": page()}, "of 2 workspaces: 10001, 10002"),
    ],
)
def test_a_list_that_is_not_whole_says_so(files: dict[str, Any], missing: str) -> None:
    assert missing in (case(**files).registered.missing or "")


def test_with_every_workspace_nothing_is_missing() -> None:
    found = case(
        ws=projects(10001, 10002),
        list_10001=page(BOTH, total=2),
        list_10001_page2=page(resource("x"), total=2),
        list_10002=page(),
    )

    assert found.registered.missing is None
    assert sorted(each.name for each in found.registered.here("10001")) == ["emr_sales", "x"]


def test_two_exports_of_one_workspace_are_one() -> None:
    found = case(ws=ONE, a=page(BOTH), b=page(BOTH))

    assert len(found.registered.resources) == 1
    assert found.registration.display_name == "emr_sales"


def test_another_workspace_does_not_name_the_cluster_here() -> None:
    found = case("[workspace]\nid = 10001\n", ws=projects(10001, 10002), list_10001=page(), list_10002=page(BOTH))

    assert (found.registration.display_name, found.workspace.environment) == (None, None)


def test_case_toml_that_differs_holds_and_is_told() -> None:
    toml = '[workspace]\nenvironment = "prod"\n[registration]\ndisplay_name = "other"\n'
    found = case(toml, ws=ONE, a=page(BOTH))

    assert (found.workspace.environment, found.registration.display_name) == ("prod", "other")
    assert [each.accounts for each in found.conflicts] == [
        ("display_name other", "display_name emr_sales"),
        ("environment prod", "environment dev"),
    ]


def test_no_value_of_a_connection_but_cluster_and_environment_is_in_the_case() -> None:
    assert "p4ss" not in repr(case(ws=ONE, a=page(BOTH)))
