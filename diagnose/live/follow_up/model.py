"""A further question, and the note that its answer becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probes.endpoint import Endpoint
from probes.network.runner import PATIENCES_OF_A_PROBE
from probes.observation import Observation
from probes.vantage import PATIENCE

if TYPE_CHECKING:
    from probes.network.runner import Probe


@dataclass(frozen=True, slots=True)
class Further:
    """flow: id of the flow it is asked for; name: tells the questions of one flow apart; probe: returns a `note`; an observation without detail where
    nothing was learnt; one with detail that is no note where the flow was answered after all, which then decides it."""

    flow: str
    name: str
    endpoint: Endpoint
    probe: Probe


@dataclass(frozen=True, slots=True)
class Possible:
    """A further question that may be asked of a flow. when: what the first answer has to be, a clause after "if"; sends: what then leaves this host;
    most: so many probes for this flow, in_all: for all flows together, None where nothing limits that; seconds: that the slowest of them may take."""

    name: str
    when: str
    sends: str
    most: int = 1
    seconds: float = PATIENCES_OF_A_PROBE * PATIENCE
    in_all: int | None = None


def note(seen: Observation, detail: Mapping[str, object]) -> Observation:
    """What a further question taught, beside the observation that decides the flow: state not-probed, so that it decides nothing itself."""
    return Observation(seen.vantage, "not-probed", seen.reason, attempts=seen.attempts, detail=detail)
