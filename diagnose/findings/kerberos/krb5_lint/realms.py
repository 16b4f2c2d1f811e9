"""Does each family find a default realm, its stanza and all of its KDCs?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.double_stanzas import double_stanzas
from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.missing_stanza import missing_stanza
from diagnose.findings.kerberos.krb5_lint.near_realms import mapped, mapped_by_java, meant_host, renamed
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, deleted, inserted, replaced
from diagnose.findings.kerberos.krb5_lint.shapes import odd_lines
from diagnose.findings.kerberos.krb5_lint.stanzas import jdk_ends, listed, mit_ends
from probes.files.krb5conf import jdk
from probes.files.krb5conf.tree import Block
from probes.language import tr
from probes.origin import Origin


def faults(views: Views) -> Iterator[LineFault]:
    yield from _default(views)
    yield from double_stanzas(views)
    asked = _asked_realms(views)
    yield from _blanks(views, asked)
    folded = {name.lower(): name for name in reversed(views.realms())}
    for realm, by in asked.items():
        yield from missing_stanza(views, realm, by, folded.get(realm.lower()))
    yield from _case(views, asked)
    yield from _host_keys(views)
    yield from _host_patterns(views)
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


def _asked_realms(views: Views) -> dict[str, Origin]:
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
        if name == name.lower() or "*" in name:
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


def _host_patterns(views: Views) -> Iterator[LineFault]:
    """Yield a finding for each * that was meant as a pattern of host names.

    libkrb5 takes what follows the * for a comment of the name, Java takes all of it for the name.
    """
    for name, relation in mapped_by_java(views):
        if "*" not in name:
            continue
        meant = meant_host(name).strip("*.")
        better = f".{meant} = {relation.value}"
        yield LineFault(
            "KRB-DOMAIN-REALM",
            "host-pattern",
            (relation.origin,),
            tr("A * under [domain_realm] matches no host"),
            mit=tr("knows no patterns there, and maps no host by this line"),
            jdk=tr("does the same"),
            repairs=(replaced(views, relation.origin, better),) if meant and "*" not in meant else (),
            by_hand=tr(
                "write .DOMAIN for the * of {place}, with the domain of the hosts", place=place(relation.origin)
            ),
            severity="warning",
        )


def _list_of_files(views: Views) -> Iterator[LineFault]:
    """Yield a finding if Java misses KDCs, because it reads only the first of several files."""
    if len(views.files) < 2 or views.profile is None or views.reading is None:
        return
    for realm in views.default_realms():
        ours, theirs = mit_ends(views, realm), jdk_ends(views, realm)
        if [end for end in ours if end not in theirs]:
            yield LineFault(
                "KRB-CONF-NOT-READ",
                "first-file-only",
                (Origin(views.files[0][0]),),
                tr("Java reads only the first of these files"),
                mit=tr("reads {count} files and uses {servers}", count=len(views.files), servers=listed(ours)),
                jdk=tr("reads {file} alone: {servers}", file=views.files[0][0], servers=listed(theirs)),
                by_hand=tr("write everything that Java needs into {file}", file=views.files[0][0]),
                severity="warning",
            )
