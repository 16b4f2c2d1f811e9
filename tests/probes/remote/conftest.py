"""Endpoints that are open, closed and silent."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from probes.endpoint import Endpoint
from tests.support.closed_port import closed_port
from tests.support.deaf_listener import deaf_listener
from tests.support.needs import LOOPBACKS


@pytest.fixture(params=LOOPBACKS)
def listener(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.bind((request.param, 0))
        sock.listen(64)
        yield Endpoint(request.param, sock.getsockname()[1], "tcp", request.param)


@pytest.fixture(params=LOOPBACKS)
def closed(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    with closed_port(request.param) as port:
        yield Endpoint(request.param, port, "tcp", request.param)


@pytest.fixture
def deaf() -> Iterator[Endpoint]:
    """Yield a listener whose queue is full: the kernel drops further SYNs."""
    with deaf_listener() as endpoint:
        yield endpoint
