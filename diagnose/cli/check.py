"""Which fault keeps the resource group from the cluster? The main command, `check`."""

from __future__ import annotations

import math
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from diagnose.cli.case_options import base_of, case_options
from diagnose.cli.check_once import CheckWanted, checked, given_case
from diagnose.cli.common import area_options, common_options, details_option, fail_on_option, wanted_areas
from diagnose.cli.log_files import log_option
from diagnose.cli.outputs import error_is_coloured, screen, width
from diagnose.cli.report_outputs import written
from diagnose.cli.via import several_via_options, targets
from diagnose.cli.watch import Watch, WithWatch, state_of, watch_option, watched
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.report.model import Report


@click.command("check", cls=WithWatch)
@case_options
@click.option(
    "--offline",
    is_flag=True,
    envvar="EMR_DIAGNOSE_OFFLINE",
    show_envvar=True,
    help="Send nothing. The answer is about the configuration alone.",
)
@area_options
@click.option(
    "--deadline",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    envvar="EMR_DIAGNOSE_DEADLINE",
    show_envvar=True,
    help="Stop probing after this time and report what is known then.",
)
@fail_on_option
@click.option(
    "--keytab",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="EMR_DIAGNOSE_KEYTAB",
    show_envvar=True,
    help="Log in with this keytab and ask for a ticket of each service in the case.",
)
@click.option(
    "--principal",
    metavar="NAME",
    envvar="EMR_DIAGNOSE_PRINCIPAL",
    show_envvar=True,
    help="Who logs in. Default: the first entry of the keytab.",
)
@click.option(
    "--authenticate",
    is_flag=True,
    envvar="EMR_DIAGNOSE_AUTHENTICATE",
    show_envvar=True,
    help="With --keytab: log in at each service as well, which proves its own keytab. No call follows.",
)
@click.option(
    "--pcap",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="EMR_DIAGNOSE_PCAP",
    show_envvar=True,
    help="Write the headers of probe packets to this file. Needs CAP_NET_RAW.",
)
@several_via_options
@watch_option
@details_option
@log_option
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    cidrs: tuple[str, ...],
    offline: bool,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    deadline: float | None,
    fail_on: Literal["error", "warning"],
    keytab: Path | None,
    principal: str | None,
    authenticate: bool,
    pcap: Path | None,
    vias: tuple[str, ...],
    ssh_config: Path | None,
    watch: float | None,
    details: bool,
    logs: tuple[str, ...],
    no_color: bool,
) -> None:
    """Diagnose a case: find the fault and the smallest repair.

    A case is a directory, or a .zip or .tar.gz of one. It may also be single
    files: krb5.conf, Hadoop files, answers of the Alibaba Cloud APIs as JSON.
    docs/case.md lists them. If a case has observations.json, check uses those
    and sends nothing.

    Without CASE it is the current directory, if a file directly in it
    describes a cluster: case.toml, krb5.conf, settings such as core-site.xml,
    an answer of an API or observations.json. Else it is wrong usage.

    An option beats its environment variable, which beats case.toml, which
    beats the default. A variable of a repeatable option takes several values,
    with spaces between them.

    \b
    Examples:
      emr-diagnose check ./case --offline
      emr-diagnose check krb5.conf sg.json --from 192.168.10.0/24
      emr-diagnose check ./case --format terminal --format json -o report.json
      emr-diagnose check ./case --offline --format terraform
      emr-diagnose check ./case --keytab hive.keytab --principal hive/master-1-1
      emr-diagnose check ./case --offline --log task.log
      emr-diagnose check ./case --via ssh://root@rg-host
      emr-diagnose check ./case --watch --deadline 1800
      yarn logs -applicationId application_… | emr-diagnose check --log -

    \b
    Exit codes:
      0    everything required works (--offline: is allowed)
      1    a fault was found
      2    wrong usage, or an input that cannot be read
      3    something required could not be determined
      4    a bug of this tool
      130  interrupted
    """
    for option, seconds in (("--deadline", deadline), ("--watch", watch)):
        if seconds is not None and not math.isfinite(seconds):
            raise click.UsageError(tr("{option} needs a number of seconds", option=option))
    areas = wanted_areas(only, skip)
    for option, is_given in (("--authenticate", authenticate), ("--principal", principal is not None)):
        if is_given and keytab is None:
            raise click.UsageError(tr("{option} needs --keytab", option=option))
    wanted = CheckWanted(
        paths=paths,
        cidrs=cidrs,
        logs=logs,
        offline=offline,
        areas=areas,
        fail_on=fail_on,
        keytab=keytab,
        principal=principal,
        authenticate=authenticate,
        pcap=pcap,
        vias=targets(vias),
        ssh_config=ssh_config,
    )
    if watch is None:
        report = checked(wanted, deadline, ctx.with_resource)
    else:
        report = _watched(wanted, watch, deadline, no_color)
    written(ctx, report, partial(screen, no_color=no_color, details=details, base=base_of(paths)))
    ctx.exit(report.exit_code)


def _watched(wanted: CheckWanted, seconds: float, deadline: float | None, no_color: bool) -> Report:
    """Return the report of the last round. What changed is shown on standard error."""
    from diagnose.report import brief, difference, difference_page

    if "-" in wanted.logs:
        raise click.UsageError(tr("--watch reads its files again, and standard input (--log -) can be read once"))
    files = [*(wanted.paths or ([] if wanted.logs else [Path()])), *map(Path, wanted.logs)]
    is_replayed = wanted.offline or bool(given_case(wanted.paths, wanted.cidrs, wanted.logs).recorded)
    columns, is_coloured = width(), not no_color and error_is_coloured()

    def ask(left: float | None) -> Report:
        with ExitStack() as round_of:
            return checked(wanted, left, round_of.enter_context)

    def page(before: Report, after: Report) -> str:
        changes = difference.compare(before, after)
        return difference_page.render(changes, columns, is_coloured) if changes.has_changes else ""

    watch = Watch(
        seconds=seconds,
        deadline=deadline,
        state=partial(state_of, files) if is_replayed else None,
        show=lambda text: click.echo(text, err=True, nl=False),
        page=page,
    )
    return watched(ask, lambda report: brief.render(report, columns, is_coloured), watch)
