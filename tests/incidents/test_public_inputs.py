"""Does the answer hold for answers of the cloud, sockets and Hadoop files as people have them?

Situations of public reports and of tools, rebuilt with hosts and addresses of ours. What only looks
odd must change no answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    BLOCK,
    CORE,
    DOMAIN,
    MASTER,
    PORTS,
    SECOND,
    Change,
    Content,
    changed,
    group,
    healthy,
    report,
    rule,
    site,
)

ALL = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
HOSTS = str(healthy()["hosts"])


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _rules(result: Any) -> list[tuple[str, str, str]]:
    return [
        (each["security_group_id"], each["port_range"], each["source_cidr_ip"])
        for each in result["suggested_rules"]
        if each["option"] == 1
    ]


def _counted(rules: int) -> Change:
    """Return DescribeSecurityGroups with the number of rules of the nodes' group."""
    counts = {"sg-rg": 0, "sg-emr": rules}
    listed = [{"SecurityGroupId": name, "SecurityGroupType": "normal", "RuleCount": n} for name, n in counts.items()]
    return {"groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": listed}})}


def _page(rules: list[Any], token: str = "") -> Any:
    return {**json.loads(group("sg-emr", rules)), "NextToken": token}


CLOSED_9083 = [each for each in ALL if each["PortRange"] != "9083/9083"]


def _small(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _small(inner) for key, inner in value.items()}
    return [_small(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"code": "200", "data": _page(CLOSED_9083), "httpStatusCode": "200"}),
        json.dumps({"headers": {}, "statusCode": 200, "body": _small(_page(CLOSED_9083))}, indent=2),
        json.dumps({"Data": {"statusCode": 200, "body": _page(CLOSED_9083)}}),
        json.dumps([_page(CLOSED_9083[:6], "caeba0"), _page(CLOSED_9083[6:])]),
        json.dumps(_page(CLOSED_9083[:6], "caeba0")) + "\n" + json.dumps(_page(CLOSED_9083[6:])),
        json.dumps(_page(CLOSED_9083), indent=1).replace("\n", "\r\n").encode("utf-16"),
    ],
    ids=["console", "java-sdk", "tool-around-sdk", "list-of-pages", "joined-pages", "powershell"],
)
def test_an_answer_is_read_as_tools_print_it(tmp_path: Path, text: str | bytes) -> None:
    counts = _counted(len(CLOSED_9083))

    result = report(tmp_path, changed(healthy(), {"sg-emr.json": text, **counts}))

    assert (result["exit_code"], _codes(result)) == (1, ["SG-SVC"])
    assert _rules(result) == [("sg-emr", "9083/9083", BLOCK)]


def test_a_first_page_alone_decides_nothing(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {"sg-emr.json": json.dumps(_page(ALL[:6], "caeba0"))}))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (3, ["SG-UNRESOLVED"], [])


OLD_SS = """\
State      Recv-Q Send-Q Local Address:Port               Peer Address:Port
LISTEN     0      128          *:22                       *:*
LISTEN     0      128     [::ffff:192.168.20.11]:9000     [::]:*
LISTEN     0      50           [::]:9083                  [::]:*
LISTEN     0      128     [::ffff:192.168.20.11]:8032     [::]:*
LISTEN     0      50           [::]:10000                 [::]:*
LISTEN     0      128          *:10020                    *:*
ESTAB      0      0      192.168.20.11:52310              192.168.20.21:9866
"""
"""As CentOS 7 and Alibaba Cloud Linux 2 print it: Java listens on [::] for both families."""

NEW_SS = OLD_SS.replace("*:22 ", "0.0.0.0:22").replace("*:10020", "*:10020 ").replace("[::]:9083 ", "*:9083    ")
NEW_SS = NEW_SS.replace("[::]:10000 ", "*:10000    ")

NETSTAT = """\
Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      1021/sshd
tcp6       0      0 192.168.20.11:9000      :::*                    LISTEN      4410/java
tcp6       0      0 :::9083                 :::*                    LISTEN      5120/java
tcp6       0      0 192.168.20.11:8032      :::*                    LISTEN      5513/java
tcp6       0      0 :::10000                :::*                    LISTEN      5720/java
tcp6       0      0 :::10020                :::*                    LISTEN      5810/java
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ss-master-1-1.txt", OLD_SS),
        ("ss-master-1-1.txt", NEW_SS),
        ("netstat-master-1-1.txt", NETSTAT),
        ("master-1-1/ss.txt", OLD_SS.replace("\n", "\r\n")),
        # Connections without listeners say nothing
        ("ss-master-1-1.txt", "ESTAB 0 0 192.168.20.11:9000 192.168.20.21:41230\n"),
    ],
    ids=["old-ss", "new-ss", "netstat", "windows-ends", "no-listeners"],
)
def test_sockets_of_services_that_listen_for_clients_are_no_fault(tmp_path: Path, name: str, text: str) -> None:
    result = report(tmp_path, changed(healthy(), {name: text}))

    assert (result["exit_code"], _codes(result)) == (0, [])


NO_9083 = "".join(line for line in OLD_SS.splitlines(keepends=True) if ":9083" not in line)


def test_a_service_that_no_socket_of_its_node_listens_for_is_down(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {"ss-master-1-1.txt": NO_9083}))

    (finding,) = result["findings"]
    assert (result["exit_code"], finding["code"], finding["confidence"]) == (1, "SVC-DOWN", "strong")
    assert "no listener on TCP 9083" in finding["cause"]
    assert [(edit["action"], edit["from"]) for edit in result["suggested_edits"]] == [("start", "not listening")]


def test_a_list_that_a_search_cut_says_nothing_of_other_ports(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {"ss-master-1-1.txt": NO_9083.partition("\n")[2]}))

    assert (result["exit_code"], _codes(result)) == (0, [])


def test_a_resourcemanager_in_standby_opens_no_port(tmp_path: Path) -> None:
    sockets = "".join(line for line in OLD_SS.splitlines(keepends=True) if ":8032" not in line)
    sockets = sockets.replace(":9000", ":8020").replace("192.168.20.11", "192.168.20.12")

    result = report(tmp_path, changed(healthy(ha=True), {"ss-master-1-2.txt": sockets}))

    assert (result["exit_code"], _codes(result)) == (0, [])


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("ss-master-1-1.txt", OLD_SS.replace("[::]:9083", "127.0.0.1:9083"), "127.0.0.1:9083"),
        ("ss-master-1-1.txt", OLD_SS.replace("[::]:10000", "[::1]:10000"), "[::1]:10000"),
        # https://github.com/apache/kyuubi/issues/384: netstat shows the service on loopback
        ("netstat-master-1-1.txt", NETSTAT.replace(":::9083", "127.0.0.1:9083"), "127.0.0.1:9083"),
        # A new ss tells the families apart
        ("ss-master-1-1.txt", NEW_SS.replace("*:9083", "[::]:9083"), "[::]:9083"),
    ],
)
def test_a_service_that_does_not_listen_for_clients_is_named_with_its_socket(
    tmp_path: Path, name: str, text: str, shown: str
) -> None:
    result = report(tmp_path, changed(healthy(), {name: text}))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, ["SVC-BIND"], [])
    assert shown in result["findings"][0]["cause"]


@pytest.mark.parametrize(
    ("change", "code", "right"),
    [
        # https://github.com/big-data-europe/docker-hive/pull/49: one file says 9000, the other 8020
        (
            {"core-site.xml": {"fs.defaultFS": f"hdfs://{MASTER}:9000"}},
            "SVC-PORT",
            "hdfs://etl-ha",
        ),
        (
            {
                "yarn-site.xml": site(
                    {
                        "yarn.resourcemanager.ha.enabled": "true",
                        "yarn.resourcemanager.ha.rm-ids": "rm1,rm2",
                        "yarn.resourcemanager.hostname.nn1": MASTER,
                        "yarn.resourcemanager.hostname.nn2": SECOND,
                    }
                )
            },
            "SVC-UNSET",
            "nn1,nn2",
        ),
        (
            {"hive-site.xml": {"hive.metastore.uris": f"thrift://{MASTER}:9083, thrift://{SECOND}:9083"}},
            "SVC-UNSET",
            f"thrift://{MASTER}:9083,thrift://{SECOND}:9083",
        ),
    ],
)
def test_a_setting_that_contradicts_the_others_is_corrected(
    tmp_path: Path, change: Change, code: str, right: str
) -> None:
    result = report(tmp_path, changed(healthy(ha=True), change))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, [code], [])
    assert [edit["to"] for edit in result["suggested_edits"]] == [right]


@pytest.mark.parametrize(
    ("settings", "exit_code"),
    [
        ({"dfs.namenode.rpc-address": f"{MASTER}:8020"}, 3),
        ({"dfs.namenode.rpc-address": "0.0.0.0:8020"}, 3),
        ({"dfs.namenode.rpc-address": f"{MASTER}:9000", "dfs.namenode.servicerpc-address": f"{MASTER}:8021"}, 0),
        ({"dfs.namenode.rpc-address": f"{MASTER}:8020", "dfs.namenode.servicerpc-address": f"{MASTER}:9000"}, 0),
    ],
)
def test_the_usual_port_beside_another_one_of_the_server_is_not_decided(
    tmp_path: Path, settings: dict[str, str], exit_code: int
) -> None:
    result = report(tmp_path, changed(healthy(), {"hdfs-site.xml": settings}))

    found = [(each["code"], each["confidence"]) for each in result["findings"]]
    assert (result["exit_code"], found) == (exit_code, [("SVC-PORT", "inferred")] if exit_code else [])


@pytest.mark.parametrize("host", [MASTER, CORE])
def test_the_metastores_of_both_settings_are_checked(tmp_path: Path, host: str) -> None:
    change: Change = {"hive-site.xml": {"metastore.thrift.uris": f"thrift://{host}:9084"}}

    result = report(tmp_path, changed(healthy(), change))

    blocked = [(flow["host"], flow["port"]) for flow in result["flows"] if flow["verdict"] == "blocked"]
    assert (host, 9084) in blocked
    assert result["exit_code"] == 1


def _crlf(content: Content) -> Content:
    text = content if isinstance(content, str) else site(content) if not isinstance(content, bytes) else ""
    return text.replace("\n", "\r\n")


NODE_LIST = {
    "TotalCount": 3,
    "MaxResults": 100,
    "NextToken": "",
    "Nodes": [
        {"NodeId": f"i-{name}", "NodeName": name, "NodeGroupType": kind, "NodeState": state, "PrivateIp": address}
        for name, kind, state, address in (
            ("master-1-1", "MASTER", "RUNNING", "192.168.20.11"),
            ("core-1-1", "CORE", "RUNNING", "192.168.20.21"),
            ("core-1-2", "CORE", "TERMINATED", "192.168.20.22"),
        )
    ],
}
PROMPT = "[root@ops ~]# "
OTHER_HOST = {
    "InstanceId": "i-jump",
    "HostName": "jump01",
    "Status": "Stopped",
    "SecurityGroupIds": {"SecurityGroupId": ["sg-jump"]},
    "VpcAttributes": {"VpcId": "vpc-a", "VSwitchId": "vsw-o", "PrivateIpAddress": {"IpAddress": ["192.168.30.5"]}},
}


@pytest.mark.parametrize(
    "change",
    [
        {name: _crlf(content) for name, content in healthy().items()},
        {
            "nodes.json": json.dumps(NODE_LIST),
            "hosts": f"{HOSTS}192.168.20.22 core-1-2.{DOMAIN} core-1-2\n",
        },
        {"instances.json": json.dumps({"TotalCount": 1, "Instances": {"Instance": [OTHER_HOST]}})},
        {"hosts": HOSTS.upper().replace("LOCALHOST", "localhost").replace("\n", "\r\n")},
        {"hosts": b"\xef\xbb\xbf" + HOSTS.encode()},
        {"sg-emr.json": f"{PROMPT}aliyun ecs DescribeSecurityGroupAttribute\n{group('sg-emr', ALL)}\n{PROMPT}"},
        {"yarn-site.xml": {"yarn.resourcemanager.webapp.address": "0.0.0.0:8088"}},
        {"hosts": f"{HOSTS}2408:4004:1a0:7b00::11 {MASTER} master-1-1\n"},
        {"hive-site.xml": {"metastore.thrift.uris": f"thrift://{MASTER}:9083"}},
    ],
    ids=[
        "windows-ends",
        "terminated-node",
        "another-host",
        "capitals",
        "byte-order-mark",
        "prompts",
        "page-of-all",
        "ipv6-beside",
        "both-keys-alike",
    ],
)
def test_what_only_looks_odd_changes_no_answer(tmp_path: Path, change: Change) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result), result["suggested_edits"]) == (0, [], [])
