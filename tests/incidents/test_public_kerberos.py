"""Does the report see what people found out who met a failed Kerberos login?

One row a public report: its address, and in our own words what they had. The files are those of a
healthy cluster, or have the fault of the report.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import MASTER, REALM, Change, changed, healthy, report

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
