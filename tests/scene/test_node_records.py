"""How do records of the target's own host change what packets and rules show?

The tests go from texts in the case to the primary cause.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnose.case.model import Case, Text
from diagnose.case.recognise import Kind, recognise
from diagnose.decisions.model import Model
from diagnose.findings import Conclusion, conclude
from diagnose.flows.model import Flow
from diagnose.scene.node_records import FarSide
from diagnose.scene.node_records.machines import machines
from diagnose.scene.outcome import outcomes
from diagnose.scene.scene import scene, with_outcomes
from probes.observation import Observation
from tests.support.acl_cases import IN, OUT, with_acl
from tests.support.factories import REALM, a_flow, a_group, a_kdc_flow, a_rule, a_udp_rule, an_endpoint
from tests.support.host_records import (
    CLIENT,
    HEIMDAL,
    IPTABLES,
    LOST_ANSWERS,
    NFT,
    NO_DATAGRAM,
    SS_TAN,
    STARTED,
    login,
    question,
    repeated,
)
from tests.support.scenes import attached, codes, saw, silence, the_case, the_conclusion, the_scene, the_source

UDP_KDC, TCP_KDC, NAMENODE = a_kdc_flow("udp"), a_kdc_flow("tcp"), a_flow()
FLOWS = (UDP_KDC, TCP_KDC, NAMENODE)
OPEN = (a_rule(), a_rule((88, 88)), a_udp_rule())
NO_UDP = OPEN[:2]
ANSWERED = saw("open", "kerberos-reply", detail={"error_code": 18})
CONNECTED = saw("open", "syn-ack")
REFUSED = saw("closed", "rst")
PORT_UNREACHABLE = saw("closed", "port-unreachable", offender="192.168.20.11")
SS, FIREWALL, LOG = "ss-master-1-1.txt", "iptables-master-1-1.txt", "master-1-1/krb5kdc.log"


def seen(
    udp: Observation = ANSWERED, tcp: Observation = ANSWERED, namenode: Observation = CONNECTED
) -> dict[str, Observation]:
    return {UDP_KDC.id: udp, TCP_KDC.id: tcp, NAMENODE.id: namenode}


def with_texts(case: Case, **texts: str) -> Case:
    """Return the case with texts of master-1-1: log, sockets, firewall."""
    kinds = {"log": ("log:kdc", LOG), "sockets": ("ss.txt", SS), "firewall": ("iptables.txt", FIREWALL)}
    return replace(case, texts=tuple(Text(*kinds[name], text) for name, text in texts.items()))


def concluded(observed: dict[str, Observation] | None, *rules: Any, **texts: str) -> Conclusion:
    return the_conclusion(with_texts(the_case(a_group(*(rules or OPEN))), **texts), FLOWS, observed)


def said(conclusion: Conclusion) -> list[tuple[str, str, str]]:
    return [(f.code, f.confidence, f.severity) for f in conclusion.findings]


def far(flow: Flow, observed: dict[str, Observation] | None = None, **texts: str) -> FarSide:
    place = the_scene(with_texts(the_case(a_group(*OPEN)), **texts), FLOWS, observed or seen(udp=silence()))
    return place.far.of(flow.id)


def listed(*texts: Text) -> FarSide:
    """Return what these listings show of UDP to a KDC that stays silent."""
    case = replace(the_case(a_group(*OPEN)), texts=texts)
    return the_scene(case, FLOWS, seen(udp=silence())).far.of(UDP_KDC.id)


HALF_OPEN = next(line for line in SS_TAN.splitlines() if "SYN-RECV" in line)
INWARD = "LISTEN 0 128 127.0.0.1:8020 0.0.0.0:*\n"
ALL_LOST = seen(silence(), silence(), silence())


# --- the KDC's log ---


def test_silence_and_the_log_has_the_question_again_and_again() -> None:
    found = concluded(ALL_LOST, log=LOST_ANSWERS)
    assert said(found) == [("RET-ROUTE", "strong", "error")]
    # And the flows without a record share the fault
    assert len(found.findings[0].flows) == 3
    assert ("line", f"{LOG}:10") in {(e.kind, e.ref) for e in found.findings[0].evidence}
    assert "ip route get" in (found.findings[0].settle_by or "")


def test_the_log_arbitrates_between_a_missing_rule_and_a_lost_answer() -> None:
    # Given the rule is missing and the log has the question over TCP only
    assert said(concluded(seen(udp=silence()), *NO_UDP, log=NO_DATAGRAM)) == [("SG-KDC-UDP", "proven", "error")]
    # When the log has the datagrams, the rule does not stop them, and the export is out of date
    found = concluded(seen(udp=silence()), *NO_UDP, log=LOST_ANSWERS + question(5))
    assert said(found) == [("RET-ROUTE", "strong", "error"), ("INPUT-STALE", "strong", "warning")]
    assert "its own records show" in found.findings[1].sentence


def test_allowed_and_the_log_has_only_the_question_over_tcp() -> None:
    assert far(UDP_KDC, log=NO_DATAGRAM).arrived == "no"
    assert codes(concluded(seen(udp=silence()), log=NO_DATAGRAM)) == ["FW-OS-DROP"]
    accepting = "-P INPUT ACCEPT\n"
    both = concluded(seen(udp=silence()), log=NO_DATAGRAM, firewall=accepting)
    assert said(both) == [("FW-VPC", "inferred", "error")]
    assert "vanish before they reach the host" in both.findings[0].sentence


@pytest.mark.parametrize(
    ("sockets", "expected"),
    [
        ("LISTEN 129 128 *:8020 *:*\n", ("SVC-HANG", "strong", "error")),
        ("LISTEN 128 128 *:8020 *:*\n", ("FW-OS-DROP", "strong", "error")),
    ],
)
def test_a_full_queue_drops_in_silence(sockets: str, expected: tuple[str, str, str]) -> None:
    found = concluded(seen(namenode=silence()), sockets=sockets)
    assert said(found) == [expected]
    assert ("Recv-Q above Send-Q" in found.findings[0].sentence) == (expected[0] == "SVC-HANG")


def test_an_acl_that_drops_the_answers_stays_the_cause_where_the_request_arrived() -> None:
    only_tcp = replace(OUT, protocol=6)
    case = with_texts(with_acl(IN, only_tcp), log=LOST_ANSWERS)
    assert codes(the_conclusion(case, FLOWS, seen(udp=silence()))) == ["NACL-RETURN"]
    # And one that drops the request cannot be: it arrived
    case = with_texts(with_acl(replace(IN, protocol=6), OUT), log=LOST_ANSWERS)
    assert codes(the_conclusion(case, FLOWS, seen(udp=silence())))[0] == "RET-ROUTE"


def test_a_question_that_arrived_and_was_answered_explains_no_silence_beside_it() -> None:
    found = concluded(seen(namenode=silence()), log=LOST_ANSWERS)
    assert [(f.code, f.flows) for f in found.findings] == [("FW-OS-DROP", (NAMENODE.id,))]


@pytest.mark.parametrize(
    ("answer", "code", "confidence"),
    [(silence(), "FW-OS-DROP", "strong"), (PORT_UNREACHABLE, "KDC-UDP-OFF", "proven")],
)
def test_an_assumed_group_takes_the_proof_from_a_drop_and_not_from_a_refusal(
    answer: Observation, code: str, confidence: str
) -> None:
    # Given the host's own rules, which drop UDP, and no file that says which node has which group
    case = with_texts(the_case(a_group(*OPEN), nodes=attached()), firewall=IPTABLES)
    nodes = tuple(replace(node, security_groups=None) for node in case.nodes)
    unknown = replace(case, nodes=nodes, cluster=replace(case.cluster, security_group=None))
    for whose, sure in ((case, "proven"), (unknown, confidence)):
        finding = the_conclusion(whose, FLOWS, seen(udp=answer)).findings[0]
        assert (finding.code, finding.confidence) == (code, sure)


def test_a_drop_by_the_host_shows_its_rule_and_not_the_log() -> None:
    found = concluded(seen(udp=silence()), log=NO_DATAGRAM, firewall=IPTABLES)
    shown = {e.ref.partition(":")[0] for e in found.findings[0].evidence if e.kind == "line"}
    assert FIREWALL in shown
    assert LOG not in shown


@pytest.mark.parametrize(
    ("log", "arrived"),
    [
        (LOST_ANSWERS, "yes"),
        (NO_DATAGRAM, "no"),
        (STARTED + login(9) + repeated(12), "yes"),
        (STARTED + login(9), "unknown"),
        (STARTED, "unknown"),
        (question(3) + question(4), "unknown"),
        (LOST_ANSWERS + question(50), "no"),
        (question(3, realm="OTHER.COM") + question(3, realm="OTHER.COM") * 3, "unknown"),
        (question(3, "192.168.20.21") * 4, "unknown"),
        (f"krb5kdc: AS_REQ {question(1).partition('AS_REQ ')[2]}" * 4, "unknown"),
        (HEIMDAL, "no"),
        (HEIMDAL + HEIMDAL + HEIMDAL, "yes"),
        ("", "unknown"),
    ],
    ids=[
        "lost",
        "tcp only",
        "asks again",
        "a job",
        "started",
        "one of each",
        "newer check",
        "realm",
        "node",
        "no times",
        "heimdal",
        "heimdal lost",
        "empty",
    ],
)
def test_what_a_log_says_of_datagrams(log: str, arrived: str) -> None:
    assert far(UDP_KDC, log=log).arrived == arrived
    assert far(TCP_KDC, log=log).arrived == far(NAMENODE, log=log).arrived == "unknown"


SIZES = Observation("local", "not-probed", "syn-ack", detail={"mtu": {"black_hole": False}})


@pytest.mark.parametrize(
    ("log", "arrived"),
    [
        (question(3) + repeated(4) + repeated(5) + question(3) + question(12), "yes"),
        (question(3) + question(12), "no"),
        (question(3) + question(6), "no"),
        (question(3) + question(3) + question(12), "unknown"),
        (question(3) + question(3) + question(3) + question(3), "yes"),
        (question(3) + question(3) + question(3), "unknown"),
    ],
    ids=["datagrams first", "tcp twice", "tcp twice, at once", "one datagram", "all at once", "one datagram, at once"],
)
def test_a_later_question_over_tcp_for_the_sizes_of_packets_hides_no_datagrams(log: str, arrived: str) -> None:
    case = with_texts(the_case(a_group(*OPEN)), log=log)
    model = Model(case, [the_source()])
    by_flow: dict[str, tuple[Observation, ...]] = {key: (one,) for key, one in seen(udp=silence()).items()}
    place = scene(case, model, outcomes(model, FLOWS, {**by_flow, TCP_KDC.id: (SIZES, ANSWERED)}), live=True)
    assert place.far.of(UDP_KDC.id).arrived == arrived


def test_without_a_question_over_tcp_two_datagrams_are_enough() -> None:
    assert far(UDP_KDC, ALL_LOST, log=question(3) + repeated(4)).arrived == "yes"


def test_the_log_has_another_address() -> None:
    nat = "10.9.9.9"
    lost = "".join((question(3, nat), repeated(4, nat), repeated(5, nat), question(5, nat)))
    found = concluded(seen(udp=silence()), log=lost)
    assert said(found) == [("NET-SNAT", "strong", "error")]
    assert nat in found.findings[0].sentence
    assert said(concluded(seen(), log=question(3, nat))) == [("NET-SNAT", "inferred", "error")]
    # And where the rules deny the vSwitch, it explains why there is an answer
    assert said(concluded(seen(), *NO_UDP, log=question(3, nat))) == [("NET-SNAT", "strong", "error")]


@pytest.mark.parametrize("stranger", ["192.168.20.21", "127.0.0.1", CLIENT])
def test_questions_from_the_cluster_itself_are_no_translation(stranger: str) -> None:
    assert codes(concluded(seen(), log=question(3, stranger))) == []


# --- sockets ---


def test_half_open_connections_show_that_the_answers_are_lost() -> None:
    found = concluded(seen(namenode=silence()), sockets=HALF_OPEN)
    assert said(found) == [("RET-ROUTE", "strong", "error")]
    assert "SYN-RECV" in found.findings[0].sentence


@pytest.mark.parametrize(
    ("listener", "code"),
    [
        ("127.0.0.1:88", "KDC-BIND"),
        ("[::1]:88", "KDC-BIND"),
        ("10.0.0.5:88", "KDC-BIND"),
        ("0.0.0.0:88", "FW-OS-REJECT"),
        ("192.168.20.11:88", "FW-OS-REJECT"),
        ("*:88", "FW-OS-REJECT"),
        ("[::]:88", "KDC-BIND"),
        (":::88", "FW-OS-REJECT"),
        ("0.0.0.0:89", "KDC-DOWN"),
    ],
)
def test_a_refusal_and_what_listens(listener: str, code: str) -> None:
    sockets = f"udp UNCONN 0 0 {listener} 0.0.0.0:*\ntcp LISTEN 0 128 {listener} 0.0.0.0:*\n"
    found = concluded(seen(PORT_UNREACHABLE, REFUSED), sockets=sockets)
    assert codes(found) == [code]
    assert found.findings[0].confidence == ("strong" if code == "FW-OS-REJECT" else "proven")


def test_a_service_on_loopback_names_its_option() -> None:
    found = concluded(seen(namenode=REFUSED), sockets=INWARD)
    assert said(found) == [("SVC-BIND", "proven", "error")]
    assert "dfs.namenode.rpc-bind-host" in found.findings[0].advice[0]
    assert f"{SS}:1" in found.findings[0].sentence


def test_a_service_on_another_address_of_its_host_says_which_and_which_is_dialled() -> None:
    elsewhere = "LISTEN 0 128 192.168.22.11:8020 0.0.0.0:*\n"
    found = concluded(seen(namenode=REFUSED), sockets=elsewhere)
    first = found.findings[0]

    assert said(found) == [("SVC-BIND", "proven", "error")]
    assert "192.168.22.11" in first.sentence
    assert "Clients dial 192.168.20.11, where nothing listens on port 8020" in first.sentence
    assert "no other host can reach" not in first.title
    assert "127.0.0.1" not in f"{first.sentence} {first.advice}"


def test_a_listener_an_accepting_firewall_and_a_refusal_are_not_of_one_time() -> None:
    sockets = "LISTEN 0 128 0.0.0.0:8020 0.0.0.0:*\n"
    found = concluded(seen(namenode=REFUSED), sockets=sockets, firewall="-P INPUT ACCEPT\n")
    assert said(found) == [("INPUT-STALE", "strong", "warning")]


def test_a_listener_on_loopback_where_something_answers_is_an_old_list() -> None:
    assert said(concluded(seen(), sockets=INWARD)) == [("INPUT-STALE", "strong", "warning")]
    # And a list without the port may be a part of it only
    assert codes(concluded(seen(), sockets="LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n")) == []


def test_a_list_of_connections_alone_says_nothing_of_listeners() -> None:
    assert far(NAMENODE, sockets="ESTAB 0 0 192.168.20.11:22 10.0.0.1:4000\n").listening == "unknown"
    assert far(UDP_KDC, sockets=SS_TAN).listening == "unknown"


# --- the host's firewall ---


def test_the_rule_that_drops_is_the_proof() -> None:
    found = concluded(seen(udp=silence()), firewall=IPTABLES)
    assert said(found)[0] == ("FW-OS-DROP", "proven", "error")
    assert f"{FIREWALL}:8" in found.findings[0].sentence
    assert "--add-port=88/udp" in found.findings[0].advice[0]
    counted = "*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -p udp -m udp --dport 88 -j DROP\nCOMMIT\n"
    idle = concluded(seen(udp=silence()), firewall=counted)
    assert said(idle) == [("FW-OS-DROP", "strong", "error")]
    assert "counter" in (idle.findings[0].settle_by or "")


def test_the_rule_that_drops_does_not_excuse_a_missing_one() -> None:
    assert codes(concluded(seen(udp=silence()), *NO_UDP, firewall=IPTABLES))[0] == "SG-KDC-UDP"


def test_a_reset_by_rule() -> None:
    rejecting = "-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 8020 -j REJECT --reject-with tcp-reset\n"
    assert said(concluded(seen(namenode=REFUSED), firewall=rejecting)) == [("FW-OS-REJECT", "proven", "error")]


def test_rejects_are_rate_limited_so_silence_before_such_a_rule_is_a_reject() -> None:
    rejecting = "-P INPUT ACCEPT\n-A INPUT -p udp -j REJECT --reject-with icmp-host-prohibited\n"
    assert said(concluded(seen(udp=silence()), firewall=rejecting)) == [("FW-OS-REJECT", "strong", "error")]


def test_a_firewall_that_surely_accepts_leaves_the_way_back_as_a_candidate() -> None:
    found = concluded(seen(udp=silence()), firewall="-P INPUT ACCEPT\n")
    assert said(found) == [("RET-ROUTE", "inferred", "error")]
    assert "SYN-RECV" in (found.findings[0].settle_by or "")


@pytest.mark.parametrize(
    ("name", "content", "is_whole", "filtered"),
    [
        ("iptables", "", True, "accept"),
        ("nft", "\n", True, "accept"),
        ("iptables", "", False, None),
        ("ip6tables", "", True, "unknown"),
    ],
)
def test_an_empty_listing_is_no_rules_only_if_collect_saved_it(
    name: str, content: str, is_whole: bool, filtered: str | None
) -> None:
    listing = Text("iptables.txt", f"{name}-master-1-1.txt", content, is_whole=is_whole)

    shown = listed(listing)

    assert (shown.filtered if filtered else shown) == (filtered or FarSide())


def test_a_listing_of_the_other_ip_version_does_not_hide_that_a_packet_is_accepted() -> None:
    accepting = Text("iptables.txt", FIREWALL, "-P INPUT ACCEPT\n")
    dropping = "# Generated by ip6tables-save v1.8\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
    other = Text("iptables.txt", "ip6tables-master-1-1.txt", dropping)

    assert listed(accepting, other).filtered == "accept"


def test_a_firewall_that_stops_what_got_through_is_an_old_listing() -> None:
    found = concluded(seen(), firewall=IPTABLES)
    assert said(found) == [("INPUT-STALE", "strong", "warning")]
    assert FIREWALL in found.findings[0].sentence


def test_without_packets_the_rules_of_the_host_still_count() -> None:
    assert said(concluded(None, firewall="-P INPUT ACCEPT\n-A INPUT -p udp -m udp --dport 88 -j DROP\n")) == [
        ("FW-OS-DROP", "strong", "error")
    ]
    # But not for a vSwitch of which they stop one half
    half = "-P INPUT ACCEPT\n-A INPUT -s 192.168.10.0/25 -p udp -m udp --dport 88 -j DROP\n"
    assert codes(concluded(None, firewall=half)) == []


def test_two_listings_of_one_host_must_both_accept() -> None:
    accepting = Text("iptables.txt", FIREWALL, "-P INPUT ACCEPT\n")
    case = replace(the_case(a_group(*OPEN)), texts=(accepting, Text("iptables.txt", "nft-master-1-1.txt", NFT)))
    assert the_scene(case, FLOWS, seen(udp=silence())).far.of(UDP_KDC.id).filtered == "drop"


# --- and ---


def test_a_reset_that_another_device_forged() -> None:
    place = the_scene(the_case(a_group(*OPEN)), FLOWS, seen(namenode=REFUSED))
    note = Observation("local", "not-probed", "rst", detail={"rst": {"forged": True}})
    forged = tuple(replace(o, observations=(note, *o.observations)) for o in place.outcomes if o.flow == NAMENODE)
    found = conclude(with_outcomes(place, forged))
    assert [(f.code, f.confidence) for f in found.findings] == [("FW-VPC", "strong")]


@pytest.mark.parametrize("of", [UDP_KDC, TCP_KDC], ids=["its own", "another flow's"])
@pytest.mark.parametrize(
    ("note", "found"),
    [
        ({"loop": ["10.0.0.1", "10.0.0.2"]}, [("NET-ROUTE", "proven")]),
        ({"loop": []}, [("FW-OS-DROP", "strong")]),
        ("nonsense", [("FW-OS-DROP", "strong")]),
    ],
)
def test_a_trace_that_went_round_in_a_loop(note: Any, found: list[tuple[str, str]], of: Flow) -> None:
    place = the_scene(the_case(a_group(*OPEN)), FLOWS, seen(udp=silence()))
    told = Observation("local", "not-probed", "no-response", detail={"path": note})
    traced = tuple(replace(o, observations=(told, *o.observations)) if o.flow == of else o for o in place.outcomes)
    concluded = conclude(with_outcomes(place, traced))
    assert [(f.code, f.confidence) for f in concluded.findings] == found


@pytest.mark.parametrize(
    ("path", "machine"),
    [
        ("ss.txt", None),
        ("master-1-1/ss.txt", "master-1-1"),
        ("ss-master-1-1.txt", "master-1-1"),
        ("logs/CORE-1-2-ss.txt", "core-1-2"),
        ("ss-core-1-22.txt", None),
        ("192.168.20.11/iptables.txt", "master-1-1"),
        ("iptables-192.168.20.110.txt", None),
        ("core-1-1/ss-core-1-2.txt", None),
    ],
)
def test_which_machine_a_path_names(path: str, machine: str | None) -> None:
    place = the_scene(the_case(a_group(*OPEN)), FLOWS)
    assert machines(place.model, place.outcomes).of_path(path) == machine


@pytest.mark.parametrize(
    ("text", "used"),
    [
        (Text("ss.txt", "ss.txt", SS_TAN), True),
        (Text("ss.txt", "ss.txt", "LISTEN 0 128 127.0.0.1:8020 0.0.0.0:*\n"), False),
        (Text("iptables.txt", "iptables.txt", IPTABLES), False),
        (Text("iptables.txt", FIREWALL, "no rules here"), False),
        (Text("log:kdc", "krb5kdc.log", LOST_ANSWERS), True),
        (Text("log:kdc", "krb5kdc.log", LOST_ANSWERS.replace("iZbp1vm", "core-1-1")), True),
        (Text("log:namenode", "nn.log", "x"), True),
    ],
    ids=["own address", "no address", "firewall", "no format", "the only KDC", "another node", "not read"],
)
def test_a_record_of_an_unknown_machine_is_skipped_and_says_so(text: Text, used: bool) -> None:
    case = replace(the_case(a_group(*OPEN)), texts=(text,))
    place = the_scene(case, FLOWS, seen(udp=silence()))
    assert [skip.check for skip in place.far.skipped] == ([] if used else [text.file])


@pytest.mark.parametrize(("address", "used"), [("0.0.0.0", True), ("192.168.20.11", True), ("192.168.10.7", False)])
def test_the_only_machine_of_a_case_is_not_whatever_machine_a_list_is_from(address: str, used: bool) -> None:
    text = Text("ss.txt", "ss.txt", f"LISTEN 0 128 {address}:8020 0.0.0.0:*\n")
    case = replace(the_case(a_group(*OPEN), nodes=()), texts=(text,))
    place = the_scene(case, (NAMENODE,), {NAMENODE.id: silence()})
    assert (place.far.skipped == ()) is used


def test_the_log_of_another_node_does_not_speak_for_this_kdc() -> None:
    assert far(UDP_KDC, log=LOST_ANSWERS).arrived == "yes"
    case = replace(
        the_case(a_group(*OPEN)),
        texts=(Text("log:kdc", "krb5kdc.log", LOST_ANSWERS.replace("iZbp1vm", "core-1-1")),),
    )
    assert the_scene(case, FLOWS, seen(udp=silence())).far.of(UDP_KDC.id) == FarSide()


def test_two_kdcs_and_a_log_of_neither() -> None:
    second = a_kdc_flow(
        "udp", endpoint=an_endpoint("core-1-1", 88, transport="udp", address="192.168.20.21"), id="second"
    )
    case = replace(the_case(a_group(*OPEN)), texts=(Text("log:kdc", "krb5kdc.log", LOST_ANSWERS),))
    place = the_scene(case, (UDP_KDC, second), {UDP_KDC.id: silence(), second.id: silence(address="192.168.20.21")})
    assert [skip.check for skip in place.far.skipped] == ["krb5kdc.log"]
    assert REALM in LOST_ANSWERS


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ss-master-1-1.txt", "ss.txt"),
        ("netstat.txt", "ss.txt"),
        ("nft-core-1-1.txt", "iptables.txt"),
        ("ip6tables.txt", "iptables.txt"),
        ("iptables_master.txt", "iptables.txt"),
    ],
)
def test_files_of_nodes_are_recognised(name: str, kind: str) -> None:
    assert recognise(name, b"") == Kind(kind)
    assert recognise("kdc.log", HEIMDAL.encode()) == Kind("log:kdc")


ADDRESSES = "2: eth0: <UP>\n    inet {address}/24 scope global eth0\n    inet6 fe80::1/64 scope link\n"


@pytest.mark.parametrize(
    ("addresses", "of", "is_known"),
    [
        ("addresses-iZbp1vm.txt", "192.168.20.11", True),
        ("addresses-iZbp1vm.txt", "10.9.9.9", False),
        ("addresses-another.txt", "192.168.20.11", False),
        ("addresses.txt", "192.168.20.11", False),
    ],
)
def test_the_addresses_of_a_host_say_whose_its_other_records_are(addresses: str, of: str, is_known: bool) -> None:
    # Given two nodes, and rules of a host whose name is none of theirs.
    texts = (
        Text("iptables.txt", "iptables-iZbp1vm.txt", "-P INPUT ACCEPT\n"),
        Text("addresses.txt", addresses, ADDRESSES.format(address=of)),
    )
    place = the_scene(replace(the_case(a_group(*OPEN)), texts=texts), FLOWS, seen())

    assert (place.far.of(NAMENODE.id).filtered == "accept") is is_known
    assert bool(place.far.skipped) is not is_known
