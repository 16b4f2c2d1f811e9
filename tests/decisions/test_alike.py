"""Which addresses share one decision, and which must be asked on their own?"""

from __future__ import annotations

from diagnose.decisions.alike import Cells, cells_of
from diagnose.decisions.points import Edges, edges_of
from diagnose.decisions.routing import Routing
from probes.addresses import parse, parse_address
from probes.rules.network_acl import Acl, AclRule
from tests.support import factories as make
from tests.support.factories import EMR_CIDR, RG_CIDR, a_route, a_route_table, a_rule, ranges


def entry(direction: str, block: str, ports: tuple[int, int] = (0, 65535)) -> AclRule:
    return AclRule(f"e-{direction}", "nacl-1", direction, True, None, (ports,), ranges(block))  # type: ignore[arg-type]


def test_a_cell_begins_at_the_first_address_of_a_block_and_right_behind_its_last() -> None:
    cells = Cells([((10, 20),), ((15, 17),)])

    assert [cells.first(address) for address in (5, 9, 10, 14, 15, 17, 18, 20, 21, 99)] == [
        *(0, 0, 10, 10, 15, 15, 18, 18, 21, 21)
    ]


def test_entries_of_both_directions_of_an_acl_tell_addresses_apart() -> None:
    lists = [Acl("nacl-1", (entry("ingress", "10.1.0.0/24"),), (entry("egress", "10.2.0.0/24"),)), Acl("nacl-2")]
    cells = cells_of([make.a_group(a_rule(dest=ranges("10.3.0.0/24")))], lists)

    for block in ("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24", "100.100.2.128/28"):
        low, high = parse(block)
        assert {cells.first(low), cells.first(high)} == {low}, block
        assert cells.first(high + 1) == high + 1


def test_points_are_cut_at_every_rule_entry_and_route() -> None:
    lists = {
        "nacl-1": Acl("nacl-1", (entry("ingress", "10.1.0.0/24"),), (entry("egress", "10.2.0.0/24", (88, 90)),)),
        "nacl-2": Acl("nacl-2"),
    }
    tables = {"vtb-1": a_route_table(a_route("10.4.0.0/24"), a_route("10.5.0.0/24", block=None))}
    edges = edges_of({"sg": make.a_group(a_rule((8020, 8021), "10.3.0.0/24"))}, lists, tables)

    blocks = [parse(f"10.{number}.0.0/24") for number in (1, 2, 3, 4)]
    assert edges == Edges(
        (0, 88, 91, 8020, 8022, 65536), tuple(edge for low, high in blocks for edge in (low, high + 1))
    )


def test_addresses_are_alike_for_routing_if_every_table_has_one_entry_for_both() -> None:
    tables = {
        "vtb-1": a_route_table(a_route(EMR_CIDR), a_route("192.168.20.64/26"), a_route(RG_CIDR)),
        "vtb-2": a_route_table(a_route("192.168.0.0/16"), id="vtb-2"),
    }
    alike = Routing(make.a_case(route_tables=tables), tables).alike
    first, second, apart, uncovered, other = (
        parse_address(f"192.168.{end}") for end in ("20.11", "20.12", "20.65", "30.1", "30.2")
    )

    assert alike(first) == alike(second) != alike(apart)
    # The answer about an address that a table lacks names this address
    assert len({alike(uncovered), alike(other), alike(first), alike(None)}) == 4


def test_without_tables_all_known_addresses_are_alike() -> None:
    alike = Routing(make.a_case(), {}).alike

    assert alike(parse_address("192.168.20.11")) == alike(parse_address("10.0.0.1")) != alike(None)
