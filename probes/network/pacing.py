"""How often, and how far apart, is one network path asked before its silence counts? Learnt from the answers of that path itself.

One long patience is slow where the path is good and still wrong where it is not: a SYN that is lost is sent again by the kernel after a second. Several attempts close
together are better at both, once it is known how fast the path answers and how much it loses. Until a path has given enough answers it is asked at fixed moments
over the whole patience, and nothing is concluded early.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

OFFSETS = (0.0, 0.3, 1.0, 2.0)
"""Seconds after the first attempt at which a path is asked that is not known yet. The kernel sends each SYN again after 1 s and 3 s besides."""

ENOUGH_ANSWERS = 100
"""With so many answers and none lost, at most 3 % of all attempts are lost, 95 % sure (the rule of three)."""

LEAST_GAP, MOST_GAP = 0.05, 0.5
"""Seconds between two attempts on a known path: not within one burst of losses, and not as long as the kernel's own second."""

LEAST_ATTEMPTS, MOST_ATTEMPTS = 3, 10

WRONG_ONES = 0.001
"""How many endpoints of one sweep may be expected to be called silent though they would have answered."""

_GAIN, _DEVIATION_GAIN, _DEVIATIONS = 1 / 8, 1 / 4, 4
"""alpha, beta and K of RFC 6298 section 2."""


@dataclass(slots=True)
class Pace:
    """One path. answers: endpoints that answered, tried: attempts they took, lost: those of them that nothing came back for; rtt, deviation: seconds."""

    answers: int = 0
    tried: int = 0
    lost: int = 0
    rtt: float = 0.0
    deviation: float = 0.0

    @property
    def known(self) -> bool:
        return self.answers >= ENOUGH_ANSWERS

    def answered(self, seconds: float, attempts: int) -> None:
        """One endpoint answered the last of so many attempts after so many seconds; those before it count as lost."""
        if self.answers:
            self.deviation += _DEVIATION_GAIN * (abs(self.rtt - seconds) - self.deviation)
            self.rtt += _GAIN * (seconds - self.rtt)
        else:
            self.rtt, self.deviation = seconds, seconds / 2
        self.answers += 1
        self.tried += attempts
        self.lost += attempts - 1

    def timeout(self) -> float:
        """Seconds that an answer may take: the retransmission timeout of RFC 6298."""
        return max(self.rtt + _DEVIATIONS * self.deviation, LEAST_GAP) if self.known else MOST_GAP

    def gap(self) -> float:
        """Seconds after which an attempt is followed by the next, whether its answer may still come or not."""
        return min(self.timeout(), MOST_GAP)

    def loss(self) -> float:
        """Share of attempts that are lost, at most, 95 % sure: the upper limit of a Poisson count."""
        return min((self.lost + 3 + 2 * math.sqrt(self.lost)) / self.tried, 1.0) if self.tried else 1.0

    def attempts(self, endpoints: int) -> int:
        """So many attempts that of so many endpoints none may be expected to be silent by loss alone. Losses count as independent, which a gap between
        attempts makes likely and the second look at a sample tests."""
        loss = self.loss()
        if loss >= 1.0:
            return MOST_ATTEMPTS
        needed = math.ceil(math.log(WRONG_ONES / max(endpoints, 1)) / math.log(loss))
        return min(max(needed, LEAST_ATTEMPTS), MOST_ATTEMPTS)
