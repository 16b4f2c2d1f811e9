"""Which text may reach a terminal? Text of any origin, without what a terminal obeys."""

from __future__ import annotations

from probes.regex import regex

MOST_SHOWN = 2000
"""Most characters of one text that are shown. A longer one was not written for a reader."""

STEERING = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1: they start escape sequences
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # direction marks, invisible spaces, line separators
    "\ud800-\udfff"  # lone surrogates, which no UTF-8 stream can carry
    "\ufff9-\ufffb\U000e0000-\U000e007f]"  # annotations and tags: invisible
)
"""Pattern of one character that a terminal obeys, or that nobody sees."""

_STEERING = regex(STEERING)


def clean(text: str) -> str:
    """Return the text as one line that a terminal shows and does not obey.

    Control characters and invisible ones become U+FFFD, and white space becomes one space.
    """
    shown = " ".join((text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…").split())
    return shown if shown.isprintable() else _STEERING.sub("\ufffd", shown)
