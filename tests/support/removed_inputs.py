"""What may a report say when one input of its case is gone?

It may know less. It may not know better: no new sure cause, no new rule, and nothing that was
blocked or unknown is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.case import directory
from diagnose.case.errors import CaseError
from diagnose.case.sources import with_sources
from diagnose.case.tree import Tree
from diagnose.engine import diagnose
from diagnose.flows.plan import flows
from diagnose.remedies.model import SuggestedRule
from diagnose.report.build import Clock, build
from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import FlowFacts
from diagnose.report.model import Report
from diagnose.scene.observed import recorded_observations
from probes.addresses import Ranges, parse, subtract, union

Files = Mapping[str, bytes]
Broken = list[str]
"""Each thing that a report says better than the whole case did, in words."""


def report_of(files: Files, block: str | None = None) -> Report | None:
    """Return the report of a case without packets. None if the input is refused, or if there is
    nothing to check."""
    try:
        case = directory.of_tree(Tree("case", files))
    except CaseError:
        return None
    if block is not None:
        case = with_sources(case, [block])
    plan = flows(case)
    if not plan.flows and not case.faults and not case.settings and case.krb5 is None:
        return None
    return build(diagnose(case, recorded_observations(case), plan=plan), "check", Clock("2026-11-29T00:00:00.000Z", 1))


def without_each_file(files: Files) -> Iterator[tuple[str, Files]]:
    """Yield the name of each input, and the case without it."""
    for gone in files:
        if not gone.endswith(".md"):
            yield gone, {name: content for name, content in files.items() if name != gone}


def without_each_item(files: Files) -> Iterator[tuple[str, Files]]:
    """Yield each table and each key of case.toml, and the case without it."""
    for item, text in _items(files["case.toml"].decode()):
        yield f"case.toml {item}", {**files, "case.toml": text.encode()}


def _items(text: str) -> Iterator[tuple[str, str]]:
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if line.startswith("[")]
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        yield f"line {start + 1}, {lines[start].strip()}", "".join(lines[:start] + lines[end:])
    for number, line in enumerate(lines):
        if "=" in line and line[0].isalpha():
            yield f"line {number + 1}, {line.strip()}", "".join(lines[:number] + lines[number + 1 :])


def said_better(whole: Report, less: Report) -> Broken:
    """Return what the report of fewer inputs says that the report of all does not bear out."""
    return [
        *([f"exit code {less.exit_code} instead of {whole.exit_code}"] if _is_bolder(whole, less) else []),
        *(f"bug: {bug.error}" for bug in less.bugs),
        *(f"{code} is a new cause" for code in _new_causes(whole, less)),
        *(f"a new rule: {rule}" for rule in less.suggested_rules if not _was_suggested(whole, rule)),
        *_changed_verdicts(whole, less),
    ]


def _is_bolder(whole: Report, less: Report) -> bool:
    """Return True if the exit code claims what the whole case did not: only 3 is always weaker."""
    return less.exit_code not in (whole.exit_code, 3)


def _new_causes(whole: Report, less: Report) -> Iterator[str]:
    """Yield the sure causes that are new. A wider word for the same connections is not."""
    before = {one.code for one in _sure(whole)}
    explained = {name for one in _sure(whole) for name in _names(whole, one.flows)}
    for one in _sure(less):
        if one.code not in before and not set(_names(less, one.flows)) <= explained:
            yield one.code


def _sure(report: Report) -> list[FindingFacts]:
    return [one for one in report.findings if one.severity == "error" and one.confidence != "inferred"]


def _was_suggested(whole: Report, rule: SuggestedRule) -> bool:
    """Return True if the whole case asked for this rule, or for one of a larger block."""
    return any(
        _opening(known) == _opening(rule)
        and _lies_in(rule.source_cidr_ip, known.source_cidr_ip)
        and _lies_in(rule.dest_cidr_ip, known.dest_cidr_ip)
        for known in whole.suggested_rules
    )


def _opening(rule: SuggestedRule) -> tuple[str, str, str, str, str]:
    return rule.security_group_id, rule.direction, rule.policy, rule.ip_protocol, rule.port_range


def _lies_in(block: str | None, larger: str | None) -> bool:
    if block is None or larger is None:
        return block == larger
    return not subtract((parse(block),), (parse(larger),))


def _changed_verdicts(whole: Report, less: Report) -> Iterator[str]:
    before = {name: flow for flow in whole.flows for name in _names_of(flow)}
    for flow in less.flows:
        known = next((before[name] for name in _names_of(flow) if name in before), None)
        if flow.verdict == "unknown" or (known is not None and known.verdict == flow.verdict):
            continue
        if known is None and flow.verdict not in ("blocked", "partial"):
            continue
        if known is not None and known.verdict == "partial" and _says_that_networks_are_missing(known, flow, less):
            continue
        yield f"{flow.id} is {flow.verdict}, was {known.verdict if known else 'no connection'}"


def _says_that_networks_are_missing(whole: FlowFacts, less: FlowFacts, report: Report) -> bool:
    fewer = subtract(_ranges(whole), _ranges(less)) and not subtract(_ranges(less), _ranges(whole))
    return bool(fewer) and any("[[resource_group.networks]]" in entry.needs for entry in report.skipped)


def _ranges(flow: FlowFacts) -> Ranges:
    return union(parse(block) for block in flow.sources)


def _names(report: Report, flows: list[str]) -> Iterator[tuple[str, str, int, str]]:
    for flow in report.flows:
        if flow.id in flows:
            yield from _names_of(flow)


def _names_of(flow: FlowFacts) -> Iterator[tuple[str, str, int, str]]:
    """Yield what tells a connection apart: by the name of its host without the domain, and by its
    address. A file less may leave only one of them."""
    component = flow.id.partition("/")[0]
    label = flow.host if flow.host.replace(".", "").isdigit() else flow.host.partition(".")[0]
    for place in dict.fromkeys((label, flow.address or label)):
        yield component, place, flow.port, flow.transport
