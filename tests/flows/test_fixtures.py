"""The flows of every fixture: what a reader of its files would list by hand, and where each port
stands."""

from __future__ import annotations

from functools import cache

import pytest

from diagnose.case.directory import read
from diagnose.case.model import Case
from diagnose.flows import Flow, flows, sources
from probes.addresses import cidrs, parse_address
from probes.rules.security_group import TCP, UDP, Traffic, decide
from tests.support.places import FIXTURES

NAMES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())

EXPECTED = {
    "datalake-ha-kerberos": """
        kdc-udp 192.168.20.11 88/udp required krb5.conf:11
        kdc-tcp 192.168.20.11 88/tcp required krb5.conf:11
        kdc-udp 192.168.20.12 88/udp required krb5.conf:12
        kdc-tcp 192.168.20.12 88/tcp required krb5.conf:12
        namenode-rpc 192.168.20.11 8020/tcp required hdfs-site.xml:14
        namenode-rpc 192.168.20.12 8020/tcp required hdfs-site.xml:18
        datanode-transfer 192.168.20.21 9866/tcp required hdfs-site.xml:34
        datanode-transfer 192.168.20.22 9866/tcp required hdfs-site.xml:34
        resourcemanager-client 192.168.20.11 8032/tcp required yarn-site.xml:22
        resourcemanager-client 192.168.20.12 8032/tcp required yarn-site.xml:38
        resourcemanager-scheduler 192.168.20.11 8030/tcp optional yarn-site.xml:26
        resourcemanager-scheduler 192.168.20.12 8030/tcp optional yarn-site.xml:42
        resourcemanager-web 192.168.20.11 8088/tcp optional yarn-site.xml:30
        resourcemanager-web 192.168.20.12 8088/tcp optional yarn-site.xml:46
        nodemanager-web 192.168.20.21 8042/tcp optional components.toml
        nodemanager-web 192.168.20.22 8042/tcp optional components.toml
        jobhistory-rpc 192.168.20.11 10020/tcp required mapred-site.xml:10
        jobhistory-web 192.168.20.11 19888/tcp optional mapred-site.xml:14
        hive-metastore 192.168.20.11 9083/tcp required hive-site.xml:6
        hive-metastore 192.168.20.12 9083/tcp required hive-site.xml:6
        hiveserver2 192.168.20.11 10000/tcp required hive-site.xml:18
        hiveserver2 192.168.20.12 10000/tcp required hive-site.xml:18
        spark-history 192.168.20.11 18080/tcp optional spark-defaults.conf:3
        zookeeper 192.168.20.11 2181/tcp required hive-site.xml:38
        zookeeper 192.168.20.12 2181/tcp required hive-site.xml:38
        zookeeper 192.168.20.13 2181/tcp required hive-site.xml:38
    """,
    "hadoop-has": """
        kdc-udp 10.66.8.3 88/udp required krb5.conf:5
        kdc-tcp 10.66.8.3 88/tcp required krb5.conf:4
        namenode-rpc 10.66.8.3 9000/tcp required core-site.xml:6
        datanode-transfer 10.66.8.21 50010/tcp required hdfs-site.xml:10
        datanode-transfer 10.66.8.22 50010/tcp required hdfs-site.xml:10
        resourcemanager-client 10.66.8.3 8032/tcp required yarn-site.xml:10
        resourcemanager-scheduler 10.66.8.3 8030/tcp optional yarn-site.xml:14
        resourcemanager-web 10.66.8.3 8088/tcp optional yarn-site.xml:22
        jobhistory-rpc 10.66.8.3 10020/tcp required mapred-site.xml:10
        jobhistory-web 10.66.8.3 19888/tcp optional mapred-site.xml:14
        hive-metastore 10.66.8.3 9083/tcp required hive-site.xml:6
        hiveserver2 10.66.8.3 10000/tcp required hive-site.xml:18
    """,
    "kdc-port": """
        kdc-udp 192.168.20.11 1088/udp required krb5.conf:10
        kdc-tcp 192.168.20.11 1088/tcp required krb5.conf:10
        namenode-rpc 192.168.20.11 9000/tcp required core-site.xml:6
        datanode-transfer 192.168.20.21 9866/tcp required hdfs-site.xml:10
        datanode-transfer 192.168.20.22 9866/tcp required hdfs-site.xml:10
        resourcemanager-client 192.168.20.11 8032/tcp required yarn-site.xml:10
        resourcemanager-scheduler 192.168.20.11 8030/tcp optional yarn-site.xml:14
        resourcemanager-web 192.168.20.11 8088/tcp optional yarn-site.xml:18
        nodemanager-web 192.168.20.21 8042/tcp optional components.toml
        nodemanager-web 192.168.20.22 8042/tcp optional components.toml
        jobhistory-rpc 192.168.20.11 10020/tcp required mapred-site.xml:10
        jobhistory-web 192.168.20.11 19888/tcp optional mapred-site.xml:14
        hive-metastore 192.168.20.11 9083/tcp required hive-site.xml:6
        hiveserver2 192.168.20.11 10000/tcp required hive-site.xml:10
    """,
    "external-kdc": """
        kdc-udp 10.20.0.5 88/udp required krb5.conf:10
        kdc-tcp 10.20.0.5 88/tcp required krb5.conf:10
        namenode-rpc 10.40.20.11 9000/tcp required core-site.xml:6
        datanode-transfer 10.40.20.21 9866/tcp required hdfs-site.xml:10
        datanode-transfer 10.40.20.22 9866/tcp required hdfs-site.xml:10
        resourcemanager-client 10.40.20.11 8032/tcp required yarn-site.xml:10
        resourcemanager-scheduler 10.40.20.11 8030/tcp optional yarn-site.xml:14
        resourcemanager-web 10.40.20.11 8088/tcp optional yarn-site.xml:18
        nodemanager-web 10.40.20.21 8042/tcp optional components.toml
        nodemanager-web 10.40.20.22 8042/tcp optional components.toml
        jobhistory-rpc 10.40.20.11 10020/tcp required mapred-site.xml:10
        jobhistory-web 10.40.20.11 19888/tcp optional mapred-site.xml:14
        hive-metastore 10.40.20.11 9083/tcp required hive-site.xml:6
        hiveserver2 10.40.20.11 10000/tcp required hive-site.xml:10
    """,
    "non-ha": """
        namenode-rpc 192.168.20.11 9000/tcp required core-site.xml:6
        datanode-transfer 192.168.20.21 9866/tcp required hdfs-site.xml:10
        datanode-transfer 192.168.20.22 9866/tcp required hdfs-site.xml:10
        resourcemanager-client 192.168.20.11 8032/tcp required yarn-site.xml:10
        resourcemanager-scheduler 192.168.20.11 8030/tcp optional yarn-site.xml:14
        resourcemanager-web 192.168.20.11 8088/tcp optional yarn-site.xml:18
        nodemanager-web 192.168.20.21 8042/tcp optional components.toml
        nodemanager-web 192.168.20.22 8042/tcp optional components.toml
        jobhistory-rpc 192.168.20.11 10020/tcp required mapred-site.xml:10
        jobhistory-web 192.168.20.11 19888/tcp optional mapred-site.xml:14
        hive-metastore 192.168.20.11 9083/tcp required hive-site.xml:6
        hiveserver2 192.168.20.11 10000/tcp required hive-site.xml:10
    """,
    "minimal": """
        kdc-udp master-1-1.c-70e4d2a81b95f36c.cn-shanghai.emr.aliyuncs.com 88/udp required krb5.conf:7
        kdc-tcp master-1-1.c-70e4d2a81b95f36c.cn-shanghai.emr.aliyuncs.com 88/tcp required krb5.conf:7
    """,
}
"""component address port/transport need file:line"""

LIKE_NON_HA = ("custom-cluster", "enterprise-group", "prefix-list-unresolved", "two-networks")
"""One master, two core nodes, the same ports at the same lines; only addresses and rules differ."""

CLOSED = {
    "custom-cluster": {"datanode-transfer/core-1-1:9866", "datanode-transfer/core-1-2:9866"},
    "datalake-ha-kerberos": {"kdc-udp/master-1-1:88", "kdc-udp/master-1-2:88"},
    "hadoop-has": {"kdc-udp/emr-header-1:88"},
    "healthy": set(),
    "kdc-port": {"kdc-udp/master-1-1:1088", "kdc-tcp/master-1-1:1088"},
    "non-ha": {"namenode-rpc/master-1-1:9000", "hive-metastore/master-1-1:9083"},
}
"""Flows that the groups on the target's interface deny; every other flow of these cases is allowed
for the whole vSwitch."""


@cache
def case_of(name: str) -> Case:
    return read([FIXTURES / name])


def line_of(flow: Flow) -> str:
    end, origin = flow.endpoint, flow.origin
    place = origin.file if origin.line is None else f"{origin.file}:{origin.line}"
    return f"{flow.component} {end.address or end.host} {end.port}/{end.transport} {flow.need} {place}"


@pytest.mark.parametrize("name", EXPECTED)
def test_flows_of_a_fixture(name: str) -> None:
    assert [line_of(flow) for flow in flows(case_of(name)).flows] == [
        line.strip() for line in EXPECTED[name].strip().splitlines()
    ]


@pytest.mark.parametrize("name", LIKE_NON_HA)
def test_flows_of_the_plain_clusters(name: str) -> None:
    assert [flow.id for flow in flows(case_of(name)).flows] == [flow.id for flow in flows(case_of("non-ha")).flows]


def test_the_repaired_cluster_needs_what_the_broken_one_needs() -> None:
    healthy, broken = (flows(case_of(name)).flows for name in ("healthy", "datalake-ha-kerberos"))
    assert [flow.id for flow in healthy] == [flow.id for flow in broken]


@pytest.mark.parametrize("name", NAMES)
def test_every_port_stands_where_the_flow_says(name: str) -> None:
    plan = flows(case_of(name))

    assert plan.flows
    for flow in plan.flows:
        if flow.origin.line is None:
            assert flow.origin.file == "components.toml"
            continue
        text = (FIXTURES / name / flow.origin.file).read_text(encoding="utf-8").splitlines()[flow.origin.line - 1]
        assert str(flow.endpoint.port) in text, f"{flow.id}: {flow.origin} is {text!r}"


@pytest.mark.parametrize("name", NAMES)
def test_only_the_incomplete_cases_leave_a_gap(name: str) -> None:
    gaps = [skip for skip in flows(case_of(name)).skipped if skip.needs]

    assert bool(gaps) is (name == "minimal")
    assert not case_of(name).faults


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("healthy", ["192.168.10.0/24"]),
        ("two-networks", ["192.168.60.0/24", "192.168.61.0/24"]),
        ("hadoop-has", ["10.66.16.0/24"]),
        ("minimal", []),
    ],
)
def test_sources_of_a_fixture(name: str, blocks: list[str]) -> None:
    found = sources(case_of(name))

    assert [block for source in found for block in cidrs(source.ranges)] == blocks
    assert all(source.groups for source in found)


@pytest.mark.parametrize("name", CLOSED)
def test_the_rules_close_exactly_what_the_fixture_is_about(name: str) -> None:
    case = case_of(name)
    verdicts = {flow.id: _ingress(case, flow) for flow in flows(case).flows}

    assert {found for found, verdict in verdicts.items() if verdict == "denied"} == CLOSED[name]
    assert {verdict for found, verdict in verdicts.items() if found not in CLOSED[name]} == {"allowed"}


def test_half_of_the_second_vswitch_is_not_covered() -> None:
    case = case_of("two-networks")

    assert {_ingress(case, flow) for flow in flows(case).flows} == {"partial"}


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_says_first_what_it_shows(name: str) -> None:
    first = (FIXTURES / name / "README.md").read_text(encoding="utf-8").splitlines()[0]

    assert first.endswith(".")
    assert len(first) > 40
    assert f"`{name}`" in (FIXTURES / "README.md").read_text(encoding="utf-8")


def _ingress(case: Case, flow: Flow) -> str:
    address = flow.endpoint.address
    assert address is not None
    ids = case.members[address]
    traffic = Traffic(flow.sources, parse_address(address), target_groups=frozenset(ids))
    protocol = UDP if flow.endpoint.transport == "udp" else TCP
    return decide([case.security_groups[one] for one in ids], "ingress", traffic, protocol, flow.endpoint.port).verdict
