"""Are names, addresses and ids replaced, the same by the same, in each spelling and file?"""

from __future__ import annotations

import io
import ipaddress
import json
import random
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.case.tree import Tree
from diagnose.cli import main
from diagnose.collect.redaction.address_text import AddressText
from diagnose.collect.redaction.name_map import is_kept
from diagnose.collect.redaction.redact import redact
from diagnose.collect.redaction.tally import Tally
from tests.support import incident_cases
from tests.support.places import FIXTURES

ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
KEPT = tuple(map(ipaddress.ip_network, ("0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "255.0.0.0/8")))
NAMED = {
    "core-site.xml": "<configuration><property><name>fs.defaultFS</name><value>hdfs://acme-bj:8020</value></property>"
    "<property><name>hive.metastore.uris</name><value>thrift://etl01.acme.corp:9083,thrift://etl02.acme.corp:9083"
    "</value></property></configuration>",
    "krb5.conf": "[libdefaults]\n default_realm = ACME.CORP\n[realms]\n ACME.CORP = {\n  kdc = tcp/dc01.acme.corp:88\n"
    "  auth_to_local = RULE:[1:$1@$0](.*@ACME\\.CORP)s/@.*//\n }\n[domain_realm]\n .acme.corp = ACME.CORP\n",
    "hosts": "192.168.20.11 dc01.acme.corp dc01\n2001:db8:aa::7 etl01.acme.corp Etl01\n",
    "ss-etl01.txt": "LISTEN 0 128 [::ffff:192.168.20.11]:8020 [::]:*\n",
    "logs-etl02/task.log": "2026-11-29 12:00:00 WARN etl02: no route to dc01.acme.corp/192.168.20.11:88\n"
    "PTR 11.20.168.192.in-addr.arpa, ip-192-168-20-11, 00:16:3e:0a:0b:0c, vpc-bp1abcdefgh12345, "
    "acs:ram::1234567890123456:role/x\n",
    "DescribeInstances.json": json.dumps(
        {"OwnerId": 1234567890123456, "SecurityGroupIds": ["sg-acme"], "VpcId": "vpc-bp1abcdefgh12345"}
    ),
    "notes.txt": "owner 1234567890123456 of sg-acme\n",
}
"""A case that names what must not be in the result."""


def moved(files: Mapping[str, str], seed: int = 1) -> dict[str, str]:
    content = {name: text.encode() for name, text in files.items()}
    return {name: each.decode() for name, each in redact(Tree("case", content), draw=random.Random(seed)).files.items()}


def test_nothing_of_the_owner_is_left_in_any_file_or_name() -> None:
    result = moved(NAMED)
    whole = "\n".join((*result, *result.values())).lower()
    for word in ("acme", "etl0", "192.168.20.11", "20.168.192", "192-168-20-11", "aa::7", "0a:0b:0c"):
        assert word not in whole
    for word in ("1234567890123456", "bp1abcdefgh12345", "sg-acme"):
        assert word not in whole


def test_a_name_that_only_a_log_has_is_found() -> None:
    """Given Chinese letters beside names, and messages of Java and Hadoop that name short hosts."""
    log = (
        "2026-11-29 12:00:00 ERROR 无法连接地址192.168.20.91端口88，域名etl92.acme93.cn。\n"
        "Call From etl94/192.168.20.9 to etl95:8020 failed on connection exception: Connection refused\n"
        "java.net.UnknownHostException: etl96\n"
        "open hadoop-hdfs-namenode-etl94.log and /var/log/hadoop-yarn-resourcemanager-etl95.out.1\n"
    )
    result = moved({"task.log": log})
    assert re.findall(r"20\.91|etl9\d|acme93", result["task.log"]) == []


def test_a_certificate_and_the_hosts_of_a_proxy_user_name_machines() -> None:
    proxy = "<name>hadoop.proxyuser.hue.hosts</name><value>etl97,etl98</value>"
    result = moved(
        {
            "tls.txt": "s:CN=x\n-----BEGIN CERTIFICATE-----\nZXRsOTkuYWNtZQ==\n-----END CERTIFICATE-----\n",
            "core-site.xml": f"<configuration><property>{proxy}</property></configuration>",
        }
    )
    assert "ZXRs" not in result["tls.txt"]
    assert result["tls.txt"].count("\n") == 4
    assert "etl9" not in result["core-site.xml"]


def test_the_same_is_replaced_by_the_same_in_every_file() -> None:
    result = moved(NAMED)
    domain = re.findall(r"//\w+\.(\w+\.corp)", result["core-site.xml"])
    assert len(set(domain)) == 1
    assert f".{domain[0]} = {domain[0].upper()}" in result["krb5.conf"]
    assert domain[0].upper().replace(".", r"\.") in result["krb5.conf"]
    host = result["hosts"].split()[1].partition(".")[0]
    assert f"tcp/{host}." in result["krb5.conf"]
    address = result["hosts"].split()[0]
    task = next(text for name, text in result.items() if name.endswith("task.log"))
    assert f"/{address}:88" in task
    assert ".".join(reversed(address.split("."))) + ".in-addr.arpa" in task
    assert f"ip-{address.replace('.', '-')}" in task
    (dump,) = (name for name in result if name.startswith("ss-"))
    assert f"::ffff:{address}]" in result[dump]
    assert dump.removeprefix("ss-").removesuffix(".txt") in result["core-site.xml"]
    account = json.loads(result["DescribeInstances.json"])["OwnerId"]
    assert isinstance(account, int)
    assert str(account) in result["notes.txt"]
    assert str(account) in task


def test_what_is_the_kind_of_a_host_stays() -> None:
    kept = ("master-1-1", "core-1-2", "emr-header-1", "emr-worker-3", "localhost", "nn1", "cn-hangzhou", "aliyuncs")
    assert [label for label in kept if not is_kept(label)] == []
    assert [label for label in ("etl-01", "acme", "bj-acme-01", "izbp1abc2def3z") if is_kept(label)] == []


def test_the_number_of_an_old_cluster_is_the_same_in_host_names_and_realm() -> None:
    text = moved(
        {"hosts": "10.0.0.1 emr-header-1.cluster-238614\n", "krb5.conf": "[realms]\n EMR.238614.COM = {\n }\n"}
    )
    (number,) = re.findall(r"emr-header-1\.cluster-(\d{6})\n", text["hosts"])
    assert number != "238614"
    assert f"EMR.{number}.COM" in text["krb5.conf"]


def test_resource_groups_of_one_account_keep_one_number_and_their_order() -> None:
    ids = [f"Serverless_res_group_464811716_266823046835{number}" for number in (1, 2, 3)]
    networks = {"PagingInfo": {"NetworkList": [{"ResourceGroupId": each, "VswitchId": "vsw-1"} for each in ids]}}
    text = moved({f"ListNetworks-{ids[0]}.json": json.dumps(networks), "task.log": f"INFO group {ids[0]} x-{ids[1]}\n"})

    (name,) = (name for name in text if name.startswith("ListNetworks"))
    after = re.findall(r"Serverless_res_group_\d{9}_\d{13}", text[name])
    assert not {*ids} & {*after}
    assert (sorted(after), len({each.split("_")[3] for each in after})) == (after, 1)
    assert name == f"ListNetworks-{after[0]}.json"
    assert text["task.log"] == f"INFO group {after[0]} x-{after[1]}\n"


def test_the_report_tells_counts_and_no_value() -> None:
    told = json.loads(moved(NAMED)["redaction.json"])
    assert told["redacted"] == ["secrets", "addresses"]
    assert set(told["replaced"]) == {"account", "address", "id", "name"}
    assert "acme" not in json.dumps(told)


def test_each_run_replaces_by_something_else() -> None:
    assert moved(NAMED, 1) != moved(NAMED, 2)


@pytest.mark.parametrize("case", [path for path in sorted(FIXTURES.iterdir()) if path.is_dir()], ids=str)
def test_no_address_and_no_id_of_a_fixture_is_left(case: Path) -> None:
    content = {path.name: path.read_bytes() for path in case.iterdir() if path.suffix != ".md"}
    result = redact(Tree("case", content), draw=random.Random(5))
    before, after = (b"\n".join(each.values()).decode() for each in (content, result.files))
    ids = set(re.findall(r"\b(?:c|sg|sgr|vpc|vsw|eni|ng|pl|vtb)-(?=[a-z]*\d)[0-9a-z]{6,}\b", before.lower()))
    ids |= set(re.findall(r"[a-z]+_res_group_\d+_\d+", before.lower()))
    assert {each for each in ids if each in after.lower()} == set()
    known = {each for each in ADDRESS.findall(before) if not any(ipaddress.ip_address(each) in net for net in KEPT)}
    classes = {each for each in known if each.endswith(".0.0")}  # 10.0.0.0/8 is no secret
    assert len(known & set(ADDRESS.findall(after)) - classes) <= len(known) // 8


@pytest.mark.parametrize(
    ("before", "shape"),
    [
        ("10.1.2.3", r"10(\.\d+){3}"),
        ("010.001.2.3", r"010\.\d{3}\.\d+\.\d+"),
        ("10.1.2.0/24", r"10\.\d+\.\d+\.0/24"),
        ("from 10.1.2.0/24.", r"from 10\.\d+\.\d+\.0/24\."),
        ("10.1.2.3-10.1.2.9", r"(10\.\d+\.\d+\.)\d+-\1\d+"),
        ("10.1.2.3/24", r"10(\.\d+){3}/24"),
        ("0.0.0.0/0", r"0\.0\.0\.0/0"),
        ("[2001:db8::1]:88", r"\[2001:db8:[0-9a-f:]+\]:88"),
        ("2001:db8:0:0:0:0:0:1", r"2001:db8(:[0-9a-f]{1,4}){6}"),
        ("2001:DB8::A", r"2001:DB8:[0-9A-F:]+"),
        ("from 2001:db8::1: NEEDED", r"from 2001:db8:[0-9a-f:]+[0-9a-f]: NEEDED"),
        ("fd00:1:2::/48", r"fd[0-9a-f]{2}:[0-9a-f]+:[0-9a-f]+::/48"),
        ("::1 fe80::1%eth0 ff02::1 ::/0", r"::1 fe80::1%eth0 ff02::1 ::/0"),
        ("64:ff9b::10.1.2.3", r"64:ff9b::[0-9a-f:]+"),
        ("1.0.0.10.in-addr.arpa", r"\d+\.\d+\.\d+\.10\.in-addr\.arpa"),
        ("2.10.in-addr.arpa", r"\d+\.10\.in-addr\.arpa"),
        ("8.b.d.0.1.0.0.2.ip6.arpa", r"8\.b\.d\.0\.1\.0\.0\.2\.ip6\.arpa"),
        ("tcp6 0 0 2001:db8::5:8020 :::* LISTEN", r"tcp6 0 0 2001:db8:[0-9a-f:]+:8020 :::\* LISTEN"),
        ("00:16:3e:01:02:03", r"00:16:3e(:[0-9a-f]{2}){3}"),
        ("12:30:45 v1.2.3.4 EMR-3.4.5.6 1.2.3 a::b std::cafe", r".*"),
    ],
)
def test_an_address_keeps_its_spelling(before: str, shape: str) -> None:
    replace = AddressText(bytes(range(32)), [])
    after = replace(before, Tally())
    assert re.fullmatch(shape, after), after
    assert replace(before, Tally()) == after


def test_what_looks_like_an_address_and_is_none_stays() -> None:
    text = "12:30:45,123 v1.2.3.4 EMR-3.4.5.6 hadoop 3.3.6 2026-11-29 std::move 1.2.3.4.5"
    assert AddressText(bytes(32), [])(text, Tally()) == text


def test_the_command_replaces_names_unless_secrets_alone_are_wanted(tmp_path: Path) -> None:
    incident_cases.write(tmp_path / "case", dict(NAMED))
    for what in ("addresses", "secrets"):
        given = ["redact", str(tmp_path / "case"), "-o", str(tmp_path / what), "--redact", what]
        result = CliRunner().invoke(main, given)
        assert result.exit_code == 0
        assert "acme" not in result.output.lower() or what == "secrets"
    assert "acme" in (tmp_path / "secrets" / "hosts").read_text()
    assert "acme" not in (tmp_path / "addresses" / "hosts").read_text()


def test_a_file_whose_name_has_odd_letters_is_written(tmp_path: Path) -> None:
    """Given names in GBK, with a line feed and with an escape, as a .tar.gz may have them."""
    names = ["核心.log".encode("gbk").decode("utf-8", "surrogateescape"), "a\nb.log", "a\x1b[31m.log"]
    with tarfile.open(tmp_path / "case.tar.gz", "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 1
            archive.addfile(member, io.BytesIO(b"x"))
    for what in ("addresses", "secrets"):
        given = ["redact", str(tmp_path / "case.tar.gz"), "-o", str(tmp_path / what), "--redact", what]
        result = CliRunner().invoke(main, given)
        assert (result.exit_code, len(list((tmp_path / what).glob("*.log")))) == (0, 3), result.output


def test_a_dump_of_a_kdc_keeps_its_principals_and_no_name_in_hexadecimal() -> None:
    """Given the name of who changed a principal last, which the dump has in hexadecimal."""
    modified = b"admin@EMR.ACME.COM".hex()
    behind = f"0\t0\t2\t22\t{modified}\t1\t1\t18\t62\t2000{'ab' * 60}\t-1"
    line = f"princ\t38\t30\t3\t1\t0\thive/etl-01.acme.cn@EMR.ACME.COM\t{behind};\n"
    text = moved({"kdc.dump": f"kdb5_util load_dump version 7\n{line}policy\tp\t0\t0\n"})["kdc.dump"]
    assert re.fullmatch(
        r"kdb5_util load_dump version 7\nprinc(\t\d+){5}\thive/[\w.-]+@[\w.-]+\t\*\*\*;\npolicy\tp\t0\t0\n", text
    )
    assert "acme" not in text.lower()
