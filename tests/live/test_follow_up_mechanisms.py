"""When is a server of SQL asked for the mechanism of the files, and what is kept of its answer?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from diagnose.case.model import Case
from diagnose.flows.model import Flow, FlowPlan
from diagnose.live.follow_up import ask_further, mechanisms
from diagnose.live.follow_up.model import Further
from diagnose.live.observe import LiveSettings, observe
from diagnose.scene.observed import CaseObservations, scene_of
from probes.observation import Observation
from probes.services.thrift import START
from probes.vantage import Vantage
from tests.support.certificates import a_file
from tests.support.factories import EMR_GROUP, a_configuration, a_flow, a_group, a_rule, an_endpoint
from tests.support.fake_service import FakeService, TlsService
from tests.support.patience import SOON
from tests.support.scenes import saw, the_case, the_scene
from tests.support.service_replies import an_exception, sasl

LOGIN = "hive.server2.authentication"
ACCEPTS = saw("open", "syn-ack")


def a_case(hive: Mapping[str, str]) -> Case:
    case = the_case(a_group(a_rule(), id=EMR_GROUP))
    return replace(case, settings={"hive-site.xml": a_configuration("hive-site.xml", hive)})


def furthers(flow: Flow, case: Case, seen: Observation = ACCEPTS) -> list[Further]:
    return list(mechanisms.questions(the_scene(case, [flow], {flow.id: seen})))


def server2(component: str = "hiveserver2", **changes: object) -> Flow:
    return a_flow(component, endpoint=an_endpoint(port=10000), **changes)


@pytest.mark.parametrize("hive", [{LOGIN: "NONE"}, {LOGIN: "ldap"}, {LOGIN: "KERBEROS"}, {}])
def test_a_hiveserver2_whose_login_the_files_tell_is_asked_for_both_mechanisms(hive: Mapping[str, str]) -> None:
    found = furthers(server2(), a_case(hive))

    assert [(further.question.kind, further.question.options) for further in found] == [
        ("thrift-sasl", {"mechanism": "PLAIN"}),
        ("thrift-sasl", {"mechanism": "GSSAPI"}),
    ]
    (possible,) = mechanisms.possible(server2())
    assert possible.most == len(found)


@pytest.mark.parametrize(
    ("component", "file", "key"),
    [
        ("spark-thrift", "spark-defaults.conf", "spark.hadoop.hive.server2.authentication"),
        ("kyuubi", "kyuubi-defaults.conf", "kyuubi.authentication"),
    ],
)
def test_a_server_that_answers_as_hiveserver2_does_is_asked_by_its_own_file(
    component: str, file: str, key: str
) -> None:
    case = replace(a_case({}), settings={file: a_configuration(file, {key: "KERBEROS"})})
    hive = a_case({LOGIN: "KERBEROS"})

    assert [further.question.options["mechanism"] for further in furthers(server2(component), case)] == [
        "PLAIN",
        "GSSAPI",
    ]
    assert furthers(server2(component), hive) == furthers(server2(), case) == []
    assert any(key in possible.when for possible in mechanisms.possible(server2(component)))


@pytest.mark.parametrize(
    ("component", "need", "hive", "seen"),
    [
        ("hiveserver2", "required", {LOGIN: "NOSASL"}, ACCEPTS),
        ("hiveserver2", "required", {LOGIN: "SAML"}, ACCEPTS),
        ("hiveserver2", "required", {f"{LOGIN}.kerberos.principal": "hive/_HOST@R"}, ACCEPTS),
        ("hiveserver2", "required", {LOGIN: "NONE", "hive.server2.transport.mode": "all"}, ACCEPTS),
        ("hiveserver2", "required", {LOGIN: "NONE"}, saw("closed", "rst")),
        ("hiveserver2", "required", {LOGIN: "NONE"}, saw("filtered", "no-response")),
        ("hiveserver2", "optional", {LOGIN: "NONE"}, ACCEPTS),
        ("hiveserver2-http", "required", {LOGIN: "NONE"}, ACCEPTS),
        ("hive-metastore", "required", {LOGIN: "NONE"}, ACCEPTS),
    ],
    ids=["no SASL", "unknown", "part", "HTTP", "refuses", "silent", "optional", "HTTP port", "metastore"],
)
def test_no_other_server_is_asked(component: str, need: str, hive: Mapping[str, str], seen: Observation) -> None:
    assert furthers(server2(component, need=need), a_case(hive), seen) == []


def test_a_server_with_tls_is_asked_inside_tls(tmp_path: Path) -> None:
    case = replace(a_case({LOGIN: "NONE", "hive.server2.use.SSL": "true"}), nodes=())
    settings = LiveSettings(Vantage(patience=2.0))
    with TlsService(sasl(3, "Unsupported mechanism type"), a_file(tmp_path / "pem", "127.0.0.1")) as service:
        flow = a_flow("hiveserver2", endpoint=service.at)
        plan = FlowPlan((flow,))
        first = observe(plan.flows, settings).by_flow
        notes = ask_further(scene_of(case, plan, CaseObservations(first)), settings).notes.get(flow.id, ())

    assert {key: value for note in notes for key, value in note.detail.items() if key.startswith("sasl_")} == {
        "sasl_plain": "unsupported",
        "sasl_gssapi": "unsupported",
    }


def test_no_more_servers_are_asked_than_a_plan_tells() -> None:
    count = mechanisms.MOST_ASKED + 1
    flows = [a_flow("hiveserver2", endpoint=an_endpoint(port=port)) for port in range(10000, 10000 + count)]
    place = the_scene(a_case({LOGIN: "NONE"}), flows, {flow.id: ACCEPTS for flow in flows})
    (possible,) = mechanisms.possible(flows[0])

    assert len(list(mechanisms.questions(place))) == possible.in_all


def has(*offered: str) -> FakeService:
    """Return a server with these mechanisms."""

    def said(request: bytes) -> bytes:
        if request[:1] != bytes((START,)):
            return sasl(4, "Invalid status -128")
        name = request[5 : 5 + int.from_bytes(request[1:5], "big")].decode()
        return sasl(2) if name in offered else sasl(3, f"Unsupported mechanism type {name}")

    return FakeService(said)


@pytest.mark.parametrize(
    ("service", "kept"),
    [
        (has("GSSAPI", "DIGEST-MD5"), {"sasl_plain": "unsupported", "sasl_gssapi": "continue"}),
        (has("PLAIN"), {"sasl_plain": "continue", "sasl_gssapi": "unsupported"}),
        (FakeService(sasl(3, "GSS initiate failed")), {"sasl_plain": "failed", "sasl_gssapi": "failed"}),
        (FakeService(an_exception()), {}),
        (FakeService(b""), {}),
        (FakeService(None), {}),
        (FakeService(sasl(4, "Invalid status 1")), {}),
        (FakeService(b"SSH-2.0-x\r\n"), {}),
    ],
    ids=["Kerberos", "passwords", "failed", "no SASL", "closes", "silent", "takes it for a status", "SSH"],
)
def test_only_an_answer_of_sasl_says_which_mechanisms_a_server_has(service: FakeService, kept: dict[str, str]) -> None:
    case, settings = replace(a_case({LOGIN: "NONE"}), nodes=()), LiveSettings(Vantage(patience=SOON))
    with service:
        flow = a_flow("hiveserver2", endpoint=service.at)
        plan = FlowPlan((flow,))
        first = observe(plan.flows, settings).by_flow
        notes = ask_further(scene_of(case, plan, CaseObservations(first)), settings).notes.get(flow.id, ())

    assert {key: value for note in notes for key, value in note.detail.items() if key.startswith("sasl_")} == kept
