"""What does a JSON report of schema 1 hold? `emr-diagnose schema` prints its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from diagnose.output.observation import ObservationFacts
from diagnose.remedies.model import Edit, SuggestedEdit, SuggestedRule
from probes.language import Language

Severity = Literal["error", "warning", "info"]
Confidence = Literal["proven", "strong", "inferred"]
Need = Literal["required", "optional"]
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


class OriginFacts(Struct, frozen=True):
    """Where a value was read."""

    file: str
    """Path inside the case, or the option that gave the value."""
    line: int | None
    """Line, from 1. null if the source has no lines."""
    key: str | None
    """Key, element or option. null if there is none."""


class DecidingFacts(Struct, frozen=True):
    """A rule or default that decided for some sources of a flow."""

    group: str | None
    """Object that holds the rule: a security group, an ACL, a route table. null if there is
    none."""
    rule: str | None
    """Id of the rule. null for a default."""
    verdict: Literal["allowed", "denied", "partial", "unknown"]
    """What it decided."""
    why: str
    """How it decided, as one clause."""


class DecisionFacts(Struct, frozen=True):
    """The verdict of one configured layer on one flow."""

    layer: Literal["security-group", "network-acl", "route", "input"]
    """The layer."""
    direction: Literal["ingress", "egress"]
    """Side of the network interface."""
    at: list[str]
    """Ids of the objects that were evaluated."""
    verdict: Literal["allowed", "denied", "partial", "unknown"]
    """The verdict over all sources. Any unknown source makes it unknown."""
    allowed_sources: list[str]
    """Blocks that the layer lets through."""
    denied_sources: list[str]
    """Blocks that it stops."""
    unknown_sources: list[str]
    """Blocks for which the case does not hold enough."""
    deciding: list[DecidingFacts]
    """Rules and defaults that decided."""
    missing: list[str]
    """What the case lacks, each as a clause after "depends on"."""
    assumed: list[str]
    """What the verdict takes for granted, each as one clause."""
    packet: Literal["request", "reply"] = "request"
    """Which packet of the flow was judged."""


class FlowFacts(Struct, frozen=True):
    """One thing that has to be reachable."""

    id: str
    """Stable id: "kdc/master-1-1:88/udp"."""
    service: str
    """Title of the service."""
    host: str
    """Host, as the client writes it."""
    address: str | None
    """Its address in the case. null if the case has none."""
    port: int
    """Destination port; the first one of a range."""
    last_port: int | None
    """Last port of a range, of which a job takes any one. null if there is one port."""
    transport: Literal["tcp", "udp"]
    """Transport protocol."""
    sources: list[str]
    """Blocks that the flow starts from, in CIDR notation."""
    need: Need
    """Whether the resource group needs it."""
    why: str
    """Why it is needed, as one clause."""
    origin: OriginFacts
    """The line that names it."""
    verdict: Literal["reachable", "accepts", "allowed", "blocked", "partial", "unknown"]
    """What became of it.

    - reachable: the service answered in its own protocol.
    - accepts: its port took the connection, and it was not asked further.
    - allowed: the configuration permits it, and no packet of the resource group shows more.
    """
    decisions: list[DecisionFacts]
    """Verdicts of the configured layers."""
    observations: list[ObservationFacts]
    """What probes saw, in the order in which they ran."""


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
