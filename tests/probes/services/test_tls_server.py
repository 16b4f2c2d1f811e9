"""What does probes.services.tls_server make of a server's certificates? tests/lab/services asks
OpenSSL's own server, and Java's own file."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from probes.network.tls import Peer
from probes.services.tls_server import LEAST_BITS, MOST_CERTIFICATES, REFUSED_VERSIONS, describe, present
from probes.vantage import Vantage
from tests.support.certificates import NOW, a_certificate, a_file, a_weak_certificate
from tests.support.fake_service import FakeService, SpeakingService
from tests.support.needs import java_of
from tests.support.patience import SOON

HOST = "master-1-1"


def faults(*chain: bytes, version: str = "TLSv1.3") -> list[str]:
    tls = describe(Peer(version, "x", chain[0], chain), HOST, NOW)["tls"]
    assert isinstance(tls, dict)
    return list(tls["faults"])


def test_a_handshake_tells_version_chain_and_whom_to_trust(tmp_path: Path) -> None:
    with SpeakingService(b"", pem=a_file(tmp_path / "pem", "127.0.0.1")) as service:
        seen = asyncio.run(present(service.at, Vantage(patience=5)))

    assert (seen.state, seen.reason, seen.detail["trust"]) == ("open", "service-reply", "CN=master-1-1")
    chain = seen.detail["chain"]
    assert isinstance(chain, list)
    (leaf,) = chain
    assert (leaf["subject"], leaf["key"], leaf["digest"]) == ("CN=master-1-1", "EC 256", "sha256")
    tls = seen.detail["tls"]
    assert isinstance(tls, dict)
    assert (tls["version"], tls["faults"]) == ("TLSv1.3", [])


def test_a_sound_chain_has_no_faults() -> None:
    issuer = a_certificate(common="ca", until=NOW + timedelta(days=1))[0]

    assert faults(a_certificate()[0], issuer) == []


@pytest.mark.parametrize("version", ["SSLv3", "TLSv1", "TLSv1.1"])
def test_an_old_protocol_is_refused_by_java(version: str) -> None:
    assert faults(a_certificate()[0], version=version) == [f"it speaks {version}, which Java no longer does"]


def test_an_issuer_that_has_expired_is_named() -> None:
    issuer = a_certificate(common="ca", until=NOW - timedelta(days=1))[0]

    assert faults(a_certificate()[0], issuer) == ["CN=ca, which issued it, expired on 2026-05-31"]


def test_the_dates_of_the_leaf_are_told_once() -> None:
    assert faults(a_certificate(until=NOW - timedelta(days=1))[0]) == ["expired on 2026-05-31"]


def test_a_short_key_and_an_old_hash_are_refused_by_java() -> None:
    """Given a leaf of another issuer with an RSA key of 512 bits, signed with MD5."""
    found = faults(a_weak_certificate())

    assert found == [
        f"the key of CN={HOST} is RSA 512, too short for Java",
        f"CN={HOST} is signed with md5, which Java refuses",
    ]


def test_a_chain_is_read_up_to_a_bound_and_up_to_what_cannot_be_read() -> None:
    leaf = a_certificate()[0]
    many = describe(Peer("TLSv1.3", "x", leaf, (leaf,) * 99), HOST, NOW)["chain"]
    broken = describe(Peer("TLSv1.3", "x", leaf, (leaf, b"x", leaf)), HOST, NOW)["chain"]
    nothing = describe(Peer("TLSv1.3", "x", b""), HOST, NOW)

    assert isinstance(many, list)
    assert isinstance(broken, list)
    assert (len(many), len(broken)) == (MOST_CERTIFICATES, 1)
    assert (nothing["chain"], nothing["trust"]) == ([], None)


@pytest.mark.parametrize(
    ("said", "ended", "protocol"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls-failed", "http"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "tls-failed", "tls"),
        (b"", "tls-failed", None),
        (None, "silent", None),
    ],
)
def test_a_server_without_tls_is_open_with_what_came(said: bytes | None, ended: str, protocol: str | None) -> None:
    with FakeService(said) as service:
        seen = asyncio.run(present(service.at, Vantage(patience=SOON)))

    assert (seen.reason, seen.detail["ended"], seen.detail.get("protocol")) == ("syn-ack", ended, protocol)


@pytest.mark.needs("java-releases")
@pytest.mark.parametrize("release", ["11.0.13", "17.0.9", "21.0.8", "25.0.2"])
def test_java_refuses_by_its_own_file_what_is_said_of_it(release: str) -> None:
    text = (java_of(release).parent.parent / "conf/security/java.security").read_text("utf-8").replace("\\\n", " ")
    lists = {
        key: [one.strip() for one in value.split(",")]
        for key, _, value in (line.partition("=") for line in text.splitlines() if line.startswith("jdk."))
    }

    assert set(lists["jdk.tls.disabledAlgorithms"]) >= REFUSED_VERSIONS
    assert {"MD2", "MD5"} <= set(lists["jdk.certpath.disabledAlgorithms"])
    for kind, bits in LEAST_BITS.items():
        assert f"{kind} keySize < {bits}" in lists["jdk.certpath.disabledAlgorithms"]
