"""What does a JSON report hold of a rule of registration?"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class PageFacts(Struct, frozen=True):
    """A page that states a rule."""

    title: str
    """Its title."""
    url: str | None
    """Its address. null if it has none."""
    dated: str | None
    """Its own date: "2026-03-27". null if it shows none."""


class RuleInputFacts(Struct, frozen=True):
    """One thing that a case may hold and that decides a rule."""

    kind: Literal["answer", "key", "file"]
    """An answer of an API, a key of case.toml, or a file."""
    name: str
    """"emr:GetCluster", "display_name" or "hive-site.xml"."""
    table: str | None = None
    """Table of case.toml that has the key: "registration". null for the others."""


class RuleFacts(Struct, frozen=True):
    """A rule of the registration page, and whether the case keeps it."""

    id: str
    """Stable id: "cluster-type"."""
    text: str
    """The rule."""
    stage: Literal["register", "initialize", "run", "govern"]
    """What fails if it is broken: the registration, the initialization of a resource group, tasks,
    or metadata, lineage and audit."""
    required: bool
    """Whether the cluster does not work while it is broken."""
    state: Literal["passed", "failed", "not-checkable"]
    """The answer."""
    why: str
    """Why, as one clause."""
    needs: str
    """What would decide it. "" unless it is not checkable."""
    codes: list[str]
    """Codes that a finding of this rule has."""
    findings: list[int]
    """Ranks of the findings that say how it is broken."""
    sources: list[PageFacts]
    """Pages that state it."""
    notes: list[str] = []
    """What weakens the answer: official pages that differ, a list that may be out of date."""
    needed: list[RuleInputFacts] = []
    """All that the recommended way to decide it takes. Empty if only `needs` can tell."""
