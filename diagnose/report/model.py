"""The report, schema 1 of CONTRACT: what scripts may rely on. `emr-diagnose schema` prints the JSON Schema of `Report`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from diagnose.output.observation import ObservationFacts
from diagnose.remedies.model import Edit, SuggestedEdit, SuggestedRule

Severity = Literal["error", "warning", "info"]
Confidence = Literal["proven", "strong", "inferred"]
Status = Literal["pass", "fail", "inconclusive", "bug"]


class Tool(Struct, frozen=True):
    name: str
    version: str


class InputFile(Struct, frozen=True):
    file: str
    kind: str
    sha256: str


class ClusterFacts(Struct, frozen=True):
    id: str | None
    name: str | None
    type: str | None
    release: str | None
    region: str | None
    account: str | None
    deploy_mode: str | None
    security_mode: str | None
    nodes: int


class CaseFacts(Struct, frozen=True):
    name: str
    cluster: ClusterFacts
    sources: list[str]
    inputs: list[InputFile]


class OriginFacts(Struct, frozen=True):
    file: str
    line: int | None
    key: str | None


class DecidingFacts(Struct, frozen=True):
    group: str | None
    rule: str | None
    verdict: Literal["allowed", "denied", "partial", "unknown"]
    why: str


class DecisionFacts(Struct, frozen=True):
    layer: Literal["security-group", "network-acl", "route"]
    direction: Literal["ingress", "egress"]
    at: list[str]
    verdict: Literal["allowed", "denied", "partial", "unknown"]
    allowed_sources: list[str]
    denied_sources: list[str]
    unknown_sources: list[str]
    deciding: list[DecidingFacts]
    missing: list[str]
    assumed: list[str]
    packet: Literal["request", "reply"] = "request"


class FlowFacts(Struct, frozen=True):
    id: str
    service: str
    host: str
    address: str | None
    port: int
    transport: Literal["tcp", "udp"]
    sources: list[str]
    need: Literal["required", "conditional", "optional"]
    why: str
    origin: OriginFacts
    verdict: Literal["reachable", "allowed", "blocked", "partial", "unknown"]
    decisions: list[DecisionFacts]
    observations: list[ObservationFacts]


class EvidenceFacts(Struct, frozen=True):
    """kind: decision, observation, line, rule; ref: a flow id, "file:line" or a rule id."""

    kind: Literal["decision", "observation", "line", "rule"]
    ref: str
    text: str


class RemedyFacts(Struct, frozen=True):
    """kind: rules or edit (their entries are in suggested_rules / suggested_edits under the same option), or advice (words only)."""

    kind: Literal["rules", "edit", "advice"]
    text: str
    option: int | None = None


class FindingFacts(Struct, frozen=True):
    code: str
    severity: Severity
    confidence: Confidence
    rank: int
    title: str
    detail: str
    cause: str
    flows: list[str]
    evidence: list[EvidenceFacts]
    settle_by: str | None
    remedies: list[RemedyFacts]


class ClientFacts(Struct, frozen=True):
    family: str
    exchange: Literal["as", "tgs"]
    works: Literal["yes", "no", "unknown"]
    seconds: float | None
    message: str | None


class SkippedFacts(Struct, frozen=True):
    check: str
    cause: str
    needs: str


class BugFacts(Struct, frozen=True):
    check: str
    error: str


class Report(Struct, frozen=True):
    schema_version: Literal["1"]
    tool: Tool
    started_at: str
    duration_ms: int
    command: str
    exit_code: Literal[0, 1, 2, 3, 4, 130]
    case: CaseFacts
    status: Status
    basis: Literal["packets", "configuration"]
    flows: list[FlowFacts]
    findings: list[FindingFacts]
    suggested_rules: list[SuggestedRule]
    suggested_edits: list[SuggestedEdit]
    changes: list[Edit]
    clients: list[ClientFacts]
    skipped: list[SkippedFacts]
    bugs: list[BugFacts]
