"""The questions behind `probe` that are about the way: which routers are on it, and what it carries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.probing.answers import Line
from diagnose.probing.target import Told
from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    from diagnose.probing.target import Target
    from probes.path.trace import Trace

SOCKETS = 33
"""At once: one for each number of hops, and one that may go all the way (`probes.path.trace.MOST_HOPS`)."""


async def path(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """Hop by hop. options["realm"]: ask a UDP endpoint as a KDC, so that the end of the way answers."""
    from probes.kerberos.as_req import as_req, fresh_nonce
    from probes.path.trace import trace

    at, realm = target.endpoint, target.options.get("realm")

    def payload(_attempt: int) -> bytes:
        return b"" if realm is None else as_req(realm, nonce=fresh_nonce())

    found = await trace(at, vantage, payload=payload)
    told = Told(_ended(at, vantage, found, known=at.transport == "tcp" or realm is not None), tuple(_hops(found)))
    yield told
    if realm is not None and at.transport == "udp" and found.reached:
        yield replace(told, lines=(*told.lines, await _carries(at, realm, vantage)))


def _ended(at: Endpoint, vantage: Vantage, found: Trace, *, known: bool) -> Observation:
    """known: the endpoint answers what it was asked, if it is there, so that silence counts."""
    if found.answer is not None:
        return found.answer
    if found.loop:
        return Observation(vantage.name, "filtered", "ttl-exceeded", address=at.address)
    return Observation(vantage.name, "filtered" if known else "open|filtered", "no-response", address=at.address)


def _hops(found: Trace) -> list[Line]:
    took = {hop.ttl: f"{hop.address}, {hop.rtt_ms or 0:.1f} ms" for hop in found.hops}
    furthest = max(took, default=0) if found.distance is None else found.distance - 1
    lines = [Line(f"hop {ttl}", took.get(ttl, "no answer")) for ttl in range(1, furthest + 1)]
    if found.loop:
        return [*lines, Line("a loop", " and ".join(found.loop), "they answer again and again")]
    if found.reached:
        return lines
    why = "what stops the packets is there or behind it" if found.last else "that is common and says nothing"
    return [*lines, Line("last router that answered", found.last or "none", why)]


async def _carries(at: Endpoint, realm: str, vantage: Vantage) -> Line:
    from probes.path.mtu import kdc_request, path_mtu

    found = await path_mtu(at, kdc_request(realm), vantage)
    if found.told is not None:
        return Line("largest packet", f"{found.told} bytes", f"says {found.told_by or 'a router'}")
    if found.black_hole:
        return Line("largest packet", f"{found.passes} bytes", f"{found.lost} are lost and no router says so")
    if found.why:
        return Line("largest packet", "not known", found.why)
    return Line("largest packet", f"{found.passes} bytes or more", "as large as this host's link carries")
