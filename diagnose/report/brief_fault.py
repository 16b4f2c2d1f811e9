"""How is one fault said on the brief page, from all that there is to say down to one line?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.output.page import Page
from diagnose.output.sentences import capital, commas, sentences, series, with_stop
from diagnose.output.styled import Styled, Tone
from diagnose.remedies import aliyun_cli, console
from diagnose.remedies.model import RECOMMENDED
from diagnose.report import fault_words, waiver_words
from diagnose.report.brief_paper import INDENT, LABEL, Loss, Paper
from diagnose.report.finding_model import FindingFacts
from diagnose.report.fitting import Part
from diagnose.report.model import Report
from diagnose.report.remedy import Remedy, opened_words, remedies
from probes.language import marked, tr
from probes.regex import regex

MOST_COMMAND_LINES = 12
"""Lines of commands that the page shows at most. `--format cli` has the others."""

MOST_PLACES = 2
"""Lines of files that a short alternative names."""

MOST_CAUSE_LINES = 4
"""Lines of a cause of which the page has no room for all."""

MOST_RULES = 4
"""Rules to add that the page lists at most, if it has no room for all."""

FIRST_RULE = 1
"""The same on a page for two environments."""

_END = regex(r"(?<=[.!?])\s+|(?<=\.”)\s+(?=[A-Z“])|(?<=[。！？])(?![”）])|\Z")
"""Where a sentence ends. Chinese has no space there."""

_LEAD = regex(r"(?:(?<=[.!?])\s+|(?<=[。！？]))[^.!?。！？]*[:：]$")
"""A last sentence that leads to the steps below it."""

_BETWEEN_OPTIONS = regex(r"\s(?=--|> )")
"""Where a command may go on in the next line."""


def fault_part(report: Report, finding: FindingFacts, number: int, paper: Paper) -> Part:
    """Return a fault from all that there is to say down to one line."""
    options = fault_words.options(report, finding)
    first = options[0] if options else None
    advice = [] if first is None else fault_words.advice(finding)
    beside = tr("Then") if fault_words.is_step_after(finding) else tr("Or")
    rows = [paper.row(beside, text) for text in advice]
    ways = [*(paper.row(tr("Or"), text) for text in map(fault_words.in_words, options[1:])), *rows]
    bare = [*(paper.row(tr("Or"), text) for text in map(fault_words.steps, options[1:])), *rows]
    causes = _clauses(paper, finding)
    repair, shorter = _repairs(report, finding, first, paper)
    first_line = _fault_head(report, finding, number, paper)
    settle = "" if _is_said(finding) else paper.row(tr("Check"), with_stop(capital(finding.settle_by or "")))

    def block(cause: str, repair: str, ways: str, settle: str) -> str:
        gap = "" if paper.is_shared else "\n"
        return f"{gap}{first_line}{cause}{repair}{ways}{settle}"

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
            (Loss.SETTLE, 3, ""),
            (Loss.LATER, 0, causes[2]),
            *([(Loss.WAYS, 2, paper.row(tr("Or"), short))] if (short := _short_way(finding, options)) else []),
            (Loss.LAST if _has_two_causes(finding) else Loss.WAYS, 2, ""),
            *([(Loss.TITLE, 0, _paragraph(paper, with_stop(finding.title)))] if paper.is_shared else []),
        ],
        key=lambda each: each[0],
    ):
        step(loss, place, text)
    title = paper.lines(lambda page: _title(page, finding, number))
    forms += [text for _, text in steps]
    losses = [loss for loss, _ in steps]
    if number > 1 or paper.is_shared:
        forms.append(title)
        losses.append(Loss.LAST)
    return Part(tuple(forms), tuple(loss.of(number) for loss in losses))


def _is_said(finding: FindingFacts) -> bool:
    """Return True if the cause already names what would settle it, or nothing would."""
    return not finding.settle_by or finding.settle_by in finding.cause


def _has_two_causes(finding: FindingFacts) -> bool:
    """Return True if the file or the rules may be wrong. Then each way repairs another cause."""
    return bool(finding.params.get("usual"))


def _short_way(finding: FindingFacts, options: Sequence[Remedy]) -> str:
    """Return the edit of a file whose port may be wrong, without its value. "" if it is no way."""
    usual, places = finding.params.get("usual"), finding.params.get("places")
    is_way = options[1:] and options[1].edits and not options[1].rules
    if not is_way or not usual or not isinstance(places, list | tuple) or not places:
        return ""
    return tr("In {places} set port {usual}.", places=series(list(map(str, places)), MOST_PLACES), usual=usual)


def _title(page: Page, finding: FindingFacts, number: int) -> None:
    code = tr("{name}: ", name=finding.code)
    waiver = "" if finding.waived is None else f" ({waiver_words.waived(finding)})"
    page.line(f"{number}  ", Styled(code, "strong"), finding.title, waiver)


def _fault_head(report: Report, finding: FindingFacts, number: int, paper: Paper) -> str:
    tone: Tone = fault_words.TONES[finding.severity]
    facts = [tr(fault_words.SURE[finding.confidence])]
    if finding.severity == "warning":
        facts.insert(0, tr("warning"))
    if repairs := fault_words.repairs_of(report, finding):
        facts.append(repairs)
    said = paper.lines(lambda page: page.line(f"{number}  ", Styled(finding.code, tone), f"  {commas(facts)}"))
    waiver = Styled(capital(waiver_words.waived(finding)), "doubt")
    return said if finding.waived is None else said + paper.lines(lambda page: page.line(waiver, indent=INDENT))


def _clauses(paper: Paper, finding: FindingFacts) -> tuple[str, str, str]:
    """Return the cause in whole, in at most four lines, and in its first sentence.

    Of a line of krb5.conf the first sentence is its title: the others quote it.
    """
    title = with_stop(finding.title) if finding.params.get("cause") == "file-line" else ""
    cause = sentences([title, paper.short(finding.cause)])
    ends = [end.start() for end in _END.finditer(cause)]
    forms = [_paragraph(paper, cause[:end]) for end in ends]
    middle = next((text for text in reversed(forms) if text.count("\n") <= MOST_CAUSE_LINES), forms[0])
    return forms[-1], middle, forms[0]


def _paragraph(paper: Paper, text: str) -> str:
    return paper.lines(lambda page: page.line(text, indent=INDENT))


def _repairs(
    report: Report, finding: FindingFacts, option: Remedy | None, paper: Paper
) -> tuple[str, list[tuple[Loss, str]]]:
    """Return the recommended repair in whole, and shorter forms with what each loses."""
    if option is None:
        advice = fault_words.advice(finding)
        rows = [_step(text, paper) for text in advice]
        return "".join(rows), [(Loss.ALTERNATIVES, _step(_LEAD.sub("", advice[0]), paper))] if rows[1:] else []
    if (earlier := _same_repair(report, finding, option)) is not None:
        return paper.row(tr("Do"), tr("The same as for {code}.", code=earlier.code)), []
    rows = list(_rule_rows(option, paper))
    shown = _first_rules(rows, MOST_RULES, paper)
    label = tr("and") if rows else tr("Do")
    edits = [paper.row(label, text) for text in fault_words.with_reasons(option)]
    bare = [paper.row(label, with_stop(console.what_to_do(edit))) for edit in option.edits]
    beware = [paper.row("", Styled(note, "bad")) for note in opened_words(option)]
    every, some = "".join([*beware, *rows, *edits]), "".join([*beware, *rows, *bare])
    shorter = [(Loss.COMMANDS, every), (Loss.WHY, some), (Loss.RULES, "".join([*beware, *shown, *bare]))]
    if paper.is_shared:
        shorter.append((Loss.RULES, "".join([*beware, *_first_rules(rows, FIRST_RULE, paper), *bare[:FIRST_RULE]])))
    return every + _commands(report, option, paper), shorter


def _first_rules(rows: list[str], most: int, paper: Paper) -> list[str]:
    """Return the first rules to add and how many more there are. All, if only one more is left."""
    if len(rows) <= most + 1:
        return rows
    rest = tr("{count} more rules: --format console, cli, terraform or ros", count=len(rows) - most)
    return [*rows[:most], paper.row("", Styled(rest, "quiet"))]


def _step(text: str, paper: Paper) -> str:
    """Return one piece of advice. A command stays one that can be pasted."""
    if not text.startswith("aliyun "):
        return paper.row(tr("Do"), text)
    room = paper.width - INDENT - LABEL
    command = text if len(text) <= room else _folded(text, room)
    return paper.lines(lambda page: page.verbatim(command, indent=INDENT + LABEL))


def _folded(command: str, room: int) -> str:
    """Return a command on as few lines as it needs, each of which ends between two options."""
    lines, *pieces = _BETWEEN_OPTIONS.split(command)
    length = len(lines)
    for piece in pieces:
        # " \\" after it, which the last line does not have.
        fits = length + 1 + len(piece) + 2 <= room
        lines += f" {piece}" if fits else f" \\\n  {piece}"
        length = length + 1 + len(piece) if fits else 2 + len(piece)
    return lines


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
        template = (
            marked("{group}  {side}  {protocol} {ports}  source {peer}")
            if rule.direction == "ingress"
            else marked("{group}  {side}  {protocol} {ports}  destination {peer}")
        )
        words = tr(
            template,
            group=rule.security_group_id,
            side=tr(fault_words.SIDES[rule.direction]),
            protocol=rule.ip_protocol,
            ports=rule.port_range,
            peer=console.party(rule),
        )
        if rule.priority != 1:
            words = tr("{rule}  priority {priority}", rule=words, priority=rule.priority)
        yield paper.row(tr("Add"), Styled(words, "strong"))


def has_commands(report: Report) -> bool:
    """Return True if `--format cli` has a command, which the page shows only if it has room."""
    return any(_aliyun(report, each) for each in remedies(report) if each.option == RECOMMENDED)


def _aliyun(report: Report, option: Remedy) -> str:
    """Return a repair as aliyun commands. "" if it is none."""
    commands = aliyun_cli.emit(option.rules, option.edits, report.case.cluster.region)
    return commands if "\naliyun" in f"\n{commands}" else ""


def _commands(report: Report, option: Remedy, paper: Paper) -> str:
    commands = _aliyun(report, option)
    is_short = 0 < commands.count("\n") <= MOST_COMMAND_LINES
    if not is_short or not Page(paper.width, paper.colour).fits(commands, INDENT + LABEL):
        return ""
    return paper.lines(lambda page: page.verbatim(commands, indent=INDENT + LABEL))
