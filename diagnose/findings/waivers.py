"""Which findings are waived, and which waivers have run out, fit only in part, or fit nothing?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from diagnose.case.waiver import ANYWHERE, Waiver
from diagnose.findings.model import Finding
from diagnose.findings.values import Value
from diagnose.flows.model import Flow
from probes.frozen import frozen

State = Literal["applies", "expired", "partial", "unmatched"]
"""What became of a waiver.

* applies: it waives every finding of its code at this place, alone or together with others.
* expired: its day has passed, so what it fits counts again.
* partial: what it fits has connections elsewhere as well, so it counts.
* unmatched: no finding of its code is at this place.
"""


@frozen
class Waived:
    """A waiver, and what it fits."""

    waiver: Waiver
    """The waiver."""
    state: State
    """What became of it."""
    findings: tuple[Finding, ...] = ()
    """What it fits."""


def waived(
    waivers: Sequence[Waiver], findings: Sequence[Finding], flows: Mapping[str, Flow], today: date
) -> tuple[Waived, ...]:
    """Return what became of each waiver. `flows`: those of the case, by id."""
    live = [waiver for waiver in waivers if today <= waiver.until]
    return tuple(_waived(waiver, live, findings, flows) for waiver in waivers)


def _waived(waiver: Waiver, live: Sequence[Waiver], findings: Sequence[Finding], flows: Mapping[str, Flow]) -> Waived:
    ours = [finding for finding in findings if finding.code == waiver.code]
    fits = [(finding, _share((waiver.where,), finding, flows)) for finding in ours]
    found = tuple(finding for finding, share in fits if share != "nothing")
    if not found:
        return Waived(waiver, "unmatched")
    if waiver not in live:
        return Waived(waiver, "expired", found)
    whole = tuple(finding for finding, share in fits if share == "all" or _is_shared(finding, share, live, flows))
    return Waived(waiver, "applies", whole) if whole else Waived(waiver, "partial", found)


def _is_shared(finding: Finding, share: Share, live: Sequence[Waiver], flows: Mapping[str, Flow]) -> bool:
    """Return True if no waiver alone fits the whole finding, and those that fit a part of it do
    together."""
    if share != "some":
        return False
    places = [waiver.where for waiver in live if waiver.code == finding.code]
    parts = [where for where in places if _share((where,), finding, flows) == "some"]
    is_alone = any(_share((where,), finding, flows) == "all" for where in places)
    return not is_alone and _share(parts, finding, flows) == "all"


Share = Literal["all", "some", "nothing"]
"""How much of a finding is at a place."""


def _share(places: Collection[str], finding: Finding, flows: Mapping[str, Flow]) -> Share:
    """Return how much of a finding is at these places: of its connections, or of what it names."""
    if ANYWHERE in places:
        return "all"
    wanted = frozenset(where.lower() for where in places)
    fitting = [not wanted.isdisjoint(_names(flows[flow])) for flow in finding.flows if flow in flows]
    if any(fitting):
        return "all" if all(fitting) else "some"
    lines = [shown.origin for shown in finding.evidence if shown.kind == "line" and shown.origin is not None]
    own: list[Value] = [[shown.ref for shown in finding.evidence if shown.kind == "rule"]]
    own += [[origin.file for origin in lines], [f"{origin.file}:{origin.line}" for origin in lines]]
    return _together(_share_of_value(wanted, value) for value in (finding.params, *own))


def _share_of_value(wanted: Collection[str], value: Value) -> Share:
    """Return how much of a value is one of these texts. Of a list with other items it is a part."""
    if isinstance(value, str):
        return "all" if value.lower() in wanted else "nothing"
    if isinstance(value, Mapping):
        return _together(_share_of_value(wanted, inner) for inner in value.values())
    if not isinstance(value, Sequence):
        return "nothing"
    shares = {_share_of_value(wanted, inner) for inner in value}
    return "all" if shares == {"all"} else "some" if shares & {"all", "some"} else "nothing"


def _together(shares: Iterable[Share]) -> Share:
    """Return the share of a whole whose parts each name it or not. A part that is only half it
    counts."""
    found = set(shares)
    return "some" if "some" in found else "all" if "all" in found else "nothing"


def _names(flow: Flow) -> set[str]:
    """Return what a connection may be called, in lower case."""
    end = flow.endpoint
    hosts = [end.host, end.host.partition(".")[0], end.address or end.host]
    places = {f"[{host}]" if ":" in host else host for host in hosts}
    targets = {f"{host}:{flow.port_text}" for host in places}
    urls = {f"{end.transport}://{target}" for target in targets}
    lines = (flow.origin.file, f"{flow.origin.file}:{flow.origin.line}")
    return {name.lower() for name in (flow.id, *hosts, *targets, *urls, *lines)}
