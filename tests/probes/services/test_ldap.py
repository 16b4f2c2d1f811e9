"""What does probes.services.ldap send and read? tests/lab/services asks a real OpenLDAP."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.services import ldap
from probes.services.ldap import LdapError, decode, root_entry, start_tls
from probes.vantage import Vantage
from tests.support.certificates import a_file
from tests.support.fake_service import FakeService, SpeakingService
from tests.support.ldap_messages import (
    ACTIVE_DIRECTORY,
    BOUND,
    DONE,
    NO_NAMELESS,
    NO_UPGRADE,
    ROOT,
    UPGRADED,
    WANTS_TLS,
    entry,
    result,
)
from tests.support.patience import SOON


def detail(*replies: bytes) -> tuple[dict[str, object], list[bytes]]:
    with SpeakingService(*replies, first=False) as service:
        seen, reply = asyncio.run(root_entry(service.at, Vantage(patience=SOON)))
    assert seen.reason == "service-reply"
    assert reply is not None
    return dict(seen.detail), service.requests


def test_the_root_entry_tells_contexts_mechanisms_and_starttls() -> None:
    found, requests = detail(BOUND, ROOT)

    assert found == {
        "service": "ldap",
        "anonymous": "allowed",
        "readable": True,
        "product": "OpenLDAP",
        "naming_contexts": ["o=emr"],
        "mechanisms": ["GSSAPI", "DIGEST-MD5"],
        "starttls": True,
        "code": 0,
        "text": "",
    }
    assert requests == [ldap.BIND, ldap.SEARCH, ldap.UNBIND]


def test_the_bind_is_anonymous_to_the_byte() -> None:
    assert ldap.BIND.hex() == "300c020101600702010304008000"


def test_active_directory_writes_long_lengths() -> None:
    found, _ = detail(result(0x61, 1, long=True), ACTIVE_DIRECTORY)

    assert (found["product"], found["starttls"]) == ("Active Directory", False)
    assert found["naming_contexts"] == ["DC=corp,DC=example", "CN=Configuration,DC=corp,DC=example"]


@pytest.mark.parametrize(
    ("bound", "anonymous"),
    [
        (NO_NAMELESS, "refused"),
        (WANTS_TLS, "wants-tls"),
        (result(0x61, 1, 51, "busy"), "unavailable"),
        (result(0x61, 1, 53), "refused"),
    ],
)
def test_a_refused_bind_is_told_and_the_root_entry_read_all_the_same(bound: bytes, anonymous: str) -> None:
    found, _ = detail(bound, ROOT)

    assert (found["anonymous"], found["readable"], found["naming_contexts"]) == (anonymous, True, ["o=emr"])
    assert found["code"] != 0


@pytest.mark.parametrize(
    ("search", "text"),
    [
        (result(0x65, 2, 50, "insufficient access"), "insufficient access"),
        (DONE, ""),
        (entry({}) + DONE, ""),
        (b"", ""),
        (b"garbage", ""),
    ],
)
def test_a_root_entry_that_is_hidden_leaves_contexts_unknown(search: bytes, text: str) -> None:
    found, _ = detail(BOUND, search)

    assert (found["readable"], found["starttls"], found["product"], found["text"]) == (False, None, None, text)


def test_an_entry_that_comes_in_pieces_is_read_whole() -> None:
    class Slowly(SpeakingService):
        def on_stream(self, connection):  # type: ignore[no-untyped-def]
            self._request(connection)
            connection.sendall(BOUND)
            self._request(connection)
            for start in range(0, len(ROOT), 7):
                connection.sendall(ROOT[start : start + 7])
                self.stopping.wait(0.001)
            self._request(connection)

    with Slowly() as service:
        seen, _ = asyncio.run(root_entry(service.at, Vantage(patience=5)))

    assert seen.detail["naming_contexts"] == ["o=emr"]


def test_a_certificate_stands_beside_the_answer_inside_tls(tmp_path: Path) -> None:
    pem = a_file(tmp_path / "pem", "other.example")
    with SpeakingService(BOUND, ROOT, first=False, pem=pem) as service:
        seen, _ = asyncio.run(root_entry(service.at, Vantage(patience=5), secure=True))

    tls = seen.detail["tls"]
    assert isinstance(tls, dict)
    assert (seen.reason, tls["faults"]) == ("service-reply", ["made for other.example, not for 127.0.0.1"])


def test_a_plain_server_asked_inside_tls_is_asked_nothing() -> None:
    with FakeService(BOUND) as service:
        seen, reply = asyncio.run(root_entry(service.at, Vantage(patience=2), secure=True))

    assert (seen.reason, reply, seen.detail["ended"]) == ("syn-ack", None, "tls-failed")


def test_starttls_ends_in_tls_with_a_certificate(tmp_path: Path) -> None:
    pem = a_file(tmp_path / "pem", "127.0.0.1")
    with SpeakingService(UPGRADED, first=False, pem=pem, upgrade=1) as service:
        seen = asyncio.run(start_tls(service.at, Vantage(patience=5)))

    tls = seen.detail["tls"]
    assert isinstance(tls, dict)
    assert (seen.detail["starttls"], tls["faults"]) == ("done", [])
    assert service.requests == [ldap.UPGRADE, ldap.UNBIND]


@pytest.mark.parametrize(
    ("replies", "starttls", "text"),
    [
        ((NO_UPGRADE,), "refused", "unsupported extended operation"),
        ((UPGRADED,), "failed", "silent"),
        ((UPGRADED, b"\x15\x03\x01\0\x02\x02\x28"), "failed", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
    ],
)
def test_starttls_that_comes_to_nothing_says_why(replies: tuple[bytes, ...], starttls: str, text: str) -> None:
    with SpeakingService(*replies, first=False) as service:
        seen = asyncio.run(start_tls(service.at, Vantage(patience=SOON)))

    assert (seen.reason, seen.detail["starttls"], seen.detail["text"]) == ("service-reply", starttls, text)


@pytest.mark.parametrize(
    ("said", "protocol"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "http"),
        (b"SSH-2.0-x\r\n", "ssh"),
        (b"0\x80\0\0", "unknown"),
        (b"0\x84\x7f\xff\xff\xff\x02", "unknown"),
        (b"", None),
        (b"0\x05\x02\x01\x01\x61\x00", "ldap"),
        (b"0\x0c\x02\x01\x01\x64\x07", "unknown"),
    ],
)
def test_what_is_no_ldap_is_named_by_its_first_bytes(said: bytes, protocol: str | None) -> None:
    with FakeService(said) as service:
        seen, reply = asyncio.run(root_entry(service.at, Vantage(patience=2)))
        upgrade = asyncio.run(start_tls(service.at, Vantage(patience=2)))

    assert (seen.reason, reply, seen.detail.get("protocol")) == ("syn-ack", None, protocol)
    assert upgrade.reason == "syn-ack"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_raise_anything_else_than_ldap_errors(bound: bytes, found: bytes) -> None:
    for first in (bound, BOUND):
        with contextlib.suppress(LdapError):
            decode(first, found)
        ldap.is_whole(first + found)
