"""How is one krb5.conf written? Every line of it, in order, with its duplicates and final markers: what a lint or another dialect starts from.

Nothing is merged or dropped here. `b"".join(line.raw for line in tree.lines())` is the file again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Why = Literal["blank", "comment", "preamble", "brace"]
"""preamble: anything before the first section header at column 0, which libkrb5 skips unread. brace: the `{` that follows a lone `name =`."""

Directive = Literal["include", "includedir"]


@dataclass(frozen=True, slots=True)
class Line:
    """number: 1-based line of the file; raw: its bytes with the line end. libkrb5 reads a line of more than 2047 bytes in pieces and takes each piece
    for a line: such pieces share their number.
    """

    number: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Silent:
    """A line that sets nothing."""

    why: Why
    line: Line


@dataclass(frozen=True, slots=True)
class Krb5Setting:
    """`name = value`. value: without quotes and escapes; quoted: it was written between double quotes; final: `name* = value`."""

    name: str
    value: str
    final: bool
    quoted: bool
    line: Line


@dataclass(frozen=True, slots=True)
class Block:
    """`[name]` at the top of a tree, `name = {` below it.

    final: the marker at the opening, `[name]*` or `name* = {`; close: the `}` line, None for a top section and where the file ends first;
    close_final: the marker at the end, `}*`.
    """

    name: str
    final: bool
    line: Line
    nodes: tuple[Node, ...]
    close: Line | None
    close_final: bool


@dataclass(frozen=True, slots=True)
class Include:
    """`include path` or `includedir path`. trees: what was read for it, in order; missing: the path is not there, which libkrb5 refuses."""

    directive: Directive
    path: str
    trees: tuple[Tree, ...]
    missing: bool
    line: Line


Node = Silent | Krb5Setting | Block | Include


@dataclass(frozen=True, slots=True)
class Tree:
    """One file. file: as the caller or the includer names it."""

    file: str
    nodes: tuple[Node, ...]

    def lines(self) -> Iterator[Line]:
        """All lines of this file in order, those of included files not among them."""
        return _lines(self.nodes)


def _lines(nodes: tuple[Node, ...]) -> Iterator[Line]:
    for node in nodes:
        yield node.line
        if isinstance(node, Block):
            yield from _lines(node.nodes)
            if node.close is not None:
                yield node.close
