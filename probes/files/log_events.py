"""Which events does a log of a client or a service hold: a line with its time, and the stack trace
below it?

Time stamps of log4j, log4j2, Spark, Java's own logging, DataX, DataWorks, Trino, syslog and
KRB5_TRACE are read, with and without a zone. A stack trace belongs to the line above it. A line
without a time stamp, such as Kerberos debug output, is an event with the time of the last stamp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from probes.frozen import frozen
from probes.language import marked
from probes.regex import regex

LARGEST_READ: Final = 8 << 20
"""Characters that are read from the end of a log. The newest lines count."""

LONGEST_LINE: Final = 4096
"""Characters of a line that are read."""

MOST_LINES: Final = 500
"""Lines that are kept of one event. A longer stack trace keeps its first lines and its causes."""

HEAD: Final = 64 << 10
"""Bytes at the beginning of a file that tell whether it is a log."""

BEGINNING: Final = 300
"""Characters of a line in which an exception is looked for, to tell a log from other text."""

_STAMP: Final = regex(
    r"[ \t]{0,4}[\[(]?(?P<date>\d{4}[-/]\d\d[-/]\d\d|\d\d/\d\d/\d\d)[T ](?P<clock>\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?"
    r" ?(?P<zone>Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b)?"
)
_TRACE: Final = regex(r"\[\d{1,10}\] (?P<epoch>\d{9,10})\.\d{1,6}: ")
_JAVA: Final = regex(
    r"(?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}), (?P<year>\d{4}),? "
    r"(?P<hour>\d{1,2}):(?P<rest>\d\d:\d\d) (?P<half>[AP]M)"
)
_UPLOADED: Final = regex(
    r"Log Upload Time ?: ?[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d\d) (?P<clock>\d\d:\d\d:\d\d) "
    r"(?P<zone>[+-]\d{4}) (?P<year>\d{4})"
)
_SYSLOG: Final = regex(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_FRAME: Final = regex(r"\s{1,64}(?:at \S|\.\.\. \d{1,6} (?:more|common))")
_NESTED: Final = regex(r"(?P<indent>\s{0,64})(?P<kind>Caused by|Suppressed|Wrapped by): ")
_THROWN: Final = regex(
    r"(?:Exception in thread \"[^\"]{1,100}\" )?(?:[a-z_][\w$]{0,60}\.){1,12}"
    r"[A-Z][\w$]{0,100}(?:Exception|Error|Throwable)\b"
)
_DEBUG: Final = regex(r">>> ?(?:Krb|KDC|EType|Config|crc|Pre-?Auth)|KrbKdcReq|Java config name: |Found ticket for ")
_TOOL: Final = regex(r"(?:kinit|kvno|klist|hdfs|hive|ls|beeline): ")
_CONTAINER: Final = regex(r"Container: container_\w{1,100} on (?P<host>[A-Za-z0-9.-]{1,253})_\d{1,5}")


@frozen
class LogEvent:
    """One event: a line, and the stack trace below it."""

    line: int
    """1-based number of the first line."""
    stamp: str
    """Time as the log writes it, also of the last line that has one. "" if none has."""
    at: datetime | None
    """The same as a value: with a zone if the log has one, else without. None if it has no year, or
    is no time."""
    lines: tuple[tuple[int, str], ...]
    """Number and text of each line, without frames and without what was suppressed."""
    suppressed: tuple[tuple[int, str], ...] = ()
    """Lines of exceptions that were suppressed: they are no cause."""
    host: str | None = None
    """Node whose YARN container wrote it. None if the log names none."""

    @property
    def outermost(self) -> tuple[int, str]:
        """Return the first line, with its number."""
        return self.lines[0]

    @property
    def innermost(self) -> tuple[int, str]:
        """Return the last cause, with its number. The first line if there is none."""
        return next((line for line in reversed(self.lines) if _NESTED.match(line[1])), self.lines[0])


def events(text: str, first_line: int = 1) -> Iterator[LogEvent]:
    """Yield the events of the end of a log, in its order. Never raises.

    first_line: number of the first line of the text.
    """
    start = max(0, len(text) - LARGEST_READ)
    if start:
        start = text.find("\n", start) + 1 or len(text)
    splitting = _Splitting(first_line - 1 + text.count("\n", 0, start))
    for line in text[start:].split("\n"):
        yield from splitting.take(line[:LONGEST_LINE].rstrip("\r"))
    yield from splitting.end()


def is_cut(text: str) -> bool:
    """Return True if only the end of this log is read."""
    return len(text) > LARGEST_READ


class _Splitting:
    """Collects lines until the next event begins."""

    def __init__(self, before: int) -> None:
        self._number = before
        self._stamp = ""
        self._at: datetime | None = None
        self._lines: list[tuple[int, str]] = []
        self._suppressed: list[tuple[int, str]] = []
        self._indent: int | None = None
        self._is_trace = False
        self._host: str | None = None

    def take(self, line: str) -> Iterator[LogEvent]:
        self._number += 1
        if not line and not self._lines:
            return
        stamp = _stamped(line)
        if stamp is None and self._lines and self._continues(line):
            self._add(line)
            return
        yield from self.end()
        if stamp is not None:
            self._stamp, self._at = stamp
        if container := _CONTAINER.match(line):
            self._host = container["host"]
        if line.strip():
            self._lines = [(self._number, line)]
            self._is_trace = stamp is None and bool(_THROWN.match(line))

    def end(self) -> Iterator[LogEvent]:
        if self._lines:
            yield LogEvent(
                self._lines[0][0], self._stamp, self._at, tuple(self._lines), tuple(self._suppressed), self._host
            )
        self._lines, self._suppressed, self._indent, self._is_trace = [], [], None, False

    def _continues(self, line: str) -> bool:
        if _FRAME.match(line) or _NESTED.match(line):
            return True
        if not self._is_trace and _THROWN.match(line):
            self._is_trace = True  # the exception that the line above was logged with
            return True
        return False

    def _add(self, line: str) -> None:
        nested = _NESTED.match(line)
        indent = len(line) - len(line.lstrip())
        if nested and nested["kind"] == "Suppressed" and (self._indent is None or indent < self._indent):
            self._indent = indent
        elif self._indent is not None and indent < self._indent:
            self._indent = None
        self._is_trace = True
        if _FRAME.match(line):
            if len(self._lines) < MOST_LINES and self._indent is None and "krb5" in line:
                self._lines.append((self._number, line))  # tells whose exception it is
            return
        kept = self._lines if self._indent is None else self._suppressed
        if len(kept) < 2 * MOST_LINES:
            kept.append((self._number, line))


_BEGINS: Final = frozenset("0123456789[( \tADFJLMNOS")
"""Characters that a time stamp begins with."""


def _stamped(line: str) -> tuple[str, datetime | None] | None:
    """Return the time at the beginning of a line, as written and as a value. None without one."""
    if not line or line[0] not in _BEGINS:
        return None
    if found := _STAMP.match(line):
        return found[0].strip(" \t[("), _moment(found["date"], found["clock"], found["zone"])
    if found := _TRACE.match(line):
        at = datetime.fromtimestamp(int(found["epoch"]), UTC)
        return at.strftime("%Y-%m-%d %H:%M:%SZ"), at
    if found := _JAVA.match(line):
        hour = int(found["hour"]) % 12 + (12 if found["half"] == "PM" else 0)
        date = _date(found["year"], found["month"], found["day"])
        return found[0], _moment(date, f"{hour:02}:{found['rest']}", None)
    if found := _UPLOADED.match(line):
        date = _date(found["year"], found["month"], found["day"])
        return found[0].partition(":")[2].strip(), _moment(date, found["clock"], found["zone"])
    if found := _SYSLOG.match(line):
        return found[0].strip(), None
    return None


def _date(year: str, month: str, day: str) -> str:
    return f"{year}-{_MONTHS.index(month) + 1 if month in _MONTHS else 0:02}-{int(day):02}"


def _moment(date: str, clock: str, zone: str | None) -> datetime | None:
    date = date.replace("/", "-")
    try:
        at = datetime.fromisoformat(f"{date if len(date) == 10 else f'20{date}'}T{clock}")
        return at if zone is None else at.replace(tzinfo=_zone(zone))
    except ValueError:
        return None


def _zone(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _names_an_exception(line: str) -> bool:
    """Return True if the beginning of a line names a class of exception."""
    return ("Exception" in line or "Error" in line) and bool(_THROWN.search(line[:BEGINNING]))


_MAGIC: Final = (
    (b"\x1f\x8b", marked("a gzip archive"), marked("the unpacked log")),
    (b"PK\x03\x04", marked("a zip archive"), marked("the unpacked log")),
    (b"BZh", marked("a bzip2 archive"), marked("the unpacked log")),
    (b"\xfd7zXZ", marked("an xz archive"), marked("the unpacked log")),
    (b"\x7fELF", marked("a program"), marked("the log that it writes")),
    (b"\x89PNG", marked("a picture"), marked("the text that it shows")),
    (b"\xff\xd8\xff", marked("a picture"), marked("the text that it shows")),
    (b"%PDF", marked("a PDF document"), marked("the text of the log")),
    (b"\x05\x02", marked("a keytab"), marked("a log")),
    (b"\x05\x04", marked("a Kerberos credentials cache"), marked("a log")),
    (b"\xca\xfe\xba\xbe", marked("a Java class file"), marked("a log")),
    (b"\xd4\xc3\xb2\xa1", marked("a packet capture"), marked("a log")),
    (b"\x0a\x0d\x0d\x0a", marked("a packet capture"), marked("a log")),
)
_WIDE: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PAGE: Final = regex(rb"\s{0,256}<(?:!doctype html|html)\b", re.IGNORECASE)


@frozen
class NoLog:
    """What a file is that is not a log. Its texts are marked, see `language`."""

    what: str
    """What it is."""
    needs: str
    """What would be read instead."""


def decoded(content: bytes) -> str | NoLog:
    """Return the text of a log. NoLog if it is none: a program, an archive, a page, empty."""
    for magic, what, needs in _MAGIC:
        if content.startswith(magic):
            return NoLog(what, needs)
    if not content.strip():
        return NoLog(marked("empty"), marked("the log with its lines"))
    for mark, encoding in _WIDE:
        if content.startswith(mark):
            return content[2:].decode(encoding, "replace")
    if b"\0" in content[:HEAD]:
        return NoLog(marked("binary data"), marked("the text of the log"))
    if _PAGE.match(content):
        return NoLog(marked("an HTML page, perhaps a login page"), marked("the log itself, as text"))
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def looks_like_log(head: bytes) -> bool:
    """Return True if a text has time stamps, stack traces, or Kerberos output, as logs have.

    Two lines of a kind are needed, or one of a stack trace or of Kerberos output.
    """
    text = decoded(head[:HEAD])
    if isinstance(text, NoLog):
        return False
    stamps, has_thrown = 0, False
    for line in text.split("\n"):
        stamps += _stamped(line[:LONGEST_LINE]) is not None
        if stamps >= 2 or _DEBUG.search(line[:LONGEST_LINE]) or _TOOL.match(line) or _CONTAINER.match(line):
            return True
        if has_thrown and (_FRAME.match(line) or _NESTED.match(line)):
            return True
        has_thrown = has_thrown or _names_an_exception(line)
    return has_thrown or (stamps == 1 and text.strip().count("\n") == 0)
