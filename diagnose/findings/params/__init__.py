"""Which named values does the finding of a group of blames hold?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnose.findings.blame_group import BlameGroup, common_values
from diagnose.findings.values import Params
from probes.by_name import by_name


def values_of(group: BlameGroup) -> Params:
    """Return the values that all findings share, and those of this code."""
    code = group.first.code
    if code not in SPECIAL:
        return common_values(group)
    special: Callable[[BlameGroup], Params] = by_name(__name__, SPECIAL[code])
    return {**common_values(group), **special(group)}


SPECIAL: Mapping[str, str] = {
    "SG-KDC-UDP": "security_group:kdc_udp",
    "SG-KDC-PORT": "security_group:usual_port",
    "SG-SVC": "security_group:no_rule",
    "SG-DATANODE": "security_group:no_rule",
    "SG-SOURCE": "security_group:source",
    "SG-GROUPREF": "security_group:group_ref",
    "SG-RG-EGRESS": "security_group:rg_egress",
    "SG-UNRESOLVED": "security_group:unresolved",
    "INPUT-STALE": "security_group:stale",
    "RUN-CALLBACK": "security_group:callback",
    "NACL-IN": "network_acl:network_acl",
    "NACL-RETURN": "network_acl:network_acl",
    "NACL-EPHEMERAL": "network_acl:network_acl",
    "KDC-EXTERNAL": "kdc:external",
    "KDC-FIRST-DEAD": "kdc:beside_live",
    "KDC-SPARE": "kdc:beside_live",
    "KDC-ASYM-SRC": "kdc:asymmetric",
    "KDC-PORT": "kdc:moved",
    "SVC-PORT": "hosts:port",
    "SVC-RPC-HTTP": "hosts:port",
    "SVC-HS2-MODE": "hosts:port",
    "SVC-HMS": "hanging:hangs",
    "SVC-HANG": "hanging:hangs",
    "KDC-UDP-OFF": "kdc:half",
    "KDC-TCP-OFF": "kdc:half",
    "KDC-BIND": "kdc:bind",
    "KDC-DOWN": "kdc:down",
    "SVC-BIND": "node_records:bind",
    "SVC-DOWN": "hosts:service_down",
    "FW-OS-REJECT": "hosts:os_reject",
    "FW-OS-DROP": "hosts:os_drop",
    "FW-VPC": "path:appliance",
    "NET-MTU-TCP": "path:mtu",
    "NET-ROUTE": "routes:forward",
    "NET-WRONG-VPC": "routes:by_tables",
    "RET-ROUTE": "routes:backward",
    "NET-OVERLAP": "routes:overlap",
    "NET-SNAT": "routes:translated",
    "NET-NODE-GONE": "routes:gone",
    "HMS-EXTERNAL": "routes:missing_way",
    "DNS-NX-KDC": "names:name_faults",
    "DNS-CLUSTER-NAME": "names:name_faults",
    "DNS-TIMEOUT": "names:name_faults",
    "DNS-STALE-IP": "names:name_faults",
    "DNS-LOOPBACK": "names:name_faults",
    "DNS-NO-PTR": "names:name_faults",
    "DNS-PTR-OTHER": "names:name_faults",
    "DNS-CANON": "names:name_faults",
    "DNS-IP-URL": "names:name_faults",
    "DNS-ALIAS": "names:name_faults",
    "DN-HOSTNAME": "names:name_faults",
}
"""Code -> module and function that give what its sentences need beyond what all share."""
