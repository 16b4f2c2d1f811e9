"""What does a host do for a probe: which sockets does it open, and what does it report of them?

A probe decides; a host only carries. `probes.network.this_host` does it here, and
`probes.remote.host` on another host over SSH. Both report the same values, so that a probe comes to
the same conclusion wherever it was sent from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self, runtime_checkable

from probes.frozen import frozen
from probes.network.errqueue import IcmpError


class HostGoneError(OSError):
    """The host has ended, or cannot do this. The message says why. It has no errno."""


@frozen
class Schedule:
    """How handshakes are attempted whose network path is known."""

    gap: float
    """Seconds between two attempts."""
    attempts: int
    """Attempts after which silence counts."""
    wait: float
    """Seconds that the answer to the last of them may take."""
    listening: float = 0.0
    """Seconds after the first of them for which an answer still counts. If they are longer than all
    the others, the host tells when it is quiet."""


@frozen
class Sending:
    """How the packets of one probe leave a host."""

    patience: float
    """Seconds that the peer may stay silent."""
    source: str | None = None
    """Numeric address, or name of an interface, to send from. None if the system chooses."""
    hops: int | None = None
    """Number of the router at which the packets are dropped, 1-255. None for the default."""
    segment: int | None = None
    """Largest TCP segment, bytes, in both directions. None for what the interface carries."""
    moments: tuple[float, ...] = (0.0,)
    """Seconds after the start at which one more connection is begun, or a datagram is sent."""
    whole: bool = False
    """True if no datagram may be fragmented. An ICMP error "too big" then ends the conversation."""
    group: str | None = None
    """Name under which `HurryingHost.hurry` finds the handshake. None if it does not have to."""
    schedule: Schedule | None = None
    """How connections are begun instead of at the moments. The patience limits it. None for the
    moments. A `HurryingHost` alone obeys it."""


@frozen
class ConnectionFacts:
    """What the kernel knows of an open connection."""

    unacknowledged: int
    """Bytes in its send queue: without acknowledgement, or not sent yet."""
    segment: int
    """Size of its segments, bytes."""
    mtu: int | None
    """Path MTU that it uses, bytes. None if it has none."""


class OpenConnection(Protocol):
    """An open TCP connection. Leaving its `with` block closes it."""

    async def send(self, data: bytes) -> None:
        """Send all of it. OSError if the connection has ended."""

    async def receive(self, most: int) -> bytes:
        """Return the next bytes, b"" once the peer has ended. OSError if it ended in disorder."""

    async def facts(self) -> ConnectionFacts:
        """Return what the kernel knows of it now."""

    def reset_on_close(self) -> None:
        """Let the end be a reset, so that the kernel retransmits nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


@frozen
class Handshake:
    """What came of one attempt to connect."""

    failure: OSError | None
    """None if the handshake is complete. TimeoutError for silence."""
    elapsed: float
    """Milliseconds from its begin to its end."""
    own: str | None = None
    """Address that it was sent from. None if none was chosen."""
    info: bytes = b""
    """struct tcp_info of the kernel, see tcp(7). b"" if there is none."""
    icmp: IcmpError | None = None
    """First ICMP error that refused it. None if none came."""
    connection: OpenConnection | None = None
    """The open connection. None if it is not open, or was not kept."""
    sent: int = 1
    """Connections begun."""
    again: int = 0
    """SYNs that the kernel sent again for the others."""
    later: int = 0
    """Connections begun after the one that ended it."""
    is_blind: bool = False
    """True if an ICMP error may have caused the failure that the host does not see."""


@frozen
class Datagrams:
    """What came of datagrams to one endpoint."""

    answer: bytes | None
    """The first datagram from the asked address and port. None if none came."""
    sent: int
    """Datagrams sent."""
    elapsed: float | None = None
    """Milliseconds from the first to the end. None if nothing ended it before the patience."""
    own: str | None = None
    """Address that they were sent from. None if none was chosen."""
    errors: tuple[IcmpError, ...] = ()
    """ICMP errors, oldest first."""
    failure: OSError | None = None
    """Error of the sending host itself. None if there is none."""
    other_sender: str | None = None
    """"address port" of a datagram from elsewhere. None if none came."""
    is_blind: bool = False
    """True if an ICMP error caused the failure, which the host does not see."""


@frozen
class NameAnswer:
    """What the resolver of a host answers, forward or back."""

    answers: tuple[str, ...] = ()
    """Addresses in getaddrinfo's order, or the name of an address."""
    canonical: str | None = None
    """AI_CANONNAME. None without one."""
    number: int | None = None
    """Error of getaddrinfo (EAI_…), 0 for one of the system. None if there is none, or if the text
    can be no name."""
    error: str | None = None
    """Text of the error. None without one."""


class Host(Protocol):
    """A host that sends packets and knows names. OSError for what it cannot do."""

    @property
    def most_sockets(self) -> int:
        """Sockets that it may have open at once."""

    @property
    def lost(self) -> str | None:
        """Why it sends nothing any more, as a clause. None while it does."""

    async def connect(self, address: str, port: int, sending: Sending, *, keep: bool) -> Handshake:
        """Make a handshake with a numeric address. Close it at once unless it is to be kept."""

    async def converse(self, address: str, port: int, datagrams: Sequence[bytes], sending: Sending) -> Datagrams:
        """Send one datagram at each moment until an answer or an ICMP error comes."""

    async def addresses(self, name: str, timeout: float) -> NameAnswer:
        """Ask getaddrinfo. TimeoutError after `timeout` seconds."""

    async def name(self, address: str, timeout: float) -> NameAnswer:
        """Ask getnameinfo for the name of a numeric address. TimeoutError after `timeout`
        seconds."""

    async def content(self, path: str, most: int) -> bytes:
        """Return at most so many bytes of a file."""

    async def clock(self) -> float:
        """Return its time, seconds since 1970."""

    async def own_name(self) -> str:
        """Return its host name."""

    async def sender(self, address: str, source: str | None = None) -> tuple[str | None, int | None]:
        """Return the address that it would send from, and the MTU of its link, bytes. Nothing is
        sent. None if it has no route."""


@runtime_checkable
class HurryingHost(Host, Protocol):
    """A host that can end attempts before the patience is over."""

    async def connect(
        self, address: str, port: int, sending: Sending, *, keep: bool, quiet: Callable[[int], None] | None = None
    ) -> Handshake:
        """Make a handshake as every host does.

        quiet: called with the number of attempts once nothing has answered them, and the host makes
        no more of them but still listens.
        """

    def hurry(self, groups: Sequence[str], schedule: Schedule) -> None:
        """Let the unanswered handshakes of these groups follow a schedule from now on."""
