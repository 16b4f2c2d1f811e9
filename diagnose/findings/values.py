"""Which named values does the sentence of a finding hold?

The values are the only source of the text. They stand in the report as they are, so the same text,
or one in another language, can be made again from a saved report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from diagnose.findings.cause import Cause
from probes.frozen import frozen
from probes.origin import Origin

Value: TypeAlias = bool | int | float | str | Sequence["Value"] | Mapping[str, "Value"] | None
Params: TypeAlias = Mapping[str, Value]
"""Name -> value, all of them values that JSON has."""


@frozen
class Values:
    """Typed access to named values. A name that is not there reads as empty, 0 or False."""

    params: Params
    """The values by name."""

    def text(self, name: str) -> str:
        value = self.params.get(name)
        return "" if value is None else str(value)

    def number(self, name: str) -> int | None:
        value = self.params.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def is_true(self, name: str) -> bool:
        return self.params.get(name) is True

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.params.get(name)
        return tuple(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else ()

    def row(self, name: str) -> Values:
        """Return the values that stand under one name."""
        value = self.params.get(name)
        return Values(value if isinstance(value, Mapping) else {})

    def rows(self, name: str) -> tuple[Values, ...]:
        """Return a list of values that have names of their own."""
        value = self.params.get(name)
        items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
        return tuple(Values(item) for item in items if isinstance(item, Mapping))


@frozen
class Statement(Values):
    """All that a text function may use: the code, the cause and the values of one finding."""

    code: str
    """Code of the catalogue."""
    cause: Cause | None = None
    """Which of the sentences of this code is meant. None if the code has one sentence."""


def origin_value(origin: Origin) -> Params:
    return {"file": origin.file, "line": origin.line, "key": origin.key}


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """Return the items without repetition, in their order."""
    return tuple(dict.fromkeys(items))
