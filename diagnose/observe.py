"""Send one probe for each flow from where this process runs, and come back with what was seen. Everything else in `diagnose` is pure."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from diagnose.decisions import PROTOCOL
from diagnose.findings.kdc_answers import UNKNOWN_CLIENT
from diagnose.findings.model import Scene
from diagnose.findings.near import KDC_PORT, MOST_DELIBERATE_PORTS
from diagnose.flows.model import Flow
from diagnose.outcome import Outcome
from probes.addresses import text
from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.sockets import source_towards

RESOLVER_PATIENCE = 5.0
"""Seconds for one name: resolv.conf's own default for one name server."""

MOST_OTHER_PORTS = 8
"""Ports that a KDC is looked for on when it refuses the configured one."""

Progress = Callable[[int, int], None]
"""How many flows have been answered for, and how many there are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """patience, deadline in seconds; source: address of this host to send from, None for the system's choice; vantage: its name in the report."""

    patience: float = 3.5
    deadline: float | None = None
    source: str | None = None
    vantage: str = "local"


@dataclass(frozen=True, slots=True)
class Observed:
    """by_flow: what was seen, by flow id; interrupted: Ctrl-C came; errors: bugs of ours outside the probes."""

    by_flow: Mapping[str, tuple[Observation, ...]]
    interrupted: bool = False
    errors: tuple[str, ...] = ()


def observe(flows: Sequence[Flow], settings: Settings, progress: Progress | None = None) -> Observed:
    """Resolve every host as the clients would, then ask every flow at once; a flow whose name does not resolve is not sent to."""
    import asyncio  # noqa: PLC0415 - only a live check pays for it

    from probes.resolve import resolve_all  # noqa: PLC0415
    from probes.runner import Job, run  # noqa: PLC0415

    started = time.monotonic()
    patience = RESOLVER_PATIENCE if settings.deadline is None else min(RESOLVER_PATIENCE, settings.deadline)
    try:
        names = asyncio.run(resolve_all((flow.endpoint.host for flow in flows), timeout=patience))
    except KeyboardInterrupt:
        cancelled = Observation(settings.vantage, "not-probed", "cancelled")
        return Observed({flow.id: (cancelled,) for flow in flows}, interrupted=True)
    jobs, by_flow = [], {}
    for flow in flows:
        name = names[flow.endpoint.host]
        if name.reason is not None:
            by_flow[flow.id] = (replace(name.observation(settings.vantage), source=_sender(flow, settings)),)
            continue
        endpoint = replace(flow.endpoint, address=_preferred(name.addresses, flow.endpoint.address))
        jobs.append(Job(flow.id, endpoint, _probe(flow, settings), settings.vantage))
    ended = run(
        jobs,
        patience=settings.patience,
        deadline=None if settings.deadline is None else max(0.0, settings.deadline - (time.monotonic() - started)),
        on_progress=None if progress is None else lambda key, seen, done, total: progress(done, total),
    )
    by_flow |= {key: (seen,) for key, seen in ended.observations.items()}
    return Observed(by_flow, ended.interrupted, ended.errors)


def ask_further(scene: Scene, settings: Settings) -> dict[str, tuple[Observation, ...]]:
    """The questions that first answers raise, all at once: a KDC that refuses may listen on another port; one that answers over UDP may lose large
    answers; one that does not know K/M may serve another realm. Each result is a note beside the flow's own observation."""
    from probes.runner import Job, run  # noqa: PLC0415

    jobs = [
        Job(f"{outcome.flow.id} {name}", endpoint, probe, settings.vantage)
        for outcome in scene.outcomes
        if outcome.flow.area == "kerberos" and outcome.observed is not None
        for name, endpoint, probe in _questions(scene, outcome, settings)
    ]
    found: dict[str, tuple[Observation, ...]] = {}
    for key, seen in (
        run(jobs, patience=settings.patience, deadline=settings.deadline).observations.items() if jobs else ()
    ):
        flow_id = key.partition(" ")[0]
        if seen.state == "not-probed" and seen.detail:
            found[flow_id] = (*found.get(flow_id, ()), seen)
    return found


Probe = Callable[[Endpoint, float], Awaitable[Observation]]


def _questions(scene: Scene, outcome: Outcome, settings: Settings) -> Iterator[tuple[str, Endpoint, Probe]]:
    flow, seen = outcome.flow, outcome.observed
    if seen is None:
        return
    here = replace(flow.endpoint, address=seen.address or flow.endpoint.address)
    if seen.state == "closed":
        for port in _other_ports(scene, flow, outcome.attachment.groups or ()):
            yield f"port {port}", replace(here, port=port), _on_port(flow, port, settings)
    elif seen.reason == "kerberos-reply" and flow.endpoint.transport == "udp":
        yield "sizes", here, _sizes(flow, settings)
    elif seen.reason == "kerberos-reply" and seen.detail.get("error_code") == UNKNOWN_CLIENT:
        yield "realm", here, _own_realm(settings)


def _on_port(flow: Flow, port: int, settings: Settings) -> Probe:
    from probes.kerberos import ask_tcp, ask_udp  # noqa: PLC0415

    ask = _kerberos(ask_udp if flow.endpoint.transport == "udp" else ask_tcp, flow, settings)

    async def probe(endpoint: Endpoint, patience: float) -> Observation:
        seen = await ask(endpoint, patience)
        return _note(settings, seen, {"answers_on": port} if seen.reason == "kerberos-reply" else {})

    return probe


def _sizes(flow: Flow, settings: Settings) -> Probe:
    from probes.kdc.cliff import udp_reply_cliff  # noqa: PLC0415

    async def probe(endpoint: Endpoint, _: float) -> Observation:
        cliff = await udp_reply_cliff(endpoint, flow.realm or "", vantage=settings.vantage, source=settings.source)
        sizes = {"largest_reply": cliff.arrived, "lost_reply": cliff.lost, "refused_reply": cliff.refused}
        return _note(settings, cliff.observation, {name: size for name, size in sizes.items() if size is not None})

    return probe


def _own_realm(settings: Settings) -> Probe:
    from probes.kdc.realm import own_realm  # noqa: PLC0415

    async def probe(endpoint: Endpoint, patience: float) -> Observation:
        told = await own_realm(endpoint, vantage=settings.vantage, patience=patience, source=settings.source)
        return _note(settings, told.observation, {} if told.realm is None else {"own_realm": told.realm})

    return probe


def _note(settings: Settings, seen: Observation, detail: dict[str, object]) -> Observation:
    """What a further question taught, beside the observation that decides the flow."""
    return Observation(settings.vantage, "not-probed", seen.reason, attempts=seen.attempts, detail=detail)


def _other_ports(scene: Scene, flow: Flow, groups: Iterable[str]) -> list[int]:
    """88, and every port that a narrow accept rule of this transport opens on the host's groups."""
    protocol = PROTOCOL[flow.endpoint.transport]
    opened = {
        port
        for ident in groups
        for rule in scene.model.group(ident).rules
        if rule.accept and rule.direction == "ingress" and rule.protocol == protocol and isinstance(rule.ports, tuple)
        for low, high in rule.ports
        if high - low < MOST_DELIBERATE_PORTS
        for port in range(low, high + 1)
    }
    taken = {o.flow.endpoint.port for o in scene.outcomes if o.flow.area != "kerberos"} | {flow.endpoint.port}
    return sorted({KDC_PORT, *opened} - taken)[:MOST_OTHER_PORTS]


def _probe(flow: Flow, settings: Settings) -> Callable[[Endpoint, float], Awaitable[Observation]]:
    from probes.kerberos import ask_tcp, ask_udp  # noqa: PLC0415
    from probes.tcp import connect  # noqa: PLC0415

    if flow.area == "kerberos":
        return _kerberos(ask_udp if flow.endpoint.transport == "udp" else ask_tcp, flow, settings)

    async def tcp(endpoint: Endpoint, patience: float) -> Observation:
        return await connect(endpoint, vantage=settings.vantage, patience=patience, source=settings.source)

    return tcp


def _kerberos(
    ask: Callable[..., Awaitable[Observation]], flow: Flow, settings: Settings
) -> Callable[[Endpoint, float], Awaitable[Observation]]:
    async def probe(endpoint: Endpoint, patience: float) -> Observation:
        return await ask(
            endpoint, flow.realm or "", vantage=settings.vantage, patience=patience, source=settings.source
        )

    return probe


def _sender(flow: Flow, settings: Settings) -> str | None:
    """Where this host stands, as far as a flow that could not be sent to can tell: the address it would have sent from."""
    target = flow.endpoint.address or (text(flow.sources[0][0]) if flow.sources else None)
    return settings.source or (None if target is None else source_towards(target))


def _preferred(addresses: Sequence[str], known: str | None) -> str:
    """The address the case knows, if the name has it; else the first IPv4 one, which is what the JVM prefers."""
    if known is not None and known in addresses:
        return known
    return next((address for address in addresses if ":" not in address), addresses[0])
