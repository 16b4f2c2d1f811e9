"""Does each family find a default realm, its stanza and all of its KDCs?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from diagnose.findings.kerberos.krb5_lint import servers
from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place, places
from diagnose.findings.kerberos.krb5_lint.near_realms import NearRealm, mapped, near_realm, renamed
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, deleted, indent_of, inserted, replaced
from diagnose.findings.kerberos.krb5_lint.shapes import odd_lines
from probes.files.krb5conf import jdk
from probes.files.krb5conf.dns_questions import jdk_questions, mit_questions
from probes.files.krb5conf.mit import KDC_PORT, Kdc
from probes.files.krb5conf.tree import Block
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

_KDC = regex(r"kdc\s*=")


def faults(views: Views) -> Iterator[LineFault]:
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


def _default(views: Views) -> Iterator[LineFault]:
    """Yield a finding if no family finds a default realm.

    If the key exists and one family does not see it, the line that hides it has a finding.
    """
    mit = views.profile is not None and views.profile.first("libdefaults", "default_realm") is None
    java = views.reading is not None and views.ask_jdk(jdk.default_realm, None) is None
    if (not mit and not java) or views.mentions("default_realm"):
        return
    if views.ask_jdk(jdk.dns_lookup_realm, otherwise=False):
        java = False
    file = views.files[0][0]
    is_kdc_conf = any(
        isinstance(node, Block) and node.name == "kdcdefaults" for tree in views.trees() for node in tree.nodes
    )
    by_hand = tr(
        "write default_realm = <REALM> under [libdefaults] in {file}; the file does not say which realm it is",
        file=file,
    )
    if is_kdc_conf:
        by_hand = tr(
            "give /etc/krb5.conf of a node: with [kdcdefaults], {file} is a kdc.conf, which only the KDC reads",
            file=file,
        )
    yield LineFault(
        "KRB-NO-DEFAULT",
        "no-default",
        (Origin(file),),
        tr("krb5.conf sets no default realm"),
        mit=tr("says “Configuration file does not specify default realm”") if mit else tr("refuses the file"),
        jdk=tr("says “Cannot locate default realm”") if java else tr("asks DNS for it, or refuses the file"),
        repairs=() if is_kdc_conf else (_default_realm(views),),
        by_hand=by_hand,
    )


def _default_realm(views: Views) -> Repair:
    """Return the repair that sets the default realm, if the files have one realm only."""
    file, realms = views.files[0][0], views.realms()
    if len(realms) != 1:
        return ()
    rows = views.rows(file)
    for number, row in enumerate(rows, 1):
        if row.rstrip() == b"[libdefaults]":
            return inserted(file, number + 1, f"  default_realm = {realms[0]}")
    header = next((number for number, row in enumerate(rows, 1) if row.lstrip().startswith(b"[")), 1)
    return inserted(file, header, "[libdefaults]", f"  default_realm = {realms[0]}")


def _blanks(views: Views, asked: dict[str, Origin]) -> Iterator[LineFault]:
    """Yield default realms with blanks. Some pages print `EMR. 1234. COM`.

    If a comment follows the realm, that comment is the finding. So are blanks of a web page.
    """
    odd = {at.line for at in odd_lines(views)}
    for realm in views.default_realms():
        by = asked[realm]
        if re.search(r"\s", realm) is None or re.search(r"\s[#;]", realm) or by.line in odd:
            continue
        yield LineFault(
            "KRB-CONF-SYNTAX",
            "blanks",
            (by,),
            tr("The name of the default realm contains blanks"),
            mit=tr("looks for the realm “{realm}”, and accepts no stanza with such a name", realm=realm),
            jdk=tr("looks for the realm “{realm}”", realm=realm),
            repairs=(replaced(views, by, f"default_realm = {''.join(realm.split())}"),),
            by_hand=tr("write the realm of {place} without blanks", place=place(by)),
        )


def _twice(views: Views) -> Iterator[LineFault]:
    """Yield realms with more than one stanza.

    Only the file that the JDK reads and its includes are searched.
    """
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
            yield _twice_finding(views, realm, stanzas)


def _twice_finding(views: Views, realm: str, stanzas: list[Origin]) -> LineFault:
    ours, theirs = _mit_ends(views, realm), _ends(servers.jdk_servers(views, realm))
    same = views.profile is not None and views.reading is not None and list(dict.fromkeys(ours)) == theirs
    return LineFault(
        "KRB-DUP-STANZA",
        "duplicate-stanza",
        (stanzas[1], stanzas[0], *stanzas[2:]),
        tr("{realm} is defined {count} times", realm=realm, count=len(stanzas)),
        mit=tr("merges the stanzas: {servers}", servers=_listed(ours))
        if views.profile
        else tr("refuses the file because of another line"),
        jdk=_jdk_of_twice(views, realm, stanzas[0], theirs)
        if views.reading
        else tr("would use the first stanza only, and refuses the file because of another line"),
        repairs=(_merged(views, realm),),
        by_hand=tr(
            "move the lines of {places} into the stanza of {place}",
            places=places(stanzas[1:]),
            place=place(stanzas[0]),
        ),
        severity="warning" if same else None,
    )


def _jdk_of_twice(views: Views, realm: str, first: Origin, servers: list[str]) -> str:
    """Return which of several stanzas releases of Java use. An included one may be read first."""
    used = views.ask_jdk(lambda reading: reading.section_origin("realms", realm), None) or first
    said = tr("uses the stanza of {place} only: {servers}", place=place(used), servers=_listed(servers))
    last = [java.rules.last_wins for java in views.javas]
    if all(last):
        return tr("uses the last stanza only")
    return tr("{what}; Java 8 uses the last one only", what=said) if any(last) else said


def _merged(views: Views, realm: str) -> Repair:
    """Return the repair that moves the lines of later stanzas into the first one.

    A section that is then empty goes as well: Java 8 reads the last section of a name alone. () if
    libkrb5 does not read the files, or if a stanza has no closing brace.
    """
    stanzas = [
        (tree.file, section, stanza)
        for tree in views.trees()
        for section in tree.nodes
        if isinstance(section, Block) and section.name.strip().lower() == "realms"
        for stanza in section.nodes
        if isinstance(stanza, Block) and stanza.name == realm
    ]
    if len(stanzas) < 2 or any(stanza.close is None for _, _, stanza in stanzas):
        return ()
    (file, _, first), *later = stanzas
    assert first.close is not None
    moved: list[str] = []
    gone: list[Origin] = []
    present = {row.strip() for row in views.rows(file)[first.line.number : first.close.number - 1]}
    taken = {id(stanza) for _, _, stanza in later}
    for other, section in {id(section): (other, section) for other, section, _ in later}.values():
        if all(id(node) in taken for node in section.nodes):
            gone.append(Origin(other, section.line.number))
    for other, _, stanza in later:
        assert stanza.close is not None
        lines = [Origin(other, number) for number in range(stanza.line.number, stanza.close.number + 1)]
        gone += lines
        inner = [views.row(at) for at in lines[1:-1]]
        moved += [row for row in inner if row.strip() != "{" and row.strip().encode() not in present]
    return (*(inserted(file, first.close.number, *moved) if moved else ()), *deleted(views, gone))


def _mit_ends(views: Views, realm: str) -> list[str]:
    """Return host:port of each server of libkrb5.

    If libkrb5 cannot read one entry of a list, it uses none of it.
    """
    entries = servers.mit_servers(views, realm)
    return _ends(entries) if all(isinstance(entry, Kdc) for entry in entries) else []


def _ends(entries: servers.Servers) -> list[str]:
    return [f"{entry.host}:{entry.port}" for entry in entries if isinstance(entry, Kdc)]


def _listed(ends: list[str]) -> str:
    return tr(", ").join(ends) if ends else tr("no KDC")


def _stanza(views: Views, realm: str, by: Origin, like: str | None) -> Iterator[LineFault]:
    """Yield a finding if a realm that clients use has no KDC or no stanza.

    - `by`: the line that makes clients ask for the realm.
    - `like`: a stanza whose name differs only in the case of letters. None if there is none.
    """
    lines = (
        views.profile.relations("realms", realm, "kdc") if views.profile else (),
        views.ask_jdk(lambda reading: reading.values("realms", realm, "kdc"), ()),
    )
    if any(lines) or not realm or re.search("[\\s'\u200b]", realm) or (views.profile is None and views.reading is None):
        return  # a line that one family cannot use has a finding of its own
    other = like if like != realm else None
    if other is not None:
        is_right = realm in views.principals and other not in views.principals
        wrong, right = (other, realm) if is_right else (realm, other)
        corrected = replaced(views, by, f"{views.line(by).partition('=')[0].strip()} = {other}")
        yield LineFault(
            "KRB-REALM-CASE",
            "realm-case",
            (by,),
            tr("The realm is called {other} under [realms] and {realm} here", other=other, realm=realm),
            mit=tr("finds no KDC of {realm}: names of realms are case-sensitive", realm=realm),
            jdk=tr("finds no KDC either"),
            repairs=(renamed(views, other, realm) if is_right else corrected,),
            by_hand=_named_as(views, wrong, right, by),
        )
        return
    if _has_misplaced_brace(views, realm) or any(_KDC.match(text) for text in odd_lines(views).values()):
        return
    questions = dict.fromkeys(
        question.name
        for question in (
            *(mit_questions(views.profile, realm) if views.profile else ()),
            *views.ask_jdk(lambda reading: jdk_questions(reading, realm), ()),
        )
    )
    is_default = realm in views.default_realms()
    if questions:
        yield LineFault(
            "DNS-SRV",
            "left-to-dns",
            (by,),
            tr("krb5.conf names no KDC of {realm} and leaves it to DNS", realm=realm),
            mit=tr("asks for URI and SRV records") if views.profile else tr("refuses the file"),
            jdk=tr("asks for SRV records: for those of TCP only if UDP has none")
            if views.reading
            else tr("refuses the file"),
            by_hand=_stanza_text(views, realm),
            severity="warning",
            confidence="inferred",
            settle_by=tr("a look-up of {names} on the resource group", names=tr(", ").join(questions)),
        )
        return
    added, corrected = _kdc_line(views, realm), _other_default(views, realm, by)
    by_hand = _stanza_text(views, realm)
    fault = LineFault(
        "KRB-NO-STANZA",
        "no-stanza",
        (by,),
        tr("{realm} has no KDC in krb5.conf, and DNS is not asked", realm=realm),
        mit=tr('says “Cannot find KDC for realm "{realm}"”', realm=realm),
        jdk=tr("says “Cannot locate KDC”"),
        repairs=tuple(filter(None, (added, corrected))),
        by_hand=by_hand,
        otherwise=""
        if added or not corrected
        else tr("if {realm} is the right realm, {repair}", realm=realm, repair=by_hand),
        severity=None if is_default else "warning",
    )
    near = near_realm(views, realm)
    yield fault if near is None else _of_near_realm(views, fault, realm, near)


def _named_as(views: Views, wrong: str, right: str, by: Origin) -> str:
    """Return where to write the right name: at the stanza of the wrong one, else where it is asked
    for."""
    stanza = _own_stanza(views, wrong)
    at = by if stanza is None else Origin(stanza[0], stanza[1].line.number)
    return tr("write {line} in {place}", line=right, place=place(at))


def _of_near_realm(views: Views, fault: LineFault, realm: str, near: NearRealm) -> LineFault:
    """Return the fault with the edit that corrects the mistyped name, and what else repairs it."""
    by = fault.at[0]
    if near.is_asked_wrong:
        right, wrong = (near.name, by), tr("if {realm} is the right realm, {repair}", realm=realm, repair=fault.by_hand)
    else:
        other = tr("write {line} in {place}", line=near.name, place=place(by))
        right, wrong = (realm, near.at), tr("if {realm} is the right realm, {repair}", realm=near.name, repair=other)
    correct = tr("write {line} in {place}", line=right[0], place=place(right[1]))
    is_default_wrong = not near.is_asked_wrong and near.name in views.default_realms()
    return replace(
        fault,
        severity=None if is_default_wrong else fault.severity,
        repairs=(near.repair,),
        by_hand=tr("{repair}; or, {otherwise}", repair=correct, otherwise=wrong),
        otherwise=wrong,
        quoted=(by, near.at),
    )


def _kdc_line(views: Views, realm: str) -> Repair:
    """Return the repair that adds a kdc line to a stanza that names its KDC by another key alone.

    primary_kdc and master_kdc are for a second try of libkrb5. Java does not know them.
    """
    stanza = _own_stanza(views, realm)
    named = next((each for key in ("primary_kdc", "master_kdc") for each in _hosts_of(views, realm, key)), None)
    if stanza is None or named is None:
        return ()
    file, block = stanza
    assert block.close is not None
    at, host, port = named
    return inserted(file, block.close.number, f"{indent_of(views.row(at))}kdc = {host}:{port or KDC_PORT}")


def _other_default(views: Views, realm: str, by: Origin) -> Repair:
    """Return the repair of a default realm without a stanza that is not the one of the services.

    A further line may name the right one. Else that of the service principals is right, if it has
    a KDC here.
    """
    if by.key != "[libdefaults] default_realm" or len(views.principals) != 1 or realm in views.principals:
        return ()
    (right,) = views.principals
    if not _mit_ends(views, right):
        return ()
    lines = views.profile.relations("libdefaults", "default_realm") if views.profile else ()
    if any(line.value == right for line in lines):
        return deleted(views, [line.origin for line in lines if line.value != right])
    return replaced(views, by, f"default_realm = {right}")


def _hosts_of(views: Views, realm: str, key: str) -> Iterator[tuple[Origin, str, str]]:
    """Yield the lines of a realm with this key: where, host and port. The port may be ""."""
    for relation in views.profile.relations("realms", realm, key) if views.profile else ():
        if match := re.fullmatch(r"([A-Za-z0-9.-]+)(?::(\d{1,5}))?", relation.value.strip()):
            yield relation.origin, match[1], match[2] or ""


def _own_stanza(views: Views, realm: str) -> tuple[str, Block] | None:
    """Return the first stanza of a realm with its file. None if there is none that is closed."""
    for tree in views.trees():
        for section in tree.nodes:
            if isinstance(section, Block) and section.name.strip().lower() == "realms":
                for stanza in section.nodes:
                    if isinstance(stanza, Block) and stanza.name == realm and stanza.close is not None:
                        return tree.file, stanza
    return None


def _stanza_text(views: Views, realm: str) -> str:
    stanza = _own_stanza(views, realm)
    if stanza is not None:
        at = Origin(stanza[0], stanza[1].line.number)
        if host := next((host for _, host, _ in _hosts_of(views, realm, "admin_server")), None):
            return tr(
                "below {place} write the line kdc = {host}:88, if the KDC is on the host of admin_server",
                place=place(at),
                host=host,
            )
        return tr(
            "below {place} write the line kdc = <host>:88; the file does not say which host it is", place=place(at)
        )
    return tr(
        "under [realms] of {file} write three lines: {realm} = {{, then kdc = <host>:88, then }}; "
        "the file does not say which host it is",
        file=views.files[0][0],
        realm=realm,
    )


def _asked(views: Views) -> dict[str, Origin]:
    """Return the realms that clients ask for, each with the line that makes them ask.

    The default realm comes first, then the realms of [domain_realm].
    """
    own = views.profile.first("libdefaults", "default_realm") if views.profile else None
    theirs = views.ask_jdk(jdk.default_realm, None)
    asked: dict[str, Origin] = {}
    for relation in (own, theirs, *mapped(views)):
        if relation is not None:
            asked.setdefault(relation.value, relation.origin)
    return asked


def _has_misplaced_brace(views: Views, realm: str) -> bool:
    """Return True if a brace of the realm is misplaced, which is a finding of its own.

    Examples: `R = { kdc = h }` on one line, and `R* = {`.
    """
    plain = views.profile.relations("realms", realm) if views.profile else ()
    return bool(plain) or f"{realm}*" in views.realms()


def _case(views: Views, asked: dict[str, Origin]) -> Iterator[LineFault]:
    """Yield default realms with small letters that have a stanza.

    Such a realm works only if the KDC has the same name. The realms of EMR have capital letters.
    """
    for realm in views.default_realms():
        right = realm.upper()
        if realm == right or realm not in views.realms():
            continue
        if right in views.principals and right not in views.realms():
            continue  # the finding about the principals says it
        by = asked[realm]
        yield LineFault(
            "KRB-REALM-CASE",
            "small-letters",
            (by,),
            tr("The realm {realm} has small letters", realm=realm),
            mit=tr("asks the KDC for exactly this name"),
            jdk=tr("asks for the same"),
            repairs=(renamed(views, realm, realm.upper()),),
            by_hand=tr(
                "write {right} for {realm} in [libdefaults], [realms] and [domain_realm]",
                right=realm.upper(),
                realm=realm,
            ),
            severity="warning",
            confidence="inferred",
            settle_by=tr("a probe of the KDC with the realms {realm} and {other}", realm=realm, other=realm.upper()),
        )


def _host_keys(views: Views) -> Iterator[LineFault]:
    for relation in mapped(views):
        name = (relation.origin.key or "").removeprefix("[domain_realm] ")
        if name == name.lower():
            continue
        yield LineFault(
            "KRB-DOMAIN-REALM",
            "host-capitals",
            (relation.origin,),
            tr("A host or domain with capitals under [domain_realm] is never matched"),
            mit=tr("looks up host names in small letters and does not find it"),
            jdk=tr("does the same"),
            repairs=(
                replaced(views, relation.origin, f"{name.lower()} = {relation.value}"),
                deleted(views, [relation.origin]),
            ),
            by_hand=tr("write the name of {place} in small letters", place=place(relation.origin)),
            severity="warning",
        )


def _list_of_files(views: Views) -> Iterator[LineFault]:
    """Yield a finding if Java misses KDCs, because it reads only the first of several files."""
    if len(views.files) < 2 or views.profile is None or views.reading is None:
        return
    for realm in views.default_realms():
        ours, theirs = _mit_ends(views, realm), _ends(servers.jdk_servers(views, realm))
        if [end for end in ours if end not in theirs]:
            yield LineFault(
                "KRB-CONF-NOT-READ",
                "first-file-only",
                (Origin(views.files[0][0]),),
                tr("Java reads only the first of these files"),
                mit=tr("reads {count} files and uses {servers}", count=len(views.files), servers=_listed(ours)),
                jdk=tr("reads {file} alone: {servers}", file=views.files[0][0], servers=_listed(theirs)),
                by_hand=tr("write everything that Java needs into {file}", file=views.files[0][0]),
                severity="warning",
            )
