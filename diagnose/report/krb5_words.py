"""How are servers, transports and the answer of `emr-diagnose kerberos` said to people?"""

from __future__ import annotations

from diagnose.output.styled import Tone
from diagnose.report.krb5_views import Clients, KerberosReport, RealmFacts, addresses
from probes.frozen import frozen
from probes.language import tr

MIT, JAVA = "MIT (kinit, C, Python)", "Java (JDK 17)"
MOST_SERVERS = 12
"""Servers of one realm that are shown."""


@frozen
class Answer:
    """Is there a fault in the file?"""

    word: str
    """GOOD, USABLE or FAULTY."""
    sentence: str
    """How many faults there are."""
    tone: Tone
    """How a terminal with colours shows it."""


def answer(report: KerberosReport) -> Answer:
    """Return the answer with the exit code of the command."""
    if not report.findings:
        return Answer(tr("GOOD"), tr("no fault was found in the file. Exit code 0."), "good")
    if exit_code(report):
        return Answer(tr("FAULTY"), tr("{counts} found. Exit code 1.", counts=counted(report)), "bad")
    return Answer(tr("USABLE"), tr("{counts} found, no error. Exit code 0.", counts=counted(report)), "doubt")


def exit_code(report: KerberosReport) -> int:
    """Return 1 if a finding is an error, else 0."""
    return int(any(finding.severity == "error" for finding in report.findings))


def counted(report: KerberosReport) -> str:
    """Return '2 errors, 1 warning'. "" if there is no finding."""
    severities = [finding.severity for finding in report.findings]
    errors, warnings, remarks = (severities.count(severity) for severity in ("error", "warning", "info"))
    texts = [
        tr("{count} error{s}", count=errors, s=_s(errors)) if errors else "",
        tr("{count} warning{s}", count=warnings, s=_s(warnings)) if warnings else "",
        tr("{count} remark{s}", count=remarks, s=_s(remarks)) if remarks else "",
    ]
    return tr(", ").join(text for text in texts if text)


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def realm_names(clients: Clients) -> list[str]:
    """Return the realms of both families, the default realm first."""
    names = dict.fromkeys((*clients.mit.realms, *clients.jdk.realms))
    defaults = [name for name in (clients.mit.default_realm, clients.jdk.default_realm) if name in names]
    return list(dict.fromkeys((*[name for name in defaults if name is not None], *names)))


def kdcs(realm: RealmFacts, most: int = MOST_SERVERS) -> str:
    """Return the KDCs of a realm, what DNS is asked for, and what cannot be read."""
    named = ", ".join(addresses(realm.kdcs[:most]))
    if len(realm.kdcs) > most:
        named = tr("{some} and {count} more", some=named, count=len(realm.kdcs) - most)
    parts = [named] if named else []
    if realm.dns:
        questions = ", ".join(f"{question.record} {question.name}" for question in realm.dns)
        parts.append(tr("asks DNS: {questions}", questions=questions))
    if realm.dns_error is not None:
        parts.append(tr("DNS gave no answer: {error}", error=realm.dns_error))
    elif realm.found is not None:
        found = ", ".join(addresses(realm.found))
        parts.append(tr("DNS names {servers}", servers=found) if found else tr("DNS names no server"))
    if number := len(realm.unusable):
        entries = "entry" if number == 1 else "entries"
        parts.append(
            tr("{count} {entries_en} skipped", count=number, entries_en=entries)
            if parts
            else tr("{count} {entries_en} unreadable, so none is used", count=number, entries_en=entries)
        )
    return tr("; ").join(parts) or tr("none")


def transport(realm: RealmFacts) -> str:
    """Return over which transport a family asks, and when it changes to the other."""
    limits = realm.limits
    if limits.first is None:
        return tr("no request: udp_preference_limit cannot be read")
    if limits.first == "tcp":
        return tr("TCP, then UDP") if limits.falls_back else tr("TCP only")
    if limits.falls_back:
        return tr("UDP, then TCP")
    if not limits.udp_preference_limit:
        return tr("UDP; TCP only if the KDC replies that its answer is too big")
    return tr(
        "UDP; TCP above {limit} bytes or if the KDC asks for it, never after a timeout",
        limit=limits.udp_preference_limit,
    )


def timeouts(realm: RealmFacts) -> str:
    """Return how long a family waits for a server, and for all of them."""
    limits = realm.limits
    if limits.timeout_ms is None or limits.retries is None:
        return tr("1 s per server, then 2, 4 and 8 s more")
    return tr(
        "{retries} × {seconds} s per KDC, {whole} s for all",
        retries=limits.retries,
        seconds=f"{limits.timeout_ms / 1000:g}",
        whole=f"{limits.retries * limits.timeout_ms * max(len(realm.kdcs), 1) / 1000:g}",
    )


def keys_of_has(clients: Clients) -> str:
    """Return the keys of HAS in one sentence. "" if the file has none."""
    keys = clients.has
    if keys is None:
        return ""
    given = {"kdc_realm": keys.kdc_realm, "kdc_udp_port": keys.kdc_udp_port, "kdc_tcp_port": keys.kdc_tcp_port}
    pairs = ", ".join(f"{key} = {value}" for key, value in given.items() if value is not None)
    return tr("Keys of HAS (Apache Kerby, old EMR clusters), which neither family reads: {pairs}", pairs=pairs)
