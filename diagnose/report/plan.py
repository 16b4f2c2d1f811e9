"""What a check would send: flow by flow, which questions may follow, and how long all of it can take at worst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.json import encode as to_json
from msgspec.json import format as indent

from diagnose.case.model import Case, Skipped
from diagnose.flows.model import Source
from diagnose.live.follow_up.model import Possible
from diagnose.live.plan import Schedule, Sending, is_name
from diagnose.output.json_text import encodable, schema_of
from diagnose.output.page import Page, Said
from diagnose.report.flow_words import domain, short
from diagnose.report.model import CaseFacts, OriginFacts, SkippedFacts, Tool
from probes.addresses import cidrs

MOST_SERVICES = 3
"""So many services are named where a question may be asked of some connections."""


class PlannedQuestion(Struct, frozen=True):
    """A question that may follow. when: a clause after "if"; sends: what then leaves this host; most_probes: how many of it."""

    question: str
    when: str
    sends: str
    most_probes: int


class PlannedFlow(Struct, frozen=True):
    """sends: what leaves this host, in words; needs nothing but an ordinary socket. payload_bytes: of one request, 0 where only a handshake is made;
    sent_at: seconds after the start at which it goes out, until something answers."""

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
    sends: str
    payload_bytes: int
    sent_at: list[float]
    further: list[PlannedQuestion]


class Phase(Struct, frozen=True):
    """One after another. worst_case_seconds: if every peer does its worst in it."""

    phase: Literal["names", "flows", "further questions"]
    worst_case_seconds: float


class Plan(Struct, frozen=True):
    """worst_case_seconds: of all phases. replayed: the case carries observations, so `check` sends nothing of this and takes no time for it.
    names: looked up with this host's own resolver before anything else."""

    schema_version: Literal["1"]
    tool: Tool
    command: Literal["plan"]
    case: CaseFacts | None
    flows: list[PlannedFlow]
    names: list[str]
    worst_case_seconds: float
    skipped: list[SkippedFacts]
    phases: list[Phase]
    replayed: bool


def plan(
    tool: Tool,
    case: CaseFacts | None,
    sendings: Sequence[Sending],
    skipped: Sequence[Skipped],
    schedule: Schedule,
    *,
    replayed: bool = False,
) -> Plan:
    names = dict.fromkeys(one.flow.endpoint.host for one in sendings if is_name(one.flow.endpoint.host))
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
        [_planned(one) for one in sendings],
        list(names),
        0.0 if replayed else round(sum(phase.worst_case_seconds for phase in phases), 1),
        [SkippedFacts(skip.check, skip.cause, skip.needs) for skip in skipped],
        phases,
        replayed,
    )


def encode(value: Plan) -> bytes:
    try:
        compact = to_json(value)
    except UnicodeEncodeError:  # file names that are no UTF-8
        from msgspec import to_builtins

        compact = to_json(encodable(to_builtins(value)))
    return indent(compact, indent=2) + b"\n"


def schema() -> bytes:
    """The JSON Schema of what `plan --format json` writes."""
    return schema_of(Plan, "emr-diagnose plan, schema 1")


def render(value: Plan, sources: Sequence[Source], case: Case, width: int, colour: bool) -> str:
    """A line a flow, in the order of the case; then what is sent, what may follow, names and time."""
    page = Page(width, colour)
    networks = ", ".join(block for source in sources for block in cidrs(source.ranges)) or "no known network"
    page.line(f"Case {case.name}: {len(value.flows)} connections, to be made from {networks}. Nothing has been sent.")
    if value.replayed:
        page.line("The case carries observations of an earlier run: check would replay those, and send nothing either.")
    suffix = domain(flow.host for flow in value.flows)
    kinds = list(dict.fromkeys(_kind(flow) for flow in value.flows))
    page.heading("What check would send")
    if suffix:
        page.line(Said(f"Host names are shown without {suffix}", "quiet"), indent=2)
    page.rows(
        [
            (
                flow.need,
                flow.service,
                f"{short(flow.host, suffix)}:{flow.port}/{flow.transport}",
                str(kinds.index(_kind(flow)) + 1),
                _origin(flow),
            )
            for flow in value.flows
        ],
        head=("need", "service", "to", "sends", "read from"),
    )
    if kinds:
        page.heading("Sends")
        page.listed(kinds, mark="1.")
        page.line("All of it from ordinary sockets: no privilege is needed.", indent=2)
    _following(page, value.flows)
    _time(page, value, suffix)
    if value.skipped:
        page.heading("Not included")
        page.listed(
            f"{skip.check}: {skip.cause}." + (f" It needs {skip.needs}." if skip.needs else "")
            for skip in value.skipped
        )
    return page.text


def _following(page: Page, flows: Sequence[PlannedFlow]) -> None:
    """Each question that may follow, once, with the connections that it may be asked of."""
    asked: dict[tuple[str, str], list[PlannedFlow]] = {}
    for flow in flows:
        for one in flow.further:
            asked.setdefault((one.when, one.sends), []).append(flow)
    page.heading("What may follow the first answers")
    if not asked:
        page.line("Nothing.", indent=2)
    page.listed(f"{_of(asked_of, flows)}: if {when}, {sends}." for (when, sends), asked_of in asked.items())


def _of(some: Sequence[PlannedFlow], every: Sequence[PlannedFlow]) -> str:
    """'Every TCP connection', 'KDC over UDP (2)', '17 connections (KDC over UDP, NameNode RPC and 10 other services)'."""
    if len(some) == len(every):
        return "Every connection"
    (transport, *others) = dict.fromkeys(flow.transport for flow in some)
    if not others and len(some) == sum(flow.transport == transport for flow in every):
        return f"Every {transport.upper()} connection"
    services = Counter(f"{flow.service} over {flow.transport.upper()}" for flow in some)
    if len(services) <= MOST_SERVICES:
        return ", ".join(f"{service} ({count})" for service, count in services.items())
    named = ", ".join(list(services)[: MOST_SERVICES - 1])
    return f"{len(some)} connections ({named} and {len(services) - MOST_SERVICES + 1} other services)"


def _time(page: Page, value: Plan, suffix: str) -> None:
    page.heading("How long it may take")
    if value.replayed:
        page.line("No time: nothing is sent.", indent=2)
    else:
        parts = ", ".join(f"{phase.phase} {phase.worst_case_seconds:g} s" for phase in value.phases)
        page.line(f"At worst {value.worst_case_seconds:g} s: {parts}.", indent=2)
        page.line("--deadline SECONDS of check ends it earlier, with what is known by then.", indent=2)
    names = ", ".join(short(name, suffix) for name in value.names) or "none"
    page.line(f"Names to be looked up first, by this host's resolver: {names}.", indent=2)


def _planned(one: Sending) -> PlannedFlow:
    flow = one.flow
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
        one.words,
        one.payload,
        list(one.moments),
        [_question(question) for question in one.further],
    )


def _question(one: Possible) -> PlannedQuestion:
    return PlannedQuestion(one.name, one.when, one.sends, one.most)


def _kind(flow: PlannedFlow) -> str:
    return f"{flow.sends[0].upper()}{flow.sends[1:]}."


def _origin(flow: PlannedFlow) -> str:
    return flow.origin.file if flow.origin.line is None else f"{flow.origin.file}:{flow.origin.line}"
