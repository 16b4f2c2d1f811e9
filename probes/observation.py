"""What one probe saw of one endpoint from one vantage, in nmap's words: a state is how we saw it, not what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["open", "closed", "filtered", "open|filtered", "unresolved", "not-probed"]

Reason = Literal[
    "syn-ack",  # TCP handshake completed
    "kerberos-reply",  # a Kerberos message answered ours
    "udp-reply",  # some other datagram answered ours
    "service-reply",  # an answer that only the asked service gives: DNS, Hadoop RPC, Thrift, HTTP …
    "rst",  # TCP reset, by the host or by something that speaks for it
    "no-response",  # silence for the whole patience
    "port-unreachable",  # ICMP 3/3, ICMPv6 1/4
    "host-unreachable",  # ICMP 3/1, ICMPv6 1/3, or no answer to ARP
    "host-prohibited",  # ICMP 3/10
    "net-unreachable",  # ICMP 3/0
    "net-prohibited",  # ICMP 3/9
    "admin-prohibited",  # ICMP 3/13, ICMPv6 1/1
    "proto-unreachable",  # ICMP 3/2
    "policy-failed",  # ICMPv6 1/5
    "reject-route",  # ICMPv6 1/6
    "ttl-exceeded",  # ICMP 11/0, ICMPv6 3/0: the packet went round in a loop, or its hops were limited on purpose
    "icmp-other",  # another ICMP error; detail has type and code
    "no-route",  # this host has no route, nothing was sent
    "local-prohibited",  # this host's own firewall or policy refused to send
    "name-not-found",  # the resolver says the name does not exist
    "resolver-failed",  # the resolver did not answer, or failed for now
    "cancelled",  # deadline or interrupt came first
    "no-vantage",  # nothing can send from where it would have to be sent
    "no-descriptor",  # this process may not open another socket
    "bug",  # our own mistake; detail has the error
]


@dataclass(frozen=True, slots=True)
class Observation:
    """offender: address that sent the ICMP error; rtt_ms: request to first answer, milliseconds; attempts: packets or handshakes tried;
    source: our own address on the wire; detail: decoded reply, plain JSON values only."""

    vantage: str
    state: State
    reason: Reason
    offender: str | None = None
    rtt_ms: float | None = None
    attempts: int = 0
    source: str | None = None
    address: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
