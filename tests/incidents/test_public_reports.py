"""Does the report name the cause that people found who met the fault?

One row a public report: its address, and in our own words what they had. Each is one change of a
healthy cluster, so the cause is the only thing that is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.incident_cases import (
    CORE,
    DOMAIN,
    MASTER,
    PORTS,
    REALM,
    SECOND,
    SERVICE,
    Change,
    Content,
    changed,
    group,
    healthy,
    report,
    rule,
)

HDFS, HIVE = "hdfs-site.xml", "hive-site.xml"
RPC_KEYS = tuple(f"dfs.namenode.rpc-address.{SERVICE}.{each}" for each in ("nn1", "nn2"))
PROVIDER = f"dfs.client.failover.proxy.provider.{SERVICE}"


def _without(files: dict[str, Content], name: str, keys: Sequence[str]) -> dict[str, Content]:
    """Return the files without these settings of one file."""
    settings = files[name]
    assert isinstance(settings, dict)
    return {**files, name: {key: value for key, value in settings.items() if key not in keys}}


def _closed(protocol: str, port: int) -> Change:
    """Return the change that takes the rule for a port away."""
    rules = [rule("TCP", each) for each in PORTS] + [rule("UDP", 88)]
    shut = rule(protocol, port)["SecurityGroupRuleId"]
    kept = [each for each in rules if each["SecurityGroupRuleId"] != shut]
    counted = [("sg-rg", 0), ("sg-emr", len(kept))]
    groups = [{"SecurityGroupId": n, "SecurityGroupType": "normal", "RuleCount": count} for n, count in counted]
    return {
        "sg-emr.json": group("sg-emr", kept),
        "groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": groups}}),
    }


def _krb5(find: str, replacement: str) -> Change:
    """Return the change of krb5.conf that replaces a text."""
    text = str(healthy(kerberos=True)["krb5.conf"])
    assert find in text
    return {"krb5.conf": text.replace(find, replacement)}


@pytest.mark.parametrize(
    "missing",
    [
        # https://github.com/apache/iceberg/issues/2839: the client sets all but the list of
        # nameservices and the failover provider, and looks the nameservice up as a host.
        ("dfs.nameservices", PROVIDER),
        # https://github.com/confluentinc/kafka-connect-hdfs/issues/76: the list and the provider
        # are there, the NameNodes of the nameservice are not.
        (f"dfs.ha.namenodes.{SERVICE}", *RPC_KEYS),
    ],
)
def test_half_a_nameservice_is_taken_for_a_host(tmp_path: Path, missing: tuple[str, ...]) -> None:
    result = report(tmp_path, _without(healthy(ha=True), HDFS, missing))

    assert [each["code"] for each in result["findings"]] == ["HA-NAMESERVICE"]
    assert (result["exit_code"], result["suggested_rules"]) == (1, [])


def test_one_namenode_in_the_event_log_of_a_pair_is_told(tmp_path: Path) -> None:
    # https://github.com/apache-spark-on-k8s/kubernetes-HDFS/issues/54: the history server reads
    # its logs through one address, behind which the standby NameNode answers at times.
    logs = f"spark.eventLog.enabled true\nspark.eventLog.dir hdfs://{SECOND}:8020/spark-logs\n"

    result = report(tmp_path, changed(healthy(ha=True), {"spark-defaults.conf": logs}))

    assert [(each["code"], each["severity"]) for each in result["findings"]] == [("SVC-STANDBY", "warning")]
    assert result["suggested_rules"] == []


@pytest.mark.parametrize(
    ("kerberos", "change", "code", "opened"),
    [
        # https://github.com/confluentinc/kafka-connect-hdfs/issues/395: the firewall opens the
        # NameNode alone. DataNodes of a secure cluster listen on a port below 1024.
        (True, {HDFS: {"dfs.datanode.address": "0.0.0.0:1019"}}, "SG-DATANODE", "1019/1019"),
        # https://github.com/confluentinc/kafka-connect-hdfs/issues/93: the group of the master
        # does not open the port of the NameNode.
        (False, _closed("TCP", 9000), "SG-SVC", "9000/9000"),
        # https://github.com/dbeaver/dbeaver/issues/6165: HiveServer2 speaks HTTP. Its port is then
        # another one, which no rule opens.
        (False, {HIVE: {"hive.server2.transport.mode": "http"}}, "SG-SVC", "10001/10001"),
    ],
)
def test_a_port_that_is_not_open_is_the_rule_to_add(
    tmp_path: Path, kerberos: bool, change: Change, code: str, opened: str
) -> None:
    result = report(tmp_path, changed(healthy(kerberos=kerberos), change))

    assert [each["code"] for each in result["findings"]] == [code]
    assert [each["port_range"] for each in result["suggested_rules"]] == [opened]
    assert result["exit_code"] == 1


@pytest.mark.parametrize(
    ("file", "key", "value", "right"),
    [
        # https://github.com/big-data-europe/docker-hive/issues/32: the file system is said to be at
        # the web page of a DataNode.
        ("core-site.xml", "fs.defaultFS", f"hdfs://{CORE}:9864", f"hdfs://{MASTER}:9000"),
        # https://github.com/GoogleCloudDataproc/initialization-actions/issues/372: at that of the
        # NameNode.
        ("core-site.xml", "fs.defaultFS", f"hdfs://{MASTER}:9870", f"hdfs://{MASTER}:9000"),
        ("yarn-site.xml", "yarn.resourcemanager.address", f"{CORE}:8088", f"{MASTER}:8032"),
        (HIVE, "hive.metastore.uris", f"thrift://{CORE}:10000", f"thrift://{MASTER}:9083"),
    ],
)
def test_the_port_of_another_service_is_corrected_with_its_host(
    tmp_path: Path, file: str, key: str, value: str, right: str
) -> None:
    result = report(tmp_path, changed(healthy(), {file: {key: value}}))

    assert [each["code"] for each in result["findings"]] == ["SVC-PORT"]
    assert [(each["from"], each["to"]) for each in result["suggested_edits"]] == [(value, right)]
    assert result["suggested_rules"] == []


def test_a_quorum_with_a_host_of_elsewhere_is_not_decided(tmp_path: Path) -> None:
    # https://github.com/MicrosoftDocs/azure-docs/issues/87065: the address that the console shows
    # names ZooKeeper hosts that are not those of the cluster. Files alone cannot tell.
    quorum = {
        "hive.server2.support.dynamic.service.discovery": "true",
        "hive.zookeeper.quorum": f"zk0-old.internal:2181,{MASTER}:2181",
    }

    result = report(tmp_path, changed(healthy(), {HIVE: quorum}))

    assert (result["exit_code"], result["suggested_rules"]) == (3, [])
    assert any("zk0-old.internal" in each["cause"] for each in result["skipped"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        # https://github.com/SSSD/sssd/issues/7416: a limit of 0 is meant to force TCP. Java up to
        # 23 then begins with UDP, which is closed.
        (
            {**_krb5("  dns_lookup_kdc", "  udp_preference_limit = 0\n  dns_lookup_kdc"), **_closed("UDP", 88)},
            "KDC-UDP-ZERO",
        ),
        # https://github.com/aws-samples/aws-emr-apache-ranger/issues/53: no client finds a realm.
        (_krb5(f"  default_realm = {REALM}\n", ""), "KRB-NO-DEFAULT"),
        # https://github.com/dropbox/PyHive/issues/464: kinit works, and the service is sought in
        # the realm that its domain is mapped to.
        (_krb5(f".{DOMAIN} = {REALM}", f".{DOMAIN} = LOCAL.EXAMPLE"), "KRB-DOMAIN-REALM"),
        # https://github.com/apache/hive/pull/748: the address has no name by which the KDC knows
        # the service. In a hosts file the first name counts.
        (
            {"hosts": f"127.0.0.1 localhost\n192.168.20.11 master-1-1 {MASTER}\n192.168.20.21 core-1-1 {CORE}\n"},
            "DNS-CANON",
        ),
        # https://github.com/prestodb/presto/issues/11721: the lists lack AES.
        (
            _krb5(
                "  dns_lookup_kdc",
                "  default_tkt_enctypes = des3-cbc-sha1 arcfour-hmac-md5 camellia256-cts-cmac\n  dns_lookup_kdc",
            ),
            "KRB-ETYPE-CONF",
        ),
    ],
)
def test_the_cause_of_a_failed_login_comes_first(tmp_path: Path, change: Change, code: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), change))

    assert result["findings"][0]["code"] == code
    assert result["exit_code"] == 1
    assert result["suggested_edits"][0]["finding"]["code"] == code


def test_java_that_takes_zero_for_tcp_is_told_apart(tmp_path: Path) -> None:
    # https://github.com/openjdk/jdk/pull/19638: from Java 24 on a limit of 0 means TCP.
    limit = _krb5("  dns_lookup_kdc", "  udp_preference_limit = 0\n  dns_lookup_kdc")

    result = report(tmp_path, changed(healthy(kerberos=True), {**limit, **_closed("UDP", 88)}))

    logins = {each["works"] for each in result["clients"] if (each["family"], each["exchange"]) == ("jdk", "as")}
    assert logins == {"yes", "no"}


@pytest.mark.parametrize(
    ("file", "keys", "code"),
    [
        # https://github.com/stackabletech/hdfs-operator/issues/419: the client's files do not say
        # which principal the NameNode has.
        (HDFS, ("dfs.namenode.kerberos.principal",), "KRB-SVC-UNSET"),
        # https://github.com/DTStack/chunjun/issues/531: the same of the ResourceManager.
        ("yarn-site.xml", ("yarn.resourcemanager.principal",), "KRB-SVC-UNSET"),
        # https://github.com/alibaba/DataX/issues/511: the cluster has Kerberos, and the client's
        # core-site.xml does not turn it on.
        ("core-site.xml", ("hadoop.security.authentication",), "KRB-CLIENT-SIMPLE"),
    ],
)
def test_files_that_do_not_let_the_client_log_in_are_told(
    tmp_path: Path, file: str, keys: tuple[str, ...], code: str
) -> None:
    result = report(tmp_path, _without(healthy(kerberos=True), file, keys))

    assert result["findings"][0]["code"] == code
    assert result["suggested_rules"] == []
    assert result["exit_code"] != 0
