"""Which causes do the packets show? Puts the facts of each flow to the inference table."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from diagnose.findings.cause import Cause
from diagnose.findings.model import Blame, Confidence, Evidence
from diagnose.findings.network import neighbours, path, unsteady
from diagnose.findings.network.inference import (
    CONFIGURATION,
    FINE,
    OLDER,
    OWN_RULES,
    PASSED,
    POLICY_RULES,
    SENDER,
    STRAY_WAY,
    Beside,
    Configured,
    Facts,
    Row,
    Seen,
    Stray,
    cause,
    code_of,
    contradiction,
)
from diagnose.findings.network.neighbours import PROHIBITED
from diagnose.findings.network.other_filters import answers_elsewhere, not_excluded, taken_for_granted
from diagnose.scene.node_records.model import FarSide, Listening, Topic
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from diagnose.scene.standby import CLOSED_IN_STANDBY, UNHEARD_OF
from probes.addresses import contains, covers, parse_address, union
from probes.language import tr
from probes.observation import Observation, Reason

UNREACHABLE: frozenset[Reason] = frozenset(
    {"host-unreachable", "net-unreachable", "proto-unreachable", "ttl-exceeded", "icmp-other"}
)
NO_WAY: frozenset[Reason] = frozenset({"host-unreachable", "net-unreachable"})
HEARD = frozenset(PASSED.split("|"))
"""What only a packet of the host itself shows."""

ANSWERS: frozenset[Reason] = frozenset({"syn-ack", "udp-reply", "kerberos-reply", "service-reply"})

HERE: Mapping[str, Cause] = {"no-route": "no-local-route", "local-prohibited": "local-policy"}
"""Reason -> why this host itself sent nothing."""

UNSURE_IF_UNSTEADY = frozenset({"excluded", "vantage", "refusal"})
"""Confidence of rows that rest on what one packet met, and on no record of the host."""

TOLD_BY: dict[str, Topic] = {
    "KDC-BIND": "listening",
    "SVC-BIND": "listening",
    "FW-OS-DROP": "filtered",
    "RET-ROUTE": "arrived",
    "NET-OVERLAP": "stray",
    "NET-SNAT": "translated",
    "SVC-HANG": "listening",
}
"""Code -> the part of the host's records that its finding rests on.

Every other code shows all parts.
"""


def blames(scene: Scene) -> Iterator[Blame]:
    for outcome in scene.outcomes:
        if not outcome.flow.counts and (outcome.observed is None or outcome.observed.state != "open"):
            continue
        if not outcome.observations and outcome.flow.id not in scene.far.by_flow:
            continue  # without packets and records no row names a cause: see test_inference
        facts = facts_of(scene, outcome)
        against = contradiction(facts)
        if against is not None:
            is_denied = facts.configured in ("denied", "reply denied")
            which: Cause = "rules-contradicted" if is_denied else "records-contradicted"
            lines = _lines(scene.far.of(outcome.flow.id), None)
            missing = (tr(against.missing),) if against.missing else ()
            yield Blame(against.code, which, outcome, "strong", missing=missing, evidence=lines, cause=which)
        row = cause(facts)
        if row.code not in (CONFIGURATION, FINE) and not elsewhere(scene, outcome):
            yield _blame(scene, outcome, row)
        elif facts.stray == "no" and facts.configured in ("allowed", "unknown"):
            yield from _stray_for_some(scene, outcome)


def _stray_for_some(scene: Scene, outcome: Outcome) -> Iterator[Blame]:
    """Yield the fault of routes that lead the answers to a part of the sources astray."""
    far = scene.far.of(outcome.flow.id)
    is_certain = any(answer.is_certain for answer in far.stray)
    if is_certain or any(answer.is_lost for answer in far.stray):
        code = "NET-OVERLAP" if is_certain else "RET-ROUTE"
        missing, lines = (tr(STRAY_WAY),), _lines(far, "stray")
        key = _key(scene, outcome, code, "host-route")
        yield Blame(code, key, outcome, "strong", missing=missing, evidence=lines, cause="host-route")


def elsewhere(scene: Scene, outcome: Outcome) -> bool:
    """Return True if a host refuses a service that another host runs, and nothing is wrong there.

    Then the service was only assumed on this host, or it is in standby here.
    """
    return outcome.is_standby or (
        outcome.flow.assumed is not None
        and _is_refusal(outcome)
        and any(
            other.flow.component == outcome.flow.component
            and other.observed is not None
            and other.observed.state == "open"
            for other in scene.outcomes
        )
    )


def configuration_speaks(scene: Scene, outcome: Outcome) -> bool:
    """Return True if a configured layer may be the cause of this flow.

    False if the packets or the records of the host name another cause.
    """
    if not outcome.is_silent or not outcome.from_inside:
        return True
    return cause(facts_of(scene, outcome)).code in (CONFIGURATION, "KDC-EXTERNAL")


def facts_of(scene: Scene, outcome: Outcome) -> Facts:
    """Return the columns of the table for one flow."""
    far = scene.far.of(outcome.flow.id)
    return Facts(
        seen="loop" if _is_looped(scene, outcome) else _seen(outcome),
        configured=_configured(outcome),
        kdc=outcome.flow.area == "kerberos",
        beside=_beside(scene, outcome),
        arrived=far.arrived,
        listening=_listening(scene, outcome, far),
        filtered=far.filtered,
        translated=far.translated is not None,
        inside=outcome.from_inside,
        stray=stray_answers(far, outcome),
    )


def stray_answers(far: FarSide, outcome: Outcome) -> Stray:
    """Return whether the host's routes lead the answers astray: to the address that sent, else to
    every source."""
    if not far.stray:
        return "no"
    asked = outcome.flow.sources
    if outcome.from_inside and outcome.observed is not None and outcome.observed.source is not None:
        place = parse_address(outcome.observed.source)
        asked = ((place, place),)
    certain = union(piece for answer in far.stray if answer.is_certain for piece in answer.sources)
    lost = union(piece for answer in far.stray if answer.is_lost for piece in answer.sources)
    every = union(piece for answer in far.stray for piece in answer.sources)
    if covers(lost, asked):
        return "lost"
    if covers(union((*certain, *lost)), asked):
        return "yes"
    if not covers(every, asked):
        return "no"
    return "perhaps" if any(answer.fate == "link" for answer in far.stray) else "doubtful"


def _listening(scene: Scene, outcome: Outcome, far: FarSide) -> Listening:
    """Return what the list of sockets says.

    A port that only one of several servers opens, or whose host is a guess, may well be absent.
    """
    if far.listening == "unknown" and _answers_another_host(outcome):
        return "yes"
    component = outcome.flow.component
    is_one_of_several = component in CLOSED_IN_STANDBY and any(
        other.flow.component == component for other in scene.outcomes if other is not outcome
    )
    is_expected = outcome.flow.assumed is None and outcome.flow.assumed_port is None and not is_one_of_several
    return "no" if far.listening == "absent" and not is_expected else far.listening


def _answers_another_host(outcome: Outcome) -> bool:
    """Return True if another vantage than the deciding one found the port open."""
    decides = None if outcome.observed is None else outcome.observed.vantage
    return any(seen.state == "open" and seen.vantage != decides for seen in outcome.observations)


def _seen(outcome: Outcome) -> Seen:
    seen = outcome.observed
    if seen is None or seen.state == "unresolved":
        return "nothing"
    match seen.reason:
        case "kerberos-reply":
            return "answer"
        case reason if reason in ANSWERS:
            return _not_kerberos(outcome) if outcome.flow.area == "kerberos" else "answer"
        case "no-route" | "local-prohibited":
            return "no route"
        case reason if reason in (*PROHIBITED, "port-unreachable") and _by_ourselves(seen):
            return "no route"
        case reason if reason in PROHIBITED or (reason == "port-unreachable" and _is_reject(outcome)):
            return "reject" if seen.offender is not None and seen.offender == seen.address else "reject on the way"
        case reason if reason in UNREACHABLE:
            return "own unreachable" if _is_about_itself(seen) else "unreachable"
        case "rst" | "port-unreachable" | "conn-refused":
            return "forged refusal" if path.is_forged(outcome) else "refusal"
        case "no-response" if "answered_from" in seen.detail:
            return "answer from elsewhere"
        case "no-response":
            return "silence" if outcome.from_inside else "silence elsewhere"
    return "nothing"


def _by_ourselves(seen: Observation) -> bool:
    """Return True if this host's own output rules sent the error."""
    return seen.offender is not None and seen.offender == seen.source != seen.address


def _is_about_itself(seen: Observation) -> bool:
    """Return True if the target says so of itself. A router without a way has another address."""
    return seen.reason != "ttl-exceeded" and seen.offender is not None and seen.offender == seen.address


def _not_kerberos(outcome: Outcome) -> Seen:
    detail = outcome.observed.detail if outcome.observed is not None else {}
    if detail.get("errno") == "ECONNRESET":
        return "reset"
    if detail.get("kerberos") == "closed" and not detail.get("received"):
        return "closed early"
    return "hang" if detail.get("kerberos") in ("silent", "incomplete") else "other protocol"


def _is_looped(scene: Scene, outcome: Outcome) -> bool:
    """Return True if a trace to this host went round in a loop.

    False for a flow that the configuration stops, because it may not get that far.
    """
    quiet = outcome.is_silent or (outcome.observed is not None and outcome.observed.reason == "ttl-exceeded")
    return quiet and outcome.from_inside and path.is_looped(scene, outcome)


def _is_reject(outcome: Outcome) -> bool:
    """Return True if a firewall sent this ICMP port unreachable.

    Only a firewall answers a TCP SYN with it, and only a firewall answers a datagram in place of
    the target.
    """
    seen = outcome.observed
    return seen is not None and (outcome.flow.endpoint.transport == "tcp" or seen.offender != seen.address)


def _configured(outcome: Outcome) -> Configured:
    """Return the verdict for the address that sent. Without one, for the whole range of sources.

    A layer without state decides on the answer as well.
    """
    if outcome.here == "denied":
        return "denied" if _stops_request(outcome) else "reply denied"
    if outcome.attachment.external and (outcome.flow.area == "kerberos" or outcome.here == "allowed"):
        return "outside"
    if outcome.here == "allowed":
        return "allowed"
    # A way back that no table shows is RET-ROUTE. An ACL that may stop the answer is another cause.
    open_back = any(d.packet == "reply" and d.unknown and d.layer != "route" for d in outcome.decisions)
    return "reply unknown" if open_back else "unknown"


def _stops_request(outcome: Outcome) -> bool:
    """Return True if a layer stops the request of the address that sent, or if none of the network
    sent."""
    if not outcome.from_inside or outcome.observed is None or outcome.observed.source is None:
        return True
    place = parse_address(outcome.observed.source)
    requests = (decision.denied for decision in outcome.decisions if decision.packet == "request")
    return any(contains(denied, place) for denied in requests)


def _beside(scene: Scene, outcome: Outcome) -> Beside:
    """Return what other flows to this host met, the nearest fact first.

    1. The KDC answers over its other transport.
    2. The host rejects another flow.
    3. Answers of another flow are lost.
    4. A router has no way to the host for another flow.
    5. A device on the way rejects another flow.
    """
    if not outcome.is_silent and not _is_refusal(outcome):
        return "nothing"
    other = scene.other_transport(outcome)
    if outcome.flow.area == "kerberos" and other is not None and _seen(other) == "answer" and _is_refusal(outcome):
        return "answers"
    siblings = scene.siblings(outcome)
    if neighbours.of_host(outcome) or any(_seen(one) == "reject" for one in siblings):
        return "rejects"
    if any(_seen(one) == "silence" and scene.far.of(one.flow.id).arrived == "yes" for one in siblings):
        return "hears and is not heard"
    if router_without_way(scene, outcome) is not None:
        return "no way"
    return "nothing" if rejecter(scene, outcome) is None else "rejected on the way"


def router_without_way(scene: Scene, outcome: Outcome) -> str | None:
    """Return the address of the router that says that it has no way to the host.

    It told another flow to the same address so: Linux tells a sender about once a second. None if
    none did, or if a packet of the host came, because then there is a way.
    """
    asked = outcome.observed.address if outcome.observed is not None else None
    others = [one for one in scene.siblings(outcome) if one.observed is not None and one.observed.address == asked]
    if asked is None or any(_seen(one) in HEARD for one in others):
        return None
    told = (one.observed for one in others if one.observed is not None and one.observed.reason in NO_WAY)
    return next((seen.offender for seen in told if seen.offender is not None), None)


def rejecter(scene: Scene, outcome: Outcome) -> str | None:
    """Return the address of the device on the way that rejects. None if none is known.

    It rejected this flow, or another flow to the same host or its network.
    """
    seen = outcome.observed
    if seen is not None and seen.offender is not None:
        return seen.offender
    if (router := neighbours.of_router(scene, outcome)) is not None:
        return router.offender
    rejected = (o.observed.offender for o in scene.siblings(outcome) if o.observed and _seen(o) == "reject on the way")
    return next((offender for offender in rejected if offender), None)


def _is_refusal(outcome: Outcome) -> bool:
    return outcome.observed is not None and outcome.observed.state == "closed"


def _blame(scene: Scene, outcome: Outcome, row: Row) -> Blame:
    flow, far = outcome.flow, scene.far.of(outcome.flow.id)
    code = code_of(row, kdc=flow.area == "kerberos", udp=flow.endpoint.transport == "udp")
    settling = (tr(row.missing),) if row.missing else ()
    missing: tuple[str, ...] = settling
    certainty: Confidence
    match row.confidence:
        case "excluded":
            missing = (*not_excluded(scene, outcome), *taken_for_granted(outcome))
            certainty = "inferred" if missing else "strong"
            missing = missing or settling
            if outcome.from_inside and answers_elsewhere(scene, outcome):
                missing = (*missing, tr(OLDER))
            if (router := path.nearest(scene, outcome)) is not None:
                certainty, missing = "inferred", (tr(OWN_RULES, router=router), *missing)
        case "vantage" | "refusal":
            doubtful = is_sender_doubtful(scene, outcome)
            is_proof = row.confidence == "vantage" and outcome.from_inside and not doubtful
            certainty = "proven" if is_proof else "strong"
            missing = (*missing, *((tr(SENDER),) if doubtful else ()))
        case "":
            certainty = "inferred"
        case known:
            certainty = known
    if code == "SVC-DOWN" and flow.assumed is not None:
        which = tr("which node runs {service}: ListComponentInstances", service=flow.service)
        certainty, missing = "inferred", (which,)
    if code == "FW-OS-DROP" and certainty == "proven" and taken_for_granted(outcome):
        certainty, missing = "strong", taken_for_granted(outcome)
    if (
        code in ("NET-OVERLAP", "RET-ROUTE")
        and certainty == "proven"
        and not all(answer.has_rules for answer in far.stray)
    ):
        certainty, missing = "strong", (tr(POLICY_RULES),)
    if row.confidence in UNSURE_IF_UNSTEADY and (doubts := unsteady.doubts(scene, outcome)):
        certainty, missing = "inferred", (*doubts, *missing)
    shown = neighbours.evidence(scene, outcome) if row.beside else ()
    selected = "host-route" if row.stray else _cause(scene, outcome, code)
    lines = _lines(far, "stray" if row.stray else TOLD_BY.get(code))
    key = _key(scene, outcome, code, selected)
    return Blame(code, key, outcome, certainty, missing=missing, evidence=(*shown, *lines), cause=selected)


def is_sender_doubtful(scene: Scene, outcome: Outcome) -> bool:
    """Return True if a firewall in front of the host may have refused in its name."""
    return scene.far.of(outcome.flow.id).listening not in UNHEARD_OF and path.sender_unknown(scene, outcome)


def _cause(scene: Scene, outcome: Outcome, code: str) -> Cause | None:
    match code:
        case "FW-VPC":
            return "forged-reset" if _is_refusal(outcome) else "reject-on-the-way"
        case "NET-ROUTE":
            return "loop" if _is_looped(scene, outcome) else _unreachable(outcome.observed)
        case "RET-ROUTE" | "NET-SNAT":
            return "host-records"
        case "NET-OVERLAP":
            return "host-route"
        case "INPUT-STALE":
            return "records-contradicted"
        case "SVC-HANG":
            return "full-queue"
        case "KDC-RESET":
            return "closed-early" if _seen(outcome) == "closed early" else None
    return None


def _key(scene: Scene, outcome: Outcome, code: str, selected: Cause | None) -> Hashable:
    """Return what is equal for flows that one repair cures."""
    seen, flow, far = outcome.observed, outcome.flow, scene.far.of(outcome.flow.id)
    offender = seen.offender if seen is not None else None
    match code:
        case "FW-OS-REJECT":
            return ("reject", offender or (seen.address if seen is not None else None) or flow.endpoint.host)
        case "FW-VPC":
            return selected if selected == "forged-reset" else (selected, rejecter(scene, outcome))
        case "NET-ROUTE":
            router = offender or router_without_way(scene, outcome)
            return (selected, router if selected == "router-unreachable" else None)
        case "FW-OS-DROP":
            return ("drop", _silent_services(scene, outcome))
        case "RET-ROUTE" | "NET-OVERLAP" if selected == "host-route":
            return (selected, frozenset((answer.fate, answer.device, answer.network) for answer in far.stray))
        case "RET-ROUTE":
            return selected
        case "NET-SNAT":
            return (selected, far.translated)
        case "KDC-DOWN":
            return "stopped"
        case "SVC-DOWN":
            return _stopped(scene, outcome)
        case "SVC-BIND":
            return (flow.service, far.listening)
        case "SVC-HANG":
            return (selected, flow.endpoint.host)
        case "INPUT-STALE":
            return selected
    return flow.endpoint.host


def _silent_services(scene: Scene, outcome: Outcome) -> Hashable:
    """Return what is silent on the host of a flow. Hosts where that is the same have one cause."""
    silent = (other for other in (outcome, *scene.siblings(outcome)) if other.is_silent)
    return frozenset((other.flow.component, other.flow.endpoint.transport) for other in silent)


def _unreachable(observation: Observation | None) -> Cause:
    """Return whether this host itself or a router reports that there is no way."""
    if observation is None:
        return "no-local-route"
    if observation.reason not in UNREACHABLE and _by_ourselves(observation):
        return "local-policy"
    return HERE.get(observation.reason, "router-unreachable")


def _stopped(scene: Scene, outcome: Outcome) -> Hashable:
    """Return what is equal for flows that one start repairs: the whole host, or one service.

    A service that was looked for on several hosts is one service.
    """
    flow = outcome.flow
    if flow.assumed is not None:
        return ("assumed", flow.service)
    here = (o for o in (outcome, *scene.siblings(outcome)) if o.flow.area != "kerberos")
    states = {o.observed.state for o in here if o.observed is not None}
    return ("host", flow.endpoint.host) if states == {"closed"} else ("service", flow.service)


def _lines(far: FarSide, topic: Topic | None) -> tuple[Evidence, ...]:
    wanted = [line for line in far.lines if topic is None or line.topic == topic] or list(far.lines)
    return tuple(Evidence("line", f"{line.origin.file}:{line.origin.line}", line.text, line.origin) for line in wanted)
