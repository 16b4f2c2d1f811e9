"""With what does a host over SSH send: its Python, its bash, or its SSH server alone?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from probes.errors import ProbesError
from probes.language import semicolons, tr
from probes.remote.wire import RemoteError

if TYPE_CHECKING:
    from probes.remote.forwarding import ForwardingHost
    from probes.remote.host import RemoteHost
    from probes.remote.shell import ShellHost


class Process(Protocol):
    """A command on the other host, as `probes.ssh.process.RemoteProcess`."""

    def write(self, data: bytes, /) -> None:
        """Write all of it to its standard input."""

    def read(self, most: int, timeout: float | None = None, /) -> bytes:
        """Return the next bytes of its standard output, b"" at the end."""

    def exit_status(self, timeout: float, /) -> int | None:
        """Return its exit status. None if it is not known in time."""

    def close(self) -> None:
        """Give it up."""


class Session(Protocol):
    """A login on the other host, as `probes.ssh.session.SshSession`."""

    @property
    def is_open(self) -> bool:
        """True while it lasts."""

    def start(self, command: str, /) -> Process:
        """Start a command. ProbesError if the server does not."""

    def forward(self, host: str, port: int, timeout: float, /) -> Any:
        """Connect from the other host: see `probes.remote.forwarding.Forward`."""


class _PatientPipe:
    """A program over SSH, as `probes.remote.wire.Pipe`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def write(self, data: bytes) -> None:
        self._process.write(data)

    def read(self, most: int) -> bytes:
        """Wait as long as it takes: a program says nothing while nobody asks."""
        return self._process.read(most, math.inf)

    def exit_status(self, timeout: float) -> int | None:
        return self._process.exit_status(timeout)

    def close(self) -> None:
        self._process.close()


def remote_host(session: Session) -> tuple[RemoteHost | ShellHost | ForwardingHost, str]:
    """Return a host that sends, and a sentence on what sends there and what it cannot see.

    Its `with` block closes it. RemoteError with a reason for each rung if none can be used.
    """
    from probes.remote.forwarding import ForwardingHost
    from probes.remote.host import RemoteHost
    from probes.remote.shell import ShellHost

    def start(command: str) -> _PatientPipe:
        return _PatientPipe(session.start(command))

    reasons = []
    try:
        agent = RemoteHost(start)
    except ProbesError as error:
        reasons.append(tr("Python: {why}", why=error))
    else:
        return agent, _agent(agent)
    try:
        shell = ShellHost(start)
    except ProbesError as error:
        reasons.append(tr("bash: {why}", why=error))
    else:
        return shell, tr(
            "bash {version} there sends the packets, because it has no Python that can be used. It does not see who "
            "sent an ICMP error, nor an answer from another address; it sets no hop limit, segment size or source "
            "address.",
            version=shell.version,
        )
    try:
        forwarding = ForwardingHost(session.forward, lambda: session.is_open)
    except ProbesError as error:
        reasons.append(tr("forwarding: {why}", why=error))
    else:
        return forwarding, tr(
            "The SSH server there opens TCP connections, because neither Python nor bash can be run. UDP, names, "
            "files, the clock and the source address are not seen; a refusal may be a reset or an ICMP error, and a "
            "reset later on looks like an orderly end."
        )
    raise RemoteError(semicolons(reasons))


def _agent(agent: RemoteHost) -> str:
    version = agent.greeting.python
    if agent.greeting.sees_icmp:
        return tr("Python {version} there sends the packets.", version=version)
    return tr("Python {version} there sends the packets. It does not see who sent an ICMP error.", version=version)
