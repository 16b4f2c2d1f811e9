"""`probe`: what do web servers of a cluster, Impala, Kyuubi and HBase tell, in words?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.probing.web import FACTS, TITLES
from probes.services.hbase import QUESTION_SIMPLE
from probes.services.http import decode
from probes.services.web_services import WEB_SERVICES
from tests.support.certificates import a_file
from tests.support.fake_service import FakeService, TlsService
from tests.support.patience import SOON
from tests.support.service_replies import (
    KERBEROS_WEB,
    KYUUBI_CALL,
    KYUUBI_LOGIN,
    NO_HBASE_SECURITY,
    PRESTO_LOGIN,
    PSEUDO,
    STANDBY_REDIRECT,
    WEB,
    a_coordinator,
    a_namenode,
    a_remote_exception,
    a_resourcemanager,
    an_exception,
    an_hbase_refusal,
    an_impala_result,
    of_kyuubi,
    sasl,
    web,
)

Said = bytes | Callable[[bytes], bytes | None] | None


def told(scheme: str, said: Said) -> tuple[Any, dict[str, str]]:
    """Return the report of one target, and its lines by name."""
    with FakeService(said) as service:
        arguments = ["probe", f"{scheme}://127.0.0.1:{service.port}", "--patience", str(SOON), "--format", "json"]
        result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (0, 1), result.output
    (one,) = json.loads(result.stdout)
    return one, {line["what"]: line["answer"] for line in one["told"]}


def an_impala(request: bytes) -> bytes:
    """Close what is no Thrift call, as a server without SASL does."""
    if not request.startswith(b"\x80\x01"):
        return b""
    return an_impala_result() if b"PingImpalaHS2Service" in request else an_exception()


def a_hive(request: bytes) -> bytes:
    return an_exception() if request.startswith(b"\x80\x01") else b""


@pytest.mark.parametrize(
    ("scheme", "said", "learnt"),
    [
        ("namenode", a_namenode(), {"it is": "NameNode", "state": "active", "cluster security": "kerberos"}),
        ("namenode", a_namenode("standby"), {"state": "standby"}),
        ("webhdfs", WEB["webhdfs"][0], {"it is": "WebHDFS", "demands": "no login for this page"}),
        ("datanode-web", WEB["datanode-web"][0], {"it is": "DataNode", "demands": "no login for this page"}),
        ("resourcemanager", a_resourcemanager(), {"it is": "ResourceManager 3.2.1", "state": "active"}),
        ("resourcemanager", STANDBY_REDIRECT, {"the active one": "http://master-1-2:8088/ws/v1/cluster/info"}),
        ("jobhistory", WEB["jobhistory"][0], {"it is": "JobHistory Server 3.2.1"}),
        ("timeline", WEB["timeline"][0], {"it is": "Timeline Server 3.3.5", "transport": "HTTP"}),
        ("spark-history", WEB["spark-history"][0], {"it is": "Spark (history server or a driver) 3.3.1"}),
        ("presto", a_coordinator("0.228"), {"engine": "Presto", "role": "coordinator"}),
        ("trino", a_coordinator("389"), {"engine": "Trino", "it is": "Presto / Trino 389"}),
        ("presto", PRESTO_LOGIN, {"it is": "Presto / Trino", "demands": "a user name and password"}),
        ("kms", PSEUDO, {"it is": "KMS", "demands": "a user name, which nobody checks (SIMPLE)"}),
        ("hbase-web", WEB["hbase-web"][1], {"state": "standby", "role": "master"}),
        ("hbase", NO_HBASE_SECURITY, {"it is": "HBase RPC", "demands": "no login (SIMPLE)"}),
        ("hbase", lambda asked: an_hbase_refusal() if asked == QUESTION_SIMPLE else None, {"demands": "Kerberos"}),
        ("impala", an_impala, {"it is": "Impala", "transport": "Thrift without SASL"}),
        ("impala", a_hive, {"it is": "no Impala"}),
        ("impala", lambda request: an_exception("Oops") if request[:1] == b"\x80" else b"", {"it is": "not told"}),
        ("impala", sasl(3, "Unsupported mechanism type X"), {"it is": "not told", "transport": "SASL"}),
        ("kyuubi", a_hive, {"it is": "not told", "transport": "Thrift without SASL"}),
        ("kyuubi", of_kyuubi(KYUUBI_LOGIN), {"it is": "Kyuubi", "demands": "a user name and password"}),
        ("hive", of_kyuubi(KYUUBI_CALL), {"it is": "Kyuubi", "demands": "no login"}),
        ("spark-thrift", sasl(3, "Unsupported mechanism type X"), {"it is": "not told", "transport": "SASL"}),
    ],
)
def test_a_service_that_works_tells_what_it_is(scheme: str, said: Said, learnt: dict[str, str]) -> None:
    one, lines = told(scheme, said)

    assert (one["works"], one["verdict"]) == (True, "the service answered")
    assert learnt.items() <= lines.items()


def test_a_server_that_wants_kerberos_is_not_called_the_service() -> None:
    one, lines = told("namenode", KERBEROS_WEB)

    assert one["verdict"] == "a server answered that wants a login before it says what it is"
    assert {"it is": "a server with Kerberos", "demands": "Kerberos (SPNEGO)"}.items() <= lines.items()


@pytest.mark.parametrize(
    ("scheme", "said", "state"),
    [
        ("namenode", a_namenode(fs="safeMode"), "active"),
        ("namenode", a_namenode("initializing"), "initializing"),
        ("webhdfs", a_remote_exception("RetriableException", "Namenode is in startup mode"), "starting"),
        ("presto", a_coordinator(starting=True), "starting"),
        ("presto", a_coordinator(coordinator=False), "started"),
        ("resourcemanager", a_resourcemanager("STOPPED", "STOPPED"), "stopped"),
    ],
)
def test_a_service_that_serves_no_client_does_not_work(scheme: str, said: bytes, state: str) -> None:
    one, lines = told(scheme, said)

    assert (one["works"], one["verdict"]) == (False, "the service answered, and serves no client now")
    assert lines["state"] == state


@pytest.mark.parametrize(
    ("scheme", "said", "seems"),
    [
        ("timeline", web("404 Not Found", b""), "a web server that does not answer as Timeline Server"),
        ("presto", a_namenode(), "a web server that does not answer as Presto / Trino"),
        ("kms", b"SSH-2.0-OpenSSH_9.2p1\r\n", "this looks like an SSH server"),
        ("hbase", web("400 Bad Request", b""), "this looks like an HTTP server"),
        ("impala", b"HTTP/1.1 404 Not Found\r\n\r\n", "this looks like an HTTP server"),
        ("jobhistory", None, "it accepts the connection and never sends a byte"),
    ],
)
def test_what_stands_in_the_place_of_a_service_is_named(scheme: str, said: Said, seems: str) -> None:
    one, lines = told(scheme, said)

    assert one["works"] is False
    assert lines["instead"].startswith(seems)


def test_where_another_web_server_sends_its_clients_is_told() -> None:
    _, lines = told("kms", web("302 Found", b"", "Location: https://kms:9600/", "Server: nginx"))

    assert (lines["answer"], lines["sends to"], lines["server"]) == ("HTTP 302 Found", "https://kms:9600/", "nginx")


def test_a_service_inside_tls_is_told_with_its_certificate(tmp_path: Path) -> None:
    with TlsService(WEB["timeline"][0], a_file(tmp_path / "pem", "127.0.0.1")) as service:
        target = f"timeline://127.0.0.1:{service.port}"
        result = CliRunner().invoke(main, ["probe", target, "--patience", "5", "--format", "json"])
    (one,) = json.loads(result.stdout)
    lines = {line["what"]: line["answer"] for line in one["told"]}

    assert (one["works"], lines["transport"]) == (True, "HTTPS")
    assert lines["certificate"].startswith("CN=master-1-1, until ")


def test_every_fact_and_every_service_has_a_name_for_people() -> None:
    answers = [(name, answer) for name, many in WEB.items() for answer in many]
    facts = {key for name, answer in answers for key in WEB_SERVICES[name].read(decode(answer, 65536)).facts}

    assert TITLES.keys() == WEB_SERVICES.keys()
    assert facts <= FACTS.keys()
