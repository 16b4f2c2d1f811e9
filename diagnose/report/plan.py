"""What would a check send, which questions may follow, and how long can all of it take?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from diagnose.case.model import Case, Skipped
from diagnose.flows.model import Source
from diagnose.live.follow_up.model import Possible
from diagnose.live.plan import Schedule, Sending, is_name
from diagnose.output.json_text import json_text, schema_of
from diagnose.output.page import Page
from diagnose.output.sentences import commas, series, with_stop
from diagnose.output.styled import Styled
from diagnose.report.fault_words import sentence
from diagnose.report.flow_model import Need, OriginFacts
from diagnose.report.flow_words import OPTIONAL, domain, short
from diagnose.report.model import CaseFacts, SkippedFacts, Tool
from diagnose.report.value_words import NEEDS as NEED_WORDS
from probes.addresses import cidrs
from probes.language import marked, tr

MOST_SERVICES = 3
"""Services that are named if a question may be asked of some connections only."""


PHASES = {"names": marked("names"), "flows": marked("flows"), "further questions": marked("further questions")}


class PlannedQuestion(Struct, frozen=True):
    """A question that may follow the first answers."""

    question: str
    """Name of the question."""
    when: str
    """When it is asked, as a clause after "if"."""
    sends: str
    """What then leaves this host, in words."""
    most_probes: int
    """Probes that it sends at most."""


class PlannedFlow(Struct, frozen=True):
    """One flow and what a check would send for it. An ordinary socket is enough for all of it."""

    id: str
    """Stable id: "kdc/master-1-1:88/udp"."""
    service: str
    """Title of the service."""
    host: str
    """Host, as the client writes it."""
    address: str | None
    """Its address in the case. null if the case has none."""
    port: int
    """Destination port."""
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
    sends: str
    """What leaves this host, in words."""
    payload_bytes: int
    """Bytes of one request. 0 if only a handshake is made."""
    sent_at: list[float]
    """Seconds after the start at which the request is sent, until something answers."""
    further: list[PlannedQuestion]
    """Questions that may follow."""


class Phase(Struct, frozen=True):
    """One of the phases of a check, which run one after another."""

    phase: Literal["names", "flows", "further questions"]
    """Name of the phase."""
    worst_case_seconds: float
    """Time that it takes if every peer lets every timeout expire, in seconds."""


class Plan(Struct, frozen=True):
    """Everything that a check would do."""

    schema_version: Literal["1"]
    """Version of this schema."""
    tool: Tool
    """The program that made the plan."""
    command: Literal["plan"]
    """The command that made it."""
    case: CaseFacts | None
    """The case. null if no case was read."""
    flows: list[PlannedFlow]
    """All flows, in the order of the case."""
    names: list[str]
    """Names that this host's resolver is asked for before anything else."""
    worst_case_seconds: float
    """Time that all phases take at worst, in seconds. 0 if the case is replayed."""
    skipped: list[SkippedFacts]
    """Checks that cannot be made."""
    phases: list[Phase]
    """The phases, in order."""
    replayed: bool
    """true if the case carries observations: `check` then sends nothing and takes no time for
    it."""


def plan(
    tool: Tool,
    case: CaseFacts | None,
    sendings: Sequence[Sending],
    skipped: Sequence[Skipped],
    schedule: Schedule,
    *,
    replayed: bool = False,
) -> Plan:
    """Return the plan as a value. `replayed`: the case carries observations, so that nothing is
    sent."""
    hosts = dict.fromkeys(sending.flow.endpoint.host for sending in sendings)
    names = [host for host in hosts if is_name(host)]
    phases = [
        Phase("names", schedule.names),
        Phase("flows", schedule.flows),
        Phase("further questions", schedule.further),
    ]
    return Plan(
        "1",
        tool,
        "plan",
        case,
        [_planned(sending) for sending in sendings],
        names,
        0.0 if replayed else round(sum(phase.worst_case_seconds for phase in phases), 1),
        [SkippedFacts(skip.check, skip.cause, skip.needs) for skip in skipped],
        phases,
        replayed,
    )


def encode(value: Plan) -> bytes:
    """Return the plan as indented JSON that ends with a line feed."""
    return json_text(value)


def schema() -> bytes:
    """Return the JSON Schema of what `plan --format json` writes."""
    return schema_of(Plan, "emr-diagnose plan, schema 1")


def render(value: Plan, sources: Sequence[Source], case: Case, width: int, colour: bool) -> str:
    """Return a page: one line for each flow, then what is sent, what may follow, names and time."""
    page = Page(width, colour)
    networks = series([block for source in sources for block in cidrs(source.ranges)])
    page.line(
        tr(
            "Case {case}: {count} connections, to be made from {networks}. Nothing has been sent.",
            case=case.name,
            count=len(value.flows),
            networks=networks or tr("the resource group, whose network is not known (give it with --from CIDR)"),
        )
    )
    if value.replayed:
        page.line(
            tr("The case carries observations of an earlier run: check would replay them and send nothing either.")
        )
    suffix = domain(flow.host for flow in value.flows)
    kinds = list(dict.fromkeys(_kind(flow) for flow in value.flows))
    page.heading(tr("What check would send"))
    if suffix:
        page.line(Styled(tr("Host names are shown without {domain}", domain=suffix), "quiet"), indent=2)
    page.rows(
        [
            (
                tr(NEED_WORDS[flow.need]),
                flow.service,
                f"{short(flow.host, suffix)}:{flow.port}/{flow.transport}",
                str(kinds.index(_kind(flow)) + 1),
                _origin(flow),
            )
            for flow in value.flows
        ],
        head=(tr("need"), tr("service"), tr("to"), tr("sends"), tr("read from")),
    )
    if any(flow.need == "optional" for flow in value.flows):
        meaning = tr("{name}: {text}", name=tr(NEED_WORDS["optional"]), text=tr(OPTIONAL))
        page.line(Styled(meaning, "quiet"), indent=2)
    if kinds:
        page.heading(tr("Sends"))
        page.listed(kinds, mark="1.")
        page.line(tr("All of it from ordinary sockets: no privilege is needed."), indent=2)
    _following(page, value.flows)
    _time(page, value, suffix)
    if value.skipped:
        page.heading(tr("Not included"))
        page.listed(
            sentence(
                tr("{name}: {text}", name=skip.check, text=skip.cause),
                tr("It needs {needs}", needs=skip.needs) if skip.needs else "",
            )
            for skip in value.skipped
        )
    return page.text


def _following(page: Page, flows: Sequence[PlannedFlow]) -> None:
    """Write each question that may follow once, with the connections that it may be asked of."""
    asked: dict[tuple[str, str], list[PlannedFlow]] = {}
    for flow in flows:
        for question in flow.further:
            asked.setdefault((question.when, question.sends), []).append(flow)
    page.heading(tr("What may follow the first answers"))
    if not asked:
        page.line(tr("Nothing."), indent=2)
    page.listed(
        tr("{connections}: if {condition}, {sends}.", connections=_which(some, flows), condition=when, sends=sends)
        for (when, sends), some in asked.items()
    )


def _which(some: Sequence[PlannedFlow], every: Sequence[PlannedFlow]) -> str:
    """Return 'Every TCP connection', 'KDC over UDP (2)', or '17 connections (KDC over UDP and 10
    other services)'."""
    if len(some) == len(every):
        return tr("Every connection")
    (transport, *others) = dict.fromkeys(flow.transport for flow in some)
    if not others and len(some) == sum(flow.transport == transport for flow in every):
        return tr("Every {transport} connection", transport=transport.upper())
    services = Counter(
        tr("{service} over {transport}", service=flow.service, transport=flow.transport.upper()) for flow in some
    )
    if len(services) <= MOST_SERVICES:
        return series([tr("{service} ({count})", service=service, count=count) for service, count in services.items()])
    return tr(
        "{count} connections ({services} and {others} other services)",
        count=len(some),
        services=series(list(services)[: MOST_SERVICES - 1]),
        others=len(services) - MOST_SERVICES + 1,
    )


def _time(page: Page, value: Plan, suffix: str) -> None:
    page.heading(tr("How long it may take"))
    if value.replayed:
        page.line(tr("No time: nothing is sent."), indent=2)
    else:
        parts = commas(
            tr("{phase} {seconds} s", phase=tr(PHASES[phase.phase]), seconds=f"{phase.worst_case_seconds:g}")
            for phase in value.phases
        )
        page.line(tr("At worst {seconds} s: {parts}.", seconds=f"{value.worst_case_seconds:g}", parts=parts), indent=2)
        page.line(tr("check --deadline SECONDS stops earlier and reports what is known by then."), indent=2)
    names = series([short(name, suffix) for name in value.names]) or tr("none")
    page.line(tr("Names to be looked up first, by this host's resolver: {names}.", names=names), indent=2)


def _planned(sending: Sending) -> PlannedFlow:
    flow = sending.flow
    end, origin = flow.endpoint, flow.origin
    return PlannedFlow(
        flow.id,
        flow.service,
        end.host,
        end.address,
        end.port,
        end.transport,
        cidrs(flow.sources),
        flow.need,
        flow.why,
        OriginFacts(origin.file, origin.line, origin.key),
        sending.words,
        sending.payload,
        list(sending.moments),
        [_question(question) for question in sending.further],
    )


def _question(question: Possible) -> PlannedQuestion:
    return PlannedQuestion(question.name, question.when, question.sends, question.most)


def _kind(flow: PlannedFlow) -> str:
    return with_stop(f"{flow.sends[0].upper()}{flow.sends[1:]}")


def _origin(flow: PlannedFlow) -> str:
    return flow.origin.file if flow.origin.line is None else f"{flow.origin.file}:{flow.origin.line}"
