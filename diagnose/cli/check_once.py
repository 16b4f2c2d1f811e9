"""What does one check do, from reading the case to its report?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from diagnose.cli.case_options import read_case, tell_misread, with_networks
from diagnose.cli.errors import InputError
from diagnose.cli.interrupts import Pending, deferred
from diagnose.cli.log_files import with_log_files
from diagnose.cli.outputs import to_file
from diagnose.cli.progress import Progress, progress
from diagnose.cli.via import refuse_beside, settings
from probes.frozen import frozen, replace
from probes.language import tr
from probes.os_words import os_words

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


Hold = Callable[[AbstractContextManager[Pending]], Pending]
"""Enters a context manager that notes Ctrl-C, and leaves it when the command ends."""


@frozen
class CheckWanted:
    """What the options of `check` ask for. Each round of --watch reads the case anew."""

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


def checked(wanted: CheckWanted, deadline: float | None, hold: Hold) -> Report:
    """Return the report of one check, and show on the terminal what it does."""
    with progress() as shown:
        return _checked(wanted, deadline, hold, shown)


def _checked(wanted: CheckWanted, deadline: float | None, hold: Hold, shown: Progress | None) -> Report:
    begin = _nothing if shown is None else shown.begin
    started, clock = datetime.now(UTC), time.monotonic()
    begin("case")
    from diagnose.engine import diagnose

    case = given_case(wanted.paths, wanted.cidrs, wanted.logs)
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


@contextmanager
def _places(wanted: CheckWanted, begin: Callable[[str], None]) -> Iterator[SshPlaces | None]:
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


def _credentials(case: Case, file: Path, wanted: CheckWanted) -> Credentials:
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
        raise InputError(tr("cannot read {file}: {error}", file=file, error=os_words(error))) from error
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


def given_case(paths: tuple[Path, ...], cidrs: tuple[str, ...], logs: tuple[str, ...]) -> Case:
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
