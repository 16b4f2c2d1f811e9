"""Every way in which a security group keeps a resource group out, each as one change to a healthy
case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .cases import CLIENT_GROUP, MASTER_PORTS, NODE_GROUP, OTHER_GROUP, LabCase, healthy, krb5_conf
from .cloud import Document, permission
from .netns import RG_CIDR

KDC_RULES = ("sgr-kdc-udp", "sgr-kdc-tcp")
SERVICE_RULES = ("sgr-datanode", *(f"sgr-{name}" for name in MASTER_PORTS))


@dataclass(frozen=True)
class Fault:
    """code: what the diagnosis has to call it; name: tells variants of one code apart."""

    code: str
    name: str
    break_: Callable[[LabCase], LabCase]

    @property
    def case(self) -> LabCase:
        return self.break_(healthy())

    def __str__(self) -> str:
        return self.name


def _no_udp(case: LabCase) -> LabCase:
    return case.without("sgr-kdc-udp")


def _no_tcp(case: LabCase) -> LabCase:
    return case.without("sgr-kdc-tcp")


def _kdc_elsewhere(case: LabCase) -> LabCase:
    """krb5.conf and the KDC agree on 1088, the rules open 88."""
    return replace(case, files={**case.files, "krb5.conf": krb5_conf(1088)}, kdc_port=1088)


def _as_the_page_says(case: LabCase) -> LabCase:
    """Enter the vSwitch block as Destination, with everything as source because some source is
    needed.
    """
    return _each_kdc_rule(case, SourceCidrIp="0.0.0.0/0", DestCidrIp=RG_CIDR)


def _outbound(case: LabCase) -> LabCase:
    return _each_kdc_rule(case, Direction="egress", SourceCidrIp="", DestCidrIp=RG_CIDR)


def _half_of_the_block(case: LabCase) -> LabCase:
    return _each_kdc_rule(case, SourceCidrIp="192.168.10.128/25")


def _this_half_of_the_block(case: LabCase) -> LabCase:
    """Let in the host that the probe runs on, and no other of the same vSwitch."""
    return _each_kdc_rule(case, SourceCidrIp="192.168.10.0/25")


def _another_block(case: LabCase) -> LabCase:
    return _each_kdc_rule(case, SourceCidrIp="192.168.99.0/24")


def _in_another_group(case: LabCase) -> LabCase:
    moved = [rule for rule in case.rules(NODE_GROUP) if rule["SecurityGroupRuleId"] in KDC_RULES]
    return case.without(*KDC_RULES).with_rules(OTHER_GROUP, moved)


def _tied_drop(case: LabCase) -> LabCase:
    return _add(case, permission("sgr-drop", IpProtocol="UDP", PortRange="88/88", SourceCidrIp=RG_CIDR, Policy="Drop"))


def _earlier_drop(case: LabCase) -> LabCase:
    later = case.changed("sgr-kdc-udp", Priority="10")
    return _add(
        later,
        permission(
            "sgr-drop", IpProtocol="UDP", PortRange="1/1024", SourceCidrIp="0.0.0.0/0", Policy="Drop", Priority="2"
        ),
    )


def _tcp_that_should_be_udp(case: LabCase) -> LabCase:
    return case.changed("sgr-kdc-udp", IpProtocol="TCP", Description="Kerberos UDP for DataWorks")


def _enterprise(case: LabCase) -> LabCase:
    """As the console makes an enterprise group: everything may leave, nothing may enter."""
    leave = permission("sgr-leave", Direction="egress", IpProtocol="ALL", DestCidrIp="0.0.0.0/0")
    among = permission("sgr-among", IpProtocol="ALL", SourceCidrIp="192.168.20.0/24")

    def kinds(document: Document) -> None:
        for row in document["SecurityGroups"]["SecurityGroup"]:
            if row["SecurityGroupId"] == NODE_GROUP:
                row["SecurityGroupType"] = "enterprise"

    return case.with_rules(NODE_GROUP, [leave, among]).with_document("DescribeSecurityGroups.json", kinds)


def _by_group(case: LabCase) -> LabCase:
    return _each_kdc_rule(case, SourceCidrIp="", SourceGroupId=OTHER_GROUP)


def _no_services(case: LabCase) -> LabCase:
    return case.without("sgr-metastore", "sgr-hiveserver2", "sgr-namenode")


def _nothing(case: LabCase) -> LabCase:
    return case.without(*KDC_RULES, *SERVICE_RULES)


def _no_datanode(case: LabCase) -> LabCase:
    return case.without("sgr-datanode")


def _closed_at_home(case: LabCase) -> LabCase:
    """Let the resource group's own group send nothing out."""
    shut = permission(
        "sgr-shut", Direction="egress", IpProtocol="ALL", DestCidrIp="0.0.0.0/0", Policy="Drop", Priority="100"
    )
    return case.with_rules(CLIENT_GROUP, [shut])


def _add(case: LabCase, rule: Document) -> LabCase:
    return case.with_rules(NODE_GROUP, [*case.rules(NODE_GROUP), rule])


def _each_kdc_rule(case: LabCase, **fields: object) -> LabCase:
    for rule in KDC_RULES:
        case = case.changed(rule, **fields)
    return case


FAULTS = (
    # The repairs of many parts first: they take longest to go through, and others go through beside
    # them.
    Fault("SG-ENTERPRISE", "enterprise group", _enterprise),
    Fault("SG-SVC", "no rule at all", _nothing),
    Fault("SG-RG-EGRESS", "outbound drop", _closed_at_home),
    Fault("SG-KDC-UDP", "no UDP rule", _no_udp),
    Fault("SG-KDC-TCP", "no TCP rule", _no_tcp),
    Fault("SG-KDC-PORT", "another KDC port", _kdc_elsewhere),
    Fault("SG-DIRECTION", "block as destination", _as_the_page_says),
    Fault("SG-DIRECTION", "outbound rule", _outbound),
    Fault("SG-SOURCE", "the other half of the block", _half_of_the_block),
    Fault("SG-SOURCE", "this half of the block", _this_half_of_the_block),
    Fault("SG-SOURCE", "another block", _another_block),
    Fault("SG-WRONG-GROUP", "rules in another group", _in_another_group),
    Fault("SG-SHADOWED", "drop at the same priority", _tied_drop),
    Fault("SG-SHADOWED", "drop at a smaller priority", _earlier_drop),
    Fault("SG-PROTO", "TCP instead of UDP", _tcp_that_should_be_udp),
    Fault("SG-GROUPREF", "group as source", _by_group),
    Fault("SG-SVC", "three services", _no_services),
    Fault("SG-DATANODE", "DataNodes", _no_datanode),
)
