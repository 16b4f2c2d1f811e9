"""Which ZooKeeper servers must be reachable?

Clients ask them where a service runs: HiveServer2 and Kyuubi with discovery, HBase always.
"""

from __future__ import annotations

from diagnose.case.model import Skipped
from diagnose.flows.authority import Authority, is_this_machine
from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, bad_setting, flow, is_host, lacking, lost, port_number, setting_in, split
from diagnose.flows.model import BadSetting, Need, Read
from probes.language import tr
from probes.regex import regex

HIVE_FILES = ("hive-site.xml", "hivemetastore-site.xml", "hiveserver2-site.xml")
SERVER_FILES = ("hiveserver2-site.xml", "hive-site.xml")
"""Files of HiveServer2. Its own file overrides the common one."""

_SEPARATORS = regex(r"[\s,;]+")
"""What people put between two servers."""


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
    unread = view.unread(*SERVER_FILES)
    if unread is not None:
        yield from _unknown_discovery(view, unread)
        return
    discovery = discovery_on(view)
    if discovery is None:
        return
    servers = view.read("hive.zookeeper.quorum", *SERVER_FILES)
    port = view.read("hive.zookeeper.client.port", *SERVER_FILES)
    need = view.need(component("hiveserver2"))
    why = tr("clients ask it for a running HiveServer2, because service discovery is on")
    if servers is None:
        cause = tr(
            "{origin} turns service discovery on, but no file sets hive.zookeeper.quorum", origin=discovery.origin
        )
        needs = setting_in("hive.zookeeper.quorum", "hive-site.xml")
        yield from lacking(view, component("zookeeper"), cause, needs, need)
        return
    yield from quorum(view, servers, port, need, why)


def _unknown_discovery(view: View, file: str) -> Found:
    """Yield a Skipped if the file that turns service discovery on was not read."""
    server = component("hiveserver2")
    if view.need(server) == "required":
        cause = tr("{why}, so whether clients find it through ZooKeeper is not known", why=lost(view, file))
        needs = tr("{file} that can be read", file=file)
        yield Skipped(tr("service discovery of {service}", service=server.title), cause, needs)


def _kyuubi(view: View) -> Found:
    """Yield the quorum of Kyuubi, optional: DataWorks is given host and port."""
    file = "kyuubi-defaults.conf"
    servers = view.read("kyuubi.ha.addresses", file) or view.read("kyuubi.ha.zookeeper.quorum", file)
    if servers is not None:
        why = tr("clients whose address asks for discovery find Kyuubi through it")
        yield from quorum(view, servers, None, "optional", why)


def _hbase(view: View) -> Found:
    servers = view.read("hbase.zookeeper.quorum", "hbase-site.xml")
    port = view.read("hbase.zookeeper.property.clientPort", "hbase-site.xml")
    if servers is not None:
        need = view.need(component("hbase-regionserver"))
        yield from quorum(view, servers, port, need, tr("HBase clients find the master and the tables through it"))


def quorum(view: View, servers: Read, port: Read | None, need: Need, why: str) -> Found:
    """Yield one flow a server of `host[:port],host[:port]/chroot`, or why a client finds none.

    `port` is for servers without one, else clientPort of zoo.cfg, else the default. Blanks and line
    ends around a comma are dropped. Nothing but a comma parts two servers.
    Sources: ZooKeeperHiveHelper.getQuorumServers, Hive 2 and 3, and ZooKeeper's
    ConnectStringParser.
    """
    zookeeper = component("zookeeper")
    common = port or view.read("clientPort", "zoo.cfg")
    items = [item for item in map(str.strip, servers.value.partition("/")[0].split(",")) if item]
    if need == "required" and not view.is_on_loopback() and any(is_this_machine(split(item)[0]) for item in items):
        yield _loopback(view, servers)
        items = [item for item in items if not is_this_machine(split(item)[0])]
    for item in items:
        host, own = split(item)
        number = port_number(own) if own else port_number(common.value) if common else zookeeper.default_port()
        if number is not None and is_host(host):
            yield flow(view, zookeeper, host, number, servers.origin, why=why, need=need)
        elif need == "required" and _SEPARATORS.search(item):
            yield _joined(view, servers, need)
            return
        else:
            cause = tr("{origin} lists {value!r}, which is no host or no host:port", origin=servers.origin, value=item)
            yield from lacking(view, zookeeper, cause, setting_in("host:port", servers.origin.key or ""), need)


def _loopback(view: View, servers: Read) -> BadSetting:
    """Return the finding for servers that are the machine of the client.

    If one node can run ZooKeeper, the value to write names it in their place.
    """
    nodes = view.running(component("zookeeper")) or view.masters()
    right = None
    if len(nodes) == 1:
        hosts, slash, chroot = servers.value.partition("/")
        items = [_with_host(item.strip(), view.names.host_of(nodes[0])) for item in hosts.split(",")]
        right = ",".join(dict.fromkeys(items)) + slash + chroot
    shown = Authority(" ".join(servers.value.split()), "")
    return bad_setting(view, component("zookeeper"), "loopback", servers, shown, need="required", right=right)


def _with_host(item: str, host: str) -> str:
    """Return a server of the list, with this host in place of one that means the own machine."""
    own, port = split(item)
    if not is_this_machine(own):
        return item
    return f"{host}:{port}" if port else host


def _joined(view: View, servers: Read, need: Need) -> BadSetting:
    """Return the finding for servers that no comma parts, so that a client takes them for one."""
    hosts, slash, chroot = servers.value.partition("/")
    right = ",".join(filter(None, _SEPARATORS.split(hosts))) + slash + chroot
    shown = Authority(" ".join(servers.value.split()), "")
    return bad_setting(view, component("zookeeper"), "authority", servers, shown, need=need, right=right)
