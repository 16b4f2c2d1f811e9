"""Does docs/operator.md show what `check --via` prints in the lab? `GOLDEN=accept` writes it."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.places import PROJECT

from . import scene
from .kdc_making import Place
from .layers import ROWS
from .netns import RG
from .over_ssh import desk

pytestmark = pytest.mark.needs("sshd")

PAGE = PROJECT / "docs" / "operator.md"
BLOCK = re.compile(r"```\n\$ emr-diagnose check case --via ssh://rg\n(?P<shown>.*?)```", re.DOTALL)


def test_the_page_shows_what_the_command_prints(lab_machine: None, tmp_path: Path) -> None:
    """Given the cluster of the lab without a rule for UDP to its KDC, when it is checked over SSH
    from a desk that reaches nothing else, then the screen is the one of the page."""
    row = next(row for row in ROWS if row.name == "no rule for the KDC's UDP")
    for folder in ("lab", "desk"):
        (tmp_path / folder).mkdir()
    with scene.lab(tmp_path / "lab") as lab, ExitStack() as undo:
        case = row.arrange(Place(lab, undo, tmp_path))
        lab.enforce(case.documents.values())
        with desk(lab.host(RG), tmp_path / "desk") as place:
            done = subprocess.run(
                place.argv(case.write(tmp_path / "case")),
                cwd=PROJECT,
                capture_output=True,
                text=True,
                timeout=scene.CHECK_SECONDS,
                check=False,
                env={**os.environ, "COLUMNS": "80", "EMR_DIAGNOSE_LANG": "en"},
            )
    text = PAGE.read_text("utf-8")
    fresh = BLOCK.sub(lambda _: f"```\n$ emr-diagnose check case --via ssh://rg\n{done.stdout}```", text)
    if os.environ.get("GOLDEN") == "accept":
        PAGE.write_text(fresh, "utf-8")
    assert done.returncode == 1, done.stderr
    assert BLOCK.search(text)
    assert text == fresh
