"""Are the manual pages complete, and does groff set them without a warning?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import COMMANDS, main
from tests.support.places import PROJECT

OPTION = re.compile(r"^  (?:-\w, )?(--[a-z][a-z-]*)", re.MULTILINE)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (PROJECT / ".venv/bin/emr-diagnose").exists():
        pytest.skip("the pages are made from the .venv of the project")
    directory = tmp_path_factory.mktemp("man") / "man1"
    subprocess.run([str(PROJECT / ".ci/man"), str(directory)], check=True, timeout=120)
    return directory


def shown(page: Path) -> tuple[str, str]:
    """Return the page as text, and what groff complains of."""
    command = ["groff", "-ww", "-man", "-Kutf8", "-Tutf8", "-P-cbou", str(page)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.translate({0x2010: "-", 0x2212: "-"}), ran.stderr


@pytest.mark.needs("help2man", "groff")
@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_a_page_has_every_option_and_no_warning(pages: Path, name: str) -> None:
    text, complaints = shown(pages / f"emr-diagnose{f'-{name}' if name else ''}.1")
    help_text = CliRunner().invoke(main, [*filter(None, [name]), "--help"]).output

    assert complaints == ""
    assert text.startswith(f"EMR-DIAGNOSE{f'-{name.upper()}' if name else ''}(1)")
    assert set(OPTION.findall(help_text)) <= set(re.findall(r"--[a-z][a-z-]*", text))
    assert str(PROJECT) not in text


@pytest.mark.needs("help2man", "groff")
def test_each_example_has_a_line_of_its_own(pages: Path) -> None:
    text, _ = shown(pages / "emr-diagnose-check.1")
    examples = re.findall(r"^ +(?:yarn logs .* \| )?emr-diagnose check .*$", text, re.MULTILINE)

    assert len(examples) >= 7
    assert all(line.count("emr-diagnose check") == 1 for line in examples)
