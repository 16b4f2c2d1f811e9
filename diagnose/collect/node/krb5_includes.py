"""Which files does the krb5.conf of a host include? They are read on the host, as clients would.

The readers of MIT and the JDK ask for them, so a case gets what either of the two reads. Depth and
count are bounded there, count and bytes here too.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from diagnose.case.collected_hosts import HostCause
from diagnose.case.recognise import Kind, recognise
from diagnose.collect.node.shell import HostBytes, HostShell, ReadRequest
from probes.errors import FormatError
from probes.regex import regex
from probes.untrusted import clean

if TYPE_CHECKING:
    from probes.files.krb5conf.profile import Content

NAME: Final = "krb5.conf"
MOST_BYTES: Final = 1 << 20
"""Most bytes of one included file."""
MOST_NAMES: Final = 64 << 10
"""Most bytes of the names in one directory."""
MOST_FILES: Final = 200
"""Most included files of one host."""

_ACCEPTED: Final = regex(r"[A-Za-z0-9_-]+|(?!\.).*\.conf")
"""Names that a client takes from an includedir."""
_KEEPS_EMPTY: Final = ".empty"
"""File that holds the place of an empty directory. Clients pass over its name."""
_ETC: Final = "/etc/"
_MOST_PARTS: Final = 10
_LONGEST_PART: Final = 255


class HostIncludes:
    """Finds the targets of include lines on the host. An `Includer`."""

    def __init__(
        self, shell: HostShell, note: Callable[[str, HostCause, str], None], others: Iterable[str] = ()
    ) -> None:
        """note: gets the path, cause and words of what is there and cannot be read; others: paths
        in the case that have a file."""
        self._shell, self._note = shell, note
        self._taken = set(others)
        self._found: list[tuple[str, str, bytes]] = []
        self._asked: dict[str, Content | None] = {}
        self._directories: dict[str, list[Content] | None] = {}

    def read(self, source: str, content: bytes) -> list[tuple[str, str, bytes]]:
        """Return what the krb5.conf at `source` includes: path in the case, path on the host,
        content. One that clients refuse gives what comes before the refused line."""
        from probes.files.krb5conf import jdk_table, load

        self._asked[posixpath.normpath(source)] = (NAME, content)
        for read in (lambda: load([(NAME, content)], self), lambda: jdk_table.read(NAME, content, self)):
            try:
                read()
            except FormatError:  # the check of the case tells it
                continue
        return self._found

    def file(self, path: str) -> Content | None:
        """Return the file that `include PATH` names, under its path in the case."""
        return self._files([path])[0]

    def directory(self, path: str) -> Sequence[Content] | None:
        """Return the files that `includedir PATH` names."""
        normal = posixpath.normpath(path)
        if normal not in self._directories:
            self._directories[normal] = self._listed(normal) if path.startswith("/") else None
        return self._directories[normal]

    def _listed(self, path: str) -> list[Content] | None:
        if not self._is_admitted(path):
            return None
        (answer,) = self._shell.ask([ReadRequest("names", path, MOST_NAMES)])
        if answer.cause is not None:
            self._note(path, answer.cause, answer.words)
            return None
        names = sorted(answer.content.decode("utf-8", "replace").split("\n"))
        accepted = [f"{path}/{name}" for name in names if _ACCEPTED.fullmatch(name)]
        found = [each for each in self._files(accepted) if each is not None]
        return found or [self._take(f"{path}/{_KEEPS_EMPTY}", b"")]

    def _files(self, paths: Sequence[str]) -> list[Content | None]:
        """Return the files at these paths, asked for together."""
        normal = [posixpath.normpath(path) if path.startswith("/") else "" for path in paths]
        new = [path for path in dict.fromkeys(normal) if path not in self._asked and self._is_admitted(path)]
        room = max(0, MOST_FILES - len(self._asked))
        for path in new[room:]:
            self._note(path, "too-much", "")
        new = new[:room]
        for path, answer in zip(
            new, self._shell.ask([ReadRequest("file", path, MOST_BYTES) for path in new]), strict=True
        ):
            self._asked[path] = self._kept(path, answer)
        return [self._asked.get(path) for path in normal]

    def _kept(self, path: str, answer: HostBytes) -> Content | None:
        cause = answer.cause or ("name" if self._is_taken(case_name(path)) else _odd(path, answer.content))
        if cause is not None:
            self._note(path, cause, answer.words)
            return None
        return self._take(path, answer.content)

    def _take(self, path: str, content: bytes) -> Content:
        name = case_name(path)
        self._taken.add(name)
        self._found.append((name, path, content))
        return name, content

    def _is_taken(self, name: str) -> bool:
        """Return True if the case has a file there, or one of the two would be a directory."""
        above = (name[:end] for end, sign in enumerate(name) if sign == "/")
        below = (other for other in self._taken if other.startswith(f"{name}/"))
        return name in self._taken or any(part in self._taken for part in above) or any(below)

    def _is_admitted(self, path: str) -> bool:
        """Return True if a case can have a file of this path."""
        if not path:
            return False
        parts = path.split("/")
        is_plain = clean(path) == path and "\\" not in path and path.isprintable()
        if is_plain and len(parts) <= _MOST_PARTS and all(len(part.encode()) <= _LONGEST_PART for part in parts):
            return True
        self._note(clean(path), "name", "")
        return False


def case_name(path: str) -> str:
    """Return where the case has an included file, relative to its krb5.conf: `case.kerberos` looks
    for /etc/krb5.conf.d/a at krb5.conf.d/a, and for other paths at the path."""
    return path.removeprefix(_ETC) if path.startswith(_ETC) else path.lstrip("/")


def _odd(path: str, content: bytes) -> HostCause | None:
    """Return why an included file is not kept: a case would take it for something else, or it is a
    secret."""
    kind = recognise(case_name(path), content)
    if isinstance(kind, Kind) and kind.name != NAME:
        return "name"
    return "other-kind" if b"PRIVATE KEY-----" in content or b"\0" in content else None
