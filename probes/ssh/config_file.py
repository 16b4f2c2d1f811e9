"""What do the lines of ssh_config(5) say for one host?

The first value that is found for an option counts. paramiko's reader of the same format is not
used: it does not follow Include, rejects `Match final all`, runs the command of `Match exec`, and
reads "[…]" in a pattern. `ssh -G` is the oracle of the tests.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Final

from probes.frozen import frozen, mutable
from probes.language import tr
from probes.origin import Origin
from probes.os_words import os_words
from probes.ssh.config_words import expand, keyword_of, with_home, words
from probes.ssh.errors import SshError
from probes.ssh.patterns import matches_any, matches_list
from probes.untrusted import clean

MOST_BYTES: Final = 1 << 20
"""Size of a configuration file from which on it is an error."""
MOST_DEPTH: Final = 16
"""Depth of Include, as in OpenSSH."""
MOST_FILES: Final = 1000
"""Files that are read for one host."""

SEVERAL: Final = frozenset({"identityfile"})
"""Options of which every value counts, not only the first."""

EXCLUSIVE: Final = {"proxycommand": "proxyjump", "proxyjump": "proxycommand"}
"""Options of which only the one counts that is set first."""

UNSET_BY_NONE: Final = frozenset({"connecttimeout"})
"""Options for which "none" is no value, so that a later line counts."""

SYSTEM: Final = "/etc/ssh"
"""Directory that an Include of the system's own file is relative to."""


@frozen
class ConfigValue:
    """The value of one option."""

    words: tuple[str, ...]
    """At least one. Tokens such as "%h" are not filled in."""
    origin: Origin
    """File and line."""


@mutable
class ConfigReading:
    """The configuration of one host, while it is read."""

    original: str
    """The host as the user named it."""
    local_user: str
    """The user of this process."""
    home: Path
    """Its home directory."""
    values: dict[str, list[ConfigValue]] = field(default_factory=dict)
    """Option, in lower case -> its values: one, unless the option is of SEVERAL."""
    notes: list[str] = field(default_factory=list)
    """What was left out, as sentences for the user."""
    is_final: bool = False
    """True in the second pass, which `Match final` asks for."""
    wants_final: bool = False
    """True if a `Match final` was met."""
    files: int = 0
    """Files read so far."""

    def first(self, option: str) -> ConfigValue | None:
        """Return the value of an option, or None if no line sets it."""
        found = self.values.get(option)
        return found[0] if found else None

    def text(self, option: str) -> str | None:
        """Return the first word of an option's value, or None if no line sets it."""
        value = self.first(option)
        return None if value is None else value.words[0]

    @property
    def named(self) -> str:
        """The name that Host matches: as the user wrote it, in the second pass the real name."""
        return self.host.replace("%%", "%") if self.is_final else self.original

    @property
    def host(self) -> str:
        """The real name: HostName, or the name that the user gave."""
        return self.text("hostname") or self.original


def read(reading: ConfigReading, files: tuple[Path, ...]) -> None:
    """Read the files in order, and a second time if `Match final` asks for it.

    A file that is absent is passed over. SshError "config" for a line that cannot be followed.
    """
    for file in files:
        _Reader(reading, file).read(file, is_active=True, depth=0)
    if reading.wants_final and not reading.is_final:
        reading.is_final = True
        name = reading.first("hostname")
        full = (expand(name.words[0], {"h": reading.original}) if name else None) or reading.original
        origin = name.origin if name else Origin("ssh", None)
        reading.values["hostname"] = [ConfigValue((full.lower().replace("%", "%%"),), origin)]
        read(reading, files)


class _Reader:
    """One of the files that a user names, with all that it includes."""

    def __init__(self, reading: ConfigReading, top: Path) -> None:
        self.reading = reading
        self.is_users = not str(top).startswith(f"{SYSTEM}/")
        self.base = reading.home / ".ssh" if self.is_users else Path(SYSTEM)

    def read(self, file: Path, *, is_active: bool, depth: int) -> None:
        """Read one file. If it is not active, only its Match lines count, which may ask for a
        second pass."""
        never = not is_active
        self.reading.files += 1
        for origin, keyword, rest in _lines(file):
            arguments = words(rest)
            if not arguments:
                if is_active or keyword in ("host", "match"):
                    raise wrong(self.reading.original, origin, keyword)
            elif keyword == "host":
                is_active = not never and matches_any(self.reading.named, arguments)
            elif keyword == "match":
                is_active = self._match(rest, origin, never=never) and not never
            elif keyword == "include":
                self._include(arguments, origin, is_active=is_active, depth=depth)
            elif is_active:
                self._keep(keyword, ConfigValue(tuple(arguments), origin))

    def _keep(self, keyword: str, value: ConfigValue) -> None:
        is_unset = keyword in UNSET_BY_NONE and value.words[0].lower() == "none"
        if is_unset or EXCLUSIVE.get(keyword) in self.reading.values:
            return
        known = self.reading.values.setdefault(keyword, [])
        is_new = all(value.words[0] != one.words[0] for one in known)
        if not known or (keyword in SEVERAL and is_new):
            known.append(value)

    def _include(self, patterns: list[str], origin: Origin, *, is_active: bool, depth: int) -> None:
        if depth >= MOST_DEPTH:
            raise SshError(
                clean(self.reading.original),
                "config",
                tr("{place}: Include goes deeper than {most} files", place=clean(str(origin)), most=MOST_DEPTH),
            )
        for pattern in patterns:
            if "\0" in pattern:
                raise wrong(self.reading.original, origin, "Include")
            for file in self._files_of(pattern):
                if self.reading.files >= MOST_FILES:
                    raise SshError(
                        clean(self.reading.original),
                        "config",
                        tr("{place}: more than {most} files are included", place=clean(str(origin)), most=MOST_FILES),
                    )
                self.read(file, is_active=is_active, depth=depth + 1)

    def _files_of(self, pattern: str) -> list[Path]:
        if self.is_users:
            pattern = with_home(pattern, self.reading.home)
        absolute = pattern if pattern.startswith("/") else f"{glob.escape(str(self.base))}/{pattern}"
        return [Path(name) for name in sorted(glob.glob(absolute))]  # noqa: PTH207 - leaves out hidden files, as ssh does

    def _match(self, rest: str, origin: Origin, *, never: bool) -> bool:
        """Return True if all conditions of a Match line hold. Each of them is looked at, because
        one may ask for a second pass."""
        holds = True
        arguments = words(rest) or []
        while arguments:
            name, has_value, value = arguments.pop(0).partition("=")
            is_negated, condition = name.startswith("!"), name.removeprefix("!").lower()
            if condition == "all":
                if arguments:
                    raise wrong(self.reading.original, origin, "Match")
                return holds and not is_negated
            if condition in ("canonical", "final"):
                self.reading.wants_final = self.reading.wants_final or condition == "final"
                holds = holds and self.reading.is_final != is_negated
                continue
            if not has_value and arguments:
                value = arguments.pop(0)
            if not value:
                raise wrong(self.reading.original, origin, "Match")
            if condition not in ("host", "originalhost", "user", "localuser"):
                if holds and not never:
                    self._note_skipped(condition, origin)
                holds = False
            else:
                patterns = value if condition in ("user", "localuser") else value.lower()
                holds = holds and matches_list(self._subject(condition), patterns) != is_negated
        return holds

    def _subject(self, condition: str) -> str:
        """Return the name that a condition is about, a name of a host in lower case."""
        reading = self.reading
        if condition == "host":
            return (expand(reading.host, {"h": reading.original}) or reading.host).lower()
        if condition == "originalhost":
            return reading.original.lower()
        return (reading.text("user") or reading.local_user) if condition == "user" else reading.local_user

    def _note_skipped(self, condition: str, origin: Origin) -> None:
        """Note a block whose condition is a command, or one of a later OpenSSH."""
        place = clean(str(origin))
        if condition == "exec":
            note = tr(
                "{place}: this tool never runs the command of “Match exec”, so it passes over that block", place=place
            )
        else:
            note = tr(
                "{place}: this tool does not know the condition {name} of Match, so it passes over that block",
                place=place,
                name=clean(condition),
            )
        if note not in self.reading.notes:
            self.reading.notes.append(note)


def wrong(host: str, origin: Origin, keyword: str) -> SshError:
    """Return the error about a line that cannot be understood."""
    return SshError(
        clean(host),
        "config",
        tr("{place}: the value of {option} cannot be read", place=clean(str(origin)), option=clean(keyword)),
    )


def _lines(file: Path) -> Iterator[tuple[Origin, str, str]]:
    """Yield place, keyword and rest of each line that has one."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise SshError(
            "", "config", tr("{file}: cannot be read: {why}", file=clean(str(file)), why=os_words(error))
        ) from error
    if len(content) > MOST_BYTES:
        raise SshError("", "config", tr("{file}: larger than {most} bytes", file=clean(str(file)), most=MOST_BYTES))
    for number, row in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), start=1):
        keyword, rest = keyword_of(row)
        if keyword:
            yield Origin(str(file), number), keyword, rest
