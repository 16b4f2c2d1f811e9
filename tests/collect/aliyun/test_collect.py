"""Given clouds that page, throttle, forbid, cut and hang, when the real SDKs ask them, then the
case has what can be had, and the rest is told."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import replace

import pytest

from diagnose.collect.aliyun.listing import AT_ONCE
from diagnose.collect.aliyun.sdk import Waits
from diagnose.collect.collection import CollectError
from tests.support import whole_cloud as whole
from tests.support.collecting import QUICK, Collecting, answer, missing, told
from tests.support.fake_cloud import (
    CloudReply,
    CloudRequest,
    Special,
    always,
    error,
    first,
    in_pages,
)

pytestmark = pytest.mark.needs("alibaba-sdk")


def test_a_cloud_that_answers_everything_makes_a_whole_case(collecting: Collecting) -> None:
    found = collecting()

    assert (found.is_whole, missing(found)) == (True, [])
    assert found.summary[0].startswith("Collected 22 answers of aliyun://c-b58c2e907d4f1a63?region=cn-hangzhou")
    assert {name for name in found.files if name.startswith("Describe")} == {
        "DescribeInstances-nodes-1.json",
        f"DescribeNetworkInterfaces-{whole.VPC}.json",
        f"DescribeRouteEntryList-{whole.TABLE}.json",
        f"DescribeRouteTableList-{whole.VPC}.json",
        *(f"DescribeSecurityGroupAttribute-{group}.json" for group in (whole.GROUP, "sg-bp1zfg8zvz4vc9t66")),
        f"DescribeSecurityGroups-{whole.VPC}.json",
        *(f"DescribeVSwitchAttributes-{each['VSwitchId']}.json" for each in whole.VSWITCHES),
        f"DescribeVSwitches-{whole.VPC}.json",
    }


def test_every_answer_is_stored_as_it_came(collecting: Collecting) -> None:
    odd = whole.FILES["GetCluster.json"].replace(b'"Cluster"', b'"FieldOfNextYear": 1.10,\t"Cluster"') + b"\n\n"
    found = collecting(always("GetCluster", CloudReply(odd)))

    assert found.files[f"GetCluster-{whole.CLUSTER}.json"] == odd


def test_all_pages_of_both_styles_are_asked_for(collecting: Collecting) -> None:
    interfaces = in_pages(
        "DescribeNetworkInterfaces", ("NetworkInterfaceSets", "NetworkInterfaceSet"), whole.INTERFACES, 2, tokens=True
    )
    found = collecting(interfaces, *whole.rest(1))

    pages = [name for name in found.files if name.startswith("DescribeNetworkInterfaces")]
    assert sorted(pages) == [f"DescribeNetworkInterfaces-{whole.VPC}{page}.json" for page in ("-page2", "-page3", "")]
    assert len([name for name in found.files if name.startswith("DescribeVSwitches-")]) == 2
    assert len([name for name in found.files if name.startswith("DescribeRouteEntryList-")]) == 3
    assert found.is_whole


def test_each_request_has_its_region_its_size_and_the_whole_of_the_rules(collecting: Collecting) -> None:
    collecting()
    requests = collecting.cloud.requests
    of = {request.action: request for request in requests}

    assert of["DescribeSecurityGroupAttribute"].query.items() >= {
        ("RegionId", "cn-hangzhou"),
        ("Direction", "all"),
        ("MaxResults", "1000"),
    }
    assert json.loads(of["DescribeInstances"].query["InstanceIds"]) == [each["InstanceId"] for each in whole.INSTANCES]
    assert "RegionId" not in of["ListNetworks"].query
    assert {request.headers["user-agent"].split()[-1].partition("/")[0] for request in requests} == {"emr-diagnose"}


@pytest.mark.parametrize(
    "turned_away",
    [
        pytest.param(error("Throttling.User", 400), id="400"),
        pytest.param(error("Throttling", 429), id="429"),
        pytest.param(error("ServiceUnavailable", 503), id="503"),
        pytest.param(CloudReply(b"<html>bad gateway</html>", 502), id="html"),
        pytest.param(CloudReply(error("Throttling.Api", 400).body, 400, {"x-acs-retry-after": "20"}), id="with-a-wait"),
        pytest.param(CloudReply(b'{"Success": false, "Code": "Throttling", "Message": "x"}'), id="status-200"),
    ],
)
def test_a_call_that_is_turned_away_twice_is_made_again(collecting: Collecting, turned_away: CloudReply) -> None:
    found = collecting(first(2, "DescribeSecurityGroups", turned_away))

    assert found.is_whole
    assert collecting.cloud.counted()["DescribeSecurityGroups"] == 3


def test_a_call_that_is_always_turned_away_is_given_up(collecting: Collecting) -> None:
    found = collecting(always("DescribeSecurityGroups", error("Throttling.User", 400)))

    assert missing(found) == [("ecs:DescribeSecurityGroups", whole.VPC, "throttled")]
    assert collecting.cloud.counted()["DescribeSecurityGroups"] == QUICK.attempts
    assert not found.is_whole


def test_a_throttled_call_waits_for_the_next_minute(collecting: Collecting) -> None:
    """Given a service that turns calls away for as long as ten attempts, which a few attempts in a
    row would not outlast."""
    patient = replace(QUICK, throttled=30)
    found = collecting(first(10, "DescribeSecurityGroups", error("Throttling.User", 400)), waits=patient)

    assert found.is_whole
    assert collecting.cloud.counted()["DescribeSecurityGroups"] == 11


def test_only_a_throttled_call_waits_so_long(collecting: Collecting) -> None:
    patient = replace(QUICK, throttled=30)
    found = collecting(always("DescribeSecurityGroups", error("ServiceUnavailable", 503)), waits=patient)

    assert not found.is_whole
    assert collecting.cloud.counted()["DescribeSecurityGroups"] == QUICK.attempts


@pytest.mark.parametrize(
    ("refusal", "action"),
    [
        (error("Forbidden.RAM"), "ecs:DescribeSecurityGroupAttribute"),
        (error("NoPermission", 400), "ecs:DescribeSecurityGroupAttribute"),
        (error("Forbidden.RAM", AccessDeniedDetail={"AuthAction": "ecs:ReadRules"}), "ecs:ReadRules"),
        (error("Forbidden.RAM", AccessDeniedDetail={"AuthAction": "\x1b[31m"}), "ecs:DescribeSecurityGroupAttribute"),
        (error("403030"), "ecs:DescribeSecurityGroupAttribute"),
    ],
)
def test_a_forbidden_call_names_its_action_and_costs_nothing_else(
    collecting: Collecting, refusal: CloudReply, action: str
) -> None:
    found = collecting(always("DescribeSecurityGroupAttribute", refusal))

    rows = told(found)["missing"]
    assert {(row["call"], row["cause"], row["permission"]) for row in rows} == {
        ("ecs:DescribeSecurityGroupAttribute", "denied", action)
    }
    assert {row["object"] for row in rows} == {whole.GROUP, "sg-bp1zfg8zvz4vc9t66"}
    assert any(f"Actions of RAM to allow: {action}." in line for line in found.summary)
    assert collecting.cloud.counted()["DescribeSecurityGroupAttribute"] == 2
    assert f"DescribeSecurityGroups-{whole.VPC}.json" in found.files


def test_everything_forbidden_is_told_and_nothing_is_asked_twice(collecting: Collecting) -> None:
    found = collecting(lambda _: error("Forbidden.RAM"))

    assert set(found.files) == {"collected.json"}
    assert {cause for _, _, cause in missing(found)} == {"denied"}
    assert set(collecting.cloud.counted().values()) == {1}


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(CloudReply(b'{"RequestId": "A-1", "Nodes": [{"NodeName": "mas'), id="no-end"),
        pytest.param(CloudReply(b'{"RequestId": "A-1", ', length=4000), id="connection-closed"),
        pytest.param(CloudReply(b""), id="empty"),
        pytest.param(CloudReply(b"<html>sign in</html>"), id="login-page"),
    ],
)
def test_an_answer_that_is_cut_is_asked_for_again(collecting: Collecting, cut: CloudReply) -> None:
    assert collecting(first(2, "ListNodes", cut)).is_whole

    found = collecting(always("ListNodes", cut))
    ((call, cluster, cause),) = missing(found)
    assert (call, cluster) == ("emr:ListNodes", whole.CLUSTER)
    assert cause in ("unreadable", "no-answer")
    assert f"ListNodes-{whole.CLUSTER}.json" not in found.files


def test_of_a_listing_that_breaks_off_the_first_pages_stay_and_the_next_is_named(collecting: Collecting) -> None:
    pages = in_pages("DescribeInstances", ("Instances", "Instance"), whole.INSTANCES, 2, tokens=True)

    def breaking(request: CloudRequest) -> CloudReply | None:
        return error("InternalError", 500) if request.query.get("NextToken") == "4" else pages(request)

    found = collecting(breaking)

    assert [(row["call"], row["page"], row["code"]) for row in told(found)["missing"]] == [
        ("ecs:DescribeInstances", 3, "InternalError")
    ]
    assert {"DescribeInstances-nodes-1.json", "DescribeInstances-nodes-1-page2.json"} <= set(found.files)


def test_an_answer_of_another_shape_is_stored_and_told(collecting: Collecting) -> None:
    found = collecting(always("ListNodes", CloudReply(b'{"RequestId": "A-1", "Machines": []}')))

    assert missing(found) == [("emr:ListNodes", whole.CLUSTER, "unreadable")]
    assert answer(found, f"ListNodes-{whole.CLUSTER}")["Machines"] == []


def test_a_token_that_comes_again_ends_the_listing(collecting: Collecting) -> None:
    same = json.dumps({"Nodes": [], "NextToken": "t", "TotalCount": 9}).encode()
    found = collecting(always("ListNodes", CloudReply(same)))

    assert missing(found) == [("emr:ListNodes", whole.CLUSTER, "unreadable")]
    assert collecting.cloud.counted()["ListNodes"] == 2


@pytest.mark.parametrize(
    "stuck",
    [
        pytest.param(CloudReply(b"{}", hang=20), id="silent"),
        pytest.param(CloudReply(b" " * 4000, trickle=0.05), id="a-byte-at-a-time"),
    ],
)
def test_a_call_that_hangs_ends_in_its_time_and_the_rest_goes_on(collecting: Collecting, stuck: CloudReply) -> None:
    began = time.monotonic()
    found = collecting(always("ListNodes", stuck), waits=Waits(connect=3, read=2, call=3, first_pause=0.01, attempts=2))

    assert time.monotonic() - began < 18
    assert missing(found) == [("emr:ListNodes", whole.CLUSTER, "no-answer")]
    assert f"DescribeSecurityGroups-{whole.VPC}.json" in found.files


def test_after_the_deadline_nothing_more_is_asked(collecting: Collecting) -> None:
    began = time.monotonic()
    found = collecting(lambda _: CloudReply(b"{}", hang=20), seconds=1.5, waits=replace(QUICK, read=1, call=3))

    assert time.monotonic() - began < 18
    assert {cause for _, _, cause in missing(found)} == {"no-answer"}


def test_a_certificate_of_somebody_else_is_not_accepted(
    collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnose.collect.aliyun.sdk.CA_VARIABLES", ())
    found = collecting()

    assert {row["code"] for row in told(found)["missing"]} == {"CERTIFICATE_VERIFY_FAILED"}
    assert collecting.cloud.requests == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (error("InvalidAccessKeyId.NotFound", 404), "the credentials were not accepted (InvalidAccessKeyId.NotFound)"),
        (error("SignatureDoesNotMatch", 400), "the credentials were not accepted (SignatureDoesNotMatch)"),
        (error("InvalidClusterId.NotFound", 404), "emr:GetCluster does not know c-b58c2e907d4f1a63 in cn-hangzhou"),
    ],
)
def test_without_an_account_or_a_cluster_nothing_is_collected(
    collecting: Collecting, reply: CloudReply, words: str
) -> None:
    with pytest.raises(CollectError) as raised:
        collecting(always("GetCluster", reply))

    assert str(raised.value).startswith(words)
    assert collecting.cloud.counted() == {"GetCluster": 1}


def test_a_cluster_that_may_not_be_read_leaves_the_vpc_to_its_nodes(collecting: Collecting) -> None:
    found = collecting(always("GetCluster", error("Forbidden.RAM")))

    assert missing(found) == [("emr:GetCluster", whole.CLUSTER, "denied")]
    assert f"DescribeNetworkInterfaces-{whole.VPC}.json" in found.files


def test_the_only_resource_group_is_found(collecting: Collecting) -> None:
    found = collecting(group=None)

    assert found.is_whole
    assert answer(found, f"ListNetworks-{whole.RESOURCE_GROUP}")["PagingInfo"]["TotalCount"] == 1
    assert "DefaultVswicthId" in found.files["ListResourceGroups.json"].decode()
    asked = next(request for request in collecting.cloud.requests if request.action == "ListResourceGroups")
    assert "ExclusiveScheduler" in asked.query["ResourceGroupTypes"]


def test_the_misspelt_vswitch_of_a_listed_resource_group_is_asked_for(collecting: Collecting) -> None:
    denied = [
        always(name, error("Forbidden.RAM")) for name in ("GetResourceGroup", "ListNetworks", "DescribeVSwitches")
    ]
    found = collecting(*denied, group=None)

    assert f"DescribeVSwitchAttributes-{whole.VSWITCHES[1]['VSwitchId']}.json" in found.files


def test_no_more_than_eight_calls_run_at_once(collecting: Collecting) -> None:
    """Given forty calls of which none ends before four run at once."""
    running, most, changed = 0, 0, threading.Condition()
    listed = [{"SecurityGroupId": f"sg-{number}", "VpcId": whole.VPC} for number in range(40)]

    def slow(request: CloudRequest) -> CloudReply | None:
        nonlocal running, most
        with changed:
            running += 1
            most = max(most, running)
            changed.notify_all()
            if request.action == "DescribeSecurityGroupAttribute":
                changed.wait_for(lambda: most >= 4, timeout=10)
        time.sleep(0.05)
        with changed:
            running -= 1
        return None

    found = collecting(
        slow, in_pages("DescribeSecurityGroups", ("SecurityGroups", "SecurityGroup"), listed, 100, tokens=True)
    )

    assert len(missing(found)) == 40
    assert 4 <= most <= AT_ONCE


def networks_of(vpcs: dict[str, str]) -> tuple[Special, ...]:
    """Return a DataWorks with one resource group for each id, bound to this VPC."""
    groups = [{"Id": ident, "DefaultVswicthId": ""} for ident in vpcs]

    def networks(request: CloudRequest) -> CloudReply | None:
        if request.action != "ListNetworks":
            return None
        ident = request.query["ResourceGroupId"]
        network = {"Id": 1, "ResourceGroupId": ident, "VpcId": vpcs[ident], "VswitchId": "vsw-x", "Status": "Running"}
        page = {"PageNumber": 1, "PageSize": 10, "TotalCount": 1, "NetworkList": [network]}
        return CloudReply(json.dumps({"PagingInfo": page}).encode())

    return in_pages("ListResourceGroups", ("PagingInfo", "ResourceGroupList"), groups, 1, tokens=False), networks


def test_of_several_resource_groups_the_one_in_the_vpc_of_the_cluster_is_meant(collecting: Collecting) -> None:
    found = collecting(*networks_of({"rg-1": "vpc-other", "rg-2": whole.VPC}), group=None)

    assert "ListNetworks-rg-2.json" in found.files
    assert "ListNetworks-rg-1.json" not in found.files


def test_several_resource_groups_in_one_vpc_are_left_to_the_reader(collecting: Collecting) -> None:
    found = collecting(*networks_of({"rg-1": whole.VPC, "rg-2": whole.VPC}), group=None)

    (row,) = told(found)["missing"]
    assert (row["cause"], row["among"]) == ("ambiguous", ["rg-1", "rg-2"])
    assert not found.is_whole


RULE = {"Direction": "ingress", "IpProtocol": "TCP", "Policy": "Accept", "Priority": "1", "NicType": "intranet"}


def rules(request: CloudRequest) -> CloudReply | None:
    """Answer with rules that name groups and lists."""
    if request.action != "DescribeSecurityGroupAttribute":
        return None
    named = [
        {"SourceGroupId": "sg-named", "PortRange": "1/2"},
        {"SourceGroupId": "sg-gone", "PortRange": "1/2"},
        {"SourcePrefixListId": "pl-ecs", "PortRangeListId": "prl-ecs"},
    ]
    if request.subject == "sg-gone":
        return error("InvalidSecurityGroupId.NotFound", 404)
    own = [{**RULE, **each} for each in named] if request.subject == whole.GROUP else []
    value = {"SecurityGroupId": request.subject, "NextToken": "", "Permissions": {"Permission": own}}
    return CloudReply(json.dumps(value).encode())


def lists(request: CloudRequest) -> CloudReply | None:
    match request.action:
        case "DescribePrefixListAttributes":
            value: object = {"PrefixListId": request.subject, "Entries": {"Entry": [{"Cidr": "10.0.0.0/8"}]}}
        case "DescribePortRangeListEntries":
            value = {"Entries": [{"PortRange": "88/88"}]}
        case "GetVpcPrefixListEntries":
            value = {"PrefixListEntry": [{"PrefixListId": request.query["PrefixListId"], "Cidr": "10.0.0.0/8"}]}
        case "DescribeNetworkAclAttributes":
            entry = {"Policy": "accept", "Protocol": "all", "Port": "-1/-1", "SourceCidrIp": "pl-vpc"}
            entries = {"IngressAclEntries": {"IngressAclEntry": [entry]}, "EgressAclEntries": {"EgressAclEntry": []}}
            value = {"NetworkAclAttribute": {"NetworkAclId": request.subject, **entries}}
        case _:
            return None
    return CloudReply(json.dumps(value).encode())


def test_groups_and_lists_that_rules_name_are_asked_for(collecting: Collecting) -> None:
    bound = [{**each, "NetworkAclId": "nacl-1"} for each in whole.VSWITCHES]
    vswitches = in_pages("DescribeVSwitches", ("VSwitches", "VSwitch"), bound, 50, tokens=False)
    found = collecting(rules, lists, vswitches)

    assert {
        "DescribeSecurityGroupAttribute-sg-named.json",
        "DescribePrefixListAttributes-pl-ecs.json",
        "DescribePortRangeListEntries-prl-ecs.json",
        "DescribeNetworkAclAttributes-nacl-1.json",
        "GetVpcPrefixListEntries-pl-vpc.json",
    } <= set(found.files)
    assert missing(found) == [("ecs:DescribeSecurityGroupAttribute", "sg-gone", "not-found")]
    assert found.is_whole, "a rule may name a group that is gone"


def test_no_more_groups_than_the_bound_are_asked_for_those_of_the_cluster_first(
    collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnose.collect.aliyun.walk.MOST_GROUPS", 2)
    found = collecting(rules, lists)

    assert [row["code"] for row in told(found)["missing"]] == ["2"]
    assert f"DescribeSecurityGroupAttribute-{whole.GROUP}.json" in found.files


def test_odd_ids_get_files_of_their_own_inside_the_case(collecting: Collecting) -> None:
    odd = ("../../x", "..\\..\\x", "__x", "\x1b[2J")
    named = [{**RULE, "SourceGroupId": ident, "PortRange": "1/2"} for ident in odd]

    def answer_of_any_group(request: CloudRequest) -> CloudReply | None:
        if request.action != "DescribeSecurityGroupAttribute":
            return None
        own = named if request.subject == whole.GROUP else []
        value = {"SecurityGroupId": request.subject, "NextToken": "", "Permissions": {"Permission": own}}
        return CloudReply(json.dumps(value).encode())

    found = collecting(answer_of_any_group)

    files = {
        each["object"]: each["files"] for each in told(found)["answers"] if each["call"].endswith("GroupAttribute")
    }
    assert set(odd) <= set(files)
    assert len({name for names in files.values() for name in names}) == len(files)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+\.json", name) for name in found.files)


def test_a_case_that_would_be_too_large_is_cut_and_told(
    collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnose.collect.aliyun.walk.MAX_FILES", 4)
    found = collecting()

    assert len(found.files) == 4
    assert {cause for _, _, cause in missing(found)} == {"too-many"}
    assert not found.is_whole


def test_every_group_of_the_vpc_is_asked_for(collecting: Collecting) -> None:
    listed = [{"SecurityGroupId": ident, "VpcId": whole.VPC} for ident in (whole.GROUP, "sg-unused")]
    found = collecting(in_pages("DescribeSecurityGroups", ("SecurityGroups", "SecurityGroup"), listed, 1, tokens=True))

    assert missing(found) == [("ecs:DescribeSecurityGroupAttribute", "sg-unused", "denied")]


def test_a_cluster_without_nodes_in_emr_has_the_instances_of_its_vpc(collecting: Collecting) -> None:
    found = collecting(
        *(always(name, error("Forbidden.RAM")) for name in ("GetCluster", "ListNodes", "ListNodeGroups"))
    )

    assert f"DescribeInstances-{whole.VPC}.json" in found.files
    assert f"DescribeSecurityGroupAttribute-{whole.GROUP}.json" in found.files
