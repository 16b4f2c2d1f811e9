"""Does this UDP port answer this request, and if not, what came instead?

| seen | state | reason |
|---|---|---|
| a datagram from the asked address and port | open | udp-reply |
| ICMP port-unreachable from the asked address | closed | port-unreachable |
| any other ICMP error, or one from another address | filtered | its word |
| ICMP port-unreachable, by a host that does not see who sent it | closed | conn-refused |
| another ICMP error, by such a host | filtered | icmp-other |
| silence | open|filtered | no-response |

Silence proves nothing in general: a healthy server drops what it does not understand. A caller
whose request must be answered may conclude more, see `probes.kerberos.as_req`.

The socket is bound but not connected. A connected socket loses the answer of a server with several
addresses that replies from the wrong one, as every client does that connects. Here such an answer
is not accepted either, but `detail["answered_from"]` then has "address port" of its sender.
"""

from __future__ import annotations

from collections.abc import Callable

from probes.endpoint import Endpoint
from probes.frozen import replace
from probes.network import sockets
from probes.network.host import Datagrams, Sending
from probes.network.this_host import host_of
from probes.observation import Observation
from probes.vantage import Vantage

RESEND = (0.0, 0.3, 1.0, 2.0)
"""Seconds after the start at which the request is sent, until a reply comes: the moments of
`probes.network.pacing` for an unknown path. At 5 % loss each way all four are lost once in ten
thousand."""

_LARGEST_SENT = 65507
"""Largest payload of one datagram over IPv4, bytes."""

Request = bytes | Callable[[int], bytes]
"""The datagram, or a function from the number of the attempt (0, 1, …) to it."""


async def exchange(
    endpoint: Endpoint,
    request: Request,
    vantage: Vantage,
    *,
    resend: tuple[float, ...] = RESEND,
    hops: int | None = None,
) -> tuple[Observation, bytes | None]:
    """Send the request at each moment of `resend` until a reply comes. Return the reply as well.

    The reply is None unless the state is open. An empty datagram is b"".
    endpoint.address is numeric; resend: seconds from the start; hops: see `sockets.open_socket`.
    """
    moments = tuple(moment for moment in resend if moment < vantage.patience)
    datagrams = [request if isinstance(request, bytes) else request(number) for number in range(len(moments))]
    for datagram in datagrams:
        if len(datagram) > _LARGEST_SENT:
            raise ValueError(f"a datagram of {len(datagram)} bytes")
    sending = Sending(vantage.patience, vantage.source_address, hops, moments=moments)
    came = await host_of(vantage).converse(endpoint.address or endpoint.host, endpoint.port, datagrams, sending)
    return observed(came, endpoint, vantage), came.answer


def observed(came: Datagrams, endpoint: Endpoint, vantage: Vantage) -> Observation:
    """Return what datagrams show of an endpoint."""
    address = endpoint.address or endpoint.host
    seen = Observation(
        vantage.name,
        "open|filtered",
        "no-response",
        rtt_ms=None if came.elapsed is None else round(came.elapsed, 3),
        attempts=came.sent,
        source=came.own,
        address=address,
        detail={} if came.other_sender is None else {"answered_from": came.other_sender},
    )
    if came.answer is not None:
        return replace(seen, state="open", reason="udp-reply", detail={})
    icmp = next((error for error in came.errors if not error.is_too_big), None)
    if icmp is not None:
        by_target = icmp.offender == sockets.numeric(address)[1] and icmp.reason == "port-unreachable"
        return replace(
            seen,
            state="closed" if by_target else "filtered",
            reason=icmp.reason,
            offender=icmp.offender,
            detail=icmp.detail(),
        )
    if came.failure is not None and came.is_blind and (word := sockets.blind_verdict(came.failure.errno)) is not None:
        state, reason = word
        return replace(seen, state=state, reason=reason, detail={"errno": sockets.errno_name(came.failure.errno)})
    if came.failure is not None:
        refused = sockets.local_failure(came.failure, endpoint, vantage)
        return replace(refused, source=came.own)
    return seen
