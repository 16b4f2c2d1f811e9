"""Do a model and the kernel agree, flow by flow, on configurations that nobody wrote? The
comparison itself; what is compared is the caller's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from .cloud import Document
from .scene import Lab, Packet

RULE_SETS = "EMR_DIAGNOSE_LAB_RULE_SETS"
"""Set to a number for that many fresh random rule sets of each kind; without it the same ones are
tried each time.
"""

HASTY_SECONDS = 0.15
"""Silence that ends the first round. Where it disagrees with the model, it is asked again."""

PATIENT_SECONDS = 1.5
"""A disagreement is believed only if it is still there after this long a silence: TCP has sent its
first packet again by then.
"""


class Estate(Protocol):
    @property
    def documents(self) -> dict[str, Document]: ...


E = TypeVar("E", bound=Estate)
Says = Callable[[dict[str, Document], Sequence[Packet]], list[bool]]
"""A model: of each packet, does it get through and its answer back?"""


@dataclass
class Campaign(Generic[E]):
    """Every rule set tried with what the kernel did, and the disagreement that ended it, if one
    did. before: called ahead of every round.
    """

    flows: list[Packet]
    says: Says
    before: Callable[[], object] = lambda: None
    enforce: Callable[[Lab, dict[str, Document]], None] = lambda lab, documents: lab.enforce(documents.values())
    tried: list[tuple[E, list[bool]]] = field(default_factory=list)
    failure: BaseException | None = None

    @property
    def pairs(self) -> int:
        return len(self.tried) * len(self.flows)

    @property
    def answered(self) -> int:
        return sum(sum(kernel) for _, kernel in self.tried)

    def summary(self) -> str:
        return (
            f"{len(self.tried)} rule sets, {self.pairs} (rule set, flow) pairs, {self.answered} answered, "
            f"{self.pairs - self.answered} dropped, {'0 disagreements' if self.failure is None else 'DISAGREEMENT'}"
        )

    def run(self, lab: Lab, some: SearchStrategy[E], rule_sets: int, *, shrink: bool = True) -> None:
        """AssertionError, with the smallest rule set that shows it, where the two disagree."""
        wanted = os.environ.get(RULE_SETS)

        @settings(
            max_examples=int(wanted or rule_sets),
            derandomize=wanted is None,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        )
        @given(some)
        def compare(scenario: E) -> None:
            self._compare(lab, scenario)

        compare()

    def _compare(self, lab: Lab, scenario: E) -> None:
        self.before()
        self.enforce(lab, scenario.documents)
        kernel = _answers(lab, self.flows, HASTY_SECONDS)
        model = self.says(scenario.documents, self.flows)
        doubtful = [n for n, (says, does) in enumerate(zip(model, kernel, strict=True)) if says != does]
        if doubtful:
            again = _answers(lab, [self.flows[n] for n in doubtful], PATIENT_SECONDS)
            for n, answer in zip(doubtful, again, strict=True):
                kernel[n] = answer
        self.tried.append((scenario, kernel))
        wrong = [n for n in doubtful if model[n] != kernel[n]]
        assert not wrong, (
            f"{len(wrong)} disagreements; the first: {self.flows[wrong[0]]}, allowed says the model: {model[wrong[0]]}"
        )


def _answers(lab: Lab, asked: list[Packet], quiet: float) -> list[bool]:
    seen = lab.send(asked, quiet)
    states = {one.state for one in seen}
    assert states <= {"open", "dropped"}, f"every port is served and nothing rejects, yet {states}"
    return [one.state == "open" for one in seen]
