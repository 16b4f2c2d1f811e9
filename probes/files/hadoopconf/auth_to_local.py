"""Which short name does Hadoop make of a Kerberos principal?

Follows KerberosName and HadoopKerberosName of Hadoop 3.3.6, which read the rules in
`hadoop.security.auth_to_local`. A client reads them when it starts, and stops at a rule that it
cannot read. It stops at its login if no rule fits its principal.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from probes.errors import ProbesError
from probes.frozen import frozen
from probes.regex import regex

KEY: Final = "hadoop.security.auth_to_local"
MECHANISM: Final = "hadoop.security.auth_to_local.mechanism"
"""`hadoop` (the default) refuses a principal that no rule fits. `mit` takes it as it is."""

LONGEST: Final = 20_000
"""Characters of rules that are read. More is our bound: nothing is concluded then."""

MOST_REPEATS: Final = 4
"""Repetitions of one pattern that are tried. A pattern with more may take too long."""

_RULE = regex(
    r"\s*(?:(?P<default>DEFAULT)"
    r"|RULE:\[(?P<parts>\d*):(?P<format>[^\]]*)\](?:\((?P<match>[^)]*)\))?"
    r"(?:s/(?P<old>[^/]*)/(?P<new>[^/]*)/(?P<all>g)?)?)/?(?P<lower>L)?",
    re.ASCII,
)
_DIGITS: Final = 9
"""Digits of a number of parts that are read. No principal has so many parts."""
_PARTS: Final = ("0", "1", "2")
"""Numbers of the realm and of the parts of a principal."""
_PRINCIPAL = regex(r"([^/@]+)(?:/([^/@]+))?@([^/@]+)")
_PLAIN = regex(r"(?:[^\\()\[\]{}&]|\\[dws.@/$-]|\[\^?[\w.@/ -]+\]|\((?!\?)|\)(?![*+?{]))*", re.ASCII)
"""A pattern that Java and Python read alike, and that repeats no group."""
_POSSESSIVE = regex(r"[*+?]\+")

Kind = Literal["name", "no-rule", "not-simple", "unknown"]


class AuthToLocalError(ProbesError):
    """Hadoop does not read the rules."""

    def __init__(self, rest: str, before: tuple[str, ...]) -> None:
        """Keep the text at which Hadoop stops, and the rules before it."""
        self.rest, self.before = rest, before
        super().__init__(f"invalid rule: {rest[:80]}")


@frozen
class NameRule:
    """One rule."""

    text: str
    """The rule as it is written."""
    parts: int | None
    """Parts of the principals that it is for, without the realm. None for DEFAULT."""
    form: str = ""
    """What is made of the parts: "$1@$0"."""
    match: str | None = None
    """Pattern that it has to match. None if it matches all."""
    old: str | None = None
    """Pattern that is replaced. None if nothing is."""
    new: str = ""
    """What stands in its place."""
    is_for_all: bool = False
    """True if each place is replaced, not only the first."""
    is_lower: bool = False
    """True if the name is written in lower case at last."""


@frozen
class ShortName:
    """What became of a principal."""

    kind: Kind
    """- name: a rule gave a name.
    - no-rule: no rule fits, and Hadoop refuses the principal.
    - not-simple: a rule gave a name with `/` or `@`, which Hadoop refuses.
    - unknown: a rule has a pattern that is not evaluated here.
    """
    name: str = ""
    """The name. With "not-simple" the one that is refused."""
    rule: str = ""
    """The rule that gave it."""


def read_rules(text: str) -> tuple[NameRule, ...] | None:
    """Return the rules, DEFAULT for an empty text. None if they are not evaluated here.

    They are not, if they are long, or if a pattern may be one that Java does not compile.
    AuthToLocalError at the first rule that Hadoop does not read.
    """
    if len(text) > LONGEST:
        return None
    rules: list[NameRule] = []
    rest = text.strip() or "DEFAULT"
    while rest:
        found = _RULE.match(rest)
        if found is None or found["parts"] == "":
            raise AuthToLocalError(rest, tuple(rule.text for rule in rules))
        rules.append(_rule(found))
        rest = rest[found.end() :]
    patterns = [pattern for rule in rules for pattern in (rule.match, rule.old) if pattern is not None]
    return tuple(rules) if all(map(_compiles, patterns)) else None


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _rule(found: re.Match[str]) -> NameRule:
    text = found[0].strip()
    if found["default"]:
        return NameRule(text, None)
    return NameRule(
        text,
        int(found["parts"].lstrip("0")[:_DIGITS] or "0"),
        found["format"],
        found["match"],
        found["old"],
        found["new"] or "",
        found["all"] is not None,
        found["lower"] is not None,
    )


def short_name(rules: tuple[NameRule, ...], principal: str, default_realm: str | None) -> ShortName:
    """Return what Hadoop makes of a principal with a realm. Unknown for a text that is none.

    default_realm: of the client's krb5.conf. None if it is not known.
    """
    read = _PRINCIPAL.fullmatch(principal)
    if read is None:
        return ShortName("unknown")
    service, host, realm = read.groups()
    values = (realm, service) if host is None else (realm, service, host)
    for rule in rules:
        if rule.parts is None:
            if default_realm is None:
                return ShortName("unknown")
            result = service if realm == default_realm else None
        else:
            result = _applied(rule, values) if rule.parts == len(values) - 1 else None
        if result == "\0":
            return ShortName("unknown")
        if result is not None:
            kind: Kind = "not-simple" if re.search("[/@]", result) else "name"
            return ShortName(kind, result.lower() if rule.is_lower else result, rule.text)
    return ShortName("no-rule")


def _applied(rule: NameRule, values: tuple[str, ...]) -> str | None:
    """Return what a rule makes of the parts, or None if it does not match.

    A NUL stands for what is not known.
    """
    base = _formatted(rule.form, values)
    if base is None or not _is_plain(rule.match or "") or not _is_plain(rule.old or ""):
        return "\0"
    if rule.match is not None and re.fullmatch(rule.match, base, re.ASCII) is None:
        return None
    if rule.old is None:
        return base
    if "$" in rule.new or "\\" in rule.new:
        return "\0"
    return re.sub(rule.old, lambda _: rule.new, base, count=0 if rule.is_for_all else 1, flags=re.ASCII)


def _formatted(form: str, values: tuple[str, ...]) -> str | None:
    """Return a form with `$0` to `$2` replaced. None if it names a part that is not there."""
    numbers = re.findall(r"\$(\d*)", form, re.ASCII)
    if not all(number and (number.lstrip("0") or "0") in _PARTS[: len(values)] for number in numbers):
        return None
    return re.sub(r"\$(\d+)", lambda found: values[int(found[1])], form, flags=re.ASCII)


def _is_plain(pattern: str) -> bool:
    repeats = len(re.findall(r"[*+{]", pattern))
    return repeats <= MOST_REPEATS and _PLAIN.fullmatch(pattern) is not None and not _POSSESSIVE.search(pattern)
