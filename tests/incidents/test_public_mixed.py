"""What does the answer say where two or three inputs meet: a fault beside what only looks like one?

Situations of public reports and of vendors' pages, rebuilt with hosts and addresses of ours. Each
is unlike those of the other modules: the fault and its decoy stand in different inputs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    MASTER,
    PORTS,
    REALM,
    SECOND,
    Change,
    changed,
    check,
    group_of_nodes,
    healthy,
    report,
    rule,
)

ALL = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
KRB5 = str(healthy(kerberos=True)["krb5.conf"])
AT = "2026-11-20 13:00:37,001"


def _without(*gone: tuple[str, int]) -> list[Any]:
    """Return the rules of a healthy cluster without those for these ports."""
    return [each for each in ALL if (each["IpProtocol"], int(each["PortRange"].split("/")[0])) not in gone]


def _kerberos(change: Change, *, ha: bool = False) -> Any:
    return changed(healthy(kerberos=True, ha=ha), change)


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _log_finding(result: Any) -> Any:
    (found,) = [each for each in result["findings"] if each["code"] == "INPUT-LOG"]
    return found


def _timeout(client: str) -> str:
    remote = f"{MASTER}/192.168.20.11:8032"
    return (
        f"{AT} WARN ipc.Client: org.apache.hadoop.net.ConnectTimeoutException: Call From host/{client} to "
        f"{MASTER}:8032 failed on socket timeout exception: 20000 millis timeout while waiting for channel to be ready "
        f"for connect. ch : java.nio.channels.SocketChannel[connection-pending remote={remote}]\n"
    )


@pytest.mark.parametrize(("client", "is_outside"), [("10.8.0.5", True), ("192.168.10.5", False), ("127.0.1.1", False)])
def test_rules_for_the_resource_group_say_nothing_of_a_log_of_another_host(
    tmp_path: Path, client: str, is_outside: bool
) -> None:
    # Given rules that let the resource group through, and a log that names the client's own address
    result = report(tmp_path, {**healthy(), "client.log": _timeout(client)})

    found = _log_finding(result)
    assert ("SG-SVC" in found["params"]["candidates"]) == is_outside
    assert (f"from {client}, which is no address of the resource group" in found["cause"]) == is_outside


def _asked(kdc: str) -> str:
    return (
        f">>> KDCCommunication: kdc={kdc} UDP:88, timeout=30000,Attempt =3, #bytes=171\n"
        f"{AT} ERROR login\njavax.security.auth.login.LoginException: Receive timed out\n"
    )


@pytest.mark.parametrize(
    ("kdc", "is_other"), [("old-kdc.corp.example", True), (MASTER, False), ("master-1-1", False), ("KDC", False)]
)
def test_a_kdc_that_no_line_names_is_of_another_krb5_conf(tmp_path: Path, kdc: str, is_other: bool) -> None:
    # https://github.com/adoptium/aqa-tests/issues/5929, the words
    stanza = f"{KRB5}[realms]\n  OTHER.EXAMPLE = {{\n    kdc = kdc.other.example\n  }}\n"
    change = (
        {"client.log": _asked(kdc)}
        if kdc != "KDC"
        else {"client.log": _asked("kdc.other.example"), "krb5.conf": stanza}
    )

    found = _log_finding(report(tmp_path, _kerberos(change)))

    assert (found["params"]["candidates"][0] == "KRB-CONF-NOT-READ") == is_other
    assert ("which no kdc line of krb5.conf names" in found["cause"]) == is_other


SKEW = f"{AT} WARN ipc.Client: GSS initiate failed\nCaused by: KrbException: Clock skew too great (37) - PROCESS_TGS\n"


def test_what_a_log_shows_beside_a_missing_rule_is_on_the_first_screen(tmp_path: Path) -> None:
    # https://github.com/datavane/tis/issues/127, and a rule that is missing as well
    files = _kerberos({**group_of_nodes(_without(("TCP", 10020))), "client.log": SKEW})

    _, page = check(tmp_path, files)

    assert "1 SG-SVC" in page
    assert "“Clock skew too great (37)”" in page


@pytest.mark.parametrize(
    ("change", "repair"),
    [
        (
            {
                "krb5.conf": KRB5.replace("[libdefaults]\n", "[libdefaults]\n  kdc_timeout = 3\n"),
                "client.log": f"{AT} ERROR login\njavax.security.auth.login.LoginException: Receive timed out\n",
            },
            "kdc_timeout = 3s",
        ),
        # https://github.com/Stratio/sparta/issues/1386
        (
            {
                "core-site.xml": {"fs.defaultFS": f"hdfs://{SECOND}:8020"},
                "client.log": f"{AT} org.apache.hadoop.ipc.RemoteException(org.apache.hadoop.ipc.StandbyException): "
                "Operation category READ is not supported in state standby\n",
            },
            "write hdfs://etl-ha",
        ),
    ],
)
def test_a_warning_that_a_log_agrees_with_has_its_repair_on_the_first_screen(
    tmp_path: Path, change: Change, repair: str
) -> None:
    code, page = check(tmp_path, _kerberos(change, ha=True))

    assert repair in " ".join(page.split())
    assert "The log fits" in page
    assert code == 0


@pytest.mark.parametrize(
    ("change", "edited"),
    [
        ({"krb5.conf": KRB5.replace(REALM, REALM.lower())}, 3),
        ({"krb5.conf": KRB5.replace(REALM, REALM.title())}, 3),
        # Only the principal of one service is in small letters
        ({"hdfs-site.xml": {"dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM.lower()}"}}, 0),
    ],
)
def test_a_realm_in_other_letters_than_the_principals_is_the_same_cluster(
    tmp_path: Path, change: Change, edited: int
) -> None:
    # https://github.com/microsoft/omi/pull/327, the realm in small letters
    result = report(tmp_path, _kerberos(change))

    assert _codes(result) == ["KRB-REALM-CASE"]
    assert (result["exit_code"], len(result["suggested_edits"])) == (1, edited)


def test_a_stanza_in_other_letters_than_all_that_names_its_realm_is_corrected(tmp_path: Path) -> None:
    stanza = KRB5.replace(f"{REALM} = {{", f"{REALM.lower()} = {{")

    result = report(tmp_path, _kerberos({"krb5.conf": stanza}))

    assert _codes(result) == ["KRB-REALM-CASE"]
    assert [(edit["id"], edit["to"]) for edit in result["suggested_edits"]] == [("krb5.conf:6", f"  {REALM} = {{")]


def test_each_file_with_principals_in_other_letters_than_krb5_conf_is_named(tmp_path: Path) -> None:
    small = REALM.lower()
    change: Change = {
        "hdfs-site.xml": {"dfs.namenode.kerberos.principal": f"hdfs/_HOST@{small}"},
        "yarn-site.xml": {"yarn.resourcemanager.principal": f"yarn/_HOST@{small}"},
    }

    result = report(tmp_path, _kerberos(change))

    (text,) = [each["text"] for each in result["findings"][0]["remedies"]]
    assert f"Write {REALM} for {small} in hdfs-site.xml and yarn-site.xml." in text


def test_a_stanza_that_names_its_kdc_by_another_key_alone_gets_a_kdc_line(tmp_path: Path) -> None:
    stanza = KRB5.replace(f"kdc = {MASTER}:88", f"primary_kdc = {MASTER}:88")

    result = report(tmp_path, _kerberos({"krb5.conf": stanza}))

    assert _codes(result) == ["KRB-NO-STANZA"]
    (edit,) = result["suggested_edits"]
    assert (edit["action"], edit["id"], edit["to"]) == ("add", "krb5.conf:8", f"    kdc = {MASTER}:88")


def test_a_stanza_without_a_kdc_is_completed_and_not_written_twice(tmp_path: Path) -> None:
    # Given only a server for passwords, of which nobody knows whether it is a KDC
    stanza = KRB5.replace(f"kdc = {MASTER}:88", f"admin_server = {MASTER}:749")

    result = report(tmp_path, _kerberos({"krb5.conf": stanza}))

    (text,) = [each["text"] for each in result["findings"][0]["remedies"]]
    assert f"below krb5.conf:6 write the line kdc = {MASTER}:88, if the KDC is on the host of admin_server" in text
    assert result["suggested_edits"] == []


AGAIN = f"  {REALM} = {{\n    kdc = %s\n  }}\n"


@pytest.mark.parametrize("where", ["[realms]\n", ""])
def test_a_second_stanza_with_a_kdc_of_the_cluster_stops_no_login(tmp_path: Path, where: str) -> None:
    second = where + AGAIN % SECOND
    text = KRB5 + second if where else KRB5.replace("[domain_realm]", f"{second}[domain_realm]")

    result = report(tmp_path, _kerberos({"krb5.conf": text}, ha=True))

    assert [(each["code"], each["severity"]) for each in result["findings"]] == [("KRB-DUP-STANZA", "warning")]
    assert result["exit_code"] == 0


def test_merging_stanzas_leaves_no_empty_section_behind(tmp_path: Path) -> None:
    # Java 8 reads the last section of a name alone, also an empty one.
    result = report(tmp_path, _kerberos({"krb5.conf": KRB5 + "[realms]\n" + AGAIN % "192.168.20.99"}))

    assert _codes(result)[0] == "KRB-DUP-STANZA"
    (removed,) = [edit for edit in result["suggested_edits"] if edit["action"] == "remove"]
    assert removed["from"].startswith("[realms]\n")


def test_the_stanza_that_java_uses_may_be_the_included_one(tmp_path: Path) -> None:
    old = {"etc/krb5.conf.d/old.conf": "[realms]\n" + AGAIN % "192.168.20.99"}
    text = "includedir /etc/krb5.conf.d\n" + KRB5

    result = report(tmp_path, _kerberos({"krb5.conf": text, **old}))

    first = result["findings"][0]
    assert (first["code"], first["severity"], result["exit_code"]) == ("KRB-DUP-STANZA", "error", 1)
    assert "uses the stanza of etc/krb5.conf.d/old.conf:2 only: 192.168.20.99:88" in first["cause"]


@pytest.mark.parametrize(
    ("port", "is_slip"),
    [
        (9038, True),
        # A second metastore may well have a port of its own.
        (9084, False),
    ],
)
def test_a_slip_in_one_address_of_a_list_is_corrected_before_a_port_is_opened(
    tmp_path: Path, port: int, is_slip: bool
) -> None:
    # Given a pair of metastores, the first at the usual port, which the rules open
    uris = f"thrift://{MASTER}:9083,thrift://{SECOND}:{port}"

    result = report(tmp_path, changed(healthy(ha=True), {"hive-site.xml": {"hive.metastore.uris": uris}}))

    first = {each["option"]: "edit" for each in result["suggested_edits"]}
    first |= {each["option"]: "rule" for each in result["suggested_rules"]}
    assert (_codes(result), first[1]) == (["SG-SVC"], "edit" if is_slip else "rule")
    assert ("It is probably a typing mistake" in result["findings"][0]["cause"]) == is_slip


def test_a_kdc_elsewhere_that_is_asked_by_tcp_alone_needs_no_udp(tmp_path: Path) -> None:
    text = KRB5.replace(f"kdc = {MASTER}:88", "kdc = ad1.corp.example:88")
    text = text.replace("[libdefaults]\n", "[libdefaults]\n  udp_preference_limit = 1\n")

    result = report(tmp_path, _kerberos({"krb5.conf": text}))

    assert (_codes(result), result["exit_code"]) == (["KDC-EXTERNAL"], 3)
    (advice,) = [each["text"] for each in result["findings"][0]["remedies"]]
    assert "Open TCP 88 from" in advice


PROXY = "kdc = https://kdcproxy.example.com/KdcProxy"
PLAIN = f"kdc = {MASTER}:88"


@pytest.mark.parametrize("lines", [(PROXY, PLAIN), (PLAIN, PROXY)])
def test_a_proxy_beside_a_plain_kdc_is_no_connection_that_is_needed(tmp_path: Path, lines: tuple[str, str]) -> None:
    # https://github.com/latchset/kdcproxy/issues/37, and a KDC that Java can ask
    result = report(tmp_path, _kerberos({"krb5.conf": KRB5.replace(PLAIN, "\n    ".join(lines))}))

    assert {(each["code"], each["severity"]) for each in result["findings"]} == {
        ("KDC-MSG-CFG", "warning"),
        ("KDC-EXTERNAL", "warning"),
    }
    assert result["exit_code"] == 0


@pytest.mark.parametrize(
    ("lines", "action"),
    [
        (f"default_realm = OLD.EXAMPLE.COM\n  default_realm = {REALM}", "remove"),
        ("default_realm = OLD.EXAMPLE.COM", "replace"),
    ],
)
def test_a_default_realm_of_elsewhere_is_corrected_to_that_of_the_services(
    tmp_path: Path, lines: str, action: str
) -> None:
    # https://github.com/fayson/cdhproject/issues/33: no KDC is known of the realm asked for.
    result = report(tmp_path, _kerberos({"krb5.conf": KRB5.replace(f"default_realm = {REALM}", lines)}))

    assert _codes(result)[0] == "KRB-NO-STANZA"
    (edit,) = result["suggested_edits"]
    assert (edit["action"], edit["id"]) == (action, "krb5.conf:2")


@pytest.mark.parametrize(
    ("value", "kerberos", "right"),
    [
        (" kerberos ", True, "kerberos"),
        ("kerbros", True, "kerberos"),
        ("none", False, "simple"),
        ("Kerberos", True, None),
        ("SIMPLE", False, None),
    ],
)
def test_a_login_that_hadoop_does_not_know_stops_every_client(
    tmp_path: Path, value: str, kerberos: bool, right: str | None
) -> None:
    # SecurityUtil.getAuthenticationMethod, run with Hadoop 3.3.6
    change = {"core-site.xml": {"hadoop.security.authentication": value}}

    result = report(tmp_path, changed(healthy(kerberos=kerberos), change))

    assert _codes(result) == ([] if right is None else ["KRB-CLIENT-SIMPLE"])
    assert result["exit_code"] == (0 if right is None else 1)
    if right is not None:
        assert [(edit["from"], edit["to"]) for edit in result["suggested_edits"]] == [(value, right)]


@pytest.mark.parametrize(
    ("value", "code", "confidence"),
    [
        ("hdfs://core-1-1:9000/w", 0, "strong"),
        ("hdfs://192.168.20.21:9000/w", 0, "strong"),
        # No node has it. It may be of another cluster, whose rules are not in the case.
        ("hdfs://10.99.0.1:9000/w", 3, "inferred"),
        ("hdfs://192.168.20.11:9000/w", 0, None),
    ],
)
def test_a_path_at_another_host_than_the_namenode_is_told(
    tmp_path: Path, value: str, code: int, confidence: str | None
) -> None:
    # https://github.com/trinodb/trino/issues/8356, the place of a table
    result = report(tmp_path, changed(healthy(), {"hive-site.xml": {"hive.metastore.warehouse.dir": value}}))

    told = [(each["code"], each["severity"], each["confidence"]) for each in result["findings"]]
    assert told == ([] if confidence is None else [("DW-FILES-STALE", "warning", confidence)])
    assert result["exit_code"] == code


def test_the_one_of_a_pair_that_is_stopped_is_named_with_its_node(tmp_path: Path) -> None:
    listed = [
        {"ComponentName": "NameNode", "NodeName": node, "ComponentInstanceState": state}
        for node, state in (("master-1-1", "STARTED"), ("master-1-2", "STOPPED"))
    ]
    answer: Any = {"components.json": {"ComponentInstances": listed, "TotalCount": 2}}

    result = report(tmp_path, {**healthy(ha=True), **answer})

    assert _codes(result) == ["STATE-CLUSTER"]
    assert "Start NameNode on master-1-2 in the EMR console" in result["findings"][0]["remedies"][0]["text"]


def test_the_state_of_another_cluster_says_nothing_of_this_one(tmp_path: Path) -> None:
    # Given GetCluster of the former cluster in the folder, and case.toml with the id of the new one
    old = {"ClusterId": "c-0123456789abcdef", "ClusterState": "TERMINATED", "SecurityMode": "KERBEROS"}
    answer: Any = {"GetCluster.json": {"Cluster": old}}

    result = report(tmp_path, {**healthy(), **answer})

    # Then it is not judged by that, and the first screen says which of the two ids it follows
    assert (_codes(result), result["exit_code"]) == (["INPUT-CONFLICT"], 0)
    assert result["findings"][0]["severity"] == "warning"
    assert [row["says"] for row in result["findings"][0]["params"]["accounts"]] == [
        "id c-00fe11ed5ca1ab1e",
        "id c-0123456789abcdef",
    ]


NO_BREAK, WIDE, ZERO_WIDTH = "\u00a0", "\u3000", "\u200b"


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        # The whole file as a page shows it, one line, and a value
        (KRB5.replace("  ", NO_BREAK * 2), 7),
        (KRB5.replace("    kdc", f"{NO_BREAK * 4}kdc"), 1),
        (KRB5.replace(f"default_realm = {REALM}", f"default_realm ={WIDE}{REALM}"), 1),
        (f"# a{NO_BREAK}comment\n{KRB5}", 0),
        (KRB5.replace(f"default_realm = {REALM}", f"default_realm = {REALM}{ZERO_WIDTH}"), 1),
    ],
)
def test_blanks_of_a_web_page_are_the_fault_and_not_what_they_hide(tmp_path: Path, text: str, edited: int) -> None:
    result = report(tmp_path, _kerberos({"krb5.conf": text}))

    assert _codes(result) == (["KRB-CONF-SYNTAX"] if edited else [])
    assert len(result["suggested_edits"]) == edited
    assert not any(
        blank in str(edit["to"]) for edit in result["suggested_edits"] for blank in (NO_BREAK, WIDE, ZERO_WIDTH)
    )


def test_a_blank_of_a_web_page_in_a_comment_behind_a_value_is_not_the_fault(tmp_path: Path) -> None:
    line = "ticket_lifetime = 24h # one{}day"
    files = [KRB5.replace("[realms]", f"{line.format(blank)}\n[realms]") for blank in (" ", NO_BREAK)]

    plain, odd = (report(tmp_path / str(at), _kerberos({"krb5.conf": text})) for at, text in enumerate(files))

    assert _codes(odd) == _codes(plain) == ["KRB-CONF-SYNTAX"]
    assert odd["suggested_edits"][0]["to"] == plain["suggested_edits"][0]["to"] == "ticket_lifetime = 24h"


def test_a_default_realm_in_small_letters_is_told_beside_the_stanza_of_the_right_one(tmp_path: Path) -> None:
    # Given krb5.conf with a stanza for both spellings, so that the principals have a KDC
    own = KRB5[KRB5.index(f"{REALM} = {{") : KRB5.index("}") + 1]
    small = own.replace(REALM, REALM.lower())
    text = KRB5.replace(own, f"{own}\n{small}").replace(f"default_realm = {REALM}", f"default_realm = {REALM.lower()}")

    result = report(tmp_path, _kerberos({"krb5.conf": text}))

    assert [(each["code"], each["severity"]) for each in result["findings"]] == [("KRB-REALM-CASE", "warning")]


def test_a_file_without_the_header_above_its_default_realm_gets_the_header(tmp_path: Path) -> None:
    # Clients skip all lines before the first section, so none of them has a default realm.
    result = report(tmp_path, _kerberos({"krb5.conf": KRB5.replace("[libdefaults]\n", "")}))

    assert [(each["code"], each["severity"]) for each in result["findings"]] == [("KRB-CONF-SYNTAX", "error")]
    (edit,) = result["suggested_edits"]
    assert (result["exit_code"], edit["action"], edit["id"], edit["to"]) == (1, "add", "krb5.conf:1", "[libdefaults]")
