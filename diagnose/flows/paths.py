"""Which file systems do other settings than fs.defaultFS name?

A client opens such a URI as it stands, whatever fs.defaultFS says. If its host or port is wrong,
the login and the first steps work, and the first table or job fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.flows import client_files, namenodes
from diagnose.flows.authority import is_port, split_authority
from diagnose.flows.client_files import HDFS_CLIENT
from diagnose.flows.cluster import HDFS_AUTHORITY, View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, bad_setting, other_service
from diagnose.flows.model import BadSetting, Need, Read
from diagnose.flows.names import emr_name, numeric
from probes.frozen import frozen, replace
from probes.language import tr

EVERY = ""


@frozen
class PathKey:
    """A setting whose value a client opens as a path."""

    file: str
    """File that has it."""
    key: str
    """Its key."""
    engine: str
    """Engine whose clients open it, or EVERY for all clients."""


KEYS = (
    PathKey("hive-site.xml", "hive.metastore.warehouse.dir", "hive"),
    PathKey("hive-site.xml", "hive.metastore.warehouse.external.dir", "hive"),
    PathKey("hive-site.xml", "hive.exec.scratchdir", "hive"),
    PathKey("hivemetastore-site.xml", "hive.metastore.warehouse.dir", "hive"),
    PathKey("tez-site.xml", "tez.lib.uris", "hive"),
    PathKey("hive-site.xml", "tez.lib.uris", "hive"),
    PathKey("mapred-site.xml", "yarn.app.mapreduce.am.staging-dir", "mapreduce"),
    PathKey("mapred-site.xml", "mapreduce.jobhistory.done-dir", "mapreduce"),
    PathKey("spark-defaults.conf", "spark.sql.warehouse.dir", "spark"),
    PathKey("spark-defaults.conf", "spark.eventLog.dir", "spark"),
    PathKey("spark-defaults.conf", "spark.yarn.jars", "spark"),
    PathKey("spark-defaults.conf", "spark.yarn.archive", "spark"),
    PathKey("spark-defaults.conf", "spark.yarn.stagingDir", "spark"),
    PathKey("spark-defaults.conf", "spark.hadoop.fs.defaultFS", "spark"),
)
"""Settings that clients of each engine open."""


def flows(view: View, default: str) -> Found:
    """Yield what a client dials for each file system.

    Leave out `default`, the authority of fs.defaultFS. It is "" unless that is hdfs://.
    """
    seen = {default.lower()}
    for key, authority in _authorities(view):
        if authority.value.lower() in seen:
            continue
        seen.add(authority.value.lower())
        yield from _one(view, key, authority, default)


def _authorities(view: View) -> Iterator[tuple[PathKey, Read]]:
    for key in (*KEYS, *links(view)):
        read = view.read(key.key, key.file)
        for found in HDFS_AUTHORITY.finditer(read.value) if read is not None else ():
            yield key, Read(found[1], read.origin)  # type: ignore[union-attr]


def links(view: View) -> Iterator[PathKey]:
    """Yield the links of mount tables, if fs.defaultFS is one (ViewFileSystem, Hadoop 3.3.6)."""
    default = client_files.read(view.effective(HDFS_CLIENT), "fs.defaultFS")
    if default is None or not default.value.lower().startswith("viewfs:"):
        return
    for file in HDFS_CLIENT:
        configuration = view.case.settings.get(file)
        for setting in configuration.matching("fs.viewfs.mounttable.") if configuration is not None else ():
            if ".link" in setting.key:
                yield PathKey(file, setting.key, EVERY)


def _one(view: View, key: PathKey, authority: Read, default: str) -> Found:
    rpc = component("namenode-rpc")
    is_used = view.engines is None or key.engine in (EVERY, *view.engines)
    need: Need = "required" if is_used else "optional"
    at = split_authority(authority.value)
    if namenodes.is_logical(view, at.host) or at.host in namenodes.nameservices(view):
        yield from namenodes.dialled_for(view, authority, need, _why(key))
        return
    port = at.port or str(namenodes.CLIENT_PORT)
    right = _port_of(view, at.host, default)
    if right is not None and right != port:
        yield bad_setting(
            view, rpc, "other-port", authority, at, need=need, right=f"hdfs://{at.host}:{right}", known=right
        )
        return
    place = view.names.place(at.host)
    gone = view.case.nodes and place.node is None and place.address is None and emr_name(at.host)
    if gone and key.engine != EVERY:
        yield bad_setting(view, rpc, "old-path", authority, at, need=need, scheme="hdfs://")
        return
    own = _namenode_hosts(view, default)
    has_namenode = place.label in own or place.node in view.running(rpc)
    is_elsewhere = own and not has_namenode and key.engine != EVERY
    if is_elsewhere and (place.node is not None or (view.case.nodes and numeric(at.host) is not None)):
        hosts = tr(", ").join(own)
        bad = bad_setting(view, rpc, "old-path", authority, at, need=need, known=hosts, scheme="hdfs://")
        yield replace(bad, sure=place.node is not None)  # an address elsewhere may be of another cluster
        if place.node is not None:
            return
    if not namenodes.is_undefined(view, at):
        for found in namenodes.dialled_for(view, authority, need, _why(key)):
            # The value has a path behind the address, so the address alone cannot replace it.
            yield replace(found, right=None) if isinstance(found, BadSetting) else found


def _why(key: PathKey) -> str:
    if key.engine == EVERY:
        return tr("{key} names it, and all clients open that path as it is", key=key.key)
    return tr("{key} names it, and {engine} opens that path as it is", key=key.key, engine=key.engine)


def _namenode_hosts(view: View, default: str) -> list[str]:
    """Return the hosts of all NameNodes that the files name.

    Empty if they name none, or one whose address is not known: it may be on any node.
    """
    at = split_authority(default)
    hosts = [one.host for _, one in namenodes.known(view)]
    if default and at.host not in namenodes.nameservices(view):
        hosts.append(at.host)
    places = [view.names.place(host) for host in hosts]
    is_known = all(place.node is not None or place.address is not None for place in places)
    return list(dict.fromkeys(place.label for place in places)) if is_known else []


def _port_of(view: View, host: str, default: str) -> str | None:
    """Return the port on which the NameNode of this host is known, or None.

    A port that is none, or that of another service, is the fault of the setting that names it.
    """
    label = view.names.place(host).label
    known = [at for _, at in namenodes.known(view)]
    at = split_authority(default)
    if default and at.host not in namenodes.nameservices(view):
        known.append(at)
    ports = {one.port or str(namenodes.CLIENT_PORT) for one in known if view.names.place(one.host).label == label}
    port = ports.pop() if len(ports) == 1 else ""
    is_right = is_port(port) and other_service(view, component("namenode-rpc"), int(port)) is None
    return port if is_right else None
