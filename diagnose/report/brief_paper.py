"""What is a part of the brief page written on, and what does the page lose where it has no room?"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum, auto

from diagnose.output.page import Page
from diagnose.output.styled import Cell, Styled, columns
from probes.frozen import frozen

INDENT = 3
"""Columns before the text of a fault."""

LABEL = 7
"""Columns of the label before a repair."""


class Loss(IntEnum):
    """What the page loses with a step, from little to much. The order is the whole policy."""

    NAMES = auto()
    """The domain of the hosts."""
    REASON = auto()
    """Why an alternative helps."""
    CLIENTS = auto()
    """What Kerberos clients experience."""
    ALTERNATIVES = auto()
    """All alternatives but one."""
    WARNINGS = auto()
    """The titles of warnings."""
    DECIDING = auto()
    """What decides further rules that are not checkable."""
    COMMANDS = auto()
    """The repair as commands."""
    CLAUSES = auto()
    """The later sentences of a cause."""
    WHY = auto()
    """Why an edit helps."""
    WAYS = auto()
    """The last alternative."""
    SETTLE = auto()
    """What would settle it."""
    LOG = auto()
    """What a log says that no fault explains."""
    FLOWS = auto()
    """Connections without a finding."""
    LATER = auto()
    """All but the first sentence of a cause, and where to read more."""
    RULES = auto()
    """Rules beyond the first few."""
    TITLE = auto()
    """All of a cause but its title."""
    LAST = auto()
    """The way that repairs the other cause, then all of a later fault but its title."""

    def of(self, number: int = 0) -> int:
        """Return the loss of this step in fault `number`. A later fault gives way first."""
        return self * 10 - min(number, 9)


@frozen
class Paper:
    """How wide is the page, and which domain do its host names leave out?"""

    width: int
    """Columns."""
    colour: bool
    """Whether it has colours."""
    domain: str
    """Domain with its leading dot. "" if the hosts share none."""
    is_shared: bool = False
    """Whether two environments share the page, so that each has half of its lines."""

    def lines(self, write: Callable[[Page], None]) -> str:
        """Return what `write` writes on an empty page. "" if that is nothing."""
        page = Page(self.width, self.colour)
        write(page)
        return page.text.removeprefix("\n") if page.text.strip() else ""

    def row(self, label: str, text: Cell) -> str:
        """Return a paragraph with a label before it."""
        name, gap = Styled(label or " ", "quiet"), LABEL - max(columns(label), 1)
        return self.lines(lambda page: page.rows([(name, text)], gap=gap, indent=INDENT))

    def short(self, text: str) -> str:
        """Return a text without the domain that the hosts of this report share."""
        if not self.domain:
            return text
        return re.sub(rf"(?<=[\w-]){re.escape(self.domain)}(?![\w-]|\.\w)", "", text)
