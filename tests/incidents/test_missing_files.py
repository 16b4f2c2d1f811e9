"""Is a file that clients read, and that the case lacks, a gap that is named, and never a guess?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from tests.support.incident_cases import (
    MASTER,
    PORTS,
    Content,
    Settings,
    changed,
    gaps,
    group,
    group_of_nodes,
    healthy,
    report,
    rule,
    site,
    with_instances,
)


def closed(port: int, **options: bool) -> dict[str, Content]:
    """Return the healthy cluster without the rule of one port."""
    rules = [rule("TCP", other) for other in PORTS if other != port] + [rule("UDP", 88)]
    return changed(healthy(**options), {"sg-emr.json": group("sg-emr", rules), "groups.json": None})


@pytest.mark.parametrize("ha", [False, True])
@pytest.mark.parametrize(
    ("file", "service", "port"),
    [
        ("yarn-site.xml", "ResourceManager", 8032),
        ("hive-site.xml", "Hive metastore", 9083),
        ("hive-site.xml", "HiveServer2", 10000),
        ("core-site.xml", "NameNode RPC", 9000),
    ],
)
def test_a_missing_file_is_a_gap_and_no_rule_is_suggested(
    tmp_path: Path, file: str, service: str, port: int, ha: bool
) -> None:
    for number, files in enumerate((healthy(ha=ha), closed(port, ha=ha))):
        result = report(tmp_path / str(number), changed(files, {file: None}))

        gap = next(skip for skip in result["skipped"] if skip["check"] == service)
        assert gap["cause"].startswith(f"{file} is not in the case")
        assert file in gap["needs"]
        assert result["exit_code"] == 3
        assert result["suggested_rules"] == []
        assert not [f for f in result["findings"] if f["confidence"] != "inferred"]


@pytest.mark.parametrize("content", [None, "<configuration>"])
@pytest.mark.parametrize("ha", [False, True])
def test_without_core_site_the_default_file_system_is_not_known_whatever_the_instances_say(
    tmp_path: Path, ha: bool, content: str | None
) -> None:
    whole = report(tmp_path / "whole", with_instances(healthy(ha=ha)))
    result = report(tmp_path / "part", changed(with_instances(healthy(ha=ha)), {"core-site.xml": content}))

    assert whole["exit_code"] == 0
    assert result["exit_code"] == (3 if content is None else 1)
    gap = next(skip for skip in result["skipped"] if skip["check"] == "settings of core-site.xml")
    assert "fs.defaultFS, the login and the proxy users" in gap["cause"]
    assert gap["needs"] == "core-site.xml of a node"
    assert "settings of core-site.xml" not in [skip["check"] for skip in whole["skipped"]]


def test_a_case_of_krb5_conf_alone_asks_for_no_core_site(tmp_path: Path) -> None:
    files = healthy(kerberos=True)
    result = report(tmp_path, {name: files[name] for name in files if not name.endswith("-site.xml")})

    assert "settings of core-site.xml" not in [skip["check"] for skip in result["skipped"]]


def test_a_nameservice_without_its_file_is_a_gap_and_a_candidate(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {"hdfs-site.xml": None}))

    assert result["exit_code"] == 3
    assert [(f["code"], f["confidence"]) for f in result["findings"]] == [("HA-NAMESERVICE", "inferred")]
    assert any("hdfs-site.xml" in skip["needs"] for skip in result["skipped"])


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("hdfs-site.xml", "dfs.namenode.kerberos.principal"),
        ("yarn-site.xml", "yarn.resourcemanager.principal"),
    ],
)
def test_without_the_file_the_principal_of_a_service_is_not_known(tmp_path: Path, file: str, key: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {file: None}))

    assert result["exit_code"] == 3
    assert result["findings"] == []
    assert f"{key} in {file}" in [skip["needs"] for skip in result["skipped"]]


def of_unknown_release(files: Mapping[str, Content]) -> dict[str, Content]:
    return changed(files, {"case.toml": str(files["case.toml"]).replace('release = "EMR-5.18.1"\n', "")})


def test_without_hdfs_site_and_release_the_port_of_datanodes_is_assumed(tmp_path: Path) -> None:
    files = of_unknown_release(healthy())
    whole = report(tmp_path / "whole", files)
    result = report(tmp_path / "part", changed(files, {"hdfs-site.xml": None}))

    assert (whole["exit_code"], gaps(whole)) == (0, [])
    assert (result["exit_code"], result["findings"]) == (3, [])
    ((check, cause, needs),) = [(skip["check"], skip["cause"], skip["needs"]) for skip in gaps(result)]
    assert (check, needs.partition(",")[0]) == ("DataNode transfer", "hdfs-site.xml of a node")
    assert cause.startswith("hdfs-site.xml is not in the case and no file tells which Hadoop this is")
    assert "so its port is assumed: 9866" in cause
    transfers = [flow for flow in result["flows"] if flow["service"] == "DataNode transfer"]
    assert [(flow["port"], flow["verdict"]) for flow in transfers] == [(9866, "allowed")]


def test_what_stops_the_assumed_port_of_datanodes_is_no_sure_cause(tmp_path: Path) -> None:
    # Given an answer that counts the rules of the nodes' group, so that the missing rule is sure
    rules = [rule("TCP", port) for port in PORTS if port != 9866] + [rule("UDP", 88)]
    files = of_unknown_release(changed(healthy(), group_of_nodes(rules)))
    whole = report(tmp_path / "whole", files)
    result = report(tmp_path / "part", changed(files, {"hdfs-site.xml": None}))

    assert [(f["code"], f["confidence"]) for f in whole["findings"]] == [("SG-DATANODE", "strong")]
    assert [(f["code"], f["confidence"]) for f in result["findings"]] == [("SG-DATANODE", "inferred")]
    assert result["findings"][0]["settle_by"].startswith("hdfs-site.xml of a node")


@pytest.mark.parametrize("file", ["core-site.xml", "hdfs-site.xml"])
def test_a_port_of_datanodes_that_some_file_states_is_not_assumed(tmp_path: Path, file: str) -> None:
    change = {"hdfs-site.xml": None, file: {"dfs.datanode.address": "0.0.0.0:9866"}}
    result = report(tmp_path, changed(of_unknown_release(healthy()), change))

    assert (result["exit_code"], gaps(result)) == (0, [])


def test_the_release_of_a_cluster_tells_the_port_of_its_datanodes(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {"hdfs-site.xml": None}))

    assert (result["exit_code"], gaps(result)) == (0, [])


def test_without_hbase_site_the_address_of_a_registered_hbase_is_assumed(tmp_path: Path) -> None:
    files = healthy()
    toml = str(files["case.toml"]).replace('group = "CORE"', 'group = "CORE"\ncomponents = ["HRegionServer"]')
    files["case.toml"] = f'{toml}[registration]\nengines = ["hbase"]\n'
    without = report(tmp_path / "without", files)
    beside = report(tmp_path / "with", changed(files, {"hbase-site.xml": {"hbase.zookeeper.quorum": MASTER}}))

    gap = next(skip for skip in gaps(without) if skip["check"] == "HBase RegionServer")
    assert "port 16020 " in gap["cause"]
    assert "HBase RegionServer" not in [skip["check"] for skip in gaps(beside)]


@pytest.mark.parametrize("ha", [False, True])
def test_without_mapred_site_a_client_runs_its_jobs_itself(tmp_path: Path, ha: bool) -> None:
    result = report(tmp_path, changed(closed(10020, ha=ha), {"mapred-site.xml": None}))

    assert result["suggested_rules"] == []
    assert [(s["check"], s["needs"]) for s in result["skipped"]] == [("JobHistory RPC", "")]


def test_a_registered_engine_makes_a_gap_of_mapred_site(tmp_path: Path) -> None:
    files = healthy()
    toml = f'{files["case.toml"]!s}[registration]\nengines = ["mapreduce"]\n'
    result = report(tmp_path, changed(files, {"case.toml": toml, "mapred-site.xml": None}))

    assert result["exit_code"] == 3
    assert "mapred-site.xml" in next(s["needs"] for s in result["skipped"] if s["check"] == "JobHistory RPC")


def test_the_instances_of_the_cluster_say_where_a_service_is(tmp_path: Path) -> None:
    files = healthy()
    toml = str(files["case.toml"]).replace('group = "MASTER"', 'group = "MASTER"\ncomponents = ["ResourceManager"]')
    result = report(tmp_path, changed(files, {"case.toml": toml, "yarn-site.xml": None}))

    managers = [flow for flow in result["flows"] if flow["service"] == "ResourceManager"]
    assert [(flow["port"], flow["verdict"]) for flow in managers] == [(8032, "allowed")]


@pytest.mark.parametrize("ha", [False, True])
@pytest.mark.parametrize(
    ("file", "assumed"),
    [
        ("yarn-site.xml", {"ResourceManager": 8032}),
        ("mapred-site.xml", {"JobHistory RPC": 10020}),
        ("hive-site.xml", {"Hive metastore": 9083, "HiveServer2": 10000}),
    ],
)
def test_without_its_file_the_address_of_a_service_is_assumed_whatever_the_instances_say(
    tmp_path: Path, file: str, assumed: dict[str, int], ha: bool
) -> None:
    whole = report(tmp_path / "whole", with_instances(healthy(ha=ha)))
    result = report(tmp_path / "part", changed(with_instances(healthy(ha=ha)), {file: None}))

    assert (whole["exit_code"], gaps(whole)) == (0, [])
    assert (result["exit_code"], result["findings"]) == (3, [])
    assert [(skip["check"], skip["needs"]) for skip in gaps(result)] == [
        (name, f"{file} of a node") for name in assumed
    ]
    for skip in gaps(result):
        assert skip["cause"].startswith(f"{file} is not in the case, so its address is assumed")
        assert f"port {assumed[skip['check']]} " in skip["cause"]
    assert {flow["verdict"] for flow in result["flows"] if flow["service"] in assumed} == {"allowed"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (None, "SG-SVC"),
        ({"direction": "egress"}, "SG-DIRECTION"),
        ({"source": "", "SourceGroupId": "sg-app"}, "SG-GROUPREF"),
        ({"source": "192.168.1.0/24"}, "SG-SOURCE"),
    ],
)
def test_one_fault_at_known_and_assumed_ports_is_one_finding_with_a_rule_for_the_known_ones(
    tmp_path: Path, fields: dict[str, str] | None, code: str
) -> None:
    # Given a cluster whose rules open neither the metastore's usual port nor the NameNode's
    rules = [rule("TCP", other) for other in PORTS if other not in (9083, 9000)] + [rule("UDP", 88)]
    slips = [] if fields is None else [rule("TCP", port, **fields) for port in (9083, 9000)]
    files = changed(with_instances(healthy()), group_of_nodes([*rules, *slips]))

    whole = report(tmp_path / "whole", files)
    result = report(tmp_path / "part", changed(files, {"hive-site.xml": None}))

    (before,), (after,) = whole["findings"], result["findings"]
    for each in (before, after):
        assert (each["code"], each["confidence"], len(each["flows"])) == (code, "strong", 2)
    assert len(before["undone"]["repairs"]) == 2
    assert [flow.partition("/")[0] for flow in after["undone"]["repairs"]] == ["namenode-rpc"]
    assert "The port of Hive metastore is only assumed." in after["cause"]
    assert "only assumed" not in before["cause"]
    assert "hive-site.xml of a node" in after["settle_by"]
    assert [each["port_range"] for each in result["suggested_rules"]] == ["9000/9000"]


def test_a_fault_at_assumed_ports_alone_is_no_sure_cause_and_has_no_rule(tmp_path: Path) -> None:
    files = changed(with_instances(healthy()), group_of_nodes([rule("TCP", port) for port in PORTS if port != 9083]))
    result = report(tmp_path, changed(files, {"hive-site.xml": None}))

    (finding,) = result["findings"]
    assert (finding["code"], finding["confidence"], result["suggested_rules"]) == ("SG-SVC", "inferred", [])
    assert "only assumed" not in finding["cause"]


def test_one_drop_before_a_known_and_an_assumed_port_is_one_fault_with_its_repair(tmp_path: Path) -> None:
    # Given a drop that wins over the accepts of the NameNode's port and of the metastore's
    ports = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
    drop = rule("TCP", "9000/9099", source="192.168.0.0/16", Policy="Drop", SecurityGroupRuleId="sgr-drop")
    files = changed(with_instances(healthy()), group_of_nodes([*ports, drop]))

    whole = report(tmp_path / "whole", files)
    result = report(tmp_path / "part", changed(files, {"hive-site.xml": None}))

    for each in (whole, result):
        (finding,) = each["findings"]
        assert (finding["code"], finding["confidence"], len(finding["flows"])) == ("SG-SHADOWED", "strong", 2)
    assert result["suggested_edits"] == whole["suggested_edits"] != []


def test_an_answer_with_the_settings_of_a_file_stands_for_it(tmp_path: Path) -> None:
    settings = {"hive.metastore.uris": f"thrift://{MASTER}:9083"}
    items = [
        {"ApplicationName": "HIVE", "ConfigFileName": "hive-site.xml", "ConfigItemKey": key, "ConfigItemValue": value}
        for key, value in settings.items()
    ]
    answer = json.dumps({"RequestId": "1", "TotalCount": len(items), "ApplicationConfigs": items})
    result = report(
        tmp_path, changed(with_instances(healthy()), {"hive-site.xml": None, "ListApplicationConfigs.json": answer})
    )

    assert (result["exit_code"], gaps(result)) == (0, [])


def test_the_answers_of_the_cloud_alone_leave_every_address_assumed(tmp_path: Path) -> None:
    files = {name: text for name, text in with_instances(healthy()).items() if not name.endswith("-site.xml")}
    result = report(tmp_path, files)

    assert (result["exit_code"], result["findings"]) == (3, [])
    assert {skip["needs"] for skip in gaps(result)} == {
        f"{name}-site.xml of a node" for name in ("core", "yarn", "mapred", "hive")
    }


@pytest.mark.parametrize(
    ("file", "hidden"),
    [
        ("hive-site.xml", ["Hive metastore", "HiveServer2", "service discovery of HiveServer2"]),
        ("hdfs-site.xml", ["NameNode RPC", "DataNode transfer"]),
        ("yarn-site.xml", ["ResourceManager"]),
        ("mapred-site.xml", ["JobHistory RPC"]),
    ],
)
def test_what_an_unreadable_file_decides_is_not_checked_and_never_taken_from_the_instances(
    tmp_path: Path, file: str, hidden: list[str]
) -> None:
    discovery = {"hive.server2.support.dynamic.service.discovery": "true", "hive.zookeeper.quorum": MASTER}
    whole = changed(with_instances(healthy(ha=True)), {"hive-site.xml": discovery})
    cut = changed(whole, {file: site(cast(Settings, whole[file])).replace("</configuration>", "")})
    before, after = report(tmp_path / "whole", whole), report(tmp_path / "cut", cut)

    assert (before["exit_code"], gaps(before)) == (0, [])
    assert [skip["check"] for skip in gaps(after)] == hidden
    assert all(file in skip["needs"] for skip in gaps(after))
    assert not set(hidden) & {flow["service"] for flow in after["flows"]}
    assert [finding["code"] for finding in after["findings"]] == ["HADOOP-CONF-SYNTAX"]
    assert after["exit_code"] == 1


def test_a_file_of_hiveserver2_that_cannot_be_read_hides_its_port_whatever_hive_site_says(tmp_path: Path) -> None:
    cut = changed(with_instances(healthy()), {"hiveserver2-site.xml": "<configuration>"})
    result = report(tmp_path, cut)

    assert [skip["check"] for skip in gaps(result)] == ["HiveServer2", "service discovery of HiveServer2"]
    assert "Hive metastore" in {flow["service"] for flow in result["flows"]}
