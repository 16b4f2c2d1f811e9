"""Which faults fit the name of a service that a KDC does not have?

The KDC refuses every such name in the same words. The name itself says how it came about.
tests/incidents/test_public_kerberos.py has a public report of each kind of name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

TOPIC: Final = "spn"
"""Topic of messages about the principal of a service."""

MISSING: Final = "KRB-SVC-MISSING"
"""Code of a service principal that was never made."""

OF_A_REALM: Final = ("KRB-DOMAIN-REALM", "KRB-XREALM-KEY", "KRB-CAPATHS")
OF_AN_ADDRESS: Final = ("DNS-NO-PTR", "DNS-IP-URL")
OF_THE_PATTERN: Final = ("KRB-SVC-PATTERN", "SVC-HS2-PRINC")
OF_A_SHORT_NAME: Final = ("DNS-CANON", "DNS-ALIAS", MISSING)
OF_LOOPBACK: Final = ("DNS-LOOPBACK", MISSING)
OF_CAPITALS: Final = ("DNS-CANON", MISSING)
OF_A_FULL_NAME: Final = (MISSING, "DNS-PTR-OTHER", "DNS-ALIAS", "SVC-HS2-PRINC", "KRB-DOMAIN-REALM")

NO_HIVESERVER2: Final = frozenset(
    ("hbase", "hdfs", "dn", "host", "http", "jhs", "kafka", "mapred", "nn", "rm", "yarn", "zookeeper")
)
"""First parts of principals that HiveServer2 never has."""


def fitting(principal: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes that fit a service principal that was asked for, the most likely first.

    Return `codes` if they are not about a service, or if it is the KDC of the client's own realm.
    """
    service, _, rest = principal.partition("/")
    host, _, realm = rest.rpartition("@")
    if MISSING not in codes or not host or (service.lower() == "krbtgt" and host.lower() == realm.lower()):
        return tuple(codes)
    if service.lower() == "krbtgt":
        return OF_A_REALM
    if host.replace(".", "").isdecimal():
        return OF_AN_ADDRESS
    if host.upper() == "_HOST":
        return OF_THE_PATTERN
    if host.lower().startswith("localhost"):
        return OF_LOOPBACK
    if "." not in host:
        return OF_A_SHORT_NAME
    if host != host.lower():
        return OF_CAPITALS
    is_other = service.lower() in NO_HIVESERVER2
    return tuple(code for code in OF_A_FULL_NAME if not is_other or code != "SVC-HS2-PRINC")
