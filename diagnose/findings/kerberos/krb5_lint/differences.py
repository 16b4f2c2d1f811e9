"""Which differences between the two families did no other check explain?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import replaced
from probes.files.krb5conf import Relation
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.language import tr
from probes.origin import Origin

Relations = Callable[..., tuple[Relation, ...]]

KEYS = ("kdc", "udp_preference_limit")
"""Keys of a realm that are compared.

Of [libdefaults] and [domain_realm], all values are compared.
"""


def faults(views: Views, reported: Sequence[LineFault]) -> Iterator[LineFault]:
    """Yield the lines that both families read differently, if both accept the file.

    `reported`: the faults so far. A line of one of them is not reported again.
    """
    if views.profile is None or views.reading is None or len(views.files) > 1:
        return
    explained = {place(at) for fault in reported for at in fault.at}
    if any(fault.code in ("KRB-CONF-SYNTAX", "KRB-DUP-STANZA", "KRB-INCLUDEDIR") for fault in reported):
        explained |= _hidden_lines(views)
    ours = {(one.origin.file, one.origin.line): one for one in _values(views, views.profile.relations)}
    theirs = {(one.origin.file, one.origin.line): one for one in _values(views, _jdk_relations(views.reading))}
    for at in sorted(ours.keys() | theirs.keys(), key=str):
        mine, other = ours.get(at), theirs.get(at)
        if (mine and mine.value) == (other and other.value) or place(Origin(*at)) in explained:
            continue
        yield LineFault(
            "KRB-CONF-SYNTAX",
            "read-differently",
            (Origin(*at),),
            tr("The families read this line differently"),
            mit=_reads(mine),
            jdk=_reads(other),
            repairs=tuple(
                replaced(views, Origin(*at), f"{_name(one)} = {one.value}")
                for one in (mine, other)
                if one is not None and one.value.isprintable()
            ),
            by_hand=tr(
                "write name = value in {place}, without quotes and without anything after it", place=place(Origin(*at))
            ),
            severity=None if _is_decisive(mine or other) else "warning",
        )


def _reads(relation: Relation | None) -> str:
    return tr("does not read it here") if relation is None else tr("reads “{value}”", value=relation.value)


def _hidden_lines(views: Views) -> set[str]:
    """Return the lines that one family does not read because of their stanza or section.

    The finding about the header or the brace covers them.
    """
    assert views.profile is not None
    assert views.reading is not None
    ours = {(one.origin.file, one.origin.line) for one in _values(views, views.profile.relations)}
    theirs = {(one.origin.file, one.origin.line) for one in _values(views, _jdk_relations(views.reading))}
    return {place(Origin(*at)) for at in ours ^ theirs}


def _is_decisive(relation: Relation | None) -> bool:
    key = (relation.origin.key or "").split() if relation else []
    return bool(key) and key[-1] in ("kdc", "default_realm")


def _name(relation: Relation) -> str:
    return (relation.origin.key or "").split()[-1]


def _values(views: Views, relations: Relations) -> Iterator[Relation]:
    assert views.profile is not None
    assert views.reading is not None
    for section in ("libdefaults", "domain_realm"):
        names = (*views.profile.relation_names(section), *views.reading.names(section))
        for name in dict.fromkeys(names):
            yield from relations(section, name)
    for realm in views.realms():
        for key in KEYS:
            yield from relations("realms", realm, key)


def _jdk_relations(reading: Reading) -> Relations:
    def ask(*path: str) -> tuple[Relation, ...]:
        try:
            return reading.values(*path)
        except JdkShapeError:
            return ()

    return ask
