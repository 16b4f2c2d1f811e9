"""What does a person need who looks at a terminal of 24 lines when the command has ended?

The page ends with what matters: each fault with its place, cause, certainty and repair, then how
much works, what was not checked, and the verdict. `details.py` has the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from diagnose.output.page import NARROWEST
from diagnose.output.sentences import series
from diagnose.output.styled import Styled
from diagnose.report import fault_words, flow_words
from diagnose.report.brief_fault import fault_part, has_commands
from diagnose.report.brief_paper import Loss, Paper
from diagnose.report.brief_parts import count_parts, head_part, others_part, unexplained_part, verdict_part
from diagnose.report.finding_model import FindingFacts
from diagnose.report.fitting import Part, fitted
from diagnose.report.model import Report
from diagnose.report.verdict import loud
from probes.language import tr

HEIGHT = 23
"""Lines of the page: a terminal of 24 lines without that of the next prompt."""

USUAL = 80
"""Columns of that terminal. A narrower page may have more lines, in proportion."""


def render(report: Report, width: int, colour: bool) -> str:
    """Return the answer in at most `HEIGHT` lines of `width` columns (40 to 200).

    A page narrower than 80 columns has more lines in proportion. It ends with a line feed. Colours
    repeat what the words say.
    """
    paper = Paper(width, colour, flow_words.domain(flow.host for flow in report.flows))
    found = loud(report)
    faults = faults_of(report)
    others = [finding for finding in found if finding not in faults]
    parts = [
        head_part(report, paper, faults),
        *(fault_part(report, finding, number, paper) for number, finding in enumerate(faults, 1)),
        others_part([finding for finding in others if not fault_words.is_of_a_log(finding)], paper),
        others_part([finding for finding in others if fault_words.is_of_a_log(finding)], paper, Loss.LOG),
        unexplained_part(report, paper),
        *count_parts(report, paper, found),
        _more(report, paper, found),
        verdict_part(report, paper),
    ]
    return fitted([part for part in parts if any(part.forms)], height_of(width))


def height_of(width: int) -> int:
    """Return how many lines a page of this width may have."""
    return max(HEIGHT, HEIGHT * USUAL // max(width, NARROWEST))


def faults_of(report: Report) -> list[FindingFacts]:
    """Return the findings that are faults. If none is, the first finding, unless it is a remark of
    a case in which all is well.

    What a log alone shows is one if nothing else is: beside a repair the page has no room for it.
    So is a warning that a log agrees with.
    """
    found = loud(report)
    met = fault_words.met_in_log(report)
    whole = [finding for finding in found if fault_words.is_fault(finding) or finding.rank in met]
    of_the_case = [finding for finding in whole if finding.severity == "error" or not _needs_log(finding, met)]
    first = [finding for finding in found[:1] if finding.severity != "info" or report.status != "pass"]
    return of_the_case or whole or first


def _needs_log(finding: FindingFacts, met: Collection[int]) -> bool:
    """Return True if a finding is told whole only because of what a log says."""
    return fault_words.is_of_a_log(finding) or (finding.rank in met and not fault_words.is_fault(finding))


def _more(report: Report, paper: Paper, found: Sequence[FindingFacts]) -> Part:
    """Return where to read more."""
    ways = ["--details"]
    if has_commands(report):
        ways.append(tr("--format cli (the commands)"))
    if found:
        ways.append(f"emr-diagnose explain {found[0].code}")
    more = tr("More: {ways}", ways=series(ways))
    return Part((paper.lines(lambda page: page.line(Styled(more, "quiet"))), ""), (Loss.LATER.of(),))
