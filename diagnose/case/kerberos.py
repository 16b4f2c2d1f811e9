"""Which krb5.conf does the case have, and which of its include lines lead to a file of the case?

`includedir /etc/krb5.conf.d/` is looked up inside the case only: first at etc/krb5.conf.d below its
root, then, for a path below /etc, beside the krb5.conf. A target that is not in the case is a
skipped check. The files of this machine are never read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from diagnose.case.faults import Fault
from diagnose.case.model import Skipped
from diagnose.case.sorted_files import SortedFiles
from diagnose.case.tree import bound_skipped
from probes.errors import FormatError
from probes.files.file_type import AS_UTF_8, binary_kind, wide_encoding
from probes.files.masking import masked_lines
from probes.frozen import frozen, mutable
from probes.language import tr

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.sources import Sources
    from probes.origin import Origin

KIND = "krb5.conf"
_SYSTEM = "/etc/"


@mutable
class Kerberos:
    """The krb5.conf of a case, with its faults."""

    profile: Profile | None = None
    """The krb5.conf with its includes. None if there is none or libkrb5 refuses it."""
    refused: Sources | None = None
    """The krb5.conf with its includes, if libkrb5 refuses it."""
    used: list[str] = field(default_factory=list)
    """Paths that were read, the krb5.conf first."""
    faults: list[Fault] = field(default_factory=list)
    """Why the krb5.conf is refused, or that it is no text."""
    skipped: list[Skipped] = field(default_factory=list)
    """Includes that are not in the case, and other files called krb5.conf."""


def read(files: SortedFiles) -> Kerberos:
    """Return the krb5.conf of the case. Never raise: a refused krb5.conf is a fault of
    the cluster. One that is larger than this check reads is skipped."""
    result = Kerberos()
    path = files.one(KIND)
    if path is None:
        return result
    from probes.files.krb5conf import load
    from probes.files.krb5conf.sources import Recorder, Sources

    sources = Sources((path,), contents := {path: masked_lines(files.content(path))})
    inside = _IncludeFinder(files, posixpath.dirname(path), result.used)
    result.used.append(path)
    refusal: FormatError | None
    try:
        result.profile = load(sources.files, Recorder(inside, contents, sources.answers))
        refusal = None
    except FormatError as error:
        refusal = error
    no_text = _no_text(files, result.used)
    if no_text is not None:
        result.profile = None
        result.faults.append(no_text)
    elif refusal is not None and refusal.is_our_bound:
        result.skipped.append(bound_skipped(KIND, refusal))
    elif refusal is not None:
        result.refused = sources
        result.faults.append(Fault(KIND, refusal.file, refusal.line, refusal.found, refusal.expected))
    elif result.profile is not None:
        result.skipped += [
            Skipped(
                tr("Kerberos settings in included files"),
                tr(
                    "{origin}: not in the case; its host probably has it, as MIT clients refuse a krb5.conf without it",
                    origin=origin,
                ),
                tr("what it names, in the case under the same path"),
                # A file that is named may set the realm. A directory is a habit of distributions.
                hides=not _names_directory(origin),
                kind=KIND,
                about="settings",
            )
            for origin in result.profile.missing
        ]
    result.skipped += [entry for entry in files.passed_over(KIND) if entry.check not in result.used]
    return result


def _names_directory(origin: Origin) -> bool:
    return (origin.key or "").startswith("includedir")


def _no_text(files: SortedFiles, used: list[str]) -> Fault | None:
    """Return the fault of the first file that is no text. None if all are. Quote nothing of it."""
    for path in used:
        kind = binary_kind(files.content(path))
        if kind is not None:
            is_wide = wide_encoding(files.content(path)) is not None
            expected = tr(AS_UTF_8) if is_wide else tr("the text of a krb5.conf")
            return Fault(KIND, path, None, kind, expected, is_no_text=True)
    return None


@frozen
class _IncludeFinder:
    """Finds the targets of the include lines of one krb5.conf, inside the case only."""

    files: SortedFiles
    beside: str
    """Directory of the krb5.conf."""
    used: list[str]
    """Collects the paths that were read."""

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
        return path, masked_lines(self.files.content(path))

    def _candidates(self, path: str) -> Iterator[str]:
        """Yield paths of the case, the most literal first. A normalised path cannot
        leave the case."""
        absolute = posixpath.normpath("/" + path.lstrip("/"))
        yield absolute[1:]
        rest = absolute.removeprefix(_SYSTEM) if absolute.startswith(_SYSTEM) else absolute[1:]
        yield posixpath.join(self.beside, rest)
