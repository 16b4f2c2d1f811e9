"""How many attempts does one network path need before its silence counts, and how far apart?

It is learnt from the answers of the path itself. One long timeout is slow on a good path, and wrong
on a bad one, because the kernel retransmits a lost SYN only after a second. Several attempts close
together are better at both, once the round trip and the loss of the path are known.

Until a path has given enough answers, it is asked at fixed moments over the whole patience, and
nothing is concluded early.
"""

from __future__ import annotations

import math

from probes.frozen import mutable

OFFSETS = (0.0, 0.3, 1.0, 2.0)
"""Seconds after the first attempt at which an unknown path is asked.

The kernel also retransmits each SYN after 1 s and 3 s.
"""

ENOUGH_ANSWERS = 100
"""Answers after which a path is known. With so many and none lost, at most 3 % of all attempts are
lost, 95 % sure (the rule of three)."""

LEAST_GAP, MOST_GAP = 0.01, 0.5
"""Seconds between two attempts on a known path: longer than a short burst of losses, and shorter
than the kernel's own second. A longer one is noticed, because the controls of the second look
(`probes.network.sweep.second_look`) are silent as well."""

LEAST_LISTENING = 0.1
"""Seconds for which an answer to the first attempt is waited for on a known path. One port may be
slower than the others of its address, because its packets are forwarded."""

LEAST_ATTEMPTS, MOST_ATTEMPTS = 3, 10

WRONG_ONES = 0.001
"""Expected number of endpoints of one sweep that are called silent though they would have
answered."""

_GAIN, _DEVIATION_GAIN, _DEVIATIONS = 1 / 8, 1 / 4, 4
"""alpha, beta and K of RFC 6298 section 2."""


@mutable
class Pace:
    """What is known of one path, and how it is asked therefore."""

    answers: int = 0
    """Endpoints that answered."""

    tried: int = 0
    """Attempts that they took."""

    lost: int = 0
    """Attempts of these that brought no answer."""

    rtt: float = 0.0
    """Smoothed round trip, seconds."""

    deviation: float = 0.0
    """Smoothed deviation of the round trip, seconds."""

    @property
    def is_known(self) -> bool:
        """True once there were enough answers."""
        return self.answers >= ENOUGH_ANSWERS

    def answered(self, seconds: float, attempts: int) -> None:
        """Count an endpoint that answered the last of so many attempts after so many seconds.

        The attempts before it count as lost.
        """
        if self.answers:
            self.deviation += _DEVIATION_GAIN * (abs(self.rtt - seconds) - self.deviation)
            self.rtt += _GAIN * (seconds - self.rtt)
        else:
            self.rtt, self.deviation = seconds, seconds / 2
        self.answers += 1
        self.tried += attempts
        self.lost += attempts - 1

    def timeout(self) -> float:
        """Return the seconds that an answer may take: the retransmission timeout of RFC 6298."""
        return max(self.rtt + _DEVIATIONS * self.deviation, LEAST_GAP) if self.is_known else MOST_GAP

    def gap(self) -> float:
        """Return the seconds between two attempts.

        The answer to the first may still be on its way.
        """
        return min(self.timeout(), MOST_GAP)

    def loss(self) -> float:
        """Return the largest share of attempts that is lost, 95 % sure: the upper limit of a
        Poisson count."""
        return min((self.lost + 3 + 2 * math.sqrt(self.lost)) / self.tried, 1.0) if self.tried else 1.0

    def attempts(self, endpoints: int) -> int:
        """Return how many attempts make silence by loss alone unlikely for all of so many
        endpoints.

        Losses count as independent. The gap between attempts makes that likely, and the second look
        at a sample tests it.
        """
        loss = self.loss()
        if loss >= 1.0:
            return MOST_ATTEMPTS
        needed = math.ceil(math.log(WRONG_ONES / max(endpoints, 1)) / math.log(loss))
        return min(max(needed, LEAST_ATTEMPTS), MOST_ATTEMPTS)
