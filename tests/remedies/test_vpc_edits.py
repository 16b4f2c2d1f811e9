"""Routes and network ACLs in the words of each tool: what can be said safely is a command, the rest stays words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.remedies import aliyun_cli, console, ros, terraform
from diagnose.remedies.model import SuggestedEdit
from diagnose.remedies.plan import suggest
from diagnose.remedies.vpc_edits import acl_fields, route_fields
from tests.support.acl_cases import FLOWS, IN, acl_entry, with_acl
from tests.support.factories import RG_CIDR
from tests.support.scenes import the_conclusion, the_scene
from tests.support.shell_commands import NASTY, REGION, options, run


def a_route_edit(**changes: Any) -> SuggestedEdit:
    given_fields: dict[str, Any] = {
        "option": 1,
        "object": "route",
        "id": "vtb-emr",
        "action": "set",
        "before": None,
        "after": f"{RG_CIDR} via VpcPeer pcc-1",
        "why": "packets to that block have no way there",
        "fixes": [],
    }
    return SuggestedEdit(**{**given_fields, **changes})


AFTER = f"1 accept UDP 88/88 from {RG_CIDR}; 2 drop ALL -1/-1 from 0.0.0.0/0 [nae-1]"


def an_acl_edit(**changes: Any) -> SuggestedEdit:
    return a_route_edit(
        **{"object": "network-acl", "id": "nacl-1 ingress", "before": "no entries", "after": AFTER, **changes}
    )


def test_a_new_route_is_one_call(tmp_path: Path) -> None:
    (call,) = run(aliyun_cli.emit([], [a_route_edit()], REGION), tmp_path)
    assert call[:2] == ["vpc", "CreateRouteEntry"]
    assert options(call) == {
        "--RegionId": REGION,
        "--RouteTableId": "vtb-emr",
        "--DestinationCidrBlock": RG_CIDR,
        "--NextHopType": "VpcPeer",
        "--NextHopId": "pcc-1",
    }


def test_a_new_list_is_given_whole_and_in_order(tmp_path: Path) -> None:
    (call,) = run(aliyun_cli.emit([], [an_acl_edit()], None), tmp_path)
    assert call[:2] == ["vpc", "UpdateNetworkAclEntries"]
    said = options(call)
    assert said["--NetworkAclId"] == "nacl-1"
    assert said["--UpdateIngressAclEntries"] == "true"
    first, second = (
        {key.rpartition(".")[2]: value for key, value in said.items() if key.startswith(f"--IngressAclEntries.{n}.")}
        for n in (1, 2)
    )
    assert first == {
        "Policy": "accept",
        "Protocol": "udp",
        "Port": "88/88",
        "SourceCidrIp": RG_CIDR,
        "EntryType": "custom",
    }
    assert second["NetworkAclEntryId"] == "nae-1"
    assert (second["Policy"], second["Protocol"], second["Port"]) == ("drop", "all", "-1/-1")


def test_the_list_of_a_real_repair_keeps_what_was_there(tmp_path: Path) -> None:
    kept = acl_entry("egress", (32768, 50000), RG_CIDR)
    case = with_acl(IN, kept)
    edits = suggest(the_scene(case, FLOWS), the_conclusion(case, FLOWS).blames).edits
    (edit,) = edits
    fields = acl_fields(edit)
    assert fields is not None
    assert fields.entries[-1]["Port"] == "32768/50000"
    assert {entry["Port"] for entry in fields.entries[:-1]} == {"1024/65535"}
    (call,) = run(aliyun_cli.emit([], edits, REGION), tmp_path)
    assert "--UpdateEgressAclEntries" in call
    for text in (console.emit([], edits, REGION), terraform.emit([], edits), ros.emit([], edits)):
        assert "1024/65535" in text
        assert "32768/50000" in text


@pytest.mark.parametrize(
    "edit",
    [
        a_route_edit(after=f"{RG_CIDR} via VpcPeer"),
        a_route_edit(after=f"{RG_CIDR} via VpcPeer pcc-1; rm -rf"),
        a_route_edit(after=NASTY),
        a_route_edit(id=NASTY),
        a_route_edit(before="Custom route"),
        an_acl_edit(after="1 accept protocol 50 -1/-1 from 0.0.0.0/0"),
        an_acl_edit(after=f"{AFTER}; 3 {NASTY}"),
        an_acl_edit(id="nacl-1 sideways"),
    ],
)
def test_what_does_not_fit_the_grammar_stays_words(edit: SuggestedEdit, tmp_path: Path) -> None:
    assert run(aliyun_cli.emit([], [edit], REGION), tmp_path) == []
    assert json.loads(ros.emit([], [edit]))["Resources"] == {}
    lines = terraform.emit([], [edit]).splitlines()
    assert all(line.startswith("#") for line in lines)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_gets_past_the_grammar_but_what_it_says(ident: str, after: str) -> None:
    assert route_fields(a_route_edit(id=ident, after=after)) is None
    assert acl_fields(an_acl_edit(id=ident, after=after)) is None


def test_terraform_and_ros_make_the_route() -> None:
    text = terraform.emit([], [a_route_edit()])
    assert text.startswith('resource "alicloud_route_entry" "emr_diagnose_route_')
    assert f'destination_cidrblock = "{RG_CIDR}"' in text
    (resource,) = json.loads(ros.emit([], [a_route_edit()]))["Resources"].values()
    assert resource == {
        "Type": "ALIYUN::ECS::Route",
        "Properties": {
            "RouteTableId": "vtb-emr",
            "DestinationCidrBlock": RG_CIDR,
            "NextHopType": "VpcPeer",
            "NextHopId": "pcc-1",
        },
    }


def test_terraform_gives_the_blocks_of_a_list_as_comments() -> None:
    text = terraform.emit([], [an_acl_edit()])
    assert text.count("# ingress_acl_entries {") == 2
    assert f'#   source_cidr_ip = "{RG_CIDR}"' in text


def test_console_words_for_routes_and_networks() -> None:
    told = console.emit([], [a_route_edit(), a_route_edit(before="Custom route x")], REGION)
    assert f"To route table vtb-emr add the entry {RG_CIDR} via VpcPeer pcc-1. " in told
    assert f"add the entry {RG_CIDR} via VpcPeer pcc-1 instead of Custom route x" in told
    bound = a_route_edit(object="resource-group", id="rg-1", before="vpc-a", after="a vSwitch of vpc-b")
    assert "Bind resource group rg-1 to a vSwitch of vpc-b (now: vpc-a)" in console.emit([], [bound], REGION)
