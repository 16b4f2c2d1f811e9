"""Which DataNodes must be reachable? The NameNode sends clients to any of them."""

from __future__ import annotations

from diagnose.case.model import Node
from diagnose.flows import client_files
from diagnose.flows.client_files import HDFS, HDFS_CLIENT
from diagnose.flows.cluster import HDFS_FILES, View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import Found, default_origin, flow, lacking, lost, port_number, split, undecided
from diagnose.flows.model import AssumedPort, Need
from probes.language import marked, semicolons, tr

TRANSFER = "datanode-transfer"


def flows(view: View, need: Need, why: str | None, key: str = TRANSFER) -> Found:
    """Yield one flow to each DataNode, to this component of it.

    The host of a flow is the address if it is known. Clients dial it unless
    dfs.client.use.datanode.hostname is on. A web page is always dialled by name.
    """
    transfer = component(key)
    unread = view.unread(HDFS)
    if unread is not None:
        yield from undecided(view, transfer, unread, need)
        return
    read = view.read(transfer.setting or "", *HDFS_FILES)
    port_text = split(read.value)[1] if read else ""
    nodes, reason = nodes_with_one(view)
    if not nodes:
        yield from lacking(view, transfer, reason, tr("ListNodes, or [[cluster.nodes]] in case.toml"), need)
        return
    default, default_reason = _default_port(view, transfer)
    port = port_number(port_text) if port_text else default
    if read is not None and port is None:
        cause = tr("{origin} says {value!r}, which is no fixed port", origin=read.origin, value=port_text)
        yield from lacking(view, transfer, cause, tr("a fixed port in {key}", key=transfer.setting), need)
        return
    origin = read.origin if read and port_text else default_origin(transfer)
    clauses = (why or transfer.reason, "" if port_text else default_reason, reason)
    assumed_port = None if port_text else _assumed_port(view, transfer)
    if assumed_port is not None:
        yield from lacking(view, transfer, assumed_port.why, assumed_port.needs, need)
    by_name = client_files.read(view.effective(HDFS_CLIENT), "dfs.client.use.datanode.hostname")
    dial_name = key != TRANSFER or (by_name is not None and by_name.value.lower() == "true")
    for node in nodes:
        host = view.names.host_of(node) if dial_name or not node.address else node.address
        clause = semicolons(filter(None, clauses))
        yield flow(
            view,
            transfer,
            host,
            port or default,
            origin,
            why=clause,
            need=need,
            node=node,
            assumed_port=assumed_port,
        )


def nodes_with_one(view: View) -> tuple[tuple[Node, ...], str]:
    """Return the nodes with a DataNode, and why these.

    A TASK node has none unless ListComponentInstances says so.
    """
    running = view.running(component(TRANSFER))
    if running:
        return running, ""
    core = view.grouped("CORE")
    if core:
        return core, tr("no answer lists its instances, and core nodes run one")
    return (), tr("no file says which nodes run a DataNode")


def _assumed_port(view: View, transfer: Component) -> AssumedPort | None:
    """Return why the port is assumed. None if the case has hdfs-site.xml, or shows the release.

    EMR documents the port of each release, and a client gets it from the NameNode.
    """
    if view.has(HDFS) or view.generation is not None:
        return None
    port, _ = _default_port(view, transfer)
    template = marked("{why} and no file tells which Hadoop this is, so its port is assumed: {port}, as in Hadoop 3")
    needs = tr("{file} of a node, or release of [cluster] in case.toml", file=HDFS)
    return AssumedPort(tr(template, why=lost(view, HDFS), port=port), needs)


def _default_port(view: View, transfer: Component) -> tuple[int, str]:
    port = transfer.default_port(view.generation)
    if port is not None:
        return port, tr("{port} is the default port of Hadoop {version}", port=port, version=view.generation)
    port = transfer.ports["3"]
    return port, tr("{port} is the default port of Hadoop 3, and no file tells which Hadoop this is", port=port)
