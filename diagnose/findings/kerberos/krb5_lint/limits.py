"""Do transport, timeouts and switches mean to each family what they seem to mean?"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place, places
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import deleted, replaced
from diagnose.scene.java import names_of
from probes.files.krb5conf import Krb5ValueError, Relation, jdk, mit
from probes.files.krb5conf.durations import meant_seconds
from probes.files.krb5conf.jdk import HARD_UDP_LIMIT, RETRIES, TIMEOUT_MS, UDP_LIMIT
from probes.language import tr
from probes.origin import Origin

SHORTEST_TIMEOUT_MS = 1000
"""Shortest timeout that anybody means, milliseconds.

A bare number below it was meant as seconds.
"""

SWITCHES = (
    "dns_lookup_kdc",
    "dns_lookup_realm",
    "dns_fallback",
    "allow_weak_crypto",
    "forwardable",
    "proxiable",
    "renewable",
    "noaddresses",
    "canonicalize",
    "dns_canonicalize_hostname",
)
"""Switches that the JDK reads as yes, true, no or false, and as nothing else."""

MIT_SKEW = "Clock skew too great in KDC reply"
JDK_SKEW = "Clock skew too great (37)"

REPEATED = ("default_realm", "udp_preference_limit", "kdc_timeout", "max_retries", "dns_lookup_kdc")


def faults(views: Views) -> Iterator[LineFault]:
    for path in (("libdefaults",), *(("realms", realm) for realm in views.realms())):
        yield from _udp(views, path)
        yield from _timeout(views, path)
    yield from _skew(views)
    yield from _switches(views)
    yield from _start(views)
    yield from _repeated(views)


def _first(views: Views, *path: str) -> Relation | None:
    """Return the relation from either family's reading, from MIT if both have it."""
    own = views.profile.first(*path) if views.profile else None
    return own if own is not None else views.ask_jdk(lambda reading: reading.first(*path), None)


def _udp(views: Views, path: tuple[str, ...]) -> Iterator[LineFault]:
    relation = _first(views, *path, "udp_preference_limit")
    if relation is None:
        return
    of_realm = len(path) > 1
    by_mit = tr("does not read this key in a realm")
    value = jdk.number(relation.value)
    tcp_first = replaced(views, relation.origin, "udp_preference_limit = 1")
    unset = deleted(views, [relation.origin])
    by_hand = tr("write {line} in {place}", line="udp_preference_limit = 1", place=place(relation.origin))
    if value == 0:
        yield LineFault(
            "KDC-UDP-ZERO",
            "udp-zero",
            (relation.origin,),
            tr("udp_preference_limit = 0 does not force TCP in Java"),
            mit=by_mit if of_realm else tr("tries TCP first"),
            jdk=tr("treats 0 in a realm as unset and tries UDP first")
            if of_realm
            else tr("never tries TCP first, and a timeout over UDP does not lead to TCP"),
            repairs=(tcp_first,),
            by_hand=by_hand,
            confidence="strong",
            settle_by=tr(
                "a probe of the KDC over UDP from a host in the resource group's vSwitch: "
                "this matters only if UDP does not get through"
            ),
        )
    elif value > UDP_LIMIT:
        jdk_limit = value if of_realm else min(value, HARD_UDP_LIMIT)
        yield LineFault(
            "KDC-UDP-LARGE",
            "udp-large",
            (relation.origin,),
            tr("udp_preference_limit = {value} is larger than one packet", value=value),
            mit=by_mit if of_realm else _fragments(min(value, HARD_UDP_LIMIT)),
            jdk=_fragments(jdk_limit),
            repairs=(unset, tcp_first),
            by_hand=tr("delete {place}: the default is {default}", place=place(relation.origin), default=UDP_LIMIT),
        )
    elif value < 0:
        yield LineFault(
            "KRB-CONF-SYNTAX",
            "udp-number",
            (relation.origin,),
            tr("udp_preference_limit is not a number of 0 or more"),
            mit=by_mit if of_realm else _mit_number(relation),
            jdk=tr("uses its default, {default}", default=UDP_LIMIT),
            repairs=(tcp_first,),
            by_hand=by_hand,
            severity="warning" if of_realm or _mit_reads(relation) else None,
        )


def _fragments(size: int) -> str:
    return tr("sends requests of up to {size} bytes over UDP, in fragments", size=size)


def _mit_reads(relation: Relation) -> bool:
    try:
        mit.integer(relation)
    except Krb5ValueError:
        return False
    return True


def _mit_number(relation: Relation) -> str:
    return tr("tries UDP first") if _mit_reads(relation) else tr("refuses every request to a KDC")


def _timeout(views: Views, path: tuple[str, ...]) -> Iterator[LineFault]:
    relation = _first(views, *path, "kdc_timeout")
    if relation is None:
        return
    value = jdk.duration_ms(relation.value)
    bare = relation.value.strip().rstrip("smhdSMHD ").strip()
    seconds = bare.lstrip("0") if bare.isascii() and bare.isdigit() else ""
    better = f"kdc_timeout = {seconds or TIMEOUT_MS // 1000}s"
    if 0 < value < SHORTEST_TIMEOUT_MS:
        yield LineFault(
            "KDC-TIMEOUT-UNIT",
            "timeout-unit",
            (relation.origin,),
            tr("kdc_timeout = {text} means {value} milliseconds to Java", text=relation.value, value=value),
            mit=tr("does not know this key"),
            jdk=tr(
                "gives each KDC {value} ms, {retries} times unless max_retries is set, "
                "and then fails with “Receive timed out”",
                value=value,
                retries=RETRIES,
            ),
            repairs=(replaced(views, relation.origin, better),),
            by_hand=tr("write {line} in {place}", line=better, place=place(relation.origin)),
        )
    elif value <= 0:
        yield LineFault(
            "KDC-TIMEOUT-UNIT",
            "timeout-value",
            (relation.origin,),
            tr("kdc_timeout = {text} is not a time that Java can read", text=relation.value),
            mit=tr("does not know this key"),
            jdk=tr(
                "uses its default, {seconds} s; it reads milliseconds, or seconds with an s right after the number",
                seconds=TIMEOUT_MS // 1000,
            ),
            repairs=(replaced(views, relation.origin, better),),
            by_hand=tr("write {line} in {place}", line=better, place=place(relation.origin)),
            severity="warning",
        )


def _skew(views: Views) -> Iterator[LineFault]:
    """Yield the clockskew that lets no service ticket pass, or that is no number."""
    relation = _first(views, "libdefaults", "clockskew")
    if relation is None:
        return
    allowed = views.ask_jdk(jdk.clock_skew, jdk.CLOCK_SKEW)
    try:
        of_mit: int | None = mit.integer(relation)
    except Krb5ValueError:
        of_mit = None
    if allowed > 0 and of_mit is not None:
        return
    unset = deleted(views, [relation.origin])
    by_hand = tr("delete {place}: the default is {default}", place=place(relation.origin), default=jdk.CLOCK_SKEW)
    used = tr("uses its default, {seconds} s", seconds=jdk.CLOCK_SKEW)
    if allowed <= 0:
        yield LineFault(
            "KRB-CONF-SYNTAX",
            "clockskew",
            (relation.origin,),
            tr("clockskew = {text} allows no difference of clocks", text=relation.value),
            mit=tr("fails with “{text}” at service tickets", text=MIT_SKEW)
            if of_mit is not None and of_mit < 0
            else tr("takes the time of the KDC and works"),
            jdk=tr("fails with “{text}” at service tickets", text=JDK_SKEW),
            repairs=(unset,),
            by_hand=by_hand,
        )
    else:
        yield LineFault(
            "KRB-CONF-SYNTAX",
            "clockskew-number",
            (relation.origin,),
            tr("clockskew = {text} is not a number of seconds", text=relation.value),
            mit=used,
            jdk=used if allowed == jdk.CLOCK_SKEW else tr("reads {seconds} seconds", seconds=allowed),
            repairs=(unset,),
            by_hand=by_hand,
            severity="info" if meant_seconds(relation.value) == allowed else "warning",
        )


def _switches(views: Views) -> Iterator[LineFault]:
    fatal = mit.context_fault(views.profile) if views.profile else None
    for key in SWITCHES:
        relation = views.ask_jdk(lambda reading, key=key: reading.first("libdefaults", key), None)  # type: ignore[misc]
        if relation is None or relation.value.lower() in ("yes", "no", "true", "false"):
            continue
        if fatal is not None and (fatal.origin.file, fatal.origin.line) == (relation.origin.file, relation.origin.line):
            continue
        if key == "dns_canonicalize_hostname" and relation.value.lower() == "fallback":
            continue
        value: bool | None
        try:
            value = mit.boolean(relation)
            mit_clause = tr("reads it as yes") if value else tr("reads it as no")
        except Krb5ValueError:
            dns = key.startswith(("dns_lookup", "dns_fallback"))
            value = False if dns else None
            mit_clause = tr("does not know the word and uses its default")
            if dns:
                mit_clause = tr("does not know the word and reads it as no")
        yield LineFault(
            "KRB-CONF-SYNTAX",
            "switch",
            (relation.origin,),
            tr("{key} = {value} is neither yes nor no to Java", key=key, value=relation.value),
            mit=mit_clause,
            jdk=tr("ignores the line"),
            repairs=(
                deleted(views, [relation.origin])
                if value is None
                else replaced(views, relation.origin, f"{key} = {'true' if value else 'false'}"),
            ),
            by_hand=_either(key, relation.origin),
            severity="warning",
        )


def _either(key: str, at: Origin) -> str:
    return tr("write {key} = true or {key} = false in {place}", key=key, place=place(at))


def _start(views: Views) -> Iterator[LineFault]:
    """Yield the value that keeps libkrb5 from starting."""
    fault = mit.context_fault(views.profile) if views.profile else None
    if fault is not None:
        key = (fault.origin.key or "").split()[-1]
        yield LineFault(
            "KRB-CONF-SYNTAX",
            "start",
            (fault.origin,),
            tr("MIT clients do not start because of {key} = {value}", key=key, value=fault.value),
            mit=tr("refuses to start with this file at all"),
            jdk=tr("ignores the line"),
            repairs=(deleted(views, [fault.origin]),),
            by_hand=_either(key, fault.origin),
        )


def _repeated(views: Views) -> Iterator[LineFault]:
    """Yield keys that are set several times with different values.

    Both families use the first line of such a key, but for Java 8, which uses the last one. The
    writer of a second line expects that of all.
    """
    old = tuple(java for java in views.javas if java.rules.last_wins)
    java, is_old = names_of(old) or "Java", len(old) == len(views.javas)
    for key in REPEATED:
        relations = views.profile.relations("libdefaults", key) if views.profile else ()
        if len({relation.value for relation in relations}) > 1:
            count, first = len(relations), tr("uses the first line too")
            of_old = tr("{java} uses “{value}”", java=java, value=relations[-1].value)
            yield LineFault(
                "KRB-CONF-SYNTAX",
                "repeated",
                (relations[1].origin, relations[0].origin, *(relation.origin for relation in relations[2:])),
                tr("{key} is set {count} times, and {java} uses the last line", key=key, count=count, java=java)
                if old
                else tr("{key} is set {count} times, and only the first line counts", key=key, count=count),
                mit=tr("uses “{value}”", value=relations[0].value),
                jdk=of_old if is_old else tr("; ").join((first, of_old)) if old else first,
                repairs=() if is_old else (deleted(views, [relation.origin for relation in relations[1:]]),),
                by_hand=tr(
                    "keep one of these lines: {places}", places=places([relation.origin for relation in relations])
                ),
                severity="warning",
            )
