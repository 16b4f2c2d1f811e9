"""One path a session, quiet before each test, with a real KDC and a few listeners at its far
end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.lab.kdc import Kdc

from .net import SERVER, SERVER_ADDRESS, SERVER_ADDRESS_6, Net, built
from .services import EchoKdc, RpcServer


@pytest.fixture(scope="session")
def path_net(lab_machine: None) -> Iterator[Net]:
    with built() as net:
        yield net


@pytest.fixture
def net(path_net: Net) -> Iterator[Net]:
    path_net.quiet()
    yield path_net
    path_net.quiet()


@pytest.fixture(scope="session")
def mit(path_net: Net, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kdc]:
    """Yield a real KDC on port 88 of the server, over IPv4."""
    kdc = Kdc(replace(path_net.hosts[SERVER], address=SERVER_ADDRESS), tmp_path_factory.mktemp("path-kdc"))
    kdc.start()
    yield kdc
    kdc.stop()


@pytest.fixture(scope="session")
def kdc6(path_net: Net) -> Iterator[EchoKdc]:
    """Yield a KDC that repeats the client's name, over IPv6."""
    kdc = path_net.on(SERVER, EchoKdc(SERVER_ADDRESS_6).__enter__)
    yield kdc
    kdc.__exit__(None, None, None)


@pytest.fixture(scope="session")
def namenode(path_net: Net) -> Iterator[RpcServer]:
    """Answers the first question of Hadoop RPC on both families, port 8020."""
    with contextlib.ExitStack() as stack:
        server = path_net.on(SERVER, lambda: RpcServer((SERVER_ADDRESS, SERVER_ADDRESS_6), 8020))
        yield stack.enter_context(server)
