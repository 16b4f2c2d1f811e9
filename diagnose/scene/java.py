"""Which releases of Java may read the krb5.conf of a case, and what does each do differently?

The ranges of releases are rows of data/java.toml. Every prediction and finding about Java names the
ranges for which it holds, unless it holds for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, Any, Final

from diagnose.data import table
from probes.files.krb5conf.jdk_rules import JdkRules
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

if TYPE_CHECKING:
    from diagnose.case.model import Case

_NUMBERS: Final = regex(r"(?<![\d.])(?:1\.)?(\d{1,2})(?:u(\d{1,3})|\.0[._](\d{1,3}))?(?!\d)")
"""Feature release and update in a path such as /usr/lib/jvm/java-1.8.0_372 or jdk-11.0.13."""
_OLDEST: Final = 8
_NEWEST: Final = 40
"""Numbers of a path that may be a feature release: others are parts of a system's name."""

_MODULE: Final = regex(r"^\s*at (?:java\.\w+(?:\.\w+)*(?:@[\w.+-]+)?/)?sun\.security\.krb5\.", re.MULTILINE)
"""A stack trace's line with a class of Java's Kerberos. From Java 9 on it begins with a module."""


@frozen
class JavaRange:
    """One range of releases of Java that do the same with a krb5.conf."""

    name: str
    """As reports say it."""
    onward: str
    """As reports say this range and all after it."""
    until: str
    """As reports say this range and all before it of the same feature release."""
    major: tuple[int, int]
    """Feature releases, first and last. 0 as last: all later ones."""
    update: tuple[int, int]
    """Updates, first and last. 0: none."""
    run: tuple[str, ...]
    """Releases that were run. Empty if their source was read alone."""
    rules: JdkRules
    """What they do."""

    def may_be(self, major: int, update: int | None) -> bool:
        """Return True if a release may be in this range. `update`: None if it is not known."""
        first, last = self.major
        if not first <= major or (last and major > last):
            return False
        lowest, highest = self.update
        return update is None or (update >= lowest and (not highest or update <= highest))


@cache
def ranges() -> tuple[JavaRange, ...]:
    """Return all ranges, oldest first."""
    return tuple(map(_range, table("java")["range"]))


def _range(row: dict[str, Any]) -> JavaRange:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    rules = {name: values[name] for name in JdkRules.__annotations__}
    return JavaRange(
        values["name"],
        values["onward"],
        values["until"],
        values["major"],
        values["update"],
        values["run"],
        JdkRules(**rules),
    )


def possible(case: Case) -> tuple[JavaRange, ...]:
    """Return the ranges of which the case's Java may be, oldest first. All if nothing shows it.

    JAVA_HOME of spark-env.sh decides, else a stack trace in a log.
    """
    shown = release_of(case)
    found = ranges() if shown is None else tuple(one for one in ranges() if one.may_be(*shown))
    return found or ranges()


def release_of(case: Case) -> tuple[int, int | None] | None:
    """Return the feature release and the update of the case's Java. None if nothing shows it."""
    settings = case.settings.get("spark-env.sh")
    home = settings.get("JAVA_HOME") if settings is not None else None
    found = list(_releases(home)) if home and re.search("java|jdk|jre|dragonwell|corretto|zulu", home.lower()) else []
    if found:
        return next((one for one in found if one[1] is not None), found[0])
    traces = [line[0] for text in case.texts if text.kind.startswith("log") for line in _MODULE.finditer(text.text)]
    return (8, None) if traces and not any("/" in line for line in traces) else None


def _releases(path: str) -> Iterator[tuple[int, int | None]]:
    for match in _NUMBERS.finditer(path):
        if _OLDEST <= int(match[1]) <= _NEWEST:
            update = match[2] or match[3]
            yield int(match[1]), None if update is None else int(update)


def names_of(some: tuple[JavaRange, ...]) -> str | None:
    """Return the names of some ranges for a sentence. None if they are all that exist."""
    newest = ranges()
    if len(some) == len(newest):
        return None
    tail = next((len(some) - at for at in range(len(some)) if some[at:] == newest[len(newest) - len(some) + at :]), 0)
    words = list(_names(some[: len(some) - tail]))
    if tail:
        words.append(tr(some[-tail].onward) if tail > 1 else tr(some[-1].name))
    return tr(", ").join(words)


def _names(some: tuple[JavaRange, ...]) -> Iterator[str]:
    """Yield the names of some ranges, of those that begin a feature release in one name."""
    for major, members in groupby(some, lambda one: one.major[1]):
        own = tuple(members)
        of_release = [one for one in ranges() if one.major[1] == major]
        first = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(own, of_release, strict=False)))
        if first:
            yield tr(own[first - 1].until)
        yield from (tr(one.name) for one in own[first:])
