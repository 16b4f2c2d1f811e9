"""Which class finds the active NameNode for an HDFS client, and can the client load it?

Sources: NameNodeProxiesClient.getFailoverProxyProviderClass, Hadoop 3.3.6;
"HDFS High Availability",
https://hadoop.apache.org/docs/r3.4.1/hadoop-project-dist/hadoop-hdfs/HDFSHighAvailabilityWithQJM.html,
30 November 2026.
"""

from __future__ import annotations

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


def is_no_provider(name: str) -> bool:
    """Return True if a client surely has no such class.

    A class outside of Hadoop's own packages may be in a library of the cluster.
    """
    if _CLASS_NAME.fullmatch(name) is None:
        return True
    return name.lower().startswith("org.apache.hadoop.") and name not in _OF_HADOOP
