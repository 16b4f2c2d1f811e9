"""Does `check` notice that another service answers on the port of the one that is meant?"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from diagnose.decisions.model import Model
from diagnose.findings import conclude
from diagnose.flows.model import Flow, FlowPlan
from diagnose.live.follow_up import ask_further
from diagnose.live.observe import LiveSettings, observe
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.outcome import outcomes
from diagnose.scene.scene import Scene
from probes.vantage import Vantage
from tests.support.factories import a_configuration, a_flow, an_endpoint
from tests.support.patience import SOON
from tests.support.scenes import the_case, the_source
from tests.support.service_replies import (
    HIVE_HTTP,
    IPC,
    KERBEROS_WEB,
    KYUUBI_CALL,
    KYUUBI_LOGIN,
    PRESTO_LOGIN,
    PROXY,
    SPNEGO,
    WEB,
    a_coordinator,
    a_refusal_of_shared_memory,
    of_kyuubi,
    web,
)


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def web_port() -> Iterator[int]:
    """Yield the port of an HTTP server on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def looked(component: str, port: int, **changes: object) -> Scene:
    """Return what a check of one flow sees."""
    flow: Flow = a_flow(component, endpoint=an_endpoint("127.0.0.1", port, address="127.0.0.1"))
    case = replace(the_case(nodes=()), **changes)  # type: ignore[arg-type]
    plan = FlowPlan((flow,))
    settings = LiveSettings(Vantage(patience=SOON))
    first = observe(plan.flows, settings).by_flow
    further = ask_further(scene_of(case, plan, CaseObservations(first)), settings).notes
    together = {key: (*further.get(key, ()), *many) for key, many in first.items()}
    return scene_of(case, plan, CaseObservations(together))


def found(component: str, port: int) -> list[tuple[str, str, str]]:
    """Return code, severity and confidence of what a check of one flow finds."""
    return [(each.code, each.severity, each.confidence) for each in conclude(looked(component, port)).findings]


@pytest.mark.parametrize(
    ("component", "code"),
    [
        ("namenode-rpc", "SVC-RPC-HTTP"),
        ("resourcemanager-client", "SVC-RPC-HTTP"),
        ("hive-metastore", "SVC-PORT"),
        ("hiveserver2", "SVC-HS2-MODE"),
    ],
)
def test_a_web_server_on_the_port_of_a_service_is_named(web_port: int, component: str, code: str) -> None:
    assert (code, "error", "strong") in found(component, web_port)


@pytest.mark.parametrize(
    ("component", "key"),
    [
        ("hiveserver2", "hive.server2.transport.mode"),
        ("hive-metastore", "hive.metastore.server.thrift.transport.mode"),
    ],
)
def test_a_server_that_the_files_have_in_http_mode_is_right(web_port: int, component: str, key: str) -> None:
    settings = {"hive-site.xml": a_configuration("hive-site.xml", {key: "http"})}
    place = looked(component, web_port, settings=settings)
    assert not {each.code for each in conclude(place).findings} & {"SVC-HS2-MODE", "SVC-PORT"}
    # Then its flow is not called blocked either
    assert place.outcomes[0].verdict != "blocked"


@pytest.mark.parametrize("component", ["namenode-http", "kyuubi", "kms", "presto-http"])
def test_a_service_that_may_speak_http_is_not_called_another(web_port: int, component: str) -> None:
    place = looked(component, web_port)
    assert not {each.code for each in conclude(place).findings} & {"SVC-RPC-HTTP", "SVC-PORT"}
    assert place.outcomes[0].verdict != "blocked"


def test_another_service_makes_the_flow_blocked(web_port: int) -> None:
    assert looked("namenode-rpc", web_port).outcomes[0].verdict == "blocked"


@pytest.fixture
def port_of() -> Iterator[Callable[[str], int]]:
    """Yield a function that starts a server on loopback and returns its port.

    Its manner is "mute" (accepts and never reads), "closes", or hex digits that it answers.
    """
    with ExitStack() as stack:

        def start(manner: str) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            if manner != "mute":
                threading.Thread(target=_serve, args=(listener, manner), daemon=True).start()
            port: int = listener.getsockname()[1]
            return port

        yield start


def _serve(listener: socket.socket, manner: str) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                if connection.recv(4096) and manner != "closes":
                    connection.sendall(bytes.fromhex(manner))


RPC_SUCCESS = "0000000e0a08dfffffff0f10001809021000"
TLS_ALERT = "15030300020250"
BAD_MECHANISM = b"\x03\x00\x00\x00\x1aUnsupported mechanism type".hex()


@pytest.mark.parametrize("component", ["kms", "timeline", "trino-http"])
def test_hadoop_rpc_on_the_port_of_a_web_service_is_named(port_of: Callable[[str], int], component: str) -> None:
    place = looked(component, port_of(IPC.hex()))
    (finding,) = [each for each in conclude(place).findings if each.code == "SVC-PORT"]
    assert (finding.severity, finding.confidence, finding.cause) == ("error", "strong", "other-protocol")
    assert "Hadoop RPC answers on the port of" in finding.title


INVALID_STATUS = b"\x04\x00\x00\x00\x11Invalid status 80".hex()


@pytest.mark.parametrize("component", ["hiveserver2-http", "spark-thrift-http", "kyuubi-http"])
def test_a_server_in_binary_mode_on_the_port_of_http_mode_is_named(
    port_of: Callable[[str], int], component: str
) -> None:
    place = looked(component, port_of(INVALID_STATUS))
    (finding,) = [each for each in conclude(place).findings if each.code == "SVC-HS2-MODE"]
    assert (finding.severity, finding.confidence, finding.cause) == ("error", "strong", "other-protocol")
    assert "binary Thrift answers on the port of" in finding.title
    assert "without ;transportMode=http" in finding.advice[0]


@pytest.mark.parametrize(
    ("component", "file"), [("spark-thrift", "spark-defaults.conf"), ("kyuubi", "kyuubi-defaults.conf")]
)
def test_a_web_server_on_the_port_of_a_server_whose_files_say_binary_is_named(
    web_port: int, component: str, file: str
) -> None:
    settings = {file: a_configuration(file, {"hive.server2.thrift.port": "10001"})}
    place = looked(component, web_port, settings=settings)
    (finding,) = [each for each in conclude(place).findings if each.code == "SVC-HS2-MODE"]
    assert (finding.severity, finding.confidence, finding.cause) == ("error", "strong", "other-protocol")
    assert "HiveServer2" not in f"{finding.title} {finding.sentence} {finding.advice[0]}"
    assert not [each for each in conclude(looked(component, web_port)).findings if each.code == "SVC-HS2-MODE"]


@pytest.mark.parametrize(
    ("component", "manner", "title"),
    [
        ("trino-http", TLS_ALERT, "TLS answers on the port of"),
        ("trino-https", web("400 Illegal character", b"").hex(), "HTTP without TLS answers on the port of"),
    ],
)
def test_https_on_the_port_for_http_is_named_and_the_other_way_round(
    port_of: Callable[[str], int], component: str, manner: str, title: str
) -> None:
    place = looked(component, port_of(manner))
    (finding,) = [each for each in conclude(place).findings if each.code == "SVC-PORT"]
    assert (finding.severity, finding.confidence, finding.cause) == ("error", "strong", "other-protocol")
    assert finding.title.startswith(title)
    assert place.outcomes[0].verdict == "blocked"


@pytest.mark.parametrize(
    ("component", "manner", "verdict"),
    [
        ("namenode-rpc", RPC_SUCCESS, "reachable"),
        ("hive-metastore", BAD_MECHANISM, "reachable"),
        ("hive-metastore", "mute", "blocked"),
        ("hive-metastore", "closes", "unknown"),
        ("namenode-rpc", "mute", "blocked"),
        ("namenode-rpc", "closes", "unknown"),
        ("namenode-rpc", "00ff00ff00ff", "unknown"),
        # No question is known for it
        ("nodemanager-web", "mute", "accepts"),
        ("datanode-transfer", "mute", "blocked"),
        ("datanode-transfer", "closes", "unknown"),
        ("datanode-transfer", a_refusal_of_shared_memory().hex(), "reachable"),
        ("hbase-master", "00000000ffffffa8", "reachable"),
        ("zookeeper", b"Zookeeper version: 3.8.4-1, built\nMode: leader\n".hex(), "reachable"),
        ("zookeeper", b"This ZooKeeper instance is not currently serving requests\n".hex(), "unknown"),
        ("timeline", WEB["timeline"][0].hex(), "reachable"),
        ("timeline", KERBEROS_WEB.hex(), "reachable"),
        ("timeline", web("404 Not Found", b"").hex(), "unknown"),
        ("trino-http", a_coordinator().hex(), "reachable"),
        ("trino-http", a_coordinator(starting=True).hex(), "unknown"),
        ("trino-http", KERBEROS_WEB.hex(), "unknown"),
        ("presto-http", PRESTO_LOGIN.hex(), "reachable"),
        ("kms", IPC.hex(), "blocked"),
        ("kyuubi", BAD_MECHANISM, "reachable"),
        ("kyuubi", HIVE_HTTP.hex(), "reachable"),
        ("kyuubi-http", of_kyuubi(KYUUBI_LOGIN).hex(), "reachable"),
        ("kyuubi-http", of_kyuubi(KYUUBI_CALL).hex(), "reachable"),
        ("kyuubi-http", of_kyuubi("java.lang.OutOfMemoryError").hex(), "unknown"),
        # The page of another server of Hadoop, and a proxy
        ("kyuubi", SPNEGO.hex(), "unknown"),
        ("hiveserver2-http", PROXY.hex(), "unknown"),
        # An alert of TLS: it may be the service itself, and a client of these files gets no further
        ("hiveserver2", TLS_ALERT, "unknown"),
    ],
)
def test_only_an_answer_in_its_own_protocol_makes_a_service_reachable(
    port_of: Callable[[str], int], component: str, manner: str, verdict: str
) -> None:
    place = looked(component, port_of(manner))
    seen = place.outcomes[0]
    inside = Model(place.case, [the_source("127.0.0.0/8")])
    assert outcomes(inside, [seen.flow], {seen.flow.id: seen.observations})[0].verdict == verdict
