"""How far is the clock of this KDC from ours?

Every KRB-ERROR carries the time of the KDC (RFC 4120 5.9.1, stime and susec).
The result is an interval of (KDC clock - our clock):

* The KDC read its clock after our first byte left and before its answer came. So the round trip
  limits the difference.
* MIT sends true microseconds only in the first answer of a second; each further answer of that
  second has one microsecond more than the one before. So its clock showed stime.susec or any time
  up to the end of that second. Questions spread over a second narrow the interval, because each
  answer cuts off another part. The result is the intersection.
* Heimdal's time is exact. One answer does not show which KDC it is, so only a caller who knows it
  asks for an exact reading (see `probes.kerberos.kdc.implementation`).

The difference is between clocks, never between time zones: Kerberos time is UTC.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    from probes.kerberos.kdc.ask import KdcReply

SAMPLES = 4
SPREAD = 0.27
"""Seconds between samples. Four samples meet every quarter of a second of the KDC's clock."""

ALLOWED = 300.0
"""Default `clockskew` of MIT, Heimdal, the JDK and Active Directory, seconds."""


@frozen
class SkewInterval:
    """Interval in which (KDC clock - our clock) lies."""

    low: float
    """Lower end, seconds."""
    high: float
    """Upper end, seconds."""
    exact: bool
    """True if the KDC's microseconds were taken as true, so the width is a round trip."""

    def is_beyond(self, allowed: float = ALLOWED) -> bool | None:
        """Return True if the clocks are further apart than `allowed`.
        None if the interval does not decide it."""
        if self.low > allowed or self.high < -allowed:
            return True
        return False if -allowed <= self.low and self.high <= allowed else None


@frozen
class Skew:
    """Difference of the clocks, from several samples."""

    interval: SkewInterval | None
    """None without an answer that has a time."""
    samples: int
    """Answers that were used."""
    jumped: bool
    """True if no single difference explains all samples; the interval then covers all of them.
    A clock was set meanwhile, or KDCs with different clocks answer at this address."""
    observation: Observation
    """Observation of the last question."""


async def skew(
    endpoint: Endpoint,
    realm: str,
    vantage: Vantage,
    *,
    samples: int = SAMPLES,
    exact: bool = False,
) -> Skew:
    """Ask `samples` times for K/M@realm, `SPREAD` seconds apart, until a question gets no answer.
    `exact`: this KDC is known to send true microseconds."""
    import asyncio  # see probes.network.tcp

    from probes.kerberos.kdc.ask import ask  # checks of files need the limit above alone

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


def offset(answer: KdcReply, *, exact: bool = False) -> SkewInterval | None:
    """Return the interval that one answer allows, None if it carries no time."""
    if answer.error is None:
        return None
    moment = answer.error.server_time
    until = moment - answer.sent
    if not exact:  # added to a difference: year 9999 has no moment after its last one
        until = moment.replace(microsecond=0) - answer.sent + timedelta(seconds=1)
    low, high = (moment - answer.received).total_seconds(), until.total_seconds()
    # Our own clock may be set between question and answer, which would reverse the interval.
    return SkewInterval(min(low, high), max(low, high), exact)


def intersect(intervals: list[SkewInterval]) -> tuple[SkewInterval | None, bool]:
    """Return the differences that all intervals allow, and False.
    If there is none, return all that any interval allows, and True."""
    if not intervals:
        return None, False
    low, high = max(i.low for i in intervals), min(i.high for i in intervals)
    jumped = low > high
    if jumped:
        low, high = min(i.low for i in intervals), max(i.high for i in intervals)
    return SkewInterval(low, high, all(i.exact for i in intervals)), jumped
