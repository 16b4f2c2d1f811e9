"""A finding: a conclusion with its evidence. `Blame` is the step before it: one flow, one cause; blames of one cause become one finding."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from diagnose.flows.model import Flow
from diagnose.scene.outcome import Outcome
from probes.rules.group_rule import Rule

if TYPE_CHECKING:
    pass

Severity = Literal["error", "warning", "info"]
Confidence = Literal["proven", "strong", "inferred"]
CERTAINTY: tuple[Confidence, ...] = ("inferred", "strong", "proven")


@dataclass(frozen=True, slots=True)
class Evidence:
    """kind: decision, observation, line or rule; ref: a flow id, "file:line" or a rule id; text: one clause."""

    kind: Literal["decision", "observation", "line", "rule"]
    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Blame:
    """One broken flow and what breaks it. key: equal for flows that one and the same fault breaks; rules: the rules that show it;
    missing: what would settle it; evidence: what shows it besides decisions and observations; mild: it hurts some clients and not the tasks, so it is never
    more than a warning."""

    code: str
    key: Hashable
    outcome: Outcome
    confidence: Confidence
    rules: tuple[Rule, ...] = ()
    missing: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    mild: bool = False

    @property
    def flow(self) -> Flow:
        return self.outcome.flow


@dataclass(frozen=True, slots=True)
class Finding:
    """cause: what is wrong, in words for someone who does not know the code; detail: what follows from it and how it is known;
    settle_by: the observation that would prove it, None where it is proven; advice: repairs in words."""

    code: str
    severity: Severity
    confidence: Confidence
    title: str
    cause: str
    detail: str = ""
    flows: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    settle_by: str | None = None
    advice: tuple[str, ...] = ()
