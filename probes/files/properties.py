"""Which keys does a Java properties file set, and on which lines?

The grammar is that of `java.util.Properties.load`:
https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from probes.errors import FormatError
from probes.files.hadoopconf import Setting
from probes.origin import Origin

MAX_BYTES = 1 << 20

BLANK = " \t\f"
SEPARATORS = "=:"
COMMENT_MARKS = "#!"

_LINE_END = re.compile(r"\r\n|\r|\n")
_KEY = re.compile(r"(?:[^\\=: \t\f]|\\.)*", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_TRIMMED = "".join(chr(code) for code in range(33) if chr(code) not in "\r\n")


class PropertiesError(FormatError):
    """A file is not a properties file: an unfinished \\u escape, where Java throws too, or too large."""


def read_properties(
    file: str, content: bytes, encoding: Literal["utf-8", "iso-8859-1"] = "utf-8"
) -> tuple[Setting, ...]:
    """The settings in file order, a key as often as it is written (the last one counts); each with the line on which it begins.

    encoding: Spark and Kyuubi read UTF-8, ZooKeeper and the launchers of Presto and Trino read ISO-8859-1; the two differ only beyond ASCII. Bytes that are no
    UTF-8 become U+FFFD, and a byte order mark becomes part of the first key, both as in Java.
    Values lose the blanks around them, but not escaped line ends, as Spark trims; Java itself keeps those at the end.
    """
    if len(content) > MAX_BYTES:
        raise PropertiesError(file, None, f"{len(content)} bytes", f"at most {MAX_BYTES}")
    settings: list[Setting] = []
    for number, line in _logical_lines(content.decode(encoding, errors="replace")):
        raw_key, raw_value = _split(line)
        key, value = (_unescaped(file, number, raw) for raw in (raw_key, raw_value))
        settings.append(Setting(key, value.strip(_TRIMMED), Origin(file, number, key)))
    return tuple(settings)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that set something with the number of their first, joined where one ends in an odd number of backslashes.

    A line that continues another may begin with a comment mark or be empty. A lone backslash begins nothing, so what follows it is read as if it stood alone.
    """
    begun, parts = 0, list[str]()
    # Java sees the end of the file before it minds a last line end: a file that ends in a lone backslash and one line end sets the empty key.
    lines = _LINE_END.split(text[:-1] if text.endswith(("\r", "\n")) else text)
    for number, physical in enumerate(lines, 1):
        line = physical.lstrip(BLANK)
        if not parts:
            if not line or line[0] in COMMENT_MARKS:
                continue
            begun = number
        if not _continues(line):
            yield begun, "".join(parts) + line
            parts.clear()
        elif number == len(lines):
            yield begun, "".join(parts) + line[:-1]
            return
        elif parts or line != "\\":
            parts.append(line[:-1])
    if parts:
        yield begun, "".join(parts)


def _continues(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _split(line: str) -> tuple[str, str]:
    """The key ends at the first unescaped separator or blank; then come blanks, at most one separator, blanks."""
    found = _KEY.match(line)
    end = found.end() if found else 0
    rest = line[end:].lstrip(BLANK)
    if rest[:1] and rest[0] in SEPARATORS:
        rest = rest[1:].lstrip(BLANK)
    return line[:end], rest


def _unescaped(file: str, line: int, raw: str) -> str:
    if "\\" not in raw:
        return raw

    def letter(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) == 5:
            return chr(int(code[1:], 16))
        if code == "u":
            raise PropertiesError(file, line, "\\u without four hexadecimal digits", "\\uXXXX")
        return _CONTROL.get(code, code)

    text = _ESCAPE.sub(letter, raw)
    # Java strings are UTF-16: two escapes may make one letter, and half of one is no text that can be written anywhere.
    return text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
