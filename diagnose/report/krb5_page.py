"""The page of `emr-diagnose kerberos`: both families side by side, then what is wrong with the
file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnose.output.page import Page, Said, Tone
from diagnose.report.krb5_views import FamilyFacts, KerberosReport, RealmFacts, addresses
from diagnose.report.model import FindingFacts, Severity

TONES: Mapping[Severity, Tone] = {"error": "bad", "warning": "doubt", "info": "quiet"}
MOST_REALMS = 20
MOST_SERVERS = 12
HEAD = ("", "MIT (kinit, C, Python)", "Java (JDK 17)")


def render(report: KerberosReport, width: int, colour: bool) -> str:
    """Lines of at most `width` columns (40 to 200), ended by a line feed."""
    page = Page(width, colour)
    mit, jdk = report.clients.mit, report.clients.jdk
    page.line(Said("krb5.conf as each family of clients reads it", "strong"))
    _side_by_side(page, mit, jdk)
    _has(page, report)
    page.heading(f"Findings: {_counted(report)}")
    for finding in report.findings:
        _finding(page, finding)
    return page.text


def _side_by_side(page: Page, mit: FamilyFacts, jdk: FamilyFacts) -> None:
    rows: list[tuple[Said, Said | str, Said | str]] = [_row("Files", mit, jdk, lambda one: ", ".join(one.files))]
    if mit.rejected or jdk.rejected:
        ours, theirs = (Said(f"REFUSED: {one.rejected}", "bad") if one.rejected else "read" for one in (mit, jdk))
        rows.append((Said("Whole file", "quiet"), ours, theirs))
    rows.append(_row("Default realm", mit, jdk, lambda one: one.default_realm or "none"))
    names = list(dict.fromkeys((*mit.realms, *jdk.realms)))
    for name in names[:MOST_REALMS]:
        rows += _realm_rows(name, mit, jdk)
    if len(names) > MOST_REALMS:
        rows.append((Said(f"and {len(names) - MOST_REALMS} more realms", "quiet"), "", ""))
    hosts = list(dict.fromkeys((*mit.domain_realm, *jdk.domain_realm)))
    for host in hosts[:MOST_REALMS]:
        rows.append(_row(f"Hosts {host}", mit, jdk, lambda one, host=host: one.domain_realm.get(host, "not mapped")))  # type: ignore[misc]
    page.rows(rows, HEAD, gap=2)


def _realm_rows(name: str, mit: FamilyFacts, jdk: FamilyFacts) -> list[tuple[Said, Said | str, Said | str]]:
    def of(said: Callable[[RealmFacts], str]) -> Callable[[FamilyFacts], str]:
        return lambda family: said(family.realms[name]) if name in family.realms else "no stanza"

    return [
        _row(f"Realm {name}: KDCs", mit, jdk, of(_kdcs)),
        _row("  transport", mit, jdk, of(_transport)),
        _row("  patience", mit, jdk, of(_patience)),
    ]


def _row(
    name: str, mit: FamilyFacts, jdk: FamilyFacts, said: Callable[[FamilyFacts], str]
) -> tuple[Said, Said | str, Said | str]:
    """Where the two differ, both are marked."""
    ours, theirs = ("-" if family.rejected and name != "Files" else said(family) for family in (mit, jdk))
    differ = ours != theirs and name not in ("Files", "  patience", "  transport")
    tone: Tone = "doubt" if differ else "plain"
    return Said(name, "quiet"), Said(ours, tone), Said(theirs, tone)


def _kdcs(realm: RealmFacts) -> str:
    said = list(addresses(realm.kdcs[:MOST_SERVERS]))
    if len(realm.kdcs) > MOST_SERVERS:
        said.append(f"and {len(realm.kdcs) - MOST_SERVERS} more")
    if realm.dns:
        said.append("asks DNS: " + ", ".join(f"{one.record} {one.name}" for one in realm.dns))
    if realm.dns_error is not None:
        said.append(f"DNS gave no answer: {realm.dns_error}")
    elif realm.found is not None:
        said.append("DNS names " + (", ".join(addresses(realm.found)) or "no server"))
    if realm.unusable:
        number = len(realm.unusable)
        said.append(
            f"{number} {'entry' if number == 1 else 'entries'} {'skipped' if said else 'unreadable, so none is used'}"
        )
    return "; ".join(said) or "none"


def _transport(realm: RealmFacts) -> str:
    limits = realm.limits
    if limits.first is None:
        return "no request: udp_preference_limit cannot be read"
    first = limits.first.upper()
    then = f", then {'UDP' if first == 'TCP' else 'TCP'}" if limits.falls_back else " only"
    if limits.falls_back or first == "TCP":
        return f"{first}{then}"
    if not limits.udp_preference_limit:
        return "UDP; TCP only if the KDC says that its answer is too big"
    return f"UDP; TCP above {limits.udp_preference_limit} bytes or if the KDC asks for it, never after silence"


def _patience(realm: RealmFacts) -> str:
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
    said = ", ".join(f"{key} = {value}" for key, value in given.items() if value is not None)
    page.line(f"Keys of HAS (Apache Kerby, old EMR clusters), which neither family reads: {said}", indent=2)


def _counted(report: KerberosReport) -> str:
    if not report.findings:
        return "none"
    count = {severity: sum(one.severity == severity for one in report.findings) for severity in TONES}
    return ", ".join(f"{number} {severity}" for severity, number in count.items() if number)


def _finding(page: Page, finding: FindingFacts) -> None:
    page.line(
        Said(f"{finding.severity} ", TONES[finding.severity]),
        Said(f"[{finding.code}] "),
        Said(finding.title, "strong"),
        indent=2,
    )
    page.line(finding.cause, indent=4)
    rows: list[tuple[Said, str]] = [(Said("Repair", "quiet"), remedy.text) for remedy in finding.remedies]
    if finding.settle_by:
        rows.append((Said("To settle it", "quiet"), finding.settle_by))
    page.rows(rows, gap=2, indent=4)
