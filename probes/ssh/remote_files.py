"""How is a file of the other host read? By SFTP, which needs no program and no shell there."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from probes.language import tr
from probes.ssh.errors import SshError
from probes.untrusted import clean

if TYPE_CHECKING:
    from paramiko import SFTPClient
    from paramiko.channel import Channel


class FileHost(Protocol):
    """The session that files are read over."""

    @property
    def host(self) -> str:
        """The host as the user named it, cleaned."""

    @property
    def is_open(self) -> bool:
        """True while the session lasts."""

    @property
    def bound(self) -> float:
        """Seconds of each wait."""

    @property
    def file_bound(self) -> float:
        """Seconds for one file."""

    def request(self, name: str, action: Callable[[Channel], None]) -> Channel:
        """Return a channel on which the server granted a request."""

    def ended(self) -> SshError:
        """Return the error about a session that is over."""

    def unanswered(self) -> SshError:
        """Return the error about a server that does not answer."""


class RemoteFiles:
    """The SFTP client of a session: one, which one thread uses at a time."""

    def __init__(self, session: FileHost) -> None:
        self._session, self._lock = session, threading.Lock()
        self._client: SFTPClient | None = None

    def read(self, path: str, most: int) -> bytes:
        """See `SshSession.read_file`."""

        host, shown = self._session.host, clean(path)
        with self._lock:
            client = self._opened()
            late = threading.Event()

            def give_up() -> None:
                late.set()
                _close(client)

            watch = threading.Timer(self._session.file_bound, give_up)
            watch.daemon = True
            watch.start()
            try:
                content = _content(client, path, most)
            except Exception as error:  # whatever the peer's bytes led paramiko to
                raise self._failed(client, path, error, is_late=late.is_set()) from error
            finally:
                watch.cancel()
        if content is None:
            raise SshError(host, "file", tr("{host}: {path} is no regular file", host=host, path=shown))
        if len(content) > most:
            text = tr("{host}: {path} has more than {most} bytes", host=host, path=shown, most=most)
            raise SshError(host, "file", text)
        return content

    def _opened(self) -> SFTPClient:
        if self._client is None:
            from probes.ssh.transport import BoundedSftp

            channel = self._session.request("sftp", lambda channel: channel.invoke_subsystem("sftp"))
            channel.settimeout(self._session.bound)
            try:
                self._client = BoundedSftp(channel)
            except TimeoutError:
                raise self._session.unanswered() from None
            except Exception as error:  # as below
                text = tr("{host}: the server refuses the request “{name}”", host=self._session.host, name="sftp")
                raise SshError(self._session.host, "channel", text) from error
        return self._client

    def _failed(self, client: SFTPClient, path: str, error: Exception, *, is_late: bool) -> SshError:
        """Return the error about a file. A client whose stream is out of step is given up."""
        host = self._session.host
        if isinstance(error, OSError) and not isinstance(error, TimeoutError) and not is_late and self._session.is_open:
            why = clean(error.strerror or str(error.args[0] if error.args else ""))
            text = tr("{host}: {path} cannot be read: {why}", host=host, path=clean(path), why=why)
            return SshError(host, "file", text)
        self._client = None
        _close(client)
        return self._session.unanswered() if is_late or isinstance(error, TimeoutError) else self._session.ended()


def _close(client: SFTPClient) -> None:
    import paramiko

    with suppress(OSError, EOFError, paramiko.SSHException):
        client.close()


def _content(client: SFTPClient, path: str, most: int) -> bytes | None:
    """Return the content, at most one byte more than `most`. None if it is no regular file."""
    mode = client.stat(path).st_mode
    if mode is not None and not stat.S_ISREG(mode):
        return None
    with client.open(path, "rb") as file:
        return bytes(file.read(most + 1))
