"""What does a client find at its KDCs, and what does a person see of it?

A state is what one transport to one KDC does with a well-formed request. Nothing here opens a socket: the states come from observations, or from what
the configuration permits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from probes.files.krb5conf.jdk import RETRIES, TIMEOUT_MS, UDP_LIMIT, Limits

State = Literal[
    "answers",
    "answers-too-big",  # UDP: a short reply arrives, a ticket does not fit and KRB_ERR_RESPONSE_TOO_BIG (52) comes in its place
    "answers-short",  # UDP: a short reply arrives, a ticket is lost and nothing comes in its place
    "refused",  # reset, or ICMP port unreachable
    "silent",  # neither an answer nor an error
    "prohibited",  # ICMP administratively or host prohibited
    "unreachable",  # ICMP host unreachable
    "net-unreachable",  # ICMP net unreachable
    "no-route",  # the client's own host has no route, nothing is sent
    "not-permitted",  # the client's own host refuses to send the datagram
    "unresolved",  # the name does not exist
    "resolver-dead",  # nobody answers for the name
    "open-but-silent",  # TCP: connected, and not a byte comes back
    "closes",  # TCP: connected, and closed without an answer
    "resets",  # TCP: connected, and reset without an answer
    "not-kerberos",  # something else answers
    "unusable",  # the entry is none that this client can use; it fails at once
    "unknown",
]

Family = Literal["mit", "jdk", "gokrb5", "heimdal"]
Exchange = Literal["as", "tgs"]
Transport = Literal["udp", "tcp"]
Works = Literal["yes", "no", "unknown"]
Refusal = Literal["realm", "clock"]
"""Why a KDC that answers gives no ticket: it does not serve the realm; its clock is too far from the client's."""

FAMILIES: Final[tuple[Family, ...]] = ("mit", "jdk", "gokrb5", "heimdal")
EXCHANGES: Final[tuple[Exchange, ...]] = ("as", "tgs")

SIZES: Final[dict[Exchange, tuple[int, int]]] = {"as": (120, 500), "tgs": (500, 1400)}
"""Bytes of the smallest and the largest request that is met with principals of usual length and tickets of an MIT KDC. A limit in between says nothing
about which transport comes first."""


class UnknownStateError(Exception):
    """A client's way leads over a KDC of which nothing is known, so nothing after it can be foretold."""


@dataclass(frozen=True, slots=True)
class KdcState:
    """One KDC in a client's list. udp, tcp: None where the client does not use that transport for it; tgs_udp, tgs_tcp: where they differ for the TGS
    exchange, whose requests and replies are larger; refuses: what its answers say; udp_ms, tcp_ms: how long an answer takes. Nothing is split by
    address: a name with two addresses is two of these.
    """

    host: str
    port: int
    udp: State | None
    tcp: State | None
    tgs_udp: State | None = None
    tgs_tcp: State | None = None
    refuses: Refusal | None = None
    udp_ms: float = 0.0
    tcp_ms: float = 0.0

    def state(self, transport: Transport, exchange: Exchange, *, short_reply: bool = False) -> State | None:
        """short_reply: what is asked for is an error, as the first answer of a login is."""
        own = self.udp if transport == "udp" else self.tcp
        later = self.tgs_udp if transport == "udp" else self.tgs_tcp
        found = later if exchange == "tgs" and later is not None else own
        if found == "answers-short":
            return "answers" if short_reply else "silent"
        return found

    @property
    def name(self) -> str:
        """host:port, as the JDK remembers a bad one and a person reads it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def broken_name(self, exchange: Exchange) -> State | None:
        """`unresolved`, `resolver-dead` or `unusable`: what keeps a client from sending anything at all."""
        states = (self.state("udp", exchange), self.state("tcp", exchange))
        return next((state for state in states if state in ("unresolved", "resolver-dead", "unusable")), None)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the files say, each in the reading of its family.

    realm: of the client; mit_udp_limit, gokrb5_udp_limit: bytes; jdk: see `Limits`; jdk_bad_policy: `krb5.kdc.bad.policy` of java.security, whose
    default remembers a KDC that failed and asks it last; heimdal_timeout: its `kdc_timeout`, seconds; resolver_seconds: how long a lookup takes that nobody
    answers, None where unknown; as_requests: 2 with pre-authentication, 1 without.
    """

    realm: str
    mit_udp_limit: int = UDP_LIMIT
    jdk: Limits = field(default_factory=lambda: Limits(TIMEOUT_MS, RETRIES, UDP_LIMIT))
    jdk_bad_policy: str = "tryLast"
    gokrb5_udp_limit: int = UDP_LIMIT
    heimdal_timeout: int = 30
    resolver_seconds: float | None = None
    as_requests: Literal[1, 2] = 2


@dataclass(frozen=True, slots=True)
class Ending:
    """How one exchange ends. seconds: spent waiting, without the milliseconds of an answer; message: what the client says where it fails; why: one
    clause, without a full stop."""

    works: Works
    seconds: float | None
    message: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One line of `clients[]`. seconds: waiting time from the first packet to the end, the longest where the client picks KDCs at random, None where it
    depends on what is not known. message: the user's message where it fails, of MIT 1.20, OpenJDK 17, gokrb5 v8.4 and Heimdal 7.8; other releases'
    spellings are in data/clients.toml. why: our words.
    """

    family: Family
    exchange: Exchange
    works: Works
    seconds: float | None
    message: str | None
    why: str = ""


UNKNOWN: Final = Ending("unknown", None, None, "what one of the KDCs does was not observed")


def prediction(family: Family, exchange: Exchange, ending: Ending) -> Prediction:
    seconds = None if ending.seconds is None else round(ending.seconds, 3)
    return Prediction(family, exchange, ending.works, seconds, ending.message, ending.why)


def both(one: Ending, other: Ending) -> Ending:
    """What can be said where either may happen."""
    if one == other:
        return one
    if one.works != other.works:
        return Ending(
            "unknown", None, None, "it depends on the size of the request, which is near udp_preference_limit"
        )
    seconds = one.seconds if one.seconds == other.seconds else None
    return Ending(one.works, seconds, one.message if one.message == other.message else None, one.why)


def first_transports(limit: int, exchange: Exchange) -> Sequence[Transport]:
    """What a request goes by first where more bytes than `limit` mean TCP; both where that depends on its size."""
    smallest, largest = SIZES[exchange]
    if largest <= limit:
        return ("udp",)
    return ("tcp",) if smallest > limit else ("udp", "tcp")


def plus(seconds: float | None, more: float | None) -> float | None:
    """A sum that is unknown as soon as a part is."""
    return None if seconds is None or more is None else seconds + more
