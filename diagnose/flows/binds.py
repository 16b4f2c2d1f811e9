"""Which servers of the cluster are told to listen on loopback alone?

Such a server answers its own node and refuses everybody else. The setting is in the exported file.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.flows.authority import is_this_machine, split_authority
from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import bad_setting
from diagnose.flows.model import BadSetting
from probes.frozen import frozen


@frozen
class BindKey:
    """A setting with the address on which a server listens."""

    files: tuple[str, ...]
    """Files that may have it, the one that wins first."""
    key: str
    """Its key, or the beginning of it for a key of each member of a nameservice."""
    component: str
    """The server."""


_SERVER2 = ("hiveserver2-site.xml", "hive-site.xml")
_METASTORE = ("hivemetastore-site.xml", "hive-site.xml")

KEYS = (
    BindKey(("hdfs-site.xml",), "dfs.namenode.rpc-bind-host", "namenode-rpc"),
    BindKey(("hdfs-site.xml",), "dfs.datanode.address", "datanode-transfer"),
    BindKey(("yarn-site.xml",), "yarn.resourcemanager.bind-host", "resourcemanager-client"),
    BindKey(("yarn-site.xml",), "yarn.timeline-service.bind-host", "timeline"),
    BindKey(("mapred-site.xml",), "mapreduce.jobhistory.bind-host", "jobhistory-rpc"),
    BindKey(_SERVER2, "hive.server2.thrift.bind.host", "hiveserver2"),
    BindKey(_METASTORE, "hive.metastore.thrift.bind.host", "hive-metastore"),
    BindKey(_METASTORE, "metastore.thrift.bind.host", "hive-metastore"),
    BindKey(("spark-defaults.conf",), "spark.hadoop.hive.server2.thrift.bind.host", "spark-thrift"),
    BindKey(("kyuubi-defaults.conf",), "kyuubi.frontend.bind.host", "kyuubi"),
    BindKey(("kyuubi-defaults.conf",), "kyuubi.frontend.thrift.binary.bind.host", "kyuubi"),
    BindKey(("kyuubi-defaults.conf",), "kyuubi.frontend.thrift.http.bind.host", "kyuubi-http"),
    BindKey(("zoo.cfg",), "clientPortAddress", "zookeeper"),
    BindKey(("hbase-site.xml",), "hbase.master.ipc.address", "hbase-master"),
    BindKey(("hbase-site.xml",), "hbase.regionserver.ipc.address", "hbase-regionserver"),
)
"""Every setting for the address that a server listens on.

The names are those of the default files and manuals of the projects.
"""


def flows(view: View) -> Iterator[BadSetting]:
    """Yield the settings with which a server listens on loopback alone."""
    for bind in () if view.is_on_loopback() else KEYS:
        for file in bind.files:
            configuration = view.case.settings.get(file)
            found = [] if configuration is None else [s.key for s in configuration.matching(bind.key)]
            for key in found:
                if key != bind.key and not key.startswith(f"{bind.key}."):
                    continue
                read = view.read(key, file)
                at = split_authority(read.value) if read is not None else None
                if read is not None and at is not None and is_this_machine(at.host):
                    right = f"0.0.0.0:{at.port}" if at.port else "0.0.0.0"
                    yield bad_setting(view, component(bind.component), "bind", read, at, right=right)
            if found:
                break
