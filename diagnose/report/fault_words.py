"""How do pages for people say a fault: how sure it is, what repairs it, and what is then left?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from diagnose.output.sentences import capital, clauses, commas, sentences, series, with_stop
from diagnose.output.styled import Tone
from diagnose.remedies import console
from diagnose.remedies.model import SuggestedRule
from diagnose.remedies.wording import suggested
from diagnose.report.finding_model import Confidence, FindingFacts, Severity, UndoneFacts
from diagnose.report.flow_model import FlowFacts
from diagnose.report.flow_words import OK
from diagnose.report.model import ClientFacts, Report, SkippedFacts
from diagnose.report.remedy import Remedy, opened_words, remedies
from probes.language import marked, tr

SURE: Mapping[Confidence, str] = {
    "proven": marked("proven"),
    "strong": marked("very likely"),
    "inferred": marked("not certain"),
}
SURE_BY: Mapping[Confidence, str] = {
    "proven": marked("what was seen leaves no other cause"),
    "strong": marked("nothing that is known contradicts it"),
    "inferred": marked("it fits what is known, but other causes may fit as well"),
}
TONES: Mapping[Severity, Tone] = {"error": "bad", "warning": "doubt", "info": "quiet"}
SIDES = {"ingress": marked("inbound"), "egress": marked("outbound")}
CLIENTS = {"mit": "MIT (kinit, C, Python)", "jdk": "Java (JDK)", "gokrb5": "Go (gokrb5)", "heimdal": "Heimdal"}
EXCHANGES = {"as": marked("login"), "tgs": marked("service ticket")}
WORKS = {
    "yes": marked("{exchange} works"),
    "no": marked("{exchange} fails"),
    "unknown": marked("{exchange} not known"),
}


MOST_CAUSES = 3
"""Causes that are said of checks that need the same thing."""

MOST_NAMES = 3
"""Checks that are named for one cause."""

STEP_AFTER = frozenset(
    {
        *("setting-unset", "setting-authority", "setting-port", "setting-rpc-port", "setting-loopback"),
        *("setting-local-disk", "setting-missing", "setting-other-service", "setting-other-node"),
        *("setting-provider", "value-refused", "value-read-otherwise"),
    }
)
"""Causes whose edit is in a file that has to be uploaded again, which the advice says."""


STEP_AFTER_CODES = frozenset({"PROXY-USER", "PROXY-HOST"})
"""Codes whose edit counts once the services have read it, which the advice says."""


def is_fault(finding: FindingFacts) -> bool:
    """Return True for what is told whole: an error, a finding with an edit, what a log shows."""
    repaired = any(remedy.kind != "advice" for remedy in finding.remedies)
    return repaired or finding.severity == "error" or (finding.severity == "warning" and is_of_a_log(finding))


def is_of_a_log(finding: FindingFacts) -> bool:
    """Return True if nothing but a log shows the finding."""
    return finding.code == "INPUT-LOG" or finding.params.get("cause") == "log-named"


def logs(report: Report) -> frozenset[str]:
    """Return the names of the case's logs."""
    return frozenset(each.file for each in report.case.inputs if each.kind == "log")


def met_in_log(report: Report) -> frozenset[int]:
    """Return the ranks of the warnings of which a log has the message: their harm was seen."""
    files = logs(report)
    return frozenset(
        finding.rank
        for finding in report.findings
        if finding.severity == "warning" and not is_of_a_log(finding)
        for each in finding.evidence
        if each.origin is not None and each.origin.file in files
    )


def after_repair(report: Report, finding: FindingFacts) -> str:
    """Return what works or waits less once this cause alone is repaired, and what is then left.

    "" if that was not computed.
    """
    undone = finding.undone
    if undone is None or (undone.remains is None and not undone.needs_others) or _is_by_hand(finding):
        return ""
    failing = {client.family for client in report.clients if client.works == "no"}
    logins = [CLIENTS.get(family, family) for family in undone.clients if family in failing]
    waits = [CLIENTS.get(family, family) for family in undone.clients if family not in failing]
    changes = []
    if undone.repairs:
        flows = len(undone.repairs)
        more = tr("{count} connection{s} can be made that cannot be made now", count=flows, s="" if flows == 1 else "s")
        changes.append(more)
    if undone.unclear:
        flows = len(undone.unclear)
        more = tr(
            "{count} connection{s} no longer stopped, not known to work", count=flows, s="" if flows == 1 else "s"
        )
        changes.append(more)
    if logins:
        changes.append(tr("logins by {clients}", clients=series(logins)))
    if waits:
        changes.append(tr("shorter waits for {clients}", clients=series(waits)))
    said = clauses(changes) or tr("nothing else changes")
    if undone.needs_others:
        said = tr("Only once the other faults are repaired as well: {changes}", changes=said)
    if undone.remains is None:
        left = tr("What remains was not asked")
    elif undone.remains:
        left = tr("What remains: {codes}", codes=series(undone.remains))
    else:
        left = tr("No other fault is sure")
    return sentences([with_stop(said), with_stop(left)])


def repairs_of(report: Report, finding: FindingFacts) -> str:
    """Return 'repairs 2 of 2, nothing remains'. "" if that is not certain, or was not computed."""
    undone = finding.undone
    if undone is None or not is_sure(finding) or _is_by_hand(finding):
        return ""
    broken = {flow.id for flow in report.flows if flow.need == "required" and flow.verdict not in OK}
    total = len({*broken, *undone.repairs, *undone.unclear})
    parts = []
    if undone.repairs:
        parts.append(tr("repairs {count} of {total}", count=len(undone.repairs), total=total))
    if undone.unclear:
        parts.append(tr("frees {count} of {total}, not known to work", count=len(undone.unclear), total=total))
    if parts and undone.remains is not None and (left := _remaining(undone, broken)):
        parts.append(left)
    return commas(parts)


def _remaining(undone: UndoneFacts, broken: set[str]) -> str:
    """Return what remains of the connections that are broken. "" if the rest was said."""
    if undone.remains:
        return tr("{codes} remain{s}", codes=series(undone.remains), s="s" if len(undone.remains) == 1 else "")
    if broken - {*undone.repairs, *undone.unclear}:
        return tr("the rest is not certain")
    return "" if undone.unclear else tr("nothing remains")


def _is_by_hand(finding: FindingFacts) -> bool:
    """Return True if a line of a file is to be written whose right text nobody knows here."""
    return finding.params.get("cause") == "file-line" and not finding.params.get("edits")


def options(report: Report, finding: FindingFacts) -> list[Remedy]:
    """Return the whole repairs of one finding, the recommended one first."""
    return [remedy for remedy in remedies(report) if remedy.finding.rank == finding.rank]


def advice(finding: FindingFacts) -> list[str]:
    """Return what to do in words alone."""
    return [remedy.text for remedy in finding.remedies if remedy.option is None]


def is_step_after(finding: FindingFacts) -> bool:
    """Return True if the advice beside an edit is what to do after it, and no other way."""
    return finding.params.get("cause") in STEP_AFTER or finding.code in STEP_AFTER_CODES


def ports(rule: SuggestedRule) -> str:
    """Return "88", or "50000 to 50100"."""
    low, _, high = rule.port_range.partition("/")
    if low == high or not high:
        return low if high else rule.port_range
    return tr("{low} to {high}", low=low, high=high)


def rule_words(rule: SuggestedRule) -> str:
    """Return a rule without its group as one clause."""
    template = (
        marked("{side} {protocol} {ports} from {peer}, priority {priority}")
        if rule.direction == "ingress"
        else marked("{side} {protocol} {ports} to {peer}, priority {priority}")
    )
    return tr(
        template,
        side=tr(SIDES[rule.direction]),
        protocol=rule.ip_protocol,
        ports=ports(rule),
        peer=console.party(rule),
        priority=rule.priority,
    )


def in_words(option: Remedy) -> str:
    """Return a whole repair as one sentence or several."""
    return _beware(option, sentence(clauses(_additions(option)), *with_reasons(option)))


def steps(option: Remedy) -> str:
    """Return the same without the reasons."""
    return _beware(option, sentence(clauses(_additions(option)), *map(console.what_to_do, option.edits)))


def with_reasons(option: Remedy) -> Iterator[str]:
    """Yield the edits of a repair, as sentences. Of several with the same reason the last one says
    it."""
    for edit, after in zip_longest(option.edits, option.edits[1:]):
        is_last = after is None or suggested(after).why != suggested(edit).why
        yield console.edit_words(edit) if is_last else with_stop(console.what_to_do(edit))


def _beware(option: Remedy, said: str) -> str:
    """Return what a repair does, after what it should not open."""
    opened = opened_words(option)
    return sentences([*opened, capital(said) if opened else said])


def _additions(option: Remedy) -> list[str]:
    return [tr("add to {group} {rule}", group=rule.security_group_id, rule=rule_words(rule)) for rule in option.rules]


def clients(report: Report, *, only_failing: bool = False) -> list[tuple[str, str]]:
    """Return each family of Kerberos clients and what it experiences. Empty if nothing is known."""
    by_family: dict[tuple[str, str | None], list[ClientFacts]] = {}
    for client in report.clients:
        by_family.setdefault((client.family, client.releases), []).append(client)
    known = {client.family for client in report.clients if client.works != "unknown"}
    return [
        (CLIENTS.get(family, family), _experience(releases, exchanges))
        for (family, releases), exchanges in by_family.items()
        if family in known and (not only_failing or any(client.works == "no" for client in exchanges))
    ]


def _experience(releases: str | None, exchanges: Sequence[ClientFacts]) -> str:
    said = clauses(map(_result, exchanges))
    return said if releases is None else tr("{name}: {text}", name=releases, text=said)


def _result(client: ClientFacts) -> str:
    result = tr(WORKS[client.works], exchange=tr(EXCHANGES[client.exchange]))
    if client.seconds is not None and client.seconds >= 1:
        result = tr("{what} after {seconds} s", what=result, seconds=f"{client.seconds:.0f}")
    if client.message:
        result = tr("{what} ({message})", what=result, message=client.message)
    return result


def assumed(flows: Iterable[FlowFacts]) -> list[tuple[str, int]]:
    """Return what the verdicts take for granted and for how many connections, the commonest first.

    No file says it, and no packet has shown it.
    """
    texts = Counter(
        text
        for flow in flows
        if flow.verdict not in ("reachable", "accepts")
        for text in dict.fromkeys(text for decision in flow.decisions for text in decision.assumed)
    )
    return texts.most_common()


def unchecked(skip: SkippedFacts) -> str:
    """Return what was not checked, why, and what it needs."""
    return sentence(
        tr("{name}: {text}", name=skip.check, text=skip.cause),
        tr("It needs {needs}", needs=skip.needs) if skip.needs else "",
    )


def unchecked_alike(skips: Sequence[SkippedFacts]) -> str:
    """Return what was not checked for want of the same thing. No cause or name is said twice."""
    by_cause: dict[str, list[str]] = {}
    for skip in skips:
        by_cause.setdefault(skip.cause, []).append(skip.check)
    by_name: dict[str, list[str]] = {}
    for cause, checks in list(by_cause.items())[:MOST_CAUSES]:
        by_name.setdefault(series(checks, MOST_NAMES), []).append(cause)
    said = clauses(tr("{name}: {text}", name=name, text=clauses(causes)) for name, causes in by_name.items())
    return sentence(said, tr("It needs {needs}", needs=skips[0].needs))


def refused(skip: SkippedFacts) -> str:
    """Return which error of an API stands in place of an answer, and which permission it needs."""
    return sentence(
        tr("{name}: {text}", name=skip.check, text=skip.cause),
        tr("First allow the RAM action {action}", action=skip.ram_action) if skip.ram_action else "",
    )


def sentence(*parts: str) -> str:
    """Return the clauses that are not empty as sentences."""
    return sentences(map(with_stop, parts))


def how_sure(finding: FindingFacts) -> str:
    """Return how sure a finding is and why, and what follows from it."""
    sure = tr("{name}: {text}", name=tr(SURE[finding.confidence]), text=tr(SURE_BY[finding.confidence]))
    return sentence(sure, finding.detail)


def unexplained(report: Report) -> Sequence[FlowFacts]:
    """Return required connections that do not work or are not known, and have no finding."""
    explained = {flow for finding in report.findings for flow in finding.flows}
    return [
        flow for flow in report.flows if flow.need == "required" and flow.verdict not in OK and flow.id not in explained
    ]


def to_do(report: Report, finding: FindingFacts) -> list[str]:
    """Return the recommended repair, a step each. The advice, if nothing can be edited."""
    first = next(iter(options(report, finding)), None)
    if first is None:
        return advice(finding)
    return [*opened_words(first), *_additions(first), *map(console.what_to_do, first.edits)]


def place(finding: FindingFacts) -> tuple[str, int] | None:
    """Return the file and line of the case that a finding is about. None if it is about no file."""
    origins = (shown.origin for shown in finding.evidence if shown.origin is not None)
    return next(((origin.file, origin.line) for origin in origins if origin.line is not None), None)


def is_sure(finding: FindingFacts) -> bool:
    """Return True for a finding that is proven or very likely."""
    return finding.confidence != "inferred"


def stopped(report: Report, *, with_waived: bool = True) -> frozenset[str]:
    """Return the ids of the flows that a sure error is about, whatever their verdict.

    A rule may let a connection through, and its port may answer, while the client fails at it.
    """
    errors = (each for each in report.findings if is_sure_error(each) and (with_waived or each.waived is None))
    return frozenset(flow for finding in errors for flow in finding.flows)


def is_sure_error(finding: FindingFacts) -> bool:
    """Return True for an error that is proven or very likely."""
    return finding.severity == "error" and is_sure(finding)
