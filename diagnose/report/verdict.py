"""What does a report say in one sentence: does it work, for whom, and how is that known?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diagnose.output.page import Styled, Tone
from diagnose.report.expectation_words import broken
from diagnose.report.fault_words import stopped
from diagnose.report.model import FindingFacts, Report
from probes.addresses import LOOPBACK, contains, parse, parse_address
from probes.language import tr

MOST_SENDERS = 2
"""Addresses of this host that the head shows."""

MOST_NETWORKS = 3
"""Networks of the resource group that the head shows."""

EXITS: Mapping[int, str] = {
    0: "everything required was checked and works",
    1: "a fault was found that is proven or very likely",
    2: "an input could not be read",
    3: "a required connection could not be checked, or the cause that was found is not certain",
    4: "a check failed because of a bug in emr-diagnose",
    130: "interrupted; the report holds what was known by then",
}

ALLOWED = "every required connection is allowed by every known layer; no packet was sent"
"""What exit code 0 means if the configuration alone was judged."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to "does it work?"."""

    word: str
    """WORKS, ALLOWED, OPEN TOO FAR, DOES NOT WORK, NOT DECIDED or NOT FINISHED."""
    sentence: str
    """How many connections the word is about."""
    tone: Tone
    """How a terminal with colours shows it."""


def verdict(report: Report) -> Verdict:
    """Return the verdict over all required connections."""
    required = [flow for flow in report.flows if flow.need == "required"]
    failing = sum(flow.verdict in ("blocked", "partial") for flow in required)
    unknown = sum(flow.verdict == "unknown" for flow in required)
    return Verdict(*_words(report, len(required), failing, unknown))


def in_one_line(report: Report) -> str:
    """Return verdict, first cause and exit code, without a line feed at the end."""
    said = verdict(report)
    first = next((finding for finding in loud(report) if report.status in ("fail", "inconclusive")), None)
    cause = f" {first.code}: {first.title.rstrip('.')}." if first is not None else ""
    return f"{said.word}: {said.sentence}{cause} Exit code {report.exit_code}."


def loud(report: Report) -> list[FindingFacts]:
    """Return the findings that are more than a remark: causes, risks, and what explains a flow."""
    return [finding for finding in report.findings if finding.severity != "info" or finding.flows]


def head(report: Report, width: int) -> list[Styled]:
    """Return the first paragraphs of a page: from where to where, from what, and what weakens it.

    What weakens it stands in the third line, whether the first paragraph takes one line or two.
    """
    first, second = Styled(_where(report)), Styled(_basis(report))
    weak = [Styled(doubt, "doubt") for doubt in _doubts(report)]
    return [first, *weak, second] if len(first.text) > width else [first, second, *weak]


def _where(report: Report) -> str:
    """Return from where to where the report judges, as one sentence."""
    cluster = report.case.cluster
    facts = ", ".join(fact for fact in (cluster.type, cluster.release, cluster.region) if fact)
    named = " ".join(fact for fact in (cluster.name, cluster.id) if fact) or "cluster"
    sources = report.case.sources
    more = f" and {len(sources) - MOST_NETWORKS} more" if len(sources) > MOST_NETWORKS else ""
    networks = f"{', '.join(sources[:MOST_NETWORKS])}{more}"
    begin = f"{networks} (resource group)" if sources else "the resource group"
    return f"From {begin} to {named}{f' ({facts})' if facts else ''}."


def _basis(report: Report) -> str:
    """Return what the report was judged from, as one sentence."""
    if report.basis == "configuration":
        return "From files alone: no packet was sent."
    return "From packets sent and from the files."


def _doubts(report: Report) -> list[str]:
    """Return what makes the whole report weaker, a sentence each."""
    found = []
    if elsewhere := _senders_elsewhere(report):
        found.append(
            f"This host ({', '.join(elsewhere)}) is not in {', '.join(report.case.sources[:MOST_NETWORKS])}, so what "
            "its packets pass says nothing about the resource group."
        )
    if not report.case.sources:
        found.append("The network of the resource group is not known: give it with --from CIDR.")
    if report.exit_code == 130:
        found.append("Interrupted: what is missing below was not checked.")
    return found


def _senders_elsewhere(report: Report) -> list[str]:
    """Return the addresses of this host, if none is in a network of the resource group.

    Empty if one is, or if the networks are not known.
    """
    try:
        networks = tuple(parse(cidr) for cidr in report.case.sources)
    except ValueError:
        return []
    seen = (observation.detail.get("source") for flow in report.flows for observation in flow.observations)
    given = {text: _address(text) for text in seen if isinstance(text, str)}
    senders = {text: at for text, at in given.items() if at is not None and not contains(LOOPBACK, at)}
    is_inside = any(contains(networks, address) for address in senders.values())
    is_known = report.basis == "packets" and bool(networks)
    return [] if is_inside or not is_known else list(senders)[:MOST_SENDERS]


def _address(text: str) -> int | None:
    """Return the number of an address. None for a scoped one, and for any other text."""
    try:
        return parse_address(text)
    except ValueError:
        return None


def _words(report: Report, required: int, failing: int, unknown: int) -> tuple[str, str, Tone]:
    flows = f"{required} required connection{'' if required == 1 else 's'}"
    match report.status:
        case "pass" if report.basis == "configuration":
            return "ALLOWED", f"the configuration lets all {flows} through.", "good"
        case "pass":
            return "WORKS", f"all {flows} can be made.", "good"
        case "fail" if failing:
            fail = "work in part of the network only" if _is_in_part(report) else "cannot be made"
            return "DOES NOT WORK", f"{failing} of {flows} {fail}.", "bad"
        case "fail" if unknown:
            return "DOES NOT WORK", f"a fault was found; {unknown} of {flows} could not be checked.", "bad"
        case "fail" if failing_at := _stopped(report):
            fail, them = ("fails", "it") if failing_at == 1 else ("fail", "them")
            return "DOES NOT WORK", f"{failing_at} of {flows} {fail}, though no rule or route stops {them}.", "bad"
        case "fail":
            return _without_failing(report)
        case "inconclusive" if report.exit_code == 130 and failing and _is_sure(report):
            rest = f", {unknown} could not be checked" if unknown else ""
            return "DOES NOT WORK", f"{failing} of {flows} cannot be made{rest}.", "bad"
        case "inconclusive" if not report.flows:
            return "NOT DECIDED", "no connection is known that could be checked.", "doubt"
        case "inconclusive" if not unknown and not failing:
            return (
                "NOT DECIDED",
                f"nothing stops the {flows} that are known, but something could not be checked.",
                "doubt",
            )
        case "inconclusive" if unknown or not failing:
            return "NOT DECIDED", f"{unknown} of {flows} could not be checked.", "doubt"
        case "inconclusive":
            return "NOT DECIDED", f"{failing} of {flows} fail, and the cause is not certain.", "doubt"
        case _:
            return "NOT FINISHED", "a check failed because of a bug in emr-diagnose; see the end.", "bad"


def _without_failing(report: Report) -> tuple[str, str, Tone]:
    """Return the words about a sure fault that stops no connection."""
    if _is_only_open(report):
        what = tr(
            "{count} of {all} that must stay denied get through.", count=broken(report), all=len(report.expectations)
        )
        return "OPEN TOO FAR", what, "bad"
    return "DOES NOT WORK", "nothing stops the connections, something else is wrong.", "bad"


def _is_only_open(report: Report) -> bool:
    """Return True if nothing is sure but that what must stay denied gets through."""
    sure = [finding for finding in report.findings if finding.severity == "error" and finding.confidence != "inferred"]
    return bool(broken(report)) and all(finding.code == "DENY-OPEN" for finding in sure)


def _is_in_part(report: Report) -> bool:
    """Return True if each required connection that fails works from another part of the network."""
    return not any(flow.need == "required" and flow.verdict == "blocked" for flow in report.flows)


def _stopped(report: Report) -> int:
    """Return how many required connections a sure fault stops that no rule or route stops."""
    named = stopped(report)
    return sum(flow.need == "required" and flow.id in named for flow in report.flows)


def _is_sure(report: Report) -> bool:
    """Return True if a cause is sure, whatever an interrupted check did not come to."""
    return any(finding.severity == "error" and finding.confidence != "inferred" for finding in report.findings)
