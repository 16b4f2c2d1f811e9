"""Do environment variables stand between options and case.toml?"""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from diagnose.cli import COMMANDS, main
from tests.support.places import PROJECT

FLAGSHIP = str(PROJECT / "fixtures" / "datalake-ha-kerberos")
COMMON = ("--from", "--offline", "--only", "--skip", "--deadline", "--fail-on", "--no-color", "--verbose")
TOML = '[[resource_group.networks]]\nvpc = "vpc-emr"\nvswitch = "vsw-rg"\ncidr = "10.1.0.0/24"\n'


def run(*args: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(args), env=env)


def sources(result: Result) -> list[str]:
    case: dict[str, list[str]] = json.loads(result.stdout)["case"]
    return case["sources"]


@pytest.fixture
def case(tmp_path: Path) -> str:
    (tmp_path / "case.toml").write_text(TOML)
    (tmp_path / "krb5.conf").write_text("[libdefaults]\ndefault_realm = R\n[realms]\nR = {\n kdc = 10.2.0.1\n}\n")
    return str(tmp_path)


def test_case_toml_counts_without_an_option_and_a_variable(case: str) -> None:
    assert sources(run("check", case, "--offline", "--format", "json")) == ["10.1.0.0/24"]


def test_a_variable_beats_case_toml(case: str) -> None:
    result = run("check", case, "--offline", "--format", "json", EMR_DIAGNOSE_FROM="10.3.0.0/24 10.4.0.0/24")
    assert sources(result) == ["10.3.0.0/24", "10.4.0.0/24"]


def test_an_option_beats_its_variable(case: str) -> None:
    args = ["check", case, "--offline", "--format", "json", "--from", "10.5.0.0/24"]
    assert sources(run(*args, EMR_DIAGNOSE_FROM="10.3.0.0/24")) == ["10.5.0.0/24"]


def test_the_format_comes_from_its_variable_unless_an_option_names_one(case: str) -> None:
    args = ["check", FLAGSHIP, "--offline"]
    assert json.loads(run(*args, EMR_DIAGNOSE_FORMAT="json").stdout)["exit_code"] == 1
    assert run(*args, "--format", "terminal", EMR_DIAGNOSE_FORMAT="json").stdout.startswith("From ")


def test_a_format_that_a_command_does_not_have_names_the_variable() -> None:
    result = run("plan", FLAGSHIP, EMR_DIAGNOSE_FORMAT="terraform")
    assert result.exit_code == 2
    assert "EMR_DIAGNOSE_FORMAT 'terraform' is not one of terminal, json" in result.stderr


def test_flags_and_lists_come_from_their_variables() -> None:
    result = run("check", FLAGSHIP, "--format", "json", EMR_DIAGNOSE_OFFLINE="1", EMR_DIAGNOSE_ONLY="dns kerberos")
    report = json.loads(result.stdout)
    assert report["basis"] == "configuration"
    assert "network checks" in [skip["check"] for skip in report["skipped"]]


def test_every_common_option_of_every_command_has_its_variable_in_help() -> None:
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        text = " ".join(run(name, "--help").stdout.split())
        for option in (p for p in command.params if isinstance(p, click.Option) and p.opts[0] in COMMON):
            variable = f"EMR_DIAGNOSE_{option.opts[0].strip('-').replace('-', '_').upper()}"
            assert option.envvar == variable
            assert f"env var: {variable}" in text
