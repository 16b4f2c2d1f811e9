"""How does a tree of files become one that may be given away? Nothing is read or written here.

Secrets go first. Then, if asked for, the names and addresses of what is left are collected over all
files, and replaced in all of them alike.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import field

from diagnose.case.tree import Tree
from diagnose.collect.redaction import report as reports
from diagnose.collect.redaction.address_text import AddressText
from diagnose.collect.redaction.key_blocks import without_certificates
from diagnose.collect.redaction.name_map import NameMap
from diagnose.collect.redaction.one_file import RedactedFile, redacted, rewritten
from diagnose.collect.redaction.report import FileCounts, LeftOutFile, RedactionReport
from diagnose.collect.redaction.secret_text import without_secrets
from diagnose.collect.redaction.tally import Tally
from diagnose.collect.redaction.vocabulary import Vocabulary, vocabulary
from probes.frozen import frozen
from probes.language import tr


@frozen
class RedactedCase:
    """A case that may be given away."""

    files: dict[str, bytes] = field(repr=False)
    """Path -> content, redaction.json included."""
    report: RedactionReport
    """What was replaced, without the values."""
    rewriter: Rewriter | None = field(default=None, repr=False)
    """What replaced names and addresses. None if they stay. It must not leave the process."""


class Rewriter:
    """Replaces the names and addresses of one case, the same by the same."""

    def __init__(self, found: Vocabulary, draw: random.Random) -> None:
        self._addresses = AddressText(draw.randbytes(32), found.addresses)
        self._names = NameMap(draw, found.labels, found.ids, found.accounts)

    def __call__(self, text: str, tally: Tally) -> str:
        """Return a text with names and addresses replaced."""
        return self._addresses(self._names(without_certificates(text, tally), tally), tally)

    def path(self, path: str) -> str:
        """Return a path of the case with names and addresses replaced."""
        tally = Tally()
        return self._addresses(self._names.path(path, tally), tally)


def redact(tree: Tree, *, keeps_names: bool = False, draw: random.Random | None = None) -> RedactedCase:
    """Return the case without secrets.

    keeps_names: whether names and addresses stay.
    draw: where random bits come from. None for those of the operating system.
    """
    clean = {path: redacted(path, each) for path, each in tree.files.items() if path != reports.NAME}
    if keeps_names:
        return _collected(tree, clean, None)
    rewriter = Rewriter(_found(clean), secrets.SystemRandom() if draw is None else draw)
    return _collected(tree, {path: _rewritten(path, each, rewriter) for path, each in clean.items()}, rewriter)


def _found(clean: dict[str, RedactedFile]) -> Vocabulary:
    """Return what the files name that are left."""
    files = {path: each.content for path, each in clean.items() if each.content is not None}
    texts: dict[str, list[str]] = {path: [path] for path in files}
    for path, content in files.items():
        rewritten(path, content, _noting(texts[path]))
    return vocabulary(files, texts)


def _noting(texts: list[str]) -> Callable[[str], str]:
    def note(text: str) -> str:
        texts.append(text)
        return text

    return note


def _rewritten(path: str, clean: RedactedFile, rewriter: Rewriter) -> RedactedFile:
    if clean.content is None:
        return clean
    tally = Tally()
    content = rewritten(path, clean.content, lambda text: rewriter(text, tally))
    return RedactedFile(content, clean.note, {**clean.replaced, **tally.taken()})


def _collected(tree: Tree, results: dict[str, RedactedFile], rewriter: Rewriter | None) -> RedactedCase:
    """Return the files that are left, and the report about all of them."""
    files: dict[str, bytes] = {}
    counts: list[FileCounts] = []
    left_out = [LeftOutFile(file=_path(each.check, rewriter), why=each.cause) for each in tree.skipped]
    for path, result in results.items():
        name = _path(path, rewriter)
        while name in files:
            name += "_"
        note = None if result.note is None else tr(result.note)
        if result.content is None:
            left_out.append(LeftOutFile(file=name, why=note or ""))
            continue
        files[name] = result.content
        if result.replaced or note:
            counts.append(FileCounts(file=name, replaced=result.replaced, note=note))
    report = RedactionReport(
        redacted=("secrets",) if rewriter is None else ("secrets", "addresses"),
        replaced=reports.summed(tuple(counts)),
        files=tuple(counts),
        left_out=tuple(left_out),
    )
    files[reports.NAME] = reports.encode(report)
    return RedactedCase(files, report, rewriter)


def _path(path: str, rewriter: Rewriter | None) -> str:
    """Return a path without secrets, which can be written. Each part is masked alone.

    A backslash stands for a letter that has no place in a name, and no file can have it.
    """
    bare = "/".join(without_secrets(part, Tally()) for part in path.split("/")).replace("\\", "_")
    return bare if rewriter is None else rewriter.path(bare)
