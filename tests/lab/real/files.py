"""What do the files of a real cluster say: to its clients, and to its servers beside that?

Two masters and a core node, with the names and ports that EMR gives them. Servers read the same
files as clients, and a few settings that no client needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.lab.kdc import REALM
from tests.lab.scene import DOMAIN

FIRST, SECOND, CORE_NODE = (f"{name}.{DOMAIN}" for name in ("master-1-1", "master-1-2", "core-1-1"))
ADDRESSES: Final[Mapping[str, str]] = {FIRST: "192.168.20.11", SECOND: "192.168.20.12", CORE_NODE: "192.168.20.21"}
CLIENT_ADDRESS: Final = "192.168.10.10"
NAMESERVICE: Final = "hdfs-cluster"

PORTS: Final[Mapping[str, int]] = {
    "nn1": 8020,
    "nn2": 8020,
    "namenode-http": 9870,
    "datanode": 9866,
    "datanode-http": 9864,
    "rm1": 8032,
    "resourcemanager-http": 8088,
    "jobhistory": 10020,
    "jobhistory-http": 19888,
    "timeline": 10200,
    "timeline-http": 8188,
    "zookeeper": 2181,
    "metastore": 9083,
    "hiveserver2": 10000,
    "hiveserver2-http": 10001,
    "kms": 9600,
}
"""Service -> port, as the files say."""

KMS: Final = f"kms://http@{FIRST}:{PORTS['kms']}/kms"
"""What NameNodes call the KMS, and clients after them. It runs for its own tests: see `kms`."""

PRINCIPALS: Final = tuple(
    f"{user}/{host}" for user in ("hdfs", "yarn", "mapred", "hive", "HTTP", "zookeeper") for host in ADDRESSES
)
"""Every principal of a server."""

Settings = dict[str, dict[str, str]]
"""File -> key -> value."""


def hosts_file() -> str:
    rows = [f"{address} {name} {name.partition('.')[0]}" for name, address in ADDRESSES.items()]
    return "\n".join(["127.0.0.1 localhost", *rows, ""])


def case_toml() -> str:
    """Return the nodes and what runs on them, which no file of Hadoop says."""
    running = {
        FIRST: (
            *("NameNode", "ResourceManager", "JobHistoryServer", "ApplicationHistoryServer"),
            *("HiveMetaStore", "HiveServer", "ZooKeeper"),
        ),
        SECOND: ("NameNode", "ResourceManager"),
        CORE_NODE: ("DataNode",),
    }
    nodes = "".join(
        f'[[cluster.nodes]]\nname = "{host.partition(".")[0]}"\naddress = "{ADDRESSES[host]}"\n'
        f'hostnames = ["{host}"]\ncomponents = {json.dumps(names)}\n'
        for host, names in running.items()
    )
    return f'[registration]\nengines = ["hive", "mapreduce"]\n{nodes}'


def krb5_conf() -> str:
    return (
        f"[libdefaults]\n  default_realm = {REALM}\n  dns_lookup_kdc = false\n  dns_lookup_realm = false\n"
        f"  rdns = false\n\n[realms]\n  {REALM} = {{\n    kdc = {FIRST}:88\n    admin_server = {FIRST}:749\n  }}\n\n"
        f"[domain_realm]\n  .{DOMAIN} = {REALM}\n  {DOMAIN} = {REALM}\n"
    )


def client_files(*, kerberos: bool) -> Settings:
    """Return the files that people upload for this cluster."""
    core = {"fs.defaultFS": f"hdfs://{NAMESERVICE}", "hadoop.security.authentication": "simple"}
    hdfs = {
        "dfs.nameservices": NAMESERVICE,
        f"dfs.ha.namenodes.{NAMESERVICE}": "nn1,nn2",
        f"dfs.client.failover.proxy.provider.{NAMESERVICE}": (
            "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider"
        ),
        "dfs.datanode.address": f"0.0.0.0:{PORTS['datanode']}",
    }
    yarn = {
        "yarn.resourcemanager.ha.enabled": "true",
        "yarn.resourcemanager.cluster-id": "yarn-cluster",
        "yarn.resourcemanager.ha.rm-ids": "rm1,rm2",
        "yarn.timeline-service.enabled": "true",
        "yarn.timeline-service.hostname": FIRST,
    }
    for number, master in enumerate((FIRST, SECOND), 1):
        hdfs[f"dfs.namenode.rpc-address.{NAMESERVICE}.nn{number}"] = f"{master}:8020"
        hdfs[f"dfs.namenode.http-address.{NAMESERVICE}.nn{number}"] = f"{master}:9870"
        yarn[f"yarn.resourcemanager.hostname.rm{number}"] = master
    mapred = {
        "mapreduce.framework.name": "yarn",
        "mapreduce.jobhistory.address": f"{FIRST}:10020",
        "mapreduce.jobhistory.webapp.address": f"{FIRST}:19888",
    }
    hive = {
        "hive.metastore.uris": f"thrift://{FIRST}:9083",
        "hive.metastore.sasl.enabled": "false",
        "hive.server2.authentication": "NONE",
        "hive.server2.thrift.port": "10000",
        "hive.server2.thrift.http.port": "10001",
    }
    if kerberos:
        core |= {"hadoop.security.authentication": "kerberos", "hadoop.security.authorization": "true"}
        hdfs |= {
            "dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM}",
            "dfs.datanode.kerberos.principal": f"hdfs/_HOST@{REALM}",
        }
        yarn |= {
            "yarn.resourcemanager.principal": f"yarn/_HOST@{REALM}",
            "yarn.nodemanager.principal": f"yarn/_HOST@{REALM}",
            "yarn.timeline-service.principal": f"yarn/_HOST@{REALM}",
        }
        mapred["mapreduce.jobhistory.principal"] = f"mapred/_HOST@{REALM}"
        hive |= {
            "hive.metastore.sasl.enabled": "true",
            "hive.metastore.kerberos.principal": f"hive/_HOST@{REALM}",
            "hive.server2.authentication": "KERBEROS",
            "hive.server2.authentication.kerberos.principal": f"hive/_HOST@{REALM}",
        }
    return {
        "core-site.xml": core,
        "hdfs-site.xml": hdfs,
        "yarn-site.xml": yarn,
        "mapred-site.xml": mapred,
        "hive-site.xml": hive,
    }


def hadoop_server(data: Path, keytab: Path | None) -> dict[str, str]:
    """Return what the daemons of Hadoop alone need."""
    settings = {
        "hadoop.security.group.mapping": "org.apache.hadoop.security.NullGroupsMapping",
        "dfs.replication": "1",
        "dfs.permissions.enabled": "false",
        "dfs.namenode.shared.edits.dir": (data / "shared").as_uri(),
        "dfs.datanode.data.dir": (data / "blocks").as_uri(),
        "dfs.namenode.handler.count": "2",
        "dfs.datanode.handler.count": "1",
        "dfs.namenode.edits.noeditlogchannelflush": "true",
        "hadoop.security.key.provider.path": KMS,
        "yarn.resourcemanager.ha.automatic-failover.enabled": "false",
        "yarn.resourcemanager.scheduler.class": (
            "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler"
        ),
        "yarn.timeline-service.store-class": "org.apache.hadoop.yarn.server.timeline.MemoryTimelineStore",
        "yarn.timeline-service.state-store-class": (
            "org.apache.hadoop.yarn.server.timeline.recovery.MemoryTimelineStateStore"
        ),
        "yarn.timeline-service.generic-application-history.store-class": (
            "org.apache.hadoop.yarn.server.applicationhistoryservice.NullApplicationHistoryStore"
        ),
    }
    if keytab is None:
        return settings
    secret = data / "secret"
    secret.write_text("secret of the lab")
    return settings | {
        "dfs.namenode.keytab.file": str(keytab),
        "dfs.datanode.keytab.file": str(keytab),
        "dfs.web.authentication.kerberos.principal": f"HTTP/_HOST@{REALM}",
        "dfs.web.authentication.kerberos.keytab": str(keytab),
        "dfs.block.access.token.enable": "true",
        "ignore.secure.ports.for.testing": "true",
        "yarn.resourcemanager.keytab": str(keytab),
        "mapreduce.jobhistory.keytab": str(keytab),
        "yarn.timeline-service.keytab": str(keytab),
        "yarn.timeline-service.http-authentication.type": "kerberos",
        "yarn.timeline-service.http-authentication.kerberos.principal": f"HTTP/_HOST@{REALM}",
        "yarn.timeline-service.http-authentication.kerberos.keytab": str(keytab),
        "hadoop.http.filter.initializers": "org.apache.hadoop.security.AuthenticationFilterInitializer",
        "hadoop.http.authentication.type": "kerberos",
        "hadoop.http.authentication.kerberos.principal": f"HTTP/_HOST@{REALM}",
        "hadoop.http.authentication.kerberos.keytab": str(keytab),
        "hadoop.http.authentication.signature.secret.file": str(secret),
    }


def hive_server(data: Path, keytab: Path | None) -> Settings:
    """Return what the servers of Hive need in place of, or beside, the files of clients."""
    hive = {
        "javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
        "datanucleus.schema.autoCreateAll": "true",
        "hive.metastore.schema.verification": "false",
        "hive.metastore.event.db.notification.api.auth": "false",
        "hive.metastore.warehouse.dir": (data / "warehouse").as_uri(),
        "hive.exec.scratchdir": str(data / "scratch"),
        "hive.exec.local.scratchdir": str(data / "local"),
        "hive.downloaded.resources.dir": str(data / "resources"),
        "hive.querylog.location": str(data / "queries"),
        "hive.execution.engine": "mr",
        "hive.server2.thrift.bind.host": FIRST,
        "hive.server2.thrift.min.worker.threads": "1",
        "hive.server2.webui.port": "0",
        "hive.server2.enable.doAs": "false",
        "hive.server2.logging.operation.enabled": "false",
        "hive.server2.materializedviews.registry.impl": "DUMMY",
        "hive.notification.event.poll.interval": "0s",
    }
    if keytab is not None:
        hive |= {
            "hive.metastore.kerberos.keytab.file": str(keytab),
            "hive.server2.authentication.kerberos.keytab": str(keytab),
            "hive.server2.authentication.spnego.principal": f"HTTP/_HOST@{REALM}",
            "hive.server2.authentication.spnego.keytab": str(keytab),
        }
    return {"core-site.xml": {"fs.defaultFS": "file:///"}, "hive-site.xml": hive}


def xml(properties: Mapping[str, str]) -> str:
    rows = "".join(
        f"  <property>\n    <name>{key}</name>\n    <value>{escape(value)}</value>\n  </property>\n"
        for key, value in properties.items()
    )
    return f'<?xml version="1.0"?>\n<configuration>\n{rows}</configuration>\n'


def write_case(settings: Settings, directory: Path, *, kerberos: bool) -> Path:
    """Write a case with these files of Hadoop and Hive. Return its directory."""
    write(settings, directory)
    (directory / "hosts").write_text(hosts_file())
    (directory / "case.toml").write_text(case_toml())
    if kerberos:
        (directory / "krb5.conf").write_text(krb5_conf())
    return directory


def write(settings: Settings, directory: Path) -> None:
    """Write one file for each key of `settings`."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, properties in settings.items():
        (directory / name).write_text(xml(properties))
