"""What of one host belongs into a case? Its files, the state of its network, logs if asked."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final

from diagnose.case.collected_hosts import CollectedHost, HostCause, HostFile, MissingFile
from diagnose.case.recognise import log_kind
from diagnose.collect.node import krb5_includes, places
from diagnose.collect.node.krb5_includes import HostIncludes
from diagnose.collect.node.places import RecordCommands
from diagnose.collect.node.shell import HostBytes, HostShell, ReadRequest, Verb
from probes.addresses import parse_address
from probes.files.log_events import NoLog, decoded
from probes.frozen import frozen
from probes.regex import regex
from probes.untrusted import clean

MOST_SETTINGS: Final = 4 << 20
"""Most bytes of one file of settings."""
MOST_RECORD: Final = 8 << 20
"""Most bytes of the output of one command."""
MOST_LOG: Final = 8 << 20
"""Most bytes of the end of a log."""

_SHOWN: Final = 300
"""Most characters that are kept of what a command said."""
_VARIABLE: Final = regex(r"^emr-diagnose ([A-Z]+)=(/[^\x00-\x1f]{1,500})$", re.MULTILINE)
_ADDRESS: Final = regex(r"^\s+inet6? ([0-9a-fA-F.:]+)", re.MULTILINE)
_KDC_LOG: Final = regex(rb"^[ \t]*kdc[ \t]*=[ \t]*\"?FILE[:=](/[!-~]+?)\"?[ \t\r]*$", re.MULTILINE)
_OF_MIT: Final = b"[kdcdefaults]"
"""What a kdc.conf has and no krb5.conf."""
_NOT_IN_A_NAME: Final = regex(r"[^A-Za-z0-9._-]+")
_NOBODY: Final = frozenset({"", "localhost", "localhost.localdomain"})
_SECONDS: Final = regex(rb"([0-9]{1,12})(\.[0-9]{1,9})?")
_TIMES: Final = 3
"""How often the clock is asked."""
_LONGEST_NAME: Final = 150

_MARKS: Final[Mapping[str, bytes]] = {".xml": b"<configuration", krb5_includes.NAME: b"["}
"""End of a name -> what is in such a file. What root reads is kept only if it is there, because a
link may lead to any file."""


@frozen
class HostWish:
    """What is wanted of each host."""

    sudo: bool = False
    """True: what only root may read is read through `sudo -n`."""
    has_kdc_log: bool = False
    """True: the end of the log of a KDC too."""
    logs: tuple[str, ...] = ()
    """Paths of further logs whose ends are wanted."""


@frozen
class Harvest:
    """What one host gave."""

    host: CollectedHost
    """The list of it. Its files have their names below the directory of the host."""
    settings: Mapping[str, bytes] = field(repr=False)
    """Files of which a case uses one, whatever their host."""
    records: Mapping[str, bytes] = field(repr=False)
    """Files whose names have the host."""


def host_name(shell: HostShell, fallback: str) -> str:
    """Return the name of a host for the names of files, as long as the host knows it."""
    (answer,) = shell.ask([ReadRequest("run", "hostname -f", 1000)])
    for text in (answer.content.decode("utf-8", "replace").strip(), shell.greeting.name, fallback):
        name = _NOT_IN_A_NAME.sub("-", text)[:_LONGEST_NAME].strip(".-")
        if name.lower() not in _NOBODY:
            return name
    return "host"


def harvest(shell: HostShell, target: str, name: str, wish: HostWish, reserved: Collection[str] = ()) -> Harvest:
    """Read one host. Never raise: what was not read is listed.

    reserved: names at the top of the case that no included file may have.
    """
    reading = _HostReading(shell, name, wish, reserved)
    reading.read_settings()
    reading.read_records()
    if wish.has_kdc_log:
        reading.read_kdc_log()
    for path in wish.logs:
        reading.read_log(path)
    offset, error = _clock(shell)
    host = CollectedHost(
        target=target,
        name=name,
        addresses=tuple(_addresses(reading.records.get(f"addresses-{name}.txt", b""))),
        clock_offset=offset,
        clock_error=error,
        files=tuple(HostFile(file=file, source=source) for file, source in reading.sources.items()),
        missing=tuple(dict.fromkeys(reading.missing)),
    )
    return Harvest(host, reading.settings, reading.records)


class _HostReading:
    """The steps of reading one host."""

    def __init__(self, shell: HostShell, name: str, wish: HostWish, reserved: Collection[str]) -> None:
        self._shell, self._name, self._wish, self._reserved = shell, name, wish, reserved
        self._has_sudo = wish.sudo and not shell.greeting.is_root
        self._of_user: frozenset[str] = frozenset()
        self.settings: dict[str, bytes] = {}
        self.records: dict[str, bytes] = {}
        self.sources: dict[str, str] = {}
        self.missing: list[MissingFile] = []

    def read_settings(self) -> None:
        """Read krb5.conf with its includes, hosts and the files of Hadoop."""
        (answer,) = self._shell.ask([ReadRequest("login", "", 8 << 10)])
        found = _VARIABLE.findall(answer.content.decode("utf-8", "replace"))
        named = {name: path for name, path in found if clean(path) == path}
        self._of_user = frozenset(named.values())
        wanted = list(places.candidates(named))
        requests = [ReadRequest("file", path, MOST_SETTINGS) for _, paths in wanted for path in paths]
        answers = iter(self._shell.ask(requests))
        for name, paths in wanted:
            self._choose(name, [(path, next(answers)) for path in paths])
        if krb5_includes.NAME in self.settings:
            self._read_includes()

    def read_records(self) -> None:
        """Read what commands show: sockets, firewall, addresses, routes."""
        for record in places.load().record:
            self._read_record(record)

    def read_kdc_log(self) -> None:
        """Read the end of the first log that a KDC wrote."""
        table = places.load().kdc
        texts = [self.settings.get(krb5_includes.NAME, b"")]
        read = {path: self._read("file", path, MOST_SETTINGS) for path in table.configurations}
        for path, answer in read.items():
            if _OF_MIT in answer.content and f"kdc-{self._name}.conf" not in self.records:
                self._keep_record("kdc", "conf", answer.content, path)
        texts += [answer.content for answer in read.values()]
        named = [match.decode("ascii") for text in texts for match in _KDC_LOG.findall(text)]
        for path in dict.fromkeys([*named, *table.logs]):
            answer = self._read("end", path, MOST_LOG)
            if answer.cause is None and log_kind(answer.content) == "log:kdc":
                self._keep_record("krb5kdc", "log", _from_a_line(answer.content), path)
                return
            if answer.cause != "absent":
                self._note(path, answer.cause or "other-kind", answer.words)
        for path, answer in read.items():
            if answer.cause not in (None, "absent"):  # it may name another log
                self._note(path, answer.cause, answer.words)

    def read_log(self, path: str) -> None:
        """Read the end of a log that the user named."""
        answer = self._read("end", path, MOST_LOG)
        if answer.cause is None and not isinstance(decoded(answer.content), NoLog):
            stem = _NOT_IN_A_NAME.sub("-", path.rpartition("/")[2].removesuffix(".log")) or "log"
            self._keep_record(stem, "log", _from_a_line(answer.content), path)
        else:
            self._note(path, answer.cause or "other-kind", answer.words)

    def _choose(self, name: str, answers: Sequence[tuple[str, HostBytes]]) -> None:
        """Keep the first file that is there. Note what could not be read before it."""
        for path, first in answers:
            is_hidden = first.cause == "denied" and self._has_sudo
            answer = self._through_root(name, path, first) if is_hidden else first
            if answer.cause is None:
                self.settings[name], self.sources[name] = answer.content, path
                return
            if answer.cause != "absent":
                self._note(path, answer.cause, answer.words)
        if all(answer.cause == "absent" for _, answer in answers):
            self._note(name, "absent", "")

    def _through_root(self, name: str, path: str, denied: HostBytes) -> HostBytes:
        mark = next((mark for end, mark in _MARKS.items() if name.endswith(end)), None)
        if mark is None or path.rpartition("/")[0] in self._of_user:
            return denied
        (answer,) = self._shell.ask([ReadRequest("file", path, MOST_SETTINGS, is_root=True)])
        return HostBytes(b"", "other-kind") if answer.cause is None and mark not in answer.content else answer

    def _read_includes(self) -> None:
        name = krb5_includes.NAME
        includes = HostIncludes(self._shell, self._note, {*self.settings, *self._reserved})
        for file, path, content in includes.read(self.sources[name], self.settings[name]):
            self.settings[file], self.sources[file] = content, path

    def _read_record(self, record: RecordCommands) -> None:
        done = [(command, self._run(command)) for command in record.commands]
        name = record.name
        if record.instead and done[0][1].cause == "no-program":
            name = record.instead.name
            done = [(command, self._run(command)) for command in record.instead.commands]
        content = b"".join(answer.content for _, answer in done)
        is_hidden = not content and record.needs_root and not (self._shell.greeting.is_root or self._has_sudo)
        for command, answer in done:
            if answer.cause is not None or is_hidden:
                self._note(command, answer.cause or "denied", answer.words)
        has_no_rules = record.needs_root and not is_hidden and all(answer.cause is None for _, answer in done)
        if content or has_no_rules:
            self._keep_record(name, "txt", content, "; ".join(command for command, _ in done))

    def _run(self, command: str) -> HostBytes:
        if self._has_sudo:
            (answer,) = self._shell.ask([ReadRequest("run", command, MOST_RECORD, is_root=True)])
            if answer.cause != "sudo":
                return answer
            (plain,) = self._shell.ask([ReadRequest("run", command, MOST_RECORD)])
            return answer if plain.cause == "denied" else plain
        (answer,) = self._shell.ask([ReadRequest("run", command, MOST_RECORD)])
        return answer

    def _read(self, verb: Verb, path: str, most: int) -> HostBytes:
        """Return a file or its end, through sudo if that is wanted and needed."""
        (answer,) = self._shell.ask([ReadRequest(verb, path, most)])
        if answer.cause == "denied" and self._has_sudo:
            (answer,) = self._shell.ask([ReadRequest(verb, path, most, is_root=True)])
        return answer

    def _keep_record(self, stem: str, ending: str, content: bytes, source: str) -> None:
        file = f"{stem}-{self._name}.{ending}"
        self.records[file], self.sources[file] = content, source

    def _note(self, source: str, cause: HostCause, words: str) -> None:
        helps = cause == "denied" and not self._wish.sudo and not self._shell.greeting.is_root
        shown = words[:_SHOWN] if cause in ("failed", "sudo") else ""
        self.missing.append(MissingFile(source=clean(source), cause=cause, words=shown, helps_sudo=helps))


def _from_a_line(content: bytes) -> bytes:
    """Return the end of a log without the part of a line that it begins with."""
    return content if len(content) < MOST_LOG else content.partition(b"\n")[2]


def _addresses(text: bytes) -> Iterator[str]:
    """Yield the addresses of `ip addr show`, without loopback and link-local ones."""
    for found in dict.fromkeys(_ADDRESS.findall(text.decode("utf-8", "replace"))):
        try:
            parse_address(found)
        except ValueError:
            continue
        if not found.startswith(("127.", "fe80:", "::1")):
            yield found


def _clock(shell: HostShell) -> tuple[float | None, float | None]:
    """Return the clock of the host minus ours, and by how much that may be wrong.

    The quickest of a few answers counts. A date that knows no %N gives whole seconds.
    """
    found: list[tuple[float, float]] = []
    for _ in range(_TIMES):
        began = time.time()
        (answer,) = shell.ask([ReadRequest("run", "date +%s.%N", 100)])
        ended = time.time()
        told = _SECONDS.match(answer.content)
        if told is not None:
            grain = 0.0 if told[2] else 0.5
            there = float(told[1] + (told[2] or b"")) + grain
            found.append(((ended - began) / 2 + grain, there - (began + ended) / 2))
    if not found:
        return None, None
    error, offset = min(found)
    return round(offset, 3), round(error, 3)
