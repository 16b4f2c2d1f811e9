"""What does a real OpenLDAP answer, with and without TLS, open and closed to clients without a
name?"""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest

from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.questions import Question
from probes.questions.question import Kind
from probes.questions.register import ask
from probes.vantage import Vantage
from tests.lab.stopped import stopped
from tests.lab.support_services.slapd import SUFFIX, Ldap, running
from tests.support.certificates import a_file

pytestmark = pytest.mark.needs("slapd", "setpriv")

PATIENCE = Vantage(patience=5)


def asked(kind: Kind, port: int, *, secure: bool = False, vantage: Vantage = PATIENCE) -> Observation:
    options = {"secure": True} if secure else {}
    return asyncio.run(ask(Question(kind, Endpoint("localhost", port, "tcp", "127.0.0.1"), options), vantage))


def ended(server: Ldap) -> str:
    """Return the log once each connection in it is closed, so that nothing is under way."""
    deadline = time.monotonic() + 60
    text = ""
    while time.monotonic() < deadline:
        text = server.log.read_text()
        if len(re.findall(r"ACCEPT from", text)) == len(re.findall(r"conn=\d+ fd=\d+ closed", text)):
            break
        time.sleep(0.05)
    return text


def test_the_root_entry_comes_with_contexts_and_mechanisms_and_the_end_is_orderly(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        seen = asked("ldap", server.plain)
        log = ended(server)

    assert (seen.reason, seen.detail["anonymous"], seen.detail["product"]) == ("service-reply", "allowed", "OpenLDAP")
    assert seen.detail["naming_contexts"] == [SUFFIX]
    assert "GSSAPI" in str(seen.detail["mechanisms"])
    assert seen.detail["starttls"] is False
    assert re.search(r'BIND dn="" method=128', log)
    assert log.count("UNBIND") == 1


@pytest.mark.parametrize(
    ("setting", "anonymous", "readable", "code"),
    [
        ("disallow bind_anon", "refused", True, 48),
        ("require authc", "allowed", False, 53),
        ("security tls=1", "wants-tls", False, 13),
    ],
)
def test_a_server_that_is_closed_to_clients_without_a_name(
    setting: str, anonymous: str, readable: bool, code: int, tmp_path: Path
) -> None:
    with running(tmp_path, setting) as server:
        detail = asked("ldap", server.plain).detail

    assert (detail["anonymous"], detail["readable"], detail["code"]) == (anonymous, readable, code)


def test_starttls_and_the_tls_port_show_the_certificate(tmp_path: Path) -> None:
    (tmp_path / "slapd").mkdir()
    with running(tmp_path / "slapd", pem=a_file(tmp_path / "pem", "localhost")) as server:
        plain = asked("ldap", server.plain)
        upgraded = asked("ldap-starttls", server.plain)
        secure = asked("ldap", server.secure, secure=True)
        handshake = asked("tls", server.secure)
        log = ended(server)

    assert plain.detail["starttls"] is True
    assert upgraded.detail["starttls"] == "done"
    for detail in (upgraded.detail, secure.detail, handshake.detail):
        tls = detail["tls"]
        assert isinstance(tls, dict)
        assert (tls["subject"], tls["faults"]) == ("CN=master-1-1", [])
    assert secure.detail["naming_contexts"] == [SUFFIX]
    assert "TLS established" in log


def test_starttls_is_refused_by_a_server_without_a_certificate(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        seen = asked("ldap-starttls", server.plain)

    assert (seen.reason, seen.detail["starttls"]) == ("service-reply", "refused")


def test_a_frozen_server_is_silent(tmp_path: Path) -> None:
    with running(tmp_path) as server, stopped(server.pid):
        seen = asked("ldap", server.plain, vantage=Vantage(patience=0.5))

    assert (seen.state, seen.reason, seen.detail["ended"]) == ("open", "syn-ack", "silent")


def test_a_question_of_another_protocol_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        kinds: tuple[Kind, ...] = ("hadoop-rpc", "zookeeper", "mysql", "ssh", "tls")
        seen = [asked(kind, server.plain, vantage=Vantage(patience=0.5)) for kind in kinds]

    assert {one.reason for one in seen} == {"syn-ack"}
