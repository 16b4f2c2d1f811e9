"""`emr-diagnose kerberos`: files in, the two readings and the findings out, and the exit code."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from diagnose.cli import main
from diagnose.cli.kerberos import command
from diagnose.findings.kerberos.krb5_lint import lint, read
from diagnose.report import krb5_brief, krb5_page
from diagnose.report.krb5_views import KerberosReport, build, encode
from tests.support.english_left import english_in
from tests.support.places import FIXTURES
from tests.support.srv_server import serve

GOOD = (
    "[libdefaults]\ndefault_realm = R\n[realms]\nR = {\nkdc = h1:99\nadmin_server = h1\n}\n[domain_realm]\n.b.c = R\n"
)
WITH_A_FILE = sorted(file.parent.name for file in FIXTURES.glob("*/krb5.conf"))

Render = Callable[[KerberosReport, int, bool], str]

BAD = GOOD.replace("kdc = h1:99", "kdc = h1, h2\nkdc = h3:88 # x")


def run(*arguments: object, environment: dict[str, str] | None = None) -> Result:
    clean = {"KRB5_CONFIG": None, "EMR_DIAGNOSE_FORMAT": None, "FORCE_COLOR": None, "COLUMNS": "100"}
    return CliRunner().invoke(command, [str(one) for one in arguments], env={**clean, **(environment or {})})


def answer(*arguments: object, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--format", "json", **options).stdout)
    return found


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path / "krb5.conf", GOOD)


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_json_has_the_shape_of_the_contract(good: Path) -> None:
    said = answer(good)
    assert said["findings"] == []
    for family, transports in (("mit", ["udp", "tcp"]), ("jdk", ["udp", "tcp"])):
        one = said["clients"][family]
        assert (one["rejected"], one["default_realm"], one["libdefaults"]) == (None, "R", {"default_realm": "R"})
        kdc = one["realms"]["R"]["kdcs"][0]
        assert (kdc["host"], kdc["port"], kdc["transports"]) == ("h1", 99, transports)
        assert (kdc["origin"]["line"], one["domain_realm"]) == (5, {".b.c": "R"})
    admin = said["clients"]["mit"]["realms"]["R"]["admin_servers"]
    assert [(one["host"], one["port"], one["transports"]) for one in admin] == [("h1", 749, ["tcp"])]


def test_the_families_differ_and_the_exit_code_says_error(tmp_path: Path) -> None:
    bad = written(tmp_path / "krb5.conf", BAD)
    result = run(bad, "--format=json")
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert said["clients"]["mit"]["realms"]["R"]["kdcs"] == []
    assert len(said["clients"]["mit"]["realms"]["R"]["unusable"]) == 1
    assert [one["host"] for one in said["clients"]["jdk"]["realms"]["R"]["kdcs"]] == ["h1", "h2", "h3", "#", "x"]
    assert [one["code"] for one in said["findings"]] == ["KDC-MSG-CFG", "KDC-MSG-CFG"]
    assert [one["rank"] for one in said["findings"]] == [1, 2]
    assert said["findings"][0]["evidence"][0]["ref"] == f"{bad}:5"


def test_limits_are_said_with_their_units(tmp_path: Path) -> None:
    conf = GOOD.replace("[realms]", "kdc_timeout = 5s\nmax_retries = 2\nudp_preference_limit = 1\n[realms]")
    said = answer(written(tmp_path / "k", conf))["clients"]
    assert said["jdk"]["realms"]["R"]["limits"] == {
        "udp_preference_limit": 1,
        "first": "tcp",
        "falls_back": False,
        "timeout_ms": 5000,
        "retries": 2,
    }
    assert said["mit"]["realms"]["R"]["limits"]["first"] == "tcp"
    assert said["mit"]["realms"]["R"]["limits"]["falls_back"] is True


def test_has_keys_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "k", GOOD.replace("[realms]", "kdc_realm = R\nkdc_tcp_port = 99\n[realms]"))
    assert answer(path)["clients"]["has"] == {"kdc_realm": "R", "kdc_udp_port": None, "kdc_tcp_port": "99"}
    assert "kdc_tcp_port = 99" in run(path).stdout


def test_a_refused_file_is_a_finding_in_the_words_of_the_jdk(tmp_path: Path) -> None:
    result = run(written(tmp_path / "k", GOOD.replace("[realms]", "[realms]*")), "--format", "json")
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert said["clients"]["mit"]["rejected"] is None
    assert "Illegal config content:[realms]*" in said["clients"]["jdk"]["rejected"]
    assert said["clients"]["jdk"]["realms"] == {}


def test_a_realm_without_kdc_shows_what_dns_is_asked(tmp_path: Path) -> None:
    said = answer(written(tmp_path / "k", GOOD.replace("kdc = h1:99\n", "")))["clients"]
    assert [one["record"] for one in said["mit"]["realms"]["R"]["dns"]] == ["URI", "SRV", "SRV"]
    assert [one["name"] for one in said["jdk"]["realms"]["R"]["dns"]] == ["_kerberos._udp.R", "_kerberos._tcp.R"]


def test_includes_are_looked_up_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    written(tmp_path / "d" / "kdc.conf", "[realms]\nS = {\nkdc = h9\n}\n")
    written(tmp_path / "d" / "kdc.rpmsave", "[realms]\nT = {\nkdc = h9\n}\n")
    os.mkfifo(tmp_path / "d" / "pipe")
    said = answer(written(tmp_path / "k", f"includedir {tmp_path}/d\n{GOOD}"))
    for family in ("mit", "jdk"):
        assert set(said["clients"][family]["realms"]) == {"R", "S"}


def test_a_missing_include_rejects_the_file_for_both(tmp_path: Path) -> None:
    result = run(written(tmp_path / "k", f"include {tmp_path}/none\n{GOOD}"), "--format", "json")
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert all(said["clients"][family]["rejected"] for family in ("mit", "jdk"))
    assert [one["code"] for one in said["findings"]] == ["KRB-INCLUDEDIR"]


def test_the_files_of_krb5_config_are_read_in_order(good: Path, tmp_path: Path) -> None:
    later = written(tmp_path / "later", "[libdefaults]\ndefault_realm = S\n[realms]\nS = {\nkdc = h2\n}\n")
    said = answer(environment={"KRB5_CONFIG": f"{tmp_path}/none:{good}:{later}"})["clients"]
    assert said["mit"]["files"] == [str(good), str(later)]
    assert (said["mit"]["default_realm"], set(said["mit"]["realms"])) == ("R", {"R", "S"})
    assert (said["jdk"]["files"], set(said["jdk"]["realms"])) == ([str(good)], {"R"})


@pytest.mark.parametrize("kind", ["missing", "directory", "pipe"])
def test_what_is_no_file_is_a_usage_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "directory":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    result = run(path)
    assert result.exit_code == 2
    assert str(path) in result.stderr


@pytest.mark.parametrize(
    "content",
    [
        "127.0.0.1 localhost\n192.168.0.1 master-1-1\n",
        "# A page\n\n[a link](b) and text\n",
        "<?xml version='1.0'?>\n<configuration>\n</configuration>\n",
        '{"RequestId": "1"}',
    ],
)
def test_another_file_is_no_krb5_conf_and_no_line_of_it_is_edited(tmp_path: Path, content: str) -> None:
    result = run(written(tmp_path / "other", content))
    assert (result.exit_code, "it has no section such as [libdefaults]" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "content",
    ["", "# nothing\n; yet\n", "include /x\n", "default_realm = R\n", "\ufeff[libdefaults]\n", "[realms]*\r\n"],
)
def test_a_krb5_conf_that_says_little_is_read(tmp_path: Path, content: str) -> None:
    assert run(written(tmp_path / "krb5.conf", content)).exit_code in (0, 1)


def test_a_directory_is_answered_with_the_file_in_it(good: Path) -> None:
    result = run(good.parent)
    assert (result.exit_code, f"give the file in it: {good}" in result.stderr) == (2, True)


def test_a_file_that_both_refuse_is_faulty_whatever_an_edit_leaves(tmp_path: Path) -> None:
    """Given a header with text behind it and no realm at all, then the edit alone helps nobody."""
    result = run(written(tmp_path / "krb5.conf", "[libdefaults] x\n"))
    assert (result.exit_code, "Harmless" in result.stdout) == (1, False)


def test_a_file_over_the_bound_is_refused_and_said(tmp_path: Path) -> None:
    result = run(written(tmp_path / "k", b"#" * (1 << 21)))
    assert result.exit_code == 2
    assert "this check does not read a krb5.conf of that size" in " ".join(result.stderr.split())


def test_output_goes_to_a_file(good: Path, tmp_path: Path) -> None:
    result = run(good, "--format", "json", "-o", tmp_path / "out.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads((tmp_path / "out.json").read_text())["findings"] == []


def test_the_page_shows_both_lists_and_the_repair(tmp_path: Path) -> None:
    page = " ".join(run(written(tmp_path / "k", BAD), "--details").stdout.split())
    assert "MIT (kinit, C, Python) Java (JDK 17)" in page
    assert "unreadable, so none is used" in page
    assert "by “kdc = h1” | “kdc = h2”. The new text, ready to copy: kdc = h1 kdc = h2" in page


def test_the_brief_page_says_once_what_both_read_alike(good: Path) -> None:
    lines = run(good).stdout.splitlines()

    assert [line for line in lines if "h1:99" in line] == ["  KDCs  h1:99"]
    assert "Default realm R" in lines
    assert lines[-1] == "GOOD: no fault was found in the file. Exit code 0."


def test_the_brief_page_says_both_readings_and_the_repair(tmp_path: Path) -> None:
    page = " ".join(run(written(tmp_path / "k", BAD)).stdout.split())

    assert "KDCs, MIT 1 entry unreadable, so none is used KDCs, Java h1:88, h2:88, h3:88 and 2 more" in page
    assert "1 error KDC-MSG-CFG: " in page
    assert "Repair Replace " in page
    assert page.endswith("FAULTY: 2 errors found. Exit code 1.")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("R = {", "S = {", "Default realm: R, which has no stanza in [realms]"),
        ("default_realm = R\n", "", "The file names no default realm."),
    ],
)
def test_the_brief_page_says_what_is_odd_about_the_default_realm(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in run(written(tmp_path / "k", GOOD.replace(old, new))).stdout.splitlines()


MANY = GOOD.replace(
    "[domain_realm]",
    "".join(f"S{n} = {{\nkdc = a, b # c\nkdc = x{n}.example.com\nkdc = y:99999\n}}\n" for n in range(30))
    + "[domain_realm]",
)


@pytest.mark.parametrize("spoken", ["en", "zh"])
@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param((FIXTURES / case / "krb5.conf").read_text("utf-8"), id=case) for case in WITH_A_FILE),
        pytest.param(BAD, id="bad"),
        pytest.param(MANY, id="many realms and faults"),
        pytest.param("[libdefaults]\n = 1\n", id="rejected"),
        pytest.param("", id="empty"),
    ],
)
def test_the_brief_page_fits_on_a_screen_and_ends_with_the_answer(tmp_path: Path, text: str, spoken: str) -> None:
    file = written(tmp_path / "krb5.conf", text)
    environment = {"COLUMNS": "80", "EMR_DIAGNOSE_LANG": spoken, "KRB5_CONFIG": str(file)}
    result = CliRunner().invoke(main, ["kerberos", str(file), "--lang", spoken], env=environment)
    lines = result.stdout.splitlines()

    assert len(lines) <= 23
    assert lines[-1].endswith({"en": f"Exit code {result.exit_code}.", "zh": f"退出码 {result.exit_code}。"}[spoken])


@pytest.mark.parametrize("case", WITH_A_FILE)
@pytest.mark.parametrize("details", [[], ["--details"]])
def test_a_chinese_page_has_no_english_sentence(case: str, details: list[str]) -> None:
    shown = CliRunner().invoke(main, ["kerberos", str(FIXTURES / case / "krb5.conf"), "--lang", "zh", *details])

    assert list(english_in(shown.stdout)) == []


@pytest.mark.parametrize("text", [BAD, "[libdefaults]\n = 1\n", GOOD.replace("R = {", "S = {"), ""])
def test_faults_are_said_in_chinese(tmp_path: Path, text: str) -> None:
    file = written(tmp_path / "krb5.conf", text)
    shown = CliRunner().invoke(main, ["kerberos", str(file), "--lang", "zh"])

    assert list(english_in(" ".join(shown.stdout.split()))) == []


def test_a_file_that_cannot_be_read_is_said_in_chinese(tmp_path: Path) -> None:
    shown = CliRunner().invoke(main, ["kerberos", str(tmp_path / "none"), "--lang", "zh"])

    assert f"无法读取 {tmp_path / 'none'}：" in shown.stderr.replace("\n", "")


@pytest.mark.parametrize("render", [krb5_brief.render, krb5_page.render])
@pytest.mark.parametrize("width", [40, 60, 100, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_neither_steers_nor_overflows_the_terminal(render: Render, width: int, colour: bool) -> None:
    hostile = (
        GOOD.replace("R", "名" * 90 + "\x1b]0;x\x07\u202e[bold]").encode() + b"[domain_realm]\n\x1b[2J = \xff\xfe\n"
    )
    views = read([("k\x1b[31m", hostile)], None, on_site=True)
    report = build(views, list(lint(views)))
    plain = render(report, width, False)
    assert max(cell_len(line) for line in plain.split("\n")) <= width
    shown = render(report, width, colour)
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "\x1b]" not in shown
    assert "\x1b[2J" not in shown
    assert colour or "\x1b" not in shown
    json.loads(encode(report))


@pytest.mark.parametrize(
    ("realm", "mit", "error"), [("R", ["kdc.example"], None), ("bad", [], "SERVFAIL"), ("none", [], None)]
)
def test_dns_is_asked_for_realms_that_the_file_leaves_to_it(
    tmp_path: Path, realm: str, mit: list[str], error: str | None
) -> None:
    # Given a realm without a kdc line, and a name server on loopback that knows one SRV name
    file = tmp_path / "krb5.conf"
    file.write_text(
        f"[libdefaults]\n default_realm = {realm}\n dns_lookup_kdc = true\n"
        f"[realms]\n {realm} = {{\n  admin_server = h\n }}\n"
    )
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(0.2)
    stopping = threading.Event()
    thread = threading.Thread(target=serve, args=(server, stopping))
    thread.start()
    try:
        at = f"127.0.0.1:{server.getsockname()[1]}"
        result = CliRunner().invoke(main, ["kerberos", str(file), "--dns-server", at, "--format", "json"])
        shown = CliRunner().invoke(main, ["kerberos", str(file), "--dns-server", at])
    finally:
        stopping.set()
        thread.join()
        server.close()
    # Then both families' answers are in the report, and a failing server differs from a "no"
    for family in ("mit", "jdk"):
        told = json.loads(result.stdout)["clients"][family]["realms"][realm]
        assert [one["host"] for one in told["found"]] == mit
        assert (error is None) == (told["dns_error"] is None)
    assert "DNS" in shown.stdout


def test_a_name_server_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "krb5.conf"
    file.write_text("[libdefaults]\n")
    for server in ("not an address", "127.0.0.1:x", "127.0.0.1:99999", "127.0.0.1:0"):
        assert CliRunner().invoke(main, ["kerberos", str(file), "--dns-server", server]).exit_code == 2
