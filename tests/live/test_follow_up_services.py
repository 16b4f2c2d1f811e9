"""Is a Hadoop server that refuses looked for on its other usual port?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.live.follow_up import services
from diagnose.live.follow_up.model import Further
from probes.observation import Observation
from tests.support.factories import EMR_GROUP, a_configuration, a_flow, a_group, a_rule, an_endpoint
from tests.support.scenes import saw, the_case, the_scene

REFUSES, ANSWERS = saw("closed", "rst"), saw("open", "syn-ack")


def asked(component: str, port: int, seen: Observation, **changes: object) -> list[int]:
    """Return the ports of one host that are asked."""
    return [further.question.endpoint.port for further in furthers(component, port, seen, **changes)]


def furthers(component: str, port: int, seen: Observation, **changes: object) -> list[Further]:
    flow = a_flow(component, endpoint=an_endpoint(port=port), **changes)
    place = the_scene(the_case(a_group(a_rule(), id=EMR_GROUP)), [flow], {flow.id: seen})
    return list(services.questions(place))


@pytest.mark.parametrize(("port", "others"), [(8020, [9000]), (9000, [8020]), (9820, [8020, 9000])])
def test_a_namenode_that_refuses_is_asked_on_its_other_ports(port: int, others: list[int]) -> None:
    assert asked("namenode-rpc", port, REFUSES) == others
    flow = a_flow("namenode-rpc", endpoint=an_endpoint(port=port))
    assert [possible.most for possible in services.possible(flow) if possible.name == "other ports"] == [len(others)]


@pytest.mark.parametrize(("component", "kind"), [("namenode-rpc", "hadoop-rpc"), ("hive-metastore", "thrift")])
def test_a_server_that_accepts_is_asked_in_its_own_protocol(component: str, kind: str) -> None:
    (further,) = furthers(component, 8020, ANSWERS)
    assert (further.question.kind, further.question.endpoint.port) == (kind, 8020)


@pytest.mark.parametrize(
    ("detail", "kept"),
    [
        ({"protocol": "http"}, {"own_protocol": "foreign", "other_protocol": "http"}),
        ({"protocol": "markup"}, {"own_protocol": "foreign", "other_protocol": "markup"}),
        ({"protocol": "tls"}, {}),
        ({"protocol": "unknown"}, {"own_protocol": "foreign"}),
        ({}, {"own_protocol": "closed"}),
        ({"ended": "silent"}, {"own_protocol": "silent"}),
    ],
)
def test_what_came_is_kept_and_a_protocol_that_is_not_its_own(detail: dict[str, str], kept: dict[str, str]) -> None:
    (further,) = furthers("namenode-rpc", 8020, ANSWERS)
    assert further.learn(saw("open", "syn-ack", detail={"ended": "closed"} | detail)).detail == kept


def test_an_answer_of_the_service_is_kept() -> None:
    (further,) = furthers("namenode-rpc", 8020, ANSWERS)
    assert further.learn(saw("open", "service-reply")).detail == {"own_protocol": "answered"}


def test_nothing_is_learnt_of_a_question_that_was_not_sent() -> None:
    (further,) = furthers("namenode-rpc", 8020, ANSWERS)
    assert further.learn(saw("not-probed", "cancelled")).detail == {}
    assert further.learn(saw("filtered", "no-response")).detail == {}


def test_a_server_that_wants_tls_first_is_not_asked() -> None:
    settings = {"hive-site.xml": a_configuration("hive-site.xml", {"hive.server2.use.SSL": "true"})}
    flow = a_flow("hiveserver2", endpoint=an_endpoint(port=10000))
    case = replace(the_case(a_group(a_rule(), id=EMR_GROUP)), settings=settings)
    assert list(services.questions(the_scene(case, [flow], {flow.id: ANSWERS}))) == []


def test_nothing_is_asked_of_a_server_that_is_silent_or_only_optional() -> None:
    assert asked("namenode-rpc", 8020, ANSWERS, need="optional") == []
    assert asked("namenode-rpc", 8020, saw("filtered", "no-response")) == []


def test_nothing_is_asked_of_a_service_that_was_only_looked_for_there() -> None:
    assert asked("namenode-rpc", 8020, REFUSES, assumed="one of them runs it") == []


def test_nothing_is_asked_of_a_service_without_the_protocol() -> None:
    assert asked("hiveserver2", 10000, REFUSES) == []


@pytest.mark.parametrize(("reason", "detail"), [("service-reply", {"answers_on": 9000}), ("syn-ack", {})])
def test_only_an_answer_in_the_protocol_counts(reason: str, detail: dict[str, int]) -> None:
    flow = a_flow("namenode-rpc", endpoint=an_endpoint(port=8020))
    place = the_scene(the_case(a_group(a_rule(), id=EMR_GROUP)), [flow], {flow.id: REFUSES})
    (further,) = services.questions(place)
    kept = further.learn(saw("open", reason))
    assert (kept.state, kept.detail) == ("not-probed", detail)
