"""What the packets say beyond the security groups: refusals, rejects, silence that the rules do not explain, answers that they forbid.

The table is that of the configured verdict at the vantage against what was seen: silence where the rules allow is not a missing rule; a refusal
proves the path open; an answer where the rules deny means that an input is out of date.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.model import Blame, Confidence, Scene
from diagnose.findings.security_group import contradicted
from diagnose.outcome import Outcome
from probes.observation import Reason

PROHIBITED: frozenset[Reason] = frozenset(
    {"host-prohibited", "net-prohibited", "admin-prohibited", "policy-failed", "reject-route"}
)
UNREACHABLE: frozenset[Reason] = frozenset(
    {"host-unreachable", "net-unreachable", "proto-unreachable", "ttl-exceeded", "icmp-other"}
)


def blames(scene: Scene) -> Iterator[Blame]:
    for outcome in scene.outcomes:
        if outcome.observed is not None:
            yield from _blame(scene, outcome)


def _blame(scene: Scene, outcome: Outcome) -> Iterator[Blame]:
    seen = outcome.observed
    if seen is None or (outcome.flow.need == "optional" and seen.state != "open"):
        return
    if contradicted(outcome):
        yield Blame("SG-UNRESOLVED", "contradiction", outcome, "strong")
    host = outcome.flow.endpoint.host
    match seen.reason:
        case "syn-ack" | "udp-reply" if outcome.flow.area == "kerberos":
            code = "KDC-TCP-HOLE" if seen.detail.get("kerberos") in ("silent", "incomplete") else "KDC-NOT-KRB"
            yield Blame("KDC-RESET" if seen.detail.get("errno") == "ECONNRESET" else code, host, outcome, "proven")
        case "no-route":
            yield Blame("NET-ROUTE", "here", outcome, "proven")
        case reason if reason in PROHIBITED or (reason == "port-unreachable" and _is_reject(outcome)):
            yield Blame(
                "FW-OS-REJECT" if seen.offender == seen.address else "FW-VPC",
                ("reject", seen.offender),
                outcome,
                "proven",
            )
        case reason if reason in UNREACHABLE:
            yield Blame("NET-ROUTE", ("unreachable", seen.offender), outcome, "strong")
        case "rst" | "port-unreachable":
            yield from _refused(scene, outcome, host)
        case "no-response" if "answered_from" in seen.detail:
            yield Blame("KDC-ASYM-SRC", host, outcome, "proven")
        case "no-response" if outcome.from_inside and outcome.here == "allowed":
            yield from _unexplained(scene, outcome)
        case "no-response" if outcome.attachment.external and outcome.from_inside and outcome.flow.area == "kerberos":
            yield Blame("KDC-EXTERNAL", host, outcome, "strong")


def _is_reject(outcome: Outcome) -> bool:
    """ICMP port unreachable answers a TCP SYN only where a firewall sends it, and a datagram by any host but its target only there too."""
    seen = outcome.observed
    return seen is not None and (outcome.flow.endpoint.transport == "tcp" or seen.offender != seen.address)


def _refused(scene: Scene, outcome: Outcome, host: str) -> Iterator[Blame]:
    """Nothing listens. For a KDC the other transport says which kind of nothing."""
    certainty: Confidence = "proven" if outcome.from_inside else "strong"
    if outcome.flow.area != "kerberos":
        whole_host = all(
            o.observed is not None and o.observed.state == "closed" for o in (outcome, *_probed(scene, outcome))
        )
        yield Blame("SVC-DOWN", ("host", host) if whole_host else ("service", outcome.flow.service), outcome, certainty)
        return
    other = scene.other_transport(outcome)
    if other is not None and other.observed is not None and other.observed.reason == "kerberos-reply":
        yield Blame(
            "KDC-UDP-OFF" if outcome.flow.endpoint.transport == "udp" else "KDC-TCP-OFF", host, outcome, certainty
        )
        return
    yield Blame("KDC-DOWN", "stopped", outcome, certainty)


def _probed(scene: Scene, outcome: Outcome) -> list[Outcome]:
    return [o for o in scene.siblings(outcome) if o.observed is not None and o.flow.area != "kerberos"]


def _unexplained(scene: Scene, outcome: Outcome) -> Iterator[Blame]:
    """Silence although the groups allow it. Where nothing else stands between the two ends, what is left is the host itself."""
    if outcome.attachment.external:
        yield Blame("KDC-EXTERNAL", outcome.flow.endpoint.host, outcome, "strong")
        return
    rejecting = _rejecting_sibling(scene, outcome)
    if rejecting is not None:
        yield Blame("FW-OS-REJECT", ("reject", rejecting), outcome, "strong")
        return
    missing = _not_excluded(scene, outcome)
    assumed = tuple(text for decision in outcome.decisions for text in decision.assumed)
    certainty: Confidence = "inferred" if missing or assumed else "strong"
    yield Blame("FW-OS-DROP", ("drop", outcome.flow.endpoint.host), outcome, certainty, missing=(*missing, *assumed))


def _rejecting_sibling(scene: Scene, outcome: Outcome) -> str | None:
    """The host, if it rejected another flow by ICMP: Linux sends about one such error a second to one peer, so of many rejects most look like silence
    (icmp_ratelimit, https://docs.kernel.org/networking/ip-sysctl.html)."""
    for other in scene.siblings(outcome):
        seen = other.observed
        if (
            seen is not None
            and seen.offender is not None
            and seen.offender == seen.address
            and (seen.reason in PROHIBITED or _is_reject(other))
        ):
            return seen.offender
    return None


def _not_excluded(scene: Scene, outcome: Outcome) -> tuple[str, ...]:
    """Other filters that could swallow the packet and that the case does not rule out."""
    node = scene.model.node(outcome.flow)
    target = node.vswitch if node else None
    if target is not None and any(source.vswitch == target for source in scene.model.sources):
        return ()
    open_elsewhere = any(
        o.observed is not None and o.from_inside and o.observed.state in ("open", "closed")
        for o in scene.siblings(outcome)
    )
    missing = []
    for ident in (*(source.vswitch for source in scene.model.sources), target):
        vswitch = scene.case.vswitches.get(ident) if ident else None
        if vswitch is None or vswitch.acl is None:
            missing.append(
                f"whether a network ACL is bound to vSwitch {ident or 'of ' + outcome.flow.endpoint.host} (DescribeVSwitchAttributes)"
            )
    if not open_elsewhere:
        missing.append(f"whether any packet comes back from {outcome.flow.endpoint.host}: nothing on it answered")
    return tuple(dict.fromkeys(missing))
