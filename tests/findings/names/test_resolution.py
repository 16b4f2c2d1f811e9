"""Do the resolver's answers lead to one fault?

The fault says which name is wrong, for whom, how sure that is, and which line repairs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from msgspec import to_builtins

from diagnose.case import recorded
from diagnose.case.model import Case, Recorded
from diagnose.clients import clients_of
from diagnose.decisions.model import Model
from diagnose.engine import exit_code
from diagnose.findings import Conclusion, conclude
from diagnose.findings.names import resolution
from diagnose.findings.values import Values
from diagnose.flows.model import BadSetting, Callback, Flow, FlowPlan
from diagnose.live import follow_up
from diagnose.live.follow_up import names as further
from diagnose.live.observe import LiveSettings
from diagnose.remedies.model import SuggestedEdit
from diagnose.remedies.plan import suggest
from diagnose.remedies.wording import suggested
from diagnose.scene import name_notes
from diagnose.scene.outcome import outcomes
from diagnose.scene.scene import Scene, scene
from probes.names import dns
from probes.names import look_up as probed_names
from probes.names.canonical import Back, CanonicalNames
from probes.names.dns import DnsReply
from probes.names.hosts import read_hosts
from probes.names.resolvconf import ResolvConf, read_resolv_conf
from probes.names.resolver_view import ResolverNote, ResolverView, Said, ServerAnswer
from probes.observation import Observation, Reason
from probes.origin import Origin
from probes.vantage import Vantage
from tests.support.factories import (
    DOMAIN,
    REALM,
    a_flow,
    a_group,
    a_kdc_flow,
    a_krb5conf,
    a_node,
    a_profile,
    a_rule,
    a_udp_rule,
    an_endpoint,
    fqdn,
    some_settings,
)
from tests.support.scenes import attached, codes, saw, silence, the_case, the_source

MASTER, AT = fqdn("master-1-1"), "192.168.20.11"
OPEN = (a_rule(), a_rule((88, 88)), a_rule((9083, 9083)), a_rule((9866, 9866)), a_udp_rule())
CONNECTED = saw("open", "syn-ack")
PATTERNS = {
    "hdfs_site": {"dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM}"},
    "hive_site": {"hive.metastore.kerberos.principal": f"hive/_HOST@{REALM}"},
}
"""A pattern that makes the name matter: the client replaces _HOST by it."""


def secure(**changes: Any) -> Case:
    """Return a Kerberos cluster whose groups let everything in, with nodes of full names."""
    nodes = [replace(node, hostnames=(fqdn(node.name),)) for node in attached()]
    case = the_case(a_group(*OPEN), nodes=nodes, settings=some_settings(**PATTERNS), krb5=a_krb5conf(), **changes)
    return replace(case, cluster=replace(case.cluster, security_mode="KERBEROS"))


def namenode(host: str = MASTER, **changes: Any) -> Flow:
    return a_flow(endpoint=an_endpoint(host, **changes))


def metastore(host: str = MASTER, **changes: Any) -> Flow:
    endpoint = an_endpoint(host, 9083, **changes)
    return a_flow("hive-metastore", area="hive", service="Hive Metastore", endpoint=endpoint)


def knows(
    host: str = MASTER, back: str | None = MASTER, leads_to: tuple[str, ...] = (AT,), **changes: Any
) -> dict[str, Any]:
    """Return the note on one name, as a check records it."""
    addresses = changes.pop("addresses", (AT,))
    called = {AT: Back(back, None if back else "name-not-found", leads_to if back else ())}
    names = CanonicalNames(host, addresses, changes.pop("canonical", host), changes.pop("reverse", called))
    note = to_builtins(ResolverView(names, **changes))
    assert isinstance(note, dict)
    return note


def note(key: str, value: object) -> Observation:
    return Observation("local", "not-probed", "service-reply", detail={key: value})


def seen_in(
    case: Case, flow: Flow, *notes: Observation, observed: Observation | None = CONNECTED, more: Mapping[Flow, Any] = {}
) -> Scene:
    by_flow = {flow.id: (*notes, *((observed,) if observed else ()))}
    by_flow |= {other.id: (seen,) for other, seen in more.items()}
    model = Model(case, [the_source()])
    live = observed is not None
    return scene(case, model, outcomes(model, (flow, *more), by_flow if live else {}), live=live)


def concluded(place: Scene) -> Conclusion:
    found = conclude(place)
    assert not found.bugs, found.bugs
    return found


def edits(place: Scene) -> list[SuggestedEdit]:
    return list(map(suggested, suggest(place, conclude(place).findings).edits))


def diagnosed(place: Scene) -> int:
    return exit_code(place, FlowPlan(()), conclude(place), (), interrupted=False, fail_on="error")


def told(found: Conclusion) -> list[tuple[str, str, str]]:
    return [(f.code, f.severity, f.confidence) for f in found.findings]


def knows_no_name(known: dict[str, Any]) -> bool:
    return not known["names"]["back"].get(AT, {}).get("addresses")


LINE = f"{AT} {MASTER} master-1-1"
OTHER = "ip-192-168-20-11.example.internal"


@pytest.mark.parametrize(
    ("known", "code", "repair"),
    [
        (knows(), None, None),
        (knows(back=None), "DNS-NO-PTR", ("hosts", LINE)),
        (knows(back=OTHER), "DNS-PTR-OTHER", ("hosts", LINE)),
        (knows(back=OTHER, leads_to=()), "DNS-PTR-OTHER", ("hosts", LINE)),
        (knows(back="master-1-1"), "DNS-CANON", ("hosts", LINE)),
        (knows(back=MASTER.upper()), None, None),
        # nothing was asked, so nothing is known
        (knows(reverse={}), None, None),
        (knows(addresses=(), reverse={}), None, None),
    ],
    ids=["right", "none", "other", "leads nowhere", "short first", "upper case", "not asked", "no address"],
)
def test_the_name_that_the_address_has(known: dict[str, Any], code: str | None, repair: tuple[str, str] | None) -> None:
    place = seen_in(secure(), namenode(), note(name_notes.NAME, known))

    # That Java uses the address itself as the name is proven. That the service has no other name
    # is not.
    sure = "proven" if knows_no_name(known) else "strong"
    assert told(concluded(place)) == ([(code, "error", sure)] if code else [])
    assert [(edit.object, edit.after) for edit in edits(place)] == ([repair] if repair else [])
    if code:
        assert f"{MASTER} is {AT}, and {AT} is called" in conclude(place).findings[0].evidence[0].text


@pytest.mark.parametrize(
    ("called", "code"),
    [
        (Back(reason="resolver-failed"), "DNS-NO-PTR"),
        (Back(MASTER, lost="resolver-failed"), "DNS-PTR-OTHER"),
    ],
    ids=["back", "and forward again"],
)
def test_a_name_server_that_said_nothing_of_an_address_proves_nothing(called: Back, code: str) -> None:
    place = seen_in(secure(), namenode(), note(name_notes.NAME, knows(reverse={AT: called})))
    (finding,) = concluded(place).findings

    assert (finding.code, finding.confidence) == (code, "inferred")
    assert f"getent hosts {AT}" in (finding.settle_by or "")
    assert "gave no answer in time" in finding.sentence
    assert diagnosed(place) == 3


def test_the_right_name_that_does_not_lead_back_is_not_called_another() -> None:
    place = seen_in(secure(), namenode("master-1-1"), note(name_notes.NAME, knows("master-1-1", leads_to=())))
    (finding,) = concluded(place).findings

    assert (finding.code, finding.confidence) == ("DNS-PTR-OTHER", "proven")
    assert finding.title == "The name of the address does not lead back to it"
    assert "does not lead back to the address" in finding.sentence


@pytest.mark.parametrize(
    ("hive", "codes_"),
    [
        ({"hive.server2.authentication": "KERBEROS"}, ["DNS-NO-PTR"]),
        ({"hive.server2.authentication": "LDAP"}, []),
        ({}, ["DNS-NO-PTR"]),
    ],
)
def test_a_server_that_takes_passwords_is_not_asked_for_by_name(hive: dict[str, str], codes_: list[str]) -> None:
    case = replace(secure(), settings=some_settings(hive_site=hive))
    server = a_flow("hiveserver2", area="hive", service="HiveServer2", endpoint=an_endpoint(MASTER, 9083))

    assert codes(concluded(seen_in(case, server, note(name_notes.NAME, knows(back=None))))) == codes_


def test_whether_a_server_takes_tickets_at_all_may_be_unknown() -> None:
    server = a_flow("presto", area="presto", service="Presto", endpoint=an_endpoint(MASTER, 9083))

    assert told(concluded(seen_in(secure(), server, note(name_notes.NAME, knows(back=None))))) == [
        ("DNS-NO-PTR", "error", "inferred")
    ]


def test_the_name_does_not_matter_without_kerberos() -> None:
    plain = replace(secure(), krb5=None, cluster=replace(secure().cluster, security_mode="NORMAL"))

    assert not concluded(seen_in(plain, namenode(), note(name_notes.NAME, knows(back=None)))).findings


@pytest.mark.parametrize(
    "settings",
    [
        {"dfs.namenode.kerberos.principal": f"hdfs/{MASTER}@{REALM}"},
        {**PATTERNS["hdfs_site"], "dfs.namenode.kerberos.principal.pattern": "*"},
    ],
    ids=["written out", "any is accepted"],
)
def test_the_name_does_not_matter_where_no_principal_is_made_from_it(settings: dict[str, str]) -> None:
    case = replace(secure(), settings=some_settings(hdfs_site=settings))

    assert not concluded(seen_in(case, namenode(), note(name_notes.NAME, knows(back=None)))).findings


def test_the_name_of_a_datanode_or_a_kdc_does_not_matter() -> None:
    datanode = a_flow("datanode-transfer", endpoint=an_endpoint(MASTER, 9866))

    assert [name_notes.asks_by_name(flow) for flow in (namenode(), datanode, a_kdc_flow("tcp"))] == [True, False, False]


def test_without_a_stated_pattern_it_is_strong_and_says_what_would_settle_it() -> None:
    case = replace(secure(), settings={})
    found = concluded(seen_in(case, namenode(), note(name_notes.NAME, knows(back=None))))

    assert told(found) == [("DNS-NO-PTR", "error", "strong")]
    assert "principal" in (found.findings[0].settle_by or "")


def test_what_another_host_resolves_speaks_for_nobody() -> None:
    outside = saw("open", "syn-ack", source="203.0.113.9")
    found = concluded(seen_in(secure(), namenode(), note(name_notes.NAME, knows(back=None)), observed=outside))

    assert told(found) == [("DNS-NO-PTR", "error", "inferred")]


def test_two_hosts_without_reverse_record_are_one_fault() -> None:
    second = namenode(fqdn("core-1-1"), address="192.168.20.21")
    other = knows(
        fqdn("core-1-1"), addresses=("192.168.20.21",), reverse={"192.168.20.21": Back(None, "name-not-found")}
    )
    case = secure()
    model = Model(case, [the_source()])
    by_flow = {
        namenode().id: (note(name_notes.NAME, knows(back=None)), CONNECTED),
        second.id: (note(name_notes.NAME, other), saw("open", "syn-ack", address="192.168.20.21")),
    }
    place = scene(case, model, outcomes(model, (namenode(), second), by_flow), live=True)

    assert codes(concluded(place)) == ["DNS-NO-PTR"]
    assert {edit.after for edit in edits(place)} == {LINE, f"192.168.20.21 {fqdn('core-1-1')} core-1-1"}


def test_an_alias_breaks_who_takes_the_host_as_written() -> None:
    alias = knows("nn.example.internal", canonical=MASTER)

    rpc = seen_in(secure(), namenode("nn.example.internal"), note(name_notes.NAME, alias))
    sql = seen_in(secure(), metastore("nn.example.internal"), note(name_notes.NAME, alias))

    assert told(concluded(rpc)) == []
    assert told(concluded(sql)) == [("DNS-ALIAS", "error", "proven")]
    assert [(edit.object, edit.before, edit.after) for edit in edits(sql)] == [
        ("hadoop-conf", "nn.example.internal", MASTER)
    ]


def test_where_an_alias_hides_the_node_no_service_is_called_stopped_in_its_place() -> None:
    # Given a metastore under an alias, so HiveServer2 is assumed on the masters, which refuse
    alias = knows("nn.example.internal", canonical=MASTER)
    tried = [
        a_flow("hiveserver2", area="hive", endpoint=an_endpoint(fqdn(f"master-1-{n}"), 9083), assumed="masters run it")
        for n in (1, 2)
    ]
    refused = dict.fromkeys(tried, saw("closed", "rst"))
    place = seen_in(secure(), metastore("nn.example.internal"), note(name_notes.NAME, alias), more=refused)

    assert told(concluded(place)) == [("DNS-ALIAS", "error", "proven"), ("SVC-DOWN", "error", "inferred")]


@pytest.mark.parametrize(
    ("flow", "back", "code"),
    [(namenode, MASTER, None), (namenode, None, "DNS-IP-URL"), (metastore, MASTER, "DNS-IP-URL")],
)
def test_an_address_works_for_rpc_where_it_has_a_name(flow: Any, back: str | None, code: str | None) -> None:
    place = seen_in(secure(), flow(AT), note(name_notes.NAME, knows(AT, back, canonical=AT)))

    assert codes(concluded(place)) == ([code] if code else [])
    if code:
        assert [(edit.object, edit.after) for edit in edits(place)] == [("hadoop-conf", MASTER)]


def test_offline_an_address_in_a_hive_url_is_read_from_the_file() -> None:
    found = concluded(seen_in(secure(), metastore(AT), observed=None))

    assert told(found) == [("DNS-IP-URL", "error", "strong")]


def test_offline_the_hosts_file_of_the_case_tells_the_order() -> None:
    hosts = read_hosts("hosts", f"127.0.0.1 localhost\n{AT} master-1-1 {MASTER}\n".encode())
    place = seen_in(secure(hosts=hosts), namenode(), observed=None)

    assert told(concluded(place)) == [("DNS-CANON", "error", "strong")]
    assert "hosts:2" in conclude(place).findings[0].sentence
    assert [(edit.object, edit.after) for edit in edits(place)] == [("hosts", LINE)]


def test_mit_alone_is_a_warning_with_a_line_of_krb5_conf() -> None:
    # Given an IPv6 address that comes first and whose name is another; Java takes the IPv4 one
    v6 = "2001:db8::11"
    back = {AT: Back(MASTER, addresses=(AT,)), v6: Back("six.example.internal", addresses=(v6,))}
    place = seen_in(secure(), namenode(), note(name_notes.NAME, knows(addresses=(v6, AT), reverse=back)))

    assert told(concluded(place)) == [("DNS-PTR-OTHER", "warning", "proven")]
    assert [(edit.object, edit.after) for edit in edits(place)] == [("krb5.conf", "rdns = false")]


def test_a_canonical_name_that_only_its_own_switch_avoids() -> None:
    case = replace(secure(), krb5=a_krb5conf(libdefaults="  rdns = false\n"))
    known = knows(canonical="vip.example.internal")
    place = seen_in(case, namenode(), note(name_notes.NAME, known))

    assert [(edit.object, edit.after) for edit in edits(place)] == [("krb5.conf", "dns_canonicalize_hostname = false")]


@pytest.mark.parametrize(
    "junk", [None, 7, [], {}, {"names": 1}, {"names": {"host": []}}, {"names": {"host": "h", "back": [1]}}]
)
def test_notes_that_nobody_of_ours_wrote_are_passed_over(junk: object) -> None:
    place = seen_in(
        secure(), namenode(), *(note(key, junk) for key in ("name", "own_name", "answers_at", "answers_as"))
    )

    assert not concluded(place).findings


def test_a_recording_says_the_same_when_it_is_read_back() -> None:
    place = seen_in(secure(), namenode(), note(name_notes.NAME, knows(back=OTHER, line=ResolverNote(3, AT, ("x",)))))
    written = recorded.encode([Recorded(o.flow.id, one) for o in place.outcomes for one in o.observations])

    read = recorded.decode("observations.json", written)
    again = seen_in(secure(), namenode(), read[0].observation, observed=read[1].observation)

    assert conclude(again).findings == conclude(place).findings


# What clients then experience


GIVES = saw("open", "kerberos-reply", detail={"message": "KRB-ERROR", "error_code": 18})
NO_SERVER = (
    "GSSException: No valid credentials provided "
    "(Mechanism level: Server not found in Kerberos database (7) - LOOKING_UP_SERVER)"
)


def tickets(
    flow: Flow, known: dict[str, Any], kdc: Observation = GIVES, **changes: Any
) -> dict[str, tuple[str, str | None]]:
    """Return the service ticket of each family, if the KDC answers over both transports."""
    line = a_krb5conf().relations("realms", REALM, "kdc")[0].origin
    kdcs = {a_kdc_flow(transport, origin=line): kdc for transport in ("udp", "tcp")}
    place = seen_in(secure(), flow, note(name_notes.NAME, known), more=kdcs, **changes)
    return {one.family: (one.works, one.message) for one in clients_of(place) if one.exchange == "tgs"}


def invalid(name: str) -> str:
    text = f"Server has invalid Kerberos principal: …/{MASTER}@{REALM}, expecting: …/{name}@{REALM}"
    return f"java.lang.IllegalArgumentException: {text}"


@pytest.mark.parametrize(
    ("flow", "known", "jdk", "mit"),
    [
        (namenode(), knows(), ("yes", None), ("yes", None)),
        (namenode(), knows(back=None), ("no", invalid(AT)), ("yes", None)),
        (metastore(), knows(back=None), ("no", NO_SERVER), ("yes", None)),
        (namenode(), knows(back="master-1-1"), ("no", invalid("master-1-1")), ("no", "master-1-1")),
        (namenode(), knows(back=OTHER), ("no", invalid(OTHER)), ("no", OTHER)),
        (metastore(AT), knows(AT, canonical=AT), ("no", NO_SERVER), ("yes", None)),
        (
            metastore("nn.example.internal"),
            knows("nn.example.internal", canonical=MASTER),
            ("no", NO_SERVER),
            ("yes", None),
        ),
        (namenode(), knows(reverse={AT: Back(reason="resolver-failed")}), ("unknown", None), ("yes", None)),
    ],
    ids=["right", "none", "none, by SQL", "short first", "other", "address", "alias", "no answer"],
)
def test_clients_are_foretold_what_they_get_for_the_name(
    flow: Flow, known: dict[str, Any], jdk: tuple[str, str | None], mit: tuple[str, str | None]
) -> None:
    found = tickets(flow, known)

    works, name = mit
    assert found["jdk"] == jdk
    assert found["mit"] == (works, name and f"Server …/{name}@{REALM} not found in Kerberos database")
    assert found["gokrb5"][0] == found["heimdal"][0] == ("yes" if jdk[0] == "yes" else "unknown")


def test_where_mit_alone_is_wrong_java_gets_its_ticket() -> None:
    v6 = "2001:db8::11"
    back = {AT: Back(MASTER, addresses=(AT,)), v6: Back("six.example.internal", addresses=(v6,))}

    found = tickets(namenode(), knows(addresses=(v6, AT), reverse=back))

    assert {family: works for family, (works, _) in found.items()} == {
        "mit": "no",
        "jdk": "yes",
        "gokrb5": "yes",
        "heimdal": "yes",
    }


def test_a_kdc_that_nobody_reaches_is_told_before_the_name() -> None:
    found = tickets(namenode(), knows(back=None), kdc=silence())

    assert "Receive timed out" in (found["jdk"][1] or "")


# Addresses


STALE = "192.168.20.77"


def test_a_stale_address_stands_alone_however_its_packets_ended() -> None:
    for seen in (
        silence(address=STALE),
        saw("closed", "rst", address=STALE),
        saw("filtered", "host-prohibited", address=STALE, offender=STALE),
    ):
        place = seen_in(secure(), namenode(), observed=seen)
        assert told(concluded(place)) == [("DNS-STALE-IP", "error", "strong")]
        assert [(edit.object, edit.after) for edit in edits(place)] == [("hosts", f"{AT} {MASTER}")]


def test_the_line_for_a_short_name_has_the_full_one_first() -> None:
    # Given files with short names. A line with the short name first makes it the canonical one.
    place = seen_in(secure(), namenode("master-1-1"), observed=silence(address=STALE))

    assert [edit.after for edit in edits(place)] == [LINE]
    assert LINE in concluded(place).findings[0].advice[0]


def test_an_address_that_only_a_hosts_file_has_may_itself_be_the_old_one() -> None:
    hosts = read_hosts("hosts", b"192.168.20.60 kdc.example.test\n")
    flow = namenode("kdc.example.test", address="192.168.20.60")
    place = seen_in(secure(hosts=hosts), flow, observed=silence(address=STALE))

    assert told(concluded(place)) == [("DNS-STALE-IP", "error", "inferred")]


def test_the_answer_of_the_right_address_proves_it() -> None:
    place = seen_in(secure(), namenode(), note(name_notes.ANSWERS_AT, AT), observed=silence(address=STALE))

    assert told(concluded(place)) == [("DNS-STALE-IP", "error", "proven")]


def test_another_address_that_answers_is_only_a_doubt() -> None:
    place = seen_in(secure(), namenode(), observed=saw("open", "syn-ack", address=STALE))

    assert told(concluded(place)) == [("DNS-STALE-IP", "warning", "inferred")]


def test_a_second_address_of_the_nodes_own_interface_is_not_stale() -> None:
    case = secure()
    case = replace(case, nodes=tuple(replace(n, beside=(STALE,)) if n.address == AT else n for n in case.nodes))

    assert codes(concluded(seen_in(case, namenode(), observed=saw("open", "syn-ack", address=STALE)))) == []


def test_a_rule_that_is_missing_for_the_right_address_is_told_beside_the_stale_one() -> None:
    case = replace(secure(), security_groups={**secure().security_groups, "sg-bp1emr0001": a_group()})
    found = concluded(seen_in(case, namenode(), observed=silence(address=STALE)))

    assert set(codes(found)) == {"DNS-STALE-IP", "SG-SVC"}


@pytest.mark.parametrize("address", ["2001:db8::77", "fe80::1%eth0"])
def test_an_address_of_another_family_is_not_stale(address: str) -> None:
    assert codes(concluded(seen_in(secure(), namenode(), observed=saw("open", "syn-ack", address=address)))) == []


def test_a_name_on_loopback_is_no_service_that_is_down() -> None:
    refused = saw("closed", "rst", address="127.0.1.1", source="127.0.0.1")
    here = note(
        name_notes.NAME, knows(addresses=("127.0.1.1",), reverse={}, line=ResolverNote(2, "127.0.1.1", (MASTER,)))
    )
    other = metastore(fqdn("core-1-1"), address="192.168.20.21")
    more = {other: saw("open", "syn-ack", address="192.168.20.21")}
    place = seen_in(secure(), namenode(), here, observed=refused, more=more)

    assert told(concluded(place)) == [("DNS-LOOPBACK", "error", "proven")]
    assert "/etc/hosts:2" in conclude(place).findings[0].sentence


def test_where_the_case_has_no_address_none_is_suggested_for_a_name_on_loopback() -> None:
    refused = saw("closed", "rst", address="127.0.1.1", source="127.0.0.1")
    stranger = metastore("db.example.test", address=None)
    place = seen_in(secure(), stranger, observed=refused)

    assert codes(concluded(place)) == ["DNS-LOOPBACK"]
    assert not edits(place)


def test_the_hosts_file_of_the_case_shows_loopback_offline() -> None:
    hosts = read_hosts("hosts", f"127.0.1.1 {MASTER} master-1-1\n".encode())
    case = replace(secure(hosts=hosts), krb5=None, cluster=replace(secure().cluster, security_mode="NORMAL"))

    assert told(concluded(seen_in(case, namenode(), observed=None))) == [("DNS-LOOPBACK", "error", "strong")]
    assert not concluded(seen_in(case, namenode())).findings


def test_a_datanode_that_answers_by_name_only() -> None:
    flow = a_flow(
        "datanode-transfer", service="DataNode", endpoint=an_endpoint("192.168.20.21", 9866, address="192.168.20.21")
    )
    told_by = note(name_notes.ANSWERS_AS, {"name": fqdn("core-1-1"), "address": "10.0.0.21"})
    place = seen_in(secure(), flow, told_by, observed=silence(address="192.168.20.21"))

    assert told(concluded(place)) == [("DN-HOSTNAME", "error", "proven")]
    assert [(edit.object, edit.id) for edit in edits(place)] == [
        ("hadoop-conf", "hdfs-site.xml dfs.client.use.datanode.hostname")
    ]


# Names that do not resolve


UNKNOWN = saw("unresolved", "name-not-found", address=None)


def test_an_unknown_name_says_under_which_it_is_known_and_who_denied_it() -> None:
    servers = (ServerAnswer("192.0.2.53", "no-such-name"), ServerAnswer("192.0.2.54", "records", MASTER))
    known = knows(
        "master-1-1", addresses=(), reverse={}, others={MASTER: (AT,)}, servers=servers, reason="name-not-found"
    )
    found = concluded(seen_in(secure(), namenode("master-1-1"), note(name_notes.NAME, known), observed=UNKNOWN))

    assert told(found) == [("DNS-CLUSTER-NAME", "error", "proven")]
    assert "name server 192.0.2.53: no-such-name; name server 192.0.2.54: records" in [
        e.text for e in found.findings[0].evidence
    ]
    detail = found.findings[0].detail
    assert f"192.0.2.54 knows {MASTER}, but 192.0.2.53 is asked first, and its negative answer is final" in detail
    assert f"master-1-1 is known as {MASTER} ({AT})" in detail
    assert "192.0.2.53 says that there is no such name" in detail
    assert f"write {MASTER} where the files say master-1-1" in found.findings[0].advice[1]


@pytest.mark.parametrize(
    ("servers", "title"),
    [
        (
            (ServerAnswer("192.0.2.53", "silent"), ServerAnswer("192.0.2.54", "refused")),
            "The name server 192.0.2.53 does not answer",
        ),
        (
            (ServerAnswer("192.0.2.53", "closed"), ServerAnswer("192.0.2.54", "unreachable")),
            "The name servers 192.0.2.53 and 192.0.2.54 do not answer",
        ),
        ((ServerAnswer("192.0.2.53", "server-failed"),), "The name server refuses or fails to answer"),
        ((), "The name server does not answer"),
    ],
)
def test_a_resolver_that_fails_names_its_dead_servers(servers: tuple[ServerAnswer, ...], title: str) -> None:
    known = knows(addresses=(), reverse={}, servers=servers, reason="resolver-failed")
    failed = saw("unresolved", "resolver-failed", address=None)
    found = concluded(seen_in(secure(), namenode(), note(name_notes.NAME, known), observed=failed))

    assert [(f.code, f.title) for f in found.findings] == [("DNS-TIMEOUT", title)]
    assert [f.confidence for f in found.findings] == ["proven"]  # no server knows the name


def test_a_server_that_is_silent_denies_nothing() -> None:
    servers = (ServerAnswer("192.0.2.53", "silent"), ServerAnswer("192.0.2.54", "records", MASTER))
    known = knows(addresses=(), reverse={}, servers=servers, reason="name-not-found")

    assert (
        "its no is final"
        not in concluded(seen_in(secure(), namenode(), note(name_notes.NAME, known), observed=UNKNOWN))
        .findings[0]
        .detail
    )


def test_a_look_up_that_a_second_server_would_have_answered_is_slow_and_perhaps_not_broken() -> None:
    servers = (ServerAnswer("192.0.2.53", "silent"), ServerAnswer("192.0.2.54", "records", MASTER))
    known = knows(addresses=(), reverse={}, servers=servers, reason="resolver-failed")
    failed = saw("unresolved", "resolver-failed", address=None)
    place = seen_in(secure(), namenode(), note(name_notes.NAME, known), observed=failed)

    assert told(concluded(place)) == [("DNS-TIMEOUT", "error", "inferred")]
    assert "getent hosts" in (concluded(place).findings[0].settle_by or "")


def test_hosts_that_no_flow_goes_to_are_named_beside() -> None:
    missing = [
        note(name_notes.NAME, knows(host, addresses=(), reverse={}, reason="name-not-found"))
        for host in (MASTER, "kadmin.example.test")
    ]
    found = concluded(seen_in(secure(), namenode(), *missing, observed=UNKNOWN))

    assert "unknown as well: kadmin.example.test" in found.findings[0].detail


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ([["192.0.2.53", "silent"], ["192.0.2.54", "records"]], [("DNS-TIMEOUT", "warning", "proven")]),
        ([["192.0.2.53", "records"], ["192.0.2.54", "silent"]], []),
        ([["192.0.2.53", "closed"], ["192.0.2.54", "silent"]], []),
        ([["192.0.2.53", "refused"], ["192.0.2.54", "records"]], []),
        ([["192.0.2.53"], 7], []),
    ],
    ids=["dead first", "dead last", "all dead", "refuses", "not ours"],
)
def test_a_dead_server_before_a_live_one_is_a_warning(servers: object, expected: list[tuple[str, str, str]]) -> None:
    found = concluded(seen_in(secure(), namenode(), note(name_notes.SERVERS, servers)))

    assert told(found) == expected


def test_a_slow_look_up_names_the_server_that_answers_in_the_end() -> None:
    servers = [["192.0.2.53", "silent"], ["192.0.2.54", "records"]]
    (finding,) = concluded(seen_in(secure(), namenode(), note(name_notes.SERVERS, servers))).findings

    assert (finding.params["dead"], finding.params["answers"]) == (("192.0.2.53",), "192.0.2.54")


@pytest.mark.parametrize("servers", [[["192.0.2.53", "silent"], ["192.0.2.54", "records"]], [["192.0.2.53", "silent"]]])
def test_dead_servers_are_told_once_if_one_of_the_look_ups_fails(servers: object) -> None:
    # Given look-ups of which one fails, and one that a hosts file answers
    failed = saw("unresolved", "resolver-failed", address=None)
    quiet = Observation(
        "local",
        "not-probed",
        "no-response",
        detail={name_notes.SERVERS: servers, "resolver": {"timeout": 5, "attempts": 2}},
    )
    krb5 = a_profile(f"[libdefaults]\n  default_realm = {REALM}\n[realms]\n  {REALM} = {{\n    kdc = {MASTER}\n  }}\n")
    place = seen_in(replace(secure(), krb5=krb5), metastore(), quiet, observed=failed, more={namenode(): CONNECTED})

    assert [finding.cause for finding in resolution.findings(place)] == []
    both = seen_in(replace(secure(), krb5=krb5), metastore(), quiet, more={namenode(): CONNECTED})
    assert [finding.cause for finding in resolution.findings(both)] == [
        "first-server-silent" if "records" in str(servers) else "servers-silent-mit"
    ]


@pytest.mark.parametrize(("end", "line"), [("  }\n", 2), ("", None)], ids=["a whole file", "an open brace"])
def test_the_line_that_spares_the_waiting_stands_below_libdefaults_if_java_reads_the_file(
    end: str, line: int | None
) -> None:
    text = f"[libdefaults]\n  default_realm = {REALM}\n[realms]\n  {REALM} = {{\n    kdc = {MASTER}\n{end}"
    detail = {name_notes.SERVERS: [["192.0.2.53", "silent"]], "resolver": {"timeout": 5, "attempts": 2}}
    quiet = Observation("local", "not-probed", "no-response", detail=detail)
    place = seen_in(replace(secure(), krb5=a_profile(text)), namenode(), quiet)
    (finding,) = resolution.findings(place)

    assert [edit.line for edit in finding.edits] == ([line] if line else [])


def test_unknown_kdcs_have_a_code_of_their_own_only_if_no_other_host_is_unknown() -> None:
    kdc = a_kdc_flow()
    alone, beside = (
        seen_in(secure(), kdc, observed=UNKNOWN, more=more) for more in ({}, {metastore("core-1-1"): UNKNOWN})
    )

    assert [blame.code for blame in resolution.blames(alone)] == ["DNS-NX-KDC"]
    assert [blame.code for blame in resolution.blames(beside)] == ["DNS-CLUSTER-NAME"] * 2


def test_all_hosts_without_an_address_are_listed_and_four_lines_shown() -> None:
    first, *others = (
        a_flow(f"service-{n}", endpoint=an_endpoint(f"host-{n}", 9000 + n, address=None)) for n in range(5)
    )
    place = seen_in(replace(secure(), nodes=()), first, observed=None, more=dict.fromkeys(others))
    (finding,) = (each for each in resolution.findings(place) if each.cause == "no-address")

    assert finding.params["hosts"] == tuple(f"host-{n}" for n in range(5))
    assert len(finding.evidence) == 4


def without_address(flow: Flow, case: Case, observed: Observation | None = None, *bad: BadSetting) -> list[str]:
    """Return the hosts that nothing gives an address."""
    place = replace(seen_in(case, flow, observed=observed), bad_settings=bad)
    found = [each for each in resolution.findings(place) if each.cause == "no-address"]
    return [str(host) for each in found for host in Values(each.params).texts("hosts")]


BARE = namenode("nn1", address=None)


@pytest.mark.parametrize(
    ("flow", "nodes", "is_listed"),
    [
        (BARE, False, True),
        (BARE, True, True),
        (replace(BARE, need="optional"), False, False),
        (namenode("nn1", address=AT), False, False),
        (namenode("localhost", address=None), False, False),
        # DNS may know a name of any domain, and nodes have the names of EMR
        (namenode("nn1.example.com", address=None), False, False),
        (namenode("emr-header-1", address=None), False, False),
        (namenode("master-1-9", address=None), False, False),
        # Beside a list of nodes, a name of the cluster's own domain is one of them or a wrong one
        (namenode(fqdn("nn1"), address=None), True, True),
        (namenode("nn1.example.com", address=None), True, False),
        (namenode("master-1-1", address=None), True, False),
        (replace(BARE, callback=Callback((the_source("192.168.20.11/32"),), the_source())), False, False),
    ],
)
def test_a_required_host_is_listed_if_no_node_and_no_file_has_it(flow: Flow, nodes: bool, is_listed: bool) -> None:
    case = secure() if nodes else replace(secure(), nodes=())
    assert without_address(flow, case) == ([flow.endpoint.host] if is_listed else [])


def test_a_host_that_was_looked_up_or_whose_setting_is_judged_is_not_listed_again() -> None:
    case = replace(secure(), nodes=())
    bad = BadSetting(
        "unknown-host", "namenode-rpc", "NameNode RPC", "required", "hdfs://nn1", Origin("core-site.xml", 1)
    )

    assert without_address(BARE, case) == ["nn1"]
    assert without_address(BARE, case, UNKNOWN) == []
    assert without_address(BARE, case, None, bad) == []
    assert without_address(BARE, case, None, replace(bad, component="hive-metastore")) == ["nn1"]
    assert without_address(BARE, case, None, replace(bad, fault="loopback")) == ["nn1"]


def test_the_own_name_is_told_for_a_host_of_the_resource_group_only() -> None:
    own = note(
        name_notes.OWN_NAME, {"host": "worker-7", "reason": "name-not-found", "error": "Name or service not known"}
    )

    inside = seen_in(secure(), namenode(), own)
    outside = seen_in(secure(), namenode(), own, observed=saw("open", "syn-ack", source="203.0.113.9"))

    assert told(concluded(inside)) == [("DNS-LOCALNAME", "warning", "proven")]
    assert not concluded(outside).findings


# Nameservices


def with_hdfs(**values: str) -> Case:
    keys = {key.replace("__", "-").replace("_", "."): value for key, value in values.items()}
    return replace(secure(), settings=some_settings(core_site=keys, hdfs_site={"dfs.replication": "2"}))


def test_a_nameservice_may_be_defined_in_a_file_that_is_not_in_the_case() -> None:
    case = replace(secure(), settings=some_settings(core_site={"fs.defaultFS": "hdfs://emr"}))

    assert told(concluded(seen_in(case, metastore(), note(name_notes.NAME, knows())))) == [
        ("HA-NAMESERVICE", "error", "inferred")
    ]


FULLY = {
    "dfs_nameservices": "emr",
    "dfs_ha_namenodes_emr": "nn1",
    "dfs_namenode_rpc__address_emr_nn1": f"{MASTER}:8020",
    "dfs_client_failover_proxy_provider_emr": "org.example.Provider",
}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"fs_defaultFS": "hdfs://emr"}, [("HA-NAMESERVICE", "error", "strong")]),
        ({"fs_defaultFS": "hdfs://emr/path", "dfs_nameservices": "emr"}, [("HA-NAMESERVICE", "error", "proven")]),
        ({"fs_defaultFS": "hdfs://emr", **FULLY}, []),
        (
            {"fs_defaultFS": "hdfs://emr", **FULLY, "dfs_client_failover_proxy_provider_emr": ""},
            [("HA-NAMESERVICE", "error", "proven")],
        ),
        (
            {
                "fs_defaultFS": "hdfs://emr",
                "dfs_nameservices": "emr",
                "dfs_namenode_rpc__address_emr": f"{MASTER}:8020",
            },
            [("HA-NAMESERVICE", "error", "proven")],
        ),
        (
            {
                "fs_defaultFS": "hdfs://emr",
                "dfs_nameservices": "emr",
                "dfs_namenode_rpc__address_emr": f"{MASTER}:8020",
                "dfs_client_failover_proxy_provider_emr": "org.example.Provider",
            },
            [],
        ),
        ({"fs_defaultFS": "hdfs://emr:8020"}, []),
        ({"fs_defaultFS": "hdfs://master-1-1"}, []),
        ({"fs_defaultFS": f"hdfs://{MASTER}"}, []),
        ({"fs_defaultFS": "oss://bucket"}, []),
        ({"spark_eventLog_dir": "hdfs://emr/logs"}, [("HA-NAMESERVICE", "warning", "strong")]),
    ],
)
def test_a_bare_word_behind_hdfs_needs_a_definition(
    values: dict[str, str], expected: list[tuple[str, str, str]]
) -> None:
    assert told(concluded(seen_in(with_hdfs(**values), metastore(), note(name_notes.NAME, knows())))) == expected


# What is asked at all


def asked(place: Scene) -> set[str]:
    return {one.name for one in further.questions(place)}


def test_a_healthy_cluster_without_kerberos_is_asked_for_nothing_but_the_own_name() -> None:
    plain = replace(secure(), krb5=None, cluster=replace(secure().cluster, security_mode="NORMAL"))

    assert asked(seen_in(plain, namenode())) == {"other names own", "name servers"}


def test_with_kerberos_the_hosts_of_services_are_looked_up_and_datanodes_are_not() -> None:
    datanode = a_flow("datanode-transfer", endpoint=an_endpoint(fqdn("core-1-1"), 9866, address="192.168.20.21"))
    more = {datanode: saw("open", "syn-ack", address="192.168.20.21"), metastore(): CONNECTED}

    assert asked(seen_in(secure(), namenode(), more=more)) == {"other names own", "name servers", f"name {MASTER}"}


def test_where_a_name_is_missing_all_hosts_of_the_files_are_looked_up() -> None:
    settings = some_settings(hive_site={"javax.jdo.option.ConnectionURL": "jdbc:mysql://db.example.test:3306/hive?x=y"})
    admin = a_krb5conf(f"{MASTER}:88\n    admin_server = kadmin.example.test")
    found = asked(seen_in(replace(secure(), settings=settings, krb5=admin), namenode(), observed=UNKNOWN))

    assert {
        "other names kadmin.example.test",
        "other names db.example.test",
        f"other names {fqdn('core-1-2')}",
        f"name {MASTER}",
    } <= found


def test_a_nameservice_is_never_looked_up() -> None:
    case = with_hdfs(fs_defaultFS="hdfs://emr")

    assert "name emr" not in asked(seen_in(case, metastore(), observed=UNKNOWN))


def test_the_other_address_and_the_datanodes_name_are_tried() -> None:
    stale = asked(seen_in(secure(), namenode(), observed=silence(address=STALE)))
    flow = a_flow("datanode-transfer", endpoint=an_endpoint("192.168.20.21", 9866, address="192.168.20.21"))
    silent = asked(seen_in(secure(), flow, observed=silence(address="192.168.20.21")))

    assert "known address" in stale
    assert "by name" in silent


def asking(name: str, place: Scene) -> Observation:
    (one,) = [one for one in further.questions(place) if one.name == name]
    return asyncio.run(follow_up.answer(one, Vantage(patience=0.2)))


def test_name_servers_are_asked_what_the_resolver_asks_them_first(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a first server without an answer for a domain of the search list, which the resolver
    # does not ask it for here
    conf = read_resolv_conf("resolv.conf", b"nameserver 192.0.2.53\nnameserver 192.0.2.54\nsearch silent.test\n")
    asked_for: list[str] = []

    async def ask(server: str, name: str, **_: object) -> DnsReply:
        asked_for.append(name)
        said: Said = "silent" if name.endswith(".silent.test") else "records"
        return DnsReply(server, name, "A", said, Observation("local", "open", "service-reply"))

    monkeypatch.setattr(dns, "ask", ask)
    monkeypatch.setattr(probed_names, "resolv_conf_of", gives(conf))

    seen = asking("name servers", seen_in(secure(), namenode()))

    assert asked_for == [MASTER, MASTER]
    assert seen.detail[name_notes.SERVERS] == [["192.0.2.53", "records"], ["192.0.2.54", "records"]]
    assert seen.detail[name_notes.RESOLVER] == {"timeout": 5, "attempts": 2}


@pytest.mark.parametrize(
    ("servers", "resolver", "seconds"),
    [
        ([("192.0.2.53", "silent")], {"timeout": 5, "attempts": 2}, 10),
        ([("192.0.2.53", "silent")], {"timeout": 1, "attempts": 1}, 1),
        ([("192.0.2.53", "closed")], {}, 0),
        ([("192.0.2.53", "silent"), ("192.0.2.54", "no-such-name")], {}, 5),
        ([("192.0.2.53", "silent"), ("192.0.2.54", "silent")], {}, 20),
        ([("192.0.2.53", "records")], {}, 0),
        ([], {}, None),
    ],
)
def test_a_failed_look_up_waits_as_glibc_does(
    servers: list[tuple[str, str]], resolver: dict[str, int], seconds: float | None
) -> None:
    notes = [note(name_notes.SERVERS, servers), note(name_notes.RESOLVER, resolver)]
    assert name_notes.failed_lookup_seconds(seen_in(secure(), namenode(), *notes)) == seconds


@pytest.mark.parametrize(
    ("lines", "found"),
    [("", ["DNS-TIMEOUT"]), ("  dns_lookup_kdc = false\n", []), ("  dns_uri_lookup = false\n", ["DNS-TIMEOUT"])],
)
def test_name_servers_that_libkrb5_alone_waits_for(lines: str, found: list[str]) -> None:
    text = f"[libdefaults]\n  default_realm = {REALM}\n{lines}[realms]\n{REALM} = {{\nkdc = {MASTER}\n}}\n"
    case = replace(secure(), krb5=a_profile(text))
    place = seen_in(case, namenode(), note(name_notes.SERVERS, [("192.0.2.53", "silent")]))
    timeouts = [one for one in resolution.findings(place) if one.code == "DNS-TIMEOUT"]

    assert [one.code for one in timeouts] == found
    for one in timeouts:
        assert (one.severity, one.params["login_s"]) == ("warning", 40 if "uri" in lines else 60)
        assert [edit.after for edit in one.edits] == [("  dns_lookup_kdc = false",)]


def gives(conf: ResolvConf) -> Callable[..., Awaitable[ResolvConf]]:
    """Return a reader of resolv.conf that finds this one on every host."""

    async def resolv_conf_of(**_: object) -> ResolvConf:
        return conf

    return resolv_conf_of


@pytest.fixture
def no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the name servers of this machine alone."""
    monkeypatch.setattr(probed_names, "resolv_conf_of", gives(ResolvConf(())))


@pytest.mark.usefixtures("no_name_server")
def test_a_name_whose_turn_does_not_come_is_not_known_and_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(further, "LOOKED_UP_AT_ONCE", 0)
    monkeypatch.setattr(follow_up, "ASKING", (further.questions,))

    learnt = follow_up.ask_further(seen_in(secure(), namenode()), LiveSettings(Vantage(patience=0.2)))

    assert not learnt.bugs
    assert not [note for notes in learnt.notes.values() for note in notes if name_notes.NAME in note.detail]


@pytest.mark.usefixtures("no_name_server")
def test_of_many_unknown_names_the_servers_are_asked_for_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_servers: list[str] = []

    async def look_up(host: str, *, servers: bool, **_: object) -> ResolverView:
        asked_servers.extend([host] if servers else [])
        return ResolverView(CanonicalNames(host), "name-not-found")

    monkeypatch.setattr(probed_names, "look_up", look_up)
    flows = [namenode(fqdn(f"core-1-{n}"), address=f"192.168.20.{n + 20}") for n in range(1, 20)]
    place = seen_in(secure(), namenode(), observed=UNKNOWN, more=dict.fromkeys(flows, UNKNOWN))

    for one in further.questions(place):
        if one.name.startswith("name "):
            asyncio.run(follow_up.answer(one, Vantage(patience=5)))

    assert len(asked_servers) == further.MOST_ASKED_OF_SERVERS


def test_plan_tells_all_that_is_looked_up() -> None:
    told_of = {one.name for one in further.possible(namenode())}

    assert {"other names", "reverse name", "name", "name servers", "other addresses", "known address"} == told_of


def test_a_cluster_on_loopback_is_the_demo_and_is_asked_nothing() -> None:
    case = secure()
    model = Model(case, [the_source("127.0.0.0/8")])
    place = scene(case, model, outcomes(model, (namenode(),), {namenode().id: (CONNECTED,)}), live=True)

    assert asked(place) == set()


def test_nodes_without_a_full_name_are_known_by_their_first_label() -> None:
    bare = replace(secure(), nodes=(a_node(security_groups=("sg-bp1emr0001",)),))
    right = knows("master-1-1", f"master-1-1.{DOMAIN}")
    wrong = knows("master-1-1", OTHER)

    assert codes(concluded(seen_in(bare, namenode("master-1-1"), note(name_notes.NAME, right)))) == []
    assert codes(concluded(seen_in(bare, namenode("master-1-1"), note(name_notes.NAME, wrong)))) == ["DNS-PTR-OTHER"]


def test_a_host_that_only_a_file_names_is_looked_up_and_told_without_alarm() -> None:
    """A database that does not exist is information if every flow works.

    Given a JDBC URL with that database, and names that are looked up.
    """
    url = {"javax.jdo.option.ConnectionURL": "jdbc:mysql://rm-gone.mysql.rds.aliyuncs.com:3306/hivemeta"}
    case = secure()
    case = replace(case, settings={**case.settings, **some_settings(hive_site=url)})
    place = seen_in(case, namenode())
    (one,) = [one for one in further.questions(place) if "rm-gone" in one.name]
    assert one.name == "other names rm-gone.mysql.rds.aliyuncs.com"

    unknown = ResolverView(CanonicalNames("rm-gone.mysql.rds.aliyuncs.com"), "name-not-found")
    found = concluded(seen_in(case, namenode(), note("name", to_builtins(unknown))))

    assert told(found) == [("DNS-CLUSTER-NAME", "info", "proven")]
    assert "rm-gone" in found.findings[0].sentence
    resolved = ResolverView(CanonicalNames("rm-gone.mysql.rds.aliyuncs.com", ("10.0.0.9",)))
    assert not told(concluded(seen_in(case, namenode(), note("name", to_builtins(resolved)))))
    # If the host of a flow is unknown too, its finding comes alone
    for more in ({}, {metastore(): CONNECTED}):
        both = concluded(seen_in(case, namenode(), note("name", to_builtins(unknown)), observed=UNKNOWN, more=more))
        assert [finding.severity for finding in both.findings] == ["error"]


def test_a_host_that_is_its_own_name_is_an_alias_only_of_a_node_that_has_another() -> None:
    # Given an address record, and no alias in DNS, for a node and for a machine that is none
    node = knows("hms.example.internal")
    assert told(concluded(seen_in(secure(), metastore("hms.example.internal"), note(name_notes.NAME, node)))) == [
        ("DNS-ALIAS", "error", "proven")
    ]
    elsewhere = "192.168.20.99"
    back = {elsewhere: Back("hms.example.internal", None, (elsewhere,))}
    other = knows("hms.example.internal", addresses=(elsewhere,), reverse=back)
    other["names"]["back"] = to_builtins(back)
    flow = metastore("hms.example.internal", address=elsewhere)
    assert "DNS-ALIAS" not in codes(concluded(seen_in(secure(), flow, note(name_notes.NAME, other))))


def test_a_second_address_that_is_dead_matters_for_a_kdc_alone() -> None:
    dead = to_builtins(saw("filtered", "no-response", address="192.168.20.99"))
    kdc = a_kdc_flow(endpoint=an_endpoint(MASTER, 88, transport="udp"))
    answered = saw("open", "kerberos-reply", detail={"error_code": 18})

    of_kdc = concluded(seen_in(secure(), kdc, note(name_notes.OTHER_ADDRESS, dead), observed=answered))
    assert ("DNS-STALE-IP", "warning", "inferred") in told(of_kdc)
    of_namenode = concluded(seen_in(secure(), namenode(), note(name_notes.OTHER_ADDRESS, dead)))
    assert "DNS-STALE-IP" not in codes(of_namenode)
    # And it is the dead address that has to go, from a place that is known to have it
    finding = next(finding for finding in of_kdc.findings if finding.code == "DNS-STALE-IP")
    assert "Logins work" in finding.sentence
    assert finding.advice[0].startswith(f"Remove 192.168.20.99 for {MASTER} from the hosts file or DNS,")


@pytest.mark.parametrize("reason", ["no-route", "local-prohibited"])
def test_a_second_address_to_which_this_host_cannot_send_costs_nothing(reason: Reason) -> None:
    # Given an IPv6 address of a KDC on a host without IPv6
    dead = to_builtins(saw("filtered", reason, address="fd00:20::12", source=None))
    kdc = a_kdc_flow(endpoint=an_endpoint(MASTER, 88, transport="udp"))
    answered = saw("open", "kerberos-reply", detail={"error_code": 18})
    assert "DNS-STALE-IP" not in codes(
        concluded(seen_in(secure(), kdc, note(name_notes.OTHER_ADDRESS, dead), observed=answered))
    )


def test_no_name_server_knows_more_than_the_one_that_denies_a_name() -> None:
    for servers in (
        (ServerAnswer("192.0.2.53", "no-such-name"),),
        (ServerAnswer("192.0.2.53", "no-such-name"), ServerAnswer("192.0.2.54", "silent")),
    ):
        known = knows("master-1-1", addresses=(), reverse={}, servers=servers, reason="name-not-found")
        found = concluded(seen_in(secure(), namenode("master-1-1"), note(name_notes.NAME, known), observed=UNKNOWN))

        assert told(found) == [("DNS-CLUSTER-NAME", "error", "proven")]
        assert "is asked first" not in found.findings[0].detail
