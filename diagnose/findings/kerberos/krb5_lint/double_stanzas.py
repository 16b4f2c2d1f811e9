"""What does each family do with several stanzas of one realm?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place, places
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, deleted, inserted
from diagnose.findings.kerberos.krb5_lint.stanzas import Stanza, jdk_ends, listed, mit_ends, stanzas
from probes.language import tr
from probes.origin import Origin


def double_stanzas(views: Views) -> Iterator[LineFault]:
    """Yield realms with more than one stanza.

    Only the file that the JDK reads and its includes are searched.
    """
    later = {name for name, _ in views.files[1:]}
    places: dict[str, list[Origin]] = {}
    for stanza in stanzas(takewhile(lambda tree: tree.file not in later, views.trees())):
        places.setdefault(stanza.block.name, []).append(stanza.at)
    if views.profile is None and views.reading is not None:
        for dropped in views.reading.dropped:
            section_key = (dropped.key or "").split()
            if len(section_key) == 2 and section_key[0] == "[realms]":
                first = views.reading.section_origin("realms", section_key[1])
                places.setdefault(section_key[1], [first] if first else []).append(dropped)
    for realm, origins in places.items():
        if len(origins) > 1:
            yield _finding(views, realm, origins)


def _finding(views: Views, realm: str, origins: list[Origin]) -> LineFault:
    ours, theirs = mit_ends(views, realm), jdk_ends(views, realm)
    same = views.profile is not None and views.reading is not None and list(dict.fromkeys(ours)) == theirs
    return LineFault(
        "KRB-DUP-STANZA",
        "duplicate-stanza",
        (origins[1], origins[0], *origins[2:]),
        tr("{realm} is defined {count} times", realm=realm, count=len(origins)),
        mit=tr("merges the stanzas: {servers}", servers=listed(ours))
        if views.profile
        else tr("refuses the file because of another line"),
        jdk=_of_java(views, realm, origins[0], theirs)
        if views.reading
        else tr("would use the first stanza only, and refuses the file because of another line"),
        repairs=(_merged(views, realm),),
        by_hand=tr(
            "move the lines of {places} into the stanza of {place}",
            places=places(origins[1:]),
            place=place(origins[0]),
        ),
        severity="warning" if same else None,
    )


def _of_java(views: Views, realm: str, first: Origin, servers: list[str]) -> str:
    """Return which of several stanzas releases of Java use. An included one may be read first."""
    used = views.ask_jdk(lambda reading: reading.section_origin("realms", realm), None) or first
    said = tr("uses the stanza of {place} only: {servers}", place=place(used), servers=listed(servers))
    last = [java.rules.last_wins for java in views.javas]
    if all(last):
        return tr("uses the last stanza only")
    return tr("{what}; Java 8 uses the last one only", what=said) if any(last) else said


def _merged(views: Views, realm: str) -> Repair:
    """Return the repair that moves the lines of later stanzas into the first one.

    A section that is then empty goes as well: Java 8 reads the last section of a name alone. () if
    libkrb5 does not read the files, or if a stanza has no closing brace.
    """
    own = [stanza for stanza in stanzas(views.trees()) if stanza.block.name == realm]
    if len(own) < 2:
        return ()
    first, *later = own
    if first.block.close is None:
        return ()
    end = first.block.close.number
    present = {row.strip() for row in views.rows(first.file)[first.block.line.number : end - 1]}
    gone = _emptied(later)
    moved: list[str] = []
    for stanza in later:
        if stanza.block.close is None:
            return ()
        numbers = range(stanza.block.line.number, stanza.block.close.number + 1)
        lines = [Origin(stanza.file, number) for number in numbers]
        gone += lines
        inner = [views.row(at) for at in lines[1:-1]]
        moved += [row for row in inner if row.strip() != "{" and row.strip().encode() not in present]
    return (*(inserted(first.file, end, *moved) if moved else ()), *deleted(views, gone))


def _emptied(taken: list[Stanza]) -> list[Origin]:
    """Return the headers of the sections that hold nothing without these stanzas."""
    blocks = {id(stanza.block) for stanza in taken}
    sections = {id(stanza.section): stanza for stanza in taken}.values()
    return [
        Origin(stanza.file, stanza.section.line.number)
        for stanza in sections
        if all(id(node) in blocks for node in stanza.section.nodes)
    ]
