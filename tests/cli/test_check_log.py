"""`check --log`: what a log adds to a diagnosis, where it disagrees, and what it alone can say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from diagnose.findings import catalogue
from diagnose.findings.wording.en.log_steps import CHECKS
from diagnose.report.formats import FORMATS
from diagnose.symptoms.messages import Message, messages
from tests.support.incident_cases import BLOCK, MASTER, PORTS, Change, changed, group, healthy, report, rule, write
from tests.support.places import PROJECT

TIMED_OUT = f"""\
2026-11-27 10:15:02 INFO task started
>>> KrbKdcReq send: kdc={MASTER} UDP:88, timeout=30000, number of retries =3, #bytes=163
2026-11-27 10:16:32 ERROR login failed
javax.security.auth.login.LoginException: Receive timed out
\tat com.sun.security.auth.module.Krb5LoginModule.attemptAuthentication(Krb5LoginModule.java:808)
"""
REFUSED = (
    f"2026-11-27 10:15:02,123 ERROR Call From vm/10.0.0.5 to {MASTER}:9000 failed on connection exception: "
    "java.net.ConnectException: Connection refused\n"
)
SILENT = REFUSED.replace("connection exception", "socket timeout exception")
NO_UDP: Change = {"sg-emr.json": group("sg-emr", [*(rule("TCP", port) for port in PORTS), rule("UDP", 89)])}
UNUSED = [rule("UDP", port) for port in (1, 2)]
NO_NAMENODE: Change = {"sg-emr.json": group("sg-emr", [rule("TCP", port) for port in PORTS if port != 9000] + UNUSED)}


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *args], input=stdin)


def alone(folder: Path, text: str, *args: str) -> Any:
    (folder / "task.log").write_text(text)
    result = run("--log", str(folder / "task.log"), "--format", "json", *args)
    assert result.exit_code == 3, result.output
    return json.loads(result.stdout)


def of_logs(result: Any) -> list[Any]:
    return [finding for finding in result["findings"] if finding["code"] == "INPUT-LOG"]


def test_a_log_that_fits_is_evidence_of_the_finding(tmp_path: Path) -> None:
    files = changed(healthy(kerberos=True), {**NO_UDP, "task.log": TIMED_OUT})

    result = report(tmp_path, files)

    first = result["findings"][0]
    assert first["code"] == "SG-KDC-PORT", "any rule that is missing for UDP looks like this in a log"
    (shown,) = [each for each in first["evidence"] if each["origin"] and each["origin"]["file"] == "task.log"]
    assert "“Receive timed out” at 2026-11-27 10:16:32" in shown["text"]
    assert MASTER in shown["text"]
    assert (shown["origin"]["line"], result["exit_code"]) == (4, 1)
    assert of_logs(result) == []


def test_a_log_raises_no_confidence_and_changes_no_verdict(tmp_path: Path) -> None:
    without = report(tmp_path / "a", changed(healthy(kerberos=True), NO_UDP))
    with_it = report(tmp_path / "b", changed(healthy(kerberos=True), {**NO_UDP, "task.log": TIMED_OUT}))

    def judged(result: Any) -> Any:
        return [(each["code"], each["confidence"], each["severity"]) for each in result["findings"]]

    assert judged(with_it) == judged(without)
    assert with_it["exit_code"] == without["exit_code"]


def test_what_nothing_explains_is_a_remark_without_the_codes_that_the_files_exclude(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {"task.log": TIMED_OUT}))

    (finding,) = of_logs(result)
    assert (finding["severity"], finding["confidence"], finding["params"]["cause"]) == (
        "warning",
        "inferred",
        "log-unexplained",
    )
    assert not [code for code in finding["params"]["candidates"] if code.startswith("SG-")]
    assert "SG-KDC-UDP" in finding["params"]["excluded"]
    assert finding["flows"]
    assert result["exit_code"] == 0, "the configuration allows everything, and the log proves nothing"


def test_a_log_that_disagrees_with_a_sure_finding_says_so(tmp_path: Path) -> None:
    files = changed(healthy(), {**NO_NAMENODE, "task.log": REFUSED})

    result = report(tmp_path, files)

    (finding,) = of_logs(result)
    assert finding["params"]["cause"] == "log-disagrees"
    assert finding["params"]["candidates"][0] == "SVC-DOWN"
    assert finding["params"]["others"]
    assert result["findings"][0]["code"] == finding["params"]["others"][0]


def test_another_host_than_the_one_of_the_finding_is_no_agreement(tmp_path: Path) -> None:
    result = report(
        tmp_path, changed(healthy(), {**NO_NAMENODE, "task.log": SILENT.replace(MASTER, "elsewhere.example")})
    )
    assert not [
        e for f in result["findings"] if f["code"] != "INPUT-LOG" for e in f["evidence"] if "task.log" in e["text"]
    ]
    assert of_logs(result)


def test_a_service_that_answers_now_makes_the_log_old(tmp_path: Path) -> None:
    first = report(tmp_path, healthy())
    (flow,) = [each["id"] for each in first["flows"] if each["port"] == 9000]
    seen = {"vantage": "local", "state": "open", "reason": "service-reply", "rtt_ms": 1.0, "attempts": 1}
    places = {"source": "192.168.10.7", "address": "192.168.20.11"}
    recorded = {"schema_version": "1", "observations": [{"flow": flow, **seen, **places}]}

    result = report(tmp_path / "b", changed(healthy(), {"task.log": SILENT, "observations.json": json.dumps(recorded)}))

    (finding,) = of_logs(result)
    assert (finding["params"]["cause"], finding["severity"]) == ("log-contradicted", "info")
    assert "old or of another client" in finding["title"]


def test_a_log_before_the_last_initialization_is_called_old(tmp_path: Path) -> None:
    files = changed(healthy(kerberos=True), {"task.log": TIMED_OUT})
    toml = files["case.toml"]
    assert isinstance(toml, str)
    later = changed(files, {"case.toml": toml + "\n[registration]\ninitialized_at = 2026-11-29T08:00:00Z\n"})
    near = changed(files, {"case.toml": toml + "\n[registration]\ninitialized_at = 2026-11-27T12:00:00Z\n"})

    assert of_logs(report(tmp_path / "a", later))[0]["params"]["old"] is True
    assert of_logs(report(tmp_path / "b", near))[0]["params"]["old"] is False, "the zone of the log is not known"


def test_a_log_alone_is_ranked_candidates_and_two_checks_and_never_sure(tmp_path: Path) -> None:
    result = alone(tmp_path, TIMED_OUT)

    (finding,) = result["findings"]
    assert (finding["code"], finding["confidence"], finding["params"]["cause"]) == (
        "INPUT-LOG",
        "inferred",
        "log-alone",
    )
    assert finding["params"]["candidates"][:2] == ["SG-KDC-UDP", "SG-WRONG-GROUP"]
    assert len(finding["params"]["next"]) == 2
    assert f"emr-diagnose probe 'krb5+udp://{MASTER}:88?realm=REALM'" in finding["remedies"][0]["text"]
    assert (result["suggested_rules"], result["suggested_edits"]) == ([], [])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "or one of {count} more: emr-diagnose explain 'Receive timed out'."),
        ("zh", "另有 {count} 个：emr-diagnose explain 'Receive timed out'。"),
    ],
)
def test_candidates_that_are_left_out_are_counted(tmp_path: Path, language: str, said: str) -> None:
    # Given a message with more candidates than a finding lists
    log = "java.net.SocketTimeoutException: Receive timed out\n"
    (finding,) = alone(tmp_path, log, "--lang", language)["findings"]
    explained = CliRunner().invoke(main, ["explain", "Receive timed out", "--format", "json"]).stdout
    left_out = len(json.loads(explained)["candidates"]) - len(finding["params"]["candidates"])

    assert left_out > 0
    assert said.format(count=left_out) in finding["cause"]


def test_a_log_as_the_only_file_of_a_case_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "task.log").write_text(TIMED_OUT)
    for path in (tmp_path, tmp_path / "task.log"):
        result = run(str(path), "--offline", "--format", "json")
        assert result.exit_code == 3
        assert json.loads(result.stdout)["findings"][0]["code"] == "INPUT-LOG"


def test_standard_input_is_a_log(tmp_path: Path) -> None:
    result = run("--log", "-", "--offline", "--format", "json", stdin=TIMED_OUT)
    found = json.loads(result.stdout)
    assert result.exit_code == 3
    assert found["findings"][0]["evidence"][0]["origin"] == {"file": "standard input", "line": 4, "key": None}


@pytest.mark.parametrize("row", [row for row in messages() if row.role != "detail"], ids=lambda row: row.id)
def test_each_message_alone_is_never_sure_and_names_its_first_code(tmp_path: Path, row: Message) -> None:
    (finding, *_) = alone(tmp_path, f"2026-11-27 10:15:02 ERROR {row.example}\n")["findings"]
    assert finding["confidence"] == "inferred"
    left = set(finding["params"]["candidates"])
    assert left & set(row.candidates) if row.candidates else not left
    assert len(finding["params"]["next"]) == 2


def test_every_topic_has_two_checks_without_an_open_place() -> None:
    assert {row.topic for row in messages()} <= set(CHECKS)


def test_a_log_without_a_known_failure_is_listed_as_not_used(tmp_path: Path) -> None:
    result = alone(tmp_path, "2026-11-27 10:15:02 INFO a\n2026-11-27 10:15:03 INFO b\n")
    assert result["findings"] == []
    assert [skip["cause"] for skip in result["skipped"] if skip["check"].endswith("task.log")] == [
        "not used: no line of this log is a failure that is known"
    ]


def test_a_log_in_a_case_is_known_by_its_content_and_what_is_none_is_listed(tmp_path: Path) -> None:
    files = changed(
        healthy(), {"out.txt": REFUSED * 2, "a.log": b"\x1f\x8b\x08rest", "b.log": b"\x7fELF", "notes": "hm"}
    )
    result = report(tmp_path, files)

    assert ("out.txt", "log") in [(each["file"], each["kind"]) for each in result["case"]["inputs"]]
    causes = {skip["check"]: skip["cause"] for skip in result["skipped"]}
    assert causes["a.log"] == "no log: it is a gzip archive"
    assert causes["b.log"] == "no log: it is a program"


def test_a_log_of_the_kdc_alone_is_no_usage_error(tmp_path: Path) -> None:
    line = "Nov 27 10:15:02 kdc krb5kdc[7](info): AS_REQ (2 etypes {18 17}) 192.168.10.7: ISSUE: x@R for krbtgt/R@R"
    (tmp_path / "kdc.log").write_text(line)
    assert run("--log", str(tmp_path / "kdc.log")).exit_code == 3


def test_a_log_may_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "task.log").write_text(TIMED_OUT)
    result = CliRunner().invoke(main, ["check", "--offline"], env={"EMR_DIAGNOSE_LOG": str(tmp_path / "task.log")})
    assert "Receive timed out" in result.output


def test_all_faulty_logs_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"\x1f\x8b\x08")
    result = run("--log", str(tmp_path / "a.log"), "--log", str(tmp_path / "no.log"), "--log", str(tmp_path))
    assert result.exit_code == 2
    for said in ("gzip archive", "No such file", "no plain file"):
        assert said in result.output


def test_a_large_log_keeps_its_line_numbers(tmp_path: Path) -> None:
    usual = "2026-11-27 10:15:02 INFO a usual line that is there to fill the file with bytes\n"
    result = alone(tmp_path, usual * 150_000 + TIMED_OUT)
    assert result["findings"][0]["params"]["line"] == 150_004
    assert any("only the last 8 MiB" in skip["cause"] for skip in result["skipped"])


def test_secrets_of_a_log_reach_no_output(tmp_path: Path) -> None:
    word = "CaNaRy9"
    text = (
        f"2026-11-27 10:15:02 ERROR password={word} jdbc:hive2://u:{word}@h:10000/;password={word} {word} "
        f"Receive timed out {word} accessKeySecret={word}\n"
        f"User: {word} logs in\n2026-11-27 10:15:03 ERROR x [{word}] \x1b[31mCannot locate KDC\x1b[0m {word}\n"
    )
    (tmp_path / "task.log").write_text(text)
    write(tmp_path / "case", healthy(kerberos=True))
    for form in FORMATS:
        for args in ([], [str(tmp_path / "case"), "--from", BLOCK]):
            result = run(*args, "--offline", "--log", str(tmp_path / "task.log"), "--format", form, "--verbose")
            assert word not in result.output + result.stderr, form
            assert "\x1b[31m" not in result.output


def test_the_page_ends_with_the_candidates_of_a_log(tmp_path: Path) -> None:
    (tmp_path / "task.log").write_text(TIMED_OUT)
    page = run("--log", str(tmp_path / "task.log"), "--no-color").stdout
    assert "SG-KDC-UDP" in page
    assert "Exit code 3" in page
    assert len(page.splitlines()) <= 24


def test_the_code_is_in_the_catalogue() -> None:
    assert catalogue.entry("INPUT-LOG").decided


def test_the_first_screen_says_what_the_log_fits(tmp_path: Path) -> None:
    log = tmp_path / "init.log"
    log.write_text("Caused by: java.net.SocketTimeoutException: Receive timed out\n")
    fixture = str(PROJECT / "fixtures" / "datalake-ha-kerberos")
    shown = " ".join(CliRunner().invoke(main, ["check", fixture, "--offline", "--log", str(log)]).stdout.split())
    alone = CliRunner().invoke(main, ["check", fixture, "--offline"]).stdout

    assert f"The log fits SG-KDC-UDP: {log}:1 says “Receive timed out”" in shown.replace("init.log: 1", "init.log:1")
    assert "The log fits" not in alone


@pytest.mark.parametrize("known", [True, False])
def test_the_first_screen_says_that_a_log_tells_nothing(tmp_path: Path, known: bool) -> None:
    (tmp_path / "start.log").write_text("INFO started\n")
    (tmp_path / "task.log").write_text(TIMED_OUT if known else "INFO done\n")
    given = [word for name in ("start", "task") for word in ("--log", str(tmp_path / f"{name}.log"))]
    shown = " ".join(run(*given, "--no-color").stdout.split())

    assert ("is a known failure: give the log of the task that fails." in shown) != known


@pytest.mark.parametrize("pages", [(), ("--details",)])
@pytest.mark.parametrize(
    ("line", "said", "first"),
    [
        ("javax.security.auth.login.LoginException: Receive timed out", "It may be ", "emr-diagnose probe"),
        (
            "Cannot create directory /tmp/x. Name node is in safe mode.",
            "its login worked",
            "hdfs dfsadmin -safemode get",
        ),
    ],
)
def test_what_nothing_explains_is_told_whole_with_its_first_check(
    tmp_path: Path, line: str, said: str, first: str, pages: tuple[str, ...]
) -> None:
    (tmp_path / "task.log").write_text(line)
    result = run(str(PROJECT / "fixtures/healthy"), "--offline", "--log", str(tmp_path / "task.log"), *pages)

    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert said in text
    assert first in text


def test_beside_a_fault_of_the_case_what_a_log_says_takes_no_room_of_the_repair(tmp_path: Path) -> None:
    (tmp_path / "task.log").write_text("Cannot create directory /tmp/x. Name node is in safe mode.")
    screen = run(str(PROJECT / "fixtures/non-ha"), "--offline", "--log", str(tmp_path / "task.log")).stdout

    assert "1 SG-SHADOWED" in screen
    assert "2 INPUT-LOG" not in screen
    assert "INPUT-LOG" in screen
