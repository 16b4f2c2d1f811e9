"""Are both causes named if a file names an unusual port and the rules open the usual one?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from diagnose.case.directory import of_tree
from diagnose.case.tree import Tree
from diagnose.findings import conclude
from diagnose.findings.network.unusual_port import at_usual_port
from diagnose.flows.plan import flows
from diagnose.scene.observed import CaseObservations, scene_of
from probes.observation import Observation
from tests.support.incident_cases import (
    BLOCK,
    DOMAIN,
    MASTER,
    PORTS,
    REALM,
    Change,
    case_toml,
    changed,
    check,
    contents,
    group_of_nodes,
    healthy,
    report,
    rule,
)
from tests.support.scenes import silence

METASTORE: Change = {"hive-site.xml": {"hive.metastore.uris": f"thrift://{MASTER}:9084"}}
MOVED_DATANODES: Change = {"hdfs-site.xml": {"dfs.datanode.address": "0.0.0.0:50010"}}


def rules(*, without: Sequence[int] = (), more: Sequence[Any] = ()) -> dict[str, Any]:
    """Return the group of the nodes without some of its TCP ports, and with more rules."""
    opened = [rule("TCP", port) for port in PORTS if port not in without]
    return group_of_nodes([*opened, rule("UDP", 88), *more])


def the_finding(found: Any, code: str) -> Any:
    (finding,) = (finding for finding in found["findings"] if finding["code"] == code)
    return finding


@pytest.mark.parametrize(
    ("change", "code", "places", "named", "usual"),
    [
        (METASTORE, "SG-SVC", "hive-site.xml:5", "9084", "9083"),
        (
            {"yarn-site.xml": {"yarn.resourcemanager.address": f"{MASTER}:8132"}},
            "SG-SVC",
            "yarn-site.xml:9",
            "8132",
            "8032",
        ),
        (MOVED_DATANODES, "SG-DATANODE", "hdfs-site.xml:5", "50010", "9866"),
        ({"hive-site.xml": {"hive.server2.thrift.port": "10090"}}, "SG-SVC", "hive-site.xml:9", "10090", "10000"),
    ],
)
def test_the_file_or_the_rule_may_be_wrong_if_the_usual_port_is_open(
    tmp_path: Path, change: Change, code: str, places: str, named: str, usual: str
) -> None:
    found = report(tmp_path, changed(healthy(), change))
    finding = the_finding(found, code)

    assert (found["exit_code"], finding["params"]["cause"]) == (1, "unusual-port")
    assert (finding["confidence"], finding["params"]["places"]) == ("strong", [places])
    said = finding["cause"]
    assert f"names port {named}" in said
    assert f"let in the usual port {usual}: the file may have a typing mistake, or the rule for {named} is miss" in said
    assert "output of ss -lnt on " in finding["settle_by"]
    # Then neither repair is known to make the connections work
    assert finding["undone"]["repairs"] == []
    assert set(finding["undone"]["unclear"]) == set(finding["flows"])


def test_the_rule_comes_first_and_the_edit_of_the_file_beside_it_lets_everything_through(tmp_path: Path) -> None:
    files = changed(healthy(), METASTORE)
    found = report(tmp_path / "before", files)

    assert [(each["option"], each["port_range"]) for each in found["suggested_rules"]] == [(1, "9084/9084")]
    (edit,) = found["suggested_edits"]
    assert (edit["option"], edit["from"], edit["to"]) == (
        2,
        f"thrift://{MASTER}:9084",
        f"thrift://{MASTER}:9083",
    )
    # When the file is edited so
    edited = changed(files, {"hive-site.xml": {"hive.metastore.uris": edit["to"]}})
    assert report(tmp_path / "after", edited)["exit_code"] == 0


def test_of_several_addresses_on_one_line_the_edit_names_the_ports_alone(tmp_path: Path) -> None:
    uris = f"thrift://{MASTER}:9084,thrift://core-1-1.{DOMAIN}:9084"
    found = report(tmp_path, changed(healthy(), {"hive-site.xml": {"hive.metastore.uris": uris}}))

    (edit,) = found["suggested_edits"]
    assert (edit["from"], edit["to"]) == (":9084", ":9083")


def test_a_line_with_a_password_is_not_quoted_as_an_edit(tmp_path: Path) -> None:
    uri = f"thrift://hive:geheim@{MASTER}:9084"
    _, said = check(tmp_path, changed(healthy(), {"hive-site.xml": {"hive.metastore.uris": uri}}), "--details")

    assert "geheim" not in said
    assert "usual port 9083" in said


@pytest.mark.parametrize(
    "change",
    [
        rules(without=[9083]),
        rules(without=[9083], more=[rule("TCP", 9083, source="192.168.10.0/25")]),
        rules(without=[9083], more=[rule("UDP", 9083)]),
    ],
)
def test_the_file_is_not_doubted_if_the_usual_port_is_not_open_to_all_sources(tmp_path: Path, change: Change) -> None:
    finding = the_finding(report(tmp_path, changed(changed(healthy(), METASTORE), change)), "SG-SVC")

    assert finding["params"]["cause"] is None
    assert len(finding["undone"]["repairs"]) == len(finding["flows"])


def test_a_usual_port_that_another_service_has_says_nothing_about_the_file(tmp_path: Path) -> None:
    # Given a JobHistory server on the usual port of the metastore
    history: Change = {"mapred-site.xml": {"mapreduce.jobhistory.address": f"{MASTER}:9083"}}
    files = changed(changed(healthy(), METASTORE), history)
    found = report(tmp_path, files)

    assert not [each for each in found["findings"] if each["params"].get("cause") == "unusual-port"]


def test_50010_is_the_usual_port_of_a_release_with_hadoop_2(tmp_path: Path) -> None:
    earlier = case_toml().replace("EMR-5.18.1", "EMR-3.40.0")
    files = changed(changed(healthy(), MOVED_DATANODES), {"case.toml": earlier})

    assert the_finding(report(tmp_path, files), "SG-DATANODE")["params"]["cause"] is None


def test_50010_may_be_right_if_no_file_tells_the_release(tmp_path: Path) -> None:
    unknown = case_toml().replace('release = "EMR-5.18.1"\n', "")
    files = changed(changed(healthy(), MOVED_DATANODES), {"case.toml": unknown})

    assert the_finding(report(tmp_path, files), "SG-DATANODE")["params"]["cause"] is None


def test_a_privileged_port_of_a_secure_datanode_was_chosen(tmp_path: Path) -> None:
    files = changed(healthy(kerberos=True), {"hdfs-site.xml": {"dfs.datanode.address": "0.0.0.0:1004"}})

    assert the_finding(report(tmp_path, files), "SG-DATANODE")["params"]["cause"] is None


def test_a_port_that_no_line_names_is_no_typing_mistake(tmp_path: Path) -> None:
    # Given an address without a port, which clients dial on 8020, and rules for 9000 alone
    files = changed(changed(healthy(), {"core-site.xml": {"fs.defaultFS": f"hdfs://{MASTER}"}}), rules(without=[8020]))

    assert the_finding(report(tmp_path, files), "SG-SVC")["params"]["cause"] is None


def test_packets_decide_otherwise_as_without_a_usual_port(tmp_path: Path) -> None:
    case = of_tree(Tree("case", contents(changed(healthy(), MOVED_DATANODES))))

    def causes(*seen: Observation) -> set[str | None]:
        by_flow = {flow.id: seen for flow in flows(case).flows if seen and flow.component == "datanode-transfer"}
        findings = conclude(scene_of(case, flows(case), CaseObservations(by_flow=by_flow))).findings
        return {finding.cause for finding in findings if finding.code == "SG-DATANODE"}

    assert causes() == {"unusual-port"}
    assert causes(silence(address="192.168.20.21")) == {None}


def krb5_conf(*kdcs: str) -> Change:
    lines = "".join(f"    kdc = {kdc}\n" for kdc in kdcs)
    return {
        "krb5.conf": f"[libdefaults]\n  default_realm = {REALM}\n  dns_lookup_realm = false\n"
        f"  dns_lookup_kdc = false\n[realms]\n  {REALM} = {{\n{lines}  }}\n[domain_realm]\n  .{DOMAIN} = {REALM}\n"
    }


def test_a_kdc_of_the_realm_at_the_usual_port_puts_the_line_before_the_rule(tmp_path: Path) -> None:
    files = changed(healthy(kerberos=True), krb5_conf(f"{MASTER}:88", f"core-1-1.{DOMAIN}:8888"))
    found = report(tmp_path / "before", files)
    finding = the_finding(found, "SG-KDC-PORT")

    assert "krb5.conf:7 names 88, the usual port, for the same realm" in finding["cause"]
    assert "probably a typing mistake" in finding["cause"]
    # And no login needs it while the first KDC works
    assert (finding["severity"], found["exit_code"], found["suggested_rules"]) == ("warning", 0, [])
    # When the line is edited so
    edited = changed(files, krb5_conf(f"{MASTER}:88", f"core-1-1.{DOMAIN}:88"))
    assert report(tmp_path / "after", edited)["exit_code"] == 0


def test_two_kdcs_at_the_same_unusual_port_are_named_both_and_the_rule_comes_first(tmp_path: Path) -> None:
    files = changed(healthy(kerberos=True), krb5_conf(f"{MASTER}:8888", f"core-1-1.{DOMAIN}:8888"))
    found = report(tmp_path, files)

    assert "krb5.conf:7 and krb5.conf:8 name port 8888" in the_finding(found, "SG-KDC-PORT")["cause"]
    assert {each["option"] for each in found["suggested_rules"]} == {1}
    assert [(each["option"], each["id"].partition(" ")[0]) for each in found["suggested_edits"]] == [
        (2, "krb5.conf:7"),
        (2, "krb5.conf:8"),
    ]


def test_no_connection_is_looked_at_for_a_fault_without_a_usual_port() -> None:
    """4,000 KDC lines may each have a fault of their own, and each look costs 4,000 connections."""

    class Unseen:
        @property
        def outcomes(self) -> Any:
            raise AssertionError("looked at")

    scene: Any = Unseen()
    assert at_usual_port(scene, []) == []


def test_both_languages_say_both_causes(tmp_path: Path) -> None:
    _, english = check(tmp_path, changed(healthy(), METASTORE))
    _, chinese = check(tmp_path, changed(healthy(), METASTORE), "--lang", "zh")

    assert BLOCK in english
    assert "Or" in english.split()
    assert "规则放行的是常用端口9083：可能是文件写错了，也可能缺少9084的规则。" in "".join(chinese.split())
