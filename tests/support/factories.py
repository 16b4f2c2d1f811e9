"""Object mothers: valid values of the vocabulary, of which a test states only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnose.case.model import Case, Cluster, Network, Node, Registration, ResourceGroup, VSwitch
from diagnose.flows.model import Flow, Source
from probes.addresses import Ranges, parse, union
from probes.endpoint import Endpoint
from probes.files.hadoopconf import Configuration, Setting, overlay
from probes.files.krb5conf import Profile, load
from probes.origin import Origin
from probes.rules.routes import NextHop, Route, RouteTable
from probes.rules.ruleset import ANY_PORT
from probes.rules.security_group import TCP, UDP, Group, Party, Rule

CLUSTER_ID = "c-0a1b2c3d4e5f6071"
DOMAIN = f"{CLUSTER_ID}.cn-hangzhou.emr.aliyuncs.com"
REALM = "EMR.C-0A1B2C3D4E5F6071.COM"
RG_CIDR = "192.168.10.0/24"
EMR_CIDR = "192.168.20.0/24"
EMR_GROUP = "sg-bp1emr0001"


def ranges(*blocks: str) -> Ranges:
    return union(parse(block) for block in blocks)


def fqdn(node: str) -> str:
    return f"{node}.{DOMAIN}"


def an_origin(file: str = "core-site.xml", line: int | None = 1, key: str | None = None) -> Origin:
    return Origin(file, line, key)


def a_configuration(file: str = "core-site.xml", values: Mapping[str, str] | None = None) -> Configuration:
    """One file whose n-th setting stands on line n."""
    numbered = enumerate((values or {}).items(), start=1)
    return overlay([Setting(key, value, Origin(file, line, key)) for line, (key, value) in numbered])


def some_settings(**files: Mapping[str, str]) -> dict[str, Configuration]:
    """core_site={...}, hdfs_site={...} … -> files by their canonical name; other names go through
    `a_configuration`.
    """
    canonical = {name: f"{name.replace('_', '-')}.xml" for name in files}
    return {canonical[name]: a_configuration(canonical[name], values) for name, values in files.items()}


def a_profile(text: str, file: str = "krb5.conf") -> Profile:
    return load([(file, text.encode())])


def a_krb5conf(*kdcs: str, realm: str = REALM, libdefaults: str = "") -> Profile:
    """Return a krb5.conf with one realm and these `kdc =` entries."""
    entries = "".join(f"    kdc = {kdc}\n" for kdc in kdcs or (f"{fqdn('master-1-1')}:88",))
    head = f"[libdefaults]\n  default_realm = {realm}\n  dns_lookup_kdc = false\n"
    return a_profile(f"{head}{libdefaults}\n[realms]\n  {realm} = {{\n{entries}  }}\n")


def a_cluster(**changes: Any) -> Cluster:
    given = {
        "id": CLUSTER_ID,
        "type": "DATALAKE",
        "release": "EMR-5.18.1",
        "region": "cn-hangzhou",
        "vpc": "vpc-bp1aaa",
    }
    return Cluster(**{**given, "name": "数据湖-生产", "security_group": EMR_GROUP, **changes})


def a_node(name: str = "master-1-1", address: str | None = "192.168.20.11", **changes: Any) -> Node:
    group = "MASTER" if name.startswith(("master", "emr-header")) else "TASK" if name.startswith("task") else "CORE"
    return Node(**{"name": name, "address": address, "group": group, "vswitch": "vsw-bp1emr", **changes})


def some_nodes() -> tuple[Node, ...]:
    """One master, two core nodes."""
    return (
        a_node(),
        a_node("core-1-1", "192.168.20.21"),
        a_node("core-1-2", "192.168.20.22"),
    )


def a_network(cidr: str | None = RG_CIDR, **changes: Any) -> Network:
    given = {
        "cidr": cidr,
        "vpc": "vpc-bp1aaa",
        "vswitch": "vsw-bp1rg",
        "security_group": "sg-bp1rg",
        "status": "Running",
    }
    return Network(**{**given, **changes})


def a_resource_group(*networks: Network, **changes: Any) -> ResourceGroup:
    return ResourceGroup(
        **{"id": "Serverless_res_group_1", "name": "调度-Ω", "type": "serverless", "networks": networks, **changes}
    )


def a_vswitch(name: str = "vsw-bp1emr", **changes: Any) -> VSwitch:
    return VSwitch(**{"id": name, "vpc": "vpc-bp1aaa", "cidr": EMR_CIDR, "acl": "", **changes})


def a_case(**changes: Any) -> Case:
    """Return a case of a DataLake cluster of three nodes and a resource group with one network.

    It has no Hadoop files and no krb5.conf.
    """
    given: dict[str, Any] = {
        "name": "案例-1",
        "cluster": a_cluster(),
        "nodes": some_nodes(),
        "resource_group": a_resource_group(a_network()),
        "vswitches": {"vsw-bp1emr": a_vswitch(), "vsw-bp1rg": a_vswitch("vsw-bp1rg", cidr=RG_CIDR)},
    }
    return Case(**{**given, **changes})


def a_registration(*engines: str, **changes: Any) -> Registration:
    return Registration(**{"display_name": "emr-prod", "engines": engines or None, **changes})


def a_source(*blocks: str, **changes: Any) -> Source:
    blocks = blocks or (RG_CIDR,)
    return Source(**{"label": " ".join(blocks), "ranges": ranges(*blocks), "vswitch": "vsw-bp1rg", **changes})


def an_endpoint(host: str = "master-1-1", port: int = 8020, **changes: Any) -> Endpoint:
    return Endpoint(**{"host": host, "port": port, "transport": "tcp", "address": "192.168.20.11", **changes})


def a_flow(component: str = "namenode-rpc", **changes: Any) -> Flow:
    endpoint = changes.pop("endpoint", None) or an_endpoint()
    given = {
        "id": f"{component}/{endpoint.host}:{endpoint.port}",
        "component": component,
        "service": "NameNode RPC",
        "area": "hdfs",
        "endpoint": endpoint,
        "sources": ranges(RG_CIDR),
        "need": "required",
        "why": "every HDFS path is looked up at a NameNode",
        "origin": an_origin(),
    }
    return Flow(**{**given, **changes})


def a_kdc_flow(transport: str = "udp", port: int = 88, **changes: Any) -> Flow:
    given = {
        "endpoint": an_endpoint(port=port, transport=transport),
        "service": "KDC",
        "area": "kerberos",
        "realm": REALM,
        "origin": an_origin("krb5.conf", 8, f"[realms] {REALM} kdc"),
    }
    return a_flow(f"kdc-{transport}", **{**given, **changes})


def a_rule(ports: tuple[int, int] = (8020, 8020), source: str | Party = RG_CIDR, **changes: Any) -> Rule:
    """Return an ingress accept for TCP from the resource group."""
    given: dict[str, Any] = {
        "id": f"sgr-bp1{ports[0]}",
        "group": EMR_GROUP,
        "direction": "ingress",
        "accept": True,
        "priority": 1,
        "protocol": TCP,
        "ports": (ports,),
        "source": ranges(source) if isinstance(source, str) else source,
        "dest": None,
        "source_ports": ANY_PORT,
    }
    return Rule(**{**given, **changes})


def a_udp_rule(port: int = 88, **changes: Any) -> Rule:
    return a_rule((port, port), **{"protocol": UDP, "id": f"sgr-bp1udp{port}", **changes})


def a_group(*rules: Rule, **changes: Any) -> Group:
    """Return a basic group, exported completely."""
    given: dict[str, Any] = {
        "id": EMR_GROUP,
        "name": "EMR-安全组",
        "vpc": "vpc-bp1aaa",
        "kind": "normal",
        "inner_accept": True,
        "rules": rules,
        "rule_count": len(rules),
    }
    return Group(**{**given, **changes})


def a_route(destination: str, *hops: NextHop, **changes: Any) -> Route:
    """Return a custom entry over a peering."""
    given: dict[str, Any] = {
        "table": "vtb-1",
        "destination": destination,
        "hops": hops or (NextHop("VpcPeer", "pcc-1"),),
    }
    block = {} if "block" in changes else {"block": parse(destination)}
    return Route(**{**given, **block, **changes})


def a_route_table(*routes: Route, **changes: Any) -> RouteTable:
    """Return a table, exported whole."""
    return RouteTable(**{"id": "vtb-1", "routes": routes, **changes})
