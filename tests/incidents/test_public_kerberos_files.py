"""What does the answer say of files as people sent them, who could not log in?

One row a situation, with the address of the report that has it. Beside each fault stands what only
looks like it: stock files, copies, and what people have beside a working cluster.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import CORE, DOMAIN, MASTER, REALM, Change, changed, check, healthy, report


def _kerberos(folder: Path, change: Change, *, ha: bool = False) -> Any:
    """Return the report of a cluster with Kerberos and this change."""
    return report(folder, changed(healthy(kerberos=True, ha=ha), change))


def _loud(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"] if each["severity"] != "info"]


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
    _, page = check(tmp_path / "page", files, "--details")

    # The first KDC works, and clients ask it first
    assert (result["exit_code"], result["findings"]) == (0, [])
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


STOCK = "[libdefaults]\npermitted_enctypes = aes256-cts-hmac-sha1-96 aes256-cts-hmac-sha384-192 camellia256-cts-cmac\n"
IPA = f"""{KDC}
    master_kdc = {MASTER}:88
    admin_server = {MASTER}:749
    kpasswd_server = {MASTER}:464
    default_domain = {DOMAIN}
    pkinit_anchors = FILE:/var/lib/ipa-client/pki/kdc-ca-bundle.pem"""
JAAS = f'Client {{\n  com.sun.security.auth.module.Krb5LoginModule required\n  principal="hadoop@{REALM}";\n}};\n'
WINDOWS = "# Copyright (c) 1993-2009 Microsoft Corp.\r\n\t127.0.0.1       localhost\r\n\t::1             localhost\r\n"
NODES = f"192.168.20.11 {MASTER} master-1-1\n192.168.20.21 {CORE} core-1-1\n"
CLOUD = "::1 localhost localhost6\n127.0.0.1 localhost localhost4\nff02::1 ip6-allnodes\n192.168.10.7 rg0001Z rg0001Z\n"


@pytest.mark.parametrize(
    "change",
    [
        {"krb5.conf": None, "krb5.ini": KRB5.replace("\n", "\r\n").replace("  ", "\t")},
        {"krb5.conf": KRB5.replace(KDC, f"{KDC}\n    kdc = {MASTER}")},
        # https://github.com/prestodb/presto/issues/11721. JDK 17 and krb5 1.20, run, skip it.
        {"krb5.conf": f"profile = /usr/local/var/krb5kdc/kdc.conf\n\n[logging]\n  kdc = FILE:/var/log/kdc\n{KRB5}"},
        {"krb5.conf": _libdefaults("ticket_lifetime = 1d 0h 0m 0s", "forwardable = yes", "rdns = no")},
        {"krb5.conf": f"includedir /etc/krb5.conf.d/\n{KRB5}", "etc/krb5.conf.d/crypto-policies": STOCK},
        {
            "krb5.conf.bak": KRB5.replace(MASTER, "old-kdc.corp.example.com"),
            "krb5.conf.rpmsave": KRB5.replace(REALM, "EXAMPLE.COM"),
            "jaas.conf": JAAS,
        },
        {"hosts": WINDOWS + NODES.replace("\n", "\t# added by ops\r\n")},
        {"hosts": CLOUD + NODES},
        {"hosts": NODES.replace(MASTER, MASTER.upper())},
        {"hosts": f"2001:db8:20::11 {MASTER} master-1-1\n{NODES}"},
        {"hdfs-site.xml": {f"dfs.{name}node.kerberos.principal": f"nn/_HOST@{REALM}" for name in ("name", "data")}},
        {"yarn-site.xml": {"yarn.resourcemanager.principal": f"rm/${{yarn.resourcemanager.hostname}}@{REALM}"}},
        {"core-site.xml": {"hadoop.security.auth_to_local": f"\n RULE:[1:$1@$0](.*@{AD})s/@.*///L\n DEFAULT\n"}},
        {"emr.keytab": "BQIAAABJAAIAEEVYQU1QTEUuQ09NAARoZGZzAAZtYXN0ZXIAAAABZ1234AEAEgAg\n"},
    ],
    ids=[
        "windows krb5.ini",
        "kdc twice",
        "profile line",
        "lifetimes of the manual",
        "crypto policies",
        "copies and jaas",
        "windows hosts",
        "cloud-init hosts",
        "capital hosts",
        "dual stack hosts",
        "service words",
        "principal of a variable",
        "rules",
        "keytab as base64",
    ],
)
def test_what_people_have_beside_a_working_cluster_is_no_fault(tmp_path: Path, change: Change) -> None:
    result = _kerberos(tmp_path, change)

    assert (result["exit_code"], _loud(result), result["suggested_edits"]) == (0, [], [])


def test_the_krb5_conf_of_a_client_of_freeipa_has_no_error(tmp_path: Path) -> None:
    # https://github.com/freeipa/ansible-freeipa/issues/983, whose include directories are absent
    lines = (
        "dns_canonicalize_hostname = false",
        "udp_preference_limit = 0",
        "default_ccache_name = KEYRING:user:1",
    )
    text = "includedir /etc/krb5.conf.d/\nincludedir /var/lib/sss/pubconf/krb5.include.d/\n" + _libdefaults(*lines)

    result = _kerberos(tmp_path, {"krb5.conf": text.replace(KDC, IPA)})

    assert (result["exit_code"], set(_loud(result))) == (0, {"KDC-UDP-ZERO", "KRB-CCACHE-TYPE"})
    assert {each["severity"] for each in result["findings"]} == {"warning"}


NO_AES = "des3-cbc-sha1 arcfour-hmac-md5 camellia256-cts-cmac des-cbc-crc des-cbc-md5"
FIPS = "[libdefaults]\npermitted_enctypes = aes256-cts-hmac-sha384-192 aes128-cts-hmac-sha256-128\n"
SHORT_FIRST = NODES.replace(f"{MASTER} master-1-1", f"master-1-1 {MASTER}")


@pytest.mark.parametrize(
    ("change", "code", "exit_code"),
    [
        # https://github.com/prestodb/presto/issues/11721
        (
            {"krb5.conf": _libdefaults(f"default_tkt_enctypes = {NO_AES}", f"permitted_enctypes = {NO_AES}")},
            "KRB-ETYPE-CONF",
            1,
        ),
        # Java 8 alone has none of these two. The release of Java is not in the case.
        (
            {"krb5.conf": f"includedir /etc/krb5.conf.d\n{KRB5}", "etc/krb5.conf.d/crypto-policies": FIPS},
            "KRB-ETYPE-CONF",
            0,
        ),
        ({"krb5.conf": KRB5.replace(MAPPING, MAPPING.replace(REALM, REALM.lower()))}, "KRB-REALM-CASE", 1),
        ({"krb5.conf": KRB5.replace(KDC, f"kdc = {MASTER}:750")}, "SG-KDC-PORT", 1),
        ({"krb5.conf": KRB5.replace(f"{MASTER}:88", "2001:db8:20::11")}, "KDC-MSG-CFG", 1),
        ({"krb5.conf": KRB5.replace(f"{MASTER}:88", "AD1")}, "DNS-CLUSTER-NAME", 3),
        ({"krb5.conf": _libdefaults("ticket_lifetime = 24H")}, "KRB-CONF-SYNTAX", 0),
        # https://github.com/freeipa/freeipa/pull/3434. Hadoop takes the first name in any case.
        ({"krb5.conf": _libdefaults("dns_canonicalize_hostname = false"), "hosts": SHORT_FIRST}, "DNS-CANON", 1),
        ({"hosts": f"192.168.20.11 gateway.corp.example.com\n{NODES}"}, "DNS-PTR-OTHER", 1),
        ({"hdfs-site.xml": {"dfs.namenode.kerberos.principal": f"hdfs/HOST@{REALM}"}}, "KRB-SVC-PATTERN", 1),
        ({"hdfs-site.xml": {"dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM} "}}, "KRB-SVC-PATTERN", 1),
        ({"hive-site.xml": {"hive.metastore.kerberos.principal": f"hive/_HOST@{DOMAIN}"}}, "DW-FILES-MIXED", 1),
        ({"core-site.xml": {"hadoop.security.auth_to_local": f"RULE:[1:$1@$0](.*@{AD})s/@.*/"}}, "KRB-A2L", 1),
    ],
)
def test_a_file_that_stops_the_login_is_the_first_finding(
    tmp_path: Path, change: Change, code: str, exit_code: int
) -> None:
    result = _kerberos(tmp_path, change)

    assert (_loud(result)[0], result["exit_code"]) == (code, exit_code)
    assert not {"KDC-DOWN", "SG-KDC-UDP", "SG-SVC"} & set(_loud(result))
