"""Which fault keeps the resource group from the cluster? The main command, `check`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from diagnose.cli.case_options import base_of, case_options, read_case, tell_misread, with_networks
from diagnose.cli.common import area_options, common_options, details_option, fail_on_option, wanted_areas
from diagnose.cli.errors import InputError
from diagnose.cli.interrupts import Pending, deferred
from diagnose.cli.log_files import log_option, with_log_files
from diagnose.cli.outputs import error_is_coloured, screen, to_file, width
from diagnose.cli.progress import Progress, progress
from diagnose.cli.report_outputs import written
from diagnose.cli.via import refuse_beside, settings, several_via_options, targets
from diagnose.cli.watch import Watch, WithWatch, state_of, watch_option, watched
from probes.frozen import frozen
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.case import Case
    from diagnose.engine import Diagnosis
    from diagnose.flows.model import FlowPlan
    from diagnose.live.capture import PacketCapture
    from diagnose.live.vantages import SshPlaces
    from diagnose.report.model import Report
    from diagnose.scene.observed import CaseObservations
    from diagnose.scene.proof import Credentials
    from probes.ssh.target import SshTarget


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
    wanted = _Wanted(
        paths,
        cidrs,
        logs,
        offline,
        areas,
        fail_on,
        keytab,
        principal,
        authenticate,
        pcap,
        targets(vias),
        ssh_config,
    )
    if watch is None:
        report = _checked(wanted, deadline, ctx.with_resource)
    else:
        report = _watched(wanted, watch, deadline, no_color)
    written(ctx, report, partial(screen, no_color=no_color, details=details, base=base_of(paths)))
    ctx.exit(report.exit_code)


@frozen
class _Wanted:
    """What is checked. Each round of --watch reads it anew."""

    paths: tuple[Path, ...]
    """Files, directories or archives of the case."""
    cidrs: tuple[str, ...]
    """Networks of --from."""
    logs: tuple[str, ...]
    """Files of --log."""
    offline: bool
    """Whether nothing may be sent."""
    areas: Sequence[str]
    """Areas of checks."""
    fail_on: Literal["error", "warning"]
    """Least severity that gives exit code 1."""
    keytab: Path | None
    """Who logs in. None if nobody does."""
    principal: str | None
    """As whom. None for the first entry of the keytab."""
    authenticate: bool
    """Whether to log in at the services as well."""
    pcap: Path | None
    """File of captured packets. None if nothing is captured."""
    vias: tuple[SshTarget, ...]
    """Hosts that send the packets. () for this host."""
    ssh_config: Path | None
    """Configuration of SSH in place of the user's and the system's. None for these."""


def _checked(
    wanted: _Wanted, deadline: float | None, hold: Callable[[AbstractContextManager[Pending]], Pending]
) -> Report:
    """Return the report of one look. `hold`: notes Ctrl-C from then on until its owner ends."""
    with progress() as shown:
        return _looked(wanted, deadline, hold, shown)


def _looked(
    wanted: _Wanted,
    deadline: float | None,
    hold: Callable[[AbstractContextManager[Pending]], Pending],
    shown: Progress | None,
) -> Report:
    """Return the report of one look, and show what it does from its first moment on."""
    begin = _nothing if shown is None else shown.begin
    started, clock = datetime.now(UTC), time.monotonic()
    begin("case")
    from diagnose.engine import diagnose

    case = _case(wanted.paths, wanted.cidrs, wanted.logs)
    tell_misread(case)
    credentials = None if wanted.keytab is None else _credentials(case, wanted.keytab, wanted)
    is_replayed = wanted.offline or bool(case.recorded)
    pcap = wanted.pcap
    refuse_beside(wanted.vias, offline=wanted.offline, replayed=bool(case.recorded), pcap=pcap is not None)
    if not is_replayed:
        _require_own_addresses(case)
        _require_keys(credentials)
    with _places(wanted, begin) as places, _evidence(pcap) as evidence:
        if not is_replayed:
            begin("kdcs")
            case = _with_found_kdcs(case, places, deadline)
        plan = _plan(case)
        if is_replayed:
            seen = _replayed(case, credentials)
        else:
            seen = _observe(case, places, deadline, credentials, evidence, shown)
    begin("judging")
    pending = Pending() if is_replayed else hold(deferred())
    seen = replace(seen, interrupted=seen.interrupted or pending.came)
    diagnosis = diagnose(case, seen, areas=wanted.areas, fail_on=wanted.fail_on, plan=plan, today=started.date())
    if evidence is not None:
        diagnosis = replace(diagnosis, skipped=(*diagnosis.skipped, *evidence.skipped()))
    if pending.came and diagnosis.exit_code != 2:
        diagnosis = replace(diagnosis, exit_code=130)
    return _report(diagnosis, started, clock)


def _watched(wanted: _Wanted, seconds: float, deadline: float | None, no_color: bool) -> Report:
    """Return the report of the last round. What changed is shown on standard error."""
    from diagnose.report import brief, difference, difference_page

    if "-" in wanted.logs:
        raise click.UsageError(tr("--watch reads its files again, and standard input (--log -) can be read once"))
    files = [*(wanted.paths or ([] if wanted.logs else [Path()])), *map(Path, wanted.logs)]
    is_replayed = wanted.offline or bool(_case(wanted.paths, wanted.cidrs, wanted.logs).recorded)
    columns, is_coloured = width(), not no_color and error_is_coloured()

    def ask(left: float | None) -> Report:
        with ExitStack() as round_of:
            return _checked(wanted, left, round_of.enter_context)

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


@contextmanager
def _places(wanted: _Wanted, begin: Callable[[str], None]) -> Iterator[SshPlaces | None]:
    """Log in to the hosts that send, until the block ends. Yield None if this host sends."""
    if not wanted.vias:
        yield None
        return
    from diagnose.live.vantages import opened

    begin("places")
    with opened(wanted.vias, settings(wanted.ssh_config)) as places:
        yield places


def _with_found_kdcs(case: Case, places: SshPlaces | None, deadline: float | None) -> Case:
    """Return the case with the KDCs that DNS names, asked where the clients are."""
    from diagnose.live.kdc_discovery import QUESTION_SECONDS, with_found_kdcs

    seconds = min(QUESTION_SECONDS, deadline or QUESTION_SECONDS)
    if places is None:
        return with_found_kdcs(case, seconds=seconds)
    if not places.open or case.krb5 is None:
        return case
    from probes.files.krb5conf.discovery import host_asker

    return with_found_kdcs(case, host_asker(places.open[0].vantage.with_patience(seconds)))


@contextmanager
def _evidence(file: Path | None) -> Iterator[PacketCapture | None]:
    """Capture packets until the block ends, then write the file, whole or not at all.

    Yield None without a file.
    """
    if file is None:
        yield None
        return
    from diagnose.live.capture import PacketCapture

    with PacketCapture() as evidence:
        yield evidence
    content = evidence.pcap()
    if content is not None:
        to_file(file, content)


def _credentials(case: Case, file: Path, wanted: _Wanted) -> Credentials:
    """Return who logs in, and with which keys. Exit code 2 if the keytab cannot be read."""
    from diagnose.live.login import chosen
    from probes.files.plain_file import read_plain
    from probes.kerberos import keytab_list
    from probes.kerberos.keytab import LARGEST, KeytabError, parse

    try:
        content = read_plain(file, LARGEST)
        read = keytab_list.parse if content.startswith(keytab_list.HEAD) else parse
        keytab = read(content, str(file))
        return chosen(keytab, file, wanted.principal, case, authenticate=wanted.authenticate)
    except OSError as error:
        raise InputError(tr("cannot read {file}: {error}", file=file, error=error.strerror)) from error
    except KeytabError as error:
        raise InputError(tr("{error}. Write the keytab anew with ktutil or kadmin.", error=error)) from error
    except ValueError as error:
        raise InputError(str(error)) from error


def _require_own_addresses(case: Case) -> None:
    """Refuse to send to addresses that `redact` made up, or may have. Exit code 2."""
    if case.addresses == "made-up":
        text = tr(
            "emr-diagnose redact replaced the addresses of this case by others, so packets would go to hosts that are "
            "not of the cluster. Add --offline."
        )
        raise InputError(text)
    if case.addresses == "unknown":
        text = tr(
            "redaction.json cannot be read, so the addresses of this case may be made up, and packets would go to "
            "hosts that are not of the cluster. Add --offline."
        )
        raise InputError(text)


def _require_keys(credentials: Credentials | None) -> None:
    """Refuse to log in without keys. Exit code 2."""
    if credentials is not None and not credentials.keytab.has_keys:
        text = tr(
            "{file} lists a keytab without its keys, so no login is possible. Add --offline.", file=credentials.path
        )
        raise InputError(text)


def _case(paths: tuple[Path, ...], cidrs: tuple[str, ...], logs: tuple[str, ...]) -> Case:
    """Return the case with its logs. With logs and no path, the logs alone are the case."""
    if not logs:
        return read_case(paths, cidrs)
    return with_log_files(read_case(paths, cidrs), logs) if paths else with_networks(with_log_files(None, logs), cidrs)


def _plan(case: Case) -> FlowPlan:
    """Return the flows of the case. Exit code 2 if there is nothing to check."""
    from diagnose.flows.nothing import nothing_to_check
    from diagnose.flows.plan import flows

    plan = flows(case)
    if (refused := nothing_to_check(case, plan)) is not None:
        raise InputError(refused)
    return plan


def _replayed(case: Case, credentials: Credentials | None) -> CaseObservations:
    """Return what an earlier run saw, and what the keytab alone tells. Nothing is sent."""
    from diagnose.scene.observed import recorded_observations

    seen = recorded_observations(case)
    if credentials is None:
        return seen
    from diagnose.scene.permitted_types import permitted_types
    from diagnose.scene.proof import Proof
    from probes.kerberos.login import offline

    permitted = permitted_types(case).types
    return replace(seen, proof=Proof(offline(credentials.keytab, credentials.principal, permitted=permitted)))


def _observe(
    case: Case,
    places: SshPlaces | None,
    deadline: float | None,
    credentials: Credentials | None,
    evidence: PacketCapture | None,
    shown: Progress | None,
) -> CaseObservations:
    from diagnose.live.observe import LiveSettings
    from diagnose.live.observe_case import observe_case, observe_from

    phase = None if shown is None else shown.begin
    settings = LiveSettings(deadline=deadline, phase=phase, watch=None if evidence is None else evidence.watch)
    if places is not None:
        return observe_from(places, case, settings, shown, credentials)
    return observe_case(case, settings, shown, credentials)


def _nothing(_: str) -> None:
    """Show nothing: standard error is no terminal."""


def _report(diagnosis: Diagnosis, started: datetime, clock: float) -> Report:
    from diagnose.report.build import Clock, build

    return build(
        diagnosis, "check", Clock(started.isoformat(timespec="milliseconds"), round((time.monotonic() - clock) * 1000))
    )
