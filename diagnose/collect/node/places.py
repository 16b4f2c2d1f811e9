"""Where on a host may each file of a case be, and which commands show the rest?

data/host_files.toml as typed values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import msgspec
from msgspec import Struct

from diagnose import data


class DirectoryPlaces(Struct, frozen=True, forbid_unknown_fields=True):
    """Directories of settings."""

    places: tuple[str, ...]
    """Paths. APP stands for the word of an application."""


class SettingsPlace(Struct, frozen=True, forbid_unknown_fields=True):
    """Files of settings of one application."""

    apps: tuple[str, ...]
    """Words for APP."""
    names: tuple[str, ...]
    """Paths in a case. The last part is the name of the file on a host."""
    variable: str | None = None
    """HADOOP if HADOOP_CONF_DIR of a login shell names the directory."""


class FilePlaces(Struct, frozen=True, forbid_unknown_fields=True):
    """One file with places of its own."""

    name: str
    """Path in a case."""
    places: tuple[str, ...]
    """Paths on a host. The first that is there is taken."""


class OtherCommands(Struct, frozen=True, forbid_unknown_fields=True):
    """What is run where a program is missing."""

    name: str
    """First part of the name in a case."""
    commands: tuple[str, ...]
    """Commands that only read."""


class RecordCommands(Struct, frozen=True, forbid_unknown_fields=True):
    """The output of commands."""

    name: str
    """First part of the name in a case: ss-NODE.txt."""
    commands: tuple[str, ...]
    """Commands that only read. Their output is put together."""
    needs_root: bool
    """True if no other user gets an answer."""
    instead: OtherCommands | None = None
    """What is run where the first program is missing."""


class KdcPlaces(Struct, frozen=True, forbid_unknown_fields=True):
    """Files of a KDC."""

    logs: tuple[str, ...]
    """Its log, unless its configuration says where."""
    configurations: tuple[str, ...]
    """Its configuration. Only the path of the log is taken from it."""


class HostPlaces(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table."""

    directories: DirectoryPlaces
    """Directories of settings."""
    settings: tuple[SettingsPlace, ...]
    """Files in them."""
    file: tuple[FilePlaces, ...]
    """Files with places of their own."""
    record: tuple[RecordCommands, ...]
    """Output of commands."""
    kdc: KdcPlaces
    """Files of a KDC."""


@cache
def load() -> HostPlaces:
    """Return the table, read and checked once. msgspec.ValidationError if the file is damaged."""
    return msgspec.convert(data.table("host_files"), HostPlaces)


def candidates(named: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each file of a case with the paths at which it may be, the likeliest first.

    named: HADOOP, HIVE … -> directory that a login shell names.
    """
    table = load()
    for row in table.file:
        yield row.name, row.places
    for settings in table.settings:
        found = [place.replace("APP", app) for place in table.directories.places for app in settings.apps]
        own = named.get(settings.variable or "")
        directories = dict.fromkeys([own, *found] if own else found)
        for name in settings.names:
            yield name, tuple(f"{directory}/{name.rpartition('/')[2]}" for directory in directories)
