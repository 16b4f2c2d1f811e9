"""Can Java use the ticket cache, the encryption types and the lifetimes that the file asks for?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import deleted, replaced
from probes.files.krb5conf.jdk_etypes import Key, number_of, offer, weak_allowed

GOOD = ("aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96")
"""Types that every client and KDC of today has."""

KEYS: tuple[Key, ...] = ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes")
JAVA_CACHE = "FILE:/tmp/krb5cc_%{uid}"


def faults(views: Views) -> Iterator[LineFault]:
    yield from _cache(views)
    yield from _etypes(views)
    yield from _renewal(views)


def _cache(views: Views) -> Iterator[LineFault]:
    relation = views.profile.first("libdefaults", "default_ccache_name") if views.profile else None
    if relation is None:
        return
    java_reads_it = replaced(views, relation.origin, f"default_ccache_name = {JAVA_CACHE}")
    by_hand = f"write default_ccache_name = {JAVA_CACHE} in {place(relation.origin)}"
    kind = re.match(r"([A-Za-z]{2,}):", relation.value)
    if kind is not None and kind[1].upper() != "FILE":
        yield LineFault(
            "KRB-CCACHE-TYPE",
            "cache-type",
            (relation.origin,),
            f"Tickets go to a cache of type {kind[1].upper()}, which Java cannot read",
            mit=f"keeps tickets in {relation.value}",
            jdk="does not read this key and looks for the file of $KRB5CCNAME or /tmp/krb5cc_<uid>: "
            "it finds no ticket there",
            repairs=(java_reads_it,),
            by_hand=by_hand,
            confidence="strong",
            settle_by="whether Java must use the tickets of kinit; a login with a keytab does not need them",
        )
    elif relation.value.removeprefix("FILE:") not in ("/tmp/krb5cc_%{uid}", "/tmp/krb5cc_%{euid}"):
        yield LineFault(
            "KRB-CCACHE-TYPE",
            "cache-file",
            (relation.origin,),
            "Tickets go to a file that Java does not read",
            mit=f"keeps tickets in {relation.value}",
            jdk="does not read this key and looks for the file of $KRB5CCNAME or /tmp/krb5cc_<uid>",
            repairs=(java_reads_it,),
            by_hand=by_hand,
            severity="warning",
            confidence="inferred",
            settle_by="the KRB5CCNAME of the Java process",
        )


def _etypes(views: Views) -> Iterator[LineFault]:
    reported: set[tuple[str, int | None]] = set()
    for key in KEYS:
        offered = views.ask_jdk(lambda reading, key=key: offer(reading, key), None)  # type: ignore[misc]
        if offered is None or offered.by is None or (offered.by.origin.file, offered.by.origin.line) in reported:
            continue
        at = offered.by.origin
        spaced = [word for word in offered.unknown if number_of(word) is None and number_of(word.strip()) is not None]
        if offered.types and not spaced and "," not in offered.by.value:
            continue
        if offered.types and not any(_is_usable(word, views) for part in offered.unknown for word in part.split()):
            continue
        reported.add((at.file, at.line))
        asked = key if (at.key or "").endswith(key) else "permitted_enctypes"
        yield LineFault(
            "KRB-ETYPE-CONF",
            "etypes",
            (at,),
            "Java can use none of the encryption types in the list"
            if not offered.types
            else "Java skips encryption types of the list",
            mit="reads a list with blanks, commas or both",
            jdk=f"fails with “out of {len(offered.unknown)} default etypes no supported etypes found "
            f"for configuration {key}”"
            if not offered.types
            else f"splits only at commas and skips {', '.join(f'“{word}”' for word in offered.unknown)}",
            repairs=(replaced(views, at, f"{asked} = {' '.join(_mended(offered.by.value))}"),),
            by_hand=f"write {asked} = {' '.join(GOOD)} in {place(at)}",
            severity=None if not offered.types else "warning",
        )


def _mended(value: str) -> list[str]:
    """Return the types of a list, with blanks between them and the types that Java has before
    others. What the list permitted before, it still permits."""
    words = [word for word in re.split(r"[\s,]+", value) if word]
    strong = [word for word in words if (number_of(word) or 0) in (17, 18, 19, 20)]
    return words if strong else [*GOOD, *words]


def _is_usable(word: str, views: Views) -> bool:
    """Return True if the JDK would use this word if it stood alone."""
    number = number_of(word)
    return number is not None and ((number >= 17 and number != 23) or views.ask_jdk(weak_allowed, otherwise=False))


def _renewal(views: Views) -> Iterator[LineFault]:
    relation = views.profile.first("libdefaults", "renew_lifetime") if views.profile else None
    if relation is None or not relation.value.strip("0smhd: "):
        return
    yield LineFault(
        "KRB-41",
        "renewal",
        (relation.origin,),
        "Some Java 8 and 11 releases cannot log in with renew_lifetime if the KDC grants no renewable tickets",
        mit="asks for a renewable ticket and takes what it gets",
        jdk="in some 8 and 11 releases fails with “Message stream modified (41)” if the KDC's ticket is not "
        "renewable; 17 does not",
        repairs=(deleted(views, [relation.origin]),),
        by_hand=f"delete {place(relation.origin)}",
        only_if="If this message appears and the KDC is not to grant renewable tickets",
        severity="info",
        confidence="inferred",
        settle_by="java -version of the client, and getprinc krbtgt/<realm> on the KDC for its maximum renewable life",
    )
