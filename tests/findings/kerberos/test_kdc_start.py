"""Is a KDC that does not run named by its own records, unless something shows that it runs?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.case.model import Text
from diagnose.findings import Conclusion
from probes.observation import Observation
from tests.support.factories import REALM, a_flow, a_group, a_kdc_flow, a_rule, a_udp_rule
from tests.support.scenes import codes, saw, silence, the_case, the_conclusion

UDP_KDC, TCP_KDC, NAMENODE = a_kdc_flow("udp"), a_kdc_flow("tcp"), a_flow()
FLOWS = (UDP_KDC, TCP_KDC, NAMENODE)
OPEN = (a_rule(), a_rule((88, 88)), a_udp_rule())
REPLY = saw("open", "kerberos-reply", detail={"error_code": 18})
REFUSED = {UDP_KDC.id: saw("closed", "port-unreachable", offender="192.168.20.11"), TCP_KDC.id: saw("closed", "rst")}
SILENT = {UDP_KDC.id: silence(), TCP_KDC.id: silence()}
PREFIX = "Nov 30 19:31:57 master-1-1 krb5kdc[12]"
STARTED = f"{PREFIX}(info): commencing operation\n"
DOWN = f"{PREFIX}(Error): No such file or directory - while initializing database for realm {REALM}\n"
TAKEN = (
    f"{PREFIX}(Error): Address already in use - Cannot bind server socket on 0.0.0.0.88\n"
    f"{PREFIX}(Error): Address already in use - Error setting up network\n"
)
SOCKETS = "udp UNCONN 0 0 0.0.0.0:88 0.0.0.0:*\ntcp LISTEN 0 0 0.0.0.0:88 0.0.0.0:*\n"


def concluded(log: str, seen: dict[str, Observation] | None = None, *more: Text) -> Conclusion:
    texts = (Text("log:kdc", "krb5kdc.log", log), *more)
    return the_conclusion(replace(the_case(a_group(*OPEN)), texts=texts), FLOWS, seen)


def said(found: Conclusion) -> list[tuple[str, str, str]]:
    return [(f.code, f.confidence, f.severity) for f in found.findings]


@pytest.mark.parametrize("seen", [None, REFUSED, SILENT], ids=["nothing sent", "refused", "silent"])
def test_the_log_of_a_kdc_that_does_not_start_names_one_cause(seen: dict[str, Observation] | None) -> None:
    found = concluded(DOWN, seen)
    assert said(found) == [("KDC-DOWN", "strong", "error")]
    assert set(found.findings[0].flows) == {UDP_KDC.id, TCP_KDC.id}
    assert "(krb5kdc.log:1)" in found.findings[0].sentence


def test_an_answer_a_later_start_or_a_listener_shows_that_it_runs() -> None:
    assert codes(concluded(DOWN, {UDP_KDC.id: REPLY, TCP_KDC.id: REPLY})) == []
    assert codes(concluded(DOWN + STARTED)) == []
    assert codes(concluded(DOWN, None, Text("ss.txt", "ss-master-1-1.txt", SOCKETS))) == []


def test_one_transport_that_answers_shows_that_the_record_is_old() -> None:
    for heard, lost in ((TCP_KDC, UDP_KDC), (UDP_KDC, TCP_KDC)):
        found = codes(concluded(DOWN, {heard.id: REPLY, lost.id: silence()}))
        assert found != []
        assert "KDC-DOWN" not in found


def test_a_port_that_is_taken_is_sure_only_after_the_last_process_had_ended() -> None:
    ended = f"{PREFIX}(info): shutting down\n"
    assert said(concluded(STARTED + TAKEN)) == [("KDC-DOWN", "inferred", "error")]
    assert said(concluded(STARTED + ended + TAKEN)) == [("KDC-DOWN", "strong", "error")]


def test_the_newest_log_of_a_host_counts() -> None:
    request = f"AS_REQ (1 etypes {{18}}) 192.168.20.21: ISSUE: authtime 1, a@{REALM} for krbtgt/{REALM}@{REALM}\n"
    for clock, expected in (("18:00:00", ["KDC-DOWN"]), ("20:00:00", [])):
        other = Text("log:kdc", "old.log", f"{PREFIX}(info): {request}".replace("19:31:57", clock))
        assert codes(concluded(DOWN, None, other)) == expected, clock


def test_a_database_of_another_realm_says_nothing_of_this_one() -> None:
    assert codes(concluded(DOWN.replace(REALM, "OTHER.COM"))) == []


def test_the_kdc_comes_before_a_service_that_more_flows_need() -> None:
    many = tuple(a_flow(id=f"x/{port}", endpoint=replace(a_flow().endpoint, port=port)) for port in range(9000, 9009))
    case = replace(the_case(a_group(*OPEN[1:])), texts=(Text("log:kdc", "krb5kdc.log", DOWN),))
    assert codes(the_conclusion(case, (*FLOWS, *many)))[0] == "KDC-DOWN"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[kdcdefaults]\n junk\n", 2),
        ("[kdcdefaults]\n kdc_ports = 99999\n", 2),
        (f"[realms]\n {REALM} = {{\n  kdc_listen = 88:\n }}\n", 3),
        ("[kdcdefaults]\n kdc_ports = 1088 # old\n", 2),
        ('[kdcdefaults]\n kdc_listen = ""\n kdc_tcp_listen = ""\n', 3),
    ],
)
def test_a_kdc_conf_with_which_it_does_not_start_is_named_with_its_line(text: str, line: int) -> None:
    conf = Text("kdc.conf", "kdc.conf", text)
    case = the_case(a_group(*OPEN))
    found = the_conclusion(replace(case, texts=(conf,)), FLOWS)
    assert said(found) == [("KDC-DOWN", "strong", "error")]
    assert f"(kdc.conf:{line})" in found.findings[0].sentence
    # A log that shows that it runs, or an answer, counts more
    running = Text("log:kdc", "krb5kdc.log", STARTED)
    assert codes(the_conclusion(replace(case, texts=(conf, running)), FLOWS)) == []
    assert codes(the_conclusion(replace(case, texts=(conf,)), FLOWS, {UDP_KDC.id: REPLY, TCP_KDC.id: REPLY})) == []
