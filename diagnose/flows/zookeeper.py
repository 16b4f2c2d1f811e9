"""Which ZooKeeper servers must be reachable?

Clients ask them where a service runs: HiveServer2 and Kyuubi with discovery, HBase always.
"""

from __future__ import annotations

from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, flow, is_host, lacking, port_number, split
from diagnose.flows.model import Need, Read

HIVE_FILES = ("hive-site.xml", "hivemetastore-site.xml", "hiveserver2-site.xml")
SERVER_FILES = ("hiveserver2-site.xml", "hive-site.xml")
"""Files of HiveServer2. Its own file overrides the common one."""


def discovery_on(view: View) -> Read | None:
    """Return the setting with which HiveServer2 registers itself, if it is on."""
    read = view.read("hive.server2.support.dynamic.service.discovery", *SERVER_FILES)
    return read if read is not None and read.value.lower() == "true" else None


def flows(view: View) -> Found:
    """Yield the quorums of Hive, Kyuubi and HBase. Merging removes servers named twice."""
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
    """Yield the quorum of Kyuubi, optional: DataWorks is given host and port."""
    file = "kyuubi-defaults.conf"
    servers = view.read("kyuubi.ha.addresses", file) or view.read("kyuubi.ha.zookeeper.quorum", file)
    if servers is not None:
        why = "clients whose address asks for discovery find Kyuubi through it"
        yield from quorum(view, servers, None, "optional", why)


def _hbase(view: View) -> Found:
    servers = view.read("hbase.zookeeper.quorum", "hbase-site.xml")
    port = view.read("hbase.zookeeper.property.clientPort", "hbase-site.xml")
    if servers is not None:
        need = view.need(component("hbase-regionserver"))
        yield from quorum(view, servers, port, need, "HBase clients find the master and the tables through it")


def quorum(view: View, servers: Read, port: Read | None, need: Need, why: str) -> Found:
    """Yield one flow a server of `host[:port],host[:port]/chroot`.

    `port` is for servers without one, else clientPort of zoo.cfg, else the default.
    """
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
