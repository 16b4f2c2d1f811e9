"""Does each family find a default realm, its stanza, and all KDCs of it?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint import servers
from diagnose.findings.kerberos.krb5_lint.finding import place, say, write
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.model import Finding
from probes.files.krb5conf import Relation, jdk
from probes.files.krb5conf.dns_questions import jdk_questions, mit_questions
from probes.files.krb5conf.mit import Kdc
from probes.files.krb5conf.tree import Block
from probes.origin import Origin


def findings(views: Views) -> Iterator[Finding]:
    yield from _default(views)
    yield from _twice(views)
    asked = _asked(views)
    yield from _blanks(views, asked)
    folded = {name.lower(): name for name in reversed(views.realms())}
    for realm, by in asked.items():
        yield from _stanza(views, realm, by, folded.get(realm.lower()))
    yield from _case(views, asked)
    yield from _host_keys(views)
    yield from _list_of_files(views)


def _default(views: Views) -> Iterator[Finding]:
    """Where the key is there and a family does not see it, the line that hides it is another finding."""
    mit = views.profile is not None and views.profile.first("libdefaults", "default_realm") is None
    java = views.reading is not None and views.jdk_asked(jdk.default_realm, None) is None
    if (not mit and not java) or views.mentions("default_realm"):
        return
    if views.jdk_asked(jdk.dns_lookup_realm, otherwise=False):
        java = False
    file = views.files[0][0]
    yield say(
        views,
        "KRB-NO-DEFAULT",
        [Origin(file)],
        "krb5.conf sets no default realm",
        mit="says “Configuration file does not specify default realm”" if mit else "refuses the file",
        jdk="says “Cannot locate default realm”" if java else "asks DNS for it, or refuses the file",
        repair=[f"{file}: under [libdefaults] write default_realm = {next(iter(views.realms()), '<REALM>')}"],
    )


def _blanks(views: Views, asked: dict[str, Origin]) -> Iterator[Finding]:
    """`EMR. 1234. COM`, as some pages print it. With a comment behind it, that comment is the finding."""
    for realm in views.default_realms():
        if re.search(r"\s", realm) is None or re.search(r"\s[#;]", realm):
            continue
        by = asked[realm]
        yield say(
            views,
            "KRB-CONF-SYNTAX",
            [by],
            "There are blanks in the name of the default realm",
            mit=f"looks for the realm “{realm}”, and accepts no stanza of such a name",
            jdk=f"looks for the realm “{realm}”",
            repair=[write(by, f"default_realm = {''.join(realm.split())}")],
        )


def _twice(views: Views) -> Iterator[Finding]:
    """Stanzas of one realm beyond the first, in the file that the JDK reads and what it includes."""
    later = {name for name, _ in views.files[1:]}
    places: dict[str, list[Origin]] = {}
    for tree in views.trees():
        if tree.file in later:
            break
        for section in tree.nodes:
            if isinstance(section, Block) and section.name.strip().lower() == "realms":
                for stanza in section.nodes:
                    if isinstance(stanza, Block):
                        places.setdefault(stanza.name, []).append(Origin(tree.file, stanza.line.number))
    if views.profile is None and views.reading is not None:
        for dropped in views.reading.dropped:
            section_key = (dropped.key or "").split()
            if len(section_key) == 2 and section_key[0] == "[realms]":
                first = views.reading.section_origin("realms", section_key[1])
                places.setdefault(section_key[1], [first] if first else []).append(dropped)
    for realm, stanzas in places.items():
        if len(stanzas) > 1:
            yield _twice_said(views, realm, stanzas)


def _twice_said(views: Views, realm: str, stanzas: list[Origin]) -> Finding:
    ours, theirs = _mit_ends(views, realm), _ends(servers.jdk_servers(views, realm))
    same = views.profile is not None and views.reading is not None and list(dict.fromkeys(ours)) == theirs
    return say(
        views,
        "KRB-DUP-STANZA",
        [stanzas[1], stanzas[0], *stanzas[2:]],
        f"{realm} is defined {len(stanzas)} times",
        mit=f"merges the stanzas: {_listed(ours)}" if views.profile else "refuses the file for another line",
        jdk=f"uses the stanza of {place(stanzas[0])} only: {_listed(theirs)}"
        if views.reading
        else "would use the first stanza only, and refuses the file for another line",
        repair=[
            f"Move the lines of {', '.join(place(one) for one in stanzas[1:])} into the stanza of {place(stanzas[0])}."
        ],
        severity="warning" if same else None,
    )


def _mit_ends(views: Views, realm: str) -> list[str]:
    """libkrb5 uses none of a list with one entry that it cannot read."""
    found = servers.mit_servers(views, realm)
    return _ends(found) if all(isinstance(one, Kdc) for one in found) else []


def _ends(found: servers.Servers) -> list[str]:
    return [f"{one.host}:{one.port}" for one in found if isinstance(one, Kdc)]


def _listed(ends: list[str]) -> str:
    return ", ".join(ends) if ends else "no KDC"


def _mapped(views: Views) -> Iterator[Relation]:
    if views.profile:
        for name in views.profile.relation_names("domain_realm"):
            relation = views.profile.first("domain_realm", name)
            if relation is not None:
                yield relation


def _stanza(views: Views, realm: str, by: Origin, like: str | None) -> Iterator[Finding]:
    """A realm that is used and has no KDC, or no stanza at all. by: the line that makes clients ask for it; like: a stanza but for the case of letters."""
    lines = (
        views.profile.relations("realms", realm, "kdc") if views.profile else (),
        views.jdk_asked(lambda reading: reading.values("realms", realm, "kdc"), ()),
    )
    if any(lines) or not realm or re.search(r"[\s']", realm) or (views.profile is None and views.reading is None):
        return  # a line that is there and useless to one of them is a finding about that line
    other = like if like != realm else None
    if other is not None:
        yield say(
            views,
            "KRB-REALM-CASE",
            [by],
            f"The realm is called {other} under [realms] and {realm} here",
            mit=f"finds no KDC of {realm}: names of realms are compared letter by letter",
            jdk="finds none either",
            repair=[write(by, f"{views.line(by).partition('=')[0].strip()} = {other}")],
        )
        return
    if _braced_elsewhere(views, realm):
        return
    questions = dict.fromkeys(
        q.name
        for q in (
            *(mit_questions(views.profile, realm) if views.profile else ()),
            *views.jdk_asked(lambda reading: jdk_questions(reading, realm), ()),
        )
    )
    default = realm in views.default_realms()
    if questions:
        yield say(
            views,
            "DNS-SRV",
            [by],
            f"krb5.conf names no KDC of {realm} and leaves it to DNS",
            mit="asks for URI and SRV records" if views.profile else "refuses the file",
            jdk="asks for SRV records, and for those of TCP only if UDP has none"
            if views.reading
            else "refuses the file",
            repair=[_stanza_text(views, realm)],
            severity="warning",
            confidence="inferred",
            settle_by=f"a look-up of {', '.join(questions)} on the resource group",
        )
        return
    yield say(
        views,
        "KRB-NO-STANZA",
        [by],
        f"{realm} has no KDC in krb5.conf, and DNS is not asked",
        mit=f'says “Cannot find KDC for realm "{realm}"”',
        jdk="says “Cannot locate KDC”",
        repair=[_stanza_text(views, realm)],
        severity=None if default else "warning",
    )


def _stanza_text(views: Views, realm: str) -> str:
    return f"{views.files[0][0]}: under [realms] write {realm} = {{ | kdc = <host>:88 | }} on three lines"


def _asked(views: Views) -> dict[str, Origin]:
    """Realms that clients ask for, and the line that makes them: the default realm first, then those of [domain_realm]."""
    own = views.profile.first("libdefaults", "default_realm") if views.profile else None
    theirs = views.jdk_asked(jdk.default_realm, None)
    asked: dict[str, Origin] = {}
    for one in (own, theirs, *_mapped(views)):
        if one is not None:
            asked.setdefault(one.value, one.origin)
    return asked


def _braced_elsewhere(views: Views, realm: str) -> bool:
    """`R = { kdc = h }` on one line, or `R* = {`, is a finding of its own."""
    plain = views.profile.relations("realms", realm) if views.profile else ()
    return bool(plain) or f"{realm}*" in views.realms()


def _case(views: Views, asked: dict[str, Origin]) -> Iterator[Finding]:
    """A default realm with small letters that has its own stanza: it works where the KDC is called so too, which EMR's are not."""
    for realm in views.default_realms():
        if realm == realm.upper() or realm not in views.realms():
            continue
        by = asked[realm]
        yield say(
            views,
            "KRB-REALM-CASE",
            [by],
            f"The realm {realm} is written with small letters",
            mit="asks the KDC for this name, letter by letter",
            jdk="asks for the same",
            repair=[write(by, f"default_realm = {realm.upper()}") + ", and the same in [realms] and [domain_realm]"],
            severity="warning",
            confidence="inferred",
            settle_by=f"a probe of the KDC with the realms {realm} and {realm.upper()}",
        )


def _host_keys(views: Views) -> Iterator[Finding]:
    for relation in _mapped(views):
        name = (relation.origin.key or "").removeprefix("[domain_realm] ")
        if name == name.lower():
            continue
        yield say(
            views,
            "KRB-DOMAIN-REALM",
            [relation.origin],
            "A host or domain with capitals under [domain_realm] is never matched",
            mit="looks host names up in small letters and does not find it",
            jdk="does the same",
            repair=[write(relation.origin, f"{name.lower()} = {relation.value}")],
            severity="warning",
        )


def _list_of_files(views: Views) -> Iterator[Finding]:
    """The JDK reads one file; what only a later one says is lost on it."""
    if len(views.files) < 2 or views.profile is None or views.reading is None:
        return
    for realm in views.default_realms():
        ours, theirs = _mit_ends(views, realm), _ends(servers.jdk_servers(views, realm))
        if [end for end in ours if end not in theirs]:
            yield say(
                views,
                "KRB-CONF-NOT-READ",
                [Origin(views.files[0][0])],
                "Java reads only the first of these files",
                mit=f"reads {len(views.files)} files and goes to {_listed(ours)}",
                jdk=f"reads {views.files[0][0]} alone: {_listed(theirs)}",
                repair=[f"Write everything that Java needs to {views.files[0][0]}."],
                severity="warning",
            )
