"""Does a name become addresses or a reason within the time limit, whatever the resolver does?"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from probes.names.resolve import Resolution, resolve, resolve_all
from probes.vantage import HERE, Vantage
from tests.support.places import PROJECT

Resolver = Callable[..., Any]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Resolver], None]:
    """Replace the system's resolver by a function."""

    def replace(resolver: Resolver) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", resolver)

    return replace


def failing(number: int) -> Resolver:
    def resolver(*_: object, **__: object) -> Any:
        raise socket.gaierror(number, "as the resolver says")

    return resolver


def one(host: str, timeout: float = 5) -> Resolution:
    return asyncio.run(resolve(host, timeout=timeout))


def test_localhost_has_an_address() -> None:
    found = one("localhost")

    assert set(found.addresses) <= {"127.0.0.1", "::1"}
    assert found.addresses
    assert (found.reason, found.error) == (None, None)
    assert found.canonical


@pytest.mark.parametrize(
    ("host", "address"), [("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("2001:DB8:0::1", "2001:db8::1")]
)
def test_a_numeric_host_is_itself_and_nobody_is_asked(
    host: str, address: str, answering: Callable[[Resolver], None]
) -> None:
    answering(failing(socket.EAI_FAIL))

    assert one(host) == Resolution(host, (address,))


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (socket.EAI_NONAME, "name-not-found"),
        (socket.EAI_NODATA, "name-not-found"),
        (socket.EAI_AGAIN, "resolver-failed"),
        (socket.EAI_FAIL, "resolver-failed"),
        (socket.EAI_SYSTEM, "resolver-failed"),
    ],
)
def test_each_failure_of_the_resolver_has_its_word(
    number: int, reason: str, answering: Callable[[Resolver], None]
) -> None:
    answering(failing(number))

    found = one("kdc.example.test")

    assert (found.addresses, found.reason, found.error) == ((), reason, "as the resolver says")
    seen = found.observation(Vantage("rg"))
    assert (seen.vantage, seen.state, seen.reason) == ("rg", "unresolved", reason)
    assert seen.detail == {"host": "kdc.example.test", "error": "as the resolver says"}


@pytest.mark.parametrize("host", ["a..b", "x" * 64, "localhost\0b", "\udcff", "." * 300])
def test_what_cannot_be_a_name_is_not_found(host: str) -> None:
    found = one(host)

    assert (found.addresses, found.reason) == ((), "name-not-found")


def test_addresses_are_distinct_and_keep_their_order(answering: Callable[[Resolver], None]) -> None:
    def resolver(*_: object, **__: object) -> Any:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "kdc.full.test", ("fe80::1", 0, 0, 2)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0)),
        ]

    answering(resolver)

    assert one("kdc") == Resolution("kdc", ("fe80::1%2", "192.0.2.7", "192.0.2.1"), "kdc.full.test")


def test_a_resolver_that_hangs_is_left_behind_at_the_deadline(answering: Callable[[Resolver], None]) -> None:
    release = threading.Event()

    def resolver(*_: object, **__: object) -> Any:
        release.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "at last")

    answering(resolver)
    began = time.monotonic()

    found = one("kdc.example.test", timeout=0.2)

    assert time.monotonic() - began < 30
    assert (found.reason, found.error) == ("resolver-failed", "no answer within 0.2 s")
    release.set()  # the abandoned thread ends after the loop is closed, without an error message
    for thread in threading.enumerate():
        if thread.name.startswith("resolve "):
            thread.join(5)


def test_a_resolver_that_hangs_does_not_keep_the_interpreter() -> None:
    program = (
        "import asyncio, socket, time\n"
        "from probes.names.resolve import resolve\n"
        "socket.getaddrinfo = lambda *a, **k: time.sleep(600)\n"
        "print(asyncio.run(resolve('kdc', timeout=0.1)).reason)\n"
    )
    began = time.monotonic()

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "resolver-failed\n", "")
    assert time.monotonic() - began < 60


def test_a_machine_without_room_for_a_thread_is_a_failed_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)

    assert one("kdc.example.test") == Resolution(
        "kdc.example.test", reason="resolver-failed", error="can't start new thread"
    )


def test_every_distinct_host_is_asked_once(answering: Callable[[Resolver], None]) -> None:
    asked: list[str] = []

    def resolver(host: str, *_: object, **__: object) -> Any:
        asked.append(host)
        if host == "b":
            raise socket.gaierror(socket.EAI_NONAME, "no")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]

    answering(resolver)

    found = asyncio.run(resolve_all(["a", "b", "a", "192.0.2.9", "b"], timeout=5))

    assert sorted(asked) == ["a", "b"]
    assert {host: resolution.addresses for host, resolution in found.items()} == {
        "a": ("192.0.2.1",),
        "b": (),
        "192.0.2.9": ("192.0.2.9",),
    }


def test_hundreds_of_hosts_are_not_asked_in_one_burst(answering: Callable[[Resolver], None]) -> None:
    lock = threading.Lock()
    running = most = 0

    def resolver(*_: object, **__: object) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]

    answering(resolver)

    found = asyncio.run(resolve_all((f"host-{n}" for n in range(300)), timeout=10))

    assert len(found) == 300
    assert all(resolution.addresses for resolution in found.values())
    assert 1 < most <= 64


def test_a_resolution_with_addresses_is_no_observation() -> None:
    with pytest.raises(ValueError, match="has addresses"):
        Resolution("a", ("192.0.2.1",)).observation(HERE)
