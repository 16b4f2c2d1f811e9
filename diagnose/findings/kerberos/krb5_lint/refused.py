"""Does a family reject the whole file, and because of which line?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from diagnose.findings.kerberos.krb5_lint import refusal_repairs
from diagnose.findings.kerberos.krb5_lint.braces import empty_values
from diagnose.findings.kerberos.krb5_lint.finding import MOST_PLACES, Family, LineFault, place, places
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import deleted
from probes.errors import FormatError
from probes.files.krb5conf.errors import Krb5ConfError, Rule
from probes.files.krb5conf.jdk_text import LOADING_FAILED, JdkRejected, Problem
from probes.frozen import replace
from probes.language import marked, tr
from probes.origin import Origin

MIT_RULES: Mapping[Rule, str] = {
    "section-not-top": marked("a section begins before the braces of the last one are closed"),
    "section-syntax": marked("something follows the section header"),
    "relation-syntax": marked("this is not 'name = value' with one word before '='"),
    "extra-brace": marked("this brace has no opening brace"),
    "module": marked("module lines cannot be used here"),
    "include-nothing": marked("the include names no path"),
    "include-cycle": marked("the file includes itself"),
}
"""Rule that a line breaks -> what is wrong with it, as one clause."""

MOST_REPAIRS = 12
"""Edits that are tried for one refusal."""


def faults(views: Views) -> Iterator[LineFault]:
    """Yield one fault for each line that makes a family refuse the file.

    A limit of our own gives none.
    """
    if isinstance(views.mit, Krb5ConfError) and views.mit.rule in ("no-text", "utf-16"):
        yield _no_text(views.mit)
        return
    mit = views.mit if isinstance(views.mit, Krb5ConfError) else None
    java = views.jdk if isinstance(views.jdk, JdkRejected | Krb5ConfError) else None
    bound = (mit is not None and mit.is_our_bound) or (java is not None and java.is_our_bound)
    if not bound and mit is not None and java is not None and _line(mit) == _line(java):
        yield _refusal(views, mit, mit, java)
        return
    if mit is not None and not mit.is_our_bound:
        yield _refusal(views, mit, mit, None)
    if java is not None and not java.is_our_bound:
        yield _refusal(views, java, None, java)
    yield from _missing(views)


def is_pair(mit: LineFault, java: LineFault) -> bool:
    """Return True if libkrb5 alone refuses for the first, and the JDK alone for the second."""
    return (mit.refused_by, java.refused_by, mit.code) == (("mit",), ("jdk",), java.code)


def joined(mit: LineFault, java: LineFault) -> LineFault:
    """Return one fault in place of two that the same edit repairs. The earlier line decides."""
    lines = tuple(sorted((*mit.at, *java.at), key=lambda at: (at.file, at.line or 0)))
    return replace(
        mit,
        kind="refused-mit-jdk",
        at=lines,
        title=tr("Both families refuse the whole krb5.conf"),
        mit=tr("{clause} ({place})", clause=mit.mit, place=place(mit.at[0])),
        jdk=tr("{clause} ({place})", clause=java.jdk, place=place(java.at[0])),
        refused_by=("mit", "jdk"),
        quoted=lines,
    )


def _line(error: Krb5ConfError | JdkRejected) -> Origin:
    """Return the line to change. It is not always the one at which a family stops."""
    culprit = error.culprit if isinstance(error, Krb5ConfError) else None
    return Origin(error.file, culprit or error.line)


def _no_text(error: Krb5ConfError) -> LineFault:
    clause = tr("reads no realm and no KDC from it, because the file is {kind}", kind=error.found)
    return LineFault(
        "KRB-CONF-SYNTAX",
        "no-text",
        (Origin(error.file, None),),
        tr("This is no krb5.conf: the file is {kind}", kind=error.found),
        mit=clause,
        jdk=clause,
        by_hand=tr("save {file} as UTF-8 without a byte order mark", file=error.file)
        if error.rule == "utf-16"
        else tr("give the path of the krb5.conf in place of {file}", file=error.file),
    )


def _refusal(
    views: Views,
    error: Krb5ConfError | JdkRejected,
    mit: Krb5ConfError | None,
    java: JdkRejected | Krb5ConfError | None,
) -> LineFault:
    at = _line(error)
    is_include = re.match(r"\s*include(dir)?\s", views.line(at)) is not None or (
        isinstance(java, JdkRejected) and java.message == LOADING_FAILED and java.problem != "encoding"
    )
    who: tuple[Family, ...] = (*(("mit",) if mit else ()), *(("jdk",) if java else ()))
    return LineFault(
        "KRB-INCLUDEDIR" if is_include else "KRB-CONF-SYNTAX",
        "-".join(("refused", *who)),
        (at,),
        _title(views, who, error, at, is_include=is_include),
        mit=_mit_clause(mit) if mit else _clause_for_other_line(views.mit),
        jdk=_java_clause(java) if java else _clause_for_other_line(views.jdk),
        repairs=tuple(islice(refusal_repairs.repairs(views, error, at, is_include=is_include), MOST_REPAIRS)),
        by_hand=_by_hand(views, error, at, is_include=is_include),
        refused_by=who,
        is_empty=isinstance(error, Krb5ConfError) and error.rule == "missing-brace",
    )


def _title(
    views: Views, who: tuple[Family, ...], error: Krb5ConfError | JdkRejected, at: Origin, *, is_include: bool
) -> str:
    refused = tr("Java refuses the whole krb5.conf")
    if "mit" in who:
        refused = tr("MIT clients refuse the whole krb5.conf")
    if len(who) > 1:
        refused = tr("Both families refuse the whole krb5.conf")
    if is_include and _has(error, "second-include"):
        return tr("{refused}: it includes a file a second time", refused=refused)
    if is_include:
        return tr("{refused} because of an include line", refused=refused)
    if isinstance(error, Krb5ConfError) and error.rule == "missing-brace":
        return tr("{refused}: {name} has no value", refused=refused, name=_name(views, at))
    return refused


def _has(error: Krb5ConfError | JdkRejected, problem: Problem) -> bool:
    return isinstance(error, JdkRejected) and error.problem == problem


def _name(views: Views, at: Origin) -> str:
    return views.line(at).partition("=")[0].strip()


def _mit_clause(error: Krb5ConfError) -> str:
    why = tr(MIT_RULES[error.rule]) if error.rule in MIT_RULES else error.found
    if error.rule == "missing-brace":
        why = tr(
            "it takes a name without a value for the beginning of a subsection and wants a '{{' on the next line, "
            "line {line}; it says “Improper format of Kerberos configuration file” and names no line",
            line=error.line,
        )
    return _refuses(why)


def _java_clause(error: JdkRejected | Krb5ConfError) -> str:
    if isinstance(error, Krb5ConfError):
        return _refuses(error.found)
    message = f"“{error.message}”"
    if _has(error, "second-include"):
        return _refuses(tr("{message}, because of {found}", message=message, found=error.found))
    return _refuses(message)


def _refuses(why: str) -> str:
    return tr("refuses the whole file, so it knows no realm and no KDC at all: {why}", why=why)


def _clause_for_other_line(view: object) -> str:
    if isinstance(view, Exception):
        return tr("refuses the file as well, because of another line")
    return tr("reads on")


def _by_hand(views: Views, error: Krb5ConfError | JdkRejected, at: Origin, *, is_include: bool) -> str:
    where = place(at)
    if is_include and _has(error, "directory"):
        return tr("name a file in {place}, not a directory", place=where)
    if is_include and _has(error, "relative-path"):
        return tr("give {place} a path that begins with '/'", place=where)
    if is_include and _has(error, "second-include"):
        return tr("let one include line alone lead to the file that {place} includes again", place=where)
    if is_include:
        return tr("move the include of {place} before the first section of its file", place=where)
    if isinstance(error, JdkRejected) and error.message == "Not closed":
        return tr("close the brace that {place} opens: write '}}' alone on a line after its last value", place=where)
    if isinstance(error, Krb5ConfError) and error.rule == "missing-brace":
        others = [one.at for one in empty_values(at.file, views.rows(at.file)) if one.at.line != at.line]
        give = tr(
            "give {name} a value in {place}: nothing in the file says which it has to be",
            name=_name(views, at),
            place=where,
        )
        if not others:
            return give
        return tr("{give}; then do the same with {places}", give=give, places=places(others[:MOST_PLACES]))
    return tr("correct {place}: {expected} is expected there", place=where, expected=error.expected)


def _missing(views: Views) -> Iterator[LineFault]:
    """Yield includes that do not exist, if the file was read on the host that uses it.

    A case need not contain what its host includes.
    """
    if not views.on_site:
        return
    mit = dict.fromkeys(views.profile.missing if views.profile else ())
    java = dict.fromkeys(views.reading.missing if views.reading else ())
    refused = {(view.file, view.line) for view in (views.mit, views.jdk) if isinstance(view, FormatError)}
    for at in dict.fromkeys((*mit, *java)):
        if (at.file, at.line) in refused or (at.key or "")[-1:].isspace():
            # Reported already, or the path ends in a blank, which has a fault of its own.
            continue
        yield LineFault(
            "KRB-INCLUDEDIR",
            "missing",
            (at,),
            tr("krb5.conf includes a file that does not exist"),
            mit=tr("refuses the whole file, so it knows no realm and no KDC at all")
            if at in mit
            else tr("does not see this line"),
            jdk=tr("refuses the whole file: {message}", message=f"“{LOADING_FAILED}”")
            if at in java
            else tr("does not see this line"),
            repairs=(deleted(views, [at]),),
            by_hand=tr("create the file that {place} names", place=place(at)),
        )
