"""How is a password in a URL or an address hidden?

It is replaced when a text is read, so that no output has it. Texts that a peer sends are no other.

The userinfo of RFC 3986 3.2.1 (`thrift://user:password@host`) is deprecated there for this reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from probes.regex import regex

MASK: Final = "***"

_TOKEN: Final = regex(r"[^\s/,;<>]+")
"""What may hold one userinfo: a part between slashes, commas and blanks."""

_OPENING: Final = regex(r"['\"“‘(\[{=]*")
"""Marks before a token that are no part of it."""

_NAME_RULE: Final = regex(r"\[\d+:.*\$\d")
"""A rule of auth_to_local, such as RULE:[1:$1@$0](.*@REALM)s/@.*//. Its @ is part of a pattern."""

_NAMED: Final = regex(
    r"(?i)(?<![a-z0-9._-])([a-z0-9._-]{0,40}(?:password|passwd|pwd|secret|token)[a-z0-9._-]{0,40}=)[^&;,\s'\"”]+"
)
"""A password in the query of a URL, in the options of JDBC, or as a Java property."""

_WITH_SLASH: Final = regex(r"://[^\s/,;@:]{1,64}:(?!\d*(?:[/,;\s]|$))[^\s@]{1,256}@")
"""Userinfo whose password has a slash or a comma. Digits between ':' and '/' are a port."""


_SAID: Final = regex(
    r"(?i)((?:(?:(?<![a-z0-9])(?:pwd|token|api[-_ ]?key)|password|passwd|secret)[a-z0-9._-]{0,40}"
    r"(?<!exception)(?<!error)['\"]?\s{0,3}[:：]"
    r"|(?:密码|口令|密钥|私钥)\s{0,3}(?:[:：=]|是|为))\s{0,3})(?!(?<=using password: )(?:YES|NO)\))"
    r"(?:(?P<quote>['\"])[^'\"\r\n]+(?=(?P=quote))|(?P<open>['\"]?)[^\s,;&'\"，；。]+)"
)
"""A password behind a colon, as in JSON or in a sentence of a peer. Behind the name of an error
stands what is wrong. "(using password: NO)" of MySQL says whether one was sent."""

_CREDENTIAL: Final = regex(r"(?i)\b(Bearer|Basic|Negotiate)\s{1,3}(?=[a-z._~-]{0,512}[0-9+/=])[\w+/=.~-]{8,}")
"""What a header of authentication carries. Words alone are none."""


def masked(text: str) -> str:
    """Return the text with `***:***@` in place of each user and password before a host.

    The value of `password=` and the like becomes `***`. Host, port and path stay.
    """
    if "@" in text:
        text = _WITH_SLASH.sub(f"://{MASK}:{MASK}@", text)
        text = _TOKEN.sub(_without_userinfo, text)
    return masked_options(text)


def masked_reply(value: object) -> object:
    """Return what a peer sent with its secrets masked. Lists and mappings keep their shape."""
    if isinstance(value, str):
        return _CREDENTIAL.sub(rf"\g<1> {MASK}", _SAID.sub(rf"\g<1>\g<quote>\g<open>{MASK}", masked(value)))
    if isinstance(value, Mapping):
        return {key: masked_reply(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(masked_reply, value)) if type(value) in (list, tuple) else value
    return value


def masked_options(text: str) -> str:
    """Return the text with `***` in place of the value of `password=` and the like."""
    return _NAMED.sub(rf"\g<1>{MASK}", text) if "=" in text else text


def masked_lines(content: bytes) -> bytes:
    """Return the content of a text file, masked line by line. Only bytes of secrets change."""
    if b"@" not in content and b"=" not in content:
        return content
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    return "\n".join(map(masked, lines)).encode("utf-8", "surrogateescape")


def _without_userinfo(token: re.Match[str]) -> str:
    head, at, host = token[0].rpartition("@")
    colon = head.find(":")
    if not at or colon < 0 or _NAME_RULE.search(head):
        return token[0]
    start = max(head.rfind("@", 0, colon) + 1, _end_of_marks(head))
    return f"{head[:start]}{MASK}:{MASK}@{host}"


def _end_of_marks(text: str) -> int:
    marks = _OPENING.match(text)
    return marks.end() if marks else 0
