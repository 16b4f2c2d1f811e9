"""What is a flow? One thing that must be reachable, from where, why, and the line that says so."""

from __future__ import annotations

from typing import Literal

from diagnose.case.model import Skipped
from probes.addresses import Range, Ranges
from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.origin import Origin

Need = Literal["required", "optional"]
"""A condition (an engine, a mode, a setting) is evaluated from the case to one of them. If it does
not hold, or is not known to hold, the flow is optional: it yields no finding and no rule."""

Fault = Literal[
    "unset",
    "loopback",
    "authority",
    "port",
    "logical-port",
    "provider",
    "pinned",
    "bind",
    "other-port",
    "rpc-port",
    "other-service",
    "unknown-host",
    "other-node",
    "old-path",
    "local-disk",
    "twin",
    "missing",
]
"""Why a client does not get to a service through a setting, whatever the network does.

* unset: the address means no machine (0.0.0.0, empty, or Hadoop's own default).
* loopback: the address means the machine of the client.
* authority: Java does not take it for host:port.
* port: its port is no number from 1 to 65535, or it lacks one that has no default.
* logical-port: a nameservice with a port other than 8020.
* provider: the class that finds the active NameNode does not exist.
* pinned: one NameNode or ResourceManager of several, so that a client does not follow a failover.
* bind: the server listens on loopback alone.
* other-port: another port of a NameNode whose port is known.
* rpc-port: another port of a NameNode than the one that hdfs-site.xml lets it listen on.
* other-service: the port of another service, with another protocol.
* other-node: a node on which the list of component instances does not have the service.
* unknown-host: a host that neither the node list nor the hosts file has.
* local-disk: the file system is the local disk of the client.
* twin: the address of another member of the same HA group.
* missing: a setting that a client of a server with high availability stops without.
* old-path: a path on a host that is called like a node, and that neither of them has.
"""


@frozen
class Read:
    """One value of a configuration file."""

    value: str
    """The value, with variables replaced."""
    origin: Origin
    """Where it stands."""


@frozen
class BadSetting:
    """A setting through which no client gets to a service, whatever the network does."""

    fault: Fault
    """What is wrong with it."""
    component: str
    """Key in data/components.toml of the service."""
    service: str
    """Title of the component."""
    need: Need
    """How much the service is needed."""
    value: str
    """The effective value, without user and password."""
    origin: Origin
    """Where it stands. The line is None if it is a default of Hadoop."""
    right: str | None = None
    """The value to write. None if the case does not tell it."""
    known: str | None = None
    """What the case knows instead: the address of the NameNode, the other NameNodes, the state, the
    service that has the port."""
    sure: bool = True
    """False if only a default says so, and the cluster may have set something else."""


@frozen
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
    disputed_groups: str = ""
    """The groups, such as "sg-a or sg-b", if two answers give different ones."""


@frozen
class Callback:
    """The ends of a connection that the cluster opens to the resource group."""

    sources: tuple[Source, ...]
    """Nodes that open it, by vSwitch and security groups. `ranges` are their addresses."""
    target: Source
    """The network of the resource group. A task may have any of its addresses."""


@frozen
class AssumedPort:
    """A port that no file of the case decides, because the file that does is not there."""

    why: str
    """One clause: which file is missing, and what is taken in its place."""
    needs: str
    """What settles it, as a noun phrase."""


@frozen
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
    """required or optional."""
    why: str
    """One clause: why it is needed."""
    origin: Origin
    """The line that names the endpoint."""
    realm: str | None = None
    """Kerberos realm of a KDC. None for other services."""
    assumed: str | None = None
    """Why the service is expected on this host, if it may be on another candidate instead. None if
    a file names the host."""
    assumed_port: AssumedPort | None = None
    """Why its port is assumed. None if a file of the case decides it."""
    last_port: int | None = None
    """Last port of a range, of which a job takes any one. None if there is one port."""
    during_jobs: bool = False
    """True if something listens there only while a job runs. Then the rules alone decide, and no
    packet is sent."""
    callback: Callback | None = None
    """Both ends if the cluster connects to the resource group. None for every other flow."""
    spare_of: str | None = None
    """Host of the KDC that clients ask in place of this one, which fails. None for every other
    flow. See `scene.spare_kdcs`."""

    @property
    def counts(self) -> bool:
        """Return True if what stops it is told: it is required, or a KDC that may be needed one
        day."""
        return self.need != "optional" or self.spare_of is not None

    @property
    def ports(self) -> Range:
        """First and last port."""
        return self.endpoint.port, self.last_port or self.endpoint.port

    @property
    def port_text(self) -> str:
        """ "8020", or "50100-50102" for a range."""
        first, last = self.ports
        return f"{first}-{last}" if last > first else str(first)


@frozen
class FlowPlan:
    """All flows of a case."""

    flows: tuple[Flow, ...]
    """The flows."""
    skipped: tuple[Skipped, ...] = ()
    """What could not be turned into a flow. `needs` is "" if the connection does not apply to this
    cluster."""
    bad_settings: tuple[BadSetting, ...] = ()
    """Settings through which no client gets to a service."""
