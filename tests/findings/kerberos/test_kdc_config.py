"""Does a line of krb5.conf weigh what the packets and DNS say about it?"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from diagnose.case.model import FoundKdcs
from probes.files.krb5conf.discovery import DiscoveredServer
from probes.files.krb5conf.dns_questions import DnsQuestion
from probes.observation import Observation
from tests.support.factories import REALM, a_group, a_kdc_flow, a_krb5conf, a_profile, a_rule, a_udp_rule, an_endpoint
from tests.support.scenes import saw, silence, the_case, the_conclusion

HOSTS = {"master-1-1": "192.168.20.11", "core-1-1": "192.168.20.21"}
FLOWS = {
    f"{transport} {number}": a_kdc_flow(transport, endpoint=an_endpoint(host, 88, transport=transport, address=address))
    for number, (host, address) in enumerate(HOSTS.items(), 1)
    for transport in ("udp", "tcp")
}
OPEN = a_group(a_rule((88, 88)), a_udp_rule())
ANSWER, LOST = ({"error_code": 18, **more} for more in ({}, {"largest_reply": 500, "lost_reply": 800}))


def _seen(**silent: str) -> dict[str, Observation]:
    """Return answers of two KDCs over both transports. `udp`, `tcp`: numbers of those that are
    silent, `lost`: of those whose large answers over UDP are lost."""
    seen = {}
    for name, flow in FLOWS.items():
        transport, number = name.split()
        address = flow.endpoint.address
        is_lost = transport == "udp" and number in silent.get("lost", "")
        answer = saw("open", "kerberos-reply", address=address, detail=LOST if is_lost else ANSWER)
        seen[flow.id] = silence(address=address) if number in silent.get(transport, "") else answer
    return seen


@pytest.mark.parametrize(
    ("silent", "severity", "stopped"),
    [
        ({}, "warning", ""),
        ({"udp": "1"}, "error", "1"),
        ({"udp": "2"}, "error", "2"),
        ({"udp": "12"}, "error", "12"),
        ({"lost": "2"}, "error", "2"),
        ({"udp": "1", "lost": "2"}, "error", "12"),
        # TCP to one of the KDCs that UDP does not reach fails as well
        ({"udp": "12", "tcp": "2"}, "warning", ""),
        ({"udp": "1", "tcp": "1"}, "warning", ""),
        ({"udp": "1", "tcp": "2"}, "error", "1"),
    ],
)
def test_a_limit_of_0_is_blamed_for_each_kdc_that_only_tcp_reaches(
    silent: Mapping[str, str], severity: str, stopped: str
) -> None:
    krb5 = a_krb5conf(*(f"{host}:88" for host in HOSTS), libdefaults="  udp_preference_limit = 0\n")
    found = the_conclusion(the_case(OPEN, krb5=krb5), list(FLOWS.values()), _seen(**silent)).findings
    (limit,) = (finding for finding in found if finding.code == "KDC-UDP-ZERO")
    assert limit.severity == severity
    assert (limit.confidence == "proven") is (not silent)
    assert set(limit.flows) == {FLOWS[f"udp {number}"].id for number in stopped}


def test_what_udp_does_weighs_no_other_line_and_no_case_without_a_flow_over_udp() -> None:
    lines = "  udp_preference_limit = 0\n  default_tkt_enctypes = des-cbc-crc\n"
    case = the_case(OPEN, krb5=a_krb5conf(libdefaults=lines))
    for flows, severity in ((list(FLOWS.values()), "warning"), ([], "error"), ([FLOWS["tcp 1"]], "error")):
        found = the_conclusion(case, flows, {flow.id: _seen()[flow.id] for flow in flows}).findings
        assert {finding.code: finding.severity for finding in found} == {
            "KDC-UDP-ZERO": severity,
            "KRB-ETYPE-CONF": "error",
        }


SERVER = DiscoveredServer("kdc", 88, ("udp",), DnsQuestion("SRV", f"_kerberos._udp.{REALM}", False))
NO_ANSWER = ("warning", "inferred")


@pytest.mark.parametrize(
    ("found", "weight"),
    [
        ({}, NO_ANSWER),
        ({REALM: FoundKdcs(error="no name server answered")}, NO_ANSWER),
        ({REALM: FoundKdcs((SERVER,), (SERVER,))}, ("info", "proven")),
        ({REALM: FoundKdcs(mit=(SERVER,))}, ("info", "proven")),
        ({REALM: FoundKdcs(jdk=(SERVER,))}, ("info", "proven")),
        ({REALM: FoundKdcs()}, ("error", "strong")),
        ({REALM: FoundKdcs(), "OTHER": FoundKdcs(error="no name server answered")}, ("error", "strong")),
        # Of two realms, which one the line is about is not asked
        ({REALM: FoundKdcs(), "OTHER": FoundKdcs((SERVER,))}, NO_ANSWER),
    ],
)
def test_kdcs_that_are_left_to_dns_are_no_fault_if_dns_names_some(
    found: Mapping[str, FoundKdcs], weight: tuple[str, str]
) -> None:
    krb5 = a_profile(f"[libdefaults]\n  default_realm = {REALM}\n  dns_lookup_kdc = true\n")
    conclusion = the_conclusion(the_case(OPEN, krb5=krb5, found_kdcs=found), [])
    (line,) = (finding for finding in conclusion.findings if finding.code == "DNS-SRV")
    assert (line.severity, line.confidence) == weight
