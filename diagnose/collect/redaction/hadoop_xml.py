"""Which values of an XML file are secrets: properties of Hadoop, and elements and attributes with
such a name?

The text is searched, not parsed: a file that Hadoop refuses has to stay one that it refuses, with
its fault on the same line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Final

from diagnose.case.secret_keys import is_secret
from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK
from probes.regex import regex

_PROPERTY: Final = regex(r"<property\b.*?(?:</property\s*>|(?=<property\b)|\Z)", re.DOTALL)
_NAME: Final = regex(r"<name\b[^>]*>(.*?)(?:</|\Z)|\bname\s*=\s*(\"[^\"]*\"|'[^']*')", re.DOTALL)
_VALUE: Final = regex(
    r"(<(?:value|description)\b(?:[^>]*[^>/])?>)((?:\s*<!\[CDATA\[.*?(?:\]\]>|\Z))+[^<]*|.*?)"
    r"(?=</value|</description|</property|\Z)",
    re.DOTALL,
)
"""The value of a setting, and what is said of it: that may quote the value."""
_VALUE_ATTRIBUTE: Final = regex(r"(\bvalue\s*=\s*)(\"[^\"]*\"|'[^']*')")
_BARE_TEXT: Final = regex(r"(</name\s*>)([^<]*[^<\s][^<]*)")
"""Text of a property that stands in no element. Its opening tag was forgotten."""
_NAMED_TAG: Final = regex(r"<[A-Za-z_][\w.:-]{0,199}\s[^<>]{0,2000}>(?:[^<]+(?=</))?")
"""An element with attributes, and its text."""
_TAG_NAME: Final = regex(r"(?<=\s)(?:name|key)\s*=\s*(\"[^\"<]*\"|'[^'<]*')")
_CELL: Final = regex(
    r"(>\s*)([A-Za-z][\w.-]{1,99})((?:\s*</?(?:t[dhr]|b|code|span|pre|div|p)\b[^<>]{0,200}>){2,8})([^<]+)"
)
"""Two cells of a table of HTML."""
_ELEMENT: Final = regex(r"(<([A-Za-z_][\w.:-]{0,199})(?:\s[^<>]*)?>)([^<]+)(?=</\2\s*>)")
_ATTRIBUTE: Final = regex(r"((?<=[\s])([A-Za-z_][\w.:-]{0,199})\s*=\s*)(\"[^\"<]*\"|'[^'<]*')")
_COMMENT: Final = regex(r"<!--(.*?)(-->|\Z)", re.DOTALL)
_CDATA: Final = regex(r"\A\s*<!\[CDATA\[(.*?)(?:\]\]>\s*)?\Z", re.DOTALL)
_TAG: Final = regex(r"<[^<>]*>|<!--.*?-->", re.DOTALL)


def without_secret_values(text: str, tally: Tally, scan: Callable[[str], str]) -> str:
    """Return the XML with the values of secret keys masked, and comments without their words.

    scan: masks secrets within the text of a value.
    """
    text = _COMMENT.sub(lambda found: _emptied(found, tally), text)
    text = _PROPERTY.sub(lambda found: _property(found[0], tally), text)
    text = _ELEMENT.sub(lambda found: _masked_setting(found, tally), text)
    text = _NAMED_TAG.sub(lambda found: _tag(found[0], tally), text)
    text = _CELL.sub(lambda found: _cell(found, tally), text)
    return scan(_ATTRIBUTE.sub(lambda found: _quoted(found, tally), text))


def _emptied(found: re.Match[str], tally: Tally) -> str:
    """Return a comment without its words. One with "--" in it is refused by parsers, and stays
    so."""
    if not re.search(r"\w", found[1]):
        return found[0]
    tally.add("comment")
    is_refused = "--" in found[1] or found[1].endswith("-")
    kept = re.sub(r"\w", "x", found[1]) if is_refused else re.sub(r"[^\r\n]", "", found[1])
    return f"<!--{kept}{found[2]}"


def _property(block: str, tally: Tally) -> str:
    names = [html.unescape(_inner(found[1] or (found[2] or "")[1:-1])).strip() for found in _NAME.finditer(block)]
    if not any(is_secret(name, "?") for name in names):
        return block

    def masked_element(found: re.Match[str]) -> str:
        return found[1] + _masked(names, found[2], tally)

    def masked_attribute(found: re.Match[str]) -> str:
        quote = found[2][0]
        return f"{found[1]}{quote}{_masked(names, found[2][1:-1], tally)}{quote}"

    block = _BARE_TEXT.sub(masked_element, block)
    return _VALUE_ATTRIBUTE.sub(masked_attribute, _VALUE.sub(masked_element, block))


def _masked(names: list[str], value: str, tally: Tally) -> str:
    """Return the mask, with the line ends of the value. What Hadoop does not parse stays so."""
    text = _inner(value)
    if text.strip() == MASK or not any(is_secret(name, text) for name in names):
        return value
    tally.add("setting")
    return MASK + re.sub(r"[^\r\n]", "", value)


def _inner(value: str) -> str:
    """Return the text of a value without CDATA marks and without tags."""
    cdata = _CDATA.match(value)
    return cdata[1] if cdata else _TAG.sub("", value)


def _masked_setting(found: re.Match[str], tally: Tally) -> str:
    if found[3].strip() == MASK or not is_secret(found[2], found[3]):
        return found[0]
    tally.add("setting")
    return found[1] + MASK + re.sub(r"[^\r\n]", "", found[3])


def _tag(element: str, tally: Tally) -> str:
    """Return an element with its value masked if its attribute `name` or `key` is a secret one."""
    names = [html.unescape(found[1][1:-1]) for found in _TAG_NAME.finditer(element)]
    if not any(is_secret(name, "?") for name in names):
        return element
    tag, _, text = element.partition(">")
    tag = _VALUE_ATTRIBUTE.sub(
        lambda found: f"{found[1]}{found[2][0]}{_masked(names, found[2][1:-1], tally)}{found[2][0]}", tag
    )
    return f"{tag}>{_masked(names, text, tally) if text.strip() else text}"


def _cell(found: re.Match[str], tally: Tally) -> str:
    if not found[4].strip():
        return found[0]
    return f"{found[1]}{found[2]}{found[3]}{_masked([found[2]], found[4], tally)}"


def _quoted(found: re.Match[str], tally: Tally) -> str:
    quote, value = found[3][0], found[3][1:-1]
    if value == MASK or not is_secret(found[2], value):
        return found[0]
    tally.add("setting")
    return f"{found[1]}{quote}{MASK}{quote}"
