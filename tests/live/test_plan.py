"""What `plan` says would be sent: golden pages, JSON that validates, and that it is what a live
check then sends."""

from __future__ import annotations

import json
import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from diagnose.case.directory import read
from diagnose.cli import main
from diagnose.flows.plan import flows
from diagnose.live import follow_up
from diagnose.live.follow_up.model import Possible
from diagnose.live.observe import LiveSettings, observe
from diagnose.live.plan import Schedule, is_name, schedule, sending
from diagnose.scene.observed import CaseObservations, scene_of
from probes.names import resolvconf
from probes.names.resolvconf import ResolvConf
from probes.names.resolve import AT_ONCE, worst_case
from probes.network import runner
from probes.network.pacing import OFFSETS
from probes.network.udp import RESEND
from probes.observation import Observation, Reason, State
from probes.vantage import Vantage
from tests.support import factories as make
from tests.support.fake_kdc import FakeKdc, SilentKdc
from tests.support.pages import is_one_word
from tests.support.places import GOLDEN
from tests.support.places import PROJECT as ROOT

FLAGSHIP = ROOT / "fixtures" / "datalake-ha-kerberos"
ACCEPT = os.environ.get("GOLDEN") == "accept"


def planned(*args: str) -> Any:
    result = CliRunner().invoke(main, ["plan", *args, "--format", "json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_page_is_the_golden_one(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    page = CliRunner().invoke(main, ["plan", str(FLAGSHIP)]).stdout
    path = GOLDEN / f"plan_{width}.txt"
    if ACCEPT:
        path.write_text(page, encoding="utf-8")

    assert page == path.read_text(encoding="utf-8")
    assert all(cell_len(line) <= width or is_one_word(line) for line in page.splitlines())


def test_json_is_what_the_schema_says() -> None:
    schema = json.loads(CliRunner().invoke(main, ["schema", "plan"]).stdout)
    value = planned(str(FLAGSHIP))

    jsonschema.Draft202012Validator(schema).validate(value)
    value["phases"] = 3
    assert not jsonschema.Draft202012Validator(schema).is_valid(value)


def test_every_flow_says_what_is_sent_when_and_what_may_follow() -> None:
    value = planned(str(FLAGSHIP))
    kinds = {(flow["service"], flow["transport"]): flow for flow in value["flows"]}
    udp, tcp, plain = kinds["KDC", "udp"], kinds["KDC", "tcp"], kinds["HiveServer2", "tcp"]

    assert udp["sent_at"] == list(RESEND)
    assert f"{udp['payload_bytes']} bytes" in udp["sends"]
    assert tcp["payload_bytes"] == udp["payload_bytes"] + 4
    assert (plain["payload_bytes"], plain["sent_at"]) == (0, list(OFFSETS))
    assert [one["question"] for one in plain["further"]] == [
        *("protocol", "once more", "login", "other names", "reverse name", "name", "name servers", "other addresses"),
        *("known address", "path", "reset"),
    ]
    assert [one["question"] for one in udp["further"]] == [
        *("other ports", "sizes", "other names", "name", "name servers", "other addresses", "known address"),
        "path",
    ]
    assert [one["question"] for one in tcp["further"]] == [
        *("other ports", "realm", "other names", "name", "name servers", "other addresses", "known address"),
        *("path", "reset", "packet sizes"),
    ]


def test_the_time_is_that_of_the_phases() -> None:
    value = planned(str(FLAGSHIP))
    phases = {phase["phase"]: phase["worst_case_seconds"] for phase in value["phases"]}

    assert value["worst_case_seconds"] == pytest.approx(sum(phases.values()))
    # A third name server still answers after two silent ones
    assert phases["names"] > (resolvconf.MOST_SERVERS - 1) * ResolvConf().timeout
    assert phases["flows"] == pytest.approx(runner.worst_case(4, 22, hurry=False), abs=0.1)


def test_a_case_that_carries_observations_is_replayed(tmp_path: Path) -> None:
    shutil.copytree(FLAGSHIP, tmp_path / "case")
    seen = {"flow": "kdc-udp/x:88", "vantage": "local", "state": "open", "reason": "kerberos-reply", "attempts": 1}
    (tmp_path / "case" / "observations.json").write_text(json.dumps({"schema_version": "1", "observations": [seen]}))
    value = planned(str(tmp_path / "case"))

    assert (value["replayed"], value["worst_case_seconds"]) == (True, 0)
    assert "send nothing either" in CliRunner().invoke(main, ["plan", str(tmp_path / "case")]).stdout


def test_nothing_is_resolved_or_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> Any:
        raise AssertionError("plan used the network")

    for name in ("socket", "getaddrinfo"):
        monkeypatch.setattr(socket, name, forbidden)

    assert planned(str(FLAGSHIP))["flows"]


def test_every_area_that_asks_further_says_so() -> None:
    assert [asks.__module__ for asks in follow_up.ASKING] == [may.__module__ for may in follow_up.POSSIBLE]


SEEN: tuple[tuple[State, Reason], ...] = (
    ("open", "syn-ack"),
    ("closed", "rst"),
    ("filtered", "no-response"),
    ("unresolved", "name-not-found"),
)


@pytest.mark.parametrize("shift", range(len(SEEN)))
def test_no_question_is_asked_that_plan_does_not_tell(shift: int) -> None:
    """Given flows of one host that answer in every way, when further questions are raised, then
    each is one that plan says of its flow."""
    case = read([FLAGSHIP])
    plan = flows(case)
    address = f"192.168.20.{11 + shift % 2}"
    seen = {}
    for number, flow in enumerate(plan.flows):
        state, reason = SEEN[(number + shift) % len(SEEN)]
        if state == "open" and flow.area == "kerberos":
            reason = "kerberos-reply"
        if state == "closed" and flow.endpoint.transport == "udp":
            reason = "port-unreachable"
        if state == "unresolved" and not is_name(flow.endpoint.host):
            state, reason = "filtered", "no-response"
        told_by = Observation("local", state, reason, source="192.168.10.7", address=address, detail={"error_code": 6})
        seen[flow.id] = (told_by,)
    told = {flow.id: {one.name for one in sending(flow).further} for flow in plan.flows}
    scene = scene_of(case, plan, CaseObservations(seen))
    asked = [one for ask in follow_up.ASKING for one in ask(scene)]

    assert asked
    for one in asked:
        assert one.once_more is None or {"once more", "once more of a DataNode"} & told[one.flow]
        kind = one.name.partition(" ")[0] if one.name not in told[one.flow] else one.name
        assert {"port": {"other ports"}, "name": {"name", "reverse name"}, "other": {"other names"}}.get(
            kind, {kind}
        ) & told[one.flow], one.name


def test_a_flow_without_names_costs_its_own_time_and_that_of_its_further_questions() -> None:
    alone = sending(make.a_flow("zookeeper", area="zookeeper", endpoint=make.an_endpoint("192.168.20.11")))

    found = schedule([alone])

    first = max(question.seconds for question in alone.further if not question.is_second)
    second = max(question.seconds for question in alone.further if question.is_second)
    assert (found.names, found.further) == (0, first + second)
    assert found.flows == pytest.approx(runner.worst_case(0, 1, hurry=False), abs=0.1)
    assert schedule([]) == Schedule(0.0, 0.0, 0.0)


def test_further_questions_cost_as_much_as_the_slowest() -> None:
    flows = [make.a_kdc_flow("udp"), make.a_kdc_flow("tcp")]
    slowest = max(one.seconds for flow in flows for one in sending(flow).further)

    assert schedule([sending(flow) for flow in flows]).further == round(slowest, 1)
    assert Possible("q", "it answers", "a byte").seconds == 7.0


def test_questions_that_a_whole_check_asks_seldom_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given two hundred silent flows, when few probes may run at once, then the traces of all of
    them are those of a few hosts."""
    monkeypatch.setattr(runner, "concurrency", lambda _=None: 50)
    trace = Possible("path", "it stays silent", "packets", in_all=24)
    free = replace(trace, in_all=None)
    flows = [sending(make.a_kdc_flow("udp"))] * 200

    assert schedule([replace(one, further=(trace,)) for one in flows]).further == 7.0
    assert schedule([replace(one, further=(free,)) for one in flows]).further == 28.0


def test_names_are_looked_up_so_many_at_once() -> None:
    assert [worst_case(count, 5) for count in (0, 1, AT_ONCE, AT_ONCE + 1)] == [0, 5, 5, 10]


def test_what_is_sent_is_what_was_planned() -> None:
    """Given a KDC that never answers and one that does, when the flows are observed, then each
    request has the size and number that the plan names."""
    for kdc, requests in ((SilentKdc(), len(RESEND)), (FakeKdc(), 1)):
        with kdc:
            flow = make.a_kdc_flow("udp", endpoint=kdc.endpoint("udp"))
            observe([flow], LiveSettings(Vantage(patience=2.5)))
        plan = sending(flow)

        assert len(kdc.requests) == requests
        # A nonce below 2**23 saves a byte or more, which is rare; the plan names the usual size.
        assert all(plan.payload - 4 <= len(request) <= plan.payload for request in kdc.requests)
