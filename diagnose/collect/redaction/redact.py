"""How does a tree of files become one without secrets? Nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass, field

from diagnose.case.tree import Tree
from diagnose.collect.redaction import report as reports
from diagnose.collect.redaction.one_file import redacted
from diagnose.collect.redaction.report import FileCounts, LeftOutFile, RedactionReport
from diagnose.collect.redaction.secret_text import without_secrets
from diagnose.collect.redaction.tally import Tally
from probes.language import tr


@dataclass(frozen=True, slots=True)
class RedactedCase:
    """A case that may be given away."""

    files: dict[str, bytes] = field(repr=False)
    """Path -> content, redaction.json included."""
    report: RedactionReport
    """What was replaced, without the values."""


def redact(tree: Tree) -> RedactedCase:
    """Return the case without secrets."""
    files: dict[str, bytes] = {}
    counts: list[FileCounts] = []
    left_out = [LeftOutFile(file=_path(each.check), why=each.cause) for each in tree.skipped]
    for path, content in tree.files.items():
        if path == reports.NAME:
            continue  # of an earlier run: a new one is written
        result = redacted(path, content)
        name = _path(path)
        note = None if result.note is None else tr(result.note)
        if result.content is None:
            left_out.append(LeftOutFile(file=name, why=note or ""))
            continue
        files[name] = result.content
        if result.replaced or note:
            counts.append(FileCounts(file=name, replaced=result.replaced, note=note))
    report = RedactionReport(
        redacted=("secrets",), replaced=reports.summed(tuple(counts)), files=tuple(counts), left_out=tuple(left_out)
    )
    files[reports.NAME] = reports.encode(report)
    return RedactedCase(files, report)


def _path(path: str) -> str:
    """Return a path without secrets. Each part is masked alone."""
    return "/".join(without_secrets(part, Tally()) for part in path.split("/"))
