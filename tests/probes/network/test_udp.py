"""What probes.network.udp makes of answers, refusals and silence on loopback; other ICMP errors
are in test_errqueue.py."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from probes.endpoint import Endpoint
from probes.network.udp import exchange
from probes.observation import Observation
from probes.vantage import HERE, Vantage
from tests.support.closed_port import closed_port
from tests.support.descriptors import Held, held
from tests.support.fake_kdc import DeafKdc, FakeKdc, OtherAddressKdc, SilentKdc
from tests.support.needs import LOOPBACKS
from tests.support.patience import SOON


def ask(
    endpoint: Endpoint,
    request: bytes | Callable[[int], bytes] = b"ping",
    *,
    patience: float = 2.0,
    source: str | None = None,
    resend: tuple[float, ...] = (0, 1, 2),
) -> tuple[Observation, bytes | None]:
    return asyncio.run(exchange(endpoint, request, Vantage(source_address=source, patience=patience), resend=resend))


@pytest.mark.parametrize("host", LOOPBACKS)
@pytest.mark.parametrize("content", [b"pong", b""])
def test_an_answer_is_open(host: str, content: bytes) -> None:
    class Echo(FakeKdc):
        def answer(self, request: bytes) -> bytes:
            return content

    with Echo(host) as service:
        seen, answer = ask(service.endpoint("udp"))

    assert (seen.state, seen.reason, seen.attempts, answer) == ("open", "udp-reply", 1, content)
    assert (seen.source, seen.address) == (host, host)
    assert seen.rtt_ms is not None


@pytest.mark.needs("ipv6")
def test_a_spelling_of_an_address_is_as_good_as_another() -> None:
    with FakeKdc("::1") as service:
        seen, answer = ask(Endpoint("x", service.port, "udp", "0:0:0:0:0:0:0:1"))

    assert seen.state == "open"
    assert answer


@pytest.mark.parametrize("host", LOOPBACKS)
def test_port_unreachable_from_the_target_is_closed(host: str) -> None:
    with closed_port(host) as port:
        seen, answer = ask(Endpoint(host, port, "udp", host))

    assert (seen.state, seen.reason, seen.offender, answer) == ("closed", "port-unreachable", host, None)
    assert seen.detail == ({"icmp_type": 1, "icmp_code": 4} if ":" in host else {"icmp_type": 3, "icmp_code": 3})
    assert seen.rtt_ms is not None


def test_silence_is_open_or_filtered() -> None:
    with SilentKdc() as service:
        seen, answer = ask(service.endpoint("udp"), patience=0.5, resend=(0, 0.1, 0.2, 0.7))

    assert (seen.state, seen.reason, seen.attempts, seen.rtt_ms) == ("open|filtered", "no-response", 3, None)
    assert answer is None
    assert service.requests == [b"ping"] * 3


def test_the_request_goes_out_again_until_it_is_answered() -> None:
    with DeafKdc(lost=2) as service:
        seen, answer = ask(
            service.endpoint("udp"), lambda attempt: b"%d" % attempt, patience=30, resend=(0, 0.1, 0.2, 20)
        )
        requests = list(service.requests)

    assert (seen.state, seen.attempts) == ("open", 3)
    assert answer is not None
    assert requests == [b"0", b"1", b"2"]


def test_a_refusal_ends_the_question_at_once() -> None:
    began = time.monotonic()

    with closed_port() as port:
        seen, _ = ask(Endpoint("h", port, "udp", "127.0.0.1"), patience=60)

    assert seen.state == "closed"
    assert time.monotonic() - began < 30


def test_an_answer_in_time_counts_although_we_look_late() -> None:
    """Given a loop that is busy for longer than the patience, when the answer was long there,
    then the port is open."""

    answered = threading.Event()

    class Telling(FakeKdc):
        def on_datagram(self, request: bytes, sender: tuple[str, int]) -> None:
            super().on_datagram(request, sender)
            answered.set()

    async def scene(endpoint: Endpoint) -> tuple[Observation, bytes | None]:
        asking = asyncio.create_task(exchange(endpoint, b"ping", Vantage(patience=0.05)))
        await asyncio.sleep(0)
        assert answered.wait(30)
        time.sleep(0.1)
        return await asking

    with Telling() as service:
        seen, answer = asyncio.run(scene(service.endpoint("udp")))

    assert seen.state == "open"
    assert answer


def test_an_answer_from_elsewhere_is_seen_but_does_not_count() -> None:
    with OtherAddressKdc() as service:
        seen, answer = ask(service.endpoint("udp"), patience=SOON)

    assert (seen.state, seen.reason, answer) == ("open|filtered", "no-response", None)
    assert seen.detail == {"answered_from": f"127.0.0.2 {service.port}"}


def test_a_flood_from_elsewhere_does_not_hide_the_answer() -> None:
    """Given a stranger that sends without pause, when the target answers late, then its answer
    is found and the patience holds."""
    stop = threading.Event()

    class Flooded(FakeKdc):
        def on_datagram(self, request: bytes, sender: tuple[str, int]) -> None:
            threading.Thread(target=self.flood, args=(sender,), daemon=True).start()
            while not stop.wait(0.3):  # the kernel drops what comes while the noise fills the buffer
                super().on_datagram(request, sender)

        def flood(self, target: tuple[str, int]) -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                while not stop.is_set():
                    stranger.sendto(b"noise", target)
                    time.sleep(0.0005)

    with Flooded() as service:
        try:
            seen, answer = ask(service.endpoint("udp"), patience=3, resend=(0,))
        finally:
            stop.set()

    assert seen.state == "open"
    assert answer is not None


def test_a_request_that_cannot_be_made_is_the_callers_failure() -> None:
    def broken(attempt: int) -> bytes:
        if attempt:
            raise KeyError(attempt)
        return b"first"

    with SilentKdc() as service, pytest.raises(KeyError):
        ask(service.endpoint("udp"), broken, resend=(0, 0.05))


def test_the_source_is_the_one_demanded() -> None:
    with FakeKdc() as service:
        seen, _ = ask(service.endpoint("udp"), source="127.0.0.9")

    assert (seen.state, seen.source) == ("open", "127.0.0.9")


def test_a_source_that_is_not_ours_is_no_vantage() -> None:
    seen, _ = ask(Endpoint("x", 9, "udp", "127.0.0.1"), source="192.0.2.77")

    assert (seen.state, seen.reason, seen.detail) == ("not-probed", "no-vantage", {"errno": "EADDRNOTAVAIL"})


def test_a_request_too_large_for_any_datagram_is_the_callers_failure() -> None:
    with SilentKdc() as service, pytest.raises(ValueError, match="70000 bytes"):
        ask(service.endpoint("udp"), bytes(70_000), patience=0.3, resend=(0, 0.1))


def test_no_descriptor_is_left_behind() -> None:
    async def scene(silent: Endpoint, closed: Endpoint) -> tuple[Held, Held]:
        before = held()
        asking = [asyncio.create_task(exchange(e, b"x", Vantage(patience=0.2))) for e in (silent, closed) * 20]
        cancelled = [asyncio.create_task(exchange(silent, b"x", HERE)) for _ in range(20)]
        await asyncio.sleep(0.05)
        for task in cancelled:
            task.cancel()
        await asyncio.gather(*asking, *cancelled, return_exceptions=True)
        return before, held()

    with closed_port() as port, SilentKdc() as service:
        closed = replace(service.endpoint("udp"), port=port)
        before, after = asyncio.run(scene(service.endpoint("udp"), closed))

    assert after <= before
