"""What one probe saw of one endpoint from one vantage.

The words are those of nmap: a state says how we saw the endpoint, not what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from probes.frozen import frozen

State = Literal["open", "closed", "filtered", "open|filtered", "unresolved", "not-probed"]

Reason = Literal[
    "syn-ack",  # TCP handshake completed
    "kerberos-reply",  # a Kerberos message answered ours
    "udp-reply",  # some other datagram answered ours
    "service-reply",  # a reply in the protocol of the asked service: DNS, Hadoop RPC, Thrift, HTTP …
    "rst",  # TCP reset, sent by the host or by a device on the path
    "conn-refused",  # refused, seen by a host that cannot tell a TCP reset from ICMP, or who sent it
    "no-response",  # no reply within the whole timeout
    "port-unreachable",  # ICMP 3/3, ICMPv6 1/4
    "host-unreachable",  # ICMP 3/1, ICMPv6 1/3, or no answer to ARP
    "host-prohibited",  # ICMP 3/10
    "net-unreachable",  # ICMP 3/0
    "net-prohibited",  # ICMP 3/9
    "admin-prohibited",  # ICMP 3/13, ICMPv6 1/1
    "proto-unreachable",  # ICMP 3/2
    "policy-failed",  # ICMPv6 1/5
    "reject-route",  # ICMPv6 1/6
    "ttl-exceeded",  # ICMP 11/0, ICMPv6 3/0: a routing loop, or the hop limit was set low on purpose
    "icmp-other",  # another ICMP error; `detail` has type and code, or errno if the host sees no ICMP
    "no-route",  # this host has no route, so nothing was sent
    "local-prohibited",  # this host's own firewall or policy refused to send
    "name-not-found",  # the resolver answered that the name does not exist
    "resolver-failed",  # the resolver did not answer, or reported a temporary failure
    "cancelled",  # the deadline passed or an interrupt came before the probe was done
    "no-vantage",  # no vantage can send from the required source
    "contradicted",  # two records of an earlier run differ, so neither counts
    "no-descriptor",  # this process may not open another socket
    "bug",  # a fault of this tool; `detail` has the error
]


@frozen
class Observation:
    """What one probe saw of one endpoint."""

    vantage: str
    """Name of the place from which the probe was sent."""
    state: State
    """How we saw the endpoint, in nmap's words."""
    reason: Reason
    """Event that gave the state."""
    offender: str | None = None
    """Address that sent the ICMP error. None if no ICMP error came."""
    rtt_ms: float | None = None
    """Time from the request to the first reply, milliseconds. None if no reply came."""
    attempts: int = 0
    """Packets or handshakes sent."""
    source: str | None = None
    """Our own address on the wire. None if it is not known."""
    address: str | None = None
    """Numeric address that was probed. None if there was none."""
    detail: Mapping[str, object] = field(default_factory=dict)
    """The decoded reply, plain JSON values only."""

    def word(self, key: str) -> str | None:
        """Return a text of `detail`. None if there is none: a file of an earlier run may hold any
        value."""
        value = self.detail.get(key)
        return value if isinstance(value, str) else None
