"""Which connections does a running job need, at the nodes and back to the resource group?"""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.flows.model import Flow, FlowPlan
from diagnose.flows.nodemanagers import AM_PORTS, port_ranges
from diagnose.flows.plan import flows
from tests.support import factories as make

CLIENT = {
    "spark.submit.deployMode": "client",
    "spark.driver.port": "40000",
    "spark.blockManager.port": "41000",
    "spark.port.maxRetries": "8",
}


def _plan(spark: dict[str, str] | None = None, mapred: dict[str, str] | None = None, **changes: Any) -> FlowPlan:
    settings = make.some_settings(**({"mapred_site": mapred} if mapred is not None else {}))
    if spark is not None:
        settings["spark-defaults.conf"] = make.a_configuration("spark-defaults.conf", spark)
    return flows(make.a_case(settings=settings, **changes))


def _callbacks(plan: FlowPlan) -> list[Flow]:
    return [flow for flow in plan.flows if flow.callback is not None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50100-50102", [(50100, 50102)]),
        (" 50100 - 50102 , 50200", [(50100, 50102), (50200, 50200)]),
        ("50100-", [(50100, 65535)]),
        ("50102-50100", []),
        ("any", []),
        ("70000-70001", []),
    ],
)
def test_ranges_are_read_as_hadoop_reads_them(text: str, expected: list[tuple[int, int]]) -> None:
    assert port_ranges(text) == expected


def test_a_range_of_the_application_master_is_a_flow_to_each_node_that_runs_containers() -> None:
    nodes = (*make.some_nodes(), make.a_node("task-1-1", "192.168.20.31"))

    plan = _plan(mapred={AM_PORTS: "50100-50102"}, nodes=nodes)

    found = [flow for flow in plan.flows if flow.component == "am-client"]
    assert [(flow.endpoint.address, flow.port_text) for flow in found] == [
        (address, "50100-50102") for address in ("192.168.20.21", "192.168.20.22", "192.168.20.31")
    ]
    assert all(flow.need == "required" and flow.during_jobs for flow in found)


@pytest.mark.parametrize(
    ("mapred", "engines", "needs"),
    [
        ({AM_PORTS: "50100-50102"}, ("spark",), None),
        ({"mapreduce.jobhistory.address": "master-1-1:10020"}, ("mapreduce",), ""),
        ({"mapreduce.jobhistory.address": "master-1-1:10020"}, (), None),
        ({AM_PORTS: "some"}, (), AM_PORTS),
    ],
)
def test_without_a_range_no_port_is_judged(mapred: dict[str, str], engines: tuple[str, ...], needs: str | None) -> None:
    plan = _plan(mapred=mapred, registration=make.a_registration(*engines))

    assert not any(flow.component == "am-client" for flow in plan.flows)
    said = [skip.needs for skip in plan.skipped if "MapReduce ApplicationMaster" in skip.check]
    assert said == ([] if needs is None else [needs])


def test_in_client_mode_the_containers_dial_the_driver() -> None:
    found = _callbacks(_plan(CLIENT))

    assert [flow.id for flow in found] == [
        "spark-driver/192.168.10.0/24:40000-40008",
        "spark-block-manager/192.168.10.0/24:41000-41008",
    ]
    assert all(flow.need == "required" for flow in found)
    assert {flow.sources for flow in found} == {make.ranges("192.168.20.21", "192.168.20.22")}


@pytest.mark.parametrize(
    ("changes", "need"),
    [
        ({"spark.submit.deployMode": "cluster"}, None),
        ({"spark.submit.deployMode": "CLUSTER"}, None),
        ({"spark.submit.deployMode": "", "spark.master": "yarn-cluster"}, None),
        ({"spark.submit.deployMode": "", "spark.master": "yarn-client"}, "required"),
        ({"spark.submit.deployMode": "", "spark.master": "yarn"}, "optional"),
    ],
)
def test_the_deploy_mode_decides_the_need(changes: dict[str, str], need: str | None) -> None:
    found = _callbacks(_plan({**CLIENT, **changes}))

    assert {flow.need for flow in found} == (set() if need is None else {need})
    assert all(("needed only if Spark runs in client mode" in flow.why) == (need == "optional") for flow in found)


def test_no_driver_is_in_the_resource_group_if_kyuubi_runs_all_jobs() -> None:
    assert not _callbacks(_plan(CLIENT, registration=make.a_registration("kyuubi")))


@pytest.mark.parametrize("port", ["0", "", "random"])
def test_a_random_port_is_said_and_not_judged(port: str) -> None:
    plan = _plan({**CLIENT, "spark.driver.port": port})

    assert [flow.component for flow in _callbacks(plan)] == ["spark-block-manager"]
    (said,) = [skip for skip in plan.skipped if "Spark driver" in skip.check]
    assert "any TCP port" in said.cause
    assert said.needs == ""


def test_the_driver_has_a_block_manager_port_of_its_own() -> None:
    found = _callbacks(_plan({**CLIENT, "spark.driver.blockManager.port": "42000"}))

    assert [flow.ports for flow in found] == [(40000, 40008), (42000, 42008)]


def test_retries_go_on_at_the_first_user_port() -> None:
    found = _callbacks(_plan({**CLIENT, "spark.driver.port": "65534", "spark.blockManager.port": "0"}))

    assert [flow.ports for flow in found] == [(65534, 65535), (1024, 1030)]


def test_sixteen_retries_are_the_default() -> None:
    found = _callbacks(_plan({**CLIENT, "spark.port.maxRetries": ""}))

    assert [flow.ports for flow in found] == [(40000, 40016), (41000, 41016)]


def test_more_retries_than_ports_are_every_port() -> None:
    found = _callbacks(_plan({**CLIENT, "spark.port.maxRetries": "9" * 5000, "spark.blockManager.port": "0"}))

    assert [flow.ports for flow in found] == [(40000, 65535), (1024, 39999)]


def test_without_addresses_of_nodes_the_callbacks_are_unknown() -> None:
    plan = _plan(CLIENT, nodes=())

    assert not _callbacks(plan)
    assert {skip.needs for skip in plan.skipped if "Spark driver" in skip.check} == {
        "ListNodes, or [[cluster.nodes]] with addresses in case.toml"
    }
