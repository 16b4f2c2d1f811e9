"""Is a line of styled pieces shown as rich shows it?"""

from __future__ import annotations

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from diagnose.output.styled_line import StyledLine, columns, joined

PIECES = (
    ("1 ", ""),
    ("SG-KDC-UDP", "bold red"),
    (" very likely ", "green"),
    ("主节点 is quiet  ", "dim"),
    ("!", "yellow"),
)


def by_rich(text: Text, colour: bool) -> str:
    console = Console(
        file=StringIO(), width=200, color_system="standard" if colour else None, force_terminal=colour, highlight=False
    )
    with console.capture() as shown:
        console.print(text, soft_wrap=True)
    return shown.get().removesuffix("\n")


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("offsets", [(), (2,), (5, 14), (2, 12, 20, 30)])
def test_a_divided_line_is_shown_as_rich_shows_it(offsets: tuple[int, ...], colour: bool) -> None:
    parts = Text.assemble(*PIECES).divide(offsets)
    for part in parts:
        part.rstrip()
    ours = list(StyledLine(PIECES).divided(offsets))

    assert [line.shown(colour) for line in ours] == [by_rich(part, colour) for part in parts]
    assert [line.columns for line in ours] == [part.cell_len for part in parts]


def test_joined_lines_keep_their_styles_and_have_plain_text_between_them() -> None:
    bold, quiet = (StyledLine().with_text(text, style) for text, style in (("a", "bold"), ("b", "dim")))
    assert joined([bold, quiet], "; ").shown(True) == "\x1b[1ma\x1b[0m; \x1b[2mb\x1b[0m"
    assert joined([]).shown(True) == ""


@pytest.mark.parametrize(("text", "expected"), [("master-1-1", 10), ("主节点", 6), ("", 0)])
def test_an_ideograph_takes_two_columns(text: str, expected: int) -> None:
    assert columns(text) == expected


def test_each_text_that_is_not_given_to_rich_has_the_columns_of_rich() -> None:
    printable = [*map(chr, range(0x20, 0x7F)), *"“”‘’…–—"]
    assert [columns(each) for each in printable] == [cell_len(each) for each in printable] == [1] * len(printable)
