"""What does one Hadoop XML file set, property by property, with line numbers?

Events are handled in the order of Hadoop 3's streaming parser. So odd documents have the same
meaning as there: a name written twice, elements inside a value, a property inside a property. Three
things are stricter, because files come from strangers:

- An entity declaration is refused, as a bound of ours: Hadoop 2.10 and 3.3 take it.
- Nothing is ever fetched. The caller supplies included files.
- A root other than <configuration> is an error, as in Hadoop 2.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from probes.errors import FormatError
from probes.files.file_type import AS_UTF_8, UTF_16, wide_encoding
from probes.files.hadoopconf.deprecated import current
from probes.files.hadoopconf.setting import Setting, XmlLayer
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BYTES = 4 << 20
"""Bytes of one file. The longest real one, a full dump of hive-site with its defaults, is under 1
MiB.
"""

MAX_DEPTH = 8
MAX_INCLUDED_FILES = 64
MAX_INCLUDED_BYTES = 16 << 20

LAST_LINE = 65535

BLANK = " \t\r\n"
"""Blanks that Java's trim() can meet in XML.

A no-break space pasted from a web page is not one of them and stays part of the name.
"""

Include = Callable[[str], tuple[str, bytes] | None]
"""Return name and content of an included file, or None if there is no such file.

A relative href is joined to the directory of the including file and normalised, and may begin with
`..`. Absolute paths and URLs are passed as written. The callback decides which of them it may open.
"""


class HadoopConfError(FormatError):
    """A file is not a Hadoop configuration: not XML, another root, an entity, too large, or endless
    includes.
    """


def read_xml(file: str, content: bytes, include: Include | None = None) -> XmlLayer:
    """Return the settings of one file and of its includes, in document order.

    - Origins carry the line of <value>. They carry that of <property> for the attribute form
      `<property name= value= final=>` and if there is no value.
    - An include that is not found takes its <fallback>. Without one it is listed in `missing`.
    - HadoopConfError, with the file concerned, is the only error.
    """
    reader = _LayerReader(include)
    reader.read(file, content, depth=0)
    return XmlLayer(tuple(reader.settings), tuple(reader.valueless), tuple(reader.missing))


@dataclass(slots=True)
class _LayerReader:
    """State that all files of one layer share."""

    include: Include | None
    settings: list[Setting] = field(default_factory=list)
    valueless: list[Setting] = field(default_factory=list)
    missing: list[Origin] = field(default_factory=list)
    locked: set[str] = field(default_factory=set)
    files: int = 0
    size: int = 0

    def read(self, file: str, content: bytes, depth: int) -> None:
        roots = ("configuration",) if depth == 0 else ("configuration", "property")
        document = _Document(self, file, depth)
        for event, element in _walk(_root(file, content, roots)):
            if event == "start":
                document.start(element)
                document.characters(element.text)
                continue
            if event == "end":
                document.end(element)
            document.characters(element.tail)

    def included(self, file: str, line: int | None, href: str, depth: int) -> bool:
        """Read what a file includes. Return False if there is nothing to read."""
        entry = self.include(_joined(file, href)) if self.include else None
        if entry is None:
            return False
        self.files += 1
        self.size += len(entry[1])
        if depth >= MAX_DEPTH or self.files > MAX_INCLUDED_FILES or self.size > MAX_INCLUDED_BYTES:
            expected = f"includes up to {MAX_DEPTH} deep, {MAX_INCLUDED_FILES} files and {MAX_INCLUDED_BYTES} bytes"
            found = f"an include of {_quoted(href)} that goes beyond that"
            raise HadoopConfError(file, line, found, expected, is_our_bound=True)
        self.read(entry[0], entry[1], depth + 1)
        return True

    def add(self, setting: Setting, *, has_value: bool) -> None:
        key = current(setting.key)
        if not has_value:
            self.valueless.append(setting)
            if setting.final:
                self.locked.add(key)
        elif key not in self.locked:
            self.settings.append(setting)


@dataclass(slots=True)
class _Document:
    """State between two events of one file. `fallback_*`: whether properties count at this
    place.
    """

    reader: _LayerReader
    file: str
    depth: int
    text: list[str] = field(default_factory=list)
    key: str | None = None
    value: str | None = None
    final: bool = False
    line: int | None = None
    href: str = ""
    fallback_allowed: bool = False
    fallback_entered: bool = False

    def characters(self, text: str | None) -> None:
        if text:
            self.text.append(text)

    def start(self, element: _Element) -> None:
        match _local(element.tag):
            case "property":
                self.key, self.value, self.final, self.line = None, None, False, _line(element)
                self._attributes(element)
            case "name" | "value" | "final" | "source" | "tag":
                self.text.clear()
            case "include":
                self._include(element)
            case "fallback":
                self.fallback_entered = True

    def end(self, element: _Element) -> None:
        match _local(element.tag):
            case "name" if token := "".join(self.text):
                self.key = token.strip(BLANK)
            case "value" if token := "".join(self.text):
                self.value, self.line = token, _line(element)
            case "final" if token := "".join(self.text):
                self.final = token == "true"
            case "include":
                if self.fallback_allowed and not self.fallback_entered:
                    self.reader.missing.append(Origin(self.file, _line(element), self.href))
                self.fallback_allowed = self.fallback_entered = False
            case "property":
                self._property()

    def _attributes(self, element: _Element) -> None:
        for name, text in element.attrib.items():
            match _local(name):
                case "name":
                    self.key = str(text)
                case "value":
                    self.value = str(text)
                case "final":
                    self.final = text == "true"

    def _include(self, element: _Element) -> None:
        hrefs = [str(text) for name, text in element.attrib.items() if _local(name) == "href"]
        if hrefs:
            self.href = hrefs[-1]
            self.fallback_allowed = not self.reader.included(self.file, _line(element), self.href, self.depth)

    def _property(self) -> None:
        if self.key is None or (self.fallback_entered and not self.fallback_allowed):
            return
        setting = Setting(self.key, self.value or "", Origin(self.file, self.line, self.key), self.final)
        self.reader.add(setting, has_value=self.value is not None)


_ENTITY = regex(r"Entity '.*?'(?= not defined)")


def _root(file: str, content: bytes, roots: tuple[str, ...]) -> _Element:
    from lxml import etree  # costs some 10 ms, and many commands read no XML

    if len(content) > MAX_BYTES:
        raise HadoopConfError(file, None, f"{len(content)} bytes", f"at most {MAX_BYTES}", is_our_bound=True)
    _check_encoding(file, content)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax_error(file, content, error.lineno or None, str(error.msg)) from None
    except (etree.LxmlError, LookupError, ValueError) as error:
        raise HadoopConfError(file, None, _reason(str(error)), "well-formed XML") from None
    dtd = root.getroottree().docinfo.internalDTD
    if isinstance(dtd, etree.DTD) and any(True for _ in cast(Any, dtd).iterentities()):
        line = _line_of(content, b"<!ENTITY")
        raise HadoopConfError(file, line, "an entity declaration", "no entities", is_our_bound=True)
    for entity in root.iter(etree.Entity):
        raise HadoopConfError(file, _line(entity), "an entity", "no entities", is_our_bound=True)
    if _local(root.tag) not in roots:
        raise HadoopConfError(file, _line(root), f"the root <{_quoted(_local(root.tag))}>", "<configuration>")
    return root


_UNCLOSED = regex(r"Premature end of data in tag ([\w.:-]{1,60}) line (\d{1,6})")


def _syntax_error(file: str, content: bytes, line: int | None, message: str) -> HadoopConfError:
    """Return what libxml2 says of a file, in plain words if the end is missing.

    At the end of a file libxml2 may give the line after the last one.
    """
    last = content.rstrip(b"\0 \t\r\n").count(b"\n") + 1
    line = line and min(line, last)
    unclosed = _UNCLOSED.match(message)
    if unclosed is None:
        return HadoopConfError(file, line, _reason(message), "well-formed XML")
    tag, opened = unclosed[1], int(unclosed[2])
    found = tr("the end of the file before <{tag}> of line {line} is closed", tag=tag, line=opened)
    if tag == "configuration":
        return HadoopConfError(file, last, found, tr("the closing tag </configuration> at the end"))
    return HadoopConfError(file, last, found, tr("the rest of the file, up to the closing tag </configuration>"))


_ONE_BYTE = frozenset({"utf-8", "utf8", "iso-8859-1", "us-ascii"})
_TWO_BYTES = frozenset({"utf-16", "utf-16le", "utf-16be"})
_DECLARED = regex(r"""<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.-]{1,40})["']""")
_HEAD = 1024
"""Bytes that hold the XML declaration, in UTF-16 too."""


def _check_encoding(file: str, content: bytes) -> None:
    """Refuse UTF-16 that Hadoop refuses. libxml2 reads most of it.

    Woodstox, in Hadoop 2.10 and 3.3, reads UTF-16 unless the first line declares an encoding of one
    byte a letter. Without a byte order mark the first line has to be an XML declaration.
    """
    wide = wide_encoding(content)
    head = content[:_HEAD].decode(wide or "utf-8-sig", "replace")
    declared = _DECLARED.match(head)
    name = declared[1] if declared else ""
    if wide is None:
        if name.lower() in _TWO_BYTES:
            found = tr('text saved as UTF-8 with encoding="{name}" on its first line', name=name)
            raise HadoopConfError(file, 1, found, tr('the same text with encoding="UTF-8"'))
    elif name.lower() in _ONE_BYTE:
        found = tr('text saved as UTF-16 with encoding="{name}" on its first line', name=name)
        raise HadoopConfError(file, 1, found, tr(AS_UTF_8))
    elif wide != "utf-16" and not head.startswith("<?xml"):
        raise HadoopConfError(file, 1, tr(UTF_16), tr(AS_UTF_8))


def _walk(root: _Element) -> Iterator[tuple[str, _Element]]:
    from lxml import etree

    yield from etree.iterwalk(root, events=("start", "end", "comment", "pi"))


def _local(tag: object) -> str:
    """Return the name without its namespace. Hadoop ignores the namespace."""
    return str(tag).rpartition("}")[2]


def _line(element: object) -> int | None:
    """Return the line of an element. None for the highest line number of libxml2.

    libxml2 keeps 16 bits of a line number. The highest value stands for all later lines.
    """
    line = cast("int | None", getattr(element, "sourceline", None))
    return None if line == LAST_LINE else line


def _joined(file: str, href: str) -> str:
    if "://" in href or href.startswith(("/", "file:")):
        return href
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), href))


def _reason(message: str) -> str:
    """Return the message of libxml2 without the place at its end, which the error states
    already.

    The name of an entity is left out: it may be the middle of a password with an unescaped "&".
    """
    return _quoted(_ENTITY.sub("an entity that is", message.partition(", line ")[0])) or "no XML"


def _quoted(text: str) -> str:
    """Return text from the file, short enough for a message and without control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:120])


def _line_of(content: bytes, mark: bytes) -> int | None:
    place = content.find(mark)
    return None if place < 0 else content.count(b"\n", 0, place) + 1
