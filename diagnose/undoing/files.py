"""Which case is it, if one line of its files is another one?

The result is a value. No file is written.
"""

from __future__ import annotations

from collections.abc import Collection

from diagnose.case.krb5_edits import with_krb5_edits
from diagnose.case.model import Case
from probes.files.hadoopconf import Configuration, Setting, overlay
from probes.files.line_edit import LineEdit, row_text
from probes.frozen import replace
from probes.names.hosts import HostEntry, HostsFile
from probes.origin import Origin

Place = tuple[str, int | None]
"""File and line."""


def without_lines(case: Case, places: Collection[Place]) -> Case | None:
    """Return the case with these lines of krb5.conf left empty. None if it has none of them."""
    from probes.files.krb5conf.sources import sources_of

    sources = case.krb5_refused if case.krb5 is None else sources_of(case.krb5)
    contents = {} if sources is None else sources.contents
    rows = [(file, line, contents[file].split(b"\n")) for file, line in places if file in contents and line is not None]
    edits = [LineEdit(file, line, (row_text(content, line),), ("",)) for file, line, content in rows]
    return with_krb5_edits(case, edits) if edits else None


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
    return replace(case, hosts=HostsFile(entries, hosts.rejected, hosts.swapped))


def _kind_of(case: Case, origin: Origin) -> str:
    """Return the key of `Case.settings` under which the file of an origin stands."""
    for name, configuration in case.settings.items():
        if any(setting.origin.file == origin.file for setting in configuration.settings):
            return name
    return origin.file.rpartition("/")[2].replace("-default.xml", "-site.xml")
