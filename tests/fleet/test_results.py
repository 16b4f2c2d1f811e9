"""Does a run that was stopped go on without a line lost or doubled?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from diagnose.fleet.diagnosis import failed
from diagnose.fleet.record import FleetRecord
from diagnose.fleet.results import ResultsFile, ResumeError
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource

DAY = date(2026, 11, 29)
SETTINGS = FleetSettings(DAY)
CASES = [CaseSource(f"c-{number}") for number in range(5)]
LINES = [failed(case, SETTINGS, "unreadable", "why") for case in CASES]


def begun(tmp_path: Path, content: bytes) -> Path:
    (tmp_path / "r.ndjson.part").write_bytes(content)
    return tmp_path / "r.ndjson"


def gone_on(path: Path, cases: Sequence[CaseSource] = CASES, settings: FleetSettings = SETTINGS) -> list[str]:
    """Go on with a run, and return the cases that were left."""
    noted: list[FleetRecord] = []
    sources = iter(cases)
    with ResultsFile(path) as results:
        count, _ = results.kept(sources, settings, noted.append)
        assert count == len(noted)
        left = [source.name for source in sources]
        for source in cases[count:]:
            results.write(failed(source, settings, "unreadable", "why"))
        results.finish()
    return left


@pytest.mark.parametrize(
    "cut", [*range(0, 40, 7), *(len(b"".join(LINES[:n])) + d for n in range(1, 5) for d in (-1, 0, 1))]
)
def test_a_run_that_was_cut_anywhere_ends_as_one_that_was_not(tmp_path: Path, cut: int) -> None:
    whole = b"".join(LINES)
    path = begun(tmp_path, whole[:cut])

    left = gone_on(path)

    assert path.read_bytes() == whole
    assert len(left) == len(LINES) - whole[:cut].count(b"\n")
    assert not path.with_name("r.ndjson.part").exists()


@pytest.mark.parametrize("torn", [b"\0" * 500, b"\0\n", b'{"schema_version":"1"}\n', b"\xff\n"])
def test_what_a_lost_power_leaves_is_written_again(tmp_path: Path, torn: bytes) -> None:
    path = begun(tmp_path, LINES[0] + LINES[1] + torn + LINES[2])
    assert gone_on(path) == ["c-2", "c-3", "c-4"]
    assert path.read_bytes() == b"".join(LINES)


def test_the_day_of_the_first_run_is_kept(tmp_path: Path) -> None:
    with ResultsFile(begun(tmp_path, LINES[0])) as results:
        assert results.day() == DAY
    with ResultsFile(begun(tmp_path, b'{"torn')) as results:
        assert results.day() is None


def test_lines_made_with_other_options_are_refused(tmp_path: Path) -> None:
    path = begun(tmp_path, LINES[0])
    with pytest.raises(ResumeError, match="other options"):
        gone_on(path, settings=FleetSettings(DAY, fail_on="warning"))
    assert path.with_name("r.ndjson.part").read_bytes() == LINES[0]


@pytest.mark.parametrize("cases", [CASES[1:], CASES[:1], []])
def test_an_inventory_that_has_changed_is_refused(tmp_path: Path, cases: list[CaseSource]) -> None:
    path = begun(tmp_path, LINES[0] + LINES[1])
    with pytest.raises(ResumeError, match="INVENTORY"):
        gone_on(path, cases)
    assert path.with_name("r.ndjson.part").read_bytes() == LINES[0] + LINES[1]


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    # A lock of POSIX is of a process, so another one asks for it.
    import subprocess
    import sys

    program = (
        "import sys; from pathlib import Path; from diagnose.fleet.results import ResultsFile, ResumeError\n"
        "try:\n    ResultsFile(Path(sys.argv[1])).__enter__()\nexcept ResumeError as error:\n    print(error)"
    )
    path = tmp_path / "r.ndjson"
    with ResultsFile(path):
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == f"another run is writing {path}.part\n"


def test_an_earlier_file_stays_until_the_run_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    path.write_text("of yesterday")
    with ResultsFile(path) as results:
        results.write(LINES[0])
        assert path.read_text() == "of yesterday"
        results.finish()
    assert path.read_bytes() == LINES[0]


def test_a_run_without_a_line_leaves_no_file(tmp_path: Path) -> None:
    with ResultsFile(tmp_path / "r.ndjson"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with ResultsFile(tmp_path / "link") as results:
        results.write(LINES[0])
        results.finish()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == LINES[0]
