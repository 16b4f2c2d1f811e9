"""How does `emr-diagnose kerberos` show a file? Both families side by side, then what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from diagnose.findings.values import Params, Values
from diagnose.output.page import Page, Styled, Tone
from diagnose.report.krb5_views import FamilyFacts, KerberosReport, RealmFacts, addresses
from diagnose.report.model import FindingFacts, Severity

TONES: Mapping[Severity, Tone] = {"error": "bad", "warning": "doubt", "info": "quiet"}
MOST_REALMS = 20
"""Realms, and hosts with a realm, that are shown."""

MOST_SERVERS = 12
"""Servers of one realm that are shown."""

HEAD = ("", "MIT (kinit, C, Python)", "Java (JDK 17)")


def render(report: KerberosReport, width: int, colour: bool) -> str:
    """Return lines of at most `width` columns (40 to 200). The last one ends with a line feed."""
    page = Page(width, colour)
    mit, jdk = report.clients.mit, report.clients.jdk
    page.line(Styled("krb5.conf as each family of clients reads it", "strong"))
    _side_by_side(page, mit, jdk)
    _has(page, report)
    page.heading(f"Findings: {_counted(report)}")
    for finding in report.findings:
        _finding(page, finding)
    return page.text


def _side_by_side(page: Page, mit: FamilyFacts, jdk: FamilyFacts) -> None:
    rows: list[tuple[Styled, Styled | str, Styled | str]] = [
        _row("Files", mit, jdk, lambda family: ", ".join(family.files))
    ]
    if mit.rejected or jdk.rejected:
        ours, theirs = (
            Styled(f"REJECTED: {family.rejected}", "bad") if family.rejected else "read" for family in (mit, jdk)
        )
        rows.append((Styled("Whole file", "quiet"), ours, theirs))
    rows.append(_row("Default realm", mit, jdk, lambda family: family.default_realm or "none"))
    names = list(dict.fromkeys((*mit.realms, *jdk.realms)))
    for name in names[:MOST_REALMS]:
        rows += _realm_rows(name, mit, jdk)
    if len(names) > MOST_REALMS:
        rows.append((Styled(f"and {len(names) - MOST_REALMS} more realms", "quiet"), "", ""))
    hosts = list(dict.fromkeys((*mit.domain_realm, *jdk.domain_realm)))
    for host in hosts[:MOST_REALMS]:
        rows.append(_row(f"Hosts {host}", mit, jdk, _realm_of(host)))
    page.rows(rows, HEAD, gap=2)


def _realm_of(host: str) -> Callable[[FamilyFacts], str]:
    return lambda family: family.domain_realm.get(host, "not mapped")


def _realm_rows(name: str, mit: FamilyFacts, jdk: FamilyFacts) -> list[tuple[Styled, Styled | str, Styled | str]]:
    def of(words: Callable[[RealmFacts], str]) -> Callable[[FamilyFacts], str]:
        return lambda family: words(family.realms[name]) if name in family.realms else "no stanza"

    return [
        _row(f"Realm {name}: KDCs", mit, jdk, of(_kdcs)),
        _row("  transport", mit, jdk, of(_transport)),
        _row("  timeouts", mit, jdk, of(_timeouts)),
    ]


def _row(
    name: str, mit: FamilyFacts, jdk: FamilyFacts, words: Callable[[FamilyFacts], str]
) -> tuple[Styled, Styled | str, Styled | str]:
    """Return one row. Both cells are coloured if the families differ."""
    ours, theirs = ("-" if family.rejected and name != "Files" else words(family) for family in (mit, jdk))
    differ = ours != theirs and name not in ("Files", "  timeouts", "  transport")
    tone: Tone = "doubt" if differ else "plain"
    return Styled(name, "quiet"), Styled(ours, tone), Styled(theirs, tone)


def _kdcs(realm: RealmFacts) -> str:
    parts = list(addresses(realm.kdcs[:MOST_SERVERS]))
    if len(realm.kdcs) > MOST_SERVERS:
        parts.append(f"and {len(realm.kdcs) - MOST_SERVERS} more")
    if realm.dns:
        parts.append("asks DNS: " + ", ".join(f"{question.record} {question.name}" for question in realm.dns))
    if realm.dns_error is not None:
        parts.append(f"DNS gave no answer: {realm.dns_error}")
    elif realm.found is not None:
        parts.append("DNS names " + (", ".join(addresses(realm.found)) or "no server"))
    if realm.unusable:
        number = len(realm.unusable)
        parts.append(
            f"{number} {'entry' if number == 1 else 'entries'} {'skipped' if parts else 'unreadable, so none is used'}"
        )
    return "; ".join(parts) or "none"


def _transport(realm: RealmFacts) -> str:
    limits = realm.limits
    if limits.first is None:
        return "no request: udp_preference_limit cannot be read"
    first = limits.first.upper()
    then = f", then {'UDP' if first == 'TCP' else 'TCP'}" if limits.falls_back else " only"
    if limits.falls_back or first == "TCP":
        return f"{first}{then}"
    if not limits.udp_preference_limit:
        return "UDP; TCP only if the KDC replies that its answer is too big"
    return f"UDP; TCP above {limits.udp_preference_limit} bytes or if the KDC asks for it, never after a timeout"


def _timeouts(realm: RealmFacts) -> str:
    limits = realm.limits
    if limits.timeout_ms is None or limits.retries is None:
        return "1 s per server, then 2, 4 and 8 s more"
    attempts = f"{limits.retries} × {limits.timeout_ms / 1000:g} s"
    return f"{attempts} per KDC, {limits.retries * limits.timeout_ms * max(len(realm.kdcs), 1) / 1000:g} s for all"


def _has(page: Page, report: KerberosReport) -> None:
    keys = report.clients.has
    if keys is None:
        return
    given = {"kdc_realm": keys.kdc_realm, "kdc_udp_port": keys.kdc_udp_port, "kdc_tcp_port": keys.kdc_tcp_port}
    pairs = ", ".join(f"{key} = {value}" for key, value in given.items() if value is not None)
    page.line(f"Keys of HAS (Apache Kerby, old EMR clusters), which neither family reads: {pairs}", indent=2)


def _counted(report: KerberosReport) -> str:
    if not report.findings:
        return "none"
    count = {severity: sum(finding.severity == severity for finding in report.findings) for severity in TONES}
    return ", ".join(f"{number} {severity}" for severity, number in count.items() if number)


def _finding(page: Page, finding: FindingFacts) -> None:
    page.line(
        Styled(f"{finding.severity} ", TONES[finding.severity]),
        Styled(f"[{finding.code}] "),
        Styled(finding.title, "strong"),
        indent=2,
    )
    page.line(finding.cause, indent=4)
    texts = [remedy.text for remedy in finding.remedies]
    page.rows([(Styled("Repair", "quiet"), text) for text in texts], gap=2, indent=4)
    for written in _to_copy(finding):
        page.line(Styled("The new text, ready to copy:", "quiet"), indent=4)
        page.verbatim(written)
    if finding.settle_by:
        page.rows([(Styled("To settle it", "quiet"), finding.settle_by)], gap=2, indent=4)


def _to_copy(finding: FindingFacts) -> Iterator[str]:
    """Yield the lines that each edit of a finding writes."""
    for edit in Values(cast("Params", finding.params)).rows("edits"):
        if edit.texts("to"):
            yield "\n".join(edit.texts("to"))
