"""How does another host make many handshakes?

It makes the attempts of each endpoint by itself, at the moments of an unknown path. Silence counts
after the whole patience, and a few silent endpoints beside a rejected one are asked again, as
`probes.network.sweep` does for this host.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import replace

from probes.endpoint import Endpoint
from probes.network import sockets, tcp
from probes.network.host import Host, Sending
from probes.network.pacing import OFFSETS
from probes.network.sweep.second_look import further
from probes.network.sweep.sweep import Record
from probes.network.sweep.swept_endpoint import MOST_AT_ONE, Path, SweptEndpoint, network
from probes.observation import Observation
from probes.vantage import Vantage


async def sweep_from(
    host: Host, targets: Mapping[str, Endpoint], record: Record, vantage: Vantage, in_flight: int
) -> None:
    """Record each endpoint once, by its key, as `Sweep` does.

    targets: endpoints with a numeric address. in_flight: endpoints that are asked at once.
    """
    import asyncio

    paths: dict[str, Path] = {}
    slots = asyncio.Semaphore(max(1, min(in_flight, MOST_AT_ONE, host.most_sockets // len(OFFSETS))))

    async def ask(swept: SweptEndpoint, moments: tuple[float, ...]) -> None:
        async with slots:
            seen = await _asked(host, swept.endpoint, vantage, moments)
        if seen.reason == "no-response":
            swept.before, swept.source = swept.before + seen.attempts, seen.source
            swept.path.silent.append(swept)
            return
        if seen.offender is not None:
            swept.path.refusals[seen.reason, seen.offender] += 1
        record(swept.key, replace(seen, attempts=swept.before + seen.attempts))

    async with asyncio.TaskGroup() as group:
        for key, endpoint in targets.items():
            family, bare, _ = _numeric(endpoint)
            path = paths.setdefault(network(family, bare), Path())
            group.create_task(ask(SweptEndpoint(key, endpoint, path, family, (bare, endpoint.port)), OFFSETS))
    for endpoints, _, spacing in further(paths.values(), hurry=False):
        for swept in endpoints:
            swept.path.silent.remove(swept)
        async with asyncio.TaskGroup() as group:
            for swept in endpoints:
                group.create_task(ask(swept, OFFSETS[:1]))
                await asyncio.sleep(spacing)
    for path in paths.values():
        for swept in path.silent:
            record(swept.key, swept.silence(vantage))


async def _asked(host: Host, endpoint: Endpoint, vantage: Vantage, moments: tuple[float, ...]) -> Observation:
    moments = tuple(moment for moment in moments if moment < vantage.patience)
    sending = Sending(vantage.patience, vantage.source_address, moments=moments)
    try:
        came = await host.connect(endpoint.address or endpoint.host, endpoint.port, sending, keep=False)
        return tcp.observed(came, endpoint, vantage)
    except Exception as error:  # noqa: BLE001 - a bug of ours is the result of this endpoint
        detail = {"error": f"{type(error).__name__}: {error}"}
        return Observation(vantage.name, "not-probed", "bug", address=endpoint.address, detail=detail)


def _numeric(endpoint: Endpoint) -> tuple[socket.AddressFamily, str, int]:
    """Return family, bare address and scope. The scope is an interface of the other host, so it is
    not looked up."""
    return sockets.numeric((endpoint.address or endpoint.host).partition("%")[0])
