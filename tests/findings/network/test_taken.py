"""Is a device that takes every connection named, and never one of the services behind it?"""

from __future__ import annotations

from typing import Any

import pytest

from probes.endpoint import Endpoint
from probes.observation import Observation
from tests.support.factories import EMR_GROUP, a_flow, a_group, a_kdc_flow, a_rule, a_udp_rule
from tests.support.scenes import saw, the_case, the_conclusion

CASE = the_case(a_group(a_rule((1, 65535)), a_udp_rule(), id=EMR_GROUP))
KDC = a_kdc_flow("tcp")
FIRST, SECOND = "192.168.20.11", "192.168.20.21"


def _at(component: str, address: str, port: int) -> Any:
    return a_flow(component, service=component, area="hive", endpoint=Endpoint(f"host-{port}", port, "tcp", address))


METASTORE, HIVE = _at("hive-metastore", FIRST, 9083), _at("hiveserver2", FIRST, 10000)
DATANODE = _at("datanode-transfer", SECOND, 9866)
SERVICES = (METASTORE, HIVE, DATANODE)

HTTP = {"own_protocol": "foreign", "other_protocol": "http"}
SILENT = {"own_protocol": "hangs", "waited_s": 7.0}
CLOSED = {"own_protocol": "closed"}
KDC_HTTP = {"kerberos": "foreign", "protocol": "http", "foreign": "48545450"}
KDC_SILENT = {"kerberos": "silent", "received": 0}
KDC_CLOSED = {"kerberos": "closed", "received": 0}


def _told(flow: Any, said: dict[str, Any]) -> list[Observation]:
    address = flow.endpoint.address
    if flow is KDC:
        return [saw("open", "syn-ack", address=address, detail=said)]
    return [saw("open", "syn-ack", address=address), saw("not-probed", "syn-ack", detail=said)]


def _codes(services: dict[str, Any], kdc: dict[str, Any] | None, **other: dict[str, Any]) -> set[tuple[str, str]]:
    """Return code and confidence of each finding. `other`: what one service says instead."""
    changed = {METASTORE.id: other.get("metastore", services)}
    seen = {flow.id: _told(flow, changed.get(flow.id, services)) for flow in SERVICES}
    flows = list(SERVICES)
    if kdc is not None:
        flows.append(KDC)
        seen[KDC.id] = _told(KDC, kdc)
    return {(f.code, f.confidence) for f in the_conclusion(CASE, flows, seen).findings}


@pytest.mark.parametrize(
    ("services", "kdc"), [(HTTP, KDC_HTTP), (HTTP, None), (SILENT, KDC_SILENT), (CLOSED, KDC_CLOSED)]
)
def test_all_hosts_alike_is_a_device(services: dict[str, Any], kdc: dict[str, Any] | None) -> None:
    assert _codes(services, kdc) == {("FW-VPC", "strong")}


def test_one_service_that_answers_as_itself_shows_that_there_is_none() -> None:
    found = _codes(HTTP, KDC_HTTP, metastore={"own_protocol": "answered"})
    assert found == {("SVC-HS2-MODE", "proven"), ("SVC-PORT", "proven"), ("KDC-NOT-KRB", "proven")}


def test_services_that_all_hang_may_be_overloaded_unless_the_kdc_is_as_silent() -> None:
    assert "FW-VPC" not in {code for code, _ in _codes(SILENT, None)}
    assert _codes(CLOSED, None) == set()


def test_services_of_one_host_are_too_few() -> None:
    seen = {flow.id: _told(flow, HTTP) for flow in (METASTORE, HIVE)}
    found = the_conclusion(CASE, [METASTORE, HIVE], seen).findings
    assert {finding.code for finding in found} == {"SVC-PORT", "SVC-HS2-MODE"}
