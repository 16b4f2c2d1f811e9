"""What a check would send: one line a flow, and how long it can take at worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.json import encode as to_json
from msgspec.json import format as indent

from diagnose.case.model import Case, Skipped
from diagnose.flows.model import Flow, Source
from diagnose.report.model import CaseFacts, OriginFacts, SkippedFacts, Tool
from probes.addresses import cidrs
from probes.kdc.cliff import MOST_DATAGRAMS

PATIENCES_OF_KDC_SEARCH = 2
"""A KDC that refuses is looked for on other ports, all at once: one more round."""


class PlannedFlow(Struct, frozen=True):
    """sends: what leaves this host, in words; needs nothing but an ordinary socket."""

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


class Plan(Struct, frozen=True):
    """worst_case_seconds: if every peer does its worst; silence from all of them takes about half."""

    schema_version: Literal["1"]
    tool: Tool
    command: Literal["plan"]
    case: CaseFacts | None
    flows: list[PlannedFlow]
    names: list[str]
    worst_case_seconds: float
    skipped: list[SkippedFacts]


def plan(
    tool: Tool, case: CaseFacts | None, flows: Sequence[Flow], skipped: Sequence[Skipped], worst_case_seconds: float
) -> Plan:
    names = dict.fromkeys(flow.endpoint.host for flow in flows if _is_name(flow.endpoint.host))
    return Plan(
        "1",
        tool,
        "plan",
        case,
        [_planned(flow) for flow in flows],
        list(names),
        round(worst_case_seconds, 1),
        [SkippedFacts(skip.check, skip.cause, skip.needs) for skip in skipped],
    )


def encode(value: Plan) -> bytes:
    return indent(to_json(value), indent=2) + b"\n"


def render(value: Plan, sources: Sequence[Source], case: Case, width: int, colour: bool) -> str:
    """One line a flow, by host; then names and time."""
    from diagnose.report.page import Page  # noqa: PLC0415

    page = Page(width, colour)
    networks = ", ".join(block for source in sources for block in cidrs(source.ranges)) or "no known network"
    page.line(f"Case {case.name}: {len(value.flows)} connections, to be made from {networks}. Nothing has been sent.")
    page.heading("What check would send")
    page.rows(
        [(flow.need, flow.service, f"{flow.host}:{flow.port}/{flow.transport}", _origin(flow)) for flow in value.flows],
        head=("need", "service", "to", "read from"),
    )
    page.line("TCP: one handshake, closed at once.", indent=2)
    if any(flow.service == "KDC" for flow in value.flows):
        page.line(
            "KDC: an AS-REQ for K/M, for which no KDC issues a ticket; over UDP at most three datagrams. One that answers over UDP is then asked for "
            f"answers of growing size, at most {MOST_DATAGRAMS} datagrams, which its log shows as unknown clients.",
            indent=2,
        )
    page.heading("How long it may take")
    page.line(
        f"At worst {value.worst_case_seconds:g} s; about half of that if every connection stays silent.", indent=2
    )
    page.line(f"Names to be resolved first: {', '.join(value.names) or 'none'}.", indent=2)
    page.line(
        "With Kerberos, the addresses of the services are looked up backwards too. A name that does not resolve is asked of each name server of "
        "/etc/resolv.conf, as are the other hosts that the files name; where there are several servers, each is asked one name.",
        indent=2,
    )
    if value.skipped:
        page.heading("Not included")
        page.listed(
            f"{skip.check}: {skip.cause}." + (f" It needs {skip.needs}." if skip.needs else "")
            for skip in value.skipped
        )
    return page.text


def _planned(flow: Flow) -> PlannedFlow:
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
        _sends(flow),
    )


def _sends(flow: Flow) -> str:
    if flow.area != "kerberos":
        return "a TCP handshake, closed at once"
    how = "up to 3 datagrams" if flow.endpoint.transport == "udp" else "a TCP connection"
    return f"{how} with one AS-REQ for K/M@{flow.realm}, for which no KDC issues a ticket"


def _origin(flow: PlannedFlow) -> str:
    return flow.origin.file if flow.origin.line is None else f"{flow.origin.file}:{flow.origin.line}"


def _is_name(host: str) -> bool:
    return any(letter.isalpha() for letter in host) and ":" not in host
