"""Which function makes the text of a code? Its module is loaded for that text alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from probes.by_name import by_name
from probes.language import Language

LINE_CODES: Final = (
    "DNS-SRV",
    "KDC-LOOPBACK",
    "KDC-MSG-CFG",
    "KDC-TIMEOUT-UNIT",
    "KDC-UDP-LARGE",
    "KDC-UDP-ZERO",
    "KRB-41",
    "KRB-CCACHE-TYPE",
    "KRB-CONF-NOT-READ",
    "KRB-DUP-STANZA",
    "KRB-ETYPE-CONF",
    "KRB-INCLUDEDIR",
    "KRB-NO-DEFAULT",
    "KRB-NO-STANZA",
)
"""Codes that are always about a line of krb5.conf."""

LOGGED: Final = (
    *("KRB-KEYTAB-FILE", "KRB-NO-TGT", "KRB-TGT-EXPIRED", "KRB-JCE", "KRB-REPLAY"),
    *("SVC-HS2-PROXY", "SVC-HS2-MECH", "SVC-HS2-NOSASL", "SVC-HS2-LDAP", "SVC-HS2-ZK", "SVC-HS2-PRINC"),
    *("SVC-ZK-SASL", "SVC-PY-MECH", "SVC-SPNEGO", "TLS-PLAIN-CLIENT", "TLS-PLAIN-SERVER", "TLS-PKIX"),
    "RUN-USER",
)
"""Codes that a log names."""

OWN: Mapping[str, str] = {
    "SG-KDC-UDP": "security_group:kdc_udp",
    "SG-KDC-TCP": "security_group:kdc_tcp",
    "SG-KDC-PORT": "security_group:kdc_port",
    "SG-DIRECTION": "security_group:direction",
    "SG-SOURCE": "security_group:source",
    "SG-WRONG-GROUP": "security_group:wrong_group",
    "SG-SHADOWED": "security_group:shadowed",
    "SG-PROTO": "security_group:proto",
    "SG-ENTERPRISE": "security_group:enterprise",
    "SG-GROUPREF": "security_group:group_ref",
    "SG-SVC": "security_group:service",
    "SG-DATANODE": "security_group:datanode",
    "SG-RG-EGRESS": "security_group:rg_egress",
    "SG-UNRESOLVED": "security_group:unresolved",
    "INPUT-STALE": "security_group:stale",
    "RUN-CALLBACK": "security_group:callback",
    "DENY-OPEN": "expectations:still_open",
    "SG-INTRA": "cluster_rules:intra",
    "SG-CTRL": "cluster_rules:control",
    "NACL-IN": "network_acl:inbound",
    "NACL-RETURN": "network_acl:reply",
    "NACL-EPHEMERAL": "network_acl:ephemeral",
    "KDC-EXTERNAL": "kdc:external",
    "KDC-FIRST-DEAD": "kdc:first_dead",
    "KDC-SPARE": "kdc:spare",
    "KDC-ASYM-SRC": "kdc:asymmetric",
    "KDC-BIND": "node_records:bind",
    "KDC-RESET": "kdc:reset",
    "KDC-DOWN": "kdc:down",
    "KDC-PORT": "krb5_conf:kdc_port",
    "KDC-UDP-OFF": "kdc:half",
    "KDC-TCP-OFF": "kdc:half",
    "KDC-NOT-KRB": "kdc:not_kerberos",
    "KDC-TCP-HOLE": "kdc:tcp_hole",
    "KDC-FRAG": "kdc_replies:fragments",
    "KDC-TOOBIG-TCP": "login:step",
    "SVC-BIND": "hadoop:bind",
    "SVC-DOWN": "hosts:service_down",
    "FW-OS-REJECT": "hosts:os_reject",
    "FW-OS-DROP": "hosts:os_drop",
    "FW-VPC": "path:appliance",
    "NET-ROUTE": "routes:forward",
    "NET-WRONG-VPC": "routes:wrong_vpc",
    "RET-ROUTE": "routes:backward",
    "NET-OVERLAP": "routes:overlap",
    "NET-SNAT": "routes:translated",
    "NET-NODE-GONE": "routes:gone",
    "HMS-EXTERNAL": "routes:metastore",
    "NET-MTU-TCP": "path:mtu",
    "DNS-NX-KDC": "names:unknown",
    "DNS-CLUSTER-NAME": "names:unknown",
    "DNS-TIMEOUT": "names:resolver",
    "DNS-LOCALNAME": "names:local_name",
    "DNS-STALE-IP": "names:stale",
    "DNS-LOOPBACK": "hadoop:loopback",
    "DNS-NO-PTR": "canonical_names:no_reverse",
    "DNS-PTR-OTHER": "canonical_names:other_reverse",
    "DNS-CANON": "canonical_names:short_first",
    "DNS-IP-URL": "canonical_names:address_in_url",
    "DNS-ALIAS": "canonical_names:alias",
    "DN-HOSTNAME": "names:datanode",
    "HA-NAMESERVICE": "hadoop:nameservice",
    "SVC-UNSET": "hadoop:unset",
    "SVC-PORT": "hadoop:port",
    "SVC-RPC-HTTP": "hadoop:other_protocol",
    "SVC-HS2-MODE": "hadoop:other_protocol",
    "SVC-STANDBY": "hadoop:standby",
    "HA-PARTIAL": "hadoop:twin",
    "DW-FILES-STALE": "hadoop:stale_host",
    "KRB-SVC-UNSET": "hadoop_login:principal_unset",
    "KRB-A2L": "hadoop_login:name_rules",
    "KRB-SERVER-SIMPLE": "hadoop_login:server_simple",
    "SVC-HMS": "hanging:metastore",
    "SVC-HANG": "hanging:hangs",
    "KRB-RENEWER": "hadoop_login:renewer",
    "RUN-PROXY-KEYTAB": "hadoop_login:proxy_user",
    "SVC-QOP": "hadoop_login:protection",
    "KRB-CLIENT-SIMPLE": "hadoop_login:client_simple",
    "DW-FILES-MIXED": "hadoop:mixed",
    "KRB-SVC-PATTERN": "hadoop_login:principal",
    "STATE-CLUSTER": "hadoop:state",
    "INPUT-CONFLICT": "hadoop:conflict",
    "INPUT-LOG": "logs:unexplained",
    **dict.fromkeys(LOGGED, "logs:named"),
    "SVC-HS2-MECH": "hadoop_login:hive_mechanism",
    "HADOOP-CONF-SYNTAX": "hadoop:refused",
    "HADOOP-CONF-VALUE": "setting_values:value",
    "KRB-SKEW": "kdc_replies:skew",
    "KRB-WRONG-REALM": "kdc_replies:wrong_realm",
    "KRB-KEYTAB-PRINC": "login:no_key",
    "KRB-ETYPE-SELECT": "login:keytab",
    "KRB-ETYPE-KEYTAB": "login:keytab",
    "KRB-ETYPE-KDC": "login:step",
    "KRB-KEYTAB-STALE": "login:step",
    "KRB-SVC-KEY": "login:service_key",
    "KRB-REPLAY": "login:replay",
    "KRB-CLIENT-UNKNOWN": "login:step",
    "KRB-SVC-MISSING": "login:step",
    "KRB-XREALM-KEY": "login:step",
    "KRB-PRINC-STATE": "login:step",
    "KRB-REALM-CASE": "krb5_conf:realm_case",
    "KRB-DOMAIN-REALM": "krb5_conf:domain_realm",
    "KRB-CONF-SYNTAX": "krb5_conf:syntax",
    **dict.fromkeys(LINE_CODES, "krb5_conf:line"),
}
"""Code -> module and function that make its text, alike in `en` and `zh`."""

OF_REGISTRATION: Mapping[str, str] = {
    "DW-TYPE": "cluster:cluster_type",
    "DW-HADOOP-VERSION": "cluster:hadoop_release",
    "DW-HADOOP-OLD": "cluster:hadoop_type",
    "DW-DATALAKE-VERSION": "cluster:datalake_release",
    "DW-REGION": "cluster:region",
    "DW-FLINK": "resource_group:flink",
    "DW-RG-TYPE": "resource_group:type_of_group",
    "DW-FILES-MISSING": "files:missing",
    "DW-PROXY": "impersonation:proxy",
    "PROXY-USER": "impersonation:nobody",
    "PROXY-HOST": "impersonation:nowhere",
    "DW-HOOK": "hook:hook",
    "DW-LINEAGE": "hook:lineage",
    "DW-REINIT": "initialization:again",
    "DW-INIT-PEAK": "initialization:peak",
    "DW-RAM-REGISTER": "people:operator",
    "DW-NAME": "people:display_name",
    "DW-XACCOUNT-TYPE": "people:other_account_type",
    "DW-XACCOUNT-META": "people:other_account_metadata",
    "DW-XACCOUNT-KRB": "people:other_account_kerberos",
    "DW-XACCOUNT-ROLE": "people:other_account_role",
    "DW-XACCOUNT-WS": "people:registered_elsewhere",
    "DW-ID-OPTION": "people:identity_not_offered",
    "DW-ID-RAM-FALLBACK": "people:ram_users",
    "DW-ID-ACCOUNT": "people:cloud_account",
    "DW-ID-LDAP-KRB": "people:both_protocols",
    "DW-STD-TWO": "people:standard_mode",
}
"""Code of a rule of registration -> module and function that make its text, for `tr` to translate.

`hadoop` of each language asks `files` for the codes that the diagnosis decides as well.
"""

CODES: Final = OWN.keys() | OF_REGISTRATION.keys()
"""Codes that have a text."""


def writer(code: str, wanted: Language) -> Callable[[Statement], Words]:
    """Return the function that makes the text of a code. KeyError if the code has none."""
    room, place = (wanted, OWN[code]) if code in OWN else ("registration", OF_REGISTRATION[code])
    function: Callable[[Statement], Words] = by_name(f"{__package__}.{room}", place)
    return function
