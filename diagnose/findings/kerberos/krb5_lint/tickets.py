"""Can Java use the ticket cache, the encryption types and the lifetimes that the file asks for?"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import TypeAlias

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, deleted, replaced
from diagnose.output.sentences import clauses
from diagnose.scene.java import JavaRange, names_of
from probes.files.krb5conf.jdk_etypes import Key, Offer, number_of, offer, weak_allowed, words_of
from probes.files.krb5conf.mit_etypes import login_offer, ticket_offer
from probes.files.krb5conf.profile import Relation
from probes.frozen import replace
from probes.language import marked, tr

GOOD = ("aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96")
"""Types that every client and KDC of today has."""

KEYS: tuple[Key, ...] = ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes")
LAST_41 = 11
"""Last feature release of Java with updates that refuse a ticket that is not renewable."""

NO_TYPES = "No supported encryption types (config file error?)"
"""What libkrb5 says if it may use no encryption type."""

Found: TypeAlias = tuple[Hashable, LineFault]
"""The fault of one list, after what is equal for lists with the same fault."""

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
    by_hand = tr("write {line} in {place}", line=f"default_ccache_name = {JAVA_CACHE}", place=place(relation.origin))
    kind = re.match(r"([A-Za-z]{2,}):", relation.value)
    if kind is not None and kind[1].upper() != "FILE":
        yield LineFault(
            "KRB-CCACHE-TYPE",
            "cache-type",
            (relation.origin,),
            tr("Tickets go to a cache of type {kind}, which Java cannot read", kind=kind[1].upper()),
            mit=tr("keeps tickets in {cache}", cache=relation.value),
            jdk=tr(
                "does not read this key and looks for the file of $KRB5CCNAME or /tmp/krb5cc_<uid>: "
                "it finds no ticket there"
            ),
            repairs=(java_reads_it,),
            by_hand=by_hand,
            severity="warning",
            confidence="inferred",
            settle_by=tr("whether Java must use the tickets of kinit; a login with a keytab does not need them"),
        )
    elif relation.value.removeprefix("FILE:") not in ("/tmp/krb5cc_%{uid}", "/tmp/krb5cc_%{euid}"):
        yield LineFault(
            "KRB-CCACHE-TYPE",
            "cache-file",
            (relation.origin,),
            tr("Tickets go to a file that Java does not read"),
            mit=tr("keeps tickets in {cache}", cache=relation.value),
            jdk=tr("does not read this key and looks for the file of $KRB5CCNAME or /tmp/krb5cc_<uid>"),
            repairs=(java_reads_it,),
            by_hand=by_hand,
            severity="warning",
            confidence="inferred",
            settle_by=tr("the KRB5CCNAME of the Java process"),
        )


def _etypes(views: Views) -> Iterator[LineFault]:
    """Yield the faults of the lists. Lists with the same fault are one: all have to be mended."""
    reported: set[tuple[str, int | None]] = set()
    alike: dict[Hashable, list[LineFault]] = {}
    for key in KEYS:
        for found in (_nothing_left(views, key), _nothing_left_for_mit(views, key), _words_lost(views, key)):
            if found is not None and (found[1].at[0].file, found[1].at[0].line) not in reported:
                reported.add((found[1].at[0].file, found[1].at[0].line))
                alike.setdefault(found[0], []).append(found[1])
    yield from map(_joined, alike.values())


def _joined(faults: Sequence[LineFault]) -> LineFault:
    """Return faults of several lists as one, told with what clients do about the first list."""
    first = faults[0]
    at = tuple(origin for fault in faults for origin in fault.at)
    repair = tuple(edit for fault in faults for edit in fault.repairs[0])
    is_whole = all(fault.repairs[0] for fault in faults)
    by_hand = clauses(fault.by_hand for fault in faults)
    return replace(first, at=at, quoted=at, repairs=(repair,) if is_whole else (), by_hand=by_hand)


def _nothing_left(views: Views, key: Key) -> Found | None:
    """Return the fault if a list leaves some release of Java no type at all."""
    offers = [(java, offered) for java in views.javas if (offered := _offer(views, key, java)) is not None]
    failing = [(java, offered.by) for java, offered in offers if offered.by is not None and not offered.types]
    if not failing:
        return None
    java, line = failing[-1]
    names = names_of(tuple(java for java, _ in failing))
    text = java.rules.no_types.format(count=len(words_of(line)), key=key)
    is_sure = len(failing) == len(offers)
    fails = tr("fails with “{text}”", text=text)
    if names is not None:
        fails = tr("{releases}: {clause}", releases=names, clause=fails)
    fault = LineFault(
        "KRB-ETYPE-CONF",
        "etypes",
        (line.origin,),
        tr("{who} can use none of the encryption types listed", who=names or "Java"),
        mit=_mit_words(views, key),
        jdk=fails if is_sure else tr("{clause}; other releases of Java accept it", clause=fails),
        repairs=_repairs(views, line, key),
        by_hand=_by_hand(line, key),
        confidence="proven" if is_sure else "strong",
        settle_by=None if is_sure else tr("the output of java -version on the clients that read this file"),
    )
    return ("java", names, is_sure, fault.mit), fault


def _nothing_left_for_mit(views: Views, key: Key) -> Found | None:
    """Return the fault if a list leaves libkrb5 no type, and every release of Java some.

    That is a list of DES with allow_weak_crypto, which Java and libkrb5 before 1.18 take.
    """
    if views.profile is None or not views.ask_jdk(weak_allowed, otherwise=False):
        return None
    made = (ticket_offer if key == "default_tgs_enctypes" else login_offer)(views.profile)
    if made.types or made.by is None:
        return None
    fault = LineFault(
        "KRB-ETYPE-CONF",
        "etypes",
        (made.by.origin,),
        tr("MIT clients from 1.18 on can use none of the encryption types listed"),
        mit=tr("from 1.18 on fails with “{text}”", text=NO_TYPES),
        jdk=tr("has types of the list left"),
        repairs=_repairs(views, made.by, key),
        by_hand=_by_hand(made.by, key),
        severity="warning",
        confidence="strong",
        settle_by=tr("klist -V of the clients that read this file: whether their libkrb5 is 1.18 or later"),
    )
    return "mit", fault


def _words_lost(views: Views, key: Key) -> Found | None:
    """Return the fault if Java skips types of a list that it would use if they stood alone."""
    offered = _offer(views, key, views.javas[-1])
    if offered is None or offered.by is None or not offered.types:
        return None
    spaced = [word for word in offered.unknown if number_of(word) is None and number_of(word.strip()) is not None]
    if not spaced and "," not in offered.by.value:
        return None
    if not any(_is_usable(word, views) for part in offered.unknown for word in part.split()):
        return None
    fault = LineFault(
        "KRB-ETYPE-CONF",
        "etypes",
        (offered.by.origin,),
        tr("Java skips encryption types that are listed"),
        mit=tr(_MIT_READS),
        jdk=tr("splits only at commas and skips {words}", words=tr(", ").join(f"“{word}”" for word in offered.unknown)),
        repairs=_repairs(views, offered.by, key),
        by_hand=_by_hand(offered.by, key),
        severity="warning",
    )
    return ("words", offered.unknown), fault


_MIT_READS = marked("reads a list with blanks, commas or both")


def _offer(views: Views, key: Key, java: JavaRange) -> Offer | None:
    """Return what a release offers. None if it cannot read the file."""
    return views.ask_jdk(lambda reading: offer(replace(reading, rules=java.rules), key, java.rules), None)


def _mit_words(views: Views, key: Key) -> str:
    """Return what libkrb5 does with the same list."""
    if views.profile is not None:
        made = (ticket_offer if key == "default_tgs_enctypes" else login_offer)(views.profile)
        if made.by is not None and not made.types:
            return tr("fails with “{text}”", text=NO_TYPES)
    return tr(_MIT_READS)


def _repairs(views: Views, line: Relation, key: Key) -> tuple[Repair, ...]:
    return (replaced(views, line.origin, f"{_asked(line, key)} = {' '.join(_mended(line.value))}"),)


def _by_hand(line: Relation, key: Key) -> str:
    return tr("write {line} in {place}", line=f"{_asked(line, key)} = {' '.join(GOOD)}", place=place(line.origin))


def _asked(line: Relation, key: Key) -> str:
    return key if (line.origin.key or "").endswith(key) else "permitted_enctypes"


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
    if relation is None or not relation.value.strip("0smhd: ") or all(java.major[0] > LAST_41 for java in views.javas):
        return
    is_shown = all(java.major[0] <= LAST_41 for java in views.javas)
    yield LineFault(
        "KRB-41",
        "renewal",
        (relation.origin,),
        tr("Some Java 8 and 11 releases cannot log in with renew_lifetime if the KDC grants no renewable tickets"),
        mit=tr("asks for a renewable ticket and takes what it gets"),
        jdk=tr(
            "in some 8 and 11 releases fails with “Message stream modified (41)” if the KDC's ticket is not "
            "renewable; 17 does not"
        ),
        repairs=(deleted(views, [relation.origin]),),
        by_hand=tr("delete {place}", place=place(relation.origin)),
        only_if=tr("If this message appears and the KDC is not to grant renewable tickets"),
        severity="warning" if is_shown else "info",
        confidence="inferred",
        settle_by=tr(
            "the output of java -version on the client, and getprinc krbtgt/<realm> on the KDC for its maximum "
            "renewable life"
        ),
    )
