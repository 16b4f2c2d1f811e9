"""Do `check --log` and `preflight --log` tell the same of an initialization that failed?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from diagnose import data
from diagnose.cli import main
from diagnose.findings import catalogue
from diagnose.report.build import INITIALIZE
from tests.registration.situations import Situation, toml_of
from tests.registration.situations_files import HADOOP, SPARK
from tests.support.incident_cases import BLOCK, Change, changed, healthy, write

UNSET = (
    "2026-11-29 10:00:00,000 ERROR Your endpoint configuration is wrong; For more details see: UnsetHostnameOrPort\n"
)
SILENT = "2026-11-29 10:00:00,000 ERROR java.net.SocketTimeoutException: Receive timed out\n"


def told(folder: Path, command: str, log: str, files: Change) -> Any:
    """Return the report of a command on a Hadoop cluster. log: "" for none."""
    write(folder, changed({**healthy(), "case.toml": toml_of(Situation("passed", "", HADOOP))}, files))
    (folder.parent / "init.log").write_text(log)
    given = ["--log", str(folder.parent / "init.log")] if log else []
    offline = ["--offline"] if command == "check" else []
    output = CliRunner().invoke(main, [command, str(folder), "--from", BLOCK, "--format", "json", *offline, *given])
    return msgspec.json.decode(output.stdout)


def codes(report: Any) -> list[str]:
    return [finding["code"] for finding in report["findings"]]


def sentences(report: Any) -> list[str]:
    """Return each piece of advice to initialize after the repairs."""
    return [each["text"] for found in report["findings"] for each in found["remedies"] if each["text"] == INITIALIZE]


@pytest.mark.parametrize("command", ["check", "preflight"])
def test_a_broken_rule_explains_the_failure_of_a_log_in_place_of_a_guess(tmp_path: Path, command: str) -> None:
    report = told(tmp_path / "case", command, UNSET, {})

    assert "INPUT-LOG" not in codes(report)
    missing = next(finding for finding in report["findings"] if finding["code"] == "DW-FILES-MISSING")
    assert any("endpoint configuration is wrong" in each["text"] for each in missing["evidence"])
    assert sentences(report) == [INITIALIZE]
    assert report["exit_code"] == 1


@pytest.mark.parametrize("command", ["check", "preflight"])
def test_a_rule_that_is_kept_leaves_the_guess(tmp_path: Path, command: str) -> None:
    report = told(tmp_path / "case", command, UNSET, SPARK)

    assert "INPUT-LOG" in codes(report)
    assert "DW-FILES-MISSING" not in codes(report)


@pytest.mark.parametrize("log", ["", SILENT])
def test_check_judges_no_rule_without_a_log_that_points_to_one(tmp_path: Path, log: str) -> None:
    report = told(tmp_path / "case", "check", log, {})

    assert not any(code.startswith("DW-") for code in codes(report))
    assert sentences(report) == []
    assert report["rules"] == []


def test_only_known_codes_are_a_reason_to_initialize() -> None:
    after = data.table("registration")["initialization"]["after"]

    assert [code for code in after if code not in catalogue.codes()] == []
    assert len(after) == len(set(after))
