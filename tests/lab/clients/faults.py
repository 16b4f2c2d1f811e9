"""Which faults stand between a client and its KDCs? Each one a krb5.conf and what is done to the
network, nothing about what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from diagnose.clients import KdcState
from tests.lab.netns import CLUSTER

KDC: Final = CLUSTER["kdc"]
CLOSED: Final = CLUSTER["core-1"]
"""A host that serves nothing: both transports are refused."""

NOBODY: Final = "192.168.20.99"
"""An address that the router swallows: both transports are silent."""

NAME: Final = "kdc-that-is-not.example"
QUICK: Final[Mapping[str, object]] = {"kdc_timeout": 1000, "max_retries": 2}
"""Else every silence costs a JVM a minute and a half."""

DEAD_RESOLVER_SECONDS: Final = 1.0
"""As the lab's resolv.conf says: one attempt, one second."""

UDP_DROP: Final = "udp dport 88 drop"
TCP_DROP: Final = "tcp dport 88 drop"
AFTER_THE_HANDSHAKE: Final = "tcp dport 88 ct original packets > 2 drop"
LARGE_DATAGRAMS: Final = "udp dport 88 udp length > 500 drop"
"""A TGS-REQ, which carries a ticket, and no AS-REQ."""

TINY: Final = 500
"""Bytes: a KRB-ERROR fits, no ticket does."""


@dataclass(frozen=True)
class Fault:
    """kdcs, settings: of krb5.conf; router, own: nft rules that forward, and that the client's own
    host sends by; udp, tcp: what the KDC listens on; http, closing, echo: what is there instead
    of a KDC, two kinds of TCP server and one of UDP; dns: who answers for names; told: the
    states, where a probe without credentials cannot see them, else what the product sees is the
    basis.
    """

    name: str
    kdcs: tuple[str, ...] = (KDC,)
    settings: Mapping[str, object] = field(default_factory=dict)
    router: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    udp: bool = True
    tcp: bool = True
    http: bool = False
    closing: bool = False
    echo: bool = False
    route: bool = True
    dns: str = "refuses"
    largest_reply: int | None = None
    told: tuple[KdcState, ...] = ()

    def __str__(self) -> str:
        return self.name


def _reject(transport: str, kind: str) -> tuple[str, ...]:
    return (f"{transport} dport 88 reject with icmp type {kind}",)


FAULTS: Final = (
    Fault("no fault"),
    Fault("UDP dropped", router=(UDP_DROP,)),
    Fault("UDP dropped, limit 0", router=(UDP_DROP,), settings={"udp_preference_limit": 0}),
    Fault("UDP dropped, limit 1", router=(UDP_DROP,), settings={"udp_preference_limit": 1}),
    Fault("UDP dropped, limit 1465", router=(UDP_DROP,), settings={"udp_preference_limit": 1465}),
    Fault("UDP dropped, kdc_timeout of 30 ms", router=(UDP_DROP,), settings={"kdc_timeout": 30, "max_retries": 3}),
    Fault("UDP dropped, kdc_timeout of 1 s", router=(UDP_DROP,), settings={"kdc_timeout": "1s", "max_retries": 1}),
    Fault("UDP not served", udp=False),
    Fault("UDP host-prohibited", router=_reject("udp", "host-prohibited")),
    Fault("UDP admin-prohibited", router=_reject("udp", "admin-prohibited")),
    Fault("UDP host-unreachable", router=_reject("udp", "host-unreachable")),
    Fault("UDP net-unreachable", router=_reject("udp", "net-unreachable")),
    Fault("UDP not permitted by the own host", own=(UDP_DROP,)),
    Fault("TCP dropped", router=(TCP_DROP,)),
    Fault("TCP dropped, limit 1", router=(TCP_DROP,), settings={"udp_preference_limit": 1}),
    Fault("TCP not served, limit 1", tcp=False, settings={"udp_preference_limit": 1}),
    Fault(
        "TCP host-prohibited, limit 1", router=_reject("tcp", "host-prohibited"), settings={"udp_preference_limit": 1}
    ),
    Fault(
        "TCP net-unreachable, limit 1", router=_reject("tcp", "net-unreachable"), settings={"udp_preference_limit": 1}
    ),
    Fault("both dropped", router=(UDP_DROP, TCP_DROP)),
    Fault("KDC stopped", udp=False, tcp=False),
    Fault("no route", route=False, told=(KdcState(KDC, 88, "no-route", "no-route"),)),
    Fault("first of two KDCs silent", kdcs=(NOBODY, KDC)),
    Fault("first of two KDCs closed", kdcs=(CLOSED, KDC)),
    Fault("first of two KDCs of unknown name", kdcs=(NAME, KDC), dns="knows nothing"),
    Fault("name of unknown KDC", kdcs=(NAME,), dns="knows nothing"),
    Fault("name of unknown KDC, limit 1", kdcs=(NAME,), dns="knows nothing", settings={"udp_preference_limit": 1}),
    Fault(
        "resolver dead",
        kdcs=(NAME,),
        dns="is silent",
        told=(KdcState(NAME, 88, "resolver-dead", "resolver-dead"),),
    ),
    Fault(
        "TCP connects and is silent, limit 1",
        router=(UDP_DROP, AFTER_THE_HANDSHAKE),
        settings={"udp_preference_limit": 1},
    ),
    Fault("HTTP on port 88, limit 1", udp=False, tcp=False, http=True, settings={"udp_preference_limit": 1}),
    Fault(
        "closed at the first byte, limit 1", udp=False, tcp=False, closing=True, settings={"udp_preference_limit": 1}
    ),
    Fault("an echo on UDP", udp=False, tcp=False, echo=True),
    Fault("replies too big for UDP", largest_reply=TINY, told=(KdcState(KDC, 88, "answers-too-big", "answers"),)),
    Fault(
        "replies too big for UDP, TCP dropped",
        largest_reply=TINY,
        router=(TCP_DROP,),
        told=(KdcState(KDC, 88, "answers-too-big", "silent"),),
    ),
    Fault(
        "large datagrams dropped",
        router=(LARGE_DATAGRAMS,),
        told=(KdcState(KDC, 88, "answers", "answers", tgs_udp="silent"),),
    ),
)
