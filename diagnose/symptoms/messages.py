"""Which messages of clients are known, and which codes does each open? The rows of
data/messages.toml.

Patterns are compiled once. A line is matched up to `LONGEST_LINE` characters, and only if it holds
the message's literal hint, so the cost of a log is linear in its size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Any, Literal

from diagnose.data import table
from probes.frozen import frozen

Basis = Literal["lab", "source", "documentation", "issue"]
Role = Literal["cause", "envelope", "detail"]
Shows = Literal["login", "connection", "unsent", "ran", "behind"]

LONGEST_LINE = 4096
"""Characters of one line that are matched. A longer line is data, or an attack."""

SHORTEST_QUOTE = 6
"""Fewest characters of a text that is looked for inside the examples of messages."""

MACROS: Mapping[str, str] = {
    "{host}": r"(?P<host>[A-Za-z0-9._-]{1,253})",
    "{port}": r"(?P<port>\d{1,5})",
    "{address}": r"(?P<address>\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9A-Fa-f:]{2,45}\]?)",
    "{principal}": r"(?P<principal>[\w./-]{1,200}@[\w.-]{1,120})",
    "{realm}": r"(?P<realm>[\w.-]{1,253})",
    "{user}": r"(?P<user>[\w.@-]{1,128})",
}
"""What a word in braces stands for in a pattern. Every repetition is bounded."""


@frozen
class Message:
    """One message of a client or a service."""

    id: str
    """Name of the row, such as "receive-timed-out"."""
    hint: str
    """Literal, in lower case, that every line with the message holds."""
    pattern: re.Pattern[str] = field(repr=False)
    """What is looked for in a line. It covers what may be quoted, and no more."""
    printed_by: tuple[str, ...]
    """Who prints it, with the releases that spell it so."""
    topic: str
    """What it is about. It selects the next checks."""
    candidates: tuple[str, ...]
    """Codes of the catalogue, the most likely first. Empty for a detail, and for a failure that is
    no fault of the network, of files or of a ticket."""
    example: str
    """The message as it is printed."""
    basis: tuple[Basis, ...]
    """How it is known, in the words of the catalogue."""
    sources: tuple[str, ...]
    """Keys of the catalogue's sources."""
    role: Role = "cause"
    """- cause: it names what went wrong.
    - envelope: it stands around a cause, and counts only without one.
    - detail: it is no failure, and tells where, over which transport or how long.
    """
    within: tuple[str, ...] = ()
    """Words of which the event must hold one, in lower case. Empty: any event."""
    unless: tuple[str, ...] = ()
    """Words of which the event must hold none, in lower case. With them it is no failure."""
    rules_out: tuple[str, ...] = ()
    """Codes that no longer fit where this message was seen."""

    points_to: tuple[str, ...] = ()
    """Of a detail: codes that come first if a failure follows."""

    names: str | None = None
    """The candidate that the words say themselves. The others may lie behind it. None if the words
    leave it open."""

    names_with_file: bool = False
    """True if the words name it only where a setting of the case says the same."""

    shows: Shows | None = None
    """What the words show of the client, at that time. None if they show nothing.
    - login: a service answered a request of it, so its connection and its login worked.
    - connection: a service answered it and refused the token with which it logged in.
    - unsent: it stopped before it sent anything.
    - ran: an executor of Spark had reached the driver.
    - behind: a service took its login, and failed for a reason of its own.
    """

    def search(self, line: str) -> re.Match[str] | None:
        """Return where the message stands in a line. None if it does not."""
        return self.pattern.search(line, 0, LONGEST_LINE)

    def fits(self, event: str) -> bool:
        """Return True if an event, in lower case, is of the kind that the message needs."""
        is_within = not self.within or any(word in event for word in self.within)
        return is_within and not any(word in event for word in self.unless)


@cache
def messages() -> tuple[Message, ...]:
    """Return every known message, in the order of the table."""
    return tuple(map(_message, table("messages")["message"]))


def recognised(text: str) -> tuple[Message, ...]:
    """Return the messages that a text of some lines is or holds, causes first.

    Without one, return those whose example holds the text. What an event needs around a message is
    not asked for, because a person quotes one line. If the line has it for one of several messages
    with the same words, the others are left out.
    """
    lines = [(line, line.lower()) for line in text.splitlines()]
    found = [each for each in messages() if any(each.hint in low and each.search(line) for line, low in lines)]
    fitting = {each.hint for each in found if each.within and each.fits(text.lower())}
    found = [each for each in found if each.hint not in fitting or not each.within or each.fits(text.lower())]
    if not found:
        wanted = " ".join(text.lower().split())
        found = [each for each in messages() if len(wanted) >= SHORTEST_QUOTE and wanted in each.example.lower()]
    return tuple(sorted(found, key=lambda each: ("cause", "envelope", "detail").index(each.role)))


def candidates_of_quote(text: str, found: Sequence[Message]) -> tuple[str, ...]:
    """Return the codes for a text that a person quotes, the most likely first.

    "Connection refused" alone may be about a KDC or about any service. Services are many, so their
    codes come first, and those of a KDC come last.
    """
    of_kdc = [each for each in found if each.within and each.topic.startswith("kdc-") and not each.fits(text.lower())]
    of_services = tuple(each for each in found if each not in of_kdc)
    if not any(each.role == "cause" for each in of_services):
        return candidates(tuple(found))
    return tuple(dict.fromkeys([*candidates(of_services), *candidates(tuple(of_kdc))]))


def candidates(found: tuple[Message, ...]) -> tuple[str, ...]:
    """Return the codes that several messages of one failure leave, the most likely first.

    - An envelope counts only without a cause.
    - What a detail points to comes first.
    - A code that one of the messages rules out is left out, unless nothing would be left.
    """
    causes = [each for each in found if each.role == "cause"] or list(found)
    pointed = (code for each in found for code in each.points_to)
    codes = list(dict.fromkeys([*(pointed if any(each.candidates for each in found) else ()), *_by_place(causes)]))
    gone = {code for each in found for code in each.rules_out}
    return tuple(code for code in codes if code not in gone) or tuple(codes)


def _by_place(found: list[Message]) -> Iterator[str]:
    """Yield codes by how many messages name them, then by their place in these messages."""
    places: dict[str, list[int]] = {}
    for message in found:
        for place, code in enumerate(message.candidates):
            places.setdefault(code, []).append(place)
    yield from sorted(places, key=lambda code: (-len(places[code]), sum(places[code])))


def _message(row: Mapping[str, Any]) -> Message:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name != "pattern"
    }
    return Message(pattern=re.compile(_expanded(row["pattern"]), re.IGNORECASE), **values)


def _expanded(pattern: str) -> str:
    for macro, meaning in MACROS.items():
        pattern = pattern.replace(macro, meaning)
    return pattern
