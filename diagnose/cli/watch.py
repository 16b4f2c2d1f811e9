"""What does `check --watch` do between two rounds, and when does it end?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.cli.errors import InputError
from diagnose.cli.report_outputs import WithReport
from probes.frozen import frozen
from probes.language import marked, tr

if TYPE_CHECKING:
    from diagnose.report.model import Report

USUAL_SECONDS = 30.0
"""Seconds between two rounds, if the option has no number."""

MOST_ROUNDS = 10_000
"""Rounds of one command: three and a half days of the usual ones."""

MOST_FILES = 20_000
"""Files whose change is looked for. What lies behind them is not seen to change."""

POLL_SECONDS = 1.0
"""Seconds between two looks at the files."""

OPTION = "--watch"

_FOR_A_FILE = marked("Round {number}: exit code {code}. Waiting for a file to change. Ctrl-C ends it.")
_FOR_A_TIME = marked("Round {number}: exit code {code}. The next one in {seconds} s. Ctrl-C ends it.")


class WithWatch(WithReport):
    """Reads `--watch` with or without a number of seconds: a case that follows it stays a case."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, with_seconds(args))


def with_seconds(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with a number for each `--watch` that no number follows."""
    found: list[str] = []
    rest = list(arguments)
    for place, argument in enumerate(rest):
        if argument == "--":
            return found + rest[place:]
        is_bare = argument == OPTION and not _is_number(rest[place + 1 : place + 2])
        found.append(f"{OPTION}={USUAL_SECONDS:g}" if is_bare else argument)
    return found


def _is_number(arguments: Sequence[str]) -> bool:
    return bool(arguments) and arguments[0].replace(".", "", 1).isdigit()


@frozen
class Watch:
    """How long is watched, and what a round waits for."""

    seconds: float
    """Seconds between two rounds."""
    deadline: float | None
    """Seconds for all rounds together. None if there is no limit."""
    state: Callable[[], Hashable] | None
    """The state of the files: a round begins once it changed. None if a round sends packets."""
    show: Callable[[str], None]
    """Shows what a person reads while it goes on."""
    page: Callable[[Report, Report], str]
    """What changed from one report to the next. "" if nothing did."""


def watched(ask: Callable[[float | None], Report], first: Callable[[Report], str], watch: Watch) -> Report:
    """Ask until everything works, and return the report of the last round.

    ask: makes a report, within so many seconds. first: what is shown of the first one.
    Ends with Ctrl-C, with the deadline, or after `MOST_ROUNDS`. An input that cannot be read is
    shown, and the next round begins once the files have changed; if it is the last one, InputError.
    """
    began = time.monotonic()
    report: Report | None = None
    error: InputError | None = None
    for number in range(1, MOST_ROUNDS + 1):
        left = None if watch.deadline is None else watch.deadline - (time.monotonic() - began)
        if number > 1 and left is not None and left <= 0:
            break
        state = None if watch.state is None else watch.state()
        try:
            after = ask(left)
        except InputError as unreadable:
            if number == 1:
                raise
            error, shown = unreadable, f"{unreadable.format_message()}\n"
        except KeyboardInterrupt:
            if report is None:
                raise
            break  # what the round before found is not lost
        else:
            error = None
            said = first(after) if report is None else watch.page(report, after)
            report = after
            if report.exit_code in (0, 130):
                break
            shown = said + _waiting(number, report, watch)
        try:
            watch.show(shown)
            if not _next_is_due(watch, state, began):
                watch.show(f"{tr('The {seconds} s of --deadline are over.', seconds=f'{watch.deadline or 0:g}')}\n")
                break
        except KeyboardInterrupt:
            break
    if error is not None:
        raise error
    assert report is not None
    return report


def _waiting(number: int, report: Report, watch: Watch) -> str:
    template = _FOR_A_FILE if watch.state is not None else _FOR_A_TIME
    seconds = f"{watch.seconds:g}"
    return f"{tr(template, number=number, code=report.exit_code, seconds=seconds)}\n"


def _next_is_due(watch: Watch, state: Hashable, began: float) -> bool:
    """Wait for the next round. Return False if there is none: the time is over.

    Files are read once they no longer change, so not in the middle of a copy.
    """
    last = state
    while True:
        pause = watch.seconds if watch.state is None else min(watch.seconds, POLL_SECONDS)
        left = pause if watch.deadline is None else watch.deadline - (time.monotonic() - began)
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        if watch.state is None:
            return left > pause or watch.deadline is None
        now = watch.state()
        if now == last != state:
            return True
        last = now


def state_of(paths: Sequence[Path]) -> Hashable:
    """Return a value that differs once a file below these paths was written, added or removed."""
    found: list[tuple[Path, int, int, int]] = []
    for path in paths or [Path()]:
        for file in _files(path):
            try:
                known = file.stat()
            except OSError:
                continue
            found.append((file, known.st_mtime_ns, known.st_size, known.st_ino))
            if len(found) == MOST_FILES:
                return tuple(found)
    return tuple(sorted(found))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(files))


def watch_option(command: Any) -> Any:
    """Add --watch."""
    return click.option(
        OPTION,
        "watch",
        type=click.FloatRange(min=0.1),
        metavar="[SECONDS]",
        envvar="EMR_DIAGNOSE_WATCH",
        show_envvar=True,
        help="Check again until everything works, and show what changed. Default: every 30 seconds; "
        "with --offline, once a file has changed. --deadline bounds all rounds together. "
        "Ctrl-C between two rounds ends with the exit code of the last one.",
    )(command)
