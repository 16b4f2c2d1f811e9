"""Situations that no file can hold: is each one named for what it is, and nothing said too much?

Each row makes one situation with real packets and runs `check` on the resource-group host.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import pytest

from . import scene
from .cases import healthy
from .diagnosis import Diagnosis, check, serve_cluster
from .kdc_making import Place
from .live_rows import ROWS, Row
from .scene import Lab

LABS: Final = 6
"""Side by side: a row mostly waits for answers that a dropped packet never gets."""

WORKS: Final = ("reachable", "accepts", "allowed")


def _go_through(lab: Lab, row: Row, directory: Path) -> Diagnosis:
    with ExitStack() as undo:
        undo.callback(lab.reset)
        place = Place(lab, undo, directory)
        serve_cluster(lab)
        row.make(place)
        case = row.case(healthy())
        for role in row.records:
            sockets = "".join(lab.host(role).run("ss", flags).stdout for flags in ("-tan", "-tunlp"))
            case = case.with_evidence(role, {"ss.txt": sockets})
        return check(lab, case, directory, *(word.format(directory=directory) for word in row.arguments))


@pytest.fixture(scope="module")
def rows(
    lab_machine: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Row, Future[Diagnosis]]]:
    """Every row that this session asks for, each in a lab that is free. All but the lone ones begin
    at once.
    """
    asked = [row for item in request.session.items for row in _rows(item)]
    free: SimpleQueue[Lab] = SimpleQueue()

    def run(row: Row) -> Diagnosis:
        taken = free.get()
        try:
            return _go_through(taken, row, tmp_path_factory.mktemp("row"))
        finally:
            free.put(taken)

    with ExitStack() as labs, ThreadPoolExecutor(LABS) as workers:
        for _ in range(min(LABS, len(asked))):
            free.put(labs.enter_context(scene.lab(tmp_path_factory.mktemp("lab"))))
        asked.sort(key=lambda row: not row.alone)
        futures: dict[Row, Future[Diagnosis]] = {}
        for row in asked:
            futures[row] = workers.submit(run, row)
            if row.alone:
                futures[row].exception()  # waits for its end
        try:
            yield futures
        finally:
            workers.shutdown(cancel_futures=True)


def _rows(item: pytest.Item) -> list[Row]:
    """Return the row of a collected test of this module."""
    callspec = getattr(item, "callspec", None)
    return [callspec.params["row"]] if item.path == Path(__file__) and callspec is not None else []


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_situation_is_named_and_nothing_too_much_is_said(rows: dict[Row, Future[Diagnosis]], row: Row) -> None:
    found = rows[row].result()
    findings = found.report["findings"]
    errors = [finding for finding in findings if finding["severity"] == "error"]
    assert found.exit_code == row.exit_code, found
    assert (errors[0]["code"] if errors else None) == row.code, found
    if row.confidence is not None:
        assert errors[0]["confidence"] == row.confidence, found
    assert not {finding["code"] for finding in findings} & set(row.never), found
    working = {flow["port"] for flow in found.report["flows"] if flow["verdict"] in WORKS}
    assert not working & set(row.not_working), found
    suggested = [*found.report["suggested_rules"], *found.report["suggested_edits"]]
    assert row.code is not None or not suggested, found
    changed = {edit["object"] for edit in found.report["suggested_edits"] if edit["finding"]["rank"] == 1}
    assert set(row.objects) <= changed, found
    first = json.dumps(errors[0], ensure_ascii=False) if errors else ""
    assert all(text in first for text in row.says), found
    said = json.dumps([findings, suggested], ensure_ascii=False)
    assert not [text for text in row.silent_on if text in said], found
    assert tuple(error["code"] for error in errors[1:]) == row.also, found
    tickets = {client["works"] for client in found.report["clients"] if client["exchange"] == "tgs"}
    assert row.tickets is None or tickets == {row.tickets}, found
