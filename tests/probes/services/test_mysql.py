"""What does probes.services.mysql send and read? tests/lab/services asks a real MariaDB."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.services import mysql
from probes.services.mysql import MysqlError, decode_greeting, decode_login, greet, login_packet
from probes.vantage import Vantage
from tests.support.fake_service import FakeService, SpeakingService
from tests.support.mysql_packets import BLOCKED, DENIED, FULL, OK, REFUSED, SWITCH, error, greeting
from tests.support.patience import SOON

AT_ONCE = Vantage(patience=2)


def detail(*replies: bytes) -> tuple[dict[str, object], list[bytes]]:
    with SpeakingService(*replies) as service:
        seen, reply = asyncio.run(greet(service.at, AT_ONCE))
    assert (seen.state, seen.reason) == ("open", "service-reply")
    assert reply is not None
    return dict(seen.detail), service.requests


@pytest.mark.parametrize(
    ("said", "product", "version", "tls"),
    [
        (greeting(), "MariaDB", "10.11.6-MariaDB", False),
        (greeting("11.4.2-MariaDB-log", tls=True), "MariaDB", "11.4.2-MariaDB-log", True),
        (greeting("8.0.36", tls=True, plugin="caching_sha2_password"), "MySQL", "8.0.36", True),
        (greeting("5.5.5-log"), "MySQL", "5.5.5-log", False),
    ],
)
def test_a_greeting_names_product_version_and_tls(said: bytes, product: str, version: str, tls: bool) -> None:
    found, _ = detail(said, DENIED)

    assert (found["product"], found["version"], found["tls"], found["login"]) == (product, version, tls, "denied")
    assert found["plugin"] in ("mysql_native_password", "caching_sha2_password")


def test_a_greeting_is_answered_by_a_login_that_names_this_program_and_no_password() -> None:
    """Given a server that counts interrupted handshakes, then none is left behind."""
    _, requests = detail(greeting(), DENIED)

    assert requests == [login_packet()]
    assert b"emr-diagnose\0\0mysql_native_password\0" in requests[0]


def test_a_server_that_wants_another_plugin_gets_an_empty_password() -> None:
    found, requests = detail(greeting(), SWITCH, error(1045, "Access denied", number=4, state="28000"))

    assert (found["login"], found["error"], found["text"]) == ("denied", 1045, "Access denied")
    assert requests[1:] == [b"\0\0\0\x03"]


def test_an_account_without_a_name_is_told_and_left_at_once() -> None:
    found, requests = detail(greeting(), OK, b"")

    assert found["login"] == "open"
    assert requests == [login_packet(), mysql.QUIT]


@pytest.mark.parametrize(
    ("said", "admits", "code"),
    [
        (REFUSED, "not-this-host", 1130),
        (BLOCKED, "blocked-host", 1129),
        (FULL, "too-many", 1040),
        (error(1152, "Aborted connection"), "no", 1152),
    ],
)
def test_a_server_that_does_not_admit_this_host_says_why_and_gets_no_login(said: bytes, admits: str, code: int) -> None:
    found, requests = detail(said)

    assert (found["admits"], found["error"], found["login"]) == (admits, code, None)
    assert "#" not in str(found["text"])
    assert requests == []


@pytest.mark.parametrize(
    ("said", "login"),
    [
        (error(3159, "Connections using insecure transport are prohibited", number=2, state="HY000"), "wants-tls"),
        (error(1251, "Client does not support authentication protocol", number=2), "unknown"),
        (b"\x01\0\0\x02\x01", "unknown"),
        (b"", "unknown"),
        (b"\xff\xff\xff\x02x", "unknown"),
    ],
)
def test_an_odd_answer_to_the_login_leaves_the_greeting_as_it_is(said: bytes, login: str) -> None:
    with SpeakingService(greeting(), said) as service:
        seen, _ = asyncio.run(greet(service.at, Vantage(patience=SOON)))

    assert (seen.reason, seen.detail["login"]) == ("service-reply", login)


@pytest.mark.parametrize(
    ("said", "protocol"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
        (b"220 mail ESMTP\r\n", "smtp-or-ftp"),
        (b"", None),
        (b"\x05\0\0\0\x09xyz\0", "unknown"),
        (greeting().replace(b"5.5.5-10", b"\x1b[2J\xff10", 1), "mysql"),
        (b"\x02\0\0\0\xff\x6a", "mysql"),
    ],
)
def test_what_is_no_mysql_is_named_by_its_first_bytes(said: bytes, protocol: str | None) -> None:
    with SpeakingService(said) as service:
        seen, reply = asyncio.run(greet(service.at, Vantage(patience=SOON)))

    assert (seen.reason, reply, seen.detail.get("protocol")) == ("syn-ack", None, protocol)
    assert service.requests == []


def test_a_server_that_waits_for_the_client_is_silent() -> None:
    with FakeService() as service:
        seen, _ = asyncio.run(greet(service.at, Vantage(patience=SOON)))

    assert (seen.reason, seen.detail["ended"]) == ("syn-ack", "silent")


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else_than_mysql_errors(data: bytes) -> None:
    for read in (decode_greeting, decode_login):
        with contextlib.suppress(MysqlError):
            read(data)
        with contextlib.suppress(MysqlError):
            read(mysql.packet(0, b"\x0a" + data))
