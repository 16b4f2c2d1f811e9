"""Does a cluster of the older kind (EMR-3, Hadoop 2, emr-header-1.cluster-N) get the same report?

Also two faults at once: each is said, with its own repair.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import BLOCK, MASTER, PORTS, Content, changed, group, healthy, report, rule

NUMBER = "cluster-318204"
HEADER, WORKER = f"emr-header-1.{NUMBER}", f"emr-worker-1.{NUMBER}"
OLDER_PORTS = (9000, 50010, 8032, 8088, 9083, 10000, 10020, 19888)


def older(*ports: int) -> dict[str, Content]:
    """Return a cluster of EMR-3 whose group opens these ports."""
    toml = (
        '[cluster]\nid = "C-0C8A1F5E2B7D4936"\ntype = "HADOOP"\nrelease = "EMR-3.40.0"\nregion = "cn-hangzhou"\n'
        'deploy_mode = "NORMAL"\nsecurity_mode = "NORMAL"\n'
        '[[cluster.nodes]]\nname = "emr-header-1"\naddress = "192.168.20.31"\ngroup = "MASTER"\nvswitch = "vsw-emr"\n'
        'security_groups = ["sg-emr"]\n'
        '[[cluster.nodes]]\nname = "emr-worker-1"\naddress = "192.168.20.41"\ngroup = "CORE"\nvswitch = "vsw-emr"\n'
        'security_groups = ["sg-emr"]\n'
        '[resource_group]\ntype = "serverless"\n[[resource_group.networks]]\nvpc = "vpc-a"\nvswitch = "vsw-rg"\n'
        f'cidr = "{BLOCK}"\nstatus = "Running"\nsecurity_group = "sg-rg"\n'
        '[[vswitches]]\nid = "vsw-emr"\nvpc = "vpc-a"\ncidr = "192.168.20.0/24"\n'
        f'[[vswitches]]\nid = "vsw-rg"\nvpc = "vpc-a"\ncidr = "{BLOCK}"\n'
    )
    listed = [
        {"SecurityGroupId": name, "SecurityGroupType": "normal", "RuleCount": count}
        for name, count in (("sg-rg", 0), ("sg-emr", len(ports)))
    ]
    return {
        "case.toml": toml,
        "hosts": f"127.0.0.1 localhost\n192.168.20.31 {HEADER} emr-header-1\n192.168.20.41 {WORKER} emr-worker-1\n",
        "core-site.xml": {"fs.defaultFS": f"hdfs://{HEADER}:9000"},
        "hdfs-site.xml": {},
        "yarn-site.xml": {"yarn.resourcemanager.hostname": HEADER},
        "mapred-site.xml": {"mapreduce.jobhistory.address": f"{HEADER}:10020"},
        "hive-site.xml": {"hive.metastore.uris": f"thrift://{HEADER}:9083"},
        "sg-emr.json": group("sg-emr", [rule("TCP", port) for port in ports]),
        "sg-rg.json": group("sg-rg", []),
        "groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": listed}}),
    }


def rules_of(result: Any) -> set[tuple[str, str]]:
    return {(each["ip_protocol"], each["port_range"]) for each in result["suggested_rules"] if each["option"] == 1}


def required(result: Any) -> set[int]:
    return {flow["port"] for flow in result["flows"] if flow["need"] == "required"}


def test_a_healthy_older_cluster_dials_the_ports_of_hadoop_2(tmp_path: Path) -> None:
    result = report(tmp_path, older(*OLDER_PORTS))

    assert required(result) >= {9000, 50010, 8032, 9083, 10000}
    assert (result["exit_code"], result["findings"], result["suggested_rules"]) == (0, [], [])


@pytest.mark.parametrize("closed", [9000, 50010, 8032, 9083, 10000])
def test_a_closed_port_of_an_older_cluster_is_the_one_rule_to_add(tmp_path: Path, closed: int) -> None:
    result = report(tmp_path, older(*(port for port in OLDER_PORTS if port != closed)))

    assert result["exit_code"] == 1
    assert rules_of(result) == {("TCP", f"{closed}/{closed}")}


def test_an_older_cluster_without_yarn_site_is_a_gap(tmp_path: Path) -> None:
    result = report(tmp_path, changed(older(*OLDER_PORTS), {"yarn-site.xml": None}))

    assert result["exit_code"] == 3
    assert rules_of(result) == set()


def test_two_missing_rules_are_two_repairs(tmp_path: Path) -> None:
    rules = [rule("TCP", port) for port in PORTS if port != 8032]
    change = {"sg-emr.json": group("sg-emr", rules), "groups.json": None}
    result = report(tmp_path, changed(healthy(kerberos=True), change))

    assert {f["code"] for f in result["findings"] if f["confidence"] != "inferred"} >= {"SG-KDC-UDP", "SG-SVC"}
    assert rules_of(result) == {("UDP", "88/88"), ("TCP", "8032/8032")}


def test_a_loopback_file_system_beside_a_missing_rule_is_said_as_well(tmp_path: Path) -> None:
    rules = [rule("TCP", port) for port in PORTS]
    change = {
        "core-site.xml": {"fs.defaultFS": "hdfs://localhost:9000"},
        "sg-emr.json": group("sg-emr", rules),
        "groups.json": None,
    }
    result = report(tmp_path, changed(healthy(kerberos=True), change))

    codes = [f["code"] for f in result["findings"] if f["severity"] == "error" and f["confidence"] != "inferred"]
    assert {"SG-KDC-UDP", "DNS-LOOPBACK"} <= set(codes)
    assert rules_of(result) == {("UDP", "88/88")}
    edits = {(edit["object"], edit["to"]) for edit in result["suggested_edits"]}
    assert ("hadoop-conf", f"hdfs://{MASTER}:9000") in edits
