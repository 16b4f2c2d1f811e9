"""What is a suggested change, as a typed value?

A rule to add is a `SuggestedRule`. Every other change is one of `Edit`, which the emitters read.
`SuggestedEdit` is the same change in the words of the report; it is made last, by `wording.py`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

RECOMMENDED = 1
"""Number of the option of a finding that the report recommends. Its others are alternatives."""

Direction = Literal["ingress", "egress"]
EditObject = Literal[
    "security-group",
    "security-group-rule",
    "network-acl",
    "krb5.conf",
    "hadoop-conf",
    "hosts",
    "service",
    "route",
    "resource-group",
]
EditAction = Literal["add", "remove", "replace", "narrow", "reprioritise", "set", "start"]
ConfigFile = Literal["krb5.conf", "hadoop-conf"]
RuleAction = Literal["remove", "narrow", "reprioritise"]
Reason = Literal[
    "no-ptr",
    "ptr-other",
    "canonical-name",
    "refused-name",
    "no-address",
    "stale-address",
    "loopback-address",
    "principal-name",
    "libkrb5-name",
    "datanode-names",
    "kdc-port",
    "usual-kdc-port",
    "usual-port",
    "service-port",
    "tcp-first",
    "leads-nowhere",
    "leads-nowhere-unset",
    "name-rules",
    "renewer",
    "proxy-user",
    "acting-users",
    "acting-hosts",
    "same-protection",
    "refused-value",
    "same-login",
]
"""Why a line of a file has to change."""

RULE_ID = "sgr-"
"""How ECS begins the id of a rule. A rule that was exported without one has an id of ours, which no
call may send."""


class FindingRef(Struct, frozen=True):
    """The finding that a change repairs."""

    code: str
    """Its code."""
    rank: int
    """Place of the finding in the report, from 1."""


class SuggestedRule(Struct, frozen=True):
    """One accept rule to add to a security group.

    All entries of one option of one finding together are one repair.
    """

    finding: FindingRef
    """The finding that the rule repairs."""
    option: int
    """Number of the repair among those of its finding, from 1."""
    security_group_id: str
    """Group that takes the rule."""
    direction: Direction
    """Side of the group's interfaces that the rule is about."""
    policy: Literal["accept"]
    """What the rule does with packets."""
    ip_protocol: Literal["TCP", "UDP"]
    """Transport protocol."""
    port_range: str
    """First and last destination port, as ECS writes them: "88/88"."""
    source_cidr_ip: str | None
    """Block that packets come from, IPv4 or IPv6. None for an egress rule."""
    dest_cidr_ip: str | None
    """Block that packets go to, IPv4 or IPv6. None for an ingress rule."""
    priority: int
    """1 to 100; the smallest number is tried first."""
    description: str
    """Text that the security group keeps beside the rule, at most 512 characters."""
    fixes: list[str]
    """Ids of the flows that need the rule."""

    @property
    def peer(self) -> str | None:
        """Return the block at the other end: where packets come from, or where they go to."""
        return self.source_cidr_ip if self.direction == "ingress" else self.dest_cidr_ip


class SuggestedEdit(Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """One change of something that exists, in words."""

    finding: FindingRef
    """The finding that the edit repairs."""
    option: int
    """Number of the repair among those of its finding, from 1."""
    object: EditObject
    """Kind of thing that changes."""
    id: str
    """Which one: the id of a rule, list, table or resource group, or a place in a file."""
    action: EditAction
    """What to do with it."""
    before: str | None
    """What it says now; "from" in JSON. None if nothing of it is there."""
    after: str | None
    """What it has to say; "to" in JSON. None if it is removed."""
    why: str
    """Why this change helps."""
    fixes: list[str]
    """Ids of the flows that need the edit."""


class _Edit(Struct, frozen=True):
    finding: FindingRef
    """The finding that the edit repairs."""
    option: int
    """Number of the repair among those of its finding, from 1."""
    fixes: list[str]
    """Ids of the flows that need the edit."""


class RuleFields(Struct, frozen=True):
    """One rule of a security group, in the spelling of the ECS API."""

    policy: Literal["accept", "drop"]
    """What the rule does with packets."""
    protocol: str
    """TCP, UDP, ICMP, ICMPv6, GRE or ALL; the IANA number if ECS has no name for it."""
    port_ranges: list[str]
    """Destination ports, each as "88/88"; "-1/-1" is every port. Empty if a list names them."""
    peers: list[str]
    """Blocks at the other end, IPv4 or IPv6. Empty if the rule names a group, a list or nothing."""
    priority: int
    """1 to 100; the smallest number is tried first."""
    words: str
    """The whole rule in one clause, for people."""
    port_list: str | None = None
    """Id of the list that names the ports. None if the rule names ports."""
    peer_list: str | None = None
    """Id of the prefix list at the other end. None if there is none."""
    peer_group: str | None = None
    """Id of the security group at the other end. None if there is none."""
    peer_account: str | None = None
    """Account that owns that group. None if the rule does not name one."""
    near: list[str] = []
    """Blocks on the side of the group itself. Empty if the rule names none."""
    source_ports: list[str] = []
    """Ports of the client, each as "1024/65535". Empty if the rule does not limit them."""
    description: str = ""
    """Text of the user. "" if there is none."""


class RuleEdit(_Edit, frozen=True, tag_field="kind", tag="security-group-rule"):
    """A change of one rule of a security group."""

    group: str
    """Security group that holds the rule."""
    rule: str
    """Id of the rule."""
    direction: Direction
    """Side of the group's interfaces that the rule is about."""
    action: RuleAction
    """What to do with the rule."""
    before: RuleFields
    """The rule as it is."""
    after: RuleFields | None
    """The rule as it has to be. None if it is removed."""


class FurtherGroup(_Edit, frozen=True, tag_field="kind", tag="security-group"):
    """A new security group for interfaces whose own groups take no rule."""

    name: str
    """Name to give it. Its rules have it in place of an id, which only its creation gives."""
    type: Literal["normal", "enterprise"]
    """Type of the groups that the interfaces are in: an interface mixes none."""
    vpc: str | None
    """VPC of the interfaces. None if the case does not say it."""
    rules: list[SuggestedRule]
    """All its rules."""
    nodes: list[str]
    """Nodes whose primary interface has to join it: "master-1-1 (192.168.20.11)"."""


class AclEntry(Struct, frozen=True):
    """One entry of a network ACL, in the spelling of the VPC API."""

    id: str | None
    """Id of an entry that exists. None for a new one."""
    policy: Literal["accept", "drop"]
    """What the entry does with packets."""
    protocol: Literal["TCP", "UDP", "ICMP", "ICMPv6", "GRE", "ALL"] | None
    """Protocol. None if the API has no name for it."""
    port_range: str | None
    """Destination ports, as "88/88"; "-1/-1" is every port. None if one entry cannot hold them."""
    peer: str | None
    """Block, or id of a prefix list, at the other end. None if one entry cannot hold it."""
    words: str
    """The whole entry in one clause, for people."""
    name: str = ""
    """Name that people gave it. "" if it has none."""
    description: str = ""
    """Text of the user. "" if there is none."""
    is_ipv6: bool = False
    """True if its block, or the blocks of its list, are of IPv6."""


class AclEdit(_Edit, frozen=True, tag_field="kind", tag="network-acl"):
    """A new list of entries for one direction of a network ACL. The API replaces the list whole."""

    acl: str
    """Id of the network ACL."""
    direction: Direction
    """Which of its two lists."""
    before: list[AclEntry]
    """Entries that people made, in the order in which they are tried now."""
    after: list[AclEntry]
    """Entries that people have to give, in the order in which they will be tried."""


class RouteEdit(_Edit, frozen=True, tag_field="kind", tag="route"):
    """An entry to add to a route table."""

    table: str
    """Id of the route table."""
    destination: str
    """Block that the entry is for."""
    hop_type: str
    """Type of the next hop, in the spelling of the VPC API: "VpcPeer"."""
    hop: str
    """Id of the next hop."""
    replaces: str | None
    """The entry of the same block that carries nothing, in words. None if there is none."""


class Rebinding(_Edit, frozen=True, tag_field="kind", tag="resource-group"):
    """A network of the resource group that has to be in another VPC."""

    resource_group: str | None
    """Id of the resource group. None if the case does not say it."""
    network: list[str]
    """The network as it is bound now: VPC, vSwitch and block, as far as they are known."""
    vpc: str
    """VPC that the network has to be bound to."""
    vswitch: str | None
    """A vSwitch of that VPC with a node of the cluster. None if the case names none."""


class FileEdit(_Edit, frozen=True, tag_field="kind", tag="file"):
    """A value to set in krb5.conf or in a Hadoop configuration file."""

    object: ConfigFile
    """Kind of file."""
    file: str | None
    """Name of the file inside the case. None if the case does not say which one."""
    line: int | None
    """Line that holds the value now, from 1. None if no line has to be there."""
    section: str | None
    """Section of krb5.conf that takes the key. None if the line is enough to find the place."""
    key: str | None
    """Key to set. None if the line has none."""
    before: str | None
    """What the value says now. None if the key is not there."""
    after: str | None
    """What the value has to say. None if the line has to go."""
    reason: Reason
    """Why the value has to change."""


class LinesEdit(_Edit, frozen=True, tag_field="kind", tag="lines"):
    """Whole lines of krb5.conf to replace, to add or to delete."""

    file: str
    """Name of the file inside the case."""
    line: int
    """First line that goes, from 1. New lines stand before it if none goes."""
    before: list[str]
    """The lines that go. Empty if lines are only added."""
    after: list[str]
    """The lines that stand in their place. Empty if lines are only deleted."""


class HostsEdit(_Edit, frozen=True, tag_field="kind", tag="hosts"):
    """A line of the hosts file, or the same record in a private zone."""

    host: str
    """Name that does not resolve as it has to."""
    before: str | None
    """What the resolver gives now. None if it gives nothing."""
    after: str
    """The line: an address, then names, the full name first."""
    reason: Reason
    """Why the line is needed."""


class ServiceStart(_Edit, frozen=True, tag_field="kind", tag="service"):
    """A service to start."""

    service: str
    """Name of the service."""
    host: str
    """Host that it has to run on."""
    is_refused: bool = True
    """False if the list of sockets of the host shows it, and no packet was sent."""


Edit = RuleEdit | FurtherGroup | AclEdit | RouteEdit | Rebinding | FileEdit | LinesEdit | HostsEdit | ServiceStart
