"""What does a JSON report of schema 1 hold? `emr-diagnose schema` prints its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from diagnose.remedies.model import Edit, SuggestedEdit, SuggestedRule
from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import FlowFacts, OriginFacts
from diagnose.report.rule_model import RuleFacts
from probes.language import Language

Status = Literal["pass", "waived", "fail", "inconclusive", "bug"]
"""waived: what fails is accepted for a time by `[[waive]]` of case.toml. Nothing else fails."""

STATUS: Mapping[int, Status] = {
    0: "pass",
    1: "fail",
    2: "inconclusive",
    3: "inconclusive",
    4: "bug",
    130: "inconclusive",
}
"""Status of the report for each exit code."""


class Tool(Struct, frozen=True):
    """The program that made the report."""

    name: str
    """Name of the program."""
    version: str
    """Its version."""


class InputFile(Struct, frozen=True):
    """A file of the case."""

    file: str
    """Path inside the case."""
    kind: str
    """What it was recognised as: "krb5.conf", "DescribeSecurityGroupAttribute" …"""
    sha256: str
    """Digest of its content, in hexadecimal."""
    keys: list[str] | None = None
    """Keys of its settings that may say where a service is, without their values. null if it is no
    file of settings, or has too many of them."""


class ClusterFacts(Struct, frozen=True):
    """The cluster, as far as the case describes it. Every null field is not in the case."""

    id: str | None
    """Id of the cluster: "c-…"."""
    name: str | None
    """Name that people gave it."""
    type: str | None
    """DATALAKE, CUSTOM, HADOOP, OLAP …"""
    release: str | None
    """Release of EMR: "EMR-5.18.1"."""
    region: str | None
    """Region of Alibaba Cloud: "cn-hangzhou"."""
    account: str | None
    """Account that owns the cluster."""
    deploy_mode: str | None
    """HA or NORMAL."""
    security_mode: str | None
    """KERBEROS or NORMAL."""
    nodes: int
    """Number of nodes in the case."""


class PlaceFacts(Struct, frozen=True):
    """Another host that sent packets, or should have."""

    name: str
    """Its ssh:// target, as in `vantage` of an observation."""
    how: str
    """How packets are sent there, and what cannot be seen so: a sentence. "" if none were."""
    error: str | None = None
    """Why none were sent. null if they were."""


class CaseFacts(Struct, frozen=True):
    """The case in a few lines."""

    name: str
    """Name of the directory or archive."""
    cluster: ClusterFacts
    """The cluster."""
    sources: list[str]
    """Blocks of the resource group, in CIDR notation."""
    inputs: list[InputFile]
    """Every file that was read."""


class ExpectationFacts(Struct, frozen=True):
    """What becomes of a connection that must stay denied."""

    text: str
    """As case.toml has it: "udp://master-1-1:88 from 10.0.0.0/8"."""
    origin: OriginFacts
    """Where it stands."""
    verdict: Literal["denied", "allowed", "unknown"]
    """denied: it holds for every source. allowed: some source gets through. unknown: the case does
    not hold enough."""
    target: str | None
    """First target for which it does not hold, or is not known to, as `probe` takes it. null if
    there is none."""
    allowed_sources: list[str]
    """Blocks that get through there."""
    missing: list[str]
    """What the case lacks, if it is not known."""
    needed_by: list[str]
    """Ids of the required flows that it forbids."""


class WaiverFacts(Struct, frozen=True):
    """What became of a waiver."""

    code: str
    """Code of the findings that it is for."""
    where: str
    """Place of the findings that it is for."""
    reason: str
    """Why they are accepted."""
    until: str
    """Last day on which they are: "2027-01-31"."""
    origin: OriginFacts
    """Where it stands."""
    state: Literal["applies", "expired", "partial", "unmatched"]
    """applies: it waives the findings. expired: its day has passed. partial: the findings concern
    other places as well, so they count. unmatched: there is no such finding."""
    findings: list[int]
    """Ranks of the findings that it fits."""


class ClientFacts(Struct, frozen=True):
    """What one family of Kerberos clients will experience."""

    family: str
    """One of "mit", "jdk", "gokrb5" or "heimdal"."""
    exchange: Literal["as", "tgs"]
    """Exchange. "as": the login. "tgs": a service ticket."""
    works: Literal["yes", "no", "unknown"]
    """Whether the exchange works."""
    seconds: float | None
    """How long it takes. null if that is not known."""
    message: str | None
    """What the client prints. null if it prints nothing."""
    releases: str | None = None
    """Releases of Java for which this holds. null for another family, and if it holds for all."""


class SkippedFacts(Struct, frozen=True):
    """A check that was not made."""

    check: str
    """The check."""
    cause: str
    """Why it was not made."""
    needs: str
    """What would make it possible. "" if nothing would."""
    error_code: str = ""
    """Code of the error with which an API answered the call. "" unless that is the cause."""
    ram_action: str = ""
    """RAM action that the caller of that API lacks. "" if it is not known."""


class BugFacts(Struct, frozen=True):
    """A mistake of emr-diagnose itself."""

    check: str
    """The check that failed."""
    error: str
    """The exception."""


class Report(Struct, frozen=True):
    """Everything that a report says."""

    schema_version: Literal["1"]
    """Version of this schema."""
    tool: Tool
    """The program that made the report."""
    started_at: str
    """Start of the command: UTC, ISO 8601."""
    duration_ms: int
    """Time that the command took, in milliseconds."""
    command: str
    """Name of the command: "check"."""
    exit_code: Literal[0, 1, 2, 3, 4, 130]
    """Exit code of the command."""
    case: CaseFacts
    """The case."""
    status: Status
    """The verdict over all required flows."""
    basis: Literal["packets", "configuration"]
    """Basis: "packets" if probes ran or were replayed, else "configuration"."""
    flows: list[FlowFacts]
    """All flows, in the order of the case."""
    findings: list[FindingFacts]
    """All findings, the primary cause first."""
    suggested_rules: list[SuggestedRule]
    """Rules to add to security groups, each under the finding that it repairs."""
    suggested_edits: list[SuggestedEdit]
    """Everything else to change, in words, each under the finding that it repairs."""
    changes: list[Edit]
    """The same edits in the same order, as typed values for programs."""
    clients: list[ClientFacts]
    """What each family of Kerberos clients will experience."""
    skipped: list[SkippedFacts]
    """Checks that were not made."""
    bugs: list[BugFacts]
    """Mistakes of emr-diagnose itself."""
    language: Language = "en"
    """Language of its texts. Codes, ids and names are the same in all."""
    places: list[PlaceFacts] = []
    """Hosts of --via. Empty without it."""
    expectations: list[ExpectationFacts] = []
    """Connections that must stay denied."""
    waivers: list[WaiverFacts] = []
    """What became of each waiver of case.toml."""
    rules: list[RuleFacts] = []
    """The rules of registration, in the order of the page. Empty unless they were asked."""
    environment: Literal["dev", "prod"] | None = None
    """Environment of a standard workspace. null if one case was given."""
    twin: Report | None = None
    """The same of the other environment, with flows, findings and rules of its own. null if one
    case was given."""
    exit_code_alone: Literal[0, 1, 2, 3, 4, 130] | None = None
    """Exit code of this environment alone; `exit_code` and `status` are those of both. null if one
    case was given."""
