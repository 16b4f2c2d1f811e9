"""How is a regular expression of a module compiled only if a command uses it?

A command imports hundreds of modules and uses a part of their expressions. To compile one takes as
long as to import a module.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, AnyStr, cast


class _Regex:
    """A pattern that is compiled when it is first used. It does what the compiled one does."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(self._text, self._flags)

    def __getattr__(self, name: str) -> Any:
        """Return a method of the compiled pattern, and keep it. Python calls this once a name."""
        attribute = getattr(self._compiled, name)
        setattr(self, name, attribute)
        return attribute


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that is compiled when it is first used."""
    return cast("re.Pattern[AnyStr]", _Regex(text, flags))
