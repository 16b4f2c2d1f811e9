"""Does each sentence of the first screen say what was computed, and nothing else?

Every test reads the page of a case, in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from probes.language import use
from tests.report.test_fixtures import check as check_fixture
from tests.support.incident_cases import (
    BLOCK,
    DOMAIN,
    MASTER,
    PORTS,
    REALM,
    Content,
    changed,
    check,
    group_of_nodes,
    healthy,
    rule,
)
from tests.support.places import PROJECT


def pages(folder: Path, files: Mapping[str, Content], *options: str) -> tuple[str, str]:
    """Return the page in English and in Chinese, each paragraph with single blanks."""
    _, english = check(folder, files, *options)
    _, chinese = check(folder, files, "--lang", "zh", *options)
    use("en")
    return " ".join(english.split()), "".join(chinese.split())


def krb5_conf(*settings: str, kdc: str = f"{MASTER}:88") -> str:
    """Return a krb5.conf of one realm, with further lines in [libdefaults]."""
    lines = "".join(f"  {line}\n" for line in settings)
    return (
        f"[libdefaults]\n  default_realm = {REALM}\n  dns_lookup_realm = false\n  dns_lookup_kdc = false\n{lines}"
        f"[realms]\n  {REALM} = {{\n    kdc = {kdc}\n  }}\n[domain_realm]\n  .{DOMAIN} = {REALM}\n"
    )


BROKEN = krb5_conf().replace("  }\n", "")


@pytest.mark.parametrize("content", [BROKEN, "\ufeff" + krb5_conf()])
def test_where_no_connection_is_known_nothing_is_said_of_connections(tmp_path: Path, content: str) -> None:
    """Given krb5.conf alone, with a line for which no client reads its KDC."""
    english, chinese = pages(tmp_path, {"krb5.conf": content})

    assert english.endswith(
        "DOES NOT WORK: a fault was found; no connection is known that could be checked. Exit code 1."
    )
    assert chinese.endswith("不可用：已发现故障；没有可供检查的连接。退出码1。")
    assert "stops" not in english
    assert english.count("no connection is known") == english.lower().count("no connection") == 1


def test_where_all_required_connections_pass_the_verdict_counts_them(tmp_path: Path) -> None:
    """Given a line of krb5.conf that stops logins alone."""
    english, chinese = pages(
        tmp_path, changed(healthy(kerberos=True), {"krb5.conf": krb5_conf("permitted_enctypes = x")})
    )

    assert "a fault was found, though none of the 8 listed required connections is blocked." in english
    assert "已发现故障，但能列出的8条必需连接均未被拦截。" in chinese


def test_chance_decides_only_where_a_part_of_the_vswitch_is_let_in(tmp_path: Path) -> None:
    others = [rule("TCP", port, source="10.0.0.0/8") for port in PORTS]
    some = [rule("TCP", port, source="192.168.10.0/25") for port in PORTS]
    none, in_part = (changed(healthy(), group_of_nodes(rules)) for rules in (others, some))

    english, chinese = pages(tmp_path / "none", none, "--details")
    assert f"sg-emr lets no address of {BLOCK} in to" in english
    assert f"sg-emr不允许{BLOCK}中的任何地址访问" in chinese
    assert "happens to get" not in english
    assert "碰巧" not in chinese

    english, chinese = pages(tmp_path / "part", in_part, "--details")
    assert "(128 of 256 addresses)" in english
    assert "works or fails by the address it happens to get" in english
    assert "碰巧" in chinese


def test_connections_of_some_addresses_are_counted_as_such(tmp_path: Path) -> None:
    some = [rule("TCP", port, source="192.168.10.0/25") for port in PORTS]
    half = [one for one in some if one["PortRange"] not in ("9083/9083", "9866/9866")]

    english, chinese = pages(tmp_path / "all", changed(healthy(), group_of_nodes(some)))
    assert "DOES NOT WORK: 6 of 6 required connections can be made from some addresses only." in english
    assert "Connections allowed: 0 of 6 required, 6 from some addresses only" in english
    assert "6条必需连接中有6条只有网段中的部分地址能连通" in chinese

    english, chinese = pages(tmp_path / "half", changed(healthy(), group_of_nodes(half)))
    assert "2 of 6 required connections cannot be made, 4 more from some addresses only." in english
    assert "6条必需连接中有2条不通，4条只有网段中的部分地址能连通" in chinese


LISTS = ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes")


def test_three_lists_of_rc4_are_one_entry_with_their_lines_and_releases_of_java(tmp_path: Path) -> None:
    lists = krb5_conf(*(f"{key} = rc4-hmac" for key in LISTS))

    english, chinese = pages(tmp_path, changed(healthy(kerberos=True), {"krb5.conf": lists}))

    assert english.count("KRB-ETYPE-CONF very likely") == chinese.count("KRB-ETYPE-CONF很可能") == 1
    assert "2 KRB-ETYPE-CONF" not in english
    who = "Java 8 from 8u382 (Oracle: 8u351), Java 11 from 11.0.17 and later"
    assert f"{who} can use none of the encryption types listed. krb5.conf:5" in english
    assert "及之后的版本不能使用列表中的任何加密类型" in chinese
    for line, key in enumerate(LISTS, 5):
        assert f"krb5.conf:{line}: “{key} = rc4-hmac”" in english
        assert f"krb5.conf:{line}：“{key}=rc4-hmac”" in chinese
        assert f"Replace krb5.conf:{line} by “{key} = aes256-cts-hmac-sha1-96 " in english


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        (krb5_conf(kdc="https://kdc.example.com"), "which Java reads as a host called https.", "https"),
        (krb5_conf("udp_preference_limit = 0"), "does not force TCP in Java.", "Java"),
        (krb5_conf("permitted_enctypes = rc4-hmac"), "can use none of the encryption types listed.", "加密类型"),
        (BROKEN, "Both families refuse the whole krb5.conf.", "整个krb5.conf"),
    ],
)
def test_of_a_line_of_krb5_conf_the_screen_says_what_is_wrong(
    tmp_path: Path, text: str, english: str, chinese: str
) -> None:
    in_english, in_chinese = pages(tmp_path, {"krb5.conf": text})

    assert english in in_english
    assert chinese in in_chinese


def test_a_repair_whose_new_value_nobody_knows_is_promised_nothing(tmp_path: Path) -> None:
    files = {"krb5.conf": krb5_conf(kdc="https://kdc.example.com")}

    for options in ((), ("--details",)):
        english, chinese = pages(tmp_path, files, *options)
        assert "write kdc = <host>:<port> in krb5.conf:7" in english
        assert not [said for said in ("repairs", "remains", "Once repaired") if said in english]
        assert not [said for said in ("可修复", "遗留", "修复之后") if said in chinese]


def test_a_connection_that_stays_unknown_is_freed_and_not_repaired(tmp_path: Path) -> None:
    """Given a byte order mark that hides the default realm, and no rule for the KDC."""
    files = {"krb5.conf": "\ufeff" + krb5_conf()}

    english, chinese = pages(tmp_path, files)
    assert "1 KRB-CONF-SYNTAX proven, frees 2 of 2, not known to work " in english
    assert "不再拦截2/2，是否可用未知" in chinese

    english, _ = pages(tmp_path, files, "--details")
    assert "2 connections no longer stopped, not known to work" in english
    assert "can be made that cannot be made now" not in english


def test_an_unusual_port_of_a_kdc_may_be_a_typing_mistake_or_a_missing_rule(tmp_path: Path) -> None:
    files = changed(healthy(kerberos=True), {"krb5.conf": krb5_conf(kdc=f"{MASTER}:8888")})

    english, chinese = pages(tmp_path, files)

    assert "1 SG-KDC-PORT very likely" in english
    assert "krb5.conf:7 names port 8888 for the KDC; 88 is the usual port." in english
    assert "Add sg-emr inbound TCP 8888/8888" in english
    assert "Or In krb5.conf:7 (" in english
    assert f"set {MASTER}:88 (now: {MASTER}:8888)" in english
    assert "Change the port range" not in english
    assert "krb5.conf:7把KDC的端口写成8888，而常用端口是88。" in chinese
    assert f"{MASTER}:88" in chinese


def test_each_edit_of_an_alternative_is_a_sentence_and_their_reason_is_said_once(tmp_path: Path) -> None:
    """Given two lines of one file with the same unusual port, and rules for the usual one."""
    two = krb5_conf(kdc=f"{MASTER}:8888\n    kdc = core-1-1.{DOMAIN}:8888")
    edits = (
        f"In krb5.conf:7 ([realms] {REALM} kdc) set {MASTER}:88 (now: {MASTER}:8888). "
        f"In krb5.conf:8 ([realms] {REALM} kdc) set core-1-1.{DOMAIN}:88 (now: core-1-1.{DOMAIN}:8888)."
    )
    in_chinese = "".join(
        f"在krb5.conf:{line}([realms]{REALM}kdc)中设置{host}:88（当前：{host}:8888）。"
        for line, host in ((7, MASTER), (8, f"core-1-1.{DOMAIN}"))
    )

    for options in ((), ("--details",)):
        english, chinese = pages(tmp_path, changed(healthy(kerberos=True), {"krb5.conf": two}), *options)
        assert edits in english
        assert english.count("88 is the usual port of a KDC, and the rules") <= 1
        assert in_chinese in chinese


@pytest.mark.parametrize("command", [["check", "--offline"], ["preflight"]])
def test_the_other_cause_of_an_unusual_port_keeps_its_way_where_room_is_scarce(command: list[str]) -> None:
    fixture = str(PROJECT / "fixtures" / "kdc-port")
    page = CliRunner().invoke(main, [*command, fixture], env={"COLUMNS": "80"}).stdout

    assert "   Or     In krb5.conf:10 " in page
    assert "   Add    sg-bp17fh80vfatpuwzh inbound UDP 1088/1088" in page
    assert page.count("\n") <= 24


def test_with_several_doubted_ports_on_one_page_each_whole_fault_keeps_both_ways(tmp_path: Path) -> None:
    wrong: Mapping[str, Content] = {
        "hive-site.xml": {"hive.metastore.uris": f"thrift://{MASTER}:9084"},
        "hdfs-site.xml": {"dfs.datanode.address": "0.0.0.0:50010"},
        "yarn-site.xml": {"yarn.resourcemanager.address": f"{MASTER}:8132"},
    }
    _, page = check(tmp_path, changed(healthy(), wrong))
    _, chinese = check(tmp_path, changed(healthy(), wrong), "--lang", "zh")

    assert "   Or     In hdfs-site.xml:5 set port 9866.\n" in page
    assert "   Or     In yarn-site.xml:9 set port 8032.\n" in page
    assert "3 SG-SVC: hive-site.xml names port 9084 for Hive metastore, the rules open 9083\n" in page
    assert "   或     在 yarn-site.xml:9 中把端口改为 8032。\n" in chinese
    assert max(page.count("\n"), chinese.count("\n")) <= 23


@pytest.mark.parametrize(("case", "said"), [("other-vpc", "vSwitch of vpc-"), ("other-vpc-no-return", "add the entry")])
@pytest.mark.parametrize("options", [(), ("--details",)])
def test_no_alternative_repeats_the_repair_in_other_words(case: str, said: str, options: tuple[str, ...]) -> None:
    page = " ".join(check_fixture(case, *options).stdout.split())

    assert said in page
    assert not [repeated for repeated in ("Or Bind", "Or Add to vtb-", "Or A bridge", "Or Or") if repeated in page]


@pytest.mark.parametrize("wanted", ["en", "zh"])
def test_the_command_for_missing_rules_can_be_pasted(wanted: str) -> None:
    """Each line but the last ends with a backslash, and both languages have the same command."""
    fixture = str(PROJECT / "fixtures" / "prefix-list-unresolved")
    page = CliRunner().invoke(main, ["check", fixture, "--offline", "--lang", wanted], env={"COLUMNS": "80"}).stdout
    lines = page.splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip().startswith("aliyun "))
    last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
    command = " ".join(line.strip().removesuffix("\\").strip() for line in lines[first : last + 1])

    assert command == (
        "aliyun ecs DescribePrefixListAttributes --RegionId cn-hangzhou --PrefixListId pl-bp1x7k2m9q4w8d3r5t6y "
        "> pl-bp1x7k2m9q4w8d3r5t6y.json"
    )
