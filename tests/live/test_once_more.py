"""Is a service called hanging only if it was asked twice, and nothing answered?"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from diagnose.findings import conclude
from diagnose.flows.model import FlowPlan
from diagnose.live.follow_up import ask_further, once_more
from diagnose.live.follow_up.model import note
from diagnose.live.observe import LiveSettings, observe
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.scene import Scene
from probes.observation import Observation
from probes.questions import Kind, Question
from probes.vantage import Vantage
from tests.support.certificates import a_file
from tests.support.factories import a_configuration, a_flow, an_endpoint
from tests.support.scenes import saw, the_case

PATIENCE = 1.0
LATE = 1.5
"""Seconds: later than the first patience, and sooner than the second."""

RPC = bytes.fromhex("0000000e0a08dfffffff0f10001809021000")
SASL = b"\x03\x00\x00\x00\x1aUnsupported mechanism type"
CALLED = b"\x80\x01\x00\x03\x00\x00\x00\x01x\x00\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x02no\x00"
SILENT = saw("open", "syn-ack", detail={"ended": "silent", "acknowledged": True})
SERVES = saw("open", "service-reply", detail={"transport": "sasl"})
TLS = saw("open", "service-reply", detail={"service": "tls"})
CLOSES = saw("open", "syn-ack", detail={"ended": "closed"})
ENDPOINT = an_endpoint()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait between the two questions."""
    monkeypatch.setattr(once_more, "PAUSE", 0.0)


Handler = Callable[[bytes, int], bytes | None]
"""Turn the request on the connection with this number into a reply. None for silence."""


@pytest.fixture
def port_of() -> Iterator[Callable[[Handler | None], int]]:
    """Yield a function that starts a server and returns its port. None: nobody accepts."""
    with ExitStack() as stack:
        stopping = threading.Event()
        stack.callback(stopping.set)

        def start(handler: Handler | None) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            if handler is not None:
                threading.Thread(target=_accept, args=(listener, handler, stopping), daemon=True).start()
            return int(listener.getsockname()[1])

        yield start


def _accept(listener: socket.socket, handler: Handler, stopping: threading.Event) -> None:
    number = 0
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, number, handler, stopping), daemon=True).start()
            number += 1


def _serve(connection: socket.socket, number: int, handler: Handler, stopping: threading.Event) -> None:
    with connection, suppress(OSError):
        request = connection.recv(4096)
        reply = handler(request, number) if request else b""
        if reply is None:
            stopping.wait(20)
        else:
            connection.sendall(reply)


def looked(component: str, port: int, *, deadline: float | None = None, hive: Mapping[str, str] | None = None) -> Scene:
    """Return what a check of one flow sees. hive: what hive-site.xml says."""
    flow = a_flow(component, endpoint=an_endpoint("127.0.0.1", port, address="127.0.0.1"))
    plan = FlowPlan((flow,))
    settings_of = {} if hive is None else {"hive-site.xml": a_configuration("hive-site.xml", dict(hive))}
    case = replace(the_case(nodes=()), settings=settings_of)
    settings = LiveSettings(Vantage(patience=PATIENCE), deadline=deadline)
    first = observe(plan.flows, replace(settings, deadline=None)).by_flow
    further = ask_further(scene_of(case, plan, CaseObservations(first)), settings).notes
    together = {key: (*further.get(key, ()), *many) for key, many in first.items()}
    return scene_of(case, plan, CaseObservations(together))


def said(scene: Scene) -> list[object]:
    return [seen.detail["own_protocol"] for seen in scene.outcomes[0].observations if "own_protocol" in seen.detail]


def found(scene: Scene) -> list[tuple[str, str, str]]:
    codes = ("SVC-HMS", "SVC-HANG")
    return [(f.code, f.severity, f.confidence) for f in conclude(scene).findings if f.code in codes]


COMPONENTS = ("namenode-rpc", "resourcemanager-client", "hiveserver2", "kms", "timeline", "zookeeper", "hbase-master")


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_service_that_accepts_and_says_nothing_hangs(
    port_of: Callable[[Handler | None], int], component: str
) -> None:
    scene = looked(component, port_of(None))

    assert (said(scene), scene.outcomes[0].verdict) == (["hangs"], "blocked")
    assert found(scene) == [("SVC-HANG", "error", "strong")]


def test_a_metastore_that_hangs_has_its_own_code(port_of: Callable[[Handler | None], int]) -> None:
    scene = looked("hive-metastore", port_of(None))

    (hangs,) = [seen for seen in scene.outcomes[0].observations if "own_protocol" in seen.detail]
    assert hangs.detail == {"own_protocol": "hangs", "waited_s": 2 * PATIENCE, "acknowledged": True}
    assert found(scene) == [("SVC-HMS", "error", "strong")]


def test_a_datanode_that_accepts_and_says_nothing_hangs(port_of: Callable[[Handler | None], int]) -> None:
    scene = looked("datanode-transfer", port_of(None))

    assert (scene.outcomes[0].verdict, found(scene)) == ("blocked", [("SVC-HANG", "error", "strong")])


def test_a_service_without_a_question_is_asked_nothing(port_of: Callable[[Handler | None], int]) -> None:
    scene = looked("nodemanager-web", port_of(None))

    assert (said(scene), found(scene), scene.outcomes[0].observed is not None) == ([], [], True)


def _late(reply: bytes) -> Handler:
    def answer(request: bytes, _: int) -> bytes | None:
        time.sleep(LATE)
        return reply

    return answer


@pytest.mark.parametrize(
    ("component", "handler"),
    [
        ("namenode-rpc", _late(RPC)),
        ("hive-metastore", _late(SASL)),
        # Without SASL, it waits for the rest of the frame that it takes our bytes for.
        ("hive-metastore", lambda request, _: CALLED if request.startswith(b"\x80\x01") else None),
        # It was busy for a moment.
        ("namenode-rpc", lambda _, number: RPC if number > 1 else None),
    ],
    ids=["late RPC", "late SASL", "no SASL", "busy at first"],
)
def test_a_service_that_is_slow_does_not_hang(
    port_of: Callable[[Handler | None], int], component: str, handler: Handler
) -> None:
    """Given the handshake of the first look, it is connection number 0."""
    scene = looked(component, port_of(handler))

    assert (said(scene), found(scene)) == (["answered"], [])


def test_a_service_that_closes_at_the_second_question_does_not_hang(port_of: Callable[[Handler | None], int]) -> None:
    scene = looked("namenode-rpc", port_of(lambda _, number: b"" if number > 1 else None))

    assert (said(scene), found(scene)) == (["closed"], [])


def test_without_time_for_a_second_question_nothing_is_claimed(port_of: Callable[[Handler | None], int]) -> None:
    """Given a deadline that ends after the first question."""
    scene = looked("namenode-rpc", port_of(None), deadline=PATIENCE * 1.5)

    assert (said(scene), found(scene)) == (["silent"], [])
    assert scene.outcomes[0].verdict != "blocked"


def asked(
    monkeypatch: pytest.MonkeyPatch, question: Question, answers: Mapping[str, Observation]
) -> tuple[Observation, list[str]]:
    """Return the note of a second question whose parts are answered so, and the parts."""
    kinds: list[str] = []

    async def ask(part: Question, _: Vantage) -> Observation:
        kinds.append(part.kind)
        return answers.get(part.kind, SILENT)

    def keep(answer: Observation) -> Observation:
        own = "answered" if answer.reason == "service-reply" else answer.detail.get("ended")
        return note(answer, {"own_protocol": own} if own is not None else {})

    monkeypatch.setattr(once_more, "ask", ask)
    learnt = asyncio.run(once_more.ask_once_more(once_more.once_more(question, keep), Vantage(patience=PATIENCE)))
    return learnt, kinds


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (Question("hadoop-rpc", ENDPOINT), ["hadoop-rpc", "tls"]),
        (Question("thrift", ENDPOINT, {"mechanism": "X"}), ["thrift-sasl", "thrift-call", "tls"]),
        (Question("sql", ENDPOINT, {"mechanism": "X"}), ["thrift-sasl", "thrift-call", "tls"]),
        (Question("thrift", ENDPOINT, {"secure": True}), ["thrift-sasl", "thrift-call"] * 2),
        (Question("hive-http", ENDPOINT), ["hive-http", "tls", "thrift-call"]),
        (Question("hive-http", ENDPOINT, {"secure": True}), ["hive-http", "hive-http", "thrift-call"]),
        (Question("http", ENDPOINT, {"method": "GET", "path": "/"}), ["http", "tls", "thrift-call"]),
        (Question("web-service", ENDPOINT, {"service": "kms"}), ["web-service", "tls"]),
        (Question("web-service", ENDPOINT, {"service": "kms", "secure": True}), ["web-service"] * 2),
        (Question("web-service", ENDPOINT, {"service": "kms", "secure": True, "fallback": True}), ["web-service"] * 2),
        (Question("zookeeper", ENDPOINT), ["zookeeper", "tls"]),
    ],
)
def test_each_part_is_asked_and_all_silent_is_a_hang(
    monkeypatch: pytest.MonkeyPatch, question: Question, parts: list[str]
) -> None:
    learnt, kinds = asked(monkeypatch, question, {})

    assert kinds == parts
    assert learnt.detail == {"own_protocol": "hangs", "waited_s": PATIENCE, "acknowledged": True}


@pytest.mark.parametrize("secure", [False, True])
def test_no_part_takes_a_second_connection_for_the_other_transport(secure: bool) -> None:
    """TLS, or the same without it, is asked beside it anyway."""
    options: dict[str, str | bool] = {"service": "kms", "secure": secure, "fallback": True}
    second = once_more.once_more(Question("web-service", ENDPOINT, options), lambda answer: answer)

    assert not [part for part in (*second.plain, *second.beside) if part.has("fallback")]


@pytest.mark.parametrize(
    ("answers", "own"),
    [
        ({"thrift-call": SERVES}, "answered"),
        ({"thrift-call": CLOSES}, "closed"),
        ({"thrift-sasl": CLOSES, "thrift-call": SERVES}, "answered"),
        ({"tls": TLS}, "tls"),
        # It answers or refuses something, so that it lives. What it is, is not known.
        ({"tls": CLOSES}, None),
        ({"tls": saw("filtered", "no-response")}, None),
        ({"thrift-sasl": saw("filtered", "no-response")}, None),
        ({"thrift-sasl": saw("closed", "rst")}, None),
    ],
)
def test_one_part_that_is_not_silent_is_enough(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Observation], own: str | None
) -> None:
    learnt, _ = asked(monkeypatch, Question("thrift", ENDPOINT), answers)

    assert learnt.detail.get("own_protocol") == own


@pytest.mark.parametrize(
    ("sasl", "call", "kept"),
    [(True, False, True), (False, False, False), (None, None, None), (None, True, True)],
)
def test_the_kernel_of_the_host_acknowledged_the_question_if_it_did_once(
    monkeypatch: pytest.MonkeyPatch, sasl: bool | None, call: bool | None, kept: bool | None
) -> None:
    def silent(acknowledged: bool | None) -> Observation:
        detail = {} if acknowledged is None else {"acknowledged": acknowledged}
        return saw("open", "syn-ack", detail={"ended": "silent", **detail})

    learnt, _ = asked(
        monkeypatch, Question("thrift", ENDPOINT), {"thrift-sasl": silent(sasl), "thrift-call": silent(call)}
    )

    assert learnt.detail["own_protocol"] == "hangs"
    assert learnt.detail.get("acknowledged") is kept


def test_a_part_that_takes_too_long_counts_as_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(_: Question, __: Vantage) -> Observation:
        await asyncio.sleep(20)
        return SILENT

    monkeypatch.setattr(once_more, "ask", ask)
    question = once_more.once_more(Question("zookeeper", ENDPOINT), lambda answer: note(answer, {}))

    assert asyncio.run(once_more.ask_once_more(question, Vantage(patience=0.05))).detail == {}


@pytest.mark.parametrize(
    ("kind", "options"), [("web-service", {"service": "kms"}), ("thrift", {}), ("sql", {}), ("hive-http", {})]
)
@pytest.mark.parametrize("plain", [CLOSES, SERVES, saw("closed", "rst")], ids=["closes", "answers", "refuses"])
def test_a_port_that_is_silent_inside_tls_alone_does_not_hang(
    monkeypatch: pytest.MonkeyPatch, plain: Observation, kind: Kind, options: Mapping[str, str]
) -> None:
    """Given a certificate that is lost on the way, when the small answer without TLS comes, then
    the process lives."""

    async def ask(part: Question, _: Vantage) -> Observation:
        return SILENT if part.has("secure") else plain

    monkeypatch.setattr(once_more, "ask", ask)
    question = Question(kind, ENDPOINT, {**options, "secure": True})
    second = once_more.once_more(question, lambda answer: answer)
    learnt = asyncio.run(once_more.ask_once_more(second, Vantage(patience=PATIENCE)))

    assert learnt.detail.get("own_protocol") is None


TLS_OF_HIVE: Mapping[str, str] = {"hive.server2.use.SSL": "true", "hive.metastore.use.SSL": "true"}
HTTP_OF_METASTORE: Mapping[str, str] = {"metastore.server.thrift.transport.mode": "http"}


@pytest.mark.parametrize(
    ("component", "hive", "code"),
    [
        ("hiveserver2", TLS_OF_HIVE, "SVC-HANG"),
        ("hiveserver2-http", TLS_OF_HIVE, "SVC-HANG"),
        ("hive-metastore", TLS_OF_HIVE, "SVC-HMS"),
        ("hive-metastore", HTTP_OF_METASTORE, "SVC-HMS"),
        ("hive-metastore", {**HTTP_OF_METASTORE, **TLS_OF_HIVE}, "SVC-HMS"),
        ("hiveserver2", {"hive.server2.transport.mode": "all"}, "SVC-HANG"),
    ],
)
def test_a_service_that_the_files_put_in_tls_or_http_hangs_as_well(
    port_of: Callable[[Handler | None], int], component: str, hive: Mapping[str, str], code: str
) -> None:
    scene = looked(component, port_of(None), hive=hive)

    assert (said(scene), scene.outcomes[0].verdict) == (["hangs"], "blocked")
    assert found(scene) == [(code, "error", "strong")]


READS_A_STATUS = b"\x04\x00\x00\x00\x11Invalid status 22"


@pytest.mark.parametrize(
    "handler",
    [
        lambda request, _: READS_A_STATUS if request.startswith(b"\x16") else SASL,
        # Without SASL, it waits for the rest of a frame, whatever else comes.
        lambda request, _: CALLED if request.startswith(b"\x80\x01") else None,
    ],
    ids=["SASL", "no SASL"],
)
@pytest.mark.parametrize("hive", [TLS_OF_HIVE, HTTP_OF_METASTORE], ids=["TLS", "HTTP"])
def test_a_server_without_the_tls_or_the_http_of_the_files_does_not_hang(
    port_of: Callable[[Handler | None], int], handler: Handler, hive: Mapping[str, str]
) -> None:
    assert found(looked("hive-metastore", port_of(handler), hive=hive)) == []


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Callable[[bytes | None, bytes | None], int]]:
    """Yield a function that starts a server of TLS and returns its port.

    It says the first reply inside TLS, and the second one to anything else. None is silence.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(a_file(tmp_path / "pem", "localhost"))
    with ExitStack() as stack:
        stopping = threading.Event()
        stack.callback(stopping.set)

        def serve(connection: socket.socket, inside: bytes | None, plain: bytes | None) -> None:
            with connection, suppress(OSError):
                if connection.recv(1, socket.MSG_PEEK) != b"\x16":
                    stopping.wait(20) if plain is None else connection.sendall(plain)
                    return
                with context.wrap_socket(connection, server_side=True) as channel:
                    channel.recv(4096)
                    stopping.wait(20) if inside is None else channel.sendall(inside)

        def accept(listener: socket.socket, inside: bytes | None, plain: bytes | None) -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=serve, args=(connection, inside, plain), daemon=True).start()

        def start(inside: bytes | None, plain: bytes | None) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=accept, args=(listener, inside, plain), daemon=True).start()
            return int(listener.getsockname()[1])

        yield start


def test_an_answer_inside_tls_is_the_services_own(secured: Callable[[bytes | None, bytes | None], int]) -> None:
    scene = looked("hiveserver2", secured(SASL, b""), hive=TLS_OF_HIVE)

    assert (said(scene), found(scene)) == (["answered"], [])


@pytest.mark.parametrize("component", ["hiveserver2", "hiveserver2-http"])
def test_a_server_that_makes_tls_and_then_says_nothing_is_not_called_hanging(
    secured: Callable[[bytes | None, bytes | None], int], component: str
) -> None:
    """Given a process that makes TLS, it is not frozen. Nobody knows what keeps it silent."""
    scene = looked(component, secured(None, None), hive=TLS_OF_HIVE)

    assert (said(scene), found(scene)) == (["silent"], [])
    assert scene.outcomes[0].verdict == "unknown"
