"""When is a NameNode asked whether it is active, and on which port?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.case.model import Case
from diagnose.flows.model import BadSetting, Flow
from diagnose.live.follow_up import namenodes
from diagnose.live.follow_up.model import Further
from probes.observation import Observation
from tests.support.factories import (
    EMR_GROUP,
    a_cluster,
    a_configuration,
    a_flow,
    a_group,
    a_rule,
    an_endpoint,
    an_origin,
)
from tests.support.scenes import saw, the_case, the_scene

FIRST, SECOND = ("master-1-1", "192.168.20.11"), ("master-1-2", "192.168.20.12")
ACCEPTS = saw("open", "syn-ack")


def namenode(host: tuple[str, str], **changes: object) -> Flow:
    return a_flow("namenode-rpc", endpoint=an_endpoint(host[0], 8020, address=host[1]), **changes)


def asked(*flows: Flow, seen: Observation = ACCEPTS, pinned: str | None = None, case: Case | None = None) -> list[int]:
    """Return the ports that are asked for the state."""
    return [further.question.endpoint.port for further in furthers(*flows, seen=seen, pinned=pinned, case=case)]


def furthers(
    *flows: Flow, seen: Observation = ACCEPTS, pinned: str | None = None, case: Case | None = None
) -> list[Further]:
    scene = the_scene(case or a_case({}), list(flows), {flow.id: seen for flow in flows})
    value = f"hdfs://{pinned}:8020"
    bad = BadSetting("pinned", "namenode-rpc", "NameNode RPC", "required", value, an_origin("core-site.xml"))
    return list(namenodes.questions(replace(scene, bad_settings=(bad,) if pinned else ())))


def a_case(hdfs: dict[str, str]) -> Case:
    settings = {"hdfs-site.xml": a_configuration("hdfs-site.xml", hdfs)}
    return replace(the_case(a_group(a_rule(), id=EMR_GROUP)), settings=settings)


def test_the_only_namenode_of_clients_is_asked() -> None:
    (further,) = furthers(namenode(FIRST), case=a_case({"dfs.namenode.http-address.ns.nn1": "master-1-1:9870"}))

    assert (further.question.kind, further.question.endpoint.port) == ("web-service", 9870)
    assert further.question.options == {"service": "namenode", "secure": False}


def test_of_several_namenodes_only_the_one_that_a_setting_pins_is_asked() -> None:
    both = (namenode(FIRST), namenode(SECOND))

    assert asked(*both) == []
    assert {further.flow for further in furthers(*both, pinned="master-1-2")} == {both[1].id}


@pytest.mark.parametrize(
    ("hdfs", "ports"),
    [
        ({"dfs.namenode.http-address.ns.nn1": "master-1-1:9871"}, [9871]),
        ({"dfs.namenode.http-address.ns.nn2": "master-1-2:9871"}, [9870]),
        ({"dfs.namenode.http-address": "master-1-1:50070"}, [50070]),
        ({"dfs.namenode.http-address": "0.0.0.0:9870"}, [9870]),
        ({}, [9870]),
        ({"dfs.http.policy": "HTTPS_ONLY"}, []),
    ],
)
def test_the_port_is_that_of_its_page(hdfs: dict[str, str], ports: list[int]) -> None:
    assert asked(namenode(FIRST), case=a_case(hdfs)) == ports


def test_without_a_known_release_both_usual_ports_are_asked() -> None:
    assert asked(namenode(FIRST), case=replace(a_case({}), cluster=a_cluster(release=None))) == [9870, 50070]


def test_who_is_not_required_or_refuses_or_has_no_second_is_not_asked() -> None:
    alone = replace(a_case({}), cluster=a_cluster(deploy_mode="NORMAL"))

    assert asked(namenode(FIRST, need="optional")) == []
    assert asked(namenode(FIRST), seen=saw("closed", "rst")) == []
    assert asked(namenode(FIRST), case=alone) == []


@pytest.mark.parametrize(
    ("reason", "detail", "learnt"),
    [
        ("service-reply", {"state": "standby"}, {"namenode_state": "standby", "page_port": 9870}),
        ("service-reply", {"state": None, "identified": False}, {}),
        ("syn-ack", {"state": "standby"}, {}),
    ],
)
def test_only_a_page_of_a_namenode_tells_the_state(
    reason: str, detail: dict[str, object], learnt: dict[str, object]
) -> None:
    (further,) = furthers(namenode(FIRST), case=a_case({"dfs.namenode.http-address": "master-1-1:9870"}))

    kept = further.learn(saw("open", reason, detail=detail))

    assert (kept.state, kept.detail) == ("not-probed", learnt)
