"""A flow: one thing that must be reachable, from where, why, and the line that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diagnose.case.model import Skipped
from probes.addresses import Ranges
from probes.endpoint import Endpoint
from probes.origin import Origin

Need = Literal["required", "conditional", "optional"]


@dataclass(frozen=True, slots=True)
class Source:
    """One network of the resource group. ranges: its vSwitch blocks; label: how the user knows it ("vsw-rg 192.168.10.0/24");
    groups: security groups on its interfaces, None where unknown."""

    label: str
    ranges: Ranges
    vswitch: str | None = None
    vpc: str | None = None
    groups: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """component: key in data/components.toml ("kdc-udp", "namenode-rpc", "datanode-transfer" …); service: its title ("KDC", "NameNode RPC");
    area: kerberos, hdfs, yarn, mapreduce, hive, spark, kyuubi, presto, trino, impala, zookeeper, hbase, jindo; why: one clause;
    realm: Kerberos realm for KDC flows, else None; assumed: why the service is looked for on this host, where it may as well be on another one that is tried."""

    id: str
    component: str
    service: str
    area: str
    endpoint: Endpoint
    sources: Ranges
    need: Need
    why: str
    origin: Origin
    realm: str | None = None
    assumed: str | None = None


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """All flows of a case, and what could not be turned into one. A Skipped whose `needs` is "" says that nothing is missing:
    the connection does not apply to this cluster."""

    flows: tuple[Flow, ...]
    skipped: tuple[Skipped, ...] = ()
