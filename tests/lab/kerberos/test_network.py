"""What a network does to the replies of a real KDC: fragments that are dropped, a small MTU, an
answer from another address.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.kdc import REALM, Kdc
from tests.lab.netns import CLUSTER, RG, Hosts, topology
from tests.support.needs import LAB_NETWORK
from tests.support.places import PROJECT

pytestmark = pytest.mark.needs(*LAB_NETWORK)

JITTER = 3
"""Bytes by which two answers of the same KDC to the same name differ: its microseconds are a number
of one to three.
"""

OTHER = "192.168.20.99"

BEFORE_REASSEMBLY = -450
"""Priority of a hook that still sees fragments as they came."""

DROP_FRAGMENTS = (
    f"table ip fragments {{ chain prerouting {{ type filter hook prerouting priority {BEFORE_REASSEMBLY}; "
    "ip frag-off & 0x3fff != 0 drop\n }\n}\n"
)
FROM_ELSEWHERE = (
    "table ip elsewhere { chain output { type filter hook output priority 0; "
    f"udp sport 88 ip saddr set {OTHER}\n }}\n}}\n"
)


@pytest.fixture(scope="module")
def hosts(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Yield the hosts of the lab with a KDC on one of them, and no filter between them."""
    with topology("127.0.0.1 localhost\n") as made:
        kdc = Kdc(made["kdc"], tmp_path_factory.mktemp("kdc"))
        kdc.start()
        try:
            yield made
        finally:
            kdc.stop()


@pytest.fixture
def quiet(hosts: Hosts) -> Iterator[Hosts]:
    yield hosts
    for role in (RG, "kdc"):
        hosts[role].filter("")
        hosts[role].run("ip", "link", "set", "eth0", "mtu", "1500")


def asked(hosts: Hosts, oracle: str) -> Any:
    command = (sys.executable, "-m", "tests.lab.kerberos.asked", oracle, CLUSTER["kdc"], REALM)
    done = hosts[RG].run(*command, cwd=PROJECT, seconds=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_path_that_carries_fragments_has_no_cliff(quiet: Hosts) -> None:
    told = asked(quiet, "cliff")

    assert (told["arrived"] >= 4000 - JITTER, told["lost"]) == (True, None)


def test_dropped_fragments_are_a_cliff_at_the_mtu(quiet: Hosts) -> None:
    quiet[RG].filter(DROP_FRAGMENTS)

    told = asked(quiet, "cliff")

    largest = 1500 - 20 - 8
    assert told["arrived"] <= largest < told["lost"] + JITTER
    assert told["lost"] - told["arrived"] <= 8


def test_a_smaller_mtu_moves_the_cliff(quiet: Hosts) -> None:
    quiet[RG].filter(DROP_FRAGMENTS)
    quiet["kdc"].run("ip", "link", "set", "eth0", "mtu", "1280")

    told = asked(quiet, "cliff")

    assert told["arrived"] <= 1280 - 20 - 8 < told["lost"] + JITTER
    assert told["lost"] - told["arrived"] <= 8


def test_a_kdc_with_two_addresses_is_caught_answering_from_the_other(quiet: Hosts) -> None:
    before = asked(quiet, "question")
    quiet["kdc"].filter(FROM_ELSEWHERE)

    told = asked(quiet, "question")

    assert before["reason"] == "kerberos-reply"
    assert (told["state"], told["detail"]) == ("filtered", {"answered_from": f"{OTHER} 88"})
