"""Is a network of the real cluster never judged by the rules of a redacted case?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from diagnose.case.files import trees
from diagnose.cli import main
from tests.support import incident_cases as cases

BLOCK = "192.168.10.0/24"
NETWORK = f'[[resource_group.networks]]\ncidr = "{BLOCK}"\n'
MISSING = "No file names the network of the resource group"
REFUSED = "a network of the real cluster fits none of its rules"


def run(*arguments: object, **env: str) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), env=env)


def redacted(folder: Path, toml: str = "", what: str = "addresses", networks: tuple[str, ...] = ()) -> tuple[Path, str]:
    """Return the redacted case of a cluster whose files alone are known, and what was said."""
    files = cases.healthy(kerberos=True) | {"case.toml": toml}
    cases.write(folder / "case", files)
    target = folder / "sent.zip"
    given = (word for each in networks for word in ("--from", each))
    done = run("redact", folder / "case", "-o", target, "--redact", what, *given)
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


def checked(case: Path, *arguments: str) -> dict[str, Any]:
    done = run("check", case, "--offline", "--format", "json", *arguments)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("what", ["addresses", "secrets"])
def test_a_check_takes_the_network_that_redact_was_given(tmp_path: Path, what: str) -> None:
    sent, said = redacted(tmp_path, what=what, networks=(BLOCK,))
    wanted, found = checked(tmp_path / "case", "--from", BLOCK), checked(sent)
    assert MISSING not in said
    assert [each["code"] for each in found["findings"]] == [each["code"] for each in wanted["findings"]]
    assert [each["port_range"] for each in found["suggested_rules"]] == [
        each["port_range"] for each in wanted["suggested_rules"]
    ]
    assert found["exit_code"] == wanted["exit_code"]
    assert (found["case"]["sources"] == wanted["case"]["sources"]) == (what == "secrets")


def test_the_given_network_is_nowhere_in_the_redacted_case(tmp_path: Path) -> None:
    """Given two networks of which no file knows one, then both stay in their private block."""
    strange = "10.77.31.0/24"
    sent, _ = redacted(tmp_path, networks=(BLOCK, strange))
    (tree,) = trees([sent])
    networks = json.loads(tree.files["redaction.json"])["networks"]
    assert [each.partition(".")[0] for each in networks] == ["192", "10"]
    assert not any(each.encode() in content for each in (BLOCK, strange) for content in tree.files.values())


def test_a_case_that_is_redacted_again_keeps_its_network_and_what_it_is(tmp_path: Path) -> None:
    """Given a case with made-up addresses, whose secrets alone are taken out then."""
    sent, _ = redacted(tmp_path, networks=(BLOCK,))
    for what in ("secrets", "addresses"):
        again = run("redact", sent, "-o", tmp_path / f"{what}.zip", "--redact", what)
        assert (again.exit_code, MISSING in again.stderr) == (0, False)
        assert checked(tmp_path / f"{what}.zip")["exit_code"] == checked(sent)["exit_code"]
        assert "Add --offline" in run("check", tmp_path / f"{what}.zip", "--deadline", "1").stderr
    strange = run("redact", sent, "-o", tmp_path / "other.zip", "--from", "10.77.31.0/24")
    assert (strange.exit_code, REFUSED in strange.stderr) == (2, True)


@pytest.mark.parametrize("text", ["192.168.10.0", "0.0.0.0/0", "10.0.0.0/8,10.1.0.0/16", "here"])
def test_what_is_no_network_is_refused_before_anything_is_written(tmp_path: Path, text: str) -> None:
    cases.write(tmp_path / "case", cases.healthy())
    done = run("redact", tmp_path / "case", "-o", tmp_path / "sent.zip", "--from", text)
    assert (done.exit_code, "--from" in done.stderr, (tmp_path / "sent.zip").exists()) == (2, True, False)
