"""Given the examples of pipelines, then their shell does what they promise, on cases of each kind.

Their steps are run as the file has them, all but those that install or upload.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from diagnose.cli.output_options import outputs_of
from diagnose.report.formats import FORMATS
from tests.support.places import PROJECT

EXAMPLES = PROJECT / "examples" / "pipelines"
GITHUB, GITLAB, JENKINS = (EXAMPLES / name for name in ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile"))

CASES = [("datalake-ha-kerberos", 1), ("prefix-list-unresolved", 3)]
"""Fixture, and exit code of its pipeline."""


def shell_of(file: Path) -> str:
    """Return the shell that checks the case, as its pipeline hands it to a shell."""
    text = file.read_text("utf-8")
    if file == JENKINS:
        scripts: list[str] = re.findall(r"'''\n(.*?)'''", text, re.DOTALL)
        # Groovy reads \\ in a string as \.
        (script,) = (found.replace("\\\\", "\\") for found in scripts if "emr-diagnose check" in found)
        return script
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip() == "code=0")
    indent = len(lines[first]) - len(lines[first].lstrip())
    inside = takewhile(lambda line: line.strip() and len(line) - len(line.lstrip()) >= indent, lines[first:])
    return "\n".join(line[indent:] for line in inside)


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
def test_the_pipeline_ends_with_its_code_and_leaves_the_reports(
    tmp_path: Path, file: Path, case: str, code: int
) -> None:
    """Given a broken rule or a fault, then check is not run. A rule that is open lets it run."""
    script = shell_of(file)

    done = run(script, tmp_path, str(PROJECT / "fixtures" / case))

    assert done.returncode == code, done.stderr
    written = {path.name for path in [*tmp_path.glob("report.*"), *tmp_path.glob("preflight.*")]}
    first, _, second = script.partition("emr-diagnose check")
    assert set(re.findall(r"-o ((?:report|preflight)\.\w+)", first)) <= written
    assert (set(re.findall(r"-o (report\.\w+)", second)) <= written) == (code == 3)
    suite = ET.parse(tmp_path / "preflight.xml").getroot()
    assert code != 1 or suite.attrib["failures"] != "0"
    assert any(each.get("classname") == "emr-diagnose.rule" for each in suite.iter("testcase"))
    if "report.sarif" in written:
        assert json.loads((tmp_path / "report.sarif").read_text())["version"] == "2.1.0"
    if file == GITHUB:
        assert ("::error" in done.stdout) == (code == 1)
        assert (tmp_path / "summary.md").read_text().startswith("# ")
    else:
        assert done.stdout.endswith(f"Exit code {code}.\n")


@pytest.mark.parametrize(
    ("preflight", "check", "code"), [(0, 0, 0), (0, 3, 3), (3, 0, 3), (3, 1, 1), (1, 0, 1), (2, 0, 2)]
)
@pytest.mark.parametrize("file", [GITHUB, GITLAB, JENKINS], ids=lambda file: file.name)
def test_the_exit_code_is_that_of_what_stopped_it(
    tmp_path: Path, file: Path, preflight: int, check: int, code: int
) -> None:
    """Given a program that only notes its command, then each pair of codes has the right end."""
    program = tmp_path / "emr-diagnose"
    program.write_text(f'#!/bin/sh\necho "$1" >> ran\n[ "$1" = check ] && exit {check}\nexit {preflight}\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "CASE": "case"}
    script = "\n".join(line for line in shell_of(file).splitlines() if not line.strip().startswith("PATH="))

    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=False)

    assert done.returncode == code
    ran = (tmp_path / "ran").read_text().split()
    assert ran == (["preflight"] if preflight in (1, 2) else ["preflight", "check"])


@pytest.mark.parametrize("file", [GITHUB, GITLAB, JENKINS], ids=lambda file: file.name)
def test_a_case_that_cannot_be_read_fails_in_the_pipelines_own_view(tmp_path: Path, file: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "case.toml").write_text("[cluster\n")

    done = run(shell_of(file), tmp_path, "case")

    assert done.returncode == 2
    assert ET.parse(tmp_path / "preflight.xml").getroot().attrib["errors"] == "1"


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
    outputs = [
        output
        for call in re.findall(
            r"emr-diagnose (?:preflight|check)(.*?)\|\|", shell_of(file).replace("\\\n", " "), re.DOTALL
        )
        for output in outputs_of(call.split(), tuple(FORMATS))[0]
    ]
    written = {output.file.name for output in outputs if output.file is not None}

    kept = re.findall(r"(?:junit: |sarif_file: |testResults: |pattern: )(.*)", text)
    uploaded = {name for names in kept for name in re.findall(r"\w+\.(?:xml|sarif)", names)}
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
