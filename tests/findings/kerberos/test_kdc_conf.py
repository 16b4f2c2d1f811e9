"""Is a KDC that does not listen where clients dial named by its kdc.conf, and only then?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.case.model import Case, Text
from diagnose.case.recognise import Kind, recognise
from diagnose.findings import Conclusion
from probes.files.krb5conf.profile import load
from probes.observation import Observation
from tests.support.factories import REALM, a_flow, a_group, a_kdc_flow, a_rule, a_udp_rule
from tests.support.scenes import codes, saw, silence, the_case, the_conclusion

UDP_KDC, TCP_KDC, NAMENODE = a_kdc_flow("udp"), a_kdc_flow("tcp"), a_flow()
FLOWS = (UDP_KDC, TCP_KDC, NAMENODE)
OPEN = (a_rule(), a_rule((88, 88)), a_udp_rule())
REPLY = saw("open", "kerberos-reply", detail={"error_code": 18})
CLOSED = saw("closed", "port-unreachable", offender="192.168.20.11")
SOCKETS = Text("ss.txt", "ss-master-1-1.txt", "udp UNCONN 0 0 0.0.0.0:88 0.0.0.0:*\n")


def conf(defaults: str = "", of_realm: str = "", realm: str = REALM) -> str:
    return f"[kdcdefaults]\n {defaults}\n[realms]\n {realm} = {{\n  {of_realm}\n }}\n"


def concluded(
    text: str, seen: dict[str, Observation] | None = None, *more: Text, case: Case | None = None
) -> Conclusion:
    texts = (Text("kdc.conf", "kdc.conf", text), *more)
    return the_conclusion(replace(case or the_case(a_group(*OPEN)), texts=texts), FLOWS, seen)


def said(found: Conclusion) -> list[tuple[str, str, str]]:
    return [(f.code, f.confidence, f.severity) for f in found.findings]


@pytest.mark.parametrize(
    ("text", "code", "flows"),
    [
        (conf('kdc_listen = ""'), "KDC-UDP-OFF", [UDP_KDC.id]),
        (conf('kdc_ports = ""'), "KDC-UDP-OFF", [UDP_KDC.id]),
        (conf(of_realm='kdc_ports = ""'), "KDC-UDP-OFF", [UDP_KDC.id]),
        (conf('kdc_tcp_listen = ""'), "KDC-TCP-OFF", [TCP_KDC.id]),
        (conf("kdc_ports = 1088"), "KDC-UDP-OFF", [UDP_KDC.id]),
        (conf("kdc_tcp_ports = 1088"), "KDC-TCP-OFF", [TCP_KDC.id]),
        (conf("kdc_ports = 1088\n kdc_tcp_ports = 1088"), "KDC-PORT", [UDP_KDC.id, TCP_KDC.id]),
        (conf("kdc_listen = 127.0.0.1:88\n kdc_tcp_listen = 127.0.0.1:88"), "KDC-BIND", [UDP_KDC.id, TCP_KDC.id]),
    ],
)
def test_where_the_kdc_does_not_listen_is_named_before_anything_is_sent(text: str, code: str, flows: list[str]) -> None:
    found = concluded(text)
    assert said(found) == [(code, "strong", "error")]
    assert list(found.findings[0].flows) == flows
    assert "(kdc.conf:" in found.findings[0].sentence


@pytest.mark.parametrize(
    "text",
    [
        conf(),
        conf("kdc_ports = 88,750\n kdc_tcp_ports = 88"),
        conf("kdc_listen = 1088", "kdc_listen = 88"),
        conf("kdc_listen = 192.168.20.11\n kdc_tcp_listen = 0.0.0.0:88"),
        conf("kdc_listen = kdc.example"),
        conf('kdc_listen = ""') + "[realms]\n B.COM = {\n  kdc_listen = 88\n }\n",
        "[kdc]\n ports = 1088\n",
        "",
        "[kdcdefaults]\n kdc_listen = 88\n kdc_tc",
        conf("kdc_listen = /run/kdc.sock"),
    ],
)
def test_a_file_that_lets_it_listen_or_does_not_say_is_no_fault(text: str) -> None:
    assert codes(concluded(text)) == []


def test_a_kdc_that_listens_elsewhere_is_not_down_and_no_rule_is_missing() -> None:
    moved = conf("kdc_ports = 1088\n kdc_tcp_ports = 1088")
    refused = concluded(moved, {UDP_KDC.id: CLOSED, TCP_KDC.id: saw("closed", "rst")})
    assert said(refused) == [("KDC-PORT", "strong", "error")]
    # And where the rules let the other port in alone, 88 need not be opened
    closed = the_case(a_group(a_rule(), a_rule((1088, 1088)), a_udp_rule(1088)))
    for seen in (None, {UDP_KDC.id: silence(), TCP_KDC.id: silence()}):
        found = concluded(moved, seen, case=closed)
        assert codes(found) == ["KDC-PORT"], seen
        assert found.findings[0].blames[0].answers_on == 1088


def test_two_faults_of_one_transport_are_both_named() -> None:
    no_udp = the_case(a_group(*OPEN[:2]))
    assert set(codes(concluded(conf('kdc_listen = ""'), None, case=no_udp))) == {"KDC-UDP-OFF", "SG-KDC-UDP"}


def test_an_answer_shows_that_the_kdc_was_started_with_another_file() -> None:
    assert codes(concluded(conf('kdc_listen = ""'), {UDP_KDC.id: REPLY, TCP_KDC.id: REPLY})) == []


def test_what_packets_prove_is_said_once() -> None:
    found = concluded(conf('kdc_listen = ""'), {UDP_KDC.id: CLOSED, TCP_KDC.id: REPLY})
    assert said(found) == [("KDC-UDP-OFF", "proven", "error")]


def test_a_list_of_sockets_counts_more_than_the_file() -> None:
    assert codes(concluded(conf('kdc_listen = ""'), None, SOCKETS)) == []


def test_the_krb5_conf_of_the_kdc_overrules_its_kdc_conf() -> None:
    text = f"[libdefaults]\n default_realm = {REALM}\n[kdcdefaults]\n kdc_listen = 88\n"
    case = replace(the_case(a_group(*OPEN)), krb5=load([("krb5.conf", text.encode())]))
    assert "KDC-PORT" not in codes(concluded(conf("kdc_listen = 1088"), None, case=case))
    assert "KDC-UDP-OFF" not in codes(concluded(conf('kdc_listen = ""'), None, case=case))


def test_a_transport_that_is_set_nowhere_is_said_to_be_on_the_usual_port() -> None:
    at_1088 = tuple(replace(flow, endpoint=replace(flow.endpoint, port=1088)) for flow in FLOWS[:2])
    case = replace(the_case(a_group(a_rule((1088, 1088)), a_udp_rule(1088))))
    found = the_conclusion(replace(case, texts=(Text("kdc.conf", "kdc.conf", conf()),)), at_1088)
    assert said(found) == [("KDC-PORT", "strong", "error")]
    assert "set nowhere in kdc.conf" in found.findings[0].sentence


@pytest.mark.parametrize(
    ("name", "content", "is_read"),
    [
        ("kdc.conf", b"", True),
        ("master-1-1/kdc.conf", b"[kdcdefaults]\n", True),
        ("kdc-master-1-1.conf", b"[kdcdefaults]\n", True),
        ("kdc-master-1-1.conf", b"[libdefaults]\n a = b\n", False),
        ("kadm5.acl", b"*/admin@A.COM *\n", False),
    ],
)
def test_which_files_are_a_kdc_conf(name: str, content: bytes, is_read: bool) -> None:
    assert (recognise(name, content) == Kind("kdc.conf")) is is_read
