"""What does a client meet at its KDCs, and what does its user see?

A state is what one transport to one KDC does with a well-formed request. Nothing here opens a
socket. The states come from observations, or from what the configuration permits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Final, Literal

from probes.files.krb5conf.jdk import RETRIES, TIMEOUT_MS, UDP_LIMIT, Limits
from probes.frozen import frozen
from probes.language import tr

State = Literal[
    "answers",
    "answers-too-big",
    "answers-short",
    "refused",
    "silent",
    "prohibited",
    "unreachable",
    "net-unreachable",
    "no-route",
    "not-permitted",
    "unresolved",
    "resolver-dead",
    "open-but-silent",
    "closes",
    "resets",
    "not-kerberos",
    "unusable",
    "unknown",
]
"""What one transport to one KDC does.

- answers-too-big: UDP. A short reply arrives. For a ticket, KRB_ERR_RESPONSE_TOO_BIG (52) arrives.
- answers-short: UDP. A short reply arrives. A ticket is lost, and nothing arrives in its place.
- refused: TCP reset, or ICMP port unreachable.
- silent: neither an answer nor an error.
- prohibited: ICMP administratively prohibited or host prohibited.
- unreachable: ICMP host unreachable.
- net-unreachable: ICMP net unreachable.
- no-route: the client's own host has no route. Nothing is sent.
- not-permitted: the client's own host refuses to send the datagram.
- unresolved: the name does not exist.
- resolver-dead: no name server answers for the name.
- open-but-silent: TCP. The connection is made, and no byte comes back.
- closes: TCP. The connection is made, and closed without an answer.
- resets: TCP. The connection is made, and reset without an answer.
- not-kerberos: something else answers.
- unusable: this client cannot use the entry. It fails at once.
"""

Family = Literal["mit", "jdk", "gokrb5", "heimdal"]
Exchange = Literal["as", "tgs"]
Transport = Literal["udp", "tcp"]
Works = Literal["yes", "no", "unknown"]
Refusal = Literal["realm", "clock"]
"""Why a KDC that answers gives no ticket.

- realm: it does not serve the realm.
- clock: its clock is too far from the client's.
"""

FAMILIES: Final[tuple[Family, ...]] = ("mit", "jdk", "gokrb5", "heimdal")
EXCHANGES: Final[tuple[Exchange, ...]] = ("as", "tgs")

SIZES: Final[dict[Exchange, tuple[int, int]]] = {"as": (120, 500), "tgs": (500, 1400)}
"""Bytes of the smallest and the largest request, by exchange.

They were measured with principals of usual length and tickets of an MIT KDC. If a limit lies in
between, either transport may come first.
"""


class UnknownStateError(Exception):
    """The client reaches a KDC whose state is not known. Nothing after it can be predicted.

    Its text is the reason. "" if the KDC was not observed.
    """


@frozen
class KdcState:
    """One KDC in a client's list. A name with two addresses is two of these."""

    host: str
    """Host of the entry."""
    port: int
    """Port of the entry."""
    udp: State | None
    """State over UDP. None if the client does not use UDP for it."""
    tcp: State | None
    """State over TCP. None if the client does not use TCP for it."""
    tgs_udp: State | None = None
    """State over UDP for the TGS exchange, whose messages are larger. None if equal to `udp`."""
    tgs_tcp: State | None = None
    """State over TCP for the TGS exchange. None if equal to `tcp`."""
    refuses: Refusal | None = None
    """Why its answers carry no ticket. None if nothing is known against it."""
    udp_ms: float | None = 0.0
    """Time of an answer over UDP, milliseconds. None if it was not measured."""
    tcp_ms: float | None = 0.0
    """Time of an answer over TCP, milliseconds. None if it was not measured."""

    def state(self, transport: Transport, exchange: Exchange, *, short_reply: bool = False) -> State | None:
        """Return the state over one transport in one exchange.

        None if the client does not use it.

        `short_reply`: the expected reply is an error, like the first reply of a login.
        """
        own = self.udp if transport == "udp" else self.tcp
        later = self.tgs_udp if transport == "udp" else self.tgs_tcp
        state = later if exchange == "tgs" and later is not None else own
        if state == "answers-short":
            return "answers" if short_reply else "silent"
        return state

    @property
    def name(self) -> str:
        """Return host:port, as the JDK remembers a bad KDC."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def broken_name(self, exchange: Exchange) -> State | None:
        """Return the state that keeps a client from sending anything.

        None if it can send.

        It is `unresolved`, `resolver-dead` or `unusable`.
        """
        states = (self.state("udp", exchange), self.state("tcp", exchange))
        return next((state for state in states if state in ("unresolved", "resolver-dead", "unusable")), None)


@frozen
class ClientSettings:
    """Settings of the files, each as its client family reads it."""

    realm: str
    """Realm of the client."""
    mit_udp_limit: int = UDP_LIMIT
    """`udp_preference_limit` of libkrb5, bytes."""
    jdk: Limits = field(default_factory=lambda: Limits(TIMEOUT_MS, RETRIES, UDP_LIMIT))
    """Limits of the JDK, see `Limits`."""
    jdk_bad_policy: str = "tryLast"
    """`krb5.kdc.bad.policy` of java.security. Its default asks a KDC that failed last."""
    gokrb5_udp_limit: int = UDP_LIMIT
    """`udp_preference_limit` of gokrb5, bytes."""
    heimdal_timeout: int = 30
    """`kdc_timeout` of Heimdal, seconds."""
    resolver_seconds: float | None = None
    """Time of a lookup that no name server answers, seconds. None if unknown."""
    as_requests: Literal[1, 2] = 2
    """Requests of a login: 2 with pre-authentication, 1 without."""


@frozen
class Ending:
    """How one exchange ends."""

    works: Works
    """Whether the client gets its ticket."""
    seconds: float | None
    """Time of waiting, seconds, without the time of an answer itself. None if unknown."""
    message: str | None = None
    """Message of the client if it fails. None if it works or if the message is not known."""
    why: str = ""
    """Reason, one clause without a full stop."""


@frozen
class Prediction:
    """One entry of `clients[]` in the report."""

    family: Family
    """Family of clients."""
    exchange: Exchange
    """Login (AS) or service ticket (TGS)."""
    works: Works
    """Whether the client gets its ticket."""
    seconds: float | None
    """Waiting time from the first packet to the end, seconds.

    If the client picks KDCs at random, it is the longest. None if it depends on something unknown.
    """
    message: str | None
    """Message to the user if it fails, of MIT 1.20, OpenJDK 17, gokrb5 v8.4 and Heimdal 7.8.

    The wording of other releases is in data/clients.toml. None if it works or is not known.
    """
    why: str = ""
    """Reason in our words."""
    releases: str | None = None
    """Releases of Java for which it holds. None for another family, and if it holds for all."""


def unknown(why: str = "") -> Ending:
    """Return an ending that is not known. `why`: by default, because a KDC was not observed."""
    return Ending("unknown", None, None, why or tr("what one of the KDCs does was not observed"))


def prediction(family: Family, exchange: Exchange, ending: Ending, releases: str | None = None) -> Prediction:
    """Return the entry of the report for one ending. Seconds are rounded to milliseconds."""
    seconds = None if ending.seconds is None else round(ending.seconds, 3)
    return Prediction(family, exchange, ending.works, seconds, ending.message, ending.why, releases)


def merge_endings(first: Ending, other: Ending) -> Ending:
    """Return what is true of both endings, if either may happen."""
    if first == other:
        return first
    if first.works != other.works:
        return unknown(tr("it depends on the size of the request, which is near udp_preference_limit"))
    seconds = first.seconds if first.seconds == other.seconds else None
    return Ending(
        first.works, seconds, first.message if first.message == other.message else None, first.why or other.why
    )


def first_transports(limit: int, exchange: Exchange) -> Sequence[Transport]:
    """Return the transports that a request may try first, if more bytes than `limit` mean TCP.

    Both, if that depends on the size of the request.
    """
    smallest, largest = SIZES[exchange]
    if largest <= limit:
        return ("udp",)
    return ("tcp",) if smallest > limit else ("udp", "tcp")


def add_seconds(seconds: float | None, more: float | None) -> float | None:
    """Return the sum. None if a part is unknown."""
    return None if seconds is None or more is None else seconds + more
