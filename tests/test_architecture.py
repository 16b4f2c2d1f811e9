"""Do imports run downwards only, and without a circle?

The order is the one of CONTRIBUTING ("How the house is laid out"). An import inside a function
counts like any other: it is a dependency, only a later one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.places import PROJECT

FLOORS = (
    {"data", "output"},
    {"case"},
    {"symptoms"},
    {"flows"},
    {"decisions"},
    {"scene"},
    {"findings"},
    {"clients", "remedies", "live", "registration"},
    {"undoing"},
    {"engine", "demo", "probing", "collect"},
    {"report"},
    {"apply", "exporter", "fleet"},
    {"cli"},
)
"""Rooms of `diagnose/`, lowest first. `probes/` is below all of them."""

FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
PEERS = {("demo", "engine")}
"""Imports between rooms of one floor that are meant: the demo runs the engine."""

ENTRY_POINTS = {"__init__", "__main__"}

CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")


def modules() -> Mapping[str, Path]:
    """Return dotted name -> file of every module in the two packages."""
    files = [file for package in ("probes", "diagnose") for file in (PROJECT / package).rglob("*.py")]
    return {dotted(file.relative_to(PROJECT)): file for file in files}


def dotted(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, known: Mapping[str, Path]) -> Iterator[tuple[str, int]]:
    """Yield each module of the two packages that the source imports, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in known:
                    yield name, node.lineno
                elif node.module is not None and node.module in known:
                    yield node.module, node.lineno


def room_of(module: str) -> str:
    package, _, rest = module.partition(".")
    return "probes" if package == "probes" else rest.partition(".")[0] or "__init__"


def upward(module: str, imported: str) -> bool:
    """Return True if the import runs up, or sideways between rooms that are no peers."""
    importer, target = room_of(module), room_of(imported)
    if importer == target or importer in ENTRY_POINTS or target == "__init__":
        return False
    if importer == "probes":
        return True
    if target == "probes" or (importer, target) in PEERS:
        return False
    return FLOOR[target] >= FLOOR[importer]


def test_no_import_runs_upwards() -> None:
    known = modules()
    found = [
        f"{file.relative_to(PROJECT)}:{line} imports {imported}"
        for module, file in known.items()
        for imported, line in imports_of(file.read_text("utf-8"), known)
        if upward(module, imported)
    ]
    assert not found


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    graph = {
        module: {name for name, _ in imports_of(file.read_text("utf-8"), known)} - {module}
        for module, file in known.items()
    }
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")
    assert len(order) >= len(known)


@pytest.mark.parametrize(
    ("module", "imported", "wrong"),
    [
        ("probes.network.tcp", "diagnose.case.model", True),
        ("diagnose.scene.scene", "diagnose.findings.model", True),
        ("diagnose.remedies.plan", "diagnose.clients.model", True),
        ("diagnose.demo", "diagnose.engine", False),
        ("diagnose.engine", "diagnose.demo", True),
        ("diagnose.findings.model", "diagnose.scene.scene", False),
        ("diagnose.cli.check", "diagnose", False),
    ],
)
def test_the_test_itself_tells_up_from_down(module: str, imported: str, wrong: bool) -> None:
    assert upward(module, imported) is wrong


def test_an_import_inside_a_function_is_seen() -> None:
    source = "def f():\n    from probes.network import tcp\n    from probes.network.tcp import connect\n"
    assert [name for name, _ in imports_of(source, modules())] == ["probes.network.tcp"] * 2


def blocks(page: str) -> list[str]:
    """Return the texts between fences of a page."""
    return page.split("```\n")[1::2]


def test_contributing_shows_this_order() -> None:
    (shown,) = (block for block in blocks(CONTRIBUTING) if block.startswith("probes <"))
    assert [{room.strip() for room in floor.split(",")} for floor in shown.split("<")] == [{"probes"}, *FLOORS]


def test_contributing_names_every_room() -> None:
    (layout,) = (block for block in blocks(CONTRIBUTING) if block.startswith("probes/"))
    rooms = {
        file.parent.name for package in ("probes", "diagnose") for file in (PROJECT / package).glob("*/__init__.py")
    }
    assert {room for room in rooms if f"\n  {room}/" not in layout} == set()


def test_every_room_stands_on_a_floor() -> None:
    rooms = {room_of(module) for module in modules()} - {"probes"} - ENTRY_POINTS
    assert rooms == set(FLOOR)


def test_no_room_lacks_its_package_file() -> None:
    folders = {file.parent for package in ("probes", "diagnose") for file in (PROJECT / package).rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
