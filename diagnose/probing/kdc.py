"""The questions behind `probe` that are about handshakes and KDCs: each is told in a few lines. Those about services are in `service_questions`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING

from diagnose.probing.answers import Line
from diagnose.probing.target import Told
from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.principal import Principal
from probes.vantage import Vantage

if TYPE_CHECKING:
    from diagnose.probing.target import Target

SOCKETS_OF_A_KDC = 8
"""At once, while the sizes of its answers over UDP are measured."""


async def handshakes(
    endpoints: Mapping[int, Endpoint], vantage: Vantage, seen: Callable[[int, Observation], None], in_flight: int
) -> None:
    """One handshake with each of these, which have addresses; there may be thousands, of which so many are in flight. `seen` gets the key and what was seen as
    soon as it is known, so that nothing is lost where this is cancelled."""
    from probes.network.runner import Job, run_async

    jobs = [Job(str(key), endpoint, vantage) for key, endpoint in endpoints.items()]
    if jobs:
        await run_async(
            jobs,
            in_flight=in_flight,
            on_progress=lambda key, what, _done, _total: seen(int(key), what),
        )


async def kadmin(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """Does kadmind's port accept connections?"""
    from probes.kerberos.kdc import admin

    yield Told((await admin.kadmin(target.endpoint, vantage)).observation)


async def kpasswd(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """Does the port of kpasswd accept connections, and which realm does it tell?"""
    from probes.kerberos.kdc import admin

    told = await admin.kpasswd(target.endpoint, vantage)
    yield Told(told.observation, (Line("its realm", told.realm),) if told.realm else ())


async def kdc(target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """All that a KDC tells without a credential; no question that a ticket could answer."""
    from probes.kerberos.as_req import ask_tcp, ask_udp

    at = target.endpoint
    first = ask_udp if at.transport == "udp" else ask_tcp
    seen = await first(at, target.options["realm"], vantage)
    elsewhere = seen.detail.get("answered_from")
    lines = () if elsewhere is None else (Line("answered from", str(elsewhere)),)
    yield Told(seen, lines)
    if seen.reason == "kerberos-reply":
        async for line in _told(at, target.options, vantage):
            lines = (*lines, line)
            yield Told(seen, lines)


async def _told(at: Endpoint, options: Mapping[str, str], vantage: Vantage) -> AsyncIterator[Line]:
    from probes.kerberos.kdc.clock import skew
    from probes.kerberos.kdc.implementation import implementation
    from probes.kerberos.kdc.principal import client_state, service_known
    from probes.kerberos.kdc.realm import realm_served

    realm = options["realm"]
    served = await realm_served(at, realm, vantage)
    yield Line(f"serves {realm}", served.served, served.why)
    made = await implementation(at, realm, vantage)
    yield Line("implementation", made.name, made.why)
    clock = await skew(at, realm, vantage, exact=made.name == "heimdal")
    if clock.interval is not None:
        yield Line("clock, KDC minus here", f"{clock.interval.low:+.1f} to {clock.interval.high:+.1f} s")
    if at.transport == "udp":
        async for line in _sizes(at, realm, vantage):
            yield line
    if "principal" in options:
        who = Principal.parse(options["principal"], realm)
        state = await client_state(at, realm, who.parts, vantage)
        yield Line(f"principal {who}", state.state, state.why)
    if "service" in options:
        what = Principal.parse(options["service"], realm)
        known = await service_known(at, realm, what.parts, vantage)
        yield Line(f"service {what}", known.known, known.why)


async def _sizes(at: Endpoint, realm: str, vantage: Vantage) -> AsyncIterator[Line]:
    from probes.kerberos.kdc.udp_reply_size import udp_reply_cliff

    cliff = await udp_reply_cliff(at, realm, vantage)
    if cliff.lost is not None:
        yield Line("answers over UDP", f"arrive up to {cliff.arrived} bytes, are lost from {cliff.lost} bytes on")
    elif cliff.why:
        yield Line("answers over UDP", "sizes not known", cliff.why)
    else:
        limit = f", and the KDC refers to TCP from {cliff.refused} bytes on" if cliff.refused is not None else ""
        yield Line("answers over UDP", f"arrive up to {cliff.arrived} bytes{limit}")
