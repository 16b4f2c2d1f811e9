"""How do hosts over SSH become a case?

The files of the first host lie at the top of the case, so they are the ones that a check uses.
Those of a further host lie in a directory of its name. What commands showed has the host in its
name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from diagnose import __version__
from diagnose.case import collected_hosts
from diagnose.case.collected_hosts import CAUSES, QUIET, CollectedHost, CollectedHosts, FailedHost
from diagnose.collect.collection import CollectError, Collection
from diagnose.collect.node.host import Harvest, HostWish, harvest, host_name
from diagnose.collect.node.shell import COMMAND, HostShell, HostShellError
from diagnose.output.clean import clean
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.collect.node.shell import Process
    from probes.ssh.session import SshSettings
    from probes.ssh.target import SshTarget

SECONDS: Final = 600.0
"""Time for everything, unless another one is given."""
MOST_HOSTS: Final = 50
_AT_ONCE: Final = 8
_SAMPLE: Final = 5
"""Most things with one cause that the summary names."""

_LOG = logging.getLogger(__name__)

Connect = Callable[["SshTarget", "SshSettings | None", ExitStack], "Process"]
"""Logs in, and starts `COMMAND`. The stack ends the session."""


@frozen
class _Reached:
    """A node with an open session."""

    target: SshTarget
    name: str
    shell: HostShell


def over_ssh(target: SshTarget, settings: SshSettings | None, stack: ExitStack) -> Process:
    """Log in over SSH and start the shell. ProbesError if that fails."""
    from probes.ssh.session import connect

    return stack.enter_context(connect(target, settings)).start(COMMAND)


def collect(
    targets: Sequence[SshTarget],
    settings: SshSettings | None,
    wish: HostWish,
    seconds: float = SECONDS,
    connect: Connect = over_ssh,
) -> Collection:
    """Return what the hosts gave. CollectError if none of them could be read.

    Logins come one after the other, because one may ask for a password.
    """
    if len(targets) > MOST_HOSTS:
        raise CollectError(tr("more than {count} hosts", count=MOST_HOSTS))
    started = datetime.now(UTC)
    failed: list[FailedHost] = []
    with ExitStack() as stack:
        reached = list(_reach(targets, settings, seconds, failed, connect, stack))
        if not reached:
            raise CollectError("\n".join(each.error for each in failed))
        harvests = _harvests(reached, wish)
    files: dict[str, bytes] = {}
    hosts = [_placed(each, each is harvests[0], files) for each in harvests]
    told = CollectedHosts(
        tool=f"emr-diagnose {__version__}",
        started_at=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        hosts=tuple(hosts),
        failed=tuple(failed),
    )
    files[collected_hosts.NAME] = collected_hosts.encode(told)
    is_whole = not failed and all(each.cause in QUIET for host in hosts for each in host.missing)
    return Collection(files, tuple(_summary(told)), is_whole)


def _reach(
    targets: Sequence[SshTarget],
    settings: SshSettings | None,
    seconds: float,
    failed: list[FailedHost],
    connect: Connect,
    stack: ExitStack,
) -> Iterator[_Reached]:
    names: set[str] = set()
    for target in targets:
        try:
            process = connect(target, settings, stack)
            stack.callback(process.close)
            shell = HostShell(process, seconds)
        except HostShellError as error:
            text = tr("{target}: no /bin/sh could be read there: {why}", target=target, why=_why(error))
            failed.append(FailedHost(target=str(target), error=text))
        except ProbesError as error:
            failed.append(FailedHost(target=str(target), error=str(error)))
        else:
            name = _free(host_name(shell, target.host), names)
            _LOG.info("%s is %s", target, name)
            yield _Reached(target, name, shell)


def _harvests(reached: Sequence[_Reached], wish: HostWish) -> list[Harvest]:
    """Read all hosts, several at once. An interruption ends their sessions."""
    names = {host.name for host in reached}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            return list(pool.map(lambda host: harvest(host.shell, str(host.target), host.name, wish, names), reached))
        except BaseException:
            for host in reached:
                host.shell.close()
            raise


def _why(error: HostShellError) -> str:
    word = str(error)
    return tr(CAUSES[word]) if word in CAUSES else word


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number if another host has it, and take it."""
    number, free = 1, name
    while free.lower() in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free.lower())
    return free


def _placed(found: Harvest, is_first: bool, files: dict[str, bytes]) -> CollectedHost:
    """Add the files of one host to the case. Return its list with their paths."""
    paths = {name: name if is_first else f"{found.host.name}/{name}" for name in found.settings}
    files |= {paths[name]: content for name, content in found.settings.items()}
    files |= found.records
    renamed = tuple(msgspec.structs.replace(each, file=paths.get(each.file, each.file)) for each in found.host.files)
    return msgspec.structs.replace(found.host, files=renamed)


def _summary(told: CollectedHosts) -> Iterator[str]:
    """Yield what was read and what was not, a line each."""
    for host in told.hosts:
        yield tr(
            "Collected {count} files of {host} ({target}).", count=len(host.files), host=host.name, target=host.target
        )
        if host.clock_offset is not None and host.clock_error is not None:
            yield tr(
                "Clock of {host}: {seconds} s from ours, to within {error} s.",
                host=host.name,
                seconds=f"{host.clock_offset:+.3f}",
                error=f"{host.clock_error:.3f}",
            )
        yield from _missing(host)
    for each in told.failed:
        yield tr("Not collected: {error}", error=clean(each.error))
    if any(each.helps_sudo for host in told.hosts for each in host.missing):
        yield tr("--sudo reads what needs root, if sudo asks for no password there.")


def _missing(host: CollectedHost) -> Iterator[str]:
    by_cause: dict[str, list[str]] = {}
    for each in host.missing:
        if each.cause not in QUIET:
            by_cause.setdefault(collected_hosts.cause(each), []).append(each.source)
    for cause, sources in by_cause.items():
        names = ", ".join(map(clean, sources[:_SAMPLE]))
        if len(sources) > _SAMPLE:
            names = tr("{names} and {count} more", names=names, count=len(sources) - _SAMPLE)
        yield tr("Missing of {host}: {names}: {cause}.", host=host.name, names=names, cause=clean(cause))
