"""Is the krb5.conf a template, in which a tool or a person was to fill in names?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.flows.spelling import placeholder
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

_HEADER = regex(r"\[\s*(\w+)\s*\]")
_STANZA = regex(r"(\S.{0,250}?)\s*=\s*\{\s*\Z")
_DEFAULT = regex(r"default_realm\b", re.IGNORECASE)


def unfilled(views: Views) -> dict[Origin, tuple[str, bool]]:
    """Return the lines about realms with a place that was not filled in.

    Each has that place, and True if it decides where clients of the default realm or of the
    services log in.
    """
    found: dict[Origin, tuple[str, bool]] = {}
    wanted = {*views.default_realms(), *views.principals}
    section = stanza = ""
    for file, line in views.raw_lines():
        text = line.raw.decode("utf-8", "replace").strip()
        if text[:1] in "#;":
            continue
        if (header := _HEADER.match(text)) is not None:
            section, stanza = header[1].lower(), ""
        elif (opened := _STANZA.match(text)) is not None:
            stanza = opened[1]
        is_default = _DEFAULT.match(text) is not None
        if (is_default or section in ("realms", "domain_realm")) and (named := placeholder(text)) is not None:
            found[Origin(file, line.number)] = named, is_default or (section == "realms" and stanza in wanted)
    return found


def faults(views: Views) -> Iterator[LineFault]:
    """Yield one finding for all these lines, the decisive ones first."""
    lines = unfilled(views)
    if not lines:
        return
    ats = tuple(sorted(lines, key=lambda at: not lines[at][1]))
    what, decides = lines[ats[0]]
    yield LineFault(
        "KRB-CONF-SYNTAX",
        "template",
        ats,
        tr("The file is a template, in which {what} was not filled in", what=what),
        mit=tr("takes it as it stands"),
        jdk=tr("does the same"),
        by_hand=tr(
            "give /etc/krb5.conf of a node, or write at {place} what {what} stands for",
            place=place(ats[0]),
            what=what,
        ),
        severity=None if decides else "warning",
    )
