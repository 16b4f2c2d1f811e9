"""Is every layer's fault told from every other: one primary each, and none for what only looks like
a fault? Is the same seen from a desk, over SSH?

The matrix is printed at the end of the session: a row for each fault, a column for each primary
that was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

import pytest

from tests.support.needs import is_met

from . import scene
from .diagnosis import Diagnosis, check
from .kdc_making import Place
from .layers import ROWS, Row
from .over_ssh import check_over_ssh, conclusions
from .scene import Lab

LABS = 6
"""Side by side: a row mostly waits for answers that a dropped packet never gets."""

NONE = "nothing"


BY_BASTION = 5
"""Every so many rows the desk reaches the resource-group host through another one."""


@dataclass(frozen=True)
class Seen:
    """What was said of a row."""

    here: Diagnosis
    """By `check` on the resource-group host."""
    there: Diagnosis | None
    """By `check --via` on the desk. None if no test asks for it."""


def _go_through(lab: Lab, row: Row, directory: Path, *, over_ssh: bool) -> Seen:
    """Arranged, diagnosed, and where the row says so diagnosed again with what the hosts recorded
    of the first run.
    """
    with ExitStack() as undo:
        undo.callback(lab.reset)
        case = row.arrange(Place(lab, undo, directory))
        found = check(lab, case, directory)
        if row.records:
            for role in row.records:
                case = case.with_evidence(role, lab.evidence(role))
            found = check(lab, case, directory)
        if not over_ssh:
            return Seen(found, None)
        return Seen(found, check_over_ssh(lab, case, directory, bastion=ROWS.index(row) % BY_BASTION == 0))


@pytest.fixture(scope="module")
def rows(
    lab_machine: None,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    lab_notes: list[str],
) -> Iterator[dict[Row, Future[Seen]]]:
    """Every row that this session asks for, begun at once, each in a lab that is free."""
    asked = list(dict.fromkeys(row for item in request.session.items for row in _rows(item)))
    over_ssh = {row for item in request.session.items if _is_over_ssh(item) for row in _rows(item)}
    labs: SimpleQueue[Lab] = SimpleQueue()

    def run(row: Row) -> Seen:
        if row.records:
            # What hosts recorded must be of this row alone, and a half-open handshake of another
            # outlives a reset by a minute.
            with scene.lab(tmp_path_factory.mktemp("lab")) as fresh:
                return _go_through(fresh, row, tmp_path_factory.mktemp("row"), over_ssh=row in over_ssh)
        lab = labs.get()
        try:
            return _go_through(lab, row, tmp_path_factory.mktemp("row"), over_ssh=row in over_ssh)
        finally:
            labs.put(lab)

    with ExitStack() as open_labs, ThreadPoolExecutor(LABS) as workers:
        for _ in range(min(LABS, len(asked))):
            labs.put(open_labs.enter_context(scene.lab(tmp_path_factory.mktemp("lab"))))
        futures = {row: workers.submit(run, row) for row in asked}
        try:
            yield futures
        finally:
            workers.shutdown(cancel_futures=True)
            lab_notes += matrix(
                {
                    row: future.result().here
                    for row, future in futures.items()
                    if future.done() and not future.cancelled() and not future.exception()
                }
            )


def _rows(item: pytest.Item) -> tuple[Row, ...]:
    if item.path != Path(__file__) or "rows" not in getattr(item, "fixturenames", ()):
        return ()
    callspec = getattr(item, "callspec", None)
    return (callspec.params["row"],) if callspec is not None else ROWS


def _is_over_ssh(item: pytest.Item) -> bool:
    return getattr(item, "originalname", "") == test_the_same_is_seen_over_ssh.__name__ and is_met("sshd")


def matrix(found: dict[Row, Diagnosis]) -> list[str]:
    """Lines of text: how often each primary was found where each code was to be found, then each
    row by itself.
    """
    counted = Counter((row.code or NONE, one.primary or NONE) for row, one in found.items())
    expected = list(dict.fromkeys(row.code or NONE for row in found))
    columns = [*expected, *sorted({primary for _, primary in counted} - set(expected))]
    # Names of columns stand below each other: one line a letter would be longer than one number a
    # column.
    keys = {code: str(number) for number, code in enumerate(columns, 1)}
    lines = [f"confusion matrix, {len(found)} faults: rows are what was there, columns what was found"]
    lines.append(f"{'':22}" + "".join(f"{keys[code]:>3}" for code in columns))
    for code in expected:
        cells = "".join(f"{counted.get((code, column)) or '.':>3}" for column in columns)
        lines.append(f"{keys[code]:>2} {code:19}{cells}")
    lines += [f"{keys[code]:>2} {code:19} (nowhere to be found)" for code in columns[len(expected) :]]
    width = max(map(len, map(str, found)))
    for row, one in found.items():
        certainty = one.report["findings"][0]["confidence"] if one.primary else "-"
        seconds = one.report["duration_ms"] / 1000
        right = "" if one.primary == row.code else "   <-- " + (row.code or NONE)
        lines.append(
            f"{row.name:{width}} {one.primary or NONE:17} {certainty:9} exit {one.exit_code} {seconds:5.1f} s{right}"
        )
    return lines


def test_the_matrix_shows_what_was_mistaken_for_what() -> None:
    """Given one fault found, one taken for another and one healthy row, each is in its own cell."""
    nothing = Row("fine", None, _never)
    right, wrong = Row("right", "A-1", _never), Row("wrong", "A-1", _never)
    lines = matrix({nothing: _found(None), right: _found("A-1"), wrong: _found("B-2")})
    assert [line.split() for line in lines[1:5]] == [
        ["1", "2", "3"],
        ["1", NONE, "1", ".", "."],
        ["2", "A-1", ".", "1", "1"],
        ["3", "B-2", "(nowhere", "to", "be", "found)"],
    ]
    assert "<-- A-1" in lines[-1]
    assert "<--" not in lines[-2]


def _never(_: Place) -> NoReturn:
    raise AssertionError("not arranged")


def _found(code: str | None) -> Diagnosis:
    findings = [{"code": code, "confidence": "proven"}] if code else []
    return Diagnosis(1 if code else 0, {"findings": findings, "duration_ms": 0}, "")


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_primary_is_the_fault(rows: dict[Row, Future[Seen]], row: Row) -> None:
    found = rows[row].result().here
    assert (found.exit_code, found.primary) == (row.exit_code, row.code), found
    if row.code is not None:
        first = found.report["findings"][0]
        assert first["severity"] == "error", found
        assert first["confidence"] in ((row.certainty,) if row.certainty else ("proven", "strong")), found
    beside = [finding["code"] for finding in found.report["findings"][1:] if finding["severity"] == "error"]
    assert not beside, found


@pytest.mark.needs("sshd")
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_same_is_seen_over_ssh(rows: dict[Row, Future[Seen]], row: Row) -> None:
    """Given a desk from which nothing but SSH leads to the resource-group host, its report
    concludes what that of the host itself does."""
    seen = rows[row].result()
    assert seen.there is not None
    assert conclusions(seen.there.report) == conclusions(seen.here.report), seen.there


def test_the_matrix_is_diagonal(rows: dict[Row, Future[Seen]]) -> None:
    found = {row: rows[row].result().here for row in ROWS}
    astray = [row.name for row, one in found.items() if one.primary != row.code]
    assert not astray, "\n".join(matrix(found))
