"""How is the help of a command written in the language of this process?

click keeps the texts of options and docstrings as they are written, in English. They are translated
here, when the page is written, sentence by sentence or paragraph by paragraph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from probes.language import language, tr
from probes.regex import regex

AS_IT_IS = "\b"
"""Line by which click knows a paragraph whose lines stay as they are."""

_CODE = regex(r"( *\d+ +)(\S.*)")
_CONTINUED = regex(r" {6,}(\S.*)")
_HEADING = regex(r"[A-Z][a-z ]+:")
_EXTRA = "  ["
"""What click puts between the help of an option and what it adds to it."""


class SpokenFormatter(click.HelpFormatter):
    """Translates what it writes. English is written as click does."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, tr("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{tr('{heading}:', heading=tr(heading))}\n")

    def write_text(self, text: str) -> None:
        if language() == "en":
            super().write_text(text)
        else:
            width = self.width - self.current_indent
            super().write_text("\n\n".join(_translated(paragraph, width) for paragraph in paragraphs(text)))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        pairs = list(rows)
        if language() != "en":
            first = min(max((len(term) for term, _ in pairs), default=0), col_max) + col_spacing
            width = max(self.width - first - self.current_indent, 10)
            pairs = [(term, _definition(text, width)) for term, text in pairs]
        super().write_dl(pairs, col_max, col_spacing)


class SpokenContext(click.Context):
    """Context of every command: its pages of help are in the language of this process."""

    formatter_class = SpokenFormatter


def paragraphs(text: str) -> list[list[str]]:
    """Return the paragraphs of a help text, each as lines. One that stays as it is begins with
    AS_IT_IS."""
    return [part.splitlines() for part in text.split("\n\n") if part.strip()]


def sentences(text: str) -> Iterator[str]:
    """Yield what `tr` translates of a help text."""
    for lines in paragraphs(text):
        if lines[0] != AS_IT_IS:
            yield " ".join(line.strip() for line in lines)
            continue
        for line in _joined(lines[1:]):
            if found := _CODE.fullmatch(line):
                yield found[2]
            elif _HEADING.fullmatch(line):
                yield line


def _joined(lines: Sequence[str]) -> list[str]:
    """Return the lines, a continued exit code as one line."""
    joined: list[str] = []
    for line in lines:
        more = _CONTINUED.fullmatch(line)
        if more and joined and _CODE.fullmatch(joined[-1]):
            joined[-1] += f" {more[1]}"
        else:
            joined.append(line)
    return joined


def _translated(lines: Sequence[str], width: int) -> str:
    if lines[0] == AS_IT_IS:
        return "\n".join((AS_IT_IS, *map(_translated_line, _joined(lines[1:]))))
    return _filled(tr(" ".join(line.strip() for line in lines)), width)


def _translated_line(line: str) -> str:
    if found := _CODE.fullmatch(line):
        return found[1] + tr(found[2])
    return tr(line) if _HEADING.fullmatch(line) else line


def _definition(text: str, width: int) -> str:
    """Return the help of an option, and what click adds to it: defaults and variables."""
    sentence, extra, rest = text.partition(_EXTRA)
    rest = rest.replace("env var: ", tr("env var: ")).replace("default: ", tr("default: "))
    return _filled(tr(sentence) + extra + rest, width)


def _filled(text: str, width: int) -> str:
    """Return the text in lines by its width on a terminal, which click does not know."""
    from diagnose.output.page import wrapped

    return "\n".join((AS_IT_IS, *wrapped(text, width)))
