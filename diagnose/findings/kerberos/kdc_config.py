"""Kerberos faults that the file or the case shows without a packet, and the one that one more packet settles: the KDC's real port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from diagnose.findings.kerberos.kdc_answers import loses_tickets
from diagnose.findings.kerberos.krb5_lint import from_profile, lint
from diagnose.findings.model import Blame, Evidence, Finding
from diagnose.findings.values import origin_value
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import LOOPBACK, intersect
from probes.origin import Origin


def blames(scene: Scene) -> Iterator[Blame]:
    """A KDC outside the cluster, whose filters the case cannot know."""
    for outcome in scene.outcomes:
        if outcome.flow.area != "kerberos" or not outcome.attachment.external:
            continue
        if outcome.observed is None and outcome.verdict == "unknown":
            missing = f"an AS-REQ to {outcome.flow.endpoint} from a host in the vSwitch"
            yield Blame("KDC-EXTERNAL", outcome.flow.endpoint.host, outcome, "inferred", missing=(missing,))


def moved(found: Sequence[Blame], scene: Scene) -> list[Blame]:
    """A KDC that refuses on the configured port and answers on another was given the wrong port, and is not down."""
    ports = {o.flow.endpoint.host: port for o in scene.outcomes if (port := answering_port(o)) is not None}
    return [
        replace(blame, code="KDC-PORT", key=ports[blame.flow.endpoint.host], answers_on=ports[blame.flow.endpoint.host])
        if blame.code == "KDC-DOWN" and blame.flow.endpoint.host in ports
        else blame
        for blame in found
    ]


NOT_THERE = frozenset({"KDC-DOWN", "FW-OS-DROP", "FW-OS-REJECT", "KDC-UDP-OFF", "KDC-BIND", "NET-ROUTE", "RET-ROUTE"})
"""Faults of one KDC's host. Where it is the first of a realm's list and another answers, what clients feel is the wait for it."""


def first_dead(found: Sequence[Blame], scene: Scene) -> list[Blame]:
    """Clients try KDCs in the order of the file: a dead one in front of a live one costs its timeouts at every login, and hides behind the live one."""
    return [
        replace(
            blame,
            code="KDC-FIRST-DEAD",
            key=(blame.flow.realm, blame.flow.endpoint.host, blame.code),
            cause=None,
            host_code=blame.code,
        )
        if blame.code in NOT_THERE and blame.flow.area == "kerberos" and _stands_in_front(blame.outcome, scene)
        else blame
        for blame in found
    ]


def _stands_in_front(outcome: Outcome, scene: Scene) -> bool:
    """Does a later KDC of the same realm answer over the transport that this one does not?"""
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
    """The other port that the follow-up probe found a KDC on."""
    for seen in outcome.observations:
        port = seen.detail.get("answers_on")
        if isinstance(port, int):
            return port
    return None


def findings(scene: Scene) -> Iterator[Finding]:
    """What the file itself shows."""
    for fault in scene.case.faults:
        if fault.kind != "krb5.conf":
            continue
        origin = Origin(fault.file, fault.line)
        place = str(origin)
        yield Finding(
            code="KRB-CONF-SYNTAX",
            severity="error",
            confidence="proven",
            cause="file-unreadable",
            params={"origin": origin_value(origin), "found": fault.found, "expected": fault.expected},
            evidence=(Evidence("line", place, f"found {fault.found}, expected {fault.expected}", origin),),
        )
    if scene.case.krb5 is not None:
        for finding in lint(from_profile(scene.case.krb5)):
            if finding.code != "KDC-LOOPBACK" or not _on_loopback(scene):
                yield _weighed(finding, scene)


def _weighed(finding: Finding, scene: Scene) -> Finding:
    """udp_preference_limit = 0 hurts Java where UDP does not get through. Where every KDC answers by it, the line is a risk and no fault."""
    udp = [o for o in scene.outcomes if o.flow.area == "kerberos" and o.flow.endpoint.transport == "udp"]
    if finding.code != "KDC-UDP-ZERO" or not udp:
        return finding
    if all(outcome.verdict == "reachable" and not loses_tickets(outcome) for outcome in udp):
        return replace(finding, severity="warning", confidence="proven", settle_by=None)
    return finding


def _on_loopback(scene: Scene) -> bool:
    """A resource group whose own network is loopback, as in the demo, is meant to find its KDC there."""
    return any(intersect(source.ranges, LOOPBACK) for source in scene.model.sources)
