"""Given clouds with one workspace or several, then the one that is meant is collected."""

from __future__ import annotations

import json

import pytest

from tests.support import whole_cloud as whole
from tests.support.collecting import Collecting, answer, missing, told
from tests.support.fake_cloud import CloudReply, CloudRequest, always, error, in_pages

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


SEVERAL = in_pages("ListProjects", ("PagingInfo", "Projects"), [*whole.PROJECTS, OTHER], 9, tokens=False)


def of_first(request: CloudRequest) -> CloudReply | None:
    """Answer that the cluster is registered in one workspace alone."""
    is_other = request.action == "ListComputeResources" and request.query["ProjectId"] != "10001"
    return CloudReply(b'{"PagingInfo": {"TotalCount": 0, "ComputeResources": []}}') if is_other else None


def test_the_workspace_that_has_the_cluster_is_meant(collecting: Collecting) -> None:
    found = collecting(SEVERAL, of_first)

    assert found.is_whole
    assert {"GetProject-10001.json", "ListComputeResources-10001.json", "ListComputeResources-10002.json"} <= {
        *found.files
    }
    asked = next(request for request in collecting.cloud.requests if request.action == "ListComputeResources")
    assert (asked.method, sorted(asked.posted), asked.query["PageSize"]) == ("POST", [], "100")


def test_a_secret_of_a_connection_is_in_no_file(collecting: Collecting) -> None:
    (resource,) = whole.COMPUTE_RESOURCES
    (place,) = resource["ComputeResource"]
    connection = {**place["ConnectionProperties"], "password": "canary-9f3a", "odd": {"x": ["canary-9f3a"]}}
    texts = ({**place, "ConnectionProperties": each} for each in (connection, json.dumps(connection)))
    items = [{**resource, "Name": f"n{number}", "ComputeResource": [each]} for number, each in enumerate(texts)]
    listing = in_pages("ListComputeResources", ("PagingInfo", "ComputeResources"), items, 9, tokens=False)
    found = collecting(listing)

    assert found.is_whole
    assert whole.CLUSTER.encode() in found.files["ListComputeResources-10001.json"]
    assert not [name for name, content in found.files.items() if b"canary-9f3a" in content]


@pytest.mark.parametrize("secret", ["canary-9f3a", {"deep": ["canary-9f3a"]}])
@pytest.mark.parametrize("key", ["Password", "pwd", "KeyOfNextYear"])
def test_a_password_of_a_mapping_is_in_no_file(collecting: Collecting, key: str, secret: object) -> None:
    data = {"HadoopAuthType": "ldap", "Accounts": [{"UserId": "2001", "Username": "alice", key: secret}]}
    reply = CloudReply(json.dumps({"RequestId": "A-1", "Success": True, "Data": data}).encode())
    found = collecting(always("GetComputeResourceAuthUserMappings", reply))

    assert found.is_whole
    stored = answer(found, "GetComputeResourceAuthUserMappings-20001")["Data"]["Accounts"][0]
    assert (stored["UserId"], stored["Username"]) == ("2001", "alice")
    assert not [name for name, content in found.files.items() if b"canary-9f3a" in content]


def test_mappings_are_asked_for_the_resources_of_the_cluster_alone(collecting: Collecting) -> None:
    other = {**whole.COMPUTE_RESOURCES[0], "Name": "odps", "ComputeResource": [{"Id": 20002}]}
    items = [*whole.COMPUTE_RESOURCES, other]
    collecting(in_pages("ListComputeResources", ("PagingInfo", "ComputeResources"), items, 1, tokens=False))

    asked = [each for each in collecting.cloud.requests if each.action == "GetComputeResourceAuthUserMappings"]
    assert [(each.query["ComputeResourceId"], each.query["ProjectId"]) for each in asked] == [("20001", "10001")]
    (people,) = (each for each in collecting.cloud.requests if each.action == "ListProjectMembers")
    assert (people.query["ProjectId"], sorted(people.posted)) == ("10001", ["PageNumber", "PageSize", "ProjectId"])


def test_mappings_that_are_forbidden_leave_the_rest(collecting: Collecting) -> None:
    found = collecting(always("GetComputeResourceAuthUserMappings", error("Forbidden.RAM")))

    (row,) = told(found)["missing"]
    assert row["permission"] == "dataworks:GetComputeResourceAuthUserMappings"
    assert "ListProjectMembers-10001.json" in found.files


def test_several_workspaces_are_left_to_the_reader(collecting: Collecting) -> None:
    nothing = always("ListComputeResources", CloudReply(b'{"PagingInfo": {"TotalCount": 0, "ComputeResources": []}}'))
    found = collecting(SEVERAL, nothing)

    assert missing(found) == [("dataworks-public:GetProject", "", "ambiguous")]
    assert told(found)["missing"][0]["among"] == ["10001", "10002"]
    assert collecting(SEVERAL, nothing, workspace="10001").is_whole


def test_a_list_that_is_forbidden_leaves_the_given_workspace(collecting: Collecting) -> None:
    found = collecting(always("ListProjects", error("Forbidden.RAM")), workspace="10001")

    (row,) = told(found)["missing"]
    assert (row["call"], row["permission"]) == ("dataworks-public:ListProjects", "dataworks:ListProjects")
    assert "GetProject-10001.json" in found.files
