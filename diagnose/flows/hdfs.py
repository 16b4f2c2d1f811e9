"""Which NameNodes does an HDFS client dial by default?

fs.defaultFS decides. `namenodes` says what a client makes of its authority, `paths` has the other
settings that name a file system, `datanodes` the servers that hold the content.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.flows import datanodes, namenodes, paths
from diagnose.flows.cluster import HDFS_FILES, View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, only, served, unplaced
from diagnose.flows.model import Need, Read
from diagnose.flows.namenodes import CLIENT_PORT

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
    """Host or nameservice, with port. "" if it has none."""


def flows(view: View) -> Found:
    """Yield NameNode RPC, then DataNode transfer, then the file systems that other settings name.

    If fs.defaultFS is oss:// or another store, HDFS may still hold the staging directories. Then
    what the files know of HDFS is optional, and what they do not know is no gap.
    """
    default = filesystem(view)
    need = view.need(component("namenode-rpc"))
    why = None
    if default is not None and default.scheme not in _VIEWS:
        need = "optional"
        why = f"{default.read.origin} is {default.scheme}://, so only paths that say hdfs:// need it"
    yield from _of_default(view, default, need, why)
    yield from datanodes.flows(view, need, why)
    yield from paths.flows(view, default.authority if default is not None else "")


def filesystem(view: View) -> Filesystem | None:
    """Return fs.defaultFS, also under its older name fs.default.name."""
    read = view.read("fs.defaultFS", *HDFS_FILES) or view.read("fs.default.name", *HDFS_FILES)
    if read is None:
        return None
    scheme, separator, rest = read.value.partition("://")
    if not separator:
        return Filesystem(read, read.value.partition(":")[0].lower(), "")
    return Filesystem(read, scheme.lower(), rest.partition("/")[0])


def _of_default(view: View, default: Filesystem | None, need: Need, why: str | None) -> Found:
    if default is not None and default.scheme == "hdfs" and default.authority:
        yield from namenodes.dialled_for(view, Read(default.authority, default.read.origin), need, why)
        return
    services = own_nameservices(view)
    if services:
        for service in services:
            yield from namenodes.of_service(view, service, need, why)
        return
    rpc = component("namenode-rpc")
    address = view.read("dfs.namenode.rpc-address", *HDFS_FILES)
    if address is not None:
        nodes = only(view.masters())
        yield from served(
            view, rpc, address, nodes=nodes, guess="the only master node", need=need, default=CLIENT_PORT, why=why
        )
        return
    running = tuple(namenodes.by_instance(view, need, why))
    yield from running
    if not running:
        yield from unplaced(view, rpc, need)


def own_nameservices(view: View) -> tuple[str, ...]:
    """Return the nameservices of this cluster's own file systems.

    dfs.nameservices also lists those of other clusters, for copies between them.
    dfs.internal.nameservices tells them apart.
    """
    own = view.words("dfs.internal.nameservices", *HDFS_FILES)
    return own or view.words("dfs.nameservices", *HDFS_FILES)
