"""How does a case come from somewhere else? The command `collect`: one branch a scheme."""

from __future__ import annotations

import math
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from diagnose.cli.case_options import with_networks
from diagnose.cli.common import language_option, verbose_option
from diagnose.cli.errors import InputError, OutputError
from diagnose.cli.given_path import GivenPath
from diagnose.cli.redaction import lines, networks_option, redacted_case
from diagnose.cli.via import ssh_config_option
from diagnose.output.clean import clean
from probes.frozen import frozen
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.collect.collection import Collection


@frozen
class _Given:
    """The options that a scheme may need."""

    sources: Sequence[str]
    """SOURCE, as given."""

    endpoints: Sequence[str]
    """`--endpoint`, as given."""
    seconds: float | None
    """`--deadline`."""
    ssh_config: Path | None
    """`--ssh-config`."""
    sudo: bool
    """`--sudo`."""
    logs: bool
    """`--logs`."""
    log_paths: Sequence[str]
    """`--log-file`, as given."""


@click.command("collect")
@click.argument("sources", metavar="SOURCE", nargs=-1)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="CASE",
    type=GivenPath(path_type=Path),
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
@ssh_config_option
@click.option(
    "--sudo",
    is_flag=True,
    envvar="EMR_DIAGNOSE_SUDO",
    show_envvar=True,
    help="On hosts: read what only root may read with sudo -n, which asks for no password.",
)
@click.option(
    "--logs",
    is_flag=True,
    envvar="EMR_DIAGNOSE_LOGS",
    show_envvar=True,
    help="On hosts: the end of the log of a KDC too, 8 MiB at most.",
)
@click.option(
    "--log-file",
    "log_paths",
    multiple=True,
    metavar="PATH",
    envvar="EMR_DIAGNOSE_LOG_FILE",
    show_envvar=True,
    help="On hosts: the end of this log too, for instance of an initialization; repeatable.",
)
@click.option(
    "--redact",
    type=click.Choice(["addresses", "secrets"]),
    is_flag=False,
    flag_value="addresses",
    envvar="EMR_DIAGNOSE_REDACT",
    show_envvar=True,
    help="Redact before anything is written, as the command redact does. Without a value: addresses.",
)
@networks_option
@click.option("--show-policy", is_flag=True, help="Print the RAM policy that allows these calls and nothing else.")
@language_option
@verbose_option
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[str, ...],
    target: Path | None,
    endpoints: tuple[str, ...],
    deadline: float | None,
    ssh_config: Path | None,
    sudo: bool,
    logs: bool,
    log_paths: tuple[str, ...],
    redact: str | None,
    cidrs: tuple[str, ...],
    show_policy: bool,
) -> None:
    """Write a case from hosts over SSH, or from the APIs of Alibaba Cloud.

    SOURCE ssh://[user@]host[:port], once or several times, is a node of the
    cluster or a host of the resource group. Its krb5.conf with includes, files
    of Hadoop, hosts and resolv.conf, addresses, routes, listening sockets,
    firewall and clock are read by one shell script. It only reads, leaves
    nothing there, and uses sudo only with --sudo. The first host that has a
    file decides; files of further hosts lie in directories of their names.
    collected-hosts.json, and standard error, tell what could not be read.

    SOURCE aliyun://CLUSTER-ID?region=REGION is a cluster. With &resource_group=ID it
    says which resource group of DataWorks is meant; without, it is the only
    one that has a network in the VPC of the cluster. &workspace=NUMBER says
    the same of the workspace. Every call only reads. The official SDKs make
    them (pip install 'emr-diagnose[aliyun]'), with the credentials that they
    find: environment variables, the profile of the command line client, the
    RAM role of an instance. The answers are stored unchanged. collected.json
    beside them, and standard error, tell what is missing, with the action of
    RAM that would allow it.

    \b
    Examples:
      emr-diagnose collect 'aliyun://c-0a1b2c3d?region=cn-hangzhou' -o case
      emr-diagnose collect --show-policy > policy.json
      emr-diagnose collect ssh://root@192.168.20.11 --logs -o ./case/master
      emr-diagnose collect ssh://master-1-1 ssh://core-1-1 --sudo -o nodes.zip

    \b
    Exit codes:
      0    everything that was asked for is in the case
      2    wrong usage, no login, or no such cluster; nothing was written
      3    the case is written, and something is missing
      4    a bug of this tool
      130  interrupted; nothing was written
    """
    if show_policy:
        from diagnose.collect.aliyun.policy import policy

        click.echo(policy())
        return
    if not sources or target is None:
        raise click.UsageError(tr("SOURCE and -o CASE are needed, or --show-policy"))
    if deadline is not None and not math.isfinite(deadline):
        raise click.UsageError(tr("--deadline needs a number of seconds"))
    given = _Given(sources, endpoints, deadline, ssh_config, sudo, logs, log_paths)
    scheme = _scheme(sources)
    _require_of(scheme, ctx)
    _require_networks(cidrs, ctx, is_redacted=redact is not None)
    from diagnose.collect.bundle import BundleError, require_free, write
    from diagnose.collect.collection import CollectError

    try:
        require_free(target)
        found = SCHEMES[scheme](given)
        files, redaction = _redacted(target, found, redact, cidrs) if redact else (found.files, ())
        write(target, files, is_private=not redact)
    except CollectError as error:
        raise InputError(str(error)) from error
    except BundleError as error:
        raise OutputError(str(error)) from error
    for line in (*found.summary, *redaction):
        click.echo(line, err=True)
    case = clean(shlex.quote(str(_case_of(target))))
    click.echo(tr("Then: emr-diagnose check {target} --offline", target=case), err=True)
    if not found.is_whole:
        ctx.exit(3)


def _case_of(target: Path) -> Path:
    """Return the case to check: what was written, or the case in which it was written."""
    from diagnose.case.directory import looks_like_case

    return target.parent if target.is_dir() and looks_like_case(target.parent) else target


def _scheme(sources: Sequence[str]) -> str:
    """Return the scheme of all sources. Usage error unless it is one that is known."""
    schemes = {source.partition("://")[0] for source in sources}
    for source in sources:
        if source.partition("://")[0] not in SCHEMES:
            known = ", ".join(f"{name}://" for name in SCHEMES)
            raise click.UsageError(tr("{source} does not begin with {known}", source=repr(source[:100]), known=known))
    if len(schemes) > 1 or (schemes != {"ssh"} and len(sources) > 1):
        raise click.UsageError(tr("several SOURCEs are several hosts over ssh://, and nothing else beside them"))
    return schemes.pop()


def _require_of(scheme: str, ctx: click.Context) -> None:
    """Refuse an option that only another scheme reads. A variable may serve several commands."""
    for parameter in ctx.command.params:
        own = OPTIONS.get(parameter.name or "", scheme)
        if own != scheme and ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            text = tr("{option} is an option of {scheme} alone", option=parameter.opts[0], scheme=f"{own}://")
            raise click.UsageError(text)


def _require_networks(cidrs: Sequence[str], ctx: click.Context, *, is_redacted: bool) -> None:
    """Refuse --from without --redact, and what is no network, before anything is asked."""
    from diagnose.case.model import Case

    if is_redacted:
        with_networks(Case("case"), cidrs)
    elif ctx.get_parameter_source("cidrs") is ParameterSource.COMMANDLINE:
        raise click.UsageError(tr("--from is for --redact. Without it, give --from to check."))


def _redacted(
    target: Path, found: Collection, what: str, cidrs: Sequence[str]
) -> tuple[Mapping[str, bytes], Sequence[str]]:
    """Return the files without what may not be given away, and lines that tell of it."""
    from diagnose.case.tree import Tree

    result = redacted_case(Tree(target.name, found.files), what, cidrs)
    return result.files, tuple(lines(result, target))


def _ssh(given: _Given) -> Collection:
    from diagnose.cli import via
    from diagnose.collect.node.collect import SECONDS, collect
    from diagnose.collect.node.host import HostWish

    for path in given.log_paths:
        if not path.startswith("/") or clean(path) != path:
            raise click.BadParameter(tr("{path} is no absolute path", path=clean(path)), param_hint="--log-file")
    wish = HostWish(given.sudo, given.logs, tuple(given.log_paths))
    hosts = via.targets(given.sources, "SOURCE")
    return collect(hosts, via.settings(given.ssh_config), wish, given.seconds or SECONDS)


def _aliyun(given: _Given) -> Collection:
    from diagnose.collect.aliyun.collect import SECONDS, collect
    from diagnose.collect.aliyun.source import read_endpoints, read_source

    wanted, endpoints = read_source(given.sources[0], os.environ), read_endpoints(given.endpoints)
    if sys.stderr is not None and sys.stderr.isatty():
        click.echo(tr("Asking {source}. Ctrl-C ends it, and nothing is written.", source=wanted.address), err=True)
    return collect(wanted, endpoints, given.seconds or SECONDS)


SCHEMES: Mapping[str, Callable[[_Given], Collection]] = {"ssh": _ssh, "aliyun": _aliyun}
"""Scheme of SOURCE -> what collects it."""

OPTIONS: Mapping[str, str] = {
    "endpoints": "aliyun",
    **dict.fromkeys(("ssh_config", "sudo", "logs", "log_paths"), "ssh"),
}
"""Parameter that only one scheme reads -> that scheme."""
