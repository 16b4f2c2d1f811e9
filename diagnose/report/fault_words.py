"""How do pages for people say a fault: how sure it is, what repairs it, and what is then left?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from diagnose.output.page import Tone
from diagnose.remedies import console
from diagnose.remedies.model import SuggestedRule
from diagnose.report.flow_words import OK
from diagnose.report.model import ClientFacts, Confidence, FindingFacts, FlowFacts, Report, Severity, UndoneFacts
from diagnose.report.repair import Remedy, opened_words, remedies

SURE: Mapping[Confidence, str] = {"proven": "proven", "strong": "very likely", "inferred": "not certain"}
SURE_BY: Mapping[Confidence, str] = {
    "proven": "what was seen leaves no other cause",
    "strong": "nothing that is known contradicts it",
    "inferred": "it fits what is known, but other causes may fit as well",
}
TONES: Mapping[Severity, Tone] = {"error": "bad", "warning": "doubt", "info": "quiet"}
SIDES = {"ingress": "inbound", "egress": "outbound"}
CLIENTS = {"mit": "MIT (kinit, C, Python)", "jdk": "Java (JDK)", "gokrb5": "Go (gokrb5)", "heimdal": "Heimdal"}
EXCHANGES = {"as": "login", "tgs": "service ticket"}
WORKS = {"yes": "works", "no": "fails", "unknown": "not known"}


def is_fault(finding: FindingFacts) -> bool:
    """Return True for a finding that is told with its repair: an error, or one with an edit."""
    repaired = any(remedy.kind != "advice" for remedy in finding.remedies)
    return repaired or finding.severity == "error"


def after_repair(report: Report, undone: UndoneFacts) -> str:
    """Return what works or waits less once this cause alone is repaired, and what is then left."""
    failing = {client.family for client in report.clients if client.works == "no"}
    changes = []
    if undone.repairs:
        flows = len(undone.repairs)
        changes.append(f"{flows} connection{'' if flows == 1 else 's'} can be made that cannot be made now")
    for what, families in (
        ("logins by", [family for family in undone.clients if family in failing]),
        ("shorter waits for", [family for family in undone.clients if family not in failing]),
    ):
        if families:
            changes.append(f"{what} {', '.join(CLIENTS[family] for family in families)}")
    left = f"What remains: {', '.join(undone.remains)}" if undone.remains else "No other fault is sure"
    if undone.remains is None:
        left = "What remains was not asked"
    begin = "Only once the other faults are repaired as well: " if undone.needs_others else ""
    return f"{begin}{'; '.join(changes) or 'nothing else changes'}. {left}."


def repairs_of(report: Report, undone: UndoneFacts, *, is_certain: bool) -> str:
    """Return 'repairs 2 of 2, nothing remains'. "" if that is not certain, or it repairs none."""
    if not undone.repairs or not is_certain:
        return ""
    broken = {flow.id for flow in report.flows if flow.need == "required" and flow.verdict not in OK}
    count = f"repairs {len(undone.repairs)} of {len(broken | set(undone.repairs))}"
    if undone.remains is None:
        return count
    if undone.remains:
        return f"{count}, {', '.join(undone.remains)} remain{'s' if len(undone.remains) == 1 else ''}"
    return f"{count}, {'the rest is not certain' if broken - set(undone.repairs) else 'nothing remains'}"


def options(report: Report, finding: FindingFacts) -> list[Remedy]:
    """Return the whole repairs of one finding, the recommended one first."""
    return [remedy for remedy in remedies(report) if remedy.finding.rank == finding.rank]


def advice(finding: FindingFacts) -> list[str]:
    """Return what to do in words alone."""
    return [remedy.text for remedy in finding.remedies if remedy.option is None]


def ports(rule: SuggestedRule) -> str:
    """Return "88", or "50000 to 50100"."""
    low, _, high = rule.port_range.partition("/")
    return low if low == high else f"{low} to {high}" if high else rule.port_range


def rule_words(rule: SuggestedRule) -> str:
    """Return a rule without its group as one clause."""
    end = "from" if rule.direction == "ingress" else "to"
    what = f"{SIDES[rule.direction]} {rule.ip_protocol} {ports(rule)}"
    return f"{what} {end} {console.party(rule)}, priority {rule.priority}"


def in_words(option: Remedy) -> str:
    """Return a whole repair as one sentence or several."""
    said = "; ".join([*_additions(option), *(console.edit_words(edit).rstrip(".") for edit in option.edits)]) + "."
    return " ".join([*opened_words(option), said])


def steps(option: Remedy) -> str:
    """Return the same without the reasons."""
    said = "; ".join([*_additions(option), *map(console.what_to_do, option.edits)]) + "."
    return " ".join([*opened_words(option), said])


def _additions(option: Remedy) -> list[str]:
    return [f"add to {rule.security_group_id} {rule_words(rule)}" for rule in option.rules]


def clients(report: Report) -> list[tuple[str, str]]:
    """Return each family of Kerberos clients and what it experiences. Empty if nothing is known."""
    known = {client.family for client in report.clients if client.works != "unknown"}
    rows = []
    for family, releases in dict.fromkeys((client.family, client.releases) for client in report.clients):
        exchanges = [
            f"{EXCHANGES[client.exchange]} {_result(client)}"
            for client in report.clients
            if (client.family, client.releases) == (family, releases)
        ]
        if family in known:
            of_releases = "" if releases is None else f"{releases}: "
            rows.append((CLIENTS.get(family, family), of_releases + "; ".join(exchanges)))
    return rows


def _result(client: ClientFacts) -> str:
    after = f" after {client.seconds:.0f} s" if client.seconds is not None and client.seconds >= 1 else ""
    message = f" ({client.message})" if client.message else ""
    return f"{WORKS[client.works]}{after}{message}"


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


def sentence(*clauses: str) -> str:
    """Return the clauses that are not empty as sentences."""
    return ". ".join(stripped for clause in clauses if (stripped := clause.rstrip(". "))) + "."


def count(number: int, what: str) -> str:
    """Return '1 connection' or '2 connections'."""
    return f"{number} {what}{'' if number == 1 else 's'}"


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
    origins = (shown.origin for shown in finding.evidence if shown.origin is not None and shown.kind == "line")
    return next(((origin.file, origin.line) for origin in origins if origin.line is not None), None)


def is_sure(finding: FindingFacts) -> bool:
    """Return True for a finding that is proven or very likely."""
    return finding.confidence != "inferred"


def stopped(report: Report) -> frozenset[str]:
    """Return the ids of the flows that a sure error is about, whatever their verdict.

    A rule may let a connection through, and its port may answer, while the client fails at it.
    """
    errors = (finding for finding in report.findings if finding.severity == "error" and is_sure(finding))
    return frozenset(flow for finding in errors for flow in finding.flows)
