"""Is a password or token that a live peer writes masked in every output of `probe`?"""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.fake_service import FakeService
from tests.support.service_replies import an_exception

CANARY = "hunter2canary9"

HEADERS = (
    f"Server: httpd token={CANARY}",
    f"Server: httpd (password: {CANARY})",
    f"Location: http://admin:{CANARY}@elsewhere.example/login",
    f"Location: http://elsewhere.example/login?delegation_token={CANARY}",
    f"WWW-Authenticate: Bearer {CANARY}",
    f"WWW-Authenticate: Negotiate {CANARY}",
    f"Set-Cookie: token={CANARY}",
)


@pytest.mark.parametrize("form", ["json", "terminal"])
@pytest.mark.parametrize("status", ["200 OK", f"302 Found token={CANARY}", "401 Unauthorized"])
@pytest.mark.parametrize("scheme", ["http", "hadoop", "hive", "tcp", "zookeeper"])
def test_no_output_has_a_secret_of_an_http_peer(scheme: str, status: str, form: str) -> None:
    head = "\r\n".join(HEADERS)
    body = f"<title>password: {CANARY}</title>"
    reply = f"HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    _asked(scheme, reply.encode(), form)


@pytest.mark.parametrize("form", ["json", "terminal"])
@pytest.mark.parametrize("scheme", ["hadoop", "hive", "tcp", "http", "zookeeper"])
@pytest.mark.parametrize("banner", [f"SSH-2.0-x password={CANARY}\r\n", f"220 mail secret: {CANARY} ESMTP\r\n"])
def test_no_output_has_a_secret_of_a_banner(scheme: str, banner: str, form: str) -> None:
    _asked(scheme, banner.encode(), form)


@pytest.mark.parametrize("form", ["json", "terminal"])
def test_no_output_has_a_secret_of_an_error(form: str) -> None:
    reply = an_exception().replace(b"Invalid method name", b"Invalid pwd=" + CANARY.encode())
    _asked("metastore", reply, form)


def _asked(scheme: str, reply: bytes, form: str) -> None:
    with FakeService(reply) as service:
        target = f"{scheme}://127.0.0.1:{service.port}"
        result = CliRunner().invoke(main, ["probe", target, "--patience", "0.3", "--format", form])

    assert result.exit_code in (0, 1, 3), result.output
    assert CANARY not in result.output
