"""The emitters: every tool reads in their text what the report says, whatever ids hold."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.output.clean import clean
from diagnose.remedies import aliyun_cli, console, ros, terraform
from diagnose.remedies.model import Edit, SuggestedRule
from diagnose.remedies.wording import suggested
from diagnose.report.repair import FORMS, emit
from tests.support import reports
from tests.support.factories import EMR_CIDR, EMR_GROUP, RG_CIDR
from tests.support.shell_commands import NASTY, REGION, options, run


def test_a_shell_reads_each_rule_as_one_call_of_plain_parameters(tmp_path: Path) -> None:
    rules = [reports.a_rule(), reports.a_rule(ip_protocol="TCP", port_range="8020/8032"), reports.an_egress_rule()]

    first, second, egress = run(aliyun_cli.emit(rules, [], REGION), tmp_path)

    assert first[:2] == second[:2] == ["ecs", "AuthorizeSecurityGroup"]
    assert options(first) == {
        "--RegionId": REGION,
        "--SecurityGroupId": EMR_GROUP,
        "--IpProtocol": "UDP",
        "--PortRange": "88/88",
        "--SourceCidrIp": RG_CIDR,
        "--Policy": "accept",
        "--Priority": "1",
        "--Description": "DataWorks resource group to KDC",
    }
    assert (options(second)["--IpProtocol"], options(second)["--PortRange"]) == ("TCP", "8020/8032")
    assert egress[:2] == ["ecs", "AuthorizeSecurityGroupEgress"]
    assert options(egress)["--DestCidrIp"] == EMR_CIDR
    assert "--SourceCidrIp" not in options(egress)


def test_an_unknown_region_is_asked_of_the_user_and_never_guessed(tmp_path: Path) -> None:
    script = aliyun_cli.emit([reports.a_rule()], [], None)

    (call,) = run(script, tmp_path, REGION="eu-central-1")

    assert script.startswith("# The case does not say the region.")
    assert options(call)["--RegionId"] == "eu-central-1"


def test_a_known_rule_is_revoked_by_its_id_or_modified_with_all_its_fields(tmp_path: Path) -> None:
    edits = [
        reports.an_edit(action="remove", after=None),
        reports.an_edit(),
        reports.an_edit(action="reprioritise", after=reports.a_drop(priority=2, description="guards")),
        reports.an_edit(
            before=reports.a_drop(protocol="UDP", port_ranges=["1/100"]),
            after=reports.a_drop(protocol="UDP", port_ranges=["1/87"]),
        ),
    ]

    removed, narrowed, ranked, fewer = run(aliyun_cli.emit([], edits, REGION), tmp_path)

    where = {"--RegionId": REGION, "--SecurityGroupId": EMR_GROUP}
    assert removed[1] == "RevokeSecurityGroup"
    assert options(removed) == {**where, "--SecurityGroupRuleId.1": "sgr-bp1drop"}
    assert {call[1] for call in (narrowed, ranked, fewer)} == {"ModifySecurityGroupRule"}
    whole = {
        **where,
        "--SecurityGroupRuleId": "sgr-bp1drop",
        "--IpProtocol": "ALL",
        "--PortRange": "-1/-1",
        "--SourceCidrIp": "192.168.0.0/16",
        "--Policy": "drop",
        "--Priority": "1",
    }
    assert options(narrowed) == {**whole, "--SourceCidrIp": "192.168.128.0/17"}
    assert options(ranked) == {**whole, "--Priority": "2", "--Description": "guards"}
    assert options(fewer) == {**whole, "--IpProtocol": "UDP", "--PortRange": "1/87"}


def test_a_value_that_begins_with_a_dash_is_joined_to_its_parameter() -> None:
    script = aliyun_cli.emit([], [reports.an_edit(), reports.an_acl_edit()], REGION)

    assert "--PortRange=-1/-1" in script
    assert "--IngressAclEntries.2.Port=-1/-1" in script
    assert " -1/-1" not in "".join(line for line in script.splitlines() if not line.startswith("#"))


def test_a_changed_rule_keeps_its_lists_groups_and_client_ports(tmp_path: Path) -> None:
    ports = {"port_ranges": [], "port_list": "prl-1", "source_ports": ["1024/65535"]}
    by_list = reports.a_drop(peers=[], peer_list="pl-1", near=["192.168.20.11/32"], priority=2, **ports)
    by_name = reports.a_drop(peers=[], peer_group="sg-x", peer_account="someone", priority=2)
    by_number = reports.a_drop(peers=[], peer_group="sg-x", peer_account="1234", priority=2)
    edits = [reports.an_edit(action="reprioritise", after=after) for after in (by_list, by_name, by_number)]

    listed, named, numbered = map(options, run(aliyun_cli.emit([], edits, REGION), tmp_path))

    assert (listed["--SourcePrefixListId"], listed["--PortRangeListId"]) == ("pl-1", "prl-1")
    assert (listed["--DestCidrIp"], listed["--SourcePortRange"]) == ("192.168.20.11/32", "1024/65535")
    assert "--PortRange" not in listed
    assert (named["--SourceGroupId"], named["--SourceGroupOwnerAccount"]) == ("sg-x", "someone")
    assert (numbered["--SourceGroupId"], numbered["--SourceGroupOwnerId"]) == ("sg-x", "1234")


@pytest.mark.parametrize(
    "edit",
    [
        reports.an_edit(rule="sg-1#12"),
        reports.an_edit(rule="sg-1#12", action="remove", after=None),
        reports.an_edit(after=reports.a_drop(peers=["192.168.0.0/24", "192.168.2.0/24"])),
        reports.an_edit(after=reports.a_drop(near=["192.168.0.0/24", "192.168.2.0/24"])),
    ],
)
def test_a_rule_that_no_call_can_name_or_say_is_changed_in_words(edit: Edit, tmp_path: Path) -> None:
    assert run(aliyun_cli.emit([], [edit], REGION), tmp_path) == []


def test_an_ipv6_source_is_narrowed_by_a_command_and_named_in_every_form(tmp_path: Path) -> None:
    narrow = reports.an_edit(
        before=reports.a_drop(peers=["2001:db8::/63"]), after=reports.a_drop(peers=["2001:db8:0:1::/64"])
    )

    (call,) = run(aliyun_cli.emit([], [narrow], REGION), tmp_path)

    assert call[:2] == ["ecs", "ModifySecurityGroupRule"]
    assert options(call)["--Ipv6SourceCidrIp"] == "2001:db8:0:1::/64"
    assert "--SourceCidrIp" not in options(call)
    words = "source 2001:db8::/63 becomes source 2001:db8:0:1::/64"
    assert words in console.emit([], [narrow], REGION)
    assert words in terraform.emit([], [narrow])
    assert words in json.loads(ros.emit([], [narrow]))["Description"]


def test_an_outbound_rule_is_changed_by_the_outbound_calls(tmp_path: Path) -> None:
    narrow = reports.an_edit(direction="egress")
    remove = reports.an_edit(direction="egress", action="remove", after=None)

    changed, removed = run(aliyun_cli.emit([], [narrow, remove], REGION), tmp_path)

    assert changed[:2] == ["ecs", "ModifySecurityGroupEgressRule"]
    assert options(changed)["--DestCidrIp"] == "192.168.128.0/17"
    assert removed[:2] == ["ecs", "RevokeSecurityGroupEgress"]


@pytest.mark.parametrize(
    "edit",
    [
        reports.a_file_edit(section=None, line=8, key="kdc", before="master-1-1:8", after="master-1-1:88"),
        reports.a_lines_edit(),
        reports.a_lines_edit(before=[]),
        reports.a_lines_edit(after=[]),
        reports.a_service_start(),
        reports.a_hosts_edit(),
        reports.a_rebinding(),
    ],
)
def test_what_no_command_can_do_stays_a_comment(edit: Edit, tmp_path: Path) -> None:
    script = aliyun_cli.emit([], [edit], REGION)

    assert run(script, tmp_path) == []
    assert all(line.startswith("#") for line in script.splitlines())
    assert console.edit_words(edit) in " ".join(script.replace("# ", "").split())


def test_hostile_text_runs_nothing_and_arrives_whole(tmp_path: Path) -> None:
    rule = reports.a_rule(security_group_id=NASTY, description=NASTY, port_range=NASTY, source_cidr_ip=NASTY)
    hostile = reports.a_drop(peers=[NASTY], words=NASTY, description=NASTY, near=[NASTY], source_ports=[NASTY])
    edit = reports.an_edit(rule=f"sgr-{NASTY}", group=NASTY, before=hostile, after=hostile)

    added, changed = run(aliyun_cli.emit([rule], [edit], NASTY), tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert options(added)["--Description"] == options(added)["--SecurityGroupId"] == clean(NASTY)
    assert options(changed)["--SecurityGroupRuleId"] == clean(f"sgr-{NASTY}")
    assert options(changed)["--SecurityGroupId"] == options(changed)["--SourcePortRange"] == clean(NASTY)


@given(st.text(max_size=80))
def test_any_description_survives_every_machine_form(text: str) -> None:
    rule = reports.a_rule(description=text)
    wanted = clean(text)

    template = json.loads(ros.emit([rule], []))
    (resource,) = template["Resources"].values()
    assert resource["Properties"]["Description"] == wanted
    (literal,) = re.findall(r'description +=\s+(".*")', terraform.emit([rule], []))
    assert json.loads(literal.replace("$${", "${").replace("%%{", "%{")) == wanted
    assert not re.search(r"[$%]\{", literal.replace("$${", "").replace("%%{", "")), "a template would start"


def test_ipv6_blocks_go_to_the_ipv6_fields() -> None:
    rule = reports.a_rule(source_cidr_ip="2001:db8::/64")

    assert "--Ipv6SourceCidrIp 2001:db8::/64" in aliyun_cli.emit([rule], [], REGION)
    assert re.search(r'ipv6_cidr_ip +=\s+"2001:db8::/64"', terraform.emit([rule], []))
    assert '"Ipv6SourceCidrIp": "2001:db8::/64"' in ros.emit([rule], [])


@pytest.mark.parametrize("rule", [reports.a_rule(), reports.an_egress_rule()], ids=["ingress", "egress"])
def test_terraform_says_what_the_provider_needs_in_a_vpc(rule: SuggestedRule) -> None:
    arguments = dict(re.findall(r'^  (\w+) +=\s+"?([^"\n]*)"?$', terraform.emit([rule], []), re.MULTILINE))

    assert arguments == {
        "security_group_id": rule.security_group_id,
        "type": rule.direction,
        "ip_protocol": "udp",
        "nic_type": "intranet",
        "policy": "accept",
        "port_range": "88/88",
        "priority": "1",
        "cidr_ip": RG_CIDR if rule.direction == "ingress" else EMR_CIDR,
        "description": rule.description,
    }


def test_terraform_names_are_stable_distinct_and_valid() -> None:
    rules = [
        reports.a_rule(),
        reports.a_rule(ip_protocol="TCP"),
        reports.an_egress_rule(),
        reports.a_rule(security_group_id=NASTY),
    ]
    names = [terraform.name(rule) for rule in rules]

    assert len(set(names)) == len(rules)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
    assert names == [terraform.name(reports.a_rule(description="other", fixes=[])), *names[1:]]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_itself_accepts_the_text_and_would_not_reformat_it(tmp_path: Path) -> None:
    rules = [reports.a_rule(), reports.an_egress_rule(), reports.a_rule(security_group_id=NASTY, description=NASTY)]
    written = terraform.emit(
        rules, [reports.an_edit(rule=NASTY), reports.a_route_edit(hop=NASTY), reports.an_acl_edit(acl=NASTY)]
    )

    done = subprocess.run(
        ["terraform", "fmt", "-"], input=written, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == written


def test_ros_templates_have_the_version_and_one_resource_a_rule() -> None:
    template: dict[str, Any] = json.loads(ros.emit([reports.a_rule(), reports.an_egress_rule()], [reports.an_edit()]))

    assert template["ROSTemplateFormatVersion"] == "2015-09-01"
    assert "sgr-bp1drop" in template["Description"]
    inbound, outbound = template["Resources"].values()
    assert inbound["Type"] == "ALIYUN::ECS::SecurityGroupIngress"
    assert inbound["Properties"]["SourceCidrIp"] == RG_CIDR
    assert outbound["Type"] == "ALIYUN::ECS::SecurityGroupEgress"
    assert outbound["Properties"]["DestCidrIp"] == EMR_CIDR
    assert {each["Properties"]["NicType"] for each in template["Resources"].values()} == {"intranet"}
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name) for name in template["Resources"])


def test_console_words_name_the_fields_of_the_form_in_both_languages() -> None:
    text = console.emit([reports.a_rule()], [], REGION)

    assert "Inbound tab choose Add Rule" in text
    assert f"Source (访问来源) {RG_CIDR}" in text
    assert "Destination (Current Instance) (访问目的（本实例）) port 88/88" in text
    assert "Authorization Object" in text
    assert "“Set Destination”: the field of that name in the form takes the port" in text
    outbound = console.emit([reports.an_egress_rule()], [], REGION)
    assert "Authorization Object" not in outbound
    assert f"Destination (访问目的) {EMR_CIDR}, port 88/88" in outbound


@pytest.mark.parametrize("form", FORMS)
def test_emit_writes_the_wanted_option_and_only_that(form: Any) -> None:
    report = reports.a_report(suggested_rules=[reports.a_rule(), reports.a_rule(option=2, port_range="1088/1088")])

    assert "88/88" in emit(report, form)
    assert "1088/1088" not in emit(report, form)
    assert "1088/1088" in emit(report, form, option=2)


@pytest.mark.parametrize("form", FORMS)
def test_where_there_is_nothing_to_change_the_text_says_so(form: Any) -> None:
    text = emit(reports.passing(), form)

    assert text.endswith("\n")
    if form == "ros":
        assert json.loads(text)["Resources"] == {}
    else:
        assert text.startswith("# ")


def test_an_alternative_is_made_into_commands_too() -> None:
    assert "RevokeSecurityGroup" in emit(reports.drop_edit(), "cli", option=2)


def test_lines_of_krb5_conf_are_replaced_added_or_deleted() -> None:
    replaced, added, deleted = (
        reports.a_lines_edit(),
        reports.a_lines_edit(before=[], after=["[realms]", "  R = {"]),
        reports.a_lines_edit(after=[]),
    )
    limit = "udp_preference_limit ="
    assert console.edit_words(replaced).startswith(f"Replace krb5.conf:4 by “{limit} 1”. Tried")
    assert console.edit_words(added).startswith("Insert before krb5.conf:4: “[realms]” | “R = {”. Tried")
    assert console.edit_words(deleted).startswith(f"Delete krb5.conf:4: “{limit} 0”. Tried")
    words = [suggested(edit) for edit in (replaced, added, deleted)]
    assert [(each.object, each.action, each.before, each.after) for each in words] == [
        ("krb5.conf", "replace", f"  {limit} 0", f"  {limit} 1"),
        ("krb5.conf", "add", None, "[realms]\n  R = {"),
        ("krb5.conf", "remove", f"  {limit} 0", None),
    ]


def test_an_edit_of_a_file_names_the_file_once() -> None:
    words = console.edit_words(reports.a_file_edit())
    assert words.startswith("In krb5.conf [libdefaults] set udp_preference_limit = 1. Clients then use TCP at once")
    named_otherwise = reports.a_file_edit(
        file="conf/kdc.conf", line=3, section=None, key=None, before="b", after="c", reason="kdc-port"
    )
    assert (
        console.edit_words(named_otherwise)
        == "In krb5.conf, conf/kdc.conf:3 set c (now: b). The KDC answers on that port."
    )
    assert console.edit_words(reports.a_file_edit(file=None, key="rdns", after="false", reason="libkrb5-name")) == (
        "In krb5.conf, [libdefaults] rdns set rdns = false. Libkrb5 then asks for the service's own name."
    )


@given(st.sampled_from(["krb5.conf", "hadoop-conf"]), st.integers(1, 9) | st.none(), st.sampled_from(["k", None]))
def test_the_words_of_a_file_edit_name_its_place(kind: Any, line: int | None, key: str | None) -> None:
    edit = reports.a_file_edit(object=kind, file="f.xml", line=line, section=None, key=key)
    place = "f.xml" if line is None else f"f.xml:{line}"
    assert place in console.edit_words(edit)
