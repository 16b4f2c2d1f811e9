"""Does a whole situation end in its own first finding, with its own repair and no other words?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    DOMAIN,
    MASTER,
    PORTS,
    REALM,
    SECOND,
    SERVICE,
    Change,
    changed,
    check,
    group,
    healthy,
    report,
    rule,
)

KRB5 = str(healthy(kerberos=True)["krb5.conf"])
KDC = f"kdc = {MASTER}:88"
MAPPING = f"  .{DOMAIN} = {REALM}\n"
SECTION = "[libdefaults]\n"
RULES = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]


def _krb5(before: str, after: str) -> Change:
    assert before in KRB5
    return {"krb5.conf": KRB5.replace(before, after)}


def _libdefaults(*lines: str) -> Change:
    return _krb5(SECTION, SECTION + "".join(f"  {line}\n" for line in lines))


def _without(protocol: str, port: int) -> Change:
    """Remove one rule of the nodes' group. The counts stay true."""
    kept = [each for each in RULES if (each["IpProtocol"], each["PortRange"]) != (protocol, f"{port}/{port}")]
    counts = {"sg-emr": len(kept), "sg-rg": 0}
    listed = [{"SecurityGroupId": name, "SecurityGroupType": "normal", "RuleCount": n} for name, n in counts.items()]
    return {
        "sg-emr.json": group("sg-emr", kept),
        "groups.json": {"SecurityGroups": {"SecurityGroup": listed}},  # type: ignore[dict-item]
    }


def _works(result: Any, exchange: str) -> dict[str, str]:
    return {each["family"]: each["works"] for each in result["clients"] if each["exchange"] == exchange}


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _loud(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"] if each["severity"] != "info"]


def _rules(result: Any) -> list[tuple[str, str, str, str]]:
    return [
        (each["security_group_id"], each["ip_protocol"], each["port_range"], each["source_cidr_ip"])
        for each in result["suggested_rules"]
        if each["option"] == 1
    ]


DES = ("default_tkt_enctypes = des-cbc-crc", "default_tgs_enctypes = des-cbc-crc")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_libdefaults(*DES), "KRB-ETYPE-CONF"),
        (_libdefaults("default_tkt_enctypes = des-cbc-md5"), "KRB-ETYPE-CONF"),
        (_libdefaults("default_ccache_name ="), "KRB-CONF-SYNTAX"),
        (_krb5(KDC, "kdc = localhost:88"), "KDC-LOOPBACK"),
        (_krb5(KDC, "kdc = 127.0.0.1:88"), "KDC-LOOPBACK"),
        (_krb5(KDC, "kdc = [::1]:88"), "KDC-LOOPBACK"),
        (_krb5(KDC, f"{KDC} ; the first master"), "KDC-MSG-CFG"),
        (_krb5(KDC, f"kdc = {MASTER},88"), "KDC-MSG-CFG"),
        (_krb5(KDC, f"kdc = tcp/{MASTER}:88"), "KDC-MSG-CFG"),
        (_krb5(KDC, "kdc =\n    admin_server ="), "KRB-CONF-SYNTAX"),
        (_krb5("[realms]", "[REALMS]"), "KRB-CONF-SYNTAX"),
        (_krb5("[realms]", "[ realms ]"), "KRB-CONF-SYNTAX"),
        (_krb5(f"  default_realm = {REALM}\n", ""), "KRB-NO-DEFAULT"),
        (_krb5(f"default_realm = {REALM}", f"default_realm = {REALM.lower()}"), "KRB-REALM-CASE"),
        (_krb5(MAPPING, f"  .{DOMAIN} = OTHER.COM\n"), "KRB-DOMAIN-REALM"),
    ],
)
def test_a_fault_of_krb5_conf_comes_first_and_opens_no_port(tmp_path: Path, change: Change, code: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), change))

    assert (result["exit_code"], _codes(result)[0], result["suggested_rules"]) == (1, code, [])


def test_a_byte_order_mark_before_the_first_section_is_said(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {"krb5.conf": b"\xef\xbb\xbf" + KRB5.encode()}))

    assert (_codes(result)[0], result["suggested_rules"]) == ("KRB-CONF-SYNTAX", [])
    assert "byte order mark" in str(result["findings"][0]).lower()


@pytest.mark.parametrize(
    "change",
    [
        {"krb5.conf": KRB5.replace("\n", "\r\n")},
        {"krb5.conf": KRB5.replace("  ", "\t")},
        {"krb5.conf": b"\xef\xbb\xbf# our realm\n" + KRB5.encode()},
        _krb5(KDC, f"kdc = {MASTER}"),
        _krb5(KDC, f"kdc = {MASTER.upper()}:88"),
        _krb5(f"{REALM} = {{", f"{REALM} =\n  {{"),
        _krb5(f"[domain_realm]\n{MAPPING}", ""),
        _krb5(MAPPING, f"  {DOMAIN} = {REALM}\n"),
        _libdefaults("permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts"),
        _libdefaults("kdc_timeout = 3000"),
        _libdefaults("default_ccache_name = FILE:/tmp/krb5cc_%{uid}"),
    ],
)
def test_a_harmless_spelling_of_krb5_conf_is_no_fault(tmp_path: Path, change: Change) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), change))

    assert (result["exit_code"], _loud(result), result["suggested_rules"]) == (0, [], [])
    assert _works(result, "tgs")["jdk"] == "yes"


@pytest.mark.parametrize("kind", ["KEYRING:persistent:%{uid}", "KCM:", "DIR:/tmp/cc"])
def test_a_ticket_cache_that_java_cannot_read_stops_no_login(tmp_path: Path, kind: str) -> None:
    files = changed(healthy(kerberos=True), _libdefaults(f"default_ccache_name = {kind}"))
    result = report(tmp_path / "json", files)

    assert (result["exit_code"], result["suggested_rules"], _works(result, "as")["jdk"]) == (0, [], "yes")
    assert {each["confidence"] for each in result["findings"]} <= {"inferred"}
    assert "DOES NOT WORK" not in check(tmp_path / "text", files)[1]


@pytest.mark.parametrize("host", ["localhost", "localhost:88", "127.0.0.1", "localhost.localdomain"])
@pytest.mark.parametrize("is_first", [True, False])
def test_localhost_beside_a_good_kdc_is_a_warning_alone(tmp_path: Path, host: str, is_first: bool) -> None:
    lines = [f"kdc = {host}", KDC] if is_first else [KDC, f"kdc = {host}"]

    result = report(tmp_path, changed(healthy(kerberos=True), _krb5(KDC, "\n    ".join(lines))))

    assert [(each["code"], each["severity"]) for each in result["findings"]] == [("KDC-LOOPBACK", "warning")]
    assert result["exit_code"] in (0, 3)
    assert result["suggested_rules"] == []


def test_a_host_that_no_line_maps_gets_no_ticket_of_another_realm(tmp_path: Path) -> None:
    other = f"  CORP.TEST = {{\n    kdc = {SECOND}:88\n  }}\n"
    text = KRB5.replace(f"default_realm = {REALM}", "default_realm = CORP.TEST")
    text = text.replace("[realms]\n", f"[realms]\n{other}").replace(MAPPING, "  .corp.test = CORP.TEST\n")

    result = report(tmp_path, changed(healthy(kerberos=True), {"krb5.conf": text}))

    assert (_codes(result)[0], result["suggested_rules"]) == ("KRB-DOMAIN-REALM", [])
    assert result["exit_code"] in (1, 3)
    assert _works(result, "tgs")["jdk"] in ("no", "unknown")


@pytest.mark.parametrize("host", ["kerberos.example.com", "kerberos.mit.edu:88"])
def test_the_krb5_conf_of_a_distribution_is_not_opened_a_way(tmp_path: Path, host: str) -> None:
    text = KRB5.replace(REALM, "EXAMPLE.COM").replace(f"{MASTER}:88", host).replace(f".{DOMAIN}", ".example.com")
    files = changed(healthy(kerberos=True), {"krb5.conf": text})
    result = report(tmp_path / "json", files)

    assert result["exit_code"] in (1, 3)
    assert _codes(result)[0] in ("KRB-NO-STANZA", "KRB-CONF-NOT-READ", "DW-FILES-MIXED", "KRB-WRONG-REALM")
    assert result["suggested_rules"] == []
    assert not [each for each in result["suggested_edits"] if host in str(each["to"])]
    assert "Open TCP 88" not in check(tmp_path / "text", files)[1]


def test_rc4_alone_is_never_called_proven(tmp_path: Path) -> None:
    lists = _libdefaults("default_tkt_enctypes = rc4-hmac", "default_tgs_enctypes = RC4-HMAC")

    result = report(tmp_path, changed(healthy(kerberos=True), lists))

    assert {(each["code"], each["confidence"]) for each in result["findings"]} == {("KRB-ETYPE-CONF", "strong")}


def test_a_list_with_des_and_aes_lets_every_client_log_in(tmp_path: Path) -> None:
    mixed = "aes256-cts-hmac-sha1-96 des-cbc-crc"
    lists = _libdefaults(f"default_tkt_enctypes = {mixed}", f"default_tgs_enctypes = {mixed}")

    result = report(tmp_path, changed(healthy(kerberos=True), lists))

    assert (result["exit_code"], result["suggested_rules"]) == (0, [])
    assert (_works(result, "as")["mit"], _works(result, "as")["jdk"]) == ("yes", "yes")


def test_a_client_that_asks_by_tcp_needs_no_udp(tmp_path: Path) -> None:
    change = {**_libdefaults("udp_preference_limit = 1"), **_without("UDP", 88)}

    result = report(tmp_path, changed(healthy(kerberos=True), change))

    assert (result["exit_code"], result["suggested_rules"], _works(result, "as")["jdk"]) == (0, [], "yes")
    assert "SG-KDC-UDP" not in _codes(result)


@pytest.mark.parametrize(("protocol", "code"), [("UDP", "SG-KDC-UDP"), ("TCP", "SG-KDC-TCP")])
def test_each_protocol_of_the_kdc_has_its_own_rule(tmp_path: Path, protocol: str, code: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), _without(protocol, 88)))

    assert (result["exit_code"], _codes(result)[0]) == (1, code)
    assert _rules(result) == [("sg-emr", protocol, "88/88", "192.168.10.0/24")]


@pytest.mark.parametrize("closed", [True, False])
def test_hdfs_without_a_port_means_8020(tmp_path: Path, closed: bool) -> None:
    change: Change = {
        "core-site.xml": {"fs.defaultFS": f"hdfs://{MASTER}"},
        **(_without("TCP", 8020) if closed else {}),
    }

    result = report(tmp_path, changed(healthy(), change))

    assert {flow["port"] for flow in result["flows"]} & {8020, 9000} == {8020}
    assert _rules(result) == ([("sg-emr", "TCP", "8020/8020", "192.168.10.0/24")] if closed else [])
    assert (result["exit_code"], _codes(result)) == ((1, ["SG-SVC"]) if closed else (0, []))


@pytest.mark.parametrize(("port", "codes"), [(8020, []), (9000, ["HA-NAMESERVICE"])])
def test_only_the_default_port_may_stand_behind_a_nameservice(tmp_path: Path, port: int, codes: list[str]) -> None:
    files = changed(healthy(ha=True), {"core-site.xml": {"fs.defaultFS": f"hdfs://{SERVICE}:{port}"}})

    result = report(tmp_path, files)

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1 if codes else 0, codes, [])


@pytest.mark.parametrize("port", ["", ":8020"])
def test_a_nameservice_without_hdfs_site_is_no_host(tmp_path: Path, port: str) -> None:
    change: Change = {"core-site.xml": {"fs.defaultFS": f"hdfs://{SERVICE}{port}"}, "hdfs-site.xml": None}

    result = report(tmp_path, changed(healthy(ha=True), change))

    assert (_codes(result)[0], result["suggested_rules"]) == ("HA-NAMESERVICE", [])
    assert not {"DNS-CLUSTER-NAME", "DNS-NX-KDC", "SVC-DOWN", "SG-SVC"} & set(_codes(result))


def test_a_file_system_pinned_to_one_namenode_is_said(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {"core-site.xml": {"fs.defaultFS": f"hdfs://{SECOND}:8020"}}))

    assert "SVC-STANDBY" in _codes(result)
    assert result["suggested_rules"] == []


def test_a_timeline_server_of_a_kerberos_cluster_needs_its_port(tmp_path: Path) -> None:
    timeline = {"yarn.timeline-service.enabled": "true", "yarn.timeline-service.hostname": MASTER}

    result = report(tmp_path, changed(healthy(kerberos=True), {"yarn-site.xml": timeline}))

    assert (result["exit_code"], _codes(result)) == (1, ["SG-SVC"])
    assert {flow["verdict"] for flow in result["flows"] if flow["port"] == 8188} == {"blocked"}


def test_the_datanode_port_of_an_old_release_is_opened_as_it_is_set(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), {"hdfs-site.xml": {"dfs.datanode.address": "0.0.0.0:50010"}}))

    assert result["exit_code"] == 1
    assert _codes(result)[0] in ("SG-DATANODE", "SG-SVC")
    assert _rules(result) == [("sg-emr", "TCP", "50010/50010", "192.168.10.0/24")]


@pytest.mark.parametrize(
    ("almost", "code"),
    [
        ([rule("UDP", 9000)], "SG-PROTO"),
        ([rule("TCP", 9000, direction="egress")], "SG-DIRECTION"),
        ([rule("TCP", "9001/9010")], "SG-SVC"),
        ([rule("TCP", 9000, source="192.168.10.0/25")], "SG-SOURCE"),
        ([rule("TCP", 9000, source="", Ipv6SourceCidrIp="::/0")], "SG-SOURCE"),
        ([rule("TCP", 9000, source="", SourceGroupId="sg-other")], "SG-GROUPREF"),
        ([rule("TCP", 9000, SourcePortRange="22/22")], "SG-SOURCE"),
        ([rule("TCP", 9000, DestCidrIp="192.168.20.99/32")], "SG-SVC"),
    ],
)
def test_a_rule_that_almost_fits_is_named_and_the_right_one_written(
    tmp_path: Path, almost: list[Any], code: str
) -> None:
    kept = [each for each in RULES if each["PortRange"] != "9000/9000"]
    files = changed(healthy(), {"sg-emr.json": group("sg-emr", kept + almost), "groups.json": None})

    result = report(tmp_path, files)

    assert (result["exit_code"], _codes(result)[0]) == (1, code)
    assert _rules(result) == [("sg-emr", "TCP", "9000/9000", "192.168.10.0/24")]


def test_a_source_without_a_prefix_is_refused_with_the_right_form(tmp_path: Path) -> None:
    exit_code, output = check(tmp_path, healthy(), "--from", "192.168.10.0")

    assert exit_code == 2
    assert "192.168.10.0/24" in output


def test_a_rule_as_a_command_names_the_call_of_the_interface(tmp_path: Path) -> None:
    exit_code, output = check(tmp_path, changed(healthy(kerberos=True), _without("UDP", 88)), "--format", "cli")

    assert exit_code == 1
    assert "plugin" in output.lower() or "AuthorizeSecurityGroup" in output


@pytest.mark.parametrize(("state", "codes", "exit_code"), [("standby", ["SVC-STANDBY"], 1), ("active", [], 0)])
def test_a_client_pinned_to_a_resourcemanager_is_stopped_by_a_standby_alone(
    tmp_path: Path, state: str, codes: list[str], exit_code: int
) -> None:
    other = "active" if state == "standby" else "standby"
    rows = [
        {"ComponentName": "ResourceManager", "NodeName": name, "BizState": each, "ComponentInstanceState": "STARTED"}
        for name, each in (("master-1-1", other), ("master-1-2", state))
    ]
    pinned = {"yarn.resourcemanager.ha.enabled": "false", "yarn.resourcemanager.address": f"{SECOND}:8032"}
    change: Change = {"yarn-site.xml": pinned, "rows.json": json.dumps({"ComponentInstances": rows})}

    result = report(tmp_path, changed(healthy(ha=True), change))

    assert [one["code"] for one in result["findings"]] == codes
    assert (result["exit_code"], result["suggested_rules"]) == (exit_code, [])


@pytest.mark.parametrize(
    ("line", "better", "mit"),
    [
        ("ticket_lifetime = 24hours", "ticket_lifetime = 24h", "yes"),
        ("renew_lifetime = 7 days", "renew_lifetime = 7d", "no"),
    ],
)
def test_a_lifetime_that_java_cannot_read_is_the_cause(tmp_path: Path, line: str, better: str, mit: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), _libdefaults(line)))
    first = result["findings"][0]
    assert (first["code"], first["severity"]) == ("KRB-CONF-SYNTAX", "error")
    said = next(one for one in result["clients"] if one["family"] == "jdk" and one["exchange"] == "as")
    value = line.partition(" = ")[2]
    assert said["message"] == f"javax.security.auth.login.LoginException: Illegal duration format {value}"
    assert (said["works"], said["releases"]) == ("no", "Java 8 from 8u242 and later")
    assert _works(result, "as")["mit"] == mit
    (edit,) = (one for one in result["suggested_edits"] if one["finding"]["rank"] == 1 and one["option"] == 1)
    assert (edit["object"], edit["from"].strip(), edit["to"].strip()) == ("krb5.conf", line, better)
    assert "jdk" in first["undone"]["clients"]
    repaired = report(tmp_path / "repaired", changed(healthy(kerberos=True), _libdefaults(better)))
    assert _works(repaired, "as")["jdk"] != "no"
    assert "KRB-CONF-SYNTAX" not in _loud(repaired)
