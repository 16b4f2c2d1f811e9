"""Which case is it, if one line of its files is another one?

The result is a value. No file is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from diagnose.case.model import Case
from probes.files.hadoopconf import Configuration, Setting, overlay
from probes.files.line_edit import LineEdit, row_text
from probes.names.hosts import HostEntry, HostsFile
from probes.origin import Origin

Place = tuple[str, int | None]
"""File and line."""


def with_lines(case: Case, edits: Sequence[LineEdit]) -> Case | None:
    """Return the case with these lines of krb5.conf changed.

    None if it has no krb5.conf, or if libkrb5 refuses the changed one.
    """
    if case.krb5 is None or not edits:
        return None
    from diagnose.findings.kerberos.krb5_lint import readings

    profile = readings.after_edits(readings.from_profile(case.krb5), edits).profile
    return None if profile is None else replace(case, krb5=profile)


def without_lines(case: Case, places: Collection[Place]) -> Case | None:
    """Return the case with these lines of krb5.conf left empty.

    None if it has no krb5.conf or none of these lines, or if libkrb5 refuses the rest.
    """
    if case.krb5 is None:
        return None
    from diagnose.findings.kerberos.krb5_lint import readings

    contents = readings.from_profile(case.krb5).contents
    rows = [(file, line, contents[file].split(b"\n")) for file, line in places if file in contents and line is not None]
    return with_lines(case, [LineEdit(file, line, (row_text(text, line),), ("",)) for file, line, text in rows])


def with_setting(case: Case, origin: Origin, key: str, value: str) -> Case:
    """Return the case in which a Hadoop file gives this key this value.

    The file is the one that the origin names; for a default of Hadoop, its site file.
    """
    name = _kind_of(case, origin)
    present = case.settings.get(name, Configuration())
    changed = Setting(key, value, replace(origin, file=origin.file.replace("-default.xml", "-site.xml")))
    kept = tuple(setting for setting in present.settings if setting.key != key)
    return replace(case, settings={**case.settings, name: overlay((*kept, changed))})


def with_hosts_line(case: Case, line: int | None, address: str) -> Case | None:
    """Return the case whose hosts file gives the names of this line this address."""
    hosts = case.hosts
    if hosts is None:
        return None
    entries = tuple(
        HostEntry(address, entry.names, entry.origin) if entry.origin.line == line else entry for entry in hosts.entries
    )
    return replace(case, hosts=HostsFile(entries, hosts.rejected))


def _kind_of(case: Case, origin: Origin) -> str:
    """Return the key of `Case.settings` under which the file of an origin stands."""
    for name, configuration in case.settings.items():
        if any(setting.origin.file == origin.file for setting in configuration.settings):
            return name
    return origin.file.rpartition("/")[2].replace("-default.xml", "-site.xml")
