"""Routes and network ACLs: what one call can do is a command, the rest stays in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.output.clean import clean
from diagnose.remedies import aliyun_cli, console, ros, terraform
from diagnose.remedies.model import Edit
from diagnose.remedies.plan import suggest
from diagnose.remedies.vpc_fields import acl_fields
from tests.support import reports
from tests.support.acl_cases import FLOWS, IN, acl_entry, with_acl
from tests.support.factories import RG_CIDR
from tests.support.scenes import the_conclusion, the_scene
from tests.support.shell_commands import NASTY, REGION, options, run, words


def test_a_new_route_is_one_call(tmp_path: Path) -> None:
    (call,) = run(aliyun_cli.emit([], [reports.a_route_edit()], REGION), tmp_path)
    assert call[:2] == ["vpc", "CreateRouteEntry"]
    assert options(call) == {
        "--RegionId": REGION,
        "--RouteTableId": "vtb-emr",
        "--DestinationCidrBlock": RG_CIDR,
        "--NextHopType": "VpcPeer",
        "--NextHopId": "pcc-1",
    }


def test_a_new_list_is_given_whole_and_in_order(tmp_path: Path) -> None:
    (call,) = run(aliyun_cli.emit([], [reports.an_acl_edit()], None), tmp_path)
    assert call[:2] == ["vpc", "UpdateNetworkAclEntries"]
    given_options = options(call)
    assert given_options["--NetworkAclId"] == "nacl-1"
    assert given_options["--UpdateIngressAclEntries"] == "true"
    first, second = (
        {
            key.rpartition(".")[2]: value
            for key, value in given_options.items()
            if key.startswith(f"--IngressAclEntries.{n}.")
        }
        for n in (1, 2)
    )
    assert first == {
        "Policy": "accept",
        "Protocol": "udp",
        "Port": "88/88",
        "SourceCidrIp": RG_CIDR,
        "IpVersion": "IPv4",
        "EntryType": "custom",
    }
    assert second["NetworkAclEntryId"] == "nae-1"
    assert (second["Policy"], second["Protocol"], second["Port"]) == ("drop", "all", "-1/-1")


def test_the_list_of_a_real_repair_keeps_what_was_there(tmp_path: Path) -> None:
    kept = acl_entry("egress", (32768, 50000), RG_CIDR)
    case = with_acl(IN, kept)
    edits = suggest(the_scene(case, FLOWS), the_conclusion(case, FLOWS).findings).edits
    (edit,) = edits
    fields = acl_fields(edit)
    assert fields is not None
    assert fields[-1]["Port"] == "32768/50000"
    assert {entry["Port"] for entry in fields[:-1]} == {"1024/65535"}
    (call,) = run(aliyun_cli.emit([], edits, REGION), tmp_path)
    assert "--UpdateEgressAclEntries" in call
    for text in (console.emit([], edits, REGION), terraform.emit([], edits), ros.emit([], edits)):
        assert "1024/65535" in text
        assert "32768/50000" in text


@pytest.mark.parametrize(
    "edit",
    [
        reports.a_route_edit(replaces="Custom route"),
        reports.an_acl_edit(reports.an_acl_entry(protocol=None, words="accept protocol 50 -1/-1 from 0.0.0.0/0")),
        reports.an_acl_edit(reports.an_acl_entry(port_range=None)),
        reports.an_acl_edit(reports.an_acl_entry(peer=None)),
        reports.an_acl_edit(after=[]),
    ],
)
def test_what_one_call_cannot_do_stays_words(edit: Edit, tmp_path: Path) -> None:
    assert run(aliyun_cli.emit([], [edit], REGION), tmp_path) == []
    assert json.loads(ros.emit([], [edit]))["Resources"] == {}
    lines = terraform.emit([], [edit]).splitlines()
    assert all(line.startswith("#") for line in lines)


def test_hostile_ids_run_nothing_and_arrive_whole(tmp_path: Path) -> None:
    route = reports.a_route_edit(table=NASTY, destination=NASTY, hop_type=NASTY, hop=NASTY)
    acl = reports.an_acl_edit(reports.an_acl_entry(id=NASTY, peer=NASTY, words=NASTY), acl=NASTY)

    made, replaced = run(aliyun_cli.emit([], [route, acl], NASTY), tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert set(options(made).values()) == {clean(NASTY)}
    assert options(replaced)["--NetworkAclId"] == clean(NASTY)
    assert options(replaced)["--IngressAclEntries.3.SourceCidrIp"] == clean(NASTY)
    (resource,) = json.loads(ros.emit([], [route]))["Resources"].values()
    assert resource["Properties"]["NextHopId"] == clean(NASTY)


@given(st.lists(st.text(max_size=60), min_size=4, max_size=4))
def test_any_text_in_a_route_survives_every_machine_form(texts: list[str]) -> None:
    table, destination, hop_type, hop = texts
    route = reports.a_route_edit(table=table, destination=destination, hop_type=hop_type, hop=hop)
    wanted = [clean(text) for text in texts]

    call = options(words(aliyun_cli.emit([], [route], REGION))[1:])
    names = ("RouteTableId", "DestinationCidrBlock", "NextHopType", "NextHopId")
    assert [call[f"--{name}"] for name in names] == wanted
    (resource,) = json.loads(ros.emit([], [route]))["Resources"].values()
    assert list(resource["Properties"].values()) == wanted


def test_terraform_and_ros_make_the_route() -> None:
    text = terraform.emit([], [reports.a_route_edit()])
    assert text.startswith('resource "alicloud_route_entry" "emr_diagnose_route_')
    assert f'destination_cidrblock = "{RG_CIDR}"' in text
    (resource,) = json.loads(ros.emit([], [reports.a_route_edit()]))["Resources"].values()
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
    text = terraform.emit([], [reports.an_acl_edit()])
    assert text.count("# ingress_acl_entries {") == 2
    assert f'#   source_cidr_ip = "{RG_CIDR}"' in text


def test_console_words_for_routes_and_networks() -> None:
    text = console.emit([], [reports.a_route_edit(), reports.a_route_edit(replaces="Custom route x")], REGION)
    assert f"To route table vtb-emr add the entry {RG_CIDR} via VpcPeer pcc-1. " in text
    assert f"add the entry {RG_CIDR} via VpcPeer pcc-1 instead of Custom route x" in text
    bound = console.emit([], [reports.a_rebinding(vswitch="vsw-b")], REGION)
    assert f"Bind resource group rg-1 to a vSwitch of vpc-b, for example vsw-b (now: vpc-a vsw-a {RG_CIDR})" in bound


def test_an_entry_that_exists_keeps_its_name_text_and_list(tmp_path: Path) -> None:
    named = reports.an_acl_entry(id="nae-2", name="dns", description="it's ours", peer="pl-1", is_ipv6=True)
    (call,) = run(aliyun_cli.emit([], [reports.an_acl_edit(named)], REGION), tmp_path)
    kept = {name: value for name, value in options(call).items() if name.startswith("--IngressAclEntries.3.")}
    assert {name.rpartition(".")[2]: value for name, value in kept.items()} == {
        "NetworkAclEntryId": "nae-2",
        "NetworkAclEntryName": "dns",
        "Description": "it's ours",
        "Policy": "accept",
        "Protocol": "udp",
        "Port": "88/88",
        "SourceCidrIp": "pl-1",
        "IpVersion": "IPv6",
        "EntryType": "custom",
    }
