"""Which findings does a scene lead to?

Runs every check, groups the blames, words the findings and ranks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from diagnose.findings import catalogue
from diagnose.findings.blame_group import BlameGroup, group_blames
from diagnose.findings.cause import Cause
from diagnose.findings.kerberos import kdc_answers, kdc_config, login
from diagnose.findings.model import CERTAINTY, Blame, Evidence, Finding, Severity
from diagnose.findings.names import nameservice, resolution, service_principals, wrong_address
from diagnose.findings.network import cluster_rules, network_acl, outside_cluster, packets, path, routes, security_group
from diagnose.findings.params import values_of
from diagnose.findings.wording import worded
from diagnose.findings.wording.en.phrases import listed
from diagnose.scene.bugs import Bug, guarded
from diagnose.scene.scene import Scene
from probes.rules.group_rule import describe

BLAMING: tuple[tuple[str, Callable[[Scene], Iterable[Blame]]], ...] = (
    ("dns", resolution.blames),
    ("dns", wrong_address.blames),
    ("dns", service_principals.blames),
    ("network", security_group.blames),
    ("network", network_acl.blames),
    ("network", routes.blames),
    ("network", outside_cluster.blames),
    ("network", packets.blames),
    ("network", path.blames),
    ("kerberos", kdc_config.blames),
)
"""Area and check. If a check fails, it is recorded as a bug and the others run on."""

STATING: tuple[tuple[str, Callable[[Scene], Iterable[Finding]]], ...] = (
    ("kerberos", kdc_config.findings),
    ("kerberos", kdc_answers.findings),
    ("kerberos", login.findings),
    ("network", cluster_rules.findings),
    ("dns", nameservice.findings),
    ("dns", resolution.findings),
)

AREAS = tuple(dict.fromkeys(area for area, _ in (*BLAMING, *STATING)))

PART_OF = {"SG-INTRA": "SG-ENTERPRISE"}
"""Code -> the code of which it is only an effect.

An enterprise group denies its own members as well.
"""

OUT_OF_DATE: frozenset[Cause] = frozenset({"rules-contradicted", "records-contradicted"})
"""Causes of blames of an input that another input or a packet contradicts."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

MOST_EVIDENCE = 12


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the checks found."""

    findings: tuple[Finding, ...]
    """Ranked. The first is the primary cause."""
    blames: tuple[Blame, ...]
    """What the repairs are made from."""
    bugs: tuple[Bug, ...]
    """Checks of ours that failed."""


def conclude(scene: Scene, areas: Iterable[str] = AREAS) -> Conclusion:
    """Run the checks of these areas, group their blames, word the findings and rank them."""
    wanted = set(areas)
    bugs: list[Bug] = []
    blames: list[Blame] = []
    unworded: list[Finding] = []
    for area, check in BLAMING:
        if area in wanted:
            with guarded(_name(check), bugs):
                for blame in check(scene):
                    blames.append(blame)  # noqa: PERF402 - what a check found before it failed is kept
    blames = resolution.alone(outside_cluster.settled(routes.settled(blames)))
    blames = kdc_config.first_dead(kdc_config.moved(blames, scene), scene)
    for area, state in STATING:
        if area in wanted:
            with guarded(_name(state), bugs):
                for finding in state(scene):
                    unworded.append(finding)  # noqa: PERF402 - as above
    for group in group_blames(scene, blames):
        with guarded("conclude", bugs):
            unworded.append(_finding(group))
    findings: list[Finding] = []
    for finding in unworded:
        with guarded("wording", bugs):
            findings.append(worded(finding))
    broken = {
        o.flow.id for o in scene.outcomes if o.flow.need == "required" and o.verdict not in ("reachable", "allowed")
    }
    present = {finding.code for finding in findings}
    findings = [finding for finding in findings if PART_OF.get(finding.code) not in present]
    ranked = sorted(findings, key=lambda finding: _rank(finding, broken))
    return Conclusion(tuple(ranked), tuple(blames), tuple(bugs))


def _name(check: Callable[[Scene], Iterable[object]]) -> str:
    """Return the name of a check in the list of bugs: that of its module."""
    return getattr(check, "__module__", "check").rpartition(".")[2]


def _finding(group: BlameGroup) -> Finding:
    first = group.first
    confidence = max((blame.confidence for blame in group.blames), key=CERTAINTY.index)
    return Finding(
        code=first.code,
        severity=_severity(first, any(flow.need == "required" for flow in group.flows)),
        confidence=confidence,
        params=values_of(group),
        cause=first.cause,
        flows=tuple(dict.fromkeys(flow.id for flow in group.flows)),
        evidence=tuple(dict.fromkeys(_evidence(group)))[:MOST_EVIDENCE],
        settle_by=None if confidence == "proven" else _settle_by(group),
    )


def _severity(blame: Blame, touches_required: bool) -> Severity:
    """Return the severity of the catalogue, but at most a warning in these cases:

    - no required flow is affected;
    - the fault harms some clients and no task;
    - an input is out of date.
    """
    severity = catalogue.severity(blame.code, touches_required)
    if severity == "error" and (not touches_required or blame.mild or blame.cause in OUT_OF_DATE):
        return "warning"
    return severity


def _evidence(group: BlameGroup) -> Iterator[Evidence]:
    for rule in group.rules:
        place = f" ({rule.origin.file}:{rule.origin.line})" if rule.origin else ""
        yield Evidence("rule", rule.id, f"{describe(rule)}, in {rule.group}{place}", rule.origin)
    yield from _decided(group)
    yield from (shown for blame in group.blames for shown in blame.evidence)
    yield from _looked_up(group)
    for blame in group.blames:
        observation = blame.outcome.observed
        if observation is not None:
            sender = f" from {observation.offender}" if observation.offender else ""
            text = f"{blame.flow.endpoint}: {observation.state}, {observation.reason}{sender}"
            yield Evidence("observation", blame.flow.id, text)
    for flow in {str(blame.flow.origin): blame.flow for blame in group.blames}.values():
        origin, end = flow.origin, flow.endpoint
        place = origin.file if origin.line is None else f"{origin.file}:{origin.line}"
        yield Evidence("line", place, f"{place} names {flow.service} at {end.host}:{end.port}", origin)


def _decided(group: BlameGroup) -> Iterator[Evidence]:
    """Yield the decisions that stop these flows. Without one, yield those that may."""
    decisions: dict[str, str] = {}
    for blame in group.blames:
        denying = [decision for decision in blame.outcome.decisions if decision.denied]
        for decision in denying or blame.outcome.decisions:
            if decision.denied or decision.unknown:
                why = "; ".join(dict.fromkeys(line.why for line in decision.deciding if line.verdict != "allowed"))
                side = "inbound" if decision.direction == "ingress" else "outbound"
                what = "routes" if decision.layer == "route" else f"{side} rules"
                decisions.setdefault(f"{what} of {', '.join(decision.at)}: {why}", blame.flow.id)
    yield from (Evidence("decision", flow, text) for text, flow in decisions.items())


def _looked_up(group: BlameGroup) -> Iterator[Evidence]:
    """Yield what the resolver gave for the hosts of these flows."""
    texts: dict[str, str] = {}
    for blame in group.blames:
        if blame.name is not None:
            texts.setdefault(blame.name.seen(), blame.flow.id)
    yield from (Evidence("observation", flow, text) for text, flow in texts.items() if text)


def _settle_by(group: BlameGroup) -> str:
    missing = list(dict.fromkeys(text for blame in group.blames for text in blame.missing))
    if missing:
        return "; ".join(missing)
    ends = [flow.endpoint for flow in group.flows]
    what = f"{ends[0]}" if len(ends) == 1 else f"{ends[0]} and {len(ends) - 1} more"
    return f"a probe of {what} from a host in {listed(group.networks)}: run this check there without --offline"


def _rank(finding: Finding, broken: set[str]) -> tuple[int, int, int, int]:
    """Return the sort key.

    Worst first, then surest, then what explains most broken required flows, then most flows.
    """
    return (
        SEVERITIES.index(finding.severity),
        -CERTAINTY.index(finding.confidence),
        -sum(flow in broken for flow in finding.flows),
        -len(finding.flows),
    )
