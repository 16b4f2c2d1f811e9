"""`check`: diagnose a case. The main command."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from diagnose.cli.case_options import case_options, read_case
from diagnose.cli.outputs import Output, WithOutputs, colour, to_file, width, write
from diagnose.cli.progress import progress

if TYPE_CHECKING:
    from diagnose.case import Case
    from diagnose.engine import Diagnosis
    from diagnose.live.capture import PacketCapture
    from diagnose.report.model import Report
    from diagnose.scene.observed import CaseObservations
    from diagnose.scene.proof import Credentials

AREAS = ("network", "kerberos", "dns")


FORMS = ("console", "cli", "terraform", "ros")
"""The repair alone: steps in the console, aliyun CLI, Terraform, ROS template."""


class Check(WithOutputs):
    formats = ("terminal", "json", *FORMS)


@click.command("check", cls=Check)
@case_options
@click.option(
    "--offline",
    is_flag=True,
    envvar="EMR_DIAGNOSE_OFFLINE",
    help="Send nothing: the answer is about the configuration alone.",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(AREAS),
    envvar="EMR_DIAGNOSE_ONLY",
    help="Only this area of checks; repeatable.",
)
@click.option(
    "--skip",
    multiple=True,
    type=click.Choice(AREAS),
    envvar="EMR_DIAGNOSE_SKIP",
    help="All but this area of checks; repeatable.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    envvar="EMR_DIAGNOSE_DEADLINE",
    help="Stop probing after this time and report what is known by then.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    envvar="EMR_DIAGNOSE_FAIL_ON",
    help="The least severity of a proven or strong finding that makes the exit code 1.",
)
@click.option(
    "--keytab",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="EMR_DIAGNOSE_KEYTAB",
    help="Also log in with this keytab and ask for a ticket of every service that the Hadoop files name.",
)
@click.option(
    "--principal",
    metavar="NAME",
    envvar="EMR_DIAGNOSE_PRINCIPAL",
    help="Who logs in; the keytab's first entry otherwise.",
)
@click.option(
    "--pcap",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    envvar="EMR_DIAGNOSE_PCAP",
    help="Keep the headers of packets to and from the probed addresses in this file. Needs CAP_NET_RAW.",
)
@click.option("--no-color", is_flag=True, help="No colour, whatever reads the output. NO_COLOR does the same.")
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
    pcap: Path | None,
    no_color: bool,
) -> None:
    """Diagnose a case: which fault keeps the resource group from the cluster, and the smallest repair.

    A case is a directory, a .zip or .tar.gz of one, or single files, which together make one: krb5.conf, Hadoop files, answers of the
    Alibaba Cloud APIs as JSON. A case that carries observations.json is replayed, and nothing is sent.

    \b
    Examples:
      emr-diagnose check ./case --offline
      emr-diagnose check krb5.conf sg.json --from 192.168.10.0/24
      emr-diagnose check ./case --format terminal --format json -o report.json
      emr-diagnose check ./case --offline --format terraform
      emr-diagnose check ./case --keytab hive.keytab --principal hive/master-1-1

    \b
    Exit code: 0 everything required works, 1 a fault was found, 2 usage or unreadable input,
    3 something required could not be determined, 4 a bug of this tool, 130 interrupted.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    if deadline is not None and not math.isfinite(deadline):
        raise click.UsageError("--deadline needs a number of seconds")
    case = read_case(paths, cidrs)
    credentials = None if keytab is None else _credentials(case, keytab, principal)
    areas = [area for area in only or AREAS if area not in skip]
    with _evidence(pcap) as evidence:
        diagnosis = _diagnose(case, offline, areas, deadline, fail_on, credentials, evidence)
    if evidence is not None:
        diagnosis = replace(diagnosis, skipped=(*diagnosis.skipped, *evidence.skipped()))
    report = _report(diagnosis, started, clock)
    outputs: Sequence[Output] = ctx.meta["outputs"]
    renderers: dict[str, Callable[[Output], bytes]] = {
        "terminal": lambda output: _terminal(report, output, no_color),
        "json": lambda _: _json(report),
    }
    write(outputs, renderers | {form: partial(_repair, report, form) for form in FORMS})
    ctx.exit(report.exit_code)


@contextmanager
def _evidence(file: Path | None) -> Iterator[PacketCapture | None]:
    """What is captured until the block ends goes into the file, whole or not at all."""
    if file is None:
        yield None
        return
    from diagnose.live.capture import PacketCapture

    with PacketCapture() as evidence:
        yield evidence
    content = evidence.pcap()
    if content is not None:
        to_file(file, content)


def _credentials(case: Case, file: Path, principal: str | None) -> Credentials:
    """Exit code 2 for a keytab that cannot be read."""
    from diagnose.live.login import chosen
    from probes.kerberos.keytab import LARGEST, KeytabError, parse

    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
        return chosen(parse(content, str(file)), file, principal, case)
    except OSError as error:
        raise click.UsageError(f"cannot read {file}: {error.strerror}") from error
    except (KeytabError, ValueError) as error:
        raise click.UsageError(str(error)) from error


def _diagnose(
    case: Case,
    offline: bool,
    areas: Sequence[str],
    deadline: float | None,
    fail_on: Literal["error", "warning"],
    credentials: Credentials | None,
    evidence: PacketCapture | None,
) -> Diagnosis:
    from diagnose.engine import diagnose
    from diagnose.flows.plan import flows
    from diagnose.scene.observed import recorded_observations

    plan = flows(case)
    if not plan.flows and not case.faults:
        raise click.UsageError(
            f"{case.name}: nothing to check. No file in it names a service of the cluster; krb5.conf, core-site.xml, hdfs-site.xml, "
            "hive-site.xml or an answer of ListApplicationConfigs would."
        )
    seen = (
        _of_keytab(recorded_observations(case), credentials)
        if offline or case.recorded
        else _observe(case, deadline, credentials, evidence)
    )
    return diagnose(case, seen, areas=areas, fail_on=fail_on, plan=plan)


def _of_keytab(seen: CaseObservations, credentials: Credentials | None) -> CaseObservations:
    """What the keytab alone tells, where nothing may be sent."""
    if credentials is None:
        return seen
    from diagnose.scene.proof import Proof
    from probes.kerberos.login import offline

    return replace(seen, proof=Proof(offline(credentials.keytab, credentials.principal)))


def _observe(
    case: Case, deadline: float | None, credentials: Credentials | None, evidence: PacketCapture | None
) -> CaseObservations:
    from diagnose.live.observe import LiveSettings
    from diagnose.live.observe_case import observe_case

    settings = LiveSettings(deadline=deadline, watch=None if evidence is None else evidence.watch)
    with progress() as shown:
        return observe_case(case, settings, shown, credentials)


def _report(diagnosis: Diagnosis, started: datetime, clock: float) -> Report:
    from diagnose.report.build import Clock, build

    return build(
        diagnosis, "check", Clock(started.isoformat(timespec="milliseconds"), round((time.monotonic() - clock) * 1000))
    )


def _terminal(report: Report, output: Output, no_color: bool) -> bytes:
    from diagnose.report.terminal import render

    return render(report, width(), colour(output, no_color)).encode("utf-8", "replace")


def _repair(report: Report, form: str, _: Output) -> bytes:
    from diagnose.report.repair import emit

    return emit(report, form).encode()  # type: ignore[arg-type]


def _json(report: Report) -> bytes:
    from diagnose.report.json import encode

    return encode(report)
