"""What is wrong with a krb5.conf?

One function for a line, and one for a file that cannot be read.
"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en import kdc, login
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.output.clean import clean

MOST_TITLE = 120
"""Characters of a title. A title may quote a value, and values may be long."""

LINE_CODES = (
    "DNS-SRV",
    "KDC-LOOPBACK",
    "KDC-MSG-CFG",
    "KDC-TIMEOUT-UNIT",
    "KDC-UDP-LARGE",
    "KDC-UDP-ZERO",
    "KRB-41",
    "KRB-CCACHE-TYPE",
    "KRB-CONF-NOT-READ",
    "KRB-DOMAIN-REALM",
    "KRB-DUP-STANZA",
    "KRB-ETYPE-CONF",
    "KRB-INCLUDEDIR",
    "KRB-NO-DEFAULT",
    "KRB-NO-STANZA",
)
"""Codes that are always about a line of krb5.conf."""


def line(s: Statement) -> Words:
    """Say what each family does with a line, and which line to write instead."""
    title = clean(s.text("what"))
    quoted = f"“{s.text('line')}”. " if s.text("line") else ""
    return Words(
        title if len(title) <= MOST_TITLE else title[: MOST_TITLE - 1] + "…",
        clean(f"{place(s)}: {quoted}MIT (libkrb5): {s.text('mit')}. Java (JDK): {s.text('jdk')}."),
        advice=tuple(clean(text) for text in s.texts("repairs")),
    )


def syntax(s: Statement) -> Words:
    """KRB-CONF-SYNTAX: one line, or the whole file."""
    if s.cause == "file-line":
        return line(s)
    where = place(s)
    if s.cause == "file-no-text":
        return Words(
            f"{where} is {s.text('found')}, no krb5.conf",
            f"{where} is {s.text('found')}. A client that is given it as krb5.conf knows no realm and no KDC.",
            advice=("Put the krb5.conf in its place.",),
        )
    return Words(
        "krb5.conf cannot be read",
        f"{where}: found {s.text('found')}, expected {s.text('expected')}. libkrb5 refuses the whole file, so no KDC "
        "is known to any client.",
        advice=(f"Correct {where}, then upload the file again and initialize the resource group again.",),
    )


def realm_case(s: Statement) -> Words:
    """KRB-REALM-CASE: in a line, or between principal and keytab."""
    return line(s) if s.cause == "file-line" else login.keytab(s)


def kdc_port(s: Statement) -> Words:
    """KDC-PORT: in a line, or as packets show it."""
    return line(s) if s.cause == "file-line" else kdc.moved(s)
