"""Is a network of the real cluster never judged by the rules of a redacted case?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from tests.support import incident_cases as cases

BLOCK = "192.168.10.0/24"
NETWORK = f'[[resource_group.networks]]\ncidr = "{BLOCK}"\n'
MISSING = "No file names the network of the resource group"
REFUSED = "a network of the real cluster fits none of its rules"


def run(*arguments: object, **env: str) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), env=env)


def redacted(folder: Path, toml: str = "", what: str = "addresses") -> tuple[Path, str]:
    """Return the redacted case of a cluster whose files alone are known, and what was said."""
    files = cases.healthy(kerberos=True) | {"case.toml": toml}
    cases.write(folder / "case", files)
    target = folder / "sent.zip"
    done = run("redact", folder / "case", "-o", target, "--redact", what)
    assert done.exit_code == 0, done.output
    return target, done.stderr


@pytest.mark.parametrize("command", [("check", "--offline"), ("preflight",), ("plan",)])
def test_a_network_that_was_not_replaced_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    sent, _ = redacted(tmp_path)
    done = run(*command, sent, "--from", BLOCK)
    assert (done.exit_code, REFUSED in done.stderr, f"--from {BLOCK}" in done.stderr) == (2, True, True)


def test_fleet_says_so_in_the_line_of_the_case(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    sent, _ = redacted(tmp_path)
    (tmp_path / "list.ndjson").write_text(json.dumps({"case": str(sent)}) + "\n")
    done = run("fleet", tmp_path / "list.ndjson", "--from", BLOCK, "--jobs", "1")
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (done.exit_code, REFUSED in line["error"]) == (2, True)


def test_a_network_of_the_redacted_case_itself_is_taken(tmp_path: Path) -> None:
    sent, _ = redacted(tmp_path, NETWORK)
    alone = json.loads(run("check", sent, "--offline", "--format", "json").stdout)
    (own,) = {source for flow in alone["flows"] for source in flow["sources"]}
    named = run("check", sent, "--offline", "--format", "json", "--from", own)
    assert json.loads(named.stdout)["exit_code"] == alone["exit_code"]


def test_a_case_that_kept_its_addresses_takes_every_network(tmp_path: Path) -> None:
    sent, said = redacted(tmp_path, what="secrets")
    assert REFUSED not in run("check", sent, "--offline", "--from", BLOCK).stderr
    assert MISSING not in said


@pytest.mark.parametrize(("toml", "is_told"), [("", True), (NETWORK, False)])
def test_redact_says_that_the_network_has_to_be_in_the_case(tmp_path: Path, toml: str, is_told: bool) -> None:
    assert (MISSING in redacted(tmp_path, toml)[1]) == is_told
