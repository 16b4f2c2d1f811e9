"""What does a person read who wants everything that a report knows?

Each fault in full with its evidence and repairs, then what clients experience, every connection,
and what was not checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from diagnose.output.page import Page
from diagnose.output.sentences import capital, commas, series
from diagnose.output.styled import Styled, Tone
from diagnose.remedies import aliyun_cli, console
from diagnose.remedies.model import FileEdit, HostsEdit, LinesEdit, ServiceStart, SuggestedRule
from diagnose.report import (
    expectation_words,
    fault_words,
    flow_words,
    login_words,
    rule_words,
    value_words,
    waiver_words,
)
from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import FlowFacts
from diagnose.report.model import Report
from diagnose.report.places import seen_differently
from diagnose.report.remedy import Remedy, opened_words
from diagnose.report.required import results
from diagnose.report.verdict import head, loud, meaning, verdict
from probes.language import tr

BY_HAND = (FileEdit, LinesEdit, HostsEdit, ServiceStart)
"""Edits that no API makes, so that no other format has more to apply."""

MOST_COMMAND_LINES = 60
"""Lines of commands that the page shows. Longer ones are left to the other formats."""

VERDICTS: Mapping[str, Tone] = {"blocked": "bad", "partial": "bad", "unknown": "doubt"}


def render(report: Report, width: int, colour: bool) -> str:
    """Return the whole report in lines of at most `width` columns (40 to 200).

    It ends with a line feed. Colours repeat what the words say.
    """
    page = Page(width, colour)
    for paragraph in head(report, page.width):
        page.line(paragraph)
    found = loud(report)
    faults = [finding for finding in found if fault_words.is_fault(finding)]
    for number, finding in enumerate(faults, 1):
        page.heading(tr("Fault {number} of {total}: {code}", number=number, total=len(faults), code=finding.code))
        _cause(page, report, finding)
        _repair(page, report, finding)
    _rules_of_registration(page, report)
    _clients(page, report)
    _logins(page, report)
    _others(page, [finding for finding in found if finding not in faults], tr("Also found") if faults else tr("Found"))
    _others(page, [finding for finding in report.findings if finding not in found], tr("Without effect here"))
    _flows(page, report)
    _places(page, report)
    _expected(page, report)
    if report.waivers:
        page.heading(tr("Waivers"))
        page.listed(waiver_words.states(report))
    _assumed(page, report.flows)
    _not_checked(page, report)
    _footer(page, report)
    return page.text


def _verdict(page: Page, report: Report) -> None:
    said = verdict(report)
    page.line(Styled(tr("{name}: ", name=said.word), said.tone), Styled(said.sentence, "strong"))


def _cause(page: Page, report: Report, finding: FindingFacts) -> None:
    """Write what is wrong, how sure that is, and what shows it."""
    page.line(Styled(finding.title, fault_words.TONES[finding.severity]), indent=2)
    page.line(finding.cause, indent=2)
    if waiver := waiver_words.waived(finding):
        page.line(Styled(capital(waiver), "doubt"), indent=2)
    rows: list[tuple[Styled, str]] = [(Styled(tr("How sure"), "quiet"), fault_words.how_sure(finding))]
    for number, text in enumerate(dict.fromkeys(shown.text for shown in finding.evidence)):
        rows.append((Styled("" if number else tr("Evidence"), "quiet"), text))
    for number, each in enumerate(finding.excluded):
        by = tr("{name}: {text}", name=each.code, text=each.by)
        rows.append((Styled("" if number else tr("Ruled out"), "quiet"), by))
    if finding.settle_by:
        rows.append((Styled(tr("Check"), "quiet"), finding.settle_by))
    broken = sum(flow.verdict not in flow_words.OK for flow in report.flows)
    if finding.flows and broken > 1:
        rows.append((Styled(tr("Explains"), "quiet"), _explained(len(finding.flows), broken)))
    if after := fault_words.after_repair(report, finding):
        rows.append((Styled(tr("Once repaired"), "quiet"), after))
    page.rows(rows, gap=2)


def _explained(count: int, broken: int) -> str:
    """Return how many of the connections that are listed as not working one finding explains."""
    if count >= broken:
        return tr("all {total} connections listed below as blocked, partial or unknown", total=broken)
    return tr(
        "{count} of the {total} connections listed below as blocked, partial or unknown", count=count, total=broken
    )


def _repair(page: Page, report: Report, finding: FindingFacts) -> None:
    """Write the repairs of one finding: the recommended one, then its alternatives, then advice."""
    options, advice = fault_words.options(report, finding), fault_words.advice(finding)
    if not options and not advice:
        return
    page.heading(tr("What to change for {code}", code=finding.code))
    if options:
        _option(page, report, options[0])
    for other in options[1:]:
        instead = tr("Or instead (option {number}): ", number=other.option)
        page.line(Styled(instead, "strong"), fault_words.in_words(other), indent=2)
    page.listed(advice)
    if any(option.rules or not all(isinstance(edit, BY_HAND) for edit in option.edits) for option in options):
        ready = tr("Ready to apply: the same command with --format cli (or console, terraform, ros).")
        page.line(Styled(ready, "quiet"), indent=2)


def _option(page: Page, report: Report, option: Remedy) -> None:
    """Write the recommended repair: rules as a table, edits in words, then commands if they fit."""
    for note in opened_words(option):
        page.line(Styled(note, "bad"), indent=2)
    if option.rules:
        groups = {rule.security_group_id for rule in option.rules}
        page.line(tr("Add to the security group{s}:", s="s" if len(groups) > 1 else ""), indent=2)
        _rules(page, option.rules)
    page.listed((Styled(console.edit_words(edit), "strong") for edit in option.edits), "1.")
    if any(rule.direction == "ingress" for rule in option.rules):
        page.line(Styled(tr(console.SLIP), "quiet"), indent=2)
    commands = aliyun_cli.emit(option.rules, option.edits, report.case.cluster.region)
    if page.fits(commands) and commands.count("\n") <= MOST_COMMAND_LINES and "\naliyun" in f"\n{commands}":
        page.line(tr("The same as commands:"), indent=2)
        page.verbatim(commands)


def _rules(page: Page, rules: Sequence[SuggestedRule]) -> None:
    head = (
        tr("group"),
        tr("direction"),
        tr("protocol"),
        tr("port"),
        tr("source") if all(rule.direction == "ingress" for rule in rules) else tr("source/destination"),
        tr("priority"),
    )
    rows = [
        (
            rule.security_group_id,
            tr(fault_words.SIDES[rule.direction]),
            rule.ip_protocol,
            fault_words.ports(rule),
            console.party(rule),
            str(rule.priority),
        )
        for rule in rules
    ]
    if page.fits_as_table([head, *rows], gap=2):
        page.rows(rows, head, gap=2)
        return
    page.listed(tr("{name}: {text}", name=rule.security_group_id, text=fault_words.rule_words(rule)) for rule in rules)


def _rules_of_registration(page: Page, report: Report) -> None:
    """Write each rule: its state, why, what would decide it, and the pages that state it."""
    if not report.rules:
        return
    page.heading(tr("Rules of registration"))
    page.line(rule_words.counted(report.rules), indent=2)
    if open_rules := rule_words.deciding(report.rules):
        page.line(tr("{name}: ", name=tr("What decides those that are not checkable")).rstrip(), indent=2)
        page.rows([(str(len(each.rules)), each.text) for each in open_rules], gap=2, indent=4)
    for rule in rule_words.ordered(report.rules):
        state, tone = rule_words.STATES[rule.state]
        page.line("")
        page.line(Styled(tr(state), tone), tr("{name}: {text}", name=f" {rule.id}", text=rule.text), indent=2)
        rows: list[tuple[Styled, str]] = [(Styled(tr("Why"), "quiet"), capital(rule_words.why(report, rule)))]
        if rule.needs:
            rows.append((Styled(tr("It needs"), "quiet"), rule.needs))
        if rule.state != "passed":
            rows.append((Styled(tr("Else fails"), "quiet"), tr(rule_words.STAGES[rule.stage])))
        for number, source in enumerate(rule.sources):
            rows.append((Styled("" if number else tr("Stated by"), "quiet"), rule_words.page(source)))
        for number, note in enumerate(rule.notes):
            rows.append((Styled("" if number else tr("Note"), "quiet"), note))
        page.rows(rows, gap=2, indent=4)


def _clients(page: Page, report: Report) -> None:
    if rows := fault_words.clients(report):
        page.heading(tr("What Kerberos clients experience"))
        page.rows(rows, gap=2)


def _logins(page: Page, report: Report) -> None:
    if rows := login_words.logins(report.flows):
        page.heading(tr("Logins at the services"))
        page.rows([(Styled(service, "strong"), words) for service, words in rows], gap=2)


def _others(page: Page, findings: Sequence[FindingFacts], heading: str) -> None:
    if not findings:
        return
    page.heading(heading)
    rows = []
    for finding in findings:
        title = finding.title
        if flows := len(finding.flows):
            title = tr("{title} ({count} connection{s})", title=title, count=flows, s="" if flows == 1 else "s")
        if finding.confidence != "proven":
            title = commas([title, tr(fault_words.SURE[finding.confidence])])
        severity = Styled(tr(value_words.SEVERITIES[finding.severity]), fault_words.TONES[finding.severity])
        rows.append((severity, finding.code, title))
    page.rows(rows, gap=2)


def _flows(page: Page, report: Report) -> None:
    flows = report.flows
    counted = Counter(flow.verdict for flow in flows)
    order: tuple[Literal["blocked", "partial", "unknown", "reachable", "accepts", "allowed"], ...] = (
        "blocked",
        "partial",
        "unknown",
        "reachable",
        "accepts",
        "allowed",
    )
    counts = commas(
        tr("{count} {verdict}", count=counted[word], verdict=tr(value_words.VERDICTS[word]))
        for word in order
        if counted[word]
    )
    page.heading(tr("Connections: {counts}", counts=counts) if counts else tr("Connections: none is known"))
    suffix = flow_words.domain(flow.host for flow in flows)
    if but := _but_stopped(report):
        page.line(Styled(but, "bad"), indent=2)
    if suffix:
        page.line(Styled(tr("Host names are shown without {domain}", domain=suffix), "quiet"), indent=2)
    for trouble in flow_words.broken(flows, suffix):
        verdict = Styled(tr(value_words.VERDICTS[trouble.verdict]), VERDICTS[trouble.verdict])
        page.line(verdict, tr("{name}: {text}", name="", text=trouble.why), indent=2)
        page.rows(trouble.targets, gap=2, indent=4)
    page.rows(
        [
            (Styled(tr(value_words.VERDICTS[verdict]), "good"), hosts, services)
            for verdict, hosts, services in flow_words.working(flows, suffix)
        ],
        gap=2,
    )
    if counted["accepts"]:
        page.line(Styled(_meaning(value_words.VERDICTS["accepts"], flow_words.ACCEPTS), "quiet"), indent=2)
    if any(flow.need == "optional" and flow.verdict not in flow_words.OK for flow in flows):
        page.line(Styled(_meaning(value_words.NEEDS["optional"], flow_words.OPTIONAL), "quiet"), indent=2)


def _but_stopped(report: Report) -> str:
    """Return which connections cannot be made although none of their verdicts says so. "" if
    none."""
    of_flow = results(report)
    flows = [flow for flow in report.flows if of_flow[flow.id] in ("stopped", "stopped-unseen")]
    if not flows:
        return ""
    ids = {flow.id for flow in flows}
    codes = (
        finding.code for finding in report.findings if fault_words.is_sure_error(finding) and ids & {*finding.flows}
    )
    return tr(
        "{count} of these cannot be made because of {codes}: {services}",
        count=len(flows),
        codes=series(list(dict.fromkeys(codes))),
        services=series(list(dict.fromkeys(flow.service for flow in flows))),
    )


def _meaning(word: str, meaning: str) -> str:
    return tr("{name}: {text}", name=tr(word), text=tr(meaning))


def _places(page: Page, report: Report) -> None:
    """Write which other hosts sent packets, and which endpoints they do not see alike."""
    if sent := [(Styled(place.name), place.how) for place in report.places if place.error is None]:
        page.heading(tr("Sent from"))
        page.rows(sent, gap=2)
    if different := seen_differently(report):
        page.heading(tr("Not seen alike from everywhere"))
        page.listed(tr("{endpoint}: {views}", endpoint=endpoint, views=views) for endpoint, views in different)


def _expected(page: Page, report: Report) -> None:
    """Write what must stay denied, and whether it does."""
    if report.expectations:
        page.heading(tr("What must stay denied"))
        page.rows(
            [(Styled(word, tone), text, why) for word, tone, text, why in expectation_words.rows(report.expectations)],
            gap=2,
        )


def _assumed(page: Page, flows: Sequence[FlowFacts]) -> None:
    """Write what the verdicts take for granted: no file says it and no packet has shown it."""
    if texts := fault_words.assumed(flows):
        page.heading(tr("Taken for granted"))
        page.listed(tr("{text}. Connections: {count}.", text=text, count=count) for text, count in texts)


def _not_checked(page: Page, report: Report) -> None:
    if report.skipped:
        page.heading(tr("Not checked"))
        page.listed(map(fault_words.unchecked, report.skipped))
    if report.bugs:
        page.heading(tr("Bugs in emr-diagnose"))
        page.listed(tr("{name}: {text}", name=bug.check, text=bug.error) for bug in report.bugs)


def _footer(page: Page, report: Report) -> None:
    page.heading(tr("Exit code {code}: {meaning}.", code=report.exit_code, meaning=meaning(report)))
    if found := loud(report):
        page.line(tr("More about a finding: emr-diagnose explain {code}", code=found[0].code))
    _verdict(page, report)
