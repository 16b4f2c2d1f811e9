"""Given the examples of pipelines, then their shell does what they promise, on cases of each kind.

Their steps are run as the file has them, all but those that install or upload.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from diagnose.cli.output_options import outputs_of
from diagnose.report.formats import FORMATS
from tests.support.places import PROJECT

EXAMPLES = PROJECT / "examples" / "pipelines"
GITHUB, GITLAB, JENKINS = (EXAMPLES / name for name in ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile"))

CASES = [("healthy", 0), ("datalake-ha-kerberos", 1), ("prefix-list-unresolved", 3)]
"""Fixture, and exit code of its check."""


def shell_of(file: Path) -> str:
    """Return the shell that checks the case, as its pipeline hands it to a shell."""
    text = file.read_text("utf-8")
    if file == JENKINS:
        scripts: list[str] = re.findall(r"'''\n(.*?)'''", text, re.DOTALL)
        # Groovy reads \\ in a string as \.
        (script,) = (found.replace("\\\\", "\\") for found in scripts if "emr-diagnose check" in found)
        return script
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip().startswith("emr-diagnose check"))
    indent = len(lines[first]) - len(lines[first].lstrip())
    folded = []
    for line in lines[first:]:
        if not line.strip() or len(line) - len(line.lstrip()) < indent:
            break
        folded.append(line.strip())
    return " ".join(folded)


def run(script: str, folder: Path, case: str) -> subprocess.CompletedProcess[str]:
    program = folder / "bin" / "emr-diagnose"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m diagnose "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "CASE": str(case)}
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("file", [GITHUB, GITLAB, JENKINS], ids=lambda file: file.name)
@pytest.mark.parametrize(("case", "code"), CASES)
def test_the_check_ends_with_its_code_and_leaves_every_report(tmp_path: Path, file: Path, case: str, code: int) -> None:
    script = shell_of(file)

    done = run(script, tmp_path, str(PROJECT / "fixtures" / case))

    assert done.returncode == code, done.stderr
    written = [path.name for path in sorted(tmp_path.glob("report.*"))]
    named = re.findall(r"-o (report\.\w+)", script)
    assert written == sorted(named)
    suite = ET.parse(tmp_path / "report.xml").getroot()
    assert (suite.attrib["failures"] != "0") == (code == 1)
    assert (suite.attrib["errors"] != "0") == (code == 3)
    if "report.sarif" in written:
        assert json.loads((tmp_path / "report.sarif").read_text())["version"] == "2.1.0"
    if file == GITHUB:
        assert ("::error" in done.stdout) == (code == 1)
        assert (tmp_path / "summary.md").read_text().startswith("# ")
    else:
        assert done.stdout.endswith(f"Exit code {code}.\n")


@pytest.mark.parametrize("file", [GITHUB, GITLAB, JENKINS], ids=lambda file: file.name)
def test_a_case_that_cannot_be_read_fails_in_the_pipelines_own_view(tmp_path: Path, file: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "case.toml").write_text("[cluster\n")

    done = run(shell_of(file), tmp_path, "case")

    assert done.returncode == 2
    assert ET.parse(tmp_path / "report.xml").getroot().attrib["errors"] == "1"


def test_the_summary_of_github_is_appended(tmp_path: Path) -> None:
    (step,) = re.findall(r"run: (if .*summary\.md.*)", GITHUB.read_text("utf-8"))
    summary = tmp_path / "step-summary"
    summary.write_text("before\n")
    (tmp_path / "summary.md").write_text("# after\n")

    subprocess.run(
        ["bash", "-e", "-c", step], cwd=tmp_path, env={**os.environ, "GITHUB_STEP_SUMMARY": str(summary)}, check=True
    )

    assert summary.read_text() == "before\n# after\n"


@pytest.mark.parametrize("file", [GITHUB, GITLAB, JENKINS], ids=lambda file: file.name)
def test_what_is_uploaded_is_written(file: Path) -> None:
    text = file.read_text("utf-8")
    words = shell_of(file).replace("\\\n", " ").split()
    outputs, _ = outputs_of(words[words.index("check") + 1 :], tuple(FORMATS))
    written = {output.file.name for output in outputs if output.file is not None}

    uploaded = set(re.findall(r"(?:junit: |sarif_file: |testResults: '|pattern: ')([\w.]+)", text))
    assert uploaded
    assert uploaded <= written


@pytest.mark.parametrize(("file", "schema"), [(GITHUB, "vendor.github-workflows"), (GITLAB, "vendor.gitlab-ci")])
def test_the_file_fits_the_published_schema(file: Path, schema: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_brackets_of_the_jenkinsfile_are_closed() -> None:
    code = re.sub(r"'''.*?'''|'[^'\n]*'|\"[^\"\n]*\"|//[^\n]*", "", JENKINS.read_text("utf-8"), flags=re.DOTALL)

    for opened, closed in ("{}", "()"):
        assert code.count(opened) == code.count(closed)
