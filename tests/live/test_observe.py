"""Probing a whole case on loopback: the embedded cluster, names, refusals, a KDC that moved."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from diagnose import demo
from diagnose.case.directory import of_tree
from diagnose.engine import diagnose
from diagnose.findings import conclude
from diagnose.flows.model import FlowPlan
from diagnose.flows.plan import flows
from diagnose.live import follow_up
from diagnose.live.follow_up.model import Further, note_of
from diagnose.live.observe import LiveSettings, observe
from diagnose.live.observe_case import observe_case
from diagnose.report.build import Clock, build
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.scene import Scene
from probes.embedded import EmbeddedCluster, answer
from probes.endpoint import Endpoint
from probes.kerberos import der
from probes.kerberos.as_req import as_req
from probes.kerberos.message import KrbError, decode
from probes.observation import Observation
from probes.questions import Question
from probes.questions.register import REGISTER
from probes.vantage import Vantage
from tests.support.closed_port import closed_port
from tests.support.factories import a_flow, a_kdc_flow, an_endpoint
from tests.support.patience import SOON
from tests.support.scenes import the_case

PATIENCE = SOON

OWN_RANGE = 32 + os.getpid() % 220
"""Second number of loopback addresses that a test beside this one hardly uses, and no demo."""


def settings(running: demo.RunningDemo) -> LiveSettings:
    return LiveSettings(Vantage(source_address=running.source_address, patience=PATIENCE))


REALM = "EMR.X.COM"


def test_demo_cluster_goes_from_broken_to_repaired() -> None:
    with demo.started(demo.bundled()) as running:
        tree, case, cluster, ours = running.tree, running.case, running.cluster, settings(running)
        cluster.silent = demo.stopped(case)
        broken = build(diagnose(case, observe_case(case, ours)), "check", Clock("2026-01-01T00:00:00.000+00:00", 1))
        assert [(f.code, f.confidence) for f in broken.findings] == [("SG-KDC-UDP", "proven")]
        assert {flow.observations[0].state for flow in broken.flows if flow.verdict == "blocked"} == {"filtered"}
        repaired = of_tree(demo.with_suggestions(tree, [rule for rule in broken.suggested_rules if rule.option == 1]))
        cluster.silent = demo.stopped(repaired)
        assert not cluster.silent
        done = diagnose(repaired, observe_case(repaired, ours))
    assert (done.exit_code, done.conclusion.findings) == (0, ())
    verdicts = {outcome.flow.component: outcome.verdict for outcome in done.scene.outcomes}
    assert set(verdicts.values()) == {"reachable", "accepts"}
    # Asked in their own protocol, and not
    assert {verdicts[name] for name in ("kdc-udp", "namenode-rpc", "hive-metastore")} == {"reachable"}
    assert verdicts["datanode-transfer"] == "reachable"


def test_two_demos_at_once_run_side_by_side() -> None:
    with demo.started(demo.bundled()) as first, demo.started(demo.bundled()) as second:
        assert first.source_address != second.source_address
        for running in (first, second):
            seen = observe_case(running.case, settings(running))
            assert {answers[-1].state for answers in seen.by_flow.values()} == {"open"}


def test_a_demo_without_a_free_range_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with demo.started(demo.bundled()) as running:
        monkeypatch.setattr(demo, "LOOPBACK_RANGES", (int(running.source_address.split(".")[1]),))
        with pytest.raises(OSError, match="in use"), demo.started(demo.bundled()):
            pass


def test_nothing_of_the_moved_case_leaves_loopback() -> None:
    case = of_tree(demo.moved(demo.bundled()))
    assert {flow.endpoint.host.split(".")[0] for flow in flows(case).flows} == {"127"}


@pytest.mark.parametrize(
    ("realm", "client", "code"), [(REALM, ("K", "M"), 18), ("OTHER.COM", ("K", "M"), 6), (REALM, ("alice",), 6)]
)
def test_embedded_kdc_answers_as_mit_does(realm: str, client: tuple[str, ...], code: int) -> None:
    reply = answer(as_req(realm, nonce=7, client=client), REALM)
    assert reply is not None
    message = decode(reply)
    assert isinstance(message, KrbError)
    assert (message.code, message.realm) == (code, realm)


@pytest.mark.parametrize("request_", [b"", b"hello", der.write(der.application(10), b""), as_req(REALM, nonce=1)[:-3]])
def test_embedded_kdc_stays_silent_to_anything_else(request_: bytes) -> None:
    assert answer(request_, REALM) is None


def test_embedded_cluster_refuses_to_leave_loopback() -> None:
    with (
        pytest.raises(ValueError, match="loopback"),
        EmbeddedCluster([Endpoint("192.168.20.11", 8020, "tcp")], [], REALM),
    ):
        pass


def test_names_that_do_not_resolve_are_observed_and_nothing_is_sent() -> None:
    nowhere = a_flow(endpoint=an_endpoint("no-such-host.invalid", address=None))
    odd = a_flow(id="odd", endpoint=an_endpoint("a..b", address=None))
    seen = observe([nowhere, odd], LiveSettings(Vantage(patience=0.5))).by_flow
    assert {one.state for many in seen.values() for one in many} == {"unresolved"}


def test_progress_counts_every_flow_that_was_sent() -> None:
    told: list[tuple[int, int]] = []
    with closed_port() as port:
        observe(
            [a_flow(endpoint=an_endpoint("127.0.0.1", port, address="127.0.0.1"))],
            LiveSettings(Vantage(patience=0.5)),
            lambda *n: told.append(n),
        )
    assert told == [(1, 1)]


def test_a_kdc_that_refuses_is_looked_for_where_a_rule_opened_a_port() -> None:
    # Given the demo's cluster with everything open, whose KDCs moved to the port that a narrow rule
    # opens beside the configured one
    tree = demo.moved(demo.bundled(), OWN_RANGE)
    configured, actual = demo.UNPRIVILEGED_KDC_PORT, 11088
    opened = {
        path: content.replace(b'"10088/10088"', b'"10088/11088"') if path.endswith("-emr.json") else content
        for path, content in tree.files.items()
    }
    case = of_tree(replace(tree, files=opened))
    group = next(
        iter(g for g in case.security_groups.values() if any(r.ports == ((configured, actual),) for r in g.rules))
    )
    narrow = tuple(
        replace(rule, ports=((configured, configured), (actual, actual)))
        if rule.ports == ((configured, actual),)
        else rule
        for rule in group.rules
    )
    both = tuple(
        replace(rule, id=f"{rule.id}-udp", protocol=17)
        for rule in narrow
        if rule.ports == ((configured, configured), (actual, actual))
    )
    case = replace(
        case,
        security_groups={**case.security_groups, group.id: replace(group, rules=(*narrow, *both), rule_count=None)},
    )
    plan = flows(case)
    kdcs = [flow for flow in plan.flows if flow.area == "kerberos"]
    others = [Endpoint(f.endpoint.address or "", f.endpoint.port, "tcp") for f in plan.flows if f.area != "kerberos"]
    moved = [Endpoint(f.endpoint.address or "", actual, f.endpoint.transport) for f in kdcs]
    with EmbeddedCluster(others, moved, kdcs[0].realm or ""):
        vantage = Vantage(source_address=f"127.{OWN_RANGE}.10.7", patience=PATIENCE)
        found = conclude(scene_of(case, plan, observe_case(case, LiveSettings(vantage))))
    # Then the port is what is wrong, not the KDC
    assert [finding.code for finding in found.findings] == ["KDC-PORT"]
    assert str(actual) in found.findings[0].title


def test_a_stopped_kdc_is_told_from_a_moved_one() -> None:
    with closed_port() as port:
        kdcs = [
            a_kdc_flow(t, endpoint=an_endpoint("127.0.0.1", port, transport=t, address="127.0.0.1"), id=t, realm=REALM)
            for t in ("udp", "tcp")
        ]
        seen = CaseObservations(observe(kdcs, LiveSettings(Vantage(patience=SOON))).by_flow)
    place = scene_of(the_case(nodes=()), FlowPlan(tuple(kdcs), ()), seen)
    assert {outcome.observed.state for outcome in place.outcomes if outcome.observed} == {"closed"}
    assert conclude(place).findings[0].code == "KDC-DOWN"


def ask_what_is_never_answered(monkeypatch: pytest.MonkeyPatch, asks: Callable[[], None]) -> None:
    """Let one further question be asked, which calls this first and then waits for ever."""

    async def ask(_: Question, __: Vantage) -> Observation:
        asks()
        await asyncio.sleep(3600)
        raise AssertionError

    def questions(scene: Scene) -> Iterator[Further]:
        flow = scene.outcomes[0].flow
        yield Further(flow.id, "endless", Question("own-name", flow.endpoint), note_of("own_name"))

    monkeypatch.setitem(REGISTER, "own-name", ask)
    monkeypatch.setattr(follow_up, "ASKING", (questions,))


def test_ctrl_c_while_further_questions_are_asked_is_told_and_nothing_is_logged_in_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask_what_is_never_answered(monkeypatch, lambda: signal.raise_signal(signal.SIGINT))
    logins: list[object] = []
    monkeypatch.setattr("diagnose.live.login.prove", lambda *_: logins.append(1))
    with demo.started(demo.bundled()) as running:
        seen = observe_case(running.case, settings(running), credentials=object())  # type: ignore[arg-type]

    done = diagnose(running.case, seen)
    assert (done.exit_code, logins) == (130, [])
    assert "further questions" in [skip.check for skip in done.skipped]


def test_further_questions_that_had_no_time_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_what_is_never_answered(monkeypatch, lambda: None)
    with demo.started(demo.bundled()) as running:
        seen = observe_case(running.case, replace(settings(running), deadline=3.0))

    assert [skip.cause.partition(" ")[0] for skip in seen.skipped] == ["1"]
    assert not seen.interrupted


def test_a_bug_in_the_further_questions_of_one_area_costs_no_other_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scene: Scene) -> Iterator[Further]:
        raise RuntimeError("boom")

    monkeypatch.setattr(follow_up, "ASKING", (broken,))
    with demo.started(demo.bundled()) as running:
        done = diagnose(running.case, observe_case(running.case, settings(running)))

    assert (done.exit_code, [bug.error for bug in done.bugs]) == (4, ["RuntimeError: boom"])
    assert all(outcome.observed is not None for outcome in done.scene.outcomes)


def test_a_diagnosis_waits_for_silence_however_well_the_path_is_known() -> None:
    """Given a hundred and thirty answers and one host that stalls for a second, when the case is
    observed, then the one is found too."""
    with socket.create_server(("", 0), backlog=512) as listener, socket.socket() as late:
        late.bind(("127.0.0.1", 0))
        open_port, late_port = listener.getsockname()[1], late.getsockname()[1]
        late.listen(0)
        queued = [socket.socket() for _ in range(2)]
        for client in queued:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", late_port))  # the queue is full: SYNs are dropped from now on

        def drain() -> None:
            for _ in queued:
                late.accept()[0].close()

        timer = threading.Timer(1.0, drain)
        timer.start()
        flows = [
            a_flow(id=f"{n}", endpoint=an_endpoint(f"127.0.0.{n}", open_port, address=f"127.0.0.{n}"))
            for n in range(1, 131)
        ]
        stalled = a_flow(id="late", endpoint=an_endpoint("127.0.0.1", late_port, address="127.0.0.1"))
        seen = observe([*flows, stalled], LiveSettings(Vantage(patience=3.5))).by_flow
        timer.join()
        for client in queued:
            client.close()
    assert {one.state for many in seen.values() for one in many} == {"open"}
