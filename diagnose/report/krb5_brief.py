"""What does `emr-diagnose kerberos` print on a terminal of 24 lines? What is read, what is wrong,
and the answer as the last line. `krb5_page.py` has the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum, auto

from diagnose.output.page import NARROWEST, Page
from diagnose.output.styled import Cell, Styled
from diagnose.report.brief import HEIGHT, USUAL
from diagnose.report.finding_model import FindingFacts
from diagnose.report.fitting import Part, fitted
from diagnose.report.krb5_page import TONES, to_copy, write_answer
from diagnose.report.krb5_views import FamilyFacts, KerberosReport, RealmFacts
from diagnose.report.krb5_words import JAVA, MIT, kdcs, keys_of_has, realm_names, timeouts, transport
from diagnose.report.value_words import SEVERITIES
from probes.language import tr

MOST_REALMS = 3
"""Realms that the page shows."""

MOST_SERVERS = 3
"""KDCs of one realm that the page names."""

MOST_FINDINGS = 6
"""Findings that the page shows. The others are counted."""


class Shorter(IntEnum):
    """What the page loses with a step, from little to much."""

    SETTLE = auto()
    """What would settle a finding."""
    HAS = auto()
    """Keys that no client reads."""
    REALMS = auto()
    """All realms but the first."""
    COPY = auto()
    """The new text of a line."""
    TRANSPORT = auto()
    """Transports and timeouts."""
    CAUSE = auto()
    """Why a finding is one."""
    OPTIONS = auto()
    """Alternative repairs."""
    REPAIR = auto()
    """How a finding is repaired."""
    KDCS = auto()
    """The KDCs."""


class _Paper:
    """Write a few lines of the page on their own."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width, self.colour = width, colour

    def lines(self, *writers: Callable[[Page], None]) -> str:
        """Return what the writers write on an empty page. "" if that is nothing."""
        page = Page(self.width, self.colour)
        for write in writers:
            write(page)
        return page.text if page.text.strip() else ""


def render(report: KerberosReport, width: int, colour: bool) -> str:
    """Return at most 23 lines of `width` columns (40 to 200) that end with the answer.

    A page narrower than 80 columns has more lines in proportion.
    """
    paper = _Paper(width, colour)
    shown, rest = report.findings[:MOST_FINDINGS], report.findings[MOST_FINDINGS:]
    parts = [
        _head(report, paper),
        _realms(report, paper),
        Part((paper.lines(lambda page: page.line(keys_of_has(report.clients))), ""), (Shorter.HAS,)),
        *(_finding(finding, number, paper) for number, finding in enumerate(shown, 1)),
        Part((_rest(rest, paper),)),
        Part((_end(report, paper),)),
    ]
    height = max(HEIGHT, HEIGHT * USUAL // max(width, NARROWEST))
    return fitted([part for part in parts if any(part.forms)], height)


def _head(report: KerberosReport, paper: _Paper) -> Part:
    """Return which files each family reads, and whether it rejects them: a finding says why."""
    mit, jdk = report.clients.mit, report.clients.jdk

    def write(page: Page) -> None:
        if mit.files == jdk.files:
            page.line(tr("{files}, as {mit} and {java} read it", files=", ".join(mit.files), mit=MIT, java=JAVA))
        else:
            page.line(tr("{who} reads {files}", who=MIT, files=", ".join(mit.files)))
            page.line(tr("{who} reads {files}", who=JAVA, files=", ".join(jdk.files)))
        for who, family in ((MIT, mit), (JAVA, jdk)):
            if family.rejected:
                page.line(Styled(tr("{who} rejects the whole file.", who=who), "bad"))

    return Part((paper.lines(write),))


def _realms(report: KerberosReport, paper: _Paper) -> Part:
    """Return the realms, the default realm first, with the KDCs that each family asks."""
    families = [family for family in (report.clients.mit, report.clients.jdk) if not family.rejected]
    if not families:
        return Part(("",))
    names = realm_names(report.clients)
    whole = [_realm(name, report, paper, is_whole=True) for name in names[:MOST_REALMS]]
    bare = [_realm(name, report, paper, is_whole=False) for name in names[:1]]
    default = _default(families, names, paper)
    forms = [
        default + "".join(whole) + _further(names[MOST_REALMS:], paper),
        default + "".join(whole[:1]) + _further(names[1:], paper),
        default + "".join(bare) + _further(names[1:], paper),
        default + _further(names, paper),
    ]
    return Part(tuple(forms), (Shorter.REALMS, Shorter.TRANSPORT, Shorter.KDCS))


def _default(families: Sequence[FamilyFacts], names: Sequence[str], paper: _Paper) -> str:
    """Return what is odd about the default realm. "" if both families have it, with a stanza."""
    defaults = [family.default_realm for family in families]
    realm = defaults[0]
    if len(set(defaults)) > 1:
        mit, java = (name or tr("none") for name in defaults)
        text = tr("Default realm: {mit} for MIT, {java} for Java", mit=mit, java=java)
    elif realm is None:
        text = tr("The file names no default realm.")
    elif realm not in names:
        text = tr("Default realm: {realm}, which has no stanza in [realms]", realm=realm)
    else:
        return ""
    return paper.lines(lambda page: page.line(Styled(text, "doubt")))


def _further(names: Sequence[str], paper: _Paper) -> str:
    if not names:
        return ""
    text = tr("Further realms: {names}", names=tr(", ").join(names))
    if len(names) > MOST_REALMS:
        some, rest = tr(", ").join(names[:MOST_REALMS]), len(names) - MOST_REALMS
        text = tr("Further realms: {names} and {count} more", names=some, count=rest)
    return paper.lines(lambda page: page.line(Styled(text, "quiet")))


def _realm(name: str, report: KerberosReport, paper: _Paper, *, is_whole: bool) -> str:
    """Return one realm. KDCs that both families read alike stand once."""
    mit, jdk = report.clients.mit, report.clients.jdk
    readers = [(who, family) for who, family in (("MIT", mit), ("Java", jdk)) if not family.rejected]
    read = {who: family.realms.get(name) for who, family in readers}
    asked = {who: tr("no stanza") if realm is None else kdcs(realm, MOST_SERVERS) for who, realm in read.items()}
    rows: list[tuple[Cell, Cell]]
    if len(set(asked.values())) == 1:
        rows = [(Styled(tr("KDCs"), "quiet"), next(iter(asked.values())))]
    else:
        rows = [(Styled(tr("KDCs, {who}", who=who), "quiet"), Styled(said, "doubt")) for who, said in asked.items()]
    if is_whole:
        rows += [(Styled(who, "quiet"), _manner(realm)) for who, realm in read.items() if realm is not None]
    is_default = all(family.default_realm == name for _, family in readers)
    title = tr("Default realm {name}", name=name) if is_default else tr("Realm {name}", name=name)
    return paper.lines(lambda page: page.line(title), lambda page: page.rows(rows, gap=2))


def _manner(realm: RealmFacts) -> str:
    return tr("{transport}; {timeouts}", transport=transport(realm), timeouts=timeouts(realm))


def _finding(finding: FindingFacts, number: int, paper: _Paper) -> Part:
    """Return a finding from all that there is to say down to its title."""
    label = Styled(tr(SEVERITIES[finding.severity]), TONES[finding.severity])

    def head(page: Page) -> None:
        page.line(f"{number}  ", label, "  ", Styled(finding.code, "strong"), tr(": {text}", text=finding.title))

    def cause(page: Page) -> None:
        page.line(finding.cause, indent=3)

    def table(label: str, *texts: str) -> Callable[[Page], None]:
        rows = [(Styled(label if row == 0 else " ", "quiet"), text) for row, text in enumerate(texts)]
        return lambda page: page.rows(rows, gap=2, indent=3)

    def copy(page: Page) -> None:
        for written in to_copy(finding):
            page.verbatim(written, indent=5)

    repairs = [remedy.text for remedy in finding.remedies]
    every, one = table(tr("Repair"), *repairs), table(tr("Repair"), *repairs[:1])
    settle = table(tr("Check"), *([finding.settle_by] if finding.settle_by else []))
    forms = [
        (head, cause, every, copy, settle),
        (head, cause, every, copy),
        (head, cause, every),
        (head, every),
        (head, one),
        (head,),
    ]
    losses = (Shorter.SETTLE, Shorter.COPY, Shorter.CAUSE, Shorter.OPTIONS, Shorter.REPAIR)
    return Part(tuple("\n" + paper.lines(*form) for form in forms), losses)


def _rest(findings: Sequence[FindingFacts], paper: _Paper) -> str:
    if not findings:
        return ""
    codes = ", ".join(dict.fromkeys(finding.code for finding in findings))
    text = tr("and {count} more findings: {codes}", count=len(findings), codes=codes)
    return paper.lines(lambda page: page.line(Styled(text, "quiet")))


def _end(report: KerberosReport, paper: _Paper) -> str:
    def write(page: Page) -> None:
        more = tr("More: {commands}", commands="--details")
        if report.findings:
            explained = f"--details, emr-diagnose explain {report.findings[0].code}"
            more = tr("More: {commands}", commands=explained)
        page.line(Styled(more, "quiet"))
        write_answer(page, report)

    return "\n" + paper.lines(write)
