"""Does preflight name the lines of each case by their path in the repository?"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.incident_cases import BLOCK, case_toml, healthy, write


def a_case(folder: Path, environment: str) -> None:
    """Write a cluster whose core-site.xml has a host that no client reaches."""
    files = healthy()
    files["case.toml"] = case_toml(more=f"[workspace]\nenvironment = '{environment}'\n")
    files["core-site.xml"] = {"fs.defaultFS": "hdfs://localhost:9000"}
    write(folder, files)


@pytest.mark.parametrize("order", [("ops/dev", "ops/prod"), ("ops/prod", "ops/dev")])
def test_each_fault_stands_at_the_file_of_its_own_case(
    order: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dev", "prod"):
        a_case(tmp_path / "ops" / name, name)
    monkeypatch.chdir(tmp_path)

    both = CliRunner().invoke(main, ["preflight", *order, "--from", BLOCK, "--format", "github"]).stdout
    alone = CliRunner().invoke(main, ["preflight", "ops/prod", "--from", BLOCK, "--format", "github"]).stdout

    assert "file=ops/prod/core-site.xml" in alone
    assert "file=ops/dev/core-site.xml" in both
    assert "file=ops/prod/core-site.xml" in both
