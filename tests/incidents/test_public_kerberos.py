"""Does the report see what people found out who met a failed Kerberos login?

One row a public report: its address, and in our own words what they had. The files are those of a
healthy cluster, or have the fault of the report.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    CORE,
    MASTER,
    PORTS,
    REALM,
    Change,
    changed,
    group_of_nodes,
    healthy,
    report,
    rule,
)

HDFS = "hdfs-site.xml"
NAMENODE = "dfs.namenode.kerberos.principal"


def _of(folder: Path, log: str, change: Change | None = None) -> Any:
    """Return the report of a cluster with Kerberos and a log."""
    return report(folder, {**changed(healthy(kerberos=True), change or {}), "client.log": f"{log}\n"})


def _first(result: Any) -> str:
    """Return the first code that the only finding about the log leaves."""
    (finding,) = result["findings"]
    return str(finding["params"]["candidates"][0])


@pytest.mark.parametrize(
    ("log", "first"),
    [
        # https://github.com/freeipa/freeipa-container/issues/589
        ("kinit: Client's entry in database has expired while getting initial credentials", "KRB-PRINC-STATE"),
        # https://github.com/ropnop/kerbrute/issues/8
        ("KRB Error: (23) KDC_ERR_KEY_EXPIRED Password has expired; change password to reset", "KRB-PRINC-STATE"),
        # https://github.com/redpanda-data/kminion/issues/38: kinit works in the same container.
        ("KRBMessage_Handling_Error: clock skew with KDC too large. Greater than 300 seconds", "KRB-SKEW"),
        # https://github.com/stnoonan/spnego-http-auth-nginx-module/issues/123
        (f"gss_accept_sec_context() failed: Cannot find key for HTTP/a@{REALM} kvno 9 in keytab", "KRB-SVC-KEY"),
        # https://github.com/microsoft/omi/pull/327: the realm was written in small letters.
        ("kinit: KDC reply did not match expectations while getting initial credentials", "KRB-REALM-CASE"),
        # https://github.com/cloudera/hue/issues/911: /etc/hosts was mended.
        ("GSSError: ('Cannot determine realm for numeric host address', -1765328141)", "DNS-IP-URL"),
        # https://github.com/cloudera/hue/issues/2695: tickets that nobody may renew.
        ("kinit: KDC can't fulfill requested option while renewing credentials", "KRB-TGT-EXPIRED"),
    ],
)
def test_each_library_has_its_own_words_for_a_fault(tmp_path: Path, log: str, first: str) -> None:
    result = _of(tmp_path, log)

    assert _first(result) == first
    assert (result["exit_code"], result["suggested_rules"]) == (0, [])


NOT_FOUND = "GSSAPI Error: Minor code may provide more information (Server {} not found in Kerberos database)"


@pytest.mark.parametrize(
    ("principal", "left"),
    [
        # https://github.com/ClickHouse/ClickHouse/issues/49648: kafka/mrs63 has no domain.
        ("hive/master-1-1", ["DNS-CANON", "DNS-ALIAS", "KRB-SVC-MISSING"]),
        # https://github.com/trinodb/trino/issues/15346: the KDC was asked for an address.
        ("hadoop/192.168.20.11", ["DNS-NO-PTR", "DNS-IP-URL"]),
        # https://github.com/apple/ccs-pykerberos/issues/74: only Hadoop replaces the word.
        ("hbase/_host", ["KRB-SVC-PATTERN", "SVC-HS2-PRINC"]),
        # https://github.com/steveloughran/kerberos_and_hadoop/blob/master/sections/errors.md: the
        # domain of a host is taken for its realm.
        ("krbtgt/NOVALOCAL", ["KRB-DOMAIN-REALM", "KRB-XREALM-KEY", "KRB-CAPATHS"]),
    ],
)
def test_the_name_that_was_asked_for_tells_the_faults_apart(tmp_path: Path, principal: str, left: list[str]) -> None:
    (finding,) = _of(tmp_path, NOT_FOUND.format(f"{principal}@{REALM}"))["findings"]

    assert finding["params"]["candidates"] == left


INVALID = "IllegalArgumentException: Server has invalid Kerberos principal: hdfs/{host}@{realm}, expecting: {expected}"


@pytest.mark.parametrize(
    ("realm", "expected", "code", "first"),
    [
        # https://github.com/wgzhao/Addax/issues/1061: the job names another service.
        (REALM, f"nn/{MASTER}@{REALM}", "KRB-SVC-PATTERN", "KRB-SVC-PATTERN"),
        # https://github.com/stackabletech/hdfs-operator/issues/763: a variable that is not set.
        (REALM, f"hdfs/{MASTER}@${{env.KERBEROS_REALM}}", "KRB-SVC-PATTERN", "KRB-SVC-PATTERN"),
        # The same words, and only the realm or the host differs.
        ("OTHER.COM", f"hdfs/{MASTER}@{REALM}", "INPUT-LOG", "KRB-DOMAIN-REALM"),
        (REALM, f"hdfs/master-1-1@{REALM}", "INPUT-LOG", "DNS-CANON"),
    ],
)
def test_the_part_of_two_principals_that_differs_is_the_fault(
    tmp_path: Path, realm: str, expected: str, code: str, first: str
) -> None:
    result = _of(tmp_path, INVALID.format(host=MASTER, realm=realm, expected=expected))

    assert ([each["code"] for each in result["findings"]], _first(result)) == ([code], first)


@pytest.mark.parametrize("variable", ["${env.KERBEROS_REALM}", "${kerberos.realm}"])
def test_a_variable_in_a_principal_is_no_realm_of_another_cluster(tmp_path: Path, variable: str) -> None:
    # https://github.com/stackabletech/hdfs-operator/issues/763: core-site.xml names the realm by a
    # variable. Whether the client has it, no file says.
    result = report(tmp_path, changed(healthy(kerberos=True), {HDFS: {NAMENODE: f"hdfs/_HOST@{variable}"}}))

    assert [(each["code"], each["confidence"]) for each in result["findings"]] == [("KRB-SVC-PATTERN", "inferred")]
    assert result["findings"][0]["params"]["right"] == f"hdfs/_HOST@{REALM}"
    assert result["exit_code"] == 3


def test_a_variable_that_a_file_sets_is_no_fault(tmp_path: Path) -> None:
    change = {HDFS: {NAMENODE: "hdfs/_HOST@${kerberos.realm}", "kerberos.realm": REALM}}

    assert report(tmp_path, changed(healthy(kerberos=True), change))["findings"] == []


def test_a_log_of_a_kdc_outside_the_cluster_fits_what_its_own_filters_may_do(tmp_path: Path) -> None:
    # https://www.alibabacloud.com/help/zh/e-mapreduce/latest/emr-docking-external-mit-kerberos: a
    # KDC elsewhere needs UDP and TCP 88. No file of the case shows the rules there.
    krb5 = str(healthy(kerberos=True)["krb5.conf"]).replace(f"{MASTER}:88", "10.9.8.7:88")
    asked = ">>> KrbKdcReq send: kdc=10.9.8.7 UDP:88, timeout=30000, number of retries =3, #bytes=229"

    result = _of(tmp_path, f"{asked}\nLoginException: Receive timed out", {"krb5.conf": krb5})

    assert [each["code"] for each in result["findings"]] == ["KDC-EXTERNAL"]
    assert any("Receive timed out" in shown["text"] for shown in result["findings"][0]["evidence"])
    assert (result["exit_code"], result["suggested_rules"]) == (3, [])


@pytest.mark.parametrize(
    ("log", "left"),
    [
        # https://github.com/bytebase/bytebase/pull/12896: two realms, and krb5.conf has one.
        ('kinit: Cannot find KDC for realm "CORP.EXAMPLE.COM" while getting', ["KRB-NO-STANZA", "KRB-CONF-NOT-READ"]),
        # https://github.com/microsoft/omi/pull/327: the realm of krb5.conf, in small letters.
        (f"kinit: Client 'hadoop@{REALM.lower()}' not found in Kerberos database", ["KRB-REALM-CASE"]),
        # https://github.com/apache/seatunnel/issues/7867: krb5.conf has what the client misses.
        ("LoginException: Cannot locate KDC", ["KRB-CONF-NOT-READ", "DNS-SRV"]),
    ],
)
def test_a_realm_that_krb5_conf_does_not_have_is_not_shown_by_it(tmp_path: Path, log: str, left: list[str]) -> None:
    (finding,) = _of(tmp_path, log)["findings"]

    assert finding["params"]["candidates"][: len(left)] == left


TYPE = "KrbException: KDC has no support for encryption type (14)"


def test_a_list_of_encryption_types_may_be_one_that_the_kdc_does_not_have(tmp_path: Path) -> None:
    # https://github.com/apache/kafka/pull/5586: AES alone is in the list, and the KDC has less.
    krb5 = str(healthy(kerberos=True)["krb5.conf"])
    listed = krb5.replace("  dns_lookup_kdc", "  permitted_enctypes = aes256-cts-hmac-sha1-96\n  dns_lookup_kdc")

    with_list = _of(tmp_path / "with", TYPE, {"krb5.conf": listed})["findings"][0]
    without = _of(tmp_path / "without", TYPE)["findings"][0]

    assert with_list["params"]["candidates"] == ["KRB-ETYPE-KDC", "KRB-ETYPE-CONF"]
    assert without["params"]["candidates"] == ["KRB-ETYPE-KDC"]


def test_a_ticket_of_another_realm_is_not_first_a_matter_of_tcp(tmp_path: Path) -> None:
    # https://github.com/GoogleCloudDataproc/initialization-actions/issues/369: the keys between two
    # realms did not fit. The rules let TCP in.
    log = "GSSException: No valid credentials (Mechanism level: Fail to create credential. (63) - No service creds)"
    closed = group_of_nodes([rule("UDP", 88), *(rule("TCP", port) for port in PORTS if port != 88)])

    (finding,) = _of(tmp_path / "open", log)["findings"]
    others = _of(tmp_path / "closed", log, closed)["findings"]

    assert finding["params"]["candidates"] == ["KRB-DOMAIN-REALM", "KRB-XREALM-KEY", "KRB-CAPATHS", "KDC-TOOBIG-TCP"]
    assert [each["code"] for each in others] == ["SG-KDC-TCP"]


LINES = f"127.0.0.1 localhost\n192.168.20.11 {MASTER} master-1-1\n192.168.20.21 {CORE} core-1-1\n"


@pytest.mark.parametrize(
    ("hosts", "codes"),
    [
        # https://github.com/greenplum-db/gpdb/pull/1954: the loopback line names the server. Java
        # dials the IPv4 address beside ::1, and libkrb5 asks for localhost.
        (LINES.replace("127.0.0.1 localhost", f"127.0.0.1 localhost\n::1 localhost {MASTER}"), ["DNS-PTR-OTHER"]),
        (LINES.replace("192.168.20.11", "127.0.1.1"), ["DNS-LOOPBACK"]),
        (f"192.168.20.99 {MASTER}\n{LINES}", ["DNS-STALE-IP"]),
        (f"{LINES}192.168.20.99 {MASTER}\n", []),
    ],
)
def test_of_two_hosts_lines_the_one_that_is_dialled_counts(tmp_path: Path, hosts: str, codes: list[str]) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {"hosts": hosts}))

    assert [each["code"] for each in result["findings"]] == codes
    assert (result["exit_code"] in (1, 3)) == (codes in (["DNS-LOOPBACK"], ["DNS-STALE-IP"]))


@pytest.mark.parametrize(("hosts", "exit_code"), [(LINES, 0), ("127.0.0.1 localhost\n", 3), (None, 3)])
def test_a_namenode_by_its_address_needs_a_name_for_it(tmp_path: Path, hosts: str | None, exit_code: int) -> None:
    # https://github.com/telefonicaid/fiware-cygnus/issues/309: principals have the full name, so
    # an address in its place is not valid.
    by_address = {"core-site.xml": {"fs.defaultFS": "hdfs://192.168.20.11:9000"}, "hosts": hosts}

    result = report(tmp_path, changed(healthy(kerberos=True), by_address))

    expected = [] if hosts == LINES else [("DNS-IP-URL", "inferred")]
    assert [(each["code"], each["confidence"]) for each in result["findings"]] == expected
    assert (result["exit_code"], result["suggested_rules"]) == (exit_code, [])
