"""The words of a finding, made from the flows and rules it rests on: for a reader who does not know the code.

One function for one code, each from `Told` to `Words`.
"""

from __future__ import annotations

from collections.abc import Callable

from diagnose.findings.wording import acls, far_side, hosts, kdc, names, path, routes, rules
from diagnose.findings.wording.told import Told, Words

__all__ = ["WORDINGS", "Told", "Words", "words"]


def words(code: str, told: Told) -> Words:
    """The wording of this code. KeyError for a code that no check concludes."""
    return WORDINGS[code](told)


WORDINGS: dict[str, Callable[[Told], Words]] = {
    "SG-KDC-UDP": rules.kdc_udp,
    "SG-KDC-TCP": rules.kdc_tcp,
    "SG-KDC-PORT": rules.kdc_port,
    "SG-DIRECTION": rules.direction,
    "SG-SOURCE": rules.source,
    "SG-WRONG-GROUP": rules.wrong_group,
    "SG-SHADOWED": rules.shadowed,
    "SG-PROTO": rules.proto,
    "SG-ENTERPRISE": rules.enterprise,
    "SG-GROUPREF": rules.group_ref,
    "SG-SVC": rules.service,
    "SG-DATANODE": rules.datanode,
    "SG-RG-EGRESS": rules.rg_egress,
    "SG-UNRESOLVED": rules.unresolved,
    "NACL-IN": acls.inbound,
    "NACL-RETURN": acls.reply,
    "NACL-EPHEMERAL": acls.ephemeral,
    "KDC-EXTERNAL": kdc.external,
    "KDC-FIRST-DEAD": kdc.first_dead,
    "KDC-ASYM-SRC": kdc.asymmetric,
    "KDC-BIND": far_side.bind,
    "KDC-RESET": kdc.reset,
    "KDC-DOWN": kdc.kdc_down,
    "KDC-PORT": kdc.kdc_moved,
    "KDC-UDP-OFF": kdc.kdc_half,
    "KDC-TCP-OFF": kdc.kdc_half,
    "KDC-NOT-KRB": kdc.not_kerberos,
    "KDC-TCP-HOLE": kdc.tcp_hole,
    "SVC-BIND": far_side.bind,
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
