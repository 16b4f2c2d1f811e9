"""Which faults do further words leave open, of Java, MIT, Hadoop, Hive and Python clients?

One row a public report, with its address. The words are those that the report quotes, with names of
a healthy cluster.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import MASTER, REALM, Change, changed, healthy, report

AT = "2026-11-20 13:00:37,001"
USER = f"hadoop@{REALM}"
GSS = "Unspecified GSS failure.  Minor code may provide more information"
INVALID = f"java.lang.IllegalArgumentException: Server has invalid Kerberos principal: hdfs/{MASTER}@{REALM}, expecting"


def _of(folder: Path, log: str, change: Change | None = None) -> Any:
    """Return the report of a healthy cluster with Kerberos and a log."""
    return report(folder, {**changed(healthy(kerberos=True), change or {}), "client.log": f"{log}\n"})


def _left(result: Any) -> list[str]:
    """Return the codes that the only finding about the log leaves."""
    (finding,) = result["findings"]
    return [str(code) for code in finding["params"]["candidates"]]


@pytest.mark.parametrize(
    ("log", "left"),
    [
        # https://github.com/alagrede/HdfsClient/issues/1: KDC_ERR_WRONG_REALM, for which no Java
        # before 25 has words. Run with JDK 11, 17, 21 and 25.
        (
            (
                "\t\t[Krb5LoginModule] authentication failed \nnull (68)\n"
                'Exception in thread "main" javax.security.auth.login.LoginException: null (68)\n'
                "\tat com.sun.security.auth.module.Krb5LoginModule.attemptAuthentication(Krb5LoginModule.java:804)"
            ),
            ["KRB-WRONG-REALM", "KRB-DOMAIN-REALM"],
        ),
        ("javax.security.auth.login.LoginException: Wrong realm (68)", ["KRB-WRONG-REALM", "KRB-DOMAIN-REALM"]),
        ("KrbException: null (28)", ["KRB-CAPATHS", "KRB-XREALM-KEY"]),
        # https://github.com/trinodb/trino/issues/14012: the keytab has keys of 3DES and DES alone.
        (
            (
                f"Found unsupported keytype (1) for {USER}\nFound unsupported keytype (16) for {USER}\n"
                f"Error running command: Kerberos error for [{USER}]: Unable to obtain password from user"
            ),
            ["KRB-ETYPE-KEYTAB", "KRB-KEYTAB-PRINC", "KRB-KEYTAB-FILE"],
        ),
        # https://github.com/keycloak/keycloak/issues/19822: the ticket is of RC4, so the key number
        # and the clock are right.
        (
            (
                f"{AT} ERROR [HiveServer2-Handler-Pool: Thread-47] transport.TSaslTransport: SASL negotiation failure\n"
                "Caused by: GSSException: Failure unspecified at GSS-API level (Mechanism level: Encryption type RC4 "
                "with HMAC is not supported/enabled)"
            ),
            ["KRB-ETYPE-KEYTAB"],
        ),
        # https://github.com/cloudera-labs/cloudera.cluster/issues/217, in the words of a new Java.
        (
            (
                f"{AT} WARN org.apache.hadoop.security.authentication.server.AuthenticationFilter: Authentication "
                "exception: GSSException: Failure unspecified at GSS-API level (Mechanism level: Invalid argument "
                "(400) - Cannot find key of appropriate type to decrypt AP-REQ - AES256 CTS mode with HMAC SHA384-192)"
            ),
            ["KRB-SVC-KEY", "KRB-ETYPE-SELECT"],
        ),
        # https://github.com/t8y2/dbx/issues/5205: the client did not get as far as to connect.
        (
            (
                f"java.sql.SQLException: Could not open client transport with JDBC Uri: jdbc:hive2://{MASTER}:10000/"
                f";principal=hive/{MASTER}@{REALM}: Can't get Kerberos realm"
            ),
            ["KRB-CONF-NOT-READ"],
        ),
        # https://github.com/apache/kyuubi/issues/98: the session has a token and no login.
        (
            (
                "org.apache.hadoop.ipc.RemoteException(java.io.IOException): Delegation Token can be issued only with "
                "kerberos or web authentication\n"
                "\tat org.apache.hadoop.hdfs.server.namenode.FSNamesystem.getDelegationToken(FSNamesystem.java:7479)"
            ),
            ["KRB-UGI", "KRB-NO-TGT"],
        ),
        # https://github.com/spotify/snakebite/issues/173
        ("krbV.Krb5Error: (-1765328189, 'No credentials cache found')", ["KRB-NO-TGT"]),
        # https://github.com/mtth/hdfs/issues/74: there was no kinit.
        (
            f"(('{GSS}', 851968), (\"Can't find client principal {USER} in cache collection\", -1765328243))",
            ["KRB-NO-TGT"],
        ),
        # https://github.com/krbcontext/python-krbcontext/issues/16
        (f"GSSError: {GSS}, Minor: Principal in credential cache does not match desired name", ["KRB-NO-TGT"]),
        # https://github.com/microsoft/omi/pull/327
        ("klist: Credentials cache keyring 'persistent:0:0' not found", ["KRB-NO-TGT"]),
        (f"sasl error: GSSAPI Error: {GSS} (No Kerberos credentials available (default cache: KCM:))", ["KRB-NO-TGT"]),
        # https://github.com/apache/iceberg-python/issues/3787: the URI has the short name.
        (
            f"GSSError: (('{GSS}', 851968), ('Server hive/master-1-1@{REALM} not found in Kerberos database'))",
            ["DNS-CANON", "DNS-ALIAS", "KRB-SVC-MISSING"],
        ),
        # https://github.com/jcmturner/gokrb5/issues/465: DNS answers in capitals.
        # https://github.com/apache/phoenix-queryserver/pull/79: a host has capitals in its name.
        (
            f"KrbException: Server not found in Kerberos database (7)\n\t sname is hdfs/{MASTER.upper()}@{REALM}",
            ["DNS-CANON", "KRB-SVC-MISSING"],
        ),
        # https://github.com/apache/hadoop/pull/4693: no reverse record, so _HOST became an address.
        (f"{INVALID}: hdfs/192.168.20.11@{REALM}", ["DNS-NO-PTR", "DNS-IP-URL"]),
        # The same words with the short name are still those of a hosts file.
        (f"{INVALID}: hdfs/master-1-1@{REALM}", ["DNS-CANON", "KRB-SVC-PATTERN"]),
        # Hive 3.1.3 takes no principal without a host: https://github.com/hortonworks/streamline/pull/572
        (
            f"java.io.IOException: Kerberos principal should have 3 parts: hive@{REALM}",
            ["KRB-SVC-PATTERN", "SVC-HS2-PRINC"],
        ),
        # The words that JDK 17 has for a realm which DNS does not know, and those of JDK 25, run.
        (
            (
                "javax.security.auth.login.LoginException: Cannot locate KDC\nCaused by: KrbException: Generic error "
                "(description in e-text) (60) - Unable to locate KDC for realm CORP.EXAMPLE.COM"
            ),
            ["KRB-NO-STANZA", "KRB-CONF-NOT-READ", "DNS-SRV"],
        ),
        (
            "javax.security.auth.login.LoginException: Cannot locate KDC for CORP.EXAMPLE.COM",
            ["KRB-NO-STANZA", "KRB-CONF-NOT-READ", "DNS-SRV"],
        ),
        # https://github.com/DTStack/chunjun/issues/65: a principal without service, host and realm.
        (
            (
                "java.io.IOException: Failed on local exception: java.io.IOException: "
                "java.lang.IllegalArgumentException: Kerberos principal name does NOT have the expected hostname part: "
                f'mis; Host Details : local host is: "Lxx/127.0.0.1"; destination host is: "{MASTER}":8020;'
            ),
            ["KRB-SVC-PATTERN"],
        ),
        # https://github.com/DTStack/chunjun/issues/1753
        (
            (
                f"KerberosAuthException: failure to login: for principal: {USER} from keytab /tmp/hive_client.keytab "
                "javax.security.auth.login.LoginException: Message stream modified (41)"
            ),
            ["KRB-41"],
        ),
    ],
)
def test_words_of_a_login_leave_few_faults_and_none_of_the_network(tmp_path: Path, log: str, left: list[str]) -> None:
    result = _of(tmp_path, log)

    assert _left(result) == left
    assert (result["exit_code"], result["suggested_rules"], result["suggested_edits"]) == (0, [], [])


def test_a_weak_key_beside_a_good_one_is_no_failure(tmp_path: Path) -> None:
    # Java names each key that it skips, also as it logs in with another one.
    log = f"Found unsupported keytype (23) for {USER}\nAdded key: 18, version: 1\nINFO Successfully logged into KDC."

    result = _of(tmp_path, log)

    assert (result["exit_code"], result["findings"]) == (0, [])


def test_a_number_without_words_is_no_port_at_which_nobody_listens(tmp_path: Path) -> None:
    # JDK 17 says "null" of an ICMP message, and "null (N)" of an error that the KDC sent.
    assert "KDC-DOWN" in _left(_of(tmp_path / "icmp", "javax.security.auth.login.LoginException: null"))
    assert "KDC-DOWN" not in _left(_of(tmp_path / "kdc", "javax.security.auth.login.LoginException: null (68)"))


@pytest.mark.parametrize(
    "log",
    [
        # In the words of the sources of Spark 3.5.1 and Flink 1.17.1, and of Java.
        'Exception in thread "main" org.apache.spark.SparkException: Keytab file: /tmp/a.keytab does not exist',
        "IllegalConfigurationException: Kerberos login configuration is invalid: keytab [/tmp/a.keytab] doesn't exist!",
        "IllegalConfigurationException: Kerberos login configuration is invalid: keytab [/tmp/a.keytab] is unreadable!",
        "java.io.FileNotFoundException: /etc/security/keytabs/hive.service.keytab (Permission denied)",
    ],
)
def test_a_keytab_that_a_client_does_not_find_is_named(tmp_path: Path, log: str) -> None:
    result = _of(tmp_path, log)

    assert [(each["code"], each["severity"]) for each in result["findings"]] == [("KRB-KEYTAB-FILE", "warning")]
    assert result["exit_code"] == 0
