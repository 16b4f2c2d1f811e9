"""Why is a text no XML, in words of the person who has to mend it?

expat gives a number and a place. The open tags and the bytes beside the place tell the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from xml.parsers import expat

from probes.language import tr
from probes.regex import regex

Words = tuple[str, str]
"""What was found, and what was expected."""

Tag = tuple[str, int]
"""Name and line of a tag that is not closed yet."""

_TEXTS: Final = frozenset({"name", "value", "final", "source", "tag", "description"})
_TAGS: Final = _TEXTS | {"configuration", "property", "include", "fallback"}
"""Tags of Hadoop. Another one inside a text may be the middle of a password with a "<"."""
_NEAR: Final = 200
"""Bytes beside a mistake that are looked at."""

_CODE: Final = expat.errors.codes
_NO_END: Final = _CODE[expat.errors.XML_ERROR_NO_ELEMENTS]
_CUT: Final = frozenset(
    {
        _CODE[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        _CODE[expat.errors.XML_ERROR_PARTIAL_CHAR],
        _CODE[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    }
)
_TOKEN: Final = frozenset({_CODE[expat.errors.XML_ERROR_INVALID_TOKEN], _CODE[expat.errors.XML_ERROR_SYNTAX]})
_NAME: Final = regex(rb"[^\s<>/='\"]{1,60}")
_AMPERSAND: Final = regex(rb"&#?[^\s<>&;]*\Z")


def words(data: bytes, code: int, place: int, tags: Sequence[Tag]) -> Words:
    """Return found and expected for an error of expat at a byte of the text."""
    if code == _NO_END:
        return _end_of_file(tags)
    if code in _CUT:
        return _cut(data, place, tags)
    if code in _TOKEN:
        return _no_token(data, place, tags)
    known = _KNOWN.get(code)
    if known is None:
        return expat.ErrorString(code) or "", tr("well-formed XML")
    return known(data, place, tags)


def _end_of_file(tags: Sequence[Tag]) -> Words:
    if not tags:
        return tr("no XML element"), "<configuration>"
    if tags[-1][0] not in _TAGS and _is_text(tags):
        return _less_than()
    tag, line = tags[-1]
    found = tr("the end of the file before <{tag}> of line {line} is closed", tag=tag, line=line)
    if tag == "configuration":
        return found, tr("the closing tag </configuration> at the end")
    return found, tr("the rest of the file, up to the closing tag </configuration>")


def _cut(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    """Return the words for a file that ends inside a tag, a comment or the like."""
    begun = data[place : place + _NEAR]
    if begun.startswith(b"<!--"):
        return tr("a comment without its end"), "-->"
    if begun.startswith(b"<?"):
        return tr("an instruction <? without its end"), "?>"
    if begun.startswith(b"&"):
        return _ampersand(data, place, tags)
    if begun.startswith(b"<"):
        return tr("a tag without its end: an > or a quotation mark is missing"), ">"
    if data.rfind(b"<![CDATA[") > data.rfind(b"]]>"):
        return tr("the text of <![CDATA[ without its end"), "]]>"
    return _end_of_file(tags)


def _no_token(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    """Return the words for a character that cannot stand where it stands."""
    before, after = data[max(0, place - _NEAR) : place], data[place : place + _NEAR]
    if after[:1] >= b"\x80" and not _is_utf_8(after):
        return tr("bytes that are not UTF-8"), tr("the file saved as UTF-8, or its encoding on its first line")
    if after and after[0] < 0x20 and after[0] not in b"\t\r\n":
        return tr("the control character {code}", code=f"U+{after[0]:04X}"), tr("a file without it")
    if _AMPERSAND.search(before):
        return _ampersand(data, place, tags)
    if before.endswith(b"--") and data.rfind(b"<!--", 0, place - 2) > data.rfind(b"-->", 0, place):
        return tr("two hyphens inside a comment"), tr("one hyphen, or the end of the comment -->")
    if before.endswith(b"]]") and after[:1] == b">":
        return tr("]]> in a text"), "]]&gt;"
    if after.startswith(b"<!") or before.endswith(b"<!"):
        return tr("a <! that begins neither a comment nor a DOCTYPE"), tr("a file without it")
    if after.startswith(b"<") and not before.endswith(b"<") and not _is_text(tags):
        return tr("a < inside a tag: an > or a quotation mark is missing before it"), ">"
    if not tags and b"<" not in data[data.find(b"?>") : place]:
        return tr("text before the first tag"), "<configuration>"
    start = before.rfind(b"<")
    if start >= 0 and b">" not in before[start:]:
        return _no_tag(before[start:], after, tags)
    return tr("a character that cannot stand here"), tr("well-formed XML")


def _no_tag(begun: bytes, after: bytes, tags: Sequence[Tag]) -> Words:
    """Return the words for what begins as a tag and is none. `after` is what follows."""
    if begun == b"<" and after[:1] == b"/":
        return tr("a closing tag with no tag to close"), tr("one closing tag for each tag")
    if begun.startswith(b"</"):
        return tr("a closing tag without its end"), ">"
    if begun.startswith(b"<?"):
        return tr("an instruction <? that XML does not allow"), tr("a file without it")
    if _is_text(tags) or _NAME.match(begun, 1) is None:
        return _less_than()
    return tr("a tag that is not written right"), tr("a tag such as <name>, and each attribute in quotation marks")


def _is_utf_8(text: bytes) -> bool:
    """Return True if the first character of a text is right UTF-8."""
    for length in (2, 3, 4):
        try:
            text[:length].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


def _ampersand(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    """Return the words for a bare "&". What follows it may be the middle of a password."""
    del data, place, tags
    return tr("an & that begins no entity of XML"), tr("&amp; for each & that is text")


def _is_text(tags: Sequence[Tag]) -> bool:
    """Return True if the innermost tag holds text, or is itself a part of a text with a "<"."""
    if not tags:
        return False
    return tags[-1][0] in _TEXTS or (tags[-1][0] not in _TAGS and any(tag in _TEXTS for tag, _ in tags))


def _less_than() -> Words:
    return tr("a < that begins no tag"), tr("&lt; for each < that is text")


def _mismatch(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    if tags[-1][0] not in _TAGS and _is_text(tags):
        return _less_than()
    closed = _name(data, place)
    tag, line = tags[-1]
    found = tr("</{closed}> before <{tag}> of line {line} is closed", closed=closed, tag=tag, line=line)
    return found, f"</{tag}>"


def _after_the_end(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    del tags
    if data[place : place + 1] == b"<":
        return tr("<{tag}> after the end of the first element", tag=_name(data, place + 1)), tr("the end of the file")
    return tr("text after the last closing tag"), tr("the end of the file")


def _prefix(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    del tags
    tag = _name(data, place + 1)
    prefix, colon, _ = tag.partition(":")
    if not colon:
        return tr("an attribute of <{tag}> with a prefix that is not declared", tag=tag), tr("xmlns: for the prefix")
    found = tr("<{tag}> with a prefix that is not declared", tag=tag)
    return found, f'xmlns:{prefix}="http://www.w3.org/2001/XInclude"' if prefix == "xi" else f"xmlns:{prefix}="


def _twice(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    del tags
    return tr("the attribute {name} twice in one tag", name=_name(data, place)), tr("each attribute once")


def _declaration(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    del data, place, tags
    return tr("<?xml behind the beginning of the file"), tr("<?xml as the first characters of the file, or not at all")


def _character(data: bytes, place: int, tags: Sequence[Tag]) -> Words:
    del data, place, tags
    return tr("the number of a character that XML does not allow"), tr("a file without it")


def _name(data: bytes, place: int) -> str:
    name = _NAME.match(data, place)
    return name[0].decode("utf-8", "replace") if name else "?"


_KNOWN: Final[dict[int, Callable[[bytes, int, Sequence[Tag]], Words]]] = {
    _CODE[expat.errors.XML_ERROR_TAG_MISMATCH]: _mismatch,
    _CODE[expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE]: _twice,
    _CODE[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: _after_the_end,
    _CODE[expat.errors.XML_ERROR_UNDEFINED_ENTITY]: _ampersand,
    _CODE[expat.errors.XML_ERROR_BAD_CHAR_REF]: _character,
    _CODE[expat.errors.XML_ERROR_MISPLACED_XML_PI]: _declaration,
    _CODE[expat.errors.XML_ERROR_UNBOUND_PREFIX]: _prefix,
}
