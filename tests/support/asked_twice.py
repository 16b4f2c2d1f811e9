"""The same question, asked here and from another host."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from probes.endpoint import Endpoint
from probes.network.host import Host
from probes.observation import Observation
from probes.questions import Kind, Option, Question
from probes.questions.register import ask
from probes.vantage import Vantage
from tests.support.patience import SOON

PATIENCE = SOON


def both(far: Host, kind: Kind, endpoint: Endpoint, **options: Option) -> tuple[Observation, Observation]:
    """Ask the same here and there. Times and attempts are left out."""

    async def ask_both() -> tuple[Observation, Observation]:
        here = await ask(Question(kind, endpoint, options), Vantage(patience=PATIENCE))
        there = await ask(Question(kind, endpoint, options), Vantage(patience=PATIENCE, host=far))
        return here, there

    here, there = asyncio.run(ask_both())
    return plain(here), plain(there)


def plain(seen: Observation) -> Observation:
    moments = {"server_time", "clock_offset_s", "clock_s"}
    detail = {key: value for key, value in seen.detail.items() if key not in moments}
    return replace(seen, rtt_ms=None if seen.rtt_ms is None else 0.0, attempts=0, detail=detail)
