"""What does a JSON report hold of a finding?"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from diagnose.report.flow_model import OriginFacts

Severity = Literal["error", "warning", "info"]
Confidence = Literal["proven", "strong", "inferred"]


class EvidenceFacts(Struct, frozen=True):
    """One piece of evidence of a finding."""

    kind: Literal["decision", "observation", "line", "rule"]
    """What it is."""
    ref: str
    """Id of a flow or rule, a host, or the place of a line."""
    origin: OriginFacts | None
    """Where it was read. null if it was not read from a file."""
    text: str
    """What it shows, as one clause."""


class DeniedFacts(Struct, frozen=True):
    """A connection that must stay denied."""

    text: str
    """As case.toml has it: "udp://master-1-1:88 from 10.0.0.0/8"."""
    origin: OriginFacts
    """Where it stands."""


class RemedyFacts(Struct, frozen=True):
    """One way to repair a finding."""

    kind: Literal["rules", "edit", "advice"]
    """For "rules" and "edit": the entries of this finding with the same `option` in
    `suggested_rules` and `suggested_edits`. "advice": words only."""
    text: str
    """The repair in words."""
    option: int | None = None
    """Number of the repair among those of this finding. null for advice, and for an edit that is
    not suggested, because nothing required is wrong."""
    opens: list[DeniedFacts] = []
    """What this repair lets through that must stay denied."""


class UndoneFacts(Struct, frozen=True):
    """What works that did not, with the cause of one finding undone and nothing else changed."""

    repairs: list[str]
    """Ids of the required flows that then work."""
    clients: list[str]
    """Families of Kerberos clients that then work, or wait at least a second less."""
    remains: list[str] | None
    """Codes of the errors that are then left. null if that was not asked."""
    needs_others: bool = False
    """Whether a second fault stops the same clients, so that they work only once both are
    undone."""
    unclear: list[str] = []
    """Ids of the required flows that it no longer stops then, and that are not known to work."""


class ExcludedFacts(Struct, frozen=True):
    """A look-alike of the cause that is ruled out."""

    code: str
    """Code of the look-alike."""
    by: str
    """What rules it out, as one clause."""
    fact: str
    """Id of what rules it out: "silence", "rules" …"""


class WaivedFacts(Struct, frozen=True):
    """The waiver of a finding."""

    reason: str
    """Why it is accepted."""
    until: str
    """Last day on which it is: "2027-01-31"."""
    origin: OriginFacts
    """Where it stands."""


class FindingFacts(Struct, frozen=True):
    """One conclusion. The first finding of a report is the primary cause."""

    code: str
    """Stable id from the catalogue: "SG-KDC-UDP"."""
    severity: Severity
    """How bad it is."""
    confidence: Confidence
    """How sure it is."""
    rank: int
    """Place in the report, from 1."""
    title: str
    """Headline."""
    detail: str
    """What follows from it and how it is known. "" if there is no more to say."""
    cause: str
    """What is wrong, for a reader who does not know the code."""
    params: dict[str, object]
    """Named values of the text, and the cause within the code."""
    flows: list[str]
    """Ids of the flows that it explains."""
    evidence: list[EvidenceFacts]
    """What shows it."""
    settle_by: str | None
    """What would prove it. null if it is proven."""
    remedies: list[RemedyFacts]
    """Ways to repair it."""
    excluded: list[ExcludedFacts] = []
    """Look-alikes that are ruled out. All that the catalogue lists if it is proven."""
    undone: UndoneFacts | None = None
    """What undoing this one cause changes. null if the values of the case cannot tell."""
    waived: WaivedFacts | None = None
    """Why it does not count towards the exit code. null if it counts. Of several waivers the one
    that runs out first."""
    waived_also: list[WaivedFacts] = []
    """Waivers that apply to it as well. Several may be needed to accept all of it."""
