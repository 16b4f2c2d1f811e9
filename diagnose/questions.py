"""The questions behind `probe`: each target is resolved as its clients would, asked, and told in a few lines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import replace

from diagnose.report.probe import Asked, Line
from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.principal import Principal

Ask = Callable[[Endpoint], Awaitable[tuple[Observation, list[Line]]]]


async def tcp(target: str, endpoint: Endpoint, patience: float, source: str | None) -> Asked:
    """One handshake."""
    from probes.tcp import connect  # noqa: PLC0415

    async def ask(at: Endpoint) -> tuple[Observation, list[Line]]:
        return await connect(at, patience=patience, source=source), []

    return await _resolved(target, endpoint, patience, ask)


async def kadmin(target: str, endpoint: Endpoint, patience: float, source: str | None) -> Asked:
    """Does kadmind's port accept connections?"""
    from probes.kdc import admin  # noqa: PLC0415

    async def ask(at: Endpoint) -> tuple[Observation, list[Line]]:
        return (await admin.kadmin(at, patience=patience, source=source)).observation, []

    return await _resolved(target, endpoint, patience, ask)


async def kpasswd(target: str, endpoint: Endpoint, patience: float, source: str | None) -> Asked:
    """Does the port of kpasswd accept connections, and which realm does it tell?"""
    from probes.kdc import admin  # noqa: PLC0415

    async def ask(at: Endpoint) -> tuple[Observation, list[Line]]:
        told = await admin.kpasswd(at, patience=patience, source=source)
        return told.observation, [Line("its realm", told.realm)] if told.realm else []

    return await _resolved(target, endpoint, patience, ask)


async def kdc(
    target: str, endpoint: Endpoint, options: Mapping[str, str], patience: float, source: str | None
) -> Asked:
    """All that a KDC tells without a credential; no question that a ticket could answer."""
    from probes.kerberos import ask_tcp, ask_udp  # noqa: PLC0415

    async def ask(at: Endpoint) -> tuple[Observation, list[Line]]:
        first = ask_udp if at.transport == "udp" else ask_tcp
        seen = await first(at, options["realm"], patience=patience, source=source)
        if seen.reason != "kerberos-reply":
            return seen, [
                Line("answered from", str(seen.detail["answered_from"]))
            ] if "answered_from" in seen.detail else []
        return seen, [line async for line in _told(at, options, patience, source)]

    return await _resolved(target, endpoint, patience, ask)


async def dns(
    target: str, endpoint: Endpoint, options: Mapping[str, str], patience: float, source: str | None
) -> Asked:
    """What one name server says of one name. options: name, and type, A where there is none. ValueError for a type or a name that cannot be asked for.

    It works where there is a record: a server that answers and knows nothing of the name is no help to who asks."""
    from msgspec.structs import replace as changed  # noqa: PLC0415

    from probes.dns import RECORDS, probe  # noqa: PLC0415

    record = RECORDS.get(options.get("type", "A").upper())
    if record is None:
        raise ValueError(f"a type that is not one of {', '.join(RECORDS)}")

    async def ask(at: Endpoint) -> tuple[Observation, list[Line]]:
        seen = await probe(at, options["name"], record, patience=patience, source=source)
        return seen, list(_of_name(seen.detail.get("dns")))

    asked = await _resolved(target, endpoint, patience, ask)
    return changed(asked, works=any(line.what == record for line in asked.told)) if asked.works else asked


def _of_name(told: object) -> Iterator[Line]:
    if isinstance(told, dict):
        yield Line("says", str(told["said"]))
        yield from (Line("alias of", alias) for alias in told.get("aliases", ()))
        yield from (Line(str(told["type"]), record) for record in told.get("records", ()))


async def _told(at: Endpoint, options: Mapping[str, str], patience: float, source: str | None) -> AsyncIterator[Line]:
    from probes.kdc.clock import skew  # noqa: PLC0415
    from probes.kdc.implementation import implementation  # noqa: PLC0415
    from probes.kdc.principal import client_state, service_known  # noqa: PLC0415
    from probes.kdc.realm import realm_served  # noqa: PLC0415

    realm = options["realm"]
    served = await realm_served(at, realm, patience=patience, source=source)
    yield Line(f"serves {realm}", served.served, served.why)
    made = await implementation(at, realm, patience=patience, source=source)
    yield Line("implementation", made.name, made.why)
    clock = await skew(at, realm, exact=made.name == "heimdal", patience=patience, source=source)
    if clock.interval is not None:
        yield Line("clock, KDC minus here", f"{clock.interval.low:+.1f} to {clock.interval.high:+.1f} s")
    if at.transport == "udp":
        async for line in _sizes(at, realm, source):
            yield line
    if "principal" in options:
        who = Principal.parse(options["principal"], realm)
        state = await client_state(at, realm, who.parts, patience=patience, source=source)
        yield Line(f"principal {who}", state.state, state.why)
    if "service" in options:
        what = Principal.parse(options["service"], realm)
        known = await service_known(at, realm, what.parts, patience=patience, source=source)
        yield Line(f"service {what}", known.known, known.why)


async def _sizes(at: Endpoint, realm: str, source: str | None) -> AsyncIterator[Line]:
    from probes.kdc.cliff import udp_reply_cliff  # noqa: PLC0415

    cliff = await udp_reply_cliff(at, realm, source=source)
    if cliff.lost is not None:
        yield Line("answers over UDP", f"arrive up to {cliff.arrived} bytes, are lost from {cliff.lost} bytes on")
    elif cliff.why:
        yield Line("answers over UDP", "sizes not known", cliff.why)
    else:
        limit = f", and the KDC refers to TCP from {cliff.refused} bytes on" if cliff.refused is not None else ""
        yield Line("answers over UDP", f"arrive up to {cliff.arrived} bytes{limit}")


async def _resolved(target: str, endpoint: Endpoint, patience: float, ask: Ask) -> Asked:
    from probes.resolve import resolve  # noqa: PLC0415

    name = await resolve(endpoint.host, timeout=patience)
    if name.reason is not None:
        return Asked.of(target, endpoint, name.observation(), [])
    seen, lines = await ask(replace(endpoint, address=name.addresses[0]))
    return Asked.of(target, endpoint, seen, lines)
