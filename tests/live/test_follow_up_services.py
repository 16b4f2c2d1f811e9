"""Is a Hadoop server that refuses looked for on its other usual port?"""

from __future__ import annotations

import pytest

from diagnose.live.follow_up import services
from diagnose.live.follow_up.model import Further
from probes.observation import Observation
from tests.support.factories import EMR_GROUP, a_flow, a_group, a_rule, an_endpoint
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


@pytest.mark.parametrize(("component", "kind"), [("namenode-rpc", "hadoop-rpc"), ("hive-metastore", "thrift-sasl")])
def test_a_server_that_accepts_is_asked_in_its_own_protocol(component: str, kind: str) -> None:
    (further,) = furthers(component, 8020, ANSWERS)
    assert (further.question.kind, further.question.endpoint.port) == (kind, 8020)


@pytest.mark.parametrize(
    ("detail", "kept"),
    [
        ({"protocol": "http"}, {"other_protocol": "http"}),
        ({"protocol": "markup"}, {"other_protocol": "markup"}),
        ({"protocol": "tls"}, {}),
        ({"protocol": "unknown"}, {}),
        ({}, {}),
    ],
)
def test_only_a_protocol_that_no_such_service_speaks_is_kept(detail: dict[str, str], kept: dict[str, str]) -> None:
    (further,) = furthers("namenode-rpc", 8020, ANSWERS)
    assert further.learn(saw("open", "syn-ack", detail=detail)).detail == kept


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
