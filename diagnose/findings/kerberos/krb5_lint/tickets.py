"""Can Java use the ticket cache, the encryption types and the ticket lifetimes that the file asks for?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.finding import place, say, write
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.model import Finding
from probes.files.krb5conf.jdk_etypes import Key, number_of, offer, weak_allowed

GOOD = "aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96"
KEYS: tuple[Key, ...] = ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes")
JAVA_CACHE = "FILE:/tmp/krb5cc_%{uid}"


def findings(views: Views) -> Iterator[Finding]:
    yield from _cache(views)
    yield from _etypes(views)
    yield from _renewal(views)


def _cache(views: Views) -> Iterator[Finding]:
    relation = views.profile.first("libdefaults", "default_ccache_name") if views.profile else None
    if relation is None:
        return
    kind = re.match(r"([A-Za-z]{2,}):", relation.value)
    if kind is not None and kind[1].upper() != "FILE":
        yield say(
            views,
            "KRB-CCACHE-TYPE",
            [relation.origin],
            f"Tickets go to a cache of type {kind[1].upper()}, which Java cannot read",
            mit=f"keeps tickets in {relation.value}",
            jdk="does not read this key and looks for the file of $KRB5CCNAME or /tmp/krb5cc_<uid>: no ticket is found there",
            repair=[write(relation.origin, f"default_ccache_name = {JAVA_CACHE}")],
            confidence="strong",
            settle_by="whether Java is to use the tickets of kinit; a login with a keytab does not need them",
        )
    elif relation.value.removeprefix("FILE:") not in ("/tmp/krb5cc_%{uid}", "/tmp/krb5cc_%{euid}"):
        yield say(
            views,
            "KRB-CCACHE-TYPE",
            [relation.origin],
            "Tickets go to a file where Java does not look for them",
            mit=f"keeps tickets in {relation.value}",
            jdk="does not read this key and looks for the file of $KRB5CCNAME or /tmp/krb5cc_<uid>",
            repair=[
                write(relation.origin, f"default_ccache_name = {JAVA_CACHE}")
                + "; or set KRB5CCNAME for the Java process"
            ],
            severity="warning",
            confidence="inferred",
            settle_by="the KRB5CCNAME of the Java process",
        )


def _etypes(views: Views) -> Iterator[Finding]:
    told: set[tuple[str, int | None]] = set()
    for key in KEYS:
        made = views.jdk_asked(lambda reading, key=key: offer(reading, key), None)  # type: ignore[misc]
        if made is None or made.by is None or (made.by.origin.file, made.by.origin.line) in told:
            continue
        at = made.by.origin
        spaced = [word for word in made.unknown if number_of(word) is None and number_of(word.strip()) is not None]
        if made.types and not spaced and "," not in made.by.value:
            continue
        if made.types and not any(_usable(word, views) for part in made.unknown for word in part.split()):
            continue
        told.add((at.file, at.line))
        asked = key if (at.key or "").endswith(key) else "permitted_enctypes"
        yield say(
            views,
            "KRB-ETYPE-CONF",
            [at],
            "Java can use none of the encryption types"
            if not made.types
            else "Java skips encryption types of the list",
            mit="reads a list with blanks, commas or both",
            jdk=f"fails with “out of {len(made.unknown)} default etypes no supported etypes found for configuration {key}”"
            if not made.types
            else f"splits at commas only and skips {', '.join(f'“{word}”' for word in made.unknown)}",
            repair=[f"{write(at, f'{asked} = {GOOD}')}; or delete the line of {place(at)}"],
            severity=None if not made.types else "warning",
        )


def _usable(word: str, views: Views) -> bool:
    """A word that the JDK would use, were it read by itself."""
    number = number_of(word)
    return number is not None and ((number >= 17 and number != 23) or views.jdk_asked(weak_allowed, otherwise=False))


def _renewal(views: Views) -> Iterator[Finding]:
    relation = views.profile.first("libdefaults", "renew_lifetime") if views.profile else None
    if relation is None or not relation.value.strip("0smhd: "):
        return
    yield say(
        views,
        "KRB-41",
        [relation.origin],
        "Some Java 8 and 11 releases cannot log in with renew_lifetime if the KDC grants no renewable tickets",
        mit="asks for a renewable ticket and takes what it gets",
        jdk="in some 8 and 11 releases fails with “Message stream modified (41)” where the KDC's answer is not renewable; 17 does not",
        repair=[
            f"Only if that message is seen: delete {place(relation.origin)}, or raise maxrenewlife on krbtgt and the principal."
        ],
        severity="info",
        confidence="inferred",
        settle_by="java -version of the client, and getprinc krbtgt/<realm> on the KDC for its maximum renewable life",
    )
