"""Handshakes without an event loop: the same answers, and an end by deadline or signal."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from probes.endpoint import Endpoint
from probes.network.handshakes import shake
from probes.network.pacing import ENOUGH_ANSWERS
from probes.network.sweep import Sweep
from probes.observation import Observation
from probes.vantage import Vantage
from tests.support.deaf_listener import deaf_listener
from tests.support.descriptors import held

LOCAL = "127.0.0.1"
HANG = 30.0
"""Seconds that no machine needs, however busy it is."""


@pytest.fixture
def listener() -> Iterator[Endpoint]:
    with socket.create_server((LOCAL, 0), backlog=512) as sock:
        yield Endpoint(LOCAL, sock.getsockname()[1], "tcp", LOCAL)


@pytest.fixture
def deaf() -> Iterator[Endpoint]:
    with deaf_listener() as endpoint:
        yield endpoint


def shaken(
    *endpoints: Endpoint,
    patience: float = 1.0,
    deadline: float | None = None,
    idle: Callable[[], None] = lambda: None,
    first: Callable[[], None] = lambda: None,
) -> tuple[dict[str, Observation], bool]:
    """Return what was recorded, by the number of the endpoint, and whether a signal ended it.

    first: called when something is recorded for the first time.
    """
    found: dict[str, Observation] = {}

    def record(key: str, seen: Observation) -> None:
        found[key] = seen
        if len(found) == 1:
            first()

    asked = {f"{number}": endpoint for number, endpoint in enumerate(endpoints)}
    vantage = Vantage(patience=patience)
    came = shake(asked, record, vantage, descriptors=1000, deadline=deadline, idle=idle)
    return found, came


def after(seconds: float, number: signal.Signals) -> threading.Timer:
    """Send this process a signal after so many seconds."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), number))
    timer.start()
    return timer


def test_each_endpoint_is_recorded_and_no_descriptor_stays_open(listener: Endpoint, deaf: Endpoint) -> None:
    before = held()
    found, came = shaken(listener, deaf, listener, patience=0.4)
    assert {key: seen.reason for key, seen in found.items()} == {"0": "syn-ack", "1": "no-response", "2": "syn-ack"}
    assert not came
    assert held() <= before


def test_nothing_to_ask_is_no_work() -> None:
    assert shaken() == ({}, False)


def test_the_deadline_ends_it_with_what_is_known(listener: Endpoint, deaf: Endpoint) -> None:
    found, came = shaken(listener, deaf, patience=HANG, deadline=0.3)
    assert list(found) == ["0"]
    assert not came


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_what_is_known_and_its_handler_is_restored(
    number: signal.Signals, listener: Endpoint, deaf: Endpoint
) -> None:
    handler = signal.signal(number, lambda *_: pytest.fail("the handler of before was called"))
    try:
        mine, began = signal.getsignal(number), time.monotonic()
        timers: list[threading.Timer] = []
        found, came = shaken(listener, deaf, patience=HANG, first=lambda: timers.append(after(0.1, number)))
        timers[0].join()
        assert signal.getsignal(number) is mine
    finally:
        signal.signal(number, handler)
    assert (list(found), came) == (["0"], True)
    assert time.monotonic() - began < HANG


def test_a_signal_that_the_process_ignores_ends_nothing(listener: Endpoint, deaf: Endpoint) -> None:
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        timer = after(0.1, signal.SIGINT)
        found, came = shaken(listener, deaf, patience=0.6)
        timer.join()
    finally:
        signal.signal(signal.SIGINT, handler)
    assert (sorted(found), came) == (["0", "1"], False)


def test_another_signal_ends_no_wait_for_good(monkeypatch: pytest.MonkeyPatch, deaf: Endpoint) -> None:
    """Given a signal with a handler of its own, when it has come, then the next waits are waits."""
    steps, step = [], Sweep.step

    def counted(self: Sweep) -> float | None:
        steps.append(1)
        return step(self)

    monkeypatch.setattr(Sweep, "step", counted)
    handler = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        timer = after(0.1, signal.SIGUSR1)
        found, came = shaken(deaf, patience=1.5)
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, handler)
    assert (list(found), came) == (["0"], False)
    assert len(steps) < 100


def test_in_another_thread_signals_are_left_to_the_main_one(listener: Endpoint) -> None:
    before, results = signal.getsignal(signal.SIGINT), []
    thread = threading.Thread(target=lambda: results.append(shaken(listener)))
    thread.start()
    thread.join(HANG)
    assert [(list(found), came) for found, came in results] == [(["0"], False)]
    assert signal.getsignal(signal.SIGINT) is before


def test_idle_work_is_done_once_while_silent_endpoints_are_waited_for(listener: Endpoint, deaf: Endpoint) -> None:
    calls: list[float] = []
    began = time.monotonic()
    shaken(deaf, *[listener] * ENOUGH_ANSWERS, idle=lambda: calls.append(time.monotonic() - began))
    assert len(calls) == 1


def test_no_idle_work_is_done_if_nothing_has_to_be_waited_for(listener: Endpoint) -> None:
    calls: list[int] = []
    shaken(listener, idle=lambda: calls.append(1))
    assert not calls
