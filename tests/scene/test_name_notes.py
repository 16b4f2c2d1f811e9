"""What does one observation of a name say about its flow?"""

from __future__ import annotations

import pytest

from diagnose.flows.model import Flow
from diagnose.scene.name_notes import (
    SERVERS,
    failed_lookup_seconds,
    is_every_server_dead,
    is_on_loopback,
    is_working,
    leads_to_loopback,
)
from diagnose.scene.outcome import Outcome
from probes.observation import Observation
from tests.support.factories import a_flow, a_group, a_kdc_flow, an_endpoint
from tests.support.scenes import saw, silence, the_case, the_scene, the_source


def outcome(flow: Flow, seen: Observation) -> Outcome:
    return the_scene(the_case(a_group()), [flow], {flow.id: seen}).outcomes[0]


@pytest.mark.parametrize(
    ("flow", "seen", "works"),
    [
        (a_kdc_flow(), saw("open", "kerberos-reply"), True),
        (a_kdc_flow("tcp"), saw("open", "syn-ack"), False),
        (a_flow(), saw("open", "syn-ack"), True),
        (a_flow(), saw("closed", "rst"), False),
        (a_flow(), silence(), False),
        (a_flow(), None, False),
    ],
)
def test_a_kdc_works_only_if_it_answers_in_kerberos(flow: Flow, seen: Observation | None, works: bool) -> None:
    assert is_working(outcome(flow, silence()), seen) is works


@pytest.mark.parametrize(
    ("host", "address", "leads"),
    [
        ("master-1-1", "127.0.1.1", True),
        ("master-1-1", "::1", True),
        ("master-1-1", "192.168.20.11", False),
        ("localhost", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_a_name_of_another_machine_leads_to_this_one(host: str, address: str, leads: bool) -> None:
    flow = a_flow(endpoint=an_endpoint(host, address=None))
    assert leads_to_loopback(outcome(flow, saw("closed", "rst", address=address))) is leads


@pytest.mark.parametrize(
    ("answers", "dead", "seconds"),
    [
        (None, False, None),
        ([], False, None),
        (["silent"], True, 10),
        (["closed", "unreachable"], True, 0),
        (["silent", "silent"], True, 20),
        (["silent", "no-such-name"], False, 5),
        (["no-such-name", "silent"], False, 0),
        # An error is no answer to glibc. With timeout:2 glibc 2.36 took 4.2 s for each of these.
        (["refused", "silent"], False, 10),
        (["server-failed", "silent"], False, 10),
        (["silent", "refused"], False, 10),
        (["refused", "refused"], False, 0),
        (["refused", "records"], False, 0),
    ],
)
def test_name_servers_are_dead_if_all_were_asked_and_none_answered(
    answers: list[str] | None, dead: bool, seconds: float | None
) -> None:
    pairs = None if answers is None else [[f"192.168.10.{at}", said] for at, said in enumerate(answers, 2)]
    note = saw("not-probed", "no-response", detail={} if pairs is None else {SERVERS: pairs})
    flow = a_flow()
    place = the_scene(the_case(a_group()), [flow], {flow.id: note})
    assert (is_every_server_dead(place), failed_lookup_seconds(place)) == (dead, seconds)


@pytest.mark.parametrize(
    ("networks", "is_local"),
    [(["127.0.0.0/8"], True), (["192.168.10.0/24", "127.0.0.0/8"], True), (["192.168.10.0/24"], False)],
)
def test_a_resource_group_is_on_loopback_if_one_of_its_networks_is(networks: list[str], is_local: bool) -> None:
    place = the_scene(the_case(a_group()), [a_flow()], sources=[the_source(block) for block in networks])
    assert is_on_loopback(place) is is_local
