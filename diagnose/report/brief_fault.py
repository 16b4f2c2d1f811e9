"""How is one fault said on the brief page, from all that there is to say down to one line?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from diagnose.output.page import Page, Styled, Tone
from diagnose.remedies import aliyun_cli, console
from diagnose.report import fault_words
from diagnose.report.brief_paper import INDENT, LABEL, Loss, Paper, capital
from diagnose.report.fitting import Part
from diagnose.report.model import FindingFacts, Report
from diagnose.report.repair import Remedy, opened_words

MOST_COMMAND_LINES = 12
"""Lines of commands that the page shows at most. `--format cli` has the others."""

MOST_RULES = 4
"""Rules to add that the page lists at most, if it has no room for all."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=\.”)\s+(?=[A-Z“])")


def fault_part(report: Report, finding: FindingFacts, number: int, paper: Paper) -> Part:
    """Return a fault from all that there is to say down to one line."""
    options = fault_words.options(report, finding)
    first = options[0] if options else None
    advice = [] if first is None else fault_words.advice(finding)
    ways = [paper.row("Or", text) for text in (*map(fault_words.in_words, options[1:]), *advice)]
    bare = [paper.row("Or", text) for text in (*map(fault_words.steps, options[1:]), *advice)]
    causes = _clauses(paper, finding)
    repair, shorter = _repairs(report, finding, first, paper)
    first_line = _fault_head(report, finding, number, paper)
    settle = "" if not finding.settle_by else paper.row("Check", capital(finding.settle_by) + ".")

    def block(cause: str, repair: str, ways: str, settle: str) -> str:
        return f"\n{first_line}{cause}{repair}{ways}{settle}"

    steps: list[tuple[Loss, str]] = []
    now = [causes[0], repair, "".join(ways), settle]
    forms = [block(*now)]

    def step(loss: Loss, place: int, text: str) -> None:
        if now[place] != text:
            now[place] = text
            steps.append((loss, block(*now)))

    for loss, place, text in sorted(
        [
            *((loss, 1, text) for loss, text in shorter),
            (Loss.REASON, 2, "".join(bare)),
            (Loss.ALTERNATIVES, 2, "".join(bare[:1])),
            (Loss.CLAUSES, 0, causes[1]),
            (Loss.WAYS, 2, ""),
            (Loss.SETTLE, 3, ""),
            (Loss.LATER, 0, causes[2]),
        ],
        key=lambda each: each[0],
    ):
        step(loss, place, text)
    title = paper.lines(lambda page: page.line(f"{number}  ", Styled(finding.code, "strong"), f": {finding.title}"))
    forms += [text for _, text in steps]
    losses = [loss for loss, _ in steps]
    if number > 1:
        forms.append(title)
        losses.append(Loss.LAST)
    return Part(tuple(forms), tuple(loss.of(number) for loss in losses))


def _fault_head(report: Report, finding: FindingFacts, number: int, paper: Paper) -> str:
    tone: Tone = fault_words.TONES[finding.severity]
    facts = [fault_words.SURE[finding.confidence]]
    if finding.severity == "warning":
        facts.insert(0, "warning")
    if finding.undone is not None:
        is_certain = fault_words.is_sure(finding)
        facts += [repairs] if (repairs := fault_words.repairs_of(report, finding.undone, is_certain=is_certain)) else []
    return paper.lines(lambda page: page.line(f"{number}  ", Styled(finding.code, tone), f"  {', '.join(facts)}"))


def _clauses(paper: Paper, finding: FindingFacts) -> tuple[str, str, str]:
    """Return the cause in whole, in about four lines, and in its first sentence."""
    sentences = _SENTENCE.split(paper.short(finding.cause))
    whole = _paragraph(paper, sentences)
    middle = next(
        (text for end in range(len(sentences), 0, -1) if (text := _paragraph(paper, sentences[:end])).count("\n") <= 3),
        _paragraph(paper, sentences[:1]),
    )
    return whole, middle, _paragraph(paper, sentences[:1])


def _paragraph(paper: Paper, sentences: Sequence[str]) -> str:
    return paper.lines(lambda page: page.line(" ".join(sentences), indent=INDENT))


def _repairs(
    report: Report, finding: FindingFacts, option: Remedy | None, paper: Paper
) -> tuple[str, list[tuple[Loss, str]]]:
    """Return the recommended repair in whole, and shorter forms with what each loses."""
    if option is None:
        rows = [paper.row("Do", text) for text in fault_words.advice(finding)]
        return "".join(rows), [(Loss.ALTERNATIVES, rows[0])] if rows[1:] else []
    if (earlier := _same_repair(report, finding, option)) is not None:
        return paper.row("Do", f"The same as for {earlier.code}."), []
    rows = list(_rule_rows(option, paper))
    shown = rows[:MOST_RULES]
    if len(rows) > MOST_RULES + 1:
        rest = f"{len(rows) - MOST_RULES} more rules: --format console, cli, terraform or ros"
        shown.append(paper.row("", Styled(rest, "quiet")))
    else:
        shown = rows
    edits = [paper.row("Do" if not rows else "and", console.edit_words(edit)) for edit in option.edits]
    bare = [paper.row("Do" if not rows else "and", f"{console.what_to_do(edit)}.") for edit in option.edits]
    beware = [paper.row("", Styled(note, "bad")) for note in opened_words(option)]
    every, some = "".join([*beware, *rows, *edits]), "".join([*beware, *rows, *bare])
    shorter = [(Loss.COMMANDS, every), (Loss.WHY, some), (Loss.RULES, "".join([*beware, *shown, *bare]))]
    return every + _commands(report, option, paper), shorter


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


def _rule_rows(option: Remedy, paper: Paper) -> Iterator[str]:
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


def _commands(report: Report, option: Remedy, paper: Paper) -> str:
    commands = aliyun_cli.emit(option.rules, option.edits, report.case.cluster.region)
    is_short = commands.count("\n") <= MOST_COMMAND_LINES and "\naliyun" in f"\n{commands}"
    if not is_short or not Page(paper.width, paper.colour).fits(commands, INDENT + LABEL):
        return ""
    return paper.lines(lambda page: page.verbatim(commands, indent=INDENT + LABEL))
