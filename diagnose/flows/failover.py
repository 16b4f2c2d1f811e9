"""Which class finds the active NameNode for an HDFS client, and can the client load it?

Sources: NameNodeProxiesClient.getFailoverProxyProviderClass, Hadoop 3.3.6;
"HDFS High Availability",
https://hadoop.apache.org/docs/r3.4.1/hadoop-project-dist/hadoop-hdfs/HDFSHighAvailabilityWithQJM.html,
30 November 2026.
"""

from __future__ import annotations

from typing import Literal

from diagnose.flows.spelling import differs_in_case, is_mistyped
from probes.regex import regex

PROVIDER = "dfs.client.failover.proxy.provider."
"""Setting of the class. The nameservice follows."""

_PACKAGE = "org.apache.hadoop.hdfs.server.namenode.ha."

USUAL_PROVIDER = f"{_PACKAGE}ConfiguredFailoverProxyProvider"

_OF_HADOOP = frozenset(
    _PACKAGE + name
    for name in (
        "ConfiguredFailoverProxyProvider",
        "RequestHedgingProxyProvider",
        "ObserverReadProxyProvider",
        "IPFailoverProxyProvider",
        "InMemoryAliasMapFailoverProxyProvider",
        "RouterObserverReadProxyProvider",
        "RouterObserverReadConfiguredFailoverProxyProvider",
    )
)
"""Classes of its package in hadoop-hdfs-client 2.8 to 3.4."""

_CLASS_NAME = regex(r"(?:[^\W\d][\w$]*\.)*[^\W\d][\w$]*")


def provider_fault(name: str) -> Literal["no-class", "unknown"] | None:
    """Return why a client may not find such a class. None if nothing speaks against it.

    - no-class: no class can have that name, or it is the mistyped name of one of Hadoop's.
    - unknown: Hadoop has no such class in its packages, but a patched one may.
    - None: a class of Hadoop, or outside of its packages, where a library may have it.
    """
    if name in _OF_HADOOP:
        return None
    is_meant = any(differs_in_case(name, known) or is_mistyped(name, known) for known in _OF_HADOOP)
    if is_meant or _CLASS_NAME.fullmatch(name) is None:
        return "no-class"
    return "unknown" if name.startswith("org.apache.hadoop.") else None
