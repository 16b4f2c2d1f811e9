"""How does this tool log in to another host, and what can it do there?

All calls block, each of them for a bounded time, and may come from several threads. paramiko is
imported by the first call, not by this module.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from probes.frozen import frozen
from probes.language import tr
from probes.ssh.config import HostConfig, LocalUser, local_user, route
from probes.ssh.errors import ForwardRefused, SshError
from probes.ssh.process import RemoteProcess
from probes.ssh.remote_files import RemoteFiles
from probes.ssh.target import SshTarget
from probes.untrusted import clean

if TYPE_CHECKING:
    from paramiko.channel import Channel

    from probes.ssh.transport import SessionTransport

_LOG = logging.getLogger(__name__)

SYSTEM_CONFIG: Final = Path("/etc/ssh/ssh_config")


@frozen
class SshSettings:
    """How to log in."""

    config_files: tuple[Path, ...] | None = None
    """Files of ssh_config(5). None: ~/.ssh/config and /etc/ssh/ssh_config."""
    known_hosts: tuple[Path, ...] | None = None
    """Files of known hosts. None: as the configuration says."""
    ask: Callable[[str], str] | None = None
    """Asks the user for a password or passphrase, without echo. None: nobody can be asked."""
    timeout: float = 10.0
    """Bound in seconds of each wait: TCP, banner and key exchange, each answer of a login, a
    channel. ConnectTimeout of the configuration goes before it for the first two."""
    silence: float = 60.0
    """Bound in seconds of the silence of a running command, unless its reader names one, and of
    reading one file."""
    user: LocalUser | None = None
    """The user of this process. None: as the system says."""


class SshSession:
    """A login on another host, over as many hops as the configuration says."""

    def __init__(self, hops: Sequence[tuple[HostConfig, SessionTransport, str]], settings: SshSettings) -> None:
        """hops: configuration, connection and banner of each host on the way, this one last."""
        self._hops = tuple(hops)
        self._settings = settings
        self.config, self._transport, self.banner = self._hops[-1]
        self.notes = tuple(note for config, _, _ in self._hops for note in config.notes)
        self._files = RemoteFiles(self)

    def __enter__(self) -> SshSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def host(self) -> str:
        """The host as the user named it, cleaned."""
        return clean(self.config.target.host)

    @property
    def is_open(self) -> bool:
        """True while the session lasts."""
        return self._transport.is_active()

    def start(self, command: str) -> RemoteProcess:
        """Start a command of the user's login shell. SshError if the server does not."""
        channel = self.request("exec", lambda channel: channel.exec_command(command))
        return RemoteProcess(channel, self.host, self._settings.silence)

    def forward(self, host: str, port: int, timeout: float) -> Channel:
        """Return a connection from the other host to an endpoint, as a socket-like channel.

        ForwardRefused if the other host cannot connect or may not, TimeoutError if it does not say
        so within `timeout` seconds, SshError "dropped" if the session ended.
        """
        try:
            return self._transport.open_or_refuse("direct-tcpip", timeout, (host, port))
        except EOFError:
            raise self.ended() from None

    def read_file(self, path: str, most: int) -> bytes:
        """Return the content of a file on the other host, by SFTP.

        SshError "file" if it cannot be read, is no regular file, or has more than `most` bytes.
        """
        return self._files.read(path, most)

    def close(self) -> None:
        """End the session and the hops before it."""
        for _, transport, _ in reversed(self._hops):
            with suppress(OSError, EOFError):
                transport.abandon()

    def request(self, name: str, action: Callable[[Channel], None]) -> Channel:
        """Return a new channel of type "session" on which the server granted a request.

        name: of the request, for errors; action: makes it and waits for the answer.
        """
        import paramiko

        try:
            channel = self._transport.open_or_refuse("session", self._settings.timeout)
        except EOFError:
            raise self.ended() from None
        except TimeoutError:
            raise self.unanswered() from None
        except ForwardRefused as refused:
            text = tr("{host}: the server opens no channel: {why}", host=self.host, why=refused.text or refused.code)
            raise SshError(self.host, "channel", text) from None
        # paramiko waits for the answer without a bound. A closed channel ends that.
        late = threading.Event()

        def give_up() -> None:
            late.set()
            with suppress(OSError, EOFError, paramiko.SSHException):
                channel.close()

        watch = threading.Timer(self._settings.timeout, give_up)
        watch.daemon = True
        watch.start()
        try:
            action(channel)
        except Exception as error:  # whatever the peer's bytes led paramiko to
            if late.is_set():
                raise self.unanswered() from error
            if not self._transport.is_active():
                raise self.ended() from error
            text = tr("{host}: the server refuses the request “{name}”", host=self.host, name=name)
            raise SshError(self.host, "channel", text) from error
        finally:
            watch.cancel()
        return channel

    def ended(self) -> SshError:
        """Return the error about a session that is over."""
        if self._transport.farewell:
            text = tr("{host}: the server ended the session: {words}", host=self.host, words=self._transport.farewell)
        else:
            text = tr("{host}: the SSH session has ended", host=self.host)
        return SshError(self.host, "dropped", text)

    def unanswered(self) -> SshError:
        """Return the error about a server that does not answer."""
        bound = f"{self._settings.timeout:g}"
        text = tr("{host}: the server does not answer a request within {bound} s", host=self.host, bound=bound)
        return SshError(self.host, "timeout", text)

    @property
    def bound(self) -> float:
        """Seconds of each wait."""
        return self._settings.timeout

    @property
    def file_bound(self) -> float:
        """Seconds for one file."""
        return self._settings.silence


def connect(target: SshTarget, settings: SshSettings | None = None) -> SshSession:
    """Log in to a host, through the hops that the configuration names.

    Each hop has its own configuration, host key and login. SshError names the host that failed.
    """
    from probes.ssh.connection import dial, handshake
    from probes.ssh.login import SshLogin

    settings = settings or SshSettings()
    user = settings.user or local_user()
    files = settings.config_files
    way = route(target, (user.home / ".ssh" / "config", SYSTEM_CONFIG) if files is None else files, user)
    hops: list[tuple[HostConfig, SessionTransport, str]] = []
    try:
        for config in way:
            bound = float(config.connect_timeout or settings.timeout)
            stream = _hop(hops[-1][1], config, hops[-1][0], bound) if hops else dial(config, bound)
            for note in config.notes:
                _LOG.info("%s: %s", clean(config.target.host), note)
            known = config.known_hosts if settings.known_hosts is None else settings.known_hosts
            transport = handshake(stream, config, known, bound)
            hops.append((config, transport, ""))
            banner = SshLogin(transport, config, settings.ask, settings.timeout).run()
            hops[-1] = (config, transport, banner)
            transport.watch()  # not before: a server may take questions of a login only
    except BaseException:
        for _, transport, _ in reversed(hops):
            transport.abandon()
        raise
    return SshSession(hops, settings)


def _hop(before: SessionTransport, config: HostConfig, bastion: HostConfig, bound: float) -> Channel:
    """Return a connection to the next host, through the one before it."""
    host, hop = clean(config.target.host), clean(bastion.target.host)
    place = f"{clean(config.host)}:{config.port}"
    try:
        return before.open_or_refuse("direct-tcpip", bound, (config.host, config.port))
    except ForwardRefused as refused:
        text = tr(
            "{host}: {hop} does not connect to {place}: {why}",
            host=host,
            hop=hop,
            place=place,
            why=refused.text or tr("code {code}", code=refused.code),
        )
        raise SshError(host, "forwarding", text) from None
    except TimeoutError:
        text = tr(
            "{host}: {hop} got no connection to {place} within {bound} s",
            host=host,
            hop=hop,
            place=place,
            bound=f"{bound:g}",
        )
        raise SshError(host, "timeout", text) from None
    except EOFError:
        raise SshError(hop, "dropped", tr("{host}: the SSH session has ended", host=hop)) from None
