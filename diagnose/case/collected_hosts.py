"""What did `collect ssh://` read on which host, and what not? collected-hosts.json of a case.

The files lie beside it, as they are on the host.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import Struct

from diagnose.case.errors import CaseError
from diagnose.case.model import Skipped
from probes.language import marked, tr

NAME: Final = "collected-hosts.json"
"""Its name in the case."""

HostCause = Literal[
    "absent",
    "denied",
    "sudo",
    "special",
    "loop",
    "too-large",
    "slow",
    "no-program",
    "failed",
    "lost",
    "no-time",
    "too-much",
    "garbled",
    "name",
    "other-kind",
]
"""Why something on a host was not read."""

CAUSES: Final[dict[HostCause, str]] = {
    "absent": marked("it is not there"),
    "denied": marked("permission denied"),
    "sudo": marked("sudo -n does not run this command"),
    "special": marked("not a regular file"),
    "loop": marked("its symbolic links lead in a circle"),
    "too-large": marked("longer than collect reads"),
    "slow": marked("it was not read within the time for one file"),
    "no-program": marked("the host has no such program"),
    "failed": marked("the command failed"),
    "lost": marked("the session ended before it was read"),
    "no-time": marked("the time for all was over"),
    "too-much": marked("the host has sent more than collect reads of one host"),
    "garbled": marked("what came is not what the script on the host writes"),
    "name": marked("a file of that name has another place in a case"),
    "other-kind": marked("its content is not that of such a file, so it was not kept"),
}
"""Cause -> its words."""

QUIET: Final[frozenset[HostCause]] = frozenset({"absent", "no-program"})
"""Causes that most hosts have for most files: only the list has them."""

MOST_ROWS: Final = 10_000
"""Most entries that are read of one file."""


class HostFile(Struct, frozen=True, kw_only=True):
    """One file of the case."""

    file: str
    """Its path in the case."""
    source: str
    """Path on the host, or the commands."""


class MissingFile(Struct, frozen=True, kw_only=True):
    """One thing that was not read."""

    source: str
    """Path on the host, or the command."""
    cause: HostCause
    """Why."""
    words: str = ""
    """What the host said about it."""
    helps_sudo: bool = False
    """True if `--sudo`, which was not given, may help."""


class CollectedHost(Struct, frozen=True, kw_only=True):
    """One host."""

    target: str
    """Its ssh:// address."""
    name: str
    """Its name in the case."""
    addresses: tuple[str, ...] = ()
    """Addresses of its interfaces."""
    clock_offset: float | None = None
    """Its clock minus ours, seconds. None if it told no time."""
    clock_error: float | None = None
    """Most seconds by which the offset may be wrong."""
    files: tuple[HostFile, ...] = ()
    """What was read."""
    missing: tuple[MissingFile, ...] = ()
    """What was not."""


class FailedHost(Struct, frozen=True, kw_only=True):
    """A host that could not be read at all."""

    target: str
    """Its ssh:// address."""
    error: str
    """Why."""


class CollectedHosts(Struct, frozen=True, kw_only=True):
    """The whole file."""

    schema_version: Literal["1"] = "1"
    """Version of this format."""
    tool: str
    """What wrote it."""
    started_at: str
    """UTC, ISO 8601."""
    hosts: tuple[CollectedHost, ...]
    """What was read."""
    failed: tuple[FailedHost, ...] = ()
    """Hosts of which nothing was."""


def encode(collected: CollectedHosts) -> bytes:
    """Return collected-hosts.json, indented for people."""
    return msgspec.json.format(msgspec.json.encode(collected), indent=1) + b"\n"


def decode(content: bytes) -> CollectedHosts | None:
    """Return what the file says. None if it is none."""
    try:
        return msgspec.json.decode(content, type=CollectedHosts)
    except msgspec.DecodeError:
        return None


def skipped(file: str, content: bytes) -> list[Skipped]:
    """Return an entry of "not checked" for each thing that is there and was not read."""
    found = decode(content)
    if found is None:
        error = CaseError(file, None, tr("no list of what was collected"), tr("the file as collect wrote it"))
        return [Skipped(tr("what {file} says", file=file), str(error), error.expected)]
    entries = [
        Skipped(tr("{what} of {host}", what=missing.source, host=host.name), cause(missing), needs(missing))
        for host in found.hosts
        for missing in host.missing
        if missing.cause not in QUIET
    ]
    entries += [
        Skipped(tr("files of {target}", target=host.target), host.error, tr("another run of collect"))
        for host in found.failed
    ]
    return entries[:MOST_ROWS]


def whole_outputs(file: str, content: bytes) -> frozenset[str]:
    """Return the files whose commands wrote no more than they hold, as paths in the case.

    None of a host whose nft was not read: iptables-save does not show the rules of nft.
    """
    found = decode(content)
    directory = file.removesuffix(NAME)
    return frozenset(
        f"{directory}{each.file}"
        for host in (found.hosts if found else ())
        if not any(missing.source.startswith("nft ") and missing.cause not in QUIET for missing in host.missing)
        for each in host.files
    )


def cause(missing: MissingFile) -> str:
    """Return why it is missing, with what the host said where our words are less exact."""
    words = tr(CAUSES[missing.cause])
    if missing.words and missing.cause in ("failed", "sudo"):
        return tr("{words} ({code})", words=words, code=missing.words)
    return words


def needs(missing: MissingFile) -> str:
    """Return what would get it."""
    if missing.helps_sudo:
        return tr("collect --sudo, or the login of a user who may read it")
    if missing.cause == "sudo":
        return tr("a rule of sudoers that allows it without a password")
    return tr("the file itself in the case, under the name that docs/case.md has")
