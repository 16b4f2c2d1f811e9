"""How does a page with a fixed number of lines leave out what matters least?"""

from __future__ import annotations

from collections.abc import Sequence

from probes.frozen import frozen


@frozen
class Part:
    """A piece of a page, in several lengths."""

    forms: tuple[str, ...]
    """Its text, the longest form first. Each line ends with a line feed; "" leaves the part out."""
    losses: tuple[int, ...] = ()
    """What each step to the next form loses. The step that loses least is made first."""


def fitted(parts: Sequence[Part], height: int) -> str:
    """Return all parts in the longest forms that fit into `height` lines.

    If the shortest forms do not fit, the page is longer.
    """
    steps = [0] * len(parts)

    def lines() -> int:
        return sum(part.forms[step].count("\n") for part, step in zip(parts, steps, strict=True))

    while lines() > height:
        shorter = [number for number, part in enumerate(parts) if steps[number] < len(part.forms) - 1]
        if not shorter:
            break
        # Of two steps that lose the same, the later part gives way.
        number = min(shorter, key=lambda number: (parts[number].losses[steps[number]], -number))
        steps[number] += 1
    return "".join(part.forms[step] for part, step in zip(parts, steps, strict=True))
