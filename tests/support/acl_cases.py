"""Cases with a network ACL on the vSwitch of the nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from probes.rules.network_acl import Acl, AclRule
from tests.support.factories import (
    RG_CIDR,
    a_flow,
    a_group,
    a_kdc_flow,
    a_rule,
    a_udp_rule,
    a_vswitch,
    an_endpoint,
    ranges,
)
from tests.support.scenes import attached, the_case

KDC = (a_kdc_flow("udp"), a_kdc_flow("tcp"))


NAMENODE = a_flow()


DATANODES = tuple(
    a_flow(
        "datanode-transfer",
        service="DataNode transfer",
        endpoint=an_endpoint(f"core-1-{n}", 9866, address=f"192.168.20.2{n}"),
    )
    for n in (1, 2)
)


FLOWS = (*KDC, NAMENODE, *DATANODES)


ALL_TCP = (a_rule((8020, 8020)), a_rule((9866, 9866)), a_rule((88, 88)))


def acl_entry(
    direction: str, ports: tuple[int, int], block: str, *, accept: bool = True, protocol: int | None = None
) -> AclRule:
    ident = f"e-{ports[0]}"
    return AclRule(ident, "nacl-1", direction, accept, protocol, (ports,), ranges(block))  # type: ignore[arg-type]


IN = acl_entry("ingress", (0, 65535), RG_CIDR)


OUT = acl_entry("egress", (1024, 65535), RG_CIDR)


def with_acl(*entries: AclRule, nodes_in: str = "vsw-bp1emr") -> Any:
    acl = Acl(
        "nacl-1",
        tuple(e for e in entries if e.direction == "ingress"),
        tuple(e for e in entries if e.direction == "egress"),
    )
    case = the_case(
        a_group(*ALL_TCP, a_udp_rule()),
        nodes=tuple(replace(node, vswitch=nodes_in) for node in attached()),
        network_acls={"nacl-1": acl},
    )
    return replace(case, vswitches={**case.vswitches, "vsw-bp1emr": a_vswitch(acl="nacl-1")})
