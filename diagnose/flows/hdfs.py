"""Which NameNodes and DataNodes must be reachable?

A client asks a NameNode for a path, then the DataNodes for the content.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.case.model import Node, Skipped
from diagnose.flows.cluster import HDFS_FILES, Read, View
from diagnose.flows.components import component
from diagnose.flows.endpoints import (
    Found,
    default_origin,
    flow,
    lacking,
    only,
    port_number,
    served,
    split,
    unplaced,
)
from diagnose.flows.model import Flow, Need

_HDFS = "hdfs"
_VIEWS = frozenset({"hdfs", "viewfs", ""})
"""Schemes of fs.defaultFS under which paths are still in HDFS."""


@dataclass(frozen=True, slots=True)
class Filesystem:
    """fs.defaultFS, taken apart."""

    read: Read
    """The setting."""
    scheme: str
    """"hdfs", "oss" …"""
    authority: str
    """Host or nameservice. "" if it has none."""


def flows(view: View) -> Found:
    """Yield NameNode RPC, then DataNode transfer.

    If fs.defaultFS is oss:// or another store, HDFS may still hold the staging directories. Then
    what the files know of HDFS is conditional, and what they do not know is no gap.
    """
    default = filesystem(view)
    need = view.need(component("namenode-rpc"))
    why = None
    if default is not None and default.scheme not in _VIEWS:
        need, why = (
            "conditional",
            f"{default.read.origin} is {default.scheme}://, so only paths that say hdfs:// need it",
        )
    yield from namenodes(view, default, need, why)
    yield from datanodes(view, need, why)


def filesystem(view: View) -> Filesystem | None:
    """Return fs.defaultFS, also under its older name fs.default.name."""
    read = view.read("fs.defaultFS", *HDFS_FILES) or view.read("fs.default.name", *HDFS_FILES)
    if read is None:
        return None
    scheme, separator, rest = read.value.partition("://")
    if not separator:
        return Filesystem(read, read.value.partition(":")[0].lower(), "")
    return Filesystem(read, scheme.lower(), rest.partition("/")[0])


def nameservices(view: View, default: Filesystem | None) -> tuple[str, ...]:
    """Return the nameservices of this cluster's own file systems.

    dfs.nameservices also lists those of other clusters, for copies between them.
    dfs.internal.nameservices tells them apart, or else fs.defaultFS does.
    """
    listed = view.words("dfs.nameservices", *HDFS_FILES)
    own = view.words("dfs.internal.nameservices", *HDFS_FILES)
    if own:
        return own
    if default is not None and default.authority in listed:
        return (default.authority,)
    return listed


def namenodes(view: View, default: Filesystem | None, need: Need, why: str | None) -> Found:
    services = nameservices(view, default)
    if services:
        for service in services:
            yield from _of_service(view, service, need, why)
        return
    on_hdfs = default is not None and default.scheme == _HDFS
    if default is not None and on_hdfs and default.authority and not _is_logical(view, default.authority):
        yield from _single(view, Read(default.authority, default.read.origin), need, why)
        return
    address = view.read("dfs.namenode.rpc-address", *HDFS_FILES)
    if address is not None:
        yield from _single(view, address, need, why)
    elif default is not None and on_hdfs and default.authority:
        yield from _undefined(view, default, need, why)
    else:
        yield from _by_instance(view, need, why)


def _single(view: View, address: Read, need: Need, why: str | None) -> Found:
    """Yield the flow to one NameNode under a host name. The default port is that of a cluster with
    one."""
    rpc = component("namenode-rpc")
    nodes, port = only(view.masters()), _default_port(ha=False)
    yield from served(view, rpc, address, nodes=nodes, guess="the only master node", need=need, default=port, why=why)


def _of_service(view: View, service: str, need: Need, why: str | None) -> Found:
    """Yield the flows to the NameNodes of a nameservice. The nameservice itself is never a host.

    A federated nameservice without HA has its address under its own name.
    """
    rpc = component("namenode-rpc")
    ids = view.words(f"dfs.ha.namenodes.{service}", *HDFS_FILES)
    for suffix in [f"{service}.{name}" for name in ids] or [service]:
        key = f"dfs.namenode.rpc-address.{suffix}"
        address = view.read(key, *HDFS_FILES)
        if address is None:
            cause = f"dfs.nameservices lists {service}, but no file sets {key}"
            yield from lacking(view, rpc, cause, f"{key} in hdfs-site.xml", need)
        else:
            yield from served(view, rpc, address, need=need, default=_default_port(ha=bool(ids)), why=why)


def _undefined(view: View, default: Filesystem, need: Need, why: str | None) -> Found:
    """Yield what is known if fs.defaultFS names a nameservice that no file defines.

    A client cannot use it, but the NameNodes may still be known.
    """
    rpc = component("namenode-rpc")
    cause = f"{default.read.origin} names {default.authority}, a nameservice that no file defines"
    if need == "required":
        yield Skipped(rpc.title, cause, "hdfs-site.xml with dfs.nameservices and dfs.namenode.rpc-address.*")
    for node in view.running(rpc):
        yield _default_flow(view, node, need, why)


def _by_instance(view: View, need: Need, why: str | None) -> Found:
    rpc = component("namenode-rpc")
    running = view.running(rpc)
    for node in running:
        yield _default_flow(view, node, need, why)
    if not running:
        yield from unplaced(view, rpc, need)


def _default_flow(view: View, node: Node, need: Need, why: str | None) -> Flow:
    rpc = component("namenode-rpc")
    ha = view.high_availability()
    port = _default_port(ha=ha)
    reason = f"{rpc.why}; {port} is the default port of a cluster {'with' if ha else 'without'} high availability"
    return flow(view, rpc, view.names.host_of(node), port, default_origin(rpc), why=why or reason, need=need, node=node)


def _default_port(*, ha: bool) -> int:
    return component("namenode-rpc").ports["ha" if ha else "single"]


def _is_logical(view: View, authority: str) -> bool:
    """Return True for a bare word without port that is no node: a nameservice, not a host."""
    host, port = split(authority)
    place = view.names.place(host)
    return not port and "." not in host and place.node is None and place.address is None


def datanodes(view: View, need: Need, why: str | None) -> Found:
    """Yield one flow to each DataNode. The NameNode sends clients to any of them.

    The host of a flow is the address if it is known. Clients dial it unless
    dfs.client.use.datanode.hostname is on.
    """
    transfer = component("datanode-transfer")
    read = view.read("dfs.datanode.address", *HDFS_FILES)
    port_text = split(read.value)[1] if read else ""
    nodes, reason = datanode_nodes(view)
    if not nodes:
        yield from lacking(view, transfer, reason, "ListNodes, or [[cluster.nodes]] in case.toml", need)
        return
    default, default_reason = _transfer_default(view)
    port = port_number(port_text) if port_text else default
    if read is not None and port is None:
        cause = f"{read.origin} says {port_text!r}, which is no fixed port"
        yield from lacking(view, transfer, cause, "a fixed port in dfs.datanode.address", need)
        return
    origin = read.origin if read and port_text else default_origin(transfer)
    clauses = (why or transfer.why, "" if port_text else default_reason, reason)
    by_name = view.read("dfs.client.use.datanode.hostname", *HDFS_FILES)
    dial_name = by_name is not None and by_name.value.lower() == "true"
    for node in nodes:
        host = view.names.host_of(node) if dial_name or not node.address else node.address
        clause = "; ".join(clause for clause in clauses if clause)
        yield flow(view, transfer, host, port or default, origin, why=clause, need=need, node=node)


def _transfer_default(view: View) -> tuple[int, str]:
    transfer = component("datanode-transfer")
    port = transfer.default_port(view.generation)
    if port is not None:
        return port, f"{port} is the default port of Hadoop {view.generation}"
    port = transfer.ports["3"]
    return port, f"{port} is the default port of Hadoop 3, and no file tells which Hadoop this is"


def datanode_nodes(view: View) -> tuple[tuple[Node, ...], str]:
    """Return the nodes with a DataNode, and why these.

    A TASK node has none unless ListComponentInstances says so.
    """
    running = view.running(component("datanode-transfer"))
    if running:
        return running, ""
    core = view.grouped("CORE")
    if core:
        return core, "no answer lists its instances, and core nodes run one"
    return (), "no file says which nodes run a DataNode"
