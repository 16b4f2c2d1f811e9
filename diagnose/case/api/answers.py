"""What do ECS and VPC answer? One Struct for each answer that is read, with the fields that are
used.

Field names are the wire names in snake case. Before these types see an answer, `spelling` maps
every known spelling to them, drops nulls and unwraps lists (`{"Permissions": {"Permission":
[…]}}`). An empty string means "not set", as in the APIs.

Shapes: SDKs ecs 2014-05-26 and vpc 2016-04-28. `cluster_answers` has those of EMR and DataWorks.

Annotations are no texts here and there (`from __future__ import annotations`): msgspec would
compile each of them, for every class that inherits it.
"""

from typing import Annotated

from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1)]


class Wire(Struct, frozen=True, kw_only=True, rename="pascal"):
    """Base of all answers. Unknown fields are ignored, because these answers have grown over the
    years."""


class AnswerPage(Wire, frozen=True, kw_only=True):
    """The paging fields, of which an answer has some. `next_token` is empty on the last page.

    `region_id` is the region that was asked, "" if the answer does not repeat it.
    """

    next_token: str = ""
    total_count: int | None = None
    page_number: int | None = None
    page_size: int | None = None
    region_id: str = ""


class Permission(Wire, frozen=True, kw_only=True):
    """One rule of DescribeSecurityGroupAttribute, as text.

    `priority` is a string in the reference, but answers hold integers too.
    """

    security_group_rule_id: str = ""
    direction: str = ""
    ip_protocol: str = ""
    policy: str = ""
    priority: int | str = ""
    port_range: str = ""
    port_range_list_id: str = ""
    source_port_range: str = ""
    source_cidr_ip: str = ""
    ipv6_source_cidr_ip: str = ""
    source_group_id: str = ""
    source_group_owner_account: str = ""
    source_prefix_list_id: str = ""
    dest_cidr_ip: str = ""
    ipv6_dest_cidr_ip: str = ""
    dest_group_id: str = ""
    dest_group_owner_account: str = ""
    dest_prefix_list_id: str = ""
    nic_type: str = ""
    description: str = ""
    create_time: str = ""


class SecurityGroupAttribute(AnswerPage, frozen=True, kw_only=True):
    """ecs DescribeSecurityGroupAttribute."""

    security_group_id: Id
    security_group_name: str = ""
    vpc_id: str = ""
    inner_access_policy: str = ""
    permissions: tuple[Permission, ...]


class SecurityGroup(Wire, frozen=True, kw_only=True):
    security_group_id: Id
    security_group_name: str = ""
    security_group_type: str = ""
    vpc_id: str = ""
    service_managed: bool = False
    service_id: int | str = ""
    rule_count: int | None = None


class SecurityGroups(AnswerPage, frozen=True, kw_only=True):
    """ecs DescribeSecurityGroups."""

    security_groups: tuple[SecurityGroup, ...]


class PrivateIp(Wire, frozen=True, kw_only=True):
    private_ip_address: str = ""


class Ipv6Address(Wire, frozen=True, kw_only=True):
    ipv6_address: str = ""


class NetworkInterface(Wire, frozen=True, kw_only=True):
    """One interface, in DescribeNetworkInterfaces and inside DescribeInstances.

    `security_group_ids` is None if the answer leaves it out.
    """

    network_interface_id: str = ""
    instance_id: str = ""
    private_ip_address: str = ""
    private_ip_sets: tuple[PrivateIp, ...] = ()
    ipv6_sets: tuple[Ipv6Address, ...] = ()
    security_group_ids: tuple[Id, ...] | None = None
    vswitch_id: str = ""
    vpc_id: str = ""
    status: str = ""


class NetworkInterfaces(AnswerPage, frozen=True, kw_only=True):
    """ecs DescribeNetworkInterfaces."""

    network_interface_sets: tuple[NetworkInterface, ...]


class VpcAttributes(Wire, frozen=True, kw_only=True):
    vpc_id: str = ""
    vswitch_id: str = ""
    private_ip_address: tuple[str, ...] = ()


class Instance(Wire, frozen=True, kw_only=True):
    instance_id: str = ""
    host_name: str = ""
    status: str = ""
    security_group_ids: tuple[Id, ...] | None = None
    vpc_attributes: VpcAttributes = VpcAttributes()


class Instances(AnswerPage, frozen=True, kw_only=True):
    """ecs DescribeInstances."""

    instances: tuple[Instance, ...]


class CidrEntry(Wire, frozen=True, kw_only=True):
    cidr: Id


class PrefixListAttributes(AnswerPage, frozen=True, kw_only=True):
    """ecs DescribePrefixListAttributes. The API does not page it, but a NextToken is obeyed."""

    prefix_list_id: Id
    max_entries: int | None = None
    entries: tuple[CidrEntry, ...]


class VpcPrefixEntry(CidrEntry, frozen=True, kw_only=True):
    prefix_list_id: str = ""


class VpcPrefixListEntries(AnswerPage, frozen=True, kw_only=True):
    """vpc GetVpcPrefixListEntries. An empty list does not say which list it is."""

    prefix_list_entry: tuple[VpcPrefixEntry, ...]

    @property
    def entries(self) -> tuple[VpcPrefixEntry, ...]:
        """The entries, under the name that a prefix list of ECS gives them."""
        return self.prefix_list_entry


class PortEntry(Wire, frozen=True, kw_only=True):
    port_range: Id


class PortRangeListEntries(AnswerPage, frozen=True, kw_only=True):
    """ecs DescribePortRangeListEntries.

    The answer lacks the id of its list. An id that was added by hand is read.
    """

    port_range_list_id: str = ""
    entries: tuple[PortEntry, ...]


class UsedTable(Wire, frozen=True, kw_only=True):
    route_table_id: str = ""


class VSwitchAttributes(Wire, frozen=True, kw_only=True):
    """vpc DescribeVSwitchAttributes, and one element of DescribeVSwitches.

    `network_acl_id` is "" if there is none, and None if the answer leaves it out.
    """

    vswitch_id: Id
    vpc_id: str = ""
    cidr_block: str = ""
    ipv6_cidr_block: str = ""
    network_acl_id: str | None = None
    route_table: UsedTable = UsedTable()
    status: str = ""
    owner_id: int | str = ""
    share_type: str = ""


class VSwitches(AnswerPage, frozen=True, kw_only=True):
    """vpc DescribeVSwitches."""

    vswitches: tuple[VSwitchAttributes, ...]


class AclEntryAnswer(Wire, frozen=True, kw_only=True):
    network_acl_entry_id: str = ""
    network_acl_entry_name: str = ""
    description: str = ""
    policy: Id
    protocol: Id
    port: str = ""
    source_cidr_ip: str = ""
    destination_cidr_ip: str = ""
    ip_version: str = ""
    entry_type: str = ""


class AclResource(Wire, frozen=True, kw_only=True):
    """One vSwitch of an ACL. `status` is BINDED, or BINDING or UNBINDING while that changes."""

    resource_id: str = ""
    resource_type: str = ""
    status: str = ""


class NetworkAclAttribute(Wire, frozen=True, kw_only=True):
    """One network ACL. A list of entries is None if the answer leaves it out; it may
    also be empty. `status` is Available, or Modifying while its entries change."""

    network_acl_id: Id
    status: str = ""
    region_id: str = ""
    vpc_id: str = ""
    resources: tuple[AclResource, ...] = ()
    ingress_acl_entries: tuple[AclEntryAnswer, ...] | None = None
    egress_acl_entries: tuple[AclEntryAnswer, ...] | None = None


class NetworkAclAttributes(Wire, frozen=True, kw_only=True):
    """vpc DescribeNetworkAclAttributes."""

    network_acl_attribute: NetworkAclAttribute


class RouteTableSummary(Wire, frozen=True, kw_only=True):
    """One table. `vswitch_ids` are the vSwitches that are bound to it. `status` is Available, or
    Pending while that changes."""

    route_table_id: Id
    status: str = ""
    vpc_id: str = ""
    vswitch_ids: tuple[str, ...] = ()


class RouteTableList(AnswerPage, frozen=True, kw_only=True):
    """vpc DescribeRouteTableList."""

    router_table_list: tuple[RouteTableSummary, ...]


class NextHopRelated(Wire, frozen=True, kw_only=True):
    """The object behind a next hop: the instance of a router interface or of an attachment."""

    instance_id: str = ""


class NextHop(Wire, frozen=True, kw_only=True):
    """One next hop. `enabled` is 1 or 0. `weight` is 0 for the standby of a pair."""

    next_hop_id: str = ""
    next_hop_type: str = ""
    enabled: int | None = None
    weight: int | None = None
    next_hop_related_info: NextHopRelated = NextHopRelated()


class RouteEntry(Wire, frozen=True, kw_only=True):
    """One route.

    `next_hop_id` and `next_hop_type` are of an answer without NextHops, such as
    DescribeRouteTables. `origin` is the source of a propagated entry.
    """

    route_table_id: str = ""
    destination_cidr_block: Id
    status: str = ""
    type: str = ""
    origin: str = ""
    next_hop_id: str = ""
    next_hop_type: str = ""
    next_hops: tuple[NextHop, ...] = ()


class RouteEntryList(AnswerPage, frozen=True, kw_only=True):
    """vpc DescribeRouteEntryList."""

    route_entrys: tuple[RouteEntry, ...]
