"""Can each family read the lifetimes of tickets, and does it read the time that was meant?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import deleted, replaced
from diagnose.scene.java import JavaRange, names_of
from probes.files.krb5conf import Relation, mit
from probes.files.krb5conf.durations import (
    LIFETIMES,
    JdkDurationError,
    jdk_seconds,
    meant_seconds,
    mit_seconds,
    spelled_duration,
)
from probes.files.krb5conf.jdk_table import Reading
from probes.frozen import frozen, replace
from probes.language import tr
from probes.origin import Origin

CODE: Final = "KRB-CONF-SYNTAX"

MIT_REFUSES: Final = "Invalid format of Kerberos lifetime or clock skew string"
"""KRB5_DELTAT_BADFORMAT of libkrb5."""


@frozen
class _Line:
    """A line with a lifetime, as each family reads it."""

    key: str
    """Key of [libdefaults]."""
    at: Origin
    """Place of the line."""
    mit: Relation | None = None
    """What libkrb5 reads. None if it does not read this line."""
    jdk: Relation | None = None
    """What Java reads. None if no release does."""
    javas: tuple[JavaRange, ...] = ()
    """Releases of Java that read it."""


def faults(views: Views) -> Iterator[LineFault]:
    for key in LIFETIMES:
        for line in _lines(views, key):
            yield from _faults(views, line)


def _lines(views: Views, key: str) -> Iterable[_Line]:
    """Return the lines of a key that somebody reads."""
    own = _by_mit(views, key)
    found = {} if own is None else {_place(own): _Line(key, own.origin, mit=own)}
    for java in views.javas if views.reading is not None else ():
        read = _by_java(views, key, java)
        if read is not None:
            line = found.get(_place(read), _Line(key, read.origin))
            found[_place(read)] = replace(line, jdk=read, javas=(*line.javas, java))
    return found.values()


def _place(line: Relation) -> tuple[str, int | None]:
    return line.origin.file, line.origin.line


def _by_mit(views: Views, key: str) -> Relation | None:
    """Return what libkrb5 reads for the default realm."""
    if views.profile is None:
        return None
    realm = mit.default_realm(views.profile)
    return mit.libdefault(views.profile, key, None if realm is None else realm.value)


def _by_java(views: Views, key: str, java: JavaRange) -> Relation | None:
    """Return what a release of Java reads. None if it does not read the key."""

    def question(reading: Reading) -> Relation | None:
        return replace(reading, rules=java.rules).first("libdefaults", key)

    return views.ask_jdk(question, None) if java.rules.reads_lifetimes else None


def _faults(views: Views, line: _Line) -> Iterator[LineFault]:
    refusal = None if line.jdk is None else _jdk_refusal(line.jdk)
    seconds = None if line.mit is None else mit_seconds(line.mit.value)
    better = f"{line.key} = {_better(line)}"
    write = tr("write {line} in {place}", line=better, place=place(line.at))
    edit, unset = replaced(views, line.at, better), deleted(views, [line.at])
    if refusal is not None or (line.mit is not None and seconds is None):
        is_sure = refusal is None or len(line.javas) == len(views.javas)
        yield LineFault(
            CODE,
            "lifetime",
            (line.at,),
            tr("{who} cannot read {key} = {value}", who=_who(line, refusal), key=line.key, value=_value(line)),
            mit=_mit_words(line),
            jdk=_jdk_words(line, refusal, is_sure=is_sure),
            repairs=(edit, unset),
            by_hand=write,
            confidence="proven" if is_sure else "strong",
            settle_by=None if is_sure else tr("the output of java -version on the clients that read this file"),
        )
    elif line.mit is not None and line.jdk is not None and seconds != jdk_seconds(line.jdk.value):
        yield LineFault(
            CODE,
            "lifetime-differs",
            (line.at,),
            tr("MIT clients and Java read another time from {key} = {value}", key=line.key, value=_value(line)),
            mit=_mit_words(line),
            jdk=tr("reads {seconds} seconds", seconds=jdk_seconds(line.jdk.value)),
            repairs=(edit,),
            by_hand=write,
            severity="warning",
        )


def _who(line: _Line, refusal: str | None) -> str:
    """Return who cannot read the line."""
    java = names_of(line.javas) or "Java"
    if refusal is None:
        return tr("MIT clients")
    is_mits = line.mit is not None and mit_seconds(line.mit.value) is None
    return tr("MIT clients and {java}", java=java) if is_mits else java


def _mit_words(line: _Line) -> str:
    if line.mit is None:
        return tr("does not read it here")
    seconds = mit_seconds(line.mit.value)
    if seconds is None:
        return tr("fails with “{text}”", text=MIT_REFUSES)
    return tr("reads {seconds} seconds", seconds=seconds)


def _jdk_words(line: _Line, refusal: str | None, *, is_sure: bool) -> str:
    if line.jdk is None:
        return tr("does not read it here")
    if refusal is None:
        return tr("reads {seconds} seconds", seconds=jdk_seconds(line.jdk.value))
    clause, releases = tr("fails with “{text}”", text=refusal), names_of(line.javas)
    if releases is not None:
        clause = tr("{releases}: {clause}", releases=releases, clause=clause)
    return clause if is_sure else tr("{clause}; other releases of Java accept it", clause=clause)


def _value(line: _Line) -> str:
    """Return the value as a family that refuses it reads it."""
    readings = [one for one in (line.jdk, line.mit) if one is not None]
    refused = [one for one in readings if one is line.mit or _jdk_refusal(one) is not None]
    return (refused or readings)[0].value


def _jdk_refusal(line: Relation) -> str | None:
    """Return the text of Java's exception. None if it reads the value."""
    try:
        jdk_seconds(line.value)
    except JdkDurationError as error:
        return error.message
    return None


def _better(line: _Line) -> str:
    """Return a spelling that both families read as the time that was meant, as far as it can be
    seen."""
    value = re.split(r"[#;]", _value(line))[0].strip("'\" \t")
    meant = meant_seconds(value)
    if meant is None:
        meant = mit_seconds(value)
    if meant is not None and meant > 0:
        return spelled_duration(meant)
    return "24h" if line.key == "ticket_lifetime" else "7d"
