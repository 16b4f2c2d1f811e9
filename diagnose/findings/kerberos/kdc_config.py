"""Which Kerberos faults do krb5.conf and the case show without a packet?

One of them needs one more packet: the port that the KDC really uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from diagnose.case.derived import once
from diagnose.case.model import Case
from diagnose.findings.hadoop.principals import wrong_principals
from diagnose.findings.kerberos.kdc_answers import loses_tickets
from diagnose.findings.kerberos.krb5_lint import from_sources, lint
from diagnose.findings.kerberos.krb5_lint.readings import views_of
from diagnose.findings.model import Blame, Confidence, Evidence, Finding, Severity
from diagnose.findings.network import path
from diagnose.findings.rank import SEVERITIES
from diagnose.findings.values import origin_value
from diagnose.flows.authority import is_this_machine
from diagnose.flows.cluster import view_of
from diagnose.flows.kerberos import foreign_realms, principal_realms, uses_kerberos
from diagnose.scene.java import possible
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import LOOPBACK, intersect
from probes.frozen import replace
from probes.language import tr
from probes.origin import Origin

SPARE: Final = "KDC-SPARE"
"""Code of a KDC that fails, and that no login needs while another one works."""

OF_A_LINE: Final = ("SG-KDC-PORT", "KDC-PORT")
"""Codes of a line of krb5.conf with a wrong port. What is right stands in them."""

OF_INPUTS: Final = ("rules-contradicted", "records-contradicted")
"""Causes of blames of an input, not of a KDC."""


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield a blame for each KDC outside the cluster. The case cannot know its filters.

    A KDC on the client's own machine is judged by KDC-LOOPBACK. What is optional there has no blame
    beside what is required. Nor has an address of a family that the resource group does not have:
    no filter has to be opened for it.
    """
    kdcs = [outcome.flow for outcome in scene.outcomes if outcome.flow.area == "kerberos"]
    required = {flow.endpoint.host for flow in kdcs if flow.need == "required"}
    for outcome in scene.outcomes:
        if outcome.flow.area != "kerberos" or not outcome.attachment.external or not outcome.flow.sources:
            continue
        host = outcome.flow.endpoint.host
        if is_this_machine(host) or (not outcome.flow.counts and host in required):
            continue
        if outcome.observed is None and outcome.verdict == "unknown":
            yield Blame("KDC-EXTERNAL", host, outcome, "inferred")


def with_answering_port(blames: Sequence[Blame], scene: Scene) -> list[Blame]:
    """Return the blames with KDC-PORT in place of KDC-DOWN, if the KDC answers on another port.

    Such a KDC is not down. Its configured port is wrong. The same holds for SVC-PORT and SVC-DOWN.
    """
    kdcs = {
        o.flow.endpoint.host: port
        for o in scene.outcomes
        if o.flow.area == "kerberos" and (port := answering_port(o)) is not None
    }
    return [_at_answering_port(blame, kdcs) for blame in blames]


def _at_answering_port(blame: Blame, kdcs: Mapping[str, int]) -> Blame:
    """Return the blame of the port, if the server answers on another one.

    kdcs: the ports on which KDCs answer, by host.
    """
    if blame.code == "KDC-DOWN" and (host := blame.flow.endpoint.host) in kdcs:
        certainty: Confidence = "proven" if blame.outcome.from_inside else blame.confidence
        return replace(blame, code="KDC-PORT", key=kdcs[host], answers_on=kdcs[host], confidence=certainty, missing=())
    port = answering_port(blame.outcome) if blame.code == "SVC-DOWN" else None
    if port is None:
        return blame
    key = (blame.flow.service, port)
    return replace(blame, code="SVC-PORT", key=key, answers_on=port, cause="answers-elsewhere")


NOT_THERE = frozenset({"KDC-DOWN", "FW-OS-DROP", "FW-OS-REJECT", "KDC-UDP-OFF", "KDC-BIND", "NET-ROUTE", "RET-ROUTE"})
"""Faults of one KDC's host.

If it is the first KDC of a realm and another one answers, clients only wait for it.
"""


def in_their_order(blames: Sequence[Blame], scene: Scene) -> list[Blame]:
    """Return the blames with KDC-FIRST-DEAD for a dead KDC, if a later one of its realm answers,
    and with KDC-SPARE for one that no login needs.

    Clients try KDCs in the order of the file. A silent one before a live one costs its timeouts at
    every login, and clients do not report it. One behind a live one costs nothing until that one
    stops.
    """
    return [_in_its_order(blame, scene) if blame.flow.area == "kerberos" else blame for blame in blames]


def _in_its_order(blame: Blame, scene: Scene) -> Blame:
    host, spare_of = (blame.flow.realm, blame.flow.endpoint.host), blame.flow.spare_of
    if spare_of is None and not (blame.code in NOT_THERE and _is_before_live_kdc(blame.outcome, scene)):
        return blame
    if blame.cause in OF_INPUTS or blame.code in OF_A_LINE:
        return blame
    if spare_of is not None and not _is_before(blame.outcome, spare_of, scene):
        return replace(blame, code=SPARE, key=host, cause=None, host_code=blame.code)
    key = (*host, blame.code)
    return replace(blame, code="KDC-FIRST-DEAD", key=key, cause=None, host_code=blame.code, mild=spare_of is not None)


def _is_before(outcome: Outcome, host: str, scene: Scene) -> bool:
    """Return True if krb5.conf names a KDC before that host."""
    component = outcome.flow.component
    hosts = [
        o.flow.endpoint.host
        for o in scene.outcomes
        if (o.flow.component, o.flow.realm) == (component, outcome.flow.realm)
    ]
    return hosts.index(outcome.flow.endpoint.host) < hosts.index(host)


def _is_before_live_kdc(outcome: Outcome, scene: Scene) -> bool:
    """Return True if a later KDC of the same realm answers over the same transport."""
    same = [
        other
        for other in scene.outcomes
        if other.flow.area == "kerberos"
        and other.flow.realm == outcome.flow.realm
        and other.flow.endpoint.transport == outcome.flow.endpoint.transport
    ]
    later = same[same.index(outcome) + 1 :]
    return any(other.observed is not None and other.observed.reason == "kerberos-reply" for other in later)


def answering_port(outcome: Outcome) -> int | None:
    """Return the other port on which a further question found the server. None if there is
    none."""
    ports = (path.size(observation.detail, "answers_on") for observation in outcome.observations)
    return next((port for port in ports if port is not None and 0 < port < 65536), None)


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield the faults that krb5.conf itself shows."""
    worst = _worst_severity(scene)
    for fault in scene.case.faults:
        if fault.kind != "krb5.conf" or not fault.is_no_text:
            continue
        origin = Origin(fault.file, fault.line)
        place = str(origin)
        yield Finding(
            code="KRB-CONF-SYNTAX",
            severity=worst,
            confidence="proven",
            cause="file-no-text",
            params={"origin": origin_value(origin), "found": fault.found, "expected": fault.expected},
            evidence=(
                Evidence(
                    "line",
                    place,
                    tr("found {found}, expected {expected}", found=fault.found, expected=fault.expected),
                    origin,
                ),
            ),
        )
    for finding in _of_lines(scene.case):
        if finding.code != "KDC-LOOPBACK" or not _is_on_loopback(scene):
            weighed = _with_observed_severity(finding, scene)
            yield replace(weighed, severity=max(weighed.severity, worst, key=SEVERITIES.index))


@once
def _of_lines(case: Case) -> tuple[Finding, ...]:
    """Return what the lines of krb5.conf show, whatever was observed."""
    views = views_of(case)
    if views is None and case.krb5_refused is not None:
        views = from_sources(case.krb5_refused)
    if views is None:
        return ()
    principals = tuple(dict.fromkeys(realm.name for realm in principal_realms(view_of(case))))
    return tuple(lint(replace(views, javas=possible(case), principals=principals)))


def _worst_severity(scene: Scene) -> Severity:
    """Return the most that a line of krb5.conf can weigh in this case.

    - A cluster that says that it does not use Kerberos has no client that reads the file.
    - To mend a line in the file of another cluster mends nothing: the file is the wrong one.
    """
    seen = view_of(scene.case)
    says = scene.case.cluster.security_mode or seen.read("hadoop.security.authentication", "core-site.xml")
    if says and not uses_kerberos(seen):
        return "info"
    is_foreign = foreign_realms(seen) and any(wrong.fault == "unknown-realm" for wrong in wrong_principals(scene))
    return "warning" if is_foreign else "error"


def _with_observed_severity(finding: Finding, scene: Scene) -> Finding:
    """Return the finding with the severity that the observations give it.

    udp_preference_limit = 0 was meant to make clients use TCP. It harms Java only if UDP does not
    get through and TCP does: then it explains these flows. Else it is a risk and no fault.
    """
    if finding.code == "DNS-SRV":
        return _with_answer_of_dns(finding, scene)
    udp = [o for o in scene.outcomes if o.flow.area == "kerberos" and o.flow.endpoint.transport == "udp"]
    if finding.code != "KDC-UDP-ZERO" or not udp:
        return finding
    if all(outcome.verdict == "reachable" and not loses_tickets(outcome) for outcome in udp):
        return replace(finding, severity="warning", confidence="proven", settle_by=None)
    lost = [o for o in udp if o.verdict in ("blocked", "partial") or loses_tickets(o)]
    others = [scene.other_transport(outcome) for outcome in lost]
    if lost and all(other is not None and other.verdict in ("reachable", "allowed") for other in others):
        return replace(finding, flows=tuple(outcome.flow.id for outcome in lost))
    return replace(finding, severity="warning")


def _with_answer_of_dns(finding: Finding, scene: Scene) -> Finding:
    """Return the finding as information if DNS names KDCs, and as an error if it names none."""
    answers = [found for found in scene.case.found_kdcs.values() if found.error is None]
    if len(answers) != 1:
        return finding
    if answers[0].mit or answers[0].jdk:
        return replace(finding, severity="info", confidence="proven", settle_by=None)
    return replace(finding, severity="error", confidence="strong")


def _is_on_loopback(scene: Scene) -> bool:
    """Return True if a network of the resource group is loopback, as in the demo.

    Its KDC is then meant to be on loopback.
    """
    return any(intersect(source.ranges, LOOPBACK) for source in scene.model.sources)
