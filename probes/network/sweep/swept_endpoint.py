"""What is known of one endpoint of a sweep, and of the path that endpoints of one network share?"""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import field

from probes.endpoint import Endpoint
from probes.frozen import mutable
from probes.network import sockets
from probes.network.pacing import Pace
from probes.observation import Observation
from probes.vantage import Vantage

MOST_AT_ONE = 500
"""Endpoints of one address that are asked at once, so that no host is flooded to save
milliseconds."""

MOST_BESIDE = 2
"""Kinds of ICMP errors of its neighbours that the detail of a silent endpoint has."""


@mutable
class Path:
    """The way to one network, whose endpoints share a pace."""

    pace: Pace = field(default_factory=Pace)
    """How its endpoints are asked."""

    silent: list[SweptEndpoint] = field(default_factory=list)
    """Endpoints that have not answered so far."""

    refusals: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    """ICMP errors by reason and offender."""

    ended: int = 0
    """Endpoints that have ended with an answer."""

    answered: dict[str, SweptEndpoint] = field(default_factory=dict)
    """Address -> its first endpoint that a SYN-ACK or RST ended."""

    alive: set[str] = field(default_factory=set)
    """Addresses of which a control answered in the present look."""

    doubted: set[str] = field(default_factory=set)
    """Addresses whose silence counts only after the whole patience. No control answered there, or
    one of the sample did."""


@mutable
class SweptEndpoint:
    """One endpoint and its attempts."""

    key: str
    """Unique in a sweep."""

    endpoint: Endpoint
    """Who is asked."""

    path: Path
    """The way that it shares with its network."""

    family: socket.AddressFamily
    """Family of its address."""

    address: sockets.Address
    """Its socket address."""

    sockets: list[tuple[socket.socket, float]] = field(default_factory=list)
    """Open attempts, each with the monotonic time at which it began."""

    began: float = 0.0
    """Monotonic time at which the present look at it began."""

    sent: int = 0
    """Attempts of the present look."""

    before: int = 0
    """Attempts of earlier looks, and retransmits of the kernel."""

    quota: int | None = None
    """Attempts after which silence counts. None if the pace of the path decides."""

    turn: int = 0
    """Number of its valid timer. Timers with another number are out of date."""

    hurried: bool = False
    """True if its silence counts before the patience is over."""

    source: str | None = None
    """Address that was sent from. None until it is known."""

    is_recorded: bool = False
    """True once it has ended with an answer."""

    is_control: bool = False
    """True if it has been recorded, and is asked again to see whether its address still answers."""

    @property
    def may_hurry(self) -> bool:
        """True if the pace of the path decides when its silence counts.

        The path is known, and its own address has answered: one address of a network may be slower
        than the others.
        """
        path, address = self.path, self.address[0]
        return path.pace.is_known and address in path.answered and address not in path.doubted

    def silence(self, vantage: Vantage) -> Observation:
        """Return the observation if nothing came back.

        Its detail has the ICMP errors of its neighbours.
        """
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
    """Return a key that addresses of one /24, or of one /64, share.

    They are likely to share a way.
    """
    length = 3 if family == socket.AF_INET else 8
    return f"{family}/{socket.inet_pton(family, address)[:length].hex()}"
