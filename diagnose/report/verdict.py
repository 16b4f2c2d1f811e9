"""What does a report say in one sentence: does it work, for whom, and how is that known?"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.output.sentences import commas, series
from diagnose.output.styled import Styled, Tone, columns
from diagnose.report import rule_verdict
from diagnose.report.expectation_words import broken
from diagnose.report.finding_model import FindingFacts
from diagnose.report.model import Report
from diagnose.report.places import sent_nothing
from diagnose.report.required import Required, required
from probes.addresses import LOOPBACK, contains, parse, parse_address
from probes.frozen import frozen
from probes.language import marked, tr

MOST_SENDERS = 2
"""Addresses of this host that the head shows."""

MOST_NETWORKS = 3
"""Networks of the resource group that the head shows."""

NO_SOURCE = marked(
    "The network of the resource group is not known: give it with --from CIDR. "
    "The vSwitch page of the VPC console and aliyun vpc DescribeVSwitches show it."
)
"""What to do without a network, and where it is found. No other line says it again."""

NO_SOURCE_YET = marked("The network of the resource group is not known: give it with --from CIDR.")
"""The same where no connection is known either: files are needed first."""

EXITS: Mapping[int, str] = {
    0: marked("everything required was checked and works"),
    1: marked("a fault was found that is proven or very likely"),
    2: marked("an input could not be read"),
    3: marked("a required connection could not be checked, or the cause that was found is not certain"),
    4: marked("a check failed because of a bug in emr-diagnose"),
    130: marked("interrupted; the report holds what was known by then"),
}

ALLOWED = marked("every required connection is allowed by every known layer; no packet was sent")
"""What exit code 0 means if the configuration alone was judged."""


@frozen
class Verdict:
    """The answer to "does it work?"."""

    word: str
    """WORKS, ALLOWED, "FAILS, WAIVED", OPEN TOO FAR, DOES NOT WORK, NOT DECIDED or NOT FINISHED; of
    rules as `rule_verdict.py` has them."""
    sentence: str
    """How many connections the word is about."""
    tone: Tone
    """How a terminal with colours shows it."""


def verdict(report: Report) -> Verdict:
    """Return the verdict over all required connections, and over the rules if they were asked."""
    if report.rules:
        return Verdict(*rule_verdict.words(report))
    counted = required(report)
    return Verdict(*(_waived_words(report, counted) or _words(report, counted)))


def meaning(report: Report) -> str:
    """Return what the exit code of this report means, as one clause."""
    if report.rules and report.exit_code in rule_verdict.EXITS:
        return tr(rule_verdict.EXITS[report.exit_code])
    is_by_files = report.exit_code == 0 and report.basis == "configuration"
    return tr(ALLOWED if is_by_files else EXITS[report.exit_code])


def exit_words(report: Report) -> str:
    """Return the exit code and its meaning as one sentence."""
    return tr("Exit code {code}: {meaning}.", code=report.exit_code, meaning=meaning(report))


def in_one_line(report: Report) -> str:
    """Return verdict, first cause and exit code, without a line feed at the end.

    Of two environments it is the line of the one that decides.
    """
    if report.twin is not None and report.exit_code == report.twin.exit_code != report.exit_code_alone:
        return in_one_line(report.twin)
    said = verdict(report)
    first = next((finding for finding in loud(report) if report.status in ("waived", "fail", "inconclusive")), None)
    if first is None:
        return tr(
            "{word}: {sentence} Exit code {exit_code}.",
            word=said.word,
            sentence=said.sentence,
            exit_code=report.exit_code,
        )
    return tr(
        "{word}: {sentence} {code}: {title}. Exit code {exit_code}.",
        word=said.word,
        sentence=said.sentence,
        code=first.code,
        title=first.title.rstrip(".。"),
        exit_code=report.exit_code,
    )


def loud(report: Report) -> list[FindingFacts]:
    """Return the findings that are more than a remark: causes, risks, and what explains a flow."""
    return [finding for finding in report.findings if finding.severity != "info" or finding.flows]


def head(report: Report, width: int) -> list[Styled]:
    """Return the first paragraphs of a page: from where to where, from what, and what weakens it.

    What weakens it stands in the third line, whether the first paragraph takes one line or two.
    """
    first, second = Styled(where(report)), Styled(basis(report))
    weak = [Styled(doubt, "doubt") for doubt in doubts(report)]
    return [first, *weak, second] if columns(first.text) > width else [first, second, *weak]


def where(report: Report) -> str:
    """Return from where to where the report judges, as one sentence."""
    cluster = report.case.cluster
    facts = commas(fact for fact in (cluster.type, cluster.release, cluster.region) if fact)
    named = " ".join(fact for fact in (cluster.name, cluster.id) if fact) or tr("cluster")
    if facts:
        named = tr("{cluster} ({facts})", cluster=named, facts=facts)
    if not report.case.sources:
        return tr("From the resource group to {cluster}.", cluster=named)
    networks = series(report.case.sources, MOST_NETWORKS)
    return tr("From {networks} (resource group) to {cluster}.", networks=networks, cluster=named)


def basis(report: Report) -> str:
    """Return what the report was judged from, as one sentence."""
    if report.basis == "configuration":
        return tr("From files alone: no packet was sent.")
    names = [place.name for place in report.places if place.error is None]
    if names:
        return tr(
            "From packets that {places} sent, and from the files. “This host” is {place}.",
            places=series(names, MOST_NETWORKS),
            place=names[0],
        )
    return tr("From packets sent and from the files.")


def doubts(report: Report) -> list[str]:
    """Return what makes the whole report weaker, a sentence each."""
    found = [sent_nothing(place.name, place.error) for place in report.places if place.error is not None]
    if elsewhere := _senders_elsewhere(report):
        found.append(
            tr(
                "This host ({addresses}) is not in {networks}, so what its packets pass says nothing about the "
                "resource group.",
                addresses=series(elsewhere),
                networks=series(report.case.sources[:MOST_NETWORKS]),
            )
        )
    if not report.case.sources:
        found.append(tr(NO_SOURCE if report.flows else NO_SOURCE_YET))
    if report.exit_code == 2:
        found.append(tr("An input cannot be read, so what it says is not known: it is among what was not checked."))
    if report.exit_code == 130:
        found.append(tr("Interrupted: what is missing below was not checked."))
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


def _waived_words(report: Report, counted: Required) -> tuple[str, str, Tone] | None:
    """Return the words about what fails and is waived. None if something else decides."""
    accepted = [finding for finding in report.findings if finding.waived is not None and finding.severity == "error"]
    if report.status not in ("waived", "inconclusive") or not accepted:
        return None
    if counted.unknown or not _fails_as_waived(report):
        return None
    until = min(finding.waived.until for finding in accepted if finding.waived is not None)
    if report.status == "inconclusive" and not counted.failing:
        return None
    if report.status == "inconclusive":
        said = marked("{count} of {all} required connections fail and are waived; something else could not be checked.")
    elif counted.failing:
        said = marked("{count} of {all} required connections fail; waived until {until}.")
    else:
        said = marked("a fault that stops no connection is waived until {until}.")
    return tr("FAILS, WAIVED"), tr(said, count=counted.failing, all=counted.total, until=until), "doubt"


def _fails_as_waived(report: Report) -> bool:
    """Return True if every required connection that fails is explained by a waived finding."""
    accepted = {flow for finding in report.findings if finding.waived is not None for flow in finding.flows}
    return all(
        flow.id in accepted
        for flow in report.flows
        if flow.need == "required" and flow.verdict in ("blocked", "partial")
    )


def _words(report: Report, counted: Required) -> tuple[str, str, Tone]:
    failing, unknown = counted.failing, counted.unknown

    def said(template: str, **values: int | str) -> str:
        return tr(template, count=counted.total, s="" if counted.total == 1 else "s", **values)

    match report.status:
        case "pass" if report.basis == "configuration":
            all_pass = marked("the configuration lets all {count} required connection{s} through.")
            return tr("ALLOWED"), said(all_pass), "good"
        case "pass":
            return tr("WORKS"), said(marked("all {count} required connection{s} can be made.")), "good"
        case "fail" if counted.blocked or counted.partial or (failing and not unknown):
            sentence = said(
                _failing(counted),
                failing=failing,
                part=counted.partial,
                blocked=failing - counted.partial,
                stopped=counted.stopped,
            )
            return tr("DOES NOT WORK"), sentence, "bad"
        case "fail" if failing:
            return tr("DOES NOT WORK"), said(_failing_and_unknown(unknown), failing=failing, unknown=unknown), "bad"
        case "fail" if unknown:
            fault = marked("a fault was found; {unknown} of {count} required connection{s} could not be checked.")
            return tr("DOES NOT WORK"), said(fault, unknown=unknown), "bad"
        case "fail":
            return _without_failing(report, said(_nothing_stopped(report, counted.total)))
        case "inconclusive" if report.exit_code in (2, 130) and failing and _is_sure(report):
            return tr("DOES NOT WORK"), said(_failing_and_unknown(unknown), failing=failing, unknown=unknown), "bad"
        case "inconclusive":
            blocked = counted.blocked + counted.partial
            return (
                tr("NOT DECIDED"),
                said(_undecided(report, blocked, unknown), failing=blocked, unknown=unknown),
                "doubt",
            )
        case _:
            bug = tr("a check failed because of a bug in emr-diagnose; see the end.")
            return tr("NOT FINISHED"), bug, "bad"


def _failing(counted: Required) -> str:
    """Return the words for connections that fail.

    What the network lets through is another thing than what can be made, so both are said.
    """
    if counted.partial == counted.failing:
        return marked("{part} of {count} required connection{s} can be made from some addresses only.")
    if counted.partial:
        return marked(
            "{blocked} of {count} required connection{s} cannot be made, {part} more from some addresses only."
        )
    if not counted.stopped:
        return marked("{failing} of {count} required connection{s} cannot be made.")
    if counted.blocked or counted.stopped_unseen:
        return marked(
            "{failing} of {count} required connection{s} cannot be made; the network lets {stopped} of these through."
        )
    if counted.stopped == 1:
        return marked(
            "{failing} of {count} required connection{s} cannot be made, although the network lets it through."
        )
    return marked("{failing} of {count} required connection{s} cannot be made, although the network lets them through.")


def _nothing_stopped(report: Report, all_required: int) -> str:
    """Return the words for a sure fault that stops no required connection."""
    if not report.flows:
        return marked("a fault was found; no connection is known that could be checked.")
    if not all_required:
        return marked("a fault was found; no required connection is known.")
    return marked("a fault was found, though none of the {count} listed required connection{s} is blocked.")


def _failing_and_unknown(unknown: int) -> str:
    if unknown:
        return marked("{failing} of {count} required connection{s} cannot be made, {unknown} could not be checked.")
    return marked("{failing} of {count} required connection{s} cannot be made.")


def _undecided(report: Report, failing: int, unknown: int) -> str:
    if not report.flows:
        return marked("no connection is known that could be checked.")
    if unknown:
        return marked("{unknown} of {count} required connection{s} could not be checked.")
    if failing:
        return marked("{failing} of {count} required connection{s} fail, and the cause is not certain.")
    if any(finding.severity == "error" for finding in report.findings) and not any(s.needs for s in report.skipped):
        return marked(
            "nothing stops the {count} known required connection{s}, but the fault that was found is not certain."
        )
    return marked("nothing stops the {count} known required connection{s}, but something could not be checked.")


def _without_failing(report: Report, otherwise: str) -> tuple[str, str, Tone]:
    """Return the words about a sure fault that stops no connection.

    `otherwise`: the sentence, unless all that is wrong is that too much gets through.
    """
    if _is_only_open(report):
        what = tr(
            "{count} of {all} that must stay denied get through.", count=broken(report), all=len(report.expectations)
        )
        return tr("OPEN TOO FAR"), what, "bad"
    return tr("DOES NOT WORK"), otherwise, "bad"


def _is_only_open(report: Report) -> bool:
    """Return True if nothing is sure but that what must stay denied gets through."""
    sure = [finding for finding in report.findings if finding.severity == "error" and finding.confidence != "inferred"]
    return bool(broken(report)) and all(finding.code == "DENY-OPEN" for finding in sure)


def _is_sure(report: Report) -> bool:
    """Return True if a cause is sure, whatever an interrupted check did not come to."""
    return any(finding.severity == "error" and finding.confidence != "inferred" for finding in report.findings)
