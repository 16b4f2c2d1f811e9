"""Which NameNodes does an HDFS client dial by default?

fs.defaultFS decides. `namenodes` says what a client makes of its authority, `paths` has the other
settings that name a file system, `datanodes` the servers that hold the content.
"""

from __future__ import annotations

import re

from diagnose.case.model import Skipped
from diagnose.flows import client_files, datanodes, namenodes, paths, webhdfs
from diagnose.flows.authority import Authority, split_authority
from diagnose.flows.client_files import CORE, HDFS, HDFS_CLIENT, MAPRED, YARN
from diagnose.flows.cluster import HDFS_FILES, View
from diagnose.flows.components import component
from diagnose.flows.endpoints import (
    Found,
    bad_setting,
    known_address,
    lacking,
    lost,
    only,
    served,
    setting_in,
    unplaced,
)
from diagnose.flows.kerberos import unknown_principal
from diagnose.flows.model import BadSetting, Need, Read
from diagnose.flows.namenodes import CLIENT_PORT
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

_VIEWS = frozenset({"hdfs", "viewfs", ""})
"""Schemes of fs.defaultFS under which paths are still in HDFS."""


_CLIENT_FILES = (HDFS, MAPRED, YARN, "hive-site.xml")
"""Files of clients that read core-site.xml too."""

_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+-]*")
"""A scheme as java.net.URI takes it, but without dots: what has one is a host, and no
file system."""


@frozen
class Filesystem:
    """fs.defaultFS, taken apart."""

    read: Read
    """The setting."""
    scheme: str
    """"hdfs", "oss" …, as the file spells it. "" if it has none."""
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
    if default is not None and default.scheme.lower() not in _VIEWS and not _is_misspelt(default):
        need = "optional"
        why = tr(
            "{origin} is {scheme}://, so only paths that say hdfs:// need it",
            origin=default.read.origin,
            scheme=default.scheme,
        )
    yield from _unknown_settings(view)
    yield from _other_default(view, default)
    yield from _of_default(view, default, need, why)
    if default is not None and _other_client(view, default):
        need, why = "optional", tr("{origin} is no address of a NameNode", origin=default.read.origin)
    yield from unknown_principal(view, component("namenode-rpc"), "dfs.namenode.kerberos.principal", HDFS, need)
    yield from datanodes.flows(view, need, why)
    is_hdfs = default is not None and default.scheme.lower() == "hdfs"
    yield from paths.flows(view, default.authority if default is not None and is_hdfs else "")


def _unknown_settings(view: View) -> Found:
    """Yield a gap if the case has no core-site.xml, and another file or a NameNode of Hadoop.

    Every client reads it first. No other file and no list of instances gives what it sets.
    """
    is_hadoop = any(view.has(file) or view.is_unread(file) for file in _CLIENT_FILES)
    if view.has(CORE) or not (is_hadoop or view.running(component("namenode-rpc"))):
        return
    cause = tr("{why}, so fs.defaultFS, the login and the proxy users are not known", why=lost(view, CORE))
    yield Skipped(tr("settings of {file}", file=CORE), cause, tr("{file} of a node", file=CORE))


def filesystem(view: View) -> Filesystem | None:
    """Return fs.defaultFS, also under its older name fs.default.name. None if no file sets it.

    Sources: FileSystem.getDefaultUri and fixName, Hadoop 3.3.6. A value without a slash is an
    authority of hdfs://, and `local` is file:///.
    """
    read = client_files.read(view.effective(HDFS_CLIENT), "fs.defaultFS")
    if read is None or client_files.is_default(read):
        return None
    value = "file:///" if read.value == "local" else read.value if "/" in read.value else f"hdfs://{read.value}"
    scheme, colon, rest = value.partition(":")
    if not colon or not rest.startswith("/") or _SCHEME.fullmatch(scheme) is None:
        return Filesystem(read, "", "")
    return Filesystem(read, scheme, re.split(r"[/?#]", rest[2:])[0] if rest.startswith("//") else "")


def _other_client(view: View, default: Filesystem) -> bool:
    host = split_authority(default.authority).host
    return default.scheme == "hdfs" and bool(host) and namenodes.other_client(view, host) is not None


def _other_default(view: View, default: Filesystem | None) -> Found:
    """Yield what a client dials for a default file system that is neither HDFS nor the disk."""
    if default is None or default.scheme.lower() in (*_VIEWS, "file") or _is_misspelt(default):
        return
    need, authority = view.need(component("namenode-rpc")), Read(default.authority, default.read.origin)
    if default.scheme in webhdfs.PAGES:
        yield from webhdfs.flows(view, default.scheme, authority, need)
    else:
        from diagnose.flows import other_stores

        yield from other_stores.flows(view, default.scheme, authority, need)


def _is_misspelt(default: Filesystem) -> bool:
    """Return True for a scheme of HDFS in capitals, which no client knows."""
    return default.scheme not in webhdfs.PAGES and default.scheme.lower() in webhdfs.PAGES


def _of_default(view: View, default: Filesystem | None, need: Need, why: str | None) -> Found:
    if default is not None and default.scheme == "hdfs" and default.authority:
        yield from namenodes.dialled_for(view, Read(default.authority, default.read.origin), need, why)
        return
    local = _local_disk(view, default)
    if local is not None:
        yield local
    if default is not None and (default.scheme.lower() in ("hdfs", "") or _is_misspelt(default)):
        # "Incomplete HDFS URI, no host", "No scheme in default FS", "No FileSystem for scheme HDFS"
        at = Authority(default.read.value if not default.authority else f"{default.scheme}://{default.authority}", "")
        yield bad_setting(view, component("namenode-rpc"), "authority", default.read, at, need=need)
        return
    if any(paths.links(view)):
        return  # `paths` has the file systems that are mounted
    rpc = component("namenode-rpc")
    if not view.has(CORE) and not view.running(rpc):
        cause = tr("{why}, so the file system that clients take is not known", why=lost(view, CORE))
        yield from lacking(view, rpc, cause, setting_in("fs.defaultFS", CORE), need)
    services = own_nameservices(view)
    if services:
        for service in services:
            yield from namenodes.of_service(view, service, need, why)
        return
    address = view.read("dfs.namenode.rpc-address", *HDFS_FILES)
    if address is not None:
        nodes = only(view.masters())
        yield from served(
            view, rpc, address, nodes=nodes, guess=tr("the only master node"), need=need, default=CLIENT_PORT, why=why
        )
        return
    running = tuple(namenodes.by_instance(view, need, why))
    yield from running
    if not running and view.has(CORE):
        yield from unplaced(view, rpc, need)


def _local_disk(view: View, default: Filesystem | None) -> BadSetting | None:
    """Return the bad setting if clients take the local disk for the file system of the cluster.

    Hadoop's default of fs.defaultFS is file:///. A core-site.xml of the case that does not set it
    may be a part of the real one, so that is not sure.
    """
    rpc = component("namenode-rpc")
    need = view.need(rpc)
    if default is None:
        if not view.has(CORE) or not view.case.nodes or view.is_unread(CORE):
            return None
        read = Read("file:///", Origin(CORE, None, "fs.defaultFS"))
    elif default.scheme.lower() == "file":
        read = default.read
    else:
        return None
    services = own_nameservices(view)
    right = f"hdfs://{services[0]}" if len(services) == 1 else known_address(view, rpc, "", None, "hdfs://")
    sure = default is not None
    return BadSetting("local-disk", rpc.key, rpc.title, need, read.value, read.origin, right, sure=sure)


def own_nameservices(view: View) -> tuple[str, ...]:
    """Return the nameservices of this cluster's own file systems.

    dfs.nameservices also lists those of other clusters, for copies between them.
    dfs.internal.nameservices tells them apart.
    """
    own = view.words("dfs.internal.nameservices", *HDFS_FILES)
    return own or view.words("dfs.nameservices", *HDFS_FILES)
