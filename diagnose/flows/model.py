"""What is a flow? One thing that must be reachable, from where, why, and the line that says so."""

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
    """One network of the resource group."""

    label: str
    """How the user knows it: "vsw-rg 192.168.10.0/24"."""
    ranges: Ranges
    """Blocks of its vSwitch."""
    vswitch: str | None = None
    """Id of the vSwitch."""
    vpc: str | None = None
    """Id of the VPC."""
    groups: frozenset[str] | None = None
    """Security groups on its interfaces. None if unknown."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One thing that must be reachable."""

    id: str
    """"kdc-udp/master-1-1:88". Unique in a plan."""
    component: str
    """Key in data/components.toml: "kdc-udp", "namenode-rpc", "datanode-transfer" …"""
    service: str
    """Title of the component: "KDC", "NameNode RPC"."""
    area: str
    """kerberos, hdfs, yarn, mapreduce, hive, spark, kyuubi, presto, trino, impala, zookeeper,
    hbase, jindo."""
    endpoint: Endpoint
    """Host, port and transport, with the address if it is known."""
    sources: Ranges
    """Addresses that must reach it."""
    need: Need
    """required, conditional or optional."""
    why: str
    """One clause: why it is needed."""
    origin: Origin
    """The line that names the endpoint."""
    realm: str | None = None
    """Kerberos realm of a KDC. None for other services."""
    assumed: str | None = None
    """Why the service is expected on this host, if it may be on another candidate instead. None if
    a file names the host."""


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """All flows of a case."""

    flows: tuple[Flow, ...]
    """The flows."""
    skipped: tuple[Skipped, ...] = ()
    """What could not be turned into a flow. `needs` is "" if the connection does not apply to this
    cluster."""
