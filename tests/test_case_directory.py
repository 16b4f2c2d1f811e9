"""Given files as people collect them, when a case is read, then every part of it comes from the file that should have the say."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from diagnose.case import Case, Network, Node, Recorded, ResourceGroup, Skipped, VSwitch, directory, recorded
from diagnose.case.errors import CaseError
from diagnose.case.sources import with_sources
from diagnose.case.tree import Tree
from probes.observation import Observation

Content = str | bytes | dict[str, Any] | list[Any]


def case_of(files: dict[str, Content]) -> Case:
    return directory.of_tree(Tree("case", {name: as_bytes(content) for name, content in files.items()}))


def as_bytes(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content, indent=1).encode()


def checks(case: Case) -> list[str]:
    return [entry.check for entry in case.skipped]


CLUSTER = {
    "Cluster": {
        "ClusterId": "c-1",
        "ClusterType": "DataLake",
        "SecurityMode": "KERBEROS",
        "NodeAttributes": {"VpcId": "vpc-1", "SecurityGroupId": "sg-emr"},
    }
}
NODE = {
    "NodeId": "i-1",
    "NodeName": "master-1-1",
    "NodeGroupId": "ng-1",
    "NodeGroupType": "master",
    "NodeState": "RUNNING",
    "PrivateIp": "10.0.0.1",
}
NODES = {"Nodes": [NODE], "TotalCount": 1}
NODE_GROUPS = {
    "NodeGroups": [{"NodeGroupId": "ng-1", "VSwitchIds": ["vsw-ng"], "AdditionalSecurityGroupIds": ["sg-more"]}]
}
INTERFACE = {
    "NetworkInterfaceId": "eni-1",
    "VSwitchId": "vsw-eni",
    "VpcId": "vpc-1",
    "SecurityGroupIds": {"SecurityGroupId": ["sg-eni"]},
    "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": "10.0.0.1", "Primary": True}]},
}
INSTANCE = {
    "InstanceId": "i-1",
    "HostName": "master-1-1.c-1.cn-hangzhou.emr.aliyuncs.com",
    "SecurityGroupIds": {"SecurityGroupId": ["sg-ecs"]},
    "VpcAttributes": {"VpcId": "vpc-1", "VSwitchId": "vsw-ecs", "PrivateIpAddress": {"IpAddress": ["10.0.0.1"]}},
}
INTERFACES = {"NetworkInterfaceSets": {"NetworkInterfaceSet": [INTERFACE]}}
INSTANCES = {"Instances": {"Instance": [INSTANCE]}}


@pytest.mark.parametrize(
    ("answers", "groups", "vswitch", "assumed"),
    [
        ([NODES], None, None, None),
        ([NODES, CLUSTER], ("sg-emr",), None, "the node has no security group besides sg-emr of the cluster"),
        (
            [NODES, CLUSTER, NODE_GROUPS],
            ("sg-emr", "sg-more"),
            "vsw-ng",
            "the interface still has the security groups that EMR gave the node",
        ),
        ([NODES, NODE_GROUPS], None, "vsw-ng", None),
        ([NODES, CLUSTER, NODE_GROUPS, INSTANCES], ("sg-ecs",), "vsw-ecs", None),
        ([NODES, CLUSTER, NODE_GROUPS, INSTANCES, INTERFACES], ("sg-eni",), "vsw-eni", None),
        ([NODES, CLUSTER, NODE_GROUPS, INTERFACES, INSTANCES], ("sg-eni",), "vsw-eni", None),
    ],
)
def test_the_interface_beats_the_instance_beats_emr(
    answers: list[dict[str, Any]], groups: tuple[str, ...] | None, vswitch: str | None, assumed: str | None
) -> None:
    (node,) = case_of({f"{index}.json": answer for index, answer in enumerate(answers)}).nodes
    assert (node.security_groups, node.vswitch, node.assumed) == (groups, vswitch, assumed)


def test_a_node_is_put_together_from_every_answer() -> None:
    running = [
        {"ComponentName": name, "NodeName": "master-1-1", "NodeId": node}
        for name, node in (("NameNode", "i-1"), ("KDC", "i-1"), ("X", "i-2"))
    ]
    case = case_of(
        {
            "cluster.json": CLUSTER,
            "nodes.json": {"Nodes": [NODE, NODE | {"NodeName": "core-1-9", "NodeState": "TERMINATED"}]},
            "components.json": {"ComponentInstances": running},
            "instances.json": INSTANCES,
            "hosts": "10.0.0.1 emr-header-1.cluster-1 emr-header-1 master-1-1\n10.0.0.1 alias\n",
        }
    )
    (node,) = case.nodes
    assert (node.name, node.address, node.group, node.components) == (
        "master-1-1",
        "10.0.0.1",
        "MASTER",
        ("KDC", "NameNode"),
    )
    assert node.hostnames == (
        "emr-header-1.cluster-1",
        "emr-header-1",
        "alias",
        "master-1-1.c-1.cn-hangzhou.emr.aliyuncs.com",
    )
    assert str(node.origin) == "nodes.json:3 (master-1-1)"
    assert case.members == {"10.0.0.1": ("sg-ecs",)}
    assert (case.cluster.type, case.cluster.security_mode, case.cluster.vpc) == ("DATALAKE", "KERBEROS", "vpc-1")


def test_one_address_in_two_vpcs_is_that_of_the_cluster() -> None:
    other = INTERFACE | {
        "VpcId": "vpc-2",
        "NetworkInterfaceId": "eni-2",
        "SecurityGroupIds": {"SecurityGroupId": ["sg-other"]},
    }
    both = {"NetworkInterfaceSets": {"NetworkInterfaceSet": [other, INTERFACE]}}
    assert case_of({"eni.json": both, "cluster.json": CLUSTER}).members == {"10.0.0.1": ("sg-eni",)}
    unclear = case_of({"eni.json": both})
    assert unclear.members == {}
    assert checks(unclear) == ["security groups of 10.0.0.1"]


@pytest.mark.parametrize(
    ("answer", "check", "needs"),
    [
        (NODES | {"NextToken": "t"}, "nodes that were not exported", "the missing pages of emr:ListNodes"),
        (NODES | {"TotalCount": 9}, "nodes that were not exported", "the missing pages of emr:ListNodes"),
        (
            INSTANCES | {"TotalCount": 2},
            "instances that were not exported",
            "the missing pages of ecs:DescribeInstances",
        ),
        (
            {"PagingInfo": {"NetworkList": [{"Id": 1, "VswitchId": "v"}], "TotalCount": 2}},
            "networks of the resource group that were not exported",
            "the missing pages of dataworks-public:ListNetworks",
        ),
    ],
)
def test_a_listing_that_is_not_whole_is_said(answer: dict[str, Any], check: str, needs: str) -> None:
    skipped = case_of({"a.json": answer}).skipped
    assert (check, needs) in [(entry.check, entry.needs) for entry in skipped]


def test_two_clusters_are_no_case() -> None:
    with pytest.raises(
        CaseError, match=r"^b\.json:3: found cluster c-2, expected c-1 as in a\.json: a case is of one cluster$"
    ):
        case_of({"a.json": CLUSTER, "b.json": {"Cluster": {"ClusterId": "c-2"}}})


# --- the resource group -------------------------------------------------------------------------------------------------------------------------------

NETWORKS = {
    "PagingInfo": {
        "NetworkList": [
            {
                "Id": 1,
                "ResourceGroupId": "rg-1",
                "VpcId": "vpc-1",
                "VswitchId": "vsw-1",
                "SecurityGroupId": "sg-rg",
                "Status": "Running",
            },
            {"Id": 2, "ResourceGroupId": "rg-1", "VpcId": "vpc-2", "VswitchId": "vsw-2", "Status": "Deleted"},
        ]
    }
}
VSWITCH = {"VSwitchId": "vsw-1", "CidrBlock": "192.168.10.0/24", "VpcId": "vpc-1", "NetworkAclId": ""}


def test_networks_take_their_blocks_from_the_vswitches() -> None:
    case = case_of({"networks.json": NETWORKS, "vsw.json": VSWITCH})
    first, second = case.resource_group.networks
    assert (first.cidr, first.vpc, first.security_group, first.status) == (
        "192.168.10.0/24",
        "vpc-1",
        "sg-rg",
        "Running",
    )
    assert (second.cidr, second.status) == (None, "Deleted")
    assert case.resource_group.id == "rg-1"
    assert checks(case) == ["addresses of vsw-2"]


def test_without_list_networks_the_default_vswitch_is_used() -> None:
    group = {
        "ResourceGroup": {
            "Id": "rg-1",
            "Name": "main",
            "ResourceGroupType": "CommonV2",
            "DefaultVpcId": "vpc-1",
            "DefaultVswitchId": "vsw-1",
        }
    }
    case = case_of({"rg.json": group, "vsw.json": VSWITCH})
    assert (case.resource_group.name, case.resource_group.type) == ("main", "serverless")
    assert [(network.vswitch, network.cidr) for network in case.resource_group.networks] == [
        ("vsw-1", "192.168.10.0/24")
    ]


def test_of_several_resource_groups_case_toml_picks_one() -> None:
    listed = {"PagingInfo": {"ResourceGroupList": [{"Id": f"rg-{n}", "DefaultVswicthId": f"vsw-{n}"} for n in (1, 2)]}}
    unclear = case_of({"rg.json": listed})
    assert unclear.resource_group == ResourceGroup()
    assert unclear.skipped == (
        Skipped(
            "networks of the resource group",
            "the answers are of 2 resource groups: rg-1, rg-2",
            "id under [resource_group] in case.toml",
        ),
    )
    picked = case_of({"rg.json": listed, "case.toml": '[resource_group]\nid = "rg-2"\n'})
    assert [network.vswitch for network in picked.resource_group.networks] == ["vsw-2"]


@pytest.mark.parametrize(
    ("field", "text"), [("CidrBlock", "10.0.0/24"), ("CidrBlock", "fd00::/64"), ("Ipv6CidrBlock", "10.0.0.0/24")]
)
def test_a_vswitch_with_a_wrong_block_is_an_error(field: str, text: str) -> None:
    with pytest.raises(CaseError, match=r"^vsw\.json:\d: found .*, expected a"):
        case_of({"vsw.json": VSWITCH | {field: text}})


def test_acl_entries_keep_their_order_and_bind_their_vswitch() -> None:
    entries = [
        {
            "NetworkAclEntryId": f"e-{n}",
            "Policy": "Accept",
            "Protocol": "UDP",
            "Port": "88/88",
            "SourceCidrIp": "10.0.0.0/8",
        }
        for n in (2, 1)
    ]
    acl = {
        "NetworkAclId": "nacl-1",
        "Resources": {
            "Resource": [
                {"ResourceId": "vsw-1", "ResourceType": "VSwitch"},
                {"ResourceId": "vsw-9", "ResourceType": "VSwitch"},
            ]
        },
        "IngressAclEntries": {"IngressAclEntry": entries},
    }
    silent = {key: value for key, value in VSWITCH.items() if key != "NetworkAclId"}
    case = case_of({"acl.json": {"NetworkAclAttribute": acl}, "vsw.json": silent})
    read = case.network_acls["nacl-1"]
    assert [(entry.id, entry.policy, entry.protocol, entry.party) for entry in read.ingress or ()] == [
        ("e-2", "accept", "udp", "10.0.0.0/8"),
        ("e-1", "accept", "udp", "10.0.0.0/8"),
    ]
    assert read.egress is None
    assert {name: switch.acl for name, switch in case.vswitches.items()} == {"vsw-1": "nacl-1", "vsw-9": "nacl-1"}


def test_routes() -> None:
    entry = {
        "RouteTableId": "vtb-1",
        "DestinationCidrBlock": "10.0.0.0/8",
        "Status": "Available",
        "Type": "Custom",
        "NextHops": {"NextHop": [{"NextHopId": "tr-1", "NextHopType": "Attachment"}]},
    }
    (route,) = case_of({"routes.json": {"RouteEntrys": {"RouteEntry": [entry]}}}).routes
    assert (route.table, route.destination, route.next_hops) == ("vtb-1", "10.0.0.0/8", (("Attachment", "tr-1"),))


# --- settings -----------------------------------------------------------------------------------------------------------------------------------------


def xml(**settings: str) -> str:
    return (
        "<configuration>"
        + "".join(f"<property><name>{k}</name><value>{v}</value></property>" for k, v in settings.items())
        + "</configuration>"
    )


def config(key: str, value: object, file: str = "core-site.xml", **fields: str) -> dict[str, object]:
    return {
        "ApplicationName": "HADOOP-COMMON",
        "ConfigFileName": file,
        "ConfigItemKey": key,
        "ConfigItemValue": value,
        **fields,
    }


def value_of(case: Case, file: str, key: str) -> str | None:
    return case.settings[file].get(key)


def test_a_file_wins_over_what_emr_says_of_it() -> None:
    case = case_of(
        {
            "conf/core-site.xml": xml(a="file"),
            "config.json": {"ApplicationConfigs": [config("a", "emr"), config("b", "emr")]},
        }
    )
    assert (value_of(case, "core-site.xml", "a"), value_of(case, "core-site.xml", "b")) == ("file", "emr")
    setting = case.settings["core-site.xml"].setting("b")
    assert setting is not None
    assert str(setting.origin) == "config.json:9 (b)"


def test_the_cluster_wide_value_wins_and_else_the_first_that_is_listed() -> None:
    items = [
        config("wide", "cluster"),
        config("wide", "group", NodeGroupId="ng-1"),
        config("narrow", "first", NodeGroupId="ng-1"),
        config("narrow", "second", NodeGroupId="ng-2"),
    ]
    case = case_of({"config.json": {"ApplicationConfigs": items}})
    assert (value_of(case, "core-site.xml", "wide"), value_of(case, "core-site.xml", "narrow")) == ("cluster", "first")


def test_the_copy_of_the_service_that_the_file_is_about_counts() -> None:
    items = [
        config("x", "hive", "hive-site.xml", ApplicationName="HIVE"),
        config("x", "spark", "hive-site.xml", ApplicationName="SPARK3"),
    ]
    assert value_of(case_of({"config.json": {"ApplicationConfigs": items}}), "hive-site.xml", "x") == "hive"


@pytest.mark.parametrize(
    ("application", "given", "canonical"),
    [
        ("HDFS", "hdfs-site", "hdfs-site.xml"),
        ("SPARK3", "spark-defaults.conf", "spark-defaults.conf"),
        ("SPARK3", "spark-defaults", "spark-defaults.conf"),
        ("TRINO", "config.properties", "trino/config.properties"),
        ("PRESTO", "config.properties", "presto/config.properties"),
        ("KERBEROS", "krb5.conf", "krb5.conf"),
        ("ZOOKEEPER", "zoo.cfg", "zoo.cfg"),
    ],
)
def test_emr_file_names_become_the_canonical_ones(application: str, given: str, canonical: str) -> None:
    item = config("k", 10000, given, ApplicationName=application)
    assert value_of(case_of({"c.json": {"ApplicationConfigs": [item]}}), canonical, "k") == "10000"


def test_every_kind_of_settings_file_is_read() -> None:
    case = case_of(
        {
            "spark-defaults.conf": "spark.x 1\n",
            "kyuubi-defaults.conf": "kyuubi.x=1\n",
            "zoo.cfg": "clientPort=2181\n",
            "trino/etc/config.properties": "http-server.http.port=9090\n",
            "presto-config.properties": "http-server.http.port=8889\n",
            "spark-env.sh": "export X=1\n",
            "hive-site.xml": xml(h="1"),
        }
    )
    assert {name: [setting.value for setting in read.settings] for name, read in case.settings.items()} == {
        "spark-defaults.conf": ["1"],
        "kyuubi-defaults.conf": ["1"],
        "zoo.cfg": ["2181"],
        "trino/config.properties": ["9090"],
        "presto/config.properties": ["8889"],
        "spark-env.sh": ["1"],
        "hive-site.xml": ["1"],
    }


def test_a_broken_file_of_the_cluster_is_a_fault_and_emr_still_has_its_say() -> None:
    case = case_of(
        {"core-site.xml": "<configuration>\n<property>", "c.json": {"ApplicationConfigs": [config("a", "emr")]}}
    )
    (fault,) = case.faults
    assert (fault.kind, fault.file, fault.expected) == ("core-site.xml", "core-site.xml", "well-formed XML")
    assert value_of(case, "core-site.xml", "a") == "emr"
    assert [entry.kind for entry in case.inputs if entry.file == "core-site.xml"] == ["core-site.xml"]


def test_of_two_files_the_one_nearer_to_the_top_is_used() -> None:
    case = case_of(
        {"old/core-site.xml": xml(a="old"), "core-site.xml": xml(a="new"), "same/core-site.xml": xml(a="new")}
    )
    assert value_of(case, "core-site.xml", "a") == "new"
    assert case.skipped == (
        Skipped(
            "old/core-site.xml",
            "another core-site.xml of this case is used, core-site.xml",
            "one case for each cluster and machine",
        ),
    )


def test_includes_of_a_hadoop_file_stay_inside_the_case() -> None:
    include = '<configuration xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="%s"/></configuration>'
    inside = case_of({"conf/core-site.xml": include % "more.xml", "conf/more.xml": xml(a="1")})
    assert value_of(inside, "core-site.xml", "a") == "1"
    assert {entry.file for entry in inside.inputs} == {"conf/core-site.xml", "conf/more.xml"}
    assert not inside.skipped
    for href in ("/etc/passwd", "../../../../etc/passwd", "http://example.com/x"):
        assert checks(case_of({"conf/core-site.xml": include % href})) == ["settings that conf/core-site.xml includes"]


# --- Kerberos -----------------------------------------------------------------------------------------------------------------------------------------

REALMS = "[realms]\n A = {\n  kdc = h\n }\n"


@pytest.mark.parametrize(
    ("krb5", "pieces"),
    [
        ("krb5.conf", "krb5.conf.d"),
        ("etc/krb5.conf", "etc/krb5.conf.d"),
        ("node/krb5.conf", "node/krb5.conf.d"),
        ("node/krb5.conf", "etc/krb5.conf.d"),
    ],
)
def test_an_include_directory_is_looked_up_in_the_case(krb5: str, pieces: str) -> None:
    case = case_of({krb5: "includedir /etc/krb5.conf.d/\n", f"{pieces}/realms": REALMS, f"{pieces}/sub/x": "x"})
    assert case.krb5 is not None
    assert [relation.value for relation in case.krb5.relations("realms", "A", "kdc")] == ["h"]
    assert {entry.file for entry in case.inputs} == {krb5, f"{pieces}/realms"}
    assert checks(case) == [f"{pieces}/sub/x"]


def test_an_include_that_is_not_in_the_case_is_a_skipped_check() -> None:
    case = case_of({"krb5.conf": "include /etc/hostname\ninclude ../../etc/hostname\n" + REALMS})
    assert case.krb5 is not None
    assert case.skipped[0].cause.startswith("krb5.conf:1 (include /etc/hostname)")
    assert [entry.file for entry in case.inputs] == ["krb5.conf"]


def test_pieces_that_no_line_includes_are_said_to_be_unread() -> None:
    assert checks(case_of({"krb5.conf": REALMS, "krb5.conf.d/x": REALMS})) == ["krb5.conf.d/x"]


def test_a_broken_krb5_conf_is_a_fault() -> None:
    case = case_of({"krb5.conf": "[realms\n"})
    assert case.krb5 is None
    assert [(fault.kind, fault.file) for fault in case.faults] == [("krb5.conf", "krb5.conf")]


# --- the rest -----------------------------------------------------------------------------------------------------------------------------------------


def test_a_broken_hosts_file_is_a_fault() -> None:
    case = case_of({"hosts": b"10.0.0.1 a\n\0"})
    assert case.hosts is None
    assert [(fault.kind, fault.line) for fault in case.faults] == [("hosts", 2)]


def test_inputs_are_sorted_and_have_their_digest() -> None:
    case = case_of(
        {"sg.json": [NODES, CLUSTER], "a.keytab": b"\x05\x02secret", "ss.txt": "x", "b.log": "krb5kdc[1]: AS_REQ"}
    )
    assert [(entry.file, entry.kind) for entry in case.inputs] == [
        ("a.keytab", "keytab"),
        ("b.log", "log:kdc"),
        ("sg.json", "emr:GetCluster"),
        ("sg.json", "emr:ListNodes"),
        ("ss.txt", "ss.txt"),
    ]
    assert case.inputs[0].sha256 == sha256(b"\x05\x02secret").hexdigest()
    assert "secret" not in repr(case)
    assert [(text.kind, text.text) for text in case.texts] == [("log:kdc", "krb5kdc[1]: AS_REQ"), ("ss.txt", "x")]


def test_recorded_observations_come_back_as_they_were() -> None:
    seen = (
        Recorded(
            "kdc", Observation("local", "filtered", "no-response", attempts=3, rtt_ms=1.5, detail={"a": [1, "é", None]})
        ),
        Recorded("hs2", Observation("ssh://a", "closed", "rst", offender="10.0.0.1", source="10.0.0.2", address="::1")),
    )
    case = case_of({"run/observations.json": recorded.encode(seen), "later.json": recorded.encode(seen[:1])})
    assert case.recorded == (*seen[:1], *seen)
    assert {entry.kind for entry in case.inputs} == {"observations.json"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"schema_version": "2",\n"observations": []}',
            "observations.json:1: found '2' for schema_version, expected one of its known words",
        ),
        (
            '{"schema_version": "1", "observations": [\n{"flow": "a", "vantage": "b", "state": "ajar", "reason": "rst"}]}',
            "observations.json:2: found 'ajar' for state, expected one of its known words",
        ),
        (
            '{"schema_version": "1",\n"observations": [{"flow": "a"}]}',
            "observations.json:2: found no vantage, expected vantage in element 1 of observations",
        ),
        ("[]\n{}", "observations.json: found 2 values, expected one object with observations"),
        ("{", "observations.json:1: found the end of the file, expected property name enclosed in double quotes"),
    ],
)
def test_a_broken_recording_is_an_error(content: str, message: str) -> None:
    with pytest.raises(CaseError) as caught:
        case_of({"observations.json": content})
    assert str(caught.value) == message


def test_a_directory_its_archive_and_its_files_give_the_same_case(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "cluster.json": CLUSTER,
        "nodes.json": NODES,
        "krb5.conf": REALMS,
        "core-site.xml": xml(a="1"),
    }
    (tmp_path / "case").mkdir()
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as made:
        for name, content in files.items():
            (tmp_path / "case" / name).write_bytes(as_bytes(content))
            made.writestr(f"case/{name}", as_bytes(content))
    whole = directory.read([tmp_path / "case"])
    assert directory.read([tmp_path / "case.zip"]) == whole
    plain = directory.read([tmp_path / "case" / name for name in files])
    assert (plain.nodes, plain.inputs, plain.settings) == (whole.nodes, whole.inputs, whole.settings)
    assert [case.name for case in directory.read_all([tmp_path / "case", tmp_path / "case.zip"])] == ["case", "case"]
    with pytest.raises(CaseError, match=r"case\.zip: found 2 cases \(case and case\), expected one$"):
        directory.read([tmp_path / "case", tmp_path / "case.zip"])


def test_sources_given_by_hand_replace_the_networks_and_keep_what_is_known() -> None:
    case = Case(
        "case",
        nodes=(Node("a"),),
        resource_group=ResourceGroup(
            "rg", networks=(Network("10.1.0.0/24", vpc="vpc-1", vswitch="vsw-1", security_group="sg-rg"),)
        ),
        vswitches={"vsw-2": VSwitch("vsw-2", "vpc-2", "10.2.0.0/24", "fd00:2::/64")},
    )
    asked = with_sources(case, ["10.1.0.0/24", " 10.2.0.0/24", "10.3.0.9", "fd00:2::/64", "10.1.0.0/24"])
    assert [(n.cidr, n.ipv6_cidr, n.vswitch, n.vpc, n.security_group) for n in asked.resource_group.networks] == [
        ("10.1.0.0/24", None, "vsw-1", "vpc-1", "sg-rg"),
        ("10.2.0.0/24", None, "vsw-2", "vpc-2", None),
        ("10.3.0.9", None, None, None, None),
        (None, "fd00:2::/64", "vsw-2", "vpc-2", None),
    ]
    assert (asked.resource_group.id, asked.nodes) == ("rg", case.nodes)
    with pytest.raises(ValueError, match=r"'10\.0\.0' is not an IP address or CIDR"):
        with_sources(case, ["10.0.0"])


def test_sources_given_by_hand_settle_what_was_missing() -> None:
    case = case_of({"networks.json": NETWORKS})
    assert checks(case) == ["addresses of vsw-1", "addresses of vsw-2"]
    assert checks(with_sources(case, ["192.168.10.0/24"])) == []


def test_importing_the_vocabulary_loads_no_reader() -> None:
    heavy = "[name for name in ('lxml', 'msgspec', 'netaddr', 'zipfile', 'tarfile', 'tomllib', 'json') if name in sys.modules]"
    printed = subprocess.run(
        [sys.executable, "-c", f"import sys, diagnose.case; print({heavy})"], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"
