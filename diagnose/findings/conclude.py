"""Which findings does a scene lead to?

Runs every check, groups the blames, words the findings and ranks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Literal

from diagnose.findings import catalogue
from diagnose.findings.blame_group import BlameGroup, group_blames
from diagnose.findings.cause import Cause
from diagnose.findings.excluded import earned
from diagnose.findings.hadoop import (
    bad_settings,
    client_settings,
    hanging,
    inputs,
    login_settings,
    observed_login,
    other_service,
    principals,
    service_realms,
    setting_values,
    standby_namenode,
    states,
    user_names,
)
from diagnose.findings.kerberos import kdc_answers, kdc_conf, kdc_config, kdc_start, login, service_login
from diagnose.findings.model import CERTAINTY, Blame, Evidence, Finding, Severity
from diagnose.findings.names import (
    hosts_file,
    internal_names,
    nameservice,
    refused_names,
    resolution,
    service_principals,
    wrong_address,
)
from diagnose.findings.network import (
    cluster_rules,
    network_acl,
    other_filters,
    outside_cluster,
    packets,
    path,
    routes,
    security_group,
    stays_denied,
    taken,
)
from diagnose.findings.params import values_of
from diagnose.findings.rank import broken_flows, ranked
from diagnose.findings.values import Params, unique
from diagnose.findings.wording import listed, worded
from diagnose.scene.areas import AREAS
from diagnose.scene.bugs import Bug, guarded
from diagnose.scene.scene import Scene
from probes.addresses import cidrs, union
from probes.frozen import frozen, replace
from probes.language import language, marked, tr
from probes.rules.decision import Decision
from probes.rules.group_rule import describe


@frozen
class Check:
    """One row of the register of checks."""

    area: str
    """Area that `--only` and `--skip` name. See `diagnose.scene.areas`."""
    run: Callable[[Scene], Iterable[Blame | Finding]]
    """Generator over a scene. It yields blames, findings, or both."""
    reads: Literal["flows", "packets", "decisions"] = "decisions"
    """What it reads beside the case: only the flows, also what packets showed of them, or also what
    the layers decide. Only what reads decisions can find another thing once a cause is undone, if
    no packet was sent."""

    def results(self, scene: Scene) -> Iterable[Blame | Finding]:
        """Return what it finds in a scene. Scenes of the same flows share what holds for all."""
        is_shared = self.reads == "flows" or (self.reads == "packets" and not scene.live)
        return _results(self, scene) if is_shared else self.run(scene)


def _results(check: Check, scene: Scene) -> Iterable[Blame | Finding]:
    key = (check.run, language())
    if key not in scene.derived:
        scene.derived[key] = tuple(check.run(scene))
    known: tuple[Blame | Finding, ...] = scene.derived[key]  # type: ignore[assignment]
    return [_in_scene(result, scene) if isinstance(result, Blame) else result for result in known]


def _in_scene(blame: Blame, scene: Scene) -> Blame:
    """Return the same blame for what becomes of its flow in this scene."""
    outcome = scene.by_id[blame.flow.id]
    return blame if outcome is blame.outcome else replace(blame, outcome=outcome)


CHECKS: tuple[Check, ...] = (
    Check("dns", resolution.blames, reads="packets"),
    Check("dns", wrong_address.blames, reads="packets"),
    Check("dns", service_principals.blames, reads="packets"),
    Check("dns", refused_names.blames, reads="packets"),
    Check("network", security_group.blames),
    Check("network", network_acl.blames),
    Check("network", routes.blames),
    Check("network", outside_cluster.blames),
    Check("network", packets.blames),
    Check("network", path.blames),
    Check("kerberos", kdc_config.blames),
    Check("kerberos", kdc_conf.blames),
    Check("kerberos", kdc_start.blames),
    Check("kerberos", kdc_config.findings),
    Check("kerberos", kdc_answers.findings, reads="packets"),
    Check("kerberos", login.findings),
    Check("kerberos", service_login.findings, reads="packets"),
    Check("network", cluster_rules.findings, reads="flows"),
    Check("network", stays_denied.findings, reads="flows"),
    Check("hadoop", other_service.blames, reads="packets"),
    Check("hadoop", hanging.blames, reads="packets"),
    Check("hadoop", inputs.findings, reads="flows"),
    Check("hadoop", states.findings, reads="flows"),
    Check("hadoop", bad_settings.findings),
    Check("hadoop", standby_namenode.findings),
    Check("hadoop", principals.findings, reads="flows"),
    Check("hadoop", login_settings.findings, reads="flows"),
    Check("hadoop", user_names.findings, reads="flows"),
    Check("hadoop", client_settings.findings, reads="flows"),
    Check("hadoop", setting_values.findings),
    Check("hadoop", observed_login.findings),
    Check("kerberos", service_realms.findings, reads="packets"),
    Check("dns", nameservice.findings, reads="flows"),
    Check("dns", hosts_file.findings, reads="flows"),
    Check("dns", internal_names.findings, reads="packets"),
    Check("dns", resolution.findings, reads="packets"),
)
"""The register of checks. If one fails, that is recorded as a bug, and the others go on."""

PART_OF = {"SG-INTRA": "SG-ENTERPRISE"}
"""Code -> the code of which it is only an effect.

An enterprise group denies its own members as well.
"""

WITHOUT_PORT = frozenset({"SG-SHADOWED", "NET-ROUTE", "RET-ROUTE", "NET-WRONG-VPC"})
"""Codes of faults whose repair names no port: it helps every flow that they stop."""

OUT_OF_DATE: frozenset[Cause] = frozenset({"rules-contradicted", "records-contradicted"})
"""Causes of blames of an input that another input or a packet contradicts."""

MOST_EVIDENCE = 12


@frozen
class Conclusion:
    """What the checks found."""

    findings: tuple[Finding, ...]
    """Ranked. The first is the primary cause."""
    blames: tuple[Blame, ...]
    """All blames, whether or not a finding came of them."""
    bugs: tuple[Bug, ...]
    """Checks of ours that failed."""


def conclude(scene: Scene, areas: Iterable[str] = tuple(AREAS), *, with_text: bool = True) -> Conclusion:
    """Run the checks of these areas, group their blames, word the findings and rank them.

    with_text: False leaves out the sentences and what only they say, for findings that are counted
    and not shown.
    """
    wanted = set(areas)
    bugs: list[Bug] = []
    blames: list[Blame] = []
    unworded: list[Finding] = []
    for check in CHECKS:
        if check.area in wanted:
            with guarded(_name(check.run), bugs):
                for result in check.results(scene):
                    if isinstance(result, Blame):
                        blames.append(result)
                    else:
                        unworded.append(result)
    blames = resolution.without_misled(outside_cluster.settled(routes.settled(blames)))
    blames = kdc_start.settled(kdc_conf.settled(kdc_config.with_answering_port(blames, scene)))
    blames = kdc_config.in_their_order(blames, scene)
    blames = taken.settled(_at_assumed_ports(blames), scene)
    for group in group_blames(scene, blames):
        with guarded("conclude", bugs):
            unworded.append(_finding(group, with_text=with_text))
    findings: list[Finding] = []
    for finding in unworded:
        with guarded("wording", bugs):
            sure = earned(scene, finding)
            findings.append(worded(sure) if with_text else sure)
    present = {finding.code for finding in findings}
    findings = [finding for finding in findings if PART_OF.get(finding.code) not in present]
    return Conclusion(ranked(findings, broken_flows(scene)), tuple(blames), tuple(bugs))


@cache
def _name(check: Callable[[Scene], Iterable[object]]) -> str:
    """Return the name of a check in the list of bugs: that of its module."""
    return getattr(check, "__module__", "check").rpartition(".")[2]


def _at_assumed_ports(blames: Sequence[Blame]) -> list[Blame]:
    """Return the blames, those of assumed ports as inferred.

    One with the fault of a required flow whose port is known is of that finding. It is as sure as
    that one if the repair names no port.
    """
    if all(blame.flow.assumed_port is None for blame in blames):
        return list(blames)
    required = (blame for blame in blames if blame.flow.assumed_port is None and blame.flow.need == "required")
    known = {(blame.code, blame.key) for blame in required}
    return [_at_assumed_port(blame, is_beside_known=(blame.code, blame.key) in known) for blame in blames]


def _at_assumed_port(blame: Blame, *, is_beside_known: bool) -> Blame:
    """Return the blame as inferred if no file decides the port of its flow.

    A fault at a port that perhaps no client dials is no sure cause. Alone it has a key of its own.
    """
    assumed_port = blame.flow.assumed_port
    if assumed_port is None or (is_beside_known and blame.code in WITHOUT_PORT):
        return blame
    key = blame.key if is_beside_known else ("assumed port", blame.key)
    needs = tr("{needs}; without it the port is assumed", needs=assumed_port.needs)
    return replace(blame, confidence="inferred", key=key, missing=(needs, *blame.missing))


def _finding(group: BlameGroup, *, with_text: bool) -> Finding:
    first = group.first
    confidence = max((blame.confidence for blame in group.blames), key=CERTAINTY.index)
    finding = Finding(
        code=first.code,
        severity=_severity(first, any(blame.flow.need == "required" for blame in group.blames)),
        confidence=confidence,
        cause=first.cause,
        flows=tuple(dict.fromkeys(blame.flow.id for blame in group.blames)),
        blames=group.blames,
    )
    if confidence != "proven" and not with_text:
        return finding
    return replace(  # whether it is proven depends on these as well
        finding,
        params=_values(group),
        evidence=tuple(_first_distinct(_evidence(group), MOST_EVIDENCE)),
        settle_by=None if confidence == "proven" else _settle_by(group),
    )


def _values(group: BlameGroup) -> Params:
    """Return the values of a finding. Beside known ports they name the services of assumed ones."""
    assumed = unique(flow.service for flow in group.flows if flow.assumed_port is not None)
    is_mixed = any(flow.assumed_port is None for flow in group.flows)
    return {**values_of(group), **({"assumed_ports": assumed} if assumed and is_mixed else {})}


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
        text = tr("{rule}, in {group}", rule=describe(rule), group=rule.group)
        if rule.origin:
            text = tr("{clause} ({place})", clause=text, place=f"{rule.origin.file}:{rule.origin.line}")
        yield Evidence("rule", rule.id, text, rule.origin)
    yield from _decided(group)
    yield from (shown for blame in group.blames for shown in blame.evidence)
    yield from _looked_up(group)
    for blame in group.blames:
        observation = blame.outcome.observed
        is_of_rules = blame.code.startswith(("SG-", "NACL-"))
        # Packets from another network say nothing about rules for this one.
        if observation is not None and (blame.outcome.from_inside or not is_of_rules):
            text = tr(
                "{end}: {state}, {reason}",
                end=blame.flow.endpoint,
                state=observation.state,
                reason=observation.reason,
            )
            if observation.offender:
                text = tr("{clause} from {address}", clause=text, address=observation.offender)
            yield Evidence("observation", blame.flow.id, text)
    for flow in {str(blame.flow.origin): blame.flow for blame in group.blames}.values():
        origin, end = flow.origin, flow.endpoint
        place = origin.file if origin.line is None else f"{origin.file}:{origin.line}"
        text = tr("{place} names {service} at {end}", place=place, service=flow.service, end=f"{end.host}:{end.port}")
        yield Evidence("line", place, text, origin)


def _first_distinct(shown: Iterable[Evidence], most: int) -> Iterator[Evidence]:
    """Yield the first of these that differ. No more are made than that takes."""
    yielded: set[Evidence] = set()
    for evidence in shown:
        if evidence not in yielded:
            yielded.add(evidence)
            yield evidence
        if len(yielded) == most:
            return


def _decided(group: BlameGroup) -> Iterator[Evidence]:
    """Yield the decisions that stop these flows. Without one, yield those that may."""
    decisions: dict[str, str] = {}
    named: set[int] = set()  # ids of decisions, which many flows share
    for blame in group.blames:
        denying = [decision for decision in blame.outcome.decisions if decision.denied]
        for decision in denying or blame.outcome.decisions:
            if (decision.denied or decision.unknown) and id(decision) not in named:
                named.add(id(decision))
                decisions.setdefault(_because(decision), blame.flow.id)
    yield from (Evidence("decision", flow, text) for text, flow in decisions.items())


def _because(decision: Decision) -> str:
    """Return which layer stops, or may stop, and why."""
    why = tr("; ").join(dict.fromkeys(line.why for line in decision.deciding if line.verdict != "allowed"))
    at = tr(", ").join(decision.at)
    if decision.layer == "route":
        return tr("routes of {tables}: {why}", tables=at, why=why)
    if decision.direction == "ingress":
        return tr("inbound rules of {groups}: {why}", groups=at, why=why)
    return tr("outbound rules of {groups}: {why}", groups=at, why=why)


def _looked_up(group: BlameGroup) -> Iterator[Evidence]:
    """Yield what the resolver gave for the hosts of these flows."""
    texts: dict[str, str] = {}
    for blame in group.blames:
        if blame.name is not None:
            texts.setdefault(blame.name.observed_text(), blame.flow.id)
    yield from (Evidence("observation", flow, text) for text, flow in texts.items() if text)


def _settle_by(group: BlameGroup) -> str:
    missing = list(dict.fromkeys([*_listening(group), *(text for blame in group.blames for text in blame.missing)]))
    granted = {text for blame in group.blames for text in other_filters.taken_for_granted(blame.outcome)}
    if missing:
        doubtful = [text for text in missing if text in granted]
        return tr("; ").join([*(text for text in missing if text not in granted), *other_filters.whether(doubtful)])
    ends = [flow.endpoint for flow in group.flows]
    what = str(ends[0])
    if len(ends) > 1:
        what = tr("{first} and {more} more", first=ends[0], more=len(ends) - 1)
    if any(flow.during_jobs for flow in group.flows):
        return tr(
            "during a job, a connection to {ends} from a host in {networks}, for example with nc -vz",
            ends=what,
            networks=listed(group.networks),
        )
    return tr(
        "a probe of {ends} from a host in {networks}: run this check there without --offline, or here with "
        "--via ssh://HOST",
        ends=what,
        networks=listed(_stopped(group)),
    )


def _listening(group: BlameGroup) -> Iterator[str]:
    """Yield what tells on which port a service listens, if the file or the rules may be wrong."""
    if group.first.usual_port is not None:
        hosts = listed(dict.fromkeys(map(group.host, group.flows)))
        service = listed(dict.fromkeys(flow.service for flow in group.flows))
        template = marked("the output of {command} on {hosts}: it shows on which port {service} listens")
        has_udp = any(flow.endpoint.transport == "udp" for flow in group.flows)
        yield tr(template, command="ss -lntu" if has_udp else "ss -lnt", hosts=hosts, service=service)


def _stopped(group: BlameGroup) -> list[str]:
    """Return the blocks that the layers stop. All networks if they stop none."""
    pieces = (piece for blame in group.blames for decision in blame.outcome.decisions for piece in decision.denied)
    return cidrs(union(pieces)) or group.networks
