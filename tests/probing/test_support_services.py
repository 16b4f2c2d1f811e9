"""`probe` of MySQL, LDAP, TLS and SSH: what is learnt, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.certificates import a_file
from tests.support.fake_service import FakeService, SpeakingService
from tests.support.ldap_messages import ACTIVE_DIRECTORY, BOUND, DONE, NO_NAMELESS, NO_UPGRADE, ROOT, UPGRADED, result
from tests.support.mysql_packets import BLOCKED, DENIED, FULL, OK, REFUSED, error, greeting
from tests.support.patience import SOON
from tests.support.zookeeper_replies import CLOSED, EXISTS, SESSION, SRVR, WANTS_SASL

OPENSSH = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"


def probed(scheme: str, service: FakeService, query: str = "") -> dict[str, Any]:
    target = f"{scheme}://127.0.0.1:{service.port}{query}"
    done = CliRunner().invoke(main, ["probe", target, "--patience", str(SOON), "--format", "json"])
    assert done.exit_code in (0, 1), done.output
    (answer,) = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def lines(answer: Mapping[str, Any]) -> dict[str, str]:
    return {line["what"]: line["answer"] for line in answer["told"]}


@pytest.mark.parametrize(
    ("scheme", "replies", "first", "learnt"),
    [
        (
            "mysql",
            (greeting(), DENIED),
            True,
            {"version": "MariaDB 10.11.6-MariaDB", "TLS": "not offered", "demands": "a user and a password"},
        ),
        (
            "mysql",
            (greeting("8.0.36", tls=True), OK),
            True,
            {"TLS": "offered", "demands": "nothing: an account without a name lets everybody in"},
        ),
        (
            "mysql",
            (greeting(tls=True), error(3159, "insecure transport", number=2, state="HY000")),
            True,
            {"demands": "TLS before any login"},
        ),
        (
            "ldap",
            (BOUND, ROOT),
            False,
            {
                "a client without a name": "accepted",
                "server": "OpenLDAP",
                "naming contexts": "o=emr",
                "SASL mechanisms": "GSSAPI, DIGEST-MD5",
            },
        ),
        ("ldap", (BOUND, ACTIVE_DIRECTORY), False, {"server": "Active Directory", "StartTLS": "not offered"}),
        (
            "ldap",
            (NO_NAMELESS, DONE),
            False,
            {"a client without a name": "not accepted", "naming contexts": "not told"},
        ),
        ("ssh", (OPENSSH,), True, {"server": "OpenSSH_9.2p1", "SSH": "2.0"}),
    ],
    ids=["mariadb", "open to all", "wants TLS", "openldap", "active directory", "closed to all", "ssh"],
)
def test_a_server_that_works_tells_what_it_demands(
    scheme: str, replies: tuple[bytes, ...], first: bool, learnt: dict[str, str]
) -> None:
    with SpeakingService(*replies, first=first) as service:
        answer = probed(scheme, service)

    assert (answer["works"], answer["verdict"]) == (True, "the service answered")
    assert learnt.items() <= lines(answer).items()


@pytest.mark.parametrize(
    ("scheme", "reply", "first", "what", "says"),
    [
        ("mysql", REFUSED, True, "turns away", "this host: no account of it may log in from here"),
        ("mysql", BLOCKED, True, "turns away", "until FLUSH HOSTS is run there"),
        ("mysql", FULL, True, "turns away", "everybody: all its connections are in use"),
        ("ldap", result(0x61, 1, 51, "busy"), False, "a client without a name", "it serves nobody now"),
    ],
)
def test_a_server_that_serves_nobody_does_not_work(
    scheme: str, reply: bytes, first: bool, what: str, says: str
) -> None:
    with SpeakingService(reply, first=first) as service:
        answer = probed(scheme, service)

    assert (answer["works"], answer["observation"]["reason"]) == (False, "syn-ack")
    assert says in lines(answer)[what]


@pytest.mark.parametrize(
    ("scheme", "said", "seems"),
    [
        ("mysql", OPENSSH, "an SSH server"),
        ("ssh", greeting(), "a MySQL server"),
        ("ssh", REFUSED, "a MySQL server"),
        ("hadoop", greeting(), "a MySQL server"),
        ("http", BOUND, "an LDAP server"),
        ("ldap", OPENSSH, "an SSH server"),
        ("ldap", b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server"),
        ("ldaps", b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server"),
        ("tls", b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server"),
        ("tls", greeting(), "a MySQL server"),
    ],
)
def test_what_stands_in_the_place_of_a_server_is_named_by_its_first_bytes(scheme: str, said: bytes, seems: str) -> None:
    with SpeakingService(said) as service:
        answer = probed(scheme, service)

    assert answer["works"] is False
    assert seems in lines(answer)["instead"]


def test_starttls_is_tried_and_its_certificate_told(tmp_path: Path) -> None:
    class Twice(SpeakingService):
        def on_stream(self, connection: Any) -> None:
            self.replies, self.upgrade = ((BOUND, ROOT), 9) if len(self.connections) == 1 else ((UPGRADED,), 1)
            super().on_stream(connection)

    with Twice(first=False, pem=a_file(tmp_path / "pem", "other.example")) as service:
        found = lines(probed("ldap", service))

    assert found["StartTLS"] == "works"
    assert found["clients refuse it"] == "made for other.example, not for 127.0.0.1"


def test_starttls_that_a_hidden_root_entry_does_not_rule_out_is_tried() -> None:
    class Hidden(SpeakingService):
        def on_stream(self, connection: Any) -> None:
            self.replies = (NO_NAMELESS, DONE) if len(self.connections) == 1 else (NO_UPGRADE,)
            super().on_stream(connection)

    with Hidden(first=False) as service:
        found = lines(probed("ldap", service))

    assert found["StartTLS"] == "not offered"


def test_tls_tells_its_chain_and_the_issuer_that_clients_need(tmp_path: Path) -> None:
    with SpeakingService(b"", pem=a_file(tmp_path / "pem", "127.0.0.1")) as service:
        answer = probed("tls", service)

    found = lines(answer)
    assert answer["works"] is True
    assert (found["TLS version"], found["made for"]) == ("TLSv1.3", "127.0.0.1")
    assert found["trust store needs"] == "CN=master-1-1"
    assert "clients refuse it" not in found


def test_a_server_that_ends_the_handshake_of_tls_speaks_it() -> None:
    with FakeService(b"\x15\x03\x03\x00\x02\x02\x28") as service:
        answer = probed("tls", service)

    assert answer["works"] is False
    assert lines(answer)["turns away"].startswith("it speaks TLS and ends the handshake")


def test_ldaps_tells_the_certificate_beside_the_root_entry(tmp_path: Path) -> None:
    with SpeakingService(BOUND, ROOT, first=False, pem=a_file(tmp_path / "pem", "127.0.0.1")) as service:
        answer = probed("ldaps", service)

    assert answer["works"] is True
    assert {"naming contexts", "certificate"} <= set(lines(answer))
    assert "StartTLS" not in lines(answer)


@pytest.mark.parametrize(
    ("answer", "line"),
    [(EXISTS, "gets an answer"), (WANTS_SASL, "is turned away: it must log in with SASL first")],
)
def test_zookeeper_is_asked_for_a_session_only_if_the_user_says_so(answer: bytes, line: str) -> None:
    class ZooKeeper(SpeakingService):
        def on_stream(self, connection: Any) -> None:
            request = connection.recv(4096)
            self.requests.append(request)
            if request == b"srvr":
                connection.sendall(SRVR)
                return
            for reply in (SESSION, answer, CLOSED):
                connection.sendall(reply)
                if not self._request(connection):
                    return

    with ZooKeeper() as service:
        without = lines(probed("zookeeper", service))
        assert service.requests == [b"srvr"]
        found = lines(probed("zookeeper", service, "?session=yes"))

    assert "a client without a login" not in without
    assert (found["version"], found["a client without a login"]) == ("3.8.4-abc", line)


def test_a_session_of_zookeeper_is_a_yes_or_none() -> None:
    assert CliRunner().invoke(main, ["probe", "zookeeper://h?session=no"]).exit_code == 2
