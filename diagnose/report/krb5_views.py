"""What each client family makes of a krb5.conf, side by side: the JSON of `emr-diagnose kerberos`
and its terminal page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.model import Finding
from diagnose.output.json_text import encodable
from diagnose.report.build import finding_facts
from diagnose.report.model import FindingFacts, OriginFacts
from probes.errors import FormatError
from probes.files.krb5conf import Krb5ValueError, Profile, Relation, has_ports, jdk, mit
from probes.files.krb5conf.discovery import AskDns, DiscoveryError, discover
from probes.files.krb5conf.dns_questions import DnsQuestion, RecordType, jdk_questions, mit_questions
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.files.krb5conf.jdk_text import JdkRejected
from probes.files.krb5conf.mit import Kdc
from probes.origin import Origin


class ServerFacts(Struct, frozen=True):
    """path: of a KDC proxy's URL, else null."""

    host: str
    port: int
    transports: list[str]
    path: str | None
    origin: OriginFacts


class QuestionFacts(Struct, frozen=True):
    record: RecordType
    name: str
    both: bool = False


class LimitFacts(Struct, frozen=True):
    """How a family speaks to a KDC of the realm. udp_preference_limit: a larger request goes by TCP
    first, 0: never (JDK) or always (MIT), null: the value cannot be read and no request is made.
    first: what a request of 200 bytes goes by; falls_back: whether silence leads to the other
    transport; timeout_ms, retries: of one attempt, and attempts for one KDC; null where the family
    does not have the setting.
    """

    udp_preference_limit: int | None
    first: str | None
    falls_back: bool
    timeout_ms: int | None
    retries: int | None


class RealmFacts(Struct, frozen=True):
    """kdcs: in the order in which they are tried; unusable: why entries of the list are not; dns:
    what is asked where the file names no KDC; found: what DNS answered, null where it was not
    asked; dns_error: why it could not be asked."""

    kdcs: list[ServerFacts]
    admin_servers: list[ServerFacts]
    unusable: list[str]
    limits: LimitFacts
    dns: list[QuestionFacts]
    found: list[ServerFacts] | None = None
    dns_error: str | None = None


class FamilyFacts(Struct, frozen=True):
    """rejected: why the family throws the whole configuration away, in its own words for the JDK;
    then nothing else of it counts."""

    rejected: str | None
    files: list[str]
    default_realm: str | None
    realms: dict[str, RealmFacts]
    libdefaults: dict[str, str]
    domain_realm: dict[str, str]


class HasFacts(Struct, frozen=True):
    """Keys of old EMR clusters (HAS, on Apache Kerby) that neither family reads."""

    kdc_realm: str | None
    kdc_udp_port: str | None
    kdc_tcp_port: str | None


class Clients(Struct, frozen=True, omit_defaults=True):
    mit: FamilyFacts
    jdk: FamilyFacts
    has: HasFacts | None = None


class KerberosReport(Struct, frozen=True):
    clients: Clients
    findings: list[FindingFacts]


SMALL_REQUEST = 200
"""Bytes of an AS-REQ without pre-authentication, about."""


def build(views: Views, findings: Sequence[Finding]) -> KerberosReport:
    """Findings keep their order within one severity, errors first."""
    order = ("error", "warning", "info")
    ranked = sorted(findings, key=lambda finding: order.index(finding.severity))
    return KerberosReport(
        Clients(_mit(views), _jdk(views), _has(views.profile)),
        [finding_facts(finding, rank) for rank, finding in enumerate(ranked, start=1)],
    )


def encode(report: KerberosReport) -> bytes:
    """Indented JSON with a line feed at the end. Bytes of the files that are not UTF-8 become
    U+FFFD."""
    plain = encodable(msgspec.to_builtins(report))
    return msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"


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
        _asked(mit_questions(profile, realm)),
    )


def _all_or_none(entries: Sequence[Kdc | Krb5ValueError]) -> tuple[list[ServerFacts], list[str]]:
    """libkrb5 uses no KDC of a realm with one entry that it cannot read."""
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
        _asked(questions),
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
    found = (
        has_ports.realm(profile),
        profile.first("libdefaults", "kdc_udp_port"),
        profile.first("libdefaults", "kdc_tcp_port"),
    )
    return HasFacts(*map(_text, found)) if any(found) else None


def _asked(questions: Sequence[DnsQuestion]) -> list[QuestionFacts]:
    return [QuestionFacts(one.record, one.name, one.both) for one in questions]


def with_dns(report: KerberosReport, ask: AskDns) -> KerberosReport:
    """The same report, with what DNS answers to the questions in it. One name that cannot be asked
    is told in its realm, and the others go on."""
    mit, jdk = (_family_with_dns(family, ask) for family in (report.clients.mit, report.clients.jdk))
    return msgspec.structs.replace(report, clients=msgspec.structs.replace(report.clients, mit=mit, jdk=jdk))


def _family_with_dns(family: FamilyFacts, ask: AskDns) -> FamilyFacts:
    realms = {name: _realm_with_dns(realm, ask) if realm.dns else realm for name, realm in family.realms.items()}
    return msgspec.structs.replace(family, realms=realms)


def _realm_with_dns(realm: RealmFacts, ask: AskDns) -> RealmFacts:
    questions = [DnsQuestion(one.record, one.name, one.both) for one in realm.dns]
    try:
        found = discover(questions, ask)
    except DiscoveryError as error:
        return msgspec.structs.replace(realm, found=[], dns_error=str(error))
    servers = [
        ServerFacts(
            one.host,
            one.port,
            list(one.transports),
            one.path,
            OriginFacts("DNS", None, f"{one.question.record} {one.question.name}"),
        )
        for one in found
    ]
    return msgspec.structs.replace(realm, found=servers)


def _text(relation: Relation | None) -> str | None:
    return None if relation is None else relation.value


def _server(kdc: Kdc) -> ServerFacts:
    return ServerFacts(kdc.host, kdc.port, list(kdc.transports), kdc.path, _origin(kdc.origin))


def _origin(origin: Origin) -> OriginFacts:
    return OriginFacts(origin.file, origin.line, origin.key)


def addresses(servers: Sequence[ServerFacts]) -> Iterator[str]:
    """`host:port`, with the transports where they are not the usual two."""
    for server in servers:
        host = f"[{server.host}]" if ":" in server.host else server.host
        only = "" if len(server.transports) > 1 else f" ({server.transports[0]})"
        yield f"{host}:{server.port}{only}"
