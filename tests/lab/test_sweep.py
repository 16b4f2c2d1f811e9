"""Truth under loss, bursts, limits on ICMP errors and few descriptors: a sweep over a real router,
against what is known to be open, closed and dropped.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import handshakes
from benchmarks.net import CLOSED, DROPPED, FIRST_PORT, KINDS, OPEN, Net, net
from tests.support.places import PROJECT

ENDPOINTS = 400

ICMP_ERRORS_BACK = 3.0
"""Seconds after which Linux may send some ICMP errors again. It gives back one a second."""

PROGRAM = """
import json, sys
from contextlib import ExitStack
from probes.endpoint import Endpoint
from probes.network.runner import Job, run
from probes.vantage import Vantage
from tests.support.remote import a_remote_host
with ExitStack() as stack:
    host = stack.enter_context(a_remote_host()) if sys.argv[2] == "afar" else None
    vantage = Vantage(patience=float(sys.argv[1]), host=host)
    asked = [Job(f"{a} {p}", Endpoint(a, p, "tcp", a), vantage) for a, p in json.load(sys.stdin)]
    done = run(asked)
seen = done.observations.items()
print(json.dumps({key: [o.state, o.reason, o.offender, o.attempts, dict(o.detail)] for key, o in seen}))
"""

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")


@pytest.fixture(scope="module")
def network(lab_machine: None) -> Iterator[Net]:
    with net(ENDPOINTS) as built:
        yield built


def swept(network: Net, *before: str, patience: float = 3.5, sender: str = "here") -> dict[str, list[Any]]:
    """Return what a process on the client prints, by "address port".

    `before` is the command that starts the process. sender: "afar" if the agent of --via sends.
    """
    command = (*before, sys.executable, "-c", PROGRAM, str(patience), sender)
    done = network.client.run(*command, stdin=json.dumps(list(network.truth)), cwd=PROJECT, seconds=60)
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[Any]] = json.loads(done.stdout)
    return answer


def wrong(network: Net, found: dict[str, list[Any]]) -> Counter[tuple[str, str]]:
    """(truth, verdict) of every endpoint that was judged wrongly."""
    pairs = ((kind, found[f"{address} {port}"][0]) for (address, port), kind in network.truth.items())
    return Counter(pair for pair in pairs if pair[0] != pair[1])


@pytest.mark.parametrize("percent", [0, 1, 5, 10])
def test_every_endpoint_is_judged_right_whatever_is_lost(network: Net, percent: int) -> None:
    network.lose(percent)
    assert not wrong(network, swept(network))


def test_from_another_host_every_endpoint_is_judged_right_too(network: Net) -> None:
    network.lose(5)
    assert not wrong(network, swept(network, sender="afar"))


def test_an_ordinary_user_is_told_the_same(network: Net) -> None:
    network.lose(5)
    found = swept(network, *AS_NOBODY)
    assert not wrong(network, found)


def test_a_hard_limit_of_descriptors_costs_time_and_no_truth(network: Net) -> None:
    network.lose(0)
    assert not wrong(network, swept(network, "prlimit", "--nofile=128:128"))


@pytest.mark.parametrize("sender", ["here", "afar"])
def test_a_burst_that_a_device_cannot_take_is_not_taken_for_a_drop(network: Net, sender: str) -> None:
    """Given a device that lets so many new connections a second through and no more to each of some
    ports, when all are asked, then the second look finds them.
    """
    some = ", ".join(str(port) for port in range(FIRST_PORT, FIRST_PORT + 24) if KINDS[port % len(KINDS)] != DROPPED)
    network.router.filter(
        "table ip bench {\n  chain forward {\n    type filter hook forward priority 0; policy accept;\n"
        f"    tcp dport {{ {_ports(network, DROPPED)} }} drop\n"
        f"    tcp flags syn tcp dport {{ {some} }} limit rate over 300/second burst 1 packets drop\n  }}\n}}\n"
    )
    assert not wrong(network, swept(network, sender=sender))


@pytest.mark.parametrize("sender", ["here", "afar"])
def test_silence_beside_rejects_says_what_was_seen_there(network: Net, sender: str) -> None:
    """Given a router that rejects and, as Linux does, sends few ICMP errors, then the silent
    endpoints beside those seen rejected say so.
    """
    network.router.filter(
        "table ip bench {\n  chain forward {\n    type filter hook forward priority 0; policy accept;\n"
        f"    tcp dport {{ {_ports(network, DROPPED)} }} reject with icmp type admin-prohibited\n  }}\n}}\n"
    )
    time.sleep(ICMP_ERRORS_BACK)
    found = swept(network, sender=sender)
    rejected = [found[f"{a} {p}"] for (a, p), kind in network.truth.items() if kind == DROPPED]
    reasons = Counter(reason for _, reason, *_ in rejected)
    assert set(reasons) == {"admin-prohibited", "no-response"}
    # Six at once and one a second, of which the slow second look catches three. The row before this
    # one may have taken the six.
    assert reasons["admin-prohibited"] >= 3
    assert {offender for _, reason, offender, *_ in rejected if reason == "admin-prohibited"} == {"10.77.0.1"}
    for _, reason, _, _, detail in rejected:
        if reason == "no-response":
            assert detail["beside"][0]["reason"] == "admin-prohibited"
            assert detail["beside"][0]["offender"] == "10.77.0.1"
    others = wrong(network, found)
    assert not others, others


def _ports(network: Net, kind: str) -> str:
    return ", ".join(
        str(port) for port in sorted({port for (_, port), known in network.truth.items() if known == kind})
    )


def test_the_network_is_what_it_says(network: Net) -> None:
    assert Counter(network.truth.values()) == {OPEN: ENDPOINTS // 2, CLOSED: ENDPOINTS // 4, DROPPED: ENDPOINTS // 4}


@pytest.mark.parametrize("tool", [handshakes.OURS, handshakes.QUICK], ids=lambda tool: tool.name)
def test_the_benchmark_reads_both_probers_and_both_are_right_on_a_clean_network(
    network: Net, tool: handshakes.Tool
) -> None:
    network.lose(0)
    found = handshakes.run(network, tool)
    assert (found.answering, found.silent) == (1.0, 1.0)
    assert found.wall > 0
    assert found.memory > 1
