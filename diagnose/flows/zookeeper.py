"""Which ZooKeeper servers must be reachable? Those that clients ask where a service runs: HiveServer2 or Kyuubi by discovery, HBase always."""

from __future__ import annotations

from diagnose.flows.cluster import Read, View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, flow, is_host, lacking, port_number, split
from diagnose.flows.model import Need

HIVE_FILES = ("hive-site.xml", "hivemetastore-site.xml", "hiveserver2-site.xml")
SERVER_FILES = ("hiveserver2-site.xml", "hive-site.xml")
"""HiveServer2 lets its own file override the common one."""


def discovery_on(view: View) -> Read | None:
    """The setting with which HiveServer2 registers itself, where it is on."""
    read = view.read("hive.server2.support.dynamic.service.discovery", *SERVER_FILES)
    return read if read is not None and read.value.lower() == "true" else None


def flows(view: View) -> Found:
    """Quorums of Hive, Kyuubi and HBase; a server that several of them name is one flow after merging."""
    yield from _hive(view)
    yield from _kyuubi(view)
    yield from _hbase(view)


def _hive(view: View) -> Found:
    discovery = discovery_on(view)
    if discovery is None:
        return
    servers = view.read("hive.zookeeper.quorum", *SERVER_FILES)
    port = view.read("hive.zookeeper.client.port", *SERVER_FILES)
    need = view.need(component("hiveserver2"))
    why = "clients ask it for a running HiveServer2, because service discovery is on"
    if servers is None:
        cause = f"{discovery.origin} turns service discovery on, but no file sets hive.zookeeper.quorum"
        yield from lacking(view, component("zookeeper"), cause, "hive.zookeeper.quorum in hive-site.xml", need)
        return
    yield from quorum(view, servers, port, need, why)


def _kyuubi(view: View) -> Found:
    """Kyuubi registers itself where this is set, but DataWorks is given host and port: conditional at most."""
    file = "kyuubi-defaults.conf"
    servers = view.read("kyuubi.ha.addresses", file) or view.read("kyuubi.ha.zookeeper.quorum", file)
    if servers is not None:
        why = "clients whose address asks for discovery find Kyuubi through it"
        yield from quorum(view, servers, None, "conditional", why)


def _hbase(view: View) -> Found:
    servers = view.read("hbase.zookeeper.quorum", "hbase-site.xml")
    port = view.read("hbase.zookeeper.property.clientPort", "hbase-site.xml")
    if servers is not None:
        need = view.need(component("hbase-regionserver"))
        yield from quorum(view, servers, port, need, "HBase clients find the master and the tables through it")


def quorum(view: View, servers: Read, port: Read | None, need: Need, why: str) -> Found:
    """`host[:port],host[:port]/chroot` -> one flow a server. `port` is for those without one, else zoo.cfg's clientPort, else the default."""
    zookeeper = component("zookeeper")
    common = port or view.read("clientPort", "zoo.cfg")
    for item in servers.value.partition("/")[0].replace(";", ",").split(","):
        host, own = split(item)
        if not item.strip():
            continue
        number = port_number(own) if own else port_number(common.value) if common else zookeeper.default_port()
        if number is None or not is_host(host):
            cause = f"{servers.origin} lists {item.strip()!r}, which is no host or no host:port"
            yield from lacking(view, zookeeper, cause, f"host:port in {servers.origin.key}", need)
        else:
            yield flow(view, zookeeper, host, number, servers.origin, why=why, need=need)
