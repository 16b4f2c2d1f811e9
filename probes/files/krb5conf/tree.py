"""How is one krb5.conf written? Every line of it in order, with its duplicates and final markers.

A lint or another dialect starts from here. Nothing is merged or dropped: `b"".join(line.raw for
line in tree.lines())` is the file again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from probes.frozen import frozen

Why = Literal["blank", "comment", "preamble", "brace"]
"""Why a line sets nothing.

- preamble: anything before the first section header at column 0; libkrb5 skips it unread
- brace: the `{` that follows a lone `name =`
"""

Directive = Literal["include", "includedir"]


@frozen
class Line:
    """One line of a file.

    libkrb5 reads a line of more than 2047 bytes in pieces and takes each piece for a line. Such
    pieces have the same number.
    """

    number: int
    """1-based line of the file."""
    raw: bytes
    """Its bytes, with the line end."""


@frozen
class Silent:
    """A line that sets nothing."""

    why: Why
    """Why it sets nothing."""
    line: Line
    """The line."""


@frozen
class Krb5Setting:
    """`name = value`."""

    name: str
    """Name without the final marker."""
    value: str
    """Value without quotes and escapes."""
    final: bool
    """True for `name* = value`."""
    quoted: bool
    """True if the value was written between double quotes."""
    line: Line
    """The line."""


@frozen
class Block:
    """`[name]` at the top of a tree, `name = {` below it."""

    name: str
    """Name without the final marker."""
    final: bool
    """True for a marker at the opening: `[name]*` or `name* = {`."""
    line: Line
    """The opening line."""
    nodes: tuple[Node, ...]
    """The lines inside."""
    close: Line | None
    """The `}` line. None for a top section, and if the file ends first."""
    close_final: bool
    """True for a marker at the end, `}*`."""


@frozen
class Include:
    """`include path` or `includedir path`."""

    directive: Directive
    """Which of the two it is."""
    path: str
    """Path as written."""
    trees: tuple[Tree, ...]
    """Files that were read for it, in order."""
    missing: bool
    """True if the path does not exist. libkrb5 refuses such a file."""
    line: Line
    """The line."""


Node = Silent | Krb5Setting | Block | Include


@frozen
class Tree:
    """One file."""

    file: str
    """Name that the caller or the includer gave it."""
    nodes: tuple[Node, ...]
    """The top of the file."""

    def lines(self) -> Iterator[Line]:
        """Yield all lines of this file in order, without those of included files."""
        return _lines(self.nodes)


def _lines(nodes: tuple[Node, ...]) -> Iterator[Line]:
    for node in nodes:
        yield node.line
        if isinstance(node, Block):
            yield from _lines(node.nodes)
            if node.close is not None:
                yield node.close
