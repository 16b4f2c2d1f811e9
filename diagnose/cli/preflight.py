"""Does a case keep the rules of registration in DataWorks? The command `preflight`."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from diagnose.cli.case_options import base_of, case_options, read_case, tell_misread
from diagnose.cli.common import common_options, details_option, fail_on_option
from diagnose.cli.log_files import log_beside_case_option, with_log_files
from diagnose.cli.outputs import screen
from diagnose.cli.report_outputs import WithReport, written
from diagnose.output.sentences import series
from probes.language import marked, tr

if TYPE_CHECKING:
    from diagnose.case import Case
    from diagnose.report.model import Report

TWO = 2
"""Environments of a workspace in standard mode."""

_LOG_ALONE = marked(
    "--log without a CASE: the rules are those of a case. Give both, or ask about the log alone: "
    "emr-diagnose check {logs}"
)

_TOO_MANY = marked("{count} cases are given: {cases}. Give one, or the two environments of a workspace")

_SAME = marked("the two cases are the same: {case}. Give those of development and production")

_BOTH = marked("both cases are of the environment {environment}: correct environment in [workspace] of one case.toml")


@click.command("preflight", cls=WithReport)
@case_options
@fail_on_option
@details_option
@log_beside_case_option
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    cidrs: tuple[str, ...],
    fail_on: Literal["error", "warning"],
    details: bool,
    logs: tuple[str, ...],
    no_color: bool,
) -> None:
    """Check everything that the registration page asks, before registering.

    Nothing is sent. Each rule of the registration page is passed, failed or
    not checkable. A rule that cannot be checked says what would decide it.
    check --offline judges the same case for the rules about ports and
    Kerberos. All that it finds is in the report and counts, also what no rule
    is about. With the log of an initialization that failed, the report says
    which broken rule its failure fits.

    Two directories or archives are the two environments of a workspace in
    standard mode: [workspace] environment in case.toml says which is which,
    else the first one is dev. Each is judged beside the other, and the exit
    code is that of both.

    \b
    Examples:
      emr-diagnose preflight ./case
      emr-diagnose preflight ./case --log initialization.log
      emr-diagnose preflight ./dev ./prod
      emr-diagnose preflight ./case --format json -o preflight.json

    \b
    Exit codes:
      0    every rule that must be kept is kept
      1    a rule is broken, or check --offline finds a fault
      2    wrong usage, or an input that cannot be read
      3    a rule that must be kept, or a connection, could not be checked
      4    a bug of this tool
      130  interrupted
    """
    started, clock = datetime.now(UTC), time.monotonic()
    if len(paths) == TWO and all(map(_is_whole_case, paths)):
        if logs:
            raise click.UsageError(tr("--log is about one cluster: give it with one CASE"))
        from diagnose.report.environments import paired

        if paths[0].resolve() == paths[1].resolve():
            raise click.UsageError(tr(_SAME, case=paths[0]))
        (base, first), (twin_base, second) = _in_order([(base_of([path]), read_case([path], cidrs)) for path in paths])
        report = paired(
            _report(first, fail_on, started, clock, "dev", second),
            _report(second, fail_on, started, clock, "prod", first),
        )
    else:
        _refuse(paths, logs)
        base, twin_base = base_of(paths), ""
        case = with_log_files(read_case(paths, cidrs), logs) if logs else read_case(paths, cidrs)
        report = _report(case, fail_on, started, clock)
    written(ctx, report, partial(screen, no_color=no_color, details=details, base=base, twin_base=twin_base))
    ctx.exit(report.exit_code)


def _refuse(paths: Sequence[Path], logs: Sequence[str]) -> None:
    """Exit code 2 for a log without a case, and for more cases than there are environments."""
    from diagnose.case.directory import looks_like_case
    from diagnose.case.tree import shown

    if logs and not paths and not looks_like_case(Path()):
        raise click.UsageError(tr(_LOG_ALONE, logs=" ".join(f"--log {shlex.quote(shown(log))}" for log in logs)))
    whole = [shown(str(path)) for path in paths if path.exists() and _is_whole_case(path)]
    if len(whole) > TWO:
        raise click.UsageError(tr(_TOO_MANY, count=len(whole), cases=series(whole)))


def _is_whole_case(path: Path) -> bool:
    """Return True for a directory or an archive, and not for a single file of a case."""
    from diagnose.case.files import ARCHIVES

    return path.is_dir() or path.name.lower().endswith(ARCHIVES)


def _in_order(cases: Sequence[tuple[str, Case]]) -> Sequence[tuple[str, Case]]:
    """Return the case of development, then that of production, each with its path.

    Exit code 2 if both are of one environment.
    """
    said = [case.workspace.environment for _, case in cases]
    if said[0] is not None and said[0] == said[1]:
        raise click.UsageError(tr(_BOTH, environment=said[0]))
    return cases[::-1] if said[0] == "prod" or said[1] == "dev" else cases


def _report(
    case: Case,
    fail_on: Literal["error", "warning"],
    started: datetime,
    clock: float,
    environment: Literal["dev", "prod"] | None = None,
    twin: Case | None = None,
) -> Report:
    """Return the report of one case. `twin`: the case of the other environment, if there is one."""
    from diagnose.engine import diagnose
    from diagnose.report.build import Clock, build
    from diagnose.scene.observed import recorded_observations

    tell_misread(case)
    diagnosis = diagnose(
        case,
        recorded_observations(case),
        fail_on=fail_on,
        today=started.date(),
        with_rules=True,
        twin=twin,
        is_second=environment == "prod",
    )
    spent = round((time.monotonic() - clock) * 1000)
    return build(diagnosis, "preflight", Clock(started.isoformat(timespec="milliseconds"), spent), environment)
