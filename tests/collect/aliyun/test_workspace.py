"""Given clouds with one workspace or several, then the one that is meant is collected."""

from __future__ import annotations

import pytest

from tests.support import whole_cloud as whole
from tests.support.collecting import Collecting, answer, missing, told
from tests.support.fake_cloud import always, error, in_pages

pytestmark = pytest.mark.needs("alibaba-sdk")

OTHER = {**whole.PROJECTS[0], "Id": 10002, "Name": "dw_other", "DevEnvironmentEnabled": True}


def test_the_only_workspace_is_found(collecting: Collecting) -> None:
    found = collecting()

    assert answer(found, "GetProject-10001")["Project"]["DevEnvironmentEnabled"] is False
    asked = next(request for request in collecting.cloud.requests if request.action == "ListProjects")
    assert (asked.method, sorted(asked.posted)) == ("POST", ["PageNumber", "PageSize"])
    assert asked.query["PageSize"] == "100"
    assert next(each.method for each in collecting.cloud.requests if each.action == "GetProject") == "GET"


def test_all_pages_of_workspaces_are_asked_for(collecting: Collecting) -> None:
    found = collecting(in_pages("ListProjects", ("PagingInfo", "Projects"), [*whole.PROJECTS, OTHER], 1, tokens=False))

    assert {"ListProjects.json", "ListProjects-page2.json"} <= set(found.files)


def test_several_workspaces_are_left_to_the_reader(collecting: Collecting) -> None:
    several = in_pages("ListProjects", ("PagingInfo", "Projects"), [*whole.PROJECTS, OTHER], 9, tokens=False)
    found = collecting(several)

    assert missing(found) == [("dataworks-public:GetProject", "", "ambiguous")]
    assert told(found)["missing"][0]["among"] == ["10001", "10002"]
    assert collecting(several, workspace="10001").is_whole


def test_a_list_that_is_forbidden_leaves_the_given_workspace(collecting: Collecting) -> None:
    found = collecting(always("ListProjects", error("Forbidden.RAM")), workspace="10001")

    (row,) = told(found)["missing"]
    assert (row["call"], row["permission"]) == ("dataworks-public:ListProjects", "dataworks:ListProjects")
    assert "GetProject-10001.json" in found.files
