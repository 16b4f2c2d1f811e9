"""How do two environments of a workspace share one screen?

Each has its head, its first fault, what decides most of its open rules, its counts and its verdict.
The two give way to each other, so the one with more to say has more lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from diagnose.output.page import Page
from diagnose.output.sentences import sentences, with_stop
from diagnose.output.styled import Styled
from diagnose.report import flow_words
from diagnose.report.brief import faults_of, height_of
from diagnose.report.brief_fault import fault_part
from diagnose.report.brief_paper import Loss, Paper
from diagnose.report.brief_parts import count_parts, others_part, unexplained_part, verdict_part
from diagnose.report.environments import environment_and_case, parts
from diagnose.report.fitting import Part, fitted
from diagnose.report.model import Report
from diagnose.report.verdict import basis, doubts, exit_words, loud, where
from probes.language import tr


def render(report: Report, width: int, colour: bool) -> str:
    """Return the answer for both environments in the lines of one brief page."""
    whole = parts(report)
    hosts = [flow.host for part in whole for flow in part.flows]
    paper = Paper(width, colour, flow_words.domain(hosts), is_shared=True)
    is_alike = len({basis(part) for part in whole}) == 1
    pieces = [piece for part in whole for piece in _environment(part, paper, has_basis=not is_alike)]
    pieces += _end(report, paper, [basis(whole[0])] if is_alike else [])
    return fitted([piece for piece in pieces if any(piece.forms)], height_of(width))


def _environment(report: Report, paper: Paper, *, has_basis: bool) -> Iterator[Part]:
    """Yield the parts of one environment. The first fault alone has a part of its own."""
    found, faults = loud(report), faults_of(report)[:1]
    yield _head(report, paper, has_basis=has_basis)
    for finding in faults:
        yield fault_part(report, finding, 1, paper)
    yield others_part([finding for finding in found if finding not in faults], paper)
    yield unexplained_part(report, paper)
    yield from count_parts(report, paper, found)
    yield verdict_part(report, paper)
    yield Part(("\n",))


def _head(report: Report, paper: Paper, *, has_basis: bool) -> Part:
    """Return environment, case, cluster and networks, and what weakens the report."""
    name, path = environment_and_case(report), where(report)
    below = [Styled(doubt, "doubt") for doubt in doubts(report)]
    if has_basis:
        below.append(Styled(basis(report)))
    heads = ((Styled(name, "strong"), Styled(path)), (Styled(sentences([with_stop(name), path])),), (Styled(name),))

    def write(page: Page, head: Sequence[Styled]) -> None:
        for line in (*head, *below):
            page.line(line)

    return Part(tuple(paper.lines(partial(write, head=head)) for head in heads), (Loss.NAMES.of(), Loss.TITLE.of()))


def _end(report: Report, paper: Paper, shared: Sequence[str]) -> Iterator[Part]:
    """Yield what holds for both: how it is known, where to read more, and the exit code."""
    more = tr("More: {ways}", ways="--details")
    said = [Styled(sentences([*shared, more]), "quiet"), *(Styled(text, "quiet") for text in shared)]
    forms = [paper.lines(partial(_line, text=text)) for text in said]
    yield Part((*forms, "") if not shared else tuple(forms), (Loss.LATER.of(),))
    yield Part((paper.lines(partial(_line, text=Styled(exit_words(report), "strong"))),))


def _line(page: Page, text: Styled) -> None:
    page.line(text)
