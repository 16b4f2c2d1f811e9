"""The words of a finding, made from the flows and rules it rests on: for a reader who does not know the code.

One function for one code, each from `Told` to `Words`.
"""

from __future__ import annotations

from collections.abc import Callable

from diagnose.findings.wording import hosts, kdc, names, network_acl, node_records, path, routes, security_group
from diagnose.findings.wording.phrases import Told, Words

__all__ = ["WORDINGS", "Told", "Words", "words"]


def words(code: str, told: Told) -> Words:
    """The wording of this code. KeyError for a code that no check concludes."""
    return WORDINGS[code](told)


WORDINGS: dict[str, Callable[[Told], Words]] = {
    "SG-KDC-UDP": security_group.kdc_udp,
    "SG-KDC-TCP": security_group.kdc_tcp,
    "SG-KDC-PORT": security_group.kdc_port,
    "SG-DIRECTION": security_group.direction,
    "SG-SOURCE": security_group.source,
    "SG-WRONG-GROUP": security_group.wrong_group,
    "SG-SHADOWED": security_group.shadowed,
    "SG-PROTO": security_group.proto,
    "SG-ENTERPRISE": security_group.enterprise,
    "SG-GROUPREF": security_group.group_ref,
    "SG-SVC": security_group.service,
    "SG-DATANODE": security_group.datanode,
    "SG-RG-EGRESS": security_group.rg_egress,
    "SG-UNRESOLVED": security_group.unresolved,
    "NACL-IN": network_acl.inbound,
    "NACL-RETURN": network_acl.reply,
    "NACL-EPHEMERAL": network_acl.ephemeral,
    "KDC-EXTERNAL": kdc.external,
    "KDC-FIRST-DEAD": kdc.first_dead,
    "KDC-ASYM-SRC": kdc.asymmetric,
    "KDC-BIND": node_records.bind,
    "KDC-RESET": kdc.reset,
    "KDC-DOWN": kdc.kdc_down,
    "KDC-PORT": kdc.kdc_moved,
    "KDC-UDP-OFF": kdc.kdc_half,
    "KDC-TCP-OFF": kdc.kdc_half,
    "KDC-NOT-KRB": kdc.not_kerberos,
    "KDC-TCP-HOLE": kdc.tcp_hole,
    "SVC-BIND": node_records.bind,
    "SVC-DOWN": hosts.service_down,
    "FW-OS-REJECT": hosts.os_reject,
    "FW-OS-DROP": hosts.os_drop,
    "FW-VPC": path.appliance,
    "NET-ROUTE": routes.forward,
    "NET-WRONG-VPC": routes.wrong_vpc,
    "RET-ROUTE": routes.backward,
    "NET-OVERLAP": routes.overlap,
    "NET-SNAT": routes.translated,
    "NET-NODE-GONE": routes.gone,
    "HMS-EXTERNAL": routes.metastore,
    "NET-MTU-TCP": path.mtu,
    "DNS-NX-KDC": names.unknown,
    "DNS-CLUSTER-NAME": names.unknown,
    "DNS-TIMEOUT": names.resolver,
    "DNS-STALE-IP": names.stale,
    "DNS-LOOPBACK": names.loopback,
    "DNS-NO-PTR": names.no_reverse,
    "DNS-PTR-OTHER": names.other_reverse,
    "DNS-CANON": names.short_first,
    "DNS-IP-URL": names.address_in_url,
    "DNS-ALIAS": names.alias,
    "DN-HOSTNAME": names.datanode,
}
