"""The NameNode answers and no block can be read: does `check` name the cause and mend it?

Given real servers of HDFS, a real client reads and writes a file before and after each repair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab import cloud
from tests.lab.cases import LabCase, Repair
from tests.lab.diagnosis import Diagnosis
from tests.lab.enforce import ruleset
from tests.lab.names import NameServer
from tests.lab.netns import PRIVATE_ETC
from tests.lab.real.cluster import RealCluster
from tests.lab.real.files import ADDRESSES, CORE_NODE, FIRST, PORTS, SECOND, case_toml, client_files, hosts_file, xml
from tests.lab.real.hdfs_client import outcomes

NETWORK, NODES = "192.168.10.0/24", "192.168.20.0/24"
MASTERS, WORKERS, CLIENTS = "sg-masters", "sg-workers", "sg-resource-group"
DATANODE = ADDRESSES[CORE_NODE]
FLOW = f"datanode-transfer/{CORE_NODE.partition('.')[0]}:{PORTS['datanode']}"
FILE = "/written-before"
STEPS = ("list", f"read {FILE}", "write /written-after")


@pytest.fixture(scope="module")
def written(simple: RealCluster, classes: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Write a file, which each incident then reads."""
    case = a_case().write(tmp_path_factory.mktemp("written") / "case")
    assert outcomes(simple, classes, case, f"write {FILE}") == {"write": "ok"}


def a_case(**hdfs: str) -> LabCase:
    """Return the files of a client of the cluster without Kerberos. `hdfs`: further settings, with
    _ for a dot.
    """
    settings = client_files(kerberos=False)
    settings["hdfs-site.xml"] |= {key.replace("_", "."): value for key, value in hdfs.items()}
    files = {name: xml(properties) for name, properties in settings.items()}
    return LabCase({**files, "hosts": hosts_file(), "case.toml": case_toml()}, {})


def in_two_groups() -> LabCase:
    """Return the case with DataNodes in a group of their own, which lets in no vSwitch."""
    nodes = [
        cloud.permission(f"sgr-from-{group}", IpProtocol="ALL", SourceGroupId=group) for group in (MASTERS, WORKERS)
    ]
    ports = sorted({port for name, port in PORTS.items() if not name.startswith("datanode")} | {8030})
    opened = [cloud.permission(f"sgr-{port}", PortRange=f"{port}/{port}", SourceCidrIp=NETWORK) for port in ports]
    groups = {FIRST: [MASTERS], SECOND: [MASTERS], CORE_NODE: [WORKERS]}
    documents = {
        f"{MASTERS}.json": cloud.attribute(MASTERS, [*nodes, *opened]),
        f"{WORKERS}.json": cloud.attribute(WORKERS, nodes),
        f"{CLIENTS}.json": cloud.attribute(CLIENTS, []),
        "DescribeNetworkInterfaces.json": cloud.interfaces({ADDRESSES[host]: ids for host, ids in groups.items()}),
        "DescribeVSwitches.json": cloud.vswitches({"vsw-emr": NODES, "vsw-rg": NETWORK}),
        "ListNetworks.json": cloud.networks({"vsw-rg": CLIENTS}),
    }
    kinds = dict.fromkeys((MASTERS, WORKERS, CLIENTS), "normal")
    documents["DescribeSecurityGroups.json"] = cloud.security_groups(kinds, cloud.rule_counts(documents))
    return replace(a_case(), documents=documents)


def checked(cluster: RealCluster, case: Path) -> Diagnosis:
    done = cluster.run("check", str(case), "--from", NETWORK, "--format", "json")
    return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)


@contextmanager
def enforced(cluster: RealCluster, case: LabCase) -> Iterator[None]:
    """Let the nodes drop what the groups of the case deny."""
    cluster.nodes.filter(ruleset(case.documents.values(), "input"))
    try:
        yield
    finally:
        cluster.nodes.filter("")


@contextmanager
def hosts_lines(cluster: RealCluster, lines: Sequence[str]) -> Iterator[None]:
    """Give the client another hosts file."""
    before = hosts_of_client(cluster)
    cluster.client.write_etc("hosts", "\n".join([*lines, ""]))
    try:
        yield
    finally:
        cluster.client.write_etc("hosts", before)


def hosts_of_client(cluster: RealCluster) -> str:
    return (PRIVATE_ETC / cluster.client.name / "hosts").read_text(encoding="utf-8")


@pytest.fixture
def nameless(simple: RealCluster, tmp_path: Path) -> Iterator[list[str]]:
    """Ask a name server that knows no DataNode, and take its line out of the client's hosts file.

    Yield the lines that are left.
    """
    server = NameServer(simple.client, "127.0.0.1", tmp_path)
    left = [line for line in hosts_of_client(simple).splitlines() if CORE_NODE not in line]
    with ExitStack() as undo:
        undo.callback(server.stop)
        server.start([], ("aliyuncs.com", "168.192.in-addr.arpa"))
        undo.enter_context(hosts_lines(simple, left))
        yield left


def assert_datanode_alone(found: Diagnosis, code: str) -> None:
    """Assert that one proven cause is named. Its undoing repairs that flow and leaves nothing."""
    errors = [finding for finding in found.report["findings"] if finding["severity"] == "error"]

    assert (found.exit_code, found.primary, [each["code"] for each in errors]) == (1, code, [code]), found
    assert errors[0]["confidence"] == "proven", found
    assert (errors[0]["undone"]["repairs"], errors[0]["undone"]["remains"]) == ([FLOW], []), errors[0]["undone"]
    namenodes = {each["verdict"] for each in found.report["flows"] if each["id"].startswith("namenode-rpc/")}
    assert namenodes == {"reachable"}, found


def assert_working(found: Diagnosis) -> None:
    errors = [finding for finding in found.report["findings"] if finding["severity"] != "info"]
    assert (found.exit_code, errors) == (0, []), found


def test_datanodes_in_another_group_get_the_rule_that_is_missing_there(
    simple: RealCluster, classes: Path, written: None, tmp_path: Path
) -> None:
    case = in_two_groups()
    with enforced(simple, case):
        broken = case.write(tmp_path / "broken")
        seen = outcomes(simple, classes, broken, *STEPS)
        found = checked(simple, broken)
    assert seen.pop("list") == "ok"
    assert all(outcome.startswith("failed: ") for outcome in seen.values()), seen
    assert_datanode_alone(found, "SG-DATANODE")

    (rule,) = found.report["suggested_rules"]
    wanted = (WORKERS, "ingress", "TCP", f"{PORTS['datanode']}/{PORTS['datanode']}", NETWORK)
    told = ("security_group_id", "direction", "ip_protocol", "port_range", "source_cidr_ip")
    assert tuple(rule[key] for key in told) == wanted

    repaired = Repair.of(found.report).applied_to(case)
    with enforced(simple, repaired):
        directory = repaired.write(tmp_path / "repaired")
        assert set(outcomes(simple, classes, directory, *STEPS).values()) == {"ok"}
        assert_working(checked(simple, directory))


def test_the_same_rule_in_the_group_of_the_masters_is_named(simple: RealCluster, tmp_path: Path) -> None:
    case = in_two_groups()
    port = f"{PORTS['datanode']}/{PORTS['datanode']}"
    misplaced = cloud.permission("sgr-misplaced", PortRange=port, SourceCidrIp=NETWORK)
    case = case.with_rules(MASTERS, [*case.rules(MASTERS), misplaced])

    with enforced(simple, case):
        found = checked(simple, case.write(tmp_path / "case"))

    assert_datanode_alone(found, "SG-WRONG-GROUP")
    assert [rule["security_group_id"] for rule in found.report["suggested_rules"]] == [WORKERS]


def test_without_the_answer_of_their_group_it_is_asked_for(simple: RealCluster, tmp_path: Path) -> None:
    case = in_two_groups()
    with enforced(simple, case):
        directory = case.write(tmp_path / "case")
        (directory / f"{WORKERS}.json").unlink()
        found = checked(simple, directory)

    assert (found.exit_code, found.primary) == (3, "SG-UNRESOLVED"), found
    assert (found.report["findings"][0]["flows"], found.report["suggested_rules"]) == ([FLOW], [])


def test_a_datanode_without_a_name_for_the_client_gets_its_hosts_line(
    simple: RealCluster, classes: Path, written: None, nameless: list[str], tmp_path: Path
) -> None:
    case = a_case(dfs_client_use_datanode_hostname="true")
    directory = replace(case, files={**case.files, "hosts": "\n".join([*nameless, ""])}).write(tmp_path / "case")

    seen = outcomes(simple, classes, directory, *STEPS)
    found = checked(simple, directory)
    assert seen.pop("list") == "ok"
    assert all(outcome.startswith("failed: ") for outcome in seen.values()), seen
    assert_datanode_alone(found, "DNS-CLUSTER-NAME")

    (edit,) = found.report["suggested_edits"]
    assert (edit["object"], edit["action"], edit["to"]) == ("hosts", "set", f"{DATANODE} {CORE_NODE}")
    with hosts_lines(simple, [*nameless, edit["to"]]):
        assert set(outcomes(simple, classes, directory, *STEPS).values()) == {"ok"}
        assert_working(checked(simple, directory))


def test_the_name_of_a_datanode_is_no_matter_to_clients_that_dial_addresses(
    simple: RealCluster, classes: Path, written: None, nameless: list[str], tmp_path: Path
) -> None:
    case = a_case()
    directory = replace(case, files={**case.files, "hosts": "\n".join([*nameless, ""])}).write(tmp_path / "case")

    assert set(outcomes(simple, classes, directory, *STEPS).values()) == {"ok"}
    assert_working(checked(simple, directory))
