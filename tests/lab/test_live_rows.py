"""Situations that no file can hold: is each one named for what it is, and nothing said too much?

Each row makes one situation with real packets and runs `check` on the resource-group host.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import pytest

from . import live_rows, scene, service_rows, wire_rows
from .cases import LabCase, healthy
from .diagnosis import Diagnosis, check, serve_cluster
from .kdc_making import Place
from .live_rows import Row
from .scene import Lab

ROWS: Final = (*live_rows.ROWS, *wire_rows.ROWS, *service_rows.ROWS)

LABS: Final = 6
"""Side by side: a row mostly waits for answers that a dropped packet never gets."""

WORKS: Final = ("reachable", "accepts", "allowed")

FARES: Final = ("yes", "unknown", "no")
"""What may be foretold of a client, the best first."""

UNKNOWN: Final = FARES.index("unknown")


@dataclass(frozen=True)
class Gone:
    """A row gone through."""

    found: Diagnosis
    """What was said of it."""
    after: Diagnosis | None
    """What was said after the repair. None if the row has none."""


def _go_through(lab: Lab, row: Row, directory: Path) -> Gone:
    with ExitStack() as undo:
        undo.callback(lab.reset)
        place = Place(lab, undo, directory)
        serve_cluster(lab)
        row.make(place)
        case = row.case(healthy())
        found = _checked(place, row, case)
        if row.repair is None:
            return Gone(found, None)
        return Gone(found, _checked(place, row, row.repair(place, case, found.report)))


def _checked(place: Place, row: Row, case: LabCase) -> Diagnosis:
    arguments = tuple(word.format(directory=place.directory) for word in row.arguments)
    if row.records:  # the rules are in force from the first check on, and what fails leaves half-open handshakes
        check(place.lab, case, place.directory, *arguments)
    for role in row.records:
        sockets = "".join(place.lab.host(role).run("ss", flags).stdout for flags in ("-tan", "-tunlp"))
        case = case.with_evidence(role, {"ss.txt": sockets})
    return check(place.lab, case, place.directory, *arguments)


@pytest.fixture(scope="module")
def rows(
    lab_machine: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Row, Future[Gone]]]:
    """Every row that this session asks for, each in a lab that is free. All but the lone ones begin
    at once.
    """
    asked = list(dict.fromkeys(row for item in request.session.items for row in _rows(item)))
    free: SimpleQueue[Lab] = SimpleQueue()

    def run(row: Row) -> Gone:
        if row.records:  # a half-open handshake of another row would outlive a reset by a minute
            with scene.lab(tmp_path_factory.mktemp("lab")) as fresh:
                return _go_through(fresh, row, tmp_path_factory.mktemp("row"))
        taken = free.get()
        try:
            return _go_through(taken, row, tmp_path_factory.mktemp("row"))
        finally:
            free.put(taken)

    with ExitStack() as labs, ThreadPoolExecutor(LABS) as workers:
        for _ in range(min(LABS, len(asked))):
            free.put(labs.enter_context(scene.lab(tmp_path_factory.mktemp("lab"))))
        asked.sort(key=lambda row: not row.alone)
        futures: dict[Row, Future[Gone]] = {}
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
def test_each_situation_is_named_and_nothing_too_much_is_said(rows: dict[Row, Future[Gone]], row: Row) -> None:
    found = rows[row].result().found
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


@pytest.mark.parametrize("row", [row for row in ROWS if row.repair is not None], ids=str)
def test_the_repair_of_the_first_finding_does_what_was_foretold(rows: dict[Row, Future[Gone]], row: Row) -> None:
    gone = rows[row].result()
    assert gone.after is not None
    before, after = gone.found.report, gone.after.report
    undone = before["findings"][0]["undone"]
    assert undone is not None, gone

    # The flows work that were to work, and no other ones that did not.
    repaired = _places(after) - _places(before)
    assert repaired == {_place(flow) for flow in undone["repairs"]}, gone

    # The clients fare better that were to, and no other ones. Of an unknown one nothing was said.
    then, now = _clients(before), _clients(after)
    better = {key[0] for key, fares in then.items() if fares[0] != UNKNOWN and now[key] < fares}
    assert better == set(undone["clients"]), gone

    # And what was to remain remains.
    left = [f for f in after["findings"] if f["severity"] == "error" and f["confidence"] != "inferred"]
    assert undone["remains"] is None or {finding["code"] for finding in left} == set(undone["remains"]), gone


def _place(flow: str) -> str:
    """Return service and host of the id of a flow. A repair may be another port."""
    return flow.rpartition(":")[0]


def _places(report: Mapping[str, Any]) -> set[str]:
    """Return the services that surely work, each with its host."""
    return {_place(flow["id"]) for flow in report["flows"] if flow["verdict"] in WORKS and flow["need"] == "required"}


def _clients(report: Mapping[str, Any]) -> dict[tuple[str, str], tuple[int, float]]:
    """Return how each family fares at each exchange: less is better. A second is no difference."""
    fares: dict[tuple[str, str], tuple[int, float]] = {}
    for client in report["clients"]:
        key = client["family"], client["exchange"]
        bad = FARES.index(client["works"]), round(client["seconds"] or 0.0)
        fares[key] = max(bad, fares.get(key, bad))
    return fares
