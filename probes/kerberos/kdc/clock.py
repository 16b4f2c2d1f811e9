"""How far is the clock of this KDC from ours?

Every KRB-ERROR carries the time of the KDC (RFC 4120 5.9.1, stime and susec). What can be concluded is an interval of (KDC clock - our clock):

* The KDC read its clock after our first byte left and before its answer was here. That bounds the difference by the round trip.
* MIT tells its microseconds truly for the first answer of a second only; each further answer of that second has one microsecond more than the one before. So
  its clock showed stime.susec or anything up to the end of that second. Several questions spread over a second narrow the interval, as each answer cuts off
  another part of it; their intersection is what all of them allow.
* Heimdal's time is exact. Who answers is not known from one answer, so an exact reading is for a caller who knows (see `probes.kerberos.kdc.implementation`).

The difference is of clocks, never of time zones: Kerberos time is UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from probes.endpoint import Endpoint
from probes.kerberos.kdc.ask import Answer, ask
from probes.observation import Observation
from probes.vantage import Vantage

SAMPLES = 4
SPREAD = 0.27
"""Seconds between samples: four of them see every quarter of a second, whatever the phase of the KDC's clock."""

ALLOWED = 300.0
"""Default `clockskew` of MIT, Heimdal, the JDK and Active Directory, seconds."""


@dataclass(frozen=True, slots=True)
class SkewInterval:
    """KDC clock minus ours lies in low..high, seconds; exact: the KDC's microseconds were taken at their word, so the width is a round trip."""

    low: float
    high: float
    exact: bool

    def beyond(self, allowed: float = ALLOWED) -> bool | None:
        """Are the clocks further apart than `allowed`? None where the interval has both answers in it."""
        if self.low > allowed or self.high < -allowed:
            return True
        return False if -allowed <= self.low and self.high <= allowed else None


@dataclass(frozen=True, slots=True)
class Skew:
    """interval: None without an answer that has a time; samples: answers used; jumped: no one difference explains all samples, so a clock was set meanwhile
    or several KDCs with different clocks answer at this address, and the interval covers all of them; observation: the last."""

    interval: SkewInterval | None
    samples: int
    jumped: bool
    observation: Observation


async def skew(
    endpoint: Endpoint,
    realm: str,
    vantage: Vantage,
    *,
    samples: int = SAMPLES,
    exact: bool = False,
) -> Skew:
    """`samples` questions for K/M@realm, `SPREAD` seconds apart, until one stays unanswered; exact: this KDC is known to tell its microseconds truly."""
    import asyncio  # see probes.tcp

    intervals: list[SkewInterval] = []
    for left in range(samples - 1, -1, -1):
        answer = await ask(endpoint, realm, vantage)
        interval = offset(answer, exact=exact)
        if interval is None:
            break
        intervals.append(interval)
        if left:
            await asyncio.sleep(SPREAD)
    together, jumped = intersect(intervals)
    return Skew(together, len(intervals), jumped, answer.observation)


def offset(answer: Answer, *, exact: bool = False) -> SkewInterval | None:
    """What one answer allows; None if it carries no time."""
    if answer.error is None:
        return None
    earliest = latest = answer.error.server_time
    if not exact:
        latest = earliest.replace(microsecond=0) + timedelta(seconds=1)
    low, high = (earliest - answer.received).total_seconds(), (latest - answer.sent).total_seconds()
    # Our own clock may be set between question and answer, which would turn the interval around.
    return SkewInterval(min(low, high), max(low, high), exact)


def intersect(intervals: list[SkewInterval]) -> tuple[SkewInterval | None, bool]:
    """The differences that all intervals allow, or, where there is none, all that any allows, and True."""
    if not intervals:
        return None, False
    low, high = max(i.low for i in intervals), min(i.high for i in intervals)
    jumped = low > high
    if jumped:
        low, high = min(i.low for i in intervals), max(i.high for i in intervals)
    return SkewInterval(low, high, all(i.exact for i in intervals)), jumped
