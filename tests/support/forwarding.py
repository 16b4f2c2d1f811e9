"""A host that only forwards TCP connections, without SSH: it is this one."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from probes.ssh.errors import ForwardRefused


def forward(host: str, port: int, timeout: float) -> socket.socket:
    """Connect as OpenSSH does for a channel, and refuse in its words."""
    try:
        return socket.create_connection((host, port), timeout)
    except TimeoutError:
        raise
    except OSError as error:
        raise ForwardRefused(2, error.strerror or "open failed") from None


class Refusing:
    """A server that refuses certain ports, with code and words."""

    def __init__(self, refusals: Mapping[int, tuple[int, str]]) -> None:
        self._refusals = refusals

    def __call__(self, host: str, port: int, timeout: float) -> socket.socket:
        if port in self._refusals:
            raise ForwardRefused(*self._refusals[port])
        return forward(host, port, timeout)
