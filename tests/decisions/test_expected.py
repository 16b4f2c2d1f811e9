"""Given connections that must stay denied, then each is judged over all of its sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import incident_cases as cases


def judged(folder: Path, deny: list[str], *, rules: list[Any] | None = None, acl: Any = None) -> Any:
    """Return the JSON report of the healthy cluster with these expectations, and rules for 22."""
    files = cases.healthy()
    opened = [cases.rule("TCP", port) for port in cases.PORTS] + [cases.rule("UDP", 88)] + (rules or [])
    files["case.toml"] = f"deny = {json.dumps(deny)}\n" + cases.case_toml()
    files.update(cases.group_of_nodes(opened))
    if acl is not None:
        files["acl.json"] = json.dumps(acl)
    _, output = cases.check(folder, files, "--format", "json")
    return json.loads(output)


def of(report: Any) -> Any:
    (only,) = report["expectations"]
    return only


@pytest.mark.parametrize(
    ("deny", "verdict"),
    [
        ("tcp://master-1-1:22", "denied"),
        ("tcp://master-1-1:22 from 10.0.0.0/8", "denied"),
        ("udp://master-1-1:89 from 0.0.0.0/0", "denied"),
        ("tcp://192.168.20.11:22 from 192.168.10.0/24", "denied"),
        ("tcp://*:22 from 0.0.0.0/0", "denied"),
        ("tcp://[fd00::1]:22 from 10.0.0.0/8", "unknown"),
        ("tcp://elsewhere.example:22", "unknown"),
        ("tcp://master-1-1:8020", "allowed"),
        ("tcp://master-1-1:8020 from 192.168.10.7", "allowed"),
        ("tcp://master-1-1:8020 from 10.0.0.0/8", "denied"),
        ("tcp://master-1-1:8000-8100 from 192.168.0.0/16", "allowed"),
        ("tcp://*:8042", "allowed"),
    ],
)
def test_an_expectation_is_judged_over_all_of_its_sources(tmp_path: Path, deny: str, verdict: str) -> None:
    report = judged(tmp_path, [deny])

    assert of(report)["verdict"] == verdict
    assert report["exit_code"] == {"denied": 0, "allowed": 1, "unknown": 3}[verdict]
    assert report["status"] == {"denied": "pass", "allowed": "fail", "unknown": "inconclusive"}[verdict]


def test_only_the_part_that_gets_through_is_named(tmp_path: Path) -> None:
    rules = [cases.rule("TCP", 22, source="10.1.0.0/16")]

    report = judged(tmp_path, ["tcp://master-1-1:22 from 10.0.0.0/8"], rules=rules)

    assert of(report)["allowed_sources"] == ["10.1.0.0/16"]
    (finding,) = report["findings"]
    assert (finding["code"], finding["severity"]) == ("DENY-OPEN", "error")
    assert finding["params"]["rules"] == [
        {"id": "sgr-tcp-22-22-ingress", "group": "sg-emr", "why": "accept TCP 22/22 from 10.1.0.0/16, priority 1"}
    ]
    assert [shown["origin"]["line"] for shown in finding["evidence"] if shown["origin"]] == [1]


def test_a_rule_with_a_group_as_source_leaves_a_foreign_source_unknown(tmp_path: Path) -> None:
    rules = [cases.rule("TCP", 22, source="", SourceGroupId="sg-other")]

    assert of(judged(tmp_path, ["tcp://master-1-1:22 from 10.0.0.0/8"], rules=rules))["verdict"] == "unknown"


def test_the_list_of_the_nodes_vswitch_guards_it_also_from_sources_in_no_vswitch(tmp_path: Path) -> None:
    """Given a network ACL that drops what the group accepts, then it stays denied."""
    entry = {"Policy": "drop", "Protocol": "tcp", "Port": "22/22", "SourceCidrIp": "10.0.0.0/8", "EntryType": "custom"}
    accept = {"Policy": "accept", "Protocol": "all", "Port": "-1/-1", "SourceCidrIp": "0.0.0.0/0"}
    out = {"Policy": "accept", "Protocol": "all", "Port": "-1/-1", "DestinationCidrIp": "0.0.0.0/0"}
    acl = {
        "NetworkAclAttribute": {
            "NetworkAclId": "nacl-emr",
            "VpcId": "vpc-a",
            "IngressAclEntries": {"IngressAclEntry": [entry, {**accept, "EntryType": "custom"}]},
            "EgressAclEntries": {"EgressAclEntry": [{**out, "EntryType": "custom"}]},
            "Resources": {"Resource": [{"ResourceId": "vsw-emr", "ResourceType": "VSwitch", "Status": "BINDED"}]},
        }
    }
    rules = [cases.rule("TCP", 22, source="0.0.0.0/0")]

    through = of(judged(tmp_path / "without", ["tcp://master-1-1:22 from 10.0.0.0/8"], rules=rules))
    guarded = of(judged(tmp_path / "with", ["tcp://master-1-1:22 from 10.0.0.0/8"], rules=rules, acl=acl))

    assert (through["verdict"], guarded["verdict"]) == ("allowed", "denied")


def test_what_a_required_connection_needs_is_told_with_it(tmp_path: Path) -> None:
    report = judged(tmp_path, ["tcp://master-1-1:9083"])

    assert of(report)["needed_by"] == ["hive-metastore/master-1-1:9083"]
    assert "Required connections need it" in report["findings"][0]["detail"]


def test_a_repair_that_opens_what_must_stay_denied_says_so_in_every_format(tmp_path: Path) -> None:
    """Given a missing rule whose repair an expectation forbids, then no repair is shown without
    that."""
    files = cases.healthy()
    files["case.toml"] = 'deny = ["tcp://master-1-1:9083 from 192.168.10.0/24"]\n' + cases.case_toml()
    ports = [port for port in cases.PORTS if port != 9083]
    files.update(cases.group_of_nodes([cases.rule("TCP", port) for port in ports]))
    beware = "tcp://master-1-1:9083 from 192.168.10.0/24"

    report = cases.report(tmp_path / "case", files)
    assert of(report)["verdict"] == "denied"
    (opening,) = [remedy for remedy in report["findings"][0]["remedies"] if remedy["opens"]]
    assert opening["opens"] == [{"text": beware, "origin": {"file": "case.toml", "line": 1, "key": "deny"}}]

    for name in ("terminal", "markdown", "html", "junit", "github", "sarif", "cli", "console", "terraform", "ros"):
        _, output = cases.check(tmp_path / "case", files, "--format", name)
        said = " ".join(output.replace("\\", "").split())
        assert "Beware: this opens" in said, name
    _, details = cases.check(tmp_path / "case", files, "--details")
    assert "Beware: this opens" in details


def without_udp(*deny: str) -> dict[str, cases.Content]:
    """Return a cluster whose KDC has no rule for UDP, so that a rule or a setting repairs it."""
    files = cases.healthy(kerberos=True)
    files["case.toml"] = f"deny = {json.dumps(deny)}\n" + cases.case_toml(kerberos=True)
    export = json.loads(str(files["sg-emr.json"]))
    kept = [rule for rule in export["Permissions"]["Permission"] if rule["IpProtocol"] != "UDP"]
    return files | cases.group_of_nodes(kept)


def test_a_repair_that_opens_what_must_stay_denied_comes_after_one_that_does_not(tmp_path: Path) -> None:
    files = without_udp("udp://master-1-1:88 from 192.168.10.0/24")
    free = cases.report(tmp_path / "free", without_udp())
    report = cases.report(tmp_path / "denied", files)

    def order(found: Any) -> list[tuple[int, str, bool]]:
        (finding,) = [each for each in found["findings"] if each["code"] == "SG-KDC-UDP"]
        remedies = [each for each in finding["remedies"] if each["option"]]
        return [(each["option"], each["kind"], bool(each["opens"])) for each in remedies]

    assert order(free) == [(1, "rules", False), (2, "edit", False)]
    assert order(report) == [(1, "edit", False), (2, "rules", True)]
    assert [rule["option"] for rule in report["suggested_rules"]] == [2]
    _, page = cases.check(tmp_path / "denied", files, "--details")
    page = " ".join(page.split())
    assert page.index("udp_preference_limit") < page.index("Beware: this opens udp://master-1-1:88")
    _, commands = cases.check(tmp_path / "denied", files, "--format", "cli")
    assert "AuthorizeSecurityGroup" not in commands


def test_if_every_repair_opens_what_must_stay_denied_the_first_says_so(tmp_path: Path) -> None:
    """Given a drop that can be narrowed or removed, and both let in what must stay denied."""
    drop = cases.rule("TCP", 9083, Policy="Drop", SecurityGroupRuleId="sgr-drop")
    rules = [drop, *(cases.rule("TCP", port, Priority="2") for port in cases.PORTS)]
    files = cases.healthy() | cases.group_of_nodes(rules)
    files["case.toml"] = 'deny = ["tcp://master-1-1:9083 from 192.168.10.0/24"]\n' + cases.case_toml()

    report = cases.report(tmp_path, files)
    _, page = cases.check(tmp_path, files)

    options = [each for each in report["findings"][0]["remedies"] if each["option"]]
    assert len(options) > 1
    assert all(each["opens"] for each in options)
    assert "Beware: this opens tcp://master-1-1:9083" in " ".join(page.split())


def test_a_repair_that_opens_nothing_forbidden_says_nothing(tmp_path: Path) -> None:
    files = cases.healthy()
    files["case.toml"] = 'deny = ["tcp://master-1-1:9083 from 10.0.0.0/8"]\n' + cases.case_toml()
    ports = [port for port in cases.PORTS if port != 9083]
    files.update(cases.group_of_nodes([cases.rule("TCP", port) for port in ports]))

    report = cases.report(tmp_path, files)

    assert [remedy["opens"] for finding in report["findings"] for remedy in finding["remedies"]] == [[]]


def test_a_repair_of_what_is_open_already_opens_nothing_more(tmp_path: Path) -> None:
    report = judged(tmp_path, ["tcp://master-1-1:8020"])

    assert [
        remedy["opens"] for finding in report["findings"] for remedy in finding["remedies"] if remedy["opens"]
    ] == []


def test_the_pages_show_what_holds_only_with_details(tmp_path: Path) -> None:
    files = cases.healthy()
    files["case.toml"] = 'deny = ["tcp://master-1-1:22"]\n' + cases.case_toml()

    _, brief = cases.check(tmp_path, files)
    _, details = cases.check(tmp_path, files, "--details")

    assert "tcp://master-1-1:22" not in brief
    assert "What must stay denied" in details
    assert "\n  denied  tcp://master-1-1:22" in details


def test_without_the_network_area_it_is_not_judged_and_that_is_told(tmp_path: Path) -> None:
    files = cases.healthy()
    files["case.toml"] = 'deny = ["tcp://master-1-1:8020"]\n' + cases.case_toml()

    _, output = cases.check(tmp_path, files, "--skip", "network", "--format", "json")
    report = json.loads(output)

    assert report["expectations"] == []
    assert "network checks" in [skip["check"] for skip in report["skipped"]]


def test_a_case_with_expectations_alone_is_checked(tmp_path: Path) -> None:
    """Given no service of the cluster at all, then what must stay denied is still judged."""
    files: dict[str, cases.Content] = {
        "case.toml": 'deny = ["tcp://master-1-1:8020"]\n'
        '[[cluster.nodes]]\nname = "master-1-1"\naddress = "192.168.20.11"\nsecurity_groups = ["sg-emr"]\n',
        **cases.group_of_nodes([cases.rule("TCP", 8020)]),
    }

    code, output = cases.check(tmp_path, files)

    assert code == 1
    assert "OPEN TOO FAR: 1 of 1 that must stay denied get through. Exit code 1." in output
