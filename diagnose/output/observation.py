"""How is an observation written in a report?"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class ObservationFacts(Struct, frozen=True):
    """One observation, as the JSON report writes it."""

    vantage: str
    """Name of the place from which the probe was sent."""
    state: Literal["open", "closed", "filtered", "open|filtered", "unresolved", "not-probed"]
    """nmap's words, and two for what was not probed."""
    reason: str
    """Why the state was given. A word of `probes.observation`."""
    offender: str | None
    """Address that sent the ICMP error. None if no ICMP error came."""
    rtt_ms: float | None
    """Milliseconds from request to first answer. None without an answer."""
    attempts: int
    """Packets or handshakes sent."""
    detail: dict[str, object]
    """What the probe decoded, by name."""
