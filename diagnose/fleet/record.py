"""What does a fleet run say of one case? One line of NDJSON; `emr-diagnose schema fleet` has its
schema.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from diagnose.output.json_text import json_line, schema_of
from diagnose.remedies.model import Direction, EditAction, EditObject
from diagnose.report.finding_model import Confidence, Severity
from diagnose.report.model import BugFacts, ClusterFacts, Report, Status
from probes.language import Language

TITLE = "emr-diagnose fleet, one line, schema 1"

State = Literal["diagnosed", "unreadable", "timed-out", "killed", "bug"]
"""How a case ended.

- diagnosed: it was read and judged. `exit_code` is that of `check --offline`.
- unreadable: it cannot be read, or nothing in it can be checked (exit code 2).
- timed-out: it took longer than --case-timeout (exit code 3).
- killed: the process that diagnosed it ended twice (exit code 4).
- bug: emr-diagnose failed (exit code 4).
"""

Ended = Literal["timed-out", "killed"]
"""How a process may end before its case is diagnosed."""

EXIT_CODES: dict[State, Literal[2, 3, 4]] = {"unreadable": 2, "timed-out": 3, "killed": 4, "bug": 4}
"""State of a case without a diagnosis -> its exit code."""


class RequiredCounts(Struct, frozen=True):
    """How many required connections have which verdict."""

    total: int = 0
    """All of them."""
    good: int = 0
    """Reachable, accepted or allowed, and stopped by no sure fault."""
    blocked: int = 0
    """Cannot be made: blocked from every source, or stopped by a sure fault such as a setting,
    whatever the network does."""
    partial: int = 0
    """Blocked from some sources."""
    unknown: int = 0
    """Not known."""


class FleetFinding(Struct, frozen=True):
    """One finding of a case, in short."""

    code: str
    """Stable id from the catalogue: "SG-KDC-UDP"."""
    severity: Severity
    """How bad it is."""
    confidence: Confidence
    """How sure it is."""
    waived: bool
    """Whether it is accepted for a time, so that it does not count."""


class PrimaryCause(Struct, frozen=True):
    """The finding that a case is repaired by first."""

    code: str
    """Stable id from the catalogue."""
    severity: Severity
    """How bad it is."""
    confidence: Confidence
    """How sure it is."""
    title: str
    """Headline, with the names of this cluster."""
    repairs: int | None
    """Required connections that work with this one cause undone. null if the case cannot tell."""
    remains: list[str] | None
    """Codes of the errors that are then left. null if that was not asked."""


class FleetRepair(Struct, frozen=True):
    """One kind of change that the recommended repair of a finding makes."""

    code: str
    """Code of the finding that it repairs."""
    action: EditAction
    """What to do."""
    object: EditObject
    """With what kind of thing."""
    detail: str
    """The part that other clusters may share: "UDP 88/88" of a rule, "dfs.nameservices" of a file,
    "192.168.10.0/24 -> VpcPeer" of a route. "" if there is none."""
    changes: int
    """How many such changes this case needs."""
    direction: Direction | None = None
    """Side of a rule or of a network ACL. null for any other change."""


class CertificateFacts(Struct, frozen=True):
    """A certificate that a recorded observation shows."""

    target: str
    """Host and port of the service: "master-1-1:9871"."""
    subject: str
    """Its subject."""
    until: str
    """When it expires: ISO 8601."""


class ClockFacts(Struct, frozen=True):
    """How far the clock of a KDC is ahead, from a recorded observation."""

    host: str
    """The KDC."""
    low: float
    """At least so many seconds. Negative if it is behind."""
    high: float
    """At most so many seconds."""


class FleetRecord(Struct, frozen=True, kw_only=True):
    """What a fleet run says of one case."""

    schema_version: Literal["1"] = "1"
    """Version of this schema."""
    run: str
    """Digest of the version and the options of the run. Lines with the same one can be compared."""
    day: str
    """Day for which waivers and certificates were judged: "2026-11-29"."""
    case: str
    """Name of the case in the inventory."""
    state: State
    """How it ended."""
    error: str | None = None
    """Why there is no diagnosis, or which input could not be read. null if all is well."""
    exit_code: Literal[0, 1, 2, 3, 4]
    """As that of `check --offline`."""
    status: Status | None = None
    """The verdict. null without a diagnosis."""
    basis: Literal["packets", "configuration"] | None = None
    """Basis of the verdict: recorded packets or files alone. null without a diagnosis."""
    cluster: ClusterFacts | None = None
    """The cluster. null without a diagnosis."""
    required: RequiredCounts = RequiredCounts()
    """Required connections by verdict."""
    optional: int = 0
    """Connections that are not required."""
    findings: list[FleetFinding] = []
    """All findings, the primary cause first."""
    primary: PrimaryCause | None = None
    """The first fault that is not waived. null if there is none, so also of a case that passes."""
    suggested_rules: int = 0
    """Rules to add, alternatives included."""
    suggested_edits: int = 0
    """Other changes, alternatives included."""
    repairs: list[FleetRepair] = []
    """Kinds of changes of the recommended repairs."""
    certificates: list[CertificateFacts] = []
    """Certificates, the one that expires first at the beginning."""
    clocks: list[ClockFacts] = []
    """Clocks of KDCs."""
    still_open: int = 0
    """Connections that must stay denied and get through."""
    skipped: int = 0
    """Checks that were not made."""
    bugs: list[BugFacts] = []
    """Mistakes of emr-diagnose itself."""
    language: Language = "en"
    """Language of its texts."""


class FleetLine(FleetRecord, frozen=True, kw_only=True):
    """The same with the whole report, as --reports writes it."""

    report: Report | None = None
    """The report of schema 1. null without a diagnosis, and without --reports."""


def encode(record: FleetRecord) -> bytes:
    """Return one line of JSON with a line feed at its end."""
    return json_line(record, "deterministic")


def decode(line: bytes) -> FleetRecord:
    """Return what a line says, without its report. msgspec.MsgspecError if it is no such line."""
    return msgspec.json.decode(line, type=FleetRecord)


def schema() -> bytes:
    """Return the published schema of a line."""
    return schema_of(FleetLine, TITLE)
