"""What do the two families read differently that no other check has explained?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from diagnose.findings.kerberos.krb5_lint.finding import place, say
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.model import Finding
from probes.files.krb5conf import Relation
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.origin import Origin

Ask = Callable[..., tuple[Relation, ...]]

KEYS = ("kdc", "udp_preference_limit")
"""Of a realm; all values of [libdefaults] and [domain_realm] are compared."""


def findings(views: Views, told: Sequence[Finding]) -> Iterator[Finding]:
    """Only where both read the file. told: the findings so far; a line that one of them is about is not told again."""
    if views.profile is None or views.reading is None or len(views.files) > 1:
        return
    explained = {evidence.ref for finding in told for evidence in finding.evidence}
    if any(finding.code in ("KRB-CONF-SYNTAX", "KRB-DUP-STANZA", "KRB-INCLUDEDIR") for finding in told):
        explained |= _consequences(views)
    ours = {(one.origin.file, one.origin.line): one for one in _values(views, views.profile.relations)}
    theirs = {(one.origin.file, one.origin.line): one for one in _values(views, _safely(views.reading))}
    for at in sorted(ours.keys() | theirs.keys(), key=str):
        mine, other = ours.get(at), theirs.get(at)
        if (mine and mine.value) == (other and other.value) or place(Origin(*at)) in explained:
            continue
        yield say(
            views,
            "KRB-CONF-SYNTAX",
            [Origin(*at)],
            "The families read this line differently",
            mit=f"reads “{mine.value}”" if mine else "does not read it here",
            jdk=f"reads “{other.value}”" if other else "does not read it here",
            repair=[f"{place(Origin(*at))}: write name = value, without quotes and without anything behind it."],
            severity=None if _weighs(mine or other) else "warning",
        )


def _consequences(views: Views) -> set[str]:
    """Lines whose whole stanza or section is hidden from one family: the finding about the header or brace says so."""
    assert views.profile is not None
    assert views.reading is not None
    ours = {(one.origin.file, one.origin.line) for one in _values(views, views.profile.relations)}
    theirs = {(one.origin.file, one.origin.line) for one in _values(views, _safely(views.reading))}
    return {place(Origin(*at)) for at in ours ^ theirs}


def _weighs(relation: Relation | None) -> bool:
    key = (relation.origin.key or "").split() if relation else []
    return bool(key) and key[-1] in ("kdc", "default_realm")


def _values(views: Views, ask: Ask) -> Iterator[Relation]:
    assert views.profile is not None
    assert views.reading is not None
    for section in ("libdefaults", "domain_realm"):
        names = (*views.profile.relation_names(section), *views.reading.names(section))
        for name in dict.fromkeys(names):
            yield from ask(section, name)
    for realm in views.realms():
        for key in KEYS:
            yield from ask("realms", realm, key)


def _safely(reading: Reading) -> Ask:
    def ask(*path: str) -> tuple[Relation, ...]:
        try:
            return reading.values(*path)
        except JdkShapeError:
            return ()

    return ask
