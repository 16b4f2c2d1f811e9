"""Which security groups decide on a flow, if the resource group has several networks?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnose.case.faults import Misread
from diagnose.case.model import Case, Skipped
from diagnose.decisions.model import Model
from diagnose.decisions.targets import Attachment
from diagnose.flows.model import Callback, Flow
from diagnose.remedies.edits import outbound_drops
from probes.rules.group_rule import GroupRef
from tests.support.factories import (
    DOMAIN,
    EMR_CIDR,
    EMR_GROUP,
    RG_CIDR,
    a_case,
    a_cluster,
    a_flow,
    a_group,
    a_rule,
    an_endpoint,
    ranges,
    some_nodes,
)
from tests.support.scenes import RG_GROUP, attached, the_case, the_source

V6 = "2001:db8:a::/64"
OVER_V4 = a_flow(sources=ranges(RG_CIDR))
OVER_V6 = a_flow(sources=ranges(V6), endpoint=an_endpoint(address="2001:db8:b::11"))
OVER_BOTH = a_flow(sources=ranges(RG_CIDR, V6))


def two_families() -> Model:
    """Return a resource group with one network of each family. Only IPv6 may go out."""
    case = the_case(
        a_group(a_rule(), a_rule(source=V6, id="sgr-v6")),
        a_group(id="sg-v4", kind="enterprise", inner_accept=None),
        a_group(id="sg-v6"),
    )
    four = the_source(groups=frozenset({"sg-v4"}))
    six = the_source(V6, vswitch="vsw-v6", groups=frozenset({"sg-v6"}))
    return Model(case, [four, six])


@pytest.mark.parametrize(
    ("flow", "groups", "verdict"),
    [
        (OVER_V4, ("sg-v4",), "denied"),
        (OVER_V6, ("sg-v6",), "allowed"),
        (OVER_BOTH, ("sg-v4", "sg-v6"), "partial"),
    ],
)
def test_only_the_groups_of_networks_that_open_the_flow_decide_on_its_way_out(
    flow: Flow, groups: tuple[str, ...], verdict: str
) -> None:
    model = two_families()
    (egress,) = (
        each for each in model.decisions(flow) if each.direction == "egress" and each.layer == "security-group"
    )
    assert (egress.at, egress.verdict) == (groups, verdict)
    assert model.denied(flow, "egress") == (ranges(RG_CIDR) if verdict != "allowed" else ())


def test_no_group_decides_on_a_flow_that_no_network_can_open() -> None:
    flow = a_flow(sources=())
    assert [each for each in two_families().decisions(flow) if each.layer == "security-group"] == []
    assert two_families().verdict(flow) == "unknown"


def test_the_rules_that_deny_are_the_drops_that_decide_in_their_own_group() -> None:
    # Given two groups whose rules have the same ids, as exports without ids give them
    drop = a_rule(id="rule 1", accept=False)
    others = [
        a_rule(id="rule 2", group="sg-more", priority=9),
        a_rule(id="rule 1", group="sg-more"),
        a_rule((22, 22), id="rule 3", group="sg-more", accept=False),
    ]
    case = the_case(a_group(drop), a_group(*others, id="sg-more"), nodes=attached(EMR_GROUP, "sg-more"))
    model = Model(case, [the_source()])
    (ingress,) = (each for each in model.decisions(a_flow()) if each.denied)

    assert model.denying(ingress) == (drop,)
    # And a drop that may not match decides nothing for sure
    doubtful = replace(case, security_groups={**case.security_groups, EMR_GROUP: a_group(replace(drop, doubt="how"))})
    assert [
        Model(doubtful, [the_source()]).denying(each) for each in Model(doubtful, [the_source()]).decisions(a_flow())
    ] == [(), ()]


@pytest.mark.parametrize(("priority", "is_first"), [(1, True), (2, False)])
def test_the_drops_that_no_accept_wins_over_are_those_of_priority_1_on_their_side(
    priority: int, is_first: bool
) -> None:
    inbound = a_rule(id="in", accept=False, priority=priority)
    outbound = a_rule(
        id="out",
        accept=False,
        priority=priority,
        group="sg-bp1rg",
        direction="egress",
        source=None,
        dest=ranges("192.168.20.0/24"),
    )
    case = the_case(a_group(inbound))
    model = Model(
        replace(case, security_groups={**case.security_groups, "sg-bp1rg": a_group(outbound, id="sg-bp1rg")}),
        [the_source()],
    )

    assert outbound_drops(model, [a_flow(), a_flow("other")]) == [outbound] * is_first
    assert outbound_drops(model, []) == []


MORE = "sg-more"
NODE = "192.168.20.11"
ELSEWHERE = "192.168.20.99"
UNREAD = (Misread("answers.json", "no JSON", "", "ecs:DescribeInstances"),)
MAIN = f"{EMR_GROUP}, the cluster's security group, is the one on each node"
ONLY = f"{MORE} is the security group on each node (no file says which node has which group)"


def plain(**changes: Any) -> Case:
    """Return a case whose nodes have no known groups."""
    return a_case(**{"security_groups": {EMR_GROUP: a_group()}, **changes})


def on_nodes(*groups: str, assumed: str | None = None, **changes: Any) -> Case:
    nodes = tuple(replace(node, security_groups=groups, assumed=assumed) for node in some_nodes())
    return plain(nodes=nodes, **changes)


def without_main(*groups: str, **changes: Any) -> Case:
    """Return a case whose cluster names no security group."""
    known = {ident: a_group(id=ident) for ident in groups}
    return plain(cluster=a_cluster(security_group=None), security_groups=known, **changes)


@pytest.mark.parametrize(
    ("case", "address", "groups", "assumed"),
    [
        # What the case shows of the node counts
        (on_nodes(MORE), NODE, (MORE,), ""),
        (on_nodes(MORE, assumed="as its neighbours"), NODE, (MORE,), "as its neighbours"),
        (on_nodes(MORE, misread=UNREAD), NODE, (MORE,), ""),
        (on_nodes(MORE, assumed="as its neighbours", misread=UNREAD), NODE, None, ""),
        # Then what it shows of the interface with this address
        (plain(disputed=frozenset({NODE}), members={NODE: (MORE,)}), NODE, None, ""),
        (plain(disputed=frozenset({ELSEWHERE})), NODE, (EMR_GROUP,), MAIN),
        (plain(members={NODE: (MORE,)}), NODE, (MORE,), ""),
        # Then the group of the cluster, unless an answer that cannot be read may know it better
        (plain(), NODE, (EMR_GROUP,), MAIN),
        (plain(), None, (EMR_GROUP,), MAIN),
        (plain(misread=UNREAD), NODE, None, ""),
        (plain(members={ELSEWHERE: (EMR_GROUP,)}), NODE, (EMR_GROUP,), MAIN),
        # Then the only group that is not the resource group's
        (without_main(MORE, RG_GROUP), NODE, (MORE,), ONLY),
        (without_main(MORE, EMR_GROUP), NODE, None, ""),
        (without_main(RG_GROUP), NODE, None, ""),
    ],
)
def test_the_groups_of_a_node_are_those_that_the_case_shows_or_that_of_the_cluster(
    case: Case, address: str | None, groups: tuple[str, ...] | None, assumed: str
) -> None:
    at = Model(case, [the_source()]).attachment(a_flow(endpoint=an_endpoint(address=address)))
    assert at == Attachment(groups, assumed)


@pytest.mark.parametrize(
    ("case", "address", "groups"),
    [
        (plain(nodes=()), NODE, (EMR_GROUP,)),
        (plain(nodes=()), None, (EMR_GROUP,)),
        (plain(nodes=(), members={NODE: (MORE,)}), NODE, (MORE,)),
        # An address without the group that others show is not assumed to have it
        (plain(nodes=(), members={ELSEWHERE: (EMR_GROUP,)}), NODE, None),
        (plain(nodes=(), members={ELSEWHERE: (EMR_GROUP,)}), None, (EMR_GROUP,)),
        (plain(nodes=(), members={ELSEWHERE: (MORE,)}), NODE, (EMR_GROUP,)),
        (without_main(MORE, nodes=(), members={ELSEWHERE: (MORE,)}), NODE, None),
        (without_main(MORE, nodes=(), members={ELSEWHERE: ("sg-x",)}), NODE, (MORE,)),
    ],
)
def test_without_a_list_of_nodes_no_target_is_called_outside(
    case: Case, address: str | None, groups: tuple[str, ...] | None
) -> None:
    at = Model(case, [the_source()]).attachment(a_flow(endpoint=an_endpoint("somewhere", address=address)))
    assert (at.groups, at.external) == (groups, False)


@pytest.mark.parametrize(
    ("host", "address", "skipped", "is_outside"),
    [
        ("metastore.example.com", ELSEWHERE, (), True),
        ("metastore.example.com", None, (), True),
        ("metastore", ELSEWHERE, (), True),
        # A bare name or one of the cluster's own domain may be a node that no list has
        ("metastore", None, (), False),
        (f"core-9-9.{DOMAIN}", None, (), False),
        (f"core-9-9.{DOMAIN.upper()}.", None, (), False),
        (f"core-9-9.{DOMAIN}", ELSEWHERE, (), True),
        # So may any host if the list is not whole, but not if another list is not
        ("metastore.example.com", ELSEWHERE, (Skipped("nodes", "", "", hides=True, about="nodes"),), False),
        ("metastore.example.com", ELSEWHERE, (Skipped("nodes", "", "", hides=True, about="networks"),), True),
        ("metastore.example.com", ELSEWHERE, (Skipped("nodes", "", "", hides=False, about="nodes"),), True),
        ("metastore.example.com", "127.0.0.1", (), False),
    ],
)
def test_a_target_is_outside_if_the_whole_list_of_nodes_lacks_it(
    host: str, address: str | None, skipped: tuple[Skipped, ...], is_outside: bool
) -> None:
    flow = a_flow(endpoint=an_endpoint(host, address=address))
    at = Model(plain(skipped=skipped), [the_source()]).attachment(flow)
    assert at == Attachment(None, external=is_outside)


def test_an_interface_that_is_no_node_is_outside_only_if_the_nodes_are_known() -> None:
    members = {NODE: (MORE,), ELSEWHERE: (MORE,)}
    model = Model(plain(members=members), [the_source()])
    no_node, node = (a_flow(endpoint=an_endpoint("x", address=address)) for address in (ELSEWHERE, NODE))
    assert model.attachment(no_node) == Attachment((MORE,), external=True)
    assert model.attachment(node) == Attachment((MORE,))


def called_back(groups: frozenset[str] | None = None, **changes: Any) -> Flow:
    """Return a connection from the nodes to one port of the resource group."""
    callback = Callback((the_source(EMR_CIDR, groups=groups),), the_source(groups=groups))
    return a_flow(sources=ranges(EMR_CIDR), **{"callback": callback, **changes})


def test_a_callback_ends_at_the_groups_of_the_resource_group() -> None:
    model = Model(plain(), [the_source()])
    assert model.attachment(called_back(frozenset({"sg-b", "sg-a"}))) == Attachment(("sg-a", "sg-b"))
    assert model.attachment(called_back()) == Attachment(None)
    assert model.node(called_back()) is None


@pytest.mark.parametrize(("is_callback", "whose"), [(False, "the resource group's"), (True, "the nodes'")])
def test_a_doubt_about_membership_names_the_end_that_opens_the_connection(is_callback: bool, whose: str) -> None:
    # Given a rule that names a group, and senders whose groups no file says
    case = on_nodes(EMR_GROUP, security_groups={EMR_GROUP: a_group(a_rule(source=GroupRef("sg-x")))})
    flow = called_back() if is_callback else a_flow()
    if flow.callback is not None:
        target = replace(flow.callback.target, groups=frozenset({EMR_GROUP}))
        flow = replace(flow, callback=replace(flow.callback, target=target))
    (ingress,) = (
        each
        for each in Model(case, [the_source(groups=None)]).decisions(flow)
        if each.layer == "security-group" and each.direction == "ingress"
    )
    assert ingress.missing == (f"whether {whose} interfaces are in sg-x, which rule sgr-bp18020 of {EMR_GROUP} names",)


def test_a_range_is_asked_at_each_port_where_a_rule_begins_or_has_ended() -> None:
    model = Model(on_nodes(EMR_GROUP, security_groups={EMR_GROUP: a_group(a_rule((8022, 8025)))}), [the_source()])
    some = a_flow(last_port=8030)
    assert [point.endpoint.port for point in model.points(some)] == [8020, 8022, 8026]
    assert {(point.endpoint.address, point.last_port) for point in model.points(some)} == {(NODE, None)}
    # A callback to one port is asked at the addresses that rules tell apart
    back = called_back()
    assert [point.endpoint.address for point in model.points(back)] == ["192.168.10.0"]
    assert [point.endpoint.port for point in model.points(back)] == [8020]


def test_the_first_denied_port_is_that_of_the_layer_that_is_asked_about() -> None:
    # Given inbound rules that stop port 8025, and outbound rules that stop port 8022
    inbound = a_group(a_rule((8020, 8030)), a_rule((8025, 8025), id="sgr-in", accept=False))
    stop = a_rule((8022, 8022), RG_CIDR, id="sgr-out", group=RG_GROUP, accept=False, direction="egress")
    outbound = a_group(replace(stop, dest=ranges(EMR_CIDR)), id=RG_GROUP)
    model = Model(on_nodes(EMR_GROUP, security_groups={EMR_GROUP: inbound, RG_GROUP: outbound}), [the_source()])
    flow = a_flow(last_port=8030)

    first = {each.direction: model.first_denied(flow, each) for each in model.decisions(flow)}

    assert first == {"ingress": 8025, "egress": 8022}
    # And the first port stands for a layer that denies nothing
    at_8021 = a_flow(endpoint=an_endpoint(port=8021))
    (allowed,) = (each for each in model.decisions(at_8021) if each.direction == "ingress")
    assert model.first_denied(at_8021, allowed) == 8021
