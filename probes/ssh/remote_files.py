"""How is a file of the other host read? By SFTP, which needs no program and no shell there."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
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
        import paramiko

        host, shown = self._session.host, clean(path)
        with self._lock:
            client = self._opened()
            late = threading.Event()
            watch = threading.Timer(self._session.file_bound, lambda: self._give_up(client, late))
            watch.daemon = True
            watch.start()
            try:
                content = _content(client, path, most)
            except (TimeoutError, paramiko.SSHException, EOFError) as error:
                self._client = None
                client.close()
                is_late = late.is_set() or isinstance(error, TimeoutError)
                raise (self._session.unanswered() if is_late else self._session.ended()) from None
            except OSError as error:
                why = clean(error.strerror or str(error.args[0] if error.args else ""))
                text = tr("{host}: {path} cannot be read: {why}", host=host, path=shown, why=why)
                raise SshError(host, "file", text) from None
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
            import paramiko

            from probes.ssh.transport import BoundedSftp

            channel = self._session.request("sftp", lambda channel: channel.invoke_subsystem("sftp"))
            channel.settimeout(self._session.bound)
            try:
                self._client = BoundedSftp(channel)
            except TimeoutError:
                raise self._session.unanswered() from None
            except (paramiko.SSHException, OSError, EOFError, ValueError) as error:
                text = tr("{host}: the server refuses the request “{name}”", host=self._session.host, name="sftp")
                raise SshError(self._session.host, "channel", text) from error
        return self._client

    def _give_up(self, client: SFTPClient, late: threading.Event) -> None:
        late.set()
        client.close()


def _content(client: SFTPClient, path: str, most: int) -> bytes | None:
    """Return the content, at most one byte more than `most`. None if it is no regular file."""
    mode = client.stat(path).st_mode
    if mode is not None and not stat.S_ISREG(mode):
        return None
    with client.open(path, "rb") as file:
        return bytes(file.read(most + 1))
