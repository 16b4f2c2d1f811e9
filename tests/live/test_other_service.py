"""Does `check` notice that another service answers on the port of the one that is meant?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from diagnose.findings import conclude
from diagnose.flows.model import Flow, FlowPlan
from diagnose.live.follow_up import ask_further
from diagnose.live.observe import LiveSettings, observe
from diagnose.scene.observed import CaseObservations, scene_of
from probes.vantage import Vantage
from tests.support.factories import a_configuration, a_flow, an_endpoint
from tests.support.scenes import the_case


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


def found(component: str, port: int, **changes: object) -> list[tuple[str, str, str]]:
    """Return code, severity and confidence of what a check of one flow finds."""
    flow: Flow = a_flow(component, endpoint=an_endpoint("127.0.0.1", port, address="127.0.0.1"))
    case = replace(the_case(nodes=()), **changes)  # type: ignore[arg-type]
    plan = FlowPlan((flow,))
    settings = LiveSettings(Vantage(patience=2.0))
    first = observe(plan.flows, settings).by_flow
    further = ask_further(scene_of(case, plan, CaseObservations(first)), settings).notes
    together = {key: (*further.get(key, ()), *many) for key, many in first.items()}
    place = scene_of(case, plan, CaseObservations(together))
    return [(each.code, each.severity, each.confidence) for each in conclude(place).findings]


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


def test_a_hiveserver2_that_the_files_have_in_http_mode_is_right(web_port: int) -> None:
    settings = {"hive-site.xml": a_configuration("hive-site.xml", {"hive.server2.transport.mode": "http"})}
    assert not {code for code, _, _ in found("hiveserver2", web_port, settings=settings)} & {"SVC-HS2-MODE", "SVC-PORT"}


def test_a_web_page_on_its_own_port_is_right(web_port: int) -> None:
    assert not {code for code, _, _ in found("namenode-http", web_port)} & {"SVC-RPC-HTTP", "SVC-PORT"}
