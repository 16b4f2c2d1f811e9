"""Which workspace do the answers of DataWorks mean, and in which mode is it?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.case import directory
from diagnose.case.model import Case
from diagnose.case.tree import Tree
from diagnose.decisions.unread import decision
from probes.origin import Origin
from tests.support.factories import ranges


def case(**files: Any) -> Case:
    """Return the case of these answers, and of case.toml as `toml`."""
    toml = files.pop("toml", "")
    content = {f"{name}.json": json.dumps(value, indent=1).encode() for name, value in files.items()}
    return directory.of_tree(Tree("case", {**content, "case.toml": toml.encode()}))


def project(number: int = 1, enabled: object = True, **more: object) -> dict[str, Any]:
    return {"Id": number, "Name": f"ws{number}", "DevEnvironmentEnabled": enabled, "Owner": "1111", **more}


def one(number: int = 1, enabled: object = True, **more: object) -> dict[str, Any]:
    return {"RequestId": "r", "Project": project(number, enabled, **more)}


def page(*projects: dict[str, Any]) -> dict[str, Any]:
    return {"PagingInfo": {"PageNumber": 1, "PageSize": 10, "TotalCount": len(projects), "Projects": list(projects)}}


@pytest.mark.parametrize(
    ("enabled", "mode"), [(True, "standard"), (False, "basic"), ("true", "standard"), (None, None)]
)
def test_the_mode_is_whether_there_is_a_development_environment(enabled: object, mode: str | None) -> None:
    workspace = case(a=one(10001, enabled)).workspace

    assert (workspace.id, workspace.mode, workspace.owner) == ("10001", mode, "1111")


def test_an_answer_of_another_spelling_is_read_alike() -> None:
    given = {"body": {"project": {"id": 7, "dev_environment_enabled": False, "devRoleDisabled": True}}}

    assert case(a=given).workspace.mode == "basic"


def test_a_mode_that_is_no_flag_is_unknown_and_told() -> None:
    found = case(a=one(1, "perhaps"))

    assert found.workspace.mode is None
    assert "DevEnvironmentEnabled" in found.skipped[0].cause


def test_the_only_workspace_of_a_list_is_meant() -> None:
    assert case(a=page(project(5, enabled=False))).workspace.mode == "basic"


def test_the_one_of_get_project_is_meant_among_many() -> None:
    found = case(a=page(project(5, enabled=False), project(6)), b=one(6)).workspace

    assert (found.id, found.mode) == ("6", "standard")


def test_of_several_workspaces_none_is_taken() -> None:
    found = case(a=page(project(5), project(6)))

    assert (found.workspace.mode, found.workspace.among) == (None, ("5", "6"))
    assert found.conflicts == ()


@pytest.mark.parametrize("ident", ["6", '"6"', '" 6 "'])
def test_case_toml_picks_one_of_several(ident: str) -> None:
    found = case(a=one(5, enabled=False), b=one(6), toml=f"[workspace]\nid = {ident}\n").workspace

    assert (found.id, found.mode) == ("6", "standard")


def test_one_that_no_answer_knows_has_no_mode() -> None:
    assert case(a=one(5), toml="[workspace]\nid = 6\n").workspace.mode is None


def test_two_answers_that_differ_leave_the_mode_open() -> None:
    found = case(a=one(5), b=page(project(5, enabled=False)))

    assert found.workspace.mode is None
    (conflict,) = found.conflicts
    assert conflict.subject == "workspace ws5"
    assert set(conflict.accounts) == {"mode standard", "mode basic"}


def test_case_toml_holds_and_the_difference_is_told() -> None:
    found = case(a=one(5), toml='[workspace]\nmode = "basic"\n')

    assert found.workspace.mode == "basic"
    (conflict,) = found.conflicts
    assert conflict.first_holds
    assert conflict.accounts == ("mode basic", "mode standard")
    assert conflict.places == (Origin("case.toml", 2, "mode"), Origin("a.json", 6))


def test_case_toml_that_says_the_same_contradicts_nothing() -> None:
    assert case(a=one(5), toml='[workspace]\nmode = "Standard"\n').conflicts == ()


def test_an_answer_that_cannot_be_read_changes_no_connection() -> None:
    found = directory.of_tree(Tree("case", {"GetProject.json": b'{"Project": {"Id": 1, "Dev'}))

    assert [each.kind for each in found.misread] == ["dataworks-public:GetProject"]
    assert decision(found, ranges("192.168.10.0/24")) is None
