"""Does a Parquet file hold every field of every line, and what if nothing can write one?"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from diagnose.fleet import parquet
from diagnose.fleet.record import FleetRecord, decode
from tests.support.places import PROJECT


def fleet(*args: object) -> Result:
    return CliRunner().invoke(main, ["fleet", f"{PROJECT}/fixtures", *map(str, args)])


def test_each_line_is_a_row_with_the_same_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS", 5)  # so that there are several groups
    done = fleet("-o", tmp_path / "r.ndjson", "--parquet", tmp_path / "r.parquet")
    assert done.exit_code == 1, done.stderr

    table: Any = import_module("pyarrow.parquet").read_table(tmp_path / "r.parquet")
    assert table.column_names == list(FleetRecord.__struct_fields__)
    assert [msgspec.convert(row, FleetRecord) for row in table.to_pylist()] == [
        decode(line) for line in (tmp_path / "r.ndjson").read_bytes().splitlines()
    ]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["r.ndjson", "r.parquet"]


def test_a_file_that_cannot_be_written_is_exit_code_2(tmp_path: Path) -> None:
    done = fleet("-o", tmp_path / "r.ndjson", "--parquet", tmp_path / "none" / "r.parquet")
    assert done.exit_code == 2
    assert "none/r.parquet" in done.stderr
    assert (tmp_path / "r.ndjson").exists()


def test_without_its_library_the_run_does_not_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "LIBRARY", "no_such_library")
    done = fleet("-o", tmp_path / "r.ndjson", "--parquet", tmp_path / "r.parquet")

    assert done.exit_code == 2
    assert "pip install 'emr-diagnose[parquet]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("args", [(), ("--format", "json")])
def test_it_needs_the_lines_in_a_file(args: tuple[str, ...], tmp_path: Path) -> None:
    done = fleet("--parquet", tmp_path / "r.parquet", *args)
    assert done.exit_code == 2
    assert "-o results.ndjson" in done.stderr


def test_it_does_not_replace_the_lines(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "r.ndjson")
    done = fleet("-o", tmp_path / "r.ndjson", "--parquet", tmp_path / "link")
    assert done.exit_code == 2
    assert "two outputs go to" in done.stderr
