"""What does each client family read in a krb5.conf? The JSON report of `emr-diagnose kerberos`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.model import Finding
from diagnose.output.json_text import json_text
from diagnose.report.build import finding_facts
from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import OriginFacts
from probes.errors import FormatError
from probes.files.krb5conf import Krb5ValueError, Profile, Relation, has_ports, jdk, mit
from probes.files.krb5conf.discovery import AskDns, DiscoveryError, discover
from probes.files.krb5conf.dns_questions import DnsQuestion, RecordType, jdk_questions, mit_questions
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.files.krb5conf.jdk_text import JdkRejected
from probes.files.krb5conf.mit import Kdc
from probes.origin import Origin


class ServerFacts(Struct, frozen=True):
    """One server of a realm."""

    host: str
    """Name or address, as the file or DNS gives it."""
    port: int
    """Port."""
    transports: list[str]
    """Transports that the family may use: "udp", "tcp" or "https"."""
    path: str | None
    """Path in the URL of a KDC proxy. null for any other server."""
    origin: OriginFacts
    """The line or DNS record that names it."""


class QuestionFacts(Struct, frozen=True):
    """One question that a family asks DNS to find servers."""

    record: RecordType
    """Type of the record."""
    name: str
    """Name that is asked for."""
    both: bool = False
    """true if it is asked even if the question before it, of the same type, gave servers."""


class LimitFacts(Struct, frozen=True):
    """How a family sends requests to a KDC of the realm."""

    udp_preference_limit: int | None
    """A request with more bytes goes over TCP first. 0: never for the JDK, always for MIT.
    null: the value cannot be read and no request is made."""
    first: str | None
    """Transport of a request of 200 bytes. null if no request is made."""
    falls_back: bool
    """true if the client tries the other transport when no reply comes."""
    timeout_ms: int | None
    """Timeout of one attempt, in milliseconds. null if the family has no such setting."""
    retries: int | None
    """Attempts for one KDC. null if the family has no such setting."""


class RealmFacts(Struct, frozen=True):
    """One realm, as a family reads it."""

    kdcs: list[ServerFacts]
    """KDCs, in the order in which they are tried."""
    admin_servers: list[ServerFacts]
    """Servers for changes of passwords and principals. Always empty for the JDK."""
    unusable: list[str]
    """Why entries of the list of KDCs cannot be used."""
    limits: LimitFacts
    """How requests are sent."""
    dns: list[QuestionFacts]
    """What DNS is asked if the file names no KDC."""
    found: list[ServerFacts] | None = None
    """Servers that DNS named. null if it was not asked."""
    dns_error: str | None = None
    """Why DNS could not be asked. null if it could, or was not asked."""


class FamilyFacts(Struct, frozen=True):
    """Everything that one family reads."""

    rejected: str | None
    """Why the family rejects the whole configuration; the JDK's own message for the JDK. null if it
    reads it. The other fields but `files` are empty if it rejects it."""
    files: list[str]
    """Files that it reads, in order."""
    default_realm: str | None
    """Default realm. null if the file has none."""
    realms: dict[str, RealmFacts]
    """Realms by name."""
    libdefaults: dict[str, str]
    """Settings of [libdefaults]; the value that the family uses."""
    domain_realm: dict[str, str]
    """Realm of each host or domain of [domain_realm]."""


class HasFacts(Struct, frozen=True):
    """Keys of old EMR clusters (HAS, on Apache Kerby) that neither family reads. null if a key is
    not there."""

    kdc_realm: str | None
    """Realm."""
    kdc_udp_port: str | None
    """UDP port of the KDC."""
    kdc_tcp_port: str | None
    """TCP port of the KDC."""


class Clients(Struct, frozen=True, omit_defaults=True):
    """Both families, side by side."""

    mit: FamilyFacts
    """MIT's libkrb5: kinit, C, Python."""
    jdk: FamilyFacts
    """The JDK: Hive, Spark, DataWorks."""
    has: HasFacts | None = None
    """Keys of HAS. Left out if the file has none."""


class KerberosReport(Struct, frozen=True):
    """Everything that `emr-diagnose kerberos` reports."""

    clients: Clients
    """What each client family reads."""
    findings: list[FindingFacts]
    """What is wrong with the file, errors first."""


SMALL_REQUEST = 200
"""About the number of bytes of an AS-REQ without pre-authentication."""


def build(views: Views, findings: Sequence[Finding]) -> KerberosReport:
    """Return the report. Findings stand errors first and else keep their order."""
    order = ("error", "warning", "info")
    ranked = sorted(findings, key=lambda finding: order.index(finding.severity))
    return KerberosReport(
        Clients(_mit(views), _jdk(views), _has(views.profile)),
        [finding_facts(finding, rank) for rank, finding in enumerate(ranked, start=1)],
    )


def encode(report: KerberosReport) -> bytes:
    """Return indented JSON with a line feed at the end. Bytes that are not UTF-8 become "?"."""
    return json_text(report)


def _mit(views: Views) -> FamilyFacts:
    files = [name for name, _ in views.files]
    profile = views.profile
    if profile is None:
        assert isinstance(views.mit, FormatError)
        return FamilyFacts(str(views.mit), files, None, {}, {}, {})
    if (profile.missing and views.on_site) or (fault := mit.context_fault(profile)) is not None:
        why = f"{profile.missing[0]}: not found" if profile.missing and views.on_site else str(fault)
        return FamilyFacts(why, files, None, {}, {}, {})
    return FamilyFacts(
        None,
        files,
        _text(mit.default_realm(profile)),
        {realm: _mit_realm(profile, realm) for realm in profile.subsections("realms")},
        _flat(profile, "libdefaults"),
        _flat(profile, "domain_realm"),
    )


def _flat(profile: Profile, section: str) -> dict[str, str]:
    return {name: first.value for name in profile.relation_names(section) if (first := profile.first(section, name))}


def _mit_realm(profile: Profile, realm: str) -> RealmFacts:
    kdcs, why = _all_or_none(mit.kdc_entries(profile, realm))
    try:
        admins = mit.admin_servers(profile, realm)
    except Krb5ValueError as error:
        admins = ()
        why = [*why, str(error)]
    return RealmFacts(
        kdcs,
        [_server(server) for server in admins],
        why,
        _mit_limits(profile),
        _question_facts(mit_questions(profile, realm)),
    )


def _all_or_none(entries: Sequence[Kdc | Krb5ValueError]) -> tuple[list[ServerFacts], list[str]]:
    """Return the KDCs and faults of a realm. libkrb5 uses no KDC if it cannot read one of the
    entries."""
    faults = [str(entry) for entry in entries if isinstance(entry, Krb5ValueError)]
    return ([] if faults else [_server(entry) for entry in entries if isinstance(entry, Kdc)]), faults


def _mit_limits(profile: Profile) -> LimitFacts:
    relation = profile.first("libdefaults", "udp_preference_limit")
    try:
        limit = jdk.UDP_LIMIT if relation is None else mit.integer(relation)
    except Krb5ValueError:
        return LimitFacts(None, None, falls_back=True, timeout_ms=None, retries=None)
    # A negative number means the default to libkrb5, and its hard limit is that of the JDK.
    limit = jdk.UDP_LIMIT if limit < 0 else min(limit, jdk.HARD_UDP_LIMIT)
    first = "tcp" if limit < SMALL_REQUEST else "udp"
    return LimitFacts(limit, first, falls_back=True, timeout_ms=None, retries=None)


def _jdk(views: Views) -> FamilyFacts:
    files = [views.files[0][0]]
    reading = views.reading
    if reading is None:
        assert isinstance(views.jdk, FormatError)
        why = f"{views.jdk.message} ({views.jdk})" if isinstance(views.jdk, JdkRejected) else str(views.jdk)
        return FamilyFacts(why, files, None, {}, {}, {})
    if reading.missing and views.on_site:
        return FamilyFacts(f"{jdk.LOADING_FAILED} ({reading.missing[0]}: not found)", files, None, {}, {}, {})
    return FamilyFacts(
        None,
        files,
        views.ask_jdk(lambda asked: _text(jdk.default_realm(asked)), None),
        {realm: _jdk_realm(reading, realm) for realm in reading.sections("realms")},
        _flat_jdk(reading, "libdefaults"),
        _flat_jdk(reading, "domain_realm"),
    )


def _flat_jdk(reading: Reading, section: str) -> dict[str, str]:
    return {name: reading.values(section, name)[0].value for name in reading.names(section)}


def _jdk_realm(reading: Reading, realm: str) -> RealmFacts:
    limits = jdk.limits(reading, realm)
    try:
        entries, questions = jdk.kdc_entries(reading, realm), jdk_questions(reading, realm)
    except JdkShapeError as error:
        return RealmFacts([], [], [str(error)], _jdk_limits(limits), [])
    return RealmFacts(
        [_server(entry) for entry in entries if isinstance(entry, Kdc)],
        [],
        [str(entry) for entry in entries if isinstance(entry, Krb5ValueError)],
        _jdk_limits(limits),
        _question_facts(questions),
    )


def _jdk_limits(limits: jdk.Limits) -> LimitFacts:
    return LimitFacts(
        limits.udp_limit,
        limits.transport(SMALL_REQUEST),
        falls_back=False,
        timeout_ms=limits.timeout_ms,
        retries=limits.retries,
    )


def _has(profile: Profile | None) -> HasFacts | None:
    if profile is None:
        return None
    relations = (
        has_ports.realm(profile),
        profile.first("libdefaults", "kdc_udp_port"),
        profile.first("libdefaults", "kdc_tcp_port"),
    )
    return HasFacts(*map(_text, relations)) if any(relations) else None


def _question_facts(questions: Sequence[DnsQuestion]) -> list[QuestionFacts]:
    return [QuestionFacts(question.record, question.name, question.both) for question in questions]


def with_dns(report: KerberosReport, ask: AskDns) -> KerberosReport:
    """Return the report with the replies of DNS. A question that cannot be asked is an error of its
    realm only."""
    mit, jdk = (_family_with_dns(family, ask) for family in (report.clients.mit, report.clients.jdk))
    return msgspec.structs.replace(report, clients=msgspec.structs.replace(report.clients, mit=mit, jdk=jdk))


def _family_with_dns(family: FamilyFacts, ask: AskDns) -> FamilyFacts:
    realms = {name: _realm_with_dns(realm, ask) if realm.dns else realm for name, realm in family.realms.items()}
    return msgspec.structs.replace(family, realms=realms)


def _realm_with_dns(realm: RealmFacts, ask: AskDns) -> RealmFacts:
    questions = [DnsQuestion(question.record, question.name, question.both) for question in realm.dns]
    try:
        discovered = discover(questions, ask)
    except DiscoveryError as error:
        return msgspec.structs.replace(realm, found=[], dns_error=str(error))
    servers = [
        ServerFacts(
            server.host,
            server.port,
            list(server.transports),
            server.path,
            OriginFacts("DNS", None, f"{server.question.record} {server.question.name}"),
        )
        for server in discovered
    ]
    return msgspec.structs.replace(realm, found=servers)


def _text(relation: Relation | None) -> str | None:
    return None if relation is None else relation.value


def _server(kdc: Kdc) -> ServerFacts:
    return ServerFacts(kdc.host, kdc.port, list(kdc.transports), kdc.path, _origin(kdc.origin))


def _origin(origin: Origin) -> OriginFacts:
    return OriginFacts(origin.file, origin.line, origin.key)


def addresses(servers: Sequence[ServerFacts]) -> Iterator[str]:
    """Yield `host:port`, with the transport if there is only one."""
    for server in servers:
        host = f"[{server.host}]" if ":" in server.host else server.host
        only = "" if len(server.transports) > 1 else f" ({server.transports[0]})"
        yield f"{host}:{server.port}{only}"
