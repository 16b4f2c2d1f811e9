"""How does a person read the report at a terminal? First what is wrong and what to change, then
why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from diagnose.output.page import Page, Styled, Tone
from diagnose.remedies import aliyun_cli, console
from diagnose.remedies.model import FileEdit, HostsEdit, LinesEdit, ServiceStart, SuggestedRule
from diagnose.report import flow_words
from diagnose.report.model import ClientFacts, Confidence, FindingFacts, FlowFacts, Report, Severity, UndoneFacts
from diagnose.report.repair import Remedy, remedies
from probes.addresses import LOOPBACK, contains, parse, parse_address

MOST_EVIDENCE = 3
"""Pieces of evidence that the first screen shows."""

MOST_SENDERS = 2
"""Addresses of this host that the head shows."""

MOST_ASSUMED = 6
"""Assumptions that are shown; the JSON report has all."""

BY_HAND = (FileEdit, LinesEdit, HostsEdit, ServiceStart)
"""Edits that no API makes, so that no other format has more to apply."""

MOST_COMMAND_LINES = 12
"""Lines of commands that the first screen shows. Longer ones are left to the other formats."""

SURE: Mapping[Confidence, str] = {
    "proven": "proven: what was seen leaves no other cause",
    "strong": "very likely: nothing that is known contradicts it",
    "inferred": "not certain: it fits what is known, but other causes may fit as well",
}
TONES: Mapping[Severity, Tone] = {"error": "bad", "warning": "doubt", "info": "quiet"}
VERDICTS: Mapping[str, Tone] = {"blocked": "bad", "partial": "bad", "unknown": "doubt"}
SIDES = {"ingress": "inbound", "egress": "outbound"}
CLIENTS = {"mit": "MIT (kinit, C, Python)", "jdk": "Java (JDK)", "gokrb5": "Go (gokrb5)", "heimdal": "Heimdal"}
EXCHANGES = {"as": "login", "tgs": "service ticket"}
WORKS = {"yes": "works", "no": "fails", "unknown": "not known"}
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


def render(report: Report, width: int, colour: bool) -> str:
    """Return the whole report in lines of at most `width` columns (40 to 200).

    It ends with a line feed. Colours repeat what the words say.
    """
    page = Page(width, colour)
    loud = _loud(report)
    primary = loud[0] if loud and report.status in ("fail", "inconclusive") else None
    _verdict(page, report)
    others = [finding for finding in loud if finding is not primary]
    in_full = [finding for finding in others if _is_told_in_full(finding)]
    if primary is not None:
        page.heading("What is wrong" if primary.confidence != "inferred" else "What may be wrong")
        _cause(page, report, primary)
        _repair(page, report, primary, f"What to change for {primary.code}" if in_full else "What to change")
    for finding in in_full:
        page.heading("Wrong as well" if primary is not None else "What is wrong")
        _cause(page, report, finding)
        _repair(page, report, finding, f"What to change for {finding.code}")
    _clients(page, report)
    _others(
        page,
        [finding for finding in others if finding not in in_full],
        "Found" if primary is None else "Also found",
    )
    remarks = len(report.findings) - len(loud)
    if remarks:
        page.line(
            Styled(f"{remarks} remark{'' if remarks == 1 else 's'} without effect here: see --format json.", "quiet")
        )
    _flows(page, report.flows)
    _assumed(page, report.flows)
    _not_checked(page, report)
    _footer(page, report)
    return page.text


def _loud(report: Report) -> list[FindingFacts]:
    """Return the findings that are more than a remark: causes, risks, and what explains a flow."""
    return [finding for finding in report.findings if finding.severity != "info" or finding.flows]


def _verdict(page: Page, report: Report) -> None:
    required = [flow for flow in report.flows if flow.need == "required"]
    failing = sum(flow.verdict in ("blocked", "partial") for flow in required)
    unknown = sum(flow.verdict == "unknown" for flow in required)
    word, sentence, tone = _headline(report, len(required), failing, unknown)
    page.line(Styled(f"{word}: ", tone), Styled(sentence, "strong"))
    cluster = report.case.cluster
    facts = ", ".join(fact for fact in (cluster.type, cluster.release, cluster.region) if fact)
    named = " ".join(fact for fact in (cluster.name, cluster.id) if fact) or "cluster"
    networks = ", ".join(report.case.sources)
    page.line(
        f"Case “{report.case.name}”: from {f'{networks} (resource group)' if networks else 'the resource group'} "
        f"to {named}{f' ({facts})' if facts else ''}."
    )
    if not networks:
        page.line("The network of the resource group is not known: give it with --from CIDR.")
    if report.basis == "configuration":
        page.line("Judged from the configuration alone: no packet was sent.")
    elif elsewhere := _senders_elsewhere(report):
        page.line(
            Styled(
                f"This host ({', '.join(elsewhere)}) is not in {networks}, so what its packets pass says nothing about "
                "the resource group.",
                "doubt",
            )
        )
    else:
        page.line("Judged from packets sent and from the configuration.")
    if report.exit_code == 130:
        page.line(Styled("Interrupted: what is missing below was not checked.", "doubt"))


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
    return [] if is_inside or not networks else list(senders)[:MOST_SENDERS]


def _address(text: str) -> int | None:
    """Return the number of an address. None for a scoped one, and for any other text."""
    try:
        return parse_address(text)
    except ValueError:
        return None


def _headline(report: Report, required: int, failing: int, unknown: int) -> tuple[str, str, Tone]:
    flows = f"{required} required connection{'' if required == 1 else 's'}"
    match report.status:
        case "pass" if report.basis == "configuration":
            return "ALLOWED", f"the configuration lets all {flows} through.", "good"
        case "pass":
            return "WORKS", f"all {flows} can be made.", "good"
        case "fail" if failing:
            return "DOES NOT WORK", f"{failing} of {flows} cannot be made.", "bad"
        case "fail" if unknown:
            return "DOES NOT WORK", f"a fault was found; {unknown} of {flows} could not be checked.", "bad"
        case "fail":
            return "DOES NOT WORK", "nothing stops the connections, something else is wrong.", "bad"
        case "inconclusive" if report.exit_code == 130 and failing and _is_sure(report):
            rest = f", {unknown} could not be checked" if unknown else ""
            return "DOES NOT WORK", f"{failing} of {flows} cannot be made{rest}.", "bad"
        case "inconclusive" if not unknown and not failing and report.flows:
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


def _is_sure(report: Report) -> bool:
    """Return True if a cause is sure, whatever an interrupted check did not come to."""
    return any(finding.severity == "error" and finding.confidence != "inferred" for finding in report.findings)


def _is_told_in_full(finding: FindingFacts) -> bool:
    """Return True for a second fault, which needs its cause and its repair as the first does."""
    repaired = any(remedy.kind != "advice" for remedy in finding.remedies)
    return repaired or (finding.severity == "error" and finding.confidence != "inferred")


def _cause(page: Page, report: Report, finding: FindingFacts) -> None:
    """Write what is wrong, how sure that is, and what shows it."""
    page.line(Styled(f"[{finding.code}] "), Styled(finding.title, TONES[finding.severity]), indent=2)
    page.line(finding.cause, indent=2)
    rows: list[tuple[Styled, str]] = [
        (Styled("How sure", "quiet"), _sentence(SURE[finding.confidence], finding.detail))
    ]
    evidence = dict.fromkeys(shown.text for shown in finding.evidence)
    for number, text in enumerate([*evidence][:MOST_EVIDENCE]):
        rows.append((Styled("" if number else "Evidence", "quiet"), text))
    for number, each in enumerate(finding.excluded):
        rows.append((Styled("" if number else "Ruled out", "quiet"), f"{each.code}: {each.by}"))
    if finding.settle_by:
        rows.append((Styled("To settle it", "quiet"), finding.settle_by))
    broken = sum(flow.verdict not in flow_words.OK for flow in report.flows)
    if finding.flows and broken > 1:
        rows.append((Styled("Explains", "quiet"), _explained(len(finding.flows), broken)))
    if finding.undone is not None and finding.undone.remains is not None:
        rows.append((Styled("Once repaired", "quiet"), _after_repair(report, finding.undone)))
    page.rows(rows, gap=2)


def _explained(count: int, broken: int) -> str:
    """Return how many of the connections that are listed as not working one finding explains."""
    share = f"all {broken}" if count >= broken else f"{count} of the {broken}"
    return f"{share} connections listed below as blocked, partial or unknown"


def _after_repair(report: Report, undone: UndoneFacts) -> str:
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
    return f"{'; '.join(changes)}. {left}."


def _repair(page: Page, report: Report, finding: FindingFacts, heading: str) -> None:
    """Write the repairs of one finding: the recommended one, then its alternatives, then advice."""
    options = [remedy for remedy in remedies(report) if remedy.finding.rank == finding.rank]
    advice = [remedy.text for remedy in finding.remedies if remedy.option is None]
    if not options and not advice:
        return
    page.heading(heading)
    if options:
        _option(page, report, options[0])
    for other in options[1:]:
        page.line(Styled(f"Or instead (option {other.option}): ", "strong"), _in_words(other), indent=2)
    page.listed(advice)
    if any(option.rules or not all(isinstance(edit, BY_HAND) for edit in option.edits) for option in options):
        page.line(
            Styled("Ready to apply: the same command with --format cli (or console, terraform, ros).", "quiet"),
            indent=2,
        )


def _option(page: Page, report: Report, option: Remedy) -> None:
    """Write the recommended repair: rules as a table, edits in words, then commands if they fit."""
    if option.rules:
        page.line(
            f"Add to the security group{'s' if len({rule.security_group_id for rule in option.rules}) > 1 else ''}:",
            indent=2,
        )
        _rules(page, option.rules)
    page.listed((Styled(console.edit_words(edit), "strong") for edit in option.edits), "1.")
    if any(rule.direction == "ingress" for rule in option.rules):
        page.line(Styled(console.SLIP, "quiet"), indent=2)
    commands = aliyun_cli.emit(option.rules, option.edits, report.case.cluster.region)
    if page.fits(commands) and commands.count("\n") <= MOST_COMMAND_LINES and "\naliyun" in f"\n{commands}":
        page.line("The same as commands:", indent=2)
        page.verbatim(commands)


def _rules(page: Page, rules: Sequence[SuggestedRule]) -> None:
    head = (
        "group",
        "direction",
        "protocol",
        "port",
        "source" if all(rule.direction == "ingress" for rule in rules) else "source/destination",
        "priority",
    )
    rows = [
        (
            rule.security_group_id,
            SIDES[rule.direction],
            rule.ip_protocol,
            _ports(rule),
            console.party(rule),
            str(rule.priority),
        )
        for rule in rules
    ]
    if page.fits_as_table([head, *rows], gap=2):
        page.rows(rows, head, gap=2)
        return
    page.listed(f"{rule.security_group_id}: {_rule_words(rule)}" for rule in rules)


def _ports(rule: SuggestedRule) -> str:
    low, _, high = rule.port_range.partition("/")
    return low if low == high else f"{low} to {high}" if high else rule.port_range


def _rule_words(rule: SuggestedRule) -> str:
    end = "from" if rule.direction == "ingress" else "to"
    what = f"{SIDES[rule.direction]} {rule.ip_protocol} {_ports(rule)}"
    return f"{what} {end} {console.party(rule)}, priority {rule.priority}"


def _in_words(option: Remedy) -> str:
    added = [f"add to {rule.security_group_id} {_rule_words(rule)}" for rule in option.rules]
    return "; ".join([*added, *(console.edit_words(edit).rstrip(".") for edit in option.edits)]) + "."


def _clients(page: Page, report: Report) -> None:
    """Write one line for each family with its exchanges in order, unless nothing is known of
    any."""
    families = {client.family for client in report.clients if client.works != "unknown"}
    if not families:
        return
    page.heading("What Kerberos clients experience")
    rows = []
    for family, releases in dict.fromkeys((client.family, client.releases) for client in report.clients):
        exchanges = [
            f"{EXCHANGES[client.exchange]} {_result(client)}"
            for client in report.clients
            if (client.family, client.releases) == (family, releases)
        ]
        if family in families:
            of_releases = "" if releases is None else f"{releases}: "
            rows.append((CLIENTS.get(family, family), of_releases + "; ".join(exchanges)))
    page.rows(rows, gap=2)


def _result(client: ClientFacts) -> str:
    after = f" after {client.seconds:.0f} s" if client.seconds is not None and client.seconds >= 1 else ""
    message = f" ({client.message})" if client.message else ""
    return f"{WORKS[client.works]}{after}{message}"


def _others(page: Page, findings: Sequence[FindingFacts], heading: str) -> None:
    if not findings:
        return
    page.heading(heading)
    rows = []
    for finding in findings:
        flows = f" ({len(finding.flows)} connection{'' if len(finding.flows) == 1 else 's'})" if finding.flows else ""
        doubt = (
            ""
            if finding.confidence == "proven"
            else ", very likely"
            if finding.confidence == "strong"
            else ", not certain"
        )
        rows.append((Styled(finding.severity, TONES[finding.severity]), finding.code, f"{finding.title}{flows}{doubt}"))
    page.rows(rows, gap=2)


def _flows(page: Page, flows: Sequence[FlowFacts]) -> None:
    counted = Counter(flow.verdict for flow in flows)
    order: tuple[Literal["blocked", "partial", "unknown", "reachable", "accepts", "allowed"], ...] = (
        "blocked",
        "partial",
        "unknown",
        "reachable",
        "accepts",
        "allowed",
    )
    page.heading(
        f"Connections: {', '.join(f'{counted[word]} {word}' for word in order if counted[word]) or 'none is known'}"
    )
    suffix = flow_words.domain(flow.host for flow in flows)
    if suffix:
        page.line(Styled(f"Host names are shown without {suffix}", "quiet"), indent=2)
    for trouble in flow_words.broken(flows, suffix):
        page.line(Styled(trouble.verdict, VERDICTS[trouble.verdict]), f": {trouble.why}", indent=2)
        page.rows(trouble.targets, gap=2, indent=4)
    page.rows(
        [(Styled(verdict, "good"), hosts, services) for verdict, hosts, services in flow_words.working(flows, suffix)],
        gap=2,
    )
    if counted["accepts"]:
        page.line(Styled(f"accepts: {flow_words.ACCEPTS}", "quiet"), indent=2)
    needs = {flow.need for flow in flows if flow.verdict not in flow_words.OK}
    for need in sorted(needs & flow_words.NEEDS.keys()):
        page.line(Styled(f"{need}: {flow_words.NEEDS[need]}", "quiet"), indent=2)


def _assumed(page: Page, flows: Sequence[FlowFacts]) -> None:
    """Write what the verdicts take for granted: no file says it and no packet has shown it."""
    texts = Counter(
        text
        for flow in flows
        if flow.verdict not in ("reachable", "accepts")
        for text in dict.fromkeys(text for decision in flow.decisions for text in decision.assumed)
    )
    if not texts:
        return
    page.heading("Taken for granted")
    shown = [f"{text}. Connections: {count}." for text, count in texts.most_common(MOST_ASSUMED)]
    page.listed(
        [*shown, *([f"{len(texts) - MOST_ASSUMED} more, in the JSON report."] if len(texts) > MOST_ASSUMED else [])]
    )


def _not_checked(page: Page, report: Report) -> None:
    if report.skipped:
        page.heading("Not checked")
        page.listed(
            _sentence(f"{skip.check}: {skip.cause}", f"It needs {skip.needs}" if skip.needs else "")
            for skip in report.skipped
        )
    if report.bugs:
        page.heading("Bugs in emr-diagnose")
        page.listed(f"{bug.check}: {bug.error}" for bug in report.bugs)


def _footer(page: Page, report: Report) -> None:
    by_files = report.exit_code == 0 and report.basis == "configuration"
    page.heading(f"Exit code {report.exit_code}: {ALLOWED if by_files else EXITS[report.exit_code]}.")
    loud = _loud(report)
    if loud:
        page.line(f"More about a finding: emr-diagnose explain {loud[0].code}")


def _sentence(first: str, second: str) -> str:
    """Return one or two clauses as sentences."""
    clauses = [clause.rstrip(". ") for clause in (first, second) if clause]
    return ". ".join(clauses) + "."
