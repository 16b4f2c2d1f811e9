"""Which logs does `--log` add to a case? Each file, or standard input, by its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

import click

from diagnose.cli.errors import InputError
from diagnose.cli.standard_input import standard_input
from probes.frozen import replace
from probes.language import tr
from probes.os_words import os_words

if TYPE_CHECKING:
    from diagnose.case import Case, Text

Command = TypeVar("Command", bound=Callable[..., Any])

STDIN: Final = "-"
VARIABLE: Final = "EMR_DIAGNOSE_LOG"
CHUNK: Final = 1 << 20


def _log_option(text: str) -> Callable[[Command], Command]:
    return click.option("--log", "logs", multiple=True, metavar="FILE", envvar=VARIABLE, show_envvar=True, help=text)


log_option = _log_option(
    "A log of the client, a task or the KDC; - is standard input; repeatable. Without a CASE, the log alone."
)
"""For a command that judges a log without a case as well."""

log_beside_case_option = _log_option(
    "A log of the initialization or of a task, beside the case; - is standard input; repeatable."
)
"""For a command that needs a case."""


def with_log_files(case: Case | None, names: Sequence[str]) -> Case:
    """Return the case with these logs. Without a case, one that holds the logs alone.

    Exit code 2 if one cannot be read or is no log. All such faults are told at once.
    """
    from diagnose.case.model import Case, Input

    texts: list[Text] = []
    inputs: list[Input] = []
    faults: list[str] = []
    if names.count(STDIN) > 1:
        raise click.UsageError(tr("--log: standard input can be read once"))
    for name in dict.fromkeys(names):
        try:
            text, digest = _read(name)
        except InputError as error:
            faults.append(error.message)
            continue
        texts.append(text)
        inputs.append(Input(text.file, text.kind, digest))
    if faults:
        raise InputError("\n".join(faults))
    base = case if case is not None else Case(Path(texts[0].file).stem)
    return replace(base, texts=(*base.texts, *texts), inputs=(*base.inputs, *inputs))


def _read(name: str) -> tuple[Text, str]:
    from diagnose.case.model import Text
    from diagnose.case.recognise import log_kind
    from diagnose.case.tree import shown
    from probes.files.log_events import NoLog, decoded

    called = tr("standard input") if name == STDIN else shown(name)
    try:
        if name == STDIN:
            end, before = _end(standard_input())
        else:
            path = Path(name)
            if path.exists() and not path.is_file():
                raise InputError(
                    tr("--log: {file} is no plain file. Give the log itself, or - for standard input.", file=called)
                )
            with path.open("rb") as file:
                end, before = _end(file)
    except OSError as error:
        raise InputError(tr("--log: cannot read {file}: {error}", file=called, error=os_words(error))) from error
    text = decoded(end)
    if isinstance(text, NoLog):
        raise InputError(
            tr(
                "--log: {file} is no log: it is {what}. Give {needs}.",
                file=called,
                what=tr(text.what),
                needs=tr(text.needs),
            )
        )
    from hashlib import sha256  # loads OpenSSL, which most commands do not need

    return Text(log_kind(end), called, text, before + 1), sha256(end).hexdigest()


def _end(stream: BinaryIO) -> tuple[bytes, int]:
    """Return the end of a stream, and how many lines stand before it. Memory is bounded."""
    from probes.files.log_events import LARGEST_READ

    kept, before = bytearray(), 0
    while chunk := stream.read(CHUNK):
        kept += chunk
        if len(kept) > LARGEST_READ + CHUNK:
            cut = kept.find(b"\n", len(kept) - LARGEST_READ) + 1 or len(kept) - LARGEST_READ
            before += kept.count(b"\n", 0, cut)
            del kept[:cut]
    return bytes(kept), before
