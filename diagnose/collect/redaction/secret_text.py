"""Which parts of a free text are secrets: a log, a message, the value of a setting?

`probes.files.masking` masks what a peer may send. A file of a case may hold more: keys that were
written out, headers, options of a command, and words that are keys by their shape.
"""

from __future__ import annotations

import re
from typing import Final

from diagnose.case.secret_keys import is_secret
from diagnose.collect.redaction.base64_text import without_encoded_words
from diagnose.collect.redaction.key_blocks import without_keys
from diagnose.collect.redaction.key_files import without_key_files
from diagnose.collect.redaction.prose import without_said_secrets
from diagnose.collect.redaction.secret_shapes import secret_options, secret_words
from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK, masked_reply
from probes.regex import regex

_HEADER: Final = regex(
    r"(?i)((?<![\w.-])(?:proxy-authorization|authorization|(?:set-)?cookie2?))(['\"]?\s{0,4}[:=]\s{0,4}['\"]?)([^\r\n]+)"
)
_BOOLEAN: Final = regex(r"(?i)(true|false)\b")
_QUOTED: Final = r"\"[^\"\r\n]*(?:\"|(?=[\r\n])|\Z)|'[^'\r\n]*(?:'|(?=[\r\n])|\Z)"
"""A value in quotes. The line may be cut before the second one."""
_BARE: Final = r"(?:[^\s&;,'\"<>)\]}]|[&;,](?!\s|$|[\w.%-]{1,80}=))+"
"""A value without quotes. A comma, "&" or ";" ends it if a blank or the next key follows."""
_KEY: Final = r"([A-Za-z_][A-Za-z0-9._-]{1,79})"
_PAIR: Final = regex(rf"(?<![A-Za-z0-9._/-]){_KEY}([ \t]{{0,4}}=[ \t]{{0,4}})({_QUOTED}|{_BARE})")
_MEMBER: Final = regex(
    rf"(?<=[\"']){_KEY}(\\{{0,7}}[\"']\s{{0,4}}(?::|=>?)\s{{0,4}})"
    rf"(\\{{1,7}}\"[^\"\\\r\n]*|{_QUOTED}|[^\s&;,'\"<>)\]}}]+)"
)
"""A key in quotes, as in JSON. Those of JSON within a string have backslashes before them."""
_COUPLE: Final = regex(rf"(?<=[\[(][\"']){_KEY}([\"'],\s{{0,4}}b?)({_QUOTED})(?=\s{{0,4}}[\])])")
"""A list of a key and its value."""
_WORDED: Final = regex(
    rf"(?<![A-Za-z0-9._/-])([A-Za-z][A-Za-z0-9]*[._-][A-Za-z0-9._-]{{1,79}}|[a-z]+[A-Z][A-Za-z]{{1,79}})"
    rf"([ \t]*(?:->|=>|\|)[ \t]*|,(?=\S)|:[ \t]+)({_QUOTED}|[^\s&;,'\"<>)\]}}|]+)"
)
"""The key of a setting and its value in the text of a map, a couple or a table."""
_CLASS: Final = regex(r"(?:^|\.)[A-Z][A-Za-z]*(?<!Password)(?<!Secret)(?<!Key)$")
"""A class of Java, such as that of an error about tokens."""
_ITEM: Final = regex(
    r"(?i)(?<![\w.-])[a-z]{0,40}(?:name|key)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?([A-Za-z][A-Za-z0-9._-]{1,79})"
    rf"([\"']?[ \t]{{0,4}},[ \t]{{0,4}}[\"']?[a-z]{{0,40}}value[\"']?[ \t]{{0,4}}[:=][ \t]{{0,4}})({_QUOTED}|{_BARE})"
)
"""A setting as the text of an object: its name, a comma, its value."""
_ELEMENT: Final = regex(
    r"<name>\s*([^<>\s]{2,200})\s*(</name>(?:(?!<name>|</property>)[\s\S]){0,400}?<value>)(<!\[CDATA\[[\s\S]*?\]\]>|[^<]+)"
)
"""A setting of Hadoop's XML, quoted in a text."""
_STATEMENT: Final = regex(
    r"(?i)(\b(?:identified\s+(?:with\s+\S{1,100}\s+)?(?:by|as)|(?:with|encrypted|user\s+\S{1,100})\s+password"
    rf"|set\s+password\s*(?:for\s+\S{{1,100}}\s*)?=(?:\s*password\s*\()?)\s*)({_QUOTED})"
)
"""The password of a user in SQL."""
_HANDED: Final = regex(
    r"(?i)(\btemporary password is generated for [^\s:]{1,200}:[ \t]+)\S+"
    rf"|(\becho[ \t]+(?:-[a-z]+[ \t]+){{0,3}})(?:{_QUOTED}|[^\s|'\"]+)"
    r"(?=[ \t]*\|[ \t]*(?:sudo[ \t]+-S\b|(?:sudo[ \t]+)?(?:kinit|kadmin|ktutil|passwd|chpasswd|htpasswd)\b))"
    r"|(\b(?:[Pp]assword|[Pp]assphrase) for [^\s:]{1,200}:[ \t]+)(?!\S{0,40}[ \t])\S+"
    r"|(?i:(\bConvertTo-SecureString[ \t]+(?:-String[ \t]+)?))(?:'[^'\r\n]*'|\"[^\"\r\n]*\")"
    r"|((?<![\w-])(?:ssh-(?:rsa|dss|ed25519)|(?:sk-)?(?:ssh|ecdsa)-[\w@.-]{4,40})[ \t]+)AAAA[\w+/=]{20,}"
    r"|(?i:(%3a%2f%2f[^\s%/]{0,100}%3a))[^\s/]{1,300}?(?=%40)"
    r"|(\baddauth[ \t]+digest[ \t]+[^\s:]{1,100}:)\S+|((?<![\w-])digest:[^\s:@,;\"'<>]{1,100}:)[^\s,;\"'<>]+"
)
"""A password that a program tells, that a command reads from a pipe, or that ZooKeeper takes."""
_LOGIN_MODULE: Final = regex(r"(?:Digest|Plain|Scram)LoginModule[\s\\]+\w{1,20}[^;]{0,4000}")
_MODULE_USER: Final = regex(rf"(\buser_[\w.@-]{{1,80}}[ \t]*=[ \t]*)(?:{_QUOTED}|{_BARE})")
"""In the configuration of a JAAS module, a user with his password: user_hive="…"."""
_USER: Final = regex(
    r"(?i)(\bhttps?://)[^\s/@:\"'<>,;]{16,512}(?=@)|(\bjdbc:oracle:(?:thin|oci8?):)[^\s/@:]{1,64}/[^\s@]{1,256}(?=@)"
)
"""A token before the host of a URL, or a user and a password of Oracle's driver."""
_MAY_BE_MASKED: Final = regex(r"[@=]|(?i:pass|pwd|secret|token|key|bearer|basic|negotiate)|密|口令|私钥")
"""What a line has, at least, of which `masked_reply` masks something."""
_OPTION: Final = regex(rf"(?<![^\s\"'=])(-{{1,2}}[A-Za-z][A-Za-z0-9._-]{{1,79}})([ \t]+|=)({_QUOTED}|[^\s-]\S*)")

_LISTED: Final = regex(
    rf"(?<![\w.-])(-{{1,2}}[A-Za-z][A-Za-z0-9._-]{{1,79}})([\"']?,[ \t]{{0,4}})(?!-)({_QUOTED}|{_BARE})"
)
"""An option and its value in the text of a list of words."""
_ROW: Final = regex(rf"^[\"']?{_KEY}([\"']?[,;\t][ \t]{{0,4}})({_QUOTED}|{_BARE})", re.MULTILINE)
"""A key at the begin of a row of a table, and the cell beside it."""

_HEX: Final = "[0-9A-Fa-f]{2}"
_ESCAPED: Final = regex(
    rf"(?:(?<=%{_HEX})|(?<=%25{_HEX})|(?<=\\\\u00{_HEX})|(?<![A-Za-z0-9._/-])){_KEY}"
    r"(%(?:25)?3[dD]|\\u003[dD])((?:(?!%(?:25)?26|%(?:25)?3[bB]|\\u00[0-9a-fA-F]{2})[^\s&;,'\"<>)\]}])+)"
)
"""A key and its value in an address that stands in another one, or in a text of JSON, escaped."""
_LESS, _MORE = r"(?:&lt;|\\u003[cC])", r"(?:&gt;|\\u003[eE])"
_ESCAPED_ELEMENT: Final = regex(
    rf"(?:(?<=&lt;)|(?<=\\u003[cC]))([A-Za-z][\w.-]{{1,79}})({_MORE}\s*)((?:(?!{_LESS})[^<>])+)(?={_LESS}/)"
)
_ESCAPED_PROPERTY: Final = regex(
    rf"(?:(?<=&gt;)|(?<=\\u003[eE]))\s*([A-Za-z][\w.-]{{1,199}})\s*"
    rf"({_LESS}/name{_MORE}(?:(?!{_LESS}/?(?:name|property)).){{0,400}}?{_LESS}value{_MORE})"
    rf"((?:(?!{_LESS})[^<>])+)",
    re.DOTALL,
)
"""An element, and a setting of Hadoop's XML, that stand in XML or JSON as texts."""
_BELOW: Final = regex(
    rf"(?m)(?<![A-Za-z0-9._/-]){_KEY}([ \t]*[:=][ \t]*\\?\r?\n[ \t]*)([^\s=:\[\](){{}}<>\"']+)[ \t]*$"
)
"""A key with nothing behind it, and one word alone on the next line."""
_CALLED: Final = regex(rf"(?<![A-Za-z0-9._/-]){_KEY}([\"']?,?[ \t]+value[ \t]*[:=][ \t]*)({_QUOTED}|{_BARE})")
_SET: Final = regex(rf"(?m)(?:(?<=\bsetx )|(?<=\bSETX )|(?<=^ENV )|(?<=^setenv )){_KEY}([ \t]+)({_QUOTED}|[^\s=]+)")
"""A variable of Windows, of csh, or of an image."""

_KEYED: Final = (
    ("3", _ESCAPED),
    ("lt;", _ESCAPED_ELEMENT),
    ("lt;", _ESCAPED_PROPERTY),
    ("u003", _ESCAPED_ELEMENT),
    ("u003", _ESCAPED_PROPERTY),
    ("\n", _BELOW),
    ("value", _CALLED),
    (" ", _SET),
    ("=", _PAIR),
    ("", _MEMBER),
    (",", _COUPLE),
    ("-", _OPTION),
    ("-", _LISTED),
    ("", _ROW),
    ("", _WORDED),
    ("alue", _ITEM),
    ("<name>", _ELEMENT),
)
"""What a text has if there is such a key in it, and the shape of key and value."""
_QUOTE: Final = regex(r"\\*[\"']")


def without_secrets(text: str, tally: Tally) -> str:
    """Return the text with each secret masked. Line ends stay, so that each line keeps its
    number."""
    text = without_key_files(without_keys(text, tally), tally)
    if ":" in text or "=" in text:
        text = _HEADER.sub(lambda found: _without_header(found, tally), text)
    for mark, shape in _KEYED:
        if mark in text:
            text = shape.sub(lambda found: _without_value(found, tally), text)
    if "LoginModule" in text:
        text = _LOGIN_MODULE.sub(lambda found: _each_without_last(_MODULE_USER, found[0], tally), text)
    for shape in (secret_options(), _STATEMENT, _HANDED, _USER):
        text = _each_without_last(shape, text, tally)
    text = without_encoded_words(without_said_secrets(text, tally), tally)
    return _masked_lines(without_secret_words(text, tally), tally)


def without_secret_words(text: str, tally: Tally) -> str:
    """Return the text without words that are secrets by their shape."""
    text, count = secret_words().subn(lambda found: _masked(found[0]), text)
    tally.add("text", count)
    return text


def _masked_lines(text: str, tally: Tally) -> str:
    """Return the text after `masked_reply`, line by line, as a peer's words are masked."""
    if not _MAY_BE_MASKED.search(text):
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        replacement = masked_reply(line) if _MAY_BE_MASKED.search(line) else line
        if replacement != line:
            lines[number] = str(replacement)
            tally.add("text")
    return "\n".join(lines)


def _without_header(found: re.Match[str], tally: Tally) -> str:
    if _BOOLEAN.fullmatch(found[3].strip()) or found[3].strip() == MASK:
        return found[0]
    tally.add("text")
    return f"{found[1]}{found[2]}{MASK}"


def _without_value(found: re.Match[str], tally: Tally) -> str:
    """Return a key and a mask if the key is secret."""
    key, mark, value = found.groups()
    bare = re.sub(r"^--?D?", "", key)
    if value.strip("\\'\" \t\r\n") == MASK or not is_secret(bare, value):
        return found[0]
    if found.re is _WORDED and _CLASS.search(key):
        return found[0]
    tally.add("text")
    before = found[0][: found.start(1) - found.start()]
    return before + key + mark + _masked(value)


def _masked(value: str) -> str:
    """Return the mask in the quotes of the value, and with its line ends."""
    quote = _QUOTE.match(value)
    opening = quote[0] if quote else ""
    closing = opening if value[len(opening) :].endswith(opening) else ""
    return opening + MASK + re.sub(r"[^\r\n]", "", value) + closing


def _each_without_last(shape: re.Pattern[str], text: str, tally: Tally) -> str:
    return shape.sub(lambda found: _without_last(found, tally), text)


def _without_last(found: re.Match[str], tally: Tally) -> str:
    """Return what stands before a secret, and a mask."""
    before = next(group for group in found.groups() if group is not None)
    value = found[0][len(before) :]
    if value.strip("'\"").replace(MASK, "") in ("", ":"):
        return found[0]
    tally.add("text")
    return before + _masked(value)
