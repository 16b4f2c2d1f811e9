"""Given a host whose files are those of a bundled case, when it is collected, then the case with
the answers of the cloud beside it has the findings of the bundled one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.collect.bundle import write
from diagnose.collect.node import places
from tests.support.fake_host import FakeHost, gathered
from tests.support.places import FIXTURES

CASES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def report(case: Path, *args: str) -> dict[str, Any]:
    ran = CliRunner().invoke(main, ["check", str(case), "--offline", "--format", "json", *args])
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("generation", ["ecm", "taihao-apps"])
@pytest.mark.parametrize("name", CASES)
def test_a_collected_case_has_the_findings_of_the_files(name: str, generation: str, tmp_path: Path) -> None:
    host = FakeHost(tmp_path / "host")
    answers = {}
    usual = dict(places.candidates({}))
    for path in (FIXTURES / name).iterdir():
        if path.name in usual:
            (place,) = [each for each in usual[path.name] if f"/{generation}/" in each][:1] or usual[path.name][:1]
            host.file(place, path.read_bytes())
        elif path.suffix in (".json", ".toml"):
            answers[path.name] = path.read_bytes()

    target = tmp_path / name
    write(target, {**answers, **gathered(host).files})

    args = ["--from", "192.168.10.0/24"] if name == "minimal" else []
    ours, bundled = report(target, *args), report(FIXTURES / name, *args)
    for part in ("exit_code", "findings", "flows", "suggested_rules", "suggested_edits", "clients", "skipped"):
        assert ours[part] == bundled[part], part
