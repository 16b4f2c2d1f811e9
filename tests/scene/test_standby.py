"""Is a ResourceManager that refuses clients in standby, or down?"""

from __future__ import annotations

import pytest

from diagnose.findings import conclude
from diagnose.scene.scene import Scene
from probes.endpoint import Endpoint
from probes.observation import Observation
from tests.support.factories import a_flow, a_group, a_rule, some_settings
from tests.support.scenes import codes, saw, silence, the_case, the_scene

FIRST, SECOND = ("master-1-1", "192.168.20.11"), ("master-1-2", "192.168.20.12")
ACCEPTS = saw("open", "syn-ack")
REFUSES = saw("closed", "rst", address=SECOND[1])


def at(host: tuple[str, str], port: int) -> Endpoint:
    return Endpoint(host[0], port, "tcp", host[1])


def a_pair(
    first: Observation | list[Observation] | None, second: Observation, page: Observation | None, *, has_pair: str = ""
) -> Scene:
    """Return a scene with two ResourceManagers, and the web page of the second one.

    has_pair: whether the files have a pair, "true" or "false". "" without these files.
    """
    clients = [
        a_flow("resourcemanager-client", service="ResourceManager", area="yarn", endpoint=at(host, 8032))
        for host in (FIRST, SECOND)
    ]
    web = a_flow("resourcemanager-web", area="yarn", need="optional", endpoint=at(SECOND, 8088))
    ends = {clients[0].id: first, clients[1].id: second, web.id: page}
    seen = {flow: observations for flow, observations in ends.items() if observations is not None}
    files = some_settings(yarn_site={"yarn.resourcemanager.ha.enabled": has_pair}) if has_pair else {}
    case = the_case(a_group(a_rule((8032, 8032)), a_rule((8088, 8088))), settings=files)
    return the_scene(case, [*clients, web], seen)


@pytest.mark.parametrize("page", [ACCEPTS, silence(), None], ids=["serves", "silent", "not probed"])
def test_one_that_refuses_beside_one_that_accepts_is_in_standby(page: Observation | None) -> None:
    scene = a_pair(ACCEPTS, REFUSES, page)

    assert [(o.verdict, o.is_standby) for o in scene.outcomes[:2]] == [("accepts", False), ("allowed", True)]
    assert "SVC-DOWN" not in codes(conclude(scene))


@pytest.mark.parametrize("said", ["silent", "closed"])
def test_one_beside_an_active_one_that_hangs_is_not_called_down(said: str) -> None:
    first = [saw("not-probed", "syn-ack", detail={"own_protocol": said}), ACCEPTS]
    scene = a_pair(first, REFUSES, None)

    assert [(o.verdict, o.is_standby) for o in scene.outcomes[:2]] == [("unknown", False), ("allowed", True)]
    assert "SVC-DOWN" not in codes(conclude(scene))


@pytest.mark.parametrize("said", ["foreign", "other-principal"])
def test_one_beside_a_port_that_is_no_resourcemanager_is_down(said: str) -> None:
    first = [saw("not-probed", "syn-ack", detail={"own_protocol": said}), ACCEPTS]
    scene = a_pair(first, REFUSES, None)

    assert not scene.outcomes[1].is_standby
    assert scene.outcomes[1].verdict == "blocked"


def test_one_whose_web_page_refuses_as_well_is_down() -> None:
    scene = a_pair(ACCEPTS, REFUSES, REFUSES)

    assert not scene.outcomes[1].is_standby
    assert codes(conclude(scene)) == ["SVC-DOWN"]


@pytest.mark.parametrize("first", [REFUSES, silence()])
def test_two_that_do_not_accept_are_no_pair(first: Observation) -> None:
    scene = a_pair(first, REFUSES, ACCEPTS)

    assert not any(outcome.is_standby for outcome in scene.outcomes)
    assert "SVC-DOWN" in codes(conclude(scene))


@pytest.mark.parametrize(("page", "is_standby"), [(ACCEPTS, True), (REFUSES, False), (silence(), False)])
@pytest.mark.parametrize("has_pair", ["true", "false"])
def test_one_beside_one_that_was_not_asked_is_in_standby_if_its_page_serves(
    page: Observation, is_standby: bool, has_pair: str
) -> None:
    """Given the other one as it is once its fault is undone: nothing is known of its answer."""
    scene = a_pair(None, REFUSES, page, has_pair=has_pair)

    assert scene.outcomes[1].is_standby == (is_standby and has_pair == "true")


def test_a_reset_that_a_device_on_the_way_forged_is_no_sign_of_a_standby() -> None:
    forged = saw("closed", "rst", address=SECOND[1], detail={"forged": True})

    assert not a_pair(ACCEPTS, forged, ACCEPTS).outcomes[1].is_standby


def test_one_beside_one_that_serves_on_another_port_is_in_standby() -> None:
    """Given files with a wrong port of the active one, only that port is the fault."""
    elsewhere = Observation("local", "not-probed", "service-reply", detail={"answers_on": 8032})
    flows = [
        a_flow("resourcemanager-client", area="yarn", endpoint=at(FIRST, 8132)),
        a_flow("resourcemanager-client", area="yarn", endpoint=at(SECOND, 8032)),
    ]
    refused = saw("closed", "rst", address=FIRST[1])
    scene = the_scene(the_case(a_group(a_rule())), flows, {flows[0].id: [refused, elsewhere], flows[1].id: [REFUSES]})

    assert [outcome.is_standby for outcome in scene.outcomes] == [False, True]


@pytest.mark.parametrize(("page", "is_standby"), [(ACCEPTS, True), (silence(), False)])
@pytest.mark.parametrize("has_pair", [True, False])
def test_one_alone_is_in_standby_if_the_files_have_a_pair_and_its_page_serves(
    page: Observation, is_standby: bool, has_pair: bool
) -> None:
    """Given another one whose address is a fault of its own, so that nobody dials it."""
    client = a_flow("resourcemanager-client", area="yarn", endpoint=at(SECOND, 8032))
    web = a_flow("resourcemanager-web", area="yarn", need="optional", endpoint=at(SECOND, 8088))
    files = some_settings(yarn_site={"yarn.resourcemanager.ha.enabled": str(has_pair).lower()})
    case = the_case(a_group(a_rule()), settings=files)
    scene = the_scene(case, [client, web], {client.id: REFUSES, web.id: page})

    assert scene.outcomes[0].is_standby == (is_standby and has_pair)


def test_a_namenode_in_standby_accepts_so_one_that_refuses_is_down() -> None:
    flows = [a_flow(endpoint=at(host, 8020)) for host in (FIRST, SECOND)]
    scene = the_scene(the_case(a_group(a_rule())), flows, {flows[0].id: ACCEPTS, flows[1].id: REFUSES})

    assert codes(conclude(scene)) == ["SVC-DOWN"]
