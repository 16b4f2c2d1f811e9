"""How fast and how correctly does a sweep tell open, closed and dropped TCP endpoints apart?

`emr-diagnose probe` and nmap ask the same endpoints over the same router, as whole processes
that take turns. Processor time and memory are what the kernel counts for the process itself. The
state of every endpoint is known, so an answer is right or wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from xml.etree import ElementTree as ET

from benchmarks import startup
from benchmarks.net import DROPPED, Net, net
from benchmarks.process import spawn

SIZES = (200, 600, 2000, 10_000)

AIM = 1.0
"""Times that nmap without retries takes on a network without loss, at most."""

LOSSES = (0, 1, 5)
"""Percent of packets that are lost each way."""

PATIENT_AT_MOST = 2000
"""Endpoints up to which nmap runs with two retries too. For 2,000 of them at 5 % loss it takes a
minute.
"""

SECONDS_TO_ANSWER = 300.0

Answers = Mapping[tuple[str, int], str]
"""(address, port) -> open, closed or filtered."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A prober."""

    name: str
    """Label of its row."""
    argv: tuple[str, ...]
    """Command without the endpoints."""


OURS = Tool("emr-diagnose probe", (sys.executable, "-m", "diagnose", "probe", "--format", "json", "--targets"))
QUICK = Tool("nmap --max-retries 0", ("nmap", "-sT", "-Pn", "-n", "--max-retries", "0"))
PATIENT = Tool("nmap --max-retries 2", ("nmap", "-sT", "-Pn", "-n", "--max-retries", "2"))


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took, and how many of its answers were right."""

    wall: float
    """Seconds from start to end."""
    processor: float
    """Seconds of processor time, user and system."""
    memory: float
    """Largest resident memory of the process, MiB."""
    answering: float
    """Share judged right of the endpoints that answer, 0 to 1."""
    silent: float
    """Share judged right of the endpoints that are dropped, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One row: the medians of all turns, and the worst accuracy of any. `PATIENT` has one turn."""

    tool: Tool
    endpoints: int
    loss: int
    """Percent of packets lost each way."""
    run: Run


class NoAnswer(Exception):  # noqa: N818 - it says what happened
    """A prober ended without an answer about any endpoint."""


def available() -> bool:
    """Return True if nmap and nft are installed and this process may make namespaces."""
    return os.geteuid() == 0 and shutil.which("nmap") is not None and shutil.which("nft") is not None


def measure(sizes: Sequence[int] = SIZES, losses: Sequence[int] = LOSSES, turns: int = 3) -> Iterator[Measured]:
    """Yield rows in the order of measurement. LabError if no namespace can be made."""
    startup.compile_ours()
    for size in sizes:
        with net(size) as network:
            for loss in losses:
                network.lose(loss)
                rounds = [{tool: run(network, tool) for tool in (OURS, QUICK)} for _ in range(turns)]
                for tool in (OURS, QUICK):
                    yield Measured(tool, size, loss, _summary([each[tool] for each in rounds]))
                if loss and size <= PATIENT_AT_MOST:
                    yield Measured(PATIENT, size, loss, run(network, PATIENT))


def run(network: Net, tool: Tool) -> Run:
    """Run one process to its end. NoAnswer if it reports no endpoint."""
    addresses = sorted({address for address, _ in network.truth})
    ports = sorted({port for _, port in network.truth})
    with tempfile.TemporaryDirectory() as directory:
        targets = Path(directory) / "targets"
        targets.write_text("".join(f"tcp://{address}:{port}\n" for address, port in network.truth))
        command = [*tool.argv, str(targets)]
        if tool is not OURS:
            command = [*tool.argv, "-p", ",".join(map(str, ports)), "-oX", "-", *addresses]
        with (Path(directory) / "out").open("w+b") as out, (Path(directory) / "err").open("w+b") as err:
            argv, report = network.client.argv(*command), Path(directory) / "used"
            used = spawn(argv, report, out, err, seconds=SECONDS_TO_ANSWER)
            out.seek(0)
            err.seek(0)
            content, said = out.read(), err.read()
    answers = of_ours(content) if tool is OURS else of_nmap(content, ports)
    if not answers:
        raise NoAnswer(f"{tool.name}: {said.decode(errors='replace')[-500:]}")
    answering, silent = accuracy(network.truth, answers)
    return Run(used.wall, used.processor, used.memory, answering, silent)


def of_ours(content: bytes) -> Answers:
    """Return the states in a report of `probe --format json`."""
    return {(each["host"], each["port"]): each["observation"]["state"] for each in json.loads(content or b"[]")}


def of_nmap(content: bytes, ports: Sequence[int]) -> Answers:
    """Return the states in nmap's XML.

    nmap lists no port whose state many ports of a host share: it only counts them. If it counts
    one state, every port that is not listed has it.
    """
    found: dict[tuple[str, int], str] = {}
    for host in ET.fromstring(content).iter("host") if content else ():
        address = next(each.get("addr", "") for each in host.iter("address"))
        for port in host.iter("port"):
            found[address, int(port.get("portid", "0"))] = next(each.get("state", "") for each in port.iter("state"))
        rest = [each.get("state", "") for each in host.iter("extraports")]
        if len(rest) == 1:
            found |= {(address, port): rest[0] for port in ports if (address, port) not in found}
    return found


def accuracy(truth: Answers, answers: Answers) -> tuple[float, float]:
    """Return the share judged right of the endpoints that answer, and of those that are dropped.

    An endpoint without an answer counts as wrong.
    """
    right = {True: 0, False: 0}
    for endpoint, kind in truth.items():
        right[kind == DROPPED] += answers.get(endpoint) == kind
    silent = sum(kind == DROPPED for kind in truth.values())
    return right[False] / (len(truth) - silent), right[True] / silent


def _summary(runs: Sequence[Run]) -> Run:
    return Run(
        median(each.wall for each in runs),
        median(each.processor for each in runs),
        max(each.memory for each in runs),
        min(each.answering for each in runs),
        min(each.silent for each in runs),
    )
