"""What is said of a broken rule of registration? One function a code, in both languages.

Unlike the other texts of findings these are templates that `tr` translates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording.registration import (
    cluster,
    files,
    hook,
    impersonation,
    initialization,
    people,
    resource_group,
)
from diagnose.findings.wording.words import Words

TEXTS: Mapping[str, Callable[[Statement], Words]] = {
    "DW-TYPE": cluster.cluster_type,
    "DW-HADOOP-VERSION": cluster.hadoop_release,
    "DW-HADOOP-OLD": cluster.hadoop_type,
    "DW-DATALAKE-VERSION": cluster.datalake_release,
    "DW-REGION": cluster.region,
    "DW-FLINK": resource_group.flink,
    "DW-RG-TYPE": resource_group.type_of_group,
    "DW-FILES-MISSING": files.missing,
    "DW-PROXY": impersonation.proxy,
    "PROXY-USER": impersonation.nobody,
    "PROXY-HOST": impersonation.nowhere,
    "DW-HOOK": hook.hook,
    "DW-LINEAGE": hook.lineage,
    "DW-REINIT": initialization.again,
    "DW-INIT-PEAK": initialization.peak,
    "DW-RAM-REGISTER": people.operator,
    "DW-NAME": people.display_name,
    "DW-XACCOUNT-TYPE": people.other_account_type,
    "DW-XACCOUNT-META": people.other_account_metadata,
    "DW-XACCOUNT-KRB": people.other_account_kerberos,
    "DW-XACCOUNT-ROLE": people.other_account_role,
    "DW-XACCOUNT-WS": people.registered_elsewhere,
    "DW-ID-OPTION": people.identity_not_offered,
    "DW-ID-RAM-FALLBACK": people.ram_users,
    "DW-ID-ACCOUNT": people.cloud_account,
    "DW-ID-LDAP-KRB": people.both_protocols,
    "DW-STD-TWO": people.standard_mode,
}
"""Code -> the function that makes its text. `hadoop.py` of each language asks `files` for the codes
that the diagnosis decides as well."""
