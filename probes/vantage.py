"""Where does a probe run, from which address does it send, and how long does it wait?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from probes.frozen import frozen, replace

if TYPE_CHECKING:
    from probes.network.host import Host

PATIENCE = 3.5
"""Seconds.

Linux retransmits a SYN after 1 s and 3 s (from 6.5 on after 1, 2 and 3 s). A shorter patience loses
answers on a path with 5 % loss. UDP waits as long, so that all flows of a run end together.
"""


@frozen
class Vantage:
    """The place that probes are sent from, and their time budget. Every probe takes one."""

    name: str = "local"
    """Name of the place in observations and reports."""

    source_address: str | None = None
    """Numeric address of this host to send from, or the name of an interface to send through.
    None if the system shall choose."""

    patience: float = PATIENCE
    """Seconds that a peer may stay silent.

    Each probe says how many such periods it takes at most.
    """

    host: Host | None = None
    """Host that sends. None for the one that runs this program."""

    clock_offset: float = 0.0
    """Clock of that host minus the clock of the one that runs this program, seconds."""

    def now(self) -> datetime:
        """Return the time by the clock of the host that sends, aware."""
        return datetime.now(UTC) + timedelta(seconds=self.clock_offset)

    def with_patience(self, seconds: float) -> Vantage:
        """Return the same vantage with another patience."""
        return replace(self, patience=seconds)


HERE = Vantage()
"""This host, with the address that the system chooses and the usual patience."""
