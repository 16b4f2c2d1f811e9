"""What is wrong with a krb5.conf?

One function for a line, and one for a file that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en import hadoop, kdc, login
from diagnose.findings.wording.en.phrases import listed, place
from diagnose.findings.wording.words import Words
from diagnose.output.clean import clean
from diagnose.output.line_words import line_words

MOST_TITLE = 120
"""Characters of a title. A title may quote a value, and values may be long."""

FAMILIES = {"mit": "MIT clients", "jdk": "Java"}


def line(s: Statement) -> Words:
    """Say what each family does with a line, and which edit of the file repairs it."""
    title = clean(s.text("what"))
    quoted = "; ".join(map(_quoted, (s, *s.rows("others"))))
    return Words(
        title if len(title) <= MOST_TITLE else title[: MOST_TITLE - 1] + "…",
        clean(f"{quoted}. MIT (libkrb5): {s.text('mit')}. Java (JDK): {s.text('jdk')}.{_concerned(s)}"),
        advice=tuple(_advice(s)),
    )


def _quoted(values: Values) -> str:
    """Return a line with its place. The place alone of a line that does not exist."""
    return f"{place(values)}: “{values.text('line')}”" if values.text("line") else place(values)


def _concerned(s: Statement) -> str:
    """Return whom the fault concerns, if not all clients."""
    if s.is_true("is_harmless"):
        return " Harmless here: no client reads anything else with the edit."
    concerns = s.texts("concerns")
    return f" Of the two, it concerns {FAMILIES[concerns[0]]} alone." if len(concerns) == 1 else ""


def _advice(s: Statement) -> Iterator[str]:
    """Yield the edits in one sentence and what else repairs it, or what has to be done by hand.

    The last lines come first, so that the numbers of the others stay right.
    """
    edits = sorted(s.rows("edits"), key=lambda edit: (edit.text("file"), -(edit.number("line") or 0)))
    only_if = f"{s.text('only_if')}: " if s.text("only_if") else ""
    if edits:
        text = only_if + ", then ".join(map(_words, edits))
        yield clean(text[0].upper() + text[1:] + ".")
        if otherwise := s.text("otherwise"):
            yield clean(f"{otherwise[0].upper()}{otherwise[1:]}.")
    elif s.text("by_hand"):
        yield clean(f"By hand: {s.text('by_hand')}.")


def _words(edit: Values) -> str:
    return line_words(edit.text("file"), edit.number("line") or 1, edit.texts("from"), edit.texts("to"))


def syntax(s: Statement) -> Words:
    """KRB-CONF-SYNTAX: one line, or the whole file."""
    if s.cause == "file-line":
        return line(s)
    where = place(s)
    return Words(
        f"{where} is {s.text('found')}, no krb5.conf",
        f"{where} is {s.text('found')}. A client that is given it as krb5.conf knows no realm and no KDC.",
        advice=(f"Put {s.text('expected')} in its place.",),
    )


def domain_realm(s: Statement) -> Words:
    """KRB-DOMAIN-REALM: in a line, or between krb5.conf and the Hadoop files."""
    if s.cause == "file-line":
        return line(s)
    asked, realm, hosts = s.text("asked"), s.text("realm"), listed(s.texts("hosts"))
    by = "no line of [domain_realm] has it, so it takes the default realm"
    if s.row("mapping").text("file"):
        by = f"{place(s, 'mapping')} says so"
    elif s.row("unmatched").text("file"):
        by = f"{place(s, 'unmatched')} is not written as clients compare it, so it takes the default realm"
    advice = " | ".join(map(_words, s.rows("edits"))) or f"write {s.text('line')} under [domain_realm]"
    return Words(
        f"Java looks for services of {realm} in the realm {asked}",
        f"Java asks for the service on {hosts} in {asked}: {by}. {place(s)} sets {s.text('key')} to "
        f"{s.text('value')}, of {realm}, and Java does not use that realm. kinit and kvno may work by referral.",
        "Hadoop says “Server not found in Kerberos database (7)” or “Fail to create credential. (63)”.",
        (advice[0].upper() + advice[1:] + ".",),
    )


def realm_case(s: Statement) -> Words:
    """KRB-REALM-CASE: in a line, or between principal and keytab or krb5.conf."""
    if s.cause == "principal-realm":
        return hadoop.realm_case(s)
    return line(s) if s.cause == "file-line" else login.keytab(s)


def kdc_port(s: Statement) -> Words:
    """KDC-PORT: in a line, or as packets show it."""
    return line(s) if s.cause == "file-line" else kdc.moved(s)
