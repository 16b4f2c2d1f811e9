"""Given no CASE, then the current directory is taken only if it looks like one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from tests.support import incident_cases as cases

HEALTHY = cases.healthy(kerberos=True)
PACKAGE = json.dumps({"name": "site", "version": "1.0.0", "dependencies": {"left-pad": "1"}})


def check(*args: str, **env: str) -> Result:
    return CliRunner().invoke(main, ["check", *args], env=env)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"notes.txt": "call the network team"},
        {"package.json": PACKAGE},
        {"broken.json": '{"Permissions": {"Permission": ['},
        {"app.log": "2026-11-01 08:00:00 ERROR Receive timed out\n", "hosts": "10.0.0.1 kdc\n", "a.keytab": ""},
        {"project/fixtures/krb5.conf": HEALTHY["krb5.conf"]},
        {"krb5.conf.bak": HEALTHY["krb5.conf"]},
    ],
)
@pytest.mark.parametrize("command", ["check", "plan", "preflight"])
def test_another_directory_is_a_usage_error_that_names_what_to_do(
    here: Path, command: str, files: dict[str, cases.Content]
) -> None:
    cases.write(here, files)

    result = CliRunner().invoke(main, [command])

    said = " ".join(result.stderr.split())
    assert (result.exit_code, result.stdout) == (2, "")
    for words in ("does not look like one", f"emr-diagnose {command} CASE", "case init", f"emr-diagnose {command} ."):
        assert words in said


def test_a_link_that_leads_out_makes_no_case(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "krb5.conf"
    elsewhere.write_text(str(HEALTHY["krb5.conf"]))
    (here / "krb5.conf").symlink_to(elsewhere)

    assert check().exit_code == 2


@pytest.mark.parametrize("name", ["case.toml", "krb5.conf", "core-site.xml", "sg-emr.json", "emr.xml"])
def test_one_file_that_describes_a_cluster_makes_a_case(here: Path, name: str) -> None:
    cases.write(here, {name: HEALTHY["core-site.xml" if name == "emr.xml" else name]})

    result = check("--offline")

    assert "does not look like one" not in result.stderr


def test_a_case_below_the_current_directory_needs_its_name(here: Path) -> None:
    cases.write(here / "case", HEALTHY)

    assert check("--offline").exit_code == 2
    assert check(".", "--offline").exit_code == 0
    assert check("case", "--offline").exit_code == 0


def test_the_current_directory_is_checked_if_it_is_a_case(here: Path) -> None:
    cases.write(here, HEALTHY)

    result = check("--offline")

    assert result.exit_code == 0
    assert "ALLOWED" in result.stdout


def test_watching_needs_a_case_too(here: Path) -> None:
    assert check("--offline", "--watch").exit_code == 2


def test_the_error_is_chinese_if_that_is_asked(here: Path) -> None:
    result = CliRunner().invoke(main, ["--lang", "zh", "check"])

    assert "当前目录也不像一个 case" in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("check", ""),
        ("plan", ""),
        ("preflight", ""),
        ("fleet", ""),
        ("redact", "", "-o", "sent"),
        ("redact", ".", "-o", ""),
        ("case", "init", ""),
        ("apply", "r.json", "--yes", "--case", ""),
    ],
)
def test_an_empty_path_is_not_the_current_directory(here: Path, args: tuple[str, ...]) -> None:
    """Given a variable of the shell that is not set, then nothing is read or written."""
    cases.write(here, HEALTHY)
    before = sorted(here.iterdir())

    result = CliRunner().invoke(main, [*args])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "it is empty" in result.stderr
    assert sorted(here.iterdir()) == before
