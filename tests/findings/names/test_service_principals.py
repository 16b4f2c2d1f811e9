"""Is the verdict on a host's names that of a plainer account, for all answers of a resolver?"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import NamedTuple

import pytest

from diagnose.clients.names import ticket_faults
from diagnose.decisions.model import Model
from diagnose.findings.names.service_principals import blames
from diagnose.flows.model import Flow
from diagnose.scene import name_notes
from probes.names.canonical import Back
from probes.names.hosts import read_hosts
from probes.names.resolver_view import ResolverNote
from tests.findings.names.test_resolution import (
    AT,
    CONNECTED,
    MASTER,
    knows,
    metastore,
    namenode,
    note,
    secure,
    seen_in,
)
from tests.support.factories import REALM, a_flow, a_krb5conf, an_endpoint
from tests.support.scenes import INSIDE, saw, the_source

SHORT, ALIAS, OTHER = "master-1-1", "nn.example.internal", "ip-192-168-20-11.example.internal"


def presto(host: str) -> Flow:
    """Return a SQL service whose principal no setting tells."""
    return a_flow("presto", area="presto", service="Presto", endpoint=an_endpoint(host, 9083))


class WrongName(NamedTuple):
    code: str
    confidence: str
    java_asks: str
    """The host part that Java asks for."""


def expected(make: object, host: str, back: Back, *, is_inside: bool) -> WrongName | None:
    """Return what is wrong with a host of the node master-1-1, whose one full name is MASTER."""
    leads_back = back.name is not None and AT in back.addresses
    by_rpc = back.name if back.name is not None and leads_back else AT
    is_sql = make is not namenode
    confidence = "proven" if is_inside and make is not presto else "inferred"
    if host in (AT, ALIAS) and is_sql:
        return WrongName("DNS-IP-URL" if host == AT else "DNS-ALIAS", confidence, host)
    if by_rpc.lower() == MASTER:
        return None
    if back.reason == "resolver-failed" or (back.name == MASTER and back.lost == "resolver-failed"):
        confidence = "inferred"
    if host in (AT, ALIAS):
        return WrongName("DNS-IP-URL" if host == AT else "DNS-ALIAS", confidence, by_rpc)
    if leads_back and confidence == "proven":
        confidence = "strong"  # the service may have the name that is found
    code = {None: "DNS-NO-PTR", SHORT: "DNS-CANON"}.get(back.name, "DNS-PTR-OTHER")
    return WrongName(code, confidence, by_rpc)


BACKS = [
    Back(reason="name-not-found"),
    Back(reason="resolver-failed"),
    *(
        Back(name, addresses=at)
        for name, at in product((MASTER, MASTER.upper(), SHORT, OTHER), ((AT,), (), ("192.168.20.99",)))
    ),
    Back(MASTER, lost="resolver-failed"),
    Back(OTHER, lost="resolver-failed"),
]


@pytest.mark.parametrize("is_inside", [True, False])
@pytest.mark.parametrize("make", [namenode, metastore, presto])
@pytest.mark.parametrize("host", [MASTER, SHORT, ALIAS, AT])
def test_every_answer_for_a_host(make: object, host: str, is_inside: bool) -> None:
    case = replace(secure(), krb5=None)
    for back in BACKS:
        known = knows(host, canonical=host, reverse={AT: back})
        seen = CONNECTED if is_inside else saw("open", "syn-ack", source="203.0.113.9")
        place = seen_in(case, make(host), note(name_notes.NAME, known), observed=seen)  # type: ignore[operator]
        told = [
            WrongName(each.code, each.confidence, dict(each.name.asks)["jdk"])
            for each in blames(place)
            if each.name is not None
        ]
        right = expected(make, host, back, is_inside=is_inside)
        assert told == ([] if right is None else [right]), back
        assert [bool(each.missing) for each in blames(place)] == [each.confidence != "proven" for each in told]


def test_what_is_optional_and_what_nobody_asks_for_by_name_is_left_alone() -> None:
    wrong = note(name_notes.NAME, knows(back=OTHER))
    datanode = a_flow("datanode-transfer", endpoint=an_endpoint(MASTER, 9866))
    for flow, count in ((namenode(), 1), (replace(namenode(), need="optional"), 0), (datanode, 0)):
        assert len(list(blames(seen_in(secure(), flow, wrong)))) == count


def test_the_hosts_file_of_the_case_speaks_only_where_nothing_was_seen() -> None:
    file = read_hosts("hosts", f"{AT} {OTHER} {MASTER}\n".encode())
    case = replace(secure(), hosts=file)
    assert [each.code for each in blames(seen_in(case, namenode(), observed=None))] == ["DNS-PTR-OTHER"]
    assert list(blames(seen_in(case, namenode()))) == []
    assert list(blames(seen_in(secure(), namenode(), observed=None))) == []


@pytest.mark.parametrize(
    "canonical", [None, ALIAS, f"{ALIAS}.", "nn.example.internal.more", "nn", "other.example.internal"]
)
def test_of_a_host_that_is_no_node_the_name_that_dns_leads_to_makes_an_alias(canonical: str | None) -> None:
    # Given a host of another domain and address, so that the case has no full name for it
    at = "192.168.99.9"
    known = knows(ALIAS, addresses=(at,), canonical=canonical, reverse={at: Back(ALIAS, addresses=(at,))})
    found = [
        each.code
        for each in blames(seen_in(replace(secure(), nodes=()), metastore(ALIAS), note(name_notes.NAME, known)))
    ]
    assert found == ["DNS-ALIAS"] * (canonical == "other.example.internal")


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        # Both are sure: what the KDC answers is told before what Hadoop says in its place
        (namenode(), metastore(), "GSSException"),
        (metastore(), namenode(), "GSSException"),
        # Nobody knows whether clients of Presto take tickets
        (namenode(), presto(MASTER), "IllegalArgumentException"),
        (presto(MASTER), namenode(), "IllegalArgumentException"),
    ],
)
def test_of_two_wrong_names_of_one_host_the_surest_is_foretold(first: Flow, second: Flow, message: str) -> None:
    place = seen_in(secure(), first, note(name_notes.NAME, knows(back=None)), more={second: CONNECTED})
    assert message in (ticket_faults(place, REALM)["jdk"].message or "")


def test_names_matter_only_to_a_cluster_with_kerberos_and_not_in_a_demo_on_loopback() -> None:
    wrong = note(name_notes.NAME, knows(back=OTHER))
    place = seen_in(secure(), namenode(), wrong)
    plain = replace(secure(), krb5=None, settings={}, cluster=replace(secure().cluster, security_mode="NORMAL"))

    assert len(list(blames(place))) == 1
    assert not list(blames(seen_in(plain, namenode(), wrong)))
    assert not list(blames(replace(place, model=Model(place.case, [the_source("127.0.0.0/8")]))))


def test_the_line_is_that_of_the_file_that_was_read() -> None:
    # Given the hosts file of the resource group, and this host's own file
    file = read_hosts("rg.hosts", f"127.0.0.1 localhost\n{AT} {OTHER} {MASTER}\n".encode())
    case = replace(secure(), hosts=file)
    here = knows(back=OTHER, line=ResolverNote(7, AT, (OTHER, MASTER)))

    for place, line in (
        (seen_in(case, namenode(), observed=None), "rg.hosts:2"),
        (seen_in(case, namenode(), note(name_notes.NAME, here)), "/etc/hosts:7"),
        (seen_in(secure(), namenode(), note(name_notes.NAME, here)), "/etc/hosts:7"),
        (seen_in(secure(), namenode(), note(name_notes.NAME, knows(back=OTHER))), None),
    ):
        assert [each.name and each.name.line for each in blames(place)] == [line]


@pytest.mark.parametrize(
    ("back", "code"), [(SHORT, "DNS-CANON"), ("core-1-1", "DNS-PTR-OTHER"), (f"{SHORT}.example.internal", None)]
)
def test_a_short_name_is_that_of_any_full_name_of_the_node(back: str, code: str | None) -> None:
    # Given a node with two full names
    own = (MASTER, f"{SHORT}.example.internal", "other.example.internal")
    nodes = tuple(replace(node, hostnames=own) if node.address == AT else node for node in secure().nodes)
    place = seen_in(replace(secure(), nodes=nodes), namenode(), note(name_notes.NAME, knows(back=back)))

    assert [each.code for each in blames(place)] == ([code] if code else [])


def test_libkrb5_that_falls_back_to_the_right_name_is_not_at_fault() -> None:
    krb5 = a_krb5conf(libdefaults="  dns_canonicalize_hostname = fallback\n")
    place = seen_in(replace(secure(), krb5=krb5), namenode(), note(name_notes.NAME, knows(back=OTHER)))

    (blame,) = blames(place)
    assert blame.name is not None
    assert blame.name.asks == (("jdk", OTHER),)


@pytest.mark.parametrize(("source", "is_sure"), [(INSIDE, True), ("203.0.113.9", False)])
def test_a_name_that_libkrb5_alone_gets_wrong_asks_for_kvno_unless_it_is_sure(source: str, is_sure: bool) -> None:
    v6 = "2001:db8::11"
    back = {AT: Back(MASTER, addresses=(AT,)), v6: Back("six.example.internal", addresses=(v6,))}
    known = note(name_notes.NAME, knows(addresses=(v6, AT), reverse=back))
    (blame,) = blames(seen_in(secure(), namenode(), known, observed=saw("open", "syn-ack", source=source)))

    assert blame.mild
    assert (blame.confidence == "proven", [each for each in blame.missing if "kvno -S" in each] == []) == (
        is_sure,
        is_sure,
    )
