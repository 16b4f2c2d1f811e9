"""What does the answer say of further krb5.conf and hosts files as people sent them?

One row a situation, with the address of the report that has it. Beside each fault stands what only
looks like it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    CORE,
    DOMAIN,
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

KRB5 = str(healthy(kerberos=True)["krb5.conf"])
HOSTS = str(healthy(kerberos=True)["hosts"])
KDC = f"kdc = {MASTER}:88"
MAPPING = f"  .{DOMAIN} = {REALM}\n"
AD = "CORP.EXAMPLE.COM"
ONLY_TCP = group_of_nodes([rule("TCP", port) for port in PORTS])
JAVA = "export JAVA_HOME=/usr/lib/jvm/{}\n"
TYPES = "aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96 des3-cbc-sha1"
ALL_TYPES = [f"{key} = {TYPES}" for key in ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes")]


def _of(folder: Path, change: Change) -> Any:
    """Return the report of a cluster with Kerberos and this change."""
    return report(folder, changed(healthy(kerberos=True), change))


def _loud(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"] if each["severity"] != "info"]


def _libdefaults(*lines: str) -> str:
    return KRB5.replace("[libdefaults]\n", "[libdefaults]\n" + "".join(f"  {line}\n" for line in lines))


def _in_realm(*lines: str) -> str:
    return KRB5.replace(KDC, "\n    ".join((KDC, *lines)))


KLIST = f"Keytab name: FILE:/etc/hive.keytab\nKVNO Principal\n---- ---\n   2 hive/{MASTER}@{REALM} (aes256-cts)\n"
GETPRINC = f"Principal: hive/{MASTER}@{REALM}\nExpiration date: [never]\nKey: vno 3, aes256-cts-hmac-sha1-96\n"


@pytest.mark.parametrize(
    ("change", "warnings"),
    [
        # https://github.com/aws-samples/aws-emr-apache-ranger/issues/53, the file that is right
        (
            {
                "krb5.conf": _libdefaults(
                    *("rdns = false", "udp_preference_limit = 1000000", "forwardable = true", *ALL_TYPES)
                ).replace(KDC, "kdc = 192.168.20.11:88\n    admin_server = 192.168.20.11:749")
            },
            ["KDC-UDP-LARGE"],
        ),
        # https://github.com/realguoshuai/hadoop_study/issues/9: 30 milliseconds, and a KDC answers
        # in fewer. The cause was another one.
        (
            {"krb5.conf": _libdefaults("udp_preference_limit = 1", "kdc_timeout = 30")},
            ["KDC-TIMEOUT-UNIT"],
        ),
        ({"krb5.conf": _in_realm("kdc_timeout = 3")}, ["KDC-TIMEOUT-UNIT"]),
        # https://github.com/trinodb/trino/issues/14422 and
        # https://github.com/hortonworks/cloudbreak/pull/14848 have units that Java reads as meant.
        ({"krb5.conf": _libdefaults("udp_preference_limit = 1", "kdc_timeout = 3000")}, []),
        ({"krb5.conf": _libdefaults("kdc_timeout = 3s", "max_retries = 1")}, []),
        # TCP first is enough of a repair where no rule lets UDP in, also in the realm's own stanza.
        ({"krb5.conf": _libdefaults("udp_preference_limit = 1"), **ONLY_TCP}, []),
        ({"krb5.conf": _in_realm("udp_preference_limit = 1"), **ONLY_TCP}, []),
        # https://github.com/jupyterhub/jupyterhub-example-kerberos/issues/8: a KDC that is slow.
        (
            {
                "krb5kdc.log": "".join(
                    f"Nov 30 22:30:{at} master-1-1 krb5kdc[12](info): AS_REQ (1 etypes {{18}}) 192.168.10.7: {words}\n"
                    for at, words in (
                        ("04", f"NEEDED_PREAUTH: a@{REALM} for krbtgt/{REALM}@{REALM}, Additional pre-authentication"),
                        ("24", f"ISSUE: authtime 1527719424, etypes {{rep=18}}, a@{REALM} for krbtgt/{REALM}@{REALM}"),
                    )
                )
            },
            [],
        ),
        ({"krb5.conf": KRB5.replace(f"{MASTER}:88", "master-1-1")}, []),
        ({"krb5.conf": KRB5.replace(f"[domain_realm]\n{MAPPING}", "")}, []),
        ({"krb5.conf": KRB5.replace(" = ", "=").replace("  ", "\t")}, []),
        ({"krb5.conf": _libdefaults("default_tgs_enctypes = aes256-cts", "permitted_enctypes = aes256-cts")}, []),
        (
            {
                "krb5.conf": _libdefaults("allow_weak_crypto = true", "default_tkt_enctypes = rc4-hmac aes256-cts"),
                "spark-env.sh": JAVA.format("java-17-openjdk"),
            },
            [],
        ),
        ({"krb5.conf": _libdefaults("dns_canonicalize_hostname = fallback", "clockskew = 120", "rdns = false")}, []),
        (
            {"krb5.conf": f"{_in_realm('auth_to_local = DEFAULT', 'auth_to_local_names = {', '}')}[appdefaults]\n"},
            [],
        ),
        # https://github.com/SSSD/sssd/issues/7106, and the other kinds of caches
        ({"krb5.conf": _libdefaults("default_ccache_name = KEYRING:persistent:%{uid}")}, ["KRB-CCACHE-TYPE"]),
        ({"krb5.conf": _libdefaults("default_ccache_name = KCM:")}, ["KRB-CCACHE-TYPE"]),
        ({"krb5.conf": _libdefaults("default_ccache_name = DIR:/tmp/krb5cc_dir")}, ["KRB-CCACHE-TYPE"]),
        # Java takes a blank behind a comma for a letter of the next type.
        ({"krb5.conf": _libdefaults("default_tkt_enctypes = aes256-cts, aes128-cts")}, ["KRB-ETYPE-CONF"]),
        # Spellings that both families read as they are meant
        ({"krb5.conf": KRB5.replace(f"{MASTER}:88", f'"{MASTER.upper()}:88"').replace("COM\n", "COM   \n")}, []),
        ({"krb5.conf": KRB5.replace(MAPPING, MAPPING.replace("  .", "  "))}, []),
        (
            {
                "krb5.conf": _libdefaults("permitted_enctypes = aes256-cts-hmac-sha384-192"),
                "spark-env.sh": JAVA.format("java-17-openjdk"),
            },
            [],
        ),
        ({"krb5.conf": _libdefaults("kdc_timeout = 10000", "max_retries = 10", "noaddresses = false")}, []),
        ({"hosts": HOSTS.replace(" ", "\t").replace("\n", "\r\n").replace("master-1-1.", "Master-1-1.")}, []),
        ({"hosts": HOSTS.replace("127.0.0.1 localhost", "127.0.0.1 localhost master-1-1")}, []),
        ({"klist.txt": KLIST, "getprinc.txt": GETPRINC, "kdc.conf": "[kdcdefaults]\n kdc_ports = 88\n"}, []),
        (
            {"hdfs-site.xml": {"dfs.namenode.kerberos.principal.pattern": "*"}, "resolv.conf": "options ndots:5\n"},
            [],
        ),
        ({"hosts": f"\ufeff{HOSTS}172.16.5.4 gw-host\n::1 localhost6\n"}, []),
    ],
)
def test_a_cluster_that_works_keeps_working_whatever_its_files_look_like(
    tmp_path: Path, change: Change, warnings: list[str]
) -> None:
    result = _of(tmp_path, change)

    assert (result["exit_code"], _loud(result), result["suggested_edits"]) == (0, warnings, [])
    assert {each["severity"] for each in result["findings"]} <= {"warning", "info"}


@pytest.mark.parametrize(
    ("change", "code", "exit_code"),
    [
        # https://github.com/spotify/snakebite/issues/175 and https://github.com/DTStack/chunjun/issues/65
        ({"hdfs-site.xml": {"dfs.namenode.kerberos.principal": f"praveev@{REALM}"}}, "KRB-SVC-PATTERN", 1),
        ({"hdfs-site.xml": {"dfs.namenode.kerberos.principal": "mis"}}, "KRB-SVC-PATTERN", 1),
        ({"hive-site.xml": {"hive.metastore.kerberos.principal": f"hive/{CORE}@{REALM}"}}, "KRB-SVC-PATTERN", 1),
        ({"hive-site.xml": {"hive.metastore.kerberos.principal": f"hive@{REALM}"}}, "KRB-SVC-PATTERN", 1),
        # https://github.com/freeipa/ansible-freeipa/issues/983, with the included files there
        (
            {
                "krb5.conf": f"includedir /etc/krb5.conf.d/\nincludedir /var/lib/sss/krb5.include.d/\n{KRB5}",
                "etc/krb5.conf.d/enable_sssd_conf_dir": "includedir /var/lib/sss/krb5.include.d/\n",
                "var/lib/sss/krb5.include.d/localauth_plugin": "[plugins]\n localauth = {\n  module = sssd:x.so\n }\n",
            },
            "KRB-INCLUDEDIR",
            1,
        ),
        # https://github.com/alagrede/HdfsClient/issues/1
        ({"krb5.conf": _libdefaults("default_tkt_enctypes = arcfour-hmac-md5")}, "KRB-ETYPE-CONF", 1),
        # https://github.com/hortonworks/cloudbreak/pull/8089: a client of FreeIPA asks DNS.
        (
            {"krb5.conf": KRB5.replace("dns_lookup_kdc = false", "dns_lookup_kdc = true").replace(f"    {KDC}\n", "")},
            "DNS-SRV",
            3,
        ),
        ({"krb5.conf": KRB5.replace(KDC, f"admin_server = {MASTER}:749")}, "KRB-NO-STANZA", 1),
        ({"krb5.conf": KRB5.replace(KDC, "kdc = https://proxy.corp.example.com/KdcProxy")}, "KDC-MSG-CFG", 1),
        ({"krb5.conf": KRB5.replace(MAPPING, MAPPING.replace(REALM, "HADOOP.EXAMPLE"))}, "KRB-DOMAIN-REALM", 1),
        (
            {
                "krb5.conf": KRB5.replace(MAPPING, f"{MAPPING}  {MASTER} = {AD}\n").replace(
                    "[realms]\n", f"[realms]\n  {AD} = {{\n    kdc = ad1.corp.example.com\n  }}\n"
                )
            },
            "KRB-DOMAIN-REALM",
            1,
        ),
        ({"krb5.conf": _libdefaults("udp_preference_limit = 0"), **ONLY_TCP}, "KDC-UDP-ZERO", 1),
        # Names that libkrb5 or a policy of the system knows, and no Java
        ({"krb5.conf": _libdefaults("permitted_enctypes = DEFAULT -rc4 -des3")}, "KRB-ETYPE-CONF", 1),
        ({"krb5.conf": _libdefaults("permitted_enctypes = aes")}, "KRB-ETYPE-CONF", 1),
        ({"krb5.conf": _libdefaults("default_tkt_enctypes = aes-256-cts")}, "KRB-ETYPE-CONF", 1),
        ({"krb5.conf": _libdefaults("clockskew = 0")}, "KRB-CONF-SYNTAX", 1),
        ({"krb5.conf": KRB5.replace("[realms]", "[ Realms ]")}, "KRB-CONF-SYNTAX", 1),
        ({"krb5.conf": KRB5.replace(f"realm = {REALM}", f"realm = {REALM} # emr")}, "KRB-CONF-SYNTAX", 1),
        ({"krb5.conf": KRB5.replace(KDC, f"kdc = udp/{MASTER}:88")}, "KDC-MSG-CFG", 1),
        ({"hosts": HOSTS.replace("192.168.20.11", "192.168.20.21")}, "DNS-STALE-IP", 1),
        ({"hosts": f"10.0.0.5 {MASTER}\n{HOSTS}"}, "DNS-STALE-IP", 3),
        ({"hosts": HOSTS.replace("192.168.20.11", "47.96.1.2")}, "DNS-STALE-IP", 3),
        # A client dials itself. On the node the line is common, and harms nobody.
        ({"hosts": HOSTS.replace("192.168.20.11", "0.0.0.0")}, "DNS-LOOPBACK", 3),
        ({"hosts": HOSTS.replace("192.168.20.11", "::")}, "DNS-LOOPBACK", 3),
    ],
)
def test_a_setting_that_stops_a_client_is_the_first_finding(
    tmp_path: Path, change: Change, code: str, exit_code: int
) -> None:
    result = _of(tmp_path, change)

    assert (_loud(result)[0], result["exit_code"]) == (code, exit_code)


STANZAS = KRB5[KRB5.index("[realms]") :]
HEAD = f"[libdefaults]\n  default_realm = {REALM}\n  dns_lookup_kdc = false\n"
INCLUDED: Change = {"krb5.conf": f"includedir /etc/krb5.conf.d/\n{HEAD}", "etc/krb5.conf.d/emr.conf": STANZAS}
DEFAULT: Change = {"krb5.conf": "include /etc/krb5.conf.d/emr.conf\n[logging]\n", "etc/krb5.conf.d/emr.conf": KRB5}


@pytest.mark.parametrize(
    ("files", "home", "codes", "exit_code"),
    [
        (INCLUDED, "jdk1.8.0_152", ["KRB-NO-STANZA"], 1),
        (INCLUDED, "java-8u392", ["KRB-NO-STANZA"], 1),
        (DEFAULT, "java-1.8.0-openjdk", ["KRB-NO-DEFAULT"], 1),
        (INCLUDED, "java-11-openjdk", [], 0),
        (DEFAULT, "java-11-openjdk", [], 0),
        ({"krb5.conf": f"includedir /etc/krb5.conf.d/\n{KRB5}"}, "jdk1.8.0_152", [], 0),
    ],
)
def test_java_8_does_not_see_the_realm_of_an_included_file(
    tmp_path: Path, files: Change, home: str, codes: list[str], exit_code: int
) -> None:
    result = _of(tmp_path, {**files, "spark-env.sh": JAVA.format(home)})

    assert ([each["code"] for each in result["findings"]], result["exit_code"]) == (codes, exit_code)
    assert all("in place of that line" in str(each["remedies"]) for each in result["findings"])


def test_an_included_realm_is_a_warning_where_the_release_of_java_is_not_known(tmp_path: Path) -> None:
    (finding,) = _of(tmp_path, INCLUDED)["findings"]

    assert (finding["code"], finding["severity"], finding["confidence"]) == ("KRB-NO-STANZA", "warning", "inferred")
    assert "java -version" in finding["settle_by"]


@pytest.mark.parametrize(
    ("home", "words"),
    [
        ("jdk1.8.0_152", "Java 8 before 8u242 uses the last line"),
        ("java-11-openjdk", "only the first line counts"),
        (None, "Java 8 uses the last line"),
    ],
)
def test_which_of_two_default_realms_counts_is_said_of_each_java(tmp_path: Path, home: str | None, words: str) -> None:
    twice = {"krb5.conf": f"{KRB5}[libdefaults]\n  default_realm = OTHER.COM\n"}

    result = _of(tmp_path, twice if home is None else {**twice, "spark-env.sh": JAVA.format(home)})

    (finding,) = result["findings"]
    assert words in finding["title"]
    is_java_8 = home is not None and "1.8" in home
    assert (finding["severity"], result["exit_code"]) == ("warning" if is_java_8 else "info", 0)


@pytest.mark.parametrize(
    ("opening", "lines"),
    [
        (f"{REALM} = {{ # main\n    {KDC}", [f"  {REALM} = {{"]),
        (f"{REALM} = {{; main\n    {KDC}", [f"  {REALM} = {{"]),
        (f"{REALM} = {{ {KDC}", [f"  {REALM} = {{", f"  {KDC}"]),
    ],
)
def test_text_behind_an_opening_brace_goes_and_the_stanza_stays(tmp_path: Path, opening: str, lines: list[str]) -> None:
    # libkrb5 and Java take such a line for a value. To remove the last brace leaves no KDC.
    result = _of(tmp_path, {"krb5.conf": KRB5.replace(f"{REALM} = {{\n    {KDC}", opening)})

    (edit,) = result["suggested_edits"]
    assert (result["exit_code"], _loud(result)) == (1, ["KRB-CONF-SYNTAX"])
    assert (edit["action"], edit["to"].splitlines()) == ("replace", lines)


@pytest.mark.parametrize("address", ["192.168.20.11,", "192.168.20.11;", "192.168.20.11/24", "192.168.020.011"])
def test_a_hosts_line_with_a_misspelt_address_is_told_with_the_line_to_write(tmp_path: Path, address: str) -> None:
    # inet_pton takes none of these, so glibc and Java skip the line.
    result = _of(tmp_path, {"hosts": HOSTS.replace("192.168.20.11", address)})

    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"], result["exit_code"]) == ("DNS-CLUSTER-NAME", "warning", 0)
    assert f"hosts:2 write: 192.168.20.11 {MASTER} master-1-1" in str(finding["remedies"])


KDC_LOG = "Nov 30 22:30:04 master-1-1 krb5kdc[12](info): {} (4 etypes {{18 17 20 19}}) {}: {}\n"
LOGIN = f"for krbtgt/{REALM}@{REALM}, "


def _kdc_log(words: str, *, exchange: str = "AS_REQ", at: str = "192.168.10.7") -> str:
    return KDC_LOG.format(exchange, at, words)


@pytest.mark.parametrize(
    ("log", "left"),
    [
        # https://github.com/jcmturner/gokrb5/issues/311 and 312, as the KDC logs them
        (
            _kdc_log(f"CLIENT_NOT_FOUND: hive@{REALM} {LOGIN}Client not found in Kerberos database"),
            ["KRB-CLIENT-UNKNOWN", "KRB-WRONG-REALM"],
        ),
        (
            _kdc_log(f"BAD_ENCRYPTION_TYPE: authtime 0,  a@{REALM} {LOGIN}KDC has no support for encryption type"),
            ["KRB-ETYPE-KDC"],
        ),
        (_kdc_log(f"PREAUTH_FAILED: a@{REALM} {LOGIN}Preauthentication failed"), ["KRB-KEYTAB-STALE"]),
        (_kdc_log(f"PREAUTH_FAILED: a@{REALM} {LOGIN}Clock skew too great"), ["KRB-SKEW"]),
        # https://github.com/cloudera/hue/issues/12: the host of the service is localhost.
        (
            _kdc_log(
                f"LOOKING_UP_SERVER: authtime 0, etypes {{rep=UNSUPPORTED:(0)}} a@{REALM} for hive/localhost@{REALM}, "
                "Server not found in Kerberos database",
                exchange="TGS_REQ",
            ),
            ["DNS-LOOPBACK", "KRB-SVC-MISSING"],
        ),
    ],
)
def test_the_log_of_the_kdc_says_what_it_refused_to_the_resource_group(
    tmp_path: Path, log: str, left: list[str]
) -> None:
    result = _of(tmp_path, {"krb5kdc.log": log})

    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"], finding["params"]["candidates"]) == ("INPUT-LOG", "warning", left)
    assert finding["params"]["line"] == 1
    assert (result["exit_code"], result["suggested_rules"], result["suggested_edits"]) == (0, [], [])


REFUSAL = f"PREAUTH_FAILED: a@{REALM} {LOGIN}Preauthentication failed"


@pytest.mark.parametrize(
    "log",
    [
        _kdc_log(REFUSAL, at="192.168.20.21"),
        _kdc_log(REFUSAL) + _kdc_log(f"ISSUE: authtime 1, etypes {{rep=18 tkt=18 ses=18}}, a@{REALM} {LOGIN[:-2]}"),
        _kdc_log(f"CLIENT LOCKED OUT: K/M@{REALM} {LOGIN}Clients credentials have been revoked"),
        _kdc_log(f"CLIENT_NOT_FOUND: a@{REALM} for K/M@{REALM}, Client not found in Kerberos database"),
    ],
    ids=["of a node", "a ticket followed", "a check asks for K/M", "a check asks about a principal"],
)
def test_what_the_kdc_refused_to_others_or_gave_at_last_is_no_fault(tmp_path: Path, log: str) -> None:
    result = _of(tmp_path, {"krb5kdc.log": log})

    assert (result["exit_code"], result["findings"]) == (0, [])
