"""How fast, and how truly, are thousands of TCP endpoints told to be open, closed or dropped? `emr-diagnose probe` beside nmap, over the same router.

Whole processes by the wall clock, in turns; processor time and memory are the kernel's own account of each process (wait4(2)). What every endpoint is, is known, so an
answer is right or wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from xml.etree import ElementTree as ET

from benchmarks.net import DROPPED, Net, net

PROJECT = Path(__file__).resolve().parent.parent

SIZES = (200, 600, 2000, 10_000)
LOSSES = (0, 1, 5)
"""Percent of packets, each way."""

PATIENT_AT_MOST = 2000
"""Endpoints up to which nmap is also asked to be sure: with two retries it takes the better part of a minute for 2,000 of them at 5 % loss."""

SECONDS_TO_ANSWER = 300.0

Answers = Mapping[tuple[str, int], str]
"""(address, port) -> open, closed or filtered."""


@dataclass(frozen=True, slots=True)
class Tool:
    """name: what its row is called; argv: without the endpoints."""

    name: str
    argv: tuple[str, ...]


OURS = Tool("emr-diagnose probe", (sys.executable, "-m", "diagnose", "probe", "--format", "json", "--targets"))
QUICK = Tool("nmap --max-retries 0", ("nmap", "-sT", "-Pn", "-n", "--max-retries", "0"))
PATIENT = Tool("nmap --max-retries 2", ("nmap", "-sT", "-Pn", "-n", "--max-retries", "2"))


@dataclass(frozen=True, slots=True)
class Run:
    """wall, cpu: seconds; memory: MiB at most; answering, silent: share of endpoints judged right, of those that answer and of those that are dropped."""

    wall: float
    cpu: float
    memory: float
    answering: float
    silent: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One row: the medians of all turns, and the worst accuracy of any; one turn of `PATIENT`."""

    tool: Tool
    endpoints: int
    loss: int
    run: Run


class NoAnswer(Exception):  # noqa: N818 - it says what happened
    """A prober ended without saying anything of the endpoints."""


def available() -> bool:
    """Is there an nmap to compare with, and may namespaces be made?"""
    return os.geteuid() == 0 and shutil.which("nmap") is not None and shutil.which("nft") is not None


def measure(sizes: Sequence[int] = SIZES, losses: Sequence[int] = LOSSES, turns: int = 3) -> Iterator[Measured]:
    """Rows in the order in which they are measured. LabError where no namespace can be made."""
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
    """One process, from its start to its end. NoAnswer if it says nothing."""
    addresses = sorted({address for address, _ in network.truth})
    ports = sorted({port for _, port in network.truth})
    with tempfile.TemporaryDirectory() as directory:
        targets = Path(directory) / "targets"
        targets.write_text("".join(f"tcp://{address}:{port}\n" for address, port in network.truth))
        command = [*tool.argv, str(targets)]
        if tool is not OURS:
            command = [*tool.argv, "-p", ",".join(map(str, ports)), "-oX", "-", *addresses]
        with (Path(directory) / "out").open("w+b") as out, (Path(directory) / "err").open("w+b") as err:
            started = time.monotonic()
            process = subprocess.Popen(network.client.argv(*command), stdout=out, stderr=err, cwd=PROJECT)
            late = threading.Timer(SECONDS_TO_ANSWER, process.kill)
            late.start()
            _, _, used = os.wait4(process.pid, 0)
            wall = time.monotonic() - started
            late.cancel()
            process.returncode = 0  # it was waited for, and not by subprocess
            out.seek(0)
            err.seek(0)
            content, said = out.read(), err.read()
    answers = of_ours(content) if tool is OURS else of_nmap(content, ports)
    if not answers:
        raise NoAnswer(f"{tool.name}: {said.decode(errors='replace')[-500:]}")
    answering, silent = accuracy(network.truth, answers)
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, answering, silent)


def of_ours(content: bytes) -> Answers:
    """The report of `probe --format json`."""
    return {(each["host"], each["port"]): each["observation"]["state"] for each in json.loads(content or b"[]")}


def of_nmap(content: bytes, ports: Sequence[int]) -> Answers:
    """nmap's XML. A state that many ports of a host share is only counted there: they are those that are not listed, if no other state is told so."""
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
    """Share judged right: of the endpoints that answer, and of those that are dropped. What was not told is wrong."""
    right = {True: 0, False: 0}
    for endpoint, kind in truth.items():
        right[kind == DROPPED] += answers.get(endpoint) == kind
    silent = sum(kind == DROPPED for kind in truth.values())
    return right[False] / (len(truth) - silent), right[True] / silent


def _summary(runs: Sequence[Run]) -> Run:
    return Run(
        median(each.wall for each in runs),
        median(each.cpu for each in runs),
        max(each.memory for each in runs),
        min(each.answering for each in runs),
        min(each.silent for each in runs),
    )
