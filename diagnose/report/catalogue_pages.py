"""How is the catalogue written as pages? `python -m diagnose.report.catalogue_pages docs/findings`.

One page a code and language, and one index a language. A test compares them with the catalogue.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from diagnose.data.zh import sentences
from diagnose.findings import catalogue
from diagnose.findings.catalogue import CatalogueEntry
from diagnose.report.explain import AREAS, GRADES, UNDECIDED, known_by, source_text
from probes.language import Language, language, tr, use
from probes.regex import regex

INDEX = "README.md"
"""The page that lists the others. Forges show it for the directory."""

_CODE = regex(r"(`[^`]*`)")
_MARKUP = regex(r"[\\*<>\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""What would be markup in the catalogue's own texts, outside of backticks."""


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page, in the language of this process."""
    entries = [catalogue.entry(code) for code in catalogue.codes()]
    yield INDEX, _index(entries)
    for entry in entries:
        yield f"{entry.code}.md", _page(entry)


def write(directory: Path) -> None:
    """Write the pages of both languages below a directory, and remove pages of unknown codes."""
    tables: Mapping[Language, Mapping[str, str]] = {"en": {}, "zh": sentences()}
    for spoken, table in tables.items():
        use(spoken, table)
        below = directory / spoken
        below.mkdir(parents=True, exist_ok=True)
        made = dict(pages())
        for name, text in made.items():
            (below / name).write_text(text, encoding="utf-8")
        for page in below.glob("*.md"):
            if page.name not in made:
                page.unlink()


def _index(entries: Sequence[CatalogueEntry]) -> str:
    parts = [
        f"# {tr('All findings')}",
        _other_language(INDEX),
        tr("Each code that a report may carry: what it means, what it is confused with, how to confirm and repair it."),
        tr("Explained only: `check` of this version does not look for it."),
        tr("`emr-diagnose explain CODE` prints the same. `make pages` makes these pages from the catalogue."),
    ]
    for area, title in AREAS.items():
        parts += [f"## {tr(title)}", _listed(_line(entry) for entry in entries if entry.area == area)]
    return "\n\n".join(parts) + "\n"


def _line(entry: CatalogueEntry) -> str:
    link = f"[{entry.code}]({entry.code}.md)"
    if entry.decided:
        return tr("{code}: {title}", code=link, title=_text(entry.title))
    return tr("{code} (explained only): {title}", code=link, title=_text(entry.title))


def _page(entry: CatalogueEntry) -> str:
    grade, _ = GRADES[entry.severity]
    parts = [
        "# " + tr("{code}: {title}", code=entry.code, title=_text(entry.title)),
        f"{_other_language(f'{entry.code}.md')} | [{tr('All findings')}]({INDEX})",
        tr("{area}; ", area=tr(AREAS[entry.area])) + tr(grade),
    ]
    if not entry.decided:
        parts.append(tr(UNDECIDED))
    parts += [
        *(f"## {tr('What it means')}", _text(entry.meaning)),
        *(f"## {tr('What you see')}", _listed(map(_text, entry.seen))),
        f"## {tr('Not to be confused with')}",
        _listed(
            tr("{code}: {title}", code=f"[{code}]({code}.md)", title=_text(how))
            for code, how in entry.look_alikes.items()
        ),
        *(f"## {tr('How to confirm it')}", _numbered(entry.confirm)),
        *(f"## {tr('How to repair it')}", _numbered(entry.repair)),
        *(f"## {tr('How we know')}", known_by(entry)),
        _listed(
            f"[{_text(source_text(source))}]({source.url})" if source.url else _text(source_text(source))
            for source in entry.sources
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _other_language(name: str) -> str:
    """Return a link to the same page in the other language, which is written in that one."""
    return f"[English](../en/{name})" if language() == "zh" else f"[中文](../zh/{name})"


def _listed(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _numbered(steps: Sequence[str]) -> str:
    return "\n".join(f"{number}. {_text(step)}" for number, step in enumerate(steps, 1))


def _text(text: str) -> str:
    """Return a text in which nothing is markup but its backticks."""
    return "".join(piece if piece.startswith("`") else _MARKUP.sub(r"\\\g<0>", piece) for piece in _CODE.split(text))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
