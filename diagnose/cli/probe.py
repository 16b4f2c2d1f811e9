"""Does an endpoint answer now? The command `probe`, without a case."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli import completion
from diagnose.cli.common import common_options
from diagnose.cli.errors import InputError
from diagnose.cli.interrupts import deferred
from diagnose.cli.outputs import WithOutputs, colour, width, write
from diagnose.cli.progress import progress
from diagnose.cli.via import settings as ssh_settings
from diagnose.cli.via import targets as via_targets
from diagnose.cli.via import via_option
from diagnose.output.clean import clean
from probes.frozen import replace
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.probing.target import Target
    from probes.vantage import Vantage


@click.command("probe", cls=WithOutputs)
@click.argument("targets", metavar="[TARGET]…", nargs=-1, shell_complete=completion.schemes)
@click.option("--list", "listing", is_flag=True, help="List the schemes of targets.")
@click.option(
    "--targets",
    "files",
    metavar="FILE",
    multiple=True,
    help="Also ask the targets in this file, one a line. # starts a comment, - is standard input.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0.1, max=60),
    default=3.5,
    show_default=True,
    help="Seconds a peer may be silent.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    envvar="EMR_DIAGNOSE_DEADLINE",
    show_envvar=True,
    help="Stop after this time and report what is known then.",
)
@click.option("--source", metavar="ADDRESS", help="Address of this host to send from.")
@via_option
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    listing: bool,
    files: tuple[str, ...],
    patience: float,
    deadline: float | None,
    source: str | None,
    vias: tuple[str, ...],
    ssh_config: Path | None,
    no_color: bool,
) -> None:
    """Ask one endpoint, or many at once, now.

    A target is a TCP port, a KDC, Hadoop RPC, HiveServer2, a web server or
    ZooKeeper; --list shows all kinds. Nothing logs in, and no question makes a
    KDC issue a ticket. &principal=NAME asks a KDC for the state of a
    principal, &service=NAME whether it knows a service.

    \b
    Examples:
      emr-diagnose probe tcp://master-1-1:8020
      emr-diagnose probe hadoop://master-1-1 http://master-1-1:9870/jmx
      emr-diagnose probe 'krb5+udp://master-1-1?realm=EMR.C-0A1B.COM'
      emr-diagnose probe hadoop://master-1-1 --via ssh://root@rg-host
      emr-diagnose probe --targets hosts.txt --deadline 20 --format json
      emr-diagnose probe --list

    \b
    Exit codes:
      0    every target answered as it should
      1    one did not
      2    wrong usage, or a line of --targets that is no target
      3    one could not be asked
      4    a bug of this tool
      130  interrupted
    """
    if listing:
        from diagnose.probing import schemes

        click.echo(schemes.listing(), nl=False)
        return
    if not all(map(math.isfinite, (patience, deadline or 0.0))):
        raise click.UsageError(tr("--patience and --deadline need a number of seconds"))
    wanted = _wanted(targets, files)
    if not wanted:
        raise click.UsageError(tr("no TARGET is given; --list shows the kinds of targets"))
    from diagnose.probing.run import ask_targets

    with progress() as shown, _vantage(vias, ssh_config, patience) as vantage:
        sender = replace(vantage, source_address=_source(source) if vantage.host is None else source)
        answers = ask_targets(wanted, sender, deadline, shown)
    from diagnose.probing import answers as report  # imported while the targets were waited for

    pending = ctx.with_resource(deferred())
    write(
        ctx.meta["outputs"],
        {
            "terminal": lambda output: report.render(answers.reports, width(), colour(output, no_color)).encode(),
            "json": lambda _: report.encode(answers.reports),
        },
    )
    ctx.exit(report.exit_code(answers.reports, interrupted=answers.interrupted or pending.came))


@contextmanager
def _vantage(vias: tuple[str, ...], ssh_config: Path | None, patience: float) -> Iterator[Vantage]:
    """Yield the place that sends: this host, or the one of --via. Exit code 3 if it cannot."""
    from probes.vantage import Vantage

    if len(vias) > 1:
        raise click.UsageError(tr("probe sends from one host: give --via once, or use check"))
    if not vias:
        yield Vantage(patience=patience)
        return
    from diagnose.live.vantages import opened
    from diagnose.report.places import sent_nothing

    with opened(via_targets(vias), ssh_settings(ssh_config), patience) as places:
        for failed in places.failed:
            click.echo(clean(sent_nothing(failed.name, failed.error or "")), err=True)
            click.get_current_context().exit(3)
        yield places.open[0].vantage


def _wanted(targets: tuple[str, ...], files: tuple[str, ...]) -> list[Target]:
    """Return the targets of the command line, then those of the files, in order.

    Exit code 2 if a text is no target.
    """
    from diagnose.probing.schemes import parse
    from diagnose.probing.target import TargetError
    from diagnose.probing.target_list import TargetFileError, read
    from probes.files.masking import masked

    wanted = []
    for target in targets:
        try:
            wanted.append(parse(target))
        except TargetError as error:
            raise click.UsageError(f"{clean(masked(target))}: {masked(str(error))}") from error
    for file in files:
        try:
            wanted += read(file)
        except TargetFileError as error:
            raise InputError(clean(str(error))) from error
    return wanted


def _source(address: str | None) -> str | None:
    """Return the address as it was given. Exit code 2 if it is no address."""
    from probes.network.sockets import numeric

    try:
        if address is not None:
            numeric(address)
    except (ValueError, OSError) as error:
        raise click.UsageError(tr("{option}: {error}", option="--source", error=error)) from error
    return address
