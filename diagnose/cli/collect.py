"""How does a case come from somewhere else? The command `collect`: one branch a scheme."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.common import language_option, verbose_option
from diagnose.cli.errors import InputError, OutputError
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.collect.collection import Collection


@dataclass(frozen=True, slots=True)
class _Given:
    """The options that a scheme may need."""

    endpoints: Sequence[str]
    """`--endpoint`, as given."""
    seconds: float | None
    """`--deadline`."""


@click.command("collect")
@click.argument("source", metavar="SOURCE", required=False)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="CASE",
    type=click.Path(path_type=Path),
    help="Directory, .zip or .tar.gz that is written. It must not be there yet.",
)
@click.option(
    "--endpoint",
    "endpoints",
    metavar="[PRODUCT=]HOST",
    multiple=True,
    envvar="EMR_DIAGNOSE_ENDPOINT",
    show_envvar=True,
    help="Ask this HOST[:PORT] instead of the one of the SDK; repeatable. PRODUCT is emr, ecs, vpc or "
    "dataworks-public.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    envvar="EMR_DIAGNOSE_DEADLINE",
    show_envvar=True,
    help="Stop asking after this time and write what is known then. Default: 600.",
)
@click.option("--show-policy", is_flag=True, help="Print the RAM policy that allows these calls and nothing else.")
@language_option
@verbose_option
@click.pass_context
def command(
    ctx: click.Context,
    source: str | None,
    target: Path | None,
    endpoints: tuple[str, ...],
    deadline: float | None,
    show_policy: bool,
) -> None:
    """Write a case from the APIs of Alibaba Cloud.

    SOURCE is aliyun://CLUSTER-ID?region=REGION. With &resource_group=ID it
    says which resource group of DataWorks is meant; without, it is the only
    one that has a network in the VPC of the cluster. Every call only reads.
    The official SDKs make them (pip install 'emr-diagnose[aliyun]'), with the
    credentials that they find: environment variables, the profile of the
    command line client, the RAM role of an instance. The answers are stored
    unchanged. collected.json beside them, and standard error, tell what is
    missing, with the action of RAM that would allow it.

    \b
    Examples:
      emr-diagnose collect 'aliyun://c-0a1b2c3d?region=cn-hangzhou' -o case
      emr-diagnose collect --show-policy > policy.json

    \b
    Exit codes:
      0    everything that was asked for is in the case
      2    wrong usage, no credentials, or no such cluster; nothing was written
      3    the case is written, and something is missing
      4    a bug of this tool
      130  interrupted; nothing was written
    """
    if show_policy:
        from diagnose.collect.aliyun.policy import policy

        click.echo(policy())
        return
    if source is None or target is None:
        raise click.UsageError(tr("SOURCE and -o CASE are needed, or --show-policy"))
    scheme = source.partition("://")[0]
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise click.UsageError(tr("{source} does not begin with {known}", source=repr(source[:100]), known=known))
    from diagnose.collect.bundle import BundleError, require_free, write
    from diagnose.collect.collection import CollectError

    try:
        require_free(target)
        found = SCHEMES[scheme](source, _Given(endpoints, deadline))
        write(target, found.files)
    except CollectError as error:
        raise InputError(str(error)) from error
    except BundleError as error:
        raise OutputError(str(error)) from error
    for line in found.summary:
        click.echo(line, err=True)
    click.echo(tr("Then: emr-diagnose check {target} --offline", target=target), err=True)
    if not found.is_whole:
        ctx.exit(3)


def _aliyun(source: str, given: _Given) -> Collection:
    from diagnose.collect.aliyun.collect import SECONDS, collect
    from diagnose.collect.aliyun.source import read_endpoints, read_source

    wanted = read_source(source, os.environ)
    return collect(wanted, read_endpoints(given.endpoints), given.seconds or SECONDS)


SCHEMES: Mapping[str, Callable[[str, _Given], Collection]] = {"aliyun": _aliyun}
"""Scheme of SOURCE -> what collects it."""
