"""Which faults do the words of a Kerberos client or of ZooKeeper leave open?

One row a situation, with the address of the report that has it. Beside the failures stands the log
of a login that went well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import MASTER, REALM, changed, healthy, report

AT = "2026-11-20 13:00:37,001"


def _of(folder: Path, log: str) -> Any:
    """Return the report of a healthy cluster with Kerberos and a log."""
    return report(folder, changed(healthy(kerberos=True), {"client.log": f"{log}\n"}))


def _left(result: Any) -> list[str]:
    """Return the codes that the only finding about the log leaves."""
    (finding,) = result["findings"]
    return [str(code) for code in finding["params"]["candidates"]]


GOOD_TRACE = "\n".join(
    f"[2023703] 1697039506.9463{at:02}: {text}"
    for at, text in enumerate(
        (
            f"Getting initial credentials for hadoop@{REALM}",
            "Sending unauthenticated request",
            f"Resolving hostname {MASTER}",
            "Sending initial UDP request to dgram 192.168.20.11:88",
            "Received answer (285 bytes) from dgram 192.168.20.11:88",
            "Received error from KDC: -1765328359/Additional pre-authentication required",
            "Preauth module encrypted_timestamp (2) (real) returned: 0/Success",
            "Initiating TCP connection to stream 192.168.20.11:88",
            "Received answer (1693 bytes) from stream 192.168.20.11:88",
            f"Storing hadoop@{REALM} -> krbtgt/{REALM}@{REALM} in FILE:/tmp/krb5cc_0",
        )
    )
)
GOOD_DEBUG = f"""default etypes for default_tkt_enctypes: 18 17 20 19.
>>> KrbAsReq creating message
>>> KrbKdcReq send: kdc={MASTER} UDP:88, timeout=30000, number of retries =3, #bytes=244
>>> KDCCommunication: kdc={MASTER} UDP:88, timeout=30000,Attempt =1, #bytes=244
>>> KrbKdcReq send: #bytes read=105
>>>KRBError:
\t error code is 25
\t error Message is Additional pre-authentication required
KrbAsReqBuilder: PREAUTH FAILED/REQ, re-send AS-REQ
>>> KrbKdcReq send: kdc={MASTER} TCP:88, timeout=30000, number of retries =3, #bytes=244
>>>DEBUG: TCPClient reading 1873 bytes
>>> KrbAsRep cons in KrbAsReq.getReply hadoop
2026-06-17T08:45:42,116 INFO [main] HadoopDelegationTokenManager - Successfully logged into KDC.
"""
NO_SECTION = (
    "No JAAS configuration section named 'Client' was found in specified JAAS configuration file: '/etc/jaas.conf'"
)


@pytest.mark.parametrize(
    "log",
    [
        # https://github.com/streamthoughts/jikkou/issues/286, the trace without its slow look-ups
        GOOD_TRACE,
        # https://github.com/stackabletech/spark-k8s-operator/issues/702: a reply goes over TCP.
        GOOD_DEBUG,
        # A ZooKeeper without Kerberos: the client goes on without a login.
        (
            f"{AT} WARN zookeeper.ClientCnxn: SASL configuration failed: {NO_SECTION}. Will continue connection to "
            "Zookeeper server without SASL authentication, if Zookeeper server allows it."
        ),
    ],
    ids=["trace", "debug", "zookeeper"],
)
def test_the_log_of_a_login_that_went_well_names_no_fault(tmp_path: Path, log: str) -> None:
    result = _of(tmp_path, log)

    assert (result["exit_code"], result["findings"]) == (0, [])


ZOOKEEPER = f"2018-09-18 01:40:12,683 [myid:] - ERROR [main-SendThread({MASTER}:2181):ZooKeeperSaslClient@247] - SASL "
NO_KEY = (
    "(Mechanism level: Invalid argument (400) - Cannot find key of appropriate type to decrypt AP REP - RC4 with HMAC)"
)
DATAX = f"{AT} [job-0] ERROR JobContainer - Exception when job run\ncom.alibaba.datax.common.exception.DataXException: "
GOKRB5 = "[Root cause: Decrypting_Error] KRBMessage_Handling_Error: AS Exchange Error: "
UNSENT = "failed to communicate with KDC. Attempts made with UDP (error sending to a KDC: {}) and then TCP ({})"


@pytest.mark.parametrize(
    ("log", "left"),
    [
        # https://github.com/AronChung/blog/issues/91
        (
            (
                f"{DATAX}Code:[HdfsWriter-09], Description:[KERBEROS认证失败]. - java.io.IOException: Login failure "
                f"for hive/{MASTER}@{REALM} from keytab /tmp/hive.keytab: Unable to obtain password from user"
            ),
            ["KRB-KEYTAB-PRINC", "KRB-KEYTAB-FILE"],
        ),
        # https://github.com/alibaba/DataX/issues/132: the case's krb5.conf has a default realm.
        (
            (
                f"{DATAX}Code:[Framework-02] - java.lang.IllegalArgumentException: Can't get Kerberos realm\n"
                "Caused by: KrbException: Cannot locate default realm"
            ),
            ["KRB-CONF-NOT-READ"],
        ),
        ("java.io.FileNotFoundException: /etc/krb5.conf (No such file or directory)", ["KRB-CONF-NOT-READ"]),
        # https://github.com/danielqsj/kafka_exporter/issues/371: the keytab has key number 1.
        (
            (
                f"{GOKRB5}AS_REP is not valid or client password/keytab incorrect < Decrypting_Error: error decrypting "
                f'AS_REP encrypted part: matching key not found in keytab. Looking for "a" realm: {REALM} kvno: 3'
            ),
            ["KRB-KEYTAB-STALE", "KRB-ETYPE-KEYTAB"],
        ),
        ("KRB Error: (68) KDC_ERR_WRONG_REALM Reserved for future use", ["KRB-WRONG-REALM", "KRB-DOMAIN-REALM"]),
        (
            "KRB Error: (24) KDC_ERR_PREAUTH_FAILED Pre-authentication information was invalid",
            ["KRB-KEYTAB-STALE", "KRB-SKEW"],
        ),
        (UNSENT.format("error resolving KDC address: lookup kdc1 on 10.0.0.2:53: no such host", ""), ["DNS-NX-KDC"]),
        (UNSENT.format("read udp 10.1.0.2:6->10.9.8.7:88: connection refused", "no"), ["KDC-DOWN", "KDC-PORT"]),
        # https://github.com/apache/amoro/issues/1134: the principal is the path of a file.
        (
            (
                "KerberosAuthException: Login failure for principal: /data/krb.keytab from keytab /data/krb5.keytab "
                "LoginException: java.lang.IllegalArgumentException: Empty nameString not allowed"
            ),
            ["KRB-KEYTAB-PRINC"],
        ),
        # https://github.com/shafiquejamal/kafka-zookeeper-kerberos/issues/1: the server sends
        # nothing, and kinit works.
        (
            (
                f"{ZOOKEEPER}authentication failed using login context 'Client' with exception: Error in "
                "authenticating with a Zookeeper Quorum member: the quorum member's saslToken is null."
            ),
            ["KRB-SVC-KEY", "KRB-SERVER-SIMPLE"],
        ),
        # https://github.com/conduktor/kafka-security-manager/issues/63
        (
            (
                f"{AT} WARN zookeeper.SaslClientCallbackHandler - Could not login: the Client is being asked for a "
                "password, but the ZooKeeper Client code does not currently support obtaining a password from the user."
            ),
            ["KRB-KEYTAB-FILE", "KRB-KEYTAB-PRINC"],
        ),
        # https://github.com/spring-projects/spring-security-kerberos/issues/61
        (
            (
                f"{AT} ERROR [HiveServer2-Handler-Pool: Thread-47] transport.TSaslTransport: SASL negotiation failure\n"
                f"javax.security.sasl.SaslException: GSS initiate failed [Caused by GSSException: Failure {NO_KEY}]"
            ),
            ["KRB-SVC-KEY"],
        ),
        # https://github.com/confluentinc/kafka-connect-hdfs/issues/478: no HiveServer2 was asked.
        (
            (
                f"{AT} WARN Couldn't setup connection for hadoop@{REALM} to {MASTER}:9000 (o.a.h.ipc.Client)\n"
                "org.apache.hadoop.ipc.RemoteException(javax.security.sasl.SaslException): GSS initiate failed"
            ),
            ["KRB-SVC-KEY", "KRB-SKEW", "KRB-REPLAY"],
        ),
        # https://github.com/stackabletech/hdfs-operator/issues/419, and the case has the principal.
        (
            (
                "Caused by: java.lang.IllegalArgumentException: Failed to specify server's Kerberos principal name\n"
                "\tat org.apache.hadoop.security.SaslRpcClient.getServerPrincipal(SaslRpcClient.java:327)"
            ),
            ["KRB-SVC-UNSET"],
        ),
        # Java tells of the refusal in its words, and of the bytes in those of its reader.
        (
            (
                "KrbException: Server not found in Kerberos database (7) - LOOKING_UP_SERVER\n"
                "Caused by: KrbException: Identifier doesn't match expected value (906)"
            ),
            ["KRB-SVC-MISSING", "DNS-NO-PTR"],
        ),
        ("GSSException: Failure unspecified (Mechanism level: The ticket isn't for us (35))", ["KRB-SVC-KEY"]),
        (
            "GSSError: Minor code may provide more information (Wrong principal in request)",
            ["KRB-SVC-KEY", "DNS-ALIAS"],
        ),
        ("kinit: KDC policy rejects request while getting initial credentials", ["KRB-PRINC-STATE"]),
        ("kinit: Unsupported key table format version number while getting initial credentials", ["KRB-KEYTAB-FILE"]),
        ("kinit: Key table entry not found while getting initial credentials", ["KRB-KEYTAB-PRINC"]),
        ("kvno: Cannot find ticket for requested realm while getting credentials", ["KRB-XREALM-KEY", "KRB-CAPATHS"]),
        ("kinit: Invalid UID in persistent keyring name while getting default ccache", ["KRB-CCACHE-TYPE"]),
    ],
)
def test_each_library_has_words_for_what_a_kdc_or_a_service_refuses(tmp_path: Path, log: str, left: list[str]) -> None:
    result = _of(tmp_path, log)

    assert _left(result)[: len(left)] == left
    assert not {"SG-KDC-UDP", "SG-KDC-TCP", "SG-SVC", "SVC-DOWN"} & set(_left(result))
    assert (result["exit_code"], result["suggested_rules"], result["suggested_edits"]) == (0, [], [])


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        # https://github.com/apache/hive/pull/748
        ("hive/192.168.20.11", ["DNS-NO-PTR", "DNS-IP-URL"]),
        # https://github.com/apache/spark/pull/37377: the host has another name in DNS. It is no
        # HiveServer2 that was asked.
        (
            "zookeeper/ip-192-168-20-11.internal",
            ["KRB-SVC-MISSING", "DNS-PTR-OTHER", "DNS-ALIAS", "KRB-DOMAIN-REALM"],
        ),
    ],
)
@pytest.mark.parametrize("is_above", [True, False])
def test_the_name_in_the_debug_output_counts_above_the_failure_and_below_it(
    tmp_path: Path, asked: str, left: list[str], is_above: bool
) -> None:
    lines = ["KrbException: Server not found in Kerberos database (7) - UNKNOWN_SERVER", f"\t sname is {asked}@{REALM}"]

    result = _of(tmp_path, "\n".join(reversed(lines) if is_above else lines))

    assert _left(result) == left
    assert f"for a name like {asked}@{REALM}" in str(result["findings"][0]["remedies"])
