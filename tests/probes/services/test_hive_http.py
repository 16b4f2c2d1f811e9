"""What does probes.services.hive_http send, and which answers are HiveServer2's?"""

from __future__ import annotations

import asyncio

import pytest

from probes.observation import Observation
from probes.services.hive_http import ask
from probes.vantage import Vantage
from tests.support.fake_service import FakeService
from tests.support.patience import SOON
from tests.support.service_replies import (
    HIVE_HTTP,
    IPC,
    KYUUBI_CALL,
    KYUUBI_LOGIN,
    PROXY,
    SPNEGO,
    of_kyuubi,
    web,
)


def asked(service: FakeService, path: str = "/cliservice") -> tuple[Observation, str | None]:
    with service:
        return asyncio.run(ask(service.at, Vantage(patience=SOON), path=path))


def test_the_question_is_an_empty_post() -> None:
    service = FakeService(HIVE_HTTP)
    asked(service, "/else")

    assert service.requests[0].startswith(b"POST /else HTTP/1.1\r\n")
    assert b"Content-Length: 0\r\n" in service.requests[0]


@pytest.mark.parametrize(
    ("answer", "wants"),
    [
        (HIVE_HTTP, "kerberos"),
        (SPNEGO, None),
        (web("401 No", b"Authorization header received from the client is empty."), "password"),
        (web("200 OK", b"", "Content-Type: application/x-thrift"), "none"),
        (web("401 No", b"", "WWW-Authenticate: Basic realm=x"), None),
        (web("404 Not Found", b""), None),
        (of_kyuubi(KYUUBI_LOGIN), "password"),
        (of_kyuubi(KYUUBI_CALL), "none"),
        (of_kyuubi("java.lang.OutOfMemoryError"), None),
        # A page of another server
        (web("500 Server Error", f"<html>{KYUUBI_LOGIN}</html>".encode()), None),
        (web("404 Not Found", b"org.apache.kyuubi.server.http.ThriftHttpServlet " + KYUUBI_CALL.encode()), None),
    ],
)
def test_the_login_is_read_from_the_answer(answer: bytes, wants: str | None) -> None:
    seen, found = asked(FakeService(answer))

    assert found == wants
    assert seen.reason == ("syn-ack" if wants is None else "service-reply")
    assert seen.detail.get("demands") == wants


@pytest.mark.parametrize("error", [KYUUBI_LOGIN, KYUUBI_CALL])
def test_kyuubi_is_known_by_its_class(error: str) -> None:
    assert asked(FakeService(of_kyuubi(error)))[0].detail["kyuubi"] is True
    assert "kyuubi" not in asked(FakeService(HIVE_HTTP))[0].detail


def test_a_server_with_kerberos_that_does_not_say_who_it_is_may_be_another_one() -> None:
    seen, wants = asked(FakeService(PROXY))

    assert (seen.reason, wants) == ("service-reply", None)
    assert (seen.detail["demands"], seen.detail["identified"]) == ("kerberos", False)


def test_another_web_server_is_http_and_not_hive() -> None:
    seen, _ = asked(FakeService(web("404 Not Found", b"")))

    assert (seen.detail["protocol"], seen.detail["status"]) == ("http", 404)


@pytest.mark.parametrize(("answer", "protocol"), [(IPC, "hadoop-rpc"), (b"SSH-2.0-x\r\n", "ssh")])
def test_what_is_no_web_server(answer: bytes, protocol: str) -> None:
    seen, wants = asked(FakeService(answer))

    assert (seen.reason, seen.detail["protocol"], wants) == ("syn-ack", protocol, None)
