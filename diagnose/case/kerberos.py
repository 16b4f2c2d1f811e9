"""Which krb5.conf does the case have, and what do its include lines lead to inside the case?

`includedir /etc/krb5.conf.d/` is looked up in the case only, at etc/krb5.conf.d below its root, then, for a path below /etc, beside the krb5.conf itself.
What is not there is a skipped check; the files of this machine are never read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diagnose.case.model import Fault, Skipped
from diagnose.case.sorted_files import SortedFiles
from probes.errors import FormatError

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile

KIND = "krb5.conf"
_SYSTEM = "/etc/"


@dataclass(slots=True)
class Kerberos:
    """used: paths that were read, the krb5.conf first."""

    profile: Profile | None = None
    used: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read(files: SortedFiles) -> Kerberos:
    """Never raises: a krb5.conf that libkrb5 refuses is a fault of the cluster."""
    result = Kerberos()
    path = files.one(KIND)
    if path is None:
        return result
    from probes.files.krb5conf import load

    inside = _Inside(files, posixpath.dirname(path), result.used)
    result.used.append(path)
    try:
        result.profile = load([(path, files.content(path))], inside)
    except FormatError as error:
        result.faults.append(Fault(KIND, error.file, error.line, error.found, error.expected))
    else:
        result.skipped += [
            Skipped(
                "Kerberos settings in included files",
                f"{origin}: not in the case",
                "what it names, in the case under the same path",
            )
            for origin in result.profile.missing
        ]
    result.skipped += [entry for entry in files.passed_over(KIND) if entry.check not in result.used]
    return result


@dataclass(frozen=True, slots=True)
class _Inside:
    """Answers the include lines of one krb5.conf. beside: its directory; used: collects what was handed out."""

    files: SortedFiles
    beside: str
    used: list[str]

    def file(self, path: str) -> tuple[str, bytes] | None:
        for candidate in self._candidates(path):
            if candidate in self.files.tree.files:
                return self._take(candidate)
        return None

    def directory(self, path: str) -> Sequence[tuple[str, bytes]] | None:
        for candidate in self._candidates(path):
            prefix = f"{candidate}/" if candidate else ""
            entries = [
                name for name in self.files.tree.files if name.startswith(prefix) and "/" not in name[len(prefix) :]
            ]
            if entries:
                return [self._take(name) for name in entries]
        return None

    def _take(self, path: str) -> tuple[str, bytes]:
        if path not in self.used:
            self.used.append(path)
        return path, self.files.content(path)

    def _candidates(self, path: str) -> Iterator[str]:
        """Paths of the case, most literal first. Normalising below the root leaves no way out."""
        absolute = posixpath.normpath("/" + path.lstrip("/"))
        yield absolute[1:]
        rest = absolute.removeprefix(_SYSTEM) if absolute.startswith(_SYSTEM) else absolute[1:]
        yield posixpath.join(self.beside, rest)
