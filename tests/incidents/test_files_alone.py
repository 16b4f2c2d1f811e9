"""What does `check` say of a fault that few files show?"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.places import FIXTURES

REALM = "EXAMPLE.TEST"


def _checked(folder: Path, *options: str) -> tuple[int, str]:
    command = ["check", str(folder), "--offline", "--from", "192.168.10.0/24", *options]
    result = CliRunner().invoke(main, command)
    return result.exit_code, result.stdout


@pytest.mark.parametrize(
    ("stanza", "code", "exits"),
    [
        (f"{REALM} = {{\n kdc = kdc.example.test:88 # main\n}}\n", "KDC-MSG-CFG", {1}),
        ("OTHER.TEST = {\n kdc = kdc.example.test\n}\n", "KRB-NO-STANZA", {1}),
    ],
)
def test_a_broken_krb5_conf_alone_ends_in_its_finding(tmp_path: Path, stanza: str, code: str, exits: set[int]) -> None:
    text = f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n[realms]\n{stanza}"
    (tmp_path / "krb5.conf").write_text(text)
    exit_code, output = _checked(tmp_path, "--format", "json")
    assert exit_code in exits, output
    assert code in {finding["code"] for finding in json.loads(output)["findings"]}


def test_a_realm_left_to_dns_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "krb5.conf").write_text(f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = true\n")
    exit_code, output = _checked(tmp_path, "--format", "json")
    assert exit_code in (1, 3), output
    assert "DNS-SRV" in {finding["code"] for finding in json.loads(output)["findings"]}


def test_the_headline_promises_no_connection_that_is_unknown(tmp_path: Path) -> None:
    text = f"[libdefaults]\n default_realm = {REALM}\n udp_preference_limit = 1 # TCP\n"
    (tmp_path / "krb5.conf").write_text(f"{text}[realms]\n {REALM} = {{\n  kdc = 192.168.20.11:88\n }}\n")
    exit_code, output = _checked(tmp_path)
    assert exit_code == 1
    assert "2 of 2 required connections could not be checked." in " ".join(output.split())


def test_a_setting_with_two_addresses_is_repaired_at_both(tmp_path: Path) -> None:
    # Given two metastores by address on a cluster with Kerberos, and the names of the nodes
    nodes = "".join(
        f'[[cluster.nodes]]\nname = "master-1-{n}"\naddress = "192.168.20.1{n}"\ngroup = "MASTER"\n'
        f'hostnames = ["master-1-{n}.c-0a1b2c3d4e5f6071.cn-hangzhou.emr.aliyuncs.com"]\n'
        for n in (1, 2)
    )
    (tmp_path / "case.toml").write_text(f'[cluster]\nid = "c-0a1b2c3d4e5f6071"\nsecurity_mode = "KERBEROS"\n{nodes}')
    uris = "thrift://192.168.20.11:9083,thrift://192.168.20.12:9083"
    (tmp_path / "hive-site.xml").write_text(
        f"<configuration><property><name>hive.metastore.uris</name><value>{uris}</value></property></configuration>"
    )
    (tmp_path / "krb5.conf").write_text(
        f"[libdefaults]\n default_realm = {REALM}\n[realms]\n {REALM} = {{\n  kdc = 192.168.20.11:88\n }}\n"
    )

    _, output = _checked(tmp_path, "--format", "json")

    report = json.loads(output)
    edits = [edit for edit in report["suggested_edits"] if edit["object"] == "hadoop-conf"]
    assert {edit["from"] for edit in edits} == {"192.168.20.11", "192.168.20.12"}
    assert "DNS-IP-URL" in {finding["code"] for finding in report["findings"]}


@pytest.mark.parametrize(
    ("key", "value", "may_be_logical"),
    [
        ("fs.defaultFS", "hdfs://etl:8020", True),
        ("hive.metastore.uris", "thrift://etl:9083", False),
    ],
)
def test_a_bare_name_of_a_file_system_may_stand_for_several_namenodes(
    tmp_path: Path, key: str, value: str, may_be_logical: bool
) -> None:
    file = "core-site.xml" if may_be_logical else "hive-site.xml"
    (tmp_path / file).write_text(
        f"<configuration><property><name>{key}</name><value>{value}</value></property></configuration>"
    )

    _, output = _checked(tmp_path, "--format", "json")

    (finding,) = json.loads(output)["findings"]
    assert finding["code"] == "DNS-CLUSTER-NAME"
    assert ("if it is an HDFS nameservice" in str(finding["remedies"])) == may_be_logical


def test_files_alone_never_work_they_only_allow() -> None:
    exit_code, output = _checked(FIXTURES / "healthy")

    assert exit_code == 0
    assert "From files alone: no packet was sent." in output
    assert "ALLOWED: the configuration lets all" in output
    assert "checked and works" not in output


@pytest.mark.parametrize(
    ("address", "confidence"),
    [
        ("192.168.20.12", "strong"),  # the address of another node
        ("192.168.20.99", "inferred"),  # it may be a second address of the node
        ("192.168.20.11", None),
        ("fd00::11", None),  # no IPv6 address of the node is known
    ],
)
def test_a_hosts_line_is_stale_only_against_a_known_address(
    tmp_path: Path, address: str, confidence: str | None
) -> None:
    nodes = "".join(f'[[cluster.nodes]]\nname = "master-1-{n}"\naddress = "192.168.20.1{n}"\n' for n in (1, 2))
    (tmp_path / "case.toml").write_text(f"[cluster]\n{nodes}")
    (tmp_path / "hosts").write_text(f"{address} master-1-1\n")
    (tmp_path / "core-site.xml").write_text(
        "<configuration><property><name>fs.defaultFS</name><value>hdfs://master-1-1:8020</value></property></configuration>"
    )

    _, output = _checked(tmp_path, "--format", "json")

    stale = [one["confidence"] for one in json.loads(output)["findings"] if one["code"] == "DNS-STALE-IP"]
    assert stale == ([confidence] if confidence else [])
