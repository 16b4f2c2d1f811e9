"""Does the answer hold for files as tickets have them: odd, doubled, of other services, missing?

As many healthy cases as others, because a fault that is none costs as much as one that is missed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    BLOCK,
    DOMAIN,
    MASTER,
    PORTS,
    REALM,
    Change,
    changed,
    group,
    group_of_nodes,
    healthy,
    report,
    rule,
)

ALL = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
TOML, HOSTS = str(healthy()["case.toml"]), str(healthy()["hosts"])
USES_HIVE = {"case.toml": f'{TOML}[registration]\nengines = ["hive"]\n'}
LISTED = {"SourceCidrIp": "", "SourcePrefixListId": "pl-1"}

KRB5 = f"""
[libdefaults]
  renew_lifetime = 7d
  forwardable = true
  default_realm = {REALM}
  ticket_lifetime = 24h
  dns_lookup_realm = false
  dns_lookup_kdc = false
  default_ccache_name = /tmp/krb5cc_%{{uid}}
  #default_tkt_enctypes = aes des3-cbc-sha1 rc4 des-cbc-md5

[logging]
  kdc = FILE:/var/log/krb5kdc.log

[realms]
  {REALM} = {{
    admin_server = {MASTER}
    kdc = {MASTER}
  }}
  CORP.EXAMPLE.ORG = {{
    kdc = 10.1.1.1
  }}

[domain_realm]
  {DOMAIN} = {REALM}
  .{DOMAIN} = {REALM}
"""
"""As Ambari writes it, with the realm of a company beside that of the cluster."""


def _errors(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"] if each["severity"] == "error"]


def _xml(text: str) -> str:
    return f'<?xml version="1.0"?>\n<configuration>\n{text}</configuration>\n'


def _file_system(value: str) -> str:
    return f"<property><name>fs.defaultFS</name><value>{value}</value></property>\n"


def _without(*ports: int) -> Change:
    return group_of_nodes([each for each in ALL if int(each["PortRange"].partition("/")[0]) not in ports])


@pytest.mark.parametrize(
    "change",
    [
        # Two properties of one name: the last one counts
        {"core-site.xml": _xml(_file_system("hdfs://old-master:8020") + _file_system(f"hdfs://{MASTER}:9000"))},
        {"core-site.xml": _xml(f"<!-- {_file_system('hdfs://old:8020')} -->{_file_system(f'hdfs://{MASTER}:9000')}")},
        {"core-site.xml": _xml(_file_system(f"<![CDATA[hdfs://{MASTER}:9000]]>"))},
        {"core-site.xml": {"nn.host": MASTER, "fs.defaultFS": "hdfs://${nn.host}:9000"}},
        {"hive-site.xml": {"hive.metastore.uris": f"thrift://{MASTER.upper()}:9083"}},
        {"hive-site.xml": {"hive.metastore.uris": f"thrift://{MASTER}:9083,thrift://{MASTER}:9083"}},
        {"hosts": HOSTS.replace(" master-1-1\n", " master-1-1 emr-header-1 emr-header-1.cluster-123456\n")},
        {"hosts": f"127.0.1.1 rg-host\n::1 ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\n{HOSTS}"},
        # Services that the tasks of this resource group do not use
        {**USES_HIVE, "config.properties": f"coordinator=true\nhttp-server.http.port=9090\nnode.id={MASTER}\n"},
        {**USES_HIVE, "kyuubi-defaults.conf": "kyuubi.frontend.thrift.binary.bind.port 10009\n"},
        {**USES_HIVE, "hbase-site.xml": {"hbase.zookeeper.quorum": MASTER}},
        # HiveServer2 over HTTP, and a file system that is no HDFS
        {**group_of_nodes([*ALL, rule("TCP", 10001)]), "hive-site.xml": {"hive.server2.transport.mode": "http"}},
        {
            **_without(9000, 9864, 9866, 9870),
            "core-site.xml": {"fs.defaultFS": "oss://b.cn-hangzhou.oss-dls.aliyuncs.com/"},
        },
        # A drop that comes later, one for a list behind each rule, and each rule twice
        group_of_nodes([*ALL, rule("TCP", "1/65535", Policy="Drop", Priority="2")]),
        group_of_nodes([*ALL, {**rule("TCP", "9000/9100", Policy="Drop", Priority="100"), **LISTED}]),
        group_of_nodes([*ALL, *({**each, "SecurityGroupRuleId": f"{each['SecurityGroupRuleId']}-2"} for each in ALL)]),
        group_of_nodes([{**each, "SourcePortRange": "1/65535"} for each in ALL]),
    ],
)
def test_what_only_looks_wrong_is_no_fault(tmp_path: Path, change: Change) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _errors(result), result["suggested_rules"]) == (0, [], [])


@pytest.mark.parametrize(
    "krb5", [KRB5, KRB5.replace(f"kdc = {MASTER}", "kdc = 192.168.20.11"), KRB5.replace("\n", "\r\n")]
)
def test_a_krb5_conf_as_a_distribution_writes_it_lets_clients_log_in(tmp_path: Path, krb5: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {"krb5.conf": krb5}))

    assert (result["exit_code"], _errors(result), result["suggested_rules"]) == (0, [], [])


SERVERS = [{**each, "SourcePortRange": each["PortRange"]} for each in ALL]
"""Rules for packets that are sent from the port of the service, which no client does."""


@pytest.mark.parametrize(
    ("change", "code", "ports"),
    [
        (group_of_nodes([{**each, "DestCidrIp": "192.168.20.11/32"} for each in ALL]), "SG-DATANODE", [9866]),
        (group_of_nodes(SERVERS), "SG-SOURCE", [8032, 9000, 9083, 9866, 10000, 10020]),
        ({"hive-site.xml": {"hive.server2.transport.mode": "http"}}, "SG-SVC", [10001]),
        ({**_without(9870), "core-site.xml": {"fs.defaultFS": f"webhdfs://{MASTER}:9870"}}, "SG-SVC", [9870]),
        ({"yarn-site.xml": {"yarn.resourcemanager.address": f"{MASTER}:8050"}}, "SG-SVC", [8050]),
        (
            group_of_nodes([*ALL, rule("TCP", "9000/9099", source="192.168.0.0/16", Policy="Drop")]),
            "SG-SHADOWED",
            [],
        ),
    ],
)
def test_a_fault_among_many_rules_is_the_one_to_repair(
    tmp_path: Path, change: Change, code: str, ports: list[int]
) -> None:
    result = report(tmp_path, changed(healthy(), change))

    rules = [each for each in result["suggested_rules"] if each["option"] == 1]
    added = sorted(int(each["port_range"].partition("/")[0]) for each in rules)
    assert (result["exit_code"], _errors(result)) == (1, [code])
    assert (added, {each["source_cidr_ip"] for each in rules} <= {BLOCK}) == (ports, True)


STATE = {"version": 4, "terraform_version": "1.5.7", "resources": [{"type": "alicloud_security_group_rule"}]}


@pytest.mark.parametrize(
    "change",
    [
        # What Terraform knows is not what holds
        {"sg-emr.json": json.dumps(STATE)},
        {"case.toml": TOML.replace('security_groups = ["sg-emr"]\n', ""), "sg-a.json": group("sg-a", [])},
        group_of_nodes([*ALL, {**rule("TCP", "9000/9100", Policy="Drop"), **LISTED}]),
        {"yarn-site.xml": {"yarn.resourcemanager.hostname": f"master-1-3.{DOMAIN}"}},
        {"sg-rg.json": None, "groups.json": None},
        {"core-site.xml": None, "core-site.json": json.dumps({"items": [{"type": "core-site", "properties": {}}]})},
    ],
    ids=["state-file", "two-groups", "list-of-a-drop", "unknown-host", "group-of-clients", "ambari"],
)
def test_what_the_files_do_not_tell_is_neither_allowed_nor_a_sure_cause(tmp_path: Path, change: Change) -> None:
    result = report(tmp_path, changed(healthy(), change))

    sure = [each for each in result["findings"] if each["severity"] == "error" and each["confidence"] != "inferred"]
    assert (result["exit_code"], sure, result["suggested_rules"]) == (3, [], [])
    assert result["skipped"] or all(each["settle_by"] for each in result["findings"])
