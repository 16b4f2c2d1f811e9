"""Which KDCs does a live check take from DNS, and what do the clients make of them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from diagnose.case.model import Case
from diagnose.clients import clients_of
from diagnose.flows.plan import flows
from diagnose.live.kdc_discovery import with_found_kdcs
from diagnose.scene.observed import CaseObservations, scene_of
from probes.files.krb5conf.discovery import AskDns, DiscoveryError, ServerRecord
from probes.files.krb5conf.dns_questions import DnsQuestion
from tests.support.factories import REALM, a_cluster, a_group, a_krb5conf, a_profile, a_rule, a_udp_rule
from tests.support.scenes import saw, the_case

SRV = ServerRecord(0, 10, "master-1-1", 88)


def a_dns_case(lines: str = "") -> Case:
    krb5 = a_profile(f"[libdefaults]\n  default_realm = {REALM}\n{lines}")
    cluster = a_cluster(security_mode="KERBEROS")
    return the_case(a_group(a_rule((88, 88)), a_udp_rule(88)), krb5=krb5, cluster=cluster)


def answering(
    records: Mapping[str, Sequence[ServerRecord]], asked: list[str] | None = None, *, uri_fails: bool = False
) -> AskDns:
    def ask(question: DnsQuestion) -> Sequence[ServerRecord]:
        if asked is not None:
            asked.append(f"{question.record} {question.name}")
        if uri_fails and question.record == "URI":
            raise DiscoveryError(question, "NoNameservers")
        return records.get(question.name, ())

    return ask


def predicted(case: Case) -> dict[tuple[str, str], tuple[str, float | None]]:
    plan = flows(case)
    answer = saw("open", "kerberos-reply", detail={"message": "KRB-ERROR", "error_code": 18})
    seen = {flow.id: (answer,) for flow in plan.flows if flow.area == "kerberos"}
    found = clients_of(scene_of(case, plan, CaseObservations(seen)))
    return {(one.family, one.exchange): (one.works, one.seconds) for one in reversed(found)}


BOTH_RECORDS = {f"_kerberos._udp.{REALM}": [SRV], f"_kerberos._tcp.{REALM}": [SRV]}


@pytest.mark.parametrize("uri_fails", [False, True])
def test_srv_targets_are_flows_and_are_judged_as_kdcs(uri_fails: bool) -> None:
    case = with_found_kdcs(a_dns_case(), answering(BOTH_RECORDS, uri_fails=uri_fails))
    kdcs = [flow for flow in flows(case).flows if flow.area == "kerberos"]
    assert [(flow.endpoint.host, flow.endpoint.port, flow.endpoint.transport) for flow in kdcs] == [
        ("master-1-1", 88, "udp"),
        ("master-1-1", 88, "tcp"),
    ]
    assert str(kdcs[0].origin).startswith("DNS")
    found = predicted(case)
    assert (found["mit", "as"], found["jdk", "as"]) == (("yes", 0.0), ("yes", 0.0))


def test_records_for_tcp_alone_are_tcp_to_libkrb5_and_both_to_java() -> None:
    case = with_found_kdcs(a_dns_case(), answering({f"_kerberos._tcp.{REALM}": [SRV]}))
    assert [server.transports for server in case.found_kdcs[REALM].mit] == [("tcp",)]
    assert {flow.endpoint.transport for flow in flows(case).flows if flow.area == "kerberos"} == {"udp", "tcp"}


def test_no_record_ends_both_families() -> None:
    found = predicted(with_found_kdcs(a_dns_case(), answering({})))
    assert (found["mit", "as"], found["jdk", "as"]) == (("no", 0.0), ("no", 0.0))


def test_dns_that_gives_no_answer_leaves_it_unknown() -> None:
    case = with_found_kdcs(a_dns_case("  dns_lookup_kdc = true\n"), _failing)
    assert case.found_kdcs[REALM].error is not None
    assert predicted(case)["mit", "as"] == ("unknown", None)
    assert [skip.cause for skip in flows(case).skipped if "DNS gave no answer" in skip.cause]


def _failing(question: DnsQuestion) -> Sequence[ServerRecord]:
    raise DiscoveryError(question, "LifetimeTimeout")


def test_nothing_is_asked_if_the_file_has_a_kdc_or_forbids_it() -> None:
    asked: list[str] = []
    listed = the_case(a_group(), krb5=a_krb5conf("master-1-1"))
    assert with_found_kdcs(listed, answering({}, asked)) is listed
    forbidden = a_dns_case("  dns_lookup_kdc = false\n")
    assert with_found_kdcs(forbidden, answering({}, asked)) is forbidden
    assert not asked


def test_offline_it_is_said() -> None:
    (skip,) = [skip for skip in flows(a_dns_case()).skipped if skip.check == f"KDC of {REALM}"]
    assert skip.cause.endswith("DNS is not asked without packets")
