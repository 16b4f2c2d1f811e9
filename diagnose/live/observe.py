"""What does one probe for each flow see, from where this process runs?"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from diagnose.flows.model import Flow
from probes.addresses import text
from probes.endpoint import Endpoint
from probes.frozen import frozen, replace
from probes.observation import Observation
from probes.questions import Question
from probes.questions.register import ask
from probes.vantage import HERE, Vantage

if TYPE_CHECKING:
    from probes.names.resolve import Resolution
    from probes.network.host import Host
    from probes.network.runner import Probe

RESOLVER_PATIENCE = 12.0
"""Seconds for one name. glibc gives each silent server five (RES_TIMEOUT) before it asks the next
one, and names three servers at most: the last of them still answers in time."""

Phase = Literal["names", "probes", "further", "login"]
"""What a live look does: look names up, probe every flow, ask what the answers raise, log in."""

Progress = Callable[[int, int], None]
"""Called with the number of flows that have ended, and the number of all flows."""


@frozen
class LiveSettings:
    """How the flows of a case are probed."""

    vantage: Vantage = HERE
    """Where the probes run."""

    deadline: float | None = None
    """Seconds for the whole look. None if there is no limit."""

    phase: Callable[[Phase], None] | None = None
    """Called when a phase begins. None if nobody waits."""

    watch: Callable[[Sequence[str]], None] | None = None
    """Called with the addresses of the flows before a packet is sent.

    None if nothing is captured.
    """


@frozen
class Observed:
    """What the first look at all flows saw."""

    by_flow: Mapping[str, tuple[Observation, ...]]
    """Observations by flow id."""

    interrupted: bool = False
    """True if Ctrl-C came."""

    errors: tuple[str, ...] = ()
    """Bugs of ours outside the probes."""


def observe(flows: Sequence[Flow], settings: LiveSettings, progress: Progress | None = None) -> Observed:
    """Resolve every host as the clients would, then ask all flows at once.

    A flow whose name does not resolve is not asked.
    """
    import asyncio  # only a live check pays for it

    from probes.network.runner import Job, run

    started = time.monotonic()
    if settings.phase is not None:
        settings.phase("names")
    flows = [flow for flow in flows if not flow.during_jobs]
    try:
        names, senders = asyncio.run(_looked_up(flows, settings))
    except KeyboardInterrupt:
        cancelled = Observation(settings.vantage.name, "not-probed", "cancelled")
        return Observed({flow.id: (cancelled,) for flow in flows}, interrupted=True)
    jobs, by_flow, several = [], {}, {}
    for flow in flows:
        name = names[flow.endpoint.host]
        if name.reason is not None:
            by_flow[flow.id] = (replace(name.observation(settings.vantage), source=senders[flow.id]),)
            continue
        endpoint = replace(flow.endpoint, address=_preferred(name.addresses))
        if len(name.addresses) > 1:
            several[flow.id] = name.addresses
        question = question_of(flow, endpoint)
        # The runner makes bare handshakes by itself, thousands at once.
        probe = None if question.kind == "tcp" else _probe(question)
        jobs.append(Job(flow.id, endpoint, settings.vantage, probe))
    if settings.watch is not None:
        settings.watch([job.endpoint.address for job in jobs if job.endpoint.address is not None])
    if settings.phase is not None:
        settings.phase("probes")
    ended = run(
        jobs,
        deadline=None if settings.deadline is None else max(0.0, settings.deadline - (time.monotonic() - started)),
        on_progress=None if progress is None else lambda key, seen, done, total: progress(done, total),
        # A diagnosis depends on silence. Seconds saved are not worth one stalled host that counts
        # as dead.
        hurry=False,
    )
    by_flow |= {key: (_with_addresses(seen, several.get(key)),) for key, seen in ended.observations.items()}
    return Observed(by_flow, ended.interrupted, ended.errors)


def question_of(flow: Flow, endpoint: Endpoint) -> Question:
    """Return what the flow is asked at this endpoint: an AS-REQ if it is a KDC's, else a
    handshake."""
    if flow.area != "kerberos":
        return Question("tcp", endpoint)
    return Question("kerberos", endpoint, {"realm": flow.realm or ""})


def _probe(question: Question) -> Probe:
    return lambda _, vantage: ask(question, vantage)


async def _looked_up(
    flows: Sequence[Flow], settings: LiveSettings
) -> tuple[Mapping[str, Resolution], Mapping[str, str | None]]:
    """Return what each host resolves to. For flows whose host does not, by id, also the address
    that the vantage would have sent from."""
    from probes.names.resolve import resolve_all
    from probes.network.this_host import host_of

    vantage, patience = settings.vantage, min(RESOLVER_PATIENCE, settings.deadline or RESOLVER_PATIENCE)
    host = host_of(vantage)
    names = await resolve_all((flow.endpoint.host for flow in flows), timeout=patience, by=host)
    senders: dict[str, str | None] = {}
    for flow in flows:
        if names[flow.endpoint.host].reason is not None:
            target = flow.endpoint.address or (text(flow.sources[0][0]) if flow.sources else None)
            own = vantage.source_address
            senders[flow.id] = own if own is not None or target is None else await _sender(host, target)
    return names, senders


async def _sender(host: Host, target: str) -> str | None:
    """Return the address that a host sends from. None if it has no route, or cannot tell."""
    from probes.network.host import HostGoneError

    try:
        return (await host.sender(target))[0]
    except HostGoneError:
        return None


def _preferred(addresses: Sequence[str]) -> str:
    """Return the address that Java dials: the first IPv4 one, else the first."""
    return next((address for address in addresses if ":" not in address), addresses[0])


def _with_addresses(seen: Observation, addresses: Sequence[str] | None) -> Observation:
    """Return the observation with all addresses of its name, if there are several."""
    return seen if addresses is None else replace(seen, detail={**seen.detail, "addresses": list(addresses)})
