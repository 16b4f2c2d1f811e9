"""Which value of a setting is refused, or taken as another one?"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import AFTERWARDS, UPLOAD, listed, place
from diagnose.findings.wording.words import Words

FORMS = {
    "integer": "a whole number, without a unit or other marks",
    "size": "a number of bytes, or one with k, m, g or t after it",
    "time": "a number, with ns, us, ms, s, m, h or d right after it",
}


def value(s: Statement) -> Words:
    """HADOOP-CONF-VALUE: refused, without what it needs, or taken as another value."""
    key = s.text("key")
    sets = f"{place(s)} sets {key} to “{s.text('value')}”"
    if s.text("needs"):
        return Words(
            f"{key} is KERBEROS, and core-site.xml does not turn Kerberos on",
            f"{sets}. HiveServer2 takes that only if {s.text('needs')} is kerberos, else it does not start.",
            f"It says “{s.text('said')} KERBEROS”.{_running(s)}",
            (f"Set {s.text('needs')} to kerberos if the cluster uses it, else {key} to its login. {UPLOAD}",),
        )
    if s.cause == "value-read-otherwise":
        return Words(
            f"{key} is taken as {s.text('reads')}",
            f"{sets}. That is none of {listed(s.texts('words'))}, so it is taken as {s.text('reads')}.",
            "No message says so.",
            (_advice(s),),
        )
    if s.text("side") == "server":
        ends = f"{listed(s.texts('services'))} do not start with it" if len(s.texts("services")) > 1 else ""
        ends = ends or f"{listed(s.texts('services'))} does not start with it"
        ends += ", if the server has it too" if s.is_true("copy") else ""
    else:
        ends = f"no client of {listed(s.texts('services'))} starts with it"
    return Words(
        f"{key} has a value that is refused",
        f"{sets}. Only {_form(s)} is taken, so {ends}.",
        f"The message is “{s.text('said')}”.{_running(s)}",
        (_advice(s),),
    )


def _form(s: Statement) -> str:
    form = FORMS.get(s.text("form"))
    if form is not None:
        return form
    words = _words(s)
    return f"a list of {words}" if s.text("form") == "list" else f"one of {words}, without blanks around it,"


def _running(s: Statement) -> str:
    if s.is_true("copy"):
        return " This file may be a copy: which value the server itself has read is not known."
    if not s.is_true("running"):
        return ""
    return " The cloud says that it runs: then the file is not the one it has read, or was changed later."


def _advice(s: Statement) -> str:
    if s.text("right"):
        if s.text("side") == "server":
            restarted = listed(s.texts("services"))
            return f"If the cluster has this value: change it there and restart {restarted}. {AFTERWARDS}"
        return AFTERWARDS
    form = FORMS.get(s.text("form")) or _words(s)
    return f"In {place(s)} set {s.text('key')} to what it has to be: {form}. {UPLOAD}"


def _words(s: Statement) -> str:
    """Return all words, such as "binary, http or all"."""
    *first, last = s.texts("words")
    return f"{', '.join(first)} or {last}"
