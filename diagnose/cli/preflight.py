"""Does a case keep the rules of registration in DataWorks? The command `preflight`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import click

from diagnose.cli.case_options import case_options, read_case, tell_misread
from diagnose.cli.common import common_options, details_option, fail_on_option
from diagnose.cli.log_files import log_option, with_log_files
from diagnose.cli.outputs import screen
from diagnose.cli.report_outputs import WithReport, written


@click.command("preflight", cls=WithReport)
@case_options
@fail_on_option
@details_option
@log_option
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
    The rules about ports and Kerberos are judged as by check --offline, so
    the report holds what that finds as well. With the log of an initialization
    that failed, the report says which broken rule its failure fits.

    \b
    Examples:
      emr-diagnose preflight ./case
      emr-diagnose preflight ./case --log initialization.log
      emr-diagnose preflight ./case --format json -o preflight.json

    \b
    Exit codes:
      0    every rule that must be kept is kept
      1    a rule is broken, or a required connection is not allowed
      2    wrong usage, or an input that cannot be read
      3    a rule that must be kept could not be checked
      4    a bug of this tool
      130  interrupted
    """
    from diagnose.engine import diagnose
    from diagnose.report.build import Clock, build
    from diagnose.scene.observed import recorded_observations

    started, clock = datetime.now(UTC), time.monotonic()
    case = with_log_files(read_case(paths, cidrs), logs) if logs else read_case(paths, cidrs)
    tell_misread(case)
    diagnosis = diagnose(case, recorded_observations(case), fail_on=fail_on, today=started.date(), with_rules=True)
    spent = round((time.monotonic() - clock) * 1000)
    report = build(diagnosis, "preflight", Clock(started.isoformat(timespec="milliseconds"), spent))
    written(ctx, report, partial(screen, no_color=no_color, details=details, base=""))
    ctx.exit(report.exit_code)
