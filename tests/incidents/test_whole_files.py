"""Is a krb5.conf judged as a whole: whose file it is, and whether anyone reads it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import MASTER, PORTS, REALM, Content, changed, check, group, healthy, report, rule

KDC = f"    kdc = {MASTER}:88\n"


def _krb5(find: str, replacement: str) -> dict[str, Content]:
    """Return a healthy cluster with Kerberos, and one text of its krb5.conf replaced."""
    files = healthy(kerberos=True)
    text = str(files["krb5.conf"])
    assert find in text
    return {**files, "krb5.conf": text.replace(find, replacement)}


FOREIGN = (
    "[libdefaults]\n default_realm = CLOUDERA\n dns_lookup_kdc = false\n default_tkt_enctypes = rc4-hmac\n"
    " kdc_timeout = 30\n[realms]\n CLOUDERA = {\n  kdc = quickstart.cloudera\n }\n"
)
NO_DEFAULT = "[libdefaults]\n default_ccache_name = KEYRING:persistent:%{uid}\n[realms]\n# EXAMPLE.COM = {\n# }\n"


def test_the_file_of_another_cluster_comes_before_its_lines(tmp_path: Path) -> None:
    """To mend a line of the wrong file mends nothing."""
    result = report(tmp_path, {**healthy(kerberos=True), "krb5.conf": FOREIGN})

    assert [one["code"] for one in result["findings"] if one["severity"] == "error"] == ["DW-FILES-MIXED"]
    assert result["findings"][0]["code"] == "DW-FILES-MIXED"
    assert (result["exit_code"], result["suggested_rules"], result["suggested_edits"]) == (1, [], [])


@pytest.mark.parametrize(
    "text", [FOREIGN, NO_DEFAULT, "[libdefaults\n default_realm = A.COM\n", b"\x05\x02\x00", "<html>"]
)
def test_a_cluster_without_kerberos_is_not_hurt_by_a_krb5_conf(tmp_path: Path, text: str | bytes) -> None:
    result = report(tmp_path, {**healthy(), "krb5.conf": text})

    assert {one["severity"] for one in result["findings"]} <= {"info"}
    assert (result["exit_code"], result["suggested_rules"], result["suggested_edits"]) == (0, [], [])


@pytest.mark.parametrize(
    "lines",
    [
        "    kdc = localhost:88\n    kdc = 127.0.0.1:88\n",
        "    kdc = 127.0.0.1\n    kdc = [::1]:88\n    kdc = localhost.localdomain\n",
    ],
)
def test_a_realm_with_none_but_loopback_kdcs_is_one_fault(tmp_path: Path, lines: str) -> None:
    """To mend one of the lines alone mends nothing, so they are one cause."""
    result = report(tmp_path, _krb5(KDC, lines))

    assert [(one["code"], one["severity"]) for one in result["findings"]] == [("KDC-LOOPBACK", "error")]
    assert (result["exit_code"], result["suggested_rules"]) == (1, [])


def test_a_stopped_kdc_is_a_fault_of_a_cluster_with_kerberos(tmp_path: Path) -> None:
    rows = (
        '{"ComponentInstances": [{"ComponentName": "KDC", "NodeName": "master-1-1", "ComponentInstanceState": "%s"}]}'
    )

    stopped = report(tmp_path / "stopped", changed(healthy(kerberos=True), {"rows.json": rows % "STOPPED"}))
    started = report(tmp_path / "started", changed(healthy(kerberos=True), {"rows.json": rows % "STARTED"}))

    assert [(one["code"], one["severity"]) for one in stopped["findings"]] == [("STATE-CLUSTER", "error")]
    assert (stopped["exit_code"], stopped["suggested_rules"]) == (1, [])
    assert {client["works"] for client in stopped["clients"]} == {"unknown"}
    assert (started["exit_code"], started["findings"]) == (0, [])


def _endings(result: Any) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for client in result["clients"]:
        found.setdefault((client["family"], client["exchange"]), set()).add(client["works"])
    return found


@pytest.mark.parametrize("text", [NO_DEFAULT, "[kdcdefaults]\n kdc_ports = 88\n"])
def test_hadoop_does_not_start_without_a_default_realm(tmp_path: Path, text: str) -> None:
    result = report(tmp_path, {**healthy(kerberos=True), "krb5.conf": text})

    ends = _endings(result)
    assert (result["findings"][0]["code"], result["exit_code"]) == ("KRB-NO-DEFAULT", 1)
    assert (ends["jdk", "as"], ends["jdk", "tgs"], ends["mit", "as"]) == ({"no"}, {"no"}, {"unknown"})


def test_a_byte_order_mark_that_takes_the_default_realm_is_an_error(tmp_path: Path) -> None:
    files = healthy(kerberos=True)

    result = report(tmp_path, {**files, "krb5.conf": b"\xef\xbb\xbf" + str(files["krb5.conf"]).encode()})

    assert [(one["code"], one["severity"]) for one in result["findings"]] == [("KRB-CONF-SYNTAX", "error")]
    undone = {"repairs": [], "clients": ["jdk"], "remains": [], "needs_others": False, "unclear": []}
    assert result["findings"][0]["undone"] == undone
    assert (_endings(result)["jdk", "as"], result["exit_code"]) == ({"no"}, 1)


def test_no_login_works_at_a_kdc_that_a_file_puts_elsewhere(tmp_path: Path) -> None:
    files = healthy(kerberos=True)
    hosts = str(files["hosts"]).replace("192.168.20.11", "127.0.1.1")

    result = report(tmp_path, {**files, "hosts": hosts})

    assert (result["findings"][0]["code"], result["exit_code"]) == ("DNS-LOOPBACK", 1)
    assert set.union(*_endings(result).values()) == {"unknown"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"-----BEGIN PRIVATE KEY-----\nXq7SecretWord\n-----END PRIVATE KEY-----\n", "a key or a certificate"),
        (b"%PDF-1.4\nXq7SecretWord\n", "a PDF document"),
        (b"<!DOCTYPE html>\n<html><title>Xq7SecretWord</title></html>\n", "an HTML page"),
    ],
)
def test_a_file_that_is_no_krb5_conf_is_named_and_not_quoted(tmp_path: Path, content: bytes, said: str) -> None:
    files = {**healthy(kerberos=True), "krb5.conf": content}

    exit_code, text = check(tmp_path, files, "--details")

    assert f"krb5.conf is {said}" in " ".join(text.split())
    assert exit_code == 1
    assert "Xq7SecretWord" not in text + check(tmp_path, files, "--format", "json")[1]


def test_a_kdc_conf_in_place_of_krb5_conf_is_called_so(tmp_path: Path) -> None:
    files = {**healthy(kerberos=True), "krb5.conf": f"[kdcdefaults]\n kdc_ports = 88\n[realms]\n {REALM} = {{\n }}\n"}

    exit_code, text = check(tmp_path, files)

    assert "krb5.conf is a kdc.conf, which only the KDC reads" in " ".join(text.split())
    assert exit_code == 1


def test_one_prefix_list_that_is_not_in_the_case_is_one_finding(tmp_path: Path) -> None:
    ports = [*(("TCP", port) for port in PORTS), ("UDP", 88)]
    rules = [rule(protocol, port, source="", SourcePrefixListId="pl-1") for protocol, port in ports]

    result = report(tmp_path, changed(healthy(), {"sg-emr.json": group("sg-emr", rules)}))

    assert [(one["code"], len(one["flows"])) for one in result["findings"]] == [("SG-UNRESOLVED", 6)]
    assert (result["exit_code"], result["suggested_rules"]) == (3, [])


@pytest.mark.parametrize("key", ["default_tkt_enctypes", "default_tgs_enctypes"])
def test_a_list_that_only_mit_has_nothing_left_of_is_no_silence(tmp_path: Path, key: str) -> None:
    """With allow_weak_crypto Java takes DES, which libkrb5 does not have since 1.18."""
    lines = f"[libdefaults]\n  allow_weak_crypto = true\n  {key} = des-cbc-crc\n"

    result = report(tmp_path, _krb5("[libdefaults]\n", lines))

    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("KRB-ETYPE-CONF", "warning", "strong")
    assert finding["evidence"][0]["origin"]["line"] == 3
    assert "no" in _endings(result)["mit", "as" if key == "default_tkt_enctypes" else "tgs"]
    assert (result["exit_code"], result["suggested_rules"]) == (0, [])


@pytest.mark.parametrize(
    ("find", "replacement", "code"),
    [
        (f"default_realm = {REALM}", "default_realm = OTHER.COM", "KRB-NO-STANZA"),
        (KDC, "    kdc = localhost:88\n", "KDC-LOOPBACK"),
    ],
)
def test_what_remains_is_not_what_a_file_without_the_line_lacks(
    tmp_path: Path, find: str, replacement: str, code: str
) -> None:
    result = report(tmp_path, _krb5(find, replacement))

    first = result["findings"][0]
    assert (first["code"], first["undone"]["remains"], result["exit_code"]) == (code, [], 1)


def test_three_lists_of_des_without_weak_crypto_are_one_fault(tmp_path: Path) -> None:
    lines = "".join(f"  {key} = des-cbc-md5\n" for key in ("default_tkt_enctypes", "default_tgs_enctypes"))

    result = report(tmp_path, _krb5("[libdefaults]\n", f"[libdefaults]\n{lines}  permitted_enctypes = des-cbc-md5\n"))

    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"]) == ("KRB-ETYPE-CONF", "error")
    assert [shown["origin"]["line"] for shown in finding["evidence"]] == [2, 3, 4]
    assert sorted(edit["id"] for edit in result["suggested_edits"]) == [f"krb5.conf:{line}" for line in (2, 3, 4)]
    assert (finding["undone"]["clients"], finding["undone"]["remains"]) == (["mit", "jdk"], [])
