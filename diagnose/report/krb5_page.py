"""What does `emr-diagnose kerberos --details` print? Both families side by side, then faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from diagnose.findings.values import Params, Values
from diagnose.output.page import Page
from diagnose.output.styled import Styled, Tone
from diagnose.report.finding_model import FindingFacts, Severity
from diagnose.report.krb5_views import FamilyFacts, KerberosReport, RealmFacts
from diagnose.report.krb5_words import JAVA, MIT, answer, counted, kdcs, keys_of_has, realm_names, timeouts, transport
from diagnose.report.value_words import SEVERITIES
from probes.language import tr

TONES: Mapping[Severity, Tone] = {"error": "bad", "warning": "doubt", "info": "quiet"}
MOST_REALMS = 20
"""Realms, and hosts with a realm, that are shown."""

Row = tuple[Styled, Styled | str, Styled | str]


def render(report: KerberosReport, width: int, colour: bool) -> str:
    """Return lines of at most `width` columns (40 to 200). The last one ends with a line feed."""
    page = Page(width, colour)
    page.line(Styled(tr("krb5.conf as each family of clients reads it"), "strong"))
    _side_by_side(page, report)
    if keys := keys_of_has(report.clients):
        page.line(keys, indent=2)
    page.heading(tr("Findings: {counts}", counts=counted(report) or tr("none")))
    for finding in report.findings:
        _finding(page, finding)
    page.line("")
    write_answer(page, report)
    return page.text


def write_answer(page: Page, report: KerberosReport) -> None:
    """Write the last line of the page."""
    said = answer(report)
    page.line(Styled(tr("{word}: ", word=said.word), said.tone), Styled(said.sentence, "strong"))


def _side_by_side(page: Page, report: KerberosReport) -> None:
    mit, jdk = report.clients.mit, report.clients.jdk
    rows: list[Row] = [(Styled(tr("Files"), "quiet"), ", ".join(mit.files), ", ".join(jdk.files))]
    if mit.rejected or jdk.rejected:
        ours, theirs = (
            Styled(tr("REJECTED: {why}", why=family.rejected), "bad") if family.rejected else tr("read")
            for family in (mit, jdk)
        )
        rows.append((Styled(tr("Whole file"), "quiet"), ours, theirs))
    rows.append(_compared(tr("Default realm"), mit, jdk, lambda family: family.default_realm or tr("none")))
    names = realm_names(report.clients)
    for name in names[:MOST_REALMS]:
        rows += _realm_rows(name, mit, jdk)
    if len(names) > MOST_REALMS:
        rows.append((Styled(tr("and {count} more realms", count=len(names) - MOST_REALMS), "quiet"), "", ""))
    hosts = list(dict.fromkeys((*mit.domain_realm, *jdk.domain_realm)))
    for host in hosts[:MOST_REALMS]:
        rows.append(_compared(tr("Hosts {host}", host=host), mit, jdk, _realm_of(host)))
    page.rows(rows, ("", MIT, JAVA), gap=2)


def _realm_of(host: str) -> Callable[[FamilyFacts], str]:
    return lambda family: family.domain_realm.get(host, tr("not mapped"))


def _realm_rows(name: str, mit: FamilyFacts, jdk: FamilyFacts) -> list[Row]:
    def of(words: Callable[[RealmFacts], str]) -> Callable[[FamilyFacts], str]:
        return lambda family: words(family.realms[name]) if name in family.realms else tr("no stanza")

    return [
        _compared(tr("Realm {name}: KDCs", name=name), mit, jdk, of(kdcs)),
        _row(f"  {tr('transport')}", mit, jdk, of(transport)),
        _row(f"  {tr('timeouts')}", mit, jdk, of(timeouts)),
    ]


def _compared(name: str, mit: FamilyFacts, jdk: FamilyFacts, words: Callable[[FamilyFacts], str]) -> Row:
    """Return one row. Both cells are coloured if the families differ."""
    return _row(name, mit, jdk, words, "doubt")


def _row(
    name: str, mit: FamilyFacts, jdk: FamilyFacts, words: Callable[[FamilyFacts], str], differ: Tone = "plain"
) -> Row:
    ours, theirs = ("-" if family.rejected else words(family) for family in (mit, jdk))
    tone: Tone = differ if ours != theirs else "plain"
    return Styled(name, "quiet"), Styled(ours, tone), Styled(theirs, tone)


def _finding(page: Page, finding: FindingFacts) -> None:
    page.line(
        Styled(f"{tr(SEVERITIES[finding.severity])} ", TONES[finding.severity]),
        Styled(f"[{finding.code}] "),
        Styled(finding.title, "strong"),
        indent=2,
    )
    page.line(finding.cause, indent=4)
    texts = [remedy.text for remedy in finding.remedies]
    page.rows([(Styled(tr("Repair"), "quiet"), text) for text in texts], gap=2, indent=4)
    for written in to_copy(finding):
        page.line(Styled(tr("The new text, ready to copy:"), "quiet"), indent=4)
        page.verbatim(written)
    if finding.settle_by:
        page.rows([(Styled(tr("Check"), "quiet"), finding.settle_by)], gap=2, indent=4)


def to_copy(finding: FindingFacts) -> Iterator[str]:
    """Yield the lines that each edit of a finding writes."""
    for edit in Values(cast("Params", finding.params)).rows("edits"):
        if edit.texts("to"):
            yield "\n".join(edit.texts("to"))
