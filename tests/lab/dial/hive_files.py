"""Which Hive configurations are held against the real clients? Equal seeds give equal ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from diagnose.flows.paths import KEYS
from tests.lab.dial.site_files import (
    CORE,
    GOOD,
    HDFS,
    HIVE,
    MASTER,
    METASTORE,
    PROVIDER,
    SECOND,
    Files,
    Makers,
    authority,
)

NODES: Final = (("master-1-1", "10.1.0.1"), ("master-1-2", "10.1.0.2"))

MORE: Final = ("-", "-", ";retries=1", ";user=nobody;password=x", "?hive.exec.parallel=true#a=b", ";ssl=false?a=b")
"""What a user may append to a JDBC URL. "-" is nothing."""


def _case(files: Files, masters: int) -> None:
    files.others["case.toml"] = "[cluster]\n" + "".join(
        f'[[cluster.nodes]]\nname = "{name}"\naddress = "{address}"\ngroup = "MASTER"\n'
        for name, address in NODES[:masters]
    )


def _metastore(chance: random.Random, files: Files) -> None:
    """Set the URIs of metastores, one or several, most of them as people write them."""
    _case(files, 2)
    files.set(HIVE, "host", "nn.example.com")
    uris = [_uri(chance) for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))]
    joint = chance.choice((",",) * 6 + (", ", " ,", ",,"))
    value = chance.choice((joint.join(uris),) * 12 + (f"\n {uris[0]}\n", "", None, ","))
    files.set(HIVE, "hive.metastore.uris", value)


def _uri(chance: random.Random) -> str:
    good = chance.random() < 0.6
    at = f"{chance.choice(GOOD)}:{chance.choice(('9083', '9083', '9084'))}" if good else authority(chance)
    scheme = chance.choice(("thrift://",) * 10 + ("", "THRIFT://", "http://"))
    user = "hive:word@" if chance.random() < 0.1 else ""
    return f"{scheme}{user}{at}{chance.choice(('',) * 4 + ('/', '/default'))}"


def _two_files(chance: random.Random, files: Files) -> None:
    """Set the metastore in the common file, in that of the metastore, or in both."""
    _case(files, 2)
    for file, host in ((HIVE, "nn.example.com"), (METASTORE, "rm.example.com")):
        value = chance.choice((f"thrift://{host}:9083",) * 3 + ("", None))
        files.set(file, "hive.metastore.uris", value, final=chance.random() < 0.2)


def _direct(chance: random.Random, files: Files) -> None:
    """Set a HiveServer2 that clients dial by host and port."""
    _case(files, 1)
    files.set(HIVE, "hive.server2.thrift.bind.host", chance.choice((None, None, MASTER, "", *GOOD, *_LOCAL)))
    _server(chance, files, ("binary", None, "all", ""))


def _http(chance: random.Random, files: Files) -> None:
    """Set a HiveServer2 that speaks HTTP."""
    _case(files, 1)
    files.set(HIVE, "hive.server2.thrift.bind.host", chance.choice((None, None, MASTER, "", *GOOD, *_LOCAL)))
    _server(chance, files, ("http", "http", "HTTP"))


_LOCAL: Final = ("0.0.0.0", "localhost", "127.0.0.1")


def _server(chance: random.Random, files: Files, modes: Sequence[str | None]) -> None:
    files.set(HIVE, "hive.server2.transport.mode", chance.choice(modes))
    files.set(HIVE, "hive.server2.thrift.port", chance.choice((None, None, "10000", "10009", "")))
    files.set(HIVE, "hive.server2.thrift.http.port", chance.choice((None, None, "10001", "10008", "")))
    files.set(HIVE, "hive.server2.thrift.http.path", chance.choice((None, "cliservice", "other")))
    files.set(HIVE, "hive.server2.authentication", chance.choice((None, "NONE", "LDAP", "NOSASL")))


def _discovery(chance: random.Random, files: Files) -> None:
    """Set two HiveServer2 that clients find through ZooKeeper."""
    _case(files, 2)
    files.set(HIVE, "hive.server2.support.dynamic.service.discovery", chance.choice(("true", "true", "TRUE")))
    hosts = chance.sample((MASTER, SECOND, "nn.example.com", "rm.example.com", "10.9.8.7"), chance.choice((1, 2, 3)))
    ports = chance.choice((("",), (":2181",), ("", ":2182")))
    quorum = [host + chance.choice(ports) for host in hosts]
    files.set(HIVE, "hive.zookeeper.quorum", ",".join(quorum))
    files.set(HIVE, "hive.zookeeper.client.port", chance.choice((None, None, "2181", "2182", "")))
    files.set(HIVE, "hive.server2.zookeeper.namespace", chance.choice((None, "hiveserver2", "other/deep")))
    _server(chance, files, ("binary", None, "http"))


METASTORES: Final[Makers] = {"metastore": _metastore, "metastore-again": _metastore, "two-files": _two_files}
SERVERS: Final[Makers] = {"direct": _direct, "http": _http, "discovery": _discovery}


def _path(chance: random.Random, files: Files) -> None:
    """Set a path that names a file system of its own, beside a cluster with one NameNode or two."""
    files.set(CORE, "fs.defaultFS", chance.choice(("hdfs://emr", "hdfs://nn.example.com:9000", f"hdfs://{MASTER}")))
    files.set(CORE, "host", "nn.example.com")
    for service, hosts in (("emr", (MASTER, SECOND)), ("backup", ("rm.example.com", "rm-2.example.com"))):
        files.set(HDFS, f"dfs.ha.namenodes.{service}", "nn1,nn2")
        for number, host in enumerate(hosts, 1):
            files.set(HDFS, f"dfs.namenode.rpc-address.{service}.nn{number}", f"{host}:8020")
        if chance.random() < 0.9:
            files.set(HDFS, f"dfs.client.failover.proxy.provider.{service}", PROVIDER)
    files.set(HDFS, "dfs.nameservices", chance.choice(("emr,backup",) * 4 + ("emr",)))
    key = chance.choice(KEYS)
    at = chance.choice(("emr", "backup", "backup:8020", "backup:9000", "lost", *(authority(chance) for _ in "1234")))
    files.set(key.file, key.key, f"hdfs://{at}{chance.choice(('/warehouse', '/'))}")


PATHS: Final[Makers] = {"path": _path}
