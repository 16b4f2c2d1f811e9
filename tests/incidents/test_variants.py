"""Does a close variant of an incident end in its own code, with the exact line to write?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.incident_cases import (
    CORE,
    MASTER,
    REALM,
    SERVICE,
    Change,
    Content,
    case_toml,
    changed,
    check,
    healthy,
    report,
    site,
)

YARN, MAPRED, HIVE, HDFS, CORE_SITE = (f"{name}-site.xml" for name in ("yarn", "mapred", "hive", "hdfs", "core"))
RM_HOST = "yarn.resourcemanager.hostname"
HISTORY = "mapreduce.jobhistory.address"
LINK = "fs.viewfs.mounttable.c.link"
NAMENODE = "dfs.namenode.kerberos.principal"
QUORUM = "hive.zookeeper.quorum"


@pytest.mark.parametrize("kerberos", [False, True])
@pytest.mark.parametrize("ha", [False, True])
def test_a_healthy_cluster_has_no_finding_and_no_repair(tmp_path: Path, kerberos: bool, ha: bool) -> None:
    result = report(tmp_path, healthy(kerberos=kerberos, ha=ha))

    assert (result["exit_code"], result["findings"], result["suggested_rules"], result["suggested_edits"]) == (
        0,
        [],
        [],
        [],
    )


@pytest.mark.parametrize("has_nodes", [True, False])
@pytest.mark.parametrize(
    ("change", "file"),
    [
        ({HIVE: {"hive.metastore.uris": "thrift://old-master:9083"}}, HIVE),
        ({CORE_SITE: {"fs.defaultFS": "hdfs://old-master:9000"}}, CORE_SITE),
    ],
)
def test_a_host_that_no_file_knows_is_a_candidate(tmp_path: Path, change: Change, file: str, has_nodes: bool) -> None:
    case = healthy()
    toml = str(case["case.toml"])
    nodes = toml[toml.index("[[cluster.nodes]]") : toml.index("[resource_group]")]
    files = case if has_nodes else {**case, "case.toml": toml.replace(nodes, "")}
    result = report(tmp_path, changed(files, change))

    first = result["findings"][0]
    assert result["exit_code"] == 3
    assert first["confidence"] == "inferred"
    assert first["code"] == ("DW-FILES-STALE" if has_nodes and file == CORE_SITE else "DNS-CLUSTER-NAME")
    assert first["evidence"][0]["origin"]["file"] == file


@pytest.mark.parametrize(
    ("file", "key", "value", "code", "before", "after"),
    [
        (MAPRED, HISTORY, "0.0.0.0:10020", "SVC-UNSET", "0.0.0.0:10020", f"{MASTER}:10020"),
        (MAPRED, HISTORY, "[::]:10020", "SVC-UNSET", "[::]:10020", f"{MASTER}:10020"),
        (MAPRED, HISTORY, MASTER, "SVC-PORT", MASTER, f"{MASTER}:10020"),
        (YARN, RM_HOST, "0.0.0.0", "SVC-UNSET", "0.0.0.0", MASTER),
        (YARN, RM_HOST, "::", "SVC-UNSET", "[::]", MASTER),
        (YARN, RM_HOST, "localhost.localdomain", "DNS-LOOPBACK", "localhost.localdomain", MASTER),
        (YARN, RM_HOST, "${env.RM}", "SVC-UNSET", "${env.RM}", MASTER),
        (YARN, "yarn.resourcemanager.address", "127.0.1.1:8032", "DNS-LOOPBACK", "127.0.1.1:8032", f"{MASTER}:8032"),
        (YARN, "yarn.resourcemanager.address", f"{MASTER}:0", "SVC-PORT", f"{MASTER}:0", f"{MASTER}:8032"),
        (YARN, "yarn.resourcemanager.address", f"//{MASTER}:8032", "SVC-UNSET", None, f"{MASTER}:8032"),
        (CORE_SITE, "fs.defaultFS", "hdfs://127.0.0.1:9000", "DNS-LOOPBACK", None, f"hdfs://{MASTER}:9000"),
        (CORE_SITE, "fs.defaultFS", "hdfs://0.0.0.0:8020", "SVC-UNSET", None, f"hdfs://{MASTER}:8020"),
        (CORE_SITE, "fs.defaultFS", "hdfs://emr_master:9000", "SVC-UNSET", None, f"hdfs://{MASTER}:9000"),
        (CORE_SITE, "fs.defaultFS", "hdfs://${NAMENODE}:9000", "SVC-UNSET", None, f"hdfs://{MASTER}:9000"),
        (HIVE, "hive.metastore.uris", "thrift://localhost:9083", "DNS-LOOPBACK", None, f"thrift://{MASTER}:9083"),
        (HIVE, "hive.metastore.uris", "thrift://0.0.0.0:9083", "SVC-UNSET", None, f"thrift://{MASTER}:9083"),
        (HIVE, "hive.metastore.uris", f"thrift://{MASTER}", "SVC-PORT", None, f"thrift://{MASTER}:9083"),
        (HIVE, "hive.metastore.uris", f"{MASTER}:9083", "SVC-UNSET", None, f"thrift://{MASTER}:9083"),
        (HIVE, "hive.server2.thrift.bind.host", "localhost", "SVC-BIND", None, "0.0.0.0"),
        (HIVE, "hive.metastore.thrift.bind.host", "127.0.0.1", "SVC-BIND", None, "0.0.0.0"),
        (YARN, "yarn.resourcemanager.bind-host", "127.0.0.1", "SVC-BIND", None, "0.0.0.0"),
        (MAPRED, "mapreduce.jobhistory.bind-host", "127.0.0.1", "SVC-BIND", None, "0.0.0.0"),
        (HDFS, "dfs.namenode.rpc-bind-host", "localhost", "SVC-BIND", None, "0.0.0.0"),
        (HDFS, "dfs.datanode.address", "127.0.0.1:9866", "SVC-BIND", None, "0.0.0.0:9866"),
        (CORE_SITE, "fs.defaultFS", f"hdfs://{MASTER}:9870", "SVC-PORT", None, f"hdfs://{MASTER}:9000"),
        (CORE_SITE, "fs.defaultFS", f"hdfs://{MASTER}:port", "SVC-PORT", None, f"hdfs://{MASTER}:9000"),
        (CORE_SITE, "fs.defaultFS", "file:///", "SVC-UNSET", None, f"hdfs://{MASTER}:9000"),
        (YARN, "yarn.resourcemanager.address", f"{MASTER}:8088", "SVC-PORT", None, f"{MASTER}:8032"),
        (YARN, "yarn.resourcemanager.address", f"{MASTER}:8030", "SVC-PORT", None, f"{MASTER}:8032"),
        (MAPRED, HISTORY, f"{MASTER}:19888", "SVC-PORT", None, f"{MASTER}:10020"),
        (HIVE, "hive.metastore.uris", f"thrift://{MASTER}:10000", "SVC-PORT", None, f"thrift://{MASTER}:9083"),
    ],
)
def test_a_setting_that_leads_nowhere_is_the_only_finding(
    tmp_path: Path, file: str, key: str, value: str, code: str, before: str | None, after: str
) -> None:
    result = report(tmp_path, changed(healthy(), {file: {key: value}}))

    assert [one["code"] for one in result["findings"]] == [code]
    assert (result["exit_code"], result["suggested_rules"]) == (1, [])
    (edit,) = result["suggested_edits"]
    assert (edit["from"], edit["to"]) == (before or value, after)
    assert key in edit["id"]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({HIVE: {"hive.exec.scratchdir": f"hdfs://{MASTER}:8020/tmp"}}, ["SVC-PORT"]),
        ({HIVE: {"hive.exec.scratchdir": "hdfs://emr-header-1.cluster-9:9000/tmp"}}, ["DW-FILES-STALE"]),
        (
            {
                "spark-defaults.conf": "spark.submit.deployMode cluster\nspark.eventLog.dir hdfs://emr-header-1.cluster-9/l\n"
            },
            ["DW-FILES-STALE"],
        ),
        ({HIVE: {"hive.metastore.warehouse.dir": "/user/hive/warehouse"}}, []),
        ({HIVE: {"hive.metastore.warehouse.dir": "oss://bucket/warehouse"}}, []),
        ({HDFS: {"dfs.namenode.rpc-bind-host": "0.0.0.0"}}, []),
        ({CORE_SITE: {"fs.defaultFS": f"hdfs://{MASTER}.:9000"}}, []),
        ({CORE_SITE: {"fs.defaultFS": f"\n  hdfs://{MASTER}:9000\n"}}, []),
        ({CORE_SITE: {"fs.defaultFS": "oss://bucket/path"}}, []),
        ({"tez-site.xml": {"tez.lib.uris": "hdfs://emr-header-1.cluster-9:9000/apps/tez.tgz"}}, ["DW-FILES-STALE"]),
        ({CORE_SITE: {"fs.defaultFS": "viewfs://c/", f"{LINK}./user": f"hdfs://{MASTER}:9000/user"}}, []),
        ({CORE_SITE: {"fs.defaultFS": "viewfs://c/", f"{LINK}./user": "oss://bucket/user"}}, []),
        (
            {CORE_SITE: {"fs.defaultFS": "viewfs://c/", f"{LINK}./user": "hdfs://emr-header-1.cluster-9:9000/u"}},
            ["DW-FILES-STALE"],
        ),
        ({HIVE: {"hive.server2.support.dynamic.service.discovery": "true", QUORUM: f"{MASTER}, {CORE}:2181"}}, []),
        ({CORE_SITE: f'<!DOCTYPE c [<!ENTITY m "{MASTER}">]>' + site({"fs.defaultFS": "hdfs://&m;:9000"})[22:]}, []),
        ({CORE_SITE: b"\xef\xbb\xbf" + site({"fs.defaultFS": f"hdfs://{MASTER}:9000"}).encode()}, []),
        ({CORE_SITE: site({"fs.defaultFS": f"hdfs://{MASTER}:9000"}) + "<configuration/>"}, ["HADOOP-CONF-SYNTAX"]),
        ({YARN: f"<configuration>\n<<<<<<< HEAD\n{CORE}\n"}, ["HADOOP-CONF-SYNTAX"]),
        ({MAPRED: ""}, ["HADOOP-CONF-SYNTAX"]),
    ],
)
def test_a_variant_has_its_own_codes_and_no_rule(tmp_path: Path, change: Change, codes: list[str]) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert [one["code"] for one in result["findings"]] == codes
    assert result["suggested_rules"] == []


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        (f"hdfs://{SERVICE}:8020/wh", []),
        (f"hdfs://{SERVICE}:9000/wh", ["HA-NAMESERVICE"]),
        ("hdfs://emr-cluster/wh", ["HA-NAMESERVICE"]),
        (f"hdfs://{MASTER}:8020/wh", ["SVC-STANDBY"]),
    ],
)
def test_a_warehouse_of_a_cluster_with_two_masters(tmp_path: Path, value: str, codes: list[str]) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {HIVE: {"hive.metastore.warehouse.dir": value}}))

    assert [one["code"] for one in result["findings"]] == codes


@pytest.mark.parametrize(
    ("file", "key", "value", "code"),
    [
        (HIVE, "hive.metastore.kerberos.principal", "hive", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", f"hive@{REALM}", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", f"hive/_host@{REALM}", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", "hive/_HOST", "KRB-SVC-PATTERN"),
        (MAPRED, "mapreduce.jobhistory.principal", "mapred", "KRB-SVC-PATTERN"),
        (HIVE, "hive.server2.authentication.kerberos.principal", "hive/_HOST@OTHER.COM", "DW-FILES-MIXED"),
        (HDFS, "dfs.namenode.kerberos.principal", f"hdfs/_HOST@{REALM.lower()}", "KRB-REALM-CASE"),
        (HDFS, "dfs.namenode.kerberos.principal", f"hdfs/{CORE}@{REALM}", "KRB-SVC-PATTERN"),
        (HDFS, "dfs.namenode.kerberos.principal", f"hdfs/{{HOST}}@{REALM}", "KRB-SVC-PATTERN"),
        (HDFS, "dfs.namenode.kerberos.principal", f"\n  hdfs/_HOST@{REALM}\n", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", f"hive/{CORE}@{REALM}", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", f"hive/@{REALM}", "KRB-SVC-PATTERN"),
        (HIVE, "hive.metastore.kerberos.principal", f"hive/_HOST@{REALM} ", "KRB-SVC-PATTERN"),
    ],
)
def test_a_principal_that_no_client_gets_a_ticket_for(
    tmp_path: Path, file: str, key: str, value: str, code: str
) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {file: {key: value}}))

    assert [one["code"] for one in result["findings"]] == [code]
    assert (result["exit_code"], result["suggested_rules"]) == (1, [])


@pytest.mark.parametrize(
    ("file", "key", "value", "expected"),
    [
        (HDFS, NAMENODE, "", ("KRB-SVC-UNSET", "strong", 1)),
        (YARN, "yarn.resourcemanager.principal", "", ("KRB-SVC-UNSET", "strong", 1)),
        (CORE_SITE, "hadoop.security.authentication", "simple", ("KRB-CLIENT-SIMPLE", "strong", 1)),
        (CORE_SITE, "hadoop.security.authentication", "", ("KRB-CLIENT-SIMPLE", "inferred", 3)),
    ],
)
def test_files_with_which_no_client_logs_in(
    tmp_path: Path, file: str, key: str, value: str, expected: tuple[str, str, int]
) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {file: {key: value}}))

    first = result["findings"][0]
    assert (first["code"], first["confidence"], result["exit_code"]) == expected
    assert result["suggested_rules"] == []


@pytest.mark.parametrize(
    ("ha", "settings"),
    [
        (False, {NAMENODE: f"hdfs/{MASTER}@{REALM}"}),
        (True, {NAMENODE: f"hdfs/{MASTER}@{REALM}", f"{NAMENODE}.pattern": "*"}),
    ],
)
def test_a_principal_with_a_host_that_fits_is_no_fault(tmp_path: Path, ha: bool, settings: dict[str, str]) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True, ha=ha), {HDFS: settings}))

    assert (result["exit_code"], result["findings"]) == (0, [])


def test_one_host_for_two_namenodes_is_a_fault(tmp_path: Path) -> None:
    files = changed(healthy(kerberos=True, ha=True), {HDFS: {NAMENODE: f"hdfs/{MASTER}@{REALM}"}})

    (finding,) = report(tmp_path, files)["findings"]

    assert (finding["code"], finding["params"]["fault"]) == ("KRB-SVC-PATTERN", "other-host")


@pytest.mark.parametrize("host", ["master-1-1", MASTER.upper()])
def test_another_spelling_of_the_host_may_be_what_the_server_has(tmp_path: Path, host: str) -> None:
    """Hadoop RPC compares letter by letter, so it depends on the server. Java asks for the Hive
    servers by the name in DNS, in lower case."""
    rpc = report(tmp_path / "rpc", changed(healthy(kerberos=True), {HDFS: {NAMENODE: f"hdfs/{host}@{REALM}"}}))
    hive = {"hive.metastore.kerberos.principal": f"hive/{host}@{REALM}"}

    assert [(each["code"], each["confidence"]) for each in rpc["findings"]] == [("KRB-SVC-PATTERN", "inferred")]
    assert report(tmp_path / "hive", changed(healthy(kerberos=True), {HIVE: hive}))["findings"] == []


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        (CORE_SITE, "fs.defaultFS", "hdfs://old-master:9000"),
        (CORE_SITE, "fs.defaultFS", "hdfs://emr-header-1.cluster-9:9000"),
        (YARN, RM_HOST, "emr-header-1.cluster-9"),
        (CORE_SITE, "fs.defaultFS", f"hdfs://{MASTER}:50070"),
    ],
)
def test_what_only_may_be_a_fault_is_no_certain_one(tmp_path: Path, file: str, key: str, value: str) -> None:
    """Another name server may know the host, and another port may be set on the server."""
    result = report(tmp_path, changed(healthy(), {file: {key: value}}))

    assert [each["confidence"] for each in result["findings"]] == ["inferred"]
    assert (result["exit_code"], result["suggested_rules"]) == (3, [])


def test_a_core_site_that_names_no_file_system_may_be_a_part(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {CORE_SITE: site({"hadoop.tmp.dir": "/tmp"})}))

    assert [(each["code"], each["confidence"]) for each in result["findings"]] == [("SVC-UNSET", "inferred")]
    assert result["exit_code"] == 3


DISCOVERY = {"hive.server2.support.dynamic.service.discovery": "true"}
QUORUM = "hive.zookeeper.quorum"


@pytest.mark.parametrize("between", [", ", " ,", ",\n    ", ",,"])
def test_a_blank_beside_the_comma_of_a_quorum_is_no_fault(tmp_path: Path, between: str) -> None:
    quorum = f"{MASTER}:2181{between}{CORE}:2181"

    result = report(tmp_path, changed(healthy(), {HIVE: {**DISCOVERY, QUORUM: quorum}}))

    assert (result["exit_code"], result["findings"]) == (0, [])
    assert {flow["host"] for flow in result["flows"] if flow["id"].startswith("zookeeper/")} == {MASTER, CORE}


@pytest.mark.parametrize("between", [" ", ";", "\n", "; "])
def test_a_quorum_is_parted_by_commas_alone(tmp_path: Path, between: str) -> None:
    quorum = f"{MASTER}:2181{between}{CORE}:2181"

    result = report(tmp_path, changed(healthy(), {HIVE: {**DISCOVERY, QUORUM: quorum}}))

    assert [one["code"] for one in result["findings"]] == ["SVC-UNSET"]
    (edit,) = result["suggested_edits"]
    assert (edit["to"], result["exit_code"], result["suggested_rules"]) == (f"{MASTER}:2181,{CORE}:2181", 1, [])


@pytest.mark.parametrize(
    ("file", "key", "port", "right", "exit_code"),
    [
        (CORE_SITE, "fs.defaultFS", 9870, 9000, 1),
        (CORE_SITE, "fs.defaultFS", 8032, 9000, 1),
        (CORE_SITE, "fs.defaultFS", 9083, 9000, 1),
        (HIVE, "hive.metastore.uris", 10000, 9083, 1),
        (HIVE, "hive.metastore.uris", 8020, 9083, 3),
        (YARN, "yarn.resourcemanager.address", 8088, 8032, 1),
        (YARN, "yarn.resourcemanager.address", 8030, 8032, 1),
        (YARN, "yarn.resourcemanager.address", 8031, 8032, 3),
        (YARN, "yarn.resourcemanager.address", 8033, 8032, 1),
        (MAPRED, HISTORY, 19888, 10020, 1),
    ],
)
def test_the_port_of_another_service_is_named(
    tmp_path: Path, file: str, key: str, port: int, right: int, exit_code: int
) -> None:
    scheme = {"fs.defaultFS": "hdfs://", "hive.metastore.uris": "thrift://"}.get(key, "")

    result = report(tmp_path, changed(healthy(), {file: {key: f"{scheme}{MASTER}:{port}"}}))

    assert [one["code"] for one in result["findings"]] == ["SVC-PORT"]
    (edit,) = result["suggested_edits"]
    assert (edit["to"], result["exit_code"]) == (f"{scheme}{MASTER}:{right}", exit_code)
    assert result["suggested_rules"] == []


@pytest.mark.parametrize(("port", "exit_code"), [(9000, 1), (9083, 1), (8020, 3)])
def test_a_hiveserver2_on_the_port_of_another_service_is_not_left_out(
    tmp_path: Path, port: int, exit_code: int
) -> None:
    """Given one that no connection is listed for, because another service is dialled there."""
    result = report(tmp_path, changed(healthy(), {HIVE: {"hive.server2.thrift.port": str(port)}}))

    (finding,) = result["findings"]
    (edit,) = result["suggested_edits"]
    assert (finding["code"], edit["from"], edit["to"]) == ("SVC-PORT", str(port), "10000")
    freed = {*finding["undone"]["repairs"], *finding["undone"]["unclear"]}
    assert (result["exit_code"], freed) == (exit_code, {"hiveserver2/master-1-1:10000"})


def test_the_other_namenode_of_a_pair_is_not_stopped_by_a_wrong_port(tmp_path: Path) -> None:
    key = f"dfs.namenode.rpc-address.{SERVICE}.nn1"

    result = report(tmp_path, changed(healthy(ha=True), {HDFS: {key: f"{MASTER}:9870"}}))

    (finding,) = result["findings"]
    freed = [*finding["undone"]["repairs"], *finding["undone"]["unclear"]]
    assert (finding["code"], finding["flows"], freed) == ("SVC-PORT", [], ["namenode-rpc/master-1-1:8020"])


def test_of_two_settings_with_the_ports_of_others_the_second_one_remains(tmp_path: Path) -> None:
    """Given no connection for either, so that only the setting tells them apart."""
    both: Change = {MAPRED: {HISTORY: f"{MASTER}:19888"}, YARN: {"yarn.resourcemanager.address": f"{MASTER}:8088"}}

    result = report(tmp_path, changed(healthy(), both))

    remains = [(finding["code"], finding["undone"]["remains"]) for finding in result["findings"]]
    assert remains == [("SVC-PORT", ["SVC-PORT"])] * 2


def test_a_hiveserver2_on_the_port_of_its_other_mode_is_asked(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {HIVE: {"hive.server2.thrift.port": "10001"}}))

    assert "hiveserver2/master-1-1:10001" in {flow["id"] for flow in result["flows"]}


@pytest.mark.parametrize("value", [f"hdfs://{MASTER}:port", f"hdfs://{MASTER}:9870", "file:///"])
@pytest.mark.parametrize("named", ["8020", "9000"])
def test_the_port_to_write_is_the_one_that_other_settings_name(tmp_path: Path, value: str, named: str) -> None:
    warehouse = {"hive.metastore.warehouse.dir": f"hdfs://{MASTER}:{named}/warehouse"}

    result = report(tmp_path, changed(healthy(), {CORE_SITE: {"fs.defaultFS": value}, HIVE: warehouse}))

    (finding,) = result["findings"]
    (edit,) = result["suggested_edits"]
    assert (finding["severity"], edit["to"]) == ("error", f"hdfs://{MASTER}:{named}")


@pytest.mark.parametrize(
    "settings",
    ["kyuubi.frontend.bind.host localhost\n", "kyuubi.frontend.thrift.binary.bind.host=127.0.0.1\n"],
)
@pytest.mark.parametrize(("engines", "severities"), [(None, ["warning"]), ('["kyuubi"]', ["error"]), ('["spark"]', [])])
def test_a_kyuubi_on_loopback_weighs_as_much_as_tasks_need_it(
    tmp_path: Path, settings: str, engines: str | None, severities: list[str]
) -> None:
    change: Change = {"kyuubi-defaults.conf": settings}
    if engines is not None:
        change = {**change, "case.toml": case_toml(more=f"[registration]\nengines = {engines}\n")}

    result = report(tmp_path, changed(healthy(), change))

    assert [(one["code"], one["severity"]) for one in result["findings"] if one["code"] != "SG-SVC"] == [
        ("SVC-BIND", severity) for severity in severities
    ]


def test_a_timeline_server_that_is_needed_must_not_listen_on_loopback(tmp_path: Path) -> None:
    timeline = {
        "yarn.timeline-service.enabled": "true",
        "yarn.timeline-service.hostname": MASTER,
        "yarn.timeline-service.bind-host": "127.0.0.1",
    }

    with_kerberos = report(tmp_path / "kerberos", changed(healthy(kerberos=True), {YARN: timeline}))
    without = report(tmp_path / "without", changed(healthy(), {YARN: timeline}))

    assert ("SVC-BIND", "error") in [(one["code"], one["severity"]) for one in with_kerberos["findings"]]
    assert without["findings"] == []


@pytest.mark.parametrize(
    ("name", "by_name", "severity"),
    [("core-1-1", "false", "warning"), ("core-1-1", "true", "error"), ("master-1-1", "false", "error")],
)
def test_an_old_hosts_line_is_an_error_only_if_a_client_looks_the_name_up(
    tmp_path: Path, name: str, by_name: str, severity: str
) -> None:
    lines = {"master-1-1": f"192.168.20.11 {MASTER} master-1-1", "core-1-1": f"192.168.20.21 {CORE} core-1-1"}
    old = "192.168.20.99 " + lines[name].partition(" ")[2]
    hosts = "\n".join(["127.0.0.1 localhost", *{**lines, name: old}.values(), ""])
    change: Change = {"hosts": hosts, HDFS: {"dfs.client.use.datanode.hostname": by_name}}

    (finding,) = report(tmp_path, changed(healthy(), change))["findings"]

    assert (finding["code"], finding["severity"]) == ("DNS-STALE-IP", severity)


SECRET = "Xq7SecretWord"


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        (CORE_SITE, "hadoop.security.key.provider.path", f"kms://http@u:{SECRET}@{MASTER}:9600/kms"),
        (CORE_SITE, "fs.defaultFS", f"hdfs://u:{SECRET}@localhost:9000"),
        (CORE_SITE, "fs.defaultFS", f"oss://key:{SECRET}@bucket"),
        (HIVE, "javax.jdo.option.ConnectionURL", f"jdbc:mysql://root:{SECRET}@rds:3306/hive"),
        (HIVE, "hive.metastore.uris", f"thrift://u:{SECRET}@@{MASTER}:9083"),
        (HIVE, "hive.metastore.warehouse.dir", f"hdfs://u:{SECRET}@old.cluster-9:9000/w"),
        (YARN, RM_HOST, f"u:{SECRET}@0.0.0.0"),
        (HIVE, "hive.server2.thrift.bind.host", f"u:{SECRET}@127.0.0.1"),
    ],
)
@pytest.mark.parametrize("kerberos", [False, True])
def test_a_password_in_an_address_is_nowhere(tmp_path: Path, file: str, key: str, value: str, kerberos: bool) -> None:

    files = changed(healthy(kerberos=kerberos), {file: {key: value}})

    for options in ((), ("--format", "json"), ("--format", "cli")):
        assert SECRET not in check(tmp_path, files, *options)[1]


@pytest.mark.parametrize(
    ("quorum", "right"),
    [
        ("localhost:2181", f"{MASTER}:2181"),
        (f"127.0.0.1, {CORE}:2181/hive", f"{MASTER},{CORE}:2181/hive"),
    ],
)
def test_a_quorum_on_the_machine_of_the_client_is_a_fault(tmp_path: Path, quorum: str, right: str) -> None:
    result = report(tmp_path, changed(healthy(), {HIVE: {**DISCOVERY, QUORUM: quorum}}))

    assert [(one["code"], one["severity"]) for one in result["findings"]] == [("DNS-LOOPBACK", "error")]
    (edit,) = result["suggested_edits"]
    assert (edit["from"], edit["to"], result["exit_code"]) == (quorum, right, 1)
    assert result["suggested_rules"] == []


OLD_DOMAIN = "cluster-238075"
OLD_MASTER = f"emr-header-1.{OLD_DOMAIN}"


def _old_cluster(hosts: str | None) -> dict[str, Content]:
    """Return a healthy cluster whose nodes are called as those of EMR-3."""
    names = {MASTER: OLD_MASTER, CORE: f"emr-worker-1.{OLD_DOMAIN}"}
    files: dict[str, Content] = {}
    for file, content in healthy().items():
        text = content if isinstance(content, str) else site(content)  # type: ignore[arg-type]
        for new, old in names.items():
            text = text.replace(new, old).replace(f'"{new.split(".")[0]}"', f'"{old.split(".")[0]}"')
        files[file] = text
    del files["hosts"]
    return files if hosts is None else {**files, "hosts": hosts}


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (None, ("inferred", 3)),
        ("127.0.0.1 localhost\n10.1.1.1 gitlab\n", ("strong", 1)),
        (f"192.168.20.11 {OLD_MASTER} emr-header-1\n", None),
    ],
)
def test_names_that_only_nodes_know_are_named(
    tmp_path: Path, hosts: str | None, expected: tuple[str, int] | None
) -> None:
    result = report(tmp_path, _old_cluster(hosts))

    found = [(one["code"], one["confidence"], result["exit_code"]) for one in result["findings"]]
    assert found == ([("DNS-CLUSTER-NAME", *expected)] if expected else [])
    assert result["suggested_rules"] == []
    if expected:
        assert result["findings"][0]["params"]["hosts_lines"][0] == f"192.168.20.11 {OLD_MASTER} emr-header-1"


@pytest.mark.parametrize(
    ("value", "code", "dialled"),
    [
        ("hdfs://emr-header-1:9000", "DNS-CLUSTER-NAME", [("emr-header-1", 9000)]),
        ("hdfs://namenode:9000", "DNS-CLUSTER-NAME", [("namenode", 9000)]),
        ("hdfs://emr-header-1", "DNS-CLUSTER-NAME", [("emr-header-1", 8020)]),
        ("hdfs://emr-cluster", "HA-NAMESERVICE", []),
    ],
)
def test_core_site_alone_names_a_host_or_a_nameservice(
    tmp_path: Path, value: str, code: str, dialled: list[tuple[str, int]]
) -> None:
    result = report(tmp_path, {CORE_SITE: {"fs.defaultFS": value}})

    assert [(one["code"], one["confidence"]) for one in result["findings"]] == [(code, "inferred")]
    assert [(flow["host"], flow["port"]) for flow in result["flows"]] == dialled
    assert result["exit_code"] == 3
