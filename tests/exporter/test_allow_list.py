"""Which targets are allowed, and which addresses need to be named by themselves?"""

from __future__ import annotations

import pytest

from diagnose.exporter.allow_list import address_refusal, must_be_named, refusal
from tests.support.exporting import config

VSWITCH = '[[targets]]\nnetworks = ["192.168.20.0/24", "2001:db8:1::/64"]\nports = [88, "8020-8032"]\n'
NAMED = '[[targets]]\nnetworks = ["192.168.20.0/24"]\nhosts = ["Master-1-1."]\n'
EVERYTHING = '[[targets]]\nnetworks = ["0.0.0.0/0", "::/0"]\n'


def allows(text: str, host: str, port: int, *addresses: str) -> bool:
    allowed = config(text).allowed
    return refusal(allowed, host, port) is None and address_refusal(allowed, host, port, addresses) is None


def test_nothing_is_allowed_by_default_and_the_words_say_what_to_do() -> None:
    why = refusal(config("").allowed, "192.168.20.1", 88)
    assert why is not None
    assert "[[targets]]" in why


@pytest.mark.parametrize(
    ("host", "port", "addresses", "allowed"),
    [
        ("192.168.20.7", 88, ["192.168.20.7"], True),
        ("192.168.20.7", 8032, ["192.168.20.7"], True),
        ("192.168.20.7", 8033, ["192.168.20.7"], False),
        ("192.168.21.7", 88, ["192.168.21.7"], False),
        ("kdc", 88, ["192.168.20.7"], True),
        ("kdc", 88, ["2001:db8:1::7", "192.168.20.7"], True),
        ("kdc", 88, ["192.168.20.7", "10.0.0.1"], False),
        ("kdc", 88, ["192.168.20.7", "2001:db8:2::7"], False),
        ("::ffff:192.168.20.7", 88, ["::ffff:192.168.20.7"], True),
    ],
)
def test_every_address_of_a_target_lies_in_a_network(host: str, port: int, addresses: list[str], allowed: bool) -> None:
    assert allows(VSWITCH, host, port, *addresses) is allowed


def test_an_entry_with_hosts_allows_no_other_name() -> None:
    assert allows(NAMED, "MASTER-1-1", 88, "192.168.20.7")
    assert not allows(NAMED, "core-1-1", 88, "192.168.20.7")
    assert not allows(NAMED, "192.168.20.7", 88, "192.168.20.7")


def test_a_name_that_no_entry_takes_is_not_looked_up() -> None:
    assert refusal(config(NAMED).allowed, "attacker.example", 88) is not None
    assert refusal(config(VSWITCH).allowed, "kdc", 22) is not None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "100.100.2.136",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fd00:ec2::254",
    ],
)
def test_an_address_of_this_host_or_of_the_cloud_is_in_no_wide_network(address: str) -> None:
    assert must_be_named(address)
    assert not allows(EVERYTHING, address, 80, address)
    assert not allows(EVERYTHING, "innocent", 80, "192.168.20.7", address)


@pytest.mark.parametrize("address", ["192.168.20.7", "8.8.8.8", "2001:db8::1", "100.64.0.1", "::ffff:10.0.0.1"])
def test_any_other_address_is(address: str) -> None:
    assert allows(EVERYTHING, address, 80, address)


def test_an_address_of_this_host_that_is_named_by_itself_is_allowed() -> None:
    text = '[[targets]]\nnetworks = ["127.0.0.1", "169.254.169.254/32", "fe80::1"]\n'
    assert allows(text, "localhost", 80, "127.0.0.1")
    assert allows(text, "169.254.169.254", 80, "169.254.169.254")
    assert allows(text, "fe80::1%eth0", 80, "fe80::1%eth0")
    assert not allows(text, "127.0.0.2", 80, "127.0.0.2")


def test_a_refused_address_is_named_in_the_words() -> None:
    allowed = config(VSWITCH).allowed
    told = address_refusal(allowed, "kdc", 88, ["192.168.20.7", "10.0.0.1"])
    assert told == "kdc (10.0.0.1) is in no network of [[targets]]"
    metadata = address_refusal(allowed, "100.100.100.200", 88, ["100.100.100.200"])
    assert metadata == "100.100.100.200 is probed only if [[targets]] names this address by itself"
