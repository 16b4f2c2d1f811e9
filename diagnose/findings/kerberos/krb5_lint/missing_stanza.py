"""Has each realm that clients ask for a KDC in krb5.conf, or is DNS asked?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.near_realms import NearRealm, near_realm, renamed
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, deleted, indent_of, inserted, replaced
from diagnose.findings.kerberos.krb5_lint.shapes import odd_lines
from diagnose.findings.kerberos.krb5_lint.stanzas import mit_ends, stanza_of
from probes.files.krb5conf.dns_questions import jdk_questions, mit_questions
from probes.files.krb5conf.mit import KDC_PORT
from probes.files.krb5conf.tree import Block, Silent
from probes.frozen import replace
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

_KDC = regex(r"kdc\s*=")


def missing_stanza(views: Views, realm: str, by: Origin, like: str | None) -> Iterator[LineFault]:
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
    if like is not None and like != realm:
        yield _other_letters(views, realm, like, by)
        return
    if _has_misplaced_brace(views, realm) or any(_KDC.match(text) for text in odd_lines(views).values()):
        return
    names = _asked_of_dns(views, realm)
    yield _left_to_dns(views, realm, names, by) if names else _without_kdc(views, realm, by)


def _other_letters(views: Views, realm: str, other: str, by: Origin) -> LineFault:
    """Return the fault of a realm whose stanza has the same name in other letters."""
    is_right = realm in views.principals and other not in views.principals
    wrong, right = (other, realm) if is_right else (realm, other)
    corrected = replaced(views, by, f"{views.line(by).partition('=')[0].strip()} = {other}")
    return LineFault(
        "KRB-REALM-CASE",
        "realm-case",
        (by,),
        tr("The realm is called {other} under [realms] and {realm} here", other=other, realm=realm),
        mit=tr("finds no KDC of {realm}: names of realms are case-sensitive", realm=realm),
        jdk=tr("finds no KDC either"),
        repairs=(renamed(views, other, realm) if is_right else corrected,),
        by_hand=_named_as(views, wrong, right, by),
    )


def _asked_of_dns(views: Views, realm: str) -> tuple[str, ...]:
    """Return the names that either family looks up to find the KDCs of a realm, each once."""
    of_mit = mit_questions(views.profile, realm) if views.profile else ()
    of_java = views.ask_jdk(lambda reading: jdk_questions(reading, realm), ())
    return tuple(dict.fromkeys(question.name for question in (*of_mit, *of_java)))


def _left_to_dns(views: Views, realm: str, names: tuple[str, ...], by: Origin) -> LineFault:
    """Return the warning that DNS has to name the KDCs of a realm."""
    return LineFault(
        "DNS-SRV",
        "left-to-dns",
        (by,),
        tr("krb5.conf names no KDC of {realm} and leaves it to DNS", realm=realm),
        mit=tr("asks for URI and SRV records") if views.profile else tr("refuses the file"),
        jdk=tr("asks for SRV records: for those of TCP only if UDP has none")
        if views.reading
        else tr("refuses the file"),
        repairs=(_slip(views, realm),),
        by_hand=_stanza_text(views, realm),
        severity="warning",
        confidence="inferred",
        settle_by=tr("a look-up of {names} on the resource group", names=tr(", ").join(names)),
    )


def _without_kdc(views: Views, realm: str, by: Origin) -> LineFault:
    """Return the fault of a realm whose KDC no client finds."""
    added = _kdc_line(views, realm) or _slip(views, realm)
    corrected = _other_default(views, realm, by)
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
        severity=None if realm in views.default_realms() else "warning",
    )
    near = near_realm(views, realm)
    return fault if near is None else _of_near_realm(views, fault, realm, near)


def _named_as(views: Views, wrong: str, right: str, by: Origin) -> str:
    """Return where to write the right name: at the stanza of the wrong one, else where it is asked
    for."""
    stanza = stanza_of(views, wrong)
    at = by if stanza is None else stanza.at
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


def _slip(views: Views, realm: str) -> Repair:
    """Return the repair of a slip that hides the KDCs of a realm from every client. () without
    one."""
    return _under_realms(views, realm) or _in_small_letters(views, realm)


def _kdc_line(views: Views, realm: str) -> Repair:
    """Return the repair that adds a kdc line to a stanza that names its KDC by another key alone.

    primary_kdc and master_kdc are for a second try of libkrb5. Java does not know them.
    """
    stanza = stanza_of(views, realm)
    named = next((each for key in ("primary_kdc", "master_kdc") for each in _hosts_of(views, realm, key)), None)
    if stanza is None or stanza.block.close is None or named is None:
        return ()
    at, host, port = named
    return inserted(
        stanza.file, stanza.block.close.number, f"{indent_of(views.row(at))}kdc = {host}:{port or KDC_PORT}"
    )


def _under_realms(views: Views, realm: str) -> Repair:
    """Return the repair of a stanza that stands under another section: the header that it lacks.

    () if more than stanzas follows in that section, because the header would take it away.
    """
    for tree in views.trees():
        for section in tree.nodes:
            if not isinstance(section, Block) or section.name.strip().lower() == "realms":
                continue
            last = takewhile(lambda node: isinstance(node, Block | Silent), reversed(section.nodes))
            first = next((node for node in last if isinstance(node, Block) and node.name == realm), None)
            if first is None:
                continue
            if section.name.strip(" [").lower() == "realms":
                return replaced(views, Origin(tree.file, section.line.number), "[realms]")
            return inserted(tree.file, first.line.number, "[realms]")
    return ()


def _in_small_letters(views: Views, realm: str) -> Repair:
    """Return the repair of a stanza that writes kdc in capitals. Both families tell them apart."""
    stanza = stanza_of(views, realm)
    if stanza is None or views.profile is None:
        return ()
    names = [name for name in views.profile.relation_names("realms", realm) if name != "kdc" and name.lower() == "kdc"]
    lines = [line for name in names for line in views.profile.relations("realms", realm, name)]
    return tuple(edit for line in lines for edit in replaced(views, line.origin, f"kdc = {line.value}"))


def _other_default(views: Views, realm: str, by: Origin) -> Repair:
    """Return the repair of a default realm without a stanza that is not the one of the services.

    A further line may name the right one. Else that of the service principals is right, if it has
    a KDC here.
    """
    if by.key != "[libdefaults] default_realm" or len(views.principals) != 1 or realm in views.principals:
        return ()
    (right,) = views.principals
    if not mit_ends(views, right):
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


def _stanza_text(views: Views, realm: str) -> str:
    """Return in words how to add a KDC of the realm: to its stanza, or with a new one."""
    stanza = stanza_of(views, realm)
    if stanza is not None:
        at = stanza.at
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


def _has_misplaced_brace(views: Views, realm: str) -> bool:
    """Return True if a brace of the realm is misplaced, which is a finding of its own.

    Examples: `R = { kdc = h }` on one line, and `R* = {`.
    """
    plain = views.profile.relations("realms", realm) if views.profile else ()
    return bool(plain) or f"{realm}*" in views.realms()
