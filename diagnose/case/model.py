"""The case: frozen values only, each as a file said it; None means that no file said it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from probes.files.hadoopconf import Configuration
    from probes.files.krb5conf import Profile
    from probes.names.hosts import HostsFile
    from probes.observation import Observation
    from probes.origin import Origin
    from probes.rules.network_acl import Acl
    from probes.rules.routes import RouteTable
    from probes.rules.security_group import Group


@dataclass(frozen=True, slots=True)
class Input:
    """One file that was read: kind as in CONTRACT ("krb5.conf", "hdfs-site.xml", "ecs:DescribeSecurityGroupAttribute" …), sha256 in hex."""

    file: str
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not checked, why, and what would make it possible. hides: something required may be among it."""

    check: str
    cause: str
    needs: str
    hides: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """type: DATALAKE, CUSTOM, HADOOP …; release: "EMR-5.18.1"; deploy_mode: HA or NORMAL; security_mode: KERBEROS or NORMAL."""

    id: str | None = None
    name: str | None = None
    type: str | None = None
    release: str | None = None
    region: str | None = None
    account: str | None = None
    deploy_mode: str | None = None
    security_mode: str | None = None
    ldap: bool | None = None
    metadata: str | None = None
    vpc: str | None = None
    security_group: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """name: as EMR calls it ("master-1-1"); group: MASTER, CORE or TASK; hostnames: other names of the same machine;
    beside: the other addresses of its interface, secondary and IPv6 ones;
    security_groups: ids on its interface, None where no file says; components: names from ListComponentInstances ("NameNode", "HiveServer");
    assumed: what `security_groups` takes for granted because no answer of its interface is there, None where nothing is."""

    name: str
    address: str | None = None
    group: str | None = None
    vswitch: str | None = None
    security_groups: tuple[str, ...] | None = None
    hostnames: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    origin: Origin | None = None
    assumed: str | None = None
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """One vSwitch bound to the resource group. cidr: IPv4, ipv6_cidr: IPv6 block of the vSwitch; status: as DataWorks says ("Running")."""

    cidr: str | None = None
    ipv6_cidr: str | None = None
    vpc: str | None = None
    vswitch: str | None = None
    security_group: str | None = None
    status: str | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    """type: serverless, exclusive-scheduling …"""

    id: str | None = None
    name: str | None = None
    type: str | None = None
    account: str | None = None
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class VSwitch:
    """acl: id of the network ACL bound to it, "" for none, None where no file says; route_table: id of the one that it uses."""

    id: str
    vpc: str | None = None
    cidr: str | None = None
    ipv6_cidr: str | None = None
    acl: str | None = None
    route_table: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A log, or what a command printed on a node. kind: "log", "ss.txt" or "iptables.txt"; text: undecodable bytes replaced."""

    kind: str
    file: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Workspace:
    mode: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registration form says. engines: lower-case names, None where nobody said which engines are wanted."""

    display_name: str | None = None
    pass_proxy_user: bool | None = None
    operator: str | None = None
    default_access_identity: str | None = None
    policies: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    identity_mapping: bool | None = None
    initialized_at: str | None = None
    engines: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """One observation of an earlier run, tied to its flow id."""

    flow: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class Case:
    """name: of the directory or archive; settings: Hadoop-style files by canonical name ("core-site.xml", "spark-defaults.conf",
    "kyuubi-defaults.conf", "presto/config.properties", "trino/config.properties", "spark-env.sh", "zoo.cfg" …), XML files and
    ListApplicationConfigs already overlaid; krb5: the krb5.conf with its includes, None if there is none."""

    name: str
    cluster: Cluster = field(default_factory=Cluster)
    nodes: tuple[Node, ...] = ()
    resource_group: ResourceGroup = field(default_factory=ResourceGroup)
    workspace: Workspace = field(default_factory=Workspace)
    registration: Registration = field(default_factory=Registration)
    krb5: Profile | None = None
    settings: Mapping[str, Configuration] = field(default_factory=dict)
    hosts: HostsFile | None = None
    vswitches: Mapping[str, VSwitch] = field(default_factory=dict)
    security_groups: Mapping[str, Group] = field(default_factory=dict)
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Private address -> ids of the security groups on its interface, for every interface or instance the case knows."""
    network_acls: Mapping[str, Acl] = field(default_factory=dict)
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    texts: tuple[Text, ...] = ()
    recorded: tuple[Recorded, ...] = ()
    inputs: tuple[Input, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A file of the cluster's own that cannot be read as what it is: the cluster's fault, so a finding, not an error of ours. kind as in Input."""

    kind: str
    file: str
    line: int | None
    found: str
    expected: str
