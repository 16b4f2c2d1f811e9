"""How does a tree of files become one that may be given away? Nothing is read or written here.

Secrets go first. Then, if asked for, the names and addresses of what is left are collected over all
files, and replaced in all of them alike.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import field

from diagnose.case import redacted as reported
from diagnose.case.sources import OPTION
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
from probes.addresses import cidrs, parse
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
        self._names = NameMap(draw, found.labels, found.ids, found.accounts, found.names)

    def __call__(self, text: str, tally: Tally) -> str:
        """Return a text with names and addresses replaced."""
        return self._addresses(self._names(without_certificates(text, tally), tally), tally)

    def path(self, path: str) -> str:
        """Return a path of the case with names and addresses replaced."""
        tally = Tally()
        return self._addresses(self._names.path(path, tally), tally)


def redact(
    tree: Tree, networks: Sequence[str] = (), *, keeps_names: bool = False, draw: random.Random | None = None
) -> RedactedCase:
    """Return the case without secrets.

    networks: of the resource group, as --from gives them. () for those of the case.
    keeps_names: whether names and addresses stay.
    draw: where random bits come from. None for those of the operating system.
    """
    clean = {path: redacted(path, each) for path, each in tree.files.items() if path != reports.NAME}
    earlier = tree.files.get(reports.NAME)
    if not networks and earlier is not None:
        networks = reported.networks_of(earlier)
    if keeps_names:
        return _collected(tree, clean, tuple(networks), None)
    rewriter = Rewriter(_vocabulary_left(clean, networks), secrets.SystemRandom() if draw is None else draw)
    files = {path: _rewritten(path, each, rewriter) for path, each in clean.items()}
    return _collected(tree, files, tuple(rewriter(_with_prefix(each), Tally()) for each in networks), rewriter)


def _with_prefix(network: str) -> str:
    """Return a network with its prefix: without one, a last byte of 0 looks like a slip."""
    return network if "/" in network else cidrs((parse(network),))[0]


def _vocabulary_left(clean: dict[str, RedactedFile], networks: Sequence[str]) -> Vocabulary:
    """Return what the files name that are left, and the networks beside them."""
    files = {path: each.content for path, each in clean.items() if each.content is not None}
    texts: dict[str, list[str]] = {OPTION: list(networks), **{path: [path] for path in files}}
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


def _collected(
    tree: Tree, results: dict[str, RedactedFile], networks: tuple[str, ...], rewriter: Rewriter | None
) -> RedactedCase:
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
        redacted=("secrets",) if rewriter is None and not _is_made_up(tree) else ("secrets", "addresses"),
        networks=networks,
        replaced=reports.summed(tuple(counts)),
        files=tuple(counts),
        left_out=tuple(left_out),
    )
    files[reports.NAME] = reports.encode(report)
    return RedactedCase(files, report, rewriter)


def _is_made_up(tree: Tree) -> bool:
    """Return True unless the addresses of the case are surely its cluster's own."""
    earlier = tree.files.get(reports.NAME)
    return earlier is not None and reported.addresses_of(earlier) != "own"


def _path(path: str, rewriter: Rewriter | None) -> str:
    """Return a path without secrets, which can be written. Each part is masked alone.

    A backslash stands for a letter that has no place in a name, and no file can have it.
    """
    bare = "/".join(without_secrets(part, Tally()) for part in path.split("/")).replace("\\", "_")
    return bare if rewriter is None else rewriter.path(bare)
