"""Which function makes the Chinese text of a code?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording import registration
from diagnose.findings.wording.en.krb5_conf import LINE_CODES
from diagnose.findings.wording.en.logs import NAMED
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import (
    canonical_names,
    cluster_rules,
    expectations,
    hadoop,
    hadoop_login,
    hanging,
    hosts,
    kdc,
    kdc_replies,
    krb5_conf,
    login,
    logs,
    names,
    network_acl,
    node_records,
    path,
    routes,
    security_group,
)
from diagnose.findings.wording.zh.phrases import without_gaps

WRITTEN: Mapping[str, Callable[[Statement], Words]] = {
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
    "INPUT-STALE": security_group.stale,
    "RUN-CALLBACK": security_group.callback,
    "DENY-OPEN": expectations.still_open,
    "SG-INTRA": cluster_rules.intra,
    "SG-CTRL": cluster_rules.control,
    "NACL-IN": network_acl.inbound,
    "NACL-RETURN": network_acl.reply,
    "NACL-EPHEMERAL": network_acl.ephemeral,
    "KDC-EXTERNAL": kdc.external,
    "KDC-FIRST-DEAD": kdc.first_dead,
    "KDC-ASYM-SRC": kdc.asymmetric,
    "KDC-BIND": node_records.bind,
    "KDC-RESET": kdc.reset,
    "KDC-DOWN": kdc.down,
    "KDC-PORT": krb5_conf.kdc_port,
    "KDC-UDP-OFF": kdc.half,
    "KDC-TCP-OFF": kdc.half,
    "KDC-NOT-KRB": kdc.not_kerberos,
    "KDC-TCP-HOLE": kdc.tcp_hole,
    "KDC-FRAG": kdc_replies.fragments,
    "KDC-TOOBIG-TCP": login.step,
    "SVC-BIND": hadoop.bind,
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
    "DNS-LOCALNAME": names.local_name,
    "DNS-STALE-IP": names.stale,
    "DNS-LOOPBACK": hadoop.loopback,
    "DNS-NO-PTR": canonical_names.no_reverse,
    "DNS-PTR-OTHER": canonical_names.other_reverse,
    "DNS-CANON": canonical_names.short_first,
    "DNS-IP-URL": canonical_names.address_in_url,
    "DNS-ALIAS": canonical_names.alias,
    "DN-HOSTNAME": names.datanode,
    "HA-NAMESERVICE": hadoop.nameservice,
    "SVC-UNSET": hadoop.unset,
    "SVC-PORT": hadoop.port,
    "SVC-RPC-HTTP": hadoop.other_protocol,
    "SVC-HS2-MODE": hadoop.other_protocol,
    "SVC-STANDBY": hadoop.standby,
    "HA-PARTIAL": hadoop.twin,
    "DW-FILES-STALE": hadoop.stale_host,
    "KRB-SVC-UNSET": hadoop_login.principal_unset,
    "KRB-A2L": hadoop_login.name_rules,
    "KRB-SERVER-SIMPLE": hadoop_login.server_simple,
    "SVC-HMS": hanging.metastore,
    "SVC-HANG": hanging.hangs,
    "KRB-RENEWER": hadoop_login.renewer,
    "RUN-PROXY-KEYTAB": hadoop_login.proxy_user,
    "SVC-QOP": hadoop_login.protection,
    "KRB-CLIENT-SIMPLE": hadoop_login.client_simple,
    "DW-FILES-MIXED": hadoop.mixed,
    "KRB-SVC-PATTERN": hadoop_login.principal,
    "STATE-CLUSTER": hadoop.state,
    "INPUT-CONFLICT": hadoop.conflict,
    "INPUT-LOG": logs.told,
    **dict.fromkeys(NAMED, logs.named),
    "SVC-HS2-MECH": hadoop_login.hive_mechanism,
    "HADOOP-CONF-SYNTAX": hadoop.refused,
    "KRB-SKEW": kdc_replies.skew,
    "KRB-WRONG-REALM": kdc_replies.wrong_realm,
    "KRB-KEYTAB-PRINC": login.no_key,
    "KRB-ETYPE-SELECT": login.keytab,
    "KRB-ETYPE-KEYTAB": login.keytab,
    "KRB-ETYPE-KDC": login.step,
    "KRB-KEYTAB-STALE": login.step,
    "KRB-SVC-KEY": login.service_key,
    "KRB-REPLAY": login.replay,
    "KRB-CLIENT-UNKNOWN": login.step,
    "KRB-SVC-MISSING": login.step,
    "KRB-XREALM-KEY": login.step,
    "KRB-PRINC-STATE": login.step,
    "KRB-REALM-CASE": krb5_conf.realm_case,
    "KRB-DOMAIN-REALM": krb5_conf.domain_realm,
    "KRB-CONF-SYNTAX": krb5_conf.syntax,
    **dict.fromkeys(LINE_CODES, krb5_conf.line),
}
"""Code -> the function that makes its text, with a gap around each value."""


def _without_gaps(write: Callable[[Statement], Words]) -> Callable[[Statement], Words]:
    """Return the function that also takes out what `phrases.without_gaps` names."""

    def written(statement: Statement) -> Words:
        text = write(statement)
        advice, manual = tuple(map(without_gaps, text.advice)), tuple(map(without_gaps, text.manual))
        return Words(without_gaps(text.title), without_gaps(text.sentence), without_gaps(text.detail), advice, manual)

    return written


TEXTS: Mapping[str, Callable[[Statement], Words]] = {
    **{code: _without_gaps(write) for code, write in WRITTEN.items()},
    **registration.TEXTS,
}
"""Code -> the function that makes its text."""
