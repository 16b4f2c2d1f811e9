"""How does a diagnosis become a report: the same facts, in the words and order of schema 1?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from diagnose import __version__
from diagnose.case.model import Case
from diagnose.decisions.expected import Judgement
from diagnose.engine import Diagnosis
from diagnose.findings import Evidence, Finding
from diagnose.findings.model import Undone
from diagnose.findings.waivers import Waived
from diagnose.findings.wording import ruled_out
from diagnose.flows.model import Source
from diagnose.output.observation import ObservationFacts
from diagnose.output.sentences import clauses
from diagnose.remedies.model import (
    Edit,
    EditAction,
    EditObject,
    FindingRef,
    LinesEdit,
    SuggestedEdit,
    SuggestedRule,
)
from diagnose.remedies.plan import Suggestions
from diagnose.remedies.wording import suggested
from diagnose.report.finding_model import (
    DeniedFacts,
    EvidenceFacts,
    ExcludedFacts,
    FindingFacts,
    RemedyFacts,
    UndoneFacts,
    WaivedFacts,
)
from diagnose.report.flow_model import DecidingFacts, DecisionFacts, FlowFacts, OriginFacts
from diagnose.report.model import (
    STATUS,
    BugFacts,
    CaseFacts,
    ClientFacts,
    ClusterFacts,
    ExpectationFacts,
    InputFile,
    PlaceFacts,
    Report,
    SkippedFacts,
    Status,
    Tool,
    WaiverFacts,
)
from diagnose.report.rule_model import PageFacts, RuleFacts, RuleInputFacts
from diagnose.report.service_keys import service_keys
from diagnose.scene.outcome import Outcome
from probes.addresses import cidrs
from probes.endpoint import Endpoint
from probes.frozen import frozen, replace
from probes.language import language, marked, tr
from probes.observation import Observation
from probes.origin import Origin
from probes.rules.decision import Decision

if TYPE_CHECKING:
    from diagnose.registration.model import RuleInput, RuleVerdict

ACTIONS: Mapping[EditAction, str] = {
    "add": marked("add"),
    "remove": marked("remove"),
    "replace": marked("replace"),
    "narrow": marked("narrow"),
    "reprioritise": marked("reprioritise"),
    "set": marked("set"),
    "start": marked("start"),
}
OBJECTS: Mapping[EditObject, str] = {
    "security-group": marked("security-group"),
    "security-group-rule": marked("security-group-rule"),
    "network-acl": marked("network-acl"),
    "krb5.conf": "krb5.conf",
    "hadoop-conf": marked("hadoop-conf"),
    "hosts": "hosts",
    "service": marked("service"),
    "route": marked("route"),
    "resource-group": marked("resource-group"),
}

INITIALIZE = marked(
    "After all such repairs initialize the resource group again, outside busy hours: it takes 1 to 2 minutes and may "
    "make running tasks fail."
)
"""What comes after repairs of uploaded files, services and components. It is said once."""

TOOL = Tool("emr-diagnose", __version__)


@frozen
class Clock:
    """When a command ran."""

    started_at: str
    """Start of the command: UTC, ISO 8601."""
    duration_ms: int
    """Time that the whole command took, in milliseconds."""


def build(
    diagnosis: Diagnosis, command: str, clock: Clock, environment: Literal["dev", "prod"] | None = None
) -> Report:
    """Return the immutable value that every output format is made from.

    environment: of a standard workspace. None if one case was given.
    """
    scene = diagnosis.scene
    return Report(
        schema_version="1",
        tool=TOOL,
        started_at=clock.started_at,
        duration_ms=clock.duration_ms,
        command=command,
        exit_code=diagnosis.exit_code,  # type: ignore[arg-type]
        case=case_facts(diagnosis.case, scene.model.sources),
        status=_status(diagnosis),
        basis="packets" if scene.live else "configuration",
        flows=_flows(scene.outcomes),
        findings=_findings(diagnosis),
        suggested_rules=list(diagnosis.suggestions.rules),
        suggested_edits=list(map(suggested, diagnosis.suggestions.edits)),
        changes=list(diagnosis.suggestions.edits),
        clients=[
            ClientFacts(client.family, client.exchange, client.works, client.seconds, client.message, client.releases)
            for client in diagnosis.clients
        ],
        skipped=[
            SkippedFacts(skip.check, skip.cause, skip.needs, skip.error_code, skip.ram_action)
            for skip in diagnosis.skipped
        ],
        bugs=[BugFacts(bug.check, bug.error) for bug in diagnosis.bugs],
        language=language(),
        places=[PlaceFacts(place.name, place.how, place.error) for place in diagnosis.places],
        expectations=list(map(_expectation, diagnosis.expectations)),
        waivers=[_waiver(each, diagnosis.conclusion.findings) for each in diagnosis.waivers],
        rules=[_rule(verdict, diagnosis.conclusion.findings) for verdict in diagnosis.rules],
        environment=environment,
    )


def _status(diagnosis: Diagnosis) -> Status:
    """Return the verdict. What fails and is waived is never a pass."""
    accepted = (finding for each in diagnosis.waivers if each.state == "applies" for finding in each.findings)
    if diagnosis.exit_code == 0 and any(finding.severity == "error" for finding in accepted):
        return "waived"
    return STATUS[diagnosis.exit_code]


def _waiver(waived: Waived, findings: Sequence[Finding]) -> WaiverFacts:
    waiver = waived.waiver
    return WaiverFacts(
        code=waiver.code,
        where=waiver.where,
        reason=waiver.reason,
        until=waiver.until.isoformat(),
        origin=_origin(waiver.origin),
        state=waived.state,
        findings=[rank for rank, finding in enumerate(findings, 1) if finding in waived.findings],
    )


def _rule(verdict: RuleVerdict, findings: Sequence[Finding]) -> RuleFacts:
    rule, answer = verdict.rule, verdict.answer
    own = {(finding.code, finding.title) for finding in answer.findings}
    return RuleFacts(
        id=rule.id,
        text=rule.text,
        stage=rule.stage,
        required=rule.is_required,
        state=answer.state,
        why=answer.why,
        needs="" if answer.needs is None else answer.needs.text,
        needed=[] if answer.needs is None else list(map(_input, answer.needs.inputs)),
        codes=list(rule.codes),
        findings=[
            rank
            for rank, finding in enumerate(findings, 1)
            if (finding.code, finding.title) in own or set(finding.flows) & set(answer.flows)
        ],
        sources=[
            PageFacts(page.title, page.url, None if page.dated is None else page.dated.isoformat())
            for page in rule.sources
        ],
        notes=list(verdict.notes),
    )


def _input(needed: RuleInput) -> RuleInputFacts:
    return RuleInputFacts(needed.kind, needed.name, needed.table)


def _accepted(diagnosis: Diagnosis, finding: Finding) -> list[WaivedFacts]:
    """Return the waivers of a finding, the one that runs out first at the beginning. Empty if it
    counts."""
    waivers = [each.waiver for each in diagnosis.waivers if each.state == "applies" and finding in each.findings]
    return [
        WaivedFacts(waiver.reason, waiver.until.isoformat(), _origin(waiver.origin))
        for waiver in sorted(waivers, key=lambda waiver: waiver.until)
    ]


def case_facts(case: Case, sources: Sequence[Source]) -> CaseFacts:
    """Return the case in a few lines."""
    cluster = case.cluster
    keys = service_keys(case)
    return CaseFacts(
        name=case.name,
        cluster=ClusterFacts(
            id=cluster.id,
            name=cluster.name,
            type=cluster.type,
            release=cluster.release,
            region=cluster.region,
            account=cluster.account,
            deploy_mode=cluster.deploy_mode,
            security_mode=cluster.security_mode,
            nodes=len(case.nodes),
        ),
        sources=[block for source in sources for block in cidrs(source.ranges)],
        inputs=[InputFile(file.file, file.kind, file.sha256, keys.get(file.file)) for file in case.inputs],
    )


def _flows(outcomes: Sequence[Outcome]) -> list[FlowFacts]:
    """Return the facts of all flows. Flows that share their decisions share the facts of these."""
    shared: dict[int, list[DecisionFacts]] = {}
    flows = []
    for outcome in outcomes:
        same = id(outcome.decisions)
        if same not in shared:
            shared[same] = [_decision(decision) for decision in outcome.decisions]
        flows.append(_flow(outcome, shared[same]))
    return flows


def _flow(outcome: Outcome, decisions: list[DecisionFacts]) -> FlowFacts:
    flow = outcome.flow
    return FlowFacts(
        id=flow.id,
        service=flow.service,
        host=flow.endpoint.host,
        address=flow.endpoint.address,
        port=flow.endpoint.port,
        last_port=flow.last_port,
        transport=flow.endpoint.transport,
        sources=cidrs(flow.sources),
        need=flow.need,
        why=flow.why,
        origin=_origin(flow.origin),
        verdict=outcome.verdict,
        decisions=decisions,
        observations=[_observation(observation) for observation in outcome.observations],
    )


def _decision(decision: Decision) -> DecisionFacts:
    return DecisionFacts(
        layer=decision.layer,
        direction=decision.direction,
        packet=decision.packet,
        at=list(decision.at),
        verdict=decision.verdict,
        allowed_sources=cidrs(decision.allowed),
        denied_sources=cidrs(decision.denied),
        unknown_sources=cidrs(decision.unknown),
        deciding=[DecidingFacts(line.owner, line.rule, line.verdict, line.why) for line in decision.deciding],
        missing=list(decision.missing),
        assumed=list(decision.assumed),
    )


def _observation(observation: Observation) -> ObservationFacts:
    detail = dict(observation.detail)
    for name, value in (("source", observation.source), ("address", observation.address)):
        if value is not None:
            detail.setdefault(name, value)
    return ObservationFacts(
        observation.vantage,
        observation.state,
        observation.reason,
        observation.offender,
        observation.rtt_ms,
        observation.attempts,
        detail,
    )


def finding_facts(finding: Finding, rank: int, remedies: Iterable[RemedyFacts] = ()) -> FindingFacts:
    """Return a finding in the words of the report. `remedies` stand before the finding's own
    advice, and in place of what they say as well."""
    repairs = list(remedies)
    is_said = any(remedy.kind != "advice" for remedy in repairs)
    advice = finding.advice if is_said else (*finding.manual, *finding.advice)
    return FindingFacts(
        code=finding.code,
        severity=finding.severity,
        confidence=finding.confidence,
        rank=rank,
        title=finding.title,
        detail=finding.detail,
        cause=finding.sentence,
        params={"cause": finding.cause, **finding.params},
        flows=list(finding.flows),
        evidence=[_evidence(shown) for shown in finding.evidence],
        settle_by=finding.settle_by,
        remedies=[*repairs, *(RemedyFacts("advice", text) for text in advice)],
        excluded=[ExcludedFacts(each.code, ruled_out(each.by), each.by) for each in finding.excluded],
        undone=None if finding.undone is None else _undone(finding.undone),
    )


def _undone(undone: Undone) -> UndoneFacts:
    remains = None if undone.remains is None else list(undone.remains)
    return UndoneFacts(list(undone.repairs), list(undone.clients), remains, undone.needs_others, list(undone.unclear))


def _evidence(shown: Evidence) -> EvidenceFacts:
    return EvidenceFacts(
        kind=shown.kind,
        ref=shown.ref,
        origin=None if shown.origin is None else _origin(shown.origin),
        text=shown.text,
    )


def _origin(origin: Origin) -> OriginFacts:
    return OriginFacts(origin.file, origin.line, origin.key)


def _findings(diagnosis: Diagnosis) -> list[FindingFacts]:
    """Return the facts of all findings, each with its own repairs."""
    suggestions = diagnosis.suggestions
    rules: dict[FindingRef, list[SuggestedRule]] = {}
    for rule in suggestions.rules:
        rules.setdefault(rule.finding, []).append(rule)
    edits: dict[FindingRef, list[Edit]] = {}
    for edit in suggestions.edits:
        edits.setdefault(edit.finding, []).append(edit)
    findings = []
    for rank, finding in enumerate(diagnosis.conclusion.findings, 1):
        ref = FindingRef(finding.code, rank)
        facts = _finding(finding, rank, rules.get(ref, []), edits.get(ref, []), suggestions.notes.get(rank))
        opening = [_with_opened(each, rank, suggestions) for each in facts.remedies]
        if rank == diagnosis.initialize_after:
            opening.append(RemedyFacts("advice", tr(INITIALIZE)))
        waivers = _accepted(diagnosis, finding)
        first = waivers[0] if waivers else None
        findings.append(msgspec.structs.replace(facts, remedies=opening, waived=first, waived_also=waivers[1:]))
    return findings


def _with_opened(remedy: RemedyFacts, rank: int, suggestions: Suggestions) -> RemedyFacts:
    """Return a repair with what it lets through that must stay denied."""
    opened = () if remedy.option is None else suggestions.opens.get((rank, remedy.option), ())
    return msgspec.structs.replace(remedy, opens=[DeniedFacts(each.text, _origin(each.origin)) for each in opened])


def _expectation(judgement: Judgement) -> ExpectationFacts:
    expected, host, port = judgement.expectation, judgement.host, judgement.port
    return ExpectationFacts(
        text=expected.text,
        origin=_origin(expected.origin),
        verdict=judgement.verdict,
        target=None if host is None or port is None else str(Endpoint(host, port, expected.transport)),
        allowed_sources=cidrs(judgement.allowed),
        missing=list(judgement.missing),
        needed_by=list(judgement.needed_by),
    )


def _finding(
    finding: Finding, rank: int, rules: Sequence[SuggestedRule], edits: Sequence[Edit], note: str | None
) -> FindingFacts:
    notes = [] if note is None else [RemedyFacts("advice", note)]
    if any(isinstance(edit, LinesEdit) for edit in edits):
        # Its first advice says the same edits in one sentence.
        finding = replace(finding, advice=finding.advice[1:])
    return finding_facts(finding, rank, [*_by_option(rules, list(map(suggested, edits))), *notes])


def _by_option(rules: Sequence[SuggestedRule], edits: Sequence[SuggestedEdit]) -> Iterable[RemedyFacts]:
    """Yield one line for each repair of one finding.

    The entries themselves stand once, at the end of the report.
    """
    entries: list[SuggestedRule | SuggestedEdit] = [*rules, *edits]
    for option in sorted({entry.option for entry in entries}):
        ours = [rule for rule in rules if rule.option == option]
        changes = [edit for edit in edits if edit.option == option]
        parts = [_addition(rule) for rule in ours]
        parts += map(_change, changes)
        yield RemedyFacts("rules" if ours else "edit", clauses(parts), option)


def _change(edit: SuggestedEdit) -> str:
    said = tr("{action} {object} {id}", action=tr(ACTIONS[edit.action]), object=tr(OBJECTS[edit.object]), id=edit.id)
    return tr("{name}: {text}", name=said, text=edit.after) if edit.after else said


def _addition(rule: SuggestedRule) -> str:
    template = (
        marked("add {protocol} {ports} from {peer} to {group}")
        if rule.direction == "ingress"
        else marked("add {protocol} {ports} (outbound) to {peer} to {group}")
    )
    return tr(
        template,
        protocol=rule.ip_protocol,
        ports=rule.port_range,
        peer=rule.peer,
        group=rule.security_group_id,
    )
