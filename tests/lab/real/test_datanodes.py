"""Does a real DataNode answer, whatever its release and its protection, and is it told if it does
not?

Those of Hadoop 2.10.2 and 3.3.6 are asked. The faults are on the wire, and in a process that is
stopped with SIGSTOP while its kernel goes on to accept.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.netns import batch
from tests.lab.real.cluster import RealCluster
from tests.lab.real.datanodes import KINDS, DataNodes, datanodes
from tests.lab.real.files import CLIENT_ADDRESS, CORE_NODE, PORTS, client_files, write_case

NETWORK: Final = "192.168.10.0/24"
PORT: Final = PORTS["datanode"]
FLOW: Final = f"datanode-transfer/{CORE_NODE.partition('.')[0]}:{PORT}"
EXPECTED: Final[Mapping[str, tuple[str, str | None]]] = {
    "plain": ("no SASL", None),
    "encrypted": ("SASL", "privacy"),
    "authentication": ("SASL", "authentication"),
    "integrity": ("SASL", "integrity"),
    "privacy": ("SASL", "privacy"),
    "privileged": ("no SASL", None),
}
"""Kind -> what it demands, and its protection."""


def dropping(match: str, hook: str = "input") -> str:
    """Return a packet filter of the nodes that drops what matches."""
    return f"table ip lab {{\n chain one {{\n type filter hook {hook} priority 0;\n {match} drop\n }}\n}}\n"


CUT: Final = dropping(f"tcp dport {PORT} ct original packets > 2")
"""All that follows a handshake is lost."""

LARGE_IN: Final = dropping(f"tcp dport {PORT} meta length > 1400")
LARGE_OUT: Final = dropping(f"tcp sport {PORT} meta length > 1400", "output")
"""Large packets to a DataNode, or from it, are lost."""

SECONDS_OF_A_LINE: Final = 20.0

CONNECTION: Final = re.compile(rf"\[.*/(?P<client>{re.escape(CLIENT_ADDRESS)}:\d+)")
"""A line about one connection: it names the client, or the thread before it is named after it."""


@pytest.fixture(scope="module", params=[2, 3], ids=["Hadoop 2", "Hadoop 3"])
def running(
    secure: RealCluster, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DataNodes]:
    """Run a DataNode of each kind beside the cluster whose KDC they log in at."""
    generation: int = request.param
    with datanodes(secure, tmp_path_factory.mktemp(f"datanodes-{generation}"), generation) as nodes:
        yield nodes


def probed(cluster: RealCluster, *targets: str) -> list[dict[str, Any]]:
    done = cluster.run("probe", *targets, "--format", "json", "--patience", "10")
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def lines(answer: Mapping[str, Any]) -> dict[str, str]:
    return {line["what"]: line["answer"] for line in answer["told"]}


def written(nodes: DataNodes, before: int, word: str) -> list[list[str]]:
    """Return their lines since then about each connection of which one has this word.

    Waits until there is one. The threads write when they like, and what an earlier test has asked
    may come late. Lines of stacks name no client. A DataNode without a NameNode writes others.
    """
    limit = time.monotonic() + SECONDS_OF_A_LINE
    while not any(word in line for line in nodes.log()[before:]) and time.monotonic() < limit:
        time.sleep(0.05)
    connections: dict[str, list[str]] = {}
    for line in nodes.log()[before:]:
        if about := CONNECTION.match(line):
            connections.setdefault(about["client"], []).append(line)
    return [lines for lines in connections.values() if any(word in line for line in lines)]


def test_each_kind_answers_and_says_whether_it_wants_sasl(secure: RealCluster, running: DataNodes) -> None:
    answers = dict(zip(KINDS, probed(secure, *map(running.target, KINDS)), strict=True))

    assert [kind for kind, answer in answers.items() if not answer["works"]] == []
    told = {kind: lines(answer) for kind, answer in answers.items()}
    assert {kind: (said["demands"], said.get("protection")) for kind, said in told.items()} == EXPECTED


def test_the_web_server_of_each_kind_answers(secure: RealCluster, running: DataNodes) -> None:
    answers = dict(zip(KINDS, probed(secure, *map(running.web_target, KINDS)), strict=True))
    told = {kind: lines(answer) for kind, answer in answers.items()}

    assert {kind: (answer["works"], told[kind]["it is"]) for kind, answer in answers.items()} == dict.fromkeys(
        KINDS, (True, "DataNode")
    )


def test_the_web_server_of_a_cluster_with_kerberos_wants_a_ticket(secure: RealCluster, simple: RealCluster) -> None:
    (wants,) = probed(secure, f"datanode-web://{CORE_NODE}:{PORTS['datanode-http']}")
    (none,) = probed(simple, f"datanode-web://{CORE_NODE}:{PORTS['datanode-http']}")

    assert (wants["works"], lines(wants)["demands"]) == (True, "Kerberos (SPNEGO)")
    assert (none["works"], lines(none)["it is"]) == (True, "DataNode")


def test_without_sasl_one_line_of_its_log_tells_of_the_question(secure: RealCluster, running: DataNodes) -> None:
    before = len(running.log())
    probed(secure, running.target("plain"))

    connections = written(running, before, "REQUEST_SHORT_CIRCUIT_SHM")
    assert connections
    for (line,) in connections:
        assert "] INFO clienttrace: cliID: emr-diagnose," in line
        assert line.endswith("success: false")


def test_with_sasl_two_lines_of_its_log_tell_of_the_question(secure: RealCluster, running: DataNodes) -> None:
    """It is asked twice: as if it had no SASL, and then with SASL."""
    before = len(running.log())
    probed(secure, running.target("integrity"))

    for level, word in (
        ("INFO", "Failed to read expected SASL data transfer"),
        ("ERROR", "DataXceiver error"),
    ):
        connections = written(running, before, word)
        assert connections
        for (line,) in connections:
            assert f"] {level} DataNode: " in line


def test_a_process_that_does_not_run_is_silent(secure: RealCluster, running: DataNodes) -> None:
    with running.jvm.frozen():
        answers = probed(secure, *map(running.target, ("plain", "integrity")))

    assert [(answer["works"], answer["observation"]["state"]) for answer in answers] == [(False, "open")] * 2
    assert all("never sends a byte" in lines(answer)["instead"] for answer in answers)


def looked(cluster: RealCluster, directory: Path, *, kerberos: bool) -> Diagnosis:
    case = write_case(client_files(kerberos=kerberos), directory, kerberos=kerberos)
    done = cluster.run("check", str(case), "--from", NETWORK, "--format", "json")
    return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)


def of_datanode(found: Diagnosis) -> tuple[str, list[tuple[str, str]]]:
    """Return the verdict of its flow, and the errors about it with how sure they are."""
    (verdict,) = (flow["verdict"] for flow in found.report["flows"] if flow["id"] == FLOW)
    errors = [finding for finding in found.report["findings"] if finding["severity"] == "error"]
    assert all(FLOW in finding["flows"] for finding in errors), errors
    return verdict, [(finding["code"], finding["confidence"]) for finding in errors]


@pytest.mark.parametrize("kerberos", [False, True], ids=["simple", "Kerberos"])
def test_a_datanode_that_answers_works(
    simple: RealCluster, secure: RealCluster, kerberos: bool, tmp_path: Path
) -> None:
    found = looked(secure if kerberos else simple, tmp_path / "case", kerberos=kerberos)

    assert of_datanode(found) == ("reachable", [])


def test_a_way_that_loses_all_after_the_handshake_is_no_way_that_works(simple: RealCluster, tmp_path: Path) -> None:
    simple.nodes.filter(CUT)
    try:
        found = looked(simple, tmp_path / "case", kerberos=False)
    finally:
        simple.nodes.filter("")

    assert of_datanode(found) == ("blocked", [("SVC-HANG", "inferred")])
    assert found.exit_code == 3
    assert "after the handshake are lost on the way" in found.report["findings"][0]["detail"]


def test_a_way_that_loses_large_packets_to_the_datanode_is_told(simple: RealCluster, tmp_path: Path) -> None:
    # A segment of many sizes would else pass a cable as one packet.
    batch(simple.client.name, ["link set dev eth0 gso_max_segs 1"])
    simple.nodes.filter(LARGE_IN)
    try:
        found = looked(simple, tmp_path / "case", kerberos=False)
    finally:
        simple.nodes.filter("")
        batch(simple.client.name, ["link set dev eth0 gso_max_segs 65535"])

    assert [finding["code"] for finding in found.report["findings"] if finding["severity"] != "info"] == ["NET-MTU-TCP"]
    assert FLOW in found.report["findings"][0]["flows"]


def test_large_packets_from_the_datanode_are_not_seen_and_small_ones_work(simple: RealCluster, tmp_path: Path) -> None:
    """No answer to a client without a login is large, so nothing shows what becomes of them."""
    simple.nodes.filter(LARGE_OUT)
    try:
        found = looked(simple, tmp_path / "case", kerberos=False)
    finally:
        simple.nodes.filter("")

    assert of_datanode(found) == ("reachable", [])


def test_a_datanode_whose_process_does_not_run_hangs(simple: RealCluster, tmp_path: Path) -> None:
    with simple.second.frozen():
        found = looked(simple, tmp_path / "case", kerberos=False)

    (verdict,) = (flow["verdict"] for flow in found.report["flows"] if flow["id"] == FLOW)
    (finding,) = (each for each in found.report["findings"] if FLOW in each["flows"])
    assert (verdict, finding["code"], finding["confidence"]) == ("blocked", "SVC-HANG", "strong")
