"""Does `check` tell what is the matter with a real server, and leave a healthy one alone?

The matrix is printed at the end of the session: a row for each service, a column for each
situation. The servers are stopped last, and then started again: other tests share the clusters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.jvm import Jvm
from tests.lab.real.cluster import RealCluster
from tests.lab.real.files import Settings, client_files, write_case
from tests.lab.real.situations import SERVICES, SHORT, SWAPPED, RealService, Situation, with_changes

AT_ONCE = 2
Row = tuple[RealService, Situation, bool]
"""A service, what is arranged, and whether its servers want Kerberos."""

NETWORK = "192.168.10.0/24"
FINE = ("reachable", "accepts", "allowed")
HANG = {"SVC-HANG", "SVC-HMS"}
"""Codes of servers that accept and do not answer."""


def looked(cluster: RealCluster, settings: Settings, directory: Path, *, kerberos: bool) -> Diagnosis:
    """Run `check` with these files on a host of the resource group."""
    case = write_case(settings, directory, kerberos=kerberos)
    done = cluster.run("check", str(case), "--from", NETWORK, "--format", "json")
    return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)


def flow(found: Diagnosis, service: RealService) -> str:
    """Return the verdict of the service's flow on the first master."""
    return next(str(row["verdict"]) for row in found.report["flows"] if row["id"] == flow_of(service))


def errors(found: Diagnosis) -> list[str]:
    return [finding["code"] for finding in found.report["findings"] if finding["severity"] != "info"]


def flow_of(service: RealService) -> str:
    return f"{service.component}/{service.host_port}"


def named(found: Diagnosis, service: RealService) -> tuple[dict[str, Any], str]:
    """Return the one error whose undoing frees the service on the first master, and a cell for it.

    The cell has the code, and "works" if the service then surely does. "freed" means that it is
    then no longer stopped, and that nobody asked it.
    """
    start = f"{service.component}/{SHORT}:"
    cells = []
    for finding in found.report["findings"]:
        repairs, unclear = finding["undone"]["repairs"], finding["undone"]["unclear"]
        word = "works" if any(flow.startswith(start) for flow in repairs) else "freed"
        if any(flow.startswith(start) for flow in (*repairs, *unclear)):
            cells.append((finding, f"{finding['code']} {word}"))
    (cell,) = cells
    return cell


def assert_undone(finding: dict[str, Any], service: RealService, *remains: str) -> None:
    """Assert that the undoing frees this service alone, and leaves these errors."""
    undone = finding["undone"]
    freed = {flow.partition(":")[0] for flow in (*undone["repairs"], *undone["unclear"])}
    assert (freed, undone["remains"]) == ({f"{service.component}/{SHORT}"}, [*remains]), undone


@pytest.fixture(scope="module")
def clusters(simple: RealCluster, secure: RealCluster) -> Mapping[bool, RealCluster]:
    return {False: simple, True: secure}


@pytest.fixture(scope="module")
def healthy(clusters: Mapping[bool, RealCluster], tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Diagnosis]:
    """Check each cluster with its own files."""
    place = tmp_path_factory.mktemp("healthy")
    return {
        kerberos: looked(cluster, client_files(kerberos=kerberos), place / str(kerberos), kerberos=kerberos)
        for kerberos, cluster in clusters.items()
    }


def arranged(service: RealService) -> Iterator[tuple[Situation, Settings, str]]:
    """Yield what is wrong in the files of clients of the cluster with Kerberos, and its code."""
    for situation, change in (
        ("wrong port", service.wrong_port),
        ("decoy", service.decoy),
        ("other mode", service.other_mode),
    ):
        if change is not None:
            yield situation, with_changes(change[0], kerberos=True), change[1]  # type: ignore[misc]


FILES = tuple(
    (service, situation, settings, code) for service in SERVICES for situation, settings, code in arranged(service)
)


@pytest.fixture(scope="module")
def by_files(
    secure: RealCluster, healthy: dict[bool, Diagnosis], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, Situation], Diagnosis]:
    """Check the cluster with Kerberos with each wrong file."""
    place = tmp_path_factory.mktemp("files")

    def look(number: int) -> Diagnosis:
        return looked(secure, FILES[number][2], place / str(number), kerberos=True)

    with ThreadPoolExecutor(AT_ONCE) as workers:
        found = list(workers.map(look, range(len(FILES))))
    return {(row[0].name, row[1]): diagnosis for row, diagnosis in zip(FILES, found, strict=True)}


@pytest.fixture(scope="module")
def other_login(
    clusters: Mapping[bool, RealCluster], tmp_path_factory: pytest.TempPathFactory
) -> dict[bool, Diagnosis]:
    """Check each cluster with the files of the other one. Key: if the servers want Kerberos."""
    place = tmp_path_factory.mktemp("login")
    return {
        kerberos: looked(cluster, client_files(kerberos=not kerberos), place / str(kerberos), kerberos=True)
        for kerberos, cluster in clusters.items()
    }


@pytest.fixture(scope="module")
def frozen(secure: RealCluster, by_files: object, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Diagnosis]:
    """Check the cluster with Kerberos while one of its JVMs does not run."""
    place = tmp_path_factory.mktemp("frozen")
    found = {}
    jvms: dict[str, Jvm] = {"first": secure.first, "second": secure.second, "hive": secure.hive}
    for name, jvm in jvms.items():
        with jvm.frozen():
            found[name] = looked(secure, client_files(kerberos=True), place / name, kerberos=True)
    return found


STOPPED = ("nn1", "rm1", "jobhistory")
"""Servers that are stopped, in the order of their starts: JobHistory needs the active NameNode."""


@pytest.fixture(scope="module")
def stopped(
    simple: RealCluster, other_login: object, healthy: object, tmp_path_factory: pytest.TempPathFactory
) -> Diagnosis:
    """Check the cluster without Kerberos while its servers do not run. The standby goes on."""
    with ExitStack() as at_end:
        at_end.callback(simple.wake)
        for name in reversed(STOPPED):
            simple.first.stop(name)
            at_end.callback(simple.first.start, name)
        simple.hive.end()
        at_end.callback(simple.hive.begin)
        return looked(simple, client_files(kerberos=False), tmp_path_factory.mktemp("stopped") / "case", kerberos=False)


@pytest.fixture(scope="module", autouse=True)
def matrix(request: pytest.FixtureRequest, lab_notes: list[str]) -> Iterator[dict[tuple[str, str], str]]:
    """Print what was found, at the end of the session."""
    seen: dict[tuple[str, str], str] = {}
    with ExitStack() as at_end:
        at_end.callback(lambda: lab_notes.extend(table(seen)))
        yield seen


def table(seen: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the lines of the matrix."""
    columns = list(dict.fromkeys(situation for _, situation in seen))
    width = max((len(text) for text in (*columns, *seen.values())), default=0)
    lines = [
        "real servers: rows are services, columns what was arranged, cells what was found",
        "works or freed: the service works, or is no longer stopped, once that cause alone is undone",
    ]
    lines.append(" ".join((f"{'':15}", *(f"{column:{width}}" for column in columns))).rstrip())
    for service in SERVICES:
        cells = (f"{seen.get((service.name, column), '-'):{width}}" for column in columns)
        lines.append(" ".join((f"{service.name:15}", *cells)).rstrip())
    return lines


@pytest.mark.parametrize("kerberos", [False, True], ids=["simple", "kerberos"])
def test_a_healthy_cluster_with_two_masters_works_without_any_finding(
    healthy: dict[bool, Diagnosis], matrix: dict[tuple[str, str], str], kerberos: bool
) -> None:
    found = healthy[kerberos]
    for service in SERVICES if kerberos else ():
        matrix[service.name, "healthy"] = flow(found, service)

    assert (found.exit_code, errors(found)) == (0, []), found
    assert {f["verdict"] for f in found.report["flows"]} <= set(FINE), found


@pytest.mark.parametrize("row", FILES, ids=lambda row: f"{row[0].name}-{row[1]}")
def test_a_wrong_file_is_the_primary_and_the_only_error(
    by_files: dict[tuple[str, Situation], Diagnosis],
    matrix: dict[tuple[str, str], str],
    row: tuple[RealService, Situation, Settings, str],
) -> None:
    service, situation, _, code = row
    found = by_files[service.name, situation]
    finding, matrix[service.name, situation] = named(found, service)

    assert (found.exit_code, errors(found)) == (1, [code]), found
    assert_undone(finding, service)


@pytest.fixture(scope="module")
def swapped(secure: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Diagnosis:
    """Check the cluster with Kerberos with the ports of two servers in place of each other's."""
    files = with_changes(*SWAPPED.values(), kerberos=True)
    return looked(secure, files, tmp_path_factory.mktemp("swapped") / "case", kerberos=True)


@pytest.mark.parametrize("service", [each for each in SERVICES if each.name in SWAPPED], ids=lambda s: s.name)
def test_each_of_two_swapped_ports_is_named(
    swapped: Diagnosis, matrix: dict[tuple[str, str], str], service: RealService
) -> None:
    finding, matrix[service.name, "swapped"] = named(swapped, service)

    assert (swapped.exit_code, errors(swapped)) == (1, ["SVC-PORT", "SVC-PORT"]), swapped
    assert_undone(finding, service, "SVC-PORT")


@pytest.mark.parametrize("kerberos", [True, False], ids=["servers with", "servers without"])
def test_files_that_want_another_login_than_the_servers_are_told(
    other_login: dict[bool, Diagnosis], matrix: dict[tuple[str, str], str], kerberos: bool
) -> None:
    found = other_login[kerberos]
    codes = errors(found)
    wanted = {service.other_login.get(kerberos) for service in SERVICES} - {None}
    assert (found.exit_code, set(codes)) == (1, wanted), found
    # Files without Kerberos name no principal either.
    lacking = {"KRB-SVC-UNSET"} if kerberos else set()
    for service in SERVICES:
        code = service.other_login.get(kerberos)
        if code is not None:
            finding, cell = named(found, service)
            matrix[service.name, "Kerberos unset" if kerberos else "Kerberos set"] = cell
            left = {*wanted, *(lacking if code == "KRB-CLIENT-SIMPLE" else ())} - {code}
            assert (finding["code"], set(finding["undone"]["remains"])) == (code, left), finding["undone"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_frozen_server_hangs_and_its_undoing_repairs_its_flow(
    frozen: dict[str, Diagnosis], matrix: dict[tuple[str, str], str], service: RealService
) -> None:
    found = frozen[service.jvm]
    ident = flow_of(service)
    finding, matrix[service.name, "frozen"] = named(found, service)

    assert (finding["code"], finding["severity"], finding["confidence"]) == (service.frozen, "error", "strong"), found
    assert ident in finding["undone"]["repairs"], found
    assert (found.exit_code, set(errors(found)) - HANG, flow(found, service)) == (1, set(), "blocked"), found


def test_only_the_servers_of_a_frozen_process_hang(frozen: dict[str, Diagnosis]) -> None:
    hanging = {f["id"].partition("/")[0] for f in frozen["hive"].report["flows"] if f["verdict"] not in FINE}

    assert hanging == {"hive-metastore", "hiveserver2"}


def test_a_metastore_that_accepts_and_hangs_is_the_primary(frozen: dict[str, Diagnosis]) -> None:
    """Given HiveServer2 frozen with it, which asks it. The other services of its host answer."""
    first, *others = frozen["hive"].report["findings"]

    assert (first["code"], first["severity"], first["confidence"]) == ("SVC-HMS", "error", "strong")
    assert first["params"]["is_acknowledged"] is True
    assert "NameNode" in " ".join(first["params"]["beside"])
    assert first["undone"]["remains"] == ["SVC-HANG"]
    assert "jstack" in first["settle_by"]
    assert {other["code"] for other in others if other["severity"] == "error"} == {"SVC-HANG"}


def test_the_frozen_servers_of_the_other_master_hang_as_well(frozen: dict[str, Diagnosis]) -> None:
    """Given a ResourceManager in standby among them, whose port no process has opened."""
    found = frozen["second"]

    assert (found.exit_code, set(errors(found))) == (1, {"SVC-HANG"}), found


def test_servers_that_run_again_work(secure: RealCluster, frozen: object, tmp_path: Path) -> None:
    found = looked(secure, client_files(kerberos=True), tmp_path / "case", kerberos=True)

    assert (found.exit_code, errors(found)) == (0, []), found


@pytest.mark.parametrize("service", [each for each in SERVICES if each.component != "timeline"], ids=lambda s: s.name)
def test_a_stopped_server_is_down(stopped: Diagnosis, matrix: dict[tuple[str, str], str], service: RealService) -> None:
    """Given a Timeline Server, without Kerberos no client asks it."""
    finding, matrix[service.name, "stopped"] = named(stopped, service)

    assert (stopped.exit_code, set(errors(stopped))) == (1, {"SVC-DOWN"}), stopped
    assert flow(stopped, service) == "blocked", stopped
    assert (finding["rank"], finding["undone"]["remains"]) == (1, []), finding["undone"]
    assert flow_of(service) in finding["undone"]["repairs"]


def test_a_timeline_server_that_is_stopped_is_down(
    secure: RealCluster, frozen: object, matrix: dict[tuple[str, str], str], tmp_path: Path
) -> None:
    service = next(each for each in SERVICES if each.component == "timeline")
    secure.first.stop("timeline")
    try:
        found = looked(secure, client_files(kerberos=True), tmp_path / "case", kerberos=True)
    finally:
        secure.first.start("timeline")
    finding, matrix[service.name, "stopped"] = named(found, service)

    assert (found.exit_code, errors(found), flow(found, service)) == (1, ["SVC-DOWN"], "blocked"), found
    assert_undone(finding, service)
    again = looked(secure, client_files(kerberos=True), tmp_path / "again", kerberos=True)
    assert (again.exit_code, errors(again)) == (0, []), again


def test_servers_that_were_started_again_work(simple: RealCluster, stopped: object, tmp_path: Path) -> None:
    """Given this, tests that come afterwards find the cluster as it was."""
    found = looked(simple, client_files(kerberos=False), tmp_path / "case", kerberos=False)

    assert (found.exit_code, errors(found)) == (0, []), found
