"""Where do logs agree with the findings, and where do they not?

A log narrows and never decides. It adds evidence to a finding that its failure fits. If nothing
else explains its failure, it is a finding of its own: of the code that its words name, or INPUT-LOG
with the codes that are left. Some words are no fault of the network: then it lists no code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from diagnose.findings import catalogue
from diagnose.findings.cause import Cause
from diagnose.findings.conclude import Conclusion
from diagnose.findings.log_candidates import asks_another_kdc, outside_client, remaining
from diagnose.findings.log_names import NamedByLog, named
from diagnose.findings.log_pairs import is_other, paired
from diagnose.findings.model import Evidence, Finding, Severity
from diagnose.findings.values import Params, origin_value
from diagnose.findings.wording import next_checks, worded
from diagnose.scene.outcome import GOOD, Outcome
from diagnose.scene.scene import Scene
from diagnose.symptoms.acting_user import acting_user
from diagnose.symptoms.log import LogReading, Symptom
from probes.frozen import frozen, replace
from probes.language import tr

CODE: Final = "INPUT-LOG"

MOST_FINDINGS: Final = 3
"""Failures of logs that become findings of their own. The evidence of others is kept."""

MOST_CANDIDATES: Final = 8
"""Codes that one finding lists."""

MOST_NODES: Final = 4
"""DataNodes that one piece of evidence names."""

UNKNOWN_ZONE: Final = timedelta(hours=24)
"""By how much a time without a zone must be earlier, to be earlier in any zone."""

OF_THE_NETWORK: Final = frozenset(
    {
        *("kdc-silent", "kdc-refused", "kdc-tcp", "kdc-mit", "service-silent", "service-refused", "no-route"),
        *("name", "resolver", "datanode"),
    }
)
"""Topics that an answer of the same endpoint contradicts."""

FILTERS: Final = ("SG-", "NACL-", "NET-", "RET-", "FW-", "KDC-EXTERNAL")
"""Beginnings of the codes of what drops packets in silence."""


@frozen
class _LoggedFailure:
    """One failure of a log beside the flows and findings that it may be about."""

    symptom: Symptom
    """The failure."""
    outcomes: tuple[Outcome, ...]
    """Flows to the endpoint that it names. Empty if it names none of the case."""
    agreeing: tuple[Finding, ...]
    """Findings that it fits."""
    at_kdc: Symptom | None = None
    """The same failure in the log of a KDC. None if there is none."""


def with_logs(conclusion: Conclusion, scene: Scene, readings: Sequence[LogReading]) -> Conclusion:
    """Return the findings with what logs say of them, and those of failures that are left open."""
    failures = [_placed(symptom, scene, conclusion.findings) for reading in readings for symptom in reading.symptoms]
    if not failures:
        return conclusion
    since = _initialized(scene)
    found = _raised(conclusion.findings, failures, since)
    failures = [_placed(each.symptom, scene, found) for each in failures]
    evidence: dict[Finding, list[Evidence]] = {}
    for each in failures:
        for finding in each.agreeing:
            evidence.setdefault(finding, []).append(_evidence(each.symptom, since))
    findings = [
        replace(finding, evidence=(*finding.evidence, *dict.fromkeys(evidence[finding])))
        if finding in evidence
        else finding
        for finding in found
    ]
    own = list(_own_findings(failures, scene, found, since))
    place = next((n for n, finding in enumerate(findings) if finding.severity == "info"), len(findings))
    loud = [worded(finding) for finding in own if finding.severity != "info"]
    quiet = [worded(finding) for finding in own if finding.severity == "info"]
    return replace(conclusion, findings=(*findings[:place], *loud, *findings[place:], *quiet))


def _raised(
    findings: Sequence[Finding], failures: Sequence[_LoggedFailure], since: datetime | None
) -> tuple[Finding, ...]:
    """Return the findings, with a remark as a warning if a log has the message that it speaks of.

    A line of a file may do no harm that anyone sees. With its own message in a log it does.
    """
    first = {
        each.symptom.candidates[0]
        for each in failures
        if each.symptom.message.role == "cause" and each.symptom.candidates and not _is_old(each.symptom, since)
    }
    is_met = [finding.severity == "info" and finding.code in first for finding in findings]
    met = [replace(finding, severity="warning") for finding, yes in zip(findings, is_met, strict=True) if yes]
    rest = [finding for finding, yes in zip(findings, is_met, strict=True) if not yes]
    place = next((n for n, finding in enumerate(rest) if finding.severity == "info"), len(rest))
    return (*rest[:place], *met, *rest[place:])


def unexplained(conclusion: Conclusion, scene: Scene, readings: Sequence[LogReading]) -> frozenset[str]:
    """Return the codes that may explain the failures which no finding explains."""
    failures = (_placed(symptom, scene, conclusion.findings) for reading in readings for symptom in reading.symptoms)
    return frozenset(code for each in failures if not each.agreeing for code in each.symptom.candidates)


def _placed(symptom: Symptom, scene: Scene, findings: Sequence[Finding]) -> _LoggedFailure:
    """Return a failure of a log beside its flows, and the findings that it fits."""
    outcomes = tuple(_flows_of(symptom, scene))
    ids = {outcome.flow.id for outcome in outcomes}
    agreeing = tuple(
        finding
        for finding in findings
        if _may_be(finding, symptom)
        and (not finding.flows or _is_about(finding, symptom, ids))
        and _is_of_its_user(finding, symptom)
    )
    return _LoggedFailure(symptom, outcomes, agreeing)


def _may_be(finding: Finding, symptom: Symptom) -> bool:
    """Return True if a failure may come of what a finding says.

    Where a rule may be missing, every filter on the way to the same endpoint looks like one.
    """
    if finding.code in symptom.candidates or _has_its_scheme(finding, symptom):
        return True
    is_silence = any(code.startswith("SG-") for code in symptom.candidates)
    is_filter = finding.code.startswith(FILTERS) and finding.code not in symptom.message.rules_out
    return is_silence and is_filter and bool(finding.flows)


def _has_its_scheme(finding: Finding, symptom: Symptom) -> bool:
    """Return True if a finding is about a setting with the scheme that the client does not know."""
    scheme = symptom.word("scheme")
    value = finding.params.get("value")
    return scheme is not None and isinstance(value, str) and value.partition("://")[0].strip() == scheme


def _is_of_its_user(finding: Finding, symptom: Symptom) -> bool:
    """Return True unless the finding is about another user that acts for others than the log."""
    user = acting_user(symptom)
    return user is None or finding.params.get("user") in (None, user)


def _is_about(finding: Finding, symptom: Symptom, ids: Collection[str]) -> bool:
    """Return True if a finding is about the endpoint of a failure, or the log names no endpoint."""
    return bool(set(ids) & set(finding.flows)) if ids else symptom.target is None


def _flows_of(symptom: Symptom, scene: Scene) -> Iterator[Outcome]:
    """Yield the flows to the endpoint that a failure names.

    Without one, a failure at a KDC is about the flows to all KDCs.
    """
    nodes = {(_plain(address), port) for address, port in symptom.datanodes}
    is_named = bool(nodes) or symptom.target is not None
    for outcome in scene.outcomes:
        end = outcome.flow.endpoint
        if symptom.transport is not None and end.transport != symptom.transport:
            continue
        if symptom.topic == "kdc-silent" and end.transport != "udp":
            continue
        if is_named:
            addresses = {address for address in (end.address, _observed_address(outcome)) if address}
            if any((address, end.port) in nodes for address in addresses) or _is_target(symptom, outcome, addresses):
                yield outcome
        elif symptom.topic.startswith("kdc-") and outcome.flow.area == "kerberos":
            yield outcome


def _is_target(symptom: Symptom, outcome: Outcome, addresses: Collection[str]) -> bool:
    end = outcome.flow.endpoint
    if symptom.port is not None and end.port != symptom.port:
        return False
    if symptom.address is not None and _plain(symptom.address) in addresses:
        return True
    if symptom.host is None:
        return False
    asked, known = symptom.host.lower().rstrip("."), end.host.lower().rstrip(".")
    return asked == known or ("." not in asked and known.split(".", 1)[0] == asked)


def _plain(address: str) -> str:
    return address.strip("[]").lower()


def _observed_address(outcome: Outcome) -> str | None:
    return None if outcome.observed is None else outcome.observed.address


def _evidence(symptom: Symptom, since: datetime | None) -> Evidence:
    """Return what a log says, as one clause."""
    origin = symptom.origin
    place = f"{origin.file}:{origin.line}"
    text = tr("{place} says “{message}”", place=place, message=symptom.said)
    if symptom.stamp:
        text = tr("{clause} at {time}", clause=text, time=symptom.stamp)
    if symptom.target:
        text = tr("{clause} to {target}", clause=text, target=symptom.target)
    if symptom.times > 1:
        text = tr("{clause}, {count} times", clause=text, count=symptom.times)
    if symptom.datanodes:
        nodes = tr(", ").join(address for address, _ in symptom.datanodes[:MOST_NODES])
        text = tr("{clause}, DataNodes {nodes}", clause=text, nodes=nodes)
    if symptom.writer:
        text = tr("{clause}, in a container on {node}", clause=text, node=symptom.writer)
    if _is_old(symptom, since):
        text = tr("{clause}; that is before the last initialization", clause=text)
    return Evidence("line", place, text, origin)


def _own_findings(
    failures: Iterable[_LoggedFailure], scene: Scene, findings: Sequence[Finding], since: datetime | None
) -> Iterator[Finding]:
    """Yield a finding for each failure that no finding explains, at most three. A remark explains
    none.

    - An envelope says nothing beside a cause in the same log.
    - Failures with equal candidates are one, unless client and KDC name two principals.
    - What client and KDC tell of is one failure.
    - What is no fault of the network explains no other failure, and comes last.
    """
    rows = [each for each in failures if all(finding.severity == "info" for finding in each.agreeing)]
    faults = (each.symptom for each in failures if each.symptom.candidates)
    causes = {symptom.origin.file for symptom in faults if symptom.message.role == "cause"}
    rows = [each for each in rows if each.symptom.message.role == "cause" or each.symptom.origin.file not in causes]
    rows.sort(key=lambda each: not each.symptom.candidates)
    pairs = paired([each.symptom for each in rows])
    of_both = {id(symptom) for symptom in pairs.values()}
    seen: list[tuple[tuple[object, ...], Symptom]] = []
    for each in rows:
        if id(each.symptom) in of_both:
            continue
        finding = _own(replace(each, at_kdc=pairs.get(id(each.symptom))), scene, findings, since)
        key = (finding.code, finding.cause, finding.params["candidates"], finding.params["topic"])
        is_known = any(key == other and not is_other(each.symptom, symptom) for other, symptom in seen)
        if not is_known and len(seen) < MOST_FINDINGS:
            seen.append((key, each.symptom))
            yield finding


def _own(failure: _LoggedFailure, scene: Scene, findings: Sequence[Finding], since: datetime | None) -> Finding:
    symptom = failure.symptom
    left = _of_both(remaining(symptom, failure.outcomes, scene, findings), failure.at_kdc)
    cause, others = _cause(failure, scene, findings)
    params: Params = {
        "file": symptom.origin.file,
        "line": symptom.origin.line,
        "said": symptom.said,
        "at": symptom.stamp,
        "times": symptom.times,
        "topic": symptom.topic,
        "target": symptom.target,
        "host": symptom.host or symptom.address,
        "port": symptom.port,
        "transport": symptom.transport,
        "realm": symptom.realm,
        "principal": symptom.principal or (None if failure.at_kdc is None else failure.at_kdc.principal),
        "datanodes": [f"{address}:{port}" for address, port in symptom.datanodes],
        "candidates": left[:MOST_CANDIDATES],
        "titles": [catalogue.entry(code).title for code in left[:MOST_CANDIDATES]],
        "unnamed_kdc": not failure.outcomes and asks_another_kdc(symptom, scene),
        "client": outside_client(symptom, scene),
        "excluded": tuple(code for code in symptom.candidates if code not in left),
        "others": others,
        "old": _is_old(symptom, since),
        "shows": symptom.message.shows,
        "elsewhere": symptom.target is not None and bool(scene.outcomes) and not failure.outcomes,
    }
    acting = acting_user(symptom)
    params = {**params, **dict(symptom.words), **({} if acting is None else {"acting": acting})}
    if len(left) > MOST_CANDIDATES:
        params = {**params, "more": len(left) - MOST_CANDIDATES}
    if (at_kdc := failure.at_kdc) is not None:
        params = {**params, **dict(at_kdc.words), "kdc": _by_kdc(at_kdc)}
    params = {**params, "next": next_checks(params)}
    finding = Finding(
        code=CODE,
        severity=_severity(cause),
        confidence="strong" if at_kdc is not None and len(left) == 1 and not params["old"] else "inferred",
        params=params,
        cause=cause,
        flows=tuple(outcome.flow.id for outcome in failure.outcomes),
        evidence=tuple(_evidence(each, since) for each in (symptom, failure.at_kdc) if each is not None),
        settle_by=next_checks(params)[1],
    )
    by_words = named(symptom, left, scene) if cause in ("log-alone", "log-unexplained") else None
    return finding if by_words is None else _of_code(finding, by_words)


def _of_both(left: tuple[str, ...], at_kdc: Symptom | None) -> tuple[str, ...]:
    """Return the codes that the words of client and KDC both leave."""
    if at_kdc is None:
        return left
    return tuple(code for code in left if code in at_kdc.candidates) or left


def _by_kdc(at_kdc: Symptom) -> Params:
    """Return what the log of the KDC says of a failure that a client tells of."""
    return {
        "file": at_kdc.origin.file,
        "line": at_kdc.origin.line,
        "said": at_kdc.said,
        "at": at_kdc.stamp,
        "principal": at_kdc.principal,
    }


def _of_code(finding: Finding, by_words: NamedByLog) -> Finding:
    """Return the finding as one of the code that the log names.

    It is strong if a file says the same, and the log is of this cluster and of this time.
    """
    read = by_words.read
    is_of_now = not finding.params["old"] and not finding.params["elsewhere"]
    shown = []
    if read is not None:
        place = f"{read.origin.file}:{read.origin.line}"
        text = tr("{place} sets {key} to {value}", place=place, key=by_words.key, value=read.value)
        shown = [Evidence("line", place, text, read.origin)]
    agrees: Params = {
        "said": by_words.said or finding.params["said"],
        "line": by_words.line or finding.params["line"],
        "key": by_words.key,
        "value": None if read is None else read.value,
        "origin": None if read is None else origin_value(read.origin),
    }
    return replace(
        finding,
        code=by_words.code,
        cause="log-named",
        confidence="strong" if read is not None and is_of_now else "inferred",
        params={**finding.params, **agrees},
        evidence=(*finding.evidence, *shown),
    )


def _severity(cause: Cause) -> Severity:
    return "info" if cause == "log-contradicted" else catalogue.severity(CODE, touches_required=False)


def _cause(failure: _LoggedFailure, scene: Scene, findings: Sequence[Finding]) -> tuple[Cause, tuple[str, ...]]:
    """Return how the failure stands to what else is known, and the codes that say otherwise."""
    if not failure.symptom.candidates:
        return "log-answered", ()
    if not scene.outcomes and scene.case.krb5 is None and not scene.case.settings:
        return "log-alone", ()
    answered = [outcome for outcome in failure.outcomes if _has_answered(outcome)]
    if failure.outcomes and failure.symptom.topic in OF_THE_NETWORK and len(answered) == len(failure.outcomes):
        return "log-contradicted", ()
    ids = {outcome.flow.id for outcome in failure.outcomes}
    others = [
        finding.code
        for finding in findings
        if finding.severity == "error" and finding.confidence != "inferred" and ids & set(finding.flows)
    ]
    return ("log-disagrees" if others else "log-unexplained"), tuple(dict.fromkeys(others))


def _has_answered(outcome: Outcome) -> bool:
    """Return True if packets from the resource group were answered there."""
    observed = outcome.observed
    is_open = observed is not None and observed.state == "open" and outcome.from_inside
    return is_open and outcome.verdict in GOOD


def _initialized(scene: Scene) -> datetime | None:
    """Return when the resource group was initialized last. None if the case does not say."""
    text = scene.case.registration.initialized_at
    try:
        at = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=UTC)


def _is_old(symptom: Symptom, since: datetime | None) -> bool:
    """Return True if a failure is earlier than the last initialization, in any zone."""
    if since is None or symptom.at is None:
        return False
    if symptom.at.tzinfo is not None:
        return symptom.at < since
    return symptom.at.replace(tzinfo=UTC) + UNKNOWN_ZONE < since
