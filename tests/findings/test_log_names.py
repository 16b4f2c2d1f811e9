"""A log that names a fault in words of its own is a finding of that code, and a warning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.findings import catalogue
from diagnose.findings.log_names import AGREEMENTS
from diagnose.symptoms.messages import Message, messages
from tests.support.incident_cases import MASTER, REALM, Change, changed, healthy, report, site

NAMING = [row for row in messages() if row.names is not None]
ALONE = [row for row in NAMING if not row.names_with_file]
PLAIN = "2026-11-27 10:15:02 ERROR Peer indicated failure: Unsupported mechanism type PLAIN\n"
LOGIN = "2026-11-27 10:15:02 ERROR Peer indicated failure: Error validating the login\n"


def of_case(folder: Path, log: str, hive: dict[str, str]) -> Any:
    return report(folder, changed(healthy(), {"task.log": log, "hive-site.xml": site(hive)}))


def of_log(result: Any) -> Any:
    (finding,) = [each for each in result["findings"] if str(each["params"]["cause"]).startswith("log-")]
    return finding


@pytest.mark.parametrize("row", NAMING, ids=lambda row: row.id)
def test_a_message_names_one_of_its_candidates_that_the_catalogue_calls_decided(row: Message) -> None:
    assert row.names in row.candidates
    assert catalogue.entry(str(row.names)).decided
    assert row.role == "cause"
    assert not row.names_with_file or row.names in AGREEMENTS


@pytest.mark.parametrize("row", ALONE, ids=lambda row: row.id)
def test_the_words_alone_are_a_finding_that_is_inferred_and_a_warning(tmp_path: Path, row: Message) -> None:
    (tmp_path / "task.log").write_text(f"2026-11-27 10:15:02 ERROR {row.example}\n")

    result = CliRunner().invoke(main, ["check", "--log", str(tmp_path / "task.log"), "--format", "json"])

    finding = json.loads(result.stdout)["findings"][0]
    assert (finding["code"], finding["severity"], finding["confidence"]) == (row.names, "warning", "inferred")
    assert finding["params"]["cause"] == "log-named"
    assert finding["evidence"][0]["origin"]["line"] == 1
    assert "Only the log says so" in finding["detail"]
    assert result.exit_code == 3


def test_a_setting_of_the_case_that_says_the_same_makes_it_strong(tmp_path: Path) -> None:
    finding = of_log(of_case(tmp_path, PLAIN, {"hive.server2.authentication": "KERBEROS"}))

    assert (finding["code"], finding["severity"], finding["confidence"]) == ("SVC-HS2-MECH", "warning", "strong")
    assert [each["origin"]["file"] for each in finding["evidence"]] == ["task.log", "hive-site.xml"]
    assert "sets hive.server2.authentication to KERBEROS" in finding["detail"]


def test_a_setting_that_says_something_else_leaves_it_inferred(tmp_path: Path) -> None:
    finding = of_log(of_case(tmp_path, PLAIN, {"hive.server2.authentication": "NONE"}))

    assert (finding["code"], finding["confidence"]) == ("SVC-HS2-MECH", "inferred")


def test_words_of_another_host_than_those_of_the_case_stay_inferred(tmp_path: Path) -> None:
    far = "2026-11-27 10:15:02 ERROR Could not open client transport with JDBC Uri: jdbc:hive2://elsewhere.x:10000/: "

    finding = of_log(of_case(tmp_path, far + PLAIN[26:], {"hive.server2.authentication": "KERBEROS"}))

    assert finding["params"]["elsewhere"] is True
    assert finding["confidence"] == "inferred"


def test_words_that_several_kinds_of_login_print_name_ldap_only_with_the_setting(tmp_path: Path) -> None:
    without = of_log(of_case(tmp_path / "a", LOGIN, {"hive.server2.authentication": "CUSTOM"}))
    with_it = of_log(of_case(tmp_path / "b", LOGIN, {"hive.server2.authentication": "ldap"}))

    assert without["code"] == "INPUT-LOG"
    assert (with_it["code"], with_it["confidence"]) == ("SVC-HS2-LDAP", "strong")
    # Clients see the same words, whatever is wrong with the login.
    assert "may have no password there" in with_it["cause"]
    assert "HiveServer2 does not reach its directory" in with_it["cause"]


def test_words_before_the_last_initialization_stay_inferred(tmp_path: Path) -> None:
    files = changed(healthy(), {"task.log": PLAIN, "hive-site.xml": site({"hive.server2.authentication": "KERBEROS"})})
    toml = files["case.toml"]
    assert isinstance(toml, str)

    result = report(
        tmp_path, changed(files, {"case.toml": toml + "\n[registration]\ninitialized_at = 2026-11-29T08:00:00Z\n"})
    )

    assert of_log(result)["confidence"] == "inferred"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (72, "SVC-HS2-MODE"),
        (21, "TLS-PLAIN-CLIENT"),
        (22, "TLS-PLAIN-SERVER"),
        (-128, "SVC-HS2-NOSASL"),
        (82, "INPUT-LOG"),
        (720, "INPUT-LOG"),
    ],
)
def test_the_first_byte_of_a_peer_tells_its_protocol(tmp_path: Path, status: int, code: str) -> None:
    finding = of_log(of_case(tmp_path, f"2026-11-27 10:15:02 ERROR x: Invalid status {status}\n", {}))

    assert finding["code"] == code


def test_a_cipher_that_old_java_lacks_is_not_one_that_new_java_refuses(tmp_path: Path) -> None:
    old = "2026-11-27 10:15:02 ERROR Encryption type AES256 CTS mode with HMAC SHA1-96 is not supported/enabled\n"
    new = "2026-11-27 10:15:02 ERROR Encryption type RC4 with HMAC is not supported/enabled\n"

    assert of_log(of_case(tmp_path / "a", old, {}))["code"] == "KRB-JCE"
    assert of_log(of_case(tmp_path / "b", new, {}))["code"] == "INPUT-LOG"


def test_the_first_screen_does_not_say_that_a_log_fits_its_own_finding(tmp_path: Path) -> None:
    (tmp_path / "task.log").write_text(PLAIN)

    shown = CliRunner().invoke(main, ["check", "--log", str(tmp_path / "task.log"), "--no-color"]).stdout

    assert "SVC-HS2-MECH" in shown
    assert "The log fits" not in shown


REFUSED = "Peer indicated failure: GSS initiate failed"
JDBC = "2026-11-27 10:15:02 ERROR x: java.sql.SQLException: Could not open client transport with JDBC Uri: "
ZOOKEEPER = "serviceDiscoveryMode=zooKeeper;zooKeeperNamespace="
PRINCIPAL = "hive.server2.authentication.kerberos.principal"


def with_url(folder: Path, url: str, change: Change | None = None) -> Any:
    files = changed(healthy(kerberos=True), {"task.log": f"{JDBC}{url}: {REFUSED}\n", **(change or {})})
    return of_log(report(folder, files))


@pytest.mark.parametrize(
    "principal",
    [f"impala/_HOST@{REALM}", "hive/_HOST@OTHER.COM", f"hive@{REALM}", "hive/_HOST", f"hive/a/b@{REALM}"],
)
@pytest.mark.parametrize(
    "url",
    [
        f"jdbc:hive2://{MASTER}:10000/default;principal=",
        f"jdbc:hive2://zk1:2181,{MASTER}:2181/;{ZOOKEEPER}hiveserver2;principal=",
    ],
)
def test_a_principal_of_a_url_that_is_not_that_of_the_files_is_named(tmp_path: Path, url: str, principal: str) -> None:
    finding = with_url(tmp_path, f"{url}{principal}")

    assert (finding["code"], finding["severity"], finding["confidence"]) == ("SVC-HS2-PRINC", "warning", "strong")
    assert f"says “principal={principal}”" in finding["cause"]
    assert f"But hive-site.xml:21 sets {PRINCIPAL} to hive/_HOST@{REALM}" in finding["detail"]
    assert f"Write hive/_HOST@{REALM} into the URL." in str(finding["remedies"])


@pytest.mark.parametrize(
    "url",
    [
        f"jdbc:hive2://{MASTER}:10000/default;principal=hive/_HOST@{REALM}",
        f"jdbc:hive2://{MASTER}:10000/default;principal=hive/{MASTER}@{REALM};ssl=true",
        f"jdbc:hive2://{MASTER}:10009/default;principal=kyuubi/_HOST@{REALM}",
        f"jdbc:hive2://{MASTER}:2181/;{ZOOKEEPER}kyuubi;principal=kyuubi/_HOST@{REALM}",
        f"jdbc:hive2://{MASTER}:10000/default",
    ],
)
def test_a_url_that_agrees_or_is_of_another_service_names_no_principal(tmp_path: Path, url: str) -> None:
    assert with_url(tmp_path, url)["code"] == "INPUT-LOG"


@pytest.mark.parametrize(
    "url",
    [
        "jdbc:hive2://impala.example.com:10000/default;principal=impala/_HOST@OTHER.COM",
        "jdbc:hive2://10.99.0.1:10000/default;principal=hive/_HOST@OTHER.COM",
        f"jdbc:hive2://zk1.example.com:2181/;{ZOOKEEPER}hiveserver2;principal=hive/_HOST@OTHER.COM",
    ],
)
def test_a_url_to_a_host_that_the_case_does_not_know_may_be_of_another_cluster(tmp_path: Path, url: str) -> None:
    assert with_url(tmp_path, url)["code"] == "INPUT-LOG"


@pytest.mark.parametrize(
    ("service", "mode", "code"),
    [
        ("HTTP", "transportMode=http;httpPath=cliservice;", "INPUT-LOG"),
        ("hdfs", "transportMode=http;httpPath=cliservice;", "SVC-HS2-PRINC"),
        ("HTTP", "", "SVC-HS2-PRINC"),
    ],
)
def test_over_http_the_principal_of_the_web_page_is_one_of_hiveserver2_too(
    tmp_path: Path, service: str, mode: str, code: str
) -> None:
    url = f"jdbc:hive2://{MASTER}:10000/default;{mode}principal={service}/_HOST@{REALM}"

    assert with_url(tmp_path, url)["code"] == code


def test_files_without_a_principal_tell_nothing_of_a_url(tmp_path: Path) -> None:
    url = f"jdbc:hive2://{MASTER}:10000/;principal=impala/_HOST@{REALM}"
    files = healthy(kerberos=True)
    kept = {key: value for key, value in dict(files["hive-site.xml"]).items() if key != PRINCIPAL}  # type: ignore[arg-type]

    assert with_url(tmp_path, url, {"hive-site.xml": site(kept)})["code"] == "INPUT-LOG"


def test_a_url_stands_before_the_failure_too(tmp_path: Path) -> None:
    log = f"Connecting to jdbc:hive2://{MASTER}:10000/;principal=impala/_HOST@{REALM}\n{JDBC[:26]}{REFUSED}\n"
    finding = of_log(report(tmp_path, changed(healthy(kerberos=True), {"task.log": log})))

    assert (finding["code"], finding["params"]["line"]) == ("SVC-HS2-PRINC", 1)
