"""Which realm of [realms] is probably meant by a realm that has no KDC?

Either the line that asks for the realm has a typing mistake, or the stanza has. The name that more
lines have is taken for the right one. So is that of the cluster in which the KDC is, and that of
the service principals in the Hadoop files, which other hands wrote.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint import servers
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, replaced
from diagnose.flows.spelling import is_mistyped
from probes.files.krb5conf.jdk_table import Reading
from probes.files.krb5conf.mit import Kdc
from probes.files.krb5conf.profile import Relation
from probes.files.line_edit import LineEdit
from probes.frozen import frozen
from probes.origin import Origin
from probes.regex import regex

_AROUND_A_HOST = regex(r"\A[a-z]{2,8}://|(?::\d{1,5})?[./]{0,2}\Z")

MOST_REALMS = 20
"""Realms of a file that are compared. Files in use have one or two."""

BY_HOST = 2
"""What the name of a KDC counts, in lines."""

BY_PRINCIPALS = 2
"""What the principals of the Hadoop files count, in lines, however many they are."""


@frozen
class NearRealm:
    """A realm with a KDC, whose name is almost the one that clients ask for."""

    name: str
    """The realm."""
    at: Origin
    """The first line of its stanza."""
    is_asked_wrong: bool
    """True if the name that clients ask for is the mistyped one. False if that of the stanza is."""
    repair: Repair
    """The lines with the right name. () if the file does not tell which one that is."""


def near_realm(views: Views, realm: str) -> NearRealm | None:
    """Return the realm of the files that is almost called like this one. None unless it is one."""
    realms = views.realms()
    if len(realms) > MOST_REALMS:
        return None
    near = [other for other in realms if is_mistyped(realm, other) and _hosts(views, other)]
    at = _stanza_of(views, near[0]) if len(near) == 1 else None
    if at is None:
        return None
    (other,) = near
    lines = Counter([*views.default_realms(), *(relation.value for relation in mapped(views)), other])
    for name in (realm, other):
        if any(_label(name) in host for host in _hosts(views, other)):
            lines[name] += BY_HOST
    for name in views.principals:
        lines[name] += BY_PRINCIPALS
    if lines[realm] == lines[other]:
        return NearRealm(other, at, True, ())
    if lines[realm] < lines[other]:
        return NearRealm(other, at, True, renamed(views, realm, other))
    return NearRealm(other, at, False, renamed(views, other, realm))


def _hosts(views: Views, realm: str) -> list[str]:
    """Return the KDCs of a realm, in small letters."""
    entries = (*servers.mit_servers(views, realm), *servers.jdk_servers(views, realm))
    return [entry.host.lower() for entry in entries if isinstance(entry, Kdc)]


def _label(realm: str) -> str:
    """Return the longest part of a name, in small letters: it has the id of the cluster."""
    return max(realm.lower().split("."), key=len)


def _stanza_of(views: Views, realm: str) -> Origin | None:
    header = re.compile(rf"\s*{re.escape(realm)}\s*=\s*{{?\s*")
    for file in views.contents:
        for number, raw in enumerate(views.rows(file), 1):
            if header.fullmatch(raw.decode("utf-8", "replace")):
                return Origin(file, number)
    return None


def mapped(views: Views) -> Iterator[Relation]:
    """Yield the lines of [domain_realm] that libkrb5 reads."""
    if views.profile:
        for name in views.profile.relation_names("domain_realm"):
            relation = views.profile.first("domain_realm", name)
            if relation is not None:
                yield relation


def mapped_by_java(views: Views) -> list[tuple[str, Relation]]:
    """Return name and line of each setting of [domain_realm] that Java reads."""

    def read(reading: Reading) -> list[tuple[str, Relation]]:
        lines = ((name, reading.first("domain_realm", name)) for name in reading.names("domain_realm"))
        return [(name, line) for name, line in lines if line is not None]

    return views.ask_jdk(read, [])


def meant_host(name: str) -> str:
    """Return the host or domain that a name under [domain_realm] was meant to be.

    Clients compare it with host names in small letters. They know no *, URL or port there.
    """
    host = _AROUND_A_HOST.sub("", name.lower())
    return f".{host[1:].lstrip('.')}" if host.startswith("*") else host


def renamed(views: Views, realm: str, other: str) -> Repair:
    """Return the repair that gives a realm another name in every line that has it."""
    name = re.escape(realm)
    header, value = re.compile(rf"({name})(\s*=\s*{{?\s*)"), re.compile(rf"([^=]+=\s*){name}\s*")
    edits: list[LineEdit] = []
    for file in views.contents:
        for number in range(1, len(views.rows(file)) + 1):
            at = Origin(file, number)
            row = views.row(at).strip()
            if (opening := header.fullmatch(row)) is not None:
                edits += replaced(views, at, other + opening[2])
            elif (setting := value.fullmatch(row)) is not None and row[0] not in "#;":
                edits += replaced(views, at, setting[1] + other)
    return tuple(edits)
