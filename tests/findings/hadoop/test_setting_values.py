"""Are values of settings that a program refuses, or takes as another one, told, and no others?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import Change, case_toml, changed, gaps, healthy, report, with_instances

CODE = "HADOOP-CONF-VALUE"
CORE, HDFS, YARN, HIVE = "core-site.xml", "hdfs-site.xml", "yarn-site.xml", "hive-site.xml"
LOGIN, QOP = "hive.server2.authentication", "hive.server2.thrift.sasl.qop"


def ask(folder: Path, change: Change, *, kerberos: bool = False, ha: bool = False) -> Any:
    return report(folder, changed(healthy(kerberos=kerberos, ha=ha), change))


def listed(key: str, value: str, file: str) -> Change:
    row = {"ApplicationName": "HIVE", "ConfigFileName": file, "ConfigItemKey": key, "ConfigItemValue": value}
    return {"ListApplicationConfigs.json": json.dumps({"ApplicationConfigs": [row], "TotalCount": 1})}


@pytest.mark.parametrize(
    ("file", "key", "value", "right", "kerberos"),
    [
        (CORE, "hadoop.rpc.protection", "integrity;privcy", "integrity,privacy", True),
        (HDFS, "dfs.data.transfer.protection", "true", None, False),
        (HDFS, "dfs.client.socket-timeout", "60s", None, False),
        (HDFS, "dfs.client.socket-timeout", "60,000", "60000", False),
        (HDFS, "dfs.blocksize", "128MB", "128m", False),
        (HDFS, "dfs.client.datanode-restart.timeout", "30 sec", "30s", False),
        (HDFS, "dfs.replication", "3;", "3", False),
        (CORE, "ipc.client.connect.timeout", '"20000"', "20000", False),
    ],
)
def test_a_value_that_clients_refuse_is_an_error_and_the_value_meant_its_repair(
    tmp_path: Path, file: str, key: str, value: str, right: str | None, kerberos: bool
) -> None:
    result = ask(tmp_path, {file: {key: value}}, kerberos=kerberos)

    assert result["exit_code"] == 1
    assert_refused(result, (file, key, value, right), "strong")


@pytest.mark.parametrize(
    ("file", "key", "value", "right", "kerberos"),
    [
        (HIVE, LOGIN, "KERBERO", "KERBEROS", True),
        (HIVE, LOGIN, "KERBEROS ", "KERBEROS", True),
        (HIVE, LOGIN, "none", "NONE", False),
        (HIVE, LOGIN, "LDPA", "LDAP", False),
        (HIVE, LOGIN, "OAUTH", None, False),
        (HIVE, QOP, "privacy", "auth-conf", True),
        (HIVE, "hive.server2.thrift.port", "10000;", "10000", False),
        (HIVE, "hive.server2.thrift.port", "1OOOO", "10000", False),
        (CORE, "hadoop.rpc.protection", "auth-conf", "privacy", False),
        (HDFS, "dfs.http.policy", "HTTP_ONLY ", "HTTP_ONLY", False),
        (HDFS, "dfs.http.policy", "HTTPS", None, False),
    ],
)
def test_a_value_that_a_server_refuses_is_likely_only_if_the_server_has_it(
    tmp_path: Path, file: str, key: str, value: str, right: str | None, kerberos: bool
) -> None:
    """The file of the case may be a copy. The cloud's list of the cluster's values is none."""
    copy = ask(tmp_path / "copy", {file: {key: value}}, kerberos=kerberos)
    own = ask(tmp_path / "own", {file: {key: value}, **listed(key, value, file)}, kerberos=kerberos)

    assert (copy["exit_code"], own["exit_code"]) == (3, 1)
    assert_refused(copy, (file, key, value, right), "inferred")
    (finding,) = own["findings"]
    assert (finding["code"], finding["confidence"], finding["params"]["copy"]) == (CODE, "strong", False)


def assert_refused(result: Any, expected: tuple[str, str, str, str | None], confidence: str) -> None:
    file, key, value, right = expected
    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"], finding["confidence"]) == (CODE, "error", confidence)
    assert (finding["params"]["key"], finding["params"]["right"]) == (key, right)
    assert finding["params"]["copy"] == (confidence == "inferred")
    assert finding["evidence"][0]["origin"]["file"] == file
    edits = [(edit["object"], edit["from"], edit["to"]) for edit in result["suggested_edits"]]
    assert edits == ([] if right is None else [("hadoop-conf", value, right)])
    assert result["suggested_rules"] == []


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        (HIVE, LOGIN, "kerberos"),
        (HIVE, LOGIN, "LDAP,SAML"),
        (HIVE, QOP, "AUTH-CONF"),
        (HIVE, "hive.server2.thrift.port", " 10000 "),
        (HIVE, "hive.server2.thrift.port", "0x2710"),
        (HIVE, "hive.server2.thrift.http.port", "10001;"),
        (HIVE, "hive.metastore.sasl.enabled", " TRUE "),
        (HIVE, "hive.metastore.use.SSL", "fasle"),
        (CORE, "hadoop.rpc.protection", " Integrity, PRIVACY,"),
        (CORE, "hadoop.security.token.service.use_ip", "ture"),
        (HDFS, "dfs.data.transfer.protection", ""),
        (HDFS, "dfs.http.policy", "http_and_https"),
        (HDFS, "dfs.blocksize", "128m"),
        (HDFS, "dfs.client.datanode-restart.timeout", "30s"),
        (HDFS, "dfs.client.socket-timeout", "+60000"),
        (HDFS, "dfs.client.socket-timeout", "${timeout}"),
        (HDFS, "dfs.client.failover.connection.retries", "x"),
    ],
)
def test_a_value_that_is_taken_as_it_was_meant_is_no_fault(tmp_path: Path, file: str, key: str, value: str) -> None:
    result = ask(tmp_path, {file: {key: value}}, kerberos=True)

    assert (result["exit_code"], result["findings"]) == (0, [])


@pytest.mark.parametrize(
    ("file", "key", "value", "reads", "right"),
    [
        (CORE, "hadoop.security.authorization", "ture", "false", "true"),
        (CORE, "hadoop.security.token.service.use_ip", "no", "true", "false"),
        (HDFS, "dfs.encrypt.data.transfer", "on", "false", "true"),
        (HIVE, "hive.server2.transport.mode", "http ", "binary", "http"),
        (HIVE, "hive.server2.use.SSL", "true;", "false", "true"),
        (YARN, "yarn.http.policy", "HTTPS", "HTTP_ONLY", None),
    ],
)
def test_a_value_that_is_taken_as_another_one_is_a_warning(
    tmp_path: Path, file: str, key: str, value: str, reads: str, right: str | None
) -> None:
    result = ask(tmp_path, {file: {key: value}})

    assert (result["exit_code"], gaps(result)) == (0, [])
    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"], finding["flows"]) == (CODE, "warning", [])
    assert (finding["params"]["reads"], finding["params"]["right"]) == (reads, right)


def test_the_mode_that_hiveserver2_does_not_know_is_binary(tmp_path: Path) -> None:
    result = ask(tmp_path, {HIVE: {"hive.server2.transport.mode": "htpp", "hive.server2.thrift.http.port": "10009"}})

    assert [flow["port"] for flow in result["flows"] if flow["service"].startswith("HiveServer2")] == [10000]


def test_the_cluster_that_takes_another_value_than_the_client_makes_it_sure(tmp_path: Path) -> None:
    key = "hive.metastore.sasl.enabled"
    alone = ask(tmp_path / "alone", {HIVE: {key: "ture"}}, kerberos=True)
    other = ask(tmp_path / "other", {HIVE: {key: "ture"}, **listed(key, "true", HIVE)}, kerberos=True)
    alike = ask(tmp_path / "alike", {HIVE: {key: "ture"}, **listed(key, "ture", HIVE)}, kerberos=True)

    found = [next(f for f in result["findings"] if f["code"] == CODE) for result in (alone, other, alike)]
    assert [(f["severity"], f["confidence"]) for f in found] == [
        ("error", "inferred"),
        ("error", "strong"),
        ("warning", "strong"),
    ]
    assert [result["exit_code"] for result in (alone, other, alike)] == [3, 1, 0]


def test_what_the_cluster_itself_has_counts_for_a_server(tmp_path: Path) -> None:
    result = ask(tmp_path, {HIVE: {LOGIN: "KERBERO"}, **listed(LOGIN, "KERBEROS", HIVE)}, kerberos=True)

    assert CODE not in [finding["code"] for finding in result["findings"]]


def test_a_server_that_the_cloud_calls_started_leaves_it_open(tmp_path: Path) -> None:
    row = {"ComponentName": "HiveServer", "ComponentInstanceState": "STARTED", "NodeName": "master-1-1"}
    answer = {"ListComponentInstances.json": json.dumps({"ComponentInstances": [row], "TotalCount": 1})}
    result = report(tmp_path, changed(with_instances(healthy()), {HIVE: {LOGIN: "KERBERO"}, **answer}))

    (finding,) = [finding for finding in result["findings"] if finding["code"] == CODE]
    assert (finding["confidence"], finding["params"]["running"]) == ("inferred", True)


def test_kerberos_of_hiveserver2_wants_that_of_hadoop(tmp_path: Path) -> None:
    unset = ask(tmp_path / "unset", {HIVE: {LOGIN: "KERBEROS"}})
    simple = ask(tmp_path / "simple", {HIVE: {LOGIN: "KERBEROS"}, CORE: {"hadoop.security.authentication": "simple"}})

    found = [(r["exit_code"], [(f["code"], f["confidence"]) for f in r["findings"]]) for r in (unset, simple)]
    assert found == [(3, [(CODE, "inferred")]), (3, [(CODE, "inferred")])]


def test_a_switch_of_high_availability_that_is_no_word_hides_the_addresses(tmp_path: Path) -> None:
    result = ask(tmp_path, {YARN: {"yarn.resourcemanager.ha.enabled": "ture"}}, ha=True)

    (finding,) = result["findings"]
    assert (result["exit_code"], finding["code"], finding["severity"]) == (1, CODE, "error")
    assert [(edit["from"], edit["to"]) for edit in result["suggested_edits"]] == [("ture", "true")]


@pytest.mark.parametrize(("value", "right"), [("kerbeross", "kerberos"), ("smiple", "simple"), ("ldap", None)])
def test_the_login_of_hadoop_is_repaired_with_the_word_that_is_near(
    tmp_path: Path, value: str, right: str | None
) -> None:
    toml = case_toml().replace('security_mode = "NORMAL"\n', "")
    result = ask(tmp_path, {"case.toml": toml, CORE: {"hadoop.security.authentication": value}})

    (finding,) = [finding for finding in result["findings"] if finding["code"] == "KRB-CLIENT-SIMPLE"]
    assert (result["exit_code"], finding["params"]["right"]) == (1, right)
    assert [edit["to"] for edit in result["suggested_edits"]] == ([] if right is None else [right])
