"""How wide is a page? The answers are those of `shutil`, which is not loaded for them."""

from __future__ import annotations

import os
import shutil

import pytest

from diagnose.cli.outputs import width


@pytest.mark.parametrize("columns", ["132", "0", "-5", "wide", "", None])
@pytest.mark.parametrize("terminal", [100, 0, None])
def test_the_width_is_what_shutil_says(
    columns: str | None, terminal: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def size(_: int) -> os.terminal_size:
        if terminal is None:
            raise OSError("not a terminal")
        return os.terminal_size((terminal, 24))

    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(os, "get_terminal_size", size)
    assert width() == shutil.get_terminal_size((80, 24)).columns
