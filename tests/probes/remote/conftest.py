"""Endpoints that are open, closed and silent."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from probes.endpoint import Endpoint


@pytest.fixture(params=["127.0.0.1", "::1"])
def listener(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.bind((request.param, 0))
        sock.listen(64)
        yield Endpoint(request.param, sock.getsockname()[1], "tcp", request.param)


@pytest.fixture(params=["127.0.0.1", "::1"])
def closed(request: pytest.FixtureRequest) -> Endpoint:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.bind((request.param, 0))
        return Endpoint(request.param, sock.getsockname()[1], "tcp", request.param)


@pytest.fixture
def deaf() -> Iterator[Endpoint]:
    """Yield a listener whose queue is full: the kernel drops further SYNs."""
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.socket())
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        for _ in range(3):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(sock.getsockname())
        yield Endpoint("127.0.0.1", sock.getsockname()[1], "tcp", "127.0.0.1")
