"""Which path does an argument name? An empty one names none.

Python takes it for the current directory. A shell makes it of a variable that is not set.
"""

from __future__ import annotations

from typing import Any

import click

from probes.language import tr


class GivenPath(click.Path):
    """A path that is not empty."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path. Wrong usage if it is empty."""
        if value == "":
            self.fail(tr("it is empty. Is a variable of the shell not set?"), param, ctx)
        return super().convert(value, param, ctx)
