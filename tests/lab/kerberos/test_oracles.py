"""What real KDCs say is what the oracles conclude; and asking left no ticket and no failed login
behind.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import pytest

from probes.endpoint import Transport
from probes.kerberos.kdc.clock import SAMPLES, SPREAD, skew
from probes.kerberos.kdc.implementation import implementation
from probes.kerberos.kdc.principal import client_state, enctypes, service_known
from probes.kerberos.kdc.realm import own_realm, realm_served
from probes.kerberos.kdc.udp_reply_size import udp_reply_limit
from probes.vantage import HERE, Vantage

from .heimdal import HeimdalKdc
from .kdc import REALM, Kdc
from .mit import MitKdc

TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp")
every_transport = pytest.mark.parametrize("transport", TRANSPORTS)


def run(action: Any) -> Any:
    return asyncio.run(action)


@every_transport
def test_a_real_kdc_has_our_clock(either: Kdc, transport: Transport) -> None:
    endpoint = either.endpoint(transport)

    began = time.monotonic()
    told = run(skew(endpoint, REALM, HERE))
    took = time.monotonic() - began

    assert told.interval.low <= 0 <= told.interval.high
    # Samples a quarter of a second apart narrow it. A busy machine may take them at other moments.
    assert told.interval.high - told.interval.low < (0.75 if took < SAMPLES * SPREAD else 1.0 + took)


@every_transport
def test_heimdals_clock_is_exact(heimdal: HeimdalKdc, transport: Transport) -> None:
    began = time.monotonic()
    told = run(skew(heimdal.endpoint(transport), REALM, HERE, samples=3, exact=True))
    asking = time.monotonic() - began - 2 * SPREAD

    assert told.interval.low <= 0.001
    assert told.interval.high >= -0.001
    # It is as wide as the shortest round trip.
    assert told.interval.high - told.interval.low < max(0.1, asking)


@every_transport
@pytest.mark.parametrize(("realm", "served"), [(REALM, "yes"), (REALM.lower(), "no"), ("OTHER.REALM", "no")])
def test_mit_serves_its_realm_and_no_other(mit: MitKdc, transport: Transport, realm: str, served: str) -> None:
    assert run(realm_served(mit.endpoint(transport), realm, HERE)).served == served


@every_transport
@pytest.mark.parametrize("realm", [REALM, "OTHER.REALM"])
def test_heimdal_leaves_the_realm_open(heimdal: HeimdalKdc, transport: Transport, realm: str) -> None:
    assert run(realm_served(heimdal.endpoint(transport), realm, Vantage(patience=1.0))).served == "unknown"


def test_mit_names_its_realm_to_anybody_and_heimdal_does_not(mit: MitKdc, heimdal: HeimdalKdc) -> None:
    assert run(own_realm(mit.endpoint("tcp"), HERE)).realm == REALM
    assert run(own_realm(heimdal.endpoint("tcp"), Vantage(patience=0.5))).realm is None


def test_the_implementations_are_told_apart(mit: MitKdc, heimdal: HeimdalKdc) -> None:
    for transport in TRANSPORTS:
        assert run(implementation(mit.endpoint(transport), REALM, HERE)).name == "mit"
        assert run(implementation(mit.endpoint(transport), "OTHER.REALM", HERE)).name == "mit"
    assert run(implementation(heimdal.endpoint("tcp"), REALM, HERE)).name == "heimdal"
    assert run(implementation(heimdal.endpoint("udp"), REALM, HERE)).name == "unknown"


@every_transport
@pytest.mark.parametrize(
    ("client", "state"),
    [
        ("alice", "present"),
        ("open", "present"),
        ("nobody", "unknown-client"),
        ("expired", "expired"),
        ("outdated", "password-expired"),
        ("locked", "locked"),
    ],
)
def test_mit_tells_the_state_of_a_client(mit: MitKdc, transport: Transport, client: str, state: str) -> None:
    assert run(client_state(mit.endpoint(transport), REALM, (client,), HERE)).state == state


@pytest.mark.parametrize(("client", "state"), [("alice", "present"), ("nobody", "unknown-client")])
def test_heimdal_tells_whether_a_client_is_there(heimdal: HeimdalKdc, client: str, state: str) -> None:
    assert run(client_state(heimdal.endpoint("udp"), REALM, (client,), HERE)).state == state


@every_transport
@pytest.mark.parametrize(
    ("service", "known"),
    [
        (("hdfs", "master-1-1"), "yes"),
        (("hdfs", "elsewhere"), "no"),
        (("krbtgt", "OTHER"), "no"),
        (("krbtgt", REALM), "yes"),
    ],
)
def test_mit_tells_whether_a_service_is_there(
    mit: MitKdc, transport: Transport, service: tuple[str, ...], known: str
) -> None:
    assert run(service_known(mit.endpoint(transport), REALM, service, HERE)).known == known


def test_heimdal_does_not_tell_of_services(heimdal: HeimdalKdc) -> None:
    assert run(service_known(heimdal.endpoint("udp"), REALM, ("hdfs", "master-1-1"), HERE)).known == "unknown"


@pytest.mark.parametrize(("client", "has"), [("alice", {18, 17, 20, 19, 23}), ("rc4only", {23}), ("aes128", {17})])
def test_mit_tells_the_enctypes_of_a_principal(mit: MitKdc, client: str, has: set[int]) -> None:
    told = run(enctypes(mit.endpoint("udp"), REALM, (client,), HERE, keytab_given=True))

    assert set(told.has) == has
    assert set(told.has) | set(told.lacks) == {18, 17, 20, 19, 16, 23}


def test_heimdal_tells_the_enctypes_of_a_principal(heimdal: HeimdalKdc) -> None:
    told = run(enctypes(heimdal.endpoint("tcp"), REALM, ("alice",), HERE, keytab_given=True))

    assert (set(told.has), told.preauth) == ({18, 17, 23}, True)


def test_loopback_has_no_cliff(either: Kdc) -> None:
    told = run(udp_reply_limit(either.endpoint("udp"), REALM, HERE))

    assert 4000 - 3 <= told.arrived <= 4000 + 3  # the microseconds in it are a number of one to three bytes
    assert told.lost is None


def test_no_oracle_makes_mit_issue_a_ticket_or_count_a_failure(mit: MitKdc) -> None:
    """Also of a principal that needs no pre-authentication, for whom any plain AS-REQ would be
    one.
    """
    before = len(mit.log)
    for transport in TRANSPORTS:
        endpoint = mit.endpoint(transport)
        for oracle in (skew, realm_served, implementation):
            run(oracle(endpoint, REALM, HERE))
        for name in ("alice", "open"):
            run(client_state(endpoint, REALM, (name,), HERE))
            run(service_known(endpoint, REALM, (name,), HERE))
        run(enctypes(endpoint, REALM, ("open",), HERE, keytab_given=False))
    run(udp_reply_limit(mit.endpoint("udp"), REALM, HERE))

    said = mit.log[before:]
    assert re.search(r"AS_REQ .* CLIENT_NOT_FOUND", said)
    assert "ISSUE" not in said
    assert re.findall(r"Failed password attempts: (\d+)", mit.admin("getprinc alice")) == ["0"]
