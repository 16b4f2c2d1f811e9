"""What follows from notes on the way: the one cause, no look-alike beside it, and nothing from
notes that make " "no sense.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import probes.path.trace
from diagnose.decisions.model import Model
from diagnose.findings import conclude
from diagnose.findings.network.path import is_forged, last_router, loop, not_checked, noted, size, traced_way
from diagnose.findings.values import Values
from diagnose.findings.wording.en import path as en
from diagnose.flows.model import Flow
from diagnose.live import follow_up
from diagnose.live.follow_up.path import MOST_RESETS_A_HOST, MOST_SIZES, questions
from diagnose.live.observe import LiveSettings
from diagnose.live.observe_case import _together
from diagnose.scene.outcome import outcomes
from diagnose.scene.scene import Scene, scene
from probes.observation import Observation
from probes.path.trace import Trace
from tests.support.factories import EMR_GROUP, a_flow, a_group, a_kdc_flow, a_node, a_rule, a_udp_rule, an_endpoint
from tests.support.scenes import codes, saw, silence, the_case, the_scene, the_source

UDP_KDC, TCP_KDC, NAMENODE = a_kdc_flow("udp"), a_kdc_flow("tcp"), a_flow()
MANAGER = a_flow("resourcemanager-client", endpoint=an_endpoint(port=8032), service="ResourceManager", area="yarn")
FLOWS = (UDP_KDC, TCP_KDC, NAMENODE, MANAGER)
CASE = the_case(a_group(a_rule(), a_rule((88, 88)), a_udp_rule(), a_rule((8032, 8032))))
WORKS = {
    UDP_KDC.id: saw("open", "kerberos-reply"),
    TCP_KDC.id: saw("open", "kerberos-reply"),
    NAMENODE.id: saw("open", "syn-ack"),
    MANAGER.id: saw("open", "syn-ack"),
}
HOLE = {"black_hole": True, "direction": "out", "own": 1500, "waiting": 3004, "passes": 1400, "lost": 1420}


def note(**detail: object) -> Observation:
    return Observation("local", "not-probed", "no-response", detail=detail)


def looked(seen: Mapping[str, Observation] | None = None, notes: Mapping[str, Observation] | None = None) -> Scene:
    """All works but what is given; notes by flow id."""
    model = Model(CASE, [the_source()])
    by_flow = {
        key: (*([notes[key]] if notes and key in notes else []), one) for key, one in (WORKS | dict(seen or {})).items()
    }
    return scene(CASE, model, outcomes(model, FLOWS, by_flow), live=True)


def way(hops: list[list[Any]], **more: object) -> Observation:
    last = hops[-1][1] if hops else None
    return note(path={"hops": hops, "asked": 8, "reached": False, "distance": None, "last": last, "loop": [], **more})


def test_a_black_hole_is_the_cause_and_lost_datagrams_are_its_effect() -> None:
    place = looked(notes={UDP_KDC.id: note(largest_reply=1372, lost_reply=1374), TCP_KDC.id: note(mtu=HOLE)})
    found = conclude(place)
    assert (codes(found), found.bugs) == (["NET-MTU-TCP"], ())
    (finding,) = found.findings
    assert (finding.severity, finding.confidence) == ("error", "proven")
    assert set(finding.flows) == {TCP_KDC.id, NAMENODE.id, MANAGER.id}
    assert "more than 1400 bytes" in finding.sentence
    assert "1360 bytes" in finding.advice[1]


def test_lost_datagrams_alone_are_fragments() -> None:
    clean = note(mtu={**HOLE, "black_hole": False})
    place = looked(notes={UDP_KDC.id: note(largest_reply=1470, lost_reply=1475), TCP_KDC.id: clean})
    assert codes(conclude(place)) == ["KDC-FRAG"]


def test_the_direction_is_said() -> None:
    place = looked(notes={TCP_KDC.id: note(mtu={**HOLE, "direction": "in", "waiting": 0, "passes": None})})
    (finding,) = conclude(place).findings
    assert "packets from the host to here" in finding.detail
    assert "as large as this host's own link carries" in finding.sentence


def test_a_forged_reset_is_a_device_on_the_way() -> None:
    told = {"distance": 3, "short_of_host": True, "captured": True, "ttl": 64, "host_ttl": 62, "forged": True}
    place = looked({MANAGER.id: saw("closed", "rst")}, {MANAGER.id: note(rst=told)})
    found = conclude(place)
    assert [(f.code, f.confidence) for f in found.findings] == [("FW-VPC", "strong")]
    assert "3 hops away" in found.findings[0].detail
    assert "TTL 64" in found.findings[0].detail
    assert "tcpdump" in (found.findings[0].settle_by or "")
    assert not not_checked(place)


@pytest.mark.parametrize(("distance", "is_near"), [(2, True), (3, False)])
def test_a_reset_for_a_packet_that_went_one_hop_may_be_of_this_host(distance: int, is_near: bool) -> None:
    told = {"distance": distance, "short_of_host": True, "captured": True, "ttl": 64, "host_ttl": 63, "forged": True}
    (finding,) = conclude(looked({MANAGER.id: saw("closed", "rst")}, {MANAGER.id: note(rst=told)})).findings
    assert finding.code == "FW-VPC"
    assert ("output rules of this host" in finding.sentence) is is_near
    assert any("OUTPUT" in advice for advice in finding.advice) is is_near


@pytest.mark.parametrize(
    ("beside", "is_near"),
    [([[1, "10.0.0.1", 1.0]], True), ([[2, "10.0.0.2", 1.0]], False), ([], False)],
    ids=["the first router answers", "the second one alone", "none"],
)
def test_silence_before_the_first_router_may_be_of_this_host(beside: list[list[Any]], is_near: bool) -> None:
    # Given a silent port, and an open one of the same host to which routers answered a trace
    notes = {MANAGER.id: way([]), NAMENODE.id: way(beside, distance=2, answer="syn-ack", reached=True)}
    (finding,) = conclude(looked({MANAGER.id: silence()}, notes)).findings
    assert (finding.code, finding.confidence == "inferred") == ("FW-OS-DROP", is_near)
    assert ("10.0.0.1, the first router" in finding.detail) is is_near
    assert ("iptables -vnL OUTPUT" in finding.advice[0]) is is_near
    assert ("OUTPUT" in (finding.settle_by or "")) is is_near


@pytest.mark.parametrize(("vswitch", "is_alone"), [("vsw-bp1emr", True), ("vsw-2", False)])
def test_a_host_without_a_way_beside_others_that_answer_is_probably_stopped(vswitch: str, is_alone: bool) -> None:
    # Given no way to one node, and a node in the same or another vSwitch that answers
    nodes = (a_node(), a_node("core-1-1", "192.168.20.21", vswitch=vswitch))
    case = the_case(a_group(a_rule()), nodes=nodes)
    core = a_flow(endpoint=an_endpoint("core-1-1", address="192.168.20.21"))
    seen = {
        NAMENODE.id: (saw("filtered", "host-unreachable", offender="192.168.10.1"),),
        core.id: (saw("open", "syn-ack", address="192.168.20.21"),),
    }
    model = Model(case, [the_source()])
    (finding,) = conclude(scene(case, model, outcomes(model, (NAMENODE, core), seen), live=True)).findings
    assert (finding.code, finding.confidence) == ("NET-ROUTE", "strong")
    assert ("stopped or released" in finding.sentence) is is_alone
    assert any("route tables" in advice for advice in finding.advice) is not is_alone


def test_no_way_to_one_port_of_a_host_that_answers_on_another_is_a_firewall() -> None:
    (finding,) = conclude(looked({MANAGER.id: saw("filtered", "host-unreachable", offender="10.0.0.9")})).findings
    assert finding.code == "NET-ROUTE"
    assert "No route depends on a port" in finding.sentence
    assert finding.advice == ("Allow TCP 8032 on master-1-1 from 192.168.10.0/24 at 10.0.0.9.",)


def test_an_honest_reset_is_a_closed_port_and_says_what_was_not_read() -> None:
    told = {"distance": 3, "short_of_host": False, "captured": False, "forged": False}
    place = looked({MANAGER.id: saw("closed", "rst")}, {MANAGER.id: note(rst=told)})
    assert codes(conclude(place)) == ["SVC-DOWN"]
    assert "CAP_NET_RAW" in not_checked(place)[0].needs


@pytest.mark.parametrize(
    ("told", "is_known"),
    [
        ({"distance": 3, "short_of_host": False, "captured": False, "forged": False}, False),
        ({"distance": None, "short_of_host": None, "captured": False, "forged": False}, False),
        ({"distance": 3, "short_of_host": False, "captured": True, "ttl": None, "host_ttl": 62}, False),
        ({"distance": 3, "short_of_host": False, "captured": True, "ttl": 62, "host_ttl": 62}, True),
        ({"distance": 1, "short_of_host": None, "captured": False, "forged": False}, True),
    ],
    ids=["far, not captured", "how far is not known", "reset not captured", "the host's own", "no router in between"],
)
def test_the_sender_of_a_refusal_is_doubted_unless_it_is_known_to_be_the_host(
    told: dict[str, Any], is_known: bool
) -> None:
    # Given two refusals of one host, of which one was looked at
    seen = {MANAGER.id: saw("closed", "rst"), NAMENODE.id: saw("closed", "rst")}
    place = looked(seen, {MANAGER.id: note(rst=told)})
    found = conclude(place).findings
    # Then no service is proven to be down: it may listen elsewhere
    assert {(f.code, f.confidence) for f in found} == {("SVC-DOWN", "strong")}
    assert all("ss -lntu" in (f.settle_by or "") for f in found)
    assert all(("run as root" in (f.settle_by or "")) is not is_known for f in found)
    assert all(("right in front of it" in f.detail) is not is_known for f in found)
    assert bool(not_checked(place)) is (not is_known and not told["captured"])


def test_a_datagram_that_the_host_refuses_is_not_doubted_for_a_reset_beside_it() -> None:
    told = {"distance": 3, "short_of_host": False, "captured": False, "forged": False}
    seen = {UDP_KDC.id: saw("closed", "port-unreachable", offender="192.168.20.11"), MANAGER.id: saw("closed", "rst")}
    found = {f.code: f.confidence for f in conclude(looked(seen, {MANAGER.id: note(rst=told)})).findings}
    assert found == {"KDC-UDP-OFF": "proven", "SVC-DOWN": "strong"}


def test_a_kdc_that_refuses_over_tcp_alone_is_doubted_likewise() -> None:
    told = {"distance": 3, "short_of_host": False, "captured": False, "forged": False}
    place = looked({TCP_KDC.id: saw("closed", "rst")}, {TCP_KDC.id: note(rst=told)})
    assert [(f.code, f.confidence) for f in conclude(place).findings] == [("KDC-TCP-OFF", "strong")]


@pytest.mark.parametrize(
    "seen", [silence(), saw("filtered", "ttl-exceeded", offender="10.0.0.1")], ids=["silent", "exceeded"]
)
def test_a_loop_is_a_route_whether_it_was_heard_of_or_not(seen: Observation) -> None:
    looping = way([[1, "10.0.0.1", 1.0], [2, "10.0.0.2", 1.0]], loop=["10.0.0.1", "10.0.0.2"])
    place = looked({MANAGER.id: seen, NAMENODE.id: silence()}, {MANAGER.id: looping})
    found = conclude(place)
    assert [(f.code, f.confidence, len(f.flows)) for f in found.findings] == [("NET-ROUTE", "proven", 2)]
    assert "10.0.0.1, 10.0.0.2" in found.findings[0].sentence or "10.0.0.1 and 10.0.0.2" in found.findings[0].sentence


def test_the_words_of_a_trace() -> None:
    def said(told: Observation, *, known: int | None = None) -> str:
        notes = {MANAGER.id: told}
        if known is not None:
            notes[NAMENODE.id] = way([], distance=known)
        place = looked({MANAGER.id: silence()}, notes)
        assert codes(conclude(place)) == ["FW-OS-DROP"]
        return en.traced_way(Values(traced_way(place, place.outcome(MANAGER.id))))

    two = [[1, "10.0.0.1", 1.0], [2, "10.0.0.2", 1.0]]
    assert "10.0.0.2, the last one before the host" in said(way(two), known=3)
    assert "10.0.0.2, number 2 of 3 on the way" in said(way(two), known=4)
    assert "10.0.0.2, number 2;" in said(way(two))
    assert "10.0.0.2, number 2;" in said(way(two), known=2)
    assert "No router" in said(way([]))
    refused = said(way(two, last="10.0.0.9", answer="admin-prohibited"))
    assert "10.0.0.9 refused a packet of a trace (admin-prohibited)" in refused
    assert "was answered, later" in said(way(two, reached=True, answer="udp-reply"))
    assert said(note()) == ""


def test_the_last_router_of_a_flow() -> None:
    place = looked({MANAGER.id: silence()}, {MANAGER.id: way([[1, "10.0.0.1", None]])})
    assert last_router(place.outcome(MANAGER.id)) == "10.0.0.1"
    assert last_router(place.outcome(NAMENODE.id)) is None


def test_the_place_of_a_router_counts_those_that_did_not_answer() -> None:
    def traced(path: Mapping[str, object]) -> Mapping[str, Any]:
        place = looked({MANAGER.id: silence()}, {MANAGER.id: note(path=path)})
        return traced_way(place, place.outcome(MANAGER.id))

    assert traced({"hops": [[2, "10.0.0.2", 1.0], [5, "10.0.0.5", 1.0]]})["place"] == 5
    assert traced({"hops": ["10.0.0.2", "10.0.0.5"]})["place"] == 2
    assert traced({"hops": "10.0.0.2"})["place"] == 0
    # And what refused a packet is named only by a reason that is known
    assert traced({"hops": [], "answer": "admin-prohibited"})["refusal"] == "admin-prohibited"
    assert traced({"hops": [], "answer": "\x1b[2J"})["refusal"] is None


def test_of_a_long_loop_eight_routers_are_named() -> None:
    routers = [f"10.0.0.{n}" for n in range(1, 10)]
    place = looked({MANAGER.id: silence()}, {MANAGER.id: way([], loop=routers)})
    assert loop(place.outcome(MANAGER.id)) == tuple(routers[:8])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "hops",
            "last",
            "distance",
            "loop",
            "black_hole",
            "direction",
            "passes",
            "own",
            "waiting",
            "forged",
            "ttl",
            "host_ttl",
            "captured",
        ]
    ),
    ANYTHING,
)


@given(FIELDS | ANYTHING, FIELDS | ANYTHING, FIELDS | ANYTHING)
def test_notes_out_of_a_file_break_nothing(path: object, mtu: object, rst: object) -> None:
    told = note(path=path, mtu=mtu, rst=rst)
    seen = {MANAGER.id: silence(), NAMENODE.id: saw("closed", "rst")}
    place = looked(seen, dict.fromkeys((MANAGER.id, NAMENODE.id, TCP_KDC.id), told))
    assert not conclude(place).bugs
    not_checked(place)
    for outcome in place.outcomes:
        loop(outcome), is_forged(outcome), last_router(outcome), en.traced_way(Values(traced_way(place, outcome)))


def asked(place: Scene) -> list[tuple[str, str]]:
    return [(one.flow, one.name) for one in questions(place)]


def test_what_works_is_asked_for_its_sizes_once_a_host() -> None:
    assert asked(looked()) == [(TCP_KDC.id, "packet sizes")]


def test_hadoop_is_asked_where_the_host_has_no_kdc() -> None:
    elsewhere = {key: replace(one, address="192.168.20.12") for key, one in WORKS.items() if key.startswith("kdc")}
    assert (NAMENODE.id, "packet sizes") in asked(looked(elsewhere))


def test_a_datanode_is_asked_for_its_sizes_after_every_other_service() -> None:
    """Given more hosts with nothing but a DataNode than may be asked, and a NameNode after them."""
    nodes = [
        a_flow(
            "datanode-transfer", endpoint=an_endpoint(port=9866, host=f"core-{number}", address=f"192.168.21.{number}")
        )
        for number in range(1, MOST_SIZES + 1)
    ]
    seen = {flow.id: saw("open", "syn-ack", address=flow.endpoint.address) for flow in (*nodes, NAMENODE)}
    place = the_scene(the_case(a_group(a_rule(), id=EMR_GROUP)), [*nodes, NAMENODE], seen)
    found = [one for one in questions(place) if one.name == "packet sizes"]

    assert [one.flow for one in found] == [NAMENODE.id, *(flow.id for flow in nodes[:-1])]
    assert [one.question.options for one in found[:2]] == [{}, {"datanode": True}]


def test_silence_is_traced_once_a_host_and_transport_beside_an_open_port() -> None:
    place = looked({NAMENODE.id: silence(), MANAGER.id: silence(), UDP_KDC.id: silence()})
    traced = [(flow, name) for flow, name in asked(place) if name == "path"]
    assert set(traced) == {(UDP_KDC.id, "path"), (NAMENODE.id, "path"), (TCP_KDC.id, "path")}


@pytest.mark.parametrize(
    "change", [{"source": "203.0.113.9"}, {"address": "127.0.0.1"}, {"address": "192.168.10.7"}, {"address": "x"}]
)
def test_nothing_is_traced_that_does_not_speak_for_the_resource_group_or_never_leaves_this_host(
    change: dict[str, Any],
) -> None:
    place = looked({MANAGER.id: silence(**change)})
    assert (MANAGER.id, "path") not in asked(place)


def test_silence_that_a_rule_explains_is_not_traced() -> None:
    case = the_case(a_group(a_rule()))
    model = Model(case, [the_source()])
    place = scene(case, model, outcomes(model, FLOWS, {MANAGER.id: (silence(),)}), live=True)
    assert not asked(place)


@pytest.mark.parametrize(
    ("flow", "seen", "verdict"),
    [(MANAGER, saw("open", "syn-ack"), "accepts"), (TCP_KDC, saw("open", "syn-ack"), "blocked")],
    ids=["a handshake", "no Kerberos"],
)
def test_who_answers_a_trace_after_all_is_not_called_silent(
    monkeypatch: pytest.MonkeyPatch, flow: Flow, seen: Observation, verdict: str
) -> None:
    """Given a host that is slower than its network, so that it seemed silent, when a trace reaches
    it, then " "that is what counts.
    """

    async def reached(*_: object, **__: object) -> Trace:
        return Trace((), 8, True, 1, seen)

    monkeypatch.setattr(probes.path.trace, "trace", reached)
    monkeypatch.setattr(follow_up, "ASKING", (questions,))
    model = Model(CASE, [the_source()])
    first = (silence(),)
    place = scene(CASE, model, outcomes(model, [flow], {flow.id: first}), live=True)
    again = follow_up.ask_further(place, LiveSettings())
    (outcome,) = outcomes(model, [flow], {flow.id: _together(first, again.notes[flow.id])})
    assert outcome.verdict == verdict
    assert outcome.is_silent is (verdict == "blocked")
    assert noted(outcome, "path")["reached"] is True


def test_resets_are_asked_about_where_another_port_is_open_and_not_too_often() -> None:
    ports = [a_flow("namenode-http", id=f"p{n}", endpoint=an_endpoint(port=9000 + n)) for n in range(9)]
    model = Model(CASE, [the_source()])
    refused = {flow.id: (saw("closed", "rst"),) for flow in ports}
    alone = scene(CASE, model, outcomes(model, ports, refused), live=True)
    beside = scene(
        CASE, model, outcomes(model, [*ports, NAMENODE], refused | {NAMENODE.id: (WORKS[NAMENODE.id],)}), live=True
    )
    assert not asked(alone)
    assert len([name for _, name in asked(beside) if name == "reset"]) == MOST_RESETS_A_HOST


@pytest.mark.parametrize(
    ("last", "shown"), [("192.168.10.1", "192.168.10.1"), ("f" * 64, "f" * 64), ("f" * 65, None), ("", None), (7, None)]
)
def test_a_router_of_a_note_is_a_text_that_may_be_an_address(last: object, shown: str | None) -> None:
    place = looked({UDP_KDC.id: silence()}, {UDP_KDC.id: note(path={"last": last})})
    assert last_router(place.by_id[UDP_KDC.id]) == shown


@pytest.mark.parametrize(("value", "number"), [(0, 0), (1, 1), (-1, None), (True, None), ("1", None), (None, None)])
def test_a_size_of_a_note_is_a_number_from_0_on(value: object, number: int | None) -> None:
    assert size({"passes": value}, "passes") == number
