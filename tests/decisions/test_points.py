"""Do a few points decide for a whole range? Every address and port is asked, and compared."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from diagnose.decisions.model import Model
from diagnose.decisions.points import merge_points, starts
from diagnose.flows.model import Callback, Flow, Source
from probes.addresses import Ranges, contains, parse, parse_address, subtract, text, union
from probes.rules.decision import Deciding, Decision, verdict_of
from probes.rules.group_rule import TCP, Group, Rule
from probes.rules.network_acl import Acl, AclRule
from tests.support import factories as make

RG, EMR = "192.168.10.0/29", "192.168.20.0/29"
NODES = ("192.168.20.1", "192.168.20.2", "192.168.20.5")
FIRST, LAST = 40000, 40007


def _callback(dial: random.Random) -> Flow:
    senders = tuple(
        Source("vsw-emr", union(parse(node) for node in nodes), "vsw-emr", "vpc-bp1aaa", frozenset({group}))
        for nodes, group in ((NODES[:2], "sg-a"), (NODES[2:], "sg-b"))
    )
    target = Source("vsw-rg", (parse(RG),), "vsw-rg", "vpc-bp1aaa", frozenset({dial.choice(("sg-rg", "sg-a"))}))
    flow = make.a_flow("spark-driver", endpoint=make.an_endpoint(RG, FIRST, address=None))
    return replace(flow, sources=make.ranges(*NODES), last_port=LAST, callback=Callback(senders, target))


def _block(dial: random.Random, net: str) -> Ranges:
    base = parse(net)[0]
    low = dial.randrange(8)
    return ((base + low, base + dial.randrange(low, 8)),)


def _ports(dial: random.Random) -> Ranges:
    low = dial.randrange(FIRST - 1, LAST + 1)
    return ((low, dial.randrange(low, LAST + 2)),)


def _rule(dial: random.Random, number: int, group: str) -> Rule:
    direction = dial.choice(("ingress", "egress"))
    named = dial.random() < 0.3
    return Rule(
        id=f"sgr-{number}",
        group=group,
        direction=direction,  # type: ignore[arg-type]
        accept=dial.random() < 0.6,
        priority=dial.randrange(1, 4),
        protocol=dial.choice((TCP, None)),
        ports=_ports(dial),
        source=_block(dial, EMR) if direction == "ingress" or named else make.ranges("0.0.0.0/0"),
        dest=_block(dial, RG) if direction == "egress" or named else None,
        source_ports=((0, 65535),),
    )


def _acl(dial: random.Random, name: str, own: str, other: str) -> Acl:
    def entries(direction: str) -> tuple[AclRule, ...]:
        return tuple(
            AclRule(
                f"nae-{name}-{direction}-{number}",
                name,
                direction,  # type: ignore[arg-type]
                dial.random() < 0.7,
                TCP,
                _ports(dial) if dial.random() < 0.5 else ((0, 65535),),
                _block(dial, other) if dial.random() < 0.5 else make.ranges("0.0.0.0/0"),
            )
            for number in range(3)
        )

    return Acl(name, entries("ingress"), entries("egress"))


def _model(dial: random.Random) -> Model:
    groups = {
        name: make.a_group(*(_rule(dial, number, name) for number in range(4)), id=name)
        for name in ("sg-a", "sg-b", "sg-rg")
    }
    return _with(groups, {"acl-emr": _acl(dial, "acl-emr", EMR, RG), "acl-rg": _acl(dial, "acl-rg", RG, EMR)})


def _with(groups: dict[str, Group], acls: dict[str, Acl]) -> Model:
    vswitches = {
        "vsw-emr": make.a_vswitch("vsw-emr", cidr=EMR, acl="acl-emr"),
        "vsw-rg": make.a_vswitch("vsw-rg", cidr=RG, acl="acl-rg"),
    }
    case = make.a_case(security_groups=groups, network_acls=acls, vswitches=vswitches)
    return Model(case, [make.a_source(RG, vswitch="vsw-rg", groups=frozenset({"sg-rg"}))])


def _single(flow: Flow, address: int, port: int) -> Flow:
    """Return the flow to one port of one address."""
    assert flow.callback is not None
    target = replace(flow.callback.target, ranges=((address, address),))
    end = replace(flow.endpoint, address=text(address), port=port)
    return replace(flow, endpoint=end, last_port=None, callback=replace(flow.callback, target=target))


@pytest.mark.parametrize("seed", range(40))
def test_a_source_passes_if_it_passes_at_each_address_and_port(seed: int) -> None:
    dial = random.Random(seed)
    model, flow = _model(dial), _callback(dial)
    low, high = parse(RG)
    singles = [
        model.decisions(_single(flow, address, port))
        for address in range(low, high + 1)
        for port in range(FIRST, LAST + 1)
    ]

    for decision in model.decisions(flow):
        same = [
            one
            for layers in singles
            for one in layers
            if (one.layer, one.direction, one.packet, one.at)
            == (decision.layer, decision.direction, decision.packet, decision.at)
        ]
        assert len(same) == len(singles)
        for node in NODES:
            place = parse_address(node)
            denied = any(contains(one.denied, place) for one in same)
            unknown = not denied and any(contains(one.unknown, place) for one in same)
            assert contains(decision.denied, place) == denied
            assert contains(decision.unknown, place) == unknown
            assert contains(decision.allowed, place) == (not denied and not unknown)


def test_pieces_begin_where_a_rule_begins_or_has_ended() -> None:
    assert starts(((10, 20), (30, 40)), (5, 10, 15, 21, 30, 40, 41)) == [10, 15, 30, 40]


def test_a_plain_flow_is_its_own_point() -> None:
    flow = make.a_flow()

    assert list(_with({}, {}).points(flow)) == [flow]


def _part(**changes: Ranges) -> Decision:
    allowed, denied, unknown = (changes.get(name, ()) for name in ("allowed", "denied", "unknown"))
    verdict = verdict_of(allowed, denied, unknown)
    line = Deciding("sg-a", f"sgr-{verdict}", verdict, verdict, (*allowed, *denied, *unknown))
    missing = ("a list",) if unknown else ()
    return Decision(
        "security-group", "ingress", ("sg-a",), verdict, allowed, denied, unknown, (line,), missing, (f"if {verdict}",)
    )


PASSES, STOPPED, UNSURE = (_part(**{part: ((1, 9),)}) for part in ("allowed", "denied", "unknown"))
HALF = _part(allowed=((1, 4),), denied=((5, 9),))


@pytest.mark.parametrize(
    ("parts", "verdict", "denied", "unknown"),
    [
        ([PASSES], "allowed", (), ()),
        ([PASSES, PASSES], "allowed", (), ()),
        ([PASSES, STOPPED], "denied", ((1, 9),), ()),
        ([PASSES, UNSURE], "unknown", (), ((1, 9),)),
        ([UNSURE, STOPPED], "denied", ((1, 9),), ()),
        ([PASSES, HALF], "partial", ((5, 9),), ()),
        ([HALF, UNSURE], "unknown", ((5, 9),), ((1, 4),)),
        ([PASSES, PASSES, UNSURE], "unknown", (), ((1, 9),)),
    ],
)
def test_of_two_ports_the_worse_decides_whichever_comes_first(
    parts: list[Decision], verdict: str, denied: Ranges, unknown: Ranges
) -> None:
    for order in (parts, parts[::-1]):
        merged = merge_points(order)
        assert (merged.verdict, merged.denied, merged.unknown) == (verdict, denied, unknown)
        assert merged.allowed == subtract(subtract(((1, 9),), denied), unknown)
        # And each reason is told once
        assert set(merged.deciding) == {line for part in parts for line in part.deciding}
        assert set(merged.assumed) == {text for part in parts for text in part.assumed}
        assert len(merged.deciding) == len(merged.assumed) == len({part.verdict for part in parts})
        assert merged.missing == (("a list",) if UNSURE in parts else ())
