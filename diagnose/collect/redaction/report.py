"""What was replaced in a case, without the values? redaction.json, and the same as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from diagnose import __version__
from diagnose.output.clean import clean
from probes.language import marked, tr

NAME = "redaction.json"
"""Its name in the redacted case."""

WORDS = {
    "setting": marked("values of secret settings"),
    "text": marked("secrets in texts"),
    "key": marked("blocks of keys"),
    "comment": marked("comments"),
    "keytab": marked("keys of keytabs"),
    "address": marked("addresses"),
    "name": marked("host names and realms"),
    "id": marked("resource ids"),
    "account": marked("account ids"),
}
"""Kind of `tally.Replaced` -> what it is called."""


class FileCounts(Struct, frozen=True, kw_only=True):
    """What was replaced in one file."""

    file: str
    """Its path in the redacted case."""
    replaced: dict[str, int]
    """Kind of `tally.Replaced` -> count."""
    note: str | None = None
    """What was kept of it, if not the whole text."""


class LeftOutFile(Struct, frozen=True, kw_only=True):
    """A file that the redacted case does not have."""

    file: str
    """Its path, with its names replaced as in the other files."""
    why: str
    """The cause."""


class RedactionReport(Struct, frozen=True, kw_only=True):
    """The whole report."""

    schema_version: Literal["1"] = "1"
    """Version of this format."""
    tool: str = f"emr-diagnose {__version__}"
    """What wrote it."""
    redacted: tuple[str, ...]
    """What was asked for: "secrets", and "addresses" if names and addresses were replaced."""
    networks: tuple[str, ...] = ()
    """Networks that were given with --from, replaced as all others. A check takes them."""
    replaced: dict[str, int]
    """Sums over all files."""
    files: tuple[FileCounts, ...]
    """Files in which something was replaced."""
    left_out: tuple[LeftOutFile, ...]
    """Files that are not in the result."""


def summed(files: tuple[FileCounts, ...]) -> dict[str, int]:
    """Return kind -> count over all files."""
    total: Counter[str] = Counter()
    for each in files:
        total.update(each.replaced)
    return dict(sorted(total.items()))


def encode(report: RedactionReport) -> bytes:
    """Return redaction.json."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def lines(report: RedactionReport, count: int, target: Path) -> list[str]:
    """Return the report for people. `count`: files of the result."""
    counts = {"count": count, "left": len(report.left_out)}
    texts = [tr("{count} files were written to {target}, {left} left out.", target=target, **counts)]
    if report.replaced:
        texts.append(tr("Replaced: {what}.", what=_counts(report.replaced)))
    else:
        texts.append(tr("Nothing was found that had to be replaced."))
    texts += [tr("{file}: {what}", file=each.file, what=_what(each)) for each in report.files]
    texts += [tr("{file} was left out: {why}", file=each.file, why=each.why) for each in report.left_out]
    return [clean(text) for text in texts]


def _what(each: FileCounts) -> str:
    counts = _counts(each.replaced)
    if each.note is None:
        return counts
    return tr("{note} ({what})", note=each.note, what=counts) if counts else each.note


def _counts(replaced: Mapping[str, int]) -> str:
    parts = [tr("{what}: {count}", what=tr(WORDS[kind]), count=count) for kind, count in replaced.items()]
    return tr(", ").join(parts)
