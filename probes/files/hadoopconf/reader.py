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
from collections.abc import Callable, Mapping
from dataclasses import field

from probes.files.hadoopconf.deprecated import current
from probes.files.hadoopconf.errors import HadoopConfError
from probes.files.hadoopconf.setting import Setting, XmlLayer
from probes.files.hadoopconf.xml_encoding import as_utf_8
from probes.frozen import mutable
from probes.language import tr
from probes.origin import Origin

MAX_BYTES = 4 << 20
"""Bytes of one file. The longest real one, a full dump of hive-site with its defaults, is under 1
MiB.
"""

MAX_DEPTH = 8
MAX_INCLUDED_FILES = 64
MAX_INCLUDED_BYTES = 16 << 20

MAX_NESTED = 1000
"""Tags inside each other. Hadoop refuses more."""
MAX_DEFAULTS = 10
"""Attributes that a DOCTYPE may declare. Each element gets all of them, so they multiply a file."""
MAX_DEFAULT = 40
"""Characters of such an attribute."""

_SEPARATOR = ":"
"""Stands between namespace and name. No local name has one."""
_ENTITY = b"<!ENTITY"

BLANK = " \t\r\n"
"""Blanks that Java's trim() can meet in XML.

A no-break space pasted from a web page is not one of them and stays part of the name.
"""

Include = Callable[[str], tuple[str, bytes] | None]
"""Return name and content of an included file, or None if there is no such file.

A relative href is joined to the directory of the including file and normalised, and may begin with
`..`. Absolute paths and URLs are passed as written. The callback decides which of them it may open.
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


@mutable
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
        _Document(self, file, depth).read(content)

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


@mutable
class _Document:
    """State between two events of one file. `fallback_*`: whether properties count at this
    place.
    """

    reader: _LayerReader
    file: str
    depth: int
    tags: list[tuple[str, int]] = field(default_factory=list)
    """Names and lines of the tags that are open here."""
    text: list[str] = field(default_factory=list)
    key: str | None = None
    value: str | None = None
    final: bool = False
    line: int | None = None
    href: str = ""
    fallback_allowed: bool = False
    fallback_entered: bool = False
    defaults: int = 0
    """Attributes that the DOCTYPE declares."""

    def read(self, content: bytes) -> None:
        from xml.parsers import expat  # many commands read no XML

        if len(content) > MAX_BYTES:
            raise HadoopConfError(self.file, None, f"{len(content)} bytes", f"at most {MAX_BYTES}", is_our_bound=True)
        data = as_utf_8(self.file, content)
        parser = expat.ParserCreate("utf-8", _SEPARATOR)
        parser.buffer_text = True
        parser.CharacterDataHandler = self.text.append
        parser.StartElementHandler = lambda name, attributes: self.start(name, attributes, parser.CurrentLineNumber)
        parser.EndElementHandler = self.end
        parser.EntityDeclHandler = lambda *_: self.refuse_entity(data, parser.CurrentByteIndex)
        parser.AttlistDeclHandler = lambda *declared: self.count_default(declared[3], parser.CurrentLineNumber)
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise self.mistake(data, error.code, error.lineno, parser.ErrorByteIndex) from None
        finally:
            # Nothing that the parser holds may hold the parser.
            parser.StartElementHandler = parser.EntityDeclHandler = parser.AttlistDeclHandler = None

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        name = _local(tag)
        if not self.tags:
            self.check_root(name, line)
        self.tags.append((name, line))
        if len(self.tags) > MAX_NESTED:
            found = tr("tags more than {limit} deep", limit=MAX_NESTED)
            raise HadoopConfError(self.file, line, found, tr("tags inside each other only as they belong"))
        match name:
            case "property":
                self.key, self.value, self.final, self.line = None, None, False, line
                self._attributes(attributes)
            case "name" | "value" | "final" | "source" | "tag":
                self.text.clear()
            case "include":
                self._include(attributes, line)
            case "fallback":
                self.fallback_entered = True

    def end(self, tag: str) -> None:
        name, line = self.tags.pop()
        match name:
            case "name" if token := "".join(self.text):
                self.key = token.strip(BLANK)
            case "value" if token := "".join(self.text):
                self.value, self.line = token, line
            case "final" if token := "".join(self.text):
                self.final = token == "true"
            case "include":
                if self.fallback_allowed and not self.fallback_entered:
                    self.reader.missing.append(Origin(self.file, line, self.href))
                self.fallback_allowed = self.fallback_entered = False
            case "property":
                self._property()

    def check_root(self, name: str, line: int) -> None:
        if name != "configuration" and (name != "property" or self.depth == 0):
            raise HadoopConfError(self.file, line, f"the root <{_quoted(name)}>", "<configuration>")

    def refuse_entity(self, data: bytes, place: int) -> None:
        line = data.count(b"\n", 0, max(0, data.rfind(_ENTITY, 0, place + len(_ENTITY)))) + 1
        raise HadoopConfError(self.file, line, "an entity declaration", "no entities", is_our_bound=True)

    def count_default(self, text: str | None, line: int) -> None:
        self.defaults += 1
        if self.defaults > MAX_DEFAULTS or len(text or "") > MAX_DEFAULT:
            found = tr("a DOCTYPE that declares many or long attributes")
            expected = f"at most {MAX_DEFAULTS}, each of {MAX_DEFAULT} characters"
            raise HadoopConfError(self.file, line, found, expected, is_our_bound=True)

    def mistake(self, data: bytes, code: int, line: int, place: int) -> HadoopConfError:
        """Return the error for a text that is no XML, at a line that the file has."""
        from probes.files.hadoopconf.xml_mistakes import words

        last = len(data.rstrip(b"\0 \t\r\n").splitlines())
        found, expected = words(data, code, place if place >= 0 else len(data), self.tags)
        return HadoopConfError(self.file, min(line, last), _quoted(found), expected)

    def _attributes(self, attributes: Mapping[str, str]) -> None:
        for name, text in attributes.items():
            match _local(name):
                case "name":
                    self.key = text
                case "value":
                    self.value = text
                case "final":
                    self.final = text == "true"

    def _include(self, attributes: Mapping[str, str], line: int) -> None:
        hrefs = [text for name, text in attributes.items() if _local(name) == "href"]
        if hrefs:
            self.href = hrefs[-1]
            self.fallback_allowed = not self.reader.included(self.file, line, self.href, self.depth)

    def _property(self) -> None:
        if self.key is None or (self.fallback_entered and not self.fallback_allowed):
            return
        setting = Setting(self.key, self.value or "", Origin(self.file, self.line, self.key), self.final)
        self.reader.add(setting, has_value=self.value is not None)


def _local(name: str) -> str:
    """Return the name without its namespace. Hadoop ignores the namespace."""
    return name.rpartition(_SEPARATOR)[2]


def _joined(file: str, href: str) -> str:
    if "://" in href or href.startswith(("/", "file:")):
        return href
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), href))


def _quoted(text: str) -> str:
    """Return text from the file, short enough for a message and without control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:120])
