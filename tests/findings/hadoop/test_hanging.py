"""Which finding do services make that accept connections and do not answer?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnose.findings import conclude
from diagnose.findings.model import Finding
from diagnose.findings.wording.en import hanging as english
from diagnose.findings.wording.zh import hanging as chinese
from diagnose.flows.components import load
from diagnose.flows.model import Flow
from probes.endpoint import Endpoint
from probes.observation import Observation
from tests.support.factories import EMR_GROUP, a_flow, a_group, a_rule
from tests.support.incident_cases import healthy, report
from tests.support.said_by_services import with_answers
from tests.support.scenes import saw, silence, the_case, the_conclusion, the_scene

FIRST, SECOND = ("master-1-1", "192.168.20.11"), ("master-1-2", "192.168.20.12")
OPEN = saw("open", "syn-ack")
CASE = the_case(a_group(a_rule(), id=EMR_GROUP))


def at(component: str, host: tuple[str, str], port: int, **changes: Any) -> Flow:
    given = {"service": component, "area": "hive", "endpoint": Endpoint(host[0], port, "tcp", host[1])}
    return a_flow(component, **{**given, **changes})


METASTORE = at("hive-metastore", FIRST, 9083)
OTHER_METASTORE = at("hive-metastore", SECOND, 9083)
HIVE = at("hiveserver2", FIRST, 10000)
NAMENODE = at("namenode-rpc", FIRST, 8020)
MANAGER = at("resourcemanager-client", FIRST, 8032)
MANAGER_PAGE = at("resourcemanager-web", FIRST, 8088, need="optional")


def told(own: str, **detail: object) -> list[Observation]:
    return [OPEN, saw("not-probed", "syn-ack", detail={"own_protocol": own, **detail})]


def hanging(*, acknowledged: bool | None = True) -> list[Observation]:
    known = {} if acknowledged is None else {"acknowledged": acknowledged}
    return told("hangs", waited_s=7.0, **known)


ANSWERS = told("answered")


def hangs(seen: Mapping[Flow, list[Observation]]) -> list[Finding]:
    """Return the findings about services that hang."""
    by_flow = {flow.id: observations for flow, observations in seen.items()}
    return [f for f in the_conclusion(CASE, list(seen), by_flow).findings if f.cause == "hangs"]


def found(seen: Mapping[Flow, list[Observation]]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return code, severity and flows of each finding about a service that hangs."""
    return [(f.code, f.severity, f.flows) for f in hangs(seen)]


@pytest.mark.parametrize(("flow", "code"), [(METASTORE, "SVC-HMS"), (HIVE, "SVC-HANG"), (NAMENODE, "SVC-HANG")])
def test_a_service_that_hangs_is_an_error(flow: Flow, code: str) -> None:
    (finding,) = hangs({flow: hanging()})

    assert (finding.code, finding.severity, finding.confidence) == (code, "error", "strong")
    assert finding.settle_by is not None
    assert "jstack" in finding.settle_by
    assert "Recv-Q" in finding.settle_by


def test_a_service_that_is_not_required_is_a_warning() -> None:
    assert found({MANAGER_PAGE: hanging()}) == [("SVC-HANG", "warning", (MANAGER_PAGE.id,))]


@pytest.mark.parametrize("own", ["answered", "idle", "tls", "silent", "closed", "unidentified", "foreign"])
def test_every_other_answer_is_no_hang(own: str) -> None:
    assert found({NAMENODE: told(own)}) == []


def test_a_record_of_a_service_without_a_question_is_no_hang() -> None:
    assert found({at("nodemanager-web", FIRST, 8042): hanging()}) == []


def test_datanodes_that_hang_are_one_fault_and_one_that_answers_is_named() -> None:
    first, second = at("datanode-transfer", FIRST, 9866), at("datanode-transfer", SECOND, 9866)
    third = at("datanode-transfer", ("core-1-3", "192.168.20.13"), 9866)
    there = [replace(seen, address="192.168.20.13") for seen in ANSWERS]
    (finding,) = hangs({first: hanging(), second: hanging(), third: there})

    assert (finding.code, finding.severity, finding.flows) == ("SVC-HANG", "error", (first.id, second.id))
    assert "a request for shared memory" in finding.sentence
    assert finding.params["elsewhere"] == ("core-1-3",)


@pytest.mark.parametrize("words", [english.QUESTIONS, chinese.QUESTIONS], ids=["English", "Chinese"])
def test_each_question_has_words(words: Mapping[str, str]) -> None:
    assert {each.question.kind for each in load().component if each.question is not None} == words.keys()


def test_an_answer_of_any_time_is_no_hang() -> None:
    assert found({NAMENODE: [*hanging(), *ANSWERS]}) == []


def test_a_port_that_is_silent_itself_does_not_hang() -> None:
    assert found({NAMENODE: [silence()]}) == []


def test_rpc_and_web_page_of_one_process_are_one_fault() -> None:
    seen = {MANAGER: hanging(), MANAGER_PAGE: hanging(), HIVE: ANSWERS}

    assert found(seen) == [("SVC-HANG", "error", (MANAGER.id, MANAGER_PAGE.id))]


def test_two_processes_are_two_faults_and_the_metastore_comes_first() -> None:
    seen = {HIVE: hanging(), METASTORE: hanging(), NAMENODE: ANSWERS}

    assert [code for code, _, _ in found(seen)] == ["SVC-HMS", "SVC-HANG"]


def test_a_host_on_which_nothing_answers_is_one_fault() -> None:
    (finding,) = hangs({METASTORE: hanging(), HIVE: hanging(), NAMENODE: hanging()})

    assert set(finding.flows) == {METASTORE.id, HIVE.id, NAMENODE.id}
    assert finding.title.startswith("Every service that was asked on master-1-1")


def test_those_that_answer_are_named_with_what_that_excludes() -> None:
    there = [replace(seen, address=SECOND[1]) for seen in ANSWERS]
    seen = {METASTORE: hanging(), OTHER_METASTORE: there, HIVE: ANSWERS}
    (finding,) = hangs(seen)

    assert (finding.params["beside"], finding.params["elsewhere"]) == (("hiveserver2",), ("master-1-2",))
    assert "On the same host hiveserver2 answers, so the host runs." in finding.detail
    assert "The same service on master-1-2 answers the same question." in finding.detail
    assert "no rule is missing" in finding.detail
    assert {e.ref for e in finding.evidence} >= {METASTORE.id, OTHER_METASTORE.id, HIVE.id}


def test_it_is_never_proven_because_a_device_on_the_way_looks_the_same() -> None:
    (finding,) = hangs({METASTORE: hanging(), HIVE: ANSWERS})

    assert finding.confidence == "strong"
    assert "A proxy on the way that takes connections for the host looks the same" in finding.detail


def test_the_sentence_says_what_was_sent_and_how_long_was_waited() -> None:
    (finding,) = hangs({METASTORE: hanging()})

    assert "Two questions were sent" in finding.sentence
    assert "the start of a SASL login and a Thrift call" in finding.sentence
    assert "After the second one not a byte came for 7 s." in finding.sentence


@pytest.mark.parametrize("waited", [10**400, float("inf"), float("nan"), -1, True, "7", [7], None])
def test_a_record_with_no_possible_time_is_read_without_it(waited: object) -> None:
    (finding,) = hangs({METASTORE: told("hangs", waited_s=waited, acknowledged="yes")})

    assert (finding.params["waited"], finding.params["is_acknowledged"]) == (0.0, None)


def test_a_question_that_no_kernel_acknowledged_is_a_candidate_alone() -> None:
    """Given a firewall that cuts connections, or a queue that is full."""
    (finding,) = hangs({METASTORE: hanging(acknowledged=False)})

    assert (finding.code, finding.confidence) == ("SVC-HMS", "inferred")
    assert "firewall" in finding.detail
    assert "no rule is missing" not in finding.detail


def test_nothing_is_said_of_the_kernel_if_the_vantage_cannot_tell() -> None:
    (finding,) = hangs({METASTORE: hanging(acknowledged=None)})

    assert finding.confidence == "strong"
    assert "kernel" not in finding.sentence + finding.detail


def test_from_another_network_the_check_is_to_be_repeated_from_the_resource_group() -> None:
    elsewhere = [replace(seen, source="10.9.9.9") for seen in hanging()]
    (finding,) = hangs({NAMENODE: elsewhere})

    assert (finding.code, finding.confidence) == ("SVC-HANG", "strong")
    assert "from a host of the resource group" in (finding.settle_by or "")


def test_such_a_flow_is_blocked() -> None:
    scene = the_scene(CASE, [NAMENODE], {NAMENODE.id: hanging()})

    assert scene.outcomes[0].verdict == "blocked"
    assert not conclude(scene).bugs


def reported(folder: Path, said: dict[int, dict[str, Any]]) -> Any:
    """Return the report of a healthy case in which these ports answered so."""
    return report(folder / "then", with_answers(folder / "first", healthy(kerberos=True), said))


def test_a_metastore_that_hangs_is_the_primary_and_its_undoing_repairs_its_flows(tmp_path: Path) -> None:
    result = reported(tmp_path, {9083: {"own_protocol": "hangs", "waited_s": 7.0, "acknowledged": True}, 9000: {}})

    first = result["findings"][0]
    assert (first["code"], first["severity"], result["exit_code"]) == ("SVC-HMS", "error", 1)
    assert first["undone"]["repairs"] == first["flows"]
    assert all(flow.startswith("hive-metastore/") for flow in first["flows"])


def test_silence_to_one_question_alone_is_unknown(tmp_path: Path) -> None:
    result = reported(tmp_path, {9083: {"own_protocol": "silent"}})

    assert [f["code"] for f in result["findings"] if f["severity"] == "error"] == []
    assert result["exit_code"] == 3
