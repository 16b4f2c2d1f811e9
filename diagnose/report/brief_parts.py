"""What are the parts of a brief page beside its faults, each from all that there is to say to the
least?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from diagnose.output.page import Page
from diagnose.output.sentences import clauses, commas, sentences, series
from diagnose.output.styled import Styled
from diagnose.report import (
    expectation_words,
    fault_words,
    flow_words,
    login_words,
    rule_words,
    value_words,
    waiver_words,
)
from diagnose.report.brief_paper import INDENT, Loss, Paper
from diagnose.report.finding_model import FindingFacts
from diagnose.report.fitting import Part
from diagnose.report.flow_model import FlowFacts
from diagnose.report.model import Report, SkippedFacts
from diagnose.report.places import seen_differently
from diagnose.report.required import results
from diagnose.report.verdict import head, verdict
from probes.language import marked, tr

MOST_FLOWS = 3
"""Unexplained connections that the page lists at most."""

MOST_HOSTS = 3
"""Targets of one list."""

MOST_CHECKS = 3
"""Names of checks that were not made."""

MOST_NEEDS = 3
"""Checks that were not made of which the page says why, if no finding explains the verdict."""

MOST_REFUSED = 2
"""Errors of an API that stand in place of answers."""

MOST_DECIDING = 4
"""Lines of what decides rules that are not checkable."""


def head_part(report: Report, paper: Paper, faults: Sequence[FindingFacts]) -> Part:
    """Return from where to where the report judges, and from what."""

    def write(page: Page) -> None:
        for paragraph in head(report, page.width):
            page.line(paragraph)

    said = paper.lines(write)
    if not paper.domain or not any(paper.domain in finding.cause for finding in faults):
        return Part((said,))
    domain = tr("Host names are shown without {domain}", domain=paper.domain)
    names = paper.lines(lambda page: page.line(Styled(domain, "quiet")))
    return Part((said + names, said), (Loss.NAMES.of(),))


def others_part(findings: Sequence[FindingFacts], paper: Paper, loss: Loss = Loss.WARNINGS) -> Part:
    """Return what has no part of its own: one line each, or their codes. On a page for two
    environments the codes always stay. `loss`: what the page loses with the lines."""
    if not findings:
        return Part(("",))

    def write(page: Page) -> None:
        for finding in findings:
            severity = Styled(tr(value_words.SEVERITIES[finding.severity]), fault_words.TONES[finding.severity])
            page.line(severity, "  ", tr("{name}: {text}", name=finding.code, text=finding.title))

    codes = series(list(dict.fromkeys(finding.code for finding in findings)))
    counted = paper.lines(lambda page: page.line(tr("Also found: {codes}", codes=codes)))
    if paper.is_shared:
        return Part((paper.lines(write), counted), (loss.of(),))
    return Part(("\n" + paper.lines(write), "\n" + counted, ""), (loss.of(), Loss.LAST.of(5)))


def unexplained_part(report: Report, paper: Paper) -> Part:
    """Return the connections that no finding explains, by reason. The counts have their number."""
    flows = fault_words.unexplained(report)
    if not flows:
        return Part(("",))
    troubles = flow_words.broken(flows, paper.domain)

    def write(page: Page, most: int) -> None:
        for trouble in troubles[:most]:
            targets = series([flow_words.target(flow) for flow in trouble.flows], MOST_HOSTS)
            verdict = Styled(tr(value_words.VERDICTS[trouble.verdict]), "doubt")
            page.line(verdict, "  ", tr("{name}: {text}", name=targets, text=trouble.why))
        if len(troubles) > most:
            page.line(Styled(tr("--details has {count} more", count=len(troubles) - most), "quiet"))

    forms = [
        "\n" + paper.lines(lambda page, most=most: write(page, most))  # type: ignore[misc]
        for most in range(min(len(troubles), MOST_FLOWS), 0, -1)
    ]
    if paper.is_shared:
        forms = [*(form.removeprefix("\n") for form in forms), ""]
    return Part(tuple(forms), tuple(Loss.FLOWS.of() for _ in forms[1:]))


def count_parts(report: Report, paper: Paper, found: Sequence[FindingFacts]) -> Iterator[Part]:
    """Yield what decides open rules, how much works, and what was not checked."""
    yield _open_rules(report, paper)
    yield _needs(report, paper, found)
    yield _refused(report, paper, found)
    forms = [paper.lines(partial(_paragraph, text=text)) for text in _counts(report, found)]
    if paper.is_shared and report.rules:
        forms.append(paper.lines(partial(_paragraph, text=rule_words.counted(report.rules, is_named=True))))
        forms.append(paper.lines(partial(_paragraph, text=rule_words.counted(report.rules))))
    forms = list(dict.fromkeys(forms if paper.is_shared else [f"\n{form}" for form in forms]))
    losses = [Loss.WHY.of()] * (len(forms) - 1)
    if report.rules and not paper.is_shared:
        forms.append("\n" + paper.lines(partial(_paragraph, text=_counts(report, found, is_short=True)[-1])))
        losses.append(Loss.LAST.of())
    yield Part(tuple(forms), tuple(losses))
    if agrees := _agreeing_log(report, found):
        yield Part((paper.lines(lambda page: page.line(agrees)), ""), (Loss.WHY.of(),))
    elif unknown := _unknown_logs(report):
        yield Part((paper.lines(lambda page: page.line(Styled(unknown, "doubt"))), ""), (Loss.WHY.of(),))
    if failing := fault_words.clients(report, only_failing=True):
        yield Part((paper.lines(lambda page: page.rows(failing, gap=2, indent=0)), ""), (Loss.CLIENTS.of(),))
    if apart := waiver_words.apart(report):
        yield Part((paper.lines(lambda page: _sentences(page, apart)),))
    if different := seen_differently(report):
        endpoints = series([endpoint for endpoint, _ in different], MOST_HOSTS)
        line = tr("Not seen alike from everywhere: {endpoints}; --details says how", endpoints=endpoints)
        yield Part((paper.lines(lambda page: page.line(Styled(line, "doubt"))), ""), (Loss.LAST.of(),))
    if report.bugs:
        bug = tr("Bug in emr-diagnose: {check}: {error}", check=report.bugs[0].check, error=report.bugs[0].error)
        yield Part((paper.lines(lambda page: page.line(Styled(bug, "bad"))),))


def _open_rules(report: Report, paper: Paper) -> Part:
    """Return what decides most of the rules that are not checkable, fewer lines where room is
    scarce. The last form is one sentence."""
    found = [(str(len(each.rules)), each.text) for each in rule_words.deciding(report.rules)]
    if report.rules and not report.flows:
        found.insert(0, (tr("ports"), rule_words.files_with_services()))
    if not found:
        return Part(("",))

    def write(page: Page, most: int) -> None:
        page.line(tr("What decides most of the rules that are not checkable:"))
        page.rows(found[:most], gap=2, indent=INDENT)

    forms = ["\n" + paper.lines(partial(write, most=most)) for most in range(min(len(found), MOST_DECIDING), 0, -1)]
    forms.append("\n" + paper.lines(partial(_paragraph, text=_most_open(*found[0]))))
    if paper.is_shared:
        forms = [form.removeprefix("\n") for form in forms]
    return Part(tuple(forms), tuple(Loss.DECIDING.of() for _ in forms[1:]))


def _needs(report: Report, paper: Paper, found: Sequence[FindingFacts]) -> Part:
    """Return what the case needs, if nothing is decided and no finding says why.

    Each need is named once, and fewer of them if room is scarce.
    """
    if report.status != "inconclusive" or found or report.rules or paper.is_shared:
        return Part(("",))
    by_need: dict[str, list[SkippedFacts]] = {}
    for skip in report.skipped:
        if skip.needs:
            by_need.setdefault(skip.needs, []).append(skip)
    named = [fault_words.unchecked_alike(skips) for skips in list(by_need.values())[:MOST_NEEDS]]

    def write(page: Page, most: int) -> None:
        page.line(tr("What could not be checked, and what it needs:"))
        page.listed(named[:most])

    forms = ["\n" + paper.lines(partial(write, most=most)) for most in range(len(named), 0, -1)]
    return Part((*forms, ""), tuple(Loss.WARNINGS.of() for _ in forms))


def _refused(report: Report, paper: Paper, found: Sequence[FindingFacts]) -> Part:
    """Return which errors of an API stand in place of answers, if a finding does not say it.

    Answers that the same error stands for are named once.
    """
    is_open = report.status == "inconclusive" or any(flow.verdict == "unknown" for flow in report.flows)
    if not is_open or not (found or report.rules) or paper.is_shared:
        return Part(("",))
    first: dict[tuple[str, str], SkippedFacts] = {}
    for skip in report.skipped:
        if skip.error_code:
            first.setdefault((skip.error_code, skip.ram_action), skip)
    named = list(first.values())[:MOST_REFUSED]

    def write(page: Page, most: int) -> None:
        for skip in named[:most]:
            page.line(Styled(fault_words.refused(skip), "doubt"))

    forms = ["\n" + paper.lines(partial(write, most=most)) for most in range(len(named), 0, -1)]
    if named:
        calls = [f"{skip.ram_action or skip.check} ({skip.error_code})" for skip in named]
        short = tr("Refused by an API: {calls}.", calls=series(calls))
        line = paper.lines(lambda page: page.line(Styled(short, "doubt")))
        forms += ["\n" + line, line]
    return Part((*forms, ""), tuple(Loss.RULES.of() for _ in forms))


def _most_open(count: str, needed: str) -> str:
    """Return what decides most of the open rules as one sentence."""
    if not count.isdigit():
        return tr("The ports need {needed}.", needed=needed)
    return tr("Of the rules that are not checkable {count} need {needed}.", count=count, needed=needed)


def _paragraph(page: Page, text: str) -> None:
    page.line(text)


def _agreeing_log(report: Report, found: Sequence[FindingFacts]) -> str:
    """Return what a log says that fits one of the findings. "" if none does.

    What no finding explains is a finding of its own.
    """
    logs = fault_words.logs(report)
    said = (
        (finding.code, each.text)
        for finding in found
        for each in finding.evidence
        if not fault_words.is_of_a_log(finding) and each.origin is not None and each.origin.file in logs
    )
    return next((tr("The log fits {code}: {said}", code=code, said=text) for code, text in said), "")


def _unknown_logs(report: Report) -> str:
    """Return that the logs tell nothing. "" if one does, or if there is none."""
    files = fault_words.logs(report)
    silent = {skip.check for skip in report.skipped if skip.needs == tr("the log of the failure")}
    if not files or not files <= silent:
        return ""
    names = series(sorted(files), MOST_HOSTS)
    return tr("No line of {files} is a known failure: give the log of the task that fails.", files=names)


def _sentences(page: Page, sentences: Sequence[str]) -> None:
    for sentence in sentences:
        page.line(Styled(sentence, "doubt"))


def verdict_part(report: Report, paper: Paper) -> Part:
    """Return the verdict and the exit code, on one line if they fit. Two environments have one exit
    code, which the end of their page tells."""
    return Part((paper.lines(partial(_verdict, report=report, is_shared=paper.is_shared)),))


def _verdict(page: Page, report: Report, *, is_shared: bool) -> None:
    said = verdict(report)
    code = tr("Exit code {exit_code}.", exit_code=report.exit_code)
    word = tr("{name}: ", name=said.word)
    whole = Styled(said.sentence if is_shared else sentences([said.sentence, code]), "strong")
    if is_shared or page.fits(f"{word}{whole.text}", 0):
        page.line(Styled(word, said.tone), whole)
        return
    page.line(Styled(word, said.tone), Styled(said.sentence, "strong"))
    page.line(Styled(code, "strong"))


def _of_need(flows: Sequence[FlowFacts], need: str, stopped: Collection[str]) -> str:
    """Return '16 of 18 required, 1 from some addresses only'. "" if no flow has this need.

    stopped: ids of flows of which it is known that they do not work, whatever their verdict.
    """
    counted = Counter("stopped" if flow.id in stopped else flow.verdict for flow in flows if flow.need == need)
    if not counted:
        return ""
    good = sum(counted[verdict] for verdict in flow_words.OK)
    word = tr(value_words.NEEDS[need])
    parts = [tr("{good} of {total} {need}", good=good, total=counted.total(), need=word)]
    if counted["partial"]:
        parts.append(tr("{count} from some addresses only", count=counted["partial"]))
    if counted["unknown"]:
        parts.append(tr("{count} not known", count=counted["unknown"]))
    return commas(parts)


def _counts(report: Report, found: Sequence[FindingFacts], *, is_short: bool = False) -> list[str]:
    """Return how much works and what was not checked, from all that there is to say to the least.

    The verdict says that nothing is known. A connection that a sure fault stops may be allowed, but
    it does not work.
    """
    answered = any(flow.verdict in ("reachable", "accepts") for flow in report.flows)
    stopped = [
        ident for ident, result in results(report).items() if answered and result in ("stopped", "stopped-unseen")
    ]
    said = [text for need in value_words.NEEDS if (text := _of_need(report.flows, need, stopped))]
    parts = [rule_words.counted(report.rules, is_named=True, is_short=is_short)] if report.rules else []
    if said and answered:
        parts += [tr("Connections that work: {counts}.", counts=clauses(said))]
    elif said:
        parts += [tr("Connections allowed: {counts}.", counts=clauses(said))]
    if logins := login_words.counted(report.flows):
        parts.append(logins)
    if checks := list(dict.fromkeys(skip.check for skip in report.skipped)):
        parts.append(_not_checked(checks))
    if doubts := expectation_words.undecided(report):
        parts.append(tr("Not known whether denied {count}, as case.toml wants: --details.", count=doubts))
    return list(dict.fromkeys(sentences([*parts, granted]) for granted in _taken_for_granted(report, found)))


def _taken_for_granted(report: Report, found: Sequence[FindingFacts]) -> list[str]:
    """Return what the verdicts take for granted: in words if it is one thing, and as a number.

    What a finding wants to be checked is not said again.
    """
    assumed = [text for text, _ in fault_words.assumed(report.flows)]
    if not assumed:
        return [""]
    count = (
        marked("Taken for granted {count}: --details names it.")
        if len(assumed) == 1
        else marked("Taken for granted {count}: --details names them.")
    )
    forms = [tr(count, count=len(assumed))]
    is_said = any(text in (finding.settle_by or "") for finding in found for text in assumed)
    if len(assumed) == 1 and not is_said:
        forms.insert(0, tr("Taken for granted: {text}.", text=assumed[0]))
    return forms


def _not_checked(checks: Sequence[str]) -> str:
    template = (
        marked("Not checked {count}: {checks} and {more_en} more.")
        if len(checks) > MOST_CHECKS
        else marked("Not checked {count}: {checks}.")
    )
    more = len(checks) - MOST_CHECKS
    return tr(template, count=len(checks), checks=series(checks[:MOST_CHECKS]), more_en=more)
