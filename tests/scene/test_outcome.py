"""What do configuration and packets say of one flow together?"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from diagnose.decisions.model import Model
from diagnose.scene.outcome import outcomes
from probes.observation import Observation
from tests.support.factories import RG_CIDR, a_flow, a_group, a_kdc_flow, a_rule, an_endpoint, ranges
from tests.support.scenes import saw, silence, the_case, the_scene, the_source

SECOND = "192.168.30.0/24"


@pytest.mark.parametrize(
    ("sender", "is_inside", "here"),
    [
        ("192.168.10.0", True, "allowed"),
        ("192.168.10.255", True, "allowed"),
        ("192.168.30.7", True, "denied"),
        ("192.168.20.7", False, "partial"),
        (None, False, "partial"),
        ("fe80::1%eth0", False, "partial"),
    ],
)
def test_a_packet_is_from_inside_if_it_is_of_any_network_of_the_resource_group(
    sender: str | None, is_inside: bool, here: str
) -> None:
    # Given two networks, of which the rules let in the first
    sources = [the_source(RG_CIDR), the_source(SECOND, vswitch="vsw-2")]
    flow = a_flow(sources=ranges(RG_CIDR, SECOND))
    place = the_scene(the_case(a_group(a_rule())), [flow], {flow.id: silence(source=sender)}, sources)
    (outcome,) = place.outcomes
    assert (outcome.from_inside, outcome.here, outcome.configured) == (is_inside, here, "partial")


@pytest.mark.parametrize(
    ("sender", "seen", "verdict"),
    [
        ("192.168.10.7", ("filtered", "no-response"), "blocked"),
        ("192.168.20.7", ("filtered", "no-response"), "allowed"),
        ("192.168.10.7", ("closed", "rst"), "blocked"),
        ("192.168.20.7", ("closed", "rst"), "blocked"),
        ("192.168.10.7", ("open", "syn-ack"), "accepts"),
        ("192.168.20.7", ("open", "syn-ack"), "allowed"),
    ],
)
def test_silence_and_answers_count_for_the_network_that_they_came_from(
    sender: str, seen: tuple[str, str], verdict: str
) -> None:
    flow = a_flow()
    place = the_scene(the_case(a_group(a_rule())), [flow], {flow.id: saw(*seen, source=sender)})
    assert place.outcomes[0].verdict == verdict


def test_a_port_that_resets_each_connection_is_not_known_to_work() -> None:
    flow = a_flow()
    reset = saw("open", "syn-ack", source="192.168.10.7", detail={"errno": "ECONNRESET"})
    place = the_scene(the_case(a_group(a_rule())), [flow], {flow.id: reset})
    assert place.outcomes[0].verdict == "unknown"


A, B = "192.168.20.11", "192.168.20.21"


@pytest.mark.parametrize(
    ("found", "address"),
    [
        ([], None),
        ([("one", A)], A),
        ([("one", A), ("two", B)], B),
        ([("one", A), ("two", None)], None),
        ([("two", B), ("one", A), ("two", None)], B),
        ([("one", None), ("one", A)], A),
        ([("one", A), ("one", B)], A),
        ([("one", "fe80::1%eth0")], None),
        ([("one", "no address")], None),
    ],
)
def test_the_last_vantage_gives_a_name_its_address(found: list[tuple[str, str | None]], address: str | None) -> None:
    observations = [replace(silence(address=at), vantage=name) for name, at in found]
    model = Model(the_case(a_group(a_rule())), [the_source()])
    for written, right in ((None, address), ("10.0.0.1", "10.0.0.1")):
        flow = a_flow(endpoint=an_endpoint("somewhere.example.com", address=written))
        (outcome,) = outcomes(model, [flow], {flow.id: observations})
        assert outcome.flow.endpoint.address == right


HALF = a_rule(source="192.168.10.0/25")
CONFIGURED = {
    "allowed": a_group(a_rule(), a_rule((88, 88))),
    "denied": a_group(),
    "partial": a_group(HALF, replace(HALF, ports=((88, 88),))),
    "unknown": a_group(gaps=(("ingress", "page two"),)),
}
BY_FILES = {"allowed": "allowed", "denied": "blocked", "partial": "partial", "unknown": "unknown"}
PACKETS = [
    None,
    silence(),
    saw("filtered", "host-prohibited"),
    saw("closed", "rst"),
    saw("open", "syn-ack"),
    saw("open", "kerberos-reply"),
    saw("unresolved", "name-not-found"),
]


def expected(configured: str, seen: Observation | None, *, is_inside: bool, is_kdc: bool) -> str:
    """Return what files and a packet say together, one sentence a line."""
    if seen is None:
        return BY_FILES[configured]
    if seen.state == "open" and is_kdc and seen.reason != "kerberos-reply":
        return "blocked"
    if seen.state == "closed":
        return "blocked"
    if not is_inside:
        return "partial" if configured == "partial" else BY_FILES[configured]
    if configured == "partial" and (seen.state == "open" or seen.reason == "no-response"):
        return "partial"
    if seen.state == "open":
        return "accepts" if seen.reason == "syn-ack" else "reachable"
    return "blocked"


@pytest.mark.parametrize("sender", ["192.168.10.7", "203.0.113.9"])
@pytest.mark.parametrize("configured", CONFIGURED)
def test_every_verdict_of_files_and_a_packet(configured: str, sender: str) -> None:
    for seen, flow in product(PACKETS, (a_flow(), a_kdc_flow("tcp"))):
        packets = {} if seen is None else {flow.id: replace(seen, source=sender)}
        (outcome,) = the_scene(the_case(CONFIGURED[configured]), [flow], packets).outcomes
        assert outcome.configured == configured
        is_kdc = flow.area == "kerberos"
        right = expected(configured, seen, is_inside=sender == "192.168.10.7", is_kdc=is_kdc)
        assert (seen, flow.id, outcome.verdict) == (seen, flow.id, right)


def test_answers_that_contradict_each_other_leave_the_verdict_open() -> None:
    flow = a_flow()
    model = Model(the_case(a_group(a_rule())), [the_source()])
    (outcome,) = outcomes(model, [flow], {flow.id: [saw("open", "syn-ack"), saw("not-probed", "contradicted")]})
    assert (outcome.verdict, outcome.observed, outcome.here) == ("unknown", None, "allowed")


def test_what_the_resource_group_sees_counts_before_what_others_see() -> None:
    flow, own, far = a_flow(), saw("closed", "rst"), saw("open", "syn-ack", source="203.0.113.9")
    note = saw("not-probed", "no-response")
    model = Model(the_case(a_group(a_rule())), [the_source()])
    for observations, right in (
        ([own, far], own),
        ([far, own], own),
        ([far, note], far),
        ([note], None),
        ([far, replace(far, reason="rst")], replace(far, reason="rst")),
    ):
        (outcome,) = outcomes(model, [flow], {flow.id: observations})
        assert outcome.observed == right
