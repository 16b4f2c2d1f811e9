"""Which function makes the Chinese text of a code?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording.en import TEXTS as ENGLISH
from diagnose.findings.wording.en.krb5_conf import LINE_CODES
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import expectations, hadoop, krb5_conf, login, logs, names

TEXTS: Mapping[str, Callable[[Statement], Words]] = {
    **ENGLISH,
    "DENY-OPEN": expectations.still_open,
    "KDC-PORT": krb5_conf.kdc_port,
    "KDC-TOOBIG-TCP": login.step,
    "SVC-BIND": hadoop.bind,
    "DNS-NX-KDC": names.unknown,
    "DNS-CLUSTER-NAME": names.unknown,
    "DNS-TIMEOUT": names.resolver,
    "DNS-LOCALNAME": names.local_name,
    "DNS-STALE-IP": names.stale,
    "DNS-LOOPBACK": hadoop.loopback,
    "DNS-NO-PTR": names.no_reverse,
    "DNS-PTR-OTHER": names.other_reverse,
    "DNS-CANON": names.short_first,
    "DNS-IP-URL": names.address_in_url,
    "DNS-ALIAS": names.alias,
    "DN-HOSTNAME": names.datanode,
    "HA-NAMESERVICE": hadoop.nameservice,
    "SVC-UNSET": hadoop.unset,
    "SVC-PORT": hadoop.port,
    "SVC-RPC-HTTP": hadoop.other_protocol,
    "SVC-HS2-MODE": hadoop.other_protocol,
    "SVC-STANDBY": hadoop.standby,
    "HA-PARTIAL": hadoop.twin,
    "DW-FILES-STALE": hadoop.stale_host,
    "KRB-SVC-UNSET": hadoop.principal_unset,
    "KRB-CLIENT-SIMPLE": hadoop.client_simple,
    "DW-FILES-MIXED": hadoop.mixed,
    "KRB-SVC-PATTERN": hadoop.principal,
    "STATE-CLUSTER": hadoop.state,
    "INPUT-CONFLICT": hadoop.conflict,
    "INPUT-LOG": logs.told,
    "HADOOP-CONF-SYNTAX": hadoop.refused,
    "KRB-KEYTAB-PRINC": login.no_key,
    "KRB-ETYPE-SELECT": login.keytab,
    "KRB-ETYPE-KEYTAB": login.keytab,
    "KRB-ETYPE-KDC": login.step,
    "KRB-KEYTAB-STALE": login.step,
    "KRB-SVC-KEY": login.step,
    "KRB-CLIENT-UNKNOWN": login.step,
    "KRB-SVC-MISSING": login.step,
    "KRB-XREALM-KEY": login.step,
    "KRB-PRINC-STATE": login.step,
    "KRB-REALM-CASE": krb5_conf.realm_case,
    "KRB-DOMAIN-REALM": krb5_conf.domain_realm,
    "KRB-CONF-SYNTAX": krb5_conf.syntax,
    **dict.fromkeys(LINE_CODES, krb5_conf.line),
}
"""Code -> the function that makes its text."""
