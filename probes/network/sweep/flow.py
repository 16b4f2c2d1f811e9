"""One endpoint of a sweep, and the path that endpoints of one network share."""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import dataclass, field

from probes.endpoint import Endpoint
from probes.network import sockets
from probes.network.pacing import Pace
from probes.observation import Observation
from probes.vantage import Vantage

MOST_AT_ONE = 500
"""Endpoints of one address that are asked at once, so that no host is flooded for the sake of a few milliseconds."""

MOST_BESIDE = 2
"""Kinds of ICMP errors that a silent endpoint tells of its neighbours."""


@dataclass(slots=True, eq=False)
class Path:
    """Endpoints of one network share a pace. refusals: ICMP errors by reason and offender; told: how many of them have ended."""

    pace: Pace = field(default_factory=Pace)
    silent: list[Flow] = field(default_factory=list)
    refusals: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    told: int = 0


@dataclass(slots=True, eq=False)
class Flow:
    """One endpoint. began: of the present look at it; sent: attempts of this look; before: those of earlier ones, and what the kernel sent again;
    quota: attempts after which silence counts, None where the pace of the path says it; turn: the timer that is not out of date;
    hurried: its silence counts before the patience is over."""

    key: str
    endpoint: Endpoint
    path: Path
    family: socket.AddressFamily
    address: sockets.Address
    sockets: list[tuple[socket.socket, float]] = field(default_factory=list)
    began: float = 0.0
    sent: int = 0
    before: int = 0
    quota: int | None = None
    turn: int = 0
    hurried: bool = False
    source: str | None = None

    def silence(self, vantage: Vantage) -> Observation:
        """What is said of it when nothing came back; detail has the ICMP errors that others on its path met."""
        beside = [
            {"reason": reason, "offender": offender, "endpoints": number}
            for (reason, offender), number in self.path.refusals.most_common(MOST_BESIDE)
        ]
        return Observation(
            vantage.name,
            "filtered",
            "no-response",
            attempts=self.before + self.sent,
            source=self.source,
            address=self.endpoint.address or self.endpoint.host,
            detail={"beside": beside} if beside else {},
        )


def network(family: socket.AddressFamily, address: str) -> str:
    """Addresses that are likely to share a way: of one /24, or of one /64."""
    length = 3 if family == socket.AF_INET else 8
    return f"{family}/{socket.inet_pton(family, address)[:length].hex()}"
