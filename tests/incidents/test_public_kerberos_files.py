"""What does the answer say of files and logs as people sent them, who could not log in?

One row a situation, with the address of the report that has it. Beside each fault stands what only
looks like it: stock files, copies, backups, and the log of a login that went well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import DOMAIN, MASTER, REALM, Change, changed, check, healthy, report

AT = "2026-11-20 13:00:37,001"


def _kerberos(folder: Path, change: Change, *, ha: bool = False) -> Any:
    """Return the report of a cluster with Kerberos and this change."""
    return report(folder, changed(healthy(kerberos=True, ha=ha), change))


def _loud(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"] if each["severity"] != "info"]


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
    result = _kerberos(tmp_path, {"client.log": f"{log}\n"})

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
    result = _kerberos(tmp_path, {"client.log": f"{log}\n"})

    assert _left(result)[: len(left)] == left
    assert not {"SG-KDC-UDP", "SG-KDC-TCP", "SG-SVC", "SVC-DOWN"} & set(_left(result))
    assert (result["exit_code"], result["suggested_rules"], result["suggested_edits"]) == (0, [], [])


KRB5 = str(healthy(kerberos=True)["krb5.conf"])
KDC = f"kdc = {MASTER}:88"
MAPPING = f"  .{DOMAIN} = {REALM}\n"
AD = "CORP.EXAMPLE.COM"
OTHER = f"""  {AD} = {{
    kdc = ad1.corp.example.com:88
    kdc = ad2.corp.example.com:88
    admin_server = ad1.corp.example.com
  }}
"""


def _libdefaults(*lines: str) -> str:
    return KRB5.replace("[libdefaults]\n", "[libdefaults]\n" + "".join(f"  {line}\n" for line in lines))


def _two_realms(mapping: str = MAPPING, more: str = "") -> str:
    """Return krb5.conf of users of Active Directory, whose cluster has a realm of its own."""
    text = KRB5.replace(f"default_realm = {REALM}", f"default_realm = {AD}").replace("[realms]\n", f"[realms]\n{OTHER}")
    return text.replace(MAPPING, f"{mapping}  .corp.example.com = {AD}\n{more}")


CAPATHS = f"[capaths]\n  {AD} = {{\n    {REALM} = %s\n  }}\n"


@pytest.mark.parametrize(
    "text",
    [
        # https://github.com/GoogleCloudDataproc/initialization-actions/issues/369: users are of AD.
        _two_realms(),
        _two_realms(more=CAPATHS % "."),
        # Java asks for the direct way first. Whether that one exists, no file tells.
        _two_realms(more=CAPATHS % "ROOT.EXAMPLE.COM"),
    ],
    ids=["plain", "direct", "over a third"],
)
def test_users_of_another_realm_need_its_kdc_and_no_edit(tmp_path: Path, text: str) -> None:
    result = _kerberos(tmp_path, {"krb5.conf": text})

    assert set(_loud(result)) == {"KDC-EXTERNAL"}
    assert {each["confidence"] for each in result["findings"]} == {"inferred"}
    assert (result["exit_code"], result["suggested_rules"], result["suggested_edits"]) == (3, [], [])


@pytest.mark.parametrize("key", [f".{DOMAIN.upper()}", f"*.{DOMAIN}", f"*{DOMAIN}", f".{DOMAIN}.", MASTER.upper()])
def test_a_line_that_maps_no_host_as_it_is_written_is_the_one_to_replace(tmp_path: Path, key: str) -> None:
    # Run with JDK 17: none of these keys is found, so Java asks in the default realm.
    files = changed(healthy(kerberos=True), {"krb5.conf": _two_realms(f"  {key} = {REALM}\n")})

    result = report(tmp_path, files)
    _, page = check(tmp_path / "page", files)

    assert (result["exit_code"], _loud(result)[0], result["suggested_rules"]) == (1, "KRB-DOMAIN-REALM", [])
    edit = next(each for each in result["suggested_edits"] if each["finding"]["rank"] == 1)
    assert (edit["action"], edit["from"].split(" = ")[0].strip()) == ("replace", key)
    assert edit["to"].strip() == f"{MASTER if key == MASTER.upper() else f'.{DOMAIN}'} = {REALM}"
    assert "is not written as clients compare it" in " ".join(page.split())


@pytest.mark.parametrize("key", [f".{DOMAIN.upper()}", f"*.{DOMAIN}", "*"])
def test_a_line_that_maps_no_host_stops_nobody_of_the_default_realm(tmp_path: Path, key: str) -> None:
    result = _kerberos(tmp_path, {"krb5.conf": KRB5.replace(MAPPING, f"  {key} = {REALM}\n")})

    assert [(each["code"], each["severity"]) for each in result["findings"]] == [("KRB-DOMAIN-REALM", "warning")]
    assert result["exit_code"] == 0


def test_a_kdc_of_another_address_family_has_no_filter_to_open(tmp_path: Path) -> None:
    # Given a resource group with IPv4 alone, and a second KDC that has IPv6 alone
    files = changed(healthy(kerberos=True), {"krb5.conf": KRB5.replace(KDC, f"{KDC}\n    kdc = [2001:db8:20::11]:88")})

    result = report(tmp_path, files)
    _, page = check(tmp_path / "page", files)

    assert (result["exit_code"], result["findings"]) == (3, [])
    assert "has a block of the address family of 2001:db8:20::11" in " ".join(page.split())
    assert "in this address family is known" in " ".join(page.split())


@pytest.mark.parametrize(
    ("realm", "host"),
    [
        # https://github.com/TOSIT-IO/tdp-collection/issues/376, whose realm is {{ realm }}
        ("{{ realm }}", MASTER),
        # https://github.com/stackabletech/hdfs-operator/issues/712, the realm of an environment
        ("${KERBEROS_REALM}", "${KDC_HOST}"),
        ("$REALM", "$KDC"),
        ("@REALM@", MASTER),
        ("<YOUR-REALM>", "<kdc-host>"),
        (REALM, "{{ kdc_host }}"),
    ],
)
def test_a_template_that_nobody_filled_in_is_called_so(tmp_path: Path, realm: str, host: str) -> None:
    text = KRB5.replace(REALM, realm).replace(f"{MASTER}:88", f"{host}:88")

    result = _kerberos(tmp_path, {"krb5.conf": text})

    assert (result["exit_code"], _loud(result), result["suggested_rules"]) == (1, ["KRB-CONF-SYNTAX"], [])
    assert result["suggested_edits"] == []
    assert f"in which {realm if realm != REALM else host} was not filled in" in result["findings"][0]["title"]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        # Tokens of libkrb5, and rules of user names, are no places to be filled in.
        (_libdefaults("default_ccache_name = FILE:/tmp/krb5cc_%{uid}"), None),
        (KRB5.replace(KDC, f"{KDC}\n    auth_to_local = RULE:[1:$1@$0](.*@{REALM})s/@.*//"), None),
        (f"# {{{{ ansible_managed }}}}\n{KRB5}", None),
        (KRB5.replace("[realms]\n", "[realms]\n  OTHER.EXAMPLE = {\n    kdc = <kdc>\n  }\n"), "warning"),
    ],
    ids=["token", "rule", "comment", "another realm"],
)
def test_what_only_looks_like_a_template_stops_no_login(tmp_path: Path, text: str, severity: str | None) -> None:
    result = _kerberos(tmp_path, {"krb5.conf": text})

    assert {each["severity"] for each in result["findings"]} == ({severity} if severity else set())
    assert result["exit_code"] == 0
