"""What is a rule of registration, what may it look at, and what is its answer?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from diagnose.case.model import Case, Skipped
from diagnose.findings import catalogue
from diagnose.findings.cause import Cause
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import Params
from diagnose.scene.scene import Scene
from probes.frozen import frozen

Stage = Literal["register", "initialize", "run", "govern"]
State = Literal["passed", "failed", "not-checkable"]


@frozen
class Disagreement:
    """Two official pages that differ about one rule."""

    what: str
    """What each of them says."""
    followed: str
    """Title of the page that is followed."""
    why: str
    """Why that one."""


@frozen
class DatedList:
    """Values that a page lists."""

    name: str
    """Key of the table."""
    values: tuple[str, ...]
    """The values, in the order of the page."""
    source: catalogue.CatalogueSource
    """The page."""
    dated: date
    """Its date, or the day on which it was read if it shows none."""


@frozen
class Rule:
    """One sentence of the registration page that a case can keep or break."""

    id: str
    """"cluster-type"."""
    codes: tuple[str, ...]
    """Codes that a finding of this rule has."""
    stage: Stage
    """What fails if it is broken."""
    text: str
    """The rule, in the language of this process."""
    inputs: tuple[str, ...]
    """What decides it: keys of case.toml, files, answers of an API."""
    settle: str
    """What a person looks at to be sure of a failure, a noun phrase."""
    sources: tuple[catalogue.CatalogueSource, ...]
    """The pages that state it."""
    disagreement: Disagreement | None = None
    """Where pages differ. None if they do not."""
    compares: bool = False
    """Whether it is about both environments of a standard workspace at once."""

    @property
    def is_required(self) -> bool:
        """Return True if a cluster does not work while the rule is broken."""
        return any(catalogue.entry(code).severity == "B" for code in self.codes)


@frozen
class Preflight:
    """All that a rule may look at."""

    scene: Scene
    """The case with the decisions on its flows."""
    findings: tuple[Finding, ...]
    """What the diagnosis of the same case found."""
    today: date
    """The day for which rules with dates are asked."""
    twin: Case | None = None
    """The other environment of a standard workspace. None if only one was given."""
    hidden: tuple[Skipped, ...] = ()
    """What was not read, so that a required service may be missing among the connections."""
    is_second: bool = False
    """Whether the rules about both environments were asked of the other one."""

    @property
    def case(self) -> Case:
        return self.scene.case


@frozen
class RuleInput:
    """One thing that a case may hold and that decides a rule."""

    kind: Literal["answer", "key", "file"]
    """An answer of an API, a key of case.toml, or a file."""
    name: str
    """"emr:GetCluster", "display_name" or "hive-site.xml"."""
    table: str | None = None
    """Table of case.toml that has the key: "registration". None for the others."""


@frozen
class Need:
    """What would decide a rule that is not checkable. `needs.py` makes them."""

    text: str
    """In words, as a noun phrase with all ways to decide it."""
    inputs: tuple[RuleInput, ...] = ()
    """All that the recommended way takes. Empty if only words can tell."""

    def __str__(self) -> str:
        return self.text


@frozen
class RuleAnswer:
    """What a rule says of a case."""

    state: State
    """Whether the case keeps it."""
    why: str = ""
    """Why, as one clause. "" if it fails: then its findings say so."""
    needs: Need | None = None
    """What would decide it. None unless it is not checkable."""
    findings: tuple[Finding, ...] = ()
    """Findings of its own."""
    flows: tuple[str, ...] = ()
    """Ids of the flows that break it. Findings of the diagnosis explain them."""
    is_disputed: bool = False
    """True if the page that is not followed would give another answer."""
    lists: tuple[DatedList, ...] = ()
    """Lists with an age that decided."""


@frozen
class RuleVerdict:
    """A rule with its answer."""

    rule: Rule
    """The rule."""
    answer: RuleAnswer
    """Its answer."""
    notes: tuple[str, ...] = ()
    """What weakens the answer, a sentence each: pages that differ, a list that is old."""


def passed(why: str, *, lists: Sequence[DatedList] = (), is_disputed: bool = False) -> RuleAnswer:
    """Return the answer for a rule that is kept, or that does not concern this case."""
    return RuleAnswer("passed", why, lists=tuple(lists), is_disputed=is_disputed)


def not_checkable(why: str, needs: Need | str, *, is_disputed: bool = False) -> RuleAnswer:
    """Return the answer for a rule that nothing in the case decides.

    needs: what would, as `needs.py` says it; a text if it is none of these.
    """
    need = Need(needs) if isinstance(needs, str) else needs
    return RuleAnswer("not-checkable", why, need, is_disputed=is_disputed)


def failed(*findings: Finding, lists: Sequence[DatedList] = (), is_disputed: bool = False) -> RuleAnswer:
    """Return the answer for a rule that is broken."""
    return RuleAnswer("failed", findings=findings, lists=tuple(lists), is_disputed=is_disputed)


def broken(code: str, params: Params, *, cause: Cause | None = None, evidence: Sequence[Evidence] = ()) -> Finding:
    """Return a finding about a broken rule, still without its text.

    A page states the rule and the case states the value, so it is strong, never proven: the page
    may be older than the product.
    """
    severity = catalogue.severity(code, touches_required=False)
    return Finding(code, severity, "strong", params, cause, evidence=tuple(evidence))
