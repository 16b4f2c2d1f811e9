"""Do two inputs that contradict each other end in "unknown", with a finding that names both?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.incident_cases import (
    BLOCK,
    MASTER,
    PORTS,
    Change,
    changed,
    check,
    group,
    healthy,
    report,
    rule,
    write,
)

NAMENODE = "namenode-rpc/master-1-1:9000"
OPEN, SILENT, REFUSED = ("open", "syn-ack"), ("filtered", "no-response"), ("closed", "rst")
RULES = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
DROP = rule("TCP", "1/65535", source="192.168.20.0/24", direction="egress", Policy="Drop")


def seen(*answers: tuple[str, str], **fields: Any) -> str:
    """Return an observations.json about the NameNode."""
    vantage = {"vantage": "local", "source": "192.168.10.5", "address": "192.168.20.11"}
    rows = [{"flow": NAMENODE, "state": state, "reason": reason, **vantage, **fields} for state, reason in answers]
    return json.dumps({"schema_version": "1", "observations": rows}, indent=1)


def acl(*ingress: dict[str, str], name: str = "nacl-1") -> str:
    entries = {"EgressAclEntries": {"EgressAclEntry": [entry("DestinationCidrIp")]}}
    bound = [{"ResourceId": ident, "ResourceType": "VSwitch"} for ident in ("vsw-emr", "vsw-rg")]
    value = {"NetworkAclId": name, "Resources": {"Resource": bound}, "IngressAclEntries": {"IngressAclEntry": ingress}}
    return json.dumps({"NetworkAclAttribute": {**value, **entries}}, indent=1)


def entry(party: str, policy: str = "accept") -> dict[str, str]:
    return {"Policy": policy, "Protocol": "all", "Port": "-1/-1", party: "0.0.0.0/0"}


def interface(*groups: str, vpc: str = "vpc-a") -> str:
    found = {"NetworkInterfaceId": f"eni-{vpc}", "PrivateIpAddress": "192.168.20.11", "VpcId": vpc}
    both = {**found, "SecurityGroupIds": {"SecurityGroupId": list(groups)}}
    return json.dumps({"NetworkInterfaceSets": {"NetworkInterfaceSet": [both]}}, indent=1)


def route(destination: str, kind: str, hop: str) -> dict[str, Any]:
    hops = {"NextHop": [{"NextHopType": hop, "NextHopId": "pcc-1" if hop != "local" else ""}]}
    return {"DestinationCidrBlock": destination, "Type": kind, "Status": "Available", "NextHops": hops}


def routes(table: str, *entries: dict[str, Any]) -> str:
    listed = [{"RouteTableId": table, **each} for each in entries]
    return json.dumps({"RouteEntrys": {"RouteEntry": listed}, "NextToken": ""}, indent=1)


OURS, THEIRS = (route(block, "System", "local") for block in (BLOCK, "192.168.20.0/24"))
THERE, BACK = (route(block, "Custom", "VpcPeer") for block in ("192.168.20.0/24", BLOCK))


def bound(*networks: tuple[str, str], status: str = "Running") -> str:
    """Return an answer of ListNetworks: vSwitch and security group of each network."""
    listed = [
        {"ResourceGroupId": "rg", "VpcId": "vpc-a", "VswitchId": switch, "SecurityGroupId": own, "Status": status}
        for switch, own in networks
    ]
    page = {"TotalCount": len(listed), "PageNumber": 1, "PageSize": 10, "NetworkList": listed}
    return json.dumps({"PagingInfo": page}, indent=1)


def component(state: str) -> str:
    runs = {"ComponentName": "NameNode", "NodeName": "master-1-1", "ComponentInstanceState": state}
    return json.dumps({"ComponentInstances": [runs]}, indent=1)


def group_with(name: str, rules: list[Any], **fields: str) -> str:
    return json.dumps({**json.loads(group(name, rules)), **fields}, indent=1)


def prefixes(*blocks: str) -> str:
    entries = [{"Cidr": block} for block in blocks]
    return json.dumps({"PrefixListId": "pl-1", "Entries": {"Entry": entries}}, indent=1)


def without_networks() -> Change:
    toml = str(healthy()["case.toml"])
    head, _, rest = toml.partition("[[resource_group.networks]]")
    return {"case.toml": head + rest[rest.index("[[vswitches]]") :]}


def two_vpcs() -> Change:
    toml = str(healthy()["case.toml"])
    ours = toml.replace('id = "vsw-rg"\nvpc = "vpc-a"', 'id = "vsw-rg"\nvpc = "vpc-a"\nroute_table = "vtb-1"')
    both = ours.replace('id = "vsw-emr"\nvpc = "vpc-a"', 'id = "vsw-emr"\nvpc = "vpc-b"\nroute_table = "vtb-2"')
    return {"case.toml": both, "theirs.json": routes("vtb-2", THEIRS, BACK)}


def without_groups() -> Change:
    return {"case.toml": str(healthy()["case.toml"]).replace('security_groups = ["sg-emr"]\n', "")}


def by_prefix_list() -> Change:
    """Return a group whose rules name a prefix list."""
    listed = {"SourceCidrIp": "", "SourcePrefixListId": "pl-1"}
    rules = [rule("TCP", port, **listed) for port in PORTS] + [rule("UDP", 88, **listed)]
    return {"sg-emr.json": group("sg-emr", rules), "groups.json": None}


def in_one_group() -> Change:
    """Return both ends in one group without rules."""
    toml = str(healthy()["case.toml"]).replace('security_group = "sg-rg"', 'security_group = "sg-emr"')
    return {"case.toml": toml, "groups.json": None}


UNCOUNTED: Change = {"groups.json": None}
PAIRS = [
    pytest.param("flow", {}, seen(OPEN), seen(SILENT), id="open-and-silent"),
    pytest.param("flow", {}, seen(REFUSED), seen(SILENT), id="refused-and-silent"),
    pytest.param("security group sg-emr", UNCOUNTED, group("sg-emr", RULES), group("sg-emr", RULES[1:]), id="group"),
    pytest.param("security group sg-rg", UNCOUNTED, group("sg-rg", []), group("sg-rg", [DROP]), id="own-group"),
    pytest.param("security group sg-rg", {}, group("sg-rg", []), group("sg-rg", [DROP]), id="own-group-and-count"),
    pytest.param(
        "network ACL nacl-1", {}, acl(entry("SourceCidrIp")), acl(entry("SourceCidrIp", "drop")), id="network-acl"
    ),
    pytest.param(
        "vSwitch vsw-emr",
        {},
        acl(entry("SourceCidrIp")),
        acl(entry("SourceCidrIp", "drop"), name="nacl-2"),
        id="two-acls-of-one-vswitch",
    ),
    pytest.param("route table vtb-1", two_vpcs(), routes("vtb-1", OURS), routes("vtb-1", OURS, THERE), id="routes"),
    pytest.param("prefix list pl-1", by_prefix_list(), prefixes(BLOCK), prefixes("10.0.0.0/8"), id="prefix-list"),
    pytest.param(
        "security group sg-emr",
        in_one_group(),
        group_with("sg-emr", []),
        group_with("sg-emr", [], InnerAccessPolicy="Drop"),
        id="inner-access-policy",
    ),
    pytest.param("the security groups of", without_groups(), interface("sg-emr"), interface("sg-b"), id="interface"),
]


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("subject", "change", "one", "other"), PAIRS)
def test_two_accounts_of_one_thing_are_unknown_in_either_order(
    tmp_path: Path, subject: str, change: Change, one: str, other: str, swapped: bool
) -> None:
    first, second = ("b", "a") if swapped else ("a", "b")
    own: Change = {"sg-emr.json": None} if "sg-emr" in subject else {"sg-rg.json": None} if "sg-rg" in subject else {}
    files = changed(healthy(), {**change, **own, f"{first}/x.json": one, f"{second}/x.json": other})

    result = report(tmp_path, files)

    conflicts = [each["params"] for each in result["findings"] if each["code"] == "INPUT-CONFLICT"]
    assert any(each["subject"].startswith(subject) for each in conflicts)
    assert {origin["file"] for each in conflicts for origin in (row["origin"] for row in each["accounts"])} >= {
        "a/x.json",
        "b/x.json",
    }
    required = {flow["verdict"] for flow in result["flows"] if flow["need"] == "required"}
    assert "blocked" not in required
    assert next(flow["verdict"] for flow in result["flows"] if flow["id"] == NAMENODE) == "unknown" or subject.endswith(
        "sg-emr"
    )
    assert "unknown" in required
    assert result["exit_code"] == 3


@pytest.mark.parametrize(("subject", "change", "one", "other"), PAIRS)
def test_two_equal_accounts_are_no_contradiction(
    tmp_path: Path, subject: str, change: Change, one: str, other: str
) -> None:
    own: Change = {"sg-emr.json": None} if "sg-emr" in subject else {"sg-rg.json": None} if "sg-rg" in subject else {}
    for name, text in (("one", one), ("other", other)):
        result = report(tmp_path / name, changed(healthy(), {**change, **own, "a.json": text, "b/a.json": text}))
        mine = [each for each in result["findings"] if each["code"] == "INPUT-CONFLICT"]
        assert [each for each in mine if "RuleCount" not in str(each["params"])] == []


def test_the_export_that_has_to_go_is_named(tmp_path: Path) -> None:
    """Given a rule that one of two exports has alone, made before the other one or perhaps not."""
    shared = {**rule("TCP", 22), "SecurityGroupRuleId": "sgr-22", "CreateTime": "2026-06-01T00:00:00Z"}
    for name, made, words in (
        ("sure", "2026-05-01T00:00:00Z", "Take b.json out of the case and check again: it is older than a.json."),
        ("open", "2026-07-01T00:00:00Z", "Look in the console whether sgr-1 exists. If it does, a.json is old,"),
    ):
        own = {**rule("TCP", 9000), "SecurityGroupRuleId": "sgr-1", "CreateTime": made}
        exports = {"sg-emr.json": None, "a.json": group("sg-emr", [shared]), "b.json": group("sg-emr", [shared, own])}
        result = report(tmp_path / name, changed(healthy(), exports))
        said = {each["code"]: each["remedies"][0]["text"] for each in result["findings"]}
        assert said["INPUT-CONFLICT"].startswith(words)
        assert words in said["SG-UNRESOLVED"]


NETWORKS = [
    pytest.param("network vsw-rg of", [("vsw-rg", "sg-emr")], "unknown", id="group-of-a-network"),
    pytest.param("the networks of", [("vsw-rg", "sg-rg"), ("vsw-emr", "sg-rg")], "allowed", id="one-more-network"),
    pytest.param("the networks of", [("vsw-emr", "sg-rg")], "unknown", id="another-network"),
]


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("subject", "other", "verdict"), NETWORKS)
def test_two_answers_about_the_networks_of_the_resource_group(
    tmp_path: Path, subject: str, other: list[tuple[str, str]], verdict: str, swapped: bool
) -> None:
    first, second = ("b", "a") if swapped else ("a", "b")
    answers: Change = {f"{first}.json": bound(("vsw-rg", "sg-rg")), f"{second}.json": bound(*other)}

    result = of_networks(tmp_path, changed(healthy(), {**without_networks(), **answers}))

    (finding,) = (each for each in result["findings"] if each["code"] == "INPUT-CONFLICT")
    assert finding["params"]["subject"].startswith(subject)
    assert {row["origin"]["file"] for row in finding["params"]["accounts"]} == {"a.json", "b.json"}
    assert next(flow["verdict"] for flow in result["flows"] if flow["id"] == NAMENODE) == verdict
    assert result["exit_code"] == 3


def test_equal_answers_and_pages_of_one_answer_about_networks_are_no_contradiction(tmp_path: Path) -> None:
    whole, more = bound(("vsw-rg", "sg-rg")), bound(("vsw-3", "sg-rg"))
    pages = [text.replace('"TotalCount": 1', '"TotalCount": 2') for text in (whole, more)]
    pages[1] = pages[1].replace('"PageNumber": 1', '"PageNumber": 2')
    for number, answers in enumerate([(whole, whole), pages]):
        files: Change = {"a.json": answers[0], "b.json": answers[1]}
        result = of_networks(tmp_path / str(number), changed(healthy(), {**without_networks(), **files}))
        assert result["findings"] == []
        assert not [each for each in result["skipped"] if each["check"].startswith("networks of")]


def of_networks(folder: Path, files: Any) -> Any:
    """Return the report about the networks of the case, not about one that the command names."""
    write(folder, files)
    return json.loads(CliRunner().invoke(main, ["check", str(folder), "--offline", "--format", "json"]).stdout)


STATES = [
    pytest.param("component NameNode on master-1-1", component("STARTED"), component("STOPPED"), id="component"),
    pytest.param(
        "network interface eni-vpc-a",
        interface("sg-emr").replace('"VpcId"', '"Status": "InUse", "VpcId"'),
        interface("sg-emr").replace('"VpcId"', '"Status": "Available", "VpcId"'),
        id="interface",
    ),
]


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("subject", "runs", "stands"), STATES)
def test_two_states_of_one_thing_are_unknown(
    tmp_path: Path, subject: str, runs: str, stands: str, swapped: bool
) -> None:
    one, other = (stands, runs) if swapped else (runs, stands)
    result = report(tmp_path, changed(healthy(), {"a.json": one, "b.json": other}))
    (finding,) = result["findings"]
    assert (finding["code"], finding["params"]["subject"]) == ("INPUT-CONFLICT", subject)
    assert [row["origin"]["file"] for row in finding["params"]["accounts"]] == ["a.json", "b.json"]
    assert result["exit_code"] == 3


ELSEWHERE = route("192.168.20.0/24", "Custom", "NetworkInterface")
FAR = route("10.0.0.0/8", "Custom", "VpcPeer")


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("entry", "verdict", "code"), [(ELSEWHERE, "unknown", 3), (FAR, "allowed", 0)])
def test_inside_one_vpc_a_route_table_in_dispute_counts_where_it_matters(
    tmp_path: Path, entry: dict[str, Any], verdict: str, code: int, swapped: bool
) -> None:
    toml = str(healthy()["case.toml"])
    ours = toml.replace('id = "vsw-rg"\nvpc = "vpc-a"', 'id = "vsw-rg"\nvpc = "vpc-a"\nroute_table = "vtb-1"')
    first, second = ("b", "a") if swapped else ("a", "b")
    exports: Change = {f"{first}.json": routes("vtb-1", OURS), f"{second}.json": routes("vtb-1", OURS, entry)}

    result = report(tmp_path, changed(healthy(), {"case.toml": ours, **exports}))

    assert "INPUT-CONFLICT" in [each["code"] for each in result["findings"]]
    assert next(flow["verdict"] for flow in result["flows"] if flow["id"] == NAMENODE) == verdict
    assert result["exit_code"] == code


@pytest.mark.parametrize("swapped", [False, True])
def test_two_addresses_of_one_node_are_a_conflict_and_no_missing_node(tmp_path: Path, swapped: bool) -> None:
    toml = str(healthy()["case.toml"])
    head, _, rest = toml.partition("[[cluster.nodes]]")
    without_nodes = head + rest[rest.index("[resource_group]") :]
    addresses = ["192.168.20.99", "192.168.20.11"] if swapped else ["192.168.20.11", "192.168.20.99"]
    files: dict[str, Any] = {"case.toml": without_nodes}
    for name, address in zip("ab", addresses, strict=True):
        core = {"NodeName": "core-1-1", "PrivateIp": "192.168.20.21", "NodeGroupType": "CORE"}
        master = {"NodeName": "master-1-1", "PrivateIp": address, "NodeGroupType": "MASTER"}
        files[f"{name}.json"] = json.dumps({"Nodes": [core, master]}, indent=1)

    result = report(tmp_path, changed(healthy(), files))

    codes = [each["code"] for each in result["findings"]]
    assert "INPUT-CONFLICT" in codes
    assert "NET-NODE-GONE" not in codes
    assert next(flow["verdict"] for flow in result["flows"] if flow["id"] == NAMENODE) == "unknown"
    assert result["exit_code"] == 3

    stated = toml.replace('security_groups = ["sg-emr"]\n', "")
    settled = report(tmp_path / "settled", changed(healthy(), {**files, "case.toml": stated}))
    assert not [each for each in settled["skipped"] if each["check"].startswith("nodes by")]


def test_a_group_in_two_vpcs_is_said(tmp_path: Path) -> None:
    files = changed(healthy(), {"b.json": group_with("sg-emr", RULES, VpcId="vpc-z")})
    (finding,) = report(tmp_path, files)["findings"]
    assert [row["says"] for row in finding["params"]["accounts"]] == ["VpcId vpc-z", "VpcId vpc-a"]


def test_two_records_of_one_file_contradict_each_other(tmp_path: Path) -> None:
    for number, answers in enumerate([(OPEN, SILENT), (SILENT, OPEN)]):
        result = report(tmp_path / str(number), changed(healthy(), {"observations.json": seen(*answers)}))
        (finding,) = result["findings"]
        assert finding["code"] == "INPUT-CONFLICT"
        assert [row["origin"]["line"] for row in finding["params"]["accounts"]] == [4, 12]


def test_a_second_look_that_is_answered_after_all_decides(tmp_path: Path) -> None:
    first = json.loads(seen(SILENT))["observations"]
    later = json.loads(seen(OPEN, detail={"late": True}))["observations"]
    text = json.dumps({"schema_version": "1", "observations": first + later})
    result = report(tmp_path, changed(healthy(), {"observations.json": text}))
    assert result["findings"] == []
    assert next(flow["verdict"] for flow in result["flows"] if flow["id"] == NAMENODE) == "accepts"


def test_records_of_two_vantages_do_not_contradict_each_other(tmp_path: Path) -> None:
    there = seen(SILENT, vantage="ssh://gateway", source="10.9.9.9")
    result = report(tmp_path, changed(healthy(), {"a/observations.json": there, "b/observations.json": seen(OPEN)}))
    assert result["findings"] == []


def test_the_interface_of_another_vpc_is_not_the_node(tmp_path: Path) -> None:
    """Given one address in two VPCs, the VPC of the node's vSwitch decides."""
    files = changed(healthy(), {**without_groups(), "there.json": interface("sg-b", vpc="vpc-z")})
    result = report(tmp_path, files)
    assert (result["exit_code"], result["findings"]) == (0, [])

    files = changed(files, {"here.json": interface("sg-emr")})
    result = report(tmp_path, files)
    assert (result["exit_code"], result["findings"]) == (0, [])


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("node master-1-1", {"Nodes": [{"NodeName": "master-1-1", "PrivateIp": "192.168.20.99"}]}),
        ("vSwitch vsw-rg", {"VSwitchId": "vsw-rg", "VpcId": "vpc-a", "CidrBlock": "192.168.77.0/24"}),
        ("vSwitch vsw-rg", {"VSwitchId": "vsw-rg", "VpcId": "vpc-z", "CidrBlock": BLOCK}),
    ],
)
def test_case_toml_holds_and_what_it_contradicts_is_said(tmp_path: Path, subject: str, answer: Any) -> None:
    result = report(tmp_path, changed(healthy(), {"answer.json": json.dumps(answer)}))

    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"], finding["params"]["subject"]) == (
        "INPUT-CONFLICT",
        "warning",
        subject,
    )
    assert [row["origin"]["file"] for row in finding["params"]["accounts"]] == ["case.toml", "answer.json"]
    assert result["exit_code"] == 0
    line = finding["params"]["accounts"][0]["origin"]["line"]
    words = " ".join(check(tmp_path, {})[1].split())
    assert finding["title"].endswith(f"contradict each other about {subject}; case.toml:{line} is followed")
    assert f"This report follows case.toml:{line}, which overrides answer.json:1." in words


def configs(value: str, *, key: str = "hive.metastore.uris", file: str = "hive-site.xml") -> str:
    item = {"ApplicationName": "HIVE", "ConfigFileName": file, "ConfigItemKey": key, "ConfigItemValue": value}
    return json.dumps({"ApplicationConfigs": [item]}, indent=1)


HERE, THERE_URI = f"thrift://{MASTER}:9083", f"thrift://{MASTER}:9999"


def test_a_file_holds_and_the_answer_that_it_contradicts_is_named(tmp_path: Path) -> None:
    result = report(tmp_path / "one", changed(healthy(), {"configs.json": configs(THERE_URI)}))
    (finding,) = result["findings"]
    assert (finding["code"], finding["params"]["first_holds"]) == ("INPUT-CONFLICT", True)
    assert [row["origin"]["file"] for row in finding["params"]["accounts"]] == ["hive-site.xml", "configs.json"]
    assert result["exit_code"] == 0

    for number, text in enumerate([configs(HERE), configs("x", key="hive.exec.scratchdir")]):
        result = report(tmp_path / str(number), changed(healthy(), {"configs.json": text}))
        assert (result["exit_code"], result["findings"]) == (0, [])


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("file", "key", "values"),
    [
        ("hive-site.xml", "hive.metastore.uris", (HERE, THERE_URI)),
        ("core-site.xml", "fs.defaultFS", (f"hdfs://{MASTER}:9000", "hdfs://elsewhere.example.com:9000")),
        ("yarn-site.xml", "yarn.resourcemanager.hostname", (MASTER, "elsewhere.example.com")),
    ],
)
def test_two_lists_of_settings_that_differ_are_unknown(
    tmp_path: Path, file: str, key: str, values: tuple[str, str], swapped: bool
) -> None:
    one, other = (configs(value, key=key, file=file) for value in (values[::-1] if swapped else values))
    answers: Change = {"a.json": one, "b.json": other}

    result = report(tmp_path / "listed", changed(healthy(), {file: None, **answers}))

    (finding,) = result["findings"]
    assert (finding["code"], finding["params"]["subject"]) == ("INPUT-CONFLICT", f"{key} of {file}")
    assert [row["origin"]["file"] for row in finding["params"]["accounts"]] == ["a.json", "b.json"]
    assert result["exit_code"] == 3

    both = report(tmp_path / "overridden", changed(healthy(), answers))
    assert [each["params"]["first_holds"] for each in both["findings"]] == [True]
    assert both["exit_code"] == 0
