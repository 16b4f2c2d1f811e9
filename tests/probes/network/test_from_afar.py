"""What does a sweep make of the answers of another host? A host of these tests has answers of its
own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from probes.endpoint import Endpoint
from probes.network.host import Handshake, Schedule, Sending
from probes.network.pacing import ENOUGH_ANSWERS
from probes.network.sweep import sweep_from
from probes.network.this_host import ThisHost
from probes.observation import Observation
from probes.vantage import Vantage

ADDRESS = "192.0.2.1"
OPEN, SILENT = 80, 81
HANG = 30.0
SILENCE, ANSWER = Handshake(TimeoutError(), 0.0), Handshake(None, 1.0)


@dataclass
class ListeningHost(ThisHost):
    """Answers for OPEN. For SILENT it is quiet, and then does what the test says."""

    quiet_after: Callable[[Schedule], Sequence[int]]
    """Schedule of the path -> attempts of which it tells that they were quiet."""
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it follows a schedule."""
    asked_again: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once SILENT is in a second look."""
    end: Handshake = SILENCE
    """What comes of the first look at SILENT, when the second one has begun."""
    schedule: Schedule | None = None

    def hurry(self, groups: Sequence[str], schedule: Schedule) -> None:
        self.schedule = schedule
        self.told.set()

    async def connect(
        self, address: str, port: int, sending: Sending, *, keep: bool, quiet: Callable[[int], None] | None = None
    ) -> Handshake:
        if port == OPEN:
            return ANSWER
        if sending.group is None:
            self.asked_again.set()
            return SILENCE
        await self.told.wait()
        assert self.schedule is not None
        assert quiet is not None
        for sent in self.quiet_after(self.schedule):
            quiet(sent)
        await self.asked_again.wait()
        return self.end


def swept(host: ListeningHost, seconds: float = HANG) -> dict[str, Observation]:
    """Return what a sweep of one silent endpoint sees beside enough that answer.

    seconds: after which it is cut short.
    """
    found: dict[str, Observation] = {}
    ports = [SILENT, *[OPEN] * ENOUGH_ANSWERS]
    targets = {f"{number}": Endpoint("there", port, "tcp", ADDRESS) for number, port in enumerate(ports)}

    async def scene() -> None:
        async with asyncio.timeout(seconds):
            await sweep_from(host, targets, found.__setitem__, Vantage(host=host), 1000, hurry=True)

    with contextlib.suppress(TimeoutError):
        asyncio.run(scene())
    return found


def test_a_silent_endpoint_is_asked_again_while_the_host_still_listens_to_it() -> None:
    seen = swept(ListeningHost(lambda schedule: [schedule.attempts]))["0"]
    assert (seen.state, seen.reason) == ("filtered", "no-response")


def test_an_answer_counts_that_comes_after_the_host_was_quiet() -> None:
    host = ListeningHost(lambda schedule: [schedule.attempts], end=ANSWER)
    assert swept(host)["0"].state == "open"


def test_quiet_after_fewer_attempts_than_the_path_needs_is_no_silence() -> None:
    host = ListeningHost(lambda schedule: [schedule.attempts - 1])
    assert "0" not in swept(host, seconds=1.0)
    assert not host.asked_again.is_set()
