"""Which public incidents are run with the real clients, and what do their files say?

Each incident was reported by somebody who does this job, and rebuilt with invented names. Its files
are those of a base, with the settings that make the incident. An incident without files of a Hadoop
client has no client to run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.lab.dial.explained import OLD_ADDRESS
from tests.lab.dial.site_files import CORE, HDFS, HIVE, MAPRED, MASTER, PROVIDER, SECOND, YARN, Files, Generated
from tests.support.factories import REALM

Settings = Mapping[str, Mapping[str, str | None]]
"""File -> key -> value. None removes the key."""

NO_FILE: Final = frozenset({11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 43, 45})
"""Incidents of krb5.conf and of the command line alone."""

_ADDRESSES: Final = (("master-1-1", "10.1.0.1"), ("master-1-2", "10.1.0.2"), ("core-1-1", "10.1.0.3"))

_PLAIN: Final[Settings] = {
    CORE: {"fs.defaultFS": f"hdfs://{MASTER}:9000"},
    HIVE: {"hive.metastore.uris": f"thrift://{MASTER}:9083"},
    MAPRED: {"mapreduce.jobhistory.address": f"{MASTER}:10020"},
    YARN: {"yarn.resourcemanager.hostname": MASTER},
}
_NO_HISTORY: Final[Settings] = {MAPRED: {"mapreduce.jobhistory.address": None}}

_KERBEROS: Final[Settings] = {
    **_PLAIN,
    CORE: {"fs.defaultFS": f"hdfs://{MASTER}:9000", "hadoop.security.authentication": "kerberos"},
    HDFS: {
        "dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM}",
        "dfs.datanode.kerberos.principal": f"hdfs/_HOST@{REALM}",
    },
    HIVE: {
        "hive.metastore.uris": f"thrift://{MASTER}:9083",
        "hive.metastore.sasl.enabled": "true",
        "hive.metastore.kerberos.principal": f"hive/_HOST@{REALM}",
    },
    YARN: {"yarn.resourcemanager.hostname": MASTER, "yarn.resourcemanager.principal": f"yarn/_HOST@{REALM}"},
}

_TWO_MASTERS: Final[Settings] = {
    CORE: {"fs.defaultFS": "hdfs://etl-ha"},
    HDFS: {
        "dfs.nameservices": "etl-ha",
        "dfs.ha.namenodes.etl-ha": "nn1,nn2",
        "dfs.namenode.rpc-address.etl-ha.nn1": f"{MASTER}:8020",
        "dfs.namenode.rpc-address.etl-ha.nn2": f"{SECOND}:8020",
        "dfs.client.failover.proxy.provider.etl-ha": PROVIDER,
    },
    HIVE: {"hive.metastore.uris": f"thrift://{MASTER}:9083,thrift://{SECOND}:9083"},
    MAPRED: {"mapreduce.jobhistory.address": f"{MASTER}:10020"},
    YARN: {
        "yarn.resourcemanager.ha.enabled": "true",
        "yarn.resourcemanager.ha.rm-ids": "rm1,rm2",
        "yarn.resourcemanager.hostname.rm1": MASTER,
        "yarn.resourcemanager.hostname.rm2": SECOND,
    },
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident, or several whose Hadoop files say the same."""

    numbers: tuple[int, ...]
    """Their numbers."""
    title: str
    """What is wrong, in a few words."""
    base: Settings
    """Settings of the cluster."""
    changes: Settings = field(default_factory=dict)
    """Settings that make the incident."""
    absent: tuple[str, ...] = ()
    """Files of the base that it does not have."""
    spoiled: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    """File -> what breaks its text."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Node -> its address, if that is not the usual one: the hosts file has the old one."""

    def made(self) -> Generated:
        """Return its files."""
        files = Files()
        for name in (*self.base, *(name for name in self.changes if name not in self.base)):
            if name in self.absent:
                continue
            values = {**self.base.get(name, {}), **self.changes.get(name, {})}
            stated = {key: value for key, value in values.items() if value is not None}
            for key, value in stated.items():
                files.set(name, key, value)
        files.spoiled.update(self.spoiled)
        files.others["case.toml"] = "[cluster]\n" + "".join(
            f'[[cluster.nodes]]\nname = "{name}"\naddress = "{self.moved.get(name, address)}"\ngroup = "{group}"\n'
            for name, address in self._nodes()
            for group in ("MASTER" if name.startswith("master") else "CORE",)
        )
        return Generated(f"{self.title} ({', '.join(map(str, self.numbers))})", files.texts())

    def _nodes(self) -> tuple[tuple[str, str], ...]:
        return _ADDRESSES if self.base is _TWO_MASTERS else (_ADDRESSES[0], _ADDRESSES[2])


INCIDENTS: Final = (
    Incident((44, 49, 50, 54, 55, 61), "healthy, or stopped by the cloud", _PLAIN),
    Incident((51, 53, 56, 58, 59, 60, 63), "healthy with Kerberos, as far as Hadoop reads", _KERBEROS),
    Incident((4, 5, 6, 7, 8, 9, 10, 46, 47, 48), "the same without JobHistory", _KERBEROS, _NO_HISTORY),
    Incident((57,), "healthy with two masters", _TWO_MASTERS),
    Incident(
        (1,),
        "NameNode principal is a bare word",
        _KERBEROS,
        {**_NO_HISTORY, HDFS: {"dfs.namenode.kerberos.principal": "nn"}},
    ),
    Incident(
        (2,),
        "ResourceManager principal says _host",
        _KERBEROS,
        {**_NO_HISTORY, YARN: {"yarn.resourcemanager.principal": f"yarn/_host@{REALM}"}},
    ),
    Incident(
        (3,),
        "principals of a realm of no file",
        _KERBEROS,
        {**_NO_HISTORY, HDFS: {"dfs.namenode.kerberos.principal": "hdfs/_HOST@OTHER.EXAMPLE.COM"}},
    ),
    Incident((16,), "core-site.xml alone names a nameservice", _TWO_MASTERS, absent=(HDFS, HIVE, MAPRED, YARN)),
    Incident(
        (23,),
        "both metastore URIs are addresses",
        _KERBEROS,
        {**_NO_HISTORY, HIVE: {"hive.metastore.uris": "thrift://10.1.0.1:9083,thrift://10.1.0.2:9083"}},
    ),
    Incident(
        (24, 25),
        "default file system without a port",
        _PLAIN,
        {**_NO_HISTORY, CORE: {"fs.defaultFS": f"hdfs://{MASTER}"}},
    ),
    Incident(
        (26,),
        "ResourceManager at 0.0.0.0",
        _PLAIN,
        {
            **_NO_HISTORY,
            YARN: {"yarn.resourcemanager.hostname": None, "yarn.resourcemanager.address": "0.0.0.0:8032"},
        },
    ),
    Incident(
        (27,),
        "default file system at localhost",
        _PLAIN,
        {**_NO_HISTORY, CORE: {"fs.defaultFS": "hdfs://localhost:9000"}},
    ),
    Incident(
        (28,),
        "yarn-site.xml without a ResourceManager",
        _PLAIN,
        {
            **_NO_HISTORY,
            YARN: {"yarn.resourcemanager.hostname": None, "yarn.nodemanager.aux-services": "mapreduce_shuffle"},
        },
    ),
    Incident(
        (29,),
        "nameservice with a port, no hdfs-site.xml",
        _TWO_MASTERS,
        {CORE: {"fs.defaultFS": "hdfs://etl-ha:8020"}},
        (HDFS,),
    ),
    Incident((30,), "nameservice with port 9000", _TWO_MASTERS, {CORE: {"fs.defaultFS": "hdfs://etl-ha:9000"}}),
    Incident((31,), "nameservice with port 8020", _TWO_MASTERS, {CORE: {"fs.defaultFS": "hdfs://etl-ha:8020"}}),
    Incident(
        (32,),
        "warehouse at an unknown host",
        _PLAIN,
        {**_NO_HISTORY, HIVE: {"hive.metastore.warehouse.dir": "hdfs://emr-header-1.cluster-99999:9000/warehouse"}},
    ),
    Incident(
        (33,),
        "warehouse at another port of the NameNode",
        _PLAIN,
        {**_NO_HISTORY, HIVE: {"hive.metastore.warehouse.dir": f"hdfs://{MASTER}:9820/warehouse"}},
    ),
    Incident(
        (34,), "default file system is the standby", _TWO_MASTERS, {CORE: {"fs.defaultFS": f"hdfs://{SECOND}:8020"}}
    ),
    Incident(
        (35,),
        "HiveServer2 binds loopback",
        _PLAIN,
        {**_NO_HISTORY, HIVE: {"hive.server2.thrift.bind.host": "127.0.0.1"}},
    ),
    Incident(
        (36,), "NameNode binds loopback", _PLAIN, {**_NO_HISTORY, HDFS: {"dfs.namenode.rpc-bind-host": "127.0.0.1"}}
    ),
    Incident(
        (37,),
        "every bind host is 0.0.0.0",
        _PLAIN,
        {
            HDFS: {"dfs.namenode.rpc-bind-host": "0.0.0.0", "dfs.datanode.address": "0.0.0.0:9866"},
            HIVE: {"hive.server2.thrift.bind.host": "0.0.0.0"},
            YARN: {"yarn.resourcemanager.bind-host": "0.0.0.0"},
        },
    ),
    Incident(
        (38,),
        "Timeline Server with Kerberos",
        _KERBEROS,
        {YARN: {"yarn.timeline-service.enabled": "true", "yarn.timeline-service.hostname": MASTER}},
    ),
    Incident(
        (39,),
        "ports of the MapReduce client",
        _PLAIN,
        {MAPRED: {"yarn.app.mapreduce.am.job.client.port-range": "50100-50102"}},
    ),
    Incident((40,), "the hosts file has an old master", _TWO_MASTERS, moved={"master-1-2": OLD_ADDRESS}),
    Incident(
        (41,),
        "core-site.xml with two roots",
        _PLAIN,
        _NO_HISTORY,
        spoiled={CORE: lambda text: f"{text}<configuration></configuration>\n"},
    ),
    Incident(
        (42,),
        "hdfs-site.xml with a typing mistake",
        _TWO_MASTERS,
        spoiled={HDFS: lambda text: text.replace("</value>", "</valeu>", 1)},
    ),
    Incident(
        (52,),
        "password in a metastore URI",
        _PLAIN,
        {**_NO_HISTORY, HIVE: {"hive.metastore.uris": f"thrift://hive:Xq7SecretWord@{MASTER}:9083"}},
    ),
    Incident((62,), "DataNode port of old releases", _PLAIN, {HDFS: {"dfs.datanode.address": "0.0.0.0:50010"}}),
)
"""Every incident with files of a Hadoop client."""
