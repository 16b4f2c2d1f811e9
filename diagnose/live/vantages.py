"""From which other hosts are the flows asked, and what can each of them see?"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from diagnose.case.model import Skipped
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.language import tr
from probes.network.host import HostGoneError
from probes.vantage import PATIENCE, Vantage

if TYPE_CHECKING:
    from probes.network.host import Host
    from probes.ssh.session import SshSettings
    from probes.ssh.target import SshTarget

_LOG = logging.getLogger(__name__)


@frozen
class SshPlace:
    """A host over SSH from which flows are asked."""

    vantage: Vantage
    """The vantage. Its name is the ssh:// target."""
    how: str
    """How packets are sent there, as a sentence: with which program, and what it cannot see."""
    needs: str
    """What would help if it were lost, as a clause."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was not checked because the host was lost meanwhile. Empty if it was not."""
        lost = None if self.vantage.host is None else self.vantage.host.lost
        if lost is None:
            return ()
        return (Skipped(tr("further packets from {target}", target=self.vantage.name), lost, self.needs, hides=True),)


@frozen
class UnusablePlace:
    """A host over SSH that sends nothing."""

    name: str
    """Its ssh:// target."""
    error: str
    """Why, as a sentence."""
    needs: str
    """What would help, as a clause."""


@frozen
class SshPlaces:
    """The hosts that were asked for."""

    open: tuple[SshPlace, ...]
    """Those that can be used, in the order of the command line."""
    failed: tuple[UnusablePlace, ...]
    """Those that cannot."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was not checked because of those that cannot be used."""
        return tuple(
            Skipped(tr("packets from {target}", target=place.name), place.error, place.needs, hides=True)
            for place in self.failed
        )


@contextmanager
def opened(targets: Sequence[SshTarget], settings: SshSettings, patience: float = PATIENCE) -> Iterator[SshPlaces]:
    """Log in to each target. Leaving the block ends all sessions.

    A host that cannot be used costs the others nothing.
    """
    with ExitStack() as stack:
        usable, failed = [], []
        for target in targets:
            try:
                usable.append(_place(target, settings, patience, stack))
            except ProbesError as error:
                failed.append(UnusablePlace(str(target), str(error), _needs(target)))
        yield SshPlaces(tuple(usable), tuple(failed))


def _place(target: SshTarget, settings: SshSettings, patience: float, stack: ExitStack) -> SshPlace:
    from probes.remote.ladder import remote_host
    from probes.ssh.session import connect

    host, how = remote_host(stack.enter_context(connect(target, settings)))
    stack.enter_context(host)
    offset = asyncio.run(_offset(host))
    _LOG.info("%s: %s Its clock is %.3f s from ours.", target, how, offset)
    return SshPlace(Vantage(str(target), patience=patience, host=host, clock_offset=offset), how, _needs(target))


async def _offset(host: Host) -> float:
    """Return the clock of a host minus ours, seconds, as exact as half a round trip. 0 if the host
    cannot tell, which `how` says."""
    began = time.time()
    try:
        there = await host.clock()
    except HostGoneError:
        return 0.0
    return there - (began + time.time()) / 2


def _needs(target: SshTarget) -> str:
    return tr("a login that works: ssh {target}", target=_command(target))


def _command(target: SshTarget) -> str:
    """Return the arguments of ssh(1) for a target."""
    user = "" if target.user is None else f"{target.user}@"
    return f"{user}{target.host}" if target.port is None else f"-p {target.port} {user}{target.host}"
