"""The command line: exit codes, outputs, streams, messages."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.case.directory import read
from diagnose.cli import COMMANDS, main
from diagnose.engine import diagnose
from diagnose.scene.areas import AREAS
from diagnose.scene.observed import CaseObservations
from tests.support.places import PROJECT as ROOT

FLAGSHIP = str(ROOT / "fixtures" / "datalake-ha-kerberos")


def run(*args: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(args), env=env)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"emr-diagnose {command}" in result.output


def test_version_and_module_entry() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "diagnose", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("emr-diagnose, version ")


def test_several_outputs_in_one_run(tmp_path: Path) -> None:
    report, fix = tmp_path / "report.json", tmp_path / "fix.tf"
    args = ["--format", "terminal", "--format", "json", "-o", str(report), "--format=terraform", f"-o{fix}"]
    result = run("check", FLAGSHIP, "--offline", *args)
    assert result.exit_code == 1
    assert "SG-KDC-UDP" in result.stdout
    assert json.loads(report.read_text())["exit_code"] == 1
    assert "nic_type" in fix.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fix.tf", "report.json"]


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        ("-o a.json", {"a.json": "json"}),
        ("-o a.md", {"a.md": "markdown"}),
        ("-o a.xml -o a.sarif", {"a.xml": "junit", "a.sarif": "sarif"}),
        ("-o a.prom", {"a.prom": "prometheus"}),
        ("-o a", {"a": "terminal"}),
        ("-o a --format json", {"a": "json"}),
        ("-o a --format json --format junit -o b", {"a": "json", "b": "junit"}),
        ("--format json -o a -o b.md", {"a": "json", "b.md": "markdown"}),
        ("-o a.md --format json -o b", {"a.md": "markdown", "b": "json"}),
        ("-o a.md --format json -o b --format sarif -o c.json", {"a.md": "markdown", "b": "json", "c.json": "sarif"}),
    ],
)
def test_a_file_belongs_to_the_format_beside_it_or_has_that_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: str, wanted: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    begin = {
        "json": "{",
        "markdown": "# DOES",
        "junit": "<?xml",
        "sarif": '{\n  "$schema"',
        "prometheus": "# HELP",
        "terminal": "From ",
    }
    result = run("check", FLAGSHIP, "--offline", *args.split())

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("DOES NOT WORK: ")
    assert {path.name for path in tmp_path.iterdir()} == set(wanted)
    for name, form in wanted.items():
        assert (tmp_path / name).read_text().startswith(begin.get(form, "From "))


@pytest.mark.parametrize(
    "args", [("no-such-case",), ("--only", "weather"), (FLAGSHIP, "--from", "192.168.10.0")], ids=" ".join
)
def test_a_run_that_ends_before_its_report_says_so_in_the_outputs_of_a_pipeline(
    tmp_path: Path, args: tuple[str, ...]
) -> None:
    files = {name: tmp_path / f"a.{name}" for name in ("xml", "sarif", "prom", "json")}
    outputs = [word for file in files.values() for word in ("-o", str(file))]
    result = run("check", *args, "--offline", *outputs)

    assert result.exit_code == 2
    assert 'errors="1"' in files["xml"].read_text()
    assert json.loads(files["sarif"].read_text())["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert files["prom"].read_text().endswith("emr_diagnose_up 0\n")
    assert not files["json"].exists()


def test_a_saved_report_is_rendered_as_the_run_itself_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = run("check", FLAGSHIP, "--offline", "-o", "a.json", "-o", "a.md", "-o", "a.xml", "-o", "a.txt")
    again = run("render", "a.json", "-o", "b.md", "-o", "b.xml", "-o", "b.json", "-o", "b.txt")

    assert (first.exit_code, again.exit_code, first.stderr) == (1, 0, again.stderr)
    for kind in ("md", "xml", "json", "txt"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


@pytest.mark.parametrize("is_first", [True, False], ids=["file first", "format first"])
def test_several_files_stand_all_before_or_all_behind_their_formats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    pairs = [(("-o", f"{name}.out"), ("--format", name)) for name in ("json", "junit", "sarif", "markdown")]
    words = [word for file, form in pairs for option in ((file, form) if is_first else (form, file)) for word in option]

    assert run("check", FLAGSHIP, "--offline", *words).exit_code == 1
    begins = {name: (tmp_path / f"{name}.out").read_text()[:5] for name in ("json", "junit", "sarif", "markdown")}
    assert begins["junit"] == "<?xml"
    assert begins["markdown"].startswith("#")
    assert "version" in json.loads((tmp_path / "sarif.out").read_text())
    assert "schema_version" in json.loads((tmp_path / "json.out").read_text())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": "2"}', "\udc80", "null"])
def test_what_is_no_report_is_not_rendered(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    result = run("render", str(file))

    assert result.exit_code == 2
    assert "is no report of schema 1" in result.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["check", FLAGSHIP, "--format", "xml"], "not one of"),
        (["check", FLAGSHIP, "--format", "json", "--format", "terminal"], "only one"),
        (["check", FLAGSHIP, "--format"], "needs a value"),
        (["check", FLAGSHIP, "--format", "json", "-o", "a", "-o", "b"], "stands next to no --format"),
        (["check", FLAGSHIP, "--format", "json", "-o", "a.html"], "name of another format than json: html"),
        (["check", FLAGSHIP, "-o", "a.sarif", "--format", "junit"], "name of another format than junit: sarif"),
        (["kerberos", FLAGSHIP, "-o", "a.sarif"], "this command has no format sarif"),
        (["check", FLAGSHIP, "-o", "a.json", "--format", "json", "-o", "a.json"], "two outputs go to"),
        (["check", FLAGSHIP, "--offline", "--format", "json", "-o", "/nonexistent-dir/x"], "cannot write"),
        (["check", "/nonexistent-case"], "nonexistent-case"),
        (["check", FLAGSHIP, "--offline", "--from", "192.168.10.0/240"], "--from"),
        (["explain", "SG-KDC-UPD"], "SG-KDC-UDP"),
        (["check", FLAGSHIP, "--only", "weather"], "weather"),
    ],
)
def test_usage_errors_are_exit_2_with_one_message(args: list[str], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_unreadable_input_names_file_line_found_and_expected(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('[cluster]\nid = "c-1"\ndeploy_mode = 7\n')
    result = run("check", str(tmp_path), "--offline")
    assert result.exit_code == 2
    assert "case.toml:3" in result.output
    assert "expected" in result.output


def test_broken_krb5_conf_is_a_finding_not_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "krb5.conf").write_text("[libdefaults]\n default_realm = EMR.X.COM\n[realms\n EMR.X.COM = {\n }\n")
    result = run("check", str(tmp_path), "--offline", "--from", "192.168.10.0/24", "--format", "json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["findings"][0]["code"] == "KRB-CONF-SYNTAX"


def test_a_case_without_anything_to_check_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    result = run("check", str(tmp_path), "--offline")
    assert result.exit_code == 2
    assert "nothing to check" in result.output


def test_a_case_without_anything_to_check_names_the_files_that_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "krb5.conf.bak").write_text("[libdefaults]\n default_realm = A.COM\n")
    result = run("check", str(tmp_path), "--offline")
    assert result.exit_code == 2
    assert "Not read: krb5.conf.bak (a copy under another name" in result.output


def test_options_come_from_the_environment_and_the_command_line_wins() -> None:
    by_env = run(
        "check", FLAGSHIP, EMR_DIAGNOSE_OFFLINE="1", EMR_DIAGNOSE_FORMAT="json", EMR_DIAGNOSE_FROM="192.168.99.0/24"
    )
    assert json.loads(by_env.stdout)["case"]["sources"] == ["192.168.99.0/24"]
    by_option = run(
        "check",
        FLAGSHIP,
        "--from",
        "192.168.98.0/24",
        EMR_DIAGNOSE_OFFLINE="1",
        EMR_DIAGNOSE_FORMAT="json",
        EMR_DIAGNOSE_FROM="192.168.99.0/24",
    )
    assert json.loads(by_option.stdout)["case"]["sources"] == ["192.168.98.0/24"]


def test_skipped_areas_are_listed() -> None:
    found = json.loads(run("check", FLAGSHIP, "--offline", "--skip", "network", "--format", "json").stdout)
    assert not found["findings"]
    assert any(skip["check"] == "network checks" for skip in found["skipped"])
    assert found["exit_code"] == 3


def test_warnings_fail_only_when_asked(tmp_path: Path) -> None:
    # Given a healthy case whose warehouse names another port of the NameNode
    case = tmp_path / "case"
    shutil.copytree(ROOT / "fixtures" / "healthy", case)
    address = re.search(r"<value>([\w.-]+):8020</value>", (case / "hdfs-site.xml").read_text())
    assert address is not None
    hive = (case / "hive-site.xml").read_text()
    warehouse = (
        "<property><name>hive.metastore.warehouse.dir</name>"
        f"<value>hdfs://{address[1]}:8021/warehouse</value></property></configuration>"
    )
    (case / "hive-site.xml").write_text(hive.replace("</configuration>", warehouse))

    by_default = run("check", str(case), "--offline", "--format", "json")

    codes = {(finding["code"], finding["severity"]) for finding in json.loads(by_default.stdout)["findings"]}
    assert codes == {("SVC-PORT", "warning")}
    assert by_default.exit_code == 0
    assert run("check", str(case), "--offline", "--fail-on", "warning").exit_code == 1


def test_plan_sends_nothing_and_says_how_long() -> None:
    result = run("plan", FLAGSHIP, "--format", "json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert len(found["flows"]) == 26
    assert 5 < found["worst_case_seconds"] < 60
    assert "Nothing has been sent" in run("plan", FLAGSHIP).stdout


def test_explain_knows_every_code_and_lists_them() -> None:
    assert "SG-KDC-UDP" in run("explain").stdout
    assert "krb5.conf" in run("explain", "sg-kdc-port").stdout
    assert json.loads(run("explain", "KDC-DOWN", "--format", "json").stdout)["code"] == "KDC-DOWN"


def test_schema_is_json() -> None:
    assert json.loads(run("schema").stdout)["title"]


def test_no_colour_unless_a_terminal_reads_it() -> None:
    assert "\x1b[" not in run("check", FLAGSHIP, "--offline").stdout
    assert "\x1b[" in run("check", FLAGSHIP, "--offline", FORCE_COLOR="1").stdout
    assert "\x1b[" not in run("check", FLAGSHIP, "--offline", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[" not in run("check", FLAGSHIP, "--offline", "--no-color", FORCE_COLOR="1").stdout


def silent_case(tmp_path: Path, port: int) -> Path:
    case = tmp_path / "case"
    case.mkdir()
    (case / "krb5.conf").write_text(
        f"[libdefaults]\n default_realm = R.X\n[realms]\n R.X = {{\n  kdc = 127.0.0.1:{port}\n }}\n"
    )
    return case


def test_interrupt_reports_what_was_learned(tmp_path: Path) -> None:
    # Given a KDC whose UDP socket stays silent, and whose TCP port is closed
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quiet:
        quiet.bind(("127.0.0.1", 0))
        case = silent_case(tmp_path, quiet.getsockname()[1])
        command = [sys.executable, "-m", "diagnose", "check", str(case), "--from", "127.0.0.0/8", "--format", "json"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            # When it has sent its second datagram, long after the refusal came, and Ctrl-C comes
            quiet.settimeout(60)
            for _ in range(2):
                quiet.recv(2000)
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=60)
    # Then the report is whole, says 130, and keeps the refusal that was seen
    found = json.loads(out)
    assert process.returncode == 130 == found["exit_code"]
    assert b"Traceback" not in error
    assert {flow["observations"][-1]["reason"] for flow in found["flows"]} == {"cancelled", "rst"}


def test_deadline_ends_the_probing(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quiet:
        quiet.bind(("127.0.0.1", 0))
        case = silent_case(tmp_path, quiet.getsockname()[1])
        result = run("check", str(case), "--from", "127.0.0.0/8", "--deadline", "0.3", "--format", "json")
    found = json.loads(result.stdout)
    assert "cancelled" in {flow["observations"][-1]["reason"] for flow in found["flows"]}
    assert result.exit_code in (1, 3)


def test_recorded_observations_are_replayed_and_nothing_is_sent(tmp_path: Path) -> None:
    # Given a case with an address that must not be contacted, and what an earlier run saw
    case = tmp_path / "case"
    case.mkdir()
    (case / "krb5.conf").write_text(
        "[libdefaults]\n default_realm = R.X\n[realms]\n R.X = {\n  kdc = 192.168.20.11:88\n }\n"
    )
    seen = {
        "vantage": "rg",
        "state": "open",
        "reason": "kerberos-reply",
        "source": "192.168.10.7",
        "address": "192.168.20.11",
        "attempts": 1,
    }
    flows = json.loads(run("check", str(case), "--from", "192.168.10.0/24", "--offline", "--format", "json").stdout)[
        "flows"
    ]
    recorded = {"schema_version": "1", "observations": [{"flow": flow["id"], **seen} for flow in flows]}
    (case / "observations.json").write_text(json.dumps(recorded))
    # When it is checked without --offline
    result = run("check", str(case), "--from", "192.168.10.0/24", "--format", "json")
    # Then the answer is that of the packets that were recorded
    found = json.loads(result.stdout)
    assert (result.exit_code, found["basis"], {flow["verdict"] for flow in found["flows"]}) == (
        0,
        "packets",
        {"reachable"},
    )


def test_demo_ends_repaired() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "diagnose", "demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "COLUMNS": "100"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SG-KDC-UDP, proven" in done.stdout
    # Then the last screen of a small terminal has the whole answer
    *_, answer = done.stdout[-80 * 24 :].partition("--- 4. The answer ---\n")
    assert "What was wrong       SG-KDC-UDP: The KDC cannot be reached over UDP" in answer
    assert "What repairs it      In sg-bp1xn8b6h4jjn1663, an inbound rule: UDP 88 from 192.168.10.0/24" in answer
    assert "What packets showed  24 of 26 connections answered, after the repair 26." in answer
    assert answer.endswith("Everything that the resource group needs works.\n")


def test_readme_shows_what_the_command_prints() -> None:
    readme = (ROOT / "README.md").read_text()
    shown = readme.partition("fixtures/datalake-ha-kerberos --offline\n")[2].partition("\n```")[0]
    printed = run("check", FLAGSHIP, "--offline", COLUMNS="80").stdout
    assert printed.startswith(shown), "regenerate the sample in README.md with COLUMNS=80"


@pytest.mark.parametrize(
    "args",
    [
        [word for area in AREAS for word in ("--skip", area)],
        ["--only", "dns", "--skip", "dns"],
    ],
)
def test_no_area_that_is_left_is_wrong_usage(args: list[str]) -> None:
    result = run("check", str(ROOT / "fixtures" / "healthy"), "--offline", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--only and --skip leave no area to check" in result.stderr


def test_a_diagnosis_of_no_area_is_never_0() -> None:
    case = read([ROOT / "fixtures" / "healthy"])
    assert diagnose(case, CaseObservations(), areas=()).exit_code == 3
