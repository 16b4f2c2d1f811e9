"""What follows from a value, made once however many checks ask for it?"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Protocol, TypeVar

from probes.language import language

Derived = dict[Hashable, object]
"""(function, language) -> what it made."""


class HoldsDerived(Protocol):
    """A value that never changes, and keeps what was made of it."""

    @property
    def derived(self) -> Derived: ...


Holder = TypeVar("Holder", bound=HoldsDerived)
Made = TypeVar("Made")


def once(make: Callable[[Holder], Made]) -> Callable[[Holder], Made]:
    """Return a function that makes its result once for each value.

    The value keeps the result, which is gone with it. `make` must depend on nothing else than the
    value and the language, and its result must not be changed.
    """

    @wraps(make)
    def made(holder: Holder) -> Made:
        key = (make, language())
        if key not in holder.derived:
            holder.derived[key] = make(holder)
        return holder.derived[key]  # type: ignore[return-value]

    return made
