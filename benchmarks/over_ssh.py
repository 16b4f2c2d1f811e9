"""How much longer do handshakes from another host take, over one SSH session, than on that host?

The same endpoints are asked by a process on the host and by one in a namespace from which only SSH
leads to the host, in turns. The login is counted by itself. The state of every endpoint is known.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import startup
from benchmarks.handshakes import SECONDS_TO_ANSWER
from benchmarks.net import Net, net
from benchmarks.process import PROJECT
from tests.lab.over_ssh import RG_NAME, desk

ENDPOINTS = 600
AIM = 1.3

WAYS = ("check", "probe")
"""`check` waits for each silent endpoint. `probe` does not, once it knows the path."""


@dataclass(frozen=True, slots=True)
class Way:
    """The handshakes as one command makes them."""

    name: str
    """The command."""
    here: float
    """Seconds on the host, median of the turns."""
    there: float
    """Seconds over SSH, median of the turns."""
    right: float
    """Share of the endpoints that were judged right over SSH, 0 to 1, in the worst turn."""

    @property
    def ratio(self) -> float:
        """How many times the time on the host it takes over SSH."""
        return self.there / self.here


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured."""

    endpoints: int
    """How many were asked."""
    login: float
    """Seconds until the host is ready to send, median of the turns."""
    ways: tuple[Way, ...]
    """One for each of WAYS."""


def available() -> bool:
    """Return True if sshd and nft are installed and this process may make namespaces."""
    return os.geteuid() == 0 and shutil.which("sshd") is not None and shutil.which("nft") is not None


def measure(endpoints: int = ENDPOINTS, turns: int = 3) -> Measured:
    """Ask so many endpoints in turns. LabError if no namespace can be made."""
    startup.compile_ours()
    with net(endpoints) as network, tempfile.TemporaryDirectory() as directory:
        network.lose(0)
        file = Path(directory) / "endpoints"
        file.write_text("".join(f"{address} {port}\n" for address, port in network.truth), encoding="ascii")
        program = (sys.executable, "-m", "benchmarks.sweep", str(file))
        with desk(network.client, Path(directory) / "desk") as place:
            far = (*program, str(place.config), RG_NAME)
            rounds = [(_ask(network.client.argv(*program)), _ask(place.host.argv(*far))) for _ in range(turns)]
    ways = tuple(_way(name, network, rounds) for name in WAYS)
    return Measured(endpoints, median(there["login"] for _, there in rounds), ways)


def _ask(command: Sequence[str]) -> Any:
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, timeout=SECONDS_TO_ANSWER, check=True)
    return json.loads(done.stdout)


def _way(name: str, network: Net, rounds: Sequence[tuple[Any, Any]]) -> Way:
    there = [far[name] for _, far in rounds]
    right = min(
        sum(each["states"][f"{address} {port}"] == kind for (address, port), kind in network.truth.items())
        for each in there
    )
    return Way(
        name,
        median(near[name]["seconds"] for near, _ in rounds),
        median(each["seconds"] for each in there),
        right / len(network.truth),
    )
