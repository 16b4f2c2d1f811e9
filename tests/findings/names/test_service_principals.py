"""Is the verdict on a host's names that of a plainer account, for all answers of a resolver?"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import NamedTuple

import pytest

from diagnose.clients.names import ticket_faults
from diagnose.findings.names.service_principals import blames
from diagnose.flows.model import Flow
from diagnose.scene import name_notes
from probes.names.canonical import Back
from probes.names.hosts import read_hosts
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
from tests.support.factories import REALM, a_flow, an_endpoint
from tests.support.scenes import saw

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
