"""Do the UDP replies of this KDC come from the address that was asked?

A KDC on a host with several addresses, behind a load balancer or a NAT may answer from another one. Clients with a connected socket, as the JDK's, never see such an
answer: their kernel drops it, and they report a timeout. `probes.network.udp` does not connect its socket, so it sees the answer and where it came from.
"""

from __future__ import annotations

from dataclasses import dataclass

from probes.endpoint import Endpoint
from probes.kerberos.kdc.alive import Known
from probes.kerberos.kdc.ask import ask
from probes.observation import Observation
from probes.vantage import Vantage


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """elsewhere: "yes" with the address and port that answered in their place; "no" if the right one answered; "unknown" if nobody did."""

    elsewhere: Known
    address: str | None
    port: int | None
    observation: Observation


async def answers_from_elsewhere(endpoint: Endpoint, realm: str, vantage: Vantage) -> Elsewhere:
    """One AS-REQ for K/M@realm. ValueError for a TCP endpoint, where it cannot happen."""
    if endpoint.transport != "udp":
        raise ValueError("only a datagram can be answered from elsewhere")
    answer = await ask(endpoint, realm, vantage)
    seen = answer.observation
    if seen.state == "open":
        return Elsewhere("no", None, None, seen)
    address, _, port = str(seen.detail.get("answered_from", "")).rpartition(" ")
    if not address:
        return Elsewhere("unknown", None, None, seen)
    return Elsewhere("yes", address, int(port), seen)
