"""How is an observation written in a report?"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class ObservationFacts(Struct, frozen=True):
    vantage: str
    state: Literal["open", "closed", "filtered", "open|filtered", "unresolved", "not-probed"]
    reason: str
    offender: str | None
    rtt_ms: float | None
    attempts: int
    detail: dict[str, object]
