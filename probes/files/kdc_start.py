"""Does a KDC run, by the end of its log? And what stopped it?

MIT krb5kdc 1.20 writes one of these and ends, which the lab asks. X stands for its name and number.

    X: Cannot open DB2 database '…': No such file or directory - while initializing database …
    X: Can not fetch master key (error: …). - while fetching master key K/M for realm …
    X: Configuration file does not specify default realm - while attempting to retrieve …
    X: Invalid argument - while initializing network
    X: Address already in use - Cannot bind server socket on 0.0.0.0.88
    X: Address already in use - Error setting up network

Standard error and the journal of systemd have the same in fewer words. Lines about a start that
failed count until a later line shows that the KDC runs.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from probes.frozen import frozen, replace
from probes.origin import Origin
from probes.regex import regex

Failure = Literal[
    "database",
    "master-key",
    "no-realm",
    "configuration",
    "listen-value",
    "listen-name",
    "port-taken",
    "no-address",
    "no-permission",
    "network",
    "realm",
    "exited",
    "stopped",
]
"""What stopped it.

- network, realm, exited: it ended, and the log does not say why.
- stopped: it was ended from outside, and not started again.
"""

UNTOLD: Final[frozenset[Failure]] = frozenset({"network", "realm", "exited"})
"""Failures of which an earlier line of the same start tells more."""

LONGEST_WORDS: Final = 200
"""Characters that are quoted."""

HINTS: Final = (
    *("while ", "etwork", "socket", "address info", "cannot initialize", "default realm", "shutting down"),
    *("starting...", ".service", " KDC", "Kerberos 5 K"),
)
"""Every line that is read here has one of them. The test is cheap."""

_Shapes = tuple[tuple[Failure, re.Pattern[str]], ...]

_ENDS: Final[_Shapes] = (
    ("database", regex(r"while initializing database for realm (?P<what>\S{1,255})")),
    ("master-key", regex(r"while (?:fetching master keys? (?:list|\S{1,255})|verifying master key) .{0,300}")),
    ("no-realm", regex(r"onfiguration file does not specify default realm")),
    ("configuration", regex(r"while initializing krb5\b")),
    ("listen-value", regex(r"while initializing network\b")),
    ("network", regex(r"Error setting up network")),
    ("realm", regex(r"cannot initialize realm (?P<what>\S{1,255})")),
    (
        "exited",
        regex(
            r"\b(?:krb5-?kdc|heimdal-kdc)\.service: (?:Main process exited|Control process exited|Failed with result)"
            r"|\bUnit (?:krb5-?kdc|heimdal-kdc)\.service entered failed state"
            r"|\bFailed to start (?:Kerberos 5 K\w+|(?:krb5-?kdc|heimdal-kdc)\.service|Heimdal KDC)"
        ),
    ),
    (
        "stopped",
        regex(r"\bkrb5kdc\b\S*?:? shutting down|\bStopped (?:Kerberos 5 K|(?:krb5-?kdc|heimdal-kdc)\.service)"),
    ),
)  # fmt: skip
_DETAILS: Final[_Shapes] = (
    ("port-taken", regex(r"Address already in use - Cannot bind server socket (?:on|to) (?P<what>.{1,100})")),
    ("no-address", regex(r"Cannot assign requested address - Cannot bind server socket (?:on|to) (?P<what>.{1,100})")),
    ("no-permission", regex(r"Permission denied - Cannot bind server socket (?:on|to) (?P<what>.{1,100})")),
    ("listen-name", regex(r"Failed getting address info \(for (?P<what>[^)]{1,255})\)")),
)
_RUNS: Final = regex(
    r"\bkrb5kdc\b.{0,60}commencing operation|\bkrb5kdc: starting\.\.\."
    r"|\bStarted (?:Kerberos 5 K|(?:krb5-?kdc|heimdal-kdc)\.service|Heimdal KDC)"
)
_PREFIX: Final = regex(r"^.{0,120}?\b(?:krb5kdc\S*?|systemd\[\d+\]): ")


@frozen
class NotRunning:
    """The KDC does not run, by its log."""

    failure: Failure
    """What stopped it."""
    said: str
    """The words of the log, without time and process."""
    origin: Origin
    """Their line."""
    what: str | None = None
    """Realm, socket or name that the words are about. None if they name none."""
    may_run: bool = False
    """True if it found its port taken, and no line before says that the last process had ended.
    Then that one may still run."""


class Starts:
    """Reads the lines of one log in their order."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._detail: NotRunning | None = None
        self._runs: bool | None = None  # until a line tells
        self.not_running: NotRunning | None = None
        """What stopped the KDC last. None if it runs, or if nothing is known."""

    def alive(self) -> None:
        """Take a line that only a running KDC writes."""
        self._runs, self._detail, self.not_running = True, None, None

    def take(self, number: int, line: str) -> bool:
        """Take any other line. Return True if it tells that the KDC does not run."""
        if not any(hint in line for hint in HINTS):
            return False
        if _RUNS.search(line):
            self.alive()
            return False
        if (detail := self._read(_DETAILS, number, line)) is not None:
            self._detail = replace(detail, may_run=detail.failure == "port-taken" and self._runs is not False)
            return False
        end = self._read(_ENDS, number, line)
        if end is None:
            return False
        self._end(end)
        return True

    def _end(self, end: NotRunning) -> None:
        before, detail = self.not_running, self._detail
        if end.failure in UNTOLD and detail is not None:
            end = detail
        if before is not None and not self._runs and _tells_less(end, before):
            return
        self.not_running = end
        self._runs = self._runs if end.may_run else False

    def _read(self, table: _Shapes, number: int, line: str) -> NotRunning | None:
        for failure, shape in table:
            match = shape.search(line)
            if match is not None:
                what = match.groupdict().get("what")
                words = line[prefix.end() :] if (prefix := _PREFIX.match(line)) else line
                return NotRunning(failure, words.strip()[:LONGEST_WORDS], Origin(self._file, number), what)
        return None


def _tells_less(end: NotRunning, before: NotRunning) -> bool:
    """Return True if an end adds nothing to the one before it. systemd stops what failed, too."""
    if end.failure == "stopped":
        return True
    return end.failure in UNTOLD and before.failure != "stopped"
