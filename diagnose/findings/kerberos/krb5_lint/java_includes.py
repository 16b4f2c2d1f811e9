"""Do releases of Java that read no include lines miss a realm that an included file has?

Java 8 skips every line in front of the first section, and include lines are such lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.refusal_repairs import includes
from diagnose.scene.java import JavaRange, names_of
from probes.files.krb5conf import Krb5ConfError, jdk, mit
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.files.krb5conf.jdk_text import JdkRejected
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin

Code = Literal["KRB-NO-DEFAULT", "KRB-NO-STANZA"]


@frozen
class _Missed:
    """What a release does not find that stands in an included file."""

    code: Code
    """Code of the fault."""
    at: Origin
    """The line in the included file."""
    what: str
    """What the line is, such as "the KDC of R"."""
    says: str
    """What Java says without it."""


def faults(views: Views) -> Iterator[LineFault]:
    """Yield KRB-NO-DEFAULT or KRB-NO-STANZA if a Java misses what libkrb5 finds in an include.

    It is an error if each Java that the case may have is such a release.
    """
    javas = tuple(java for java in views.javas if not java.rules.reads_includes)
    lines = includes(views, views.files[0][0])
    if not javas or not lines or views.profile is None:
        return
    reading = _read(views, javas[-1])
    missed = None if reading is None else _missed(views, reading)
    if missed is not None and missed.at.file != views.files[0][0]:
        yield _fault(views, lines[0], missed, javas)


def _read(views: Views, java: JavaRange) -> Reading | None:
    """Return what a release reads. None if it refuses the file."""
    try:
        return jdk.read(*views.files[0], None, java.rules)
    except (JdkRejected, Krb5ConfError):
        return None


def _missed(views: Views, reading: Reading) -> _Missed | None:
    """Return what the release misses first: a default realm, else the KDC of a realm."""
    if views.profile is None:
        return None
    try:
        default = mit.default_realm(views.profile)
        if default is not None and jdk.default_realm(reading) is None:
            return _Missed("KRB-NO-DEFAULT", default.origin, "default_realm", "Cannot locate default realm")
        for realm in dict.fromkeys((*views.default_realms(), *views.principals)):
            found = views.profile.relations("realms", realm, "kdc")
            if found and not reading.values("realms", realm, "kdc"):
                what = tr("the KDC of {realm}", realm=realm)
                return _Missed("KRB-NO-STANZA", found[0].origin, what, "Cannot locate KDC")
    except JdkShapeError:
        return None
    return None


def _fault(views: Views, line: Origin, missed: _Missed, javas: tuple[JavaRange, ...]) -> LineFault:
    is_sure, java = len(javas) == len(views.javas), names_of(javas) or "Java"
    return LineFault(
        missed.code,
        "java-include",
        (line, missed.at),
        tr(
            "{java} reads no include lines, and {what} stands in {file}",
            java=java,
            what=missed.what,
            file=missed.at.file,
        ),
        mit=tr("reads the included file"),
        jdk=tr("{java} skips the line, and says “{message}”", java=java, message=missed.says),
        by_hand=tr(
            "write the lines of {file} into {place}, in place of that line", file=missed.at.file, place=place(line)
        ),
        severity=None if is_sure else "warning",
        confidence="strong" if is_sure else "inferred",
        settle_by=tr("the output of java -version on the clients that read this file"),
    )
