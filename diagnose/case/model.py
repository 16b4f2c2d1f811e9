"""What is a case? Frozen values, each as a file states it. None means that no file states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from diagnose.case.dataworks import IdentityMappings, Registered, WorkspaceMember
from diagnose.case.derived import Derived
from probes.frozen import frozen

if TYPE_CHECKING:
    from diagnose.case.cloud_state import CloudState
    from diagnose.case.expectation import Expectation
    from diagnose.case.faults import Conflict, Fault, Misread
    from diagnose.case.redacted import Addresses
    from diagnose.case.waiver import Waiver
    from probes.files.hadoopconf import Configuration
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.discovery import DiscoveredServer
    from probes.files.krb5conf.sources import Sources
    from probes.names.hosts import HostsFile
    from probes.observation import Observation
    from probes.origin import Origin
    from probes.rules.network_acl import Acl
    from probes.rules.routes import RouteTable
    from probes.rules.security_group import Group


@frozen
class Input:
    """One file that was read."""

    file: str
    """Path inside the case."""
    kind: str
    """"krb5.conf", "hdfs-site.xml", "ecs:DescribeSecurityGroupAttribute" …, as CONTRACT
    names them."""
    sha256: str
    """Hash of the content, in hex."""


@frozen
class Skipped:
    """Something that was not checked."""

    check: str
    """What was not checked."""
    cause: str
    """Why."""
    needs: str
    """What would make the check possible. Empty if nothing would."""
    hides: bool = False
    """True if something required may be among what was not read."""
    kind: str | None = None
    """Kind of the file of the case that was not read, or not wholly, as in `Input.kind`. None if it
    is no file."""
    error_code: str = ""
    """Code of the error with which an API answered the call. "" unless that is the cause."""
    ram_action: str = ""
    """RAM action that the caller of that API lacks. "" if it is not known."""
    about: Literal["nodes", "instances", "networks", "settings"] | None = None
    """List that may not be whole because of it: nodes, component instances, networks of the
    resource group, or settings (of the file of this `kind`, or of ListApplicationConfigs)."""


@frozen
class Cluster:
    """The EMR cluster."""

    id: str | None = None
    """"c-0a1b2c3d4e5f6071"."""
    name: str | None = None
    """Name in the EMR console."""
    type: str | None = None
    """DATALAKE, CUSTOM, HADOOP …"""
    release: str | None = None
    """"EMR-5.18.1"."""
    region: str | None = None
    """"cn-hangzhou"."""
    account: str | None = None
    """Id of the account that owns the cluster."""
    deploy_mode: str | None = None
    """HA or NORMAL."""
    security_mode: str | None = None
    """KERBEROS or NORMAL."""
    ldap: bool | None = None
    """True if engines authenticate by LDAP."""
    metadata: str | None = None
    """Where the Hive metadata is: DLF, RDS, LOCAL."""
    vpc: str | None = None
    """Id of the VPC."""
    security_group: str | None = None
    """Id of the security group that every node has."""
    changed_at: str | None = None
    """When a service's configuration was changed, or a component upgraded, last. ISO 8601, in UTC
    if the file names a zone."""


@frozen
class SecondInterface:
    """A further network interface of a node, at one of its addresses."""

    address: str
    """Private address."""
    security_groups: tuple[str, ...] | None
    """Ids of its groups, which filter this address instead of those of the node. None if no answer
    gives them."""
    vswitch: str | None
    """Id of its vSwitch."""


@frozen
class Node:
    """One machine of the cluster."""

    name: str
    """Name that EMR gives it: "master-1-1"."""
    address: str | None = None
    """Primary private address."""
    group: str | None = None
    """MASTER, CORE or TASK."""
    vswitch: str | None = None
    """Id of the vSwitch."""
    security_groups: tuple[str, ...] | None = None
    """Ids of the groups on its interface. None if no file states them."""
    hostnames: tuple[str, ...] = ()
    """Other names of the machine."""
    components: tuple[str, ...] = ()
    """Names from ListComponentInstances: "NameNode", "HiveServer"."""
    origin: Origin | None = None
    """Where the node was read from."""
    assumed: str | None = None
    """What `security_groups` assumes because no answer about the interface is there. None if
    nothing is assumed."""
    beside: tuple[str, ...] = ()
    """Other addresses of its interface, secondary and IPv6 ones."""
    second: tuple[SecondInterface, ...] = ()
    """Addresses of its further interfaces."""

    @property
    def further(self) -> tuple[str, ...]:
        """Return all addresses but the primary one, of every interface."""
        return (*self.beside, *(each.address for each in self.second))

    def second_at(self, address: str | None) -> SecondInterface | None:
        """Return the further interface that has an address. None if the first one has it."""
        return next((each for each in self.second if each.address == address), None)


@frozen
class Network:
    """One vSwitch that is bound to the resource group."""

    cidr: str | None = None
    """IPv4 block of the vSwitch."""
    ipv6_cidr: str | None = None
    """IPv6 block of the vSwitch."""
    vpc: str | None = None
    """Id of the VPC."""
    vswitch: str | None = None
    """Id of the vSwitch."""
    security_group: str | None = None
    """Id of the group on the interfaces of the resource group."""
    disputed_groups: str = ""
    """The groups, such as "sg-a or sg-b", if two answers give different ones. `security_group` is
    then None."""
    status: str | None = None
    """As DataWorks states it: "Running"."""
    origin: Origin | None = None
    """Where the network was read from."""
    stated: Origin | None = None
    """Where the status was read from. None if there as well."""


@frozen
class ResourceGroup:
    """The DataWorks resource group."""

    id: str | None = None
    """"Serverless_res_group_…"."""
    name: str | None = None
    """Name in the DataWorks console."""
    type: str | None = None
    """serverless, exclusive-scheduling …"""
    account: str | None = None
    """Id of the account that owns it."""
    networks: tuple[Network, ...] = ()
    """The vSwitches that it sends from."""


@frozen
class VSwitch:
    """One vSwitch of a VPC."""

    id: str
    """"vsw-…"."""
    vpc: str | None = None
    """Id of the VPC."""
    cidr: str | None = None
    """IPv4 block."""
    ipv6_cidr: str | None = None
    """IPv6 block."""
    acl: str | None = None
    """Id of the network ACL bound to it. "" if it has none, None if no file states it."""
    acl_doubt: str = ""
    """What says whether that ACL filters it. "" if it certainly does."""
    route_table: str | None = None
    """Id of the route table that it uses."""
    owner: str | None = None
    """Id of the account that owns it. None for one that an account shares with others."""
    origin: Origin | None = None
    """The answer that it was read from. None if only case.toml states it."""


@frozen
class Text:
    """A log, or the output of a command on a node."""

    kind: str
    """"log", "log:kdc", "ss.txt", "iptables.txt" …"""
    file: str
    """Path inside the case."""
    text: str = field(repr=False)
    """Content. Bytes that are no UTF-8 are replaced."""
    first_line: int = 1
    """Number of its first line. More than 1 if only the end of a log was kept."""
    is_whole: bool = False
    """True if `collect` saved all that a command wrote, so that an empty text means that there is
    nothing. False if a person saved it: a command that fails leaves an empty file too."""


@frozen
class Workspace:
    """The DataWorks workspace."""

    id: str | None = None
    """Its number in DataWorks. It picks one of several in the answers."""
    owner: str | None = None
    """Id of the Alibaba Cloud account that it belongs to."""
    among: tuple[str, ...] = ()
    """Ids of the workspaces in the answers, if nothing says which one is meant."""
    mode: str | None = None
    """standard or basic."""
    environment: str | None = None
    """dev or prod."""
    busy_hours: tuple[str, ...] | None = None
    """When tasks run that must not fail, each as "08:00-20:00", local time. None if no file states
    them."""
    clusters: int | None = None
    """How many EMR clusters are, or will be, registered with it, both environments together."""


@frozen
class Registration:
    """What the registration form in DataWorks states."""

    display_name: str | None = None
    """Name of the cluster in DataWorks."""
    pass_proxy_user: bool | None = None
    """True if the proxy user is passed to the engines."""
    operator: str | None = None
    """Who registers the cluster: account, RAM user …"""
    default_access_identity: str | None = None
    """hadoop, task-owner, account or ram-user."""
    policies: tuple[str, ...] | None = None
    """RAM policies of the operator. None if no file states them."""
    roles: tuple[str, ...] | None = None
    """Workspace roles of the operator. None if no file states them."""
    other_names: tuple[str, ...] | None = None
    """Display names of the other clusters in DataWorks. None if no file states them."""
    registered_by: tuple[str, ...] | None = None
    """Ids of the accounts with whose workspaces the cluster is registered already. None if no file
    states them."""
    uid: str | None = None
    """UID of the account that owns the cluster, as the form for another account has it."""
    ram_role: str | None = None
    """RAM role of that account through which DataWorks reaches the cluster."""
    role_trusts: tuple[str, ...] | None = None
    """Principals in the trust policy of that role. None if no file states them."""
    identity_mapping: bool | None = None
    """True if identities are mapped one by one."""
    cluster_account: str | None = None
    """Account of the cluster to which the default access identity is mapped."""
    proxied_users: tuple[str, ...] = ()
    """Users whom proxy user information names, as the cluster knows them."""
    initialized_at: str | None = None
    """When the resource group was initialized last. ISO 8601, in UTC if the file names a zone.
    "never" if it was not."""
    initialize_at: str | None = None
    """When the next initialization is planned. ISO 8601 without zone, on the clock of
    `Workspace.busy_hours`."""
    engines: tuple[str, ...] | None = None
    """Engines that will be used, in lower case. None if no file states them."""


@frozen
class SettingChange:
    """When a setting of a service was changed last."""

    file: str
    """Canonical name of its file: "core-site.xml"."""
    key: str
    """Its key."""
    at: datetime
    """The time, in UTC."""
    origin: Origin
    """Where the answer states it."""


@frozen
class StatedValue:
    """A value that an answer gives for a key of case.toml."""

    table: str
    """Table of the key: "workspace" or "cluster"."""
    key: str
    """The key: "mode"."""
    value: str
    """The value as case.toml spells it."""
    origin: Origin
    """Where the answer states it."""


@frozen
class Recorded:
    """One observation of an earlier run."""

    flow: str
    """Id of the flow."""
    observation: Observation
    """What was seen."""
    origin: Origin | None = field(default=None, compare=False)
    """Where it was read. None if it was made here."""


@frozen
class FoundKdcs:
    """What DNS answered for one realm without a kdc line."""

    mit: tuple[DiscoveredServer, ...] = ()
    """Servers that libkrb5 tries, in order."""
    jdk: tuple[DiscoveredServer, ...] = ()
    """Servers that the JDK tries, in order."""
    error: str | None = None
    """Why DNS gave no answer. None if it gave one, also an empty one."""


@frozen
class Case:
    """All that is known of one cluster and one resource group."""

    name: str
    """Name of the directory or archive."""
    cluster: Cluster = field(default_factory=Cluster)
    """The EMR cluster."""
    nodes: tuple[Node, ...] = ()
    """Its machines."""
    resource_group: ResourceGroup = field(default_factory=ResourceGroup)
    """The DataWorks resource group."""
    workspace: Workspace = field(default_factory=Workspace)
    """The DataWorks workspace."""
    registration: Registration = field(default_factory=Registration)
    """The registration form."""
    krb5: Profile | None = None
    """The krb5.conf with its includes. None if there is none, or if libkrb5 refuses it."""
    krb5_refused: Sources | None = None
    """The krb5.conf that libkrb5 refuses, with what it includes. None if it reads it."""
    settings: Mapping[str, Configuration] = field(default_factory=dict)
    """Settings by canonical file name: "core-site.xml", "spark-defaults.conf",
    "kyuubi-defaults.conf", "presto/config.properties", "trino/config.properties",
    "spark-env.sh", "zoo.cfg" … Files and ListApplicationConfigs are overlaid already."""
    disputed_settings: frozenset[str] = frozenset()
    """Keys that two answers give differently and no file gives. They are not in `settings`."""
    file_settings: Mapping[str, Configuration] = field(default_factory=dict)
    """Settings of the files alone, by canonical file name. A file is what is uploaded to
    DataWorks."""
    listed_settings: Mapping[str, Configuration] = field(default_factory=dict)
    """Settings of ListApplicationConfigs alone, by canonical file name, without those that two
    answers give differently."""
    setting_changes: tuple[SettingChange, ...] = ()
    """When settings were changed last, the newest first."""
    hosts: HostsFile | None = None
    """The hosts file."""
    vswitches: Mapping[str, VSwitch] = field(default_factory=dict)
    """vSwitches by id."""
    security_groups: Mapping[str, Group] = field(default_factory=dict)
    """Security groups by id."""
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Private address -> ids of the security groups on its interface, for every known interface or
    instance."""
    disputed: frozenset[str] = frozenset()
    """Private addresses to which two answers give different security groups."""
    network_acls: Mapping[str, Acl] = field(default_factory=dict)
    """Network ACLs by id."""
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    """Route tables by id."""
    texts: tuple[Text, ...] = ()
    """Logs, and output of commands on nodes."""
    recorded: tuple[Recorded, ...] = ()
    """Observations of an earlier run."""
    addresses: Addresses = "own"
    """Whose they are. Nothing is sent to them unless they are the cluster's own."""
    inputs: tuple[Input, ...] = ()
    """The files that were read."""
    skipped: tuple[Skipped, ...] = ()
    """What was not read or not checked."""
    states: tuple[CloudState, ...] = ()
    """States that the cloud gives for cluster, nodes, components and resource group."""
    conflicts: tuple[Conflict, ...] = ()
    """Inputs that contradict each other."""
    stated: tuple[StatedValue, ...] = ()
    """Values of the workspace and the registration that an answer gives."""
    registered: Registered = field(default_factory=Registered)
    """Computing resources of DataWorks, such as registered clusters."""
    mappings: IdentityMappings | None = None
    """Which users are mapped to accounts of the cluster. None if no answer says it."""
    workspace_members: tuple[WorkspaceMember, ...] | None = None
    """Who may work in the workspace. None if no answer lists all of them."""
    found_kdcs: Mapping[str, FoundKdcs] = field(default_factory=dict)
    """What DNS answered in a live check, by realm, for realms that krb5.conf leaves to DNS."""
    faults: tuple[Fault, ...] = ()
    """Files of the cluster that are refused."""
    misread: tuple[Misread, ...] = ()
    """API answers that are not read. The case is judged without them."""
    deny: tuple[Expectation, ...] = ()
    """Connections that must stay denied."""
    waivers: tuple[Waiver, ...] = ()
    """Findings that are accepted for a time."""
    derived: Derived = field(default_factory=dict, init=False, repr=False, compare=False)
    """What follows from this case. See `diagnose.case.derived`."""

    @property
    def has_logs(self) -> bool:
        """Return True if the case has a log of any program."""
        return any(text.kind.startswith("log") for text in self.texts)
