"""What does `check` say of connections that only a running job makes?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import PORTS, case_toml, changed, check, group, healthy, report, rule

SPARK = (
    "spark.master yarn\nspark.submit.deployMode client\nspark.driver.port 40000\nspark.blockManager.port 41000\n"
    "spark.port.maxRetries 8\n"
)
EMR = "192.168.20.0/24"
DRIVER = [rule("TCP", "40000/40008", source=EMR), rule("TCP", "41000/41008", source=EMR)]
OUT = rule("ALL", "-1/-1", source="0.0.0.0/0", direction="egress")


def _group_of_nodes(*more: Any) -> str:
    return group("sg-emr", [*(rule("TCP", port) for port in PORTS), rule("UDP", 88), OUT, *more])


def _counts(nodes: int, resource_group: int) -> Any:
    """Return how many rules the groups have, so that an empty direction is known to be empty."""
    counts = {"sg-emr": nodes, "sg-rg": resource_group}
    listed = [{"SecurityGroupId": name, "SecurityGroupType": "normal", "RuleCount": n} for name, n in counts.items()]
    return {"SecurityGroups": {"SecurityGroup": listed}}


def _client(**files: Any) -> dict[str, Any]:
    change = {
        "spark-defaults.conf": SPARK,
        "sg-emr.json": _group_of_nodes(),
        "sg-rg.json": group("sg-rg", [OUT]),
        "groups.json": _counts(len(PORTS) + 2, 1),
    }
    return changed(healthy(), {**change, **{name.replace("_", "."): content for name, content in files.items()}})


def _codes(result: Any) -> list[str]:
    return [one["code"] for one in result["findings"]]


def _rules(result: Any) -> list[tuple[str, str, str, str]]:
    return [
        (one["security_group_id"], one["direction"], one["port_range"], one["source_cidr_ip"] or one["dest_cidr_ip"])
        for one in result["suggested_rules"]
    ]


def test_the_group_of_the_resource_group_has_to_let_the_cluster_in(tmp_path: Path) -> None:
    result = report(tmp_path, _client())

    assert _codes(result) == ["RUN-CALLBACK"]
    assert result["exit_code"] == 1
    assert _rules(result) == [
        ("sg-rg", "ingress", "40000/40008", EMR),
        ("sg-rg", "ingress", "41000/41008", EMR),
    ]
    assert {one["description"] for one in result["suggested_rules"]} == {
        "EMR cluster to Spark driver",
        "EMR cluster to Spark driver's block manager",
    }
    assert result["suggested_edits"] == []


def test_with_the_suggested_rules_every_connection_is_allowed(tmp_path: Path) -> None:
    files = changed(_client(), {"groups.json": None, "sg-rg.json": group("sg-rg", [*DRIVER, OUT])})

    result = report(tmp_path, files)

    assert _codes(result) == []
    assert result["exit_code"] == 0
    flows = {flow["id"]: flow for flow in result["flows"]}
    driver = flows["spark-driver/192.168.10.0/24:40000-40008"]
    assert (driver["verdict"], driver["sources"]) == ("allowed", ["192.168.20.21/32"])
    assert (driver["port"], driver["last_port"]) == (40000, 40008)


def test_a_drop_of_priority_1_is_narrowed_at_its_own_group(tmp_path: Path) -> None:
    drop = rule("TCP", "40000/40008", source=EMR, Policy="Drop", SecurityGroupRuleId="sgr-drop")
    files = changed(_client(), {"groups.json": None, "sg-rg.json": group("sg-rg", [*DRIVER, drop, OUT])})

    result = report(tmp_path, files)

    assert _codes(result) == ["RUN-CALLBACK"]
    assert "sgr-drop" in json.dumps(result["findings"][0])
    (best,) = [edit for edit in result["suggested_edits"] if edit["option"] == 1]
    assert (best["object"], best["id"], best["action"]) == ("security-group-rule", "sgr-drop", "remove")


def test_an_outbound_drop_of_the_cluster_stops_the_callback(tmp_path: Path) -> None:
    wide = {"source": "192.168.10.0/25", "direction": "egress", "SecurityGroupRuleId": "sgr-drop"}
    drop = rule("ALL", "-1/-1", Policy="Drop", Priority="5", **wide)
    own = group("sg-rg", [*DRIVER, OUT])
    files = changed(_client(), {"groups.json": None, "sg-rg.json": own, "sg-emr.json": _dropping(drop)})

    result = report(tmp_path, files)

    assert _codes(result) == ["RUN-CALLBACK"]
    assert result["findings"][0]["params"]["outbound"] == ["sg-emr"]
    assert ("sg-emr", "egress", "40000/40008", "192.168.10.0/24") in _rules(result)


def _dropping(drop: Any) -> str:
    accept = rule("ALL", "-1/-1", source="0.0.0.0/0", direction="egress", Priority="50")
    return group("sg-emr", [*(rule("TCP", port) for port in PORTS), rule("UDP", 88), accept, drop])


@pytest.mark.parametrize(
    ("acl", "direction", "code"),
    [
        ("acl-emr", "egress", "NACL-IN"),
        ("acl-rg", "ingress", "NACL-IN"),
        ("acl-rg", "egress", "NACL-RETURN"),
        ("acl-emr", "ingress", "NACL-RETURN"),
    ],
)
def test_a_network_acl_can_stop_each_way(tmp_path: Path, acl: str, direction: str, code: str) -> None:
    # Given one list that passes everything but what this way of the callback needs
    closed = (32768, 60999) if code == "NACL-RETURN" else (40000, 41008)
    files = changed(
        _client(),
        {
            "groups.json": None,
            "sg-rg.json": group("sg-rg", [*DRIVER, OUT]),
            "case.toml": _with_acls(),
            "acl-emr.json": _acl("acl-emr", closed if acl == "acl-emr" else None, direction),
            "acl-rg.json": _acl("acl-rg", closed if acl == "acl-rg" else None, direction),
        },
    )

    result = report(tmp_path, files)

    stopped = [one["code"] for one in result["findings"] if any("spark-driver" in flow for flow in one["flows"])]
    assert code in stopped
    assert any(edit["object"] == "network-acl" and edit["id"].startswith(acl) for edit in result["suggested_edits"])


def _with_acls() -> str:
    text = case_toml()
    for vswitch, acl in (("vsw-emr", "acl-emr"), ("vsw-rg", "acl-rg")):
        text = text.replace(f'id = "{vswitch}"\n', f'id = "{vswitch}"\nacl = "{acl}"\n')
    return text


def _acl(name: str, closed: tuple[int, int] | None, direction: str) -> Any:
    """Return an answer whose list in one direction passes all TCP ports but some."""
    low, high = closed or (0, 0)
    kinds = {"ingress": "Ingress", "egress": "Egress"}
    answer: dict[str, Any] = {"NetworkAclId": name, "VpcId": "vpc-a"}
    for way, kind in kinds.items():
        spans = [f"1/{low - 1}", f"{high + 1}/65535"] if closed and way == direction else ["1/65535"]
        peer = "SourceCidrIp" if way == "ingress" else "DestinationCidrIp"
        entries = [
            {
                "NetworkAclEntryId": f"nae-{name}-{way}-{number}",
                "Policy": "accept",
                "Protocol": "tcp",
                "Port": span,
                peer: "0.0.0.0/0",
                "EntryType": "custom",
            }
            for number, span in enumerate(spans)
        ]
        answer[f"{kind}AclEntries"] = {f"{kind}AclEntry": entries}
    return {"NetworkAclAttribute": answer}


def test_a_mode_that_no_file_says_yields_no_finding_and_no_rule(tmp_path: Path) -> None:
    files = changed(_client(), {"spark-defaults.conf": SPARK.replace("spark.submit.deployMode client\n", "")})

    code, output = check(tmp_path, files, "--details")

    assert code == 0
    text = " ".join(output.split())
    assert "also needed if Spark runs in client mode, which the files do not say: the nodes of the cluster" in text


@pytest.mark.parametrize(
    ("opened", "missing"),
    [
        ([], True),
        (["50100/50102"], False),
        (["50100/50100"], True),
        (["50100/50101", "50102/50102"], False),
        (["1/65535"], False),
    ],
)
def test_every_port_of_the_application_master_has_to_be_open(tmp_path: Path, opened: list[str], missing: bool) -> None:
    mapred = {"yarn.app.mapreduce.am.job.client.port-range": "50100-50102"}
    files = changed(healthy(), {"mapred-site.xml": mapred})
    more = [rule("TCP", span) for span in opened]
    own = {"sg-emr.json": _group_of_nodes(*more), "groups.json": None, "sg-rg.json": group("sg-rg", [OUT])}
    files = changed(files, own)

    result = report(tmp_path, files)

    assert _codes(result) == (["SG-SVC"] if missing else [])
    assert _rules(result) == ([("sg-emr", "ingress", "50100/50102", "192.168.10.0/24")] if missing else [])


def test_rules_that_are_not_known_count_only_while_no_other_end_denies(tmp_path: Path) -> None:
    # Given a rule for a list of addresses that nobody exported, at the group that the cluster calls
    unread = rule("TCP", "40000/41008", source="", SourcePrefixListId="pl-1")
    own = {"groups.json": None, "sg-rg.json": group("sg-rg", [unread, OUT])}
    drop = rule("ALL", "-1/-1", direction="egress", Policy="Drop", SecurityGroupRuleId="sgr-drop")

    open_end = report(tmp_path / "open", changed(_client(), own))
    closed_end = report(tmp_path / "closed", changed(_client(), {**own, "sg-emr.json": _dropping(drop)}))

    assert _codes(open_end) == ["SG-UNRESOLVED"]
    assert _codes(closed_end) == ["RUN-CALLBACK"]
