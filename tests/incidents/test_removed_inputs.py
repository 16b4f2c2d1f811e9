"""What does a report say if one file, or one item of case.toml, is not given?

It may know less, and never something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from diagnose.report.model import Report
from tests.support.incident_cases import (
    BLOCK,
    PORTS,
    case_toml,
    changed,
    contents,
    group,
    healthy,
    rule,
    with_instances,
)
from tests.support.places import FIXTURES
from tests.support.removed_inputs import Files, report_of, said_better, without_each_file, without_each_item

WITHOUT_UDP_88 = group("sg-emr", [rule("TCP", port) for port in PORTS])


def _counts() -> Any:
    counts = {"sg-emr": len(PORTS), "sg-rg": 0}
    listed = [{"SecurityGroupId": name, "SecurityGroupType": "normal", "RuleCount": n} for name, n in counts.items()]
    return {"SecurityGroups": {"SecurityGroup": listed}}


def _acl(*ingress: dict[str, str]) -> Any:
    everything = {"Policy": "accept", "Protocol": "all", "Port": "-1/-1", "IpVersion": "IPv4"}
    entries = [*ingress, {**everything, "SourceCidrIp": "0.0.0.0/0"}]
    return {
        "NetworkAclAttribute": {
            "NetworkAclId": "nacl-emr",
            "VpcId": "vpc-a",
            "Resources": {"Resource": [{"ResourceId": "vsw-emr", "ResourceType": "VSwitch"}]},
            "IngressAclEntries": {"IngressAclEntry": entries},
            "EgressAclEntries": {"EgressAclEntry": [{**everything, "DestinationCidrIp": "0.0.0.0/0"}]},
        }
    }


NO_METASTORE = _acl({"Policy": "drop", "Protocol": "tcp", "Port": "9083/9083", "SourceCidrIp": "192.168.0.0/16"})


def _vswitches() -> Any:
    blocks = {"vsw-emr": ("192.168.20.0/24", "nacl-emr"), "vsw-rg": (BLOCK, "")}
    listed = [
        {"VSwitchId": name, "VpcId": "vpc-a", "CidrBlock": cidr, "NetworkAclId": acl}
        for name, (cidr, acl) in blocks.items()
    ]
    return {"VSwitches": {"VSwitch": listed}, "TotalCount": 2, "PageNumber": 1, "PageSize": 10}


CASES: dict[str, tuple[Files, str | None]] = {
    **{
        folder.name: (
            {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))}
            | ({"hosts": (folder / "hosts").read_bytes()} if (folder / "hosts").exists() else {}),
            BLOCK if folder.name == "minimal" else None,
        )
        for folder in sorted(FIXTURES.iterdir())
        if folder.is_dir()
    },
    "a small cluster": (contents(healthy()), None),
    "with Kerberos": (contents(healthy(kerberos=True)), None),
    "with two masters": (contents(healthy(ha=True)), None),
    "with Kerberos and two masters": (contents(healthy(kerberos=True, ha=True)), None),
    "a core-site.xml without fs.defaultFS": (
        contents(changed(with_instances(healthy()), {"core-site.xml": "<configuration/>"})),
        None,
    ),
    "without UDP 88": (
        contents(changed(healthy(kerberos=True), {"sg-emr.json": WITHOUT_UDP_88, "groups.json": _counts()})),
        None,
    ),
    "an ACL that case.toml binds": (
        contents(
            changed(
                healthy(),
                {
                    "acl.json": NO_METASTORE,
                    "case.toml": case_toml().replace('"192.168.20.0/24"\n', '"192.168.20.0/24"\nacl = "nacl-emr"\n'),
                },
            )
        ),
        None,
    ),
    "an ACL that an answer binds": (
        contents(changed(healthy(), {"acl.json": NO_METASTORE, "vswitches.json": _vswitches()})),
        None,
    ),
    "an ACL, and a network of the command line": (
        contents(
            changed(
                healthy(),
                {
                    "acl.json": NO_METASTORE,
                    "vswitches.json": _vswitches(),
                    "case.toml": case_toml().split("[[vswitches]]", maxsplit=1)[0],
                },
            )
        ),
        BLOCK,
    ),
}


def _less(files: Files) -> Iterator[tuple[str, Files]]:
    yield from without_each_file(files)
    if "case.toml" in files:
        yield from without_each_item(files)


@pytest.mark.parametrize("name", CASES)
def test_a_case_without_one_input_says_less_and_nothing_else(name: str) -> None:
    files, block = CASES[name]
    whole = report_of(files, block)
    assert whole is not None
    wrong = {}
    for gone, rest in _less(files):
        less = report_of(rest, block)
        if less is not None and (better := said_better(whole, less)):
            wrong[gone] = better
    assert wrong == {}


def test_the_causes_of_these_cases_are_found_while_all_inputs_are_there() -> None:
    """Otherwise there would be nothing to lose."""
    codes = {}
    for name in list(CASES)[-4:]:
        found = report_of(*CASES[name])
        assert found is not None
        codes[name] = [one.code for one in found.findings]
    assert list(codes.values()) == [["SG-KDC-UDP"], ["NACL-IN"], ["NACL-IN"], ["NACL-IN"]]


def _report_without(name: str, gone: str) -> Report:
    files, block = CASES[name]
    found = report_of({file: content for file, content in files.items() if file != gone}, block)
    assert found is not None
    return found


def test_a_default_vswitch_alone_is_not_every_network() -> None:
    """Given no ListNetworks, the default vSwitch of GetResourceGroup is checked, and not more."""
    found = _report_without("healthy", "ListNetworks.json")

    assert (found.exit_code, {flow.verdict for flow in found.flows}) == (3, {"allowed"})
    (entry,) = (entry for entry in found.skipped if entry.check == "networks of the resource group")
    assert "more can be bound" in entry.cause
    assert "ListNetworks" in entry.needs


def test_a_host_beside_the_known_interfaces_of_a_group_is_not_in_it() -> None:
    """Given no ListNodes, the KDC of the company is not taken for a node of the cluster."""
    found = _report_without("external-kdc", "ListNodes.json")

    assert {flow.verdict for flow in found.flows if flow.address == "10.20.0.5"} == {"unknown"}


def test_a_host_with_the_group_of_the_cluster_is_in_its_vpc() -> None:
    """Given no ListNodes, the route to the VPC of the cluster is still needed."""
    found = _report_without("other-vpc", "ListNodes.json")

    assert found.findings[0].code == "NET-WRONG-VPC"


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ('name = "master-1-1"\naddress = "192.168.20.11"\ngroup = "MASTER"\nvswitch = "vsw-emr"\n', "master-1-1"),
        ('vswitch = "vsw-rg"\n', "192.168.10.0/24"),
    ],
)
def test_an_acl_that_may_stand_between_makes_unknown_what_it_would_stop(line: str, missing: str) -> None:
    files, _ = CASES["an ACL that an answer binds"]
    toml = files["case.toml"].decode().replace(line, line.replace(line.splitlines()[-1] + "\n", ""))
    found = report_of({**files, "case.toml": toml.encode()})
    assert found is not None
    verdicts = {flow.id: flow.verdict for flow in found.flows}

    assert verdicts["hive-metastore/master-1-1:9083"] == "unknown"
    assert verdicts["namenode-rpc/master-1-1:9000"] == "allowed"
    missed = [text for flow in found.flows for decision in flow.decisions for text in decision.missing]
    assert any("the vSwitch of" in text and missing in text for text in missed)


def test_an_acl_of_a_vswitch_elsewhere_stops_nothing() -> None:
    """Given a node whose vSwitch no file states, its address excludes the vSwitch of the ACL."""
    files, _ = CASES["an ACL that an answer binds"]
    toml = files["case.toml"].decode().replace('group = "MASTER"\nvswitch = "vsw-emr"\n', 'group = "MASTER"\n')
    elsewhere = {**files, "vswitches.json": files["vswitches.json"].replace(b"192.168.20.0/24", b"10.1.0.0/24")}
    elsewhere["case.toml"] = toml.replace('cidr = "192.168.20.0/24"', 'cidr = "10.1.0.0/24"').encode()
    found = report_of(elsewhere)
    assert found is not None

    assert {flow.verdict for flow in found.flows if flow.id.startswith("hive-metastore/")} == {"allowed"}
