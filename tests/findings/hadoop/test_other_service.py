"""Which code has the answer of another protocol on the port of a service?"""

from __future__ import annotations

import pytest

from diagnose.findings import conclude
from probes.endpoint import Endpoint
from tests.support.factories import a_flow
from tests.support.scenes import codes, saw, the_case, the_scene


@pytest.mark.parametrize(
    ("component", "port", "code"),
    [
        ("hiveserver2", 10000, "SVC-HS2-MODE"),
        ("hiveserver2", 10001, "SVC-HS2-MODE"),
        ("hiveserver2", 10005, "SVC-HS2-MODE"),
        ("hiveserver2", 9870, "SVC-PORT"),
        ("namenode-rpc", 9870, "SVC-RPC-HTTP"),
    ],
)
def test_http_on_the_port_of_a_web_page_is_no_mode_of_hiveserver2(component: str, port: int, code: str) -> None:
    end = Endpoint("master-1-1", port, "tcp", "192.168.20.11")
    flow = a_flow(component, area="hive", endpoint=end)
    note = saw("not-probed", "syn-ack", detail={"other_protocol": "http", "own_protocol": "foreign"})
    scene = the_scene(the_case(), [flow], {flow.id: [note, saw("open", "syn-ack")]})

    assert codes(conclude(scene)) == [code]
