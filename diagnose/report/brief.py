"""What does a person need who looks at a terminal of 24 lines when the command has ended?

The page ends with what matters: each fault with its place, cause, certainty and repair, then how
much works, what was not checked, and the verdict. `details.py` has the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from diagnose.output.page import NARROWEST, Cell, Page, Styled, Tone
from diagnose.remedies import aliyun_cli, console
from diagnose.report import fault_words, flow_words
from diagnose.report.fitting import Part, fitted
from diagnose.report.model import FindingFacts, FlowFacts, Report
from diagnose.report.repair import Remedy
from diagnose.report.verdict import head, loud, verdict

HEIGHT = 23
"""Lines of the page: a terminal of 24 lines without that of the next prompt."""

USUAL = 80
"""Columns of that terminal. A narrower page may have more lines, in proportion."""

MOST_COMMAND_LINES = 12
"""Lines of commands that the page shows at most. `--format cli` has the others."""

MOST_RULES = 4
"""Rules to add that the page lists at most, if it has no room for all."""

MOST_FLOWS = 3
"""Unexplained connections that the page lists at most."""

MOST_HOSTS = 3
"""Targets of one list."""

MOST_CHECKS = 3
"""Names of checks that were not made."""

_SENTENCE = re.compile(r"(?<=[.!?”)])\s+(?=[A-Z“])")
_INDENT = 3
_LABEL = 7

# What the page loses with a step, from little to much. The order is the whole policy.
(
    _NAMES,
    _REASON,
    _CLIENTS,
    _ALTERNATIVES,
    _WARNINGS,
    _COMMANDS,
    _CLAUSES,
    _WHY,
    _WAYS,
    _SETTLE,
    _FLOWS,
    _LATER,
    _RULES,
    _LAST,
) = range(14)


@dataclass(frozen=True, slots=True)
class _Paper:
    """How wide the page is, whether it has colours, and which domain its host names leave out."""

    width: int
    colour: bool
    domain: str

    def lines(self, write: Callable[[Page], None]) -> str:
        """Return what `write` writes on an empty page. "" if that is nothing."""
        page = Page(self.width, self.colour)
        write(page)
        return page.text.removeprefix("\n") if page.text.strip() else ""

    def row(self, label: str, text: Cell) -> str:
        """Return a paragraph with a label before it."""
        name, gap = Styled(label or " ", "quiet"), _LABEL - max(len(label), 1)
        return self.lines(lambda page: page.rows([(name, text)], gap=gap, indent=_INDENT))

    def short(self, text: str) -> str:
        """Return a text without the domain that the hosts of this report share."""
        if not self.domain:
            return text
        return re.sub(rf"(?<=[\w-]){re.escape(self.domain)}(?![\w-]|\.\w)", "", text)


def render(report: Report, width: int, colour: bool) -> str:
    """Return the answer in at most 23 lines of `width` columns (40 to 200).

    A page narrower than 80 columns has more lines in proportion. It ends with a line feed. Colours
    repeat what the words say.
    """
    paper = _Paper(width, colour, flow_words.domain(flow.host for flow in report.flows))
    found = loud(report)
    faults = [finding for finding in found if fault_words.is_fault(finding)]
    if not faults and report.status != "pass":
        faults = found[:1]
    others = [finding for finding in found if finding not in faults]
    parts = [
        _head(report, paper, faults),
        *(_fault(report, finding, number, paper) for number, finding in enumerate(faults, 1)),
        _others(others, paper),
        _unexplained(report, paper),
        *_rest(report, paper, found),
    ]
    height = max(HEIGHT, HEIGHT * USUAL // max(width, NARROWEST))
    return fitted([part for part in parts if any(part.forms)], height)


def _head(report: Report, paper: _Paper, faults: Sequence[FindingFacts]) -> Part:
    def write(page: Page) -> None:
        for paragraph in head(report, page.width):
            page.line(paragraph)

    said = paper.lines(write)
    if not paper.domain or not any(paper.domain in finding.cause for finding in faults):
        return Part((said,))
    names = paper.lines(lambda page: page.line(Styled(f"Host names are shown without {paper.domain}", "quiet")))
    return Part((said + names, said), (_NAMES * 10,))


def _fault(report: Report, finding: FindingFacts, number: int, paper: _Paper) -> Part:
    """Return a fault from all that there is to say down to one line."""
    options = fault_words.options(report, finding)
    first = options[0] if options else None
    advice = [] if first is None else fault_words.advice(finding)
    ways = [paper.row("Or", text) for text in (*map(fault_words.in_words, options[1:]), *advice)]
    bare = [paper.row("Or", text) for text in (*map(fault_words.steps, options[1:]), *advice)]
    causes = _clauses(paper, finding)
    repairs = _repairs(report, finding, first, paper)
    first_line = _fault_head(report, finding, number, paper)
    settle = "" if not finding.settle_by else paper.row("Check", _capital(finding.settle_by) + ".")

    def block(cause: str, repair: str, ways: str, settle: str) -> str:
        return f"\n{first_line}{cause}{repair}{ways}{settle}"

    steps: list[tuple[int, str]] = []
    now = [causes[0], repairs[0][1], "".join(ways), settle]
    forms = [block(*now)]

    def step(loss: int, place: int, text: str) -> None:
        if now[place] != text:
            now[place] = text
            steps.append((loss, block(*now)))

    for loss, place, text in sorted(
        [
            *((loss, 1, text) for loss, text in repairs[1:]),
            (_REASON, 2, "".join(bare)),
            (_ALTERNATIVES, 2, "".join(bare[:1])),
            (_CLAUSES, 0, causes[1]),
            (_WAYS, 2, ""),
            (_SETTLE, 3, ""),
            (_LATER, 0, causes[2]),
        ],
        key=lambda each: each[0],
    ):
        step(loss, place, text)
    title = paper.lines(lambda page: page.line(f"{number}  ", Styled(finding.code, "strong"), f": {finding.title}"))
    forms += [text for _, text in steps]
    losses = [loss for loss, _ in steps]
    if number > 1:
        forms.append(f"{title}")
        losses.append(_LAST)
    # A later fault gives way before the first one does.
    return Part(tuple(forms), tuple(loss * 10 - min(number, 9) for loss in losses))


def _fault_head(report: Report, finding: FindingFacts, number: int, paper: _Paper) -> str:
    tone: Tone = fault_words.TONES[finding.severity]
    facts = [fault_words.SURE[finding.confidence]]
    if finding.severity == "warning":
        facts.insert(0, "warning")
    if finding.undone is not None and (repairs := fault_words.repairs_of(report, finding.undone)):
        facts.append(repairs)
    return paper.lines(lambda page: page.line(f"{number}  ", Styled(finding.code, tone), f"  {', '.join(facts)}"))


def _clauses(paper: _Paper, finding: FindingFacts) -> tuple[str, str, str]:
    """Return the cause in whole, in about four lines, and in its first sentence."""
    sentences = _SENTENCE.split(paper.short(finding.cause))
    whole = _paragraph(paper, sentences)
    middle = next(
        (text for end in range(len(sentences), 0, -1) if (text := _paragraph(paper, sentences[:end])).count("\n") <= 3),
        _paragraph(paper, sentences[:1]),
    )
    return whole, middle, _paragraph(paper, sentences[:1])


def _paragraph(paper: _Paper, sentences: Sequence[str]) -> str:
    return paper.lines(lambda page: page.line(" ".join(sentences), indent=_INDENT))


def _repairs(report: Report, finding: FindingFacts, option: Remedy | None, paper: _Paper) -> list[tuple[int, str]]:
    """Return the recommended repair from long to short, each with what the step to it loses."""
    if option is None:
        advice = fault_words.advice(finding)
        forms = [(0, "".join(paper.row("Do", text) for text in advice))]
        if len(advice) > 1:
            forms.append((_ALTERNATIVES, "".join(paper.row("Do", text) for text in advice[:1])))
        return forms
    if (earlier := _same_repair(report, finding, option)) is not None:
        return [(0, paper.row("Change", f"The same as for {earlier.code}."))]
    rows = list(_rule_rows(option, paper))
    shown = rows[:MOST_RULES]
    if len(rows) > MOST_RULES + 1:
        rest = f"{len(rows) - MOST_RULES} more rules: --format console, cli, terraform or ros"
        shown.append(paper.row("", Styled(rest, "quiet")))
    else:
        shown = rows
    edits = [paper.row("Change" if not rows else "and", console.edit_words(edit)) for edit in option.edits]
    bare = [paper.row("Change" if not rows else "and", f"{console.what_to_do(edit)}.") for edit in option.edits]
    every, some = "".join([*rows, *edits]), "".join([*rows, *bare])
    return [
        (0, every + _commands(report, option, paper)),
        (_COMMANDS, every),
        (_WHY, some),
        (_RULES, "".join([*shown, *bare])),
    ]


def _same_repair(report: Report, finding: FindingFacts, option: Remedy) -> FindingFacts | None:
    """Return the first finding before this one that the same edits repair. None if none has."""
    if not option.edits or option.rules:
        return None
    steps = list(map(console.what_to_do, option.edits))
    for earlier in report.findings[: finding.rank - 1]:
        first = next(iter(fault_words.options(report, earlier)), None)
        if first is not None and not first.rules and list(map(console.what_to_do, first.edits)) == steps:
            return earlier
    return None


def _rule_rows(option: Remedy, paper: _Paper) -> Iterator[str]:
    for rule in option.rules:
        end = "source" if rule.direction == "ingress" else "destination"
        priority = "" if rule.priority == 1 else f"  priority {rule.priority}"
        yield paper.row(
            "Add",
            Styled(
                f"{rule.security_group_id}  {fault_words.SIDES[rule.direction]}  {rule.ip_protocol} {rule.port_range}"
                f"  {end} {console.party(rule)}{priority}",
                "strong",
            ),
        )


def _commands(report: Report, option: Remedy, paper: _Paper) -> str:
    commands = aliyun_cli.emit(option.rules, option.edits, report.case.cluster.region)
    is_short = commands.count("\n") <= MOST_COMMAND_LINES and "\naliyun" in f"\n{commands}"
    if not is_short or not Page(paper.width, paper.colour).fits(commands, _INDENT + _LABEL):
        return ""
    return paper.lines(lambda page: page.verbatim(commands, indent=_INDENT + _LABEL))


def _others(findings: Sequence[FindingFacts], paper: _Paper) -> Part:
    """Return what is no fault of its own: one line each, or their number."""
    if not findings:
        return Part(("",))

    def write(page: Page) -> None:
        for finding in findings:
            page.line(
                Styled(finding.severity, fault_words.TONES[finding.severity]), f"  {finding.code}: {finding.title}"
            )

    codes = ", ".join(dict.fromkeys(finding.code for finding in findings))
    counted = paper.lines(lambda page: page.line(f"Also found: {codes}"))
    return Part(("\n" + paper.lines(write), "\n" + counted, ""), (_WARNINGS * 10, _LAST * 10 - 5))


def _unexplained(report: Report, paper: _Paper) -> Part:
    """Return the connections that no finding explains, by reason."""
    flows = fault_words.unexplained(report)
    if not flows:
        return Part(("",))
    troubles = flow_words.broken(flows, paper.domain)

    def write(page: Page, most: int) -> None:
        for trouble in troubles[:most]:
            page.line(Styled(trouble.verdict, "doubt"), f"  {', '.join(_named(trouble.flows))}: {trouble.why}")
        if len(troubles) > most:
            page.line(Styled(f"{len(troubles) - most} more reasons in --details", "quiet"))

    forms = [
        "\n" + paper.lines(lambda page, most=most: write(page, most))  # type: ignore[misc]
        for most in range(min(len(troubles), MOST_FLOWS), 0, -1)
    ]
    return Part(tuple(forms), tuple(_FLOWS * 10 for _ in forms[1:]))


def _named(flows: Sequence[FlowFacts]) -> list[str]:
    targets = [flow_words.target(flow) for flow in flows]
    more = [f"{len(targets) - MOST_HOSTS} more"] if len(targets) > MOST_HOSTS + 1 else []
    return targets[: MOST_HOSTS if more else None] + more


def _rest(report: Report, paper: _Paper, found: Sequence[FindingFacts]) -> Iterator[Part]:
    """Yield how much works, what was not checked, where to read more, and the verdict."""
    yield Part(("\n" + paper.lines(lambda page: page.line(_counts(report))),))
    rows = fault_words.clients(report)
    if failing := [(family, said) for family, said in rows if "fails" in said]:
        yield Part((paper.lines(lambda page: page.rows(failing, gap=2, indent=0)), ""), (_CLIENTS * 10,))
    if report.bugs:
        bug = report.bugs[0]
        yield Part(
            (paper.lines(lambda page: page.line(Styled(f"Bug in emr-diagnose: {bug.check}: {bug.error}", "bad"))),)
        )
    emitted = [", --format cli"] if report.suggested_rules else []
    explained = [f", emr-diagnose explain {found[0].code}"] if found else []
    more = "".join(["More: --details", *emitted, *explained])
    yield Part((paper.lines(lambda page: page.line(Styled(more, "quiet"))), ""), (_LATER * 10,))
    yield Part((paper.lines(lambda page: _verdict(page, report)),))


def _verdict(page: Page, report: Report) -> None:
    """Write the verdict and the exit code, on one line if they fit."""
    said = verdict(report)
    code = f"Exit code {report.exit_code}."
    whole = Styled(f"{said.sentence} {code}", "strong")
    if page.fits(f"{said.word}: {whole.text}", 0):
        page.line(Styled(f"{said.word}: ", said.tone), whole)
        return
    page.line(Styled(f"{said.word}: ", said.tone), Styled(said.sentence, "strong"))
    page.line(Styled(code, "strong"))


def _counts(report: Report) -> str:
    counted = Counter(flow.verdict for flow in report.flows)
    parts = [f"{word} {counted[word]}" for word in ("reachable", "accepts", "allowed") if counted[word]]
    good = ", ".join(parts) or f"{'reachable' if report.basis == 'packets' else 'allowed'} 0"
    text = (
        f"{good} of {fault_words.count(len(report.flows), 'connection')}."
        if report.flows
        else "no connection is known."
    )
    text = _capital(text)
    if report.skipped:
        checks = list(dict.fromkeys(skip.check for skip in report.skipped))
        more = f" and {len(checks) - MOST_CHECKS} more" if len(checks) > MOST_CHECKS else ""
        text += f" Not checked {len(checks)}: {', '.join(checks[:MOST_CHECKS])}{more}."
    if assumed := fault_words.assumed(report.flows):
        text += f" Taken for granted {len(assumed)}."
    return text


def _capital(text: str) -> str:
    """Begin a sentence with a capital letter, unless it begins with a name of dots or signs."""
    return text[:1].upper() + text[1:] if text.split(" ", 1)[0].isalpha() else text
