"""The table of model against packet: what the rules say at the vantage, what was seen, and which
cause follows.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.engine import exit_code
from diagnose.findings import Conclusion, conclude
from diagnose.findings.network.inference import OLDER
from diagnose.findings.network.packets import facts_of
from diagnose.findings.network.security_group import path_is_open
from diagnose.flows.model import Flow, FlowPlan
from diagnose.remedies.model import FileEdit
from diagnose.remedies.plan import suggest
from diagnose.scene import scene
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import with_outcomes
from probes.observation import Observation, Reason
from probes.rules.group_rule import Unresolved
from tests.support.acl_cases import IN, OUT, with_acl
from tests.support.factories import (
    REALM,
    a_flow,
    a_group,
    a_kdc_flow,
    a_krb5conf,
    a_node,
    a_rule,
    a_udp_rule,
    a_vswitch,
    an_endpoint,
    ranges,
)
from tests.support.scenes import codes, saw, silence, the_case, the_conclusion, the_scene, the_source

UDP_KDC, TCP_KDC, NAMENODE = a_kdc_flow("udp"), a_kdc_flow("tcp"), a_flow()
FLOWS = (UDP_KDC, TCP_KDC, NAMENODE)
OPEN = (a_rule(), a_rule((88, 88)), a_udp_rule())
ANSWERED = saw("open", "kerberos-reply", detail={"error_code": 18})
CONNECTED = saw("open", "syn-ack")
TARGET = "192.168.20.11"


def works(**changes: Observation) -> dict[str, Observation]:
    """Every flow answers, but for those given: udp, tcp, namenode."""
    seen = {"udp": ANSWERED, "tcp": ANSWERED, "namenode": CONNECTED, **changes}
    return dict(zip((flow.id for flow in FLOWS), seen.values(), strict=True))


def test_all_answers_is_no_finding_and_every_flow_reachable_or_accepting() -> None:
    place = the_scene(the_case(a_group(*OPEN)), FLOWS, works())
    by_area = {(outcome.flow.area == "kerberos", outcome.verdict) for outcome in place.outcomes}
    # A KDC answers Kerberos; of the other services only the handshake was seen
    assert by_area == {(True, "reachable"), (False, "accepts")}
    assert not conclude(place).findings


@pytest.mark.parametrize(
    ("udp", "code", "confidence"),
    [
        (silence(), "FW-OS-DROP", "strong"),
        (saw("closed", "port-unreachable", offender=TARGET), "KDC-UDP-OFF", "proven"),
        (saw("filtered", "host-prohibited", offender=TARGET), "FW-OS-REJECT", "proven"),
        (saw("filtered", "admin-prohibited", offender="192.168.10.1"), "FW-VPC", "proven"),
        (saw("filtered", "host-unreachable", offender="192.168.10.1"), "NET-ROUTE", "strong"),
        (saw("filtered", "host-unreachable", offender=TARGET), "FW-OS-REJECT", "strong"),
        (saw("filtered", "no-route", source=None), "NET-ROUTE", "proven"),
        (saw("filtered", "local-prohibited", source=None), "NET-ROUTE", "proven"),
        (saw("filtered", "admin-prohibited", offender="192.168.10.7"), "NET-ROUTE", "proven"),
        (saw("closed", "port-unreachable", offender="192.168.10.7"), "NET-ROUTE", "proven"),
        (saw("unresolved", "name-not-found", address=None), "DNS-NX-KDC", "proven"),
        (saw("unresolved", "resolver-failed", address=None), "DNS-TIMEOUT", "proven"),
        (saw("unresolved", "name-not-found", source="203.0.113.9", address=None), "DNS-NX-KDC", "inferred"),
        (saw("open", "udp-reply", detail={"foreign": "48545450"}), "KDC-NOT-KRB", "proven"),
    ],
)
def test_rules_allow_and_the_packet_says(udp: Observation, code: str, confidence: str) -> None:
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=udp))
    assert [(f.code, f.confidence) for f in found.findings] == [(code, confidence)]


@pytest.mark.parametrize(
    ("detail", "code", "confidence"),
    [
        ({"kerberos": "closed", "received": 0}, "KDC-RESET", "strong"),
        ({"kerberos": "closed", "received": 0, "errno": "ECONNRESET"}, "KDC-RESET", "proven"),
        ({"kerberos": "foreign", "foreign": "48545450"}, "KDC-NOT-KRB", "proven"),
    ],
)
def test_what_ends_a_connection_without_a_byte_may_be_a_kdc(
    detail: dict[str, object], code: str, confidence: str
) -> None:
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(tcp=saw("open", "syn-ack", detail=detail)))
    assert [(f.code, f.confidence) for f in found.findings] == [(code, confidence)]


def test_a_reject_by_this_hosts_own_rules_is_said_as_one() -> None:
    own = saw("filtered", "admin-prohibited", offender="192.168.10.7")
    (finding,) = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=own)).findings
    assert finding.title == "This host forbids itself to send there"


def test_a_host_that_finds_no_neighbour_forbids_nothing() -> None:
    # Given this host's own kernel reports that nobody answered its question for the next hop
    lost = saw("filtered", "host-unreachable", offender="192.168.10.7")
    (finding,) = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=lost)).findings
    assert (finding.code, finding.cause) == ("NET-ROUTE", "router-unreachable")


def test_refusal_on_both_transports_is_a_stopped_kdc() -> None:
    refused = saw("closed", "port-unreachable", offender=TARGET)
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=refused, tcp=saw("closed", "rst")))
    assert codes(found) == ["KDC-DOWN"]
    assert len(found.findings[0].flows) == 2
    # Then it is not proven: the KDC may listen on another port or address
    assert found.findings[0].confidence == "strong"
    assert "ss -lntu" in (found.findings[0].settle_by or "")


def test_a_refusal_that_may_be_a_firewalls_is_not_proven_to_be_the_hosts() -> None:
    # Given a vantage that cannot tell a reset from an ICMP error
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(namenode=saw("closed", "conn-refused")))
    assert codes(found) == ["SVC-DOWN"]
    assert found.findings[0].confidence == "strong"
    assert "a firewall in front of the host refuses" in (found.findings[0].settle_by or "")


def test_refusal_and_an_answer_on_another_port_is_a_wrong_port() -> None:
    place = the_scene(
        the_case(a_group(*OPEN)),
        FLOWS,
        works(udp=saw("closed", "port-unreachable", offender=TARGET), tcp=saw("closed", "rst")),
    )
    note = Observation("local", "not-probed", "kerberos-reply", detail={"answers_on": 1088})

    def noted(*flows: Flow) -> Conclusion:
        learnt = (
            replace(o, observations=(note, *o.observations)) if o.flow.id in {flow.id for flow in flows} else o
            for o in place.outcomes
        )
        return conclude(with_outcomes(place, tuple(learnt)))

    # An answer of another service on this host says nothing of the KDC
    assert codes(noted(NAMENODE)) == ["KDC-DOWN"]
    found = noted(UDP_KDC, TCP_KDC)
    assert codes(found) == ["KDC-PORT"]
    assert "1088" in found.findings[0].title
    (edit,) = suggest(place, found.findings).edits
    assert isinstance(edit, FileEdit)
    assert (edit.object, edit.before, edit.after) == ("krb5.conf", "master-1-1:88", "master-1-1:1088")


@pytest.mark.parametrize("port", [True, 0, -1, 70_000, "1088"])
def test_what_is_no_port_is_no_other_port(port: object) -> None:
    place = the_scene(
        the_case(a_group(*OPEN)),
        FLOWS,
        works(udp=saw("closed", "port-unreachable", offender=TARGET), tcp=saw("closed", "rst")),
    )
    note = Observation("local", "not-probed", "kerberos-reply", detail={"answers_on": port})
    learnt = [replace(o, observations=(note, *o.observations)) for o in place.outcomes]

    assert codes(conclude(with_outcomes(place, learnt))) == ["KDC-DOWN"]


def test_a_namenode_that_answers_on_its_other_port_is_not_down() -> None:
    place = the_scene(the_case(a_group(*OPEN)), FLOWS, works(namenode=saw("closed", "rst")))
    note = Observation("local", "not-probed", "service-reply", detail={"answers_on": 9000})
    learnt = [
        replace(o, observations=(note, *o.observations)) if o.flow.component == "namenode-rpc" else o
        for o in place.outcomes
    ]
    found = conclude(with_outcomes(place, tuple(learnt)))
    assert [(f.code, f.confidence) for f in found.findings] == [("SVC-PORT", "strong")]
    assert "answers on port 9000" in found.findings[0].title
    (edit,) = suggest(place, found.findings).edits
    assert isinstance(edit, FileEdit)
    assert (edit.object, edit.before, edit.after) == ("hadoop-conf", "master-1-1:8020", "master-1-1:9000")


def test_refusal_proves_the_path_open_so_no_rule_is_missing() -> None:
    # Given the export has no rule for the NameNode, and the NameNode refuses
    found = the_conclusion(the_case(a_group(*OPEN[1:])), FLOWS, works(namenode=saw("closed", "rst")))
    # Then the service is down, the export is out of date, and no rule is called missing
    assert codes(found) == ["SVC-DOWN", "INPUT-STALE"]
    assert found.findings[1].severity == "warning"


@pytest.mark.parametrize(
    ("other", "expected", "code"), [(saw("open", "syn-ack"), [], 0), (saw("closed", "rst"), ["SVC-DOWN"], 3)]
)
def test_a_service_that_was_only_looked_for_on_a_host_is_not_down_there(
    other: Observation, expected: list[str], code: int
) -> None:
    # Given two hosts of which either may run it, and the first refuses
    tried = [
        a_flow("hiveserver2", endpoint=an_endpoint(f"master-1-{n}"), assumed="one of them runs it") for n in (1, 2)
    ]
    seen = {flow.id: each for flow, each in zip(tried, (saw("closed", "rst"), other), strict=True)}
    place = the_scene(the_case(a_group(*OPEN)), tried, seen)
    found = conclude(place)

    assert [(f.code, f.confidence) for f in found.findings] == [(one, "inferred") for one in expected]
    assert not suggest(place, found.findings).edits
    assert exit_code(place, FlowPlan(tuple(tried)), found, (), interrupted=False, fail_on="error") == code


def test_answer_where_the_rules_deny_means_an_input_is_stale() -> None:
    place = the_scene(the_case(a_group(*OPEN[1:])), FLOWS, works())
    found = conclude(place)
    assert codes(found) == ["INPUT-STALE"]
    assert found.findings[0].cause == "rules-contradicted"
    assert exit_code(place, FlowPlan(FLOWS, ()), found, [], interrupted=False, fail_on="error") == 0


@pytest.mark.parametrize(
    ("seen", "expected"), [(None, []), (saw("closed", "rst"), []), (silence(), []), (CONNECTED, ["INPUT-STALE"])]
)
def test_a_page_that_nobody_needs_is_named_only_if_it_contradicts_the_rules(
    seen: Observation | None, expected: list[str]
) -> None:
    # Given a page whose port no rule opens
    page = a_flow("page", need="optional", endpoint=an_endpoint(port=8088))
    more = {} if seen is None else {page.id: seen}
    assert codes(the_conclusion(the_case(a_group(*OPEN)), (*FLOWS, page), {**works(), **more})) == expected


@pytest.mark.parametrize(
    ("elsewhere", "listening"),
    [((CONNECTED,), "yes"), ((silence(), CONNECTED), "yes"), ((silence(),), "unknown"), ((), "unknown")],
)
def test_a_port_that_another_host_reaches_is_listened_on(elsewhere: tuple[Observation, ...], listening: str) -> None:
    others = tuple(replace(seen, vantage="ssh://gateway") for seen in elsewhere)
    place = the_scene(the_case(a_group(*OPEN)), (NAMENODE,), {NAMENODE.id: (*others, saw("closed", "rst"))})
    assert facts_of(place, place.outcomes[0]).listening == listening


def test_silence_where_the_rules_are_unknown_stays_a_candidate() -> None:
    gap = (("ingress", "sg.json is one page of several"),)
    found = the_conclusion(the_case(a_group(*OPEN, gaps=gap)), FLOWS, works(udp=silence()))
    assert [(f.code, f.confidence) for f in found.findings] == [("SG-UNRESOLVED", "inferred")]


def test_silence_without_any_rules_file_names_the_candidate() -> None:
    case = replace(the_case(nodes=()), security_groups={}, cluster=replace(the_case().cluster, security_group=None))
    found = the_conclusion(case, FLOWS, works(udp=silence()), sources=[the_source(groups=None)])
    assert [(f.code, f.confidence) for f in found.findings] == [("SG-KDC-UDP", "inferred")]


def test_silence_with_an_acl_that_nobody_excluded_is_only_inferred() -> None:
    case = replace(the_case(a_group(*OPEN)), vswitches={"vsw-bp1emr": a_vswitch(acl=None)})
    found = the_conclusion(case, FLOWS, works(udp=silence()))
    assert [(f.code, f.confidence) for f in found.findings] == [("FW-OS-DROP", "inferred")]
    assert "network ACL" in (found.findings[0].settle_by or "")


@pytest.mark.parametrize("named", [True, False])
def test_an_export_older_than_the_rules_in_force_is_named_where_the_host_answers(
    named: bool,
) -> None:
    changes = {"udp": silence()} if named else {"udp": silence(), "tcp": silence(), "namenode": silence()}
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(**changes))
    assert found.findings[0].code == "FW-OS-DROP"
    assert (OLDER in (found.findings[0].settle_by or "")) is named


def test_rejects_are_rate_limited_so_silence_beside_one_is_the_same_fault() -> None:
    reject = saw("filtered", "host-prohibited", offender=TARGET)
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=reject, namenode=silence()))
    assert codes(found) == ["FW-OS-REJECT"]
    assert len(found.findings[0].flows) == 2


@pytest.mark.parametrize("reason", ["net-unreachable", "host-unreachable"])
@pytest.mark.parametrize("silent", ["udp", "tcp", "namenode"])
def test_a_router_tells_few_of_many_that_it_has_no_way_so_silence_beside_one_is_the_same_fault(
    reason: Reason, silent: str
) -> None:
    no_way = saw("filtered", reason, offender="192.168.10.1")
    seen = {**dict.fromkeys(("udp", "tcp", "namenode"), no_way), silent: silence()}
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(**seen))
    assert [(f.code, f.confidence, len(f.flows)) for f in found.findings] == [("NET-ROUTE", "strong", 3)]


def test_silence_of_a_host_that_answers_others_is_no_missing_way() -> None:
    no_way = saw("filtered", "net-unreachable", offender="192.168.10.1")
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=silence(), tcp=no_way))
    (silent,) = (finding for finding in found.findings if UDP_KDC.id in finding.flows)
    assert silent.code == "FW-OS-DROP"


def test_a_candidate_is_no_reason_to_edit_anything() -> None:
    # Given a name that a host outside the resource group's networks cannot look up, then the same
    # inside
    for source, edits in (("203.0.113.9", 0), ("192.168.10.7", 1)):
        unknown = saw("unresolved", "name-not-found", source=source, address=None)
        place = the_scene(the_case(a_group(*OPEN)), FLOWS, works(udp=unknown))
        assert len(suggest(place, conclude(place).findings).edits) == edits


def test_a_silent_flow_is_compared_with_those_of_its_own_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given 200 silent nodes, no look at one of them costs a look at all."""
    nodes = [a_node(f"core-1-{number}", f"192.168.20.{number}") for number in range(1, 201)]
    flows = [
        a_flow("datanode-transfer", endpoint=an_endpoint(node.name, 9866, address=node.address), area="hdfs")
        for node in nodes
    ]
    seen = {flow.id: silence(address=flow.endpoint.address) for flow in flows}
    looks = 0

    def machine(outcome: Outcome) -> str:
        nonlocal looks
        looks += 1
        return outcome.flow.endpoint.host

    monkeypatch.setattr(scene, "_machine", machine)
    found = conclude(the_scene(the_case(a_group(a_rule((9866, 9866))), nodes=nodes), flows, seen))

    assert len(found.findings) == 1
    assert len(found.findings[0].flows) == len(nodes)
    assert looks < 50 * len(nodes)


def silence_beside(reason: str, offender: str, endpoints: object = 3) -> Observation:
    return replace(silence(), detail={"beside": [{"reason": reason, "offender": offender, "endpoints": endpoints}]})


REJECT = {"reason": "host-prohibited", "offender": TARGET, "endpoints": 3}
ROUTER, NEIGHBOUR = "192.168.10.1", "192.168.20.12"


@pytest.mark.parametrize(
    ("udp", "code", "confidence"),
    [
        (silence_beside("host-prohibited", TARGET), "FW-OS-REJECT", "strong"),
        (silence_beside("admin-prohibited", ROUTER), "FW-VPC", "strong"),
        (silence_beside("port-unreachable", ROUTER), "FW-VPC", "strong"),
        (silence_beside("port-unreachable", TARGET), "FW-OS-DROP", "strong"),
        (silence_beside("host-prohibited", NEIGHBOUR), "FW-OS-DROP", "strong"),
        (silence_beside("host-unreachable", ROUTER), "FW-OS-DROP", "strong"),
        (silence_beside("host-prohibited", "192.168.10.7"), "FW-OS-DROP", "strong"),
        (silence_beside("no such reason", TARGET), "FW-OS-DROP", "strong"),
        (silence_beside("host-prohibited", "\x1b[2J"), "FW-OS-DROP", "strong"),
        (silence_beside("host-prohibited", TARGET, "many"), "FW-OS-DROP", "strong"),
        (silence_beside("host-prohibited", TARGET, 0), "FW-OS-DROP", "strong"),
        (silence_beside("host-prohibited", TARGET, 1), "FW-OS-REJECT", "strong"),
        (silence_beside("host-prohibited", TARGET, (1 << 31) - 1), "FW-OS-REJECT", "strong"),
        (silence_beside("host-prohibited", TARGET, 1 << 31), "FW-OS-DROP", "strong"),
        (replace(silence(), detail={"beside": "host-prohibited"}), "FW-OS-DROP", "strong"),
        (replace(silence(), detail={"beside": [*[None] * 7, REJECT]}), "FW-OS-REJECT", "strong"),
        (replace(silence(), detail={"beside": [*[None] * 8, REJECT]}), "FW-OS-DROP", "strong"),
        (replace(silence(), detail={"beside": [None, 7]}), "FW-OS-DROP", "strong"),
    ],
)
def test_silence_beside_a_reject(udp: Observation, code: str, confidence: str) -> None:
    # Given a silent KDC, a sweep that notes what others of its network met, and a node next to it
    case = the_case(a_group(*OPEN))
    case = replace(case, nodes=(*case.nodes, replace(case.nodes[0], name="core-1-1", hostnames=(), address=NEIGHBOUR)))
    found = the_conclusion(case, FLOWS, works(udp=udp))
    # Then a reject by the host or by a device on the way is the likelier cause, and what settles it
    # is said
    assert [(f.code, f.confidence) for f in found.findings] == [(code, confidence)]
    assert ("one probe alone" in (found.findings[0].settle_by or "")) is (code != "FW-OS-DROP")
    assert any("beside it" in one.text for one in found.findings[0].evidence) is (code != "FW-OS-DROP")


def test_what_one_device_rejects_and_what_it_leaves_without_a_word_is_one_fault() -> None:
    reject = saw("filtered", "admin-prohibited", offender=ROUTER)
    found = the_conclusion(
        the_case(a_group(*OPEN)), FLOWS, works(udp=silence_beside("admin-prohibited", ROUTER), namenode=reject)
    )
    assert [(f.code, f.confidence, len(f.flows)) for f in found.findings] == [("FW-VPC", "proven", 2)]
    assert ROUTER in found.findings[0].sentence
    unnoted = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=silence(), namenode=reject))
    assert codes(unnoted) == ["FW-VPC"]


def test_a_router_that_knows_no_way_has_rejected_nothing() -> None:
    # Given silence of the KDC over UDP, and a router that reports no way to it over TCP
    lost = saw("filtered", "host-unreachable", offender=ROUTER)
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=silence(), tcp=lost))
    by_flow = {flow: finding.code for finding in found.findings for flow in finding.flows}
    assert by_flow == {UDP_KDC.id: "FW-OS-DROP", TCP_KDC.id: "NET-ROUTE"}


def test_what_the_rules_deny_is_not_put_down_to_a_reject_beside_it() -> None:
    found = the_conclusion(the_case(a_group(*OPEN[:2])), FLOWS, works(udp=silence_beside("host-prohibited", TARGET)))
    assert codes(found) == ["SG-KDC-UDP"]


@pytest.mark.parametrize("source", ["203.0.113.9", "fe80::1%eth0", "not an address"])
def test_a_host_outside_the_vswitch_does_not_speak_for_it(source: str) -> None:
    # Given this host is elsewhere and hears nothing, while the rules let the resource group in
    elsewhere = {key: replace(seen, source=source) for key, seen in works(udp=silence()).items()}
    place = the_scene(the_case(a_group(*OPEN)), FLOWS, elsewhere)
    # Then silence here is no fault of the resource group's path, and an answer here is no proof of
    # it
    assert codes(conclude(place)) == []
    assert {outcome.verdict for outcome in place.outcomes} == {"allowed"}


def test_one_address_never_speaks_for_a_range_that_is_cut_in_two() -> None:
    half = a_udp_rule(source=ranges("192.168.10.0/25"))
    place = the_scene(the_case(a_group(*OPEN[:2], half)), FLOWS, works())
    assert place.outcomes[0].verdict == "partial"
    assert codes(conclude(place)) == ["SG-SOURCE"]


def test_external_kdc_that_stays_silent() -> None:
    outside = replace(UDP_KDC, endpoint=an_endpoint("10.1.1.1", 88, transport="udp", address="10.1.1.1"))
    quiet = {outside.id: silence(address="10.1.1.1")}
    found = the_conclusion(the_case(a_group(*OPEN)), (outside,), quiet)
    assert [(f.code, f.confidence) for f in found.findings] == [("KDC-EXTERNAL", "strong")]
    offline = the_conclusion(the_case(a_group(*OPEN)), (outside,))
    assert [(f.code, f.confidence) for f in offline.findings] == [("KDC-EXTERNAL", "inferred")]


def test_names_of_the_cluster_that_do_not_resolve_are_one_fault() -> None:
    nowhere = saw("unresolved", "name-not-found", source=None, address=None)
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=nowhere, tcp=nowhere, namenode=nowhere))
    assert codes(found) == ["DNS-CLUSTER-NAME"]


def test_tcp_port_of_the_kdc_that_hangs() -> None:
    hung = saw("open", "syn-ack", detail={"kerberos": "silent"})
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(tcp=hung))
    assert codes(found) == ["KDC-TCP-HOLE"]


def test_tcp_port_of_the_kdc_that_resets_the_question() -> None:
    reset = saw("open", "syn-ack", detail={"kerberos": "silent", "errno": "ECONNRESET"})
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(tcp=reset))
    assert codes(found) == ["KDC-RESET"]


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (works(), 0),
        (works(udp=silence()), 1),
        (works(udp=saw("not-probed", "cancelled")), 3),
        (works(udp=saw("not-probed", "bug")), 4),
    ],
)
def test_exit_codes(seen: dict[str, Observation], code: int) -> None:
    place = the_scene(the_case(a_group(*OPEN)), FLOWS, seen)
    plan = FlowPlan(FLOWS, ())
    assert exit_code(place, plan, conclude(place), [], interrupted=False, fail_on="error") == code
    assert exit_code(place, plan, conclude(place), [], interrupted=True, fail_on="error") == 130


def test_nothing_required_is_never_success() -> None:
    optional = replace(NAMENODE, need="optional")
    place = the_scene(the_case(a_group(*OPEN)), (optional,), {optional.id: CONNECTED})
    assert exit_code(place, FlowPlan((optional,), ()), conclude(place), [], interrupted=False, fail_on="error") == 3


def test_no_known_network_is_never_success() -> None:
    nowhere = tuple(replace(flow, sources=()) for flow in FLOWS)
    place = the_scene(the_case(a_group(*OPEN)), nowhere, sources=[the_source()])
    assert {o.verdict for o in place.outcomes} == {"unknown"}


# --- what the answers say of the KDC
# ----------------------------------------------------------------------------------------------


def told(**detail: object) -> Observation:
    return saw("open", "kerberos-reply", detail={"error_code": 18, **detail})


@pytest.mark.parametrize(
    ("low", "high", "skewed"), [(-0.5, 0.6, False), (299.0, 300.5, False), (600.0, 601.0, True), (-700.0, -699.0, True)]
)
def test_clock(low: float, high: float, skewed: bool) -> None:
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=told(clock_offset_s=[low, high])))
    assert codes(found) == (["KRB-SKEW"] if skewed else [])


def test_clock_with_a_wider_clockskew_in_the_file() -> None:
    case = the_case(a_group(*OPEN), krb5=a_krb5conf(libdefaults="  clockskew = 900\n"))
    assert codes(the_conclusion(case, FLOWS, works(udp=told(clock_offset_s=[600.0, 601.0])))) == []


@pytest.mark.parametrize(
    ("detail", "code", "confidence"),
    [
        ({"error_code": 6, "e_text": "CLIENT_NOT_FOUND"}, "KRB-WRONG-REALM", "strong"),
        ({"error_code": 6, "e_text": None, "own_realm": "OTHER.COM"}, "KRB-WRONG-REALM", "proven"),
        ({"error_code": 6, "e_text": None}, None, None),
        ({"error_code": 6, "e_text": "CLIENT_NOT_FOUND", "own_realm": REALM}, None, None),
    ],
)
def test_realm(detail: dict[str, object], code: str | None, confidence: str | None) -> None:
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(tcp=told(**detail)))
    assert [(f.code, f.confidence) for f in found.findings] == ([(code, confidence)] if code else [])


def test_large_answers_that_are_lost() -> None:
    found = the_conclusion(the_case(a_group(*OPEN)), FLOWS, works(udp=told(largest_reply=1396, lost_reply=1476)))
    assert codes(found) == ["KDC-FRAG"]
    assert not any(map(str.isdigit, found.findings[0].title)), "a title that varies would be a change for diff"
    assert "1396" in found.findings[0].evidence[0].text


@pytest.mark.parametrize(
    ("udp", "severity"),
    [(told(), "warning"), (told(largest_reply=500, lost_reply=800), "error"), (silence(), "error")],
    ids=("answers", "loses tickets", "silent"),
)
def test_a_limit_of_0_is_a_fault_where_udp_does_not_get_through(udp: Observation, severity: str) -> None:
    case = the_case(a_group(*OPEN), krb5=a_krb5conf(libdefaults="  udp_preference_limit = 0\n"))
    found = the_conclusion(case, FLOWS, works(udp=udp)).findings
    assert [f.severity for f in found if f.code == "KDC-UDP-ZERO"] == [severity]


def test_answer_from_another_address() -> None:
    found = the_conclusion(
        the_case(a_group(*OPEN)), FLOWS, works(udp=silence(detail={"answered_from": "192.168.20.99 88"}))
    )
    assert [(f.code, f.confidence) for f in found.findings] == [("KDC-ASYM-SRC", "proven")]


@pytest.mark.parametrize(
    ("first", "severity"),
    [(silence(), "error"), (saw("closed", "port-unreachable", offender=TARGET), "warning")],
    ids=("each login waits", "the next one is asked at once"),
)
def test_first_of_two_kdcs_is_dead(first: Observation, severity: str) -> None:
    second = a_kdc_flow(
        "udp", endpoint=an_endpoint("master-1-2", 88, transport="udp", address="192.168.20.12"), id="kdc-udp/second"
    )
    flows = (UDP_KDC, second, NAMENODE)
    seen = {
        UDP_KDC.id: first,
        second.id: saw("open", "kerberos-reply", address="192.168.20.12"),
        NAMENODE.id: CONNECTED,
    }
    found = the_conclusion(the_case(a_group(*OPEN)), flows, seen)
    assert [(f.code, f.severity) for f in found.findings] == [("KDC-FIRST-DEAD", severity)]
    # And no login asks a dead one behind a live one
    swapped = the_conclusion(the_case(a_group(*OPEN)), (second, UDP_KDC, NAMENODE), seen)
    assert [(f.code, f.severity) for f in swapped.findings] == [("KDC-SPARE", "warning")]
    assert swapped.findings[0].params["host_code"] in ("FW-OS-DROP", "KDC-DOWN")


@pytest.mark.parametrize(
    ("flow", "offender", "seen"),
    [
        (TCP_KDC, TARGET, "reject"),
        (TCP_KDC, "192.168.10.1", "reject on the way"),
        (UDP_KDC, "192.168.10.1", "reject on the way"),
        (UDP_KDC, TARGET, "refusal"),
    ],
)
def test_port_unreachable_is_a_firewalls_word_unless_the_target_refuses_a_datagram(
    flow: Flow, offender: str, seen: str
) -> None:
    refused = saw("closed", "port-unreachable", offender=offender)
    place = the_scene(the_case(a_group(*OPEN)), [flow], {flow.id: refused})
    assert facts_of(place, place.outcomes[0]).seen == seen
    # Then the way is open only if the target itself sent it
    assert path_is_open(place.outcomes[0]) is (offender == TARGET)


def test_a_machine_outside_the_cluster_is_told_from_one_whose_rules_are_not_known() -> None:
    kdc = a_kdc_flow(endpoint=an_endpoint("10.1.1.1", 88, transport="udp", address="10.1.1.1"))
    metastore = a_flow(endpoint=an_endpoint("10.1.1.1", 9083, address="10.1.1.1"))
    case = the_case(a_group(*OPEN), a_group(id="sg-closed"))
    # The filters of such a machine are not in the case, unless its group is known
    configured = {
        (flow.area, group): facts_of(place, place.outcomes[0]).configured
        for group in ("sg-closed", "sg-unknown", None)
        for flow in (kdc, metastore)
        for members in [{"10.1.1.1": (group,)} if group else {}]
        for place in [the_scene(replace(case, members=members), [flow], {flow.id: silence(address="10.1.1.1")})]
    }
    assert configured == {
        ("kerberos", "sg-closed"): "denied",
        ("kerberos", "sg-unknown"): "outside",
        ("kerberos", None): "outside",
        ("hdfs", "sg-closed"): "denied",
        ("hdfs", "sg-unknown"): "unknown",
        ("hdfs", None): "outside",
    }


def test_an_entry_of_an_acl_that_is_not_known_leaves_the_answer_open() -> None:
    listed = replace(OUT, party=Unresolved("prefix list", "pl-1"))
    place = the_scene(with_acl(IN, listed), [UDP_KDC], {UDP_KDC.id: silence()})
    assert facts_of(place, place.outcomes[0]).configured == "reply unknown"


def test_hosts_that_are_silent_in_the_same_way_are_one_finding() -> None:
    ends = [an_endpoint(f"core-1-{n}", 9866, address=f"192.168.20.2{n}") for n in (1, 2)]
    datanodes = [a_flow("datanode-transfer", endpoint=end) for end in ends]
    quiet = {flow.id: silence(address=flow.endpoint.address) for flow in datanodes}
    nodes = tuple(a_node(end.host, end.address) for end in ends)
    case = the_case(a_group(*OPEN, a_rule((9866, 9866))))
    found = conclude(the_scene(replace(case, nodes=(*case.nodes, *nodes)), (*FLOWS, *datanodes), {**works(), **quiet}))

    assert codes(found) == ["FW-OS-DROP"]
    assert len(found.findings[0].flows) == 2
    assert "the hosts stay silent" in found.findings[0].title


def test_an_external_kdc_that_answers_is_no_finding_where_the_case_has_its_rules_or_not() -> None:
    outside = replace(UDP_KDC, endpoint=an_endpoint("10.1.1.1", 88, transport="udp", address="10.1.1.1"))
    answers = {outside.id: saw("open", "kerberos-reply", address="10.1.1.1")}

    assert codes(the_conclusion(the_case(a_group(*OPEN)), (outside,), answers)) == []


FIRST, OTHER = "192.168.20.21", "192.168.20.22"
ON_FIRST = a_flow(
    "datanode-transfer", service="DataNode transfer", endpoint=an_endpoint("core-1-1", 9866, address=FIRST)
)
ON_OTHER = replace(
    ON_FIRST, id="datanode-transfer/core-1-2:9866", endpoint=an_endpoint("core-1-2", 9866, address=OTHER)
)
BESIDE = a_flow("nodemanager-web", service="NodeManager", endpoint=an_endpoint("core-1-1", 8042, address=FIRST))
WIDE = (a_rule((1, 65535)), a_udp_rule())
R1, R2 = "192.168.10.1", "192.168.20.1"


def reject(host: str, offender: str | None) -> Observation:
    return saw("filtered", "admin-prohibited", address=host, offender=offender)


def no_way(host: str, offender: str | None, reason: str = "host-unreachable") -> Observation:
    return saw("filtered", reason, address=host, offender=offender)


def refusal(host: str) -> Observation:
    return saw("closed", "rst", address=host)


def answer(host: str) -> Observation:
    return saw("open", "syn-ack", address=host)


def quiet(host: str) -> Observation:
    return silence(address=host)


@pytest.mark.parametrize(
    ("first", "other", "beside", "expected"),
    [
        # A host's own firewall is one fault, whatever it rejects; two hosts have two
        (reject(FIRST, FIRST), reject(OTHER, OTHER), answer(FIRST), [("FW-OS-REJECT", 1), ("FW-OS-REJECT", 1)]),
        (reject(FIRST, FIRST), answer(OTHER), reject(FIRST, FIRST), [("FW-OS-REJECT", 2)]),
        # A device on the way is one fault for all that it rejects
        (reject(FIRST, R1), reject(OTHER, R1), answer(FIRST), [("FW-VPC", 2)]),
        (reject(FIRST, R1), reject(OTHER, R2), answer(FIRST), [("FW-VPC", 1), ("FW-VPC", 1)]),
        # So is a router that knows no way, and this host if it has none
        (no_way(FIRST, R1), no_way(OTHER, R1), answer(FIRST), [("NET-ROUTE", 2)]),
        (no_way(FIRST, R1), no_way(OTHER, R2), answer(FIRST), [("NET-ROUTE", 1), ("NET-ROUTE", 1)]),
        (no_way(FIRST, None, "no-route"), no_way(OTHER, None, "no-route"), answer(FIRST), [("NET-ROUTE", 2)]),
        (no_way(FIRST, None, "no-route"), no_way(OTHER, R1), answer(FIRST), [("NET-ROUTE", 1), ("NET-ROUTE", 1)]),
        # Hosts on which the same services are silent have one cause
        (quiet(FIRST), quiet(OTHER), answer(FIRST), [("FW-OS-DROP", 2)]),
        (quiet(FIRST), quiet(OTHER), quiet(FIRST), [("FW-OS-DROP", 2), ("FW-OS-DROP", 1)]),
        # A service that is down on two hosts is one fault, and a host that refuses all is another
        (refusal(FIRST), refusal(OTHER), answer(FIRST), [("SVC-DOWN", 1), ("SVC-DOWN", 1)]),
        (refusal(FIRST), answer(OTHER), refusal(FIRST), [("SVC-DOWN", 2)]),
        (refusal(FIRST), answer(OTHER), quiet(FIRST), [("SVC-DOWN", 1), ("FW-OS-DROP", 1)]),
    ],
)
def test_which_flows_one_fault_explains(
    first: Observation, other: Observation, beside: Observation, expected: list[tuple[str, int]]
) -> None:
    flows = (ON_FIRST, ON_OTHER, BESIDE)
    seen = dict(zip((flow.id for flow in flows), (first, other, beside), strict=True))
    found = the_conclusion(the_case(a_group(*WIDE)), flows, seen).findings
    assert [(each.code, len(each.flows)) for each in found] == expected


def test_a_host_that_refuses_all_its_services_is_one_fault_whatever_its_kdc_does() -> None:
    # Given a service that nobody asked for, and a KDC on the same host that answers
    kdc = a_kdc_flow("tcp", endpoint=an_endpoint("core-1-1", 88, address=FIRST))
    unasked = a_flow("x", service="X", endpoint=an_endpoint("core-1-1", 7, address=FIRST))
    seen = {ON_FIRST.id: refusal(FIRST), BESIDE.id: refusal(FIRST), kdc.id: replace(ANSWERED, address=FIRST)}
    found = the_conclusion(the_case(a_group(*WIDE)), (ON_FIRST, BESIDE, kdc, unasked), seen).findings
    assert [(each.code, len(each.flows)) for each in found] == [("SVC-DOWN", 2)]
