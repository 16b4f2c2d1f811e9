"""Which keys does a Java properties file set, and on which lines?

The grammar is that of `java.util.Properties.load(java.io.Reader)`:
https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from probes.errors import FormatError
from probes.files.file_type import AS_UTF_8, UTF_16, wide_encoding
from probes.files.hadoopconf import Setting
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

MAX_BYTES = 1 << 20

BLANK = " \t\f"
SEPARATORS = "=:"
COMMENT_MARKS = "#!"

_LINE_END = regex(r"\r\n|\r|\n")
_KEY = regex(r"(?:[^\\=: \t\f]|\\.)*", re.DOTALL)
_ESCAPE = regex(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_TRIMMED = "".join(chr(code) for code in range(33) if chr(code) not in "\r\n")


class PropertiesError(FormatError):
    """A file is not a properties file: it is too large, or has an unfinished \\u escape, for which
    Java throws too.
    """


def read_properties(
    file: str, content: bytes, encoding: Literal["utf-8", "iso-8859-1"] = "utf-8"
) -> tuple[Setting, ...]:
    """Return the settings in file order, each with the line on which it begins.

    - A key occurs as often as it is written. The last one counts.
    - encoding: Spark and Kyuubi read UTF-8. ZooKeeper and the launchers of Presto and Trino read
      ISO-8859-1. The two differ only beyond ASCII.
    - Bytes that are not UTF-8 become U+FFFD, and a byte order mark becomes part of the first key.
      Java does the same.
    - Values lose the blanks around them, but not escaped line ends. Spark trims them so; Java
      itself keeps blanks at the end.
    """
    if len(content) > MAX_BYTES:
        raise PropertiesError(file, None, f"{len(content)} bytes", f"at most {MAX_BYTES}", is_our_bound=True)
    if wide_encoding(content) is not None:
        raise PropertiesError(file, None, tr(UTF_16), tr(AS_UTF_8))
    settings: list[Setting] = []
    for number, line in _logical_lines(content.decode(encoding, errors="replace")):
        raw_key, raw_value = _split(line)
        key, value = (_unescaped(file, number, raw) for raw in (raw_key, raw_value))
        settings.append(Setting(key, value.strip(_TRIMMED), Origin(file, number, key)))
    return tuple(settings)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines that set something, each with the number of its first line.

    A line that ends in an odd number of backslashes is joined with the next one. A continuation may
    begin with a comment mark or be empty. A line of one backslash does not begin a setting, so the
    next line is read as if it stood alone.
    """
    first, parts = 0, list[str]()
    # Java notices the end of the file before the last line end. So a file that ends in a lone
    # backslash and one line end sets the empty key.
    lines = _LINE_END.split(text[:-1] if text.endswith(("\r", "\n")) else text)
    for number, physical in enumerate(lines, 1):
        line = physical.lstrip(BLANK)
        if not parts:
            if not line or line[0] in COMMENT_MARKS:
                continue
            first = number
        if not _continues(line):
            yield first, "".join(parts) + line
            parts.clear()
        elif number == len(lines):
            yield first, "".join(parts) + line[:-1]
            return
        elif parts or line != "\\":
            parts.append(line[:-1])
    if parts:
        yield first, "".join(parts)


def _continues(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _split(line: str) -> tuple[str, str]:
    """Cut a line at the first unescaped separator or blank.

    After the key come blanks, at most one separator, and blanks.
    """
    key = _KEY.match(line)
    end = key.end() if key else 0
    rest = line[end:].lstrip(BLANK)
    if rest[:1] and rest[0] in SEPARATORS:
        rest = rest[1:].lstrip(BLANK)
    return line[:end], rest


def _unescaped(file: str, line: int, raw: str) -> str:
    if "\\" not in raw:
        return raw

    def letter(escape: re.Match[str]) -> str:
        code = escape[1]
        if len(code) == 5:
            return chr(int(code[1:], 16))
        if code == "u":
            raise PropertiesError(file, line, "\\u without four hexadecimal digits", "\\uXXXX")
        return _CONTROL.get(code, code)

    text = _ESCAPE.sub(letter, raw)
    # Java strings are UTF-16: two escapes may make one letter. Half of a letter is not valid text.
    return text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
