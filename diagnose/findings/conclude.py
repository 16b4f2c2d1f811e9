"""From a scene to findings: run every check, put blames of one cause together, say them, and rank them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from diagnose.findings import catalogue
from diagnose.findings.kerberos import kdc_answers, kdc_config, login
from diagnose.findings.model import CERTAINTY, Blame, Evidence, Finding, Severity
from diagnose.findings.names import nameservice, resolution, service_principals, wrong_address
from diagnose.findings.names.name_fault import NameFault
from diagnose.findings.network import cluster_rules, network_acl, outside_cluster, packets, path, routes, security_group
from diagnose.findings.wording import Told, words
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
"""Area and check. A check that fails is recorded as a bug, and the others go on."""

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
"""A finding that is only one more effect of another: an enterprise group denies its own members as it denies everybody."""

OUT_OF_DATE = ("contradiction", "records")
"""Keys of blames of an input that another input or a packet contradicts."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

MOST_EVIDENCE = 12


@dataclass(frozen=True, slots=True)
class Conclusion:
    """findings: ranked, the first is the primary cause; blames: by finding code and key, what the repairs are made from."""

    findings: tuple[Finding, ...]
    blames: tuple[Blame, ...]
    bugs: tuple[Bug, ...]


def conclude(scene: Scene, areas: Iterable[str] = AREAS) -> Conclusion:
    """areas: those to look at; what the others would say is left out by the caller's wish."""
    wanted = set(areas)
    bugs: list[Bug] = []
    blames: list[Blame] = []
    findings: list[Finding] = []
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
                    findings.append(finding)  # noqa: PERF402 - as above
    for told in _together(blames, scene):
        with guarded("conclude", bugs):
            findings.append(_finding(told))
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


def _together(blames: Iterable[Blame], scene: Scene) -> Iterator[Told]:
    by_cause: dict[tuple[str, object], list[Blame]] = {}
    for blame in blames:
        by_cause.setdefault((blame.code, blame.key), []).append(blame)
    for group in by_cause.values():
        yield Told(scene, tuple(group))


def _finding(told: Told) -> Finding:
    first = told.blames[0]
    said = words(first.code, told)
    confidence = max((blame.confidence for blame in told.blames), key=CERTAINTY.index)
    touches_required = any(flow.need == "required" for flow in told.flows)
    finding = Finding(
        code=first.code,
        severity=_severity(first, touches_required),
        confidence=confidence,
        title=said.title,
        cause=said.cause,
        detail=said.detail,
        flows=tuple(dict.fromkeys(flow.id for flow in told.flows)),
        evidence=tuple(dict.fromkeys(_evidence(told)))[:MOST_EVIDENCE],
        advice=said.advice,
    )
    return finding if confidence == "proven" else replace(finding, settle_by=_settle_by(told))


def _severity(blame: Blame, touches_required: bool) -> Severity:
    """As the catalogue says; but what breaks no required flow is never more than a warning, and neither is an input that is out of date."""
    severity = catalogue.severity(blame.code, touches_required)
    if severity == "error" and (not touches_required or blame.mild or blame.key in OUT_OF_DATE):
        return "warning"
    return severity


def _evidence(told: Told) -> Iterator[Evidence]:
    for rule in told.rules:
        place = f" ({rule.origin.file}:{rule.origin.line})" if rule.origin else ""
        yield Evidence("rule", rule.id, f"{describe(rule)}, in {rule.group}{place}")
    decisions: dict[str, str] = {}
    for blame in told.blames:
        denying = [decision for decision in blame.outcome.decisions if decision.denied]
        for decision in denying or blame.outcome.decisions:
            if decision.denied or decision.unknown:
                why = "; ".join(dict.fromkeys(line.why for line in decision.deciding if line.verdict != "allowed"))
                side = "inbound" if decision.direction == "ingress" else "outbound"
                what = "routes" if decision.layer == "route" else f"{side} rules"
                decisions.setdefault(f"{what} of {', '.join(decision.at)}: {why}", blame.flow.id)
    yield from (Evidence("decision", flow, text) for text, flow in decisions.items())
    yield from (shown for blame in told.blames for shown in blame.evidence)
    looked_up: dict[str, str] = {}
    for blame in told.blames:
        if isinstance(blame.key, NameFault):
            looked_up.setdefault(blame.key.seen(), blame.flow.id)
    yield from (Evidence("observation", flow, text) for text, flow in looked_up.items() if text)
    for blame in told.blames:
        seen = blame.outcome.observed
        if seen is not None:
            sender = f" from {seen.offender}" if seen.offender else ""
            yield Evidence("observation", blame.flow.id, f"{blame.flow.endpoint}: {seen.state}, {seen.reason}{sender}")
    for flow in {str(blame.flow.origin): blame.flow for blame in told.blames}.values():
        origin = flow.origin
        place = origin.file if origin.line is None else f"{origin.file}:{origin.line}"
        yield Evidence("line", place, f"{place} names {flow.service} at {flow.endpoint.host}:{flow.endpoint.port}")


def _settle_by(told: Told) -> str:
    missing = list(dict.fromkeys(text for blame in told.blames for text in blame.missing))
    if missing:
        return "; ".join(missing)
    ends = [flow.endpoint for flow in told.flows]
    what = f"{ends[0]}" if len(ends) == 1 else f"{ends[0]} and {len(ends) - 1} more"
    return f"a probe of {what} from a host in {told.sources}: run this check there without --offline"


def _rank(finding: Finding, broken: set[str]) -> tuple[int, int, int, int]:
    """Worst first, then surest, then what explains most of the required flows that do not work, then most of the rest."""
    return (
        SEVERITIES.index(finding.severity),
        -CERTAINTY.index(finding.confidence),
        -sum(flow in broken for flow in finding.flows),
        -len(finding.flows),
    )
